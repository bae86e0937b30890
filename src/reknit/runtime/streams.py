"""Answers that come in as they are made: server-sent events and JSON lines, as typed async iterators.

A stream is opened like any call (limiter, credentials, attempts, deadline, hooks) and is an answer once its head is
here. From then on nothing is sent again: what breaks, breaks the iteration.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, Protocol, Self, TypeVar

import msgspec
from attrs import frozen

from ..errors import (
    BodyTooLarge,
    ClientClosed,
    ConfigurationError,
    DeadlineExceeded,
    InvalidArgument,
    ReknitError,
    TransportError,
)
from .answers import Answer, media_for, request_id_in
from .attempts import Attempt
from .codec import Misfit, decoder, raw_value
from .codings import TooLarge
from .deadline import Alarm
from .framing import EventParser, Frame, LineParser
from .operations import Events, Lines, Operation
from .transport import Head

if TYPE_CHECKING:
    from .caller import Call, Caller

__all__ = ["EventStream", "LineStream", "ServerSentEvent", "Source"]

T = TypeVar("T")
F_co = TypeVar("F_co", covariant=True)

#: How long the end of a body is waited for after the last event, so that its connection can serve another call.
_LINGER = 0.2
#: By which APIs of language models end a stream before its body ends.
_DONE = b"[DONE]"
#: What an event comes to that has nothing to decode.
_NOTHING: Any = object()


class _Parser(Protocol[F_co]):
    def feed(self, piece: bytes) -> Iterator[F_co]: ...
    def end(self) -> Iterator[F_co]: ...


class Source:
    """The body of one opened stream: what the client must be able to end, and whoever reads it to read."""

    def __init__(self, caller: Caller, call: Call, answer: Answer) -> None:
        self.call = call
        self.answer = answer
        self.limit = caller.settings.max_body
        self._caller = caller
        self._loop = asyncio.get_running_loop()
        self._closed = False

    async def read(self) -> Iterator[bytes] | None:
        """Return more of the body, None at its end; wait for it no longer than the call's timeout."""
        head = self.answer
        if not isinstance(head, Head):
            return None  # a success without a body
        loop, timeout = self._loop, self.call.timeout
        try:
            with Alarm(loop, None if math.isinf(timeout) else loop.time() + timeout):
                return await head.read()
        except TimeoutError:
            late = DeadlineExceeded(f"{self.call.name}: nothing came on the stream for {timeout:g} s")
            raise self.failed(late.with_context(sent=True)) from None
        except TransportError as error:
            raise self.broken(error) from None

    async def drain(self) -> None:
        """Read what is left of a body whose last item has been read: as a rule nothing, and its end."""
        head = self.answer
        try:
            with Alarm(self._loop, self._loop.time() + _LINGER):
                while isinstance(head, Head) and await head.read() is not None:
                    pass
        except (TimeoutError, TransportError):
            pass

    def check(self) -> None:
        """Raise ClientClosed where the client was closed, ConfigurationError on another event loop."""
        if self._caller.closed:
            raise self.failed(ClientClosed(f"{self.call.name}: the client was closed"))
        if asyncio.get_running_loop() is not self._loop:
            raise self.failed(ConfigurationError(f"{self.call.name}: the stream belongs to another event loop"))

    def broken(self, error: TransportError) -> ReknitError:
        """Return what is raised for a body that ends too soon or cannot be read."""
        return self.failed(self._caller.told(self.call, error).with_context(sent=True))

    def failed(self, error: ReknitError) -> ReknitError:
        """Return an error with what is known of the call; where the client was closed, it is that."""
        if self._caller.closed and not isinstance(error, ClientClosed):
            error = ClientClosed(f"{self.call.name}: the client was closed")
        return self._caller.finished(self.call, error)

    def misfit(self, raw: bytes, misfit: Misfit) -> ReknitError:
        """Return what is raised for an item that does not fit."""
        return self._caller.decode_error(self.call, Answer(self.answer.status, self.answer.headers, raw), misfit)

    def too_large(self) -> ReknitError:
        """Return what is raised for an item that is larger than the bound."""
        error = BodyTooLarge(f"{self.call.name}: an item of the stream is larger than {self.limit} bytes (max_body)")
        headers = self.answer.headers
        return self.failed(
            error.with_context(status=self.answer.status, headers=headers, request_id=request_id_in(headers))
        )

    def close(self) -> None:
        """Let go of the connection, from whatever loop or thread. May be called twice."""
        done, self._closed = self._closed, True
        if not isinstance(self.answer, Head):
            return
        with suppress(RuntimeError):  # of a loop that has closed, or closes meanwhile: it takes its sockets with it
            # The public one raises where no loop runs, in the collector's thread.
            if self._loop.is_closed() or asyncio._get_running_loop() is self._loop:  # noqa: SLF001
                self.answer.close()
            elif not done:
                self._loop.call_soon_threadsafe(self.answer.close)

    def __del__(self) -> None:
        # aiohttp's own answers are never collected while their connection is open, which holds them.
        if not self._closed and isinstance(self.answer, Head):
            with suppress(RuntimeError):  # the collector runs in any thread, and the loop may close meanwhile
                self._loop.call_soon_threadsafe(self.answer.close)


#: Opens a stream: makes the call up to the head of its answer.
Opener = Callable[[], Awaitable[Source]]


class _Stream(Generic[T, F_co]):
    """What both kinds of streams are: opened once, read once, and closed whatever happens."""

    def __init__(self, open_: Opener, operation: Operation[Any]) -> None:
        self._open = open_
        self._operation = operation
        self._source: Source | None = None
        self._parser: _Parser[F_co] | None = None
        self._pieces: Iterator[bytes] = iter(())
        self._frames: Iterator[F_co] = iter(())
        self._done = False
        self._reading = False
        #: A piece of what was read last is out already.
        self._unpacking = False

    def _parser_of(self, limit: int) -> _Parser[F_co]:
        raise NotImplementedError

    def __repr__(self) -> str:
        state = "closed" if self._done else "not open yet" if self._source is None else f"open, {self.status}"
        return f"<{type(self).__name__} of {self._operation.name}, {state}>"

    async def __aenter__(self) -> Self:
        if self._done:
            raise InvalidArgument("a stream is read once; make the call again")
        self._claim()
        try:
            await self._opened()
        finally:
            self._reading = False
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    def __aiter__(self) -> Self:
        return self

    async def aclose(self) -> None:
        """Let go of the connection; nothing more is read. May be called twice."""
        self._close()

    def _is_closed(self) -> bool:
        return self._done

    def _close(self) -> None:
        self._done = True
        self._pieces, self._frames = iter(()), iter(())
        if self._source is not None:
            self._source.close()

    def _claim(self) -> None:
        if self._reading:
            raise InvalidArgument("a stream is read by one task at a time")
        self._reading = True

    async def _opened(self) -> Source:
        if self._source is None:
            self._source = await self._open()
            self._parser = self._parser_of(self._source.limit)
            if self._is_closed():  # by another task, meanwhile
                self._close()
        return self._source

    @property
    def _answered(self) -> Source:
        if self._source is None:
            raise InvalidArgument("the stream is not open yet: enter it with `async with`, or read its first item")
        return self._source

    @property
    def status(self) -> int:
        """Return the HTTP status."""
        return self._answered.answer.status

    @property
    def headers(self) -> Mapping[str, str]:
        """Return the headers of the answer, which compare without case."""
        return self._answered.answer.headers

    @property
    def header_values(self) -> Mapping[str, Any]:
        """Return the values of the documented headers that came, by name without case (see `Response`)."""
        from .headers import header_values  # noqa: PLC0415 - few ask

        return header_values(self._operation, self.status, self.headers)

    @property
    def request_id(self) -> str | None:
        """Return the request id that the headers give."""
        return request_id_in(self.headers)

    @property
    def idempotency_key(self) -> str | None:
        """Return the idempotency key of the call, where it had one."""
        return self._answered.call.key

    @property
    def attempts(self) -> tuple[Attempt, ...]:
        """Return the attempts that it took to open the stream."""
        return tuple(self._answered.call.attempts)

    async def _frame(self) -> F_co | None:
        """Return the next item as it came, None at the end."""
        if self._done:
            return None
        self._claim()
        try:
            source = await self._opened()
            while not self._is_closed():
                source.check()
                for frame in self._frames:
                    return frame
                if not await self._more(source):
                    self._close()
            return None
        except TooLarge:
            self._close()
            raise self._answered.too_large() from None
        except TransportError:
            if self._is_closed():  # by another task, meanwhile
                return None
            self._close()
            raise
        except BaseException:  # a cancelled task, too, leaves no connection behind
            self._close()
            raise
        finally:
            self._reading = False

    async def _more(self, source: Source) -> bool:
        """Feed the parser with the next piece; return whether there was one, or the end completes something."""
        parser = self._parser
        if parser is None:
            return False
        try:
            piece = next(self._pieces, None)
        except TransportError as error:
            raise source.broken(error) from None
        if piece is not None:
            if self._unpacking:  # few bytes may unpack to very many, and this task is not the only one
                await asyncio.sleep(0)
            self._unpacking = True
            if not self._is_closed():
                self._frames = parser.feed(piece)
            return True
        pieces = await source.read()
        if pieces is not None:
            self._pieces, self._unpacking = pieces, False
            return True
        self._frames, self._parser = parser.end(), None
        return True


@frozen
class ServerSentEvent(Generic[T]):
    """One event with what came around its data.

    `event` is its name (`message` where it has none), `id` the last event ID in force, `retry` the milliseconds after
    which the server wants a lost connection to be tried again; the last two are None where nothing was said.
    """

    data: T
    event: str = "message"
    id: str | None = None
    retry: int | None = None


class EventStream(_Stream[T, Frame]):
    """Server-sent events: an async iterator over what their data holds, and an async context manager.

    Nothing is sent before it is entered or iterated; leaving it lets go of the connection. It is read once. It ends
    with the body, or with the data `[DONE]`. Each wait for more is bounded by the call's `timeout`.

    Reading raises TransportError where the connection breaks (DeadlineExceeded where it falls silent), DecodeError for
    an event that does not fit, after which the next one can be read, and ClientClosed.
    """

    def __init__(self, open_: Opener, operation: Operation[Any]) -> None:
        super().__init__(open_, operation)
        self._events: Events | None = None
        self._decode: Callable[[Frame], Any] | None = None

    def _parser_of(self, limit: int) -> _Parser[Frame]:
        return EventParser(limit)

    async def __anext__(self) -> T:
        return (await self._next())[1]

    async def events(self) -> AsyncIterator[ServerSentEvent[T]]:
        """Go through the events with their names and ids."""
        while True:
            try:
                frame, data = await self._next()
            except StopAsyncIteration:
                return
            yield ServerSentEvent(data, frame.event or "message", frame.last_id, frame.retry)

    async def _next(self) -> tuple[Frame, T]:
        while True:
            frame = await self._frame()
            if frame is None:
                raise StopAsyncIteration
            if frame.data.strip() == _DONE:
                try:
                    await self._answered.drain()
                finally:
                    self._close()
                raise StopAsyncIteration
            source = self._answered
            decode = self._decode
            if decode is None:
                decode = self._decode = _event_decoder(_described(self._operation, source.answer.status, Events))
            try:
                value = decode(frame)
            except Misfit as misfit:
                raise source.misfit(frame.data, misfit) from None
            if value is not _NOTHING:
                return frame, value


class LineStream(_Stream[T, bytes]):
    """JSON lines, or a JSON text sequence: an async iterator over the values, and an async context manager.

    Nothing is sent before it is entered or iterated; leaving it lets go of the connection. It is read once. Each wait
    for more is bounded by the call's `timeout`.

    Reading raises TransportError where the connection breaks (DeadlineExceeded where it falls silent), DecodeError for
    a line that does not fit, after which the next one can be read, and ClientClosed.
    """

    def __init__(self, open_: Opener, operation: Operation[Any]) -> None:
        super().__init__(open_, operation)
        self._decode: Callable[[bytes], Any] | None = None

    def _parser_of(self, limit: int) -> _Parser[bytes]:
        return LineParser(limit)

    async def __anext__(self) -> T:
        line = await self._frame()
        if line is None:
            raise StopAsyncIteration
        decode = self._decode
        if decode is None:
            lines = _described(self._operation, self.status, Lines)
            decode = self._decode = decoder(lines.type())
        try:
            value: T = decode(line)
        except Misfit as misfit:
            raise self._answered.misfit(line, misfit) from None
        return value


D = TypeVar("D", Events, Lines)


def _described(operation: Operation[Any], status: int, kind: type[D]) -> D:
    """Return what the items of a stream are: as described for this status, else as for any."""
    for media in (media_for(operation, status), *operation.answers.values()):
        for decoding in media.values():
            if isinstance(decoding, kind):
                return decoding
    raise InvalidArgument(f"{operation.name} is not described as a stream of {kind.__name__.lower()}")


def _event_decoder(events: Events) -> Callable[[Frame], Any]:
    decode = decoder(events.type())
    if events.whole:
        return _whole_event(events, decode)
    read = {"json": _json, "text": _text, "any": _json_or_text}[events.data]
    return lambda frame: read(frame.data, decode)


def _whole_event(events: Events, decode: Callable[[bytes], Any]) -> Callable[[Frame], Any]:
    """Return a decoder for events whose type has the fields of an event as properties."""

    def build(frame: Frame, data: object) -> bytes:
        said = {"event": frame.event, "data": data, "id": frame.id, "retry": frame.retry}
        return msgspec.json.encode({name: value for name, value in said.items() if value is not None})

    def as_text(data: bytes) -> str:
        return data.decode("utf-8", "replace")

    def of(frame: Frame) -> Any:
        if events.data == "text":
            return decode(build(frame, as_text(frame.data)))
        if events.data == "json":
            if not frame.data.strip():
                return _NOTHING
            raw_value(frame.data)  # nothing that is no JSON text gets in between the other properties
            return decode(build(frame, msgspec.Raw(frame.data)))
        try:
            raw_value(frame.data or b"-")
            return decode(build(frame, msgspec.Raw(frame.data)))
        except Misfit:
            return decode(build(frame, as_text(frame.data)))

    return of


def _json(data: bytes, decode: Callable[[bytes], Any]) -> Any:
    return decode(data) if data.strip() else _NOTHING  # some keep a connection alive with empty events


def _text(data: bytes, decode: Callable[[bytes], Any]) -> Any:
    return decode(msgspec.json.encode(data.decode("utf-8", "replace")))


def _json_or_text(data: bytes, decode: Callable[[bytes], Any]) -> Any:
    if not data.strip():
        return _text(data, decode)
    try:
        return decode(data)
    except Misfit as misfit:
        try:
            return _text(data, decode)
        except Misfit:
            raise misfit from None
