"""Makes one type of several: what JSON does not tell apart is merged, or becomes a choice that a reader decides."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Literal

from codegen import ir, naming
from codegen.table import Site, Table

Tags = tuple[str | None, tuple[tuple[str, ir.Type], ...]]
"""The property that tells members apart, and which of its values means which member."""


def combined(
    table: Table, types: Iterable[ir.Type], site: Site, tags: Callable[[], Tags] = lambda: (None, ())
) -> ir.Type:
    """Return one type that takes the values of all.

    Strings merge with strings, arrays with arrays, maps with maps. What remains is told apart by its JSON type, unless
    two members are objects: then it is a `Choice` under the name of the site, with tags where there are any. Where one
    of several was guessed, anything may come.
    """
    types = list(types)
    guesses = {ir.guess_of(type_) for type_ in types} - {""}
    flat, takes_null = _flattened(table, types)
    result: ir.Type
    if not flat or any(isinstance(type_, ir.Anything) for type_ in flat):
        return ir.Anything()
    flat = _merged_text(table, _merged_sets(table, flat, site))
    flat = _merged_containers(table, flat, site)
    if len(flat) > 1 and sum(table.is_object(type_) for type_ in flat) > 1:
        tag, values = tags()
        result = table.add(ir.Choice(table.claim(site), tuple(flat), tag, values, site.doc, site.pointer))
    else:
        result = either(flat)
    if guesses:
        result = ir.guessed(result, guesses.pop() if len(types) == 1 else "all")
    return ir.nullable(result) if takes_null else result


def either(types: list[ir.Type]) -> ir.Type:
    """Return a union that JSON types tell apart, or its only member."""
    return types[0] if len(types) == 1 else ir.Either(tuple(types))


def distinct(values: Iterable[Any]) -> list[Any]:
    """Return values without repetitions; 1, 1.0 and true are three values."""
    found: list[Any] = []
    scalars: set[tuple[type, Any]] = set()  # an enumeration may have thousands of them
    for value in values:
        if isinstance(value, str | int | float):
            if (type(value), value) in scalars:
                continue
            scalars.add((type(value), value))
        elif any(value == other and type(value) is type(other) for other in found):
            continue
        found.append(value)
    return found


def _flattened(table: Table, types: Iterable[ir.Type]) -> tuple[list[ir.Type], bool]:
    flat: list[ir.Type] = []
    takes_null = False
    for type_ in types:
        takes_null |= isinstance(type_, ir.Nullable)
        expanded = table.resolved(ir.bare(type_))
        flat += expanded.members if isinstance(expanded, ir.Either) else [expanded]
    return [ir.guessed(type_, "") for type_ in distinct(flat)], takes_null


def _replaced(types: list[ir.Type], old: list[ir.Type], new: ir.Type) -> list[ir.Type]:
    """Put one type where the first of several was, and leave the others out."""
    return [new if type_ is old[0] else type_ for type_ in types if type_ is old[0] or type_ not in old]


def _merged_sets(table: Table, types: list[ir.Type], site: Site) -> list[ir.Type]:
    """Make one enumeration of several, or of several constants."""
    bases: tuple[tuple[Literal["str", "int"], type], ...] = (("str", str), ("int", int))
    for base, kind in bases:
        sets = [type_ for type_ in types if any(type(member.value) is kind for member in table.members(type_))]
        if len(sets) < 2:
            continue
        names = naming.Names.besides({"mro"})
        members: dict[str | int, ir.Member] = {}
        for member in (member for type_ in sets for member in table.members(type_)):
            if member.value not in members:
                members[member.value] = ir.Member(names.take(member.name), member.value, member.doc)
        name = table.claim(site) if len(sets) == len(types) else table.new_name(site.name)
        merged = table.add(ir.Enumeration(name, base, tuple(members.values()), doc=site.doc, pointer=site.pointer))
        types = _replaced(types, sets, merged)
    return types


def _merged_text(table: Table, types: list[ir.Type]) -> list[ir.Type]:
    """Make one type of several kinds of strings, and of a whole number and a set of them.

    An open enumeration takes any string, so it stands for plain strings too; times beside other strings are text.
    """
    for is_kind, plain in ((table.is_text, ir.Scalar("str")), (table.is_whole_number, ir.Scalar("int"))):
        same = [type_ for type_ in types if is_kind(type_)]
        if len(same) < 2:
            continue
        rest = [type_ for type_ in same if type_ != plain]
        types = _replaced(types, same, rest[0] if len(rest) == 1 and table.is_open(rest[0]) else plain)
    return types


def _merged_containers(table: Table, types: list[ir.Type], site: Site) -> list[ir.Type]:
    lists = [type_ for type_ in types if isinstance(type_, ir.Listing | ir.Row)]
    if len(lists) > 1:
        items = [item for type_ in lists for item in (type_.items if isinstance(type_, ir.Row) else (type_.item,))]
        types = _replaced(types, list(lists), ir.Listing(combined(table, items, site.inside("item", of="An item"))))
    maps = [type_ for type_ in types if isinstance(type_, ir.Mapping)]
    if len(maps) > 1:
        values = [type_.value for type_ in maps]
        types = _replaced(types, list(maps), ir.Mapping(combined(table, values, site.inside("value", of="A value"))))
    return types
