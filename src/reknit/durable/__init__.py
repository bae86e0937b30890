"""What must outlive the process: the inbox, in SQLite or PostgreSQL.

Nothing else of reknit imports this package, because it needs SQLAlchemy: `pip install 'reknit[inbox]'`.
"""

from __future__ import annotations

try:
    import sqlalchemy as _sqlalchemy
except ModuleNotFoundError as _missing:
    raise ModuleNotFoundError(
        "reknit.durable needs SQLAlchemy: pip install 'reknit[inbox]'", name=_missing.name
    ) from None

from .database import DatabaseError
from .events import Counters, Event, Failed, LeaseLost, Outage, Stored, Succeeded
from .inbox import Entry, Inbox, Retention, Stats
from .retries import Retries

del _sqlalchemy

__all__ = [
    "Counters",
    "DatabaseError",
    "Entry",
    "Event",
    "Failed",
    "Inbox",
    "LeaseLost",
    "Outage",
    "Retention",
    "Retries",
    "Stats",
    "Stored",
    "Succeeded",
]
