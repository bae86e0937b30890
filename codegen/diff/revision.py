"""Reads an older revision with git: its files are copied to a directory, and the working tree is not touched.

The files are asked for by name and read from the object store (`ls-tree`, `cat-file`), so that neither attributes nor
links nor submodules of the revision decide what is written, or where.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

from attrs import frozen

from codegen.report import Refusal, one_line

_RELEASE = re.compile(r"v?(\d+)\.(\d+)\.(\d+)")
_FILES = (b"100644", b"100755")


@frozen
class Revision:
    """A commit: how the user called it, and what it is."""

    label: str
    commit: str
    root: Path

    def __str__(self) -> str:
        return f"{one_line(self.label)} ({self.commit[:12]})"


def revision(root: Path, wanted: str | None) -> Revision:
    """Return the commit that a name means; without a name, the newest release that HEAD stands on, else HEAD."""
    _check(_git(root, "rev-parse", "--show-toplevel"))
    label = wanted if wanted is not None else _last_release(root) or "HEAD"
    found = _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{label}^{{commit}}")
    commit = found.stdout.decode("ascii", "replace").strip()
    if found.returncode or not re.fullmatch(r"[0-9a-f]{40}|[0-9a-f]{64}", commit):
        raise Refusal(
            label or "''",
            "is no commit of this repository: `git tag` and `git log --oneline` name them; "
            "a shallow clone needs `git fetch --tags --unshallow` first",
        )
    return Revision(label.removeprefix("refs/tags/"), commit, root)


def _last_release(root: Path) -> str | None:
    tags = _git(root, "tag", "--list", "--merged", "HEAD").stdout.decode("utf-8", "replace").split()
    releases = [(tuple(map(int, match.groups())), tag) for tag in tags if (match := _RELEASE.fullmatch(tag))]
    return f"refs/tags/{max(releases)[1]}" if releases else None


def copy(source: Revision, wanted: Sequence[str], folder: Path) -> None:
    """Write the files below some directories of a revision to a directory; links and submodules are left out."""
    entries = list(_entries(source, wanted))
    asked = "".join(f"{digest}\n" for digest, _ in entries).encode()
    answer = _check(_git(source.root, "cat-file", "--batch", stdin=asked)).stdout
    offset = 0
    for digest, name in entries:
        begin = answer.find(b"\n", offset) + 1
        fields = answer[offset:begin].split()
        if len(fields) != 3:  # `<object> missing`
            raise Refusal(str(source), f"{name}: git cannot read object {digest}: `git fsck` says more")
        offset = begin + int(fields[2]) + 1
        path = folder.joinpath(*name.parts)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(answer[begin : offset - 1])


def _entries(source: Revision, wanted: Sequence[str]) -> Iterator[tuple[str, PurePosixPath]]:
    listed = _check(_git(source.root, "ls-tree", "-r", "-z", source.commit, "--", *wanted))
    for line in listed.stdout.split(b"\0"):
        meta, _, raw = line.partition(b"\t")
        name = PurePosixPath(os.fsdecode(raw))
        if meta and meta.split()[0] in _FILES and not name.is_absolute() and ".." not in name.parts:
            yield meta.split()[2].decode(), name


def _git(root: Path, *arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(["git", "-C", str(root), *arguments], input=stdin, capture_output=True, check=False)
    except FileNotFoundError:
        raise Refusal("git", "is not on PATH: install it, or add it to PATH") from None
    except ValueError:  # an argument of a process holds no NUL
        raise Refusal("REV", "holds a character that no name of a commit holds") from None


def _check(done: subprocess.CompletedProcess[bytes]) -> subprocess.CompletedProcess[bytes]:
    if done.returncode:
        raise Refusal("git", one_line(done.stderr.decode("utf-8", "replace").strip() or "failed"))
    return done
