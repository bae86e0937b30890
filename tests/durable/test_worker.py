from __future__ import annotations

import asyncio
import contextlib

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from reknit.durable import DatabaseError, Failed, Inbox, LeaseLost, Outage, Retention, Retries, Succeeded
from reknit.durable.leases import Leases
from reknit.durable.sweeping import steady, sweep
from reknit.errors import ConfigurationError
from tests.durable.conftest import Clock, Hands, letter, run_sql, settled, until

FAST = Retries(tries=3, base=0.0)
EFFECTS = "CREATE TABLE effects (body VARCHAR)"


async def write_effect(letter, transaction):
    await transaction.execute(text("INSERT INTO effects VALUES (:body)"), {"body": letter.body.decode()})


async def effects(url):
    return sorted(body for (body,) in await run_sql(url, "SELECT body FROM effects"))


async def test_every_letter_is_handled_and_what_comes_meanwhile_too_without_a_poll(make):
    hands = Hands()
    told = []
    inbox = make(hands, hooks=[told.append])
    await inbox.put(letter(1))
    async with inbox.worker(poll=3600):
        await until(lambda: hands.seen == [b"1"])
        await inbox.put(letter(2))
        await until(lambda: inbox.counters.processed == 2)
    assert (await inbox.stats()).done == 2
    [first, _] = [event for event in told if isinstance(event, Succeeded)]
    assert (first.receiver, first.kind, first.attempt) == ("post", "thing", 1)


async def test_letters_that_another_inbox_object_puts_are_found_by_looking(make):
    hands = Hands()
    async with make(hands).worker(poll=0.01):
        await make().put(letter(1))
        await until(lambda: hands.seen == [b"1"])


async def test_no_more_letters_are_handled_at_once_than_asked_for(make):
    running, most, go = 0, 0, asyncio.Event()

    async def work(letter, transaction):
        nonlocal running, most
        running += 1
        most = max(most, running)
        await go.wait()
        running -= 1

    inbox = make(Hands(work))
    await asyncio.gather(*(inbox.put(letter(n)) for n in range(9)))
    async with inbox.worker(concurrency=3, poll=0.01):
        await until(lambda: running == 3)
        go.set()
        await until(lambda: settled(inbox))
    assert most == 3


async def test_what_a_handler_writes_in_the_transaction_is_committed_with_the_letter(make, url):
    await run_sql(url, EFFECTS)
    inbox = make(Hands(write_effect))
    await asyncio.gather(*(inbox.put(letter(n)) for n in range(5)))
    async with inbox.worker(poll=0.01):
        await until(lambda: settled(inbox))
    assert await effects(url) == ["0", "1", "2", "3", "4"]


async def test_what_a_failing_handler_wrote_is_gone_and_it_is_tried_again(make, url):
    await run_sql(url, EFFECTS)
    told = []

    async def work(letter, transaction):
        await write_effect(letter, transaction)
        if len(hands.seen) < 3:
            raise ValueError("not yet")

    hands = Hands(work)
    inbox = make(hands, hooks=[told.append])
    await inbox.put(letter(1))
    async with inbox.worker(poll=0.01, retries=FAST):
        await until(lambda: settled(inbox))
    assert await effects(url) == ["1"]
    failures = [event for event in told if isinstance(event, Failed)]
    assert [(event.attempt, event.error, event.wait) for event in failures] == [
        (1, "ValueError", 0.0),
        (2, "ValueError", 0.0),
    ]


@pytest.mark.parametrize("how", ["raises", "cancels", "is late"])
async def test_after_its_last_try_it_is_a_dead_letter_that_says_why(make, how):
    async def work(letter, transaction):
        if how == "is late":
            await asyncio.Event().wait()
        raise ValueError("no") if how == "raises" else asyncio.CancelledError

    inbox = make(Hands(work))
    await inbox.put(letter(1))
    async with inbox.worker(poll=0.01, retries=FAST, timeout=0.01):
        await until(lambda: settled(inbox))
    [dead] = await inbox.list()
    reason = {
        "raises": "ValueError: no",
        "cancels": "CancelledError: the handler was cancelled",
        "is late": "TimeoutError",
    }
    assert (dead.state, dead.attempts, dead.error) == ("dead", 3, reason[how])
    assert (inbox.counters.failed, inbox.counters.died) == (3, 1)


async def test_a_letter_that_ends_its_workers_becomes_a_dead_letter(make, url):
    hands = Hands()
    inbox = make(hands)
    await inbox.put(letter(1))
    await run_sql(url, "UPDATE reknit_inbox SET attempts = 3")
    async with inbox.worker(poll=0.01, retries=FAST):
        await until(lambda: settled(inbox))
    [dead] = await inbox.list()
    assert dead.state == "dead"
    assert dead.error is not None
    assert "may be what ends them" in dead.error
    assert hands.seen == []


async def test_a_worker_that_lost_its_lease_is_stopped_and_its_writes_are_gone(make, url):
    await run_sql(url, EFFECTS)
    began, told, ended = asyncio.Event(), [], []

    async def work(letter, transaction):
        began.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(True)

    inbox = make(Hands(work), hooks=[told.append])
    await inbox.put(letter(1))
    async with inbox.worker(poll=0.01, lease=0.1):
        await began.wait()
        await run_sql(url, "UPDATE reknit_inbox SET token = token + 1, state = 'done', until = NULL")
        await until(lambda: ended)
        await until(lambda: told[-1:] == [LeaseLost(1, "post", "thing")])
    assert inbox.counters.leases_lost == 1


async def test_a_worker_that_finishes_too_late_commits_nothing(make, url):
    await run_sql(url, EFFECTS)

    async def work(letter, transaction):
        if "sqlite" not in url:
            await write_effect(letter, transaction)
        await run_sql(url, "UPDATE reknit_inbox SET token = token + 1, state = 'dropped', until = NULL")
        if "sqlite" in url:
            await write_effect(letter, transaction)

    inbox = make(Hands(work))
    await inbox.put(letter(1))
    async with inbox.worker(poll=0.01):
        await until(lambda: inbox.counters.leases_lost)
    assert await effects(url) == []
    assert inbox.counters.processed == 0


async def test_a_lease_is_renewed_while_its_handler_runs(make):
    renewed = asyncio.Event()

    async def work(letter, transaction):
        [before] = await inbox.list()
        while (await inbox.list())[0].due_at == before.due_at:
            await asyncio.sleep(0.01)
        renewed.set()

    inbox = make(Hands(work))
    await inbox.put(letter(1))
    async with inbox.worker(poll=0.01, lease=0.1):
        await until(lambda: settled(inbox))
    assert renewed.is_set()
    assert inbox.counters.leases_lost == 0


async def test_letters_of_a_line_are_handled_one_after_the_other(make):
    running: set[bytes] = set()

    async def work(letter, transaction):
        assert not running
        running.add(letter.body)
        await asyncio.sleep(0)
        running.remove(letter.body)

    hands = Hands(work)
    inbox = make(hands)
    for n in range(6):
        await inbox.put(letter(n, order_key="a"))
    async with inbox.worker(poll=0.01, retries=Retries(tries=1)):
        await until(lambda: settled(inbox))
    assert hands.seen == [b"0", b"1", b"2", b"3", b"4", b"5"]
    assert (await inbox.stats()).dead == 0


async def test_when_the_block_ends_handlers_may_finish_and_nothing_more_begins(make):
    began = asyncio.Event()

    async def work(letter, transaction):
        began.set()
        await asyncio.sleep(0.02)

    hands = Hands(work)
    inbox = make(hands)
    await inbox.put(letter(1))
    await inbox.put(letter(2))
    async with inbox.worker(poll=0.01, concurrency=1):
        await began.wait()
    stats = await inbox.stats()
    assert (stats.done, stats.ready, stats.leased) == (1, 1, 0)


async def test_what_does_not_finish_in_its_grace_is_given_back_untried(make):
    began, undone = asyncio.Event(), []

    async def work(letter, transaction):
        began.set()
        try:
            await asyncio.Event().wait()
        finally:
            undone.append(letter.body)

    inbox = make(Hands(work))
    await inbox.put(letter(1))
    async with inbox.worker(poll=0.01, grace=0.0):
        await began.wait()
    [entry] = await inbox.list()
    assert (entry.state, entry.attempts, undone) == ("ready", 0, [b"1"])
    assert not [task for task in asyncio.all_tasks() if "reknit" in task.get_name()]


async def test_a_block_that_is_cancelled_leaves_no_task_behind(make):
    began = asyncio.Event()

    async def work(letter, transaction):
        began.set()
        await asyncio.Event().wait()

    inbox = make(Hands(work))
    await inbox.put(letter(1))

    async def serve():
        async with inbox.worker(poll=0.01, grace=0.01):
            await asyncio.Event().wait()

    task = asyncio.create_task(serve())
    await began.wait()
    task.cancel()
    await asyncio.wait([task])
    assert not [left for left in asyncio.all_tasks() if "reknit" in left.get_name()]
    assert (await inbox.stats()).ready == 1


async def swallow(awaitable):
    with contextlib.suppress(Exception):
        await awaitable


@pytest.mark.parametrize(
    "end",
    [
        lambda transaction: transaction.commit(),
        lambda transaction: swallow(transaction.commit()),
        lambda transaction: transaction.rollback(),
        lambda transaction: transaction.close(),
        lambda transaction: transaction.execute(text(" commit")),
        lambda transaction: swallow(transaction.exec_driver_sql("ROLLBACK")),
    ],
    ids=["commits", "commits and hides it", "rolls back", "closes", "commits in SQL", "rolls back in SQL and hides it"],
)
async def test_a_handler_may_not_end_the_transaction_that_the_inbox_has_to(make, url, end):
    await run_sql(url, EFFECTS)

    async def work(letter, transaction):
        await write_effect(letter, transaction)
        await end(transaction)

    inbox = make(Hands(work))
    await inbox.put(letter(1))
    async with inbox.worker(poll=0.01, retries=Retries(tries=1)):
        await until(lambda: settled(inbox))
    [dead] = await inbox.list()
    assert dead.error is not None
    assert "do not commit, roll back or close it" in dead.error
    assert await effects(url) == []


async def test_a_session_of_the_orm_joins_the_transaction_whether_it_commits_or_is_only_closed(make, url):
    await run_sql(url, EFFECTS)

    async def work(letter, transaction):
        async with AsyncSession(transaction) as session:
            await write_effect(letter, session)
            if letter.body == b"1":
                await session.commit()
        if letter.body == b"3":
            raise ValueError("after the session's commit")

    inbox = make(Hands(work))
    await asyncio.gather(*(inbox.put(letter(n)) for n in (1, 2, 3)))
    async with inbox.worker(poll=0.01, retries=Retries(tries=1)):
        await until(lambda: settled(inbox))
    assert await effects(url) == ["1", "2"]
    assert [entry.state for entry in await inbox.list()] == ["done", "done", "dead"]


async def test_a_savepoint_takes_back_its_part_alone(make, url):
    await run_sql(url, EFFECTS)

    async def work(letter, transaction):
        await write_effect(letter, transaction)
        with contextlib.suppress(ValueError):
            async with transaction.begin_nested():
                await write_effect(letter, transaction)
                raise ValueError

    inbox = make(Hands(work))
    await inbox.put(letter(1))
    async with inbox.worker(poll=0.01):
        await until(lambda: settled(inbox))
    assert await effects(url) == ["1"]


async def test_what_ends_a_handler_and_is_no_exception_is_a_failed_try_too(make):
    class StopEverything(BaseException):
        pass

    async def work(letter, transaction):
        raise StopEverything("now")

    inbox = make(Hands(work))
    await inbox.put(letter(1))
    async with inbox.worker(poll=0.01, retries=Retries(tries=1)):
        await until(lambda: settled(inbox))
    [dead] = await inbox.list()
    assert (dead.state, dead.error) == ("dead", "StopEverything: now")


async def test_a_renewal_that_failed_is_tried_again_at_once_and_not_at_its_next_turn(make, monkeypatch):
    tried = []

    async def renew(*_):
        tried.append(asyncio.get_running_loop().time())
        if len(tried) < 3:
            raise DatabaseError("away")
        return set()

    monkeypatch.setattr(Leases, "renew", renew)
    hands = Hands(lambda *_: asyncio.Event().wait())
    inbox = make(hands)
    await inbox.put(letter(1))
    async with inbox.worker(poll=0.01, lease=0.6, grace=0.0):
        await until(lambda: len(tried) == 3)
    assert tried[2] - tried[0] < 0.2


async def test_letters_of_receivers_that_are_not_here_are_left_alone(make):
    hands = Hands()
    inbox = make(hands)
    await inbox.put(letter(1, receiver="elsewhere"))
    await inbox.put(letter(2))
    async with inbox.worker(poll=0.01):
        await until(lambda: inbox.counters.processed)
    assert hands.seen == [b"2"]
    assert (await inbox.stats()).ready == 1


async def test_a_worker_outlives_its_database_s_absence(make, url):
    hands = Hands()
    told = []
    inbox = make(hands, hooks=[told.append])
    await inbox.stats()
    await run_sql(url, "ALTER TABLE reknit_inbox RENAME TO away")
    async with inbox.worker(poll=0.001):
        await until(lambda: inbox.counters.outages)
        await run_sql(url, "ALTER TABLE away RENAME TO reknit_inbox")
        await inbox.put(letter(1))
        await until(lambda: hands.seen)
    outage = next(event for event in told if isinstance(event, Outage))
    assert outage.error.startswith("cannot work in ")
    assert "\n" not in outage.error


async def test_a_worker_without_a_receiver_is_refused(make):
    with pytest.raises(ConfigurationError, match="no receiver"):
        async with make().worker():
            pass


@pytest.mark.parametrize(
    "options", [{"concurrency": 0}, {"lease": 0.0}, {"timeout": float("nan")}, {"poll": 0.0}, {"grace": -1.0}]
)
async def test_terms_that_make_no_sense_are_refused_by_name(sqlite, options):
    [name] = options
    inbox = Inbox(sqlite)
    inbox.bind(Hands())
    with pytest.raises(ConfigurationError, match=f"^{name}="):
        async with inbox.worker(**options):
            pass
    await inbox.close()


# What is kept of settled letters.

DAY = 86_400.0


async def swept(inbox, **keep):
    await sweep(inbox._database, Retention(**keep))
    return [(entry.state, entry.size) for entry in await inbox.list()]


async def test_bodies_go_first_then_digests_then_dead_letters(make):
    clock = Clock()

    async def work(letter, transaction):
        if letter.body == b"bad":
            raise ValueError

    inbox = make(Hands(work), clock=clock)
    for body in (b"good", b"bad", b"dropped"):
        await inbox.put(letter(body, at=clock.now))
    await inbox.drop(3)
    async with inbox.worker(poll=0.01, retries=Retries(tries=1)):
        await until(lambda: settled(inbox))
    await inbox.put(letter(b"waiting", at=clock.now))
    rest = [("ready", 7)]
    assert await swept(inbox) == [("done", 4), ("dead", 3), ("dropped", None), *rest]
    clock.now += 1.1 * DAY
    assert await swept(inbox, bodies=None) == [("done", 4), ("dead", 3), ("dropped", None), *rest]
    assert await swept(inbox) == [("done", None), ("dead", 3), ("dropped", None), *rest]
    clock.now += 30 * DAY
    assert await swept(inbox, digests=None) == [("done", None), ("dead", 3), ("dropped", None), *rest]
    assert await swept(inbox) == [("dead", 3), *rest]
    clock.now += 60 * DAY
    assert await swept(inbox, dead=None) == [("dead", 3), *rest]
    assert await swept(inbox) == rest


async def test_what_is_sent_again_after_its_digest_has_gone_is_a_new_letter(make):
    clock, hands = Clock(), Hands()
    inbox = make(hands, clock=clock)
    async with inbox.worker(poll=0.01):
        await inbox.put(letter(b"same"))
        await until(lambda: inbox.counters.processed == 1)
        clock.now += 31 * DAY
        assert await swept(inbox) == []
        await inbox.put(letter(b"same"))
        await until(lambda: inbox.counters.processed == 2)


@pytest.mark.parametrize("name", ["bodies", "digests", "dead"])
def test_a_time_to_keep_that_makes_no_sense_is_refused_by_name(name):
    with pytest.raises(ConfigurationError, match=f"^{name}=-1"):
        Retention(**{name: -1})


def test_nothing_is_taken_away_by_the_word_of_a_clock_that_jumped():
    assert steady((1000.0, 5.0), (1600.0, 605.5))
    assert not steady((1000.0, 5.0), (1000.0 + 40 * DAY, 605.0))
    assert not steady((1000.0, 5.0), (10.0, 605.0))


async def test_a_worker_tidies_up_while_it_works(make, monkeypatch):
    clock = Clock()
    inbox = make(Hands(), clock=clock)
    await inbox.put(letter(b"old", at=clock.now))
    await inbox.drop(1)
    clock.now += 31 * DAY
    monkeypatch.setattr("reknit.durable.worker._FIRST_SWEEP", 0.01)

    async def gone():
        return not await inbox.list()

    async with inbox.worker(poll=0.01):
        await until(gone)


async def test_what_cannot_be_settled_is_left_to_the_end_of_its_lease(make, url):
    async def work(letter, transaction):
        await run_sql(url, "ALTER TABLE reknit_inbox RENAME TO away")
        raise ValueError("no")

    told = []
    inbox = make(Hands(work), hooks=[told.append])
    await inbox.put(letter(1))
    async with inbox.worker(poll=0.01):
        await until(lambda: inbox.counters.outages)
    assert inbox.counters.failed == 0
    await run_sql(url, "ALTER TABLE away RENAME TO reknit_inbox")
    [entry] = await inbox.list()
    assert (entry.state, entry.attempts) == ("leased", 1)
