"""What schemas are taken to mean by a typed caller: one that states no type is of the type that its words are about.

By the letter such a schema takes values of every other type too. They come in answers, where a client has to live with
them; nobody can be asked to send them, or be told by a type that they may.
"""

from __future__ import annotations

from typing import Any

from corpus.schemas import NULLABLE, Bundle, Schema

_OBJECT = ("properties", "required", "additionalProperties", "patternProperties", "minProperties", "maxProperties")
_ARRAY = ("items", "prefixItems", "minItems", "maxItems", "uniqueItems", "minContains", "maxContains")
_NUMBER = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")
_TEXT = ("pattern", "minLength", "maxLength", "format")
_WORDS = (("object", _OBJECT), ("array", _ARRAY), ("number", _NUMBER), ("string", _TEXT))
_NUMBERS = {"int32": "integer", "int64": "integer", "float": "number", "double": "number"}


def implied(bundle: Bundle) -> Bundle:
    """Return a bundle of the same schemas, in which each has the type that it implies."""
    components = {name: _typed(schema) for name, schema in bundle.components.items()}
    return Bundle(bundle.files, bundle.direction, components)


def _typed(schema: Schema) -> Schema:
    if isinstance(schema, bool):
        return schema
    found = dict(schema)
    for key in ("items", "additionalProperties"):
        if key in schema:
            found[key] = _typed(schema[key])
    for key in ("allOf", "prefixItems"):
        if key in schema:
            found[key] = [_typed(part) for part in schema[key]]
    for key in ("anyOf", "oneOf"):
        if key in schema:
            found[key] = [{"type": "null"} if part == {"$comment": NULLABLE} else _typed(part) for part in schema[key]]
    for key in ("properties", "patternProperties"):
        if key in schema:
            found[key] = {name: _typed(part) for name, part in schema[key].items()}
    kind = _kind(schema)
    if kind is not None:
        found["type"] = [kind, "null"] if schema.get("$comment") == NULLABLE else kind
    return found


def _kind(schema: dict[str, Any]) -> str | None:
    """Return the type that a schema implies; None where it states one, or lists its values, or says nothing."""
    if not schema.keys().isdisjoint(("type", "enum", "const")):
        return None
    if schema.get("format") in _NUMBERS:
        return _NUMBERS[schema["format"]]
    return next((kind for kind, words in _WORDS if not schema.keys().isdisjoint(words)), None)
