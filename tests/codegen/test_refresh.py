"""Everything in one go: no step stops another, and the end says what a person must decide."""

from __future__ import annotations

import sys

import pytest

from codegen.__main__ import main as generator
from codegen.refresh import AFTER, BEFORE, Step, main
from tests.codegen.diff.conftest import Repository, repository

__all__ = ["repository"]


def _step(title: str, code: int, decisions: dict[int, str] | None = None) -> Step:
    return Step(title, (sys.executable, "-c", f"raise SystemExit({code})"), decisions or {})


def test_nothing_is_left_where_nothing_changed(repository: Repository, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([], repository.root, [_step("one", 0)], [_step("two", 0)]) == 0
    out = capsys.readouterr().out
    assert out.index("==> one") < out.index("==> diff: what do users notice?") < out.index("==> two")
    assert out.endswith("==> what is left\n\nNothing is left to decide.\n")


def test_what_a_person_must_decide_is_a_list_and_no_failure(
    repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    generator(["generate"], repository.root)
    repository.edit("openapi/shop.yaml", "[small, large]", "[small]")
    repository.edit("openapi/shop.yaml", "weight: {type: number}", "weight: {type: integer}")
    assert main(["HEAD"], repository.root, [_step("drift", 2, {2: "Offline: look later."})], []) == 0
    assert capsys.readouterr().out.endswith(
        "==> what is left\n\nWhat you must decide:\n\n"
        "1. Offline: look later.\n"
        "2. Does this have to break users? `shop.PetsListSize` has no value `'large'` any more.\n"
        "3. Does this have to break users? `shop.Pet.weight` is `int` instead of `float`.\n"
        "4. Is a minor release what you want? Then write the fragments with "
        "`nox -s diff -- --write-fragment NAME` and edit them.\n"
        "5. Not looked at: Python: there is no `src/reknit` in both.\n"
    )


def test_a_step_that_fails_stops_nothing_and_fails_the_whole(
    repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    missing = Step("missing", ("no-such-command-anywhere",))
    assert main([], repository.root, [_step("drift", 3, {1: "x"}), missing], [_step("tests", 0)]) == 1
    out = capsys.readouterr().out
    assert "==> tests" in out
    assert "\n- drift (exit code 3, see above)\n- missing (exit code 127, see above)\n" in out


def test_a_revision_that_is_none_fails_and_stops_nothing(
    repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["nowhere"], repository.root, [], [_step("tests", 0)]) == 1
    out = capsys.readouterr().out
    assert "- diff: nowhere: is no commit of this repository" in out
    assert "==> tests" in out


def test_drift_that_could_not_look_is_a_decision_and_every_command_is_there() -> None:
    assert set(BEFORE[0].decisions) == {1, 2}
    assert [step.title.partition(":")[0] for step in (*BEFORE, *AFTER)] == [
        "drift", "generate", "check", "lint", "lint", "lint", "types", "types", "tests",
    ]  # fmt: skip
