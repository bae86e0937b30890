"""What an answer says: a success, or which error; and its value.

An API's own envelope is judged by a function that its `client` hands in; `judge_by_status` is for those that use HTTP
as it is meant. Everything here is a function of the answer alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import msgspec
from attrs import frozen

from ..errors import (
    APIError,
    Conflict,
    Forbidden,
    InvalidRequest,
    NotFound,
    PaymentRequired,
    RateLimited,
    ServerError,
    Unauthorized,
    UnexpectedStatus,
)
from ..options import UNSET, UnsetType
from .codec import Misfit, decoder, direct_decoder, is_whole, raw_value, step_to
from .narrowing import is_object
from .operations import Decoding, Events, Json, Lines, Operation, Text

__all__ = [
    "Answer",
    "Failure",
    "Judge",
    "class_for_status",
    "error_body",
    "error_object",
    "is_stream",
    "judge_by_status",
    "media_for",
    "request_id_in",
    "value_of",
]


class Answer:
    """An answer, completely read: `raw` after content decoding, `headers` without case."""

    __slots__ = ("headers", "raw", "status")

    def __init__(self, status: int, headers: Mapping[str, str], raw: bytes) -> None:
        self.status = status
        self.headers = headers
        self.raw = raw


@frozen(kw_only=True)
class Failure:
    """What an answer says went wrong.

    `known`: a valid envelope named an error code of the API's list, so the code decides and not the HTTP status.
    `limited`: the request was refused for its rate. `expired`: the credential is out of date and may be renewed.
    """

    kind: type[APIError]
    code: str | None = None
    message: str = ""
    details: Any = None
    request_id: str | None = None
    known: bool = False
    limited: bool = False
    expired: bool = False


Judge: TypeAlias = Callable[[Answer], Failure | None]

_BY_STATUS: dict[int, type[APIError]] = {
    400: InvalidRequest,
    401: Unauthorized,
    402: PaymentRequired,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    422: InvalidRequest,
    429: RateLimited,
}
_TEXT_SHOWN = 200
_NO_BODY: Mapping[str, Decoding] = {}


def class_for_status(status: int) -> type[APIError]:
    """Return the error class of an HTTP status that is not a success."""
    found = _BY_STATUS.get(status)
    if found is not None:
        return found
    if status >= 500:
        return ServerError
    return APIError if 400 <= status < 500 else UnexpectedStatus


def error_object(answer: Answer) -> dict[str, Any] | None:
    """Return the body as a JSON object, None where it is anything else (an HTML page of a proxy, say)."""
    try:
        value = raw_value(answer.raw)
    except Misfit:
        return None
    return value if is_object(value) else None


def plain_text(answer: Answer) -> str:
    """Return the beginning of a body that is no JSON object, on one line; nothing of HTML, which says nothing."""
    text = answer.raw[: 4 * _TEXT_SHOWN].decode("utf-8", "replace").strip()
    return "" if text.startswith("<") else " ".join(text.split())[:_TEXT_SHOWN]


def string_in(body: Mapping[str, Any], *names: str) -> str | None:
    """Return the first of these properties that is a string with something in it."""
    return next((value for name in names if isinstance(value := body.get(name), str) and value), None)


def request_id_in(headers: Mapping[str, str]) -> str | None:
    """Return the request id that the headers give."""
    return headers.get("X-Request-Id") or headers.get("X-Correlation-Id")


def judge_by_status(answer: Answer) -> Failure | None:
    """Judge by the HTTP status; the message is the body's `message`, `error` or `detail`, else its text."""
    if 200 <= answer.status < 300:
        return None
    body = error_object(answer)
    kind = class_for_status(answer.status)
    limited = answer.status == 429
    if body is None:
        return Failure(kind=kind, message=plain_text(answer), limited=limited)
    inner = body.get("error")
    if is_object(inner):
        body = {**body, **inner}
    return Failure(
        kind=kind,
        code=string_in(body, "code", "error_code"),
        message=string_in(body, "message", "error", "detail", "error_description", "title") or "",
        details=body.get("details", body.get("errors")),
        request_id=string_in(body, "request_id"),
        limited=limited,
    )


def value_of(operation: Operation[Any], answer: Answer) -> Any:
    """Return the answer's value as the operation describes it; raise Misfit where it does not fit."""
    content_type = answer.headers.get("Content-Type")
    key = answer.status, content_type
    decode = operation.memo.get(key)
    if decode is None:
        decode = _decode_for(operation, answer.status, content_type)
        if len(operation.memo) < 64:  # a server that varies its Content-Type must not grow this process
            operation.memo[key] = decode
    return decode(answer.raw)


def error_body(operation: Operation[Any], answer: Answer) -> Any:
    """Return the body of an error as the operation describes it, else as plain JSON; None where it is neither."""
    media = _described(operation.errors, answer.status)
    if media and answer.raw:
        essence, _, parameters = (answer.headers.get("Content-Type") or "").partition(";")
        try:
            return _decode_as(_pick(media, essence.strip().lower()), parameters)(answer.raw)
        except Misfit:
            pass
    try:
        return raw_value(answer.raw) if answer.raw else None
    except Misfit:
        return None


def is_stream(operation: Operation[Any], status: int, headers: Mapping[str, str]) -> bool:
    """Return whether the body that follows this head is the stream that the operation describes.

    Vendors mislabel what they send, so only what is certainly something else is not: JSON is no server-sent event.
    """
    if not 200 <= status < 300 or status in (204, 205) or operation.method == "HEAD":
        return False
    essence = (headers.get("Content-Type") or "").partition(";")[0].strip().lower()
    for decoding in media_for(operation, status).values():
        if isinstance(decoding, Events):
            return not (essence == "application/json" or essence.endswith("+json"))
        if isinstance(decoding, Lines):
            return essence != "text/event-stream"
    return False


def media_for(operation: Operation[Any], status: int) -> Mapping[str, Decoding]:
    """Return the media types that an operation describes for a success."""
    found = _described(operation.answers, status)
    if found is not None:
        return found
    # A success that the spec does not list is still a success: it is read like the ones that it does list.
    return next((media for key, media in operation.answers.items() if key.startswith("2")), _NO_BODY)


def _described(answers: Mapping[str, Mapping[str, Decoding]], status: int) -> Mapping[str, Decoding] | None:
    for key in (str(status), f"{status // 100}XX", "default"):
        if key in answers:
            return answers[key]
    return None


def _decode_for(operation: Operation[Any], status: int, content_type: str | None) -> Callable[[bytes], Any]:
    media = media_for(operation, status)
    if not media or status in (204, 205) or operation.method == "HEAD":
        return _nothing
    essence, _, parameters = (content_type or "").partition(";")
    decoding = _pick(media, essence.strip().lower())
    decode = _decode_as(decoding, parameters)
    if isinstance(decoding, Json) and any(isinstance(item, Text) for item in media.values()):
        decode = _json_or_text(decode, _decode_as(Text(), parameters))
    elif isinstance(decoding, Json) and any(item is decoding and "*" in name for name, item in media.items()):
        decode = _json_or_as_it_is(decode, decoding, essence.strip().lower(), parameters)
    return decode if not _may_be_empty(operation) else lambda raw: decode(raw) if raw else None


def _json_or_text(decode: Callable[[bytes], Any], read: Callable[[bytes], Any]) -> Callable[[bytes], Any]:
    """Return a decoder for an answer that may be either and does not say, or says it wrongly."""

    def either(raw: bytes) -> Any:
        try:
            return decode(raw)
        except Misfit:
            try:
                raw_value(raw)
            except Misfit:
                return read(raw)
            raise

    return either


def _json_or_as_it_is(
    decode: Callable[[bytes], Any], decoding: Json, essence: str, parameters: str
) -> Callable[[bytes], Any]:
    """Return a decoder for what is described as any media type: a type that takes text takes text that is no JSON.

    Where the type is anything, what is neither JSON nor text is bytes.
    """
    if essence.endswith(("/json", "+json")):
        return decode
    textual = essence.startswith("text/") or essence.endswith(("/xml", "+xml"))
    read = _decode_as(Text(), parameters)

    def either(raw: bytes) -> Any:
        anything = decoding.type() is Any
        if anything and essence and not textual:
            return raw
        try:
            return decode(raw)
        except Misfit:
            if anything and not textual:
                return raw
            try:
                return decode(msgspec.json.encode(read(raw)))
            except Misfit:
                pass
            raise

    return either


def _may_be_empty(operation: Operation[Any]) -> bool:
    return any(not media for status, media in operation.answers.items() if status.startswith("2"))


def _nothing(_: bytes) -> None:
    return None


def _pick(media: Mapping[str, Decoding], essence: str) -> Decoding:
    """Return the decoding for a media type; where none matches the first, because vendors mislabel what they send."""
    if essence in media:
        return media[essence]
    # What is `application/problem+json` may be described as `application/json`, and the other way round.
    if essence.endswith("+json") or essence == "application/json":
        return next((item for item in media.values() if isinstance(item, Json)), next(iter(media.values())))
    main = essence.partition("/")[0]
    if main == "text" and (text := next((item for item in media.values() if isinstance(item, Text)), None)):
        return text
    for pattern in (f"{main}/*", "*/*"):
        if pattern in media:
            return media[pattern]
    return next(iter(media.values()))


def _decode_as(decoding: Decoding, parameters: str) -> Callable[[bytes], Any]:
    if isinstance(decoding, Text):
        charset = parameters.lower().partition("charset=")[2].split(";")[0].strip(" \"'") or "utf-8"
        return _text_decoder(charset)
    if not isinstance(decoding, Json):
        return bytes
    if decoding.unwrap is None:
        return decoder(decoding.type())
    return _unwrapping(decoding.unwrap, decoding.type())


def _text_decoder(charset: str) -> Callable[[bytes], str]:
    def decode(raw: bytes) -> str:
        try:
            return raw.decode(charset, "replace")
        except (LookupError, ValueError):  # no such charset, or one that is none (`idna`, `undefined`)
            return raw.decode("utf-8", "replace")

    return decode


def _is_object(raw: bytes) -> bool:
    return raw.lstrip(b" \t\r\n\xef\xbb\xbf")[:1] == b"{"  # a byte order mark may stand before it


def _unwrapping(name: str, annotation: Any) -> Callable[[bytes], Any]:
    """Return a decoder of a value that comes bare, or as property `name` of an envelope."""
    if is_whole(annotation):
        return _unwrapping_at_once(name, annotation)
    decode = decoder(annotation)
    shape = msgspec.defstruct("Envelope", [("inner", msgspec.Raw, msgspec.Raw())], rename={"inner": name})
    envelope = direct_decoder(shape)

    def unwrap(raw: bytes) -> Any:
        if not _is_object(raw):
            return decode(raw)
        inner = bytes(envelope(raw).inner)
        if not inner:
            return decode(raw)
        try:
            return decode(inner)
        except Misfit as misfit:
            raise misfit.under(step_to(name)) from None

    return unwrap


def _unwrapping_at_once(name: str, annotation: Any) -> Callable[[bytes], Any]:
    """Do as `_unwrapping` does, in one pass over the body: what is large comes in an envelope."""
    bare = decoder(annotation)
    shape = msgspec.defstruct("Envelope", [("inner", annotation | UnsetType, UNSET)], rename={"inner": name})
    enveloped = direct_decoder(shape)

    def unwrap(raw: bytes) -> Any:
        if not _is_object(raw):
            return bare(raw)
        inner = enveloped(raw).inner
        return bare(raw) if inner is UNSET else inner

    return unwrap
