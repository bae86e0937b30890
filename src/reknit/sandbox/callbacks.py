"""Callbacks and webhooks on their way out of the sandbox.

They go to loopback addresses only, whatever a task or a session names, unless told otherwise, so that the sandbox
cannot be used as a proxy.
"""

from __future__ import annotations

import asyncio
import ipaddress
import math
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Final
from urllib.parse import urlsplit

import aiohttp
from attrs import define, field, frozen

from .clock import Clock
from .faults import CallbackFault, DuplicateCallback, Faults, ReorderCallbacks, WrongSecret
from .ledger import Ledger
from .state import Unwritten
from .wire import Json

__all__ = ["LATER", "Delivery", "Message", "Outbox", "why_not"]

_DAY: Final = 24 * 3600.0
#: When a callback that failed is tried again, in seconds after the first try: 20 times within 24 hours, as is
#: documented; how they are spread is not, so each wait is half as long again as the one before.
LATER: Final = tuple(_DAY * (1.5**number - 1) / (1.5**20 - 1) for number in range(1, 21))


def why_not(address: str, *, anywhere: bool = False) -> str | None:
    """Say why nothing is sent to an address; None where something is.

    Something is sent to http(s) addresses whose host is `localhost` or a loopback IP address, or is anything at all.
    """
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "not a URL"
    if parts.scheme not in ("http", "https") or not host:
        return "not an http address"
    return None if anywhere or host == "localhost" or _is_loopback(host) else "not a loopback address"


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@frozen
class Message:
    """A callback: what is sent for whom, and where to. `secret` is the header that says that it is genuine."""

    api: str
    event: str
    subject: str
    address: str = field(repr=False)
    payload: Json = field(repr=False)
    secret: Mapping[str, str] = field(factory=dict[str, str], repr=False)


@define(eq=False)
class Delivery:
    """A message under way: when it was first tried (None: not yet), and how often.

    `changed` is called after each try with whether the message arrived: None while that is still open.
    """

    message: Message
    later: tuple[float, ...] = ()
    changed: Callable[[Delivery, bool | None], None] | None = None
    started: float | None = None
    tries: int = 0


class Outbox:
    """Send callbacks.

    Every try is an effect in the ledger: `<event>.sent`, `<event>.failed` or `<event>.skipped`.
    """

    def __init__(self, clock: Clock, ledger: Ledger, faults: Faults, *, anywhere: bool = False) -> None:
        self._clock = clock
        self._ledger = ledger
        self._faults = faults
        self._anywhere = anywhere
        self._session: aiohttp.ClientSession | None = None
        self._workers: set[asyncio.Task[None]] = set()
        self._due: dict[Delivery, float] = {}
        self._sending: set[asyncio.Future[None]] = set()
        self._held: dict[str, list[tuple[Delivery, asyncio.Future[None]]]] = {}

    def start(self, delivery: Delivery) -> asyncio.Future[bool | None]:
        """Send a message, and again later while it fails.

        The future has the outcome of the first try: None where it is open. `settle` waits for what is due, `close` ends
        it.
        """
        loop = asyncio.get_running_loop()
        first: asyncio.Future[bool | None] = loop.create_future()
        self._due[delivery] = -math.inf
        worker = loop.create_task(self._deliver(delivery, first))
        self._workers.add(worker)
        worker.add_done_callback(self._workers.discard)
        return first

    async def settle(self) -> None:
        """Wait until nothing is being sent and nothing is due; what is due later, or held back, is not waited for."""
        while True:
            if self._sending:
                await asyncio.wait((*self._sending,), return_when=asyncio.FIRST_COMPLETED)
            elif any(due <= self._clock.now() for due in self._due.values()):
                self._clock.wake()  # it may have come so far without being told to
                await asyncio.sleep(0)  # who is due wakes at the loop's next turn
            else:
                return

    async def close(self) -> None:
        """Cancel what is under way, and let the connections go."""
        workers = (*self._workers,)
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
        self._due.clear()
        self._held.clear()
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _deliver(self, delivery: Delivery, first: asyncio.Future[bool | None]) -> None:
        try:
            arrived = None if delivery.tries else await self._attempt(delivery, first)
            while arrived is None:
                assert delivery.started is not None  # the first try sets it
                due = delivery.started + delivery.later[delivery.tries - 1]
                self._due[delivery] = due
                await self._clock.until(due)
                arrived = await self._attempt(delivery, first)
        finally:
            self._due.pop(delivery, None)
            if not first.done():
                first.set_result(None)

    async def _attempt(self, delivery: Delivery, first: asyncio.Future[bool | None]) -> bool | None:
        """Try once; say whether it arrived, None where it will be tried again."""
        message = delivery.message
        reason = why_not(message.address, anywhere=self._anywhere)
        fault = None if reason else self._fault(message)
        if isinstance(fault, ReorderCallbacks):
            await self._hold(delivery, first)
        sending: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._sending.add(sending)
        self._due.pop(delivery, None)
        try:
            if delivery.started is None:
                delivery.started = self._clock.now()
            delivery.tries += 1
            if reason is not None:
                self._note(message, "skipped", reason=reason)
                arrived: bool | None = False
            elif await self._send(message, fault):
                arrived = True
            else:
                arrived = None if delivery.tries <= len(delivery.later) else False
            if delivery.changed is not None:
                with suppress(Unwritten):  # whoever asks for something next is told
                    delivery.changed(delivery, arrived)
        finally:
            self._sending.discard(sending)
            sending.set_result(None)
        if not first.done():
            first.set_result(arrived)
        return arrived

    def _fault(self, message: Message) -> CallbackFault | None:
        """Take a fault; where a message is held back this one lets it go, and cannot be held back itself."""
        kinds: tuple[type[CallbackFault], ...] = (DuplicateCallback, WrongSecret)
        if not self._held.get(message.api):
            kinds = (*kinds, ReorderCallbacks)
        return self._faults.take_for_callback(message.api, message.event, kinds)

    async def _hold(self, delivery: Delivery, first: asyncio.Future[bool | None]) -> None:
        """Wait until another message of the API has gone."""
        released: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._held.setdefault(delivery.message.api, []).append((delivery, released))
        self._due.pop(delivery, None)
        self._note(delivery.message, "held")
        if not first.done():
            first.set_result(None)
        await released

    def _release(self, api: str) -> None:
        for delivery, released in self._held.pop(api, ()):
            if not released.done():
                self._due[delivery] = -math.inf
                released.set_result(None)

    async def _send(self, message: Message, fault: CallbackFault | None) -> bool:
        copies = fault.copies if isinstance(fault, DuplicateCallback) else 0
        secret = message.secret
        if isinstance(fault, WrongSecret):
            secret = {name: f"wrong-{value[::-1]}" for name, value in secret.items()}
        arrived = [await self._post(message, secret) for _ in range(1 + copies)]
        self._release(message.api)
        return arrived[0]

    async def _post(self, message: Message, secret: Mapping[str, str]) -> bool:
        """POST a payload as JSON; say whether it was answered with 2xx."""
        if self._session is None:
            # No cookies, no proxy of the environment, a short patience: the receiver is on this machine.
            self._session = aiohttp.ClientSession(
                cookie_jar=aiohttp.DummyCookieJar(), timeout=aiohttp.ClientTimeout(total=10)
            )
        try:
            async with self._session.post(
                message.address, json=message.payload, headers=secret, allow_redirects=False
            ) as response:
                status = response.status
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            self._note(message, "failed", error=_why(error))
            return False
        accepted = 200 <= status < 300
        self._note(message, "sent" if accepted else "failed", status=status)
        return accepted

    def _note(self, message: Message, outcome: str, **detail: object) -> None:
        name = f"{message.event}.{outcome}"
        self._ledger.note_effect(
            at=self._clock.now(), api=message.api, name=name, subject=message.subject, detail=detail
        )


def _why(error: Exception) -> str:
    if isinstance(error, aiohttp.ClientConnectorError):
        return "no connection"
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, aiohttp.ServerDisconnectedError):
        return "no answer"
    return type(error).__name__
