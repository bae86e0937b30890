"""What a call looks like: a row for each attempt and each wait, as they happen.

The rows come from the events that a client's hooks get, so they show what was really sent. On a terminal there are
colours and a line at the bottom that says what is going on; elsewhere there is plain text of at most 80 columns.
"""

from __future__ import annotations

import textwrap
import time
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

from attrs import define, field
from rich import box
from rich.console import Console
from rich.status import Status
from rich.table import Table
from rich.text import Text

from ..runtime.hooks import AttemptEnded, AttemptStarted, CallEnded, CallStarted, Hook, HookEvent, Waiting

__all__ = ["Screen", "Tally"]

_OPERATION_WIDTH: Final = 31
_WIDEST: Final = 100
_REASONS: Final = {
    "retry_after": "the server asked for it",
    "backoff": "back-off, growing and random",
    "limiter": "for its turn",
    "approval": "nobody has approved yet",
    "readiness": "not ready yet",
}
#: For an output that cannot take the characters on the left.
_ASCII: Final = str.maketrans({"→": "->", "•": "*", "·": "-", "×": "x", "…": "...", "✓": "+"})


@define
class Tally:
    """What the calls of one API came to, counted from their events."""

    calls: int = 0
    attempts: int = 0
    waits: int = 0
    errors: Counter[str] = field(factory=Counter[str])

    def count(self, event: HookEvent) -> None:
        """Take an event into account."""
        if isinstance(event, AttemptEnded):
            self.attempts += 1
        elif isinstance(event, Waiting):
            self.waits += 1
        elif isinstance(event, CallEnded):
            self.calls += 1
            if event.error is not None:
                self.errors[event.error] += 1


@define
class Group:
    """Calls that are made together and shown in one row: how many were answered, and with which statuses."""

    size: int
    answered: int = 0
    held_back: int = 0
    statuses: Counter[str] = field(factory=Counter[str])

    def count(self, event: HookEvent) -> None:
        """Take an event into account."""
        if isinstance(event, AttemptEnded):
            self.statuses[str(event.status or event.error)] += 1
        elif isinstance(event, Waiting):
            self.held_back += 1
        elif isinstance(event, CallEnded):
            self.answered += 1


class Screen:
    """Show what happens, from the events of the clients' hooks and from what the story says of it."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(highlight=False)
        self._console.width = min(self._console.width, _WIDEST)
        self._unicode = self._console.encoding.lower().startswith("utf")
        self._bottom: Status | None = None
        self._keys: dict[tuple[str, int], str] = {}
        self._group: Group | None = None
        self.tallies: dict[str, Tally] = {}

    @contextmanager
    def live(self) -> Generator[None]:
        """Keep a line at the bottom while the block runs, on a terminal."""
        if not self._console.is_terminal:
            yield
            return
        with self._console.status("") as self._bottom:
            yield
        self._bottom = None

    def title(self, text: str, below: str) -> None:
        """Say what this is."""
        self._print(Text(self._plain(text), "bold"))
        self._print(Text(self._plain(below), "dim"))

    def section(self, name: str, about: str) -> None:
        """Begin with another API."""
        self._print(Text())
        self._print(Text.assemble((name, "bold"), self._plain(f" · {about}")))

    def happens(self, text: str) -> None:
        """Say what someone else does: a server, an approver, a labeller."""
        self._marked("•", text, "magenta")

    def result(self, text: str) -> None:
        """Say what came back to the caller."""
        self._marked("→", text, "cyan")

    def hook(self, api: str) -> Hook:
        """Return the hook for an API's client."""
        tally = self.tallies.setdefault(api, Tally())

        def see(event: HookEvent) -> None:
            tally.count(event)
            if self._group is None:
                self._show(api, event)
            else:
                self._group.count(event)
                self._say_below(f"{self._group.answered} of {self._group.size} answered")

        return see

    @contextmanager
    def together(self, operation: str, size: int) -> Generator[Group]:
        """Show the calls of the block in one row at its end."""
        self._group = group = Group(size)
        started = time.perf_counter()
        try:
            yield group
        finally:
            self._group = None
            self._say_below("")
        statuses = ", ".join(f"{count} × {status}" for status, count in sorted(group.statuses.items()))
        self._row(f"{operation} × {size}", "", _duration(time.perf_counter() - started), statuses)

    def summary(self, took: float) -> None:
        """End with a table of all APIs and one line."""
        table = Table(box=box.SIMPLE, pad_edge=False, show_edge=False)
        for column in ("API", "calls", "requests", "waits", "errors, each of its own class"):
            table.add_column(column, justify="right" if column in ("calls", "requests", "waits") else "left")
        for api, tally in self.tallies.items():
            errors = ", ".join(tally.errors)
            table.add_row(api, str(tally.calls), str(tally.attempts), str(tally.waits), errors)
        calls = sum(tally.calls for tally in self.tallies.values())
        requests = sum(tally.attempts for tally in self.tallies.values())
        self._print(Text())
        self._print(table)
        self._print(Text())
        done = f"✓ {len(self.tallies)} APIs, {calls} calls, {requests} requests in {took:.1f} s: all as it should be."
        self._print(Text(self._plain(done), "bold green"))

    def _show(self, api: str, event: HookEvent) -> None:
        operation = event.operation.removeprefix(f"{api}.")
        if isinstance(event, CallStarted):
            if event.idempotency_key is not None:
                self._keys[api, event.call] = event.idempotency_key
        elif isinstance(event, AttemptStarted):
            self._say_below(f"{event.operation} …")
        elif isinstance(event, AttemptEnded):
            style = "green" if event.status is not None and event.status < 300 else "bold red"
            note = _note(event, self._keys.get((api, event.call)))
            self._row(operation, str(event.status or ""), _duration(event.seconds), note, style)
        elif isinstance(event, Waiting):
            reason = _REASONS.get(event.reason, event.reason)
            self._row("  waits", "", "" if event.seconds is None else _duration(event.seconds), reason)
            self._say_below(f"{event.operation} waits: {reason}")
        else:
            self._keys.pop((api, event.call), None)
            self._say_below("")

    def _row(self, operation: str, outcome: str, duration: str, note: str, style: str = "") -> None:
        first, last = f"  {self._plain(operation):<{_OPERATION_WIDTH}} ", f" {duration:>8}  "
        line = Text.assemble(first, (f"{outcome:>4}", style), last)
        line.append(self._wrapped(note, len(line)), "dim")
        line.rstrip()
        self._print(line)

    def _marked(self, mark: str, text: str, style: str) -> None:
        first = f"    {self._plain(mark)} "
        self._print(Text.assemble(first, (self._wrapped(text, len(first)), style)))

    def _wrapped(self, text: str, indent: int) -> str:
        """Break a text that begins at column `indent` and shall go on there in the next lines."""
        lines = textwrap.wrap(self._plain(text), max(20, self._console.width - indent))
        return f"\n{' ' * indent}".join(lines)

    def _plain(self, text: str) -> str:
        return text if self._unicode else text.translate(_ASCII)

    def _say_below(self, text: str) -> None:
        if self._bottom is not None:
            self._bottom.update(Text(text, "dim"))

    def _print(self, what: Text | Table) -> None:
        self._console.print(what)


def _note(event: AttemptEnded, key: str | None) -> str:
    parts = [] if event.error is None else [event.error]
    if event.number > 1:
        parts.append(f"attempt {event.number}")
    if key is not None:
        parts.append(f"key {key if len(key) <= 16 else key[:8] + '…'}")
    return ", ".join(parts)


def _duration(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds < 0.9995 else f"{seconds:.1f} s"
