"""The day a page changed, in one go: drift, generate, diff, checks; and at the end what a person must decide.

`nox -s refresh` runs it. No step stops those after it. What only a person can judge (a page that changed, a line that
breaks, a network that was not there) is a decision and not a failure; a check that fails is one.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from attrs import Factory, define, frozen

from codegen.diff.comparison import compared
from codegen.diff.fragment import sentence
from codegen.diff.rendering import Comparison, markdown
from codegen.report import Refusal

ROOT = Path(__file__).resolve().parent.parent
_PYTHON = (sys.executable, "-m")
_APIS = ("refonte", "relays", "rezi", "rezolve")
_MOST = 20
"""How many breaking changes are asked about one by one."""


@frozen
class Step:
    """A command, and which of its exit codes are a person's to decide on; any other but 0 is a failure."""

    title: str
    command: tuple[str, ...]
    decisions: Mapping[int, str] = Factory(dict[int, str])


BEFORE = (
    Step(
        "drift: have the pages changed?",
        (*_PYTHON, "codegen", "drift"),
        {
            1: "Pages differ from what was recorded, or were never recorded: read the report above, edit `openapi/` to "
            "match, then record them with `nox -s drift -- --accept PAGE`.",
            2: "Not every page could be looked at, and those may have changed: run `nox -s drift` where they can be "
            "reached, or go on knowing it. What the report above says of the others is yours to read all the same.",
        },
    ),
    Step("generate: write the code", (*_PYTHON, "codegen", "generate")),
)
AFTER = (
    Step("check: is the code what the documents give?", (*_PYTHON, "codegen", "check")),
    Step("lint: style", (*_PYTHON, "ruff", "check", ".")),
    Step("lint: format", (*_PYTHON, "ruff", "format", "--check", ".")),
    Step("lint: walls", ("lint-imports",)),
    Step("types: mypy", (*_PYTHON, "mypy")),
    Step("types: pyright", (*_PYTHON, "pyright")),
    Step(
        "tests: the documents and the four APIs",
        (
            *_PYTHON,
            "pytest",
            "-q",
            "-n",
            "auto",
            "tests/openapi",
            "tests/test_apis.py",
            *(f"tests/{api}" for api in _APIS),
        ),
    ),
)


@define
class Outcome:
    """What was met: what a person must decide, and what failed."""

    decisions: list[str] = Factory(list[str])
    failures: list[str] = Factory(list[str])

    def run(self, step: Step, root: Path) -> None:
        """Run one step, its output as it comes, and keep what its exit code means."""
        _headline(step.title)
        try:
            code = subprocess.run(step.command, cwd=root, check=False).returncode
        except OSError as problem:
            print(f"{step.command[0]}: {problem.strerror}")
            code = 127
        if code in step.decisions:
            self.decisions.append(step.decisions[code])
        elif code:
            self.failures.append(f"{step.title} (exit code {code}, see above)")

    def compare(self, root: Path, rev: str | None) -> None:
        """Print what users notice, and keep what has to be decided about it."""
        _headline("diff: what do users notice?")
        try:
            found = compared(root, rev)
        except Refusal as refusal:
            print(refusal)
            self.failures.append(f"diff: {refusal}")
            return
        print(markdown(found), end="")
        self.decisions += _asked(found)

    def summary(self) -> str:
        """Return what is left to do, as a list."""
        lines = ["Nothing is left to decide."] if not self.decisions else ["What you must decide:", ""]
        lines += [f"{number}. {decision}" for number, decision in enumerate(self.decisions, 1)]
        if self.failures:
            lines += ["", "What failed and has to be mended first:", "", *(f"- {failure}" for failure in self.failures)]
        return "\n".join(lines)


def main(
    arguments: Sequence[str] = (), root: Path = ROOT, before: Sequence[Step] = BEFORE, after: Sequence[Step] = AFTER
) -> int:
    """Run everything and return 0, or 1 where a check failed; the argument is the revision to compare with."""
    outcome = Outcome()
    for step in before:
        outcome.run(step, root)
    outcome.compare(root, arguments[0] if arguments else None)
    for step in after:
        outcome.run(step, root)
    _headline("what is left")
    print(outcome.summary())
    return 1 if outcome.failures else 0


def _asked(found: Comparison) -> list[str]:
    """Return the questions that a comparison leaves."""
    if not found.changes:
        return []
    breaking = [change for change in found.changes if change.grade == "breaking" and change.level != "types"]
    questions = [
        f"Does this have to break users? {sentence(change.name, [change.what])}" for change in breaking[:_MOST]
    ]
    if len(breaking) > _MOST:
        questions.append(f"And do the other {len(breaking) - _MOST} breaking changes of the report?")
    if found.verdict.complaints:
        questions.append(
            "The typing tests of the older revision do not pass: change them only if users have to change too."
        )
    step = f" ({found.verdict.following} or later)" if found.verdict.following else ""
    questions.append(
        f"Is a {found.verdict.part} release{step} what you want? Then write the fragments with "
        "`nox -s diff -- --write-fragment NAME` and edit them."
    )
    questions += [f"Not looked at: {note}." for note in found.notes]
    return questions


def _headline(title: str) -> None:
    print(f"\n==> {title}\n", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
