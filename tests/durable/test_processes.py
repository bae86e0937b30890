"""Workers that die, and workers that sleep and come back, as processes that real signals reach."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.durable.conftest import Hands, letter, run_sql, until

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="SIGSTOP is POSIX's")
HAND = Path(__file__).with_name("hand.py")
Process = asyncio.subprocess.Process


@pytest.fixture
async def hand(url) -> AsyncIterator[Callable[[], Awaitable[Process]]]:
    """Return a function that starts a worker on the test's database."""
    started: list[Process] = []

    async def start() -> Process:
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(sys.executable, str(HAND), url, stdin=pipe, stdout=pipe)
        started.append(process)
        return process

    yield start
    for process in started:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def heard(process: Process, word: str) -> None:
    assert process.stdout is not None
    async with asyncio.timeout(30):
        while (line := await process.stdout.readline()).strip() != word.encode():
            assert line, f"the worker ended before it said {word}"


def hands() -> Hands:
    async def work(letter, transaction):
        await transaction.execute(text("INSERT INTO effects VALUES (:body)"), {"body": letter.body.decode()})

    return Hands(work)


@pytest.mark.parametrize("when", ["before", "after"])
async def test_what_a_killed_worker_was_at_is_done_once_by_another(make, url, hand, when):
    mine = hands()
    inbox = make(mine)
    await run_sql(url, "CREATE TABLE effects (body VARCHAR)")
    await inbox.put(letter(when.encode()))
    process = await hand()
    await heard(process, when)
    process.kill()
    await process.wait()
    async with inbox.worker(poll=0.01):
        await until(lambda: inbox.counters.processed == 1)
    assert await run_sql(url, "SELECT body FROM effects") == [(when,)]
    [entry] = await inbox.list()
    assert (entry.state, entry.attempts) == ("done", 2)


async def test_a_worker_that_comes_back_from_a_pause_changes_nothing_any_more(make, url, hand):
    mine = hands()
    inbox = make(mine)
    await run_sql(url, "CREATE TABLE effects (body VARCHAR)")
    await inbox.put(letter(b"before"))
    process = await hand()
    await heard(process, "before")
    process.send_signal(signal.SIGSTOP)
    assert process.stdin is not None
    process.stdin.write(b"\n")
    async with inbox.worker(poll=0.01):
        await until(lambda: inbox.counters.processed == 1)
        process.send_signal(signal.SIGCONT)
        await heard(process, "LeaseLost")
    assert await run_sql(url, "SELECT body FROM effects") == [("before",)]


async def test_a_worker_that_was_paused_in_its_transaction_holds_nobody_s_letters(make, url, hand):
    if "sqlite" in url:
        pytest.skip("SQLite has one writer, and a writer that sleeps holds it")
    mine = hands()
    inbox = make(mine)
    await run_sql(url, "CREATE TABLE effects (body VARCHAR)")
    await inbox.put(letter(b"after"))
    process = await hand()
    await heard(process, "after")
    process.send_signal(signal.SIGSTOP)
    assert process.stdin is not None
    process.stdin.write(b"\n")
    async with inbox.worker(poll=0.01):
        await until(lambda: inbox.counters.processed == 1)
        process.send_signal(signal.SIGCONT)
        await heard(process, "LeaseLost")
    assert await run_sql(url, "SELECT body FROM effects") == [("after",)]
