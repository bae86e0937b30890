"""Request bodies: the ways in which an operation can be sent what it takes, and which keywords each of them makes.

Media types that are written alike, of one schema, are one way; each further way is a method of its own.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence

from attrs import Factory, define, evolve, frozen

from codegen import ir, media, naming
from codegen.forms import fields_of_choice, form_type, with_parts
from codegen.references import Node, pointer_text
from codegen.schemas import Schemas
from codegen.shapes import Schema

_FORMS: frozenset[ir.MediaKind] = frozenset({"form", "multipart"})
_OBJECTS: frozenset[ir.MediaKind] = frozenset({"json", *_FORMS})


@frozen
class Offer:
    """A way to send a body: its media type, the others that are written like it, and what tells it from the rest.

    `variant` is empty for the preferred way.
    """

    media: str
    kind: ir.MediaKind
    body: Node
    content: Node
    alternatives: tuple[str, ...] = ()
    variant: str = ""


@define
class _Group:
    """Media types that are written alike, and what the first of them says of itself."""

    kind: ir.MediaKind
    content: Node
    medias: list[str] = Factory(list[str])

    @property
    def media(self) -> str:
        """What is sent: no range where there is something else, and JSON under its plain name."""
        return min(self.medias, key=lambda name: (media.is_range(name), media.essence(name) != "application/json"))


def offers_of(node: Node, schemas: Schemas) -> list[Offer]:
    """Return the ways in which the body of an operation can be sent, the preferred one first; none without a body."""
    entry = node.get("requestBody")
    if entry is None:
        return []
    body = schemas.library.follow(entry)
    groups = _groups(body, schemas)
    groups.sort(key=lambda group: (media.rank(group.kind), media.essence(group.media) != "application/json"))
    return list(_offers(body, groups))


def _groups(body: Node, schemas: Schemas) -> list[_Group]:
    found: dict[tuple[str, str], _Group] = {}
    entries = list(body.entries("content"))
    plain = any(media.essence(name) == "application/json" for name, _ in entries)
    for name, content in entries:
        if not media.SENDABLE.fullmatch(name):
            schemas.report.note(content.where, f"{name!r} is no media type")
            continue
        schema = content.get("schema")
        if media.essence(name) in ("*/*", "application/*") and schema is None and len(entries) > 1:
            continue  # a range that says nothing of its own is what the others are
        kind = _kind(name, schema, schemas)
        written = "bytes" if kind == "bytes" else media.format_of(name)
        if plain and kind == "json":
            written = "json"  # frameworks list patches beside JSON and mean nothing by it
        key = written, "" if kind in ("bytes", "text") else _identity(schema, schemas)
        found.setdefault(key, _Group(kind, content)).medias.append(name)
    return list(found.values())


def _kind(name: str, schema: Node | None, schemas: Schemas) -> ir.MediaKind:
    """Return how a body is written: as its media type says, unless its schema says that it is bytes."""
    kind = media.kind_of(name)
    if kind in ("form", "multipart"):
        return kind
    if kind == "events" or (schema is not None and schemas.shape_of(schema).binary):
        return "bytes"
    return kind


def _identity(schema: Node | None, schemas: Schemas) -> str:
    """Return what two schemas share that are the same: their place, or their text."""
    if schema is None:
        return ""
    if schema.reference is not None:
        return str(schemas.library.follow(schema).place)
    return json.dumps(schema.value, sort_keys=True, default=str)


def _offers(body: Node, groups: Sequence[_Group]) -> Iterator[Offer]:
    """Yield each group as a way of its own, with a name that later ones do not change."""
    taken = naming.Names()
    for index, group in enumerate(groups):
        variant = ""
        if index:
            name = media.essence(group.media)
            subtype = naming.snake(name.rpartition("/")[2].replace("*", "any").removesuffix("+json"), group.kind)
            variant = taken.take(*([] if name.endswith(media.PATCH) else [group.kind]), subtype)
        others = tuple(name for name in group.medias if name != group.media)
        sent = media.concrete(group.media, group.kind)
        yield Offer(sent, group.kind, body, group.content, others, variant)


def body_of(offer: Offer, schemas: Schemas, stem: str, names: naming.Names, key: ir.Key | None) -> ir.Body:
    """Return a body: its properties as keywords where it is a plain object, else one keyword."""
    result = ir.Body(
        media=offer.media,
        kind=offer.kind,
        required=offer.body.flag("required"),
        alternatives=offer.alternatives,
        pointer=pointer_text(offer.body.pointer),
    )
    schema = offer.content.get("schema")
    fields = _fields(result, schema, schemas, stem, names, key) if schema and offer.kind in _OBJECTS else None
    if schema is None or fields is None:
        result = evolve(result, whole=_whole(offer, _whole_type(offer, schema, schemas, stem), names))
    else:
        result = evolve(result, fields=fields, rest=_rest(schema, schemas, stem, names))
    return with_parts(result, offer.content, schemas, stem, names) if offer.kind in _FORMS else result


def _is_key(part: ir.Field, key: ir.Key | None) -> bool:
    return key is not None and key.place == "body" and part.wire == key.wire


def _whole(offer: Offer, type_: ir.Type, names: naming.Names) -> ir.Field:
    doc = offer.body.text("description")
    return ir.Field(names.take("body", "body_"), "", type_, offer.body.flag("required"), doc)


def _whole_type(offer: Offer, schema: Node | None, schemas: Schemas, stem: str) -> ir.Type:
    """Return the type of a body that is one keyword."""
    if offer.kind == "text":
        return ir.Scalar("str")
    if offer.kind == "bytes":
        return ir.Scalar("file" if media.is_range(offer.media) or offer.alternatives else "content")
    if offer.kind == "lines" and (schema is None or schemas.shape_of(schema).kinds <= {"string"}):
        return ir.Scalar("content")
    if schema is None:
        return ir.Anything()
    type_ = schemas.type_of(schema, f"{stem}Body", "A request body.")
    if offer.kind == "lines":
        return type_ if isinstance(schemas.table.resolved(type_), ir.Listing) else ir.Listing(type_)
    return form_type(type_, schema, offer.media, schemas) if offer.kind in _FORMS else type_


def _fields(
    body: ir.Body, schema: Node, schemas: Schemas, stem: str, names: naming.Names, key: ir.Key | None
) -> tuple[ir.Field, ...] | None:
    """Return the properties of a body as keywords; None where it is not a plain object."""
    name = schemas.component_name(schemas.library.follow(schema)) or stem
    found: Iterable[ir.Field]
    if _flattens(schema, schemas, body):
        found = schemas.fields_of(schemas.shape_of(schema), name, naming.Names())
    elif body.kind == "multipart" and (parts := fields_of_choice(schema, schemas, name)):
        found = parts
    else:
        return None
    kept = (part for part in found if part.direction != "out" and not _is_key(part, key))
    return tuple(evolve(part, name=names.take(part.name, f"{part.name.rstrip('_')}_body")) for part in kept)


def _rest(schema: Node, schemas: Schemas, stem: str, names: naming.Names) -> ir.Field | None:
    shape = schemas.shape_of(schema)
    name = schemas.component_name(schemas.library.follow(schema)) or stem
    return schemas.rest_of(shape, name, names)


def _flattens(schema: Node, schemas: Schemas, body: ir.Body) -> bool:
    """Return whether the properties of a body become keywords: an object, no choice, present or wholly optional.

    A form is an object whatever else its schema says, and there is no null that it could be instead.
    """
    shape = schemas.shape_of(schema)
    chooses = any(schemas.shapes.of(Schema((member,))).properties for union in shape.unions for member in union.members)
    if not shape.properties or chooses:
        return False
    if body.kind != "json":
        return True
    # A body of parts that are required is required itself, whatever its flag says; JSON may be null or left out.
    optional = not body.required and any(wire in shape.properties for wire in shape.required)
    return not shape.null and shape.kinds <= {"object"} and not optional


def key_doc(node: Node, schemas: Schemas, key: ir.Key) -> str:
    """Return what the body's schema says of the property that carries the idempotency key."""
    entry = node.get("requestBody")
    for _, content in schemas.library.follow(entry).entries("content") if entry and key.place == "body" else ():
        schema = content.get("schema")
        nodes = schemas.shape_of(schema).properties.get(key.wire, []) if schema else []
        return next((text for found in reversed(nodes) if (text := found.text("description"))), "")
    return ""
