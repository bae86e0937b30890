"""The port that the sandbox listens on, and that it can shut for a while.

While it is shut a bound socket that does not listen holds the port: connections are refused, and the system gives it to
nobody else.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

from aiohttp import web

__all__ = ["Busy", "Door", "noting"]

#: The connections that a request is worked on of.
Busy: TypeAlias = set[Any]


def noting(busy: Busy) -> Any:
    """Return a middleware that notes which connections are busy."""

    @web.middleware
    async def note(
        request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        busy.add(request.protocol)
        try:
            return await handler(request)
        finally:
            busy.discard(request.protocol)

    return note


class Door:
    """Listen on one address for a server."""

    def __init__(self, server: web.Server, host: str, port: int, busy: Busy) -> None:
        self._server = server
        self._host = host
        self._port = port
        self._busy = busy
        self._listening: asyncio.Server | None = None
        self._holding: socket.socket | None = None
        self._opening: asyncio.Task[None] | None = None
        self._shut = False
        self.address: tuple[str, int] = ("", 0)

    @property
    def is_open(self) -> bool:
        """Whether connections are taken."""
        return self._listening is not None

    async def open(self) -> None:
        """Begin to listen. Raises OSError where the port is taken."""
        loop = asyncio.get_running_loop()
        self._listening = await loop.create_server(self._server, self._host, self._port)
        host, port = self._listening.sockets[0].getsockname()[:2]
        self.address = (host, port)

    def shut(self) -> None:
        """Refuse connections and drop those that are idle; a request under way is answered before its own goes."""
        self._shut = True
        if self._listening is None:
            return
        family = self._listening.sockets[0].family
        self._listening.close()
        self._listening = None
        holding = socket.socket(family)
        holding.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holding.bind(self.address)
        self._holding = holding
        for connection in self._server.connections:
            if connection in self._busy:
                connection.close()
            else:
                connection.force_close()

    def reopen(self) -> None:
        """Listen again."""
        self._shut = False
        holding, self._holding = self._holding, None
        if holding is not None:
            self._opening = asyncio.get_running_loop().create_task(self._listen(holding))

    async def _listen(self, holding: socket.socket) -> None:
        self._listening = await asyncio.get_running_loop().create_server(self._server, sock=holding)
        if self._shut:
            self.shut()

    def close(self) -> None:
        """Stop listening."""
        if self._opening is not None:
            self._opening.cancel()
        if self._holding is not None:
            self._holding.close()
            self._holding = None
        if self._listening is not None:
            self._listening.close()
            self._listening = None
