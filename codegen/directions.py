"""Reads `readOnly` and `writeOnly` where it matters: in the direction in which a model travels.

What only the API sends must not be asked of a caller, and what only the API takes is not in its answers. A model that
travels in both directions keeps such properties, and none of them is required.
"""

from __future__ import annotations

from attrs import evolve

from codegen import ir
from codegen.reach import names_reached, types_received, types_sent


def directed(document: ir.Document) -> ir.Document:
    """Return a document in which no model requires a property that the other direction owns."""
    definitions = {definition.name: definition for definition in document.definitions}
    sent = names_reached((type_ for call in document.operations for type_ in types_sent(call)), definitions)
    answers = [type_ for call in document.operations for type_ in types_received(call)]
    received = names_reached([*answers, *(event.type for event in document.events)], definitions)
    return evolve(
        document,
        definitions=tuple(
            _relaxed(definition, sent=definition.name in sent, received=definition.name in received)
            for definition in document.definitions
        ),
    )


def _relaxed(definition: ir.Definition, *, sent: bool, received: bool) -> ir.Definition:
    if not isinstance(definition, ir.Model):
        return definition
    owned = {"out" if sent else "", "in" if received else ""}
    fields = tuple(evolve(part, required=part.required and part.direction not in owned) for part in definition.fields)
    return evolve(definition, fields=fields)
