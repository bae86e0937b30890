"""The edge to aiohttp's client: the only module that sends anything.

It turns one request into one answer or one TransportError, and sees to it that nothing a session carries (time-outs,
redirects, status checks, credentials of its own) changes what a call promises.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from typing import Any, TypeAlias

import aiohttp
from aiohttp import hdrs
from multidict import CIMultiDict
from yarl import URL

from ..errors import BodyTooLarge, ConfigurationError, ConnectFailed, TransportError
from .answers import Answer
from .secrets import Redactor

__all__ = ["ACCEPT_ENCODING", "AIOHTTP", "Exchange", "Session", "Transport", "multipart"]

#: What callers may pass in.
Session: TypeAlias = aiohttp.ClientSession
AIOHTTP = aiohttp.__version__
#: The codings that this installation can undo.
ACCEPT_ENCODING = aiohttp.ClientRequest.DEFAULT_HEADERS[hdrs.ACCEPT_ENCODING]

# The deadline of a call bounds everything; aiohttp's own timers would round it up to a whole second.
#: Bytes read ahead of us before the socket is paused, as a `ClientSession` does.
_READ_AHEAD = 2**18
_NO_TIMEOUT = aiohttp.ClientTimeout(total=None, connect=None, sock_connect=None, sock_read=None)


class Exchange:
    """One request on its way: what is sent, and whether any of it has left (`sent`).

    `body` is bytes, or a function that makes the body anew for each attempt. `alarm` is the call's deadline.
    """

    __slots__ = ("alarm", "body", "headers", "method", "sent", "url")

    def __init__(
        self, method: str, url: URL, headers: CIMultiDict[str], body: Callable[[], Any] | bytes | None
    ) -> None:
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.sent = False
        self.alarm: asyncio.Timeout | None = None


class _Request(aiohttp.ClientRequest):
    """A request whose headers are complete: aiohttp has none to add, and copies them in one step."""

    def update_headers(self, headers: Any) -> None:
        self.headers = headers.copy()

    def update_auto_headers(self, skip_auto_headers: Any) -> None:
        pass


def multipart(parts: Sequence[tuple[str, str | bytes, str | None]]) -> Callable[[], Any]:
    """Return what makes a multipart body of (field, content, file name) anew for each attempt."""

    def build() -> aiohttp.FormData:
        form = aiohttp.FormData(default_to_multipart=True)
        for name, content, filename in parts:
            if filename is None:
                form.add_field(name, content)
            else:
                form.add_field(name, content, filename=filename, content_type="application/octet-stream")
        return form

    return build


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
        if self._loop is not None and not self._loop.is_closed():
            raise ConfigurationError(
                "the client belongs to another event loop that is still open; make one client per loop"
            )
        if self._injected is not None:
            self._session = _usable(self._injected, loop)
        else:
            self._session = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())
            # aiohttp would resend idempotent requests by itself when a kept connection drops, unseen by all of ours.
            self._session._retry_connection = False  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
            self._keeper = _keep(self._session)
            await anext(self._keeper)
        self._loop = loop

    async def close(self) -> None:
        """Close the session if it is our own."""
        keeper, self._keeper, self._session = self._keeper, None, None
        if keeper is not None:
            await keeper.aclose()

    async def send(self, exchange: Exchange, max_body: int, redactor: Callable[[], Redactor]) -> Answer:
        """Send one request and read its answer whole; raise TransportError or BodyTooLarge."""
        session = self._session
        assert session is not None
        try:
            if self._injected is None:
                response = await _request(session, exchange)
            else:
                response = await _request_of_others(session, exchange)
            content = response.content
            try:
                # Most answers are here whole when their headers are, and need no further turn of the loop.
                if content.is_eof() and content.exception() is None:
                    raw = content.read_nowait()
                    if len(raw) > max_body:
                        raise _TooLarge
                else:
                    raw = await _read(content, max_body, exchange)
            except BaseException:
                response.close()
                raise
            response.release()
            return Answer(response.status, response.headers, raw)
        except _TooLarge:
            raise BodyTooLarge(f"the body is larger than {max_body} bytes (max_body)") from None
        except aiohttp.ClientConnectorError as error:
            # `from None` throughout: aiohttp's errors hold the request's headers, with the credentials among them.
            raise ConnectFailed(f"cannot connect to {exchange.url.host}: {_reason(error, redactor)}") from None
        except (aiohttp.ClientError, OSError, EOFError) as error:
            raise TransportError(f"the connection failed: {_reason(error, redactor)}") from None
        except ValueError as error:
            if self._injected is None or "AUTH" not in str(error).upper():
                raise
            raise ConfigurationError(
                "the session that was passed in carries credentials of its own "
                "(auth= or a netrc entry under trust_env); pass one without"
            ) from None


async def _request(session: aiohttp.ClientSession, exchange: Exchange) -> aiohttp.ClientResponse:
    """Send a request on our own session: what `ClientSession.request` does, less what a call of ours has no use for.

    Merging of headers, cookies, redirects, timers and netrc cost a sixth of a small call; and only here is it known for
    certain whether a connection stood, that is, whether any byte can have left.
    """
    body = exchange.body
    request = _Request(
        exchange.method,
        exchange.url,
        headers=exchange.headers,
        data=body() if callable(body) else body,
        loop=asyncio.get_running_loop(),
        session=session,
        response_class=aiohttp.ClientResponse,
        traces=[],
    )
    connector = session.connector
    assert connector is not None
    connection = await connector.connect(request, [], _NO_TIMEOUT)
    exchange.sent = True
    try:
        assert connection.protocol is not None
        connection.protocol.set_response_params(
            skip_payload=exchange.method == "HEAD", read_until_eof=True, read_bufsize=_READ_AHEAD
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
    body = exchange.body
    # What happens inside is not ours to see: its bytes may have left.
    exchange.sent = True
    return await session.request(
        exchange.method,
        exchange.url,
        data=body() if callable(body) else body,
        headers=exchange.headers,
        allow_redirects=False,
        raise_for_status=False,
        auto_decompress=True,
        timeout=_NO_TIMEOUT,
        middlewares=(),
    )


class _TooLarge(Exception):
    pass


async def _read(content: aiohttp.StreamReader, max_body: int, exchange: Exchange) -> bytes:
    parts: list[bytes] = []
    size = 0
    try:
        while True:
            part = await content.readany()
            size += len(part)
            if size > max_body:
                raise _TooLarge
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
            raise _TooLarge from None
        return raw


def _cancelled_by_others() -> bool:
    """Return whether more than one cancellation is under way: the deadline's, and somebody else's."""
    task = asyncio.current_task()
    return task is None or task.cancelling() > 1


def _reason(error: BaseException, redactor: Callable[[], Redactor]) -> str:
    text = error.message if isinstance(error, aiohttp.ClientResponseError) else str(error)
    text = redactor().text(" ".join(text.split())[:300])
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _usable(session: aiohttp.ClientSession, loop: asyncio.AbstractEventLoop) -> aiohttp.ClientSession:
    if session.closed:
        raise ConfigurationError("the session that was passed in is closed")
    if session._loop is not loop:  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
        raise ConfigurationError("the session that was passed in belongs to another event loop; make one on this loop")
    return session
