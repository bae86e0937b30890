"""`ApprovalRequired.replay`: the same call again, with growing pauses, until someone decides."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from itertools import islice, pairwise
from typing import Any

import pytest

from reknit import RequestOptions, Retry, errors, rezolve
from reknit.rezolve.client import pauses
from reknit.runtime import HookEvent
from reknit.runtime.hooks import Waiting
from tests import virtual_time
from tests.rezolve.answers import DONE, WAIT, Hub, refusal
from tests.serving import Handler, Reply, Seen, Serve, Served, reply, script, serving

Play = Callable[[rezolve.Client, Served], Awaitable[None]]


def played(handler: Handler, play: Play) -> None:
    """Run `play` with a client of a server, in virtual time."""

    async def run() -> None:
        async with serving(handler) as served, rezolve.Client("secret-key", base_url=served.url) as client:
            await play(client, served)

    virtual_time.run(run())


async def approval_required(client: rezolve.Client, **options: object) -> rezolve.ApprovalRequired:
    with pytest.raises(rezolve.ApprovalRequired) as caught:
        await client.tools.execute("itsm.tickets.delete", input={"id": 7}, **options)  # type: ignore[arg-type]
    return caught.value


def test_the_pauses_are_one_second_then_double_up_to_sixty() -> None:
    assert list(islice(pauses(), 9)) == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_a_replay_sends_the_same_call_with_growing_pauses_until_it_is_approved() -> None:
    times: list[float] = []

    def handler(_: Seen) -> Reply:
        times.append(asyncio.get_running_loop().time())
        return WAIT if len(times) < 9 else DONE

    async def play(client: rezolve.Client, served: Served) -> None:
        waiting = await approval_required(client)
        assert (waiting.code, waiting.request_id) == ("APPROVAL_REQUIRED", "req_2")
        assert waiting.message == "Someone has to approve."
        done = await waiting.replay(timeout=3600)
        assert isinstance(done, rezolve.ToolResult)
        assert (done.data, done.request_id) == ({"id": 7}, "req_1")
        assert len({(seen.method, seen.target, seen.body) for seen in served.requests}) == 1
        assert served.requests[0].json["idempotency_key"] == waiting.idempotency_key

    played(handler, play)
    gaps = [after - before for before, after in pairwise(times)]
    assert gaps == pytest.approx([1, 2, 4, 8, 16, 32, 60, 60])


def test_the_callers_key_and_headers_are_in_every_replay() -> None:
    async def play(client: rezolve.Client, served: Served) -> None:
        options = RequestOptions(headers={"X-Team": "blue"})
        waiting = await approval_required(client, idempotency_key="mine", connection_id="con_1", options=options)
        await waiting.replay()
        assert len(served.requests) == 3
        for seen in served.requests:
            assert seen.json == {"input": {"id": 7}, "connection_id": "con_1", "idempotency_key": "mine"}
            assert seen.headers["X-Team"] == "blue"

    played(script(WAIT, WAIT, DONE), play)


def test_a_replay_sends_what_the_call_sent_whatever_has_become_of_its_arguments_since() -> None:
    async def play(client: rezolve.Client, served: Served) -> None:
        given: dict[str, Any] = {"id": 7, "tags": ["a"]}
        headers = {"X-Team": "blue"}
        with pytest.raises(rezolve.ApprovalRequired) as caught:
            await client.tools.execute("x.y", input=given, options=RequestOptions(headers=headers))
        given["id"] = 8
        given["tags"].append("b")
        headers["X-Team"] = "red"
        await caught.value.replay()
        assert len({(seen.body, seen.headers["X-Team"]) for seen in served.requests}) == 1

    played(script(WAIT, WAIT, DONE), play)


def test_the_error_that_ends_a_replay_can_be_replayed_with_all_the_time_of_the_call() -> None:
    """The second attempt of the first replay has half a second; those of the second have as long as the call had."""
    arrived = 0

    async def handler(_: Seen) -> Reply:
        nonlocal arrived
        arrived += 1
        await asyncio.sleep(5 if arrived == 4 else 0)
        return WAIT if arrived < 4 else DONE

    async def play(client: rezolve.Client, served: Served) -> None:
        waiting = await approval_required(client)
        with pytest.raises(rezolve.ApprovalRequired) as caught:
            await waiting.replay(timeout=3.5)
        assert len(served.requests) == 3
        await caught.value.replay(timeout=30)
        assert len(served.requests) == 4

    played(handler, play)


def test_an_error_of_the_typed_twin_can_be_replayed_too() -> None:
    async def play(client: rezolve.Client, served: Served) -> None:
        with pytest.raises(rezolve.ApprovalRequired) as caught:
            await client.tools.with_response.execute("x.y", input={})
        assert (await caught.value.replay()).request_id == "req_1"

    played(script(WAIT, DONE), play)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("FORBIDDEN", errors.Forbidden),
        ("UPSTREAM_ERROR", rezolve.UpstreamError),
        ("INVALID_INPUT", rezolve.InvalidInput),
        ("REJECTED_BY_APPROVER", errors.Forbidden),
    ],
)
def test_a_rejection_ends_the_replay_with_its_error(code: str, expected: type[errors.APIError]) -> None:
    async def play(client: rezolve.Client, served: Served) -> None:
        waiting = await approval_required(client)
        with pytest.raises(expected) as caught:
            await waiting.replay(timeout=3600)
        assert caught.value.code == code
        assert caught.value.idempotency_key == waiting.idempotency_key
        assert len(served.requests) == 3

    played(script(WAIT, WAIT, refusal(code, 403), DONE), play)


def test_when_no_further_replay_fits_the_latest_approval_required_is_raised() -> None:
    async def play(client: rezolve.Client, served: Served) -> None:
        loop = asyncio.get_running_loop()
        waiting = await approval_required(client)
        began = loop.time()
        with pytest.raises(rezolve.ApprovalRequired) as caught:
            await waiting.replay(timeout=10)
        # 1 + 2 + 4 s; the next pause would end after 15.
        assert loop.time() - began == pytest.approx(7)
        assert len(served.requests) == 4
        assert caught.value is not waiting
        assert (await caught.value.replay()).request_id == "req_1"

    played(script(WAIT, WAIT, WAIT, WAIT, DONE), play)


def test_a_time_too_short_for_any_replay_raises_the_error_itself() -> None:
    async def play(client: rezolve.Client, served: Served) -> None:
        waiting = await approval_required(client)
        with pytest.raises(rezolve.ApprovalRequired) as caught:
            await waiting.replay(timeout=1.0)
        assert caught.value is waiting
        assert len(served.requests) == 1

    played(script(WAIT), play)


def test_a_replay_that_hangs_ends_with_the_deadline() -> None:
    calls: list[Seen] = []

    async def handler(seen: Seen) -> Reply:
        calls.append(seen)
        if len(calls) == 2:
            await asyncio.sleep(1000)
        return WAIT

    async def play(client: rezolve.Client, served: Served) -> None:
        loop = asyncio.get_running_loop()
        waiting = await approval_required(client)
        began = loop.time()
        with pytest.raises(rezolve.ApprovalRequired) as caught:
            await waiting.replay(timeout=5)
        assert loop.time() - began == pytest.approx(5, abs=0.05)
        assert caught.value is waiting
        assert isinstance(caught.value.__cause__, errors.DeadlineExceeded)

    played(handler, play)


def test_failures_of_the_server_only_cost_the_replay_that_they_met() -> None:
    async def play(client: rezolve.Client, served: Served) -> None:
        waiting = await approval_required(client, options=RequestOptions(retry=Retry(max_attempts=1)))
        assert (await waiting.replay()).request_id == "req_1"
        assert len({seen.body for seen in served.requests}) == 1
        assert len(served.requests) == 4

    played(script(WAIT, reply(b"", 503), reply(b"<html>", 500), DONE), play)


def test_a_wait_that_the_server_asked_for_is_kept_before_a_replay() -> None:
    async def play(client: rezolve.Client, served: Served) -> None:
        loop = asyncio.get_running_loop()
        waiting = await approval_required(client)
        began = loop.time()
        await waiting.replay()
        assert loop.time() - began == pytest.approx(20 + 2)

    played(script(refusal("APPROVAL_REQUIRED", 403, retry_after="20"), WAIT, DONE), play)


def test_a_hook_is_told_of_the_wait_for_an_approval() -> None:
    events: list[HookEvent] = []

    async def run() -> None:
        async with (
            serving(script(WAIT, WAIT, DONE)) as served,
            rezolve.Client("secret-key", base_url=served.url, hooks=[events.append]) as client,
        ):
            await (await approval_required(client)).replay()

    virtual_time.run(run())
    waits = [event for event in events if isinstance(event, Waiting) and event.reason == "approval"]
    assert [(event.operation, event.seconds) for event in waits] == [
        ("rezolve.tools.execute", 1),
        ("rezolve.tools.execute", 2),
    ]


async def test_cancelling_a_replay_leaves_nothing_behind(serve: Serve, hub: Hub) -> None:
    served = await serve(WAIT)
    async with hub(served) as client:
        waiting = await approval_required(client)
        before = asyncio.all_tasks()
        replay = asyncio.create_task(waiting.replay())
        await asyncio.sleep(0.01)
        replay.cancel()
        with pytest.raises(asyncio.CancelledError):
            await replay
        assert asyncio.all_tasks() == before
    assert len(served.requests) == 1


async def test_cancelling_while_a_replay_is_on_the_wire_leaves_nothing_behind() -> None:
    arrived = asyncio.Event()
    calls: list[Seen] = []

    async def handler(seen: Seen) -> Reply:
        calls.append(seen)
        if len(calls) == 2:
            arrived.set()
            await asyncio.sleep(30)
        return WAIT

    async with serving(handler) as served, rezolve.Client("secret-key", base_url=served.url) as client:
        waiting = await approval_required(client)
        replay = asyncio.create_task(waiting.replay())
        await asyncio.wait_for(arrived.wait(), 5)
        replay.cancel()
        with pytest.raises(asyncio.CancelledError):
            await replay
        with pytest.raises(rezolve.ApprovalRequired):  # the client is as usable as before
            await client.tools.execute("x.y", input={})


@pytest.mark.parametrize("key", [None, "mine"])
async def test_a_dry_run_approves_nothing_and_cannot_be_replayed(serve: Serve, hub: Hub, key: str | None) -> None:
    served = await serve(WAIT)
    async with hub(served) as client:
        waiting = await approval_required(client, dry_run=True, idempotency_key=key)
        with pytest.raises(errors.InvalidArgument, match="dry run"):
            await waiting.replay()
    assert len(served.requests) == 1


@pytest.mark.parametrize("timeout", [0, -1, float("nan"), "soon", True])
async def test_a_timeout_that_is_no_time_is_refused(serve: Serve, hub: Hub, timeout: object) -> None:
    served = await serve(WAIT)
    async with hub(served) as client:
        waiting = await approval_required(client)
        with pytest.raises(errors.InvalidArgument, match="timeout"):
            await waiting.replay(timeout=timeout)  # type: ignore[arg-type]
    assert len(served.requests) == 1
