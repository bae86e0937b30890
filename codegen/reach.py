"""Which definitions a type leads to, through others: what travels in which direction, and what nothing needs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from codegen import ir


def names_reached(types: Iterable[ir.Type], definitions: Mapping[str, ir.Definition]) -> set[str]:
    """Return the names of the definitions that types lead to, directly or through others."""
    found: set[str] = set()
    queue = list(types)
    while queue:
        for part in ir.parts(queue.pop()):
            if isinstance(part, ir.Named) and part.name not in found and part.name in definitions:
                found.add(part.name)
                queue += types_in(definitions[part.name])
    return found


def types_in(definition: ir.Definition) -> Iterator[ir.Type]:
    """Yield the types that a definition is made of."""
    match definition:
        case ir.Model(_, fields, rest):
            yield from (part.type for part in (*fields, rest) if part is not None)
        case ir.Choice(_, members, _, tags):
            yield from members
            yield from (type_ for _, type_ in tags)
        case ir.Alias(_, type_):
            yield type_
        case ir.Enumeration():
            return


def types_sent(operation: ir.Operation) -> Iterator[ir.Type]:
    """Yield the types of what an operation is given."""
    yield from (parameter.type for parameter in operation.parameters)
    if body := operation.body:
        yield from (part.type for part in (*body.fields, body.whole, body.rest) if part is not None)
        yield from (header.type for part in body.parts for header in part.headers)


def types_received(operation: ir.Operation) -> Iterator[ir.Type]:
    """Yield the types of what an operation answers."""
    yield from (content.type for answer in operation.answers for content in answer.contents)
    yield from (header.type for answer in operation.answers for header in answer.headers)


def types_of(operation: ir.Operation) -> Iterator[ir.Type]:
    """Yield every type of an operation."""
    yield from types_sent(operation)
    yield from types_received(operation)
    if operation.paging:
        yield operation.paging.item
