"""What a page says of an API, as facts: operations, their fields, codes and headers. No prose is kept.

A fact is six short strings, so that a file of them reads well in a diff. Names come from a page that nobody vouches
for: they are visible characters, of a bounded length, and bounded in number.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal, get_args

from attrs import Factory, astuple, define, evolve, frozen

from codegen.drift.sources import Page, write_text
from codegen.report import Refusal

MAX_FACTS = 3000
"""How many facts of a page are kept."""

MAX_NAME = 120
_MAX_TYPE = 400  # an enumeration is a type, too

Kind = Literal["operation", "field", "code", "header"]
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")

_ORDER = {kind: number for number, kind in enumerate(get_args(Kind))}


@frozen
class Fact:
    """One fact. `operation` is the call it belongs to, empty where it stands outside any.

    `place` says where a field is: `path`, `query`, `cookie`, `request`, `response` or, where the page does not say,
    nothing. `need` is `required`, `optional` or, where the page does not say, nothing.
    """

    operation: str
    kind: Kind
    place: str
    name: str
    type: str = ""
    need: str = ""

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What identifies it; type and need are what is said of it."""
        return self.operation, self.kind, self.place, self.name


Facts = tuple[Fact, ...]


@define
class Collector:
    """Collects facts, each once; of what is said twice, the first word counts."""

    found: dict[tuple[str, str, str, str], Fact] = Factory(dict[tuple[str, str, str, str], Fact])

    def add(self, operation: str, kind: Kind, name: str, place: str = "", type_: str = "", need: str = "") -> None:
        """Take in a fact, if there is room and the name is one."""
        name = visible(name)
        if not name or len(self.found) >= MAX_FACTS:
            return
        fact = Fact(visible(operation), kind, place, name, visible(type_, _MAX_TYPE), need)
        known = self.found.get(fact.key)
        if known is not None:
            fact = evolve(known, type=known.type or fact.type, need=known.need or fact.need)
        self.found[fact.key] = fact

    def merge(self, facts: Iterable[Fact]) -> None:
        """Take in facts that were collected elsewhere."""
        for fact in facts:
            self.add(fact.operation, fact.kind, fact.name, fact.place, fact.type, fact.need)

    @property
    def facts(self) -> Facts:
        """All of them, in an order that does not depend on the page's."""
        return ordered(self.found.values())


def ordered(facts: Iterable[Fact]) -> Facts:
    """Return facts by operation, then by kind, then by name."""
    return tuple(sorted(facts, key=lambda fact: (fact.operation, _ORDER[fact.kind], fact.place, fact.name)))


def visible(text: str, bound: int = MAX_NAME) -> str:
    """Return a name as one short line of visible characters."""
    text = text[: 4 * bound]
    return "".join(character if character.isprintable() else " " for character in text).strip()[:bound]


# --- paths -----------------------------------------------------------------------------------------------------------

_HOST = re.compile(r"^(?:https?:)?//[^/?#]*", re.IGNORECASE)
_PLACEHOLDER = re.compile(r"^(?::|\$)(\w+)$|^<([^<>]*)>$|^\{+([^{}]*)\}+$|^\[([^\[\]]*)\]$")


def operation_name(method: str, path: str) -> str:
    """Return a call as `METHOD /path`: without host and query, and with one spelling for placeholders."""
    path = _HOST.sub("", path).partition("?")[0].partition("#")[0]
    path = path.replace("%7B", "{").replace("%7D", "}").replace("%7b", "{").replace("%7d", "}")
    segments = [_PLACEHOLDER.sub(_braced, segment) for segment in path.strip("/").split("/")]
    return f"{method.upper()} /{'/'.join(segments)}"


def _braced(match: re.Match[str]) -> str:
    name = next((group for group in match.groups() if group is not None), "")
    return f"{{{name.strip()}}}"


def same_call(one: str, other: str) -> bool:
    """Return whether two calls are one: placeholders may have other names, or be filled in on one side."""
    method, _, path = one.partition(" ")
    other_method, _, other_path = other.partition(" ")
    return method == other_method and same_path(path, other_path)


def same_path(one: str, other: str) -> bool:
    """Return whether two paths are one: placeholders may have other names, or be filled in on one side."""
    segments, others = one.split("/"), other.split("/")
    return len(segments) == len(others) and all(map(_same_segment, segments, others))


def _same_segment(one: str, other: str) -> bool:
    if one == other:
        return True
    if "{" in one and "{" in other:
        return re.sub(r"\{[^}]*\}", "{}", one) == re.sub(r"\{[^}]*\}", "{}", other)
    return _is_filled(one, other) or _is_filled(other, one)


def _is_filled(template: str, segment: str) -> bool:
    """Return whether a segment can be a placeholder's value: `7f3a` or `TASK_ID` can, a word of a path cannot."""
    if "{" not in template or "{" in segment:
        return False
    before, _, rest = template.partition("{")
    after = rest.partition("}")[2]
    inner = segment[len(before) : len(segment) - len(after)]
    return segment.startswith(before) and segment.endswith(after) and (inner.isupper() or any(map(str.isdigit, inner)))


# --- the committed file ----------------------------------------------------------------------------------------------


def facts_name(page: Page) -> str:
    """Return the name of the file that holds what is known of a page."""
    return f"openapi/facts/{page.spec}/{page.slug}.json"


def read_facts(root: Path, page: Page) -> Facts | None:
    """Return what was accepted of a page; None where nothing was recorded."""
    name = facts_name(page)
    try:
        data = json.loads((root / name).read_text("utf-8"))
        return tuple(_fact(row) for row in data["facts"])
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, KeyError, RecursionError) as problem:
        raise Refusal(
            name, f"holds no facts ({type(problem).__name__}): restore it, or remove it and accept the page"
        ) from None


def write_facts(root: Path, page: Page, facts: Facts) -> None:
    """Write what is accepted of a page, one fact a line."""
    rows = ",\n".join(f"    {json.dumps(astuple(fact))}" for fact in facts)
    head = f'{{\n  "address": {json.dumps(page.address)},\n  "facts": ['
    write_text(root / facts_name(page), f"{head}\n{rows}\n  ]\n}}\n" if rows else f"{head}]\n}}\n")


def rows_of(facts: Facts) -> list[Any]:
    """Return facts as JSON has them."""
    return [list(astuple(fact)) for fact in facts]


def facts_of(rows: Any) -> Facts:
    """Return facts from JSON, or raise ValueError or TypeError."""
    return tuple(_fact(row) for row in rows)


def _fact(row: Any) -> Fact:
    if not isinstance(row, list) or len(row) != 6 or not all(isinstance(part, str) for part in row):
        raise ValueError("a fact is six strings")
    if row[1] not in _ORDER:
        raise ValueError("no kind of fact")
    return Fact(*row)
