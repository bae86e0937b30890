"""What the generator has to say about a document: refusals, and findings with the JSON pointer they concern.

A refusal stops everything (the document cannot be read). A finding concerns one place: an *error* means that an
operation would come out wrong, so nothing is written unless the user asked to go on; a *note* means that a type is
wider than the document says, or that a detail which no correct call needs is left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from attrs import Factory, define, frozen

Severity = Literal["error", "note"]


class Refusal(Exception):
    """Say why a document cannot be generated from, in one line that begins with the place."""

    def __init__(self, where: str, why: str) -> None:
        super().__init__(where, why)
        self.where = where
        self.why = why

    def __str__(self) -> str:
        return one_line(f"{self.where}: {self.why}")


@frozen(order=True)
class Finding:
    """One place of a document that Python code cannot express as written, and why."""

    where: str
    why: str
    severity: Severity = "error"

    def __str__(self) -> str:
        return one_line(f"{self.severity}: {self.where}: {self.why}")


@define
class Report:
    """Collects findings, each once, in the order in which they were met."""

    findings: dict[Finding, None] = Factory(dict[Finding, None])

    def error(self, where: str, why: str) -> None:
        """Record that what stands at `where` cannot come out as a correct operation."""
        self.findings.setdefault(Finding(where, why, "error"))

    def note(self, where: str, why: str) -> None:
        """Record that what stands at `where` comes out wider, or with less detail, than it was written."""
        self.findings.setdefault(Finding(where, why, "note"))

    def of(self, severity: Severity) -> tuple[Finding, ...]:
        """Return the findings of one severity."""
        return tuple(finding for finding in self.findings if finding.severity == severity)

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.findings)

    @property
    def incomplete(self) -> bool:
        """Whether an operation would come out wrong."""
        return bool(self.of("error"))


def one_line(text: str) -> str:
    """Return text that a document may have had a hand in, as a single printable line of at most 400 characters."""
    line = "".join(character if character.isprintable() else " " for character in text)
    return line if len(line) <= 400 else f"{line[:397]}..."
