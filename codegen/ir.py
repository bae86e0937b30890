"""The intermediate representation: what a document says, in the terms that Python code needs.

Everything is frozen, ordered as in the document, and named: inline schemas have been hoisted, `allOf` merged, `$ref`
followed, null told apart from absent. The emitters read only this; so does whatever compares two revisions.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from attrs import evolve, field, frozen

# --- types -----------------------------------------------------------------------------------------------------------

ScalarKind = Literal["str", "int", "float", "bool", "datetime", "date", "binary", "bytes", "content", "file"]
Guess = Literal["", "object", "array", "all"]
"""Whether a type is stated, or guessed from what a schema says besides: by the letter other JSON is valid too.

`object`, `array`: whatever is none. `all`: whatever does not fit. It does not count when types are compared.
"""


@frozen
class Scalar:
    """A value without parts.

    `binary` is text in JSON and a `file` in a multipart body; `bytes` is a raw answer, `content` a raw body.
    """

    kind: ScalarKind
    guess: Guess = field(default="", eq=False, kw_only=True)


@frozen
class Anything:
    """Any JSON value."""


@frozen
class Fixed:
    """One of a few constants, and nothing else; `Fixed((None,))` is what is always null."""

    values: tuple[str | int | None, ...] = field(eq=lambda values: [(type(value), value) for value in values])
    guess: Guess = field(default="", eq=False, kw_only=True)


NULL = Fixed((None,))


@frozen
class Listing:
    """A JSON array of one type."""

    item: Type
    guess: Guess = field(default="", eq=False, kw_only=True)


@frozen
class Row:
    """A JSON array of a fixed length, each element of its own type."""

    items: tuple[Type, ...]
    guess: Guess = field(default="", eq=False, kw_only=True)


@frozen
class Mapping:
    """A JSON object with any keys and values of one type."""

    value: Type
    guess: Guess = field(default="", eq=False, kw_only=True)


@frozen
class Named:
    """A reference to a definition, by its Python name."""

    name: str
    guess: Guess = field(default="", eq=False, kw_only=True)


@frozen
class Either:
    """Values that their JSON type tells apart. What it does not tell apart is a `Choice`."""

    members: tuple[Type, ...]
    guess: Guess = field(default="", eq=False, kw_only=True)


@frozen
class Nullable:
    """A type, or null. Always the outermost layer."""

    inner: Type


Type = Scalar | Anything | Fixed | Listing | Row | Mapping | Named | Either | Nullable


def parts(type_: Type) -> Iterator[Type]:
    """Yield a type and every type inside it, without looking into definitions."""
    yield type_
    match type_:
        case Listing(inner) | Mapping(inner) | Nullable(inner):
            yield from parts(inner)
        case Row(members) | Either(members):
            for member in members:
                yield from parts(member)
        case _:
            pass


def replaced(type_: Type, old: Type, new: Type) -> Type:
    """Return a type in which another one stands wherever an old one did."""
    if type_ == old:
        return new
    match type_:
        case Listing(inner) | Mapping(inner) | Nullable(inner):
            return type(type_)(replaced(inner, old, new))
        case Row(members) | Either(members):
            return type(type_)(tuple(replaced(member, old, new) for member in members))
        case _:
            return type_


def bare(type_: Type) -> Type:
    """Return a type without its null."""
    return type_.inner if isinstance(type_, Nullable) else type_


def guessed(type_: Type, guess: Guess) -> Type:
    """Return a type as one that was guessed, or was not; what takes anything is neither."""
    if isinstance(type_, Nullable):
        return Nullable(guessed(type_.inner, guess))
    if isinstance(type_, Anything):
        return type_
    return Anything() if guess and type_ == NULL else evolve(type_, guess=guess)


def guess_of(type_: Type) -> Guess:
    """Return whether a type is stated or guessed, whatever is inside it."""
    inner = bare(type_)
    return "" if isinstance(inner, Anything | Nullable) else inner.guess


def stated(type_: Type) -> Type:
    """Return a type as if it and all that is inside it were stated."""
    match type_:
        case Nullable(inner):
            return Nullable(stated(inner))
        case Listing(inner) | Mapping(inner):
            return type(type_)(stated(inner))
        case Row(members) | Either(members):
            return type(type_)(tuple(stated(member) for member in members))
        case Anything():
            return type_
        case _:
            return evolve(type_, guess="")


def nullable(type_: Type) -> Type:
    """Return a type that takes null too."""
    return type_ if isinstance(type_, Nullable | Anything) or type_ == NULL else Nullable(type_)


# --- definitions: what models.py holds -------------------------------------------------------------------------------


@frozen
class Field:
    """A property of an object: its Python name, the wire's name, and whether it may be missing.

    `direction` is `out` for what only the API sends (`readOnly`), `in` for what only it takes (`writeOnly`).
    """

    name: str
    wire: str
    type: Type
    required: bool
    doc: str = ""
    secret: bool = False
    deprecated: bool = False
    direction: Literal["both", "in", "out"] = "both"
    pointer: str = ""

    @property
    def tri_state(self) -> bool:
        """Whether null and absent both occur, so that a value of its own must say `absent`."""
        return not self.required and (isinstance(self.type, Nullable | Anything) or self.type == NULL)


@frozen
class Model:
    """A JSON object with known properties.

    `rest` is the type of the unknown ones where the document names one; where it is `closed`, there are none.
    """

    name: str
    fields: tuple[Field, ...]
    rest: Field | None = None
    doc: str = ""
    pointer: str = ""
    closed: bool = False


@frozen
class Member:
    """A value of an enumeration."""

    name: str
    value: str | int
    doc: str = ""


@frozen
class Enumeration:
    """A set of strings or of integers: open (unknown values are kept) unless the document closes it."""

    name: str
    base: Literal["str", "int"]
    members: tuple[Member, ...]
    open: bool = True
    doc: str = ""
    pointer: str = ""


@frozen
class Alias:
    """A name for a type that is no class."""

    name: str
    type: Type
    doc: str = ""
    pointer: str = ""


@frozen
class Choice:
    """A union that JSON types alone do not tell apart, with the property and values that do, where there are any.

    `otherwise` is the member of what has another value there, or is not what its value says: a base that others extend.
    """

    name: str
    members: tuple[Type, ...]
    tag: str | None = None
    tags: tuple[tuple[str, Type], ...] = ()
    doc: str = ""
    pointer: str = ""
    otherwise: Type | None = None


Definition = Model | Enumeration | Alias | Choice

# --- operations ------------------------------------------------------------------------------------------------------

ParameterPlace = Literal["path", "query", "header", "cookie"]
MediaKind = Literal["json", "form", "multipart", "text", "bytes", "events", "lines"]
"""How a body is written and read; `events` and `lines` are streams."""

Style = tuple[str, bool]
"""The name of a style of OpenAPI (or `json`), and whether it explodes."""


@frozen
class Parameter:
    """A parameter of an operation. `style` is None where it is what the place has by default.

    `reserved`: what has a meaning in URLs goes as it is (`allowReserved`).
    """

    name: str
    wire: str
    place: ParameterPlace
    type: Type
    required: bool
    doc: str = ""
    secret: bool = False
    deprecated: bool = False
    style: Style | None = None
    reserved: bool = False
    pointer: str = ""


@frozen
class Part:
    """What a document says of one property of a form: its media types, its style, and the headers of its part."""

    wire: str
    media: tuple[str, ...] = ()
    style: Style | None = None
    reserved: bool = False
    headers: tuple[Parameter, ...] = ()


@frozen
class Body:
    """A request body: either its properties as keywords (`fields`), or one keyword (`whole`).

    `alternatives` are the other media types that are written as this one is. Of a form, `parts` are the properties of
    which more is said, `files` those that are files and nothing else.
    """

    media: str
    kind: MediaKind
    required: bool
    whole: Field | None = None
    fields: tuple[Field, ...] = ()
    rest: Field | None = None
    alternatives: tuple[str, ...] = ()
    parts: tuple[Part, ...] = ()
    files: tuple[str, ...] = ()
    pointer: str = ""


@frozen
class Content:
    """One media type of an answer: how it is read, what it is, and the property it is wrapped in, if any.

    Of a stream, `type` is that of an item. Of server-sent events, `data` says how their data is read: as JSON, as text,
    or as what it is; where the type describes a `whole` event and not its data, that goes for its property `data`.
    """

    media: str
    kind: MediaKind
    type: Type
    unwrap: str | None = None
    data: Literal["json", "text", "any"] = "json"
    whole: bool = False


@frozen
class AnswerHeader:
    """A header of an answer, written in the style `simple` or as JSON."""

    wire: str
    type: Type
    explode: bool = False
    json: bool = False
    doc: str = ""


@frozen
class Answer:
    """What comes back with one status, with a range of them (`4XX`) or with any other (`default`)."""

    status: str
    doc: str
    contents: tuple[Content, ...] = ()
    headers: tuple[AnswerHeader, ...] = ()

    @property
    def success(self) -> bool:
        """Whether this is a 2xx answer."""
        return self.status.startswith("2")


def successes(answers: tuple[Answer, ...]) -> list[Answer]:
    """Return the 2xx answers; where a document has none, `default` stands for them."""
    found = [answer for answer in answers if answer.success]
    return found or [answer for answer in answers if answer.status == "default"]


@frozen
class Key:
    """Where an idempotency key is on the wire, and whether one is made when the caller gives none."""

    place: Literal["body", "header", "query"]
    wire: str
    name: str
    generate: bool
    unless: str | None = None
    doc: str = ""


@frozen
class Paging:
    """How a list continues: by a token that the last page gave (`cursor`) or by a number of items (`offset`)."""

    kind: Literal["cursor", "offset"]
    item: Type
    settings: tuple[tuple[str, str], ...]


@frozen
class ServerVariable:
    """A variable in the URL of a server. Without a default the user has to give it; `enum` is all that it may hold."""

    name: str
    default: str | None = None
    enum: tuple[str, ...] = ()
    doc: str = ""
    secret: bool = False


@frozen
class Server:
    """A base URL, as it is written."""

    url: str
    doc: str = ""
    variables: tuple[ServerVariable, ...] = ()


@frozen
class Operation:
    """One call. One that comes out as several methods is several, with one pointer; `variant` tells them apart."""

    name: str
    group: str
    method: str
    constant: str
    verb: str
    path: str
    safety: Literal["idempotent", "unsafe"]
    summary: str = ""
    description: str = ""
    parameters: tuple[Parameter, ...] = ()
    body: Body | None = None
    answers: tuple[Answer, ...] = ()
    key: Key | None = None
    paging: Paging | None = None
    repeat_success: tuple[int, ...] = ()
    secrets: tuple[str, ...] = ()
    servers: tuple[Server, ...] = ()
    security: tuple[tuple[str, ...], ...] | None = None
    scopes: tuple[tuple[str, ...], ...] = ()
    source: str = ""
    uncertain: str = ""
    deprecated: bool = False
    variant: str = ""
    pointer: str = ""

    @property
    def title(self) -> str:
        """The call as HTTP names it."""
        return f"{self.verb} {self.path}"

    @property
    def stream(self) -> Literal["events", "lines"] | None:
        """The kind of stream that a success is, if it is one. No operation has both a stream and something else."""
        kinds = {content.kind for answer in successes(self.answers) for content in answer.contents}
        return "events" if "events" in kinds else "lines" if "lines" in kinds else None

    @property
    def server(self) -> str | None:
        """The URL of its own first server, if it has any."""
        return self.servers[0].url if self.servers else None


@frozen
class Group:
    """The operations of one tag."""

    name: str
    class_name: str
    twin_name: str
    doc: str
    source: str
    operations: tuple[Operation, ...]


@frozen
class Event:
    """A request that the API sends to the user: a webhook, or a callback of an operation."""

    name: str
    constant: str
    type: Type
    doc: str = ""
    source: str = ""
    uncertain: str = ""
    pointer: str = ""


# --- the document ----------------------------------------------------------------------------------------------------


@frozen
class SecurityScheme:
    """A way to prove who calls.

    `wire` is the name of what carries a `key`, and the name of an `http` scheme that is neither basic nor bearer. The
    credentials of a `whole` one are all of the header `Authorization`; a `certificate` is not in the request.
    """

    name: str
    kind: Literal["bearer", "basic", "key", "http", "whole", "certificate"]
    place: str = ""
    wire: str = ""
    doc: str = ""
    scopes: tuple[tuple[str, str], ...] = ()


@frozen
class Document:
    """A whole API."""

    title: str
    version: str
    doc: str
    spec: str
    digest: str
    groups: tuple[Group, ...]
    definitions: tuple[Definition, ...]
    events: tuple[Event, ...]
    servers: tuple[Server, ...] = ()
    schemes: tuple[SecurityScheme, ...] = ()
    security: tuple[tuple[str, ...], ...] = ()
    source: str = ""

    @property
    def operations(self) -> Iterator[Operation]:
        """Every operation, group by group."""
        for group in self.groups:
            yield from group.operations
