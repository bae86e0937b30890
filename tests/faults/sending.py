"""A sender like the APIs': it comes again until it is told that its event has arrived."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Iterator

import aiohttp

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
            if delivery.cut is not None:
                await self._hang_up(delivery)
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
        if (200 if 200 <= status < 300 else status) != delivery.answer:
            self.wrong.append(f"{status} where {delivery.answer} was right")
        return True

    async def _hang_up(self, delivery: Delivery) -> None:
        """Send the beginning of a request and go."""
        head = "".join(f"{name}: {value}\r\n" for name, value in delivery.headers.items())
        head = f"POST /refonte HTTP/1.1\r\nHost: x\r\n{head}Content-Length: {len(delivery.body)}\r\n\r\n"
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", self._port)
            writer.write(head.encode() + delivery.body[: delivery.cut])
            await writer.drain()
            writer.close()
            await writer.wait_closed()
        except OSError:
            pass
        self.answers["hung up"] += 1
