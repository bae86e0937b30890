"""Proves that nothing satisfies a schema. Whatever it cannot prove is taken to be satisfiable."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from attrs import define, field

from corpus.schemas import Bundle, Schema


@define
class Proofs:
    """Proofs over one bundle."""

    bundle: Bundle
    _pending: list[str] = field(factory=list[str])
    _possible: set[str] = field(factory=set[str])

    def contradiction(self, schema: Schema) -> str | None:
        """Return why nothing satisfies a schema, or None where that is not proven.

        A schema that needs itself to be satisfied has no finite value, so what is being looked at counts as
        impossible while it is.
        """
        if isinstance(schema, bool):
            return None if schema else "`false` takes nothing"
        reference = schema.get("$ref")
        if reference is not None and (reason := self._behind(reference.rpartition("/")[2])):
            return reason
        return next(self._reasons(schema), None)

    def _behind(self, name: str) -> str | None:
        if name in self._possible:
            return None
        if name in self._pending:
            return "it contains itself without end"
        self._pending.append(name)
        try:
            reason = self.contradiction(self.bundle.components[name])
        finally:
            self._pending.pop()
        if reason is None:  # which fewer assumptions do not change
            self._possible.add(name)
        return reason

    def _reasons(self, schema: dict[str, Any]) -> Iterator[str]:
        if schema.get("not") in ({}, True):
            yield "`not` takes everything away"
        yield from self._constants(schema)
        yield from self._bounds(schema)
        yield from self._unions(schema)
        if self._types(schema) <= {"object"}:
            yield from self._objects(schema)
        needs = "items" in schema and schema.get("minItems", 0) > len(schema.get("prefixItems", ()))
        if needs and self._types(schema) <= {"array"} and (reason := self.contradiction(schema["items"])):
            yield f"it needs items, and {reason}"
        if self._types(schema) == set():
            yield "its types exclude each other"

    def _types(self, schema: Schema) -> set[str]:
        """Return the types that a schema allows by `type` alone, those of `allOf` and references included."""
        return self._types_of(schema, 0)

    def _types_of(self, schema: Schema, depth: int) -> set[str]:
        every = {"null", "boolean", "object", "array", "number", "string"}
        if isinstance(schema, bool) or depth > 20:
            return every
        given = schema.get("type", [])
        types = {given} if isinstance(given, str) else set(given)
        types = {"number" if name == "integer" else name for name in types} or every
        for part in _parts(self.bundle, schema):
            types &= self._types_of(part, depth + 1)
        return types

    def _constants(self, schema: dict[str, Any]) -> Iterator[str]:
        values = self._only(schema, 0)
        if values is not None and all(self.bundle.complaint_of(schema, value) for value in values):
            yield f"none of its {len(values)} possible values fits the rest of it" if values else "its enum is empty"

    def _only(self, schema: Schema, depth: int) -> list[Any] | None:
        """Return values without which a schema has none, where these are few and known: constants, closed objects."""
        if isinstance(schema, bool) or depth > 20:
            return None if schema else []
        if "enum" in schema or "const" in schema:
            values = schema["enum"] if "enum" in schema else [schema["const"]]
            return values if isinstance(values, list) else []
        if schema.get("type") == "null":
            return [None]
        closed = schema.get("additionalProperties") is False and not schema.get("properties")
        if schema.get("type") == "object" and closed and not _has_patterns(schema):
            return [{}]
        for part in _parts(self.bundle, schema):
            if (found := self._only(part, depth + 1)) is not None:
                return found
        for key in ("oneOf", "anyOf"):
            members = [self._only(part, depth + 1) for part in schema.get(key, ())]
            if members and None not in members:
                return [value for member in members for value in member or ()]
        return None

    def _bounds(self, schema: dict[str, Any]) -> Iterator[str]:
        pairs = (
            ("minimum", "maximum", {"number"}),
            ("minLength", "maxLength", {"string"}),
            ("minItems", "maxItems", {"array"}),
            ("minProperties", "maxProperties", {"object"}),
        )
        for low, high, types in pairs:
            if low in schema and high in schema and schema[low] > schema[high] and self._types(schema) <= types:
                yield f"its {low} is above its {high}"

    def _unions(self, schema: dict[str, Any]) -> Iterator[str]:
        for part in schema.get("allOf", ()):
            if reason := self.contradiction(part):
                yield reason
        for key in ("oneOf", "anyOf"):
            if key in schema:
                reasons = [self.contradiction(part) for part in schema[key]]
                if all(reasons):
                    yield f"no member of its {key} can be: {reasons[0] if reasons else 'it has none'}"
        members = [self.bundle.resolved(part) for part in schema.get("oneOf", ())]
        if members and all(members.count(member) > 1 for member in members):
            yield "every member of its oneOf is there twice, so that what fits one fits two"

    def _objects(self, schema: dict[str, Any]) -> Iterator[str]:
        properties = schema.get("properties", {})
        for name in schema.get("required", ()):
            part = properties.get(name, schema.get("additionalProperties", True) if not _has_patterns(schema) else True)
            if reason := self.contradiction(part):
                yield f"it needs {name!r}, and {reason}"
        parts = list(self._whole(schema, 0))
        needed = {name for part in parts for name in part.get("required", ())}
        for part in parts:
            if part.get("additionalProperties") is False and not _has_patterns(part):
                for name in sorted(needed - set(part.get("properties", {}))):
                    yield f"it needs {name!r}, which a part of it forbids"

    def _whole(self, schema: Schema, depth: int) -> Iterator[dict[str, Any]]:
        """Yield a schema and all that a value of it has to fit as well, whatever the value."""
        if isinstance(schema, bool) or depth > 20:
            return
        yield schema
        for part in _parts(self.bundle, schema):
            yield from self._whole(part, depth + 1)


def _parts(bundle: Bundle, schema: dict[str, Any]) -> list[Schema]:
    found: list[Schema] = list(schema.get("allOf", ()))
    if reference := schema.get("$ref"):
        found.append(bundle.components.get(reference.rpartition("/")[2], True))
    return found


def _has_patterns(schema: dict[str, Any]) -> bool:
    return bool(schema.get("patternProperties"))
