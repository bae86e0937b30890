"""One database, SQLite or PostgreSQL, with the differences between them that matter to what must not be lost.

SQLite: a file that only its owner reads, a write-ahead log, and one writer at a time. Every transaction that may write
takes the write lock when it begins (`BEGIN IMMEDIATE`): one that reads first and writes later is refused without a wait
when another has written in between. PostgreSQL: READ COMMITTED and a commit that waits for its disk, whatever the
server's defaults say.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import stat
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final, Literal

from attrs import define
from sqlalchemy import (
    URL,
    Column,
    ColumnElement,
    Connection,
    Float,
    Integer,
    MetaData,
    Table,
    Text,
    bindparam,
    event,
    literal_column,
    make_url,
    select,
    text,
)
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from ..errors import ConfigurationError, ReknitError

__all__ = ["Database", "DatabaseError", "Step", "Synchronous", "lent", "trouble"]

Synchronous = Literal["FULL", "NORMAL"]
#: What brings the tables of a part from one version to the next.
Step = Callable[[Connection], None]

_DRIVERS: Final = {
    "sqlite": "sqlite+aiosqlite",
    "sqlite+aiosqlite": "sqlite+aiosqlite",
    "postgres": "postgresql+asyncpg",
    "postgresql": "postgresql+asyncpg",
    "postgresql+asyncpg": "postgresql+asyncpg",
}
_FORMS: Final = "sqlite+aiosqlite:///FILE or postgresql+asyncpg://USER:PASSWORD@HOST/DATABASE"
_OPTIONS: Final = "the address has options that the driver does not know (it says ssl=require, not sslmode=require)"
_EXTRAS: Final = {"aiosqlite": "inbox", "asyncpg": "inbox,postgresql"}
_PRIVATE: Final = 0o600
#: Seconds for what takes milliseconds; more than SQLite's two waits for a lock together.
_ANSWER: Final = 30.0
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
#: Execution options of our own.
_READS: Final = "reknit_reads"
_TURN: Final = "reknit_turn"
_IDLE: Final = "reknit_idle"
_LOAN: Final = "reknit_loan"
#: What ends a transaction, or a part of it that is not a savepoint's.
_ENDING: Final = re.compile(r"\s*(commit|end|abort|rollback(?!\s+((work|transaction)\s+)?to\b))\b", re.IGNORECASE)
#: Any number that other programs are unlikely to lock in PostgreSQL; it serialises migrations.
_MIGRATING: Final = 0x72656B6E6974
#: Without this, a server that was told not to wait for its disk would lose what it has acknowledged.
_WAIT_FOR_DISK: Final = (
    "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"
)

_versions: Final = Table(
    "reknit_schema",
    MetaData(),
    Column("part", Text, primary_key=True),
    Column("version", Integer, nullable=False),
)


class DatabaseError(ReknitError):
    """The database did not do what it was asked to; whether it was done is not known where it went away meanwhile."""


def trouble(doing: str, name: str, error: Exception) -> DatabaseError:
    """Return what went wrong in one line, without the statement, its parameters or the address's password."""
    if isinstance(error, DatabaseError):
        return DatabaseError(error.message)
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    said = str(cause).strip().splitlines()
    # SQLAlchemy's adapters put the class of the driver's error before its text.
    return DatabaseError(f"cannot {doing} in {name}: {said[0] if said else type(cause).__name__}")


class Database:
    """Engine, clock and schema of a database; nothing is opened before the first use.

    `clock` gives Unix seconds. Without one PostgreSQL's own is used, which all machines share; SQLite is one machine's,
    and so is its clock.
    """

    def __init__(
        self,
        url: str,
        *,
        part: str,
        steps: Sequence[Step],
        synchronous: Synchronous = "FULL",
        patience: float = 10.0,
        clock: Callable[[], float] | None = None,
    ) -> None:
        address = _address(url)
        self.name = _name(address)
        self.is_sqlite = address.get_backend_name() == "sqlite"
        if synchronous not in ("FULL", "NORMAL"):
            raise ConfigurationError(
                f"synchronous={synchronous!r}: it is FULL, or NORMAL where a power cut may take some"
            )
        self.now: ColumnElement[float] = _now(self.is_sqlite, clock)
        self._part = part
        self._steps = steps
        self._file = Path(address.database or "") if self.is_sqlite else None
        self._pragmas = _pragmas(synchronous, patience)
        self._patience = patience
        self._engine = self._made(address)
        self._turn = asyncio.Lock()
        self._opening = asyncio.Lock()
        self._opened = False

    def __repr__(self) -> str:
        return f"Database({self.name!r})"

    def _made(self, address: URL) -> AsyncEngine:
        options: dict[str, Any] = {"hide_parameters": True}  # they are what people sent, and belong into no message
        if not self.is_sqlite:
            options |= {"pool_pre_ping": True, "isolation_level": "READ COMMITTED", "max_overflow": -1}
        else:
            options |= {"max_overflow": -1, "connect_args": {"timeout": self._patience}}
        try:
            engine = create_async_engine(address, **options)
        except ModuleNotFoundError as missing:
            extra = _EXTRAS.get(missing.name or "", "inbox")
            raise ConfigurationError(f"{self.name} needs {missing.name}: pip install 'reknit[{extra}]'") from None
        except (SQLAlchemyError, TypeError, ValueError):
            raise ConfigurationError(f"{self.name}: {_OPTIONS}") from None
        event.listen(engine.sync_engine, "connect", self._connected)
        event.listen(engine.sync_engine, "begin", self._begun)
        event.listen(engine.sync_engine, "before_cursor_execute", self._executing)
        event.listen(engine.sync_engine, "commit", _committing)
        event.listen(engine.sync_engine, "rollback", _rolling_back)
        return engine

    def _connected(self, connection: Any, _: object) -> None:
        if not self.is_sqlite:
            connection.run_async(_wait_for_disk)
            return
        connection.isolation_level = None  # the driver begins nothing by itself: `_begun` does
        cursor = connection.cursor()
        for pragma in self._pragmas:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    def _begun(self, connection: Connection) -> None:
        if _loan_of(connection) is None:
            self._begin(connection)

    def _executing(self, connection: Connection, _: object, statement: str, *__: object) -> None:
        loan = _loan_of(connection)
        if loan is None or loan.beginning:
            return
        if loan.broken or _ENDING.match(statement):
            raise loan.refusal()
        if not loan.begun:
            loan.beginning = True
            try:
                self._begin(connection)
            finally:
                loan.beginning = False
            loan.begun = True

    def _begin(self, connection: Connection) -> None:
        options = connection.get_execution_options()
        if not self.is_sqlite:
            if options.get(_IDLE):
                milliseconds = int(options[_IDLE] * 1000)
                connection.exec_driver_sql(f"SET LOCAL idle_in_transaction_session_timeout = {milliseconds}")
            return
        if options.get(_READS):
            connection.exec_driver_sql("BEGIN")
            return
        turn: _Turn | None = options.get(_TURN)
        if turn is not None:
            # Tasks of one process take turns in order; SQLite's own waiting is a poll, and for other processes.
            driver: Any = connection.connection.dbapi_connection
            driver.run_async(partial(turn.take, self._patience))
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    async def open(self) -> None:
        """Make or check the file, and bring the tables to this version; cheap when it has been done."""
        if self._opened:
            return
        async with self._opening:
            if not self._opened:
                await self._prepare()
                self._opened = True

    async def _prepare(self) -> None:
        if self._file is not None:
            _make_private(self._file)
        try:
            async with self.write() as connection:
                if not self.is_sqlite:
                    await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATING})
                await connection.run_sync(self._migrate)
        except (SQLAlchemyError, OSError) as error:
            raise trouble("open the tables", self.name, error) from None
        except TypeError:  # the driver's, when it connects
            if self.is_sqlite:
                raise
            raise ConfigurationError(f"{self.name}: {_OPTIONS}") from None

    def _migrate(self, connection: Connection) -> None:
        _versions.create(connection, checkfirst=True)
        found = connection.scalar(select(_versions.c.version).where(_versions.c.part == self._part)) or 0
        newest = len(self._steps)
        if found > newest:
            raise ConfigurationError(
                f"{self.name}: its {self._part} is of version {found}, and this reknit knows {newest}; upgrade reknit"
            )
        for step in self._steps[found:]:
            step(connection)
        if found == 0:
            connection.execute(_versions.insert().values(part=self._part, version=newest))
        elif found < newest:
            connection.execute(_versions.update().where(_versions.c.part == self._part).values(version=newest))

    @asynccontextmanager
    async def write(self) -> AsyncGenerator[AsyncConnection]:
        """Give a transaction that is committed where the block ends well."""
        async with self.transaction() as connection:
            yield connection
            await connection.commit()

    @asynccontextmanager
    async def transaction(self, *, idle: float | None = None) -> AsyncGenerator[AsyncConnection]:
        """Give a connection whose transaction begins at its first statement and is rolled back unless committed.

        After `idle` seconds between two statements PostgreSQL ends it: who is asleep must not hold others' locks.
        """
        turn = _Turn(self._turn)
        try:
            async with self._engine.connect() as connection:
                yield await connection.execution_options(**{_TURN: turn, _IDLE: idle})
        finally:
            turn.give_back()

    @asynccontextmanager
    async def read(self) -> AsyncGenerator[AsyncConnection]:
        """Give a connection that only reads; it waits for nobody."""
        async with self._engine.connect() as connection:
            yield await connection.execution_options(**{_READS: True})

    @asynccontextmanager
    async def answer(self) -> AsyncGenerator[None]:
        """Raise DatabaseError where the database takes too long for what is asked within the block.

        A machine that is gone says nothing, and a connection to it would be waited for until TCP gives up: for hours.
        """
        try:
            async with asyncio.timeout(_ANSWER):
                yield
        except TimeoutError:
            raise DatabaseError(f"{self.name} has not answered for {_ANSWER:g} s") from None

    async def close(self) -> None:
        """Close every connection."""
        await self._engine.dispose()


@define
class _Turn:
    """The turn of one transaction among those of this process that write to one SQLite file."""

    lock: asyncio.Lock
    taken: bool = False

    async def take(self, patience: float, _: object) -> None:
        if self.taken:
            return
        try:
            async with asyncio.timeout(patience):
                await self.lock.acquire()
        except TimeoutError:
            raise DatabaseError(
                f"another transaction of this process held the SQLite file for {patience:g} s; write last, and briefly"
            ) from None
        self.taken = True

    def give_back(self) -> None:
        if self.taken:
            self.taken = False
            self.lock.release()


@define
class _Loan:
    """A transaction that a handler has: it begins with the first statement, and only its inbox ends it."""

    begun: bool = False
    beginning: bool = False
    broken: bool = False
    returned: bool = False

    def refusal(self) -> ConfigurationError:
        self.broken = True
        return ConfigurationError(
            "the inbox ends its transaction when the handler has returned; "
            "do not commit, roll back or close it, take back a part with begin_nested()"
        )


def _loan_of(connection: Connection) -> _Loan | None:
    loan: _Loan | None = connection.get_execution_options().get(_LOAN)
    return None if loan is None or loan.returned else loan


def _committing(connection: Connection) -> None:
    loan = _loan_of(connection)
    if loan is not None:
        # To raise is not enough: SQLAlchemy takes the transaction for ended then, and the pool does not roll it back.
        connection.invalidate()
        raise loan.refusal()


def _rolling_back(connection: Connection) -> None:
    loan = _loan_of(connection)
    if loan is not None and loan.begun:
        loan.broken = True  # it may be on its way out with an exception, which is better than ours


@asynccontextmanager
async def lent(connection: AsyncConnection) -> AsyncGenerator[_Loan]:
    """Let a handler write in the connection's transaction within the block, and end it by no means.

    The transaction looks begun from the start, so that a session of SQLAlchemy's ORM joins it rather than makes, and
    ends, one of its own; the database hears of it with the first statement, from which on the loan is `begun`.
    """
    loan = _Loan()
    connection = await connection.execution_options(**{_LOAN: loan})
    _ = await connection.begin()
    try:
        yield loan
        if loan.broken:
            raise loan.refusal()
    finally:
        loan.returned = True


async def _wait_for_disk(driver: Any) -> None:
    await driver.execute(_WAIT_FOR_DISK)


def _address(url: str) -> URL:
    try:
        address = make_url(url)
    except (ArgumentError, ValueError, TypeError, AttributeError):
        raise ConfigurationError(f"the database's address cannot be read; it is {_FORMS}") from None
    driver = _DRIVERS.get(address.drivername)
    if driver is None:
        raise ConfigurationError(f"a database of the kind {address.drivername!r} is not supported; use {_FORMS}")
    if driver == "sqlite+aiosqlite":
        file = address.database or ""
        if file in ("", ":memory:") or file.startswith("file:") or address.query:
            raise ConfigurationError(
                "an inbox needs a plain file, which outlives the process: sqlite+aiosqlite:///FILE"
            )
    return address.set(drivername=driver)


def _name(address: URL) -> str:
    """Return what messages call the database: without user, password and options."""
    if address.get_backend_name() == "sqlite":
        return f"sqlite:{address.database}"
    port = f":{address.port}" if address.port else ""
    return f"postgresql://{address.host or ''}{port}/{address.database or ''}"


def _now(is_sqlite: bool, clock: Callable[[], float] | None) -> ColumnElement[float]:  # noqa: FBT001
    if clock is None and not is_sqlite:
        # Not now(), which is when the transaction began: it may have waited for a lock since.
        return literal_column("extract(epoch from clock_timestamp())::float8", Float)
    # Asked when the statement is executed, which is after BEGIN IMMEDIATE has waited for its turn.
    return bindparam("reknit_now", callable_=clock or time.time, type_=Float)


def _pragmas(synchronous: str, patience: float) -> tuple[str, ...]:
    return (
        f"busy_timeout = {int(patience * 1000)}",
        "journal_mode = WAL",
        f"synchronous = {synchronous}",
        "fullfsync = ON",  # macOS: fsync alone leaves it in the disk's cache; others ignore it
        "journal_size_limit = 67108864",
    )


def _make_private(file: Path) -> None:
    """Make the file, or an older one, readable by its owner alone; SQLite gives -wal and -shm the same mode."""
    try:
        made = not file.exists()
        os.close(os.open(file, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), _PRIVATE))
        if made:
            _sync_directory(file.parent)
        elif not file.is_file():
            raise ConfigurationError(f"{file} is no plain file; an inbox on SQLite is one")
        for path in (file, Path(f"{file}-wal"), Path(f"{file}-shm")):
            with contextlib.suppress(FileNotFoundError):
                if stat.S_IMODE(path.stat().st_mode) & _OTHERS:
                    path.chmod(_PRIVATE)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ConfigurationError(f"{file}: it cannot be made a private file: {reason}") from None


def _sync_directory(directory: Path) -> None:
    """Make a new file's name survive a power cut, where directories can be synchronised."""
    with contextlib.suppress(OSError):
        handle = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
