"""Forms, urlencoded and multipart: which of their properties are files, and what `encoding` says of each.

In JSON a file is text. In a form it is a part with a media type, so types are looked at again here, and `encoding`
decides what a value is given as.
"""

from __future__ import annotations

from collections.abc import Iterator

from attrs import evolve

from codegen import ir, media, naming
from codegen.parameters import STYLES, can_be_named, described, style_of
from codegen.references import Node
from codegen.schemas import Schemas
from codegen.shapes import Schema, Shape
from codegen.table import Site
from codegen.unions import combined, distinct

FILE = ir.Scalar("file")
_MOST_CHOICES = 64
"""A body with more ways to be filled in than this comes out as a mapping: keywords would say nothing any more."""
_UNWRITTEN = frozenset({"content-type", "content-disposition", "content-transfer-encoding"})
"""Headers of a part that are the client's business: OpenAPI says to ignore the first."""


def with_parts(body: ir.Body, content: Node, schemas: Schemas, stem: str, names: naming.Names) -> ir.Body:
    """Return a form with what `encoding` says of its properties, and with files where its schema has bytes."""
    multipart = body.kind == "multipart"
    properties = dict(_properties(content, schemas))
    if multipart:
        types = {part.wire: _part_type(part.type, properties.get(part.wire, ()), schemas) for part in body.fields}
        body = evolve(body, fields=tuple(evolve(part, type=types[part.wire]) for part in body.fields))
        if body.rest is not None:
            body = evolve(body, rest=evolve(body.rest, type=_with_files(body.rest.type, schemas)))
    fields = {part.wire: part for part in body.fields}
    known = {*fields, *properties} or None
    parts: list[ir.Part] = []
    for wire, node in content.entries("encoding"):
        if known is not None and wire not in known:
            schemas.report.note(node.where, f"the body has no property {wire!r}")
            continue
        field = fields.get(wire)
        part = _part(wire, node, body, field, schemas)
        if field is not None and multipart:
            headers = tuple(_headers(node, field, schemas, stem, names))
            part = evolve(part, headers=headers)
            fields[wire] = evolve(field, type=_given(field.type, part, node, schemas))
        if part != ir.Part(wire):
            parts.append(part)
    told = {part.wire for part in parts if part.media}
    if multipart:
        parts += _media_of_schemas(properties, told, schemas)
    body = evolve(body, fields=tuple(fields.values()), parts=tuple(_joined(parts)))
    return evolve(body, files=tuple(_files(body, properties, schemas))) if multipart else body


def _properties(content: Node, schemas: Schemas) -> Iterator[tuple[str, tuple[Node, ...]]]:
    """Yield what the schema of a form, or a branch of it, says of each property."""
    schema = content.get("schema")
    for shape in _leaves(Schema((schema,)), schemas) if schema else ():
        for wire, nodes in shape.properties.items():
            yield wire, tuple(nodes)


def _part(wire: str, node: Node, body: ir.Body, field: ir.Field | None, schemas: Schemas) -> ir.Part:
    names = (text.strip() for text in node.text("contentType").split(","))
    listed = tuple(name for name in names if media.SENDABLE.fullmatch(name))
    reserved = node.flag("allowReserved")
    styled = any(node.has(word) for word in ("style", "explode", "allowReserved"))
    # Before 3.1 the words of parameters have no meaning in a multipart body, and nowhere on a file.
    if not styled or (body.kind == "multipart" and (node.source.is_3_0 or (field and _is_file(field.type)))):
        return ir.Part(wire, listed)
    style, explode = style_of(node, "form")
    if style not in STYLES["query"]:
        schemas.report.note(node.where, f"{style!r} is no style of a property of a form: it goes without one")
        return ir.Part(wire, listed)
    return ir.Part(wire, (), (style, explode), reserved)


def _headers(node: Node, field: ir.Field, schemas: Schemas, stem: str, names: naming.Names) -> Iterator[ir.Parameter]:
    """Yield the headers of a part as parameters whose names begin with the part's."""
    for wire, entry in node.entries("headers"):
        if wire.lower() in _UNWRITTEN:
            continue
        header = schemas.library.follow(entry)
        if not can_be_named(wire, "header"):
            schemas.report.note(entry.where, f"{wire!r} is no name that a header can have: it is left out")
            continue
        found = described(header, wire, "header", schemas, stem + naming.pascal(field.wire, "Part"))
        name = names.take(f"{field.name.rstrip('_')}_{naming.snake(wire, 'header')}")
        yield evolve(found, name=name, required=found.required and field.required)


def _joined(parts: list[ir.Part]) -> Iterator[ir.Part]:
    """Make one of what is said of a property in two places."""
    by_wire: dict[str, ir.Part] = {}
    for part in parts:
        known = by_wire.get(part.wire)
        by_wire[part.wire] = evolve(known, media=known.media or part.media) if known else part
    yield from by_wire.values()


def _media_of_schemas(properties: dict[str, tuple[Node, ...]], told: set[str], schemas: Schemas) -> Iterator[ir.Part]:
    """Yield the media types that schemas state (`contentMediaType` of 3.1) where `encoding` states none."""
    for wire, nodes in properties.items():
        shape = schemas.shapes.of(Schema(nodes))
        if shape.items:
            shape = schemas.shapes.of(Schema(tuple(shape.items)))
        stated = shape.text("contentMediaType")
        if wire not in told and shape.binary and "/" in stated and stated != "application/octet-stream":
            yield ir.Part(wire, (stated,))


# --- types -----------------------------------------------------------------------------------------------------------


def form_type(type_: ir.Type, schema: Node, name: str, schemas: Schemas) -> ir.Type:
    """Return the type of a form that is one keyword."""
    resolved = schemas.table.resolved(ir.bare(type_))
    if isinstance(resolved, ir.Mapping):
        return _with_files(ir.Mapping(_with_files(resolved.value, schemas)), schemas)
    if media.essence(name).startswith("multipart/"):
        if isinstance(resolved, ir.Listing | ir.Row) and media.essence(name) != "multipart/form-data":
            item = resolved.item if isinstance(resolved, ir.Listing) else ir.Anything()
            return ir.Listing(_with_files(item, schemas))
        if schemas.holds(type_, ir.Scalar("binary")) or not schemas.table.is_object(resolved):
            schemas.report.note(schema.where, "the parts of this body are given as a mapping, by name")
            return ir.Mapping(FILE if resolved == ir.Scalar("binary") else ir.Anything())
    elif not schemas.table.is_object(resolved) and not isinstance(resolved, ir.Anything):
        schemas.report.note(schema.where, "a form has names and values: this one is given as a mapping")
        return ir.Mapping(ir.Anything())
    return type_


def _part_type(type_: ir.Type, nodes: tuple[Node, ...], schemas: Schemas) -> ir.Type:
    """Return the type of a part: a file where its schema has bytes, or may have them beside other text."""
    found = _with_files(type_, schemas)
    if not _holds_file(found) and any(leaf.binary for leaf in _leaves(Schema(nodes), schemas)):
        inner = ir.bare(found)
        members = inner.members if isinstance(inner, ir.Either) else (inner,)
        both = ir.Either((*members, FILE))
        return ir.Nullable(both) if isinstance(found, ir.Nullable) else both
    return found


def _with_files(type_: ir.Type, schemas: Schemas, seen: frozenset[str] = frozenset()) -> ir.Type:
    """Return a type with files in place of bytes, wherever bytes are not inside an object."""
    match type_:
        case ir.Scalar("binary"):
            return FILE
        case ir.Nullable(inner):
            return ir.nullable(_with_files(inner, schemas, seen))
        case ir.Listing(item):
            return ir.Listing(_with_files(item, schemas, seen))
        case ir.Either(members):
            return ir.Either(tuple(_with_files(member, schemas, seen) for member in members))
        case ir.Named(name) if name not in seen:
            schemas.settle()
            definition = schemas.table.definitions.get(name)
            inner = definition.type if isinstance(definition, ir.Alias) else type_
            if isinstance(definition, ir.Choice):
                inner = ir.Either(definition.members)
            if inner != type_ and (found := _with_files(inner, schemas, seen | {name})) != inner:
                return found
    return type_


def _holds_file(type_: ir.Type) -> bool:
    return any(part == FILE for part in ir.parts(type_))


def _is_file(type_: ir.Type) -> bool:
    """Return whether a property is a file, or several, and nothing else."""
    match type_:
        case ir.Nullable(inner) | ir.Listing(inner):
            return _is_file(inner)
        case ir.Either(members):
            return all(_is_file(member) for member in members)
    return type_ == FILE


def _given(type_: ir.Type, part: ir.Part, node: Node, schemas: Schemas) -> ir.Type:
    """Return what a part of a stated media type is given as: nothing but JSON is written from values."""
    if not part.media or _holds_file(type_):
        return type_
    kind = media.kind_of(part.media[0])
    if kind == "json" or (kind == "text" and schemas.depth_of(type_) == 0):
        return type_
    new = ir.Scalar("str") if kind == "text" else FILE
    if kind == "text":
        schemas.report.note(node.where, f"the part {part.wire!r} is given as the text of its {part.media[0]}")
    inner = ir.bare(type_)
    found = ir.Listing(new) if isinstance(inner, ir.Listing) else new
    return ir.Nullable(found) if isinstance(type_, ir.Nullable) else found


def _files(body: ir.Body, properties: dict[str, tuple[Node, ...]], schemas: Schemas) -> Iterator[str]:
    """Yield the properties that are files and nothing else."""
    if body.fields:
        yield from (field.wire for field in body.fields if _is_file(field.type))
        return
    for wire, nodes in properties.items():
        if all(leaf.binary for leaf in _leaves(Schema(nodes), schemas)):
            yield wire


# --- choices ---------------------------------------------------------------------------------------------------------


def fields_of_choice(schema: Node, schemas: Schemas, name: str) -> list[ir.Field]:
    """Return the properties of all branches of a body that holds files; none where one of them is no plain object.

    What one branch has and another has not may be missing. So a file keeps its keyword in a body that is a choice.
    """
    leaves = _leaves(Schema((schema,)), schemas)
    properties = [tuple(nodes) for leaf in leaves for nodes in leaf.properties.values()]
    if not all(leaf.properties for leaf in leaves) or not any(_is_bytes(nodes, schemas) for nodes in properties):
        return []
    found: dict[str, list[ir.Field]] = {}
    for leaf in leaves:
        for field in schemas.fields_of(leaf, name, naming.Names()):
            found.setdefault(field.wire, []).append(field)
    names = naming.Names()
    return [_merged(fields, len(leaves), name, names, schemas) for fields in found.values()]


def _is_bytes(nodes: tuple[Node, ...], schemas: Schemas) -> bool:
    """Return whether a property is bytes or a list of them, in one way to read it at least."""
    leaves = _leaves(Schema(nodes), schemas)
    items = [Schema(tuple(leaf.items)) for leaf in leaves if leaf.items]
    return any(leaf.binary for leaf in (*leaves, *(each for item in items for each in _leaves(item, schemas))))


def _merged(fields: list[ir.Field], branches: int, name: str, names: naming.Names, schemas: Schemas) -> ir.Field:
    """Make one field of what the branches say of a property."""
    first = fields[0]
    types = distinct(_with_files(field.type, schemas) for field in fields)
    type_ = types[0]
    if len(types) > 1 and any(_holds_file(one) for one in types):
        bare = [ir.bare(one) for one in types]
        flat = distinct(member for one in bare for member in (one.members if isinstance(one, ir.Either) else (one,)))
        type_ = ir.Either(tuple(flat)) if len(flat) > 1 else flat[0]
        type_ = ir.Nullable(type_) if any(isinstance(one, ir.Nullable) for one in types) else type_
    elif len(types) > 1:
        type_ = combined(schemas.table, types, Site(name).inside(first.wire))
    required = len(fields) == branches and all(field.required for field in fields)
    return evolve(first, name=names.take(naming.snake(first.wire, "field")), type=type_, required=required)


def _leaves(schema: Schema, schemas: Schemas) -> list[Shape]:
    """Return a schema in each way in which its unions can be decided."""
    done: list[Shape] = []
    queue = [schema]
    while queue and len(done) + len(queue) <= _MOST_CHOICES:
        current = queue.pop(0)
        shape = schemas.shapes.of(current)
        union = shape.unions[0] if shape.unions else None
        if union is None or not union.members:
            done.append(shape)
            continue
        decided = current.decided | {union.id}
        queue += [Schema((*current.nodes, member), decided) for member in union.members]
    return done if not queue else [schemas.shapes.of(schema)]
