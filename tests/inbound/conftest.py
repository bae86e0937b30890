"""Receivers on real servers, and the same ones driven as ASGI applications."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, TypeAlias

import aiohttp
import pytest
from aiohttp import web
from attrs import define, field

from reknit.errors import ConfigurationError
from reknit.inbound.receiver import BaseReceiver
from reknit.inbound.store import Letter, LetterHandler

KEY = "live-key"
KEY_HEADER = {"refonte-ai--callback-auth": KEY}


@define
class Shelf:
    """A store in memory, which fails while it is told to."""

    letters: list[Letter] = field(factory=list[Letter])
    receivers: dict[str, LetterHandler] = field(factory=dict[str, LetterHandler])
    failure: Exception | None = None

    def bind(self, receiver: LetterHandler) -> None:
        if receiver.name in self.receivers:
            raise ConfigurationError("taken")
        self.receivers[receiver.name] = receiver

    async def put(self, letter: Letter) -> None:
        if self.failure is not None:
            raise self.failure
        self.letters.append(letter)


Deliver: TypeAlias = Callable[..., Awaitable[tuple[int, Mapping[str, str], bytes]]]


@asynccontextmanager
async def served(receiver: BaseReceiver, route: str = "/hook") -> AsyncIterator[str]:
    """Serve a receiver on aiohttp."""
    app = web.Application()
    app.router.add_route("*", route, receiver.aiohttp)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def ask(
    app: Any, method: str, headers: Mapping[str, str], parts: list[bytes], path: str = "/hook"
) -> tuple[int, dict[str, str], bytes]:
    """Send an ASGI application one request; what is read of it is taken out of `parts`."""
    sent: list[Any] = []

    async def receive() -> Any:
        if not parts:
            return {"type": "http.disconnect"}
        part = parts.pop(0)
        return {"type": "http.request", "body": part, "more_body": bool(parts)}

    async def send(message: Any) -> None:
        sent.append(message)

    raw = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]
    await app({"type": "http", "method": method, "path": path, "headers": raw}, receive, send)
    start, body = sent
    return start["status"], {n.decode(): v.decode() for n, v in start["headers"]}, body["body"]


@pytest.fixture(params=["aiohttp", "asgi"])
async def deliver(request: pytest.FixtureRequest) -> AsyncIterator[Deliver]:
    """Post a body to a receiver, over a socket and as ASGI."""
    async with AsyncExitStack() as stack:

        async def over_a_socket(
            receiver: BaseReceiver, body: bytes, headers: Mapping[str, str] = KEY_HEADER, *, method: str = "POST"
        ) -> tuple[int, Mapping[str, str], bytes]:
            url = await stack.enter_async_context(served(receiver))
            session = await stack.enter_async_context(aiohttp.ClientSession())
            async with session.request(method, f"{url}/hook", data=body, headers=headers) as answer:
                return answer.status, answer.headers, await answer.read()

        async def as_asgi(
            receiver: BaseReceiver, body: bytes, headers: Mapping[str, str] = KEY_HEADER, *, method: str = "POST"
        ) -> tuple[int, Mapping[str, str], bytes]:
            return await ask(receiver.asgi, method, headers, [body[:3], body[3:]])

        yield over_a_socket if request.param == "aiohttp" else as_asgi
