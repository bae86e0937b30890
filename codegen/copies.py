"""The documents as JSON, beside the sandbox that holds requests and answers against them.

A wheel has no `openapi/`, and reading YAML takes ten times as long as the sandbox may take to start.
"""

from __future__ import annotations

import json
from pathlib import Path

from codegen.load import Source

FOLDER = Path("src", "reknit", "sandbox", "specs")


def as_json(source: Source) -> str:
    """Return a document as JSON text, one value a line, so that a change reads well."""
    return json.dumps(source.value, ensure_ascii=False, indent=1) + "\n"


def is_stale(root: Path, source: Source) -> bool:
    """Say whether the copy of a document is missing or another; without a sandbox in the checkout there is none."""
    path = _place(root, source)
    return path.parent.is_dir() and (not path.exists() or path.read_text("utf-8") != as_json(source))


def write_copy(root: Path, source: Source) -> None:
    """Write the copy of a document where it is stale."""
    if is_stale(root, source):
        _place(root, source).write_text(as_json(source), "utf-8", newline="\n")


def _place(root: Path, source: Source) -> Path:
    return root / FOLDER / f"{source.path.stem}.json"
