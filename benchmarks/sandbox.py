"""What the sandbox does on one core: executions a second with validation on, and its memory as they go by.

The sandbox is a process of its own; this one sends it `execute` over connections that stay open and reads the answers,
knowing nothing of HTTP beyond where one ends. The figure is requests per second of the sandbox's CPU time, which is
what one core does: whoever sends may share that core or not.

    python benchmarks/sandbox.py [--requests 200000] [--connections 32]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import subprocess
import sys
import time
from pathlib import Path

FLOOR = 2_000
MOST_GROWTH = 4.0  # MiB between a tenth of the requests and all of them
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_TOOL = "itsm.tickets.create"


async def serve() -> None:
    """Be the sandbox: print its port, then CPU seconds, resident KiB and executions for each line that comes in."""
    from reknit.sandbox import Sandbox

    box = Sandbox()
    await box.start()
    print(box.url.rpartition(":")[2], flush=True)
    while await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline):
        print(json.dumps([time.process_time(), _resident(), box.ledger.effect_count, len(box.violations)]), flush=True)
    await box.stop()


def _resident() -> int:
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0])


class Sender(asyncio.Protocol):
    """One connection: send, wait for the whole answer, send again, as long as there are numbers left."""

    def __init__(self, numbers: list[int], done: asyncio.Future[None]) -> None:
        self._numbers = numbers
        self._done = done
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the first."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._next()

    def _next(self) -> None:
        if not self._numbers:
            self._transport.close()
            if not self._done.done():
                self._done.set_result(None)
            return
        number = self._numbers.pop()
        body = json.dumps({"input": {"title": f"printer {number}"}, "idempotency_key": f"key-{number}"}).encode()
        self._transport.write(
            b"POST /rezolve/api/v1/tools/%s/execute HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer k\r\n"
            b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (_TOOL.encode(), len(body), body)
        )

    def data_received(self, data: bytes) -> None:
        """Read an answer to its end."""
        self._received += data
        end = self._received.find(b"\r\n\r\n")
        if end < 0:
            return
        length = _LENGTH.search(self._received[:end])
        whole = end + 4 + (int(length[1]) if length else 0)
        if len(self._received) >= whole:
            assert self._received.startswith(b"HTTP/1.1 200"), self._received
            self._received = self._received[whole:]
            self._next()


async def load(port: int, numbers: list[int], connections: int) -> None:
    """Send one request for each number."""
    loop = asyncio.get_running_loop()
    done = [loop.create_future() for _ in range(connections)]
    for future in done:
        await loop.create_connection(lambda future=future: Sender(numbers, future), "127.0.0.1", port)
    await asyncio.gather(*done)


def measure(requests: int, connections: int) -> int:
    """Print the figures and return the exit code: 1 where one is missed."""
    with subprocess.Popen(
        [sys.executable, __file__, "--serve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as box:
        assert box.stdin is not None
        assert box.stdout is not None
        stdin, stdout = box.stdin, box.stdout
        port = int(stdout.readline())

        def ask() -> list[float]:
            stdin.write("\n")
            stdin.flush()
            return json.loads(stdout.readline())

        first = max(requests // 10, 1)
        asyncio.run(load(port, list(range(first)), connections))
        cpu, resident, _, _ = ask()
        started = time.perf_counter()
        asyncio.run(load(port, list(range(first, requests)), connections))
        wall = time.perf_counter() - started
        cpu_after, resident_after, executed, violations = ask()
        stdin.close()
    rate, growth = (requests - first) / (cpu_after - cpu), (resident_after - resident) / 1024
    print(f"{requests:,} executions, {executed:,.0f} side effects, {violations:.0f} answers that break the spec")
    print(f"{rate:,.0f} requests per second of CPU (at least {FLOOR:,}); {(requests - first) / wall:,.0f} by the clock")
    print(f"{resident_after / 1024:.1f} MiB resident, {growth:+.1f} MiB since {first:,} (at most +{MOST_GROWTH})")
    return int(rate < FLOOR or growth > MOST_GROWTH or executed != requests or violations > 0)


def main() -> int:
    """Run the benchmark, or be the sandbox that it measures."""
    parser = argparse.ArgumentParser(description="What the sandbox does on one core.")
    parser.add_argument("--requests", type=int, default=200_000)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        asyncio.run(serve())
        return 0
    return measure(options.requests, options.connections)


if __name__ == "__main__":
    sys.exit(main())
