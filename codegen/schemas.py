"""Turns schemas into types and definitions: hoists and names what stands inline, decides unions, keeps what is said.

Definitions are made in the order in which they are met, components first, so that names and files depend on nothing
but the document.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable, Iterator
from typing import Any, Literal

from attrs import Factory, define, evolve, field

from codegen import ir, naming
from codegen.discriminators import constants, meant, own_constants, reference_names, tells_apart
from codegen.enumerations import constants_of, enumerated, enumeration, listed
from codegen.reach import names_reached, types_in
from codegen.recursion import without_knots
from codegen.references import Library, Node, pointer_text
from codegen.report import Report
from codegen.shapes import Schema, Shape, Shapes, Union
from codegen.table import Site, Table
from codegen.unions import Tags, combined, either

FIELD_NAMES = frozenset({"self", "attrs", "builtins", "blank"})
"""Names that no field may take: the constructor or the class around it needs them."""

_SCALARS: dict[str, ir.ScalarKind] = {"string": "str", "integer": "int", "number": "float", "boolean": "bool"}
_FORMATS: dict[str, ir.ScalarKind] = {"date-time": "datetime", "date": "date"}
_GUESSES: dict[str, ir.Guess] = {"object": "object", "array": "array"}
_MOST_VARIANTS = 256
"""A union with more members than this comes out as anything: nothing would be readable, and merging costs squares."""

_Place = tuple[str, tuple[str, ...]]


@define
class Schemas:
    """The types and definitions of one document."""

    library: Library
    report: Report
    table: Table = Factory(Table)
    shapes: Shapes = field(init=False)
    _components: dict[_Place, str] = Factory(dict[_Place, str])
    _building: set[str] = Factory(set[str])
    _types: dict[object, ir.Type] = Factory(dict[object, ir.Type])
    _queue: deque[tuple[Site, Shape]] = Factory(deque[tuple[Site, Shape]])
    _children: dict[_Place, list[Node]] = Factory(dict[_Place, list[Node]])
    _guesses: dict[str, ir.Guess] = Factory(dict[str, ir.Guess])

    def __attrs_post_init__(self) -> None:
        self.shapes = Shapes(self.library)

    # --- from outside ------------------------------------------------------------------------------------------------

    def components(self) -> None:
        """Name every component first, so that what stands inline makes way for it, then define each."""
        components = self.library.document.get("components")
        nodes = [node for _, node in components.entries("schemas")] if components else []
        for node in nodes:
            self._components[node.place] = self.table.new_name(node.pointer[-1])
            for branch in node.each("allOf"):
                if branch.reference is not None:
                    self._children.setdefault(self.library.follow(branch).place, []).append(node)
        for node in nodes:
            self._define(node)
        self.settle()

    def settle(self) -> None:
        """Build the fields of every model met so far."""
        while self._queue:
            site, shape = self._queue.popleft()
            hides_dates = not shape.properties.keys().isdisjoint({"date", "datetime"})
            names = naming.Names.besides(FIELD_NAMES | {"dt"} if hides_dates else FIELD_NAMES)
            fields = tuple(self.fields_of(shape, site.name, names))
            rest = self.rest_of(shape, site.name, names)
            closed = shape.open is False and not shape.rest
            self.table.add(ir.Model(site.name, fields, rest, site.doc, site.pointer, closed))

    def finished(self) -> tuple[ir.Definition, ...]:
        """Return the definitions in the order in which they were named."""
        self.settle()
        return without_knots(self.table.finished(), self.report)

    def type_of(self, node: Node, name: str, doc: str) -> ir.Type:
        """Return the type of a schema; a class for it would have this name, and this docstring if it has none."""
        return self._type(Schema((node,)), Site(name, doc))

    @property
    def component_names(self) -> frozenset[str]:
        """The Python names of all components, and of what was referred to as if it were one."""
        return frozenset(self._components.values())

    def holds(self, type_: ir.Type, wanted: ir.Type) -> bool:
        """Return whether a type, or a definition that it leads to, is made of another one."""
        self.settle()
        reached = names_reached([type_], self.table.definitions)
        types = [type_, *(part for name in reached for part in types_in(self.table.definitions[name]))]
        return any(part == wanted for found in types for part in ir.parts(found))

    def depth_of(self, type_: ir.Type, seen: frozenset[str] = frozenset()) -> int:
        """Return how deeply arrays and objects nest in a type: 0 for a plain value, 2 at most."""
        inner: Iterable[ir.Type] = ()
        deeper = isinstance(type_, ir.Listing | ir.Row | ir.Mapping)
        match type_:
            case ir.Listing(part) | ir.Mapping(part):
                inner = (part,)
            case ir.Nullable(part):
                inner = (part,)
            case ir.Row(members) | ir.Either(members):
                inner = members
            case ir.Named(name):
                if name in seen:
                    return 2
                if name not in self.table.definitions:
                    self.settle()
                seen |= {name}
                definition = self.table.definitions.get(name)
                deeper = isinstance(definition, ir.Model)
                inner = types_in(definition) if definition else ()
            case _:
                return 0
        deepest = int(deeper)
        for part in inner:
            if deepest == 2:
                break  # as deep as it gets; what else there is may be a whole document
            deepest = max(deepest, min(2, deeper + self.depth_of(part, seen)))
        return deepest

    def shape_of(self, node: Node) -> Shape:
        """Return what a schema says, flattened."""
        return self.shapes.of(Schema((node,)))

    def component_name(self, node: Node) -> str | None:
        """Return the Python name of the component that stands at a place, if one does."""
        return self._components.get(node.place)

    def fields_of(self, shape: Shape, name: str, names: naming.Names) -> Iterator[ir.Field]:
        """Yield the properties of an object as fields; `name` is what classes inside it are named after."""
        for wire, nodes in shape.properties.items():
            if not any(node.value is False for node in nodes):
                yield evolve(self._field(wire, tuple(nodes), name, names), required=wire in shape.required)
        for wire in shape.required:
            if wire not in shape.properties:
                self.report.note(shape.nodes[-1].where, f"{wire!r} is required and not described: it may be anything")
                yield ir.Field(names.take(naming.snake(wire, "field")), wire, ir.Anything(), required=True)

    def rest_of(self, shape: Shape, name: str, names: naming.Names) -> ir.Field | None:
        """Return the field for unknown properties, where the document types or expressly allows them."""
        if not shape.rest and not shape.open:
            return None
        type_ = self._value_type(shape, Site(name)) if shape.rest else ir.Anything()
        taken = names.take("additional_properties")
        return ir.Field(taken, "", type_, required=False, doc="Properties that the document does not name.")

    # --- types -------------------------------------------------------------------------------------------------------

    def _type(self, schema: Schema, site: Site) -> ir.Type:
        key = (schema.key, site.name if site.define else None)
        found = self._types.get(key)
        if found is None:
            found = self._types[key] = self._decide(schema, site)
        return found

    def _decide(self, schema: Schema, site: Site) -> ir.Type:
        target = self._target(schema, site)
        shape = self.shapes.of(schema)
        site = site.about(_doc(shape), pointer_text(schema.nodes[-1].pointer))
        if target is not None:
            type_ = self._named(target)
            if self.table.resolved(type_) == ir.NULL and not site.define:
                return ir.NULL
            takes_null = shape.null or (shape.null is None and isinstance(self.table.resolved(type_), ir.Anything))
        else:
            type_ = self._described(schema, site)
            takes_null = bool(shape.null)
        guess = ir.guess_of(type_)
        if site.define and (ir.bare(type_) != ir.Named(site.name) or not self.table.has(site.name)):
            self.table.add(ir.Alias(site.name, ir.guessed(ir.bare(type_), ""), site.doc, site.pointer))
            type_ = ir.Named(site.name, guess=guess)
        if site.define and guess:
            self._guesses[site.name] = guess
        return ir.nullable(type_) if takes_null else type_

    def _target(self, schema: Schema, site: Site) -> Node | None:
        """Return the schema that this one merely names: by `$ref`, or because it is a component itself."""
        target = self.shapes.reference(schema)
        if (
            target is not None
            and site.define
            and schema.nodes[0].reference is None
            and self.shapes.of(schema).properties
        ):
            return None  # a component that extends another one and adds nothing is a class of its own
        if target is None and not site.define and len(schema.nodes) == 1 and not schema.decided:
            return schema.nodes[0] if schema.nodes[0].place in self._components else None
        return target

    def _named(self, node: Node) -> ir.Type:
        """Return the name of a component, defining it first where that has not been done."""
        found = self._define(self.library.follow(node))
        return evolve(found, guess=self._guesses.get(found.name, ""))

    def _define(self, node: Node) -> ir.Named:
        name = self._components.get(node.place)
        if name is None:
            name = self._components[node.place] = self.table.new_name(_name_from(node))
        if name in self.table.definitions or name in self.table.objects:
            return ir.Named(name)
        if name in self._building:
            return ir.Named(name)  # an alias that contains itself: `codegen.recursion` sees to it
        self._building.add(name)
        self._type(Schema((node,)), Site(name, f"The schema `{_last_name(node)}`.", define=True))
        self._building.discard(name)
        return ir.Named(name)

    def _described(self, schema: Schema, site: Site) -> ir.Type:
        """Return the type of a schema that says itself what it is."""
        shape = self.shapes.of(schema)
        if shape.unions:
            type_ = self._union(schema, shape, site)
            return ir.guessed(type_, "all") if shape.unions[0].takes_all else type_
        if shape.enum is not None:
            return self._enumerated(schema, shape, site)
        return self._plain(schema, shape, site)

    def _plain(self, schema: Schema, shape: Shape, site: Site) -> ir.Type:
        kinds = sorted(shape.kinds & {*_SCALARS, "array", "object"})
        if "number" in kinds and "integer" in kinds:
            kinds.remove("integer")
        if not kinds and shape.types is not None:
            if shape.null:
                return ir.NULL
            self.report.note(schema.where, "nothing can satisfy this schema's types: it may be anything")
        site = site if len(kinds) < 2 else evolve(site, define=False)
        type_ = combined(self.table, [self._of_kind(kind, schema, shape, site) for kind in kinds], site)
        return ir.guessed(type_, _GUESSES.get(kinds[0], "all")) if shape.implied else type_

    def _of_kind(self, kind: str, schema: Schema, shape: Shape, site: Site) -> ir.Type:
        if kind == "object":
            return self._object(schema, shape, site)
        if kind == "array":
            return self._array(shape, site)
        if kind == "string" and shape.binary:
            return ir.Scalar("binary")
        return ir.Scalar(_FORMATS.get(shape.format, "str") if kind == "string" else _SCALARS[kind])

    def _object(self, schema: Schema, shape: Shape, site: Site) -> ir.Type:
        if not shape.properties:
            return ir.Mapping(self._value_type(shape, site))
        children = self._descendants(schema.nodes[0]) if site.define and len(schema.nodes) == 1 else []
        discriminator = next((found for node in shape.nodes if (found := node.get("discriminator"))), None)
        if children and discriminator is not None:
            return self._family(schema, shape, site, discriminator, children)
        return self._model(shape, evolve(site, name=self.table.claim(site)))

    def _model(self, shape: Shape, site: Site) -> ir.Named:
        self.table.objects.add(site.name)
        self._queue.append((site, shape))
        return ir.Named(site.name)

    def _value_type(self, shape: Shape, site: Site) -> ir.Type:
        """Return the type of the properties that an object does not name."""
        inside = site.inside("value", of="A value")
        return combined(self.table, [self._type(Schema((node,)), inside) for node in shape.rest], inside)

    def _array(self, shape: Shape, site: Site) -> ir.Type:
        inside = site.inside("item", of="An item")
        described = tuple(node for node in shape.items if not isinstance(node.value, bool))
        items = [self._type(Schema(described), inside)] if described else []
        prefix = [
            self._type(Schema((node,)), evolve(inside, name=f"{inside.name}{index}"))
            for index, node in enumerate(shape.prefix, 1)
        ]
        length = len(prefix)
        ends = any(node.value is False for node in shape.items) or shape.limits.get("maxItems") == length
        if prefix and ends and shape.limits.get("minItems") == length:
            return ir.Row(tuple(prefix))
        if prefix and not ends and not items:
            return ir.Listing(ir.Anything())
        return ir.Listing(combined(self.table, [*prefix, *items], inside))

    # --- constants and enumerations ----------------------------------------------------------------------------------

    def _enumerated(self, schema: Schema, shape: Shape, site: Site) -> ir.Type:
        if shape.enum == [None] and not (shape.types or frozenset()) - {"null"}:
            return ir.NULL
        is_open = shape.value("x-open") is not False
        types = enumerated(self.table, listed(shape), site, fixed=shape.fixed, is_open=is_open)
        return either(types) if types else self._plain(schema, shape, site)

    # --- unions ------------------------------------------------------------------------------------------------------

    def _union(self, schema: Schema, shape: Shape, site: Site) -> ir.Type:
        union = shape.unions[0]
        decided = schema.decided | {union.id}
        base = Schema(schema.nodes, decided)
        base_shape = self.shapes.of(base)
        members = [member for member in union.members if not self._only_narrows(member, base_shape)]
        if len(members) > _MOST_VARIANTS:
            self.report.note(schema.where, f"a union of {len(members)} members: it may be anything")
            return ir.Anything()
        if not members:
            return self._described(base, site)
        titled = constants_of(self.shapes.of(Schema((member,))) for member in members)
        if titled is not None and not base_shape.unions:
            kind: Literal["str", "int"] = "str" if isinstance(titled[0].value, str) else "int"
            return enumeration(self.table, kind, titled, site, is_open=shape.value("x-open") is not False)
        if (listing := self._opened(members)) is not None and not base_shape.unions:
            return self._described(Schema((listing,)), site)
        merge = base_shape.substantive or bool(base_shape.unions)
        schemas = [Schema((*schema.nodes, member), decided) if merge else Schema((member,)) for member in members]
        possible = [index for index, item in enumerate(schemas) if not self.shapes.of(item).contradictory]
        if possible:  # what stands beside a union may leave only some of its members
            members, schemas = [members[index] for index in possible], [schemas[index] for index in possible]
        if len(schemas) == 1:
            sole = self.shapes.reference(schemas[0]) is None and schemas[0].nodes[0].place not in self._components
            return (
                self._described(schemas[0], site)
                if sole
                else ir.bare(self._type(schemas[0], evolve(site, define=False)))
            )
        types = [
            self._type(item, site.inside(self._variant_name(member, index), of="A variant"))
            for index, (item, member) in enumerate(zip(schemas, members, strict=True), 1)
        ]
        bare = [ir.bare(type_) for type_ in types]
        return combined(self.table, bare, site, lambda: self._tags(union, members, schemas, bare))

    def _only_narrows(self, member: Node, base: Shape) -> bool:
        """Return whether a member adds no type of its own: it says which properties of the others must be there."""
        if not isinstance(member.value, dict):
            return member.value is False
        shape = self.shapes.of(Schema((member,)))
        if shape.substantive or shape.unions or not shape.kinds <= {"object"}:
            return False
        return bool(base.properties) or (bool(shape.required) and shape.types is None)

    def _opened(self, members: list[Node]) -> Node | None:
        """Return the enumeration that stands beside any string, if that is what a union is: it takes others anyway."""
        shapes = [self.shapes.of(Schema((member,))) for member in members]
        listing = [member for member, shape in zip(members, shapes, strict=True) if shape.enum and not shape.fixed]
        plain = [shape for shape in shapes if shape.enum is None and shape.kinds == {"string"} and not shape.unions]
        if len(listing) != 1 or len(plain) != len(members) - 1 or listing[0].reference is not None:
            return None
        values = listed(self.shapes.of(Schema((listing[0],))))
        return listing[0] if all(isinstance(value.value, str) for value in values) else None

    def _variant_name(self, member: Node, index: int) -> str:
        if member.reference is not None:
            return _last_name(self.library.follow(member))
        title = member.text("title")
        return title if 0 < len(title) <= 40 else f"Variant{index}"

    def _tags(self, union: Union, members: list[Node], schemas: list[Schema], types: list[ir.Type]) -> Tags:
        """Return the property that tells members apart, and which value means which member."""
        shapes = [self.shapes.of(schema) for schema in schemas]
        stated = union.discriminator
        tag = stated.text("propertyName") if stated else ""
        tag = tag or next((name for name in shapes[0].properties if tells_apart(self.shapes, name, shapes)), "")
        if not tag:
            return None, ()
        named = {self.library.follow(member).place: type_ for member, type_ in zip(members, types, strict=True)}
        tags: dict[str, ir.Type] = dict(self._mapped(stated, named)) if stated else {}
        own = own_constants([constants(self.shapes, shape, tag) for shape in shapes])
        for member, values, type_ in zip(members, own, types, strict=True):
            for value in values:
                tags.setdefault(value, type_)
            name = _implied_tag(self.library.follow(member))
            if stated and member.reference is not None and name and type_ not in tags.values():
                tags.setdefault(name, type_)
        objects = [type_ for type_ in types if self.table.is_object(ir.bare(type_))]
        return (tag, tuple(tags.items())) if all(type_ in tags.values() for type_ in objects) else (None, ())

    def _mapped(self, discriminator: Node, members: dict[_Place, ir.Type]) -> Iterator[tuple[str, ir.Type]]:
        """Yield the mapping of a discriminator; a member of the union is what it has become there."""
        names = reference_names(discriminator.source.name, members, self._components)
        for value, target in discriminator.entries("mapping"):
            if isinstance(target.value, str):
                found = meant(self.library, target, names)
                if found is None:
                    self.report.note(target.where, f"{target.value!r} leads nowhere: {value!r} says nothing")
                else:
                    yield value, members.get(found.place) or self._named(found)

    # --- families: a discriminator on a schema that others extend by allOf -------------------------------------------

    def _descendants(self, node: Node) -> list[Node]:
        """Return the components that extend one, directly or not."""
        found: dict[_Place, Node] = {}
        queue = list(self._children.get(node.place, ()))
        while queue:
            child = queue.pop(0)
            if child.place not in found and child.place != node.place:
                found[child.place] = child
                queue += self._children.get(child.place, ())
        return list(found.values())

    def _family(self, schema: Schema, shape: Shape, site: Site, discriminator: Node, children: list[Node]) -> ir.Type:
        """Define a base and everything that extends it as a choice under the base's name."""
        tag = discriminator.text("propertyName")
        base = self._model(shape, evolve(site, name=self.table.new_name(f"{site.name}Base")))
        self.table.add(ir.Choice(site.name, (base,), tag or None, (), site.doc, site.pointer, base))
        types = [self._named(child) for child in children]
        named = {child.place: type_ for child, type_ in zip(children, types, strict=True)}
        named[schema.nodes[0].place] = base
        mapped = self._mapped(discriminator, named)
        tags: dict[str, ir.Type] = {value: type_ for value, type_ in mapped if type_ in named.values()}
        own = own_constants([constants(self.shapes, self.shapes.of(Schema((child,))), tag) for child in children])
        for child, values, type_ in zip(children, own, types, strict=True):
            for value in values:
                tags.setdefault(value, type_)
            if type_ not in tags.values():
                tags.setdefault(child.pointer[-1], type_)
        if base not in tags.values():
            tags.setdefault(schema.nodes[0].pointer[-1], base)
        return self.table.add(
            ir.Choice(site.name, (*types, base), tag or None, tuple(tags.items()), site.doc, site.pointer, base)
        )

    # --- properties --------------------------------------------------------------------------------------------------

    def _field(self, wire: str, nodes: tuple[Node, ...], parent: str, names: naming.Names) -> ir.Field:
        schema = Schema(nodes)
        shape = self.shapes.of(schema)
        name = naming.snake(wire, "field")
        return ir.Field(
            name=names.take(name, f"{name}_"),
            wire=wire,
            type=self._type(schema, Site(parent).inside(wire)),
            required=False,
            doc=with_default(_site_doc(nodes, shape), shape.value("default")),
            secret=shape.flag("x-secret"),
            deprecated=any(node.flag("deprecated") for node in nodes),
            direction="out" if shape.flag("readOnly") else "in" if shape.flag("writeOnly") else "both",
            pointer=pointer_text(nodes[-1].pointer),
        )


def _doc(shape: Shape) -> str:
    return shape.text("description") or shape.text("title")


def _site_doc(nodes: tuple[Node, ...], shape: Shape) -> str:
    """Return what is said about a property where it stands; what its class says is said there."""
    own = next((text for node in reversed(nodes) if (text := node.text("description"))), "")
    if own or any(node.reference is not None for node in nodes):
        return own
    return shape.text("description")


def with_default(doc: str, default: Any) -> str:
    """Return what is said about a property or parameter, and what it is when left out, if that is not said yet.

    It is said and no more: what is not sent is the server's to fill in, also when its default changes.
    """
    text = json.dumps(default, ensure_ascii=False)
    if default in (None, "", [], {}) or len(text) > 60 or "default" in doc.casefold():
        return doc
    return f"{doc}\n\nDefault: `{text}`.".strip()


def _name_from(node: Node) -> str:
    """Return a name for a schema that is referred to and is no component of the document."""
    passed = {"components", "schemas", "properties", "paths", "schema", "content", "definitions", "$defs"}
    return "_".join(token for token in node.pointer if token not in passed) or node.source.path.stem


def _last_name(node: Node) -> str:
    return node.pointer[-1] if node.pointer else node.source.path.stem


def _implied_tag(node: Node) -> str:
    """Return the value that stands for a schema where no mapping does: the name of a component, or of a file."""
    named = not node.pointer or (len(node.pointer) == 3 and node.pointer[:2] == ("components", "schemas"))
    return _last_name(node) if named else ""
