"""Waiting for one's turn, on a loop; and the storm, on sockets."""

from __future__ import annotations

import asyncio
import gc
import math
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Any

import pytest
from aiohttp import ClientSession, web

from reknit.errors import ConfigurationError
from reknit.options import RateLimit
from reknit.runtime.limiter import Limiter, Observation, Permit, WaitTooLong
from reknit.runtime.pacer import Pacer
from tests import virtual_time

ORIGIN = "https://api.example"
LIMITED = Observation(limited=True, retry_after=1.0)


def lane(limiter: Limiter) -> Any:
    return limiter._lanes[ORIGIN]


def clean(limiter: Limiter) -> bool:
    """Return whether nothing of a loop and nothing under way is left."""
    return not lane(limiter).waiters and lane(limiter)._timer is None and not lane(limiter).pacer.in_flight


async def settle() -> None:
    """Let everything run that can run now."""
    for _ in range(5):
        await asyncio.sleep(0)


async def waiting(limiter: Limiter, count: int, **how: Any) -> list[asyncio.Task[Permit]]:
    """Start tasks that wait for their turns."""
    tasks = [asyncio.create_task(limiter.acquire(ORIGIN, **how)) for _ in range(count)]
    await settle()
    return tasks


async def test_an_uncontended_turn_suspends_nothing_and_leaves_nothing() -> None:
    limiter = Limiter()
    for _ in range(3):
        turn = limiter.acquire(ORIGIN)
        with pytest.raises(StopIteration) as at_once:
            turn.send(None)
        limiter.answered(at_once.value.value)
    assert clean(limiter)


async def test_a_turn_can_be_taken_without_a_coroutine() -> None:
    limiter = Limiter()
    permit = limiter.try_acquire(ORIGIN, asyncio.get_running_loop().time())
    assert permit is not None
    assert limiter.try_acquire(ORIGIN, asyncio.get_running_loop().time()) is None
    limiter.answered(permit)
    assert clean(limiter)


async def test_origins_do_not_wait_for_each_other() -> None:
    limiter = Limiter()
    await limiter.acquire("https://one.example")
    await asyncio.wait_for(limiter.acquire("https://two.example"), 0.1)


async def test_an_answer_wakes_the_next_round() -> None:
    limiter = Limiter()
    first = await limiter.acquire(ORIGIN)
    tasks = await waiting(limiter, 3)
    assert not any(task.done() for task in tasks)
    limiter.answered(first)
    await settle()
    assert [task.done() for task in tasks] == [True, True, False]
    tasks[2].cancel()


async def test_a_silent_round_opens_by_time() -> None:
    limiter = Limiter()
    await limiter.acquire(ORIGIN)
    began = monotonic()
    await asyncio.gather(*await waiting(limiter, 2))
    assert 0.2 < monotonic() - began < 5


async def test_a_cancelled_waiter_leaves_nothing_behind() -> None:
    limiter = Limiter()
    first = await limiter.acquire(ORIGIN)
    for task in (tasks := await waiting(limiter, 3)):
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert not lane(limiter).waiters
    assert lane(limiter)._timer is None
    limiter.abandoned(first)
    assert clean(limiter)


async def test_a_turn_that_came_to_a_cancelled_task_goes_to_the_next() -> None:
    limiter = Limiter()
    first = await limiter.acquire(ORIGIN)
    one, two, three, four = await waiting(limiter, 4)
    limiter.answered(first)  # wakes one and two, which have not run yet
    one.cancel()
    two.cancel()
    await settle()
    assert (one.cancelled(), two.cancelled(), three.done(), four.done()) == (True, True, True, True)
    for task in (three, four):
        limiter.abandoned(task.result())
    assert clean(limiter)


async def test_a_turn_does_not_come_to_a_task_that_is_being_cancelled() -> None:
    limiter = Limiter()
    first = await limiter.acquire(ORIGIN)
    one, two, three = await waiting(limiter, 3)
    one.cancel()  # its future is cancelled, but it has not run yet
    limiter.answered(first)
    await settle()
    assert (one.cancelled(), two.done(), three.done()) == (True, True, True)
    for task in (two, three):
        limiter.answered(task.result())
    assert clean(limiter)


async def test_a_cancelled_task_whose_wait_was_hopeless_leaves_no_complaint(
    caplog: pytest.LogCaptureFixture,
) -> None:
    limiter = Limiter()
    first = await limiter.acquire(ORIGIN)
    (task,) = await waiting(limiter, 1, deadline=asyncio.get_running_loop().time() + 10)
    limiter.answered(first, Observation(limited=True, retry_after=60))
    task.cancel()
    await settle()
    gc.collect()
    assert task.cancelled()
    assert not caplog.records
    assert clean(limiter)


async def test_whoever_waits_in_vain_is_told_at_once() -> None:
    limiter = Limiter()
    first = await limiter.acquire(ORIGIN)
    deadline = asyncio.get_running_loop().time() + 10
    (queued,) = await waiting(limiter, 1, deadline=deadline)
    limiter.answered(first, Observation(limited=True, retry_after=90))
    with pytest.raises(WaitTooLong) as told:
        await queued
    assert 89 < told.value.seconds <= 90
    with pytest.raises(WaitTooLong):
        await limiter.acquire(ORIGIN, deadline)
    assert clean(limiter)


async def test_there_is_one_timer_however_many_wait() -> None:
    limiter = Limiter(RateLimit(rate=0.001, burst=1))
    first = await limiter.acquire(ORIGIN)
    tasks = await waiting(limiter, 50)
    loop: Any = asyncio.get_running_loop()
    assert sum(not handle.cancelled() for handle in loop._scheduled) == 1
    limiter.abandoned(first)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert clean(limiter)


def test_a_limiter_outlives_its_loop() -> None:
    limiter = Limiter()
    left: list[Permit] = []

    async def first() -> None:
        for _ in range(3):
            limiter.answered(await limiter.acquire(ORIGIN))
        left.append(await limiter.acquire(ORIGIN))
        left.append(await limiter.acquire(ORIGIN))
        await waiting(limiter, 2)

    async def second() -> None:
        limiter.abandoned(left[0])
        async with asyncio.timeout(0.2):
            limiter.answered(await limiter.acquire(ORIGIN))

    asyncio.run(first())
    limiter.reset_loop()
    assert clean(limiter)
    asyncio.run(second())
    assert clean(limiter)


def test_only_a_new_loop_makes_it_forget_what_is_under_way() -> None:
    limiter = Limiter()

    async def first() -> None:
        loop = asyncio.get_running_loop()
        limiter.enter(loop)
        await limiter.acquire(ORIGIN)
        limiter.enter(loop)
        assert lane(limiter).pacer.in_flight == 1

    async def second() -> None:
        limiter.enter(asyncio.get_running_loop())

    asyncio.run(first())
    asyncio.run(second())
    assert clean(limiter)


async def test_a_loop_that_runs_beside_is_refused() -> None:
    limiter = Limiter()
    limiter.enter(asyncio.get_running_loop())
    await limiter.acquire(ORIGIN)
    (task,) = await waiting(limiter, 1)

    async def beside() -> None:
        limiter.enter(asyncio.get_running_loop())

    with pytest.raises(ConfigurationError):
        await asyncio.to_thread(asyncio.run, beside())
    assert len(lane(limiter).waiters) == 1
    task.cancel()
    await settle()


class _Handle:
    """What some loops return for a wait too short for a timer: it can be cancelled, and nothing else."""

    def __init__(self, handle: asyncio.Handle) -> None:
        self._handle = handle

    def cancel(self) -> None:
        self._handle.cancel()


async def test_a_timer_needs_not_say_when_it_rings(monkeypatch: pytest.MonkeyPatch) -> None:
    loop = asyncio.get_running_loop()
    call_at = loop.call_at

    def told_nothing(*timer: Any, **how: Any) -> Any:
        handle = call_at(*timer, **how)
        return handle if how else _Handle(handle)  # the loop's own functions name a context

    monkeypatch.setattr(loop, "call_at", told_nothing)
    limiter = Limiter(RateLimit(rate=200, burst=1))
    tasks = await waiting(limiter, 4)
    permits = [await asyncio.wait_for(tasks[0], 1)]
    for task in tasks[1:]:
        limiter.answered(permits[-1])
        permits.append(await asyncio.wait_for(task, 1))
    limiter.answered(permits[-1])
    assert clean(limiter)


async def test_forgetting_a_loop_drops_its_timer_and_its_waiters() -> None:
    limiter = Limiter()
    await limiter.acquire(ORIGIN)
    (task,) = await waiting(limiter, 1)
    limiter.reset_loop()
    assert clean(limiter)
    task.cancel()
    await settle()
    assert task.cancelled()
    assert clean(limiter)


def test_a_thousand_tasks_cost_each_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = 0
    opens = Pacer.opens

    def counted(self: Pacer, now: float) -> float:
        nonlocal asked
        asked += 1
        return opens(self, now)

    monkeypatch.setattr(Pacer, "opens", counted)

    async def call(limiter: Limiter) -> None:
        permit = await limiter.acquire(ORIGIN)
        await asyncio.sleep(0.01)
        limiter.answered(permit)

    async def everyone(limiter: Limiter) -> None:
        await asyncio.gather(*(call(limiter) for _ in range(1000)))
        assert clean(limiter)

    virtual_time.run(everyone(Limiter()))
    assert asked < 10_000


# The storm: 30 tasks at once, a server that lets a burst of 5 and then 5 a second through.

Speak = Callable[[float, bool], dict[str, str]]


class Storm:
    """A token bucket behind a socket, and the least of clients in front of it."""

    def __init__(self, speak: Speak = lambda tokens, limited: {}, clock: Callable[[], float] = monotonic) -> None:
        self.speak = speak
        self.clock = clock
        self.tokens = 5.0
        self.at: float | None = None
        self.requests = 0
        self.order: list[int] = []

    async def handle(self, request: web.Request) -> web.Response:
        now = self.clock()
        self.tokens = min(5.0, self.tokens + 5 * (now - (now if self.at is None else self.at)))
        self.at = now
        self.requests += 1
        limited = self.tokens < 1
        if not limited:
            self.tokens -= 1
            self.order.append(int(request.query["call"]))
        headers = self.speak(self.tokens, limited)
        if limited:
            headers["Retry-After"] = "1"
        return web.Response(status=429 if limited else 200, headers=headers)

    async def run(self, limiter: Limiter) -> float:
        """Serve, let 30 tasks call, and return the seconds until the last has succeeded."""
        app = web.Application()
        app.router.add_get("/", self.handle)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        try:
            async with ClientSession(f"http://{host}:{port}") as session:
                began = self.clock()
                await asyncio.gather(*(self.call(session, limiter, number) for number in range(30)))
                return self.clock() - began
        finally:
            await runner.cleanup()

    async def call(self, session: ClientSession, limiter: Limiter, number: int) -> None:
        ticket = None
        while True:
            permit = await limiter.acquire(ORIGIN, ticket=ticket)
            ticket = permit.ticket
            try:
                async with session.get("/", params={"call": number}) as answer:
                    await answer.read()
            except BaseException:
                limiter.abandoned(permit)
                raise
            limiter.answered(permit, observed(answer.status, answer.headers))
            if answer.status == 200:
                return


def observed(status: int, headers: Any) -> Observation | None:
    def number(name: str) -> float | None:
        return float(headers[name]) if name in headers else None

    if status == 200 and "X-RateLimit-Remaining" not in headers:
        return None
    remaining, limit = number("X-RateLimit-Remaining"), number("X-RateLimit-Limit")
    return Observation(
        limited=status == 429,
        retry_after=number("Retry-After"),
        remaining=None if remaining is None else int(remaining),
        limit=None if limit is None else int(limit),
        reset=number("X-RateLimit-Reset"),
    )


def words(reset: Callable[[float], float]) -> Speak:
    """Return headers as a server with this idea of a reset sends them."""

    def speak(tokens: float, limited: bool) -> dict[str, str]:
        return {
            "X-RateLimit-Limit": "5",
            "X-RateLimit-Remaining": str(int(tokens)),
            "X-RateLimit-Reset": f"{max(0.0, reset(tokens)):.6f}",
        }

    return speak


def full_in(tokens: float) -> float:
    return (5 - tokens) / 5


async def test_the_storm_in_real_time() -> None:
    untold, told, stated = Storm(), Storm(words(lambda tokens: math.ceil(full_in(tokens)))), Storm()
    took = await asyncio.gather(
        untold.run(Limiter()), told.run(Limiter()), stated.run(Limiter(RateLimit(rate=5, per=1.0, burst=5)))
    )
    assert max(took) < 6.5
    assert untold.requests <= 40
    assert told.requests <= 33
    assert stated.requests == 30


def stormed(make: Callable[[Callable[[], float]], Storm], limiter: Limiter) -> tuple[Storm, float]:
    """Let the storm pass in virtual time."""

    async def run() -> tuple[Storm, float]:
        storm = make(asyncio.get_running_loop().time)
        return storm, await storm.run(limiter)

    return virtual_time.run(run())


RESETS: dict[str, Callable[[float], float]] = {
    "until it is full": full_in,
    "until it is full, in whole seconds": lambda tokens: math.ceil(full_in(tokens)),
    "until there is one": lambda tokens: (1 - tokens) / 5,
    "until there is one, in whole seconds": lambda tokens: math.ceil((1 - tokens) / 5),
    "always a second": lambda tokens: 1.0,
    "always now": lambda tokens: 0.0,
}


@pytest.mark.parametrize("reset", RESETS.values(), ids=RESETS)
def test_the_storm_with_headers_of_every_kind(reset: Callable[[float], float]) -> None:
    storm, took = stormed(lambda clock: Storm(words(reset), clock), Limiter())
    assert took < 6.5
    assert storm.requests <= 33


@pytest.mark.parametrize("rounded", [math.ceil, math.floor])
@pytest.mark.parametrize("begin", [0.0, 0.3, 0.9])
def test_the_storm_with_resets_that_were_whole_seconds_of_an_epoch(
    rounded: Callable[[float], int], begin: float
) -> None:
    def make(clock: Callable[[], float]) -> Storm:
        start = clock() - begin
        return Storm(words(lambda tokens: rounded(clock() - start + full_in(tokens)) - (clock() - start)), clock)

    storm, took = stormed(make, Limiter())
    assert took < 6.5
    assert storm.requests <= 33


def test_the_storm_without_headers() -> None:
    storm, took = stormed(lambda clock: Storm(clock=clock), Limiter())
    assert took < 6.5
    assert storm.requests <= 40


def test_the_storm_with_a_stated_limit_is_served_in_the_order_of_asking() -> None:
    storm, took = stormed(lambda clock: Storm(clock=clock), Limiter(RateLimit(rate=5, per=1.0, burst=5)))
    assert took < 6.5
    assert storm.requests == 30
    assert storm.order[5:] == sorted(storm.order[5:])  # the first five go together, on connections of their own


def test_the_second_storm_knows_the_limit() -> None:
    limiter = Limiter()

    async def twice() -> tuple[int, int]:
        clock = asyncio.get_running_loop().time
        first, second = Storm(clock=clock), Storm(clock=clock)
        await first.run(limiter)
        await asyncio.sleep(60)
        await second.run(limiter)
        return first.requests, second.requests

    first, second = virtual_time.run(twice())
    assert second <= first <= 40


async def test_a_storm_that_is_called_off_leaves_nothing() -> None:
    limiter = Limiter()
    storm = Storm()
    work: Awaitable[float] = storm.run(limiter)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(work, 0.3)
    await settle()
    assert clean(limiter)
