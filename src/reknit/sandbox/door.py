"""The port that the sandbox listens on, and that it can shut for a while.

While it is shut a bound socket that does not listen holds the port: connections are refused, and nobody else gets it.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

from aiohttp import web

__all__ = ["Door"]


class Door:
    """Listen on one address for a server."""

    def __init__(self, server: web.Server, host: str, port: int) -> None:
        self._server = server
        self._host = host
        self._port = port
        self._listening: asyncio.Server | None = None
        self._holding: socket.socket | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._opening: asyncio.Task[None] | None = None
        self._opened: Callable[[], None] | None = None
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

    def shut(self, seconds: float, opened: Callable[[], None]) -> None:
        """Refuse connections and drop the open ones for so many seconds; `opened` is called when that is over."""
        self.reopen_later(seconds, opened)
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
            connection.force_close()

    def reopen_later(self, seconds: float, opened: Callable[[], None]) -> None:
        """Set when the door opens again."""
        if self._timer is not None:
            self._timer.cancel()
        self._opened = opened
        self._timer = asyncio.get_running_loop().call_later(seconds, self.reopen)

    def reopen(self) -> None:
        """Listen again."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        holding, self._holding = self._holding, None
        if holding is not None:
            self._opening = asyncio.get_running_loop().create_task(self._listen(holding))

    async def _listen(self, holding: socket.socket) -> None:
        self._listening = await asyncio.get_running_loop().create_server(self._server, sock=holding)
        opened, self._opened = self._opened, None
        if opened is not None:
            opened()

    def close(self) -> None:
        """Stop listening."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._opening is not None:
            self._opening.cancel()
        if self._holding is not None:
            self._holding.close()
            self._holding = None
        if self._listening is not None:
            self._listening.close()
            self._listening = None
