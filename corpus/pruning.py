"""Takes out of a value what a typed caller could not say: properties that the document does not describe."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from attrs import frozen

from corpus.schemas import Bundle, Schema


@frozen
class Pruning:
    """Prunes values by the schemas of a bundle.

    Where `additionalProperties` is stated and not false, a caller can say them; where an object has no properties at
    all, it is free. Of the members of a union that a value fits, the one that describes most of it counts.
    """

    bundle: Bundle

    def pruned(self, value: Any, schema: Schema) -> Any:
        """Return a value without undescribed properties, at any depth."""
        if not isinstance(value, dict | list):
            return value
        parts = list(self._fitting(schema, value, 0))
        if isinstance(value, list):
            return [self.pruned(item, self._item(parts, index)) for index, item in enumerate(value)]
        described = {name for part in parts for name in part.get("properties", {})}
        free = not described or any(part.get("additionalProperties") not in (None, False) for part in parts)
        return {
            name: self.pruned(item, _property(parts, name)) for name, item in value.items() if free or name in described
        }

    def _item(self, parts: list[dict[str, Any]], index: int) -> Schema:
        found: list[Schema] = []
        for part in parts:
            prefix = part.get("prefixItems", [])
            found += [prefix[index]] if index < len(prefix) else [part["items"]] if "items" in part else []
        return {"allOf": found}

    def _fitting(self, schema: Schema, value: Any, depth: int) -> Iterator[dict[str, Any]]:
        """Yield a schema and all that it is made of, as far as the value fits it."""
        if isinstance(schema, bool) or depth > 30:
            return
        yield schema
        parts = list(schema.get("allOf", ()))
        if reference := schema.get("$ref"):
            parts.append(self.bundle.components.get(reference.rpartition("/")[2], True))
        for key in ("then", "else"):
            parts += [schema[key]] if key in schema else []
        for key in ("oneOf", "anyOf"):
            fits = [part for part in schema.get(key, ()) if self.bundle.complaint_of(part, value) is None]
            made = [list(self._fitting(part, value, depth + 1)) for part in fits]
            yield from max(made, key=lambda found: _described(found, value), default=[])
        for part in parts:
            yield from self._fitting(part, value, depth + 1)


def _described(parts: list[dict[str, Any]], value: Any) -> int:
    names = {name for part in parts for name in part.get("properties", {})}
    return len(names & value.keys()) if isinstance(value, dict) else 0


def _property(parts: list[dict[str, Any]], name: str) -> Schema:
    found = [part["properties"][name] for part in parts if name in part.get("properties", {})]
    rest = [part["additionalProperties"] for part in parts if isinstance(part.get("additionalProperties"), dict)]
    return {"allOf": found or rest}
