"""A small server that takes Refonte's callbacks with a receiver of the SDK, as an integrator would run one."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Self

from aiohttp import web

from .. import refonte
from ..inbound.answers import CallbackAnswered

__all__ = ["Listener"]


class Listener:
    """Listen on a free loopback port inside an `async with` block; keep the callbacks that carry the right key.

    `key` is the dashboard's Live Callback Auth Key. `accepted` are the payloads, `refused` counts the others.
    """

    def __init__(self, key: str) -> None:
        self._receiver = refonte.receiver(secrets=[key], hooks=[self._answered])
        self._receiver.on(refonte.TaskCallback)(self._accept)
        self._runner: web.AppRunner | None = None
        self._arrived = asyncio.Event()
        self.url = ""
        self.accepted: list[refonte.TaskCallback] = []
        self.refused = 0

    async def arrival(self, timeout: float) -> refonte.TaskCallback:
        """Wait for the first callback. Raises TimeoutError when `timeout` seconds pass without one."""
        async with asyncio.timeout(timeout):
            await self._arrived.wait()
        return self.accepted[0]

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_post("/callback", self._receiver.aiohttp)
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

    async def _accept(self, event: refonte.TaskCallback) -> None:
        self.accepted.append(event)
        self._arrived.set()

    def _answered(self, event: CallbackAnswered) -> None:
        self.refused += event.status >= 400
