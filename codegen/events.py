"""Writes events.py: a descriptor for each request that the API sends to its users."""

from __future__ import annotations

from attrs import frozen

from codegen import ir
from codegen.docstrings import clean, docstring, sentence
from codegen.hints import decoded_hint, hint
from codegen.render import header, render


def events_module(document: ir.Document, command: str) -> str:
    """Return the text of events.py, not yet formatted."""
    return render(
        "events.py.jinja2",
        uses_models=any(isinstance(part, ir.Named) for event in document.events for part in ir.parts(event.type)),
        header=header(f"Events of {document.title}.", document, command),
        events=[_EventView(event) for event in document.events],
    )


@frozen
class _EventView:
    event: ir.Event

    @property
    def constant(self) -> str:
        return self.event.constant

    @property
    def name(self) -> str:
        return repr(self.event.name)

    @property
    def type(self) -> str:
        return hint(self.event.type, "models.")

    @property
    def payload(self) -> str:
        return decoded_hint(self.event.type, "models.")

    @property
    def docstring(self) -> str:
        event = self.event
        parts = [
            event.doc if clean(event.doc) else f"The event `{event.name}`.",
            f"Uncertain: {sentence(event.uncertain)}" if clean(event.uncertain) else "",
            f"See {clean(event.source)}." if clean(event.source) else "",
        ]
        return docstring("\n\n".join(part.strip("\n") for part in parts if part), 0)
