"""What the four APIs of one sandbox share: time, chance, the ledger, the way out, and the file that remembers."""

from __future__ import annotations

import random
from contextlib import AbstractContextManager, nullcontext
from typing import TypeVar

from attrs import define, field

from .callbacks import Outbox
from .clock import Clock
from .keys import looks_wrong
from .ledger import Ledger
from .state import Drawer

__all__ = ["World"]

_T = TypeVar("_T")
_DIGITS = "0123456789abcdef"


@define(eq=False)
class World:
    """The surroundings of an API. Chance is seeded: the same calls get the same ids and numbers again."""

    clock: Clock
    ledger: Ledger
    outbox: Outbox
    chance: random.Random = field(repr=False)
    drawer: Drawer | None = None
    keys: frozenset[str] | None = None

    def refuses(self, key: str) -> bool:
        """Say whether an API key is refused: it looks wrong, or only others are taken."""
        return looks_wrong(key) or (self.keys is not None and key not in self.keys)

    def new_id(self, prefix: str = "", length: int = 12) -> str:
        """Return an id that this sandbox has not given before: `prefix` and hexadecimal digits."""
        return f"{prefix}{self.chance.getrandbits(4 * length):0{length}x}"

    def note(self, api: str, name: str, subject: str, *, key: str | None = None, **detail: object) -> None:
        """Write a side effect into the ledger."""
        self.ledger.note_effect(at=self.clock.now(), api=api, name=name, subject=subject, key=key, detail=detail)

    def keep(self, kind: str, name: str, thing: object) -> None:
        """Write a thing of the API's state down, where there is a state file; None takes it away."""
        if self.drawer is not None:
            self.drawer.keep(kind, name, thing)

    def together(self) -> AbstractContextManager[None]:
        """Write what is kept in the block all at once: a sandbox that is killed leaves nothing by half."""
        return self.drawer.together() if self.drawer is not None else nullcontext()

    def kept(self, kind: str, shape: type[_T]) -> dict[str, _T]:
        """Return the things of a kind that were kept, by their names, oldest first."""
        return self.drawer.things(kind, shape) if self.drawer is not None else {}
