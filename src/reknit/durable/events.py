"""What an inbox tells its observers, and counts.

A hook is any callable that takes one of these events, at the moment itself and in the task concerned; it must not
block. What it raises goes to the loop's exception handler. No event holds a body.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Literal, TypeAlias

from attrs import define
from msgspec import Struct

__all__ = ["Counters", "Event", "Failed", "Hook", "LeaseLost", "Observers", "Outage", "Stored", "Succeeded"]


class Stored(Struct, frozen=True, gc=False):
    """A letter was put: `new`, a `duplicate` of one that is kept, or one that `revived` a dead letter."""

    receiver: str
    kind: str
    outcome: Literal["new", "duplicate", "revived"]


class Succeeded(Struct, frozen=True, gc=False):
    """A letter was handled after `seconds`, at try `attempt`; `lag` are the seconds since it was received."""

    id: int
    receiver: str
    kind: str
    attempt: int
    seconds: float
    lag: float


class Failed(Struct, frozen=True, gc=False):
    """A try failed with `error` (a class name); it is tried again in `wait` seconds, or is `dead` (None)."""

    id: int
    receiver: str
    kind: str
    attempt: int
    error: str
    wait: float | None


class LeaseLost(Struct, frozen=True, gc=False):
    """A worker came too late: another has the letter, and what this one wrote in the transaction is gone."""

    id: int
    receiver: str
    kind: str


class Outage(Struct, frozen=True, gc=False):
    """A worker cannot reach the database and goes on trying; `error` is one line."""

    error: str


Event: TypeAlias = Stored | Succeeded | Failed | LeaseLost | Outage
Hook: TypeAlias = Callable[[Event], object]


@define
class Counters:
    """What one inbox object has done since it was made; every number only grows."""

    stored: int = 0
    duplicates: int = 0
    revived: int = 0
    processed: int = 0
    failed: int = 0
    died: int = 0
    leases_lost: int = 0
    outages: int = 0

    def count(self, event: Event) -> None:
        """Add an event."""
        if isinstance(event, Stored):
            self.stored += event.outcome == "new"
            self.duplicates += event.outcome == "duplicate"
            self.revived += event.outcome == "revived"
        elif isinstance(event, Succeeded):
            self.processed += 1
        elif isinstance(event, Failed):
            self.failed += 1
            self.died += event.wait is None
        elif isinstance(event, LeaseLost):
            self.leases_lost += 1
        else:
            self.outages += 1


class Observers:
    """Counts events and tells hooks."""

    def __init__(self, hooks: Sequence[Hook]) -> None:
        self.counters = Counters()
        self._hooks = tuple(hooks)

    def tell(self, event: Event) -> None:
        """Count an event and tell every hook."""
        self.counters.count(event)
        for hook in self._hooks:
            try:
                hook(event)
            except Exception as error:  # noqa: BLE001 - an observer must not touch what it observes
                context = {"message": "a hook of the inbox raised", "exception": error}
                asyncio.get_running_loop().call_exception_handler(context)
