"""What the four APIs of one sandbox share: time, chance, the ledger and the way out."""

from __future__ import annotations

import random

from attrs import define, field

from .callbacks import Outbox
from .clock import Clock
from .ledger import Ledger

__all__ = ["World"]

_DIGITS = "0123456789abcdef"


@define(eq=False)
class World:
    """The surroundings of an API. Chance is seeded: the same calls get the same ids and numbers again."""

    clock: Clock
    ledger: Ledger
    outbox: Outbox
    chance: random.Random = field(repr=False)

    def new_id(self, prefix: str = "", length: int = 12) -> str:
        """Return an id that this sandbox has not given before: `prefix` and hexadecimal digits."""
        return prefix + "".join(self.chance.choices(_DIGITS, k=length))

    def note(self, api: str, name: str, subject: str, *, key: str | None = None, **detail: object) -> None:
        """Write a side effect into the ledger."""
        self.ledger.note_effect(at=self.clock.now(), api=api, name=name, subject=subject, key=key, detail=detail)
