"""The edge to aiohttp's client: the only module that sends anything.

It turns one request into one answer or one TransportError, and sees to it that nothing a session carries (time-outs,
redirects, status checks, credentials of its own) changes what a call promises.
"""

from __future__ import annotations

import asyncio
import errno
import io
import os
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Mapping
from typing import Any, TypeAlias

import aiohttp
from aiohttp import hdrs
from multidict import CIMultiDict
from yarl import URL

from ..errors import BodyTooLarge, ClientClosed, ConfigurationError, ConnectFailed, TransportError
from .answers import Answer, request_id_in
from .codings import Piecewise, TooLarge, Undecodable, undone
from .deadline import Alarm

__all__ = ["AIOHTTP", "Exchange", "Head", "Session", "Transport"]

#: What callers may pass in.
Session: TypeAlias = aiohttp.ClientSession
AIOHTTP = aiohttp.__version__

#: Bytes read ahead of us before the socket is paused, as a `ClientSession` does.
_READ_AHEAD = 2**18
#: Up to this size a body is written in one piece.
_AT_ONCE = 2**20
# The deadline of a call bounds everything; aiohttp's own timers would round it up to a whole second.
_NO_TIMEOUT = aiohttp.ClientTimeout(total=None, connect=None, sock_connect=None, sock_read=None)


class Exchange:
    """One request on its way: what is sent, and whether any of it has left (`sent`).

    `alarm` is the call's deadline. `streams` says of a status and headers that the body is to be read as it comes;
    `head` is the latest of which it said so.
    """

    __slots__ = ("alarm", "body", "head", "headers", "method", "sent", "streams", "url")

    def __init__(self, method: str, url: URL, headers: CIMultiDict[str], body: bytes | None) -> None:
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.sent = False
        self.alarm: Alarm | None = None
        self.streams: Callable[[int, Mapping[str, str]], bool] | None = None
        self.head: Head | None = None

    def close(self) -> None:
        """Let go of an answer that is still coming in."""
        if self.head is not None:
            self.head.close()


class Head(Answer):
    """An answer of which the head is here (`raw` is empty) and the body comes in as it is read."""

    __slots__ = ("_content", "_response", "_undoing")

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        super().__init__(response.status, response.headers, b"")
        coding = response.headers.get(hdrs.CONTENT_ENCODING)
        self._undoing = None if coding is None else Piecewise(coding)
        self._response = response
        self._content = response.content
        _watch(response)

    async def read(self) -> Iterator[bytes] | None:
        """Return more of the body, without its content coding, piece by piece; None at its end.

        Raises TransportError, whose text is not scrubbed of secrets yet.
        """
        try:
            raw = await self._content.readany()
        except (aiohttp.ClientError, OSError, EOFError, RuntimeError) as error:  # the last: it has just been closed
            raw = self._rest()
            if not raw:
                raise TransportError(f"the connection failed in the middle of the stream: {_reason(error)}") from None
        if raw:
            return iter((raw,)) if self._undoing is None else self._undone(self._undoing.feed(raw))
        if self._undoing is not None:
            self._ended(self._undoing)
        return None

    def _rest(self) -> bytes:
        """Return what had come before the connection failed, which aiohttp keeps and does not hand out."""
        return self._content._read_nowait(-1)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]

    def _undone(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        try:
            yield from pieces
        except Undecodable as error:
            raise TransportError(f"the stream cannot be read: {error}") from None

    def _ended(self, undoing: Piecewise) -> None:
        try:
            undoing.end()
        except Undecodable as error:
            raise TransportError(f"the stream cannot be read: {error}") from None

    def close(self) -> None:
        """Give the connection back where the body has been read, else close it. May be called twice."""
        self._response.release()


class _Request(aiohttp.ClientRequest):
    """A request whose headers are complete: aiohttp has none to add, and copies them in one step."""

    # A request without a body has no type, which aiohttp gives it where it may have one.
    _skip_auto_headers = CIMultiDict({"Content-Type": None})

    def update_headers(self, headers: Any) -> None:
        self.headers = headers.copy()

    def update_auto_headers(self, skip_auto_headers: Any) -> None:
        pass


def _data(body: bytes | None) -> bytes | io.BytesIO | None:
    """Return the body of one attempt for aiohttp, which warns of bytes beyond a size and takes a stream in pieces."""
    return body if body is None or len(body) <= _AT_ONCE else io.BytesIO(body)


async def _keep(session: aiohttp.ClientSession) -> AsyncGenerator[None, None]:
    """Close a session when this generator ends, which a loop that shuts down brings about by itself."""
    try:
        yield
    finally:
        await session.close()


class Transport:
    """Holds the session: the caller's, or one of its own that is made at the first request on each loop."""

    def __init__(self, session: aiohttp.ClientSession | None) -> None:
        self._injected = session
        self._session: aiohttp.ClientSession | None = None
        self._keeper: AsyncGenerator[None, None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    async def enter(self, loop: asyncio.AbstractEventLoop) -> None:
        """Make ready for requests on `loop`: the first one that calls, or the next after that one has closed.

        Raises ConfigurationError where the client belongs to another loop, or the caller's session cannot serve here.
        """
        if loop is self._loop:
            return
        self.check(loop)
        if self._injected is not None:
            self._session = _usable(self._injected, loop)
        else:
            # No limit of connections: the limiter is what holds calls back; a queue behind it would break its order.
            connector = aiohttp.TCPConnector(limit=0)
            self._session = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())
            self._keeper = _keep(self._session)
            await anext(self._keeper)
        self._loop = loop

    def check(self, loop: asyncio.AbstractEventLoop) -> None:
        """Raise ConfigurationError where the client belongs to a loop that is not this one and still open."""
        if self._loop is not None and self._loop is not loop and not self._loop.is_closed():
            raise ConfigurationError(
                "the client belongs to another event loop that is still open; make one client per loop"
            )

    async def close(self) -> None:
        """Close the session if it is our own."""
        keeper, self._keeper, self._session = self._keeper, None, None
        # A loop that has closed has taken its sockets with it.
        if keeper is not None and self._loop is asyncio.get_running_loop():
            await keeper.aclose()

    async def send(self, exchange: Exchange, max_body: int) -> Answer:
        """Send one request and read its answer whole.

        Raises TransportError, BodyTooLarge, or ConfigurationError for a session that cannot serve; what they say is not
        scrubbed of secrets yet.
        """
        session = self._session
        if session is None:
            raise ClientClosed("the client was closed")
        try:
            if self._injected is None:
                response = await _request(session, exchange)
            else:
                response = await _request_of_others(session, exchange)
            if exchange.streams is not None and exchange.streams(response.status, response.headers):
                return _opened(exchange, response)
            try:
                raw = await _body(response, max_body, exchange)
            except (TooLarge, Undecodable, aiohttp.ClientPayloadError) as error:
                response.close()
                if response.status < 400:
                    raise _unreadable(error, response, max_body) from None
                raw = b""  # what the status and the headers say of an error is worth more than its body
            except BaseException:
                response.close()
                raise
            response.release()
            return Answer(response.status, response.headers, raw)
        except aiohttp.ClientConnectorError as error:
            where = f"{exchange.url.host}:{exchange.url.port}"
            raise ConnectFailed(f"cannot connect to {where}: {_why_unconnected(error)}") from None
        except (aiohttp.ClientError, OSError, EOFError) as error:
            kind = TransportError if exchange.sent else ConnectFailed
            raise kind(f"the connection failed: {_reason(error)}") from None


async def _request(session: aiohttp.ClientSession, exchange: Exchange) -> aiohttp.ClientResponse:
    """Send a request on our own session: what `ClientSession.request` does, less what a call of ours has no use for.

    Merging of headers, cookies, redirects, timers and netrc cost a sixth of a small call; and only here is it known for
    certain whether a connection stood, that is, whether any byte can have left.
    """
    request = _Request(
        exchange.method,
        exchange.url,
        headers=exchange.headers,
        data=_data(exchange.body),
        loop=asyncio.get_running_loop(),
        session=session,
        response_class=aiohttp.ClientResponse,
        traces=[],
    )
    connector = session.connector
    assert connector is not None
    connection = await connector.connect(request, [], _NO_TIMEOUT)
    while connection.protocol is not None and connection.protocol.should_close:
        # What came unasked on a kept connection would be taken for the answer to this request.
        connection.close()
        connection = await connector.connect(request, [], _NO_TIMEOUT)
    exchange.sent = True
    try:
        assert connection.protocol is not None
        connection.protocol.set_response_params(
            skip_payload=exchange.method == "HEAD",
            read_until_eof=True,
            auto_decompress=False,
            read_bufsize=_READ_AHEAD,
        )
        response = await request.send(connection)
        try:
            await response.start(connection)
        except BaseException:
            response.close()
            raise
    except BaseException:
        connection.close()
        raise
    return response


async def _request_of_others(session: aiohttp.ClientSession, exchange: Exchange) -> aiohttp.ClientResponse:
    """Send a request on a session that was passed in, with everything set that the session might have set otherwise."""
    if session.closed:
        raise ConfigurationError("the session that was passed in is closed")
    # What happens inside is not ours to see: its bytes may have left.
    exchange.sent = True
    try:
        return await session.request(
            exchange.method,
            exchange.url,
            data=_data(exchange.body),
            headers=exchange.headers,
            skip_auto_headers=("Content-Type",),
            allow_redirects=False,
            raise_for_status=False,
            auto_decompress=False,
            timeout=_NO_TIMEOUT,
            middlewares=(_once,),
        )
    except _Dropped as dropped:
        raise TransportError(f"the connection failed: {dropped}") from None
    except ValueError as error:
        if not str(error).startswith("Cannot combine AUTH"):
            raise
        exchange.sent = False
        raise ConfigurationError(
            "the session that was passed in carries credentials of its own "
            "(auth= or a netrc entry under trust_env); pass one without"
        ) from None


async def _once(
    request: aiohttp.ClientRequest, handler: Callable[[aiohttp.ClientRequest], Awaitable[aiohttp.ClientResponse]]
) -> aiohttp.ClientResponse:
    """Hide from aiohttp that a kept connection dropped.

    It would resend what HTTP calls idempotent by itself then, unseen by all of ours.
    """
    try:
        return await handler(request)
    except aiohttp.ClientConnectorError:
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise _Dropped(_reason(error)) from None


class _Dropped(Exception):
    """The connection dropped while a request was on it. No error of aiohttp's, nor of the operating system's."""


def _opened(exchange: Exchange, response: aiohttp.ClientResponse) -> Head:
    """Return the head of a stream; the one of an earlier attempt is let go."""
    exchange.close()
    try:
        exchange.head = Head(response)
    except Undecodable as error:
        response.close()
        raise TransportError(f"the stream cannot be read: {error}") from None
    return exchange.head


async def _body(response: aiohttp.ClientResponse, max_body: int, exchange: Exchange) -> bytes:
    """Return an answer's body without its content coding."""
    content = response.content
    # Most answers are here whole when their headers are, and need no further turn of the loop.
    if content.is_eof() and content.exception() is None:
        raw = content.read_nowait()
        if len(raw) > max_body:
            raise TooLarge
    else:
        _watch(response)
        raw = await _read(content, max_body, exchange)
    coding = response.headers.get(hdrs.CONTENT_ENCODING)
    return raw if coding is None or not raw else undone(raw, coding, max_body)


def _watch(response: aiohttp.ClientResponse) -> None:
    """See to it that a body ends with its connection: aiohttp tells nobody who reads of a chunk that is none."""
    content, connection = response.content, response.connection
    if connection is None or connection.protocol is None:
        return

    def end(closed: asyncio.Future[None] | None) -> None:
        if closed is not None and not closed.cancelled():
            closed.exception()  # nobody else asks for it
        if not content.is_eof() and content.exception() is None:
            content.set_exception(aiohttp.ClientPayloadError("the connection closed in the middle of the body"))

    closed = connection.protocol.closed
    if closed is None:
        end(None)
    else:
        closed.add_done_callback(end)


async def _read(content: aiohttp.StreamReader, max_body: int, exchange: Exchange) -> bytes:
    parts: list[bytes] = []
    size = 0
    try:
        while True:
            part = await content.readany()
            size += len(part)
            if size > max_body:
                raise TooLarge
            if content.at_eof():
                return b"".join((*parts, part)) if parts else part
            parts.append(part)
    except asyncio.CancelledError:
        # The deadline struck in the very turn of the loop in which the last byte arrived: the answer is complete.
        complete = content.is_eof() and content.exception() is None
        if not complete or exchange.alarm is None or not exchange.alarm.expired() or _cancelled_by_others():
            raise
        raw = b"".join((*parts, content.read_nowait()))
        if len(raw) > max_body:
            raise TooLarge from None
        return raw


def _unreadable(error: Exception, response: aiohttp.ClientResponse, max_body: int) -> Exception:
    """Return what a call raises whose answer came, and whose body cannot be read."""
    if isinstance(error, TooLarge):
        return BodyTooLarge(f"the body is larger than {max_body} bytes (max_body)").with_context(
            status=response.status, headers=response.headers, request_id=request_id_in(response.headers)
        )
    return TransportError(f"the answer cannot be read: {error}") if isinstance(error, Undecodable) else error


def _cancelled_by_others() -> bool:
    """Return whether more than one cancellation is under way: the deadline's, and somebody else's."""
    task = asyncio.current_task()
    return task is None or task.cancelling() > 1


def _reason(error: BaseException) -> str:
    # The text of a ClientResponseError shows the request, with the credentials in its headers.
    text = error.message if isinstance(error, aiohttp.ClientResponseError) else str(error)
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _why_unconnected(error: aiohttp.ClientConnectorError) -> str:
    # asyncio says "Connect call failed ('127.0.0.1', 80)" whatever the reason was; the number knows it.
    if error.errno is not None and error.errno in errno.errorcode:
        return os.strerror(error.errno)
    return error.strerror if isinstance(error.strerror, str) else _reason(error)


def _usable(session: aiohttp.ClientSession, loop: asyncio.AbstractEventLoop) -> aiohttp.ClientSession:
    if session.closed:
        raise ConfigurationError("the session that was passed in is closed")
    if session._loop is not loop:  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
        raise ConfigurationError("the session that was passed in belongs to another event loop; make one on this loop")
    framing = [name for name in ("Content-Length", "Transfer-Encoding", "Content-Encoding") if name in session.headers]
    if framing:
        raise ConfigurationError(f"the session that was passed in sets {framing[0]} on every request; pass one without")
    return session
