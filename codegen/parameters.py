"""Parameters of an operation: in its path, its query, its headers and its cookies."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, get_args

from attrs import frozen

from codegen import ir, media, naming
from codegen.references import Node, pointer_text
from codegen.schemas import Schemas

KEYWORDS = frozenset({"self", "options", "present", "given", "models", "UNSET"})
"""Names that a parameter of a method may not take: the method's body needs them."""

_STYLES: dict[ir.ParameterPlace, tuple[str, bool]] = {
    "path": ("simple", False),
    "query": ("form", True),
    "header": ("simple", False),
    "cookie": ("form", True),
}
"""The style that a place has by default, and whether it explodes."""

STYLES: dict[ir.ParameterPlace, frozenset[str]] = {
    "path": frozenset({"simple", "label", "matrix"}),
    "query": frozenset({"form", "spaceDelimited", "pipeDelimited", "deepObject"}),
    "header": frozenset({"simple"}),
    "cookie": frozenset({"form"}),
}
"""The styles that a place can have (3.1, section 4.8.12.3)."""

_IGNORED = frozenset({"accept", "content-type", "authorization"})
"""Headers that OpenAPI says to ignore as parameters (3.1, section 4.8.12.2)."""

_FRAMING = frozenset({
    "connection", "content-length", "expect", "host", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade",
})  # fmt: skip
"""Headers that are the client's business: they say how the request itself is sent."""

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""What a header, or a cookie, may be called (RFC 9110, section 5.6.2)."""


@frozen
class Call:
    """One operation as the document has it: its verb, its path, its node and the path item around it."""

    verb: str
    path: str
    node: Node
    item: Node

    @property
    def wire_path(self) -> str:
        """The path as it is sent: a fragment, by which some documents tell one path from another, never is."""
        return self.path.partition("#")[0]


def parameters_of(call: Call, schemas: Schemas, stem: str, names: naming.Names) -> Iterator[ir.Parameter]:
    """Yield the parameters of a call, those in the path first and in its order.

    What the path item says is overridden by the operation. `stem` is what classes for inline schemas are named after.
    """
    declared: dict[tuple[str, str], Node] = {}
    for owner in (call.item, call.node):
        for entry in owner.each("parameters"):
            node = schemas.library.follow(entry)
            declared[node.text("in"), node.text("name")] = node
    if re.search(r"[{}]", re.sub(r"\{[^{}]+\}", "", call.wire_path)):
        schemas.report.error(call.node.where, "a brace in the path names no parameter")
    for wire in dict.fromkeys(re.findall(r"\{([^{}]+)\}", call.wire_path)):
        described = declared.pop(("path", wire), None)
        if described is not None:
            yield _parameter(described, "path", schemas, stem, names)
            continue
        schemas.report.note(call.node.where, f"{{{wire}}} in the path is not described: it is taken to be text")
        yield ir.Parameter(_taken(wire, "path", names), wire, "path", ir.Scalar("str"), required=True)
    for (place, wire), node in declared.items():
        if place == "path":
            schemas.report.note(node.where, f"the path {call.path} has no {{{wire}}}")
        elif place not in get_args(ir.ParameterPlace):
            schemas.report.error(node.where, f"a parameter cannot be in {place!r}")
        elif place in ("header", "cookie") and not _TOKEN.fullmatch(wire):
            report = schemas.report.error if node.flag("required") else schemas.report.note
            report(node.where, f"{wire!r} is no name that a {place} can have: it is left out")
        elif place == "header" and wire.lower() in _FRAMING:
            schemas.report.note(node.where, f"the client writes {wire} itself: it is no parameter")
        elif place != "header" or wire.lower() not in _IGNORED:
            yield _parameter(node, place, schemas, stem, names)  # type: ignore[arg-type]


def _taken(wire: str, place: str, names: naming.Names) -> str:
    name = naming.snake(wire, "parameter")
    return names.take(name, f"{name.rstrip('_')}_{place}")


def _parameter(node: Node, place: ir.ParameterPlace, schemas: Schemas, stem: str, names: naming.Names) -> ir.Parameter:
    wire = node.text("name")
    schema, style = _schema(node, place, schemas)
    shape = schemas.shape_of(schema) if schema else None
    type_ = (
        schemas.type_of(schema, stem + naming.pascal(wire, "Parameter"), f"The parameter `{wire}`.")
        if schema
        else ir.Scalar("str")
    )
    if (style is None or style[0] != "json") and schemas.depth_of(type_) > 1:
        schemas.report.error(node.where, f"{wire!r} nests arrays or objects, and nothing says how they are written")
    return ir.Parameter(
        name=_taken(wire, place, names),
        wire=wire,
        place=place,
        type=ir.bare(type_),
        required=node.flag("required") or place == "path",
        doc=node.text("description") or (schema.text("description") if schema else ""),
        secret=node.flag("x-secret") or bool(shape and shape.flag("x-secret")),
        deprecated=node.flag("deprecated"),
        style=style,
        pointer=pointer_text(node.pointer),
    )


def _schema(node: Node, place: ir.ParameterPlace, schemas: Schemas) -> tuple[Node | None, ir.Style | None]:
    """Return the schema of a parameter, and its style where that is not what its place has by default."""
    for name, content in node.entries("content"):
        kind = media.kind_of(name)
        if kind not in ("json", "text"):
            schemas.report.error(content.where, f"a parameter cannot be written as {name}")
        return content.get("schema"), ("json", False) if kind == "json" else None
    chosen = style_of(node, _STYLES[place][0])
    if chosen[0] not in STYLES[place]:
        schemas.report.error(node.where, f"{chosen[0]!r} is no style of a {place} parameter")
        return node.get("schema"), None
    return node.get("schema"), None if chosen == _STYLES[place] else chosen


def style_of(node: Node, default: str) -> ir.Style:
    """Return the style that a parameter, or a property of a form, is written in."""
    style = node.text("style") or default
    explode = node.value.get("explode")
    return style, explode if isinstance(explode, bool) else style in {"form", "deepObject"}


def key_of(call: Call, schemas: Schemas) -> ir.Key | None:
    """Return where the operation's idempotency key is on the wire; its keyword is named later."""
    node = call.node.get("x-idempotency-key")
    if node is None:
        return None
    places: dict[str, Literal["body", "header", "query"]] = {"body": "body", "header": "header", "query": "query"}
    place = places.get(node.text("in"))
    if place is None or not node.text("name"):
        schemas.report.error(node.where, "needs `in` (body, header or query) and `name`")
        return None
    return ir.Key(place, node.text("name"), "", node.flag("generate"), node.text("unless") or None)
