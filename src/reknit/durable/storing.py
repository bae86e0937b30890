"""Putting letters: one statement for a batch, which tells new ones from duplicates and revives dead ones."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Any, Final, Literal, TypeAlias

from sqlalchemy import ColumnElement, literal_column, null, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, StatementError
from sqlalchemy.ext.asyncio import AsyncConnection

from ..inbound.store import Letter
from .leases import READY
from .schema import DEAD, letters

__all__ = ["NewRow", "Outcome", "row_of", "store"]

Outcome: TypeAlias = Literal["new", "duplicate", "revived"]
#: A letter as a row of the table.
NewRow: TypeAlias = dict[str, Any]
_Key: TypeAlias = tuple[str, bytes]

#: Letters of a line become visible in the order of their ids: of two transactions that put into one line the second
#: takes its ids after the first has ended. SQLite has one writer anyway.
_IN_TURN: Final = text("SELECT pg_advisory_xact_lock(line) FROM unnest(cast(:lines AS bigint[])) AS line")


def _written(state: str) -> ColumnElement[str]:
    """Return a state as it stands in a statement: one with parameters beside its rows is sent row by row."""
    return literal_column(f"'{state}'")


def _insertion(insert: Any) -> Any:
    statement = insert(letters)
    anew = statement.excluded
    return statement.on_conflict_do_update(
        index_elements=[letters.c.digest, letters.c.receiver],
        set_={
            "state": _written(READY),
            "until": anew.until,
            "span": literal_column("0.0"),
            "attempts": literal_column("0"),
            "body": anew.body,
            "error": null(),
            "settled_at": null(),
        },
        where=letters.c.state == _written(DEAD),
    ).returning(letters.c.receiver, letters.c.digest, letters.c.token)


_STATEMENTS: Final = {"sqlite": _insertion(sqlite.insert), "postgresql": _insertion(postgresql.insert)}


async def store(connection: AsyncConnection, rows: Sequence[NewRow]) -> list[Outcome | Exception]:
    """Put letters in the connection's transaction; a letter that the database refuses does not fail the others."""
    keys = [(row["receiver"], row["digest"]) for row in rows]
    distinct: dict[_Key, NewRow] = {}
    for key, row in zip(keys, rows, strict=True):
        distinct.setdefault(key, row)
    if connection.dialect.name == "postgresql":
        await _take_turns(connection, distinct.values())
    failed: dict[_Key, Exception] = {}
    try:
        async with _undoable(connection):
            tokens = await _insert(connection, list(distinct.values()))
    except StatementError as error:
        if _is_away(error) or len(distinct) == 1:
            raise
        tokens, failed = await _one_by_one(connection, distinct)
    return _outcomes(keys, tokens, failed)


def _outcomes(
    keys: Sequence[_Key], tokens: dict[_Key, int], failed: dict[_Key, Exception]
) -> list[Outcome | Exception]:
    """Say of each letter what became of it; the second of two that are the same in one batch is a duplicate."""
    found: list[Outcome | Exception] = []
    seen: set[_Key] = set()
    for key in keys:
        if key in failed:
            found.append(failed[key])
        elif key in seen or key not in tokens:
            found.append("duplicate")
        else:
            found.append("revived" if tokens[key] else "new")
        seen.add(key)
    return found


def _undoable(connection: AsyncConnection) -> AbstractAsyncContextManager[Any]:
    """Give a block whose failure leaves the transaction usable: SQLite undoes a failed statement by itself."""
    return nullcontext() if connection.dialect.name == "sqlite" else connection.begin_nested()


async def _one_by_one(
    connection: AsyncConnection, distinct: dict[_Key, NewRow]
) -> tuple[dict[_Key, int], dict[_Key, Exception]]:
    tokens: dict[_Key, int] = {}
    failed: dict[_Key, Exception] = {}
    for key, row in distinct.items():
        try:
            async with connection.begin_nested():
                tokens |= await _insert(connection, [row])
        except StatementError as error:
            if _is_away(error):
                raise
            failed[key] = error
    return tokens, failed


def _is_away(error: StatementError) -> bool:
    return isinstance(error, DBAPIError) and error.connection_invalidated


async def _insert(connection: AsyncConnection, rows: list[NewRow]) -> dict[_Key, int]:
    """Return the tokens of what was put; those of new rows are 0, and what is missing was a duplicate."""
    result = await connection.execute(_STATEMENTS[connection.dialect.name], rows)
    rows_put: Sequence[Any] = result.all()
    return {(row.receiver, bytes(row.digest)): row.token for row in rows_put}


async def _take_turns(connection: AsyncConnection, rows: Any) -> None:
    lines = sorted({_number(row) for row in rows if row["order_key"] is not None})
    if lines:
        await connection.execute(_IN_TURN, {"lines": lines})


def _number(row: NewRow) -> int:
    """Return the same 64-bit number for the same line in every process; two lines may share one."""
    line = f"{row['receiver']}\0{row['order_key']}".encode()
    return int.from_bytes(hashlib.sha256(line).digest()[:8], "big", signed=True)


def row_of(letter: Letter) -> NewRow:
    """Return a letter as it is stored; whatever text it has, the database takes it."""
    return {
        "receiver": _text(letter.receiver),
        "kind": _text(letter.kind),
        "digest": letter.digest,
        "order_key": None if letter.order_key is None else _text(letter.order_key),
        "verified": letter.verified,
        "body": letter.body,
        "received_at": letter.received_at,
        "error": None,
        "settled_at": None,
        "state": READY,
        "until": max(0.0, letter.received_at),
        "span": 0.0,
        "token": 0,
        "attempts": 0,
    }


def _text(value: str) -> str:
    """Return text that both databases take: no NUL, no half of a surrogate pair."""
    return value.replace("\0", "\ufffd").encode("utf-8", "replace").decode()
