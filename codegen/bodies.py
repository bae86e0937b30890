"""Bodies: what an operation is sent, what it answers, and how its answers continue on further pages."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import evolve

from codegen import ir, media, naming
from codegen.references import Node, pointer_text
from codegen.schemas import Schemas
from codegen.shapes import Schema


def body_of(node: Node, schemas: Schemas, stem: str, names: naming.Names, key: ir.Key | None) -> ir.Body | None:
    """Return the body of an operation: its properties as keywords where it is a plain object, else one keyword."""
    entry = node.get("requestBody")
    if entry is None:
        return None
    body = schemas.library.follow(entry)
    contents = dict(body.entries("content"))
    if not contents:
        return None
    chosen = media.preferred(list(contents))
    others = tuple(name for name in contents if name != chosen)
    if others:
        schemas.report.note(body.where, f"the body is sent as {chosen}, never as {', '.join(others)}")
    kind = media.kind_of(chosen)
    result = ir.Body(
        media="application/json" if kind == "json" and "*" in chosen else chosen,
        kind=kind,
        required=body.flag("required"),
        alternatives=others,
        encodings=tuple((name, part.text("contentType")) for name, part in contents[chosen].entries("encoding")),
        pointer=pointer_text(body.pointer),
    )
    schema = contents[chosen].get("schema")
    if kind in ("json", "form", "multipart") and schema and _flattens(schema, schemas, result):
        return _flattened(result, schema, schemas, stem, names, key)
    type_: ir.Type = ir.Anything()
    if kind == "text":
        type_ = ir.Scalar("str")
    elif kind in ("bytes", "events", "lines"):
        type_ = ir.Scalar("bytes")
    elif schema:
        type_ = schemas.type_of(schema, f"{stem}Body", "A request body.")
    whole = ir.Field(names.take("body", "body_"), "", type_, result.required, body.text("description"))
    return evolve(result, whole=whole)


def _flattens(schema: Node, schemas: Schemas, body: ir.Body) -> bool:
    """Return whether the properties of a body become keywords: an object, no choice, present or wholly optional."""
    shape = schemas.shape_of(schema)
    chooses = any(schemas.shapes.of(Schema((member,))).properties for union in shape.unions for member in union.members)
    optional = any(wire in shape.properties for wire in shape.required) and not body.required
    return bool(shape.properties) and not shape.null and shape.kinds <= {"object"} and not optional and not chooses


def _flattened(
    body: ir.Body, schema: Node, schemas: Schemas, stem: str, names: naming.Names, key: ir.Key | None
) -> ir.Body:
    shape = schemas.shape_of(schema)
    name = schemas.component_name(schemas.library.follow(schema)) or stem
    kept: list[ir.Field] = []
    for part in schemas.fields_of(shape, name, naming.Names()):
        if part.direction == "out" or (key and key.place == "body" and part.wire == key.wire):
            continue
        type_ = part.type
        if body.kind == "multipart":
            type_ = ir.replaced(type_, ir.Scalar("binary"), ir.Scalar("file"))
        taken = names.take(part.name, f"{part.name.rstrip('_')}_body")
        kept.append(evolve(part, name=taken, type=type_))
    rest = schemas.rest_of(shape, name, names) if shape.rest else None
    return evolve(body, fields=tuple(kept), rest=rest)


def key_doc(node: Node, schemas: Schemas, key: ir.Key) -> str:
    """Return what the body's schema says of the property that carries the idempotency key."""
    entry = node.get("requestBody")
    for _, content in schemas.library.follow(entry).entries("content") if entry and key.place == "body" else ():
        schema = content.get("schema")
        nodes = schemas.shape_of(schema).properties.get(key.wire, []) if schema else []
        return next((text for found in reversed(nodes) if (text := found.text("description"))), "")
    return ""


def answers_of(node: Node, schemas: Schemas, stem: str) -> Iterator[ir.Answer]:
    """Yield the answers of an operation; classes for inline schemas are named after `stem`."""
    for code, entry in node.entries("responses"):
        if code.startswith("x-"):
            continue
        answer = schemas.library.follow(entry)
        status = "default" if code.lower() == "default" else code.upper()
        name = f"{stem}Result" if status.startswith("2") else f"{stem}Answer{'' if status == 'default' else status}"
        contents = tuple(
            _content(media_name, content, schemas, name) for media_name, content in answer.entries("content")
        )
        yield ir.Answer(status, answer.text("description"), contents)


def _content(name: str, node: Node, schemas: Schemas, stem: str) -> ir.Content:
    kind = media.kind_of(name)
    schema = node.get("schema")
    unwrap = node.text("x-unwrap") or None
    if kind in ("form", "multipart") or (kind == "json" and schema and schemas.shape_of(schema).binary):
        kind = "bytes"
    type_: ir.Type = ir.Anything()
    if kind in ("text", "bytes"):
        type_ = ir.Scalar("str" if kind == "text" else "bytes")
    elif schema:
        type_ = _unwrapped(schema, unwrap, schemas, stem) if unwrap else schemas.type_of(schema, stem, "An answer.")
    return ir.Content(name, kind, type_, unwrap)


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
    return ir.Paging("cursor" if kind == "cursor" else "offset", item, tuple(settings.items()))


def _item(wire: str, schemas: Schemas, answers: tuple[ir.Answer, ...]) -> ir.Type | None:
    schemas.settle()
    for content in (content for answer in answers if answer.success for content in answer.contents):
        type_ = schemas.table.resolved(ir.bare(content.type))
        model = schemas.table.definitions.get(type_.name) if isinstance(type_, ir.Named) else None
        for part in model.fields if isinstance(model, ir.Model) else ():
            listing = schemas.table.resolved(ir.bare(part.type))
            if part.wire == wire and isinstance(listing, ir.Listing):
                return listing.item
    return None
