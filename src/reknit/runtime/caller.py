"""The call loop: one logical call, its deadline, its attempts, its one result.

It carries out what `decisions` and `answers` decide and keeps the promises of a call together: one deadline around
everything, nothing that may have happened sent again, no permit or connection left behind. It knows no API by name.
"""

from __future__ import annotations

import asyncio
import itertools
import math
import os
import random
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar, cast
from weakref import WeakSet

from attrs import define, field, frozen
from multidict import CIMultiDict
from yarl import URL

from ..errors import (
    APIError,
    BodyTooLarge,
    ClientClosed,
    ConfigurationError,
    ConnectFailed,
    DeadlineExceeded,
    DecodeError,
    InvalidArgument,
    RateLimited,
    ReknitError,
    TransportError,
    Unauthorized,
)
from ..options import UNSET, RequestOptions, Retry
from .answers import Answer, Failure, Judge, error_body, is_stream, judge_by_status, request_id_in, value_of
from .attempts import Attempt, RateLimitState, Response
from .backing_off import ceilings
from .codec import Misfit, raw_value, unknown_in
from .credentials import QUERY, Credential, Scheme, parts_of
from .deadline import Alarm
from .decisions import NOTHING_SAID, Outcome, Safety, decide, rate_limit_state, retry_after
from .hooks import AttemptEnded, AttemptStarted, CallEnded, CallStarted, Hook, HookEvent, Waiting
from .limiter import Limiter, Observation, Permit, WaitTooLong
from .operations import Operation
from .pages import Pages
from .parameters import check_header, placeholders
from .requests import (
    base_headers,
    checked_base_url,
    encode_body,
    is_excused,
    request_headers,
    request_url,
    secret_values,
    with_credentials,
    with_key,
    with_media,
    with_query,
)
from .secrets import Redactor
from .transport import Exchange, Transport

if TYPE_CHECKING:
    from .security import Alternatives, Keyring
    from .servers import ApiServer, ServerVariable
    from .streams import EventStream, LineStream, Source

__all__ = ["Api", "Call", "Caller", "Settings"]

T = TypeVar("T")
E = TypeVar("E", bound=ReknitError)


#: The most of a failure's text that an error shows.
_TEXT_SHOWN = 300


@frozen(kw_only=True)
class Api:
    """What the runtime must know of an API: its name, its server, and its two habits.

    `server` is a base URL, or one with variables. `scheme` puts the key on the wire, and is None where the API asks for
    none; `judge` tells an error from a success. `settle`, where there is one, is asked before an error is raised that
    followed an attempt which may have worked, and may answer in its stead.

    For a `DocumentClient`, `schemes` stand in place of `scheme`: those of the document by name, that of `api_key`
    first (None: nothing is written, a client certificate proves who calls). `security` are the alternatives that hold
    for an operation which names none of its own, and `variables` those that only servers of operations have.
    """

    name: str
    server: str | ApiServer
    scheme: Scheme | None = None
    schemes: Mapping[str, Scheme | None] = field(factory=dict[str, Scheme | None])
    security: Alternatives = ()
    variables: Mapping[str, ServerVariable] = field(factory=dict[str, "ServerVariable"])
    judge: Judge = judge_by_status
    settle: Callable[[Caller, Call, APIError], Awaitable[Answer | None]] | None = None


@frozen(kw_only=True)
class Settings:
    """What a client was built with. `chance`, `wall` and `new_key` are the sources of randomness, time and keys.

    `from_spec`: the base URL is the spec's, that of `server` with `variables`, so an operation's own server stands in
    its place. `secrets` are what of it must not be shown.
    """

    base_url: str = field(repr=False)
    timeout: float
    retry: Retry
    hooks: tuple[Hook, ...]
    max_body: int
    from_spec: bool = False
    server: ApiServer | None = None
    variables: Mapping[str, str] = field(factory=dict[str, str], repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)
    allow_insecure: bool = False
    chance: Callable[[], float] = random.random
    wall: Callable[[], float] = time.time
    new_key: Callable[[], str] = field(default=lambda: os.urandom(16).hex())


@define(eq=False, repr=False)  # a repr would show what the arguments hold
class Call:
    """One logical call on its way."""

    operation: Operation[Any]
    #: `<api>.<operation>`
    name: str
    exchange: Exchange
    #: The scheme, host and port that the call goes to: what the limiter counts by.
    origin: str
    safety: Safety
    key: str | None
    timeout: float
    retry: Retry
    arguments: tuple[Any, ...]
    credential: Credential
    number: int = 0
    #: Attempts that were not refused for their rate, and those that were.
    counted: int = 0
    #: An earlier attempt may have been carried out.
    ambiguous: bool = False
    renewed: bool = False
    waited: float = 0.0
    #: The headers that carried the credentials of the latest attempt, and what they were put into.
    credentials: Mapping[str, str] | None = None
    bare: tuple[CIMultiDict[str], URL] | None = None
    attempts: list[Attempt] = field(factory=list[Attempt])
    error: ReknitError | None = None
    #: The call's place among those who wait for the limiter: a resend keeps it.
    ticket: int | None = None
    id: int = 0


#: Of an operation: its full name, its headers, the server that is its own, the part of its query that is the key, and
#: what it proves itself with.
_Known = tuple[str, CIMultiDict[str], str | None, str | None, Credential]


class _Again(partial[Awaitable[Any]]):
    """A call that can be made again; its repr does not show what is sent, which may be secret."""

    def __repr__(self) -> str:
        return "<the same call again>"


class Caller:
    """Makes calls for the generated groups of one client."""

    def __init__(
        self,
        api: Api,
        settings: Settings,
        credential: Credential | Keyring,
        transport: Transport,
        limiter: Limiter,
        *,
        ids: Iterator[int] | None = None,
    ) -> None:
        self.api = api
        self.settings = settings
        self.credential = credential
        self._transport = transport
        self._limiter = limiter
        self._origin = _origin(settings.base_url)
        self._hooks = settings.hooks
        self._judge = api.judge
        self._user_agent = ""
        self._known: dict[Operation[Any], _Known] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._alarms: set[Alarm] = set()
        #: Open streams. Whoever forgets one lets go of its connection: nothing here keeps it.
        self._sources: WeakSet[Source] = WeakSet()
        self._ids = itertools.count(1) if ids is None else ids
        self._beside: list[Caller] = []
        self._closed = False

    async def call(
        self,
        operation: Operation[T],
        *,
        path: tuple[object, ...] = (),
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, Any] | None = None,
        cookies: Mapping[str, Any] | None = None,
        body: Any = UNSET,
        key: str | None = None,
        options: RequestOptions | None = None,
    ) -> T:
        """Make the call and return its decoded value.

        Raises InvalidArgument or ConfigurationError before anything is sent, otherwise whatever `reknit.errors` names.
        """
        call = self._prepare(operation, path, query, headers, cookies, body, key, options)
        answer = await self._perform(call)
        try:
            return value_of(operation, answer)  # type: ignore[no-any-return]
        except Misfit as misfit:
            raise self.decode_error(call, answer, misfit) from None

    async def respond(
        self,
        operation: Operation[T],
        *,
        path: tuple[object, ...] = (),
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, Any] | None = None,
        cookies: Mapping[str, Any] | None = None,
        body: Any = UNSET,
        key: str | None = None,
        options: RequestOptions | None = None,
    ) -> Response[T]:
        """Make the call like `call` and return its value with the answer around it."""
        call = self._prepare(operation, path, query, headers, cookies, body, key, options)
        answer = await self._perform(call)
        try:
            value: T = value_of(operation, answer)
        except Misfit as misfit:
            raise self.decode_error(call, answer, misfit) from None
        return Response(
            value=value,
            status=answer.status,
            headers=answer.headers,
            raw=answer.raw,
            rate_limit=rate_limit_state(answer.headers, self.settings.wall()),
            attempts=tuple(call.attempts),
            request_id=_request_id(answer, value),
            idempotency_key=call.key,
            find_unknown=partial(_unknown, operation, answer, value),
            operation=operation,
        )

    def pages(
        self,
        operation: Operation[Any],
        *,
        path: tuple[object, ...] = (),
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, Any] | None = None,
        cookies: Mapping[str, Any] | None = None,
        options: RequestOptions | None = None,
    ) -> Pages[Any]:
        """Return the pages of a list; nothing is sent before they are awaited or iterated."""
        assert operation.pages is not None

        def fetch(query: Mapping[str, Any]) -> Awaitable[Any]:
            return self.call(operation, path=path, query=query, headers=headers, cookies=cookies, options=options)

        return Pages(fetch, operation.pages, query or {})

    def events(
        self,
        operation: Operation[T],
        *,
        path: tuple[object, ...] = (),
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, Any] | None = None,
        cookies: Mapping[str, Any] | None = None,
        body: Any = UNSET,
        key: str | None = None,
        options: RequestOptions | None = None,
    ) -> EventStream[T]:
        """Return a stream of server-sent events; nothing is sent before it is entered or iterated."""
        from .streams import EventStream  # noqa: PLC0415 - most APIs have no streams

        return EventStream(partial(self._open, operation, path, query, headers, cookies, body, key, options), operation)

    def lines(
        self,
        operation: Operation[T],
        *,
        path: tuple[object, ...] = (),
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, Any] | None = None,
        cookies: Mapping[str, Any] | None = None,
        body: Any = UNSET,
        key: str | None = None,
        options: RequestOptions | None = None,
    ) -> LineStream[T]:
        """Return a stream of JSON lines; nothing is sent before it is entered or iterated."""
        from .streams import LineStream  # noqa: PLC0415 - most APIs have no streams

        return LineStream(partial(self._open, operation, path, query, headers, cookies, body, key, options), operation)

    async def _open(
        self,
        operation: Operation[Any],
        path: tuple[object, ...],
        query: Mapping[str, Any] | None,
        headers: Mapping[str, Any] | None,
        cookies: Mapping[str, Any] | None,
        body: Any,
        key: str | None,
        options: RequestOptions | None,
    ) -> Source:
        """Make the call up to the head of a stream. An answer that is none is read whole, and judged as always."""
        from .streams import Source  # noqa: PLC0415

        call = self._prepare(operation, path, query, headers, cookies, body, key, options)
        call.exchange.streams = partial(is_stream, operation)
        try:
            answer = await self._perform(call)
            if answer.raw:
                kind = answer.headers.get("Content-Type") or "of no media type"
                raise self.decode_error(
                    call, answer, Misfit("$", f"it is {kind}, and not the stream that was asked for")
                )
        except BaseException:
            call.exchange.close()
            raise
        source = Source(self, call, answer)
        self._sources.add(source)
        return source

    async def close(self) -> None:
        """End every call under way with ClientClosed, and close what the client opened. May be called twice."""
        if self._closed:
            return
        loop = asyncio.get_running_loop()
        self._transport.check(loop)
        self._closed = True
        if loop is self._loop:
            for alarm in self._alarms:
                alarm.ring_soon()
            for source in tuple(self._sources):
                source.close()
        for other in self._beside:
            await other.close()
        await self._transport.close()

    def beside(self, credential: Credential) -> Caller:
        """Return a caller with other credentials that shares everything else with this one, its end too."""
        other = Caller(self.api, self.settings, credential, self._transport, self._limiter, ids=self._ids)
        other.extend_user_agent(self._user_agent)
        self._beside.append(other)
        return other

    def extend_user_agent(self, text: str) -> None:
        """Put `text` (`name/version` of a library built on this one) behind the User-Agent."""
        check_header("User-Agent", text)
        self._user_agent = f"{self._user_agent} {text}".strip()
        self._known.clear()
        for other in self._beside:
            other.extend_user_agent(text)

    @property
    def closed(self) -> bool:
        """Return whether `close` was called."""
        return self._closed

    def redactor(self, *more: str) -> Redactor:
        """Return what blanks this client's credentials, and `more`, in text."""
        return Redactor((*self.credential.secrets(), *self.settings.secrets, *more))

    def tell(self, event: HookEvent) -> None:
        """Hand an event to every hook; what a hook raises goes to the loop's exception handler."""
        for hook in self._hooks:
            try:
                hook(event)
            # An observer must not change what it observes; the result of a cancelled future raises CancelledError.
            except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001
                asyncio.get_running_loop().call_exception_handler(
                    {"message": f"a reknit hook failed on {type(event).__name__}", "exception": error}
                )

    def _prepare(
        self,
        operation: Operation[Any],
        path: tuple[object, ...],
        query: Mapping[str, Any] | None,
        headers: Mapping[str, Any] | None,
        cookies: Mapping[str, Any] | None,
        body: Any,
        key: str | None,
        options: RequestOptions | None,
    ) -> Call:
        if options is not None and not isinstance(options, RequestOptions):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise InvalidArgument(f"options must be a reknit.RequestOptions, not {type(options).__name__}")
        settings = self.settings
        place = operation.key
        safety = operation.safety
        arguments = (path, query, headers, cookies, body, options)
        if place is not None:
            key = with_key(place, key, body, settings.new_key)
            if key is not None:
                safety = "keyed"
                if place.place == "body":
                    body = {**body, place.name: key}
                elif place.place == "header":
                    headers = {**(headers or {}), place.name: key}
                else:
                    query = {**(query or {}), place.name: key}
        known = self._known.get(operation)
        if known is None:
            known = self._known[operation] = self._know(operation)
        name, base, server, key_query, credential = known
        url = request_url(settings.base_url if server is None else server, operation, path, query)
        sent_headers = request_headers(base, operation, headers, cookies, options)
        sent = encode_body(operation, body)
        if sent is None:
            if operation.body is not None:
                sent_headers = with_media(sent_headers, None)
        elif not isinstance(sent, bytes):
            sent_headers, sent = with_media(sent_headers, sent.media), sent.content
        exchange = Exchange(
            operation.method, url if key_query is None else with_query(url, key_query), sent_headers, sent
        )
        timeout, retry = settings.timeout, settings.retry
        if options is not None:
            timeout = timeout if options.timeout is None else options.timeout
            retry = retry if options.retry is None else options.retry
        origin = self._origin if server is None else _origin(server)
        return Call(operation, name, exchange, origin, safety, key, timeout, retry, arguments, credential)

    def _know(self, operation: Operation[Any]) -> _Known:
        """Return what is the same for every call of an operation."""
        name = f"{self.api.name}.{operation.name}"
        credential = self._credential_of(name, operation)
        server = self._own_server(name, operation) if operation.servers else None
        fixed = {"User-Agent": self._user_agent, **(credential.fixed or {})}
        key_query = fixed.pop(QUERY, None)
        return name, base_headers(operation, server or self.settings.base_url, fixed), server, key_query, credential

    def _credential_of(self, name: str, operation: Operation[Any]) -> Credential:
        if not self.api.schemes:
            return cast("Credential", self.credential)
        from .security import credential_for  # noqa: PLC0415 - for APIs with several schemes alone

        return credential_for(self.credential, name, operation.security)

    def _own_server(self, name: str, operation: Operation[Any]) -> str | None:
        """Return where an operation goes if that is elsewhere than the client's base URL.

        Of its own servers that is the client's, where it is among them, else the first. One that is relative reads from
        the base URL; one that is not gives way to a base URL that the user named.
        """
        from .servers import is_absolute, server_url, within  # noqa: PLC0415 - for operations with servers alone

        settings = self.settings
        common = None if settings.server is None else settings.server.url
        if any(own.url == common for own in operation.servers):
            return None
        url = server_url(operation.servers[0], settings.variables, name)
        if is_absolute(url) and not settings.from_spec:
            return None
        source = f"the server of {name} (base_url= names another)"
        return checked_base_url(within(settings.base_url, url), source, insecure=settings.allow_insecure)

    async def _perform(self, call: Call) -> Answer:
        """Run the call under its one deadline."""
        if self._closed:
            raise ClientClosed(f"{call.name}: the client is closed").with_context(operation=call.name)
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            await self._transport.enter(loop)
            self._limiter.enter(loop)
            self._alarms.clear()
            self._loop = loop
        elif loop is not self._limiter.loop:  # a client of another loop had it meanwhile
            self._limiter.enter(loop)
        started = loop.time()
        deadline = started + call.timeout
        if self._hooks:
            call.id = next(self._ids)
            self.tell(CallStarted(call.id, call.name, call.key))
        alarm = Alarm(loop, None if math.isinf(deadline) else deadline)
        error: BaseException | None = None
        self._alarms.add(alarm)
        try:
            with alarm:
                call.exchange.alarm = alarm
                return await self._attempts(call, loop, deadline)
        except TimeoutError as late:
            error = self._out_of_time(call) if alarm.expired() else late
            raise error from None
        except BaseException as other:
            error = other
            raise
        finally:
            self._alarms.discard(alarm)
            # An error holds these frames through its traceback; whoever holds it lets go, or both stay until collected.
            call.error = None
            if self._hooks:
                name = None if error is None else type(error).__name__
                self.tell(CallEnded(call.id, call.name, call.number, loop.time() - started, name))
            error = None

    async def _attempts(self, call: Call, loop: asyncio.AbstractEventLoop, deadline: float) -> Answer:
        """Attempt, and attempt again, until there is an answer or no attempt fits any more."""
        waits = None
        while True:
            result = await self._attempt(call, loop, deadline)
            if isinstance(result, Answer):
                return result
            if result is None:
                continue
            if waits is None:
                waits = ceilings(call.retry.base, call.retry.cap)
            verdict = None
            if not _is_late(call):
                verdict = decide(
                    call.safety,
                    result,
                    retry=call.retry,
                    counted=call.counted,
                    ceiling=next(waits),
                    left=deadline - loop.time(),
                    chance=self.settings.chance,
                )
            if verdict is None:
                return await self._settled(call)
            if self._hooks:
                reason = "retry_after" if verdict.stated else "backoff"
                self.tell(Waiting(call.id, call.name, verdict.after, reason))
            await asyncio.sleep(verdict.after)
            call.waited += verdict.after

    async def _attempt(self, call: Call, loop: asyncio.AbstractEventLoop, deadline: float) -> Answer | Outcome | None:
        """Send once. Return the answer of a success, how it failed, or None where it is to be sent again at once."""
        exchange = call.exchange
        credentials = call.credential.fixed
        if credentials is None:
            # Before the turn is taken: renewing a credential may need a turn of its own.
            credentials = call.credentials = await call.credential.headers()
            if call.bare is None:
                call.bare = exchange.headers, exchange.url
            exchange.headers, exchange.url = with_credentials(*call.bare, credentials)
        permit = self._limiter.try_acquire(call.origin, loop.time(), ticket=call.ticket)
        if permit is None:
            permit = await self._turn(call, loop, deadline)
        call.ticket = permit.ticket
        call.number += 1
        exchange.sent = False
        sent_at = loop.time()
        try:
            if self._hooks:
                self.tell(AttemptStarted(call.id, call.name, call.number))
            answer = await self._transport.send(exchange, self.settings.max_body)
        except BaseException as error:  # noqa: BLE001 - raised again, all but what may be resent
            exchange.sent = exchange.sent and not isinstance(error, ConnectFailed)
            self._limiter.abandoned(permit, sent=exchange.sent)
            return self._unanswered(call, error, loop.time() - sent_at)
        now = loop.time()
        self._record(call, now - sent_at, answer.status, None)
        state = rate_limit_state(answer.headers, self.settings.wall())
        try:
            failure = self._judge(answer)
        except BaseException as error:
            self._limiter.answered(permit, _observed(state, None, limited=False))
            if not isinstance(error, Misfit):
                raise
            raise self.decode_error(call, answer, error) from None
        if failure is None:
            self._limiter.answered(permit, None if state is NOTHING_SAID else _observed(state, None, limited=False))
            return answer
        wait = retry_after(answer.headers, self.settings.wall())
        self._limiter.answered(permit, _observed(state, wait, limited=failure.limited))
        call.error = self._api_error(call, answer, failure, state, wait)
        if failure.expired and not call.renewed and not _is_late(call):
            call.renewed = True
            if await call.credential.renew(credentials):
                return None
        if not failure.limited:
            call.counted += 1
            call.ambiguous = call.ambiguous or answer.status == 408 or answer.status >= 500
        return Outcome(
            status=answer.status,
            coded=failure.known,
            limited=failure.limited,
            retry_after=wait,
            rate_limit=state,
        )

    async def _turn(self, call: Call, loop: asyncio.AbstractEventLoop, deadline: float) -> Permit:
        """Wait for the limiter."""
        if self._hooks:
            self.tell(Waiting(call.id, call.name, None, "limiter"))
        began = loop.time()
        try:
            return await self._limiter.acquire(call.origin, deadline, ticket=call.ticket)
        except WaitTooLong as refusal:
            raise self._out_of_time(call, refusal.seconds) from None
        finally:
            call.waited += loop.time() - began

    def _unanswered(self, call: Call, error: BaseException, seconds: float) -> Outcome:
        """Judge an attempt that brought no answer: how it failed, or raise what ended the call with it."""
        exchange, name = call.exchange, call.name
        closed = self._closed and isinstance(error, TransportError | ClientClosed)
        kind = type(error).__name__
        if isinstance(error, asyncio.CancelledError) and exchange.alarm is not None and exchange.alarm.expired():
            kind = "DeadlineExceeded"
        self._record(call, seconds, None, "ClientClosed" if self._closed else kind)
        if closed or isinstance(error, ClientClosed):
            raise self.finished(call, ClientClosed(f"{name}: the client was closed")) from None
        if not isinstance(error, TransportError | BodyTooLarge | ConfigurationError):
            raise error
        told = self.told(call, error)
        if not isinstance(told, TransportError):
            raise self.finished(call, told) from None
        call.counted += 1
        call.ambiguous = call.ambiguous or exchange.sent
        # That the last attempt sent nothing must not hide what an earlier one may have done.
        call.error = told.with_context(sent=any(attempt.sent for attempt in call.attempts))
        return Outcome(sent=exchange.sent)

    def told(self, call: Call, error: E) -> E:
        """Return an error of the transport as it may be shown: with the call's name, without its secrets."""
        text = " ".join(self._redactor_of(call).text(str(error)).split())[:_TEXT_SHOWN]
        return type(error)(f"{call.name}: {text}").with_context(**vars(error))

    def _record(self, call: Call, seconds: float, status: int | None, error: str | None) -> None:
        attempt = Attempt(call.number, status, error, seconds, call.waited, call.exchange.sent)
        call.attempts.append(attempt)
        call.waited = 0.0
        if self._hooks:
            self.tell(AttemptEnded(call.id, call.name, call.number, status, error, seconds))

    async def _settled(self, call: Call) -> Answer:
        """End a call that is not to be resent: raise its error, unless it shows that an earlier attempt had worked."""
        error = call.error
        assert error is not None
        try:
            if isinstance(error, APIError) and call.ambiguous:
                if error.status in call.operation.repeat_success:
                    return Answer(error.status, error.headers or {}, b"")
                if self.api.settle is not None and not _is_late(call):
                    answer = await self.api.settle(self, call, error)
                    if answer is not None:
                        return answer
            raise self.finished(call, error)
        finally:
            error = None  # see _perform

    def _out_of_time(self, call: Call, wait: float | None = None) -> ReknitError:
        """Return what a call raises whose time is up: the last answer's error, else DeadlineExceeded."""
        name = call.name
        if self._closed:
            return self.finished(call, ClientClosed(f"{name}: the client was closed"))
        if isinstance(call.error, APIError) and not _is_overtaken(call):
            return self.finished(call, call.error)
        sent = any(attempt.sent for attempt in call.attempts)
        if wait is None and isinstance(call.error, APIError):
            wait = call.error.retry_after
        hint = "" if wait is None else f"; the server asked callers to wait {wait:.3g} s"
        error = DeadlineExceeded(f"{name}: no answer within {call.timeout:g} s{hint}")
        return self.finished(call, error.with_context(sent=sent, retry_after=wait))

    def finished(self, call: Call, error: ReknitError) -> ReknitError:
        """Return an error with what is known of the call that it ends."""
        error.with_context(operation=call.name, attempts=tuple(call.attempts))
        if call.key is not None:
            error.with_context(idempotency_key=call.key)
            body = call.arguments[4]
            place = None if call.exchange.streams is not None else call.operation.key
            if place is not None and not is_excused(place, body):
                error.with_context(_again=_Again(self._repeat, call), _timeout=call.timeout, _caller=self)
        return error

    async def _repeat(self, call: Call, *, timeout: float) -> Any:
        """Send again what a call sent, whatever has become of its arguments since, and return the value."""
        first = call.exchange
        headers, url = (first.headers, first.url) if call.bare is None else call.bare
        exchange = Exchange(first.method, url, headers, first.body)
        again = Call(
            call.operation,
            call.name,
            exchange,
            call.origin,
            call.safety,
            call.key,
            timeout,
            call.retry,
            call.arguments,
            call.credential,
        )
        answer = await self._perform(again)
        try:
            return value_of(call.operation, answer)
        except Misfit as misfit:
            raise self.decode_error(again, answer, misfit) from None

    def _redactor_of(self, call: Call) -> Redactor:
        """Return what blanks the credentials that this call used, and those of its arguments that are secret."""
        used = () if call.credentials is None else parts_of(call.credentials)
        secrets = call.operation.secrets
        if not secrets:
            return self.redactor(*used)
        path, query, headers, cookies, body, _ = call.arguments
        named = dict(zip(placeholders(call.operation.path), path, strict=False))
        return self.redactor(*used, *secret_values(secrets, named, query, headers, cookies, body))

    def _api_error(
        self, call: Call, answer: Answer, failure: Failure, state: RateLimitState, wait: float | None
    ) -> APIError:
        scrub = self._redactor_of(call)
        message = " ".join(scrub.text(failure.message).split())
        code = None if failure.code is None else scrub.text(failure.code)
        said = " ".join(": ".join(part for part in (code, message) if part).split())
        error = failure.kind(f"{call.name}: {answer.status}{' ' + said[:_TEXT_SHOWN] if said else ''}")
        error.with_context(
            status=answer.status,
            code=code,
            server_message=message,
            details=scrub.value(failure.details),
            request_id=failure.request_id or request_id_in(answer.headers),
            headers=answer.headers,
            raw=answer.raw,
            _body=partial(error_body, call.operation, answer),
            _header_values=partial(_header_values, call.operation, answer),
            retry_after=wait if wait is not None or not failure.limited else state.reset,
        )
        if isinstance(error, RateLimited):
            error.with_context(limit=state.limit, remaining=state.remaining, reset=state.reset)
        return error

    def decode_error(self, call: Call, answer: Answer, misfit: Misfit) -> ReknitError:
        """Return what is raised for an answer that does not fit."""
        scrub = self._redactor_of(call).text
        path = scrub(misfit.path)
        text = f"{call.name}: the answer ({answer.status}) does not fit at {path}: {scrub(misfit.reason)}"
        return self.finished(
            call,
            DecodeError(text).with_context(
                raw=answer.raw,
                path=path,
                status=answer.status,
                headers=answer.headers,
                request_id=request_id_in(answer.headers),
            ),
        )


def _is_late(call: Call) -> bool:
    """Return whether the deadline has struck, though the answer came whole: from here on nothing bounds an await."""
    alarm = call.exchange.alarm
    return alarm is not None and alarm.expired()


def _is_overtaken(call: Call) -> bool:
    """Return whether the call was refused, and sent again to no answer: to report the refusal would be to deny that."""
    last = call.attempts[-1]
    refused = isinstance(call.error, RateLimited | Unauthorized)
    return refused and call.safety != "idempotent" and last.status is None and last.sent


def _header_values(operation: Operation[Any], answer: Answer) -> Mapping[str, Any]:
    from .headers import header_values  # noqa: PLC0415 - few ask

    return header_values(operation, answer.status, answer.headers)


def _observed(state: RateLimitState, wait: float | None, *, limited: bool) -> Observation:
    return Observation(
        limited=limited, retry_after=wait, limit=state.limit, remaining=state.remaining, reset=state.reset
    )


def _origin(base_url: str) -> str:
    return "/".join(base_url.split("/", 3)[:3])


def _request_id(answer: Answer, value: object) -> str | None:
    inside = getattr(value, "request_id", None)
    return inside if isinstance(inside, str) else request_id_in(answer.headers)


def _unknown(operation: Operation[Any], answer: Answer, value: object) -> dict[str, Any]:
    try:
        raw = raw_value(answer.raw)
    except Misfit:
        return {}
    for media in operation.answers.values():
        for decoding in media.values():
            name = getattr(decoding, "unwrap", None)
            if name is not None and isinstance(raw, dict) and name in raw:
                return unknown_in(raw[name], value, f"/{name}")
    return unknown_in(raw, value)
