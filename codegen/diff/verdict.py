"""The sum of the changes as a version.

From 1.0.0 on it is semantic versioning. While the first number is 0, the second one counts what breaks, and everything
else is the third one's (CHANGELOG.md says so to users).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from attrs import frozen

from codegen.diff.change import GRADES, Change, Grade, worst

Part = Literal["major", "minor", "patch"]
_VERSION = re.compile(r"""^__version__ = ["'](\d+)\.(\d+)\.(\d+)""", re.MULTILINE)


@frozen
class Verdict:
    """How many changes there are of each grade, and the version that they ask for at least.

    `complaints` of typing tests are no changes of their own: they show what others mean to type checkers.
    """

    counts: dict[Grade, int]
    complaints: int
    part: Part | None
    version: str
    following: str


def verdict(changes: Iterable[Change], version: str) -> Verdict:
    """Return the verdict on a sum of changes since a version (`X.Y.Z`, or empty where there is none)."""
    found = list(changes)
    told = [change.grade for change in found if change.level != "types"]
    counts: dict[Grade, int] = {grade: told.count(grade) for grade in GRADES}
    complaints = len(found) - len(told)
    grade = worst(change.grade for change in found)
    if grade is None:
        return Verdict(counts, 0, None, version, version)
    numbers = tuple(map(int, version.split("."))) if version else (0, 0, 0)
    part = _part(grade, stable=numbers[0] > 0)
    return Verdict(counts, complaints, part, version, _next(numbers, part) if version else "")


def version_of(tree: Path) -> str:
    """Return the version that a source tree states, or nothing where it states none."""
    path = tree / "reknit" / "__init__.py"
    match = _VERSION.search(path.read_text("utf-8", errors="replace")) if path.is_file() else None
    return ".".join(match.groups()) if match else ""


def _part(grade: Grade, *, stable: bool) -> Part:
    if grade == "breaking":
        return "major" if stable else "minor"
    return "minor" if grade == "addition" and stable else "patch"


def _next(numbers: tuple[int, ...], part: Part) -> str:
    major, minor, patch = numbers
    following = {"major": (major + 1, 0, 0), "minor": (major, minor + 1, 0), "patch": (major, minor, patch + 1)}[part]
    return ".".join(map(str, following))
