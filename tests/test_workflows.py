"""The workflows agree with what they stand beside, and can do no more than they need."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
each_workflow = pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)


def _load(path: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))
    return loaded


def _steps(workflow: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for job in workflow["jobs"].values():
        yield from job.get("steps", ())


def _pythons_of_nox() -> list[str]:
    for node in ast.parse((ROOT / "noxfile.py").read_text("utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "PYTHONS":
            return list(ast.literal_eval(node.value))
    raise AssertionError


def test_there_are_three() -> None:
    assert [path.stem for path in WORKFLOWS] == ["drift", "release", "test"]


def test_the_pythons_are_those_that_nox_tests_and_the_package_promises() -> None:
    tested = _load(ROOT / ".github/workflows/test.yml")["jobs"]["run"]["strategy"]["matrix"]["python"]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    promised = re.findall(r"Python :: (3\.\d+)", "\n".join(project["classifiers"]))
    assert tested == _pythons_of_nox() == promised
    assert project["requires-python"] == f">={tested[0]}"


@each_workflow
def test_nothing_is_allowed_but_what_a_job_names(path: Path) -> None:
    workflow = _load(path)
    assert workflow["permissions"] == {}
    assert all("permissions" in job for job in workflow["jobs"].values())
    allowed = {
        (name, permission)
        for name, job in workflow["jobs"].items()
        for permission in job["permissions"].items()
        if permission != ("contents", "read")
    }
    assert (
        allowed
        == {
            "drift": {("report", ("issues", "write"))},
            "release": {("publish", ("id-token", "write"))},
            "test": set(),
        }[path.stem]
    )


@each_workflow
def test_what_may_write_runs_nothing_of_the_repository(path: Path) -> None:
    for job in _load(path)["jobs"].values():
        if "write" in job["permissions"].values():
            assert not [step for step in job["steps"] if "checkout" in step.get("uses", "")]
            assert "python" not in str([step.get("run") for step in job["steps"]])


@each_workflow
def test_no_text_reaches_a_shell_by_way_of_an_expression(path: Path) -> None:
    assert not [step["run"] for step in _steps(_load(path)) if "${{" in step.get("run", "")]


@each_workflow
def test_no_checkout_leaves_its_token_behind_and_no_job_runs_for_ever(path: Path) -> None:
    workflow = _load(path)
    for step in _steps(workflow):
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False
    assert all("timeout-minutes" in job for job in workflow["jobs"].values() if "steps" in job)


@each_workflow
def test_commands_that_are_run_exist(path: Path) -> None:
    for step in _steps(_load(path)):
        if step.get("run", "").startswith(".ci/"):
            assert (ROOT / step["run"]).stat().st_mode & 0o100


@pytest.mark.skipif(shutil.which("bash") is None, reason="the runner's shell is not here")
@pytest.mark.parametrize(
    ("code", "number", "done"),
    [
        ("1", "", "issue create --title"),
        ("2", "", "issue create --title"),
        ("1", "7", "issue edit 7 --body-file report.md"),
        ("0", "7", "issue close 7 --comment"),
        ("0", "", ""),
    ],
)
def test_there_is_one_issue_of_drift_as_long_as_there_is_drift(
    tmp_path: Path, code: str, number: str, done: str
) -> None:
    """GitHub's client is played by a script that answers with a number and notes what it is asked to do."""
    [step] = [step for step in _steps(_load(ROOT / ".github/workflows/drift.yml")) if "gh issue" in step.get("run", "")]
    client = tmp_path / "gh"
    client.write_text('#!/bin/sh\n[ "$2" = list ] && echo "$NUMBER" || echo "$@" >> asked\n', "utf-8")
    client.chmod(0o755)
    told = {"PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}", "TITLE": "a 'title'", "CODE": code, "NUMBER": number}
    subprocess.run(["bash", "-e", "-c", step["run"]], cwd=tmp_path, env=told, check=True)
    asked = (tmp_path / "asked").read_text("utf-8") if (tmp_path / "asked").exists() else ""
    assert asked.startswith(done)
    assert asked.count("\n") == bool(done)
