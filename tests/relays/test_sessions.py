"""`sessions.open` and `wait_until_ready`: a session is used when it is ready, and deleted however its block ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from itertools import islice
from typing import Any

import pytest

from reknit import errors, relays
from reknit.relays.client import pauses, readiness
from reknit.runtime import HookEvent
from reknit.runtime.hooks import Waiting
from tests import virtual_time
from tests.relays.answers import SESSIONS, Edge, Playing, deleted, session
from tests.serving import Reply, Serve, Served, reply, serving

ID = "5f0c2d7ab914-S"
Play = Callable[[relays.Client, Served], Awaitable[None]]


def played(handler: Playing, play: Play, **arguments: Any) -> None:
    """Run `play` with a client of a server, in virtual time; nothing may be left running."""

    async def run() -> None:
        async with serving(handler) as served, relays.Client("secret-key", base_url=served.url, **arguments) as client:
            await play(client, served)
            assert our_tasks() == set()

    virtual_time.run(run())


def our_tasks() -> set[asyncio.Task[Any]]:
    """Return the tasks that run beside this one, without those of the server."""
    beside = asyncio.all_tasks() - {asyncio.current_task()}
    return {task for task in beside if "aiohttp/web" not in task.get_coro().cr_code.co_filename}  # type: ignore[union-attr]


@pytest.fixture(autouse=True)
async def nothing_is_left_running(request: pytest.FixtureRequest) -> AsyncIterator[None]:
    """Fail a test that leaves a task behind."""
    yield
    assert our_tasks() == set()


def test_the_pauses_are_one_second_then_half_as_long_again_up_to_five() -> None:
    assert list(islice(pauses(), 7)) == [1, 1.5, 2.25, 3.375, 5, 5, 5]


@pytest.mark.parametrize(
    ("ready", "error", "status", "expected"),
    [
        (True, None, "READY", "ready"),
        (True, "a warning", "ERROR", "ready"),
        (False, "no relay", "READY", "failed"),
        (False, None, "READY", "pending"),
        (False, "", "ready", "pending"),
    ],
)
def test_ready_decides_then_error_and_the_status_never(
    ready: bool, error: str | None, status: str, expected: str
) -> None:
    state = relays.Session(session_id=ID, status=status, ready=ready, linked=ready, error=error)
    assert readiness(state) == expected


def test_a_session_without_an_error_property_is_pending_or_ready() -> None:
    assert readiness(relays.Session(session_id=ID, status="x", ready=False, linked=False)) == "pending"


def test_open_creates_waits_and_deletes() -> None:
    playing = Playing(polls=3)

    async def play(edge: relays.Client, served: Served) -> None:
        async with edge.sessions.open(
            users=["192.0.2.10", relays.User(ip="192.0.2.11")],
            filters=[relays.Filter(field="city", values=["Paris"], filter_type=relays.FilterType.ANY)],
            webhook_url="https://example.org/hook",
            timeout=30,
        ) as open_session:
            assert isinstance(open_session, relays.Session)
            assert open_session.ready
            assert playing.seen == ["POST", "GET", "GET", "GET"]
        assert playing.seen == ["POST", "GET", "GET", "GET", "DELETE"]
        assert deleted(served) == [f"{SESSIONS}/{ID}"]
        assert served.requests[0].json == {
            "users": [{"ip": "192.0.2.10"}, {"ip": "192.0.2.11"}],
            "filters": [{"field": "city", "values": ["Paris"], "filter_type": "any"}],
            "webhook_url": "https://example.org/hook",
        }

    played(playing, play)
    assert [round(after - playing.times[0], 3) for after in playing.times[:4]] == [0, 1, 2.5, 4.75]


async def test_a_session_that_is_ready_at_once_is_not_polled(serve: Serve, edge: Edge) -> None:
    playing = Playing(create=lambda: reply(session(ready=True, error="ready all the same")))
    served = await serve(playing)
    async with edge(served) as client, client.sessions.open() as open_session:
        assert open_session.error == "ready all the same"
    assert playing.seen == ["POST", "DELETE"]
    assert served.requests[0].json == {}


async def test_an_error_in_the_block_deletes_the_session_and_goes_on(serve: Serve, edge: Edge) -> None:
    served = await serve(Playing(create=lambda: reply(session())))
    async with edge(served) as client:
        with pytest.raises(ZeroDivisionError) as caught:
            async with client.sessions.open():
                raise ZeroDivisionError
    assert deleted(served) == [f"{SESSIONS}/{ID}"]
    assert getattr(caught.value, "__notes__", []) == []


async def test_a_cancellation_in_the_block_deletes_the_session_and_goes_on(serve: Serve, edge: Edge) -> None:
    served = await serve(Playing(create=lambda: reply(session())))
    inside = asyncio.Event()

    async def use(client: relays.Client) -> None:
        async with client.sessions.open():
            inside.set()
            await asyncio.sleep(60)

    async with edge(served) as client:
        task = asyncio.create_task(use(client))
        await asyncio.wait_for(inside.wait(), 5)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert task.cancelled()
        assert our_tasks() == set()
    assert deleted(served) == [f"{SESSIONS}/{ID}"]


async def test_a_timeout_around_the_block_stays_a_timeout(serve: Serve, edge: Edge) -> None:
    served = await serve(Playing(create=lambda: reply(session())))
    async with edge(served) as client:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05), client.sessions.open():
                await asyncio.sleep(60)
    assert deleted(served) == [f"{SESSIONS}/{ID}"]


@pytest.mark.parametrize("times", [1, 3], ids=["once", "again and again"])
async def test_a_cancellation_while_the_create_is_in_flight_deletes_what_it_brings(
    serve: Serve, edge: Edge, times: int
) -> None:
    answer = asyncio.Event()

    async def create() -> Reply:
        await answer.wait()
        return reply(session(ready=False))

    playing = Playing(create=create)
    served = await serve(playing)
    async with edge(served) as client:
        task = asyncio.create_task(enter(client))
        await asyncio.wait_for(playing.arrived.wait(), 5)
        for _ in range(times):
            task.cancel()
            await asyncio.sleep(0.01)
        assert not task.done()
        answer.set()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert our_tasks() == set()
    assert playing.seen == ["POST", "DELETE"]
    assert deleted(served) == [f"{SESSIONS}/{ID}"]


async def enter(client: relays.Client, **arguments: Any) -> None:
    async with client.sessions.open(**arguments):
        raise AssertionError("the block was entered")


async def test_a_cancellation_during_a_create_that_fails_has_nothing_to_delete(serve: Serve, edge: Edge) -> None:
    async def create() -> Reply:
        await asyncio.sleep(0.05)
        return reply({"message": "no"}, 503)

    playing = Playing(create=create)
    served = await serve(playing)
    async with edge(served) as client:
        task = asyncio.create_task(enter(client))
        await asyncio.wait_for(playing.arrived.wait(), 5)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert playing.seen == ["POST"]


async def test_a_cancellation_during_a_create_says_when_its_session_could_not_be_deleted(
    serve: Serve, edge: Edge
) -> None:
    async def create() -> Reply:
        await asyncio.sleep(0.05)
        return reply(session())

    playing = Playing(create=create, delete=lambda: reply({"message": "not yours"}, 403))
    served = await serve(playing)
    async with edge(served) as client:
        task = asyncio.create_task(enter(client))
        await asyncio.wait_for(playing.arrived.wait(), 5)
        task.cancel()
        with pytest.raises(asyncio.CancelledError) as caught:
            await task
    assert any(ID in note and "goes on costing" in note for note in caught.value.__notes__)


async def test_a_cancellation_while_waiting_deletes_the_session(serve: Serve, edge: Edge) -> None:
    playing = Playing(polls=99)
    served = await serve(playing)
    async with edge(served) as client:
        task = asyncio.create_task(enter(client))
        await asyncio.wait_for(playing.arrived.wait(), 5)
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert our_tasks() == set()
    assert playing.seen == ["POST", "DELETE"]


async def test_a_cancellation_during_a_poll_deletes_the_session() -> None:
    polled = asyncio.Event()

    async def poll(_: int) -> Reply:
        polled.set()
        await asyncio.sleep(60)
        raise AssertionError

    async with (
        serving(playing := Playing(poll=poll)) as served,
        relays.Client("secret-key", base_url=served.url) as client,
    ):
        task = asyncio.create_task(enter(client))
        await asyncio.wait_for(polled.wait(), 5)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert our_tasks() == set()
        assert playing.seen == ["POST", "GET", "DELETE"]


@pytest.mark.parametrize("times", [1, 3], ids=["once", "again and again"])
async def test_a_cancellation_while_the_session_is_being_deleted_waits_for_the_end_of_it(
    serve: Serve, edge: Edge, times: int
) -> None:
    answer, deleting = asyncio.Event(), asyncio.Event()

    async def delete() -> Reply:
        deleting.set()
        await answer.wait()
        return reply(b"", 204)

    async def use(client: relays.Client) -> None:
        async with client.sessions.open():
            pass

    playing = Playing(create=lambda: reply(session()), delete=delete)
    served = await serve(playing)
    async with edge(served) as client:
        task = asyncio.create_task(use(client))
        await asyncio.wait_for(deleting.wait(), 5)
        for _ in range(times):
            task.cancel()
            await asyncio.sleep(0.01)
        assert not task.done()
        answer.set()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert our_tasks() == set()
    assert playing.seen == ["POST", "DELETE"]


async def test_a_cancellation_counts_more_than_the_failure_to_delete(serve: Serve, edge: Edge) -> None:
    deleting = asyncio.Event()

    async def delete() -> Reply:
        deleting.set()
        await asyncio.sleep(0.05)
        return reply({"message": "not yours"}, 403)

    async def use(client: relays.Client) -> None:
        async with client.sessions.open():
            pass

    served = await serve(Playing(create=lambda: reply(session()), delete=delete))
    async with edge(served) as client:
        task = asyncio.create_task(use(client))
        await asyncio.wait_for(deleting.wait(), 5)
        task.cancel()
        with pytest.raises(asyncio.CancelledError) as caught:
            await task
    assert any("not yours" in note for note in caught.value.__notes__)


async def test_a_loop_that_shuts_down_cancels_every_task_and_the_session_is_deleted_all_the_same(
    serve: Serve, edge: Edge
) -> None:
    deleting = asyncio.Event()

    async def delete() -> Reply:
        if not deleting.is_set():
            deleting.set()
            await asyncio.sleep(10)
        return reply(b"", 204)

    async def use(client: relays.Client) -> None:
        async with client.sessions.open():
            pass

    playing = Playing(create=lambda: reply(session()), delete=delete)
    served = await serve(playing)
    async with edge(served) as client:
        task = asyncio.create_task(use(client))
        await asyncio.wait_for(deleting.wait(), 5)
        for each in our_tasks():
            each.cancel()
        with pytest.raises(asyncio.CancelledError) as caught:
            await task
    assert playing.seen == ["POST", "DELETE", "DELETE"]
    assert not hasattr(caught.value, "__notes__")


async def test_a_loop_that_shuts_down_during_a_create_says_what_may_go_on_costing(serve: Serve, edge: Edge) -> None:
    creating = asyncio.Event()

    async def create() -> Reply:
        creating.set()
        await asyncio.sleep(10)
        return reply(session())

    async def use(client: relays.Client) -> None:
        async with client.sessions.open():
            pass

    served = await serve(Playing(create=create))
    async with edge(served) as client:
        task = asyncio.create_task(use(client))
        await asyncio.wait_for(creating.wait(), 5)
        for each in our_tasks():
            each.cancel()
        with pytest.raises(asyncio.CancelledError) as caught:
            await task
    assert any("may have been created" in note for note in caught.value.__notes__)


async def test_a_key_that_is_not_to_be_had_any_more_does_not_hide_a_cancellation(serve: Serve) -> None:
    keys = iter(["secret-key"])
    in_block = asyncio.Event()

    async def use(client: relays.Client) -> None:
        async with client.sessions.open():
            in_block.set()
            await asyncio.sleep(10)

    served = await serve(Playing(create=lambda: reply(session(ready=True))))
    async with relays.Client(lambda: next(keys), base_url=served.url) as client:
        task = asyncio.create_task(use(client))
        await asyncio.wait_for(in_block.wait(), 5)
        task.cancel()
        with pytest.raises(asyncio.CancelledError) as caught:
            await task
    assert any("goes on costing" in note for note in caught.value.__notes__)


def test_a_session_that_never_gets_ready_is_deleted_and_said_to_be_so() -> None:
    playing = Playing(polls=99)

    async def play(edge: relays.Client, served: Served) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        with pytest.raises(relays.SessionNotReady, match="not ready in time") as caught:
            await enter(edge, timeout=10)
        # Polls after 1, 2.5, 4.75 and 8.125 s; the next would come after 13.
        assert loop.time() - began == pytest.approx(8.125, abs=0.01)
        assert caught.value.session_id == ID
        assert caught.value.session.status == "Linking"
        assert playing.seen == ["POST", "GET", "GET", "GET", "GET", "DELETE"]

    played(playing, play)


def test_a_session_that_failed_is_deleted_and_said_to_be_so() -> None:
    playing = Playing(poll=lambda number: reply(session(ready=False, error="no relay" if number == 2 else None)))

    async def play(edge: relays.Client, served: Served) -> None:
        with pytest.raises(relays.SessionNotReady, match="failed: no relay") as caught:
            await enter(edge)
        assert (caught.value.session.error, caught.value.session_id) == ("no relay", ID)
        assert playing.seen == ["POST", "GET", "GET", "DELETE"]

    played(playing, play)


def test_a_poll_that_hangs_costs_no_more_than_its_time() -> None:
    async def hang(number: int) -> Reply:
        if number == 1:
            await asyncio.sleep(1000)
        return reply(session())

    playing = Playing(poll=hang)

    async def play(edge: relays.Client, served: Served) -> None:
        async with edge.sessions.open(timeout=30) as open_session:
            assert open_session.ready
        assert playing.seen == ["POST", "GET", "GET", "DELETE"]

    played(playing, play, timeout=2.0)


def test_polls_that_hang_to_the_end_are_no_readiness() -> None:
    async def hang(_: int) -> Reply:
        await asyncio.sleep(1000)
        raise AssertionError

    playing = Playing(poll=hang)

    async def play(edge: relays.Client, served: Served) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        with pytest.raises(relays.SessionNotReady, match="not ready in time"):
            await enter(edge, timeout=5)
        assert loop.time() - began == pytest.approx(5, abs=0.06)
        assert playing.seen == ["POST", "GET", "DELETE"]

    played(playing, play)


def test_an_error_while_waiting_deletes_the_session_and_goes_on() -> None:
    playing = Playing(poll=lambda _: reply({"message": "not yours"}, 403))

    async def play(edge: relays.Client, served: Served) -> None:
        with pytest.raises(errors.Forbidden, match="not yours"):
            await enter(edge)
        assert playing.seen == ["POST", "GET", "DELETE"]

    played(playing, play)


async def test_a_session_that_is_gone_when_it_is_to_be_deleted_is_fine(serve: Serve, edge: Edge) -> None:
    playing = Playing(create=lambda: reply(session()), delete=lambda: reply({"message": "no such session"}, 404))
    served = await serve(playing)
    async with edge(served) as client, client.sessions.open():
        pass
    assert playing.seen == ["POST", "DELETE"]


async def test_a_delete_is_tried_again_after_a_failure_of_the_server(serve: Serve, edge: Edge) -> None:
    playing = Playing(create=lambda: reply(session()))
    playing.delete = lambda: reply(b"", 503 if playing.seen.count("DELETE") < 3 else 204)
    served = await serve(playing)
    async with edge(served) as client, client.sessions.open():
        pass
    assert playing.seen == ["POST", "DELETE", "DELETE", "DELETE"]


async def test_a_delete_that_fails_becomes_a_note_on_the_blocks_own_error(serve: Serve, edge: Edge) -> None:
    served = await serve(Playing(create=lambda: reply(session()), delete=lambda: reply({"message": "not yours"}, 403)))
    async with edge(served) as client:
        with pytest.raises(ZeroDivisionError) as caught:
            async with client.sessions.open():
                raise ZeroDivisionError
    (note,) = caught.value.__notes__
    assert ID in note
    assert "goes on costing" in note
    assert "not yours" in note


async def test_a_delete_that_fails_after_a_good_block_is_raised(serve: Serve, edge: Edge) -> None:
    served = await serve(Playing(create=lambda: reply(session()), delete=lambda: reply({"message": "not yours"}, 403)))
    async with edge(served) as client:
        with pytest.raises(errors.Forbidden, match="not yours") as caught:
            async with client.sessions.open():
                pass
    assert any(ID in note for note in caught.value.__notes__)


async def test_a_create_that_fails_leaves_nothing_to_delete(serve: Serve, edge: Edge) -> None:
    playing = Playing(create=lambda: reply({"message": "full"}, 503))
    served = await serve(playing)
    async with edge(served) as client:
        with pytest.raises(errors.ServerError, match="full"):
            await enter(client)
    assert playing.seen == ["POST"]


async def test_a_create_whose_answer_does_not_fit_is_deleted_if_it_names_its_session(serve: Serve, edge: Edge) -> None:
    misfit = {name: value for name, value in session().items() if name != "status"}
    playing = Playing(create=lambda: reply(misfit))
    served = await serve(playing)
    async with edge(served) as client:
        with pytest.raises(errors.DecodeError, match="status"):
            await enter(client)
        playing.create = lambda: reply("<html>")
        with pytest.raises(errors.DecodeError):
            await enter(client)
    assert playing.seen == ["POST", "DELETE", "POST"]
    assert deleted(served) == [f"{SESSIONS}/{ID}"]


@pytest.mark.parametrize(
    "arguments", [{"users": "192.0.2.10"}, {"timeout": 0}, {"timeout": float("nan")}, {"users": [object()]}]
)
async def test_bad_arguments_are_refused_before_anything_is_sent(
    serve: Serve, edge: Edge, arguments: dict[str, Any]
) -> None:
    served = await serve(Playing())
    async with edge(served) as client:
        with pytest.raises(errors.InvalidArgument):
            await enter(client, **arguments)
    assert served.requests == []


def test_wait_until_ready_returns_the_session_and_leaves_it() -> None:
    playing = Playing(polls=3)

    async def play(edge: relays.Client, served: Served) -> None:
        found = await edge.sessions.wait_until_ready(ID)
        assert found.ready
        assert playing.seen == ["GET"] * 3

    played(playing, play)


def test_wait_until_ready_raises_when_the_time_is_up_and_leaves_the_session() -> None:
    playing = Playing(polls=99)

    async def play(edge: relays.Client, served: Served) -> None:
        with pytest.raises(relays.SessionNotReady):
            await edge.sessions.wait_until_ready(ID, timeout=3)
        assert playing.seen == ["GET"] * 3

    played(playing, play)


def test_wait_until_ready_whose_first_poll_hangs_exceeds_its_deadline() -> None:
    async def hang(_: int) -> Reply:
        await asyncio.sleep(1000)
        raise AssertionError

    async def play(edge: relays.Client, served: Served) -> None:
        with pytest.raises(errors.DeadlineExceeded):
            await edge.sessions.wait_until_ready(ID, timeout=3)

    played(Playing(poll=hang), play)


async def test_wait_until_ready_of_a_session_that_is_not_there_is_not_found(serve: Serve, edge: Edge) -> None:
    served = await serve(reply({"message": "no such session"}, 404))
    async with edge(served) as client:
        with pytest.raises(errors.NotFound):
            await client.sessions.wait_until_ready(ID)


def test_a_hook_is_told_of_the_wait_for_readiness() -> None:
    events: list[HookEvent] = []

    async def play(edge: relays.Client, served: Served) -> None:
        await edge.sessions.wait_until_ready(ID)

    played(Playing(polls=3), play, hooks=[events.append])
    waits = [event.seconds for event in events if isinstance(event, Waiting) and event.reason == "readiness"]
    assert waits == [1, 1.5]
