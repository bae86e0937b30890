"""What generated code says of an operation: data only, no behaviour.

Packages that were generated elsewhere rely on these names and fields. They are part of the public interface and change
only with the major version.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from os import PathLike
from typing import IO, TYPE_CHECKING, Any, Generic, Literal, TypeAlias, TypeVar

from attrs import define, field, frozen
from msgspec import Struct

from ..options import UNSET
from .decisions import Safety

if TYPE_CHECKING:
    from .servers import ApiServer

__all__ = [
    "AnswerHeader",
    "AnswerHeaders",
    "Bytes",
    "CursorPages",
    "ErrorBody",
    "Event",
    "Events",
    "FileContent",
    "FileInput",
    "Headed",
    "IdempotencyKey",
    "Implied",
    "Json",
    "Lines",
    "OffsetPages",
    "Operation",
    "Style",
    "Tagged",
    "Text",
    "Unknown",
    "given",
    "present",
    "with_headers",
]

T = TypeVar("T")

#: A file to upload: its bytes, a path, an open binary file, or (file name, one of these), and perhaps a media type.
FileContent: TypeAlias = bytes | PathLike[str] | IO[bytes]
FileInput: TypeAlias = FileContent | tuple[str, FileContent] | tuple[str, FileContent, str]


# Structs where nothing asks for more: attrs takes 0.4 ms to make a class, and every import of an API pays for these.
class IdempotencyKey(Struct, frozen=True):
    """Where an operation's idempotency key stands on the wire.

    `generate`: one is made per call where the caller gives none, but not while the body property `unless` is true.
    """

    place: Literal["body", "header", "query"]
    name: str
    generate: bool = False
    unless: str | None = None


class Json(Struct, frozen=True):
    """A JSON body of the type that `type` returns; with `unwrap`, that property of it where the body is an envelope."""

    type: Callable[[], Any]
    unwrap: str | None = None


class Text(Struct, frozen=True):
    """A body of text, decoded with the answer's charset (UTF-8 without one)."""


class Bytes(Struct, frozen=True):
    """A body of bytes."""


class Events(Struct, frozen=True):
    """A stream of server-sent events whose items are of the type that `type` returns.

    `data` says how an event's data is read: as JSON, as text, or as JSON where it is that and as text elsewhere. With
    `whole`, an item is the event: an object with `data` and, where the event says them, `event`, `id` and `retry`.
    """

    type: Callable[[], Any]
    data: Literal["json", "text", "any"] = "json"
    whole: bool = False


class Lines(Struct, frozen=True):
    """A stream of JSON lines, or a JSON text sequence, whose items are of the type that `type` returns."""

    type: Callable[[], Any]


Decoding: TypeAlias = Json | Text | Bytes | Events | Lines


class AnswerHeader(Struct, frozen=True):
    """A header of an answer, of the type that `type` returns: JSON, or OpenAPI's style `simple`, exploded or not."""

    type: Callable[[], Any]
    explode: bool = False
    json: bool = False


class Style(Struct, frozen=True):
    """How a parameter is written (OpenAPI 3.1, "Style Values"); `json` is a parameter whose content is JSON.

    `reserved`: characters that mean something in URLs go as they are, but for those that would end the value.
    """

    style: Literal["form", "simple", "label", "matrix", "spaceDelimited", "pipeDelimited", "deepObject", "json"]
    explode: bool = False
    reserved: bool = False


class Headed(Struct, frozen=True):
    """A part of a multipart body with headers of its own."""

    value: Any
    headers: Mapping[str, Any]


class CursorPages(Struct, frozen=True, kw_only=True):
    """Pages that name the next one: `next` in the answer goes into `parameter` of the next request."""

    items: str
    next: str
    parameter: str
    more: str | None = None


class OffsetPages(Struct, frozen=True, kw_only=True):
    """Pages by offset: the next request's `parameter` is this one's plus the number of items received."""

    items: str
    parameter: str
    size: str | None = None
    more: str | None = None
    total: str | None = None


#: What the body of an error is, by media type, and the headers of an answer, by name.
ErrorBody: TypeAlias = Mapping[str, Decoding]
AnswerHeaders: TypeAlias = Mapping[str, AnswerHeader]

_NONE: Mapping[str, Any] = {}


@define(kw_only=True, eq=False)
class Operation(Generic[T]):
    """One operation of an API, as its spec describes it. `T` is the type of its result.

    `path` is a template; `answers` maps a status (`"200"`, `"2XX"`, `"default"`) to media types and their decodings.
    `styles` are those of parameters that are not written as their place has it by default, by place and wire name
    (`query:ids`, and `body:ids` for a property of a form). `secrets` are the wire names whose values are never shown;
    `repeat_success` the statuses that mean success when a resend meets them (the first try had worked). `servers` are
    an operation's own: the client's if it is among them, else the first. Unless it is relative to the client's base
    URL, it holds where that is the spec's, that is, where the user named no other. `security` are the alternatives of
    an operation that asks for other credentials than its document; the empty tuple asks for none.

    `errors` describes the bodies of answers that are errors, `headers` the headers of all answers, both by status.
    """

    name: str
    method: str
    path: str
    safety: Safety
    answers: Mapping[str, Mapping[str, Decoding]]
    body: str | None = None
    #: Other media types that the body may have, where that is its file's to say.
    others: tuple[str, ...] = ()
    #: The parts of a form that are files; the empty name is that of a whole body.
    files: tuple[str, ...] = ()
    #: The media types of parts of a form that have one of their own, the one to choose first.
    parts: Mapping[str, str] = _NONE
    key: IdempotencyKey | None = None
    pages: CursorPages | OffsetPages | None = None
    styles: Mapping[str, Style] = field(factory=dict[str, Style])
    servers: tuple[ApiServer, ...] = ()
    security: tuple[tuple[str, ...], ...] | None = None
    secrets: tuple[str, ...] = ()
    repeat_success: tuple[int, ...] = ()
    errors: Mapping[str, ErrorBody] = _NONE
    headers: Mapping[str, AnswerHeaders] = _NONE
    #: What the runtime works out once per operation and keeps: path parts and decoders.
    memo: dict[Any, Any] = field(factory=dict[Any, Any], init=False, repr=False)


@define(kw_only=True, eq=False)
class Event(Generic[T]):
    """One inbound event of an API: its name in the spec and the type of its payload."""

    name: str
    payload: Callable[[], Any]


@frozen
class Unknown:
    """A union member that the spec does not name; `raw` is the JSON value as it came."""

    raw: Any


class Implied(Struct, frozen=True):
    """Annotates a type that a document implies and does not state: what is no such value is valid, and is `Unknown`.

    `kind` is `dict` or `list` where only what is none is `Unknown`; without it, whatever does not fit is.
    """

    kind: type | None = None


@define(eq=False)
class Tagged:
    """Annotates a union of models that a property tells apart: its value → the member (OpenAPI's discriminator).

    `otherwise` is the member for any other value, and for what does not fit the member that its value names.
    """

    property: str
    members: Mapping[str, Any]
    otherwise: Any = None


def present(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return `values` without those that are None or UNSET."""
    return {name: value for name, value in values.items() if value is not None and value is not UNSET}


def given(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return `values` without those that are UNSET; None stays and is sent as null."""
    return {name: value for name, value in values.items() if value is not UNSET}


def with_headers(value: Any, headers: Mapping[str, Any]) -> Any:
    """Return a part of a multipart body with headers of its own; what is not there stays so."""
    return value if value is None or value is UNSET or not headers else Headed(value, headers)
