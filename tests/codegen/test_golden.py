"""Whole packages, compared with what is committed: a reviewer reads here what a change of the generator does.

`REFRESH_GOLDEN=1 pytest tests/codegen/test_golden.py` writes them anew.
"""

from __future__ import annotations

import ast
import importlib
import os
import subprocess
import sys
import typing
from pathlib import Path

import attrs
import pytest

from codegen.__main__ import COMMAND
from codegen.generate import client_package
from codegen.load import load
from codegen.report import Report
from codegen.write import differences, write

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SPECS = sorted((HERE / "specs").glob("*.yaml"))
GOLDEN = HERE / "golden"


def package(spec: Path) -> dict[str, str]:
    command = f"{COMMAND} {spec.name} --package {spec.stem}"
    return client_package(load(spec), spec.stem, command, Report()).files


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.stem)
def test_a_spec_gives_what_is_committed(spec: Path) -> None:
    files = package(spec)
    if os.environ.get("REFRESH_GOLDEN"):
        write(GOLDEN / spec.stem, files)
    assert differences(GOLDEN / spec.stem, files) == ()


@pytest.mark.parametrize("seed", ["0", "4711"])
def test_the_same_bytes_come_out_of_any_process(seed: str, tmp_path: Path) -> None:
    """Hash seeds, working directories and places of the checkout leave no trace."""
    environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT), "LC_ALL": "C", "TZ": "Asia/Tokyo"}
    for spec in SPECS:
        subprocess.run(
            [sys.executable, "-m", "codegen", "generate", str(spec), "--package", spec.stem, "--out", "."],
            cwd=tmp_path, env=environment, check=True, capture_output=True,
        )  # fmt: skip
        written = {path.relative_to(tmp_path / spec.stem).as_posix() for path in (tmp_path / spec.stem).rglob("*.*")}
        golden = GOLDEN / spec.stem
        assert written == {
            path.relative_to(golden).as_posix() for path in golden.rglob("*.*") if "__pycache__" not in path.parts
        }
        for name in written:
            assert (tmp_path / spec.stem / name).read_bytes() == (golden / name).read_bytes()


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.stem)
def test_no_place_of_this_machine_is_in_the_code(spec: Path) -> None:
    text = "\n".join(package(spec).values())
    assert str(ROOT) not in text
    assert str(Path.home()) not in text


def test_the_emitted_code_is_formatted_and_lints() -> None:
    options = ["--isolated", "--no-cache", "--line-length=120", "--target-version=py311", str(GOLDEN)]
    for command in (["format", "--check"], ["check", "--select=E4,E7,E9,F,I,B,UP,PYI"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, *options], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.stem)
def test_hostile_text_adds_no_statement(spec: Path) -> None:
    """No module holds anything but imports, definitions, constants, docstrings and the choice of how models load."""
    allowed = (ast.Import, ast.ImportFrom, ast.ClassDef, ast.FunctionDef, ast.AnnAssign, ast.Assign, ast.If)
    for path in (GOLDEN / spec.stem).rglob("*.py"):
        for statement in ast.parse(path.read_text("utf-8")).body:
            text = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
            assert text or isinstance(statement, allowed), f"{path}:{statement.lineno}"
            if isinstance(statement, ast.Import):
                assert {name.name for name in statement.names} <= {"builtins", "datetime", "attrs"}


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.stem)
def test_the_package_imports_and_every_annotation_resolves(spec: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(GOLDEN)
    client = importlib.import_module(spec.stem).Client
    models = importlib.import_module(f"{spec.stem}._generated.models")
    for name in models.__all__:
        if attrs.has(getattr(models, name)):
            typing.get_type_hints(getattr(models, name), include_extras=True)
    operations = importlib.import_module(f"{spec.stem}._generated.operations")
    for group in client.__annotations__.values():
        for name, method in vars(getattr(operations, group)).items():
            if not name.startswith("_") and callable(method):
                typing.get_type_hints(method, vars(operations) | {"models": models})


def test_the_emitted_code_passes_mypy_strict(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--python-version=3.11", "--config-file=",
         f"--cache-dir={tmp_path}", "."],
        cwd=GOLDEN, env={**os.environ, "MYPYPATH": str(ROOT / "src")}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
