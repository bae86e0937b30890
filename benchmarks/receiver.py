"""A service that takes callbacks, twice in one process: through a receiver, and as a handler that parses JSON alone.

Run as a program it is that service: it prints its port, and for each line that comes in the CPU seconds that it has
used. `costs` starts it and sends both routes the same requests in turns; who sends is another process, so that its work
does not count.
"""

from __future__ import annotations

import asyncio
import gc
import sys
import time
from asyncio.subprocess import PIPE, Process

CONNECTIONS = 16
PATHS = ("/receiver", "/bare")
SECRET = "live-key"


async def serve() -> None:
    """Be the service."""
    from aiohttp import web

    from reknit import refonte

    handled = 0
    receiver = refonte.receiver(secrets=[SECRET, "previous-key"])

    @receiver.on(refonte.TaskCallback)
    async def labelled(_: refonte.TaskCallback) -> None:
        nonlocal handled
        handled += 1

    async def bare(request: web.Request) -> web.Response:
        await request.json()
        return web.Response(status=204)

    app = web.Application()
    app.router.add_route("POST", PATHS[0], receiver.aiohttp)
    app.router.add_route("POST", PATHS[1], bare)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(runner.addresses[0][1], flush=True)
    gc.collect()
    gc.freeze()  # what has been imported is not to be looked through at every collection, on neither side
    while await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline):
        print(time.process_time(), handled, flush=True)
    await runner.cleanup()


class _Sender(asyncio.Protocol):
    """One connection: send, wait for the answer, which has no body, and send again."""

    def __init__(self) -> None:
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def send(self, request: bytes, times: int) -> asyncio.Future[None]:
        self._request, self._left = request, times
        self._done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return self._done

    def data_received(self, data: bytes) -> None:
        self._received += data
        if not self._received.endswith(b"\r\n\r\n"):
            return
        assert self._received.startswith(b"HTTP/1.1 204"), self._received
        self._received = b""
        self._left -= 1
        if self._left:
            self._transport.write(self._request)
        else:
            self._done.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._done.done():
            self._done.set_exception(exc or ConnectionResetError())


async def costs(rounds: int, requests: int = 800) -> tuple[list[float], list[float]]:
    """Return the service's CPU seconds for one request, through the receiver and without it, of each round."""
    service = await asyncio.create_subprocess_exec(sys.executable, __file__, stdin=PIPE, stdout=PIPE)
    assert service.stdin is not None
    try:
        return await _costs(service, rounds, requests // CONNECTIONS)
    finally:
        service.stdin.close()
        await service.wait()


async def _costs(service: Process, rounds: int, each: int) -> tuple[list[float], list[float]]:
    from reknit.refonte import samples

    assert service.stdin is not None
    assert service.stdout is not None
    port = int(await service.stdout.readline())
    loop = asyncio.get_running_loop()
    senders = [(await loop.create_connection(_Sender, "127.0.0.1", port))[1] for _ in range(CONNECTIONS)]
    headers, body, _ = samples.signed(samples.COMPLETED, SECRET)
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    head = f" HTTP/1.1\r\nHost: localhost\r\n{lines}Content-Length: {len(body)}\r\n\r\n"
    found: tuple[list[float], list[float]] = ([], [])

    async def spent() -> tuple[float, int]:
        service.stdin.write(b"\n")
        seconds, handled = (await service.stdout.readline()).split()
        return float(seconds), int(handled)

    for number in range(-1, rounds):  # the first is for caches, and for what loads at its first use
        for side in (0, 1) if number % 2 else (1, 0):
            request = f"POST {PATHS[side]}{head}".encode() + body
            before, _ = await spent()
            await asyncio.gather(*(sender.send(request, each) for sender in senders))
            after, handled = await spent()
            if number >= 0:
                found[side].append((after - before) / (each * CONNECTIONS))
    assert handled == (rounds + 1) * each * CONNECTIONS, "the handler was not called for every callback"
    return found


if __name__ == "__main__":
    asyncio.run(serve())
