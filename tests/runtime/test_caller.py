"""A call from its first byte to its last: what is resent and when, what bounds it, what it says when it fails."""

from __future__ import annotations

import asyncio
import contextlib
import enum
import gc
import pickle
import time
import weakref
from email.utils import formatdate
from typing import Any

import attrs
import pytest
from aiohttp import web

from reknit import RequestOptions, Retry, errors
from reknit.runtime import Answer, Caller, CursorPages, Failure, IdempotencyKey, Json, Limiter
from reknit.runtime.answers import judge_by_status
from reknit.runtime.codec import Misfit
from reknit.runtime.credentials import StaticKey
from reknit.runtime.transport import Transport
from tests.runtime.hub import (
    CONNECT,
    CREATE,
    DELETE,
    EXECUTE,
    HUB,
    KEY,
    KEYED_IF_GIVEN,
    RAW,
    READ,
    TEXT,
    THING,
    Line,
    Raw,
    Thing,
    answering,
    caller_to,
    create,
    execute,
    http,
    raw,
    read,
)
from tests.serving import Reply, Seen, Serve, reply, script, serving
from tests.virtual_time import run

OK = reply(THING)
DOWN = reply({"message": "down"}, 503)
NEVER = "127.0.0.1:9"  # the discard port: nobody listens


# What is resent


async def test_a_keyed_call_arrives_until_it_succeeds_with_one_and_the_same_key(serve: Serve) -> None:
    server = await serve(script(DOWN, DOWN, OK))
    caller = caller_to(server.url)
    answer = await caller.respond(EXECUTE, body={"name": "x"})
    await caller.close()
    assert answer.value == Thing(id=7)
    keys = [seen.json["idempotency_key"] for seen in server.requests]
    assert len(keys) == 3
    assert set(keys) == {answer.idempotency_key}
    assert [(attempt.number, attempt.status, attempt.error) for attempt in answer.attempts] == [
        (1, 503, None),
        (2, 503, None),
        (3, 200, None),
    ]


async def test_an_idempotent_call_is_resent(serve: Serve) -> None:
    server = await serve(script(DOWN, DOWN, OK))
    caller = caller_to(server.url)
    assert await read(caller) == Thing(id=7)
    await caller.close()
    assert len(server.requests) == 3


async def test_an_unsafe_call_arrives_once(serve: Serve) -> None:
    server = await serve(script(DOWN, DOWN, OK))
    caller = caller_to(server.url)
    with pytest.raises(errors.ServerError) as caught:
        await create(caller)
    await caller.close()
    assert len(server.requests) == 1
    error = caught.value
    assert (error.status, error.message, error.operation) == (503, "down", "hub.things.create")
    assert [attempt.status for attempt in error.attempts] == [503]


async def test_a_call_whose_key_is_optional_is_keyed_only_when_it_has_one(serve: Serve) -> None:
    server = await serve(script(DOWN, OK, DOWN))
    caller = caller_to(server.url)
    assert await caller.call(KEYED_IF_GIVEN, body={}, key="k-1") == Thing(id=7)
    assert [seen.headers["Idempotency-Key"] for seen in server.requests] == ["k-1", "k-1"]
    with pytest.raises(errors.ServerError) as caught:
        await caller.call(KEYED_IF_GIVEN, body={})
    await caller.close()
    assert len(server.requests) == 3
    assert caught.value.idempotency_key is None


async def test_what_excuses_from_a_key_makes_the_call_unsafe(serve: Serve) -> None:
    server = await serve(script(DOWN))
    caller = caller_to(server.url)
    with pytest.raises(errors.ServerError):
        await caller.call(EXECUTE, body={"dry_run": True})
    await caller.close()
    assert [seen.json for seen in server.requests] == [{"dry_run": True}]


async def test_new_keys_come_from_the_source_that_was_given(serve: Serve) -> None:
    server = await serve(script(OK))
    keys = iter(["k-1", "k-2"])
    caller = caller_to(server.url, new_key=lambda: next(keys))
    await execute(caller)
    await execute(caller)
    await caller.close()
    assert [seen.json["idempotency_key"] for seen in server.requests] == ["k-1", "k-2"]


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
async def test_these_statuses_are_resent_for_idempotent_calls(serve: Serve, status: int) -> None:
    server = await serve(script(reply({}, status, retry_after="0"), OK))
    caller = caller_to(server.url)
    assert await read(caller) == Thing(id=7)
    await caller.close()


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 405, 409, 418, 422, 501, 505])
async def test_these_statuses_are_final(serve: Serve, status: int) -> None:
    server = await serve(script(reply({}, status), OK))
    caller = caller_to(server.url)
    with pytest.raises(errors.APIError) as caught:
        await execute(caller)
    await caller.close()
    assert (caught.value.status, len(server.requests)) == (status, 1)


async def test_an_unsafe_call_is_resent_after_429_because_the_server_did_not_act(serve: Serve) -> None:
    server = await serve(script(reply({}, 429, retry_after="0"), OK))
    caller = caller_to(server.url)
    assert await create(caller) == Thing(id=7)
    await caller.close()
    assert len(server.requests) == 2


def test_attempts_are_limited_but_refusals_for_the_rate_are_not_counted() -> None:
    refused = reply({}, 429, retry_after="0")

    async def work() -> None:
        async with serving(script(refused, DOWN, refused, DOWN, DOWN, OK)) as server:
            caller = caller_to(server.url, retry=Retry(max_attempts=3))
            try:
                await read(caller)
            finally:
                await caller.close()

    error = _failing(work, errors.ServerError)
    assert [attempt.status for attempt in error.attempts] == [429, 503, 429, 503, 503]


async def test_options_of_a_call_override_the_clients_retry(serve: Serve) -> None:
    server = await serve(script(DOWN))
    caller = caller_to(server.url)
    with pytest.raises(errors.ServerError):
        await read(caller, options=RequestOptions(retry=Retry(max_attempts=2)))
    await caller.close()
    assert len(server.requests) == 2


async def test_a_known_code_decides_over_the_status(serve: Serve) -> None:
    def judge(answer: Answer) -> Failure | None:
        return Failure(kind=errors.APIError, code="UPSTREAM", message="no", known=True)

    def limited(answer: Answer) -> Failure | None:
        return None if b"id" in answer.raw else Failure(kind=errors.RateLimited, known=True, limited=True)

    server = await serve(script(DOWN))
    caller = caller_to(server.url, api=attrs.evolve(HUB, judge=judge))
    with pytest.raises(errors.APIError) as caught:
        await read(caller)
    await caller.close()
    assert (caught.value.code, len(server.requests)) == ("UPSTREAM", 1)

    server = await serve(script(reply({}, 200, retry_after="0"), OK))
    caller = caller_to(server.url, api=attrs.evolve(HUB, judge=limited))
    assert await create(caller) == Thing(id=7)
    await caller.close()


async def test_a_resend_that_finds_the_work_done_is_a_success_and_a_first_try_is_not(serve: Serve) -> None:
    gone = reply({"message": "gone"}, 404)
    server = await serve(script(DOWN, gone))
    caller = caller_to(server.url)
    assert await caller.call(DELETE, path=(7,)) is None
    with pytest.raises(errors.NotFound):
        await caller.call(DELETE, path=(7,))
    await caller.close()

    server = await serve(script(reply({}, 429, retry_after="0"), gone))
    caller = caller_to(server.url)
    with pytest.raises(errors.NotFound):  # what was refused for its rate was not carried out
        await caller.call(DELETE, path=(7,))
    await caller.close()


async def test_settle_is_asked_before_an_error_that_followed_an_uncertain_attempt(serve: Serve) -> None:
    asked: list[int] = []

    async def settle(caller: Caller, call: Any, error: errors.APIError) -> Answer | None:
        asked.append(error.status)
        return Answer(200, {"Content-Type": "application/json"}, b'{"id": 9}') if error.status == 409 else None

    server = await serve(script(DOWN, reply({}, 409), reply({}, 409), DOWN, reply({}, 400)))
    caller = caller_to(server.url, api=attrs.evolve(HUB, settle=settle))
    assert await execute(caller) == Thing(id=9)
    with pytest.raises(errors.Conflict):
        await execute(caller)
    with pytest.raises(errors.InvalidRequest):
        await execute(caller)
    await caller.close()
    assert asked == [409, 400]


# Transport failures


async def _counts(handler: Any, call: Any) -> tuple[int, BaseException | None]:
    async with raw(handler) as server:
        caller = caller_to(server.url)
        error: BaseException | None = None
        try:
            await call(caller)
        except errors.ReknitError as caught:
            error = caught
        await caller.close()
        return len(server.requests), error


async def _reset_before_headers(line: Line, served: Raw) -> None:
    served.requests.append(await line.request())
    if len(served.requests) > 1:
        await line.say(http())
    line.reset()


async def _reset_in_the_body(line: Line, served: Raw) -> None:
    served.requests.append(await line.request())
    if len(served.requests) > 1:
        await line.say(http())
    else:
        await line.say(http(b'{"id"', length=9))
    line.reset()


async def _cut_short(line: Line, served: Raw) -> None:
    served.requests.append(await line.request())
    await line.say(http() if len(served.requests) > 1 else http(b'{"id"', length=9))


async def _closed_without_a_word(line: Line, served: Raw) -> None:
    served.requests.append(await line.request())
    if len(served.requests) > 1:
        await line.say(http())


async def _not_http(line: Line, served: Raw) -> None:
    served.requests.append(await line.request())
    await line.say(http() if len(served.requests) > 1 else b"SSH-2.0-OpenSSH_9.2\r\n\r\n")


async def _broken_chunks(line: Line, served: Raw) -> None:
    served.requests.append(await line.request())
    chunked = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"
    await line.say(http() if len(served.requests) > 1 else chunked)


async def _broken_gzip(line: Line, served: Raw) -> None:
    served.requests.append(await line.request())
    await line.say(http() if len(served.requests) > 1 else http(b"no gzip", "200 OK", "Content-Encoding: gzip"))


MISHAPS = [
    _reset_before_headers,
    _reset_in_the_body,
    _cut_short,
    _closed_without_a_word,
    _not_http,
    _broken_chunks,
    _broken_gzip,
]


@pytest.mark.parametrize("mishap", MISHAPS)
@pytest.mark.parametrize("call", [read, execute])
async def test_a_call_that_may_be_repeated_survives(mishap: Any, call: Any) -> None:
    assert await _counts(mishap, call) == (2, None)


@pytest.mark.parametrize("mishap", MISHAPS)
async def test_an_unsafe_call_is_not_repeated_after(mishap: Any) -> None:
    arrived, error = await _counts(mishap, create)
    assert arrived == 1
    assert type(error) is errors.TransportError
    assert error.sent
    assert [(attempt.status, attempt.error, attempt.sent) for attempt in error.attempts] == [
        (None, "TransportError", True)
    ]


async def test_that_the_last_attempt_sent_nothing_does_not_hide_that_an_earlier_one_did() -> None:
    stopping: list[Any] = []

    async def drop_and_stop(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        stopping[0].close()
        writer.transport.abort()

    stopping.append(server := await asyncio.start_server(drop_and_stop, "127.0.0.1", 0))
    caller = caller_to(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", retry=Retry(base=0.05))
    with pytest.raises(errors.TransportError) as caught:
        await execute(caller)
    await caller.close()
    assert [attempt.sent for attempt in caught.value.attempts] == [True, False, False, False]
    assert caught.value.sent


async def test_a_call_that_never_connected_is_repeated_whatever_its_safety(unused_port: int) -> None:
    caller = caller_to(f"http://127.0.0.1:{unused_port}")
    with pytest.raises(errors.ConnectFailed) as caught:
        await create(caller)
    await caller.close()
    assert not caught.value.sent
    assert [(attempt.error, attempt.sent) for attempt in caught.value.attempts] == [("ConnectFailed", False)] * 4
    assert caught.value.__cause__ is caught.value.__context__ is None


async def test_an_unsafe_call_reaches_a_server_that_comes_up_between_its_attempts(unused_port: int) -> None:
    caller = caller_to(f"http://127.0.0.1:{unused_port}", retry=Retry(base=0.2), chance=lambda: 0.99)
    call = asyncio.ensure_future(create(caller))
    await asyncio.sleep(0)
    async with raw(answering(http()), unused_port):
        assert await call == Thing(id=7)
        await caller.close()


# The server's word


class Hours:
    """Notes when requests come, on the loop's clock."""

    def __init__(self, *replies: Reply) -> None:
        self.at: list[float] = []
        self._answer = script(*replies)

    def __call__(self, seen: Seen) -> Any:
        self.at.append(asyncio.get_running_loop().time())
        return self._answer(seen)

    @property
    def pauses(self) -> list[float]:
        return [round(late - early, 3) for early, late in zip(self.at, self.at[1:], strict=False)]


def _pauses(*replies: Reply, chance: float = 0.0, call: Any = read, **options: Any) -> list[float]:
    hours = Hours(*replies)

    async def work() -> None:
        async with serving(hours) as server:
            caller = caller_to(server.url, chance=lambda: chance, timeout=60, **options)
            await call(caller)
            await caller.close()

    run(work())
    return hours.pauses


def test_retry_after_in_seconds_is_waited_for() -> None:
    assert _pauses(reply({}, 503, retry_after="2"), OK) == [2.0]


def test_retry_after_is_a_floor_and_jitter_lies_above() -> None:
    assert _pauses(reply({}, 503, retry_after="2"), OK, chance=1.0) == [2.2]


def test_retry_after_as_a_date_is_read_against_the_date_of_the_answer() -> None:
    """The server's clock is an hour behind ours, and its own date says how far the other lies ahead."""
    then = time.time() - 3600
    date, later = formatdate(then, usegmt=True), formatdate(then + 3, usegmt=True)
    assert _pauses(reply({}, 503, Retry_After=later, Date=date), OK) == [3.0]


@pytest.mark.parametrize("nonsense", ["soon", "-5", "nan", "1e400", "inf", ""])
def test_retry_after_that_is_nonsense_is_as_if_it_were_absent(nonsense: str) -> None:
    assert _pauses(reply({}, 503, retry_after=nonsense), OK, chance=0.5) == [0.25]


def test_own_waits_double_up_to_the_cap() -> None:
    pauses = _pauses(DOWN, DOWN, DOWN, DOWN, OK, chance=1.0, retry=Retry(max_attempts=5, base=1.0, cap=3.0))
    assert pauses == [1.0, 2.0, 3.0, 3.0]


def test_a_reset_counts_for_a_refusal_without_retry_after_as_delta() -> None:
    (pause,) = _pauses(reply({}, 429, X_RateLimit_Reset="3"), OK)
    assert 3.0 <= pause < 3.1


def test_a_reset_counts_for_a_refusal_without_retry_after_as_epoch() -> None:
    now = time.time()
    date, reset = formatdate(int(now), usegmt=True), str(int(now) + 4)
    (pause,) = _pauses(reply({}, 429, X_RateLimit_Reset=reset, Date=date), OK)
    assert 4.0 <= pause < 4.1


def test_a_reset_beside_a_failure_counts_only_where_nothing_remains() -> None:
    assert _pauses(reply({}, 503, X_RateLimit_Reset="3", X_RateLimit_Remaining="9"), OK) == [0.0]
    (pause,) = _pauses(reply({}, 503, X_RateLimit_Reset="3", X_RateLimit_Remaining="0"), OK)
    assert 3.0 <= pause < 3.1


async def test_a_wait_that_ends_after_the_deadline_fails_at_once(serve: Serve) -> None:
    server = await serve(reply({"message": "slow down"}, 429, retry_after="90"))
    caller = caller_to(server.url, timeout=10)
    started = time.monotonic()
    with pytest.raises(errors.RateLimited) as caught:
        await create(caller)
    assert time.monotonic() - started < 1
    assert (caught.value.retry_after, caught.value.status, caught.value.message) == (90.0, 429, "slow down")
    with pytest.raises(errors.DeadlineExceeded) as late:  # another call is held by the same refusal, and unheard itself
        await create(caller)
    await caller.close()
    assert time.monotonic() - started < 1
    assert 85 < (late.value.retry_after or 0) <= 91
    assert (late.value.sent, late.value.attempts, len(server.requests)) == (False, (), 1)


async def test_a_503_whose_wait_does_not_fit_fails_at_once_too(serve: Serve) -> None:
    server = await serve(reply({}, 503, retry_after="90"))
    caller = caller_to(server.url, timeout=10)
    with pytest.raises(errors.ServerError) as caught:
        await read(caller)
    await caller.close()
    assert (caught.value.retry_after, len(server.requests)) == (90.0, 1)


# One deadline


async def test_a_body_that_trickles_past_the_deadline_ends_there() -> None:
    async def trickle(line: Line, served: Raw) -> None:
        served.requests.append(await line.request())
        await line.say(http(b"", length=10**6))
        while True:
            await line.say(b" ")
            await asyncio.sleep(0.01)

    async with raw(trickle) as server:
        caller = caller_to(server.url, timeout=0.3)
        started = time.monotonic()
        with pytest.raises(errors.DeadlineExceeded) as caught:
            await read(caller)
        took = time.monotonic() - started
        await caller.close()
    assert 0.3 <= took < 0.35
    assert isinstance(caught.value, TimeoutError)
    assert caught.value.sent
    assert [attempt.error for attempt in caught.value.attempts] == ["DeadlineExceeded"]


def _failing(work: Any, kind: type[BaseException]) -> Any:
    with pytest.raises(kind) as caught:
        run(work())
    return caught.value


def _silence() -> Any:
    async def never(_: Seen) -> Reply:
        await asyncio.sleep(1000)
        return OK

    return never


def test_the_deadline_bounds_attempts_sleeps_and_limiter_waits_together() -> None:
    """An answer at once, a wait of 2 s, an answer after 4 s, a wait of 2 s; 10 s are over in the third attempt."""
    at: list[float] = []

    async def work() -> None:
        loop = asyncio.get_running_loop()
        started = loop.time()

        async def slow(_: Seen) -> Reply:
            at.append(loop.time() - started)
            await asyncio.sleep(0 if len(at) == 1 else 4)
            return reply({"n": len(at)}, 503, retry_after="2")

        async with serving(slow) as server:
            caller = caller_to(server.url, timeout=10)
            try:
                await read(caller)
            finally:
                at.append(loop.time() - started)
                await caller.close()

    error = _failing(work, errors.ServerError)  # the last answer's error, not DeadlineExceeded
    assert [round(moment, 2) for moment in at] == [0.0, 2.0, 8.0, 10.0]
    assert [(attempt.status, attempt.error, round(attempt.waited, 1)) for attempt in error.attempts] == [
        (503, None, 0.0),
        (503, None, 2.0),
        (None, "DeadlineExceeded", 2.0),
    ]


@pytest.mark.parametrize("call", [create, execute])
def test_a_call_that_was_refused_and_then_sent_to_no_answer_does_not_say_that_it_was_refused(call: Any) -> None:
    async def work() -> None:
        async def once(_: Seen) -> Reply:
            if len(server.requests) > 1:
                await asyncio.sleep(1000)
            return reply({}, 429, retry_after="2")

        async with serving(once) as server:
            caller = caller_to(server.url, timeout=10)
            try:
                await call(caller)
            finally:
                await caller.close()

    error = _failing(work, errors.DeadlineExceeded)
    assert (error.sent, error.retry_after) == (True, 2.0)
    assert [attempt.status for attempt in error.attempts] == [429, None]


def test_without_any_answer_the_deadline_is_the_error() -> None:
    async def work() -> None:
        async with serving(_silence()) as server:
            caller = caller_to(server.url, timeout=60)
            try:
                await execute(caller, options=RequestOptions(timeout=5), key="k-1")
            finally:
                await caller.close()

    error = _failing(work, errors.DeadlineExceeded)
    assert (error.sent, error.retry_after, error.idempotency_key) == (True, None, "k-1")
    assert "5 s" in str(error)


async def test_a_wait_of_ours_that_does_not_fit_raises_the_last_error(serve: Serve) -> None:
    server = await serve(DOWN)
    caller = caller_to(server.url, timeout=1, retry=Retry(base=5), chance=lambda: 1.0)
    with pytest.raises(errors.ServerError):
        await read(caller)
    await caller.close()
    assert len(server.requests) == 1


async def test_an_infinite_timeout_is_no_deadline(serve: Serve) -> None:
    server = await serve(script(DOWN, OK))
    caller = caller_to(server.url)
    assert await read(caller, options=RequestOptions(timeout=float("inf"))) == Thing(id=7)
    await caller.close()


@pytest.mark.parametrize("max_body", [9, 8], ids=["fits", "too large"])
async def test_an_answer_that_is_complete_when_the_deadline_strikes_is_returned(max_body: int) -> None:
    """The loop is busy when the last byte arrives, and sees the byte and the deadline in the same turn."""
    half = asyncio.Event()

    async def handler(line: Line, served: Raw) -> None:
        served.requests.append(await line.request())
        await line.say(http(b'{"id', length=9))
        half.set()
        await asyncio.sleep(0.05)
        await line.say(b'": 7}')
        time.sleep(0.4)  # noqa: ASYNC251 - this is the busy loop

    async with raw(handler) as server:
        caller = caller_to(server.url, timeout=0.3, max_body=max_body)
        if max_body == 9:
            assert await create(caller) == Thing(id=7)
        else:
            with pytest.raises(errors.BodyTooLarge):
                await create(caller)
        task = asyncio.current_task()
        assert task is not None
        assert not task.cancelling()
        await caller.close()


class _Renewable:
    """A credential that is always renewed, and nobody knows for how long."""

    fixed = None

    async def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {KEY}"}

    async def renew(self, used: Any) -> bool:
        return True

    def secrets(self) -> tuple[str, ...]:
        return (KEY,)


def _judge_expired(answer: Answer) -> Failure | None:
    failure = judge_by_status(answer)
    return failure and attrs.evolve(failure, expired=answer.status == 401)


async def _settle_never(caller: Caller, call: Any, error: errors.APIError) -> Answer | None:
    await asyncio.sleep(1000)
    return None


@pytest.mark.parametrize(("status", "kind"), [(401, errors.Unauthorized), (409, errors.Conflict)])
async def test_after_an_error_that_is_complete_when_the_deadline_strikes_nothing_more_is_awaited(
    status: int, kind: type[errors.APIError]
) -> None:
    async def handler(line: Line, served: Raw) -> None:
        while True:
            served.requests.append(await line.request())
            if len(served.requests) == 1:
                await line.say(http(b"{}", "503 Sorry"))
            elif len(served.requests) == 2:
                await line.say(http(b'{"id', f"{status} No", length=9))
                await asyncio.sleep(0.05)
                await line.say(b'": 7}')
                time.sleep(0.4)  # noqa: ASYNC251 - this is the busy loop

    api = attrs.evolve(HUB, judge=_judge_expired, settle=_settle_never)
    async with raw(handler) as server:
        caller = caller_to(server.url, api=api, credential=_Renewable(), timeout=0.3)
        with pytest.raises(kind):
            async with asyncio.timeout(3):
                await execute(caller)
        await caller.close()
        assert len(server.requests) == 2


# What an answer may be


async def test_a_page_of_a_proxy_is_the_servers_error_without_its_html(serve: Serve) -> None:
    page = "<html><head><title>502 Bad Gateway</title></head></html>"
    server = await serve(reply(page, 502, Content_Type="text/html"))
    caller = caller_to(server.url)
    with pytest.raises(errors.ServerError) as caught:
        await create(caller)
    await caller.close()
    assert (caught.value.status, caught.value.raw, str(caught.value)) == (502, page.encode(), "hub.things.create: 502")


@pytest.mark.parametrize(
    ("body", "path"),
    [
        (b"{", "$"),
        (b"<html>", "$"),
        (b"", "$"),
        (b'"text"', "$"),
        (b'{"name": "x"}', "$"),
        (b'{"id": "seven"}', "$.id"),
        (b"[" * 100_000 + b"]" * 100_000, "$"),
        (b'{"id": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "$"),
        (b'{"id": 7, "x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "$"),
        (b"\xff\xfe", "$"),
    ],
    ids=["cut", "html", "empty", "text", "missing", "misfit", "nested", "nested-in", "nested-unknown", "binary"],
)
async def test_a_body_that_does_not_fit_says_where_and_brings_everything(serve: Serve, body: bytes, path: str) -> None:
    server = await serve(reply(body, Content_Type="application/json", X_Request_Id="r-1"))
    caller = caller_to(server.url)
    with pytest.raises(errors.DecodeError) as caught:
        await execute(caller, key="k-1")
    await caller.close()
    error = caught.value
    assert len(server.requests) == 1  # it was carried out
    assert (error.raw, error.status, error.request_id, error.idempotency_key) == (body, 200, "r-1", "k-1")
    assert error.path.startswith(path)
    assert error.headers is not None
    assert error.headers["content-type"] == "application/json"
    assert [attempt.status for attempt in error.attempts] == [200]
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.raw, again.attempts) == (str(error), body, error.attempts)


async def test_a_judge_that_finds_a_misfit_or_fails_gives_the_turn_back(serve: Serve) -> None:
    def judge(answer: Answer) -> Failure | None:
        raise Misfit("$.status", "says nothing") if answer.status == 200 else ZeroDivisionError

    server = await serve(script(OK, DOWN))
    caller = caller_to(server.url, api=attrs.evolve(HUB, judge=judge))
    with pytest.raises(errors.DecodeError) as caught:
        await read(caller)
    assert caught.value.path == "$.status"
    with pytest.raises(ZeroDivisionError):
        await read(caller)
    await caller.close()
    assert caller._limiter._lanes[server.url].pacer.in_flight == 0


async def test_an_api_error_carries_what_an_operator_needs(serve: Serve) -> None:
    body = {"code": "QUOTA", "message": "too\nmany", "details": {"left": 0}, "request_id": "r-9"}
    server = await serve(
        reply(body, 429, Retry_After="99", X_RateLimit_Limit="5", X_RateLimit_Remaining="0", X_RateLimit_Reset="7")
    )
    caller = caller_to(server.url)
    with pytest.raises(errors.RateLimited) as caught:
        await execute(caller, key="k-1")
    await caller.close()
    error = pickle.loads(pickle.dumps(caught.value))
    assert str(error) == "hub.things.execute: 429 QUOTA: too many"
    assert (error.code, error.message, error.details, error.request_id) == ("QUOTA", "too many", {"left": 0}, "r-9")
    assert (error.limit, error.remaining, error.reset, error.retry_after) == (5, 0, 7.0, 99.0)
    assert (error.idempotency_key, error.operation) == ("k-1", "hub.things.execute")
    assert error.headers["retry-after"] == "99"


async def test_with_response_gives_the_answer_around_the_value(serve: Serve) -> None:
    server = await serve(
        reply(
            {"id": 7, "colour": {"r": 1}},
            X_Request_Id="r-1",
            X_RateLimit_Limit="10",
            X_RateLimit_Remaining="9",
            X_RateLimit_Reset="30",
        )
    )
    caller = caller_to(server.url)
    answer = await caller.respond(READ, path=(7,))
    await caller.close()
    assert (answer.value, answer.status, answer.request_id, answer.idempotency_key) == (Thing(id=7), 200, "r-1", None)
    assert answer.raw == b'{"id": 7, "colour": {"r": 1}}'
    assert answer.headers["x-request-id"] == "r-1"
    assert (answer.rate_limit.limit, answer.rate_limit.remaining, answer.rate_limit.reset) == (10, 9, 30.0)
    assert answer.unknown() == {"/colour": {"r": 1}}
    (attempt,) = answer.attempts
    assert (attempt.number, attempt.status, attempt.error, attempt.waited, attempt.sent) == (1, 200, None, 0.0, True)
    assert 0 < attempt.seconds < 5


async def test_a_response_does_not_show_what_headers_echo(serve: Serve) -> None:
    server = await serve(lambda seen: reply(THING, X_Echo=seen.headers["Authorization"]))
    caller = caller_to(server.url)
    answer = await caller.respond(READ, path=(7,))
    await caller.close()
    assert KEY in answer.headers["X-Echo"]
    assert KEY not in repr(answer)
    assert "X-Echo" in repr(answer)


async def test_what_is_unknown_in_an_envelope_is_found_behind_its_name(serve: Serve) -> None:
    operation = attrs.evolve(READ, answers={"200": {"application/json": Json(lambda: Thing, unwrap="data")}})
    server = await serve(script(reply({"data": {"id": 7, "x": 1}}), reply({"id": 7, "x": 1})))
    caller = caller_to(server.url)
    assert (await caller.respond(operation, path=(7,))).unknown() == {"/data/x": 1}
    assert (await caller.respond(operation, path=(7,))).unknown() == {"/x": 1}
    await caller.close()


async def test_every_page_is_a_call_of_its_own(serve: Serve) -> None:
    operation = attrs.evolve(
        READ,
        path="/things",
        answers={"200": {"application/json": Json(lambda: dict[str, Any])}},
        pages=CursorPages(items="docs", next="next", parameter="after"),
    )
    server = await serve(
        script(reply({"docs": [1, 2], "next": "c-2"}), DOWN, reply({"docs": [3]}), reply({"docs": [1, 2]}))
    )
    caller = caller_to(server.url)
    pages = caller.pages(operation, query={"size": 2}, options=RequestOptions(headers={"X-Trace": "t"}))
    assert server.requests == []
    assert [item async for item in pages] == [1, 2, 3]
    assert (await caller.pages(operation)).items == [1, 2]
    await caller.close()
    assert [seen.query for seen in server.requests] == [
        {"size": "2"},
        {"size": "2", "after": "c-2"},
        {"size": "2", "after": "c-2"},
        {},
    ]
    assert [seen.headers.get("X-Trace") for seen in server.requests] == ["t", "t", "t", None]


async def test_a_response_of_bytes_or_text_has_nothing_unknown(serve: Serve) -> None:
    server = await serve(reply(b"caf\xe9", Content_Type="text/plain; charset=latin-1"))
    caller = caller_to(server.url)
    assert (await caller.respond(RAW)).unknown() == {}
    answer = await caller.respond(TEXT)
    await caller.close()
    assert (answer.value, answer.raw) == ("café", b"caf\xe9")


async def test_a_response_that_does_not_fit_raises(serve: Serve) -> None:
    server = await serve(reply(b"[]", Content_Type="application/json"))
    caller = caller_to(server.url)
    with pytest.raises(errors.DecodeError):
        await caller.respond(READ, path=(7,))
    await caller.close()


# What goes out


async def test_options_add_headers_to_one_call(serve: Serve) -> None:
    server = await serve(OK)
    caller = caller_to(server.url)
    await read(caller, options=RequestOptions(headers={"X-Trace": "t-1"}))
    await read(caller)
    await caller.close()
    assert [seen.headers.get("X-Trace") for seen in server.requests] == ["t-1", None]


@pytest.mark.parametrize(
    "headers",
    [
        {"authorization": "x"},
        {"Host": "evil.example"},
        {"Content-Length": "0"},
        {"Transfer-Encoding": "chunked"},
        {"Content-Type": "text/plain"},
        {"X-Trace": "a\r\nX-Evil: b"},
        {"X Trace": "a"},
        {"X-Trace": 7},
    ],
)
async def test_options_may_not_set_what_belongs_to_the_client(serve: Serve, headers: Any) -> None:
    server = await serve(OK)
    caller = caller_to(server.url)
    with pytest.raises(errors.InvalidArgument):
        await read(caller, options=RequestOptions(headers=headers))
    await caller.close()
    assert server.requests == []


async def test_options_of_another_kind_are_refused(serve: Serve) -> None:
    server = await serve(OK)
    caller = caller_to(server.url)
    with pytest.raises(errors.InvalidArgument, match="RequestOptions"):
        await read(caller, options={"timeout": 3})
    await caller.close()
    assert server.requests == []


async def test_the_call_is_refused_on_await_and_not_before() -> None:
    caller = caller_to(f"http://{NEVER}")
    call = caller.call(READ, path=("..",))
    with pytest.raises(errors.InvalidArgument):
        await call
    await caller.close()


async def test_keys_in_the_query_go_there(serve: Serve) -> None:
    operation = attrs.evolve(CREATE, key=IdempotencyKey("query", "key", generate=True))
    server = await serve(script(DOWN, OK))
    caller = caller_to(server.url)
    await caller.call(operation, body={}, key="k 1")
    await caller.close()
    assert [seen.query for seen in server.requests] == [{"key": "k 1"}] * 2


# Secrets


async def test_secret_arguments_that_a_server_echoes_are_blanked(serve: Serve) -> None:
    uid = 'u"17/é-secret'

    def echo(seen: Seen) -> web.Response:
        text = f"no user {seen.json['uid']} behind {seen.headers['Authorization']}"
        return web.json_response(
            {"message": text, "code": uid, "details": {uid: [uid, KEY]}}, status=400, headers={"X-Request-Id": "r"}
        )

    server = await serve(echo)
    caller = caller_to(server.url)
    with pytest.raises(errors.InvalidRequest) as caught:
        await caller.call(CONNECT, path=(uid,), body={"uid": uid, "email": "a@b.c"})
    await caller.close()
    error = caught.value
    assert error.details == {"***": ["***", "***"]}
    for text in (
        str(error),
        repr(error),
        error.message,
        error.code or "",
        str(error.args),
        repr(error.__dict__["details"]),
    ):
        assert uid not in text
        assert KEY not in text


class Colour(enum.Enum):
    RED = "red"


@attrs.define(kw_only=True)
class Painted:
    colour: Colour


async def test_a_body_that_does_not_fit_does_not_spread_secrets(serve: Serve) -> None:
    operation = attrs.evolve(CONNECT, answers={"200": {"application/json": Json(lambda: Painted)}})
    server = await serve(reply({"colour": f"{KEY}u-1-secret"}))
    caller = caller_to(server.url)
    with pytest.raises(errors.DecodeError) as caught:
        await caller.call(operation, path=("u-1-secret",), body={"uid": "u-1-secret"})
    await caller.close()
    assert "colour" in str(caught.value)
    assert KEY not in str(caught.value)
    assert "u-1-secret" not in str(caught.value)


async def test_what_a_page_echoes_is_blanked_where_it_is_cut(serve: Serve) -> None:
    server = await serve(reply("x" * 190 + f" {KEY}", 400))
    caller = caller_to(server.url)
    with pytest.raises(errors.InvalidRequest) as caught:
        await create(caller)
    await caller.close()
    assert KEY[:4] not in str(caught.value)


async def test_the_text_of_an_error_is_one_line_whatever_its_code_holds(serve: Serve) -> None:
    server = await serve(reply({"code": "no\nWARNING all is well", "message": "a\r\nb"}, 400))
    caller = caller_to(server.url)
    with pytest.raises(errors.InvalidRequest) as caught:
        await create(caller)
    await caller.close()
    assert str(caught.value) == "hub.things.create: 400 no WARNING all is well: a b"


async def test_details_may_be_nested_deeply(serve: Serve) -> None:
    nested = "[" * 700 + "]" * 700
    server = await serve(reply(f'{{"message": "no", "details": {nested}}}', 400, Content_Type="application/json"))
    caller = caller_to(server.url)
    with pytest.raises(errors.InvalidRequest) as caught:
        await create(caller)
    await caller.close()
    assert len(caught.value.details) == 1


async def test_what_a_broken_answer_echoes_is_blanked_before_it_is_cut() -> None:
    secret = "s3cr3t-" * 30

    async def echo(line: Line, served: Raw) -> None:
        head, body = await line.request()
        served.requests.append((head, body))
        await line.say(b"HTTP/1.1 200 OK\r\nX-Echo: " + secret.encode() * 2 + b"\x00\r\n\r\n")

    async with raw(echo) as server:
        caller = caller_to(server.url)
        with pytest.raises(errors.TransportError) as caught:
            await caller.call(CONNECT, path=("1",), body={"uid": secret})
        await caller.close()
    assert "s3cr3t-s3cr3t" not in str(caught.value)
    assert len(str(caught.value)) < 400


async def test_nothing_that_a_call_leaves_behind_shows_its_arguments(serve: Serve) -> None:
    operation = attrs.evolve(CONNECT, key=EXECUTE.key)
    server = await serve(reply({}, 400))
    caller = caller_to(server.url)
    with pytest.raises(errors.InvalidRequest) as caught:
        await caller.call(operation, path=("u-1-secret",), body={"uid": "u-1-secret"})
    shown = repr(caught.value.__dict__) + repr(caller) + repr(caller.settings) + repr(caller.api)
    await caller.close()
    assert "u-1-secret" not in shown
    assert KEY not in shown
    call = caller._prepare(CONNECT, ("u-1-secret",), None, None, None, {"uid": "u-1-secret"}, None, None)
    assert "u-1-secret" not in repr(call)


async def test_a_failed_call_does_not_keep_itself_alive(serve: Serve) -> None:
    """An error that holds its call, which holds the error, would stay until the collector runs."""

    class Kept(dict[str, Any]):
        pass

    server = await serve(reply({}, 400))
    caller = caller_to(server.url)
    body = Kept(name="x")
    watch = weakref.ref(body)
    gc.disable()
    try:
        with contextlib.suppress(errors.InvalidRequest):
            await caller.call(CREATE, body=body)
        del body
        assert watch() is None
    finally:
        gc.enable()
        await caller.close()


async def test_a_shared_transport_and_limiter_serve_callers_beside(serve: Serve) -> None:
    server = await serve(OK)
    caller = caller_to(server.url)
    caller.extend_user_agent("app/1")
    other = caller.beside(StaticKey("other-key-123", HUB.scheme))
    caller.extend_user_agent("lib/2")
    await read(caller)
    await read(other)
    assert [seen.headers["Authorization"] for seen in server.requests] == [f"Bearer {KEY}", "Bearer other-key-123"]
    assert [seen.headers["User-Agent"] for seen in server.requests] == ["app/1 lib/2"] * 2
    assert isinstance(other._transport, Transport)
    assert isinstance(other._limiter, Limiter)
    await caller.close()
    with pytest.raises(errors.ClientClosed):
        await read(other)


async def test_a_user_agent_that_no_header_may_carry_is_refused() -> None:
    caller = caller_to(f"http://{NEVER}")
    with pytest.raises(errors.InvalidArgument):
        caller.extend_user_agent("app/1\r\nX-Evil: 1")
    await caller.close()
