"""A server that costs the client nothing but reading: canned bytes by path, over connections that stay open.

Started by the benchmark as a process of its own. It prints its port, serves until its standard input closes, and knows
nothing of HTTP beyond where a request ends.
"""

from __future__ import annotations

import asyncio
import re
import sys
from contextlib import suppress

from payloads import small, tasks, tools

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_GATHER_LIMIT = 30.0


def _answer(body: bytes) -> bytes:
    fields = f"Date: Mon, 01 Jun 2026 10:00:00 GMT\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    return f"HTTP/1.1 200 OK\r\nServer: bench\r\n{fields}\r\n\r\n".encode() + body


_SMALL = _answer(small())
_LARGE = {b"/tools": _answer(tools()), b"/tasks": _answer(tasks())}


class _Gate:
    """Answers requests all at once when enough of them wait, so that a count of calls in flight is a fact."""

    def __init__(self) -> None:
        self.waiting: list[asyncio.Transport] = []
        self.most = 0

    def enter(self, transport: asyncio.Transport, wanted: int) -> None:
        self.waiting.append(transport)
        self.most = max(self.most, len(self.waiting))
        if len(self.waiting) >= wanted:
            self.open()
        elif len(self.waiting) == 1:
            asyncio.get_running_loop().call_later(_GATHER_LIMIT, self.open)

    def open(self) -> None:
        """Answer whoever waits."""
        waiting, self.waiting = self.waiting, []
        for transport in waiting:
            transport.write(_SMALL)


class _Canned(asyncio.Protocol):
    def __init__(self, gate: _Gate) -> None:
        self._gate = gate
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        while (end := self._received.find(b"\r\n\r\n")) >= 0:
            head = self._received[:end]
            length = _LENGTH.search(head)
            whole = end + 4 + (int(length[1]) if length else 0)
            if len(self._received) < whole:
                return
            self._received = self._received[whole:]
            self._reply(head.split(b" ", 2)[1])

    def _reply(self, path: bytes) -> None:
        if path.startswith(b"/gate/"):  # /gate/1000/...: answered when 1000 such requests wait
            self._gate.enter(self._transport, int(path.split(b"/")[2]))
        elif path == b"/most":
            self._transport.write(_answer(b"%d" % self._gate.most))
            self._gate.most = 0
        else:
            self._transport.write(_LARGE.get(path, _SMALL))


async def _main() -> None:
    loop = asyncio.get_running_loop()
    gate = _Gate()
    server = await loop.create_server(lambda: _Canned(gate), "127.0.0.1", 0, backlog=2048)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        asyncio.run(_main())
