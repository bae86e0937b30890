"""Flattens a schema: follows `$ref`, merges `allOf`, tells null apart, and leaves unions to be decided on.

A schema is a conjunction of nodes (a property that two branches of an `allOf` describe has two). Flattening walks
them all and gathers what they say together. It never looks into properties, items or union members, so it terminates
on recursive schemas and is cheap enough to be asked about the same place again.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from attrs import Factory, define, field, frozen

from codegen.references import DYNAMIC, Library, Node
from codegen.report import Refusal

UnionId = tuple[tuple[str, tuple[str, ...]], str]
"""A union's identity: where its schema stands, and its keyword."""

_ANNOTATIONS = frozenset({
    "title", "description", "default", "example", "examples", "deprecated", "readOnly", "writeOnly", "externalDocs",
    "xml", "nullable", "$comment", "$schema", "$id", "$anchor",
})  # fmt: skip
_STRING_WORDS = frozenset({"pattern", "minLength", "maxLength", "contentEncoding", "contentMediaType"})
_NUMBER_WORDS = frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"})
_OBJECT_WORDS = frozenset({"properties", "additionalProperties", "patternProperties", "minProperties", "maxProperties"})
_ARRAY_WORDS = frozenset({"items", "prefixItems", "minItems", "maxItems", "uniqueItems", "contains"})
_NUMBER_FORMATS = {"int32": "integer", "int64": "integer", "float": "number", "double": "number"}
_TYPES = frozenset({"string", "integer", "number", "boolean", "array", "object", "null"})
_OTHER_TYPES = {
    "file": "string", "str": "string", "text": "string", "date": "string", "date-time": "string", "datetime": "string",
    "uuid": "string", "uri": "string", "url": "string", "string": "string", "enum": "string",
    "int": "integer", "int32": "integer", "int64": "integer", "long": "integer", "integer": "integer",
    "float": "number", "double": "number", "decimal": "number", "number": "number",
    "bool": "boolean", "boolean": "boolean", "list": "array", "array": "array", "tuple": "array",
    "map": "object", "dict": "object", "hash": "object", "object": "object", "null": "null", "none": "null",
}  # fmt: skip
"""What people write instead of a type of JSON Schema; a `file` is one of Swagger 2.0."""

_UNIONS = ("oneOf", "anyOf")


@frozen(eq=False)
class Schema:
    """A conjunction of nodes, and the unions among them that have been decided on already."""

    nodes: tuple[Node, ...]
    decided: frozenset[UnionId] = frozenset()

    @property
    def key(self) -> tuple[object, ...]:
        """What identifies the schema."""
        return tuple(node.place for node in self.nodes), self.decided

    @property
    def where(self) -> str:
        """The place to name in messages."""
        return self.nodes[-1].where


@frozen(eq=False)
class Union:
    """A `oneOf` or `anyOf`: its members without null, and what may tell them apart.

    `takes_all`: one of them is nothing but `nullable`, which means null, and by the letter takes everything.
    """

    id: UnionId
    owner: Node
    members: tuple[Node, ...]
    discriminator: Node | None
    takes_all: bool = False


@define(eq=False)
class Shape:
    """What a schema says, its references followed and its `allOf` merged."""

    types: frozenset[str] | None = None
    null: bool | None = None
    properties: dict[str, list[Node]] = Factory(dict[str, list[Node]])
    required: dict[str, None] = Factory(dict[str, None])
    rest: list[Node] = Factory(list[Node])
    open: bool | None = None
    items: list[Node] = Factory(list[Node])
    prefix: list[Node] = Factory(list[Node])
    enum: list[Any] | None = None
    fixed: bool = False
    format: str = ""
    limits: dict[str, Any] = Factory(dict[str, Any])
    unions: list[Union] = Factory(list[Union])
    words: set[str] = Factory(set[str])
    nodes: list[Node] = Factory(list[Node])

    def text(self, key: str) -> str:
        """Return an annotation, the outermost first."""
        return next((text for node in reversed(self.nodes) if (text := node.text(key))), "")

    def flag(self, key: str) -> bool:
        """Return whether any part of the schema raises a flag."""
        return any(node.flag(key) for node in self.nodes)

    def value(self, key: str) -> Any:
        """Return the outermost value under a key, or None."""
        return next((node.value[key] for node in reversed(self.nodes) if node.has(key)), None)

    @property
    def binary(self) -> bool:
        """Whether a string is raw bytes: `format: binary` of 3.0, a `contentMediaType` without encoding of 3.1."""
        media = self.text("contentMediaType")
        stated = {node.value.get("type") for node in self.nodes if isinstance(node.value.get("type"), str)}
        return (
            self.format == "binary"
            or "file" in stated
            or (bool(media) and not self.text("contentEncoding") and "json" not in media)
        )

    @property
    def kinds(self) -> frozenset[str]:
        """The JSON types without null: those that are stated, else those that the other keywords imply."""
        if self.types is not None:
            return self.types - {"null"}
        if self.properties or self.required or self.rest or self.words & _OBJECT_WORDS:
            return frozenset({"object"})
        if self.items or self.prefix or self.words & _ARRAY_WORDS:
            return frozenset({"array"})
        if self.words & _NUMBER_WORDS:
            return frozenset({"number"})
        if self.format in _NUMBER_FORMATS:
            return frozenset({_NUMBER_FORMATS[self.format]})
        if self.words & _STRING_WORDS or self.format:
            return frozenset({"string"})
        return frozenset()

    @property
    def implied(self) -> bool:
        """Whether the schema says what its values are like and not of which type they are."""
        return self.types is None and bool(self.kinds) and self.enum is None

    @property
    def contradictory(self) -> bool:
        """Whether nothing is of the types that the schema states, not even null."""
        return self.types is not None and not self.types

    @property
    def substantive(self) -> bool:
        """Whether the schema says more than that it is an object: a union beside it must be merged into it."""
        return bool(
            self.properties or self.rest or self.items or self.prefix or self.enum is not None or self.format
            or self.words & (_STRING_WORDS | _NUMBER_WORDS)
            or (self.types is not None and self.types - {"object", "null"})
        )  # fmt: skip


@define
class Shapes:
    """Flattens the schemas of one library of files."""

    library: Library
    _cache: dict[tuple[object, ...], Shape] = field(factory=dict[tuple[object, ...], Shape])

    def of(self, schema: Schema) -> Shape:
        """Return what a schema says."""
        shape = self._cache.get(schema.key)
        if shape is None:
            shape = Shape()
            for node in schema.nodes:
                self._gather(node, shape, schema.decided, ())
            shape.null = _all_true(self.null(node, ()) for node in schema.nodes)
            self._cache[schema.key] = shape
        return shape

    def reference(self, schema: Schema) -> Node | None:
        """Return the schema that this one is another name of, or None.

        `$ref` beside annotations, and the one-member `allOf` that 3.0 documents use for the same purpose.
        """
        if len(schema.nodes) != 1 or schema.decided:
            return None
        node = schema.nodes[0]
        if not isinstance(node.value, dict) or not _only_annotations(node, "$ref", *DYNAMIC, "allOf"):
            return None
        if node.reference is not None:
            return self.library.target(node) if not node.has("allOf") or node.source.is_3_0 else None
        branches = _branches(node)
        if len(branches) != 1 or branches[0].reference is None:
            return None
        return self.library.target(branches[0]) if _only_annotations(branches[0], "$ref", *DYNAMIC) else None

    def null(self, node: Node, trail: tuple[object, ...]) -> bool | None:
        """Return whether a node takes null; None where it does not say. What is said further out counts."""
        if not isinstance(node.value, dict) or node.place in trail:
            return None
        stated = _stated_null(node)
        if stated is not None:
            return stated
        trail = (*trail, node.place)
        inner: list[bool | None] = []
        if node.reference is not None:
            inner.append(self.null(self.library.target(node), trail))
        if len(_branches(node)) < len(list(node.each("allOf"))):
            return True
        inner.extend(self.null(branch, trail) for branch in node.each("allOf"))
        unions = (list(node.each(keyword)) for keyword in _UNIONS)
        inner.extend(any(_is_null(member) or self.null(member, trail) for member in union) or None for union in unions)
        return _all_true(inner)

    def _gather(self, node: Node, shape: Shape, decided: frozenset[UnionId], trail: tuple[object, ...]) -> None:
        if isinstance(node.value, bool):
            return
        if not isinstance(node.value, dict):
            raise Refusal(node.where, "a schema must be an object or a boolean")
        if node.place in trail:
            return
        trail = (*trail, node.place)
        if node.reference is not None:
            self._gather(self.library.target(node), shape, decided, trail)
            if node.source.is_3_0:
                # 3.0 ignores what stands beside $ref, but people write descriptions there and mean them.
                shape.nodes.append(node)
                return
        for branch in _branches(node):
            self._gather(branch, shape, decided, trail)
        self._own(node, shape, decided, trail)

    def _own(self, node: Node, shape: Shape, decided: frozenset[UnionId], trail: tuple[object, ...]) -> None:
        shape.nodes.append(node)
        shape.words |= node.value.keys() & (_OBJECT_WORDS | _ARRAY_WORDS | _NUMBER_WORDS | _STRING_WORDS)
        shape.types = _meet(shape.types, _types(node))
        shape.format = node.text("format") or shape.format
        for keyword in ("minItems", "maxItems", "maxLength"):
            if node.has(keyword):
                shape.limits[keyword] = node.value[keyword]
        _gather_object(node, shape)
        _gather_array(node, shape)
        _gather_values(node, shape)
        for keyword in _UNIONS:
            members = [member for member in node.each(keyword) if not self._names(member, node)]
            identity = (node.place, keyword)
            if members and identity not in decided and not self._leads_back(members, trail):
                kept = tuple(member for member in members if not _is_null(member))
                takes_all = any(_is_nullable_alone(member) for member in members)
                shape.unions.append(Union(identity, node, kept, node.get("discriminator"), takes_all))

    def _names(self, member: Node, owner: Node) -> bool:
        """Return whether a member of a union is the union itself, which adds nothing to it."""
        return member.reference is not None and self.library.follow(member).place == owner.place

    def _leads_back(self, members: list[Node], trail: tuple[object, ...]) -> bool:
        """Return whether a union lists the very schema that is being flattened.

        `Cat` extends `Pet` by `allOf`, and `Pet` is `oneOf` `Cat` and `Dog`: a `Cat` has what stands beside that union.
        """
        references = [member for member in members if member.reference is not None]
        return any(self.library.follow(member).place in trail for member in references)


def _branches(node: Node) -> list[Node]:
    """Return the branches of `allOf`, without a null beside others: who writes that means that null will do too."""
    branches = list(node.each("allOf"))
    return [branch for branch in branches if not _is_null(branch)] or branches


def _gather_object(node: Node, shape: Shape) -> None:
    for name, child in node.entries("properties"):
        shape.properties.setdefault(name, []).append(child)
    required = node.value.get("required")
    if isinstance(required, list):
        shape.required.update(dict.fromkeys(name for name in required if isinstance(name, str)))
    for _, child in node.entries("patternProperties"):
        shape.rest.append(child)
    for keyword in ("additionalProperties", "unevaluatedProperties"):
        if not node.has(keyword):
            continue
        value = node.value[keyword]
        if isinstance(value, dict):
            shape.rest.append(Node(value, node.source, (*node.pointer, keyword)))
        elif isinstance(value, bool):
            shape.open = value if shape.open is None else shape.open and value


def _gather_array(node: Node, shape: Shape) -> None:
    items = node.value.get("items")
    if isinstance(items, list):  # the tuples of older drafts
        shape.prefix = list(Node(items, node.source, (*node.pointer, "items")).elements())
    elif items is not None:
        shape.items.append(Node(items, node.source, (*node.pointer, "items")))
    if prefix := node.get("prefixItems"):
        shape.prefix = list(prefix.elements())


def _gather_values(node: Node, shape: Shape) -> None:
    values = [node.value["const"]] if node.has("const") else node.value.get("enum")
    if not isinstance(values, list) or not values:
        return
    shape.fixed = shape.fixed or node.has("const")
    if shape.enum is None:
        shape.enum = values
    else:
        shape.enum = [value for value in shape.enum if value in values]


def _types(node: Node) -> frozenset[str] | None:
    """Return the types that a schema states; one that JSON Schema does not know is what was meant, or states none."""
    value = node.value.get("type")
    if value == "null" and any(node.has(keyword) for keyword in _UNIONS):
        return None  # the union says what it is besides null
    stated = [kind for kind in (value if isinstance(value, list) else [value]) if isinstance(kind, str)]
    if not stated:
        return None
    kinds = [kind if kind in _TYPES else _OTHER_TYPES.get(kind.lower()) for kind in stated]
    return None if None in kinds else frozenset(kind for kind in kinds if kind)


def _meet(left: frozenset[str] | None, right: frozenset[str] | None) -> frozenset[str] | None:
    if left is None or right is None:
        return left if right is None else right
    both = left & right
    if {"integer"} <= (left | right) and {"number"} <= (left | right):
        both |= {"integer"}
    return both


def _stated_null(node: Node) -> bool | None:
    value = node.value
    if isinstance(value.get("nullable"), bool):
        return bool(value["nullable"])
    kind = value.get("type")
    values = [value["const"]] if "const" in value else value.get("enum")
    if isinstance(kind, list):
        return "null" in kind
    if kind == "null":
        return True
    if isinstance(values, list) and values and kind is None:
        return None in values
    if isinstance(kind, str):
        return isinstance(values, list) and None in values
    return None


def _is_null(node: Node) -> bool:
    value = node.value
    if not isinstance(value, dict):
        return False
    return (
        value.get("type") in ("null", ["null"])
        or ("const" in value and value["const"] is None)
        or value.get("enum") == [None]
        or _is_nullable_alone(node)
    )


def _is_nullable_alone(node: Node) -> bool:
    value = node.value
    return (
        isinstance(value, dict)
        and value.get("nullable") is True
        and not value.keys() - {"nullable", "description", "title"}
    )


def _only_annotations(node: Node, *besides: str) -> bool:
    return all(key in _ANNOTATIONS or key in besides or key.startswith("x-") for key in node.value)


def _all_true(statements: Iterable[bool | None]) -> bool | None:
    said = [statement for statement in statements if statement is not None]
    return all(said) if said else None
