"""The typing tests of then are read against the code of now, and only what is new is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from codegen.diff import checkers

TESTS = """\
from typing import assert_type

import nowhere
from reknit import pet

assert_type(pet(), str)
"""


@pytest.fixture
def trees(tmp_path: Path) -> tuple[Path, Path]:
    """Return two trees whose one function returns text, then a number."""
    for name, kind in (("then", "str"), ("now", "int")):
        package = tmp_path / name / "src" / "reknit"
        package.mkdir(parents=True)
        (package / "py.typed").touch()
        (package / "__init__.py").write_text(f"def pet() -> {kind}:\n    return {kind}()\n")
        (tmp_path / name / "tests" / "typing").mkdir(parents=True)
        (tmp_path / name / "tests" / "typing" / "test_api.py").write_text(TESTS)
    return tmp_path / "then", tmp_path / "now"


def test_what_is_new_is_a_breaking_change(trees: tuple[Path, Path]) -> None:
    found = checkers.compare(*trees)
    lines = [(change.name, change.what.partition(":")[0]) for change in found.changes]
    assert ("tests/typing/test_api.py:6", "mypy") in lines
    if not found.notes:  # pyright asks for its own package from the network at its first run
        assert lines == [("tests/typing/test_api.py:6", "mypy"), ("tests/typing/test_api.py:6", "pyright")]
    assert {change.grade for change in found.changes} == {"breaking"}
    assert {change.level for change in found.changes} == {"types"}


def test_what_was_wrong_then_is_no_change(trees: tuple[Path, Path]) -> None:
    then, _ = trees
    assert checkers.compare(then, then).changes == []


def test_a_checker_that_is_missing_or_fails_is_named(trees: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    then, now = trees
    broken = {"mypy": lambda tree: checkers.asked("no_such_checker", [], tree, {}), "pyright": checkers.pyright}
    monkeypatch.setattr(checkers, "CHECKERS", broken)
    monkeypatch.setattr(checkers, "_PYRIGHT", "json.tool")
    found = checkers.compare(then, now)
    assert found.changes == []
    assert found.notes[0] == "the typing tests were not read by mypy: it is not installed"
    assert found.notes[1].startswith("the typing tests were not read by pyright: ")


def test_a_revision_without_typing_tests_is_said(tmp_path: Path) -> None:
    assert checkers.compare(tmp_path, tmp_path).notes == ["that revision has no typing tests"]
