from __future__ import annotations

import asyncio

import pytest
from attrs import evolve
from sqlalchemy import event

from reknit.durable import DatabaseError, Inbox, Retries, Stored
from reknit.errors import ConfigurationError, InvalidArgument
from tests.durable.conftest import Hands, letter, run_sql, settled

ONCE = Retries(tries=1)


async def fail(letter, transaction):
    raise ValueError("the\nhandler's reason \0")


async def handled(inbox, **options):
    async with inbox.worker(poll=0.01, **options):
        while not await settled(inbox):
            await asyncio.sleep(0.002)


async def test_what_was_put_is_there_when_another_process_looks(make, url):
    await make().put(letter(b'{"a": 1}', order_key="k"))
    other = make()
    [entry] = await other.list()
    assert (entry.id, entry.receiver, entry.kind, entry.state, entry.order_key) == (1, "post", "thing", "ready", "k")
    assert (entry.body, entry.size, entry.attempts, entry.verified) == (None, 8, 0, True)
    shown = await other.show(1)
    assert shown is not None
    assert shown.body == b'{"a": 1}'
    assert "a" not in repr(shown).split("digest=")[0].replace("state='ready'", "").partition("body")[2]
    assert await other.show(2) is None


async def test_a_duplicate_is_stored_once_whether_it_comes_in_the_same_commit_or_later(make):
    told = []
    inbox = make(hooks=[told.append])
    await asyncio.gather(*(inbox.put(letter(b"same")) for _ in range(3)), inbox.put(letter(b"other")))
    await inbox.put(letter(b"same"))
    assert (await inbox.stats()).ready == 2
    assert (inbox.counters.stored, inbox.counters.duplicates) == (2, 3)
    assert Stored("post", "thing", "new") in told


async def test_the_same_body_for_another_receiver_is_no_duplicate(make):
    inbox = make()
    await inbox.put(letter(b"same"))
    await inbox.put(evolve(letter(b"same"), receiver="else"))
    assert (await inbox.stats()).ready == 2


async def test_a_duplicate_of_what_was_processed_is_not_run_again(make):
    hands = Hands()
    inbox = make(hands)
    await inbox.put(letter(b"same"))
    await handled(inbox)
    await inbox.put(letter(b"same"))
    await handled(inbox)
    assert hands.seen == [b"same"]
    assert inbox.counters.duplicates == 1


async def test_a_duplicate_of_a_dead_letter_revives_it(make):
    hands = Hands(fail)
    inbox = make(hands)
    await inbox.put(letter(b"same"))
    await handled(inbox, retries=ONCE)
    [dead] = await inbox.list(state="dead")
    assert (dead.attempts, dead.error) == (1, "ValueError: the handler's reason \ufffd")
    hands.work = lambda *_: None
    await asyncio.gather(inbox.put(letter(b"same")), inbox.put(letter(b"same")))
    assert (inbox.counters.revived, inbox.counters.duplicates) == (1, 1)
    await handled(inbox)
    [done] = await inbox.list()
    assert (done.id, done.state, done.error) == (dead.id, "done", None)


async def test_text_that_the_database_would_not_take_loses_no_letter(make):
    inbox = make()
    await inbox.put(evolve(letter(), kind="a\0b\ud800", order_key="\0"))
    [entry] = await inbox.list()
    assert entry.kind == "a\ufffdb?"


async def test_a_letter_that_the_database_refuses_does_not_fail_those_beside_it(make, url):
    inbox = make(linger=0.001)
    await inbox.stats()
    refusal = (
        "CREATE TRIGGER no BEFORE INSERT ON reknit_inbox WHEN NEW.kind = 'bad' BEGIN SELECT RAISE(ABORT, 'no'); END"
        if "sqlite" in url
        else "ALTER TABLE reknit_inbox ADD CONSTRAINT no CHECK (kind <> 'bad')"
    )
    await run_sql(url, refusal)
    bad = evolve(letter(b"bad"), kind="bad")
    good, failed, fine = await asyncio.gather(
        *(inbox.put(one) for one in (letter(1), bad, letter(2))), return_exceptions=True
    )
    assert (good, fine) == (None, None)
    assert isinstance(failed, DatabaseError)
    assert str(failed).startswith("cannot store a letter in ")
    assert (await inbox.stats()).ready == 2
    with pytest.raises(DatabaseError):
        await inbox.put(bad)


async def test_a_waiter_that_is_cancelled_leaves_nothing_behind(make):
    inbox = make(linger=0.001)
    await inbox.stats()
    task = asyncio.create_task(inbox.put(letter(1)))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    task.cancel()
    await inbox.put(letter(2))
    assert task.cancelled()
    assert [entry.id for entry in await inbox.list() if entry.size] != []


async def test_closing_commits_what_is_being_put_and_refuses_more(make):
    inbox = make(linger=1)
    await inbox.stats()
    task = asyncio.create_task(inbox.put(letter(1)))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    await inbox.close()
    await task
    with pytest.raises(DatabaseError, match="closed"):
        await inbox.put(letter(2))
    assert (await make().stats()).ready == 1


async def test_replay_runs_letters_again_and_passes_over_what_is_gone(make, url):
    hands = Hands(fail)
    inbox = make(hands)
    for n in (1, 2, 3):
        await inbox.put(letter(n))
    await handled(inbox, retries=ONCE)
    hands.work = lambda *_: None
    assert await inbox.replay(1) == 1
    await handled(inbox)
    assert [entry.state for entry in await inbox.list()] == ["done", "dead", "dead"]
    assert await inbox.drop(2) == 1
    assert await inbox.replay(state="dead") == 1
    assert await inbox.replay(2) == 0
    await handled(inbox)
    assert [entry.state for entry in await inbox.list()] == ["done", "dropped", "done"]
    assert await inbox.replay(receiver="post") == 2
    assert await inbox.replay(receiver="nobody") == 0


async def test_what_was_dropped_loses_its_body_and_is_not_run_when_it_comes_again(make):
    hands = Hands()
    inbox = make(hands)
    await inbox.put(letter(b"same"))
    assert await inbox.drop(1) == 1
    assert await inbox.drop(1) == 0
    await inbox.put(letter(b"same"))
    await handled(inbox)
    assert hands.seen == []
    shown = await inbox.show(1)
    assert shown is not None
    assert (shown.state, shown.body, shown.size) == ("dropped", None, None)


async def test_lists_go_on_from_the_last_id_and_can_be_narrowed(make):
    inbox = make()
    for n in range(5):
        await inbox.put(letter(n))
    assert [entry.id for entry in await inbox.list(limit=2)] == [1, 2]
    assert [entry.id for entry in await inbox.list(after=2, limit=2)] == [3, 4]
    assert await inbox.list(state="dead") == []
    assert await inbox.list(receiver="nobody") == []
    stats = await inbox.stats()
    assert (stats.pending, stats.ready) == (5, 5)
    assert stats.oldest is not None


@pytest.mark.parametrize("method", ["replay", "drop"])
async def test_nothing_is_changed_where_nothing_is_named(make, method):
    with pytest.raises(InvalidArgument, match="name letters by their ids"):
        await getattr(make(), method)()


async def test_bad_words_are_refused_by_name(make):
    inbox = make()
    with pytest.raises(InvalidArgument, match=r"^state='ded': a letter is ready, leased, done, dead or dropped"):
        await inbox.list(state="ded")
    with pytest.raises(InvalidArgument, match=r"^limit=0"):
        await inbox.list(limit=0)


@pytest.mark.parametrize("options", [{"linger": -1.0}, {"linger": float("nan")}, {"synchronous": "OFF"}])
def test_options_that_make_no_sense_are_refused_by_name(sqlite, options):
    [name] = options
    with pytest.raises(ConfigurationError, match=f"^{name}="):
        Inbox(sqlite, **options)


def test_a_receiver_s_name_is_taken_once(sqlite):
    inbox, hands = Inbox(sqlite), Hands()
    inbox.bind(hands)
    inbox.bind(hands)
    with pytest.raises(ConfigurationError, match="receiver 'post' already"):
        inbox.bind(Hands())


async def test_a_hook_that_raises_touches_nothing(make):
    def broken(event):
        raise ValueError("hook")

    seen: list[str] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: seen.append(str(context["exception"])))
    inbox = make(hooks=[broken])
    await inbox.put(letter())
    assert seen == ["hook"]
    assert (await inbox.stats()).ready == 1


async def test_nothing_of_a_body_is_in_an_error(make, url):
    inbox = make()
    await inbox.stats()
    await run_sql(url, "DROP TABLE reknit_inbox")
    with pytest.raises(DatabaseError, match="cannot store letters") as failed:
        await inbox.put(letter(b"very private"))
    assert "private" not in str(failed.value)
    assert "\n" not in str(failed.value)


async def test_a_batch_is_one_statement_however_many_letters_it_has(make):
    inbox = make(linger=0.001)
    await inbox.put(letter(b"same"))
    said: list[str] = []
    engine = inbox._database._engine.sync_engine
    event.listen(engine, "before_cursor_execute", lambda _c, _k, statement, *_: said.append(statement))
    await asyncio.gather(*(inbox.put(letter(n)) for n in range(100)), inbox.put(letter(b"same")))
    assert len([statement for statement in said if "INSERT" in statement]) == 1
    assert (inbox.counters.stored, inbox.counters.duplicates) == (101, 1)
