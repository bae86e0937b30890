"""The inbox's table, and how each version of it came from the one before.

A step that has been released is never edited: files that it made exist.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

from .database import Step
from .leases import lease_columns

__all__ = ["DEAD", "DONE", "DROPPED", "PART", "STEPS", "letters"]

PART: Final = "inbox"
#: What becomes of a letter, beside the states of a lease.
DONE: Final = "done"
DEAD: Final = "dead"
DROPPED: Final = "dropped"

letters: Final = Table(
    "reknit_inbox",
    MetaData(),
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("receiver", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("order_key", Text),
    Column("verified", Boolean, nullable=False),
    Column("body", LargeBinary),
    Column("received_at", Float, nullable=False),
    Column("error", Text),
    Column("settled_at", Float),
    *lease_columns(),
    UniqueConstraint("digest", "receiver", name="reknit_inbox_digest"),
    sqlite_autoincrement=True,  # an id that was dropped never comes again, and with it an old token
)
_pending = letters.c.until.is_not(None)
Index("reknit_inbox_due", letters.c.until, letters.c.id, sqlite_where=_pending, postgresql_where=_pending)
_in_line = letters.c.until.is_not(None) & letters.c.order_key.is_not(None)
Index(
    "reknit_inbox_line",
    letters.c.order_key,
    letters.c.receiver,
    letters.c.id,
    sqlite_where=_in_line,
    postgresql_where=_in_line,
)
_settled = letters.c.settled_at.is_not(None)
Index("reknit_inbox_settled", letters.c.settled_at, sqlite_where=_settled, postgresql_where=_settled)


def _first(connection: Connection) -> None:
    letters.metadata.create_all(connection, checkfirst=False)


STEPS: Final[tuple[Step, ...]] = (_first,)
