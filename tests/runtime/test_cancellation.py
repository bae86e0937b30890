"""A call that is cancelled leaves nothing behind, wherever it stood.

Every call here is run again and again, and cancelled at its first, second, third … suspension, until it gets through. A
task is cancelled in one of two ways: while what it waits for is pending (`waiting`), or after that has come about and
before the task could run (`come`); the second is where turns and connections get lost.
"""

from __future__ import annotations

import asyncio
import time
import types
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Generator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from reknit import RateLimit, errors
from reknit.runtime import Bearer, Caller, Events, Operation
from reknit.runtime.credentials import RotatingKey
from tests.runtime.hub import (
    KEY,
    UPLOAD,
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


@types.coroutine
def _driven(work: Coroutine[Any, Any, Any], at: int, come: bool) -> Generator[Any, Any, Any]:
    """Run `work` as its task would, and cancel it at the suspension number `at`."""
    task = asyncio.current_task()
    assert task is not None
    step, resume, value = 0, work.send, None
    while True:
        try:
            awaited = resume(value)
        except StopIteration as end:
            return end.value
        step += 1
        if step == at and not come:
            task.get_loop().call_soon(task.cancel)
        try:
            resume, value = work.send, (yield awaited)
        except BaseException as error:  # noqa: BLE001 - handed on
            resume, value = work.throw, error  # type: ignore[assignment]
            continue
        if step == at and come:
            resume, value = work.throw, asyncio.CancelledError()  # type: ignore[assignment]


async def _run(work: Coroutine[Any, Any, Any], at: int, come: bool) -> Any:
    return await _driven(work, at, come)


def _nothing_left(caller: Caller, server: Raw, tasks: set[asyncio.Task[Any]]) -> list[str]:
    """Return what a cancelled call has left behind."""
    connector = connector_of(caller)
    idle = sum(map(len, connector._conns.values()))
    servers = {task for task in asyncio.all_tasks() if "start_server" in repr(task) or "raw.<locals>" in repr(task)}
    left = {
        "tasks": asyncio.all_tasks() - tasks - servers,
        "connections in use": connector._acquired,
        "connections open": [] if server.open == idle else [server.open, idle],
        "alarms": caller._alarms,
    }
    for lane in caller._limiter._lanes.values():
        left["permits"] = lane.pacer.in_flight
        left["waiters"] = lane.waiters
        left["wakes"] = lane.pacer.next_wake(0.0) is not None
    return [f"{what}: {value}" for what, value in left.items() if value]


async def _in_pieces(line: Line, served: Raw) -> None:
    while True:
        await line.request()
        answer = http(b'{"id": 7, "name": "' + b"x" * 50 + b'"}')
        for start in range(0, len(answer), 40):
            await line.say(answer[start : start + 40])
            for _ in range(3):
                await asyncio.sleep(0)


async def _first_503(line: Line, served: Raw) -> None:
    while True:
        await line.request()
        served.requests.append((b"", b""))
        await line.say(http(b"{}", "503 Sorry") if len(served.requests) % 2 else http())


async def _first_429(line: Line, served: Raw) -> None:
    while True:
        await line.request()
        served.requests.append((b"", b""))
        await line.say(http(b"{}", "429 Slow", "Retry-After: 0") if len(served.requests) % 2 else http())


async def _first_dropped(line: Line, served: Raw) -> None:
    while True:
        await line.request()
        served.requests.append((b"", b""))
        if len(served.requests) % 2:
            line.reset()
            return
        await line.say(http())


def _plain(caller: Caller) -> Awaitable[Any]:
    return create(caller)


async def _second_turn(caller: Caller) -> Any:
    """Take the one turn there is, and wait for the next."""
    await read(caller)
    return await read(caller)


def _upload(caller: Caller) -> Awaitable[Any]:
    return caller.call(UPLOAD, body={"file": b"\x00" * 3_000_000})


async def _streaming(line: Line, served: Raw) -> None:
    event = b'data: {"id": 7}\n\n'
    while True:
        await line.request()
        await line.say(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
        for part in (event[:9], event[9:], b"data: [DONE]\n\n"):
            for _ in range(3):
                await asyncio.sleep(0)
            await line.say(b"%x\r\n%b\r\n" % (len(part), part))
        for _ in range(3):
            await asyncio.sleep(0)
        await line.say(b"0\r\n\r\n")


async def _stream(caller: Caller) -> Any:
    """Read a stream without a block that would let go of it."""
    return [item async for item in caller.events(WATCH)][-1]


async def _stream_in_a_block(caller: Caller) -> Any:
    async with caller.events(WATCH) as stream:
        return await anext(stream)


async def _slow_key() -> str:
    for _ in range(3):
        await asyncio.sleep(0)
    return KEY


WATCH: Operation[Thing] = Operation(
    name="things.watch",
    method="GET",
    path="/watch",
    safety="idempotent",
    answers={"200": {"text/event-stream": Events(lambda: Thing)}},
)

SCENES: dict[str, tuple[Callable[[Line, Raw], Awaitable[None]], Callable[[Caller], Awaitable[Any]], dict[str, Any]]] = {
    "plain": (answering(http()), _plain, {}),
    "no body": (answering(http()), read, {}),
    "body in pieces": (_in_pieces, _plain, {}),
    "body too large": (_in_pieces, _plain, {"max_body": 30}),
    "resent": (_first_503, execute, {}),
    "refused for its rate": (_first_429, _plain, {}),
    "dropped and resent": (_first_dropped, execute, {}),
    "waits for its turn": (answering(http()), _second_turn, {"limiter": RateLimit(rate=50, burst=1)}),
    "rotating key": (answering(http()), _plain, {"credential": RotatingKey(_slow_key, Bearer(), "hub")}),
    "upload": (answering(http()), _upload, {}),
    "stream": (_streaming, _stream, {}),
    "stream in a block": (_streaming, _stream_in_a_block, {}),
}


@asynccontextmanager
async def _session(injected: bool) -> AsyncIterator[aiohttp.ClientSession | None]:
    if injected:
        async with aiohttp.ClientSession() as session:
            yield session
    else:
        yield None


@pytest.mark.parametrize("come", [False, True], ids=["waiting", "come"])
@pytest.mark.parametrize("injected", [False, True], ids=["own", "injected"])
@pytest.mark.parametrize("scene", SCENES)
async def test_cancelled_at_every_suspension_a_call_leaves_nothing(scene: str, injected: bool, come: bool) -> None:
    handler, call, settings = SCENES[scene]
    cancelled = 0
    for at in range(1, 200):
        async with raw(handler) as server, _session(injected) as session:
            if at % 2 == 0 and scene != "body too large":
                server.requests.append((b"", b""))  # the other answer first
            caller = caller_to(server.url, session=session, **settings)
            # The session and what belongs to it come first, so that only the call itself is measured.
            await caller._transport.enter(asyncio.get_running_loop())
            tasks = asyncio.all_tasks()
            work = asyncio.ensure_future(_run(call(caller), at, come))  # type: ignore[arg-type]
            outcome = (await asyncio.gather(work, return_exceptions=True))[0]
            done = not isinstance(outcome, asyncio.CancelledError)
            if done:
                assert outcome == Thing(id=7) or isinstance(outcome, errors.BodyTooLarge) or outcome.id == 7, outcome
            cancelled += not done
            try:
                await until(lambda: not _nothing_left(caller, server, tasks), 2.0)  # noqa: B023
            except TimeoutError:
                pytest.fail(f"cancelled at suspension {at}: {_nothing_left(caller, server, tasks)}")
            await caller.close()
            if session is not None:
                await session.close()
            await until(lambda: not server.open)
            if done and at > 2:
                break
    assert cancelled >= 2


async def test_others_who_wait_for_their_turn_proceed_when_one_is_cancelled() -> None:
    async with raw(answering(http())) as server:
        caller = caller_to(server.url, limiter=RateLimit(rate=50, burst=1))
        calls = [asyncio.ensure_future(read(caller)) for _ in range(6)]
        await until(lambda: len(server.requests) == 1)
        for call in calls[1:4]:
            call.cancel()
        outcomes = await asyncio.gather(*calls, return_exceptions=True)
        await caller.close()
    assert [isinstance(outcome, asyncio.CancelledError) for outcome in outcomes] == [False, True, True, True] + [
        False
    ] * 2
    assert len(server.requests) == 3


async def test_a_cancelled_probe_passes_its_turn_on() -> None:
    """The first call of a fresh limiter goes alone; when it hangs and is cancelled, the others need not wait for it."""
    arrived = 0

    async def handler(line: Line, served: Raw) -> None:
        nonlocal arrived
        await line.request()
        arrived += 1
        if arrived == 1:
            await line.reader.read()
        else:
            await line.say(http())

    async with raw(handler) as server:
        caller = caller_to(server.url)
        probe = asyncio.ensure_future(read(caller))
        await until(lambda: arrived == 1)
        others = [asyncio.ensure_future(read(caller)) for _ in range(3)]
        await asyncio.sleep(0)
        probe.cancel()
        assert await asyncio.wait_for(asyncio.gather(*others), 5) == [Thing(id=7)] * 3
        await caller.close()


@pytest.mark.parametrize("complete", [False, True], ids=["unfinished", "complete"])
async def test_a_cancellation_is_not_taken_for_the_deadline(complete: bool) -> None:
    """Both strike in one turn of the loop, and perhaps the last byte comes with them: the cancellation wins."""
    go_on = asyncio.Event()

    async def handler(line: Line, served: Raw) -> None:
        served.requests.append(await line.request())
        await line.say(http(b'{"id', length=9))
        await go_on.wait()
        if complete:
            await line.say(b'": 7}')
        time.sleep(0.4)  # noqa: ASYNC251 - a busy loop, which finds all three at once

    async with raw(handler) as server:
        caller = caller_to(server.url, timeout=0.3)
        call = asyncio.ensure_future(read(caller))
        await until(lambda: server.requests)
        await asyncio.sleep(0.05)
        (alarm,) = caller._alarms
        deadline = alarm.when()
        assert deadline is not None
        asyncio.get_running_loop().call_at(deadline, call.cancel)
        go_on.set()
        with pytest.raises(asyncio.CancelledError):
            await call
        await caller.close()
