"""A bound that is set when something waits."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from reknit.inbound.bounded import Within


async def _answer(value: Any, turns: int = 0) -> Any:
    for _ in range(turns):
        await asyncio.sleep(0)
    if isinstance(value, Exception):
        raise value
    return value


async def test_what_does_not_wait_sets_no_timer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asyncio.get_running_loop(), "call_at", None)
    assert await Within(1, _answer(5)) == 5
    with pytest.raises(ValueError):
        await Within(1, _answer(ValueError()))


@pytest.mark.parametrize("seconds", [5, float("inf")])
async def test_what_waits_ends_as_it_would_alone(seconds: float) -> None:
    assert await Within(seconds, _answer(5, turns=3)) == 5
    with pytest.raises(ValueError):
        await Within(seconds, _answer(ValueError(), turns=3))


async def test_a_cancellation_from_outside_stays_one() -> None:
    async def wait() -> None:
        await Within(5, _forever())

    task = asyncio.create_task(wait())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def _forever() -> None:
    await asyncio.get_running_loop().create_future()


async def test_time_that_is_over_is_a_timeout_unless_the_coroutine_ends_well_all_the_same() -> None:
    bounded = Within(0.001, _forever())
    with pytest.raises(TimeoutError):
        await bounded
    assert bounded.expired

    async def stubborn() -> str:
        try:
            await _forever()
        except asyncio.CancelledError:
            await asyncio.sleep(0)
        return "done"

    assert await Within(0.001, stubborn()) == "done"


def test_an_await_that_is_abandoned_closes_the_coroutine() -> None:
    ended: list[bool] = []

    async def wait() -> None:
        try:
            await asyncio.sleep(0)
        finally:
            ended.append(True)

    async def abandon() -> None:
        steps = Within(5, wait()).__await__()
        next(steps)
        steps.close()

    asyncio.run(abandon())
    assert ended == [True]
