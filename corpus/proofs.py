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
        parts = list(schema.get("allOf", ()))
        if reference := schema.get("$ref"):
            parts.append(self.bundle.components.get(reference.rpartition("/")[2], True))
        for part in parts:
            types &= self._types_of(part, depth + 1)
        return types

    def _constants(self, schema: dict[str, Any]) -> Iterator[str]:
        if "enum" not in schema and "const" not in schema:
            return
        values = schema["enum"] if "enum" in schema else [schema["const"]]
        if not isinstance(values, list) or not values:
            yield "its enum is empty"
        elif all(self.bundle.complaint_of(schema, value) for value in values):
            yield "none of its constants fits the rest of it"

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
        parts = [part for part in schema.get("allOf", ()) if isinstance(part, dict)]
        enums = [part for part in (self.bundle.resolved(part) for part in parts) if isinstance(part, dict)]
        for part in enums:
            values = part.get("enum")
            if isinstance(values, list) and all(self.bundle.complaint_of(schema, value) for value in values):
                yield "the enums of its allOf have no value in common"

    def _objects(self, schema: dict[str, Any]) -> Iterator[str]:
        properties = schema.get("properties", {})
        for name in schema.get("required", ()):
            part = properties.get(name, schema.get("additionalProperties", True) if not _has_patterns(schema) else True)
            if reason := self.contradiction(part):
                yield f"it needs {name!r}, and {reason}"


def _has_patterns(schema: dict[str, Any]) -> bool:
    return bool(schema.get("patternProperties"))
