"""The sum of the changes is a version."""

from __future__ import annotations

from pathlib import Path

import pytest

from codegen.diff.change import Change, Grade
from codegen.diff.verdict import verdict, version_of


@pytest.mark.parametrize(
    ("version", "grades", "part", "following"),
    [
        ("1.4.2", ["fix", "breaking", "addition"], "major", "2.0.0"),
        ("1.4.2", ["fix", "addition"], "minor", "1.5.0"),
        ("1.4.2", ["fix"], "patch", "1.4.3"),
        ("0.4.2", ["fix", "breaking", "addition"], "minor", "0.5.0"),
        ("0.4.2", ["fix", "addition"], "patch", "0.4.3"),
        ("0.4.2", ["fix"], "patch", "0.4.3"),
        ("0.4.2", [], None, "0.4.2"),
        ("", ["breaking"], "minor", ""),
    ],
)
def test_the_worst_change_decides(version: str, grades: list[Grade], part: str | None, following: str) -> None:
    found = verdict([Change(grade, f"change {number}") for number, grade in enumerate(grades)], version)
    assert (found.part, found.following) == (part, following)
    assert found.counts == {grade: grades.count(grade) for grade in ("breaking", "addition", "fix")}


def test_complaints_of_typing_tests_decide_and_are_counted_apart() -> None:
    found = verdict([Change("fix", "a"), Change("breaking", "mypy: b", level="types")], "1.0.0")
    assert (found.part, found.counts["breaking"], found.complaints) == ("major", 0, 1)


def test_the_version_is_read_as_text(tmp_path: Path) -> None:
    (tmp_path / "reknit").mkdir()
    assert version_of(tmp_path) == ""
    (tmp_path / "reknit" / "__init__.py").write_text('import nowhere\n__version__ = "3.2.1"\n')
    assert version_of(tmp_path) == "3.2.1"
