"""Finds what tells the members of a union apart: the values of a property, and what a discriminator's mapping means."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from attrs import evolve

from codegen.references import Library, Node, Pointer, pointer_text
from codegen.report import Refusal
from codegen.shapes import Schema, Shape, Shapes

Place = tuple[str, Pointer]


def reference_names(source: str, members: Iterable[Place], components: Iterable[Place]) -> dict[str, str]:
    """Return the references that bare names stand for in a file: members go before components."""
    places = [pointer for name, pointer in (*members, *components) if name == source and pointer]
    return {pointer[-1]: f"#{pointer_text(pointer)}" for pointer in reversed(places)}


def meant(library: Library, target: Node, names: dict[str, str]) -> Node | None:
    """Return what an entry of a mapping names: by the bare name of a schema, or by reference.

    What leads nowhere is looked for by its last name: documents that were made of several files still name those.
    """
    last = target.value.rsplit("/")[-1].partition(".")[0]
    for text in (names.get(target.value), target.value, names.get(last)):
        if text is None:
            continue
        try:
            found = library.follow(evolve(target, value={"$ref": text}))
        except Refusal:
            continue
        if found.pointer:
            return found
    return None


def constants(shapes: Shapes, shape: Shape, wire: str) -> tuple[str, ...]:
    """Return the strings that a property may be, where they are listed."""
    nodes = shape.properties.get(wire)
    values = shapes.of(Schema(tuple(nodes))).enum if nodes else None
    return tuple(value for value in values or () if isinstance(value, str))


def own_constants(listed: Sequence[Sequence[str]]) -> list[list[str]]:
    """Return of the values that each member lists those that no other does: what several list tells nothing apart."""
    counts = Counter(value for values in listed for value in set(values))
    return [[value for value in values if counts[value] == 1] for values in listed]


def tells_apart(shapes: Shapes, wire: str, members: Sequence[Shape]) -> bool:
    """Return whether every member has the property, with constants of its own."""
    seen: set[str] = set()
    for shape in members:
        values = set(constants(shapes, shape, wire))
        if not values or wire not in shape.required or seen & values:
            return False
        seen |= values
    return True
