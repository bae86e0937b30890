"""A sender like the APIs': it comes again until it is told that its event has arrived."""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
import struct
from collections import Counter
from collections.abc import Iterator

import aiohttp

from .broken import Broken
from .plan import Delivery

__all__ = ["Sender"]

_AT_ONCE = 32
#: Seconds after which a sender that was never answered properly gives up, which fails the run.
_PATIENCE = 180.0


class Sender:
    """Sends deliveries in order, many at once, and counts what was answered."""

    def __init__(self, port: int, deliveries: list[Delivery], seed: int) -> None:
        self.answers: Counter[int | str] = Counter()
        self.begun = 0
        self.wrong: list[str] = []
        self._port = port
        self._left: Iterator[Delivery] = iter(deliveries)
        self._chance = random.Random(seed)

    async def run(self) -> None:
        """Send everything."""
        connector = aiohttp.TCPConnector(limit=_AT_ONCE)
        timeout = aiohttp.ClientTimeout(total=30)
        async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session:
            await asyncio.gather(*(self._lane(session) for _ in range(_AT_ONCE)))

    async def _lane(self, session: aiohttp.ClientSession) -> None:
        for delivery in self._left:
            self.begun += 1
            if delivery.broken is not None:
                await self._break(delivery.broken)
            async with asyncio.timeout(_PATIENCE):
                while not await self._attempt(session, delivery):
                    await asyncio.sleep(0.02 + self._chance.random() * 0.1)

    async def _attempt(self, session: aiohttp.ClientSession, delivery: Delivery) -> bool:
        """Send once and say whether that was the end of it."""
        url = f"http://127.0.0.1:{self._port}/refonte"
        try:
            async with session.post(url, data=delivery.body, headers=delivery.headers) as answer:
                status = answer.status
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            self.answers[type(error).__name__] += 1
            return False
        self.answers[status] += 1
        if status >= 500:
            return False
        if _rounded(status) != delivery.answer:
            self.wrong.append(f"{status} where {delivery.answer} was right")
        return True

    async def _break(self, broken: Broken) -> None:
        """Send a request that breaks, once; what it is answered, if anything, is judged."""
        self.answers[broken.kind] += 1
        try:
            async with asyncio.timeout(30):
                status = await _over_the_wire(self._port, broken)
        except (OSError, TimeoutError):
            return
        if status is not None and status < 500 and _rounded(status) != broken.answer:
            self.wrong.append(f"{status} to a request that was {broken.kind}")


def _rounded(status: int) -> int:
    return 200 if 200 <= status < 300 else status


async def _over_the_wire(port: int, broken: Broken) -> int | None:
    """Send what there is to send and return the status of the answer; None where none came or was waited for."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for piece in broken.pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(broken.pause)
        if broken.end == "lost":
            await reader.read(1)
        if broken.end in ("lost", "reset"):
            # With no time to linger a socket is closed by a reset instead of an orderly end.
            linger = struct.pack("ii", 1, 0)
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            writer.transport.abort()
            return None
        if broken.end == "close":
            writer.write_eof()
        line = await reader.readline()
        return int(line.split()[1]) if line else None
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
