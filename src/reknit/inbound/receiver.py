"""A receiver of one API's callbacks: it verifies, decodes and hands over, and answers the sender.

Every step but the handler is a pure function of its own module; here they are put in order. The edges to servers are
`asgi` and `aiohttp`; `verify` is for all others.
"""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Generic, TypeAlias, TypeVar, cast, overload

from attrs import frozen

from ..errors import ConfigurationError, InvalidArgument, ReknitError
from ..options import check_number
from ..runtime import Event
from .answers import (
    FAILED,
    METHOD,
    NOT_JSON,
    NOT_STORED,
    OVERDUE,
    SLOW,
    STORED,
    TAKEN,
    TOO_LARGE,
    UNHANDLED,
    Answer,
    CallbackAnswered,
    ReceiverHook,
    Refused,
)
from .asgi import AsgiApp
from .bounded import Within
from .events import Undecoded, Unverified
from .handlers import Handler, Handlers, Registration, Route, TransactionHandler, takes_transaction
from .reading import Found, Reader, head_refusal
from .store import Letter, Store, digest
from .verifying import Headers, Keys, Lookup, last_segment, lookup, verdict

if TYPE_CHECKING:
    from aiohttp import web

__all__ = [
    "MAX_BODY",
    "TIMEOUT",
    "BaseReceiver",
    "Receiver",
    "Settings",
    "Source",
    "UnverifiedReceiver",
    "settings_from",
]

#: The results of large tasks are megabytes; a client's own bound of 64 MiB is for what it asked for.
MAX_BODY: Final = 8 * 2**20
TIMEOUT: Final = 30.0
_NAME = re.compile(r"[\w.-]{1,100}", re.ASCII)
_LOGGER = logging.getLogger("reknit.inbound")

E = TypeVar("E")
P = TypeVar("P")
H = TypeVar("H", bound=Handler[Any] | TransactionHandler[Any])
#: Reads a body of at most so many bytes, or says why there is none.
ReadBody: TypeAlias = Callable[[int], Coroutine[Any, Any, "bytes | Answer"]]


@frozen(kw_only=True)
class Source:
    """Who calls, and how they are known: by a header, in any of its spellings, or by the end of the path alone."""

    api: str
    reader: Reader
    keys: Keys
    key_headers: tuple[str, ...] = ()

    @property
    def signs(self) -> bool:
        """Return whether an event is from the API for certain, rather than from someone who has seen the address."""
        return bool(self.key_headers)

    def presented(self, values: Lookup, path: Callable[[], str]) -> list[str]:
        """Return what a sender shows to be known by."""
        if not self.key_headers:
            return [segment] if (segment := last_segment(path())) else []
        return [value for name in self.key_headers for value in values(name)]


@frozen(kw_only=True)
class Settings:
    """What users choose, the same for all receivers."""

    name: str
    inbox: Store | None = None
    timeout: float = TIMEOUT
    max_body: int = MAX_BODY
    hooks: tuple[ReceiverHook, ...] = ()

    def __attrs_post_init__(self) -> None:
        if not isinstance(self.name, str) or not _NAME.fullmatch(self.name):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise ConfigurationError("name must be 1 to 100 letters, digits, dots, dashes and underscores")
        check_number("timeout", self.timeout, above=0)
        check_number("max_body", self.max_body, above=0)


def settings_from(
    name: str, inbox: Store | None, timeout: float, max_body: int, hooks: Iterable[ReceiverHook]
) -> Settings:
    """Return the settings that the factories' keywords stand for."""
    return Settings(name=name, inbox=inbox, timeout=timeout, max_body=max_body, hooks=tuple(hooks))


def _is_being_cancelled() -> bool:
    """Return whether a CancelledError is for this task, and not from something that a handler awaited."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _tell(hook: ReceiverHook, event: CallbackAnswered) -> None:
    try:
        hook(event)
    except Exception as error:  # noqa: BLE001 - an observer must not change what it observes
        asyncio.get_running_loop().call_exception_handler(
            {"message": "a reknit hook failed on CallbackAnswered", "exception": error}
        )


class BaseReceiver:
    """What all receivers do. Made by an API's `receiver(…)`."""

    def __init__(self, source: Source, settings: Settings) -> None:
        self._source = source
        self._settings = settings
        self._handlers = Handlers(source.reader.events)
        if settings.inbox is not None:
            settings.inbox.bind(self)

    @property
    def name(self) -> str:
        """Return the name under which its letters are stored."""
        return self._settings.name

    @property
    def inbox(self) -> Store | None:
        """Return what keeps its events until they are handled; None where they are handled at once."""
        return self._settings.inbox

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}>"

    @cached_property
    def asgi(self) -> AsgiApp:
        """Return the receiver as an ASGI application, for a route of Starlette, FastAPI or any other framework."""
        return AsgiApp(self)

    @cached_property
    def aiohttp(self) -> Callable[[web.Request], Awaitable[web.Response]]:
        """Return the receiver as a handler for a route of aiohttp.web."""
        from .aiohttp import handler_of  # noqa: PLC0415 - a service on ASGI does without aiohttp's server

        return handler_of(self)

    def otherwise(self, handler: H) -> H:
        """Register the handler of events that no other handler is for, and of kinds that nobody knows.

        It gets what a handler of the event would get; an event of an unknown kind is an `Undecoded`.
        """
        self._handlers.add_otherwise(self._route(handler, None))
        return handler

    async def handle(self, letter: Letter, transaction: Any = None) -> None:
        """Decode a stored event anew and run its handler; raise whatever the handler raises.

        `transaction` goes to handlers with two parameters. TimeoutError says that the handler had no time left;
        ReknitError that there is none for this event.
        """
        found = self._source.reader.read(letter.body) or Found(letter.kind, misfit="the body is not JSON")
        route = self._handlers.find(found)
        if route is None:
            raise ReknitError(
                f"receiver {self.name} has no handler for {found.kind or 'an unknown event'}: "
                "register one with receiver.on or receiver.otherwise"
            )
        handling = Within(self._settings.timeout, route.call(self._event(found, letter.body), transaction))
        try:
            await handling
        except TimeoutError:
            if handling.expired:
                raise TimeoutError(f"the handler took longer than {self._settings.timeout:g} s") from None
            raise

    async def answer(self, method: str, values: Lookup, path: Callable[[], str], read: ReadBody) -> Answer:
        """Take one request and return its answer; this is what edges to servers call.

        Nothing of the body is read before the sender is known. Reading it and handling the event take no longer than
        the receiver's timeout each.
        """
        hooks = self._settings.hooks
        began = time.monotonic() if hooks else 0.0
        refusal = METHOD if method != "POST" else self._refusal(values, path)
        kind, answer = await self._taken(read) if refusal is None else ("", refusal)
        if answer.is_refusal:
            _LOGGER.warning("receiver %s refused a callback: %s", self.name, answer.reason)
        elif answer is UNHANDLED:
            _LOGGER.warning("receiver %s has no handler for a callback: it was dropped", self.name)
        for hook in hooks:
            _tell(hook, CallbackAnswered(self.name, kind, answer.status, answer.reason, time.monotonic() - began))
        return answer

    def _refusal(self, values: Lookup, path: Callable[[], str]) -> Answer | None:
        return verdict(self._source.keys, self._source.presented(values, path)) or head_refusal(
            values, self._settings.max_body
        )

    async def _taken(self, read: ReadBody) -> tuple[str, Answer]:
        """Read, decode and hand over an event; return its kind and the answer."""
        try:
            body = await Within(self._settings.timeout, read(self._settings.max_body))
        except TimeoutError:
            return "", SLOW
        if isinstance(body, Answer):
            return "", body
        found = self._source.reader.read(body)
        if found is None:
            return "", NOT_JSON
        try:
            return found.kind, await Within(self._settings.timeout, self._handed_over(found, body))
        except TimeoutError:
            self._report(found.kind, OVERDUE)
            return found.kind, OVERDUE

    async def _handed_over(self, found: Found, body: bytes) -> Answer:
        event, route = self._event(found, body), self._handlers.find(found)
        inbox = self._settings.inbox
        try:
            if inbox is not None:
                await inbox.put(self._letter(found, event, route, body))
                return STORED
            if route is None:
                return UNHANDLED
            await route.call(event, None)
            return TAKEN
        except asyncio.CancelledError as cancelled:
            if _is_being_cancelled():
                raise
            return self._failed(found.kind, cancelled)
        except Exception as error:  # noqa: BLE001 - whatever it is, the sender comes again
            return self._failed(found.kind, error)

    def _failed(self, kind: str, failure: BaseException) -> Answer:
        answer = FAILED if self._settings.inbox is None else NOT_STORED
        self._report(kind, answer, failure)
        return answer

    def _report(self, kind: str, answer: Answer, failure: BaseException | None = None) -> None:
        _LOGGER.error(
            "receiver %s could not take a callback (%s): %s", self.name, kind, answer.reason, exc_info=failure
        )

    def _letter(self, found: Found, event: Any, route: Route | None, body: bytes) -> Letter:
        return Letter(
            receiver=self.name,
            kind=found.kind,
            body=body,
            digest=digest(self.name, body),
            order_key=None if route is None else route.order_key(event),
            received_at=time.time(),
            verified=self._source.signs,
        )

    def _event(self, found: Found, body: bytes) -> Any:
        """Return what a handler gets."""
        if found.misfit is not None:
            return Undecoded(body, found.misfit, self._source.signs)
        return found.payload if self._source.signs else Unverified(found.payload, body)

    def _verified(self, headers: Headers, body: bytes, path: str) -> Any:
        if not isinstance(body, bytes | bytearray):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise InvalidArgument(f"body must be the bytes that came, not {type(body).__name__}")
        refusal = self._refusal(lookup(headers), lambda: path)
        if refusal is None and len(body) > self._settings.max_body:
            refusal = TOO_LARGE
        found = None if refusal else self._source.reader.read(body)
        if found is None:
            refusal = refusal or NOT_JSON
            raise Refused(f"receiver {self.name} refused a callback: {refusal.reason}").with_context(
                status=refusal.status, reason=refusal.reason
            )
        return self._event(found, body)

    def _register(self, kind: object, order_by: Callable[[Any], str | None] | None) -> Any:
        def register(handler: H) -> H:
            self._handlers.add(kind, self._route(handler, order_by))
            return handler

        return register

    def _route(self, handler: Callable[..., Any], order_by: Callable[[Any], str | None] | None) -> Route:
        route = Route(handler, takes_transaction(handler), order_by)
        if self._settings.inbox is None and (route.with_transaction or order_by is not None):
            what = "a handler with a transaction" if route.with_transaction else "order_by"
            raise ConfigurationError(f"{what} needs an inbox: make the receiver with inbox=…")
        return route


class Receiver(BaseReceiver, Generic[P]):
    """A receiver of events whose sender proves who it is; handlers get the payload itself."""

    def on(self, kind: type[E] | Event[E], *, order_by: Callable[[E], str | None] | None = None) -> Registration[E]:
        """Register the handler of an event: by its model, by its name in the spec, or `Undecoded`.

        A handler is an async function of the event, or of the event and the inbox's transaction. With `order_by`,
        events with the same key are handled one after the other; it needs an inbox.
        """
        return cast("Registration[E]", self._register(kind, order_by))

    def verify(self, headers: Headers, body: bytes) -> P | Undecoded:
        """Return the event of a request that was read elsewhere: its payload, or an `Undecoded`.

        Raises Refused, with the status to answer. Nothing is handed over and nothing stored.
        """
        return cast("P | Undecoded", self._verified(headers, body, ""))


class UnverifiedReceiver(BaseReceiver, Generic[P]):
    """A receiver of events that anyone could send who knows the address; handlers get an `Unverified` around them."""

    @overload
    def on(  # type: ignore[overload-overlap]  # pyright: ignore[reportOverlappingOverload] - the first that fits counts
        self, kind: type[Undecoded], *, order_by: Callable[[Undecoded], str | None] | None = None
    ) -> Registration[Undecoded]: ...
    @overload
    def on(
        self, kind: type[E] | Event[E], *, order_by: Callable[[Unverified[E]], str | None] | None = None
    ) -> Registration[Unverified[E]]: ...
    def on(self, kind: Any, *, order_by: Callable[[Any], str | None] | None = None) -> Any:
        """Register the handler of an event; see `Receiver.on`."""
        return self._register(kind, order_by)

    def verify(self, headers: Headers, body: bytes, *, path: str) -> Unverified[P] | Undecoded:
        """Return the event of a request that was read elsewhere; its decoded path ends with the secret.

        See `Receiver.verify`.
        """
        return cast("Unverified[P] | Undecoded", self._verified(headers, body, path))
