"""The changes as fragments of the changelog, one for each kind of towncrier, ready to be edited by a person."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from codegen.diff.change import GRADES, Change, Grade, worst
from codegen.diff.text import code
from codegen.report import Refusal

DIRECTORY = "changelog.d"
_KINDS: dict[Grade, str] = {"breaking": "breaking", "addition": "feature", "fix": "fix"}
_MARK: dict[Grade, str] = {"breaking": "**Breaking:** ", "addition": "", "fix": ""}
_REWORDED = "is described in other words"
_VERBS = {"asks", "goes", "has", "is", "may", "must", "need", "needs", "returns", "sends", "stands", "takes", "was"}


def fragments(changes: Iterable[Change]) -> dict[str, str]:
    """Return the text of a fragment for each kind, the kinds in order, breaking lines marked.

    What typing tests say is evidence for a change and not its name, so it is in no fragment. New words are announced
    only where there is nothing else.
    """
    told = [change for change in changes if change.level != "types"]
    lines: dict[Grade, list[str]] = {grade: [] for grade in GRADES}
    for name, whats in _by_name(told).items():
        if not (said := [change for change in whats if not change.what.endswith(_REWORDED)]):
            continue
        grade = worst(change.grade for change in said) or "fix"
        lines[grade].append(_MARK[grade] + sentence(name, [change.what for change in said]))
    if told and not any(lines.values()):
        apis = sorted({change.name.partition(".")[0] for change in told})
        lines["fix"].append(f"Descriptions of {', '.join(map(code, apis))} are up to date.")
    return {_KINDS[grade]: _text(found) for grade, found in lines.items() if found}


def sentence(name: str, whats: Iterable[str]) -> str:
    """Return what is said of a name as a sentence."""
    parts = list(dict.fromkeys(whats))
    joined = "; ".join(parts)
    between = " " if parts[0].split()[0] in _VERBS else ": "
    return f"{code(name)}{between}{joined}." if name else f"{joined}."


def check_name(name: str) -> None:
    """Refuse a name that is no part of a file's name."""
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name):
        raise Refusal("--write-fragment", f"{name!r} is no name of a fragment: use small letters, digits and hyphens")


def write(root: Path, name: str, texts: Mapping[str, str]) -> list[str]:
    """Write the fragments beside the others, all or none, and return their names. What a person wrote is kept."""
    check_name(name)
    paths = {f"{DIRECTORY}/+{name}.{kind}.md": text for kind, text in texts.items()}
    for path, text in paths.items():
        if (root / path).exists() and (root / path).read_text("utf-8") != text:
            raise Refusal(path, "exists and says something else: remove it, or choose another name")
    (root / DIRECTORY).mkdir(exist_ok=True)
    for path, text in paths.items():
        (root / path).write_text(text, "utf-8", newline="\n")
    return list(paths)


def _by_name(changes: Iterable[Change]) -> dict[str, list[Change]]:
    found: dict[str, list[Change]] = {}
    for change in changes:
        found.setdefault(change.name, []).append(change)
    return found


def _text(lines: list[str]) -> str:
    if len(lines) == 1:
        return f"{lines[0]}\n"
    apis = "Following the vendors' documentation:"
    return "\n".join([apis, "", *(f"- {line}" for line in lines), ""])
