"""Turns listed values into types: an enumeration, constants, or the types of the values where Python has neither."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, Literal

from attrs import evolve, frozen

from codegen import ir, naming
from codegen.shapes import Shape
from codegen.table import Site, Table, member_name

_MEMBER_NAMES = ("x-enum-varnames", "x-enumNames", "x-enum-names")
_MEMBER_DOCS = ("x-enum-descriptions", "x-enumDescriptions", "x-enum-description")
_SUFFIXES = {"str": "Text", "int": "Number"}
"""What is added to the name of an enumeration that shares its place with another type."""


@frozen
class Value:
    """A value that is listed, and what the document calls it and says of it."""

    value: Any
    title: str = ""
    doc: str = ""


def listed(shape: Shape) -> list[Value]:
    """Return the values of an `enum` or a `const`, without null, each once; 1, 1.0 and true are three values."""
    values = [_as_stated(value, shape.types) for value in shape.enum or () if value is not None]
    titles, docs = _texts(shape, _MEMBER_NAMES), _texts(shape, _MEMBER_DOCS)
    found: dict[tuple[type, str], Value] = {}
    for index, value in enumerate(values):
        title, doc = titles.get(str(value), titles.get(index, "")), docs.get(str(value), docs.get(index, ""))
        found.setdefault((type(value), repr(value)), Value(value, title, doc))
    return list(found.values())


def enumerated(table: Table, values: Iterable[Value], site: Site, *, fixed: bool, is_open: bool) -> list[ir.Type]:
    """Return the types that together take the values; none where the values are arrays or objects.

    Strings and whole numbers become an enumeration each, or constants where they are `fixed`. Python has no constant
    of a float, so those are any number.
    """
    by_type: dict[type, list[Value]] = {}
    for value in values:
        by_type.setdefault(type(value.value), []).append(value)
    if by_type.keys() & {list, dict}:
        return []
    if float in by_type:
        by_type[float] += by_type.pop(int, [])
    types: list[ir.Type] = []
    for kind, some in by_type.items():
        if kind is float or any(isinstance(value.value, int) and abs(value.value) >= 2**63 for value in some):
            types.append(ir.Scalar("float" if kind is float else "int"))  # constants of 64 bits are what tools know
        elif kind is bool:
            types.append(ir.Scalar("bool") if len(some) > 1 else ir.Fixed((some[0].value,)))
        elif fixed:
            types.append(ir.Fixed(tuple(value.value for value in some)))
        else:
            base: Literal["str", "int"] = "str" if kind is str else "int"
            alone = len(by_type) == 1
            shared = site.define or {str, int} <= by_type.keys()
            beside = f"{site.name}{_SUFFIXES[base]}" if shared else site.name
            own = site if alone else evolve(site, name=beside, define=False)
            types.append(enumeration(table, base, some, own, is_open=is_open))
    return types


def enumeration(
    table: Table, base: Literal["str", "int"], values: Iterable[Value], site: Site, *, is_open: bool
) -> ir.Named:
    """Define an enumeration of strings or of whole numbers."""
    names = naming.Names.besides({"mro"})
    members = tuple(ir.Member(member_name(item.value, item.title, names), item.value, item.doc) for item in values)
    return table.add(ir.Enumeration(table.claim(site), base, members, is_open, site.doc, site.pointer))


def constants_of(shapes: Iterable[Shape]) -> list[Value] | None:
    """Return the constants that the members of a union are, with their titles, or None where one is anything else.

    `oneOf: [{const: 1, title: DM}, …]` is how JSON Schema lists values that have names.
    """
    found = list(_constants(shapes))
    kinds = {type(value.value) for value in found if value is not None}
    if len(found) < 2 or None in found or kinds not in ({str}, {int}):
        return None
    return [value for value in found if value is not None]


def _constants(shapes: Iterable[Shape]) -> Iterator[Value | None]:
    for shape in shapes:
        values = shape.enum or ()
        described = shape.properties or shape.items or shape.unions
        named = bool(shape.text("title")) and shape.fixed
        yield (
            Value(values[0], shape.text("title"), shape.text("description"))
            if (named and len(values) == 1 and not described)
            else None
        )


def _as_stated(value: Any, types: frozenset[str] | None) -> Any:
    """Return what a value was meant to be: people forget quotes around strings, and put some around numbers."""
    stated = (types or frozenset()) - {"null"}
    if stated == {"string"}:
        return _as_text(value)
    if isinstance(value, str) and stated == {"integer"}:
        return int(value) if re.fullmatch(r"-?[0-9]{1,18}", value) else value
    return value


def _as_text(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else value


def _texts(shape: Shape, keys: tuple[str, ...]) -> dict[object, str]:
    """Return texts for the members of an enumeration, by their place or by their value."""
    value = next((found for key in keys if (found := shape.value(key))), None)
    if isinstance(value, list):
        return {index: text for index, text in enumerate(value) if isinstance(text, str)}
    if isinstance(value, dict):
        return {str(name): text for name, text in value.items() if isinstance(text, str)}
    return {}
