"""A check of JSON values against the part of JSON Schema that the sandbox's own schemas use.

It knows `type`, `enum`, `required`, `properties`, `additionalProperties: false`, `items`, `minItems`, `minLength`,
`minimum` and `maximum`, and refuses a schema that needs more instead of passing over it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, TypeGuard

__all__ = ["is_array", "is_object", "problems"]

_TYPES: Final[Mapping[str, tuple[type, ...]]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
    "null": (type(None),),
}
_KNOWN: Final = frozenset(
    {"type", "enum", "required", "properties", "additionalProperties", "items", "minItems", "minLength"}
    | {"minimum", "maximum"}
)


def is_object(value: object) -> TypeGuard[dict[str, Any]]:
    """Say whether a JSON value is an object."""
    return isinstance(value, dict)


def is_array(value: object) -> TypeGuard[list[Any]]:
    """Say whether a JSON value is an array."""
    return isinstance(value, list)


def problems(schema: Mapping[str, Any], value: object, where: str = "input") -> list[str]:
    """Return what is wrong with a value, one sentence each, empty when nothing is. `where` names the value in them."""
    return list(_problems(schema, value, where))


def _problems(schema: Mapping[str, Any], value: object, where: str) -> Iterator[str]:
    if unknown := schema.keys() - _KNOWN:
        raise NotImplementedError(f"a schema of the sandbox uses {', '.join(sorted(unknown))}")
    if "type" in schema and not _is(value, schema["type"]):
        yield f"{where} must be {_article(schema['type'])}"
        return
    if "enum" in schema and value not in schema["enum"]:
        yield f"{where} must be one of {', '.join(map(str, schema['enum']))}"
    if is_object(value):
        yield from _object_problems(schema, value, where)
    elif is_array(value):
        if len(value) < schema.get("minItems", 0):
            yield f"{where} must have at least {schema['minItems']} item(s)"
        for index, item in enumerate(value):
            yield from _problems(schema.get("items", {}), item, f"{where}[{index}]")
    elif isinstance(value, str):
        if len(value) < schema.get("minLength", 0):
            yield f"{where} must not be empty"
    elif isinstance(value, int | float):
        yield from _number_problems(schema, value, where)


def _object_problems(schema: Mapping[str, Any], value: dict[str, Any], where: str) -> Iterator[str]:
    known: Mapping[str, Any] = schema.get("properties", {})
    for name in schema.get("required", ()):
        if name not in value:
            yield f"{where}.{name} is required"
    for name, item in value.items():
        if name in known:
            yield from _problems(known[name], item, f"{where}.{name}")
        elif schema.get("additionalProperties") is False:
            yield f"{where}.{name} is not known"


def _number_problems(schema: Mapping[str, Any], value: float, where: str) -> Iterator[str]:
    if "minimum" in schema and value < schema["minimum"]:
        yield f"{where} must be at least {schema['minimum']}"
    if "maximum" in schema and value > schema["maximum"]:
        yield f"{where} must be at most {schema['maximum']}"


def _is(value: object, types: str | Sequence[str]) -> bool:
    names = (types,) if isinstance(types, str) else types
    if isinstance(value, bool):
        return "boolean" in names  # Python's True is an int, JSON's is not
    return any(isinstance(value, _TYPES[name]) for name in names)


def _article(types: str | Sequence[str]) -> str:
    names = (types,) if isinstance(types, str) else types
    return " or ".join("null" if name == "null" else f"{'an' if name[0] in 'aeiou' else 'a'} {name}" for name in names)
