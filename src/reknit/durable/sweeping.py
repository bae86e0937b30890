"""What is kept of settled letters, and for how long."""

from __future__ import annotations

from math import isfinite
from typing import Final

from attrs import frozen
from sqlalchemy import ColumnElement, Delete, Update, delete, select, update

from ..errors import ConfigurationError
from .database import Database
from .schema import DEAD, DONE, letters

__all__ = ["Retention", "steady", "sweep"]

_DAY: Final = 86_400.0
#: Rows that one transaction takes away, so that nobody waits long behind it.
_AT_ONCE: Final = 1_000
#: Seconds by which two clocks may differ over an interval without one of them having jumped.
_DRIFT: Final = 60.0


@frozen(kw_only=True)
class Retention:
    """How many seconds settled letters are kept; None keeps them for ever.

    `bodies`: the body of one that was handled, so that it can be looked at and replayed. `digests`: what recognises its
    duplicates; one that is sent again later is a new letter. `dead`: a dead letter as a whole.
    """

    bodies: float | None = 1 * _DAY
    digests: float | None = 30 * _DAY
    dead: float | None = 90 * _DAY

    def __attrs_post_init__(self) -> None:
        for name in ("bodies", "digests", "dead"):
            value: float | None = getattr(self, name)
            if value is not None and not (isfinite(value) and value >= 0):
                raise ConfigurationError(f"{name}={value}: it is a number of seconds, or None for ever")


async def sweep(database: Database, retention: Retention) -> None:
    """Take away what is no longer kept, a piece at a time."""
    for statement in _sweeps(retention, database.now):
        while True:
            async with database.write() as connection:
                found = (await connection.execute(statement)).rowcount
            if found < _AT_ONCE:
                break


def _sweeps(retention: Retention, now: ColumnElement[float]) -> list[Update | Delete]:
    """Return the statements that take away what is no longer kept, each to be repeated while it finds rows."""
    columns = letters.c
    found: list[Update | Delete] = []
    if retention.bodies is not None:
        old = [columns.settled_at <= now - retention.bodies, columns.state == DONE, columns.body.is_not(None)]
        some = select(columns.id).where(*old).limit(_AT_ONCE)
        found.append(update(letters).where(columns.id.in_(some)).values(body=None))
    for keep, whose in ((retention.digests, columns.state != DEAD), (retention.dead, columns.state == DEAD)):
        if keep is not None:
            some = select(columns.id).where(columns.settled_at <= now - keep, whose).limit(_AT_ONCE)
            found.append(delete(letters).where(columns.id.in_(some)))
    return found


def steady(before: tuple[float, float], after: tuple[float, float]) -> bool:
    """Say whether the database's clock went as fast as the machine's monotonic one; pairs are (clock, monotonic).

    A clock that jumped may be years ahead, and nothing is taken away by its word.
    """
    return abs((after[0] - before[0]) - (after[1] - before[1])) <= _DRIFT
