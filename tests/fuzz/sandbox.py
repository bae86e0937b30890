"""The sandbox as schemathesis meets it: a process of its own, one API key (the argument) and no limit.

Only that key is taken: a credential that schemathesis makes up must be refused.

It prints its addresses as a line of JSON, serves until its standard input ends, and then prints how often each
operation was answered with what, every answer of its own that its contract forbids, and every error that it logged.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from collections import Counter

from reknit.sandbox import Event, Request, Sandbox, relays, rezi


class Tally:
    """Counts answers by operation and status; an error that comes inside a 200 is no success."""

    def __init__(self) -> None:
        self.counts: Counter[tuple[str, str]] = Counter()

    def __call__(self, event: Event) -> None:
        """Take an event of the ledger."""
        entry = event.entry
        if isinstance(entry, Request) and entry.operation:
            said = entry.answer_body
            failed = isinstance(said, dict) and ("errorCode" in said or said.get("success") is False)
            outcome = "error in 200" if entry.status == 200 and failed else str(entry.status)
            self.counts[entry.operation, outcome] += 1


class Kept(logging.Handler):
    """Keeps the errors that were logged; what came in and was no HTTP is a warning, and answered 400."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Take a record."""
        error = record.exc_info[1] if record.exc_info else None
        self.lines.append(f"{record.name}: {record.getMessage()}: {error!r}")


def stock(box: Sandbox) -> None:
    """Make what the contracts' examples name, so that an example is a call that can succeed."""
    now = box.clock.iso()
    user = rezi.User("user-0042", "mara@example.org", "uid-of-the-example", now)
    box.rezi.users[user.user_id] = user
    box.rezi._by_email[user.live, user.email] = user
    box.rezi.resumes["resume-0007"] = rezi.Resume("resume-0007", user.user_id, now, {"title": "Platform engineer"})
    players = [relays.User("192.0.2.10", 45.5, -73.6, 3735928559)]
    box.relays.sessions["5f0c2d7ab914-S"] = relays.Session("5f0c2d7ab914-S", 2864434397, players, None)


async def main(key: str) -> None:
    logged = Kept()
    logging.getLogger().addHandler(logged)
    box = Sandbox(keys=[key])
    box.rezolve.limit(rate=1e9, burst=10**9)
    stock(box)
    tally = Tally()
    box.ledger.subscribe(tally)
    async with box:
        print(json.dumps(box.environment()), flush=True)
        await asyncio.to_thread(sys.stdin.read)
        await box.settle()
    answers: dict[str, dict[str, int]] = {}
    for (operation, outcome), count in sorted(tally.counts.items()):
        answers.setdefault(operation, {})[outcome] = count
    print(json.dumps({"answers": answers, "problems": [*box.violations, *logged.lines]}), flush=True)


asyncio.run(main(sys.argv[1]))
