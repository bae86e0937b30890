"""Operations of Streams.

Generated from streams.yaml (sha256 fd55a3a325ca2ed782a8b225164e2e7d2088b438a24535945927d8e44a68bd0c)
by `python -m codegen generate streams.yaml --package streams`. Do not edit.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Final

from reknit.options import UNSET, RequestOptions, UnsetType
from reknit.runtime import (
    AnswerHeader,
    AnswerHeaders,
    Caller,
    ErrorBody,
    Events,
    EventStream,
    Json,
    Lines,
    LineStream,
    Operation,
    Response,
    Text,
    given,
    lazy_module,
)

if TYPE_CHECKING:
    from . import models
else:
    models = lazy_module(__name__, "models")  # loaded when it is first needed

_ERROR: Final[ErrorBody] = {"application/problem+json": Json(lambda: models.Problem)}

_ERROR_2: Final[ErrorBody] = {"application/problem+json": Json(lambda: models.Problem), "text/plain": Text()}

_HEADERS: Final[AnswerHeaders] = {"X-Tokens-Left": AnswerHeader(lambda: int)}

_HEADERS_2: Final[AnswerHeaders] = {"Retry-After": AnswerHeader(lambda: int)}

CHAT_CREATE: Final[Operation[models.Answer]] = Operation(
    name="chat.create",
    method="POST",
    path="/chat",
    safety="unsafe",
    body="application/json",
    answers={"200": {"application/json": Json(lambda: models.Answer)}},
    errors={"429": _ERROR, "default": _ERROR_2},
    headers={"200": _HEADERS, "429": _HEADERS_2},
)

CHAT_CREATE_STREAM: Final[Operation[models.Piece]] = Operation(
    name="chat.create_stream",
    method="POST",
    path="/chat",
    safety="unsafe",
    body="application/json",
    answers={"200": {"text/event-stream": Events(lambda: models.Piece)}},
    errors={"429": _ERROR, "default": _ERROR_2},
    headers={"200": _HEADERS, "429": _HEADERS_2},
)

CHAT_GET: Final[Operation[models.Answer]] = Operation(
    name="chat.get",
    method="GET",
    path="/chat/{id}",
    safety="idempotent",
    answers={"200": {"application/json": Json(lambda: models.Answer)}},
    errors={"304": {}, "429": _ERROR, "default": _ERROR_2},
    headers={"429": _HEADERS_2},
)


class Chat:
    """The operations of `chat`."""

    __slots__ = ("_caller", "with_response")

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self.with_response = ChatWithResponse(caller)

    async def create(
        self,
        *,
        prompt: str,
        stream: bool | UnsetType | None = UNSET,
        options: RequestOptions | None = None,
    ) -> models.Answer:
        """Ask for an answer.

        As a stream: `create_stream`.

        Args:
            stream: Whether the answer comes in pieces.

        Headers:
            X-Tokens-Left (int): What is left to ask for.

        Raises:
            RateLimited: 429. Too many questions. `body`: `Problem`.
            APIError: Anything else. `body`: `Problem`.
        """
        return await self._caller.call(
            CHAT_CREATE, body={"prompt": prompt, **given({"stream": stream})}, options=options
        )

    def create_stream(
        self,
        *,
        prompt: str,
        stream: bool = True,
        options: RequestOptions | None = None,
    ) -> EventStream[models.Piece]:
        """Ask for an answer.

        Returns a stream of server-sent events; nothing is sent before it is entered or iterated. Otherwise: `create`.

        Args:
            stream: Whether the answer comes in pieces.

        Headers:
            X-Tokens-Left (int): What is left to ask for.

        Raises:
            RateLimited: 429. Too many questions. `body`: `Problem`.
            APIError: Anything else. `body`: `Problem`.
        """
        return self._caller.events(CHAT_CREATE_STREAM, body={"prompt": prompt, "stream": stream}, options=options)

    async def get(self, id: str, *, options: RequestOptions | None = None) -> models.Answer:
        """Call `GET /chat/{id}`.

        Raises:
            UnexpectedStatus: 304. It is as it was.
            RateLimited: 429. Too many questions. `body`: `Problem`.
            APIError: Anything else. `body`: `Problem`.
        """
        return await self._caller.call(CHAT_GET, path=(id,), options=options)


class ChatWithResponse:
    """The operations of `Chat`, each with the whole answer: status, headers, attempts."""

    __slots__ = ("_caller",)

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    async def create(
        self,
        *,
        prompt: str,
        stream: bool | UnsetType | None = UNSET,
        options: RequestOptions | None = None,
    ) -> Response[models.Answer]:
        """Do as `Chat.create` does, and return the whole answer."""
        return await self._caller.respond(
            CHAT_CREATE, body={"prompt": prompt, **given({"stream": stream})}, options=options
        )

    async def get(self, id: str, *, options: RequestOptions | None = None) -> Response[models.Answer]:
        """Do as `Chat.get` does, and return the whole answer."""
        return await self._caller.respond(CHAT_GET, path=(id,), options=options)


FEED_WATCH: Final[Operation[models.FeedWatchEvent]] = Operation(
    name="feed.watch",
    method="GET",
    path="/watch",
    safety="idempotent",
    answers={"200": {"text/event-stream": Events(lambda: models.FeedWatchEvent, data="any", whole=True)}, "204": {}},
    errors={"302": {"application/json": Json(lambda: models.Place)}},
    headers={
        "200": {
            "X-Window": AnswerHeader(lambda: list[date]),
            "X-Place": AnswerHeader(lambda: models.Place, explode=True),
            "X-Setup": AnswerHeader(lambda: models.Place, json=True),
        }
    },
)

FEED_LOG: Final[Operation[str]] = Operation(
    name="feed.log",
    method="GET",
    path="/log",
    safety="idempotent",
    answers={"2XX": {"text/csv": Text()}},
)

FEED_LOG_STREAM: Final[Operation[models.Piece]] = Operation(
    name="feed.log_stream",
    method="GET",
    path="/log",
    safety="idempotent",
    answers={"2XX": {"application/x-ndjson": Lines(lambda: models.Piece)}},
)

FEED_LOG_EVENTS: Final[Operation[str]] = Operation(
    name="feed.log_events",
    method="GET",
    path="/log",
    safety="idempotent",
    answers={"2XX": {"text/event-stream": Events(lambda: str, data="text")}},
)

FEED_RECORDS: Final[Operation[Any]] = Operation(
    name="feed.records",
    method="GET",
    path="/records",
    safety="idempotent",
    answers={"default": {"application/json-seq": Lines(lambda: Any)}},
)


class Feed:
    """The operations of `feed`."""

    __slots__ = ("_caller", "with_response")

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self.with_response = FeedWithResponse(caller)

    def watch(self, *, options: RequestOptions | None = None) -> EventStream[models.FeedWatchEvent]:
        """Watch what happens.

        The schema is of whole events.

        Returns a stream of server-sent events; nothing is sent before it is entered or iterated.

        Headers:
            X-Window (list[date]):
            X-Place (Place):
            X-Setup (Place):

        Raises:
            UnexpectedStatus: 302. It is watched elsewhere. `body`: `Place`.
        """
        return self._caller.events(FEED_WATCH, options=options)

    async def log(self, *, options: RequestOptions | None = None) -> str:
        """Read the log, line by line.

        As a stream: `log_stream`, `log_events`.
        """
        return await self._caller.call(FEED_LOG, options=options)

    def log_stream(self, *, options: RequestOptions | None = None) -> LineStream[models.Piece]:
        """Read the log, line by line.

        Returns a stream of JSON lines; nothing is sent before it is entered or iterated. Otherwise: `log`,
        `log_events`.
        """
        return self._caller.lines(FEED_LOG_STREAM, options=options)

    def log_events(self, *, options: RequestOptions | None = None) -> EventStream[str]:
        """Read the log, line by line.

        Returns a stream of server-sent events; nothing is sent before it is entered or iterated. Otherwise: `log`,
        `log_stream`.
        """
        return self._caller.events(FEED_LOG_EVENTS, options=options)

    def records(self, *, options: RequestOptions | None = None) -> LineStream[Any]:
        """Call `GET /records`.

        Returns a stream of JSON lines; nothing is sent before it is entered or iterated.
        """
        return self._caller.lines(FEED_RECORDS, options=options)


class FeedWithResponse:
    """The operations of `Feed`, each with the whole answer: status, headers, attempts."""

    __slots__ = ("_caller",)

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    async def log(self, *, options: RequestOptions | None = None) -> Response[str]:
        """Do as `Feed.log` does, and return the whole answer."""
        return await self._caller.respond(FEED_LOG, options=options)
