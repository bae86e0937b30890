"""The edge to aiohttp's server; loaded when `receiver.aiohttp` is first asked for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from typing import TYPE_CHECKING, Any

from aiohttp import StreamReader, web

from .answers import INCOMPLETE, TOO_LARGE, Answer
from .verifying import lookup

if TYPE_CHECKING:
    from .receiver import BaseReceiver

__all__ = ["handler_of", "read_body", "response_of"]


def handler_of(receiver: BaseReceiver) -> Callable[[web.Request], Awaitable[web.Response]]:
    """Return a receiver as a handler of aiohttp.web."""

    async def take(request: web.Request) -> web.Response:
        def read(most: int) -> Coroutine[Any, Any, bytes | Answer]:
            return read_body(request, most)

        def path() -> str:
            return request.path

        return response_of(await receiver.answer(request.method, lookup(request.headers), path, read))

    return take


def response_of(answer: Answer) -> web.Response:
    """Return an answer as aiohttp sends it."""
    return web.Response(status=answer.status, body=answer.body or None, headers=answer.headers or None)


async def read_body(request: web.Request, most: int) -> bytes | Answer:
    """Return a body of at most so many bytes, or why there is none.

    The application's own `client_max_size` is for other handlers: large results are nothing unusual here.
    """
    content = request.content
    try:
        if content.is_eof():  # all of it is here, and nothing is there to wait for
            # What is left of it is nothing where there was nothing, or a middleware has read it.
            body = await request.read() if content.at_eof() else content.read_nowait()
            return body if len(body) <= most else TOO_LARGE
        return await _rest(content, most)
    except Exception:  # noqa: BLE001 - the sender went away or broke HTTP; aiohttp has many names for it
        return INCOMPLETE


async def _rest(content: StreamReader, most: int) -> bytes | Answer:
    """Read on to the end of a body that is still arriving."""
    parts: list[bytes] = []
    while not content.at_eof():
        part = await content.readany()
        parts.append(part)
        most -= len(part)
        if most < 0:
            return TOO_LARGE
    return b"".join(parts)
