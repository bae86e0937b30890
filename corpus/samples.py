"""Makes plain values from schemas by hand: the least that is valid, and all that is described.

Chance seldom gives a value in which every property is there; these do. They are guesses, which a validator has to see.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from attrs import define, field

from corpus.patterns import texts_matching
from corpus.schemas import Bundle, Schema

_TEXTS = {
    "date-time": "2024-02-29T23:30:45.123456+01:00",
    "date": "2024-02-29",
    "time": "23:30:45Z",
    "duration": "P1DT2H",
    "uuid": "7f9c24e8-3b12-4fef-91e0-5d3d0ab1c2e4",
    "uri": "https://example.org/a?b=c",
    "url": "https://example.org/a?b=c",
    "uri-reference": "/a?b=c",
    "email": "a@example.org",
    "hostname": "example.org",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "byte": "AAH/",
    "regex": "a+",
}
#: How deep optional properties go: less deep where a value would hold more than so many others.
_DEPTHS = (8, 4, 2, 1, 0)
_MOST = 3000
_VARIANTS = 4
_TYPES = ("object", "array", "string", "integer", "number", "boolean", "null")


class TooLarge(Exception):
    """What is described goes so deep that a value of all of it would have no end."""


class Impossible(Exception):
    """This way there is no value."""


@define
class Samples:
    """Makes values of the schemas of a bundle."""

    bundle: Bundle
    _full: bool = False
    _variant: int = 0
    _deepest: int = 0
    _left: int = 0
    _above: list[str] = field(factory=list[str])

    def of(self, name: str) -> Iterator[Any]:
        """Yield values, few and not all of them valid: the least, then everything in several ways."""
        schema: Schema = {"$ref": f"#/components/schemas/{name}"}
        for self._full, self._variant in [(False, 0), *((True, variant) for variant in range(_VARIANTS))]:
            for self._deepest in _DEPTHS:
                self._above, self._left = [], _MOST
                try:
                    yield self._value(schema, 0)
                except TooLarge:
                    continue
                except (Impossible, RecursionError, TypeError, ValueError, KeyError):
                    pass
                break

    def _value(self, schema: Schema, depth: int) -> Any:
        self._left -= 1
        if self._left < 0:
            raise TooLarge
        mark = len(self._above)
        try:
            parts = list(self._parts(schema, depth))
            return self._made(parts, depth)
        finally:
            del self._above[mark:]

    def _parts(self, schema: Schema, depth: int) -> Iterator[dict[str, Any]]:
        """Yield all that a value has to fit; of unions the member that this variant takes."""
        if schema is False or depth > 4 * _DEPTHS[0]:
            raise Impossible
        if isinstance(schema, bool):
            return
        yield schema
        if reference := schema.get("$ref"):
            name = reference.rpartition("/")[2]
            if self._above.count(name) > 2:
                raise Impossible
            self._above.append(name)
            yield from self._parts(self.bundle.components.get(name, True), depth)
        for part in schema.get("allOf", ()):
            yield from self._parts(part, depth)
        for key in ("oneOf", "anyOf"):
            if members := schema.get(key):
                yield from self._member(members, depth)

    def _member(self, members: list[Schema], depth: int) -> list[dict[str, Any]]:
        for offset in range(len(members)):
            mark = len(self._above)
            try:
                return list(self._parts(members[(self._variant + offset) % len(members)], depth))
            except Impossible:
                del self._above[mark:]
        raise Impossible

    def _made(self, parts: list[dict[str, Any]], depth: int) -> Any:
        for part in parts:
            if "const" in part:
                return part["const"]
        enums = [part["enum"] for part in parts if isinstance(part.get("enum"), list)]
        if enums:
            common = [value for value in enums[0] if all(value in enum for enum in enums[1:])]
            if not common:
                raise Impossible
            return common[self._variant % len(common)]
        kind = self._kind(parts)
        if kind == "object":
            return self._object(parts, depth)
        if kind == "array":
            return self._array(parts, depth)
        return self._scalar(kind, parts)

    def _kind(self, parts: list[dict[str, Any]]) -> str:
        possible = list(_TYPES)
        for part in parts:
            given = part.get("type", possible)
            given = [given] if isinstance(given, str) else list(given)
            given += ["integer"] if "number" in given else []
            possible = [name for name in possible if name in given]
        if not possible:
            raise Impossible
        if not any("type" in part for part in parts):
            hints = {"properties": "object", "additionalProperties": "object", "items": "array", "format": "string"}
            possible = [hints[key] for part in parts for key in part if key in hints] or possible
        return possible[0]

    def _object(self, parts: list[dict[str, Any]], depth: int) -> dict[str, Any]:
        required = {name for part in parts for name in part.get("required", ())}
        described = list(dict.fromkeys(name for part in parts for name in part.get("properties", {})))
        found: dict[str, Any] = {}
        for name in [*described, *sorted(required - set(described))]:
            if name not in required and (not self._full or depth > self._deepest):
                continue
            schemas = [part["properties"][name] for part in parts if name in part.get("properties", {})]
            try:
                found[name] = self._value({"allOf": schemas or self._rest(parts)}, depth + 1)
            except Impossible:
                if name in required:
                    raise
        least = max((part.get("minProperties", 0) for part in parts), default=0)
        free = not described or any(part.get("additionalProperties") not in (None, False) for part in parts)
        while len(found) < least or (self._full and free and "key 0" not in found and depth < self._deepest):
            try:
                found[f"key {len(found) if found and 'key 0' in found else 0}"] = self._value(
                    {"allOf": self._rest(parts)}, depth + 1
                )
            except Impossible:
                break
        return found

    def _rest(self, parts: list[dict[str, Any]]) -> list[Schema]:
        return [
            part["additionalProperties"] for part in parts if isinstance(part.get("additionalProperties"), dict | bool)
        ]

    def _array(self, parts: list[dict[str, Any]], depth: int) -> list[Any]:
        least = max((part.get("minItems", 0) for part in parts), default=0)
        most = min((part["maxItems"] for part in parts if "maxItems" in part), default=1000)
        prefix: list[Schema] = next((part["prefixItems"] for part in parts if "prefixItems" in part), [])
        items = [part["items"] for part in parts if "items" in part]
        wanted = max(
            least, len(prefix) or (2 if self._full and depth < 3 else 1 if self._full and depth < self._deepest else 0)
        )
        found: list[Any] = []
        for index in range(min(wanted, most)):
            self._variant += 1 if index else 0
            try:
                found.append(self._value(prefix[index] if index < len(prefix) else {"allOf": items}, depth + 1))
            except Impossible:
                if len(found) < least:
                    raise
                break
        return found

    def _scalar(self, kind: str, parts: list[dict[str, Any]]) -> Any:
        if kind == "boolean":
            return self._variant % 2 == 0
        if kind == "null":
            return None
        if kind == "string":
            return self._text(parts)
        low = max((part["minimum"] for part in parts if "minimum" in part), default=None)
        above = max((part["exclusiveMinimum"] for part in parts if "exclusiveMinimum" in part), default=None)
        high = min((part["maximum"] for part in parts if "maximum" in part), default=None)
        below = min((part["exclusiveMaximum"] for part in parts if "exclusiveMaximum" in part), default=None)
        step = next((part["multipleOf"] for part in parts if "multipleOf" in part), 1)
        start = low if low is not None else above if above is not None else 0
        value = -(-start // step) * step + step * (1 + self._variant)
        for bound in (high, below):
            if bound is not None and value >= bound:
                value = bound // step * step - (step if bound is below else 0)
        return value

    def _text(self, parts: list[dict[str, Any]]) -> str:
        known = next((_TEXTS[part["format"]] for part in parts if part.get("format") in _TEXTS), None)
        least = max((part.get("minLength", 0) for part in parts), default=0)
        most = min((part["maxLength"] for part in parts if "maxLength" in part), default=1000)
        if known is not None and _matches(known, parts):
            return known
        patterns = [part["pattern"] for part in parts if "pattern" in part]
        matching = [text for pattern in patterns for text in texts_matching(pattern, least, most)]
        if fitting := [text for text in matching if _matches(text, parts)]:
            return fitting[self._variant % len(fitting)]
        # What has no form in a header or a cookie, and what has one in every place.
        plain = f"t\u00e4xt {self._variant}" if self._variant % 2 else f"text-{self._variant}"
        return plain.ljust(least, "x")[:most]


def _matches(text: str, parts: list[dict[str, Any]]) -> bool:
    return all(re.search(part["pattern"], text) for part in parts if "pattern" in part)
