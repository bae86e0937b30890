"""Bodies: what an operation is sent, what it answers, and how its answers continue on further pages."""

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

_PAGING = {
    "cursor": ({"items", "next", "parameter"}, {"items", "next", "parameter", "more"}),
    "offset": ({"items", "parameter"}, {"items", "parameter", "size", "more", "total"}),
}
"""What each kind of paging must say, and what it may say."""


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


def answers_of(node: Node, schemas: Schemas, stem: str, verb: str) -> Iterator[ir.Answer]:
    """Yield the answers of an operation; classes for inline schemas are named after `stem`.

    What HTTP sends without a body has none, whatever the document says (RFC 9110, sections 9.3.2 and 15.3.5 f.).
    """
    for code, entry in node.entries("responses"):
        if code.startswith("x-"):
            continue
        answer = schemas.library.follow(entry)
        status = "default" if code.lower() == "default" else code.upper()
        name = f"{stem}Result" if status.startswith("2") else f"{stem}Answer{'' if status == 'default' else status}"
        has_body = verb != "HEAD" and status not in ("204", "205")
        described = list(answer.entries("content")) if has_body else []
        success = status.startswith("2") or status == "default"
        yield ir.Answer(status, answer.text("description"), tuple(_contents(described, schemas, name, success=success)))


def _contents(described: list[tuple[str, Node]], schemas: Schemas, stem: str, *, success: bool) -> Iterator[ir.Content]:
    """Yield the media types of an answer. A stream is left out, or bytes where it is all that there is."""
    streams = [media.kind_of(name) in ("events", "lines") for name, _ in described]
    for stream, (name, node) in zip(streams, described, strict=True):
        if stream and success:
            schemas.report.error(node.where, f"{name} cannot be read as it comes: there are no streams yet")
        if not stream or all(streams):
            yield _content(name, node, schemas, stem)


def _content(name: str, node: Node, schemas: Schemas, stem: str) -> ir.Content:
    kind = media.kind_of(name)
    schema = node.get("schema")
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
    for content in (content for answer in answers if answer.success for content in answer.contents):
        type_ = schemas.table.resolved(ir.bare(content.type))
        model = schemas.table.definitions.get(type_.name) if isinstance(type_, ir.Named) else None
        for part in model.fields if isinstance(model, ir.Model) else ():
            listing = schemas.table.resolved(ir.bare(part.type))
            if part.wire == wire and isinstance(listing, ir.Listing):
                return listing.item
    return None
