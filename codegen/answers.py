"""Answers: what comes back with each status, and how a list continues on further pages."""

from __future__ import annotations

from collections.abc import Iterator

from codegen import ir, media
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
