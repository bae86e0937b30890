"""A small server that takes Refonte's callbacks, as an integrator would run one."""

from __future__ import annotations

import asyncio
import hmac
from types import TracebackType
from typing import Any, Final, Self

from aiohttp import web

__all__ = ["KEY_HEADERS", "Listener"]

#: The vendor's pages spell the header in two ways.
KEY_HEADERS: Final = ("refonte-ai--callback-auth", "refonte.ai-callback-auth")


class Listener:
    """Listen on a free loopback port inside an `async with` block; keep the callbacks that carry the right key.

    `key` is the dashboard's Live Callback Auth Key. `accepted` are the payloads, `refused` counts the others.
    """

    def __init__(self, key: str) -> None:
        self._key = key
        self._runner: web.AppRunner | None = None
        self._arrived = asyncio.Event()
        self.url = ""
        self.accepted: list[dict[str, Any]] = []
        self.refused = 0

    async def arrival(self, timeout: float) -> dict[str, Any]:
        """Wait for the first callback. Raises TimeoutError when `timeout` seconds pass without one."""
        async with asyncio.timeout(timeout):
            await self._arrived.wait()
        return self.accepted[0]

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_post("/callback", self._take)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/callback"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _take(self, request: web.Request) -> web.Response:
        sent = next((request.headers[name] for name in KEY_HEADERS if name in request.headers), "")
        # Compared in constant time: how long it takes must not tell how much of the key was right.
        if not hmac.compare_digest(sent.encode(), self._key.encode()):
            self.refused += 1
            return web.Response(status=401)
        self.accepted.append(await request.json())
        self._arrived.set()
        return web.Response(status=204)
