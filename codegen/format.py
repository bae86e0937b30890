"""Formats emitted Python with ruff: unused imports out, imports sorted, lines broken. The same on every machine.

Imports are never moved under `TYPE_CHECKING`: msgspec and cattrs read the annotations of models at run time.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

_OPTIONS = ("--isolated", "--no-cache", "--quiet")
_TARGET = ("--target-version=py311", "--line-length=120")
_RULES = "--select=F401,I"


def formatted(files: Mapping[str, str]) -> dict[str, str]:
    """Return Python files by name as ruff writes them; other files are returned as they are."""
    with TemporaryDirectory() as directory:
        folder = Path(directory)
        python = [name for name in files if name.endswith(".py")]
        for name in python:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(files[name], "utf-8", newline="\n")
        isort = "lint.isort = {known-first-party = ['reknit'], split-on-trailing-comma = false}"
        _ruff(folder, "check", *_OPTIONS, *_TARGET, _RULES, "--config", isort, "--fix-only", *python)
        _ruff(folder, "format", *_OPTIONS, *_TARGET, *python)
        return {name: (folder / name).read_text("utf-8") if name in python else text for name, text in files.items()}


def _ruff(folder: Path, *arguments: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "ruff", *arguments], cwd=folder, capture_output=True, text=True, check=False
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"ruff cannot format what was generated: {done.stderr.strip()}")
