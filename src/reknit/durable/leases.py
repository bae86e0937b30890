"""Fenced leases on the rows of a table: who may work on a row, until when, and who no longer may.

A row that waits has a time in `until`, from which on it may be taken. Taking it moves `until` to the end of the lease
and raises `token`; whoever holds an older token changes nothing any more, however late it comes back. A row that is
settled has no `until`.

Clocks jump. One that went forward ends leases early: work may overlap, and the token decides who may finish. One that
went back would hold rows for as long as it jumped, so `span` keeps how far ahead `until` was set, and a row whose time
lies more than twice that ahead may be taken at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, TypeAlias

from attrs import frozen
from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Float,
    Integer,
    Table,
    Text,
    Update,
    and_,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

__all__ = ["LEASED", "READY", "Lease", "Leases", "lease_columns"]

READY: Final = "ready"
LEASED: Final = "leased"

_Values: TypeAlias = Mapping[str, Any]


@frozen
class Lease:
    """The right to work on a row, for as long as its token is the row's."""

    id: int
    token: int


def lease_columns() -> tuple[Column[Any], ...]:
    """Return the columns that a table needs beside an integer `id`."""
    return (
        Column("state", Text, nullable=False),
        Column("until", Float),
        Column("span", Float, nullable=False),
        Column("token", BigInteger, nullable=False),
        Column("attempts", Integer, nullable=False),
    )


class Leases:
    """Claims, renews and settles the rows of one table, which has `lease_columns`.

    Rows that have the same values in the columns `lines`, none of them null, are taken one at a time in the order of
    their ids. Nothing here begins or ends a transaction.
    """

    def __init__(self, table: Table, now: ColumnElement[float], *, lines: Sequence[str] = ()) -> None:
        self._table = table
        self._now = now
        self._lines = lines

    async def claim(
        self, connection: AsyncConnection, limit: int, seconds: float, *only: ColumnElement[bool]
    ) -> Sequence[Any]:
        """Lease up to `limit` rows for `seconds`, the longest due first, and return them as they are now."""
        rows = (await connection.execute(self.claiming(connection.dialect.name, limit, seconds, *only))).all()
        return sorted(rows, key=lambda row: row.id)

    def claiming(self, dialect: str, limit: int, seconds: float, *only: ColumnElement[bool]) -> Update:
        """Return the one statement that claims."""
        columns = self._table.c
        due = (
            select(columns.id)
            .where(columns.until >= 0, self._due(), *only, *self._first_in_line())
            .order_by(columns.until, columns.id)
            .limit(limit)
        )
        if dialect == "postgresql":
            # Materialised, because a subquery that the planner runs again would lock more rows than the limit.
            chosen = due.with_for_update(skip_locked=True).cte("due").prefix_with("MATERIALIZED")
            due = select(chosen.c.id)
        return (
            update(self._table)
            .where(columns.id.in_(due))
            .values(
                state=LEASED,
                until=self._now + seconds,
                span=seconds,
                token=columns.token + 1,
                attempts=columns.attempts + 1,
            )
            .returning(*columns)
        )

    def _due(self) -> ColumnElement[bool]:
        columns = self._table.c
        return or_(columns.until <= self._now, columns.until > self._now + 2 * columns.span)

    def _first_in_line(self) -> list[ColumnElement[bool]]:
        """Return what keeps back a row behind an earlier one of its line, or beside one that is being worked on."""
        if not self._lines:
            return []
        mine, other = self._table.c, self._table.alias("other").c
        before = select(other.id).where(
            *(other[name] == mine[name] for name in self._lines),
            other.until >= 0,
            other.id != mine.id,
            or_(other.id < mine.id, other.state == LEASED),
        )
        return [or_(*(mine[name].is_(None) for name in self._lines), ~before.exists())]

    async def next_due(self, connection: AsyncConnection, *only: ColumnElement[bool]) -> float | None:
        """Return in how many seconds the next row can be taken (0 or less: now), None where none waits at all.

        A row behind another of its line counts when that one does.
        """
        columns = self._table.c
        waiting = select(columns.until - self._now, self._due()).where(columns.until >= 0, *only)
        row = (await connection.execute(waiting.order_by(columns.until).limit(1))).first()
        if row is None:
            return None
        # The first of them is not due, so a later one is only where the clock went back.
        if row[1] or (await connection.execute(waiting.where(self._due()).limit(1))).first() is not None:
            return 0.0
        return float(row[0])

    async def renew(self, connection: AsyncConnection, leases: Iterable[Lease], seconds: float) -> set[Lease]:
        """Lease again for `seconds` from now what is still ours, and return it."""
        return await self._change(connection, leases, {"until": self._now + seconds, "span": seconds})

    async def settle(self, connection: AsyncConnection, leases: Iterable[Lease], values: _Values) -> set[Lease]:
        """Set `values` and leave the rows to nobody, where they are still ours; return those that were."""
        return await self._change(connection, leases, {"until": None, **values})

    async def put_back(
        self, connection: AsyncConnection, lease: Lease, wait: float, values: _Values | None = None
    ) -> bool:
        """Set `values` and let the row be taken again in `wait` seconds; return whether it was still ours."""
        until = self._now + wait
        kept = await self._change(connection, [lease], {"state": READY, "until": until, "span": wait, **(values or {})})
        return bool(kept)

    async def _change(self, connection: AsyncConnection, leases: Iterable[Lease], values: _Values) -> set[Lease]:
        columns = self._table.c
        ours = sorted((lease.id, lease.token) for lease in leases)
        if not ours:
            return set()
        statement = (
            update(self._table)
            .where(and_(columns.state == LEASED, tuple_(columns.id, columns.token).in_(ours)))
            .values(**values)
            .returning(columns.id, columns.token)
        )
        return {Lease(row[0], row[1]) for row in await connection.execute(statement)}
