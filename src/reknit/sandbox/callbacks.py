"""Callbacks and webhooks on their way out of the sandbox.

They go to loopback addresses only, whatever a task or a session names, so that the sandbox cannot be used as a proxy.
"""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Mapping
from urllib.parse import urlsplit

import aiohttp

from .clock import Clock
from .ledger import Ledger
from .wire import Json

__all__ = ["Outbox", "why_not"]


def why_not(address: str) -> str | None:
    """Say why nothing is sent to an address; None where something is.

    Something is sent to http(s) addresses whose host is `localhost` or a loopback IP address.
    """
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "not a URL"
    if parts.scheme not in ("http", "https") or not host:
        return "not an http address"
    return None if host == "localhost" or _is_loopback(host) else "not a loopback address"


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class Outbox:
    """Send callbacks, one try each.

    Every try is an effect in the ledger: `<event>.sent`, `<event>.failed` or `<event>.skipped`.
    """

    def __init__(self, clock: Clock, ledger: Ledger) -> None:
        self._clock = clock
        self._ledger = ledger
        self._session: aiohttp.ClientSession | None = None
        self._under_way: set[asyncio.Task[bool]] = set()

    async def send(
        self, *, api: str, event: str, subject: str, address: str, payload: Json, headers: Mapping[str, str]
    ) -> bool:
        """POST a payload as JSON; say whether it was answered with 2xx."""
        reason = why_not(address)
        if reason is not None:
            self._note(api, f"{event}.skipped", subject, reason=reason)
            return False
        if self._session is None:
            # No cookies, no proxy of the environment, a short patience: the receiver is on this machine.
            self._session = aiohttp.ClientSession(
                cookie_jar=aiohttp.DummyCookieJar(), timeout=aiohttp.ClientTimeout(total=10)
            )
        try:
            async with self._session.post(address, json=payload, headers=headers, allow_redirects=False) as response:
                status = response.status
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            self._note(api, f"{event}.failed", subject, error=type(error).__name__)
            return False
        accepted = 200 <= status < 300
        self._note(api, f"{event}.{'sent' if accepted else 'failed'}", subject, status=status)
        return accepted

    def send_soon(
        self, *, api: str, event: str, subject: str, address: str, payload: Json, headers: Mapping[str, str]
    ) -> None:
        """Start `send` in the background; `settle` waits for it, `close` ends it."""
        sending = self.send(api=api, event=event, subject=subject, address=address, payload=payload, headers=headers)
        task = asyncio.get_running_loop().create_task(sending)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def settle(self) -> None:
        """Wait until nothing is under way."""
        while self._under_way:
            await asyncio.wait(self._under_way)

    async def close(self) -> None:
        """Cancel what is under way, and let the connections go."""
        for task in self._under_way:
            task.cancel()
        await self.settle()
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _note(self, api: str, name: str, subject: str, **detail: object) -> None:
        self._ledger.note_effect(at=self._clock.now(), api=api, name=name, subject=subject, detail=detail)
