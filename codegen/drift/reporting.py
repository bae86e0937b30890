"""Puts looks into words: lines for a terminal, Markdown for the body of an issue.

Whatever a page had a hand in comes as one line of visible characters, cut to a bound, and in Markdown inside a fence
that is longer than any it holds: there it cannot end the fence, name a person, or become markup.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from attrs import frozen

from codegen.drift.facts import MAX_FACTS
from codegen.drift.looking import Look

MAX_MARKDOWN = 65_000
"""GitHub takes 65,536 characters in the body of an issue."""

MAX_LINE = 200
_LINES = (200, 60, 20, 5, 0)
"""How many lines of a page are printed; the first number with which a report fits."""

_STATES = {
    "same": "as accepted",
    "changed": "changed",
    "new": "never recorded",
    "gone": "gone",
    "unreadable": "could not be looked at",
}


@frozen
class Section:
    """A page's part of a report: a title and a sentence of ours, and lines that a page had a hand in."""

    title: str
    sentence: str
    lines: tuple[str, ...] = ()


def sections(looks: Sequence[Look], *, in_full: frozenset[str] = frozenset()) -> tuple[Section, ...]:
    """Return the parts of a report: the pages that drifted or could not be read, and those asked for by address."""
    return tuple(_section(look) for look in looks if look.state != "same" or look.page.address in in_full)


def summary(looks: Sequence[Look]) -> str:
    """Return one sentence on all pages."""
    counts = {state: sum(look.state == state for look in looks) for state in _STATES}
    said = [f"{count} {_STATES[state]}" for state, count in counts.items() if count]
    return f"{len(looks)} page{'s' * (len(looks) != 1)}: {', '.join(said) or 'none to look at'}."


def as_text(looks: Sequence[Look], *, in_full: frozenset[str] = frozenset()) -> str:
    """Return the report for a terminal."""
    out: list[str] = []
    for section in sections(looks, in_full=in_full):
        out += [section.title, f"  {section.sentence}", *(f"    {line}" for line in _cut(section.lines, _LINES[0])), ""]
    return "\n".join([*out, summary(looks)]) + "\n"


def as_markdown(looks: Sequence[Look], *, in_full: frozenset[str] = frozenset()) -> str:
    """Return the report as the body of an issue; the more there is, the less is said of each page."""
    parts = sections(looks, in_full=in_full)
    head = f"{summary(looks)}\n"
    for bound in _LINES:
        text = "\n".join([head, *(_fenced(section, bound) for section in parts)])
        if len(text) <= MAX_MARKDOWN:
            return text
    kept = [head, "There is more than an issue takes: run `python -m codegen drift` for the rest.\n"]
    size = sum(map(len, kept))
    for section in parts:
        text = _fenced(section, 0)
        size += len(text) + 1
        if size > MAX_MARKDOWN:
            break
        kept.append(text)
    return "\n".join(kept)


def shown(text: str) -> str:
    """Return text that a page had a hand in as one line that nothing can interpret, cut to a bound.

    GitHub's runner takes `##[` for a command wherever it stands in a line of a log, and `::` where a line begins with
    it; each of our lines begins with a word of ours.
    """
    line = "".join(character if character.isprintable() else " " for character in text[: 4 * MAX_LINE])
    line = re.sub(r" +", " ", line).strip().replace("##[", "# #[")
    return line if len(line) <= MAX_LINE else f"{line[: MAX_LINE - 1]}…"


def _section(look: Look) -> Section:
    return Section(look.page.address, _sentence(look), tuple(_lines(look)))


def _sentence(look: Look) -> str:
    since = f" since {look.page.read}" if look.page.read and look.page.digest else ""
    match look.state:
        case "changed" if not look.changes:
            return f"Its words changed{since}; no fact that could be read off it did. ({look.page.spec}.yaml)"
        case "changed":
            return f"It changed{since}. ({look.page.spec}.yaml)"
        case "new":
            return f"It was never recorded: read it, then accept it. ({look.page.spec}.yaml)"
        case "gone":
            return f"There is no such page any more: find its successor, or take it out. ({look.page.spec}.yaml)"
        case "unreadable":
            never = "" if look.page.digest else ", and was never recorded"
            return f"It could not be looked at{never}. ({look.page.spec}.yaml)"
        case _:
            return f"It is as accepted{since}. ({look.page.spec}.yaml)"


def _lines(look: Look) -> Iterator[str]:
    if look.reason:
        yield shown(look.reason)
    if look.moved:
        yield shown(f"moved for good to {look.moved}")
    for change in look.changes:
        yield shown(f"{change.sign} {change.text}")
    for title, found in (
        ("the page has, the spec lacks:", look.gaps.spec_lacks),
        ("the spec has, the page lacks:", look.gaps.page_lacks),
        ("page and spec differ:", look.gaps.differ),
    ):
        if found:
            yield title
            yield from (f"  {shown(text)}" for text in found)
    if len(look.facts) >= MAX_FACTS:
        yield f"it has more facts than the {MAX_FACTS} that are kept: what is said of them is not all"
    if look.digest and look.state != "same":
        yield look.digest


def _cut(lines: Sequence[str], bound: int) -> Iterator[str]:
    yield from lines[:bound]
    if len(lines) > bound:
        yield f"… and {len(lines) - bound} more"


def _fenced(section: Section, bound: int) -> str:
    """Return a section with its lines in a fence that none of them can end."""
    lines = list(_cut(section.lines, bound))
    head = f"### <{section.title}>\n\n{section.sentence}\n"
    if not lines:
        return head
    longest = max((len(run) for line in lines for run in re.findall(r"`+", line)), default=0)
    fence = "`" * max(4, longest + 1)
    return f"{head}\n{fence}text\n" + "\n".join(lines) + f"\n{fence}\n"
