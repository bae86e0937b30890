"""The alarm ends a block on time, and only by what it did itself."""

from __future__ import annotations

import asyncio

import pytest

from reknit.runtime.deadline import Alarm


def alarm_in(seconds: float | None) -> Alarm:
    loop = asyncio.get_running_loop()
    return Alarm(loop, None if seconds is None else loop.time() + seconds)


@pytest.mark.parametrize("seconds", [0.01, 0.0, -1.0])
async def test_a_block_that_lasts_too_long_ends_with_a_timeout(seconds: float) -> None:
    task = asyncio.current_task()
    assert task is not None
    with pytest.raises(TimeoutError), alarm_in(seconds) as alarm:
        await asyncio.Event().wait()
    assert alarm.expired()
    assert task.cancelling() == 0
    await asyncio.sleep(0)  # nothing is left that would cancel what comes after


@pytest.mark.parametrize("seconds", [None, 3600.0])
async def test_a_block_that_ends_in_time_leaves_nothing_behind(seconds: float | None) -> None:
    with alarm_in(seconds) as alarm:
        await asyncio.sleep(0)
    assert not alarm.expired()
    assert alarm._handle is None


async def test_what_the_block_raises_comes_out_as_it_is() -> None:
    with pytest.raises(KeyError), alarm_in(3600):
        raise KeyError


async def test_a_block_that_gives_its_result_after_the_alarm_keeps_it() -> None:
    task = asyncio.current_task()
    assert task is not None
    with alarm_in(0.0) as alarm:
        with pytest.raises(asyncio.CancelledError):
            await asyncio.Event().wait()
        result = "complete"
    assert (result, alarm.expired(), task.cancelling()) == ("complete", True, 0)


async def test_somebody_elses_cancellation_stays_one() -> None:
    async def block() -> None:
        with alarm_in(3600):
            await asyncio.Event().wait()

    task = asyncio.ensure_future(block())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_two_cancellations_at_once_are_not_a_timeout() -> None:
    started = asyncio.Event()

    async def block() -> None:
        with alarm_in(3600) as alarm:
            alarm.ring_soon()
            asyncio.get_running_loop().call_soon(task.cancel)
            started.set()
            await asyncio.Event().wait()

    task = asyncio.ensure_future(block())
    await started.wait()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_an_alarm_that_is_told_to_rings_in_the_next_turn_and_once() -> None:
    with pytest.raises(TimeoutError), alarm_in(None) as alarm:
        alarm.ring_soon()
        alarm.ring_soon()
        await asyncio.Event().wait()
    alarm.ring_soon()
    await asyncio.sleep(0)


async def test_blocks_nest() -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(3600):
            with alarm_in(0.0):
                await asyncio.Event().wait()
    with pytest.raises(TimeoutError), alarm_in(3600) as inner:
        async with asyncio.timeout(0):
            await asyncio.Event().wait()
    assert not inner.expired()


async def test_outside_of_a_task_it_says_what_is_wrong() -> None:
    loop = asyncio.get_running_loop()
    said: asyncio.Future[str] = loop.create_future()

    def outside() -> None:
        try:
            Alarm(loop, None).__enter__()
        except RuntimeError as error:
            said.set_result(str(error))

    loop.call_soon(outside)
    assert await said == "a call has to be made in a task"
