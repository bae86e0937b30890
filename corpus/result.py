"""What the round trips of a document came to."""

from __future__ import annotations

from typing import Any

from attrs import Factory, define, frozen


@frozen
class Finding:
    """Something that failed or is listed: where, with which value, and why."""

    document: str
    pointer: str
    subject: str
    value: str
    reason: str


@define
class Result:
    """One line of the table."""

    document: str
    operations: int = 0
    schemas: int = 0
    passed: int = 0
    failures: list[Finding] = Factory(list[Finding])
    listed: list[Finding] = Factory(list[Finding])
    seconds: float = 0.0
    #: What is wrong with the package itself: generation, import, types, format, determinism.
    package: list[Finding] = Factory(list[Finding])

    def fail(self, pointer: str, subject: str, value: Any, reason: str) -> None:
        """Note a round trip that failed."""
        self.failures.append(Finding(self.document, pointer, subject, shown(value), reason))

    def list(self, pointer: str, subject: str, value: Any, reason: str) -> None:
        """Note what is no round trip, and why."""
        self.listed.append(Finding(self.document, pointer, subject, shown(value), reason))

    def damage(self, pointer: str, subject: str, reason: str) -> None:
        """Note what is wrong with the package itself."""
        self.package.append(Finding(self.document, pointer, subject, "", reason))

    @property
    def good(self) -> bool:
        """Whether nothing failed."""
        return not self.failures and not self.package


def shown(value: Any) -> str:
    """Return a value as one line of text."""
    return repr(value)
