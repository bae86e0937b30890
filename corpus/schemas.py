"""Schemas of a document as one self-contained document of JSON Schema 2020-12, for one direction of travel.

OpenAPI 3.0 has a dialect of its own (`nullable`, boolean `exclusiveMinimum`, nothing beside a `$ref`), and real
documents mix the two; here every schema becomes the plain one that says the same, or less where the document says
nothing that counts. `readOnly` properties are in no request and `writeOnly` ones in no answer. A discriminator, which
JSON Schema does not know, becomes what it promises: the property names the member.
"""

from __future__ import annotations

import json
import re
from contextlib import suppress
from typing import Any, Literal

from attrs import Factory, define, field
from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError
from referencing import Registry

from codegen.report import Refusal
from corpus.comparing import is_time
from corpus.reading import Files, Lost, Place, Spot

Direction = Literal["sent", "received"]
Schema = dict[str, Any] | bool

_TYPES = frozenset({"null", "boolean", "object", "array", "number", "integer", "string"})
_COPIED = (
    "const", "enum", "format", "maxItems", "maxLength", "maxProperties", "maximum", "minItems", "minLength",
    "minProperties", "minimum", "multipleOf", "uniqueItems", "exclusiveMaximum", "exclusiveMinimum", "minContains",
    "maxContains",
)  # fmt: skip
_ONE = (
    "items", "additionalProperties", "not", "contains", "propertyNames", "if", "then", "else",
    "unevaluatedProperties", "unevaluatedItems",
)  # fmt: skip
_MANY = ("allOf", "anyOf", "oneOf", "prefixItems")
_NAMED = ("properties", "patternProperties", "dependentSchemas")
#: What `format: binary` becomes: a name that no tool takes for more than text.
BINARY = "x-binary"
#: The comment of a schema that takes null, and everything else, because it says `nullable` and no type.
NULLABLE = "nullable"
_BASE = "https://corpus.invalid/"


def _formats() -> FormatChecker:
    checker = FormatChecker(formats=())
    checker.checks("date-time")(lambda value: not isinstance(value, str) or is_time(value))
    checker.checks("date")(lambda value: not isinstance(value, str) or bool(re.fullmatch(r"\d{4}-\d\d-\d\d", value)))
    return checker


@define
class Bundle:
    """Collects schemas, and what they refer to, under names of its own (`S0`, `S1` …)."""

    files: Files
    direction: Direction
    components: dict[str, Schema] = Factory(dict[str, Schema])
    _names: dict[Place, str] = field(factory=dict[Place, str])
    _waiting: list[tuple[str, Spot]] = field(factory=list[tuple[str, Spot]])
    _validators: dict[str, Draft202012Validator] = field(factory=dict[str, Draft202012Validator])

    def name_of(self, spot: Spot) -> str:
        """Return the name of the schema at a spot, which is then in the bundle with all that it refers to."""
        name = self._name(self._end(spot))
        while self._waiting:
            waiting, target = self._waiting.pop()
            self.components[waiting] = self._plain(target)
        return name

    def _end(self, spot: Spot) -> Spot:
        """Follow references that say nothing else, so that one schema has one name."""
        try:
            while set(spot.value if isinstance(spot.value, dict) else ()) == {"$ref"}:
                following = self.files.target(spot, spot.text("$ref"))
                if following.place == spot.place:
                    break
                spot = following
        except (Lost, RecursionError):
            pass
        return spot

    def _name(self, spot: Spot) -> str:
        if spot.place not in self._names:
            self._names[spot.place] = f"S{len(self._names)}"
            self._waiting.append((self._names[spot.place], spot))
        return self._names[spot.place]

    def _reference(self, spot: Spot, reference: str) -> dict[str, Any]:
        try:
            return {"$ref": f"#/components/schemas/{self._name(self.files.target(spot, reference))}"}
        except Lost:
            return {}

    # --- one schema --------------------------------------------------------------------------------------------------

    def _plain(self, spot: Spot) -> Schema:
        value = spot.value
        if not isinstance(value, dict):
            return value if isinstance(value, bool) else {}
        reference = spot.text("$ref") or spot.text("$dynamicRef")
        if reference and self.files.version == "3.0":
            return self._reference(spot, reference)
        found: dict[str, Any] = self._reference(spot, reference) if reference else {}
        found |= {key: value[key] for key in _COPIED if key in value}
        found |= {key: self._plain(child) for key in _ONE if (child := _present(spot, key))}
        found |= {key: [self._plain(item) for item in child.elements()] for key in _MANY if (child := spot.get(key))}
        for key in _NAMED:
            if child := spot.get(key):
                found[key] = {name: self._plain(item) for name, item in child.items()}
        self._objects(spot, found)
        _types(value, found, self.files.version)
        _bounds(value, found)
        _pattern(value, found)
        self._discriminate(spot, found)
        return found

    def _objects(self, spot: Spot, found: dict[str, Any]) -> None:
        """Require what is required in this direction, and forbid what is only in the other."""
        required = spot.value.get("required")
        required = [name for name in required if isinstance(name, str)] if isinstance(required, list) else []
        hidden = {name for name, child in spot.entries("properties") if self._is_hidden(child)}
        for name in hidden:
            found["properties"][name] = False
        if required := [name for name in dict.fromkeys(required) if name not in hidden]:
            found["required"] = required

    def _is_hidden(self, spot: Spot, depth: int = 0) -> bool:
        """Return whether a schema, or one that `allOf` adds to it, is one of the other direction."""
        try:
            followed = self.files.follow(spot)
        except Lost:
            return False
        flag = "readOnly" if self.direction == "sent" else "writeOnly"
        parts = followed.get("allOf")
        inner = parts.elements() if parts and depth < 8 else ()
        return spot.flag(flag) or followed.flag(flag) or any(self._is_hidden(part, depth + 1) for part in inner)

    def _discriminate(self, spot: Spot, found: dict[str, Any]) -> None:
        discriminator = spot.get("discriminator")
        name = discriminator.text("propertyName") if discriminator else ""
        for key in ("oneOf", "anyOf"):
            if name and discriminator and key in found:
                tags = self._tags(discriminator)
                own = any(name == described for described, _ in spot.entries("properties"))
                members = spot.get(key)
                pairs = zip(found[key], members.elements() if members else (), strict=True)
                found[key] = [
                    _tagged(plain, name, self._tags_of(member, tags))
                    if own or self._describes(member, name, 0)
                    else plain
                    for plain, member in pairs
                ]
        self._inherit_tag(spot, found)

    def _describes(self, spot: Spot, name: str, depth: int) -> bool:
        """Return whether a schema, or one that it is made of, has a property: a tag that nothing describes is none."""
        try:
            spot = self.files.follow(spot)
        except Lost:
            return False
        if any(name == key for key, _ in spot.entries("properties")):
            return True
        parts = [part for key in ("allOf", "oneOf", "anyOf") if (child := spot.get(key)) for part in child.elements()]
        return depth < 8 and any(self._describes(part, name, depth + 1) for part in parts)

    def _inherit_tag(self, spot: Spot, found: dict[str, Any]) -> None:
        """Let the discriminator of a schema that this one is made from name this one."""
        parts = spot.get("allOf")
        for part in parts.elements() if parts and spot.pointer[:2] == ("components", "schemas") else ():
            try:
                base = self.files.follow(part)
            except Lost:
                continue
            discriminator = base.get("discriminator")
            name = discriminator.text("propertyName") if discriminator else ""
            if name and discriminator and base.place != spot.place and not (base.get("oneOf") or base.get("anyOf")):
                tags = [tag for tag, target in self._tags(discriminator) if target == spot.place]
                tags = tags or [spot.pointer[-1]]
                if _may_be(found, name, tags):
                    found["allOf"].append(_tagged({}, name, tags)["allOf"][1])

    def _tags(self, discriminator: Spot) -> list[tuple[str, Place]]:
        found: list[tuple[str, Place]] = []
        for tag, target in discriminator.entries("mapping"):
            reference = target.value if isinstance(target.value, str) else ""
            for candidate in (reference, f"#/components/schemas/{reference}"):
                with suppress(Lost, OSError, Refusal):  # a name may look like a file
                    found.append((tag, self.files.target(target, candidate).place))
                    break
        return found

    def _tags_of(self, member: Spot, tags: list[tuple[str, Place]]) -> list[str]:
        reference = member.text("$ref")
        if not reference:
            return []
        place = self.files.target(member, reference).place
        named = place[1][-1:] if place[1][:2] == ("components", "schemas") and len(place[1]) == 3 else ()
        return [tag for tag, target in tags if target == place] or list(named)

    # --- what is made of it ------------------------------------------------------------------------------------------

    def document(self, names: list[str]) -> dict[str, Any]:
        """Return an OpenAPI document in which each of the schemas is the body of an operation of its own."""
        return {
            "openapi": "3.1.0",
            "info": {"title": "values", "version": "1"},
            "paths": {f"/{name}": {"post": _wrapped(f"#/components/schemas/{name}")} for name in names},
            "components": {"schemas": self.components},
        }

    def resolved(self, schema: Schema) -> Schema:
        """Return the schema that a bare reference names."""
        seen: set[str] = set()
        while isinstance(schema, dict) and set(schema) == {"$ref"} and schema["$ref"] not in seen:
            seen.add(schema["$ref"])
            schema = self.components[schema["$ref"].rpartition("/")[2]]
        return schema

    def complaint(self, name: str, value: Any) -> str | None:
        """Return what is wrong with a value by the schema of a name, or None where it is valid."""
        return self.complaint_of({"$ref": f"#/components/schemas/{name}"}, value)

    def complaint_of(self, schema: Schema, value: Any) -> str | None:
        """Return what is wrong with a value by a schema, or None where it is valid."""
        key = json.dumps(schema, sort_keys=True)
        if key not in self._validators:
            top = {"allOf": [schema], "$id": f"{_BASE}top", "components": {"schemas": self.components}}
            self._validators[key] = Draft202012Validator(top, registry=Registry(), format_checker=_formats())
        try:
            error: ValidationError | None = next(iter(self._validators[key].iter_errors(value)), None)
        except RecursionError:
            return None
        return None if error is None else f"at {error.json_path}: {error.message[:200]}"


def _may_be(schema: dict[str, Any], name: str, tags: list[str]) -> bool:
    """Return whether what a schema says itself of a property leaves room for tags that it only inherits."""
    described = [part.get("properties", {}).get(name) for part in (schema, *schema["allOf"]) if isinstance(part, dict)]
    enums = [part["enum"] for part in described if isinstance(part, dict) and isinstance(part.get("enum"), list)]
    return all(any(tag in enum for tag in tags) for enum in enums)


def _present(spot: Spot, key: str) -> Spot | None:
    """Return a part even where it is false, which is a schema."""
    value = spot.value.get(key)
    return spot.at(key, value) if isinstance(value, dict | bool) else None


def _types(value: dict[str, Any], found: dict[str, Any], version: str) -> None:
    given = value.get("type")
    types = [given] if isinstance(given, str) else given if isinstance(given, list) else []
    types = ["string" if name == "file" else name for name in types]
    types = [name for name in types if name in _TYPES]
    if types and value.get("nullable") is True and version == "3.0":
        types.append("null")
    if types:
        found["type"] = types[0] if len(types) == 1 else types
    elif value.get("nullable") is True:  # which says nothing where no type is stated
        found["$comment"] = NULLABLE
    if isinstance(value.get("items"), list):  # before 2020-12, a tuple
        found.pop("items", None)
    octets = str(value.get("contentMediaType", "")).startswith(("application/octet-stream", "image/"))
    if found.get("format") == "binary" or (octets and "contentEncoding" not in value):
        found["format"] = BINARY


def _bounds(value: dict[str, Any], found: dict[str, Any]) -> None:
    for bound, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if isinstance(value.get(exclusive), bool):
            del found[exclusive]
            if value[exclusive] and bound in found:
                found[exclusive] = found.pop(bound)
    for key in [key for key in found if key[:3] in ("min", "max") or key == "multipleOf"]:
        if isinstance(found[key], bool) or not isinstance(found[key], int | float):
            del found[key]


def _pattern(value: dict[str, Any], found: dict[str, Any]) -> None:
    pattern = value.get("pattern")
    if isinstance(pattern, str) and _compiles(pattern):
        found["pattern"] = pattern
    if "patternProperties" in found:
        found["patternProperties"] = {key: item for key, item in found["patternProperties"].items() if _compiles(key)}


def _compiles(pattern: str) -> bool:
    try:
        re.compile(pattern)
    except re.error:  # ECMA-262 and Python differ
        return False
    return True


def _tagged(schema: Schema, name: str, tags: list[str]) -> dict[str, Any]:
    if not tags:
        return {"allOf": [schema]}
    return {"allOf": [schema, {"type": "object", "properties": {name: {"enum": tags}}, "required": [name]}]}


def _wrapped(reference: str) -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": reference}}}
    return {"requestBody": {"required": True, "content": content}, "responses": {"200": {"description": ""}}}
