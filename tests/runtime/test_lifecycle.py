"""A client from before its first call to after its last: loops, sessions, the end."""

from __future__ import annotations

import asyncio
import gc
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from reknit import RateLimit, Retry, errors
from reknit.runtime import Caller, Limiter
from reknit.runtime.credentials import RotatingKey
from tests.runtime.hub import (
    HUB,
    KEY,
    THING,
    Line,
    Raw,
    Thing,
    answering,
    caller_to,
    connector_of,
    create,
    execute,
    http,
    raw,
    read,
    until,
)
from tests.serving import Serve, reply, serving

OK = reply(THING)


def test_a_client_is_built_outside_of_a_loop_and_serves_one_loop_after_the_other() -> None:
    """The way of a cloud function: one client for the process, `asyncio.run` for each event, and no `close`."""
    caller = caller_to("http://127.0.0.1:9")
    complaints: list[dict[str, Any]] = []

    async def event() -> Any:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
        async with serving(lambda _: OK) as server:
            caller.settings = caller_to(server.url).settings
            caller._known.clear()
            return await asyncio.gather(*(read(caller) for _ in range(5)))

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for _ in range(3):
            assert asyncio.run(event()) == [Thing(id=7)] * 5
            gc.collect()
    assert complaints == []

    async def end() -> None:
        await caller.close()
        with pytest.raises(errors.ClientClosed):
            await read(caller)

    asyncio.run(end())


def test_nothing_is_opened_before_the_first_call() -> None:
    caller = caller_to("http://127.0.0.1:9")
    assert caller._transport._session is None
    asyncio.run(caller.close())


async def test_a_client_that_is_dropped_closes_its_session(serve: Serve) -> None:
    server = await serve(OK)
    caller = caller_to(server.url)
    await read(caller)
    session = caller._transport._session
    assert session is not None
    del caller
    gc.collect()
    await until(lambda: session.closed)


async def test_from_another_loop_that_runs_beside_it_raises(serve: Serve) -> None:
    server = await serve(OK)
    caller = caller_to(server.url)
    await read(caller)
    raised: list[BaseException] = []

    def elsewhere() -> None:
        for work in (read(caller), caller.close()):

            async def attempt(work: Any = work) -> None:
                await work

            try:
                asyncio.run(attempt())
            except errors.ReknitError as error:
                raised.append(error)

    thread = threading.Thread(target=elsewhere)
    thread.start()
    await asyncio.get_running_loop().run_in_executor(None, thread.join)
    assert [type(error) for error in raised] == [errors.ConfigurationError] * 2
    assert await read(caller) == Thing(id=7)  # here it still works
    await caller.close()


def test_a_shared_limiter_follows_the_client_that_calls_from_loop_to_loop(unused_port: int) -> None:
    limiter = Limiter()
    first, second = (caller_to(f"http://127.0.0.1:{unused_port}", limiter=limiter) for _ in range(2))

    async def call(caller: Caller) -> None:
        with pytest.raises(errors.ConnectFailed):
            await read(caller)
        assert limiter.loop is asyncio.get_running_loop()

    with asyncio.Runner() as one, asyncio.Runner() as other:
        one.run(call(first))
        other.run(call(second))
        one.run(call(first))
        one.run(first.close())
        other.run(second.close())


def test_an_injected_session_does_not_move_to_another_loop() -> None:
    sessions: list[aiohttp.ClientSession] = []
    callers: list[Caller] = []

    async def first() -> None:
        async with serving(lambda _: OK) as server, aiohttp.ClientSession() as session:
            sessions.append(session)
            callers.append(caller_to(server.url, session=session))
            await read(callers[0])

    async def second() -> None:
        with pytest.raises(errors.ConfigurationError):
            await read(callers[0])

    asyncio.run(first())
    asyncio.run(second())


ILL_MANNERED = """
import asyncio, gc, sys
from reknit import RateLimit
from tests.runtime.hub import caller_to, raw, read, until, answering, http

limiter = None
callers = []

async def silent(line, served):
    await line.request()
    await line.reader.read()

async def leave():
    served = await raw(silent).__aenter__()
    callers.append(caller_to(served.url, limiter=RateLimit(rate=20, burst=1), timeout=5))
    callers.append(caller_to(served.url, limiter=callers[0]._limiter, timeout=5))
    tasks.extend(asyncio.ensure_future(read(caller)) for caller in callers * 2)
    await until(lambda: callers[0]._limiter._lanes and callers[0]._limiter._lanes[served.url].waiters)

async def again():
    async with raw(answering(http())) as served:
        for caller in callers:
            caller.settings = caller_to(served.url, timeout=5).settings
        first = [asyncio.ensure_future(read(callers[0])) for _ in range(3)]
        await until(lambda: callers[0]._limiter._lanes[callers[0]._origin].waiters)
        # The other client comes when the limiter is at work on this loop, and must not send those away who wait.
        return await asyncio.gather(*first, read(callers[1]))

tasks = []
loop = asyncio.new_event_loop()
loop.run_until_complete(leave())
loop.close()
print(len(asyncio.run(again())))
sys.stdout.flush()
import os
os._exit(0)
"""


def test_a_loop_that_ended_without_manners_does_not_hold_up_the_next() -> None:
    """Who waits for a turn, and the timer of the limiter, die with their loop; the next loop must not wait for them."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", ILL_MANNERED],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.stdout == "4\n", done.stderr


async def test_after_close_a_call_says_so(serve: Serve) -> None:
    server = await serve(OK)
    caller = caller_to(server.url)
    await read(caller)
    await caller.close()
    await caller.close()
    with pytest.raises(errors.ClientClosed, match=r"hub\.things\.get") as caught:
        await read(caller)
    assert caught.value.operation == "hub.things.get"
    assert caller.closed
    assert len(server.requests) == 1


async def _silent(line: Line, served: Raw) -> None:
    served.requests.append(await line.request())
    await line.reader.read()


async def _unfinished(line: Line, served: Raw) -> None:
    served.requests.append(await line.request())
    await line.say(http(b"{", length=100))
    await line.reader.read()


async def _down(line: Line, served: Raw) -> None:
    while True:
        served.requests.append(await line.request())
        await line.say(http(b"{}", "503 Down", "Retry-After: 30"))


async def _never() -> str:
    await asyncio.Event().wait()
    return KEY


def _in_flight(caller: Caller, served: Raw) -> bool:
    return bool(served.requests)


def _waits(caller: Caller, served: Raw) -> bool:
    return any(lane.waiters for lane in caller._limiter._lanes.values())


def _alarmed(caller: Caller, served: Raw) -> bool:
    return bool(caller._alarms)


@pytest.mark.parametrize(
    ("handler", "settings", "there"),
    [
        (_silent, {}, _in_flight),
        (_unfinished, {}, _in_flight),
        (_down, {}, _in_flight),
        (_silent, {"limiter": RateLimit(rate=0.1, burst=1)}, _waits),
        (_silent, {"credential": RotatingKey(_never, HUB.scheme, "hub")}, _alarmed),
        (_silent, {"timeout": float("inf")}, _in_flight),
    ],
    ids=["headers", "body", "back-off", "limiter", "key", "without a deadline"],
)
@pytest.mark.parametrize("injected", [False, True], ids=["own", "injected"])
async def test_close_ends_calls_promptly_wherever_they_stand(
    handler: Any, settings: dict[str, Any], there: Callable[[Caller, Raw], bool], injected: bool
) -> None:
    session = aiohttp.ClientSession() if injected else None
    async with raw(handler) as server:
        caller = caller_to(server.url, session=session, **{"timeout": 60, **settings})
        calls = [asyncio.ensure_future(execute(caller)) for _ in range(3)]
        await until(lambda: there(caller, server))
        started = time.monotonic()
        await caller.close()
        outcomes = await asyncio.gather(*calls, return_exceptions=True)
        assert time.monotonic() - started < 1
        assert [type(outcome) for outcome in outcomes] == [errors.ClientClosed] * 3
        for outcome in outcomes:
            assert isinstance(outcome, errors.ClientClosed)
            assert outcome.idempotency_key  # what is needed to ask again whether it happened
            for attempt in outcome.attempts:
                assert (attempt.status, attempt.error) in {(503, None), (None, "ClientClosed")}
        assert not caller._alarms
        if session is not None:
            assert not session.closed
            await session.close()
        await until(lambda: not server.open)


async def test_close_while_the_deadline_strikes_ends_cleanly() -> None:
    """An alarm that has just gone off can no longer be set, and `close` must not stumble over it."""
    async with raw(_silent) as server:
        caller = caller_to(server.url, timeout=0.1)
        call = asyncio.ensure_future(create(caller))
        await until(lambda: server.requests)
        (alarm,) = caller._alarms
        while not alarm.expired():
            await asyncio.sleep(0)
            time.sleep(0.01)  # noqa: ASYNC251 - lets the deadline pass within one turn
        await caller.close()
        with pytest.raises((errors.ClientClosed, errors.DeadlineExceeded)):
            await call


async def test_a_call_that_wakes_as_the_client_closes_sends_nothing() -> None:
    """The wait of a call ends in the very turn in which the client is closed."""
    async with raw(answering(http())) as server:
        gate = asyncio.get_running_loop().create_future()

        async def key() -> str:
            await gate
            return KEY

        caller = caller_to(server.url, credential=RotatingKey(key, HUB.scheme, "hub"))
        call = asyncio.ensure_future(create(caller))
        await until(lambda: caller._alarms)
        gate.set_result(None)
        await caller.close()
        with pytest.raises(errors.ClientClosed):
            await call
    assert server.requests == []


async def test_close_leaves_no_connection(serve: Serve) -> None:
    async with raw(answering(http())) as server:
        caller = caller_to(server.url)
        await asyncio.gather(*(read(caller) for _ in range(10)))
        assert not connector_of(caller)._acquired
        await caller.close()
        await until(lambda: not server.open)


async def test_a_client_serves_again_after_failures(serve: Serve, unused_port: int) -> None:
    caller = caller_to(f"http://127.0.0.1:{unused_port}", retry=Retry(max_attempts=1))
    with pytest.raises(errors.ConnectFailed):
        await read(caller)
    server = await serve(OK)
    caller.settings = caller_to(server.url).settings
    assert await read(caller) == Thing(id=7)
    await caller.close()
