"""Reads the typing tests of the older revision against the code of now, with the type checkers that are installed.

What a checker says of the old code too (a package that is not installed, a newer checker) is no change and is left out.
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from attrs import frozen

from codegen.diff.change import Change
from codegen.diff.text import code

TESTS = Path("tests") / "typing"
_TIMEOUT = 900.0
_PYRIGHT = "pyright"
_MYPY_LINE = re.compile(r"(?P<file>[^:]+):(?P<line>\d+): error: (?P<message>.*)")


@frozen
class Complaint:
    """What a checker says of one line of the typing tests."""

    file: str
    line: int
    message: str


@frozen
class Checked:
    """What is different for type checkers, and what could not be looked at."""

    changes: list[Change]
    notes: list[str]


class NotRun(Exception):
    """A checker did not come to a judgement; the text says why."""


def compare(then: Path, now: Path) -> Checked:
    """Check the typing tests that both trees hold a copy of; each tree has its own `src`.

    A checker that is missing or fails is named in the notes, and the others are asked all the same.
    """
    changes: list[Change] = []
    notes: list[str] = []
    if not any((now / TESTS).glob("*.py")):
        return Checked([], ["that revision has no typing tests"])
    for name, ask in CHECKERS.items():
        try:
            found = ask(now)
            known = ask(then) if found else []
        except NotRun as reason:
            notes.append(f"the typing tests were not read by {name}: {reason}")
            continue
        changes += [_change(name, complaint) for complaint in found if complaint not in known]
    return Checked(changes, notes)


def _change(checker: str, complaint: Complaint) -> Change:
    where = f"{TESTS.as_posix()}/{complaint.file}:{complaint.line}"
    return Change("breaking", f"{checker}: {code(complaint.message)}", where, level="types")


def mypy(tree: Path) -> list[Complaint]:
    """Return what mypy says, with the settings of the older revision."""
    config = tree / "pyproject.toml"
    options = ["--no-pretty", "--no-error-summary", "--no-color-output", "--hide-error-context", "--no-incremental"]
    options += ["--config-file", config.name] if config.exists() else ["--config-file=", "--strict"]
    done = asked("mypy", [*options, TESTS.as_posix()], tree, {"MYPYPATH": "src"})
    if done.returncode not in (0, 1):
        raise NotRun(code(done.stderr.strip() or done.stdout.strip()))
    lines = [match for line in done.stdout.splitlines() if (match := _MYPY_LINE.fullmatch(line))]
    return [
        Complaint(Path(line["file"]).name, int(line["line"]), line["message"])
        for line in lines
        if Path(line["file"]).parent == TESTS
    ]


def pyright(tree: Path) -> list[Complaint]:
    """Return what pyright says; it takes the tree's package for an installed one, as a user's would be."""
    options = ["--outputjson", "--pythonpath", sys.executable, "--project", TESTS.as_posix()]
    done = asked(_PYRIGHT, options, tree, {"PYTHONPATH": str(tree / "src"), "PYRIGHT_PYTHON_IGNORE_WARNINGS": "1"})
    try:
        said: dict[str, Any] = json.loads(done.stdout)
        found = [item for item in said["generalDiagnostics"] if item["severity"] == "error"]
        return [
            Complaint(Path(item["file"]).name, item["range"]["start"]["line"] + 1, item["message"]) for item in found
        ]
    except (ValueError, KeyError, TypeError):
        raise NotRun(code(done.stderr.strip() or done.stdout.strip() or "it said nothing")) from None


def asked(module: str, options: list[str], tree: Path, more: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a checker in a tree and return what it said, whatever that is."""
    if importlib.util.find_spec(module) is None:
        raise NotRun("it is not installed")
    try:
        return subprocess.run(
            [sys.executable, "-P", "-m", module, *options],
            cwd=tree,
            env={**os.environ, **more},
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            check=False,
            timeout=_TIMEOUT,
        )
    except subprocess.TimeoutExpired:
        raise NotRun(f"it took longer than {_TIMEOUT:.0f} s") from None


CHECKERS: dict[str, Callable[[Path], list[Complaint]]] = {"mypy": mypy, "pyright": pyright}
