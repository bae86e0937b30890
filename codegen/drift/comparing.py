"""Lays facts beside facts: what came, went and changed on a page, and what page and spec do not have in common."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from attrs import evolve, frozen

from codegen.drift.contracts import Contract
from codegen.drift.facts import Fact, Facts, same_call

_EVERY_STATUS = "DEFAULT"


@frozen
class Change:
    """One fact that is not what it was. What it says holds words of the page."""

    sign: Literal["+", "-", "~"]
    text: str


@frozen
class Gaps:
    """What the page has and the spec lacks, what the spec has from it and it lacks, and where the two differ."""

    spec_lacks: tuple[str, ...] = ()
    page_lacks: tuple[str, ...] = ()
    differ: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.spec_lacks) + len(self.page_lacks) + len(self.differ)


# --- a page, then and now --------------------------------------------------------------------------------------------


def compare(old: Facts, new: Facts) -> tuple[Change, ...]:
    """Return what changed: calls first, then their parts. The parts of a call that came or went are only counted."""
    went, came = _calls(old) - _calls(new), _calls(new) - _calls(old)
    moved = _changed_methods(went, came)
    changes = [Change("~", f"{was} is now {now}") for was, now in moved.items()]
    gone, added = went - moved.keys(), came - set(moved.values())
    changes += (Change("-", f"operation {name}{_with_parts(old, name)}") for name in sorted(gone))
    changes += (Change("+", f"operation {name}{_with_parts(new, name)}") for name in sorted(added))
    before = {fact.key: fact for fact in (_renamed(each, moved) for each in old) if _is_part(fact, gone)}
    after = {fact.key: fact for fact in new if _is_part(fact, added)}
    changes += (Change("-", described(fact)) for key, fact in before.items() if key not in after)
    changes += (Change("+", described(fact)) for key, fact in after.items() if key not in before)
    both = ((before[key], fact) for key, fact in after.items() if key in before)
    changes += (
        Change("~", f"{described(fact, bare=True)}: {text}") for was, fact in both for text in _differences(was, fact)
    )
    return tuple(changes)


def _calls(facts: Facts) -> set[str]:
    return {fact.name for fact in facts if fact.kind == "operation"}


def _changed_methods(went: set[str], came: set[str]) -> dict[str, str]:
    """Pair the calls of one path of which one went and one came."""
    gone, added = _by_path(went), _by_path(came)
    return {
        names[0]: added[path][0]
        for path, names in sorted(gone.items())
        if len(names) == 1 and len(added.get(path, [])) == 1
    }


def _by_path(names: set[str]) -> dict[str, list[str]]:
    paths: dict[str, list[str]] = {}
    for name in names:
        paths.setdefault(name.partition(" ")[2], []).append(name)
    return paths


def _renamed(fact: Fact, moved: dict[str, str]) -> Fact:
    return evolve(fact, operation=moved[fact.operation]) if fact.operation in moved else fact


def _is_part(fact: Fact, apart: set[str]) -> bool:
    return fact.kind != "operation" and fact.operation not in apart


def _with_parts(facts: Facts, operation: str) -> str:
    count = sum(fact.operation == operation and fact.kind != "operation" for fact in facts)
    return f", with {count} field{'s' * (count != 1)}, codes or headers" if count else ""


def _differences(old: Fact, new: Fact) -> Iterator[str]:
    if old.type != new.type:
        yield f"type {old.type or 'not said'} is now {new.type or 'not said'}"
    if old.need != new.need:
        yield f"{old.need or 'need not said'} is now {new.need or 'not said'}"


def described(fact: Fact, *, bare: bool = False) -> str:
    """Return a fact in words."""
    words = {"field": f"{fact.place} field".strip(), "code": "code", "header": "header", "operation": "operation"}
    said = ", ".join(part for part in (fact.type, fact.need) if part)
    text = f"{words[fact.kind]} {fact.name}{f' ({said})' if said and not bare else ''}"
    return f"{text} of {fact.operation}" if fact.operation and fact.kind != "operation" else text


# --- a page and its spec ---------------------------------------------------------------------------------------------


def gaps(contract: Contract, address: str, page: Facts) -> Gaps:
    """Return what a page and its spec do not have in common. What a spec marks as uncertain is no promise of a page."""
    page = tuple(_without_base(fact, contract.bases) for fact in page)
    unknown = _unknown_calls(page, contract)
    spec_lacks: list[str] = []
    differ: list[str] = []
    for fact in page:
        matches = _matches(fact, contract.facts)
        lacking = fact.kind == "operation" or (fact.operation not in unknown and not _is_free(fact, contract.facts))
        if not matches and lacking:
            spec_lacks.append(described(fact))
        elif matches and (text := _differs(fact, matches)):
            differ.append(f"{described(fact, bare=True)}: {text}")
    vouched = contract.vouched_by(address)
    page_lacks = [described(fact) for fact in vouched if _is_missing(fact, page)]
    return Gaps(tuple(spec_lacks), tuple(page_lacks), tuple(differ))


def _without_base(fact: Fact, bases: tuple[str, ...]) -> Fact:
    method, _, path = fact.operation.partition(" ")
    for base in bases:
        if path.startswith(f"{base}/"):
            name = f"{method} {path[len(base) :]}"
            return evolve(fact, operation=name, name=name if fact.kind == "operation" else fact.name)
    return fact


def _matches(fact: Fact, facts: Facts) -> list[Fact]:
    """Return what a spec says of a page's fact: of the same call where the spec has it, else of any."""
    if fact.kind == "operation":
        return [other for other in facts if other.kind == "operation" and same_call(fact.name, other.name)]
    alike = [other for other in facts if other.kind == fact.kind and _same_name(fact, other)]
    known = any(other.kind == "operation" and same_call(fact.operation, other.name) for other in facts)
    if not known or (fact.kind == "code" and not fact.name.isdigit()) or fact.kind == "header":
        return alike
    return [other for other in alike if same_call(fact.operation, other.operation)]


def _same_name(fact: Fact, other: Fact) -> bool:
    name, other_name = fact.name, other.name
    if fact.kind == "field":
        return _leaf(name) == _leaf(other_name)
    if fact.kind == "header":
        name, other_name = name.lower(), other_name.lower()
        start = name.partition("*")[0]
        return name == other_name or ("*" in name and bool(start) and other_name.startswith(start))
    if name.isdigit() and len(name) == 3:
        return other_name.upper() in {name, f"{name[0]}XX"} or (other_name.upper() == _EVERY_STATUS and name >= "400")
    return name == other_name


def _is_free(fact: Fact, facts: Facts) -> bool:
    """Return whether a field stands in an object of which the spec says no more than that it is one."""
    above = fact.name.rpartition(".")[0]
    if fact.kind != "field" or not above or not _matches(evolve(fact, name=above), facts):
        return False
    return not any(_leaf(other.name.rpartition(".")[0]) == _leaf(above) for other in facts if "." in other.name)


def _leaf(name: str) -> str:
    return name.rpartition(".")[2].removesuffix("[]")


def _unknown_calls(page: Facts, contract: Contract) -> set[str]:
    """Return the calls that the spec lacks: that is said once, and not again of each of their parts."""
    known = _calls(contract.facts)
    return {name for name in _calls(page) if not any(same_call(name, other) for other in known)}


def _differs(fact: Fact, matches: list[Fact]) -> str:
    """Return how a field's type differs from what the spec says, where both are plain words."""
    types = {other.type.partition(":")[0].partition(" ")[0] for other in matches}
    said = fact.type.partition(":")[0].partition(" ")[0]
    plain = {"string", "integer", "number", "boolean", "array", "object"}
    if fact.kind != "field" or said not in plain or not types <= plain or said in types:
        return ""
    if {said, *types} <= {"integer", "number"}:
        return ""
    return f"{said} on the page, {' or '.join(sorted(types))} in the spec"


def _is_missing(fact: Fact, page: Facts) -> bool:
    """Return whether a page that speaks of such things lacks what the spec has from it."""
    if fact.kind == "operation":
        return not any(other.kind == "operation" and same_call(fact.name, other.name) for other in page)
    if fact.kind == "header" or fact.place in {"error", "path"} or fact.name == "default":
        return False
    about = [other for other in page if other.kind == fact.kind and _is_about(other, fact)]
    return bool(about) and not any(_same_name(other, fact) or _same_name(fact, other) for other in about)


def _class_of(code: str) -> str:
    if not code[:1].isdigit():
        return "word"
    return "success" if code < "4" else "error"


def _is_about(other: Fact, fact: Fact) -> bool:
    """Return whether a page that has the one fact would have the other: a table of errors need not list successes."""
    if fact.kind == "code" and _class_of(fact.name) != _class_of(other.name):
        return False
    if other.place not in {fact.place, ""}:
        return False
    return not fact.operation or not other.operation or same_call(other.operation, fact.operation)
