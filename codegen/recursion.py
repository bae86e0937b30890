"""Takes the knots out of aliases: a union that lists itself, directly or through others, says nothing by it.

An alias may contain itself inside an array or a map (`Json` is text, or an array of `Json`, …): Python's type checkers
know such types. It cannot be itself, though, and schemas can say that: `A` is `B` or text, `B` is `A` or a number.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from attrs import evolve

from codegen import ir
from codegen.report import Report


def without_knots(definitions: tuple[ir.Definition, ...], report: Report) -> tuple[ir.Definition, ...]:
    """Return the definitions, in whose aliases no member leads back to the alias before an array or an object comes."""
    known = {definition.name: definition for definition in definitions}
    for definition in definitions:
        while knotted := next(_knots(known[definition.name], known), None):
            known[definition.name] = _without(known[definition.name], knotted, report)
    return tuple(known.values())


def recursive(definitions: tuple[ir.Definition, ...]) -> frozenset[str]:
    """Return the names of the aliases that contain themselves, in arrays or maps; classes end a recursion."""
    aliases = {item.name: item for item in definitions if isinstance(item, ir.Alias | ir.Choice)}
    names = {name: {*_all_names(item)} & aliases.keys() for name, item in aliases.items()}
    return frozenset(name for name in names if name in _reached(name, names))


def _reached(name: str, names: Mapping[str, set[str]]) -> set[str]:
    found: set[str] = set()
    queue = [*names[name]]
    while queue:
        following = queue.pop()
        if following not in found:
            found.add(following)
            queue += names[following]
    return found


def _all_names(definition: ir.Alias | ir.Choice) -> Iterator[str]:
    for member in _members(definition):
        yield from (part.name for part in ir.parts(member) if isinstance(part, ir.Named))


def _members(definition: ir.Definition) -> tuple[ir.Type, ...]:
    """Return what an alias is at once, one or the other."""
    match definition:
        case ir.Choice(_, members):
            return members
        case ir.Alias(_, ir.Either(members)):
            return members
        case ir.Alias(_, type_):
            return (type_,)
        case _:
            return ()


def _knots(definition: ir.Definition, known: Mapping[str, ir.Definition]) -> Iterator[ir.Type]:
    """Yield the members of an alias that lead back to it."""
    for member in _members(definition):
        seen: set[str] = set()
        queue = [member]
        while queue:
            type_ = ir.bare(queue.pop())
            if isinstance(type_, ir.Either):
                queue += type_.members
            elif isinstance(type_, ir.Named) and type_.name not in seen:
                seen.add(type_.name)
                queue += _members(known[type_.name]) if type_.name in known else ()
        if definition.name in seen:
            yield member


def _without(definition: ir.Definition, member: ir.Type, report: Report) -> ir.Definition:
    left = tuple(other for other in _members(definition) if other is not member)
    if not left:
        report.note(f"#{definition.pointer}", f"{definition.name} is only another name of itself: it may be anything")
        return ir.Alias(definition.name, ir.Anything(), definition.doc, definition.pointer)
    if isinstance(definition, ir.Choice):
        tags = tuple((value, type_) for value, type_ in definition.tags if type_ != member)
        return evolve(definition, members=left, tags=tags)
    type_ = left[0] if len(left) == 1 else ir.Either(left)
    return ir.Alias(definition.name, type_, definition.doc, definition.pointer)
