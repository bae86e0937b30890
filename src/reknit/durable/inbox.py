"""The inbox: letters are stored before they are acknowledged, and handled after.

`Inbox` is what receivers and operators see. How letters are put is `storing`, how they are handled `worker`, who may
handle one `leases`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from math import isfinite
from types import TracebackType
from typing import Any, Final, Self

from attrs import field, frozen
from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.exc import SQLAlchemyError

from ..errors import ConfigurationError, InvalidArgument
from ..inbound.store import Letter, LetterHandler
from .commits import GroupCommit
from .database import Database, DatabaseError, Synchronous, trouble
from .events import Counters, Hook, Observers, Stored
from .leases import LEASED, READY, Leases
from .retries import Retries
from .schema import DEAD, DONE, DROPPED, PART, STEPS, letters
from .storing import NewRow, Outcome, row_of, store
from .sweeping import Retention
from .worker import Shop, Terms, Worker

__all__ = ["Entry", "Inbox", "Retention", "Stats"]

#: Rows in one commit: past this, waiting for more saves nothing.
_BATCH: Final = 500
_STATES: Final = (READY, LEASED, DONE, DEAD, DROPPED)
_MOST: Final = 1000
#: What the databases' integers hold.
_LAST_ID: Final = 2**63 - 1


@frozen(kw_only=True)
class Entry:
    """A letter as the inbox keeps it.

    `state` is `ready` (waits for its turn or its next try), `leased` (is being handled), `done`, `dead` (every try
    failed) or `dropped`. `body` is None when it is no longer kept, and in lists. Times are Unix seconds; `due_at` is
    when the next try may begin, or when the lease ends. `error` is the last try's.
    """

    id: int
    receiver: str
    kind: str
    state: str
    attempts: int
    received_at: float
    due_at: float | None
    settled_at: float | None
    order_key: str | None
    verified: bool
    error: str | None
    digest: bytes
    size: int | None
    body: bytes | None = field(default=None, repr=False)


@frozen(kw_only=True)
class Stats:
    """How many letters are in which state, and how long (s) the oldest that is not settled has waited."""

    ready: int
    leased: int
    done: int
    dead: int
    dropped: int
    oldest: float | None

    @property
    def pending(self) -> int:
        """Return how many are still to be handled."""
        return self.ready + self.leased


class Inbox:
    """Keeps what receivers are sent until it has been handled, in SQLite or PostgreSQL.

    `url` is `sqlite+aiosqlite:///FILE`, or `postgresql+asyncpg://USER:PASSWORD@HOST/DATABASE` for several machines.
    Nothing is opened before the first use. `synchronous="NORMAL"` makes SQLite faster, and lets a power cut (not a
    crash of the process) take what was acknowledged last. `linger` is how many seconds a letter waits for others to
    share its commit. `hooks` are told what happens; `clock` replaces the database's clock (Unix seconds).
    """

    def __init__(
        self,
        url: str,
        *,
        synchronous: Synchronous = "FULL",
        linger: float = 0.005,
        retention: Retention | None = None,
        hooks: Sequence[Hook] = (),
        clock: Callable[[], float] | None = None,
    ) -> None:
        if not (isfinite(linger) and 0 <= linger <= 1):
            raise ConfigurationError(f"linger={linger}: letters wait for others 0 to 1 second")
        self._database = Database(url, part=PART, steps=STEPS, synchronous=synchronous, clock=clock)
        self._leases = Leases(letters, self._database.now, lines=("receiver", "order_key"))
        self._observers = Observers(hooks)
        self._receivers: dict[str, LetterHandler] = {}
        self._retention = retention or Retention()
        self._arrived = asyncio.Event()
        self._puts: GroupCommit[NewRow, Outcome] = GroupCommit(self._store, linger, _BATCH)
        self._closed = False

    def __repr__(self) -> str:
        return f"Inbox({self._database.name!r})"

    @property
    def counters(self) -> Counters:
        """Return what this object has done since it was made: plain numbers, for metrics."""
        return self._observers.counters

    def bind(self, receiver: LetterHandler) -> None:
        """Let `receiver` handle the letters under its name; a name that is taken raises ConfigurationError."""
        if self._receivers.setdefault(receiver.name, receiver) is not receiver:
            raise ConfigurationError(f"the inbox has a receiver {receiver.name!r} already; give this one another name=")

    async def put(self, letter: Letter) -> None:
        """Return when a letter is committed, or recognised as a duplicate of one that is.

        A duplicate of a dead letter revives it. Raises DatabaseError where it is not known to be stored.
        """
        await self._open()
        outcome = await self._puts.add(row_of(letter))
        if outcome != "duplicate" and letter.receiver in self._receivers:
            self._arrived.set()
        self._observers.tell(Stored(letter.receiver, letter.kind, outcome))

    async def _store(self, batch: Sequence[NewRow]) -> Sequence[Outcome | Exception]:
        name = self._database.name
        try:
            async with self._database.answer(), self._database.write() as connection:
                outcomes = await store(connection, batch)
        except (SQLAlchemyError, OSError, DatabaseError) as error:
            raise trouble("store letters", name, error) from None
        return [trouble("store a letter", name, one) if isinstance(one, Exception) else one for one in outcomes]

    @asynccontextmanager
    async def worker(
        self,
        *,
        concurrency: int = 8,
        lease: float = 30.0,
        timeout: float = 300.0,
        retries: Retries | None = None,
        poll: float = 0.5,
        grace: float = 10.0,
    ) -> AsyncGenerator[None]:
        """Handle the letters of the bound receivers while the block runs, `concurrency` at a time.

        A letter is leased for `lease` seconds, renewed while its handler runs, for `timeout` seconds at most. Letters
        that this process puts are handled at once; for those of others it looks every `poll` seconds. When the block
        ends, handlers have `grace` seconds to finish; then they are cancelled and their letters given back.
        """
        terms = Terms(
            concurrency=concurrency,
            lease=lease,
            timeout=timeout,
            retries=retries or Retries(),
            poll=poll,
            grace=grace,
        )
        if not self._receivers:
            raise ConfigurationError("the inbox has no receiver to handle its letters; make one with inbox=")
        await self._open()
        shop = Shop(
            database=self._database,
            leases=self._leases,
            observers=self._observers,
            receivers=self._receivers,
            arrived=self._arrived,
            retention=self._retention,
        )
        worker = Worker(shop, terms)
        worker.start()
        try:
            yield
        finally:
            await worker.stop()

    async def list(
        self,
        *,
        state: str | None = None,
        receiver: str | None = None,
        after: int = 0,
        limit: int = 100,
    ) -> Sequence[Entry]:
        """Return up to `limit` letters without their bodies, by ascending id, from the first beyond `after`."""
        if not 1 <= limit <= _MOST:
            raise InvalidArgument(f"limit={limit}: a list has 1 to {_MOST} letters; ask for more with after=")
        wanted = [letters.c.id > _id(after), *_where(state, receiver)]
        statement = select(*_LISTED).where(*wanted).order_by(letters.c.id).limit(limit)
        return [_entry(row) for row in await self._rows(statement)]

    async def show(self, id: int) -> Entry | None:
        """Return a letter with its body, None where there is none."""
        rows = await self._rows(select(*_LISTED, letters.c.body).where(letters.c.id == _id(id)))
        return _entry(rows[0]) if rows else None

    async def replay(self, *ids: int, state: str | None = None, receiver: str | None = None) -> int:
        """Handle letters again, from their first try, and return how many there were.

        Named by their ids, or all of a `state` and a `receiver`. Those that are being handled, and those whose bodies
        are no longer kept, are left as they are.
        """
        values = {
            "state": READY,
            "until": self._database.now,
            "span": 0.0,
            "attempts": 0,
            "error": None,
            "settled_at": None,
        }
        chosen = [letters.c.state != LEASED, letters.c.body.is_not(None), *_chosen(ids, state, receiver)]
        count = await self._change(update(letters).where(*chosen).values(**values))
        self._arrived.set()
        return count

    async def drop(self, *ids: int, state: str | None = None, receiver: str | None = None) -> int:
        """Give letters up and return how many there were; named as in `replay`.

        Their bodies go at once. Their digests stay, so that they are not run when they are sent again. One that is
        being handled is taken from its worker.
        """
        values = {
            "state": DROPPED,
            "until": None,
            "body": None,
            "token": letters.c.token + 1,
            "settled_at": self._database.now,
        }
        chosen = [letters.c.state != DROPPED, *_chosen(ids, state, receiver)]
        return await self._change(update(letters).where(*chosen).values(**values))

    async def stats(self) -> Stats:
        """Count what the database holds."""
        counts = select(letters.c.state, func.count()).group_by(letters.c.state)
        oldest = select(self._database.now - func.min(letters.c.received_at)).where(letters.c.until.is_not(None))
        await self._open()
        try:
            async with self._database.read() as connection:
                found: dict[str, int] = dict(iter(await connection.execute(counts)))
                age = (await connection.execute(oldest)).scalar()
        except (SQLAlchemyError, OSError) as error:
            raise trouble("count the letters", self._database.name, error) from None
        return Stats(**{state: found.get(state, 0) for state in _STATES}, oldest=None if age is None else max(0.0, age))

    async def close(self) -> None:
        """Commit what is being put, then close the database."""
        self._closed = True
        await self._puts.drain()
        await self._database.close()

    async def __aenter__(self) -> Self:
        await self._open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def _open(self) -> None:
        if self._closed:
            raise DatabaseError("the inbox is closed")
        await self._database.open()

    async def _rows(self, statement: Any) -> Sequence[Any]:
        await self._open()
        try:
            async with self._database.read() as connection:
                return (await connection.execute(statement)).all()
        except (SQLAlchemyError, OSError) as error:
            raise trouble("read letters", self._database.name, error) from None

    async def _change(self, statement: Any) -> int:
        await self._open()
        try:
            async with self._database.write() as connection:
                return int((await connection.execute(statement)).rowcount)
        except (SQLAlchemyError, OSError) as error:
            raise trouble("change letters", self._database.name, error) from None


_LISTED: Final = (
    letters.c.id,
    letters.c.receiver,
    letters.c.kind,
    letters.c.state,
    letters.c.attempts,
    letters.c.received_at,
    letters.c.until.label("due_at"),
    letters.c.settled_at,
    letters.c.order_key,
    letters.c.verified,
    letters.c.error,
    letters.c.digest,
    func.length(letters.c.body).label("size"),
)


def _entry(row: Any) -> Entry:
    return Entry(**row._mapping)  # noqa: SLF001 - public in spite of its name


def _where(state: str | None, receiver: str | None) -> list[ColumnElement[bool]]:
    if state is not None and state not in _STATES:
        raise InvalidArgument(f"state={state!r}: a letter is {', '.join(_STATES[:-1])} or {_STATES[-1]}")
    wanted: list[ColumnElement[bool]] = []
    if state is not None:
        wanted.append(letters.c.state == state)
    if receiver is not None:
        wanted.append(letters.c.receiver == receiver)
    return wanted


def _id(given: int) -> int:
    if not 0 <= given <= _LAST_ID:
        raise InvalidArgument(f"{given} is no letter's id; `list` shows them")
    return given


def _chosen(ids: Sequence[int], state: str | None, receiver: str | None) -> list[ColumnElement[bool]]:
    wanted = _where(state, receiver)
    if ids:
        wanted.append(letters.c.id.in_(map(_id, ids)))
    if not wanted:
        raise InvalidArgument("name letters by their ids, a state or a receiver")
    return wanted
