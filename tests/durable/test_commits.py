from __future__ import annotations

import asyncio

import pytest
from attrs import define, field

from reknit.durable.commits import GroupCommit


@define
class Disk:
    """Commits when it is let to; refuses the items that are listed."""

    batches: list[list[str]] = field(factory=list)
    refused: set[str] = field(factory=set)
    error: Exception | None = None
    gate: asyncio.Event = field(factory=asyncio.Event)

    async def commit(self, batch):
        self.batches.append(list(batch))
        await self.gate.wait()
        if self.error:
            raise self.error
        return [ValueError(item) if item in self.refused else item.upper() for item in batch]


@pytest.fixture
def disk() -> Disk:
    return Disk()


async def turns(count: int = 5) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


async def test_what_comes_together_is_committed_together_and_nobody_returns_before(disk):
    group = GroupCommit(disk.commit, 0, 100)
    tasks = [asyncio.create_task(group.add(item)) for item in "abc"]
    while not disk.batches:
        await asyncio.sleep(0)
    await turns()
    assert disk.batches == [["a", "b", "c"]]
    assert not any(task.done() for task in tasks)
    disk.gate.set()
    assert await asyncio.gather(*tasks) == ["A", "B", "C"]


async def test_an_item_that_is_refused_does_not_fail_the_others(disk):
    disk.refused = {"b"}
    disk.gate.set()
    group = GroupCommit(disk.commit, 0, 100)
    a, b, c = await asyncio.gather(*(group.add(item) for item in "abc"), return_exceptions=True)
    assert (a, c) == ("A", "C")
    assert isinstance(b, ValueError)


async def test_a_commit_that_fails_fails_everyone_with_an_error_of_their_own_and_the_next_one_works(disk):
    disk.error = OSError("full")
    disk.gate.set()
    group = GroupCommit(disk.commit, 0, 100)
    errors = await asyncio.gather(*(group.add(item) for item in "ab"), return_exceptions=True)
    assert [type(error) for error in errors] == [OSError, OSError]
    assert errors[0] is not errors[1]
    disk.error = None
    assert await group.add("c") == "C"


async def test_who_stops_waiting_before_the_commit_is_left_out_of_it(disk):
    group = GroupCommit(disk.commit, 0.001, 100)
    tasks = [asyncio.create_task(group.add(item)) for item in "ab"]
    await asyncio.sleep(0)
    tasks[0].cancel()
    disk.gate.set()
    assert await tasks[1] == "B"
    assert disk.batches == [["b"]]


async def test_who_stops_waiting_during_the_commit_disturbs_nobody(disk):
    group = GroupCommit(disk.commit, 0, 100)
    tasks = [asyncio.create_task(group.add(item)) for item in "ab"]
    while not disk.batches:
        await asyncio.sleep(0)
    tasks[0].cancel()
    await turns()
    disk.gate.set()
    assert await tasks[1] == "B"
    assert tasks[0].cancelled()


async def test_a_full_batch_does_not_wait_for_more(disk):
    disk.gate.set()
    group = GroupCommit(disk.commit, 3600, 2)
    async with asyncio.timeout(10):
        assert await asyncio.gather(group.add("a"), group.add("b")) == ["A", "B"]


async def test_draining_commits_what_waits_at_once(disk):
    disk.gate.set()
    group = GroupCommit(disk.commit, 3600, 2)
    tasks = [asyncio.create_task(group.add(item)) for item in "abc"]
    await asyncio.sleep(0)
    async with asyncio.timeout(10):
        await group.drain()
    assert await asyncio.gather(*tasks) == ["A", "B", "C"]
    assert disk.batches == [["a", "b"], ["c"]]


async def test_when_its_own_task_is_cancelled_nobody_waits_for_ever(disk):
    group = GroupCommit(disk.commit, 0, 1)
    tasks = [asyncio.create_task(group.add(item)) for item in "ab"]
    while not disk.batches:
        await asyncio.sleep(0)
    [own] = [task for task in asyncio.all_tasks() if task.get_name() == "reknit group commit"]
    own.cancel()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(result) for result in results] == [asyncio.CancelledError] * 2
