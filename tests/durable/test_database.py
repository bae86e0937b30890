from __future__ import annotations

import asyncio
import os
import sqlite3
import stat
from pathlib import Path

import pytest
from sqlalchemy import text

from reknit.durable import DatabaseError, Inbox
from reknit.durable.database import Database
from reknit.durable.schema import PART, STEPS
from reknit.errors import ConfigurationError
from tests.durable.conftest import letter, run_sql

posix = pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@posix
async def test_a_sqlite_file_and_its_log_are_readable_by_their_owner_alone(sqlite, tmp_path):
    before = os.umask(0)
    try:
        async with Inbox(sqlite) as inbox:
            await inbox.put(letter())
            assert {path.name: mode(path) for path in tmp_path.iterdir()} == {
                "inbox.db": 0o600,
                "inbox.db-wal": 0o600,
                "inbox.db-shm": 0o600,
            }
    finally:
        os.umask(before)


@posix
async def test_a_file_that_others_could_read_no_longer_is(sqlite, tmp_path):
    (tmp_path / "inbox.db").touch(0o644)
    async with Inbox(sqlite):
        assert mode(tmp_path / "inbox.db") == 0o600


@posix
async def test_a_file_behind_a_link_is_made_for_its_owner_alone_too(sqlite, tmp_path):
    (tmp_path / "inbox.db").symlink_to(tmp_path / "elsewhere.db")
    async with Inbox(sqlite):
        assert mode(tmp_path / "elsewhere.db") == 0o600


@posix
async def test_a_folder_is_refused_and_left_as_it_is(tmp_path):
    tmp_path.chmod(0o755)
    with pytest.raises(ConfigurationError, match="cannot be made a private file: is a directory"):
        async with Inbox(f"sqlite:///{tmp_path}"):
            pass
    assert mode(tmp_path) == 0o755


@pytest.mark.parametrize(("chosen", "number"), [("FULL", 2), ("NORMAL", 1)])
async def test_sqlite_waits_for_its_disk_unless_told_otherwise(sqlite, chosen, number):
    database = Database(sqlite, part=PART, steps=STEPS, **({} if chosen == "FULL" else {"synchronous": chosen}))
    await database.open()
    async with database.read() as connection:
        assert (await connection.execute(text("PRAGMA synchronous"))).scalar() == number
        assert (await connection.execute(text("PRAGMA journal_mode"))).scalar() == "wal"
    await database.close()


async def test_postgresql_waits_for_its_disk_whatever_its_defaults_say(postgresql):
    await run_sql(postgresql, f'ALTER DATABASE "{postgresql.split("/")[3].split("?")[0]}" SET synchronous_commit = off')
    database = Database(postgresql, part=PART, steps=STEPS)
    try:
        async with database.read() as connection:
            assert (await connection.execute(text("SHOW synchronous_commit"))).scalar() == "on"
    finally:
        await database.close()
        await run_sql(postgresql, f'ALTER DATABASE "{postgresql.split("/")[3].split("?")[0]}" RESET synchronous_commit')


async def test_an_older_version_is_migrated_and_keeps_its_letters(url):
    async with Inbox(url) as inbox:
        await inbox.put(letter(b"old"))

    def add_a_column(connection):
        connection.execute(text("ALTER TABLE reknit_inbox ADD COLUMN colour TEXT DEFAULT 'red'"))

    newer = Database(url, part=PART, steps=[*STEPS, add_a_column])
    await newer.open()
    await newer.close()
    assert await run_sql(url, "SELECT body, colour FROM reknit_inbox") == [(b"old", "red")]
    assert await run_sql(url, "SELECT part, version FROM reknit_schema") == [("inbox", len(STEPS) + 1)]


async def test_a_migration_that_fails_leaves_everything_as_it_was(url):
    async with Inbox(url) as inbox:
        await inbox.put(letter(b"old"))

    def half(connection):
        connection.execute(text("ALTER TABLE reknit_inbox ADD COLUMN colour TEXT"))
        connection.execute(text("ALTER TABLE nowhere ADD COLUMN colour TEXT"))

    broken = Database(url, part=PART, steps=[*STEPS, half])
    with pytest.raises(DatabaseError, match="cannot open the tables"):
        await broken.open()
    await broken.close()
    async with Inbox(url) as inbox:
        assert (await inbox.stats()).ready == 1
    with pytest.raises(Exception, match="colour"):
        await run_sql(url, "SELECT colour FROM reknit_inbox")


async def test_many_that_open_a_new_database_at_once_make_its_tables_once(url):
    inboxes = [Inbox(url) for _ in range(5)]
    await asyncio.gather(*(inbox.stats() for inbox in inboxes))
    for inbox in inboxes:
        await inbox.close()
    assert await run_sql(url, "SELECT count(*) FROM reknit_schema") == [(1,)]


async def test_a_newer_version_is_refused_in_one_line(url):
    async with Inbox(url):
        pass
    await run_sql(url, "UPDATE reknit_schema SET version = 99")
    inbox = Inbox(url)
    with pytest.raises(ConfigurationError) as refused:
        await inbox.put(letter())
    await inbox.close()
    assert "inbox is of version 99" in str(refused.value)
    assert "upgrade reknit" in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("mysql://a:hunter2@b/c", "'mysql' is not supported"),
        ("nonsense hunter2", "cannot be read"),
        ("", "cannot be read"),
        ("sqlite+aiosqlite://", "needs a plain file"),
        ("sqlite+aiosqlite:///:memory:", "needs a plain file"),
        ("sqlite+aiosqlite:///file:x?mode=memory&uri=true", "needs a plain file"),
    ],
)
def test_an_address_that_cannot_be_used_is_refused_without_being_repeated(address, said):
    with pytest.raises(ConfigurationError, match=said) as refused:
        Inbox(address)
    assert "hunter2" not in str(refused.value)
    assert "\n" not in str(refused.value)
    assert refused.value.__cause__ is None


@pytest.mark.parametrize(
    "address",
    ["postgresql://me:hunter2@127.0.0.1:1/db", "postgresql+asyncpg://127.0.0.1:1/db?user=me&password=hunter2"],
)
async def test_the_password_is_in_no_repr_and_no_error(address):
    pytest.importorskip("asyncpg")
    inbox = Inbox(address)
    assert repr(inbox) == "Inbox('postgresql://127.0.0.1:1/db')"
    with pytest.raises(DatabaseError) as failed:
        await inbox.put(letter())
    await inbox.close()
    chain = [repr(error) + str(error) for error in (failed.value, failed.value.__cause__)]
    assert "hunter2" not in "".join(chain)
    assert "\n" not in str(failed.value)


async def test_an_option_that_the_driver_does_not_know_is_refused_with_the_one_that_is_meant():
    pytest.importorskip("asyncpg")
    inbox = Inbox("postgresql://me:hunter2@127.0.0.1:1/db?sslmode=require")
    with pytest.raises(ConfigurationError, match="ssl=require, not sslmode=require") as refused:
        await inbox.put(letter())
    await inbox.close()
    assert "hunter2" not in str(refused.value)


async def test_a_database_that_says_nothing_is_given_up_and_asked_anew(monkeypatch):
    pytest.importorskip("asyncpg")
    monkeypatch.setattr("reknit.durable.database._ANSWER", 0.05)
    database = Inbox("postgresql://me@127.0.0.1:1/db")._database
    with pytest.raises(DatabaseError, match=r"has not answered for 0\.05 s"):
        async with database.answer():
            await asyncio.Event().wait()


async def test_a_file_that_is_no_database_is_named(sqlite, tmp_path):
    (tmp_path / "inbox.db").write_bytes(b"no database" * 1000)
    inbox = Inbox(sqlite)
    with pytest.raises(DatabaseError, match=r"inbox\.db: file is not a database"):
        await inbox.put(letter())
    await inbox.close()


async def test_a_folder_that_is_not_there_is_named(tmp_path):
    inbox = Inbox(f"sqlite+aiosqlite:///{tmp_path}/missing/inbox.db")
    with pytest.raises(ConfigurationError, match=r"missing/inbox\.db: .*no such file"):
        await inbox.put(letter())
    await inbox.close()


async def test_a_file_that_another_program_holds_is_waited_for_and_then_given_up(sqlite, tmp_path):
    database = Database(sqlite, part=PART, steps=STEPS, patience=0.01)
    await database.open()
    other = sqlite3.connect(tmp_path / "inbox.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Exception, match="locked"):
        async with database.write() as connection:
            await connection.execute(text("DELETE FROM reknit_inbox"))
    other.close()
    async with database.write() as connection:
        await connection.execute(text("DELETE FROM reknit_inbox"))
    await database.close()


async def test_a_writer_of_this_process_that_never_ends_is_named(sqlite):
    database = Database(sqlite, part=PART, steps=STEPS, patience=0.01)
    await database.open()
    async with database.write() as connection:
        await connection.execute(text("DELETE FROM reknit_inbox"))
        with pytest.raises(DatabaseError, match="another transaction of this process held the SQLite file"):
            async with database.write() as second:
                await second.execute(text("DELETE FROM reknit_inbox"))
    await database.close()
