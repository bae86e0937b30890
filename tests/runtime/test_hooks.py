"""What an observer is told, and that it cannot get in the way."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import pytest

from reknit import RateLimit, RequestOptions, Retry, errors
from reknit.runtime import Caller, HookEvent
from reknit.runtime.credentials import StaticKey
from reknit.runtime.hooks import AttemptEnded, AttemptStarted, CallEnded, CallStarted, Waiting
from tests.runtime.hub import CONNECT, HUB, KEY, THING, Thing, caller_to, execute, read
from tests.serving import Serve, reply, script, serving
from tests.virtual_time import run

OK = reply(THING)


def _told(events: list[HookEvent]) -> list[tuple[Any, ...]]:
    """Return what matters of events: no durations."""
    shown: list[tuple[Any, ...]] = []
    for event in events:
        match event:
            case CallStarted(operation=operation, idempotency_key=key):
                shown.append(("call", operation, key))
            case AttemptStarted(number=number):
                shown.append(("attempt", number))
            case AttemptEnded(number=number, status=status, error=error):
                shown.append(("answer", number, status, error))
            case Waiting(seconds=seconds, reason=reason):
                shown.append(("wait", None if seconds is None else round(seconds, 2), reason))
            case CallEnded(attempts=attempts, error=error):
                shown.append(("end", attempts, error))
    return shown


async def test_hooks_see_every_attempt_and_every_wait(serve: Serve) -> None:
    server = await serve(
        script(reply({}, 503), reply({}, 503, retry_after="0.01"), reply({}, 429, retry_after="0.02"), OK)
    )
    events: list[HookEvent] = []
    caller = caller_to(server.url, hooks=[events.append])
    await execute(caller, key="k-1")
    await caller.close()
    assert _told(events) == [
        ("call", "hub.things.execute", "k-1"),
        ("attempt", 1),
        ("answer", 1, 503, None),
        ("wait", 0.0, "backoff"),
        ("attempt", 2),
        ("answer", 2, 503, None),
        ("wait", 0.01, "retry_after"),
        ("attempt", 3),
        ("answer", 3, 429, None),
        ("wait", 0.02, "retry_after"),
        ("wait", None, "limiter"),
        ("attempt", 4),
        ("answer", 4, 200, None),
        ("end", 4, None),
    ]
    assert {event.call for event in events} == {1}
    ended = events[-1]
    assert isinstance(ended, CallEnded)
    assert 0 < ended.seconds < 5


async def test_hooks_see_the_wait_for_a_turn(serve: Serve) -> None:
    server = await serve(OK)
    events: list[HookEvent] = []
    caller = caller_to(server.url, hooks=[events.append], limiter=RateLimit(rate=50, burst=1))
    await read(caller)
    events.clear()
    await read(caller)
    await caller.close()
    assert _told(events)[:2] == [("call", "hub.things.get", None), ("wait", None, "limiter")]


async def test_hooks_see_how_a_call_failed(serve: Serve, unused_port: int) -> None:
    events: list[HookEvent] = []
    caller = caller_to(f"http://127.0.0.1:{unused_port}", hooks=[events.append], retry=Retry(max_attempts=1))
    with pytest.raises(errors.ConnectFailed):
        await read(caller)
    await caller.close()
    assert _told(events)[-2:] == [("answer", 1, None, "ConnectFailed"), ("end", 1, "ConnectFailed")]


def test_hooks_see_a_deadline_whichever_way_it_is_missed() -> None:
    events: list[HookEvent] = []

    async def work() -> None:
        async def silent(_: Any) -> Any:
            await asyncio.sleep(99)
            return OK

        async with serving(silent) as server:
            caller = caller_to(server.url, hooks=[events.append], timeout=5)
            with pytest.raises(errors.DeadlineExceeded):
                await read(caller)
            await caller.close()
        async with serving(lambda _: reply({}, 429, retry_after="90")) as server:
            caller = caller_to(server.url, hooks=[events.append], timeout=10)
            with pytest.raises(errors.RateLimited):
                await read(caller)
            with pytest.raises(errors.DeadlineExceeded):  # refused by the limiter, before anything was sent
                await read(caller)
            await caller.close()

    run(work())
    assert [told for told in _told(events) if told[0] in ("answer", "end")] == [
        ("answer", 1, None, "DeadlineExceeded"),
        ("end", 1, "DeadlineExceeded"),
        ("answer", 1, 429, None),
        ("end", 1, "RateLimited"),
        ("end", 0, "DeadlineExceeded"),
    ]


async def test_hooks_see_a_cancellation(serve: Serve) -> None:
    arrived = asyncio.Event()

    async def silent(_: Any) -> Any:
        arrived.set()
        await asyncio.sleep(99)

    server = await serve(silent)
    events: list[HookEvent] = []
    caller = caller_to(server.url, hooks=[events.append])
    call = asyncio.ensure_future(read(caller))
    await arrived.wait()
    call.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await call
    await caller.close()
    assert _told(events)[-2:] == [("answer", 1, None, "CancelledError"), ("end", 1, "CancelledError")]


@pytest.mark.parametrize("raised", [ValueError("broken"), asyncio.CancelledError("of another")])
async def test_a_hook_that_fails_changes_nothing_and_is_reported(serve: Serve, raised: BaseException) -> None:
    server = await serve(script(reply({}, 503), OK))
    complaints: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
    events: list[HookEvent] = []

    def broken(_: HookEvent) -> None:
        raise raised

    caller = caller_to(server.url, hooks=[broken, events.append])
    assert await read(caller) == Thing(id=7)
    await caller.close()
    assert len(events) == len(complaints) == 7
    assert {complaint["exception"] for complaint in complaints} == {raised}
    assert "AttemptStarted" in complaints[1]["message"]


async def test_numbers_of_calls_are_unique_within_a_client_whatever_its_credentials(serve: Serve) -> None:
    server = await serve(OK)
    events: list[HookEvent] = []
    caller = caller_to(server.url, hooks=[events.append])
    beside = caller.beside(StaticKey("other-key-123", HUB.scheme))
    third = beside.beside(StaticKey("third-key-123", HUB.scheme))
    for each in (caller, beside, third, caller):
        await read(each)
    await caller.close()
    assert [event.call for event in events if isinstance(event, CallStarted)] == [1, 2, 3, 4]


async def test_no_event_holds_a_secret(serve: Serve) -> None:
    server = await serve(script(reply({"message": f"{KEY} uid-secret"}, 503), reply({}, 400)))
    events: list[HookEvent] = []
    caller = caller_to(server.url, hooks=[events.append])
    with pytest.raises(errors.InvalidRequest):
        await caller.call(
            CONNECT,
            path=("uid-secret",),
            body={"uid": "uid-secret"},
            options=RequestOptions(headers={"X-Trace": "trace-secret"}),
        )
    await caller.close()
    assert len(events) == 7
    assert "secret" not in repr(events)
    assert KEY not in repr(events)


async def test_without_hooks_nothing_is_told() -> None:
    caller: Caller = caller_to("http://127.0.0.1:9")
    caller.tell(CallStarted(1, "hub.x", None))
    await caller.close()
