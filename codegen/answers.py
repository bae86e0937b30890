"""Answers: what comes back with each status, as one body or as a stream, and how a list continues on further pages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

from attrs import evolve, frozen

from codegen import ir, media, naming
from codegen.references import Node
from codegen.schemas import Schemas

_PAGING = {
    "cursor": ({"items", "next", "parameter"}, {"items", "next", "parameter", "more"}),
    "offset": ({"items", "parameter"}, {"items", "parameter", "size", "more", "total"}),
}
"""What each kind of paging must say, and what it may say."""


def answers_of(node: Node, schemas: Schemas, stem: str, verb: str) -> Iterator[ir.Answer]:
    """Yield the answers of an operation; classes for inline schemas are named after `stem`.

    What HTTP sends without a body has none, whatever the document says (RFC 9110, sections 9.3.2 and 15.3.5 f.).
    """
    for code, entry in node.entries("responses"):
        if code.startswith("x-"):
            continue
        answer = schemas.library.follow(entry)
        status = "default" if code.lower() == "default" else code.upper()
        stem_ = f"{stem}Result" if status.startswith("2") else f"{stem}Answer{'' if status == 'default' else status}"
        has_body = verb != "HEAD" and status not in ("204", "205")
        described = list(answer.entries("content")) if has_body else []
        success = status.startswith("2") or status == "default"
        contents = [_content(name, node, schemas, stem_, streams=success) for name, node in described]
        yield ir.Answer(status, answer.text("description"), tuple(contents), tuple(_headers(answer, schemas, stem_)))


@frozen
class Way:
    """One way in which an operation is answered: as one body, or as a stream, which is a method of its own."""

    variant: str
    answers: tuple[ir.Answer, ...]


def ways_of(answers: tuple[ir.Answer, ...]) -> list[Way]:
    """Return the ways in which an operation is answered. The plain one comes first, and has no variant."""
    kinds = dict.fromkeys(content.kind for answer in ir.successes(answers) for content in answer.contents)
    streams = [kind for kind in kinds if kind in ("events", "lines")]
    if not streams:
        return [Way("", answers)]
    plain = [kind for kind in kinds if kind not in streams]
    ways = [Way("", _kept(answers, plain))] if plain else []
    for kind in streams:
        variant = "" if not ways else "stream" if len(ways) == 1 and plain else kind
        ways.append(Way(variant, _kept(answers, [kind])))
    return ways


def _kept(answers: tuple[ir.Answer, ...], kinds: Iterable[str]) -> tuple[ir.Answer, ...]:
    """Return the answers without what a success may be besides; one that is nothing else is left out."""
    found: list[ir.Answer] = []
    successes = ir.successes(answers)
    for answer in answers:
        kept = tuple(content for content in answer.contents if content.kind in kinds)
        if answer not in successes:
            found.append(answer)
        elif kept or not answer.contents:
            found.append(evolve(answer, contents=kept))
    return tuple(found)


def _content(name: str, node: Node, schemas: Schemas, stem: str, *, streams: bool) -> ir.Content:
    kind = media.kind_of(name)
    schema = node.get("schema")
    if streams and kind in ("events", "lines"):
        return _stream(name, kind, schema, schemas, stem)
    unwrap = node.text("x-unwrap") or None
    if kind in ("form", "multipart", "events", "lines") or (
        kind == "json" and schema and schemas.shape_of(schema).binary
    ):
        kind = "bytes"
    type_: ir.Type = ir.Anything()
    if kind in ("text", "bytes"):
        type_ = ir.Scalar("str" if kind == "text" else "bytes")
    elif schema:
        type_ = _unwrapped(schema, unwrap, schemas, stem) if unwrap else schemas.type_of(schema, stem, "An answer.")
    return ir.Content(name, kind, type_, unwrap)


# --- streams ---------------------------------------------------------------------------------------------------------

_EVENT_FIELDS = frozenset({"data", "event", "id", "retry"})


def _stream(name: str, kind: ir.MediaKind, schema: Node | None, schemas: Schemas, stem: str) -> ir.Content:
    """Return a stream by the type of its items.

    A schema that is an array describes the stream as a whole. Text in JSON lines is the whole, too: of its items
    nothing is said then.
    """
    stem = f"{stem.removesuffix('Result')}{'Event' if kind == 'events' else 'Item'}"
    type_ = schemas.type_of(schema, stem, "An item of a stream.") if schema else ir.Anything()
    schemas.settle()
    found = schemas.table.resolved(ir.bare(type_))
    if isinstance(found, ir.Listing):
        type_ = found.item
        found = schemas.table.resolved(ir.bare(type_))
    if kind == "lines":
        return ir.Content(
            name, kind, ir.Anything() if isinstance(found, ir.Scalar) and schemas.table.is_text(found) else type_
        )
    data = _event_data(found, schemas)
    return ir.Content(name, kind, type_, data=_reading(data or [found], schemas), whole=data is not None)


def _event_data(type_: ir.Type, schemas: Schemas) -> list[ir.Type] | None:
    """Return the types of `data` where a type is of whole events: objects with `data` and the fields beside it."""
    found: list[ir.Type] = []
    for member in _members(type_, schemas, set()):
        definition = schemas.table.definitions.get(member.name) if isinstance(member, ir.Named) else None
        fields = {part.wire: part.type for part in definition.fields} if isinstance(definition, ir.Model) else {}
        if "data" not in fields or not fields.keys() <= _EVENT_FIELDS:
            return None
        found.append(fields["data"])
    return found or None


def _reading(types: list[ir.Type], schemas: Schemas) -> Literal["json", "text", "any"]:
    """Return how data of these types is read: what is text alone is not written as JSON in an event."""
    members = [member for type_ in types for member in _members(type_, schemas, set())]
    if not members or any(isinstance(member, ir.Anything) for member in members):
        return "any"
    texts = {schemas.table.is_text(member) for member in members}
    return "any" if len(texts) > 1 else "text" if texts.pop() else "json"


def _members(type_: ir.Type, schemas: Schemas, seen: set[str]) -> Iterator[ir.Type]:
    """Yield what a type is one of, aliases and unions looked into."""
    type_ = ir.bare(type_)
    definition = None
    if isinstance(type_, ir.Named):
        if type_.name in seen:
            return
        seen.add(type_.name)
        definition = schemas.table.definitions.get(type_.name)
    if isinstance(definition, ir.Alias):
        yield from _members(definition.type, schemas, seen)
    elif isinstance(definition, ir.Choice) or isinstance(type_, ir.Either):
        union = definition if isinstance(definition, ir.Choice) else type_
        for member in union.members:  # type: ignore[union-attr]
            yield from _members(member, schemas, seen)
    else:
        yield type_


# --- headers ---------------------------------------------------------------------------------------------------------


def _headers(answer: Node, schemas: Schemas, stem: str) -> Iterator[ir.AnswerHeader]:
    """Yield the headers of an answer. OpenAPI says to ignore its Content-Type, and knows one style for them."""
    for wire, entry in answer.entries("headers"):
        if wire.lower() == "content-type":
            continue
        header = schemas.library.follow(entry)
        schema, json = header.get("schema"), False
        for name, content in header.entries("content"):
            schema, json = content.get("schema"), media.kind_of(name) == "json"
        name = f"{stem}{naming.pascal(wire, 'Value')}Header"
        type_ = schemas.type_of(schema, name, f"The header `{wire}`.") if schema else ir.Scalar("str")
        yield ir.AnswerHeader(
            wire=wire,
            type=ir.Scalar("str") if type_ == ir.Anything() and not json else type_,
            explode=header.flag("explode"),
            json=json,
            doc=header.text("description") or (schema.text("description") if schema else ""),
        )


# --- envelopes and pages ---------------------------------------------------------------------------------------------


def _unwrapped(schema: Node, wire: str, schemas: Schemas, stem: str) -> ir.Type:
    """Return the type of the property that an envelope, or one branch of a union, wraps the result in."""
    branches = [branch for keyword in ("anyOf", "oneOf") for branch in schema.each(keyword)] or [schema]
    for branch in branches:
        if inner := schemas.shape_of(branch).properties.get(wire):
            return schemas.type_of(inner[-1], stem, "An answer.")
    schemas.report.error(schema.where, f"x-unwrap names {wire!r}, which no branch of the schema has")
    return ir.Anything()


def paging_of(node: Node, schemas: Schemas, answers: tuple[ir.Answer, ...]) -> ir.Paging | None:
    """Return how a list continues, where the document says that it does."""
    paging = node.get("x-pagination")
    if paging is None:
        return None
    settings = {key: node.value for key, node in paging.items() if isinstance(node.value, str)}
    kind = settings.pop("kind", "")
    item = _item(settings.get("items", ""), schemas, answers)
    if kind not in ("cursor", "offset") or item is None:
        schemas.report.error(paging.where, "needs `kind` (cursor or offset) and `items`, a list in the answer")
        return None
    needed, possible = _PAGING[kind]
    if not needed <= settings.keys() <= possible:
        schemas.report.error(
            paging.where,
            f"{kind} pages have {', '.join(sorted(possible))}, of which must be there: {', '.join(sorted(needed))}",
        )
        return None
    return ir.Paging("cursor" if kind == "cursor" else "offset", item, tuple(settings.items()))


def _item(wire: str, schemas: Schemas, answers: tuple[ir.Answer, ...]) -> ir.Type | None:
    schemas.settle()
    contents = (content for answer in answers if answer.success for content in answer.contents)
    for content in (content for content in contents if content.kind not in ("events", "lines")):
        type_ = schemas.table.resolved(ir.bare(content.type))
        model = schemas.table.definitions.get(type_.name) if isinstance(type_, ir.Named) else None
        for part in model.fields if isinstance(model, ir.Model) else ():
            listing = schemas.table.resolved(ir.bare(part.type))
            if part.wire == wire and isinstance(listing, ir.Listing):
                return listing.item
    return None
