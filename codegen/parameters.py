"""Parameters of an operation: in its path, its query, its headers and its cookies."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, get_args

from attrs import evolve, frozen

from codegen import ir, media, naming
from codegen.references import Node, pointer_text
from codegen.schemas import Schemas, with_default

KEYWORDS = frozenset({"self", "options", "present", "given", "with_headers", "models", "UNSET"})
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

_JSON: ir.Style = ("json", False)

_IGNORED = frozenset({"accept", "content-type", "authorization"})
"""Headers that OpenAPI says to ignore as parameters (3.1, section 4.8.12.2)."""

_FRAMING = frozenset({
    "connection", "content-length", "expect", "host", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade",
})  # fmt: skip
"""Headers that are the client's business: they say how the request itself is sent."""

_NAMED = {
    "header": re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"),
    "cookie": re.compile(r"[\x21\x23-\x2b\x2d-\x3a\x3c\x3e-\x5b\x5d-\x7e]+"),
}
"""What a header may be called (RFC 9110, section 5.6.2), and what a cookie can be: more names than it may."""


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
        elif not can_be_named(wire, place):
            report = schemas.report.error if node.flag("required") else schemas.report.note
            report(node.where, f"{wire!r} is no name that a {place} can have: it is left out")
        elif place == "header" and wire.lower() in _FRAMING:
            schemas.report.note(node.where, f"the client writes {wire} itself: it is no parameter")
        elif place != "header" or wire.lower() not in _IGNORED:
            yield _parameter(node, place, schemas, stem, names)  # type: ignore[arg-type]


def can_be_named(wire: str, place: str) -> bool:
    """Return whether a parameter in a place can have a name."""
    return place not in _NAMED or _NAMED[place].fullmatch(wire) is not None


def _taken(wire: str, place: str, names: naming.Names) -> str:
    name = naming.snake(wire, "parameter")
    return names.take(name, f"{name.rstrip('_')}_{place}")


def _parameter(node: Node, place: ir.ParameterPlace, schemas: Schemas, stem: str, names: naming.Names) -> ir.Parameter:
    wire = node.text("name")
    found = described(node, wire, place, schemas, stem)
    return evolve(found, name=_taken(wire, place, names))


def described(node: Node, wire: str, place: ir.ParameterPlace, schemas: Schemas, stem: str) -> ir.Parameter:
    """Return a parameter, or a header of a part of a form, that has no Python name yet."""
    written = _content(node, schemas)
    schema, style = written or (node.get("schema"), _style(node, place, schemas))
    shape = schemas.shape_of(schema) if schema else None
    type_: ir.Type = ir.Anything() if style == _JSON else ir.Scalar("str")
    if schema:
        type_ = schemas.type_of(schema, stem + naming.pascal(wire, "Parameter"), f"The parameter `{wire}`.")
    if written is None and schemas.depth_of(type_) > 1 and (style is None or style[0] != "deepObject"):
        schemas.report.note(node.where, f"{wire!r} nests arrays or objects: what is inside another goes as JSON")
    if node.flag("allowEmptyValue") and place == "query":
        type_ = _or_empty(type_, schemas)
    doc = node.text("description") or (schema.text("description") if schema else "")
    return ir.Parameter(
        name="",
        wire=wire,
        place=place,
        type=ir.bare(type_),
        required=node.flag("required") or place == "path",
        doc=with_default(doc, shape.value("default")) if shape else doc,
        secret=node.flag("x-secret") or bool(shape and shape.flag("x-secret")),
        deprecated=node.flag("deprecated"),
        style=style,
        reserved=node.flag("allowReserved") and place == "query" and written is None,
        pointer=pointer_text(node.pointer),
    )


def _or_empty(type_: ir.Type, schemas: Schemas) -> ir.Type:
    """Return a type that takes the empty text too."""
    inner = ir.bare(type_)
    members = inner.members if isinstance(inner, ir.Either) else (inner,)
    if any(isinstance(member, ir.Anything) or schemas.table.is_open(member) for member in members):
        return type_
    if any(schemas.table.resolved(member) in (ir.Scalar("str"), ir.Scalar("binary")) for member in members):
        return type_
    return ir.Either((*members, ir.Fixed(("",))))


def _content(node: Node, schemas: Schemas) -> tuple[Node | None, ir.Style | None] | None:
    """Return the schema and the style of a parameter that is written as a media type, or None for any other.

    Nothing but JSON is written from values: what has another media type is given as its text.
    """
    for name, content in node.entries("content"):
        if media.kind_of(name) == "json":
            return content.get("schema"), _JSON
        schema = content.get("schema")
        plain = schema is not None and schemas.shape_of(schema).kinds <= {"string", "integer", "number", "boolean"}
        if schema is not None and not plain:
            schemas.report.note(content.where, f"a parameter that is {name} is given as its text")
        return schema if plain else None, None
    return None


def _style(node: Node, place: ir.ParameterPlace, schemas: Schemas) -> ir.Style | None:
    """Return the style of a parameter where that is not what its place has by default."""
    style, explode = style_of(node, _STYLES[place][0])
    if style not in STYLES[place]:
        schemas.report.note(node.where, f"{style!r} is no style of a {place} parameter: it is written as any other")
        style = _STYLES[place][0]
        explode = node.value["explode"] if isinstance(node.value.get("explode"), bool) else _STYLES[place][1]
    return None if (style, explode) == _STYLES[place] else (style, explode)


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
