"""What the commands that listen on a port have in common: how they begin, and how they end."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import ipaddress
import os
import signal
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from .exits import Refusal

__all__ = ["check_host", "check_port", "is_loopback", "stopped", "why_no_port"]


def check_port(port: int) -> None:
    """Raise Refusal for what is no port."""
    if not 0 <= port <= 65535:
        raise Refusal(f"--port: {port} is no port; there are 0 to 65535")


def check_host(host: str) -> None:
    """Raise Refusal for an empty host, which would mean every address of the machine."""
    if not host.strip():
        raise Refusal("--host: empty; 127.0.0.1 is this machine alone, 0.0.0.0 every address of it")


def is_loopback(host: str) -> bool:
    """Return whether nobody but this machine can reach a host."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def why_no_port(host: str, port: int, error: OSError) -> str:
    """Say in one line why there is no listening on a port, and what to do."""
    # What asyncio adds to the system's words differs from Python to Python; resolvers have numbers of their own.
    known = error.errno in errno.errorcode and not isinstance(error, socket.gaierror)
    reason = os.strerror(error.errno) if known and error.errno else error.strerror or str(error)
    hint = " (--port 0 takes a free one)" if error.errno == errno.EADDRINUSE else ""
    return f"cannot listen on {host} port {port}: {reason.lower()}{hint}"


@asynccontextmanager
async def stopped() -> AsyncGenerator[asyncio.Event]:
    """Give an event that SIGINT and SIGTERM set while the block runs: for a server they are the way to end."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    names = (signal.SIGINT, signal.SIGTERM)
    for name in names:
        # Windows, where Ctrl-C is a KeyboardInterrupt; and threads, which no signal reaches.
        with contextlib.suppress(NotImplementedError, RuntimeError):
            loop.add_signal_handler(name, stop.set)
    try:
        yield stop
    finally:
        for name in names:
            with contextlib.suppress(NotImplementedError, RuntimeError):
                loop.remove_signal_handler(name)
