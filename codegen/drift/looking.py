"""Looks at pages: fetches them, reads them, and says of each what became of it since somebody accepted it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from attrs import evolve, frozen

from codegen.drift.comparing import Change, Gaps, compare, gaps
from codegen.drift.contracts import Contract, read_contract
from codegen.drift.facts import Facts, read_facts, write_facts
from codegen.drift.fetching import Answer, Body, Failed, Gone, Network, fetch_all
from codegen.drift.reading import Reading, read_all
from codegen.drift.sources import Page, record, write_sources

_NO_GAPS = Gaps()
State = Literal["same", "changed", "new", "gone", "unreadable"]


@frozen
class Look:
    """What became of one page. `facts` are today's where it could be read, else those that were accepted."""

    page: Page
    state: State
    facts: Facts = ()
    reason: str = ""
    moved: str = ""
    digest: str = ""
    etag: str = ""
    modified: str = ""
    changes: tuple[Change, ...] = ()
    gaps: Gaps = _NO_GAPS

    @property
    def can_be_accepted(self) -> bool:
        """Whether the page was read, so that there is something to record."""
        return bool(self.digest)


async def look_at(root: Path, pages: Sequence[Page], network: Network) -> tuple[Look, ...]:
    """Return what became of each page, in their order; nothing is written."""
    contracts = {spec: read_contract(root, spec) for spec in sorted({page.spec for page in pages})}
    accepted = [read_facts(root, page) if page.digest else None for page in pages]
    # Without its facts a record says too little to be compared with: the page is as good as never recorded.
    known = [
        page if facts is not None else evolve(page, digest="") for page, facts in zip(pages, accepted, strict=True)
    ]
    answers = await fetch_all(known, network)
    bodies = [(page.target, answer) for page, answer in zip(known, answers, strict=True) if isinstance(answer, Body)]
    readings = iter(await read_all(bodies))
    looks: list[Look] = []
    for page, facts, answer in zip(known, accepted, answers, strict=True):
        reading = next(readings) if isinstance(answer, Body) else Reading()
        looks.append(_with_gaps(_look(page, facts or (), answer, reading), contracts[page.spec]))
    return tuple(looks)


def _look(page: Page, accepted: Facts, answer: Answer, reading: Reading) -> Look:
    match answer:
        case Gone(status):
            return Look(page, "gone", accepted, f"answers {status}")
        case Failed(reason):
            return Look(page, "unreadable", accepted, reason)
        case Body(etag=etag, modified=modified, moved=moved):
            if reading.unreadable:
                return Look(page, "unreadable", accepted, reading.unreadable)
            state: State = "new" if not page.digest else "same" if page.digest == reading.digest else "changed"
            changes = compare(accepted, reading.facts) if state == "changed" else ()
            return Look(page, state, reading.facts, "", moved, reading.digest, etag, modified, changes)
        case _:  # the server says that nothing changed
            return Look(page, "same", accepted, digest=page.digest, etag=page.etag, modified=page.modified)


def _with_gaps(look: Look, contract: Contract) -> Look:
    return evolve(look, gaps=gaps(contract, look.page.address, look.facts)) if look.facts else look


def accept(root: Path, looks: Sequence[Look], today: dt.date) -> tuple[Page, ...]:
    """Record the pages that could be read: first their facts, then, in one step, what vouches for them."""
    recorded = {
        look.page.address: record(
            look.page, read=today.isoformat(), digest=look.digest, etag=look.etag, modified=look.modified
        )
        for look in looks
        if look.can_be_accepted
    }
    for look in looks:
        if look.can_be_accepted:
            write_facts(root, look.page, look.facts)
    if recorded:
        write_sources(root, recorded)
    return tuple(recorded.values())


def exit_code(looks: Sequence[Look]) -> int:
    """Return 2 where a page could not be looked at, else 1 where one drifted, else 0."""
    states = {look.state for look in looks}
    return 2 if "unreadable" in states else 1 if states & {"changed", "new", "gone"} else 0
