"""Generates a package and looks at it from outside: is it whole, does it import, is it typed, formatted, the same?"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from attrs import frozen

from codegen import ir
from codegen.generate import client_package
from codegen.load import load
from codegen.report import Report
from codegen.write import write
from corpus.result import Result

ROOT = Path(__file__).resolve().parent.parent
COMMAND = "python -m codegen generate"


@frozen
class Package:
    """A generated package on disk."""

    name: str
    folder: Path
    document: ir.Document


def generated(spec: Path, name: str, out: Path, result: Result) -> Package:
    """Generate a package into a folder; what the generator could not do is noted."""
    report = Report()
    package = client_package(load(spec), name, f"{COMMAND} {spec.name} --package {name}", report)
    for finding in report:
        if finding.severity == "error":
            result.damage(finding.where, "generate", str(finding))
    write(out / name, package.files)
    return Package(name, out / name, package.document)


def check_import(package: Package, result: Result) -> None:
    """Import every module in a fresh interpreter, resolve every annotation and make every decoder."""
    _check(
        "import",
        [sys.executable, "-W", "error", "-m", "corpus.importing", str(package.folder.parent), package.name],
        result,
    )


def check_format(package: Package, result: Result) -> None:
    """See whether the formatter would change anything."""
    command = ["ruff", "format", "--check", "--isolated", "--line-length", "120", "--target-version", "py311"]
    _check("format", [sys.executable, "-m", *command, str(package.folder)], result)


def check_types(package: Package, result: Result) -> None:
    """Run mypy --strict and pyright over the package."""
    mypy = [sys.executable, "-m", "mypy", "--strict", "--no-incremental", "--config-file", os.devnull]
    _check("mypy", [*mypy, str(package.folder)], result)
    _check("pyright", [sys.executable, "-m", "pyright", "--pythonpath", sys.executable, str(package.folder)], result)


def check_same(package: Package, spec: Path, out: Path, result: Result) -> None:
    """Generate once more with another order of hashes, and compare the bytes."""
    command = [sys.executable, "-m", "codegen", "generate", str(spec.resolve()), "--package", package.name]
    environment = {**os.environ, "PYTHONHASHSEED": "4711"}
    done = subprocess.run(
        [*command, "--out", str(out), "--allow-incomplete"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        result.damage("", "again", done.stderr.strip()[-300:])
        return
    for path in sorted(package.folder.rglob("*.py")):
        other = out / package.name / path.relative_to(package.folder)
        if not other.exists() or other.read_bytes() != path.read_bytes():
            result.damage("", "again", f"{path.relative_to(package.folder)} has other bytes on a second run")


def _check(what: str, command: list[str], result: Result) -> None:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        lines = [line for line in (done.stdout + done.stderr).strip().splitlines() if line.strip()]
        errors = [line for line in lines if "error" in line.lower()] or lines[-1:]
        result.damage("", what, f"{len(errors)} x: {errors[0].strip()[:300]}" if errors else "failed")
