"""A real HTTP server on a loopback port that answers by a function and remembers what it was asked.

Tests use the fixture `serve` (in `conftest.py`); `serving` is the same as a context manager, for a loop of one's own.
"""

from __future__ import annotations

import inspect
import json
import ssl
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from itertools import chain, repeat
from typing import Any, Protocol, TypeAlias

from aiohttp import web
from attrs import define, field, frozen
from multidict import CIMultiDictProxy

__all__ = ["Handler", "Reply", "Seen", "Serve", "Served", "reply", "script", "serving"]


@frozen
class Reply:
    """An answer that can be given many times: a JSON value, or bytes or text as they are."""

    status: int = 200
    body: Any = b""
    headers: Mapping[str, str] = field(factory=dict[str, str])

    def response(self) -> web.Response:
        """Return the answer for aiohttp."""
        raw = self.body.encode() if isinstance(self.body, str) else self.body
        if not isinstance(raw, bytes):
            raw = json.dumps(raw).encode()
            return web.Response(
                status=self.status, body=raw, headers={"Content-Type": "application/json", **self.headers}
            )
        return web.Response(status=self.status, body=raw, headers=self.headers)


def reply(body: Any = b"", status: int = 200, **headers: str) -> Reply:
    """Return an answer; `retry_after="2"` becomes the header `Retry-After`."""
    return Reply(status, body, {name.replace("_", "-"): value for name, value in headers.items()})


@frozen
class Seen:
    """A request as it arrived; `target` is the request line's, byte for byte."""

    method: str
    target: str
    headers: CIMultiDictProxy[str]
    body: bytes
    request: web.Request = field(repr=False)

    @property
    def path(self) -> str:
        """Return the target without its query."""
        return self.target.partition("?")[0]

    @property
    def query(self) -> dict[str, str]:
        """Return the decoded query."""
        return dict(self.request.query)

    @property
    def json(self) -> Any:
        """Return the body as JSON."""
        return json.loads(self.body)


Answering: TypeAlias = Reply | web.StreamResponse
Handler: TypeAlias = Callable[[Seen], Answering | Awaitable[Answering]]


@define
class Served:
    """A running server: its `url` without a closing slash, and the requests so far."""

    url: str = ""
    requests: list[Seen] = field(factory=list[Seen])
    mistakes: list[Exception] = field(factory=list[Exception])

    def to(self, ending: str) -> list[Seen]:
        """Return the requests whose path ends so."""
        return [seen for seen in self.requests if seen.path.endswith(ending)]


def script(*replies: Reply) -> Handler:
    """Answer with one after the other; the last one again and again."""
    left = chain(replies, repeat(replies[-1]))

    def answer(_: Seen) -> Reply:
        return next(left)

    return answer


@asynccontextmanager
async def serving(handler: Handler, certificate: ssl.SSLContext | None = None) -> AsyncGenerator[Served]:
    """Serve on a free loopback port, with a certificate over TLS.

    What the handler raises is answered with 500 and raised again at the end.
    A handler is cancelled when its client goes away.
    """
    served = Served()

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        assert isinstance(request, web.Request)
        seen = Seen(request.method, request.raw_path, request.headers, await request.read(), request)
        served.requests.append(seen)
        try:
            answered = handler(seen)
            if inspect.isawaitable(answered):
                answered = await answered
        except Exception as mistake:  # noqa: BLE001 - raised again at the end
            served.mistakes.append(mistake)
            return web.Response(status=500, text=f"the test's handler failed: {mistake!r}")
        return answered.response() if isinstance(answered, Reply) else answered

    app = web.Application(client_max_size=2**30)
    app.router.add_route("*", "/{anything:.*}", answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1, handler_cancellation=True)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=certificate)
    await site.start()
    host, port = runner.addresses[0][:2]
    served.url = f"{'https' if certificate else 'http'}://{host}:{port}"
    try:
        yield served
    finally:
        await runner.cleanup()
    if served.mistakes:
        raise served.mistakes[0]


class Serve(Protocol):
    """Start a server that runs until the test ends: `served = await serve(handler)`."""

    async def __call__(self, handler: Handler | Reply) -> Served: ...
