from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import event

from reknit.durable.database import Database
from reknit.durable.leases import READY, Lease, Leases
from reknit.durable.schema import PART, STEPS, letters
from reknit.durable.storing import row_of, store
from tests.durable.conftest import Clock, letter


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def database(url, clock):
    database = Database(url, part=PART, steps=STEPS, clock=clock)
    await database.open()
    yield database
    await database.close()


@pytest.fixture
def leases(database) -> Leases:
    return Leases(letters, database.now, lines=("receiver", "order_key"))


async def put(database, *some):
    async with database.write() as connection:
        await store(connection, [row_of(one) for one in some])


async def claim(database, leases, limit=10, seconds=30.0):
    async with database.write() as connection:
        return [Lease(row.id, row.token) for row in await leases.claim(connection, limit, seconds)]


async def change(database, method, *arguments):
    async with database.write() as connection:
        return await method(connection, *arguments)


async def due(database, leases):
    async with database.read() as connection:
        return await leases.next_due(connection)


async def test_a_claim_takes_up_to_its_limit_the_longest_due_first_and_nobody_takes_them_again(database, leases):
    await put(database, *(letter(n, at=100 - n) for n in range(5)))
    assert {lease.id for lease in await claim(database, leases, 2)} == {4, 5}
    assert {lease.id for lease in await claim(database, leases)} == {1, 2, 3}
    assert await claim(database, leases) == []


async def test_a_claim_is_one_statement(database, leases):
    await put(database, letter())
    said: list[str] = []
    engine = database._engine.sync_engine
    event.listen(engine, "before_cursor_execute", lambda _c, _k, statement, *_: said.append(statement))
    await claim(database, leases)
    [claiming] = [statement for statement in said if "BEGIN" not in statement]
    assert "RETURNING" in claiming
    if database.is_sqlite:
        assert said[0] == "BEGIN IMMEDIATE"
        assert claiming.startswith("UPDATE")
    else:
        assert claiming.startswith("WITH due AS MATERIALIZED")
        assert "FOR UPDATE SKIP LOCKED" in claiming


async def test_many_who_claim_at_once_share_the_rows(database, leases):
    await put(database, *(letter(n) for n in range(60)))
    claims = await asyncio.gather(*(claim(database, leases, 7) for _ in range(12)))
    ids = [lease.id for some in claims for lease in some]
    assert len(ids) == len(set(ids))
    ids += [lease.id for lease in await claim(database, leases, 100)]
    assert sorted(ids) == list(range(1, 61))


async def test_postgresql_passes_over_what_another_transaction_has_locked(database, leases):
    if database.is_sqlite:
        pytest.skip("SQLite has one writer")
    await put(database, letter(1), letter(2))
    async with database.write() as first:
        assert len(await leases.claim(first, 1, 30.0)) == 1
        async with asyncio.timeout(5), database.write() as second:
            assert len(await leases.claim(second, 2, 30.0)) == 1


async def test_when_a_lease_has_ended_the_next_owner_s_token_shuts_out_the_first(database, leases, clock):
    await put(database, letter())
    [first] = await claim(database, leases)
    clock.now += 29
    assert await claim(database, leases) == []
    clock.now += 2
    [second] = await claim(database, leases)
    assert second == Lease(first.id, first.token + 1)
    done = {"state": "done"}
    assert await change(database, leases.renew, [first], 30.0) == set()
    assert await change(database, leases.put_back, first, 0.0) is False
    assert await change(database, leases.settle, [first], done) == set()
    assert await change(database, leases.settle, [first, second], done) == {second}
    assert await change(database, leases.settle, [second], done) == set()


async def test_a_lease_that_ended_is_still_its_owner_s_until_someone_else_takes_the_row(database, leases, clock):
    await put(database, letter())
    [lease] = await claim(database, leases)
    clock.now += 1000
    assert await change(database, leases.renew, [lease], 30.0) == {lease}
    assert await claim(database, leases) == []


async def test_a_renewed_lease_lasts_from_now(database, leases, clock):
    await put(database, letter())
    [lease] = await claim(database, leases)
    clock.now += 20
    assert await change(database, leases.renew, [lease], 30.0) == {lease}
    clock.now += 29
    assert await claim(database, leases) == []


async def test_what_was_put_back_is_due_after_its_wait(database, leases, clock):
    await put(database, letter())
    [lease] = await claim(database, leases)
    assert await change(database, leases.put_back, lease, 10.0, {"error": "no"})
    assert await due(database, leases) == pytest.approx(10.0)
    assert await claim(database, leases) == []
    clock.now += 10
    assert await due(database, leases) == 0.0
    assert len(await claim(database, leases)) == 1


async def test_a_clock_that_goes_back_holds_neither_leases_nor_waits(database, leases, clock):
    await put(database, letter(1), letter(2))
    await claim(database, leases, 1)
    [waiting] = await claim(database, leases, 1)
    await change(database, leases.put_back, waiting, 60.0)
    clock.now -= 25  # within what clocks are corrected by while everything goes on
    assert await claim(database, leases) == []
    clock.now -= 86_400
    assert await due(database, leases) == 0.0
    assert len(await claim(database, leases)) == 2


async def test_what_a_receiver_with_a_clock_of_its_own_puts_is_due_at_once(database, leases, clock):
    await put(database, letter(1, at=clock.now + 5000), letter(2, at=1))
    assert len(await claim(database, leases)) == 2


async def test_rows_of_a_line_are_taken_one_at_a_time_in_order(database, leases):
    await put(database, *(letter(n, order_key="a" if n % 2 else "b", at=50 - n) for n in range(6)), letter(9))
    first = await claim(database, leases)
    assert [lease.id for lease in first] == [1, 2, 7]
    assert await claim(database, leases) == []
    await change(database, leases.settle, first[:1], {"state": "done"})
    assert [lease.id for lease in await claim(database, leases)] == [3]


async def test_a_row_that_waits_for_its_next_try_holds_back_its_line(database, leases, clock):
    await put(database, letter(1, order_key="a"), letter(2, order_key="a"))
    [first] = await claim(database, leases)
    await change(database, leases.put_back, first, 10.0)
    assert await claim(database, leases) == []
    clock.now += 10
    assert [lease.id for lease in await claim(database, leases)] == [1]


async def test_a_row_that_comes_back_does_not_run_beside_a_later_one_of_its_line(database, leases, clock):
    await put(database, letter(1, order_key="a"), letter(2, order_key="a"))
    [first] = await claim(database, leases)
    await change(database, leases.settle, [first], {"state": "dead"})
    [second] = await claim(database, leases)
    async with database.write() as connection:
        await connection.execute(letters.update().where(letters.c.id == 1).values(state=READY, until=1.0, span=0.0))
    assert await claim(database, leases) == []
    await change(database, leases.settle, [second], {"state": "done"})
    assert [lease.id for lease in await claim(database, leases)] == [1]


async def test_no_row_waits_in_an_empty_table(database, leases):
    assert await due(database, leases) is None
    assert await change(database, leases.renew, [], 1.0) == set()
