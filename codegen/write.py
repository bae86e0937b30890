"""Puts a package on disk in one step: written beside its place, then swapped in. A failure leaves what was there."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import mkdtemp

from codegen.report import Refusal

MARK = "Do not edit."
"""What the header of every emitted file says. A directory with a file that does not say so is not ours to replace."""

_LONGEST_SWAP = 600
"""Seconds after which nobody is still writing what stands beside."""


def write(folder: Path, files: Mapping[str, str]) -> bool:
    """Make a directory hold these files and no others; return whether anything changed."""
    folder = folder.resolve()
    if differences(folder, files) == ():
        return False
    _refuse_what_is_not_ours(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        beside.chmod(0o755)
        for name, text in files.items():
            path = beside / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8", newline="\n")
        _swap(beside, folder)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    _clear_away(folder)
    return True


def _swap(beside: Path, folder: Path) -> None:
    old = beside.with_name(f"{beside.name}.old")
    if folder.exists():
        folder.rename(old)
    try:
        beside.rename(folder)
    except OSError:
        if old.exists():
            old.rename(folder)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _clear_away(folder: Path) -> None:
    """Remove what runs that were killed left beside, unless it may be a run of this moment."""
    for left in folder.parent.glob(f".{folder.name}.????????*"):
        if time.time() - left.stat().st_mtime > _LONGEST_SWAP:
            shutil.rmtree(left, ignore_errors=True)


def differences(folder: Path, files: Mapping[str, str]) -> tuple[str, ...]:
    """Return the names of the files that are missing, stale or different."""
    there = {path.relative_to(folder).as_posix() for path in _files(folder)}
    changed = [name for name in there & files.keys() if (folder / name).read_bytes() != files[name].encode()]
    return tuple(sorted([*changed, *(there ^ files.keys())]))


def _files(folder: Path) -> Iterator[Path]:
    if folder.is_dir():
        yield from (path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)


def _refuse_what_is_not_ours(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise Refusal(str(folder), "is not a directory")
    for path in _files(folder):
        if path.name == "py.typed":
            continue
        if MARK not in path.read_text("utf-8", errors="replace")[:2000]:
            raise Refusal(str(path), "was not generated: choose an empty directory, or remove it")
