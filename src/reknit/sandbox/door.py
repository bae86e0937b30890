"""The port that the sandbox listens on, and that it can shut for a while; and what is said of what comes in there.

While it is shut a bound socket that does not listen holds the port: connections are refused, and the system gives it to
nobody else.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from typing import Any, Final, TypeAlias

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

__all__ = ["Busy", "Door", "Log", "bind_all", "noting"]

#: How often a free port is looked for that is free for each of a name's addresses.
_SEARCHES: Final = 20

#: What a socket is bound to: `(host, port)`, for IPv6 with two numbers more.
_Address: TypeAlias = tuple[int, tuple[Any, ...]]

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


class Log(logging.LoggerAdapter[logging.Logger]):
    """What aiohttp logs of a connection, without a traceback where what came in was no HTTP: nobody here has a bug."""

    def exception(self, msg: object, *args: object, exc_info: Any = True, **kwargs: Any) -> None:
        """Log an error: one line for what was no HTTP, without its bytes, which may be a secret."""
        if isinstance(exc_info, HttpProcessingError | web.RequestPayloadError):
            self.warning("what came in was no HTTP that can be read: %s", type(exc_info).__name__)
        else:
            super().exception(msg, *args, exc_info=exc_info, **kwargs)


class Door:
    """Listen for a server on one port of a host, on all of its addresses."""

    def __init__(self, server: web.Server, host: str, port: int, busy: Busy) -> None:
        self._server = server
        self._host = host
        self._port = port
        self._busy = busy
        self._listening: list[asyncio.Server] = []
        self._bound: list[_Address] = []
        self._holding: list[socket.socket] = []
        self._opening: asyncio.Task[None] | None = None
        self._shut = False
        self.address: tuple[str, int] = ("", 0)

    @property
    def is_open(self) -> bool:
        """Whether connections are taken."""
        return bool(self._listening)

    async def open(self) -> None:
        """Begin to listen. Raises OSError where the port is taken."""
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(self._host or None, self._port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        sockets = bind_all([*dict.fromkeys((family, address) for family, _, _, _, address in found)], self._port)
        self._bound = [(one.family, one.getsockname()) for one in sockets]
        host, port = sockets[0].getsockname()[:2]
        self.address = (host, port)
        await self._listen(sockets)

    def shut(self) -> None:
        """Refuse connections and drop those that are idle; a request under way is answered before its own goes."""
        self._shut = True
        if not self._listening:
            return
        for listening in self._listening:
            listening.close()
        self._listening = []
        self._holding = [_bind(one, self.address[1]) for one in self._bound]
        for connection in self._server.connections:
            if connection in self._busy:
                connection.close()
            else:
                connection.force_close()

    def reopen(self) -> None:
        """Listen again."""
        self._shut = False
        holding, self._holding = self._holding, []
        if holding:
            self._opening = asyncio.get_running_loop().create_task(self._listen(holding))

    async def _listen(self, sockets: list[socket.socket]) -> None:
        loop = asyncio.get_running_loop()
        try:
            self._listening = [await loop.create_server(self._server, sock=one) for one in sockets]
        except BaseException:
            _close(sockets)
            raise
        if self._shut:
            self.shut()

    def close(self) -> None:
        """Stop listening."""
        if self._opening is not None:
            self._opening.cancel()
        _close(self._holding)
        for listening in self._listening:
            listening.close()
        self._holding, self._listening = [], []


def bind_all(addresses: list[_Address], port: int) -> list[socket.socket]:
    """Bind a socket to each address, all on one port. Raises OSError where that is taken, or there is no address.

    An address that the machine does not have, because IPv6 is off say, is left out where another is there.
    """
    there = [one for one in addresses if _is_there(one)] or addresses
    for _ in range(_SEARCHES):
        try:
            return _bind_each(there, port)
        except OSError as error:
            if port or len(there) == 1 or error.errno != errno.EADDRINUSE:
                raise
    return _bind_each(there, port)


def _is_there(address: _Address) -> bool:
    try:
        _bind(address, 0).close()
    except OSError:
        return False
    return True


def _bind_each(addresses: list[_Address], port: int) -> list[socket.socket]:
    with ExitStack() as undo:
        sockets: list[socket.socket] = []
        for address in addresses:
            sockets.append(undo.enter_context(_bind(address, port)))
            port = sockets[-1].getsockname()[1]  # a free one of the first is that of all
        undo.pop_all()
        return sockets


def _bind(address: _Address, port: int) -> socket.socket:
    family, (host, _, *scope) = address
    with ExitStack() as undo:
        one = undo.enter_context(socket.socket(family))
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        one.bind((host, port, *scope))
        undo.pop_all()
        return one


def _close(sockets: list[socket.socket]) -> None:
    for one in sockets:
        one.close()
