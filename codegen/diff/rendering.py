"""Shows a comparison: Markdown for people, JSON for programs. Nothing that came from a document is interpreted."""

from __future__ import annotations

import json
from collections.abc import Sequence

import attrs
from attrs import frozen

from codegen.diff.change import GRADES, Change, Grade
from codegen.diff.fragment import sentence
from codegen.diff.text import code
from codegen.diff.verdict import Verdict

_TITLES: dict[Grade, str] = {"breaking": "Breaking", "addition": "Additions", "fix": "Fixes"}
_LEVELS = {"wire": "", "python": " (Python)", "types": " (typing tests)"}


@frozen
class Comparison:
    """Everything there is to say about two revisions."""

    revision: str
    changes: Sequence[Change]
    verdict: Verdict
    fragments: dict[str, str]
    notes: Sequence[str]


def markdown(comparison: Comparison) -> str:
    """Return a comparison for people."""
    lines = [f"# What users notice since {code(comparison.revision)}", "", _verdict(comparison.verdict)]
    for grade in GRADES:
        found = [change for change in comparison.changes if change.grade == grade]
        if found:
            lines += ["", f"## {_TITLES[grade]}", "", *map(_line, found)]
    if comparison.fragments:
        lines += ["", "## Changelog", ""]
        for kind, text in comparison.fragments.items():
            lines += [f"`{kind}`:", "", "~~~~markdown", text.rstrip("\n"), "~~~~", ""]
        lines.pop()
    if comparison.notes:
        lines += ["", "## Not looked at", "", *(f"- {note}" for note in comparison.notes)]
    return "\n".join([*lines, ""])


def as_json(comparison: Comparison) -> str:
    """Return a comparison for programs."""
    return json.dumps(attrs.asdict(comparison), indent=2, ensure_ascii=True) + "\n"


def _line(change: Change) -> str:
    where = f" {code(change.pointer)}" if change.pointer else ""
    return f"- {sentence(change.name, [change.what])}{where}{_LEVELS[change.level]}"


def _verdict(verdict: Verdict) -> str:
    if verdict.part is None:
        return "Nothing."
    counts = [
        _counted(verdict.counts["breaking"], "breaking", "breaking"),
        _counted(verdict.counts["addition"], "addition", "additions"),
        _counted(verdict.counts["fix"], "fix", "fixes"),
        _counted(verdict.complaints, "complaint of the typing tests", "complaints of the typing tests"),
    ]
    step = f" ({verdict.version} → {verdict.following} at least)" if verdict.following else ""
    rule = " While the first number is 0, the second one counts what breaks." if verdict.version[:2] == "0." else ""
    return f"Verdict: **{verdict.part}**{step}: {', '.join(filter(None, counts))}.{rule}"


def _counted(count: int, one: str, several: str) -> str:
    return f"{count} {one if count == 1 else several}" if count else ""
