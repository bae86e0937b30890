"""Request bodies: how an operation is sent what it takes, and which keywords that makes."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import evolve

from codegen import ir, media, naming
from codegen.parameters import STYLES, style_of
from codegen.references import Node, pointer_text
from codegen.schemas import Schemas
from codegen.shapes import Schema

_CONCRETE: dict[ir.MediaKind, str] = {
    "json": "application/json",
    "multipart": "multipart/form-data",
    "text": "text/plain",
    "bytes": "application/octet-stream",
}
"""What a body is sent as where the document names a range of media types."""


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
    written = _CONCRETE.get(kind, chosen) if "*" in chosen else chosen
    if kind == "multipart" and media.essence(written) != "multipart/form-data":
        schemas.report.error(contents[chosen].where, f"{chosen} cannot be written: its body is bytes, already made")
        kind = "bytes"
    result = ir.Body(
        media=written,
        kind=kind,
        required=body.flag("required"),
        alternatives=others,
        styles=tuple(_styles(contents[chosen], kind, schemas)),
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
    if kind == "multipart" and schemas.holds(type_, ir.Scalar("binary")):
        schemas.report.error(body.where, "a file in a body that is a choice, or whose parts may all be missing")
    whole = ir.Field(names.take("body", "body_"), "", type_, result.required, body.text("description"))
    return evolve(result, whole=whole)


def _styles(content: Node, kind: ir.MediaKind, schemas: Schemas) -> Iterator[tuple[str, ir.Style]]:
    """Yield how properties of a form are written, where the document says that it is as a parameter would be."""
    for name, part in content.entries("encoding"):
        if part.text("contentType"):
            schemas.report.note(
                part.where, f"the part {name!r} goes as text or as a file, not as a media type of its own"
            )
        if not (part.has("style") or part.has("explode")) or (kind == "multipart" and content.source.is_3_0):
            continue
        style, explode = style_of(part, "form")
        if kind not in ("form", "multipart") or style not in STYLES["query"]:
            schemas.report.error(part.where, f"a property of this body cannot be written in the style {style!r}")
        else:
            yield name, (style, explode)


def _flattens(schema: Node, schemas: Schemas, body: ir.Body) -> bool:
    """Return whether the properties of a body become keywords: an object, no choice, present or wholly optional."""
    shape = schemas.shape_of(schema)
    chooses = any(schemas.shapes.of(Schema((member,))).properties for union in shape.unions for member in union.members)
    # A body of parts that are required is required itself, whatever its flag says; JSON may be null or left out.
    optional = body.kind == "json" and not body.required and any(wire in shape.properties for wire in shape.required)
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
