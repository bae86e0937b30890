"""The edge to ASGI servers and frameworks, without depending on any of them.

An application object rather than a function: Starlette takes functions and bound methods for request handlers of its
own kind.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, MutableMapping
from typing import TYPE_CHECKING, Any, TypeAlias

from .answers import INCOMPLETE, TOO_LARGE, Answer
from .verifying import lookup

if TYPE_CHECKING:
    from .receiver import BaseReceiver

__all__ = ["AsgiApp"]

# The specification's own words, so that they fit whichever framework's types: https://asgi.readthedocs.io.
Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]


class AsgiApp:
    """A receiver as an ASGI application, for a route of its own or for a server as it is."""

    __slots__ = ("_receiver",)

    def __init__(self, receiver: BaseReceiver) -> None:
        self._receiver = receiver

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; take part in `lifespan` where a server runs this alone; close web sockets."""
        if scope["type"] == "http":
            await self._answer(scope, receive, send)
        elif scope["type"] == "lifespan":
            await _live(receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:  # asked for by the specification
            raise ValueError(f"reknit answers no ASGI scope of type {scope['type']!r}")

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        def read(most: int) -> Coroutine[Any, Any, bytes | Answer]:
            return _body(receive, most)

        def path() -> str:
            return str(scope["path"])

        answer = await self._receiver.answer(scope["method"], lookup(scope["headers"]), path, read)
        headers = [(name.lower().encode(), value.encode()) for name, value in answer.headers]
        if answer.body:
            headers.append((b"content-length", b"%d" % len(answer.body)))
        try:
            await send({"type": "http.response.start", "status": answer.status, "headers": headers})
            await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else answer.body})
        except OSError:
            pass  # the sender has gone, which it may


async def _body(receive: Receive, most: int) -> bytes | Answer:
    """Return a body of at most so many bytes, or why there is none."""
    parts: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return INCOMPLETE
        part: bytes = message.get("body", b"")
        parts.append(part)
        most -= len(part)
        if most < 0:
            return TOO_LARGE
        if not message.get("more_body"):
            return parts[0] if len(parts) == 1 else b"".join(parts)


async def _live(receive: Receive, send: Send) -> None:
    """Agree to start and to stop: a receiver has nothing to open and nothing to close."""
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
