"""Streams: opened like a call, read as they come, and let go of in every way that there is to leave one."""

from __future__ import annotations

import asyncio
import gc
import gzip
import json
import tracemalloc
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from typing import Any

import aiohttp
import pytest
from attrs import define

from reknit import RequestOptions, Retry, errors
from reknit.runtime import (
    AnswerHeader,
    Caller,
    Events,
    EventStream,
    HookEvent,
    IdempotencyKey,
    Json,
    Lines,
    LineStream,
    Operation,
    ServerSentEvent,
)
from reknit.runtime.operations import Decoding
from tests.runtime.hub import KEY, Line, Raw, caller_to, connector_of, http, raw, until
from tests.serving import Serve, reply, script


@define(kw_only=True)
class Chunk:
    """What comes in a stream."""

    n: int
    text: str | None = None


@define(kw_only=True)
class Told:
    """A whole event."""

    data: Any
    event: str | None = None
    id: str | None = None
    retry: int | None = None


def operation(decoding: Decoding, media: str = "text/event-stream", **more: Any) -> Operation[Any]:
    return Operation(
        name="chunks.watch",
        method=more.pop("method", "GET"),
        path="/watch",
        safety=more.pop("safety", "idempotent"),
        answers={"200": {media: decoding}},
        **more,
    )


WATCH: Operation[Chunk] = operation(Events(lambda: Chunk))
LIST: Operation[Chunk] = operation(Lines(lambda: Chunk), "application/x-ndjson")
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
Handler = Callable[[Line, Raw], Awaitable[None]]


def chunk(body: bytes) -> bytes:
    return f"{len(body):x}\r\n".encode() + body + b"\r\n"


def event(n: int) -> bytes:
    return f'data: {{"n": {n}}}\n\n'.encode()


def saying(*parts: bytes, then: Callable[[Line], Any] | None = None) -> Handler:
    """Return a handler that answers with these parts, and then waits until the client goes away."""

    async def handler(line: Line, served: Raw) -> None:
        while True:
            served.requests.append(await line.request())
            await line.say(*parts)
            if then is not None:
                then(line)
            if not parts[-1].endswith(b"0\r\n\r\n"):
                await line.reader.read()
                return

    return handler


@asynccontextmanager
async def streaming(*parts: bytes, **options: Any) -> AsyncIterator[tuple[Caller, Raw]]:
    """Serve a stream in these parts; give a caller to it."""
    then = options.pop("then", None)
    async with raw(saying(*parts, then=then)) as served:
        caller = caller_to(served.url, **options)
        try:
            yield caller, served
        finally:
            await caller.close()


ENDED = (CHUNKED, chunk(event(1)), chunk(event(2)), b"0\r\n\r\n")
OPEN = (CHUNKED, chunk(event(1)), chunk(event(2)))


async def ns(stream: EventStream[Chunk] | LineStream[Chunk]) -> list[int]:
    return [item.n async for item in stream]


async def gathered(stream: EventStream[Chunk], found: list[int]) -> None:
    """Read a stream into a list that can be looked at meanwhile."""
    async for item in stream:
        found.append(item.n)  # noqa: PERF401


# --- what is read ----------------------------------------------------------------------------------------------------


async def test_the_data_of_events_comes_typed() -> None:
    async with streaming(*ENDED) as (caller, served):
        async with caller.events(WATCH) as stream:
            assert [item async for item in stream] == [Chunk(n=1), Chunk(n=2)]
            assert (stream.status, stream.headers["content-type"]) == (200, "text/event-stream")
            assert [(attempt.number, attempt.status) for attempt in stream.attempts] == [(1, 200)]
            assert (stream.request_id, stream.idempotency_key) == (None, None)
        head = served.requests[0][0]
        assert b"Accept: text/event-stream\r\n" in head
        assert f"Authorization: Bearer {KEY}".encode() in head


async def test_a_stream_needs_no_context_where_it_is_read_to_its_end() -> None:
    async with streaming(*ENDED) as (caller, _):
        assert await ns(caller.events(WATCH)) == [1, 2]
        assert not connector_of(caller)._acquired


async def test_lines_come_typed() -> None:
    body = b'{"n": 1}\r\n\n{"n": 2}'
    async with streaming(http(body), then=Line.reset) as (caller, _), caller.lines(LIST) as stream:
        assert await ns(stream) == [1, 2]


async def test_a_json_text_sequence_is_read_as_lines() -> None:
    async with streaming(http(b'\x1e{"n": 1}\n\x1e{"n":\n 2}\n')) as (caller, _):
        assert await ns(caller.lines(LIST)) == [1, 2]


async def test_events_come_with_what_is_around_their_data() -> None:
    body = b'id: a\nevent: delta\nretry: 10\ndata: {"n": 1}\n\n' + event(2)
    async with streaming(CHUNKED, chunk(body), b"0\r\n\r\n") as (caller, _), caller.events(WATCH) as stream:
        assert [found async for found in stream.events()] == [
            ServerSentEvent(Chunk(n=1), "delta", "a", 10),
            ServerSentEvent(Chunk(n=2), "message", "a", None),
        ]


@pytest.mark.parametrize(
    ("decoding", "body", "found"),
    [
        (Events(lambda: str, data="text"), b'data: "a"\ndata: b\n\n', ['"a"\nb']),
        (Events(lambda: str, data="text"), b"data: \xff\n\n", ["\ufffd"]),
        (Events(lambda: Any, data="any"), b'data: {"a": 1}\n\ndata: {a\n\ndata:\n\n', [{"a": 1}, "{a", ""]),
        (Events(lambda: str | list[int], data="any"), b"data: [1]\n\ndata: 1\n\n", [[1], "1"]),
        (Events(lambda: list[int]), b"data:\n\ndata: [1,\ndata: 2]\n\n", [[1, 2]]),
        (
            Events(lambda: Told, whole=True),
            b'data: {"a": 1}\nid: 1\nretry: 5\nevent: x\n\ndata: 2\n\n',
            [Told(data={"a": 1}, id="1", retry=5, event="x"), Told(data=2)],
        ),
        (Events(lambda: Told, whole=True), b"event: ping\ndata:\n\ndata: 1\n\n", [Told(data=1)]),
        (Events(lambda: Told, "text", whole=True), b"data: 1\n\n", [Told(data="1")]),
        (
            Events(lambda: Told, "any", whole=True),
            b"data: 1\n\ndata: x\n\ndata\n\n",
            [Told(data=1), Told(data="x"), Told(data="")],
        ),
    ],
)
async def test_data_is_read_as_described(decoding: Events, body: bytes, found: list[Any]) -> None:
    async with streaming(CHUNKED, chunk(body), b"0\r\n\r\n") as (caller, _):
        assert [item async for item in caller.events(operation(decoding))] == found


async def test_data_cannot_pass_for_other_fields_of_a_whole_event() -> None:
    body = b'data: 1, "event": "forged"\n\n'
    async with streaming(CHUNKED, chunk(body)) as (caller, _):
        stream = caller.events(operation(Events(lambda: Told, whole=True)))
        with pytest.raises(errors.DecodeError):
            await anext(stream)
        await stream.aclose()


async def test_done_ends_a_stream_whose_body_has_not_ended() -> None:
    async with streaming(*OPEN, chunk(b"data: [DONE]\n\n" + event(3))) as (caller, served):
        assert await ns(caller.events(WATCH)) == [1, 2]
        await until(lambda: served.open == 0)


async def test_the_connection_is_kept_when_the_body_ends_right_after_done() -> None:
    async with streaming(*OPEN, chunk(b"data: [DONE]\n\n"), b"0\r\n\r\n") as (caller, served):
        assert await ns(caller.events(WATCH)) == [1, 2]
        assert await ns(caller.events(WATCH)) == [1, 2]
        assert (served.lines, len(served.requests)) == (1, 2)


@pytest.mark.parametrize("coding", ["gzip", "deflate", "identity"])
async def test_a_coded_stream_is_read_as_it_comes(coding: str) -> None:
    packer = zlib.compressobj(wbits=31 if coding == "gzip" else 15)
    head = HEAD + f"Content-Encoding: {coding}\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    parts = [
        item if coding == "identity" else packer.compress(item) + packer.flush(zlib.Z_SYNC_FLUSH)
        for item in (event(1), event(2))
    ]
    async with streaming(head, *map(chunk, parts)) as (caller, _), caller.events(WATCH) as stream:
        assert [(await anext(stream)).n, (await anext(stream)).n] == [1, 2]


async def test_documented_headers_of_a_stream_are_read() -> None:
    described = operation(Events(lambda: Chunk), headers={"200": {"X-Left": AnswerHeader(lambda: int)}})
    head = HEAD + b"X-Left: 3\r\nX-Request-Id: r1\r\nTransfer-Encoding: chunked\r\n\r\n"
    async with streaming(head) as (caller, _), caller.events(described) as stream:
        assert (stream.header_values["x-left"], stream.request_id) == (3, "r1")


async def test_a_success_without_a_body_is_an_empty_stream(serve: Serve) -> None:
    served = await serve(script(reply(b"", 204), reply(b"", 200, content_type="application/json")))
    caller = caller_to(served.url)
    assert await ns(caller.events(WATCH)) == []
    assert await ns(caller.events(WATCH)) == []
    await caller.close()


async def test_nothing_is_sent_before_a_stream_is_entered_or_iterated() -> None:
    async with streaming(*ENDED) as (caller, served):
        stream = caller.events(WATCH)
        assert repr(stream) == "<EventStream of chunks.watch, not open yet>"
        with pytest.raises(errors.InvalidArgument, match="not open yet"):
            _ = stream.status
        await stream.aclose()
        assert served.lines == 0
        assert await ns(stream) == []
        assert repr(stream) == "<EventStream of chunks.watch, closed>"


async def test_a_stream_is_read_once() -> None:
    async with streaming(*ENDED) as (caller, served):
        async with caller.events(WATCH) as stream:
            assert repr(stream) == "<EventStream of chunks.watch, open, 200>"
            assert await ns(stream) == [1, 2]
            assert await ns(stream) == []
        with pytest.raises(errors.InvalidArgument, match="read once"):
            await stream.__aenter__()
        assert len(served.requests) == 1


# --- opening ---------------------------------------------------------------------------------------------------------


@define(kw_only=True)
class Problem:
    """What an error says."""

    title: str


async def test_an_error_is_read_whole_and_raised_like_that_of_any_call(serve: Serve) -> None:
    served = await serve(reply({"title": "no such thing"}, 404))
    caller = caller_to(served.url)
    described = operation(Events(lambda: Chunk), errors={"4XX": {"application/json": Json(lambda: Problem)}})
    with pytest.raises(errors.NotFound, match="no such thing") as caught:
        await caller.events(described).__aenter__()
    assert caught.value.body == Problem(title="no such thing")
    await caller.close()


async def test_opening_is_tried_again_like_any_call() -> None:
    heads = iter([http(b"{}", "503 Service Unavailable"), http(b"{}", "429 Too Many Requests"), b"".join(ENDED)])

    async def handler(line: Line, served: Raw) -> None:
        while True:
            served.requests.append(await line.request())
            await line.say(next(heads))

    seen: list[HookEvent] = []
    async with raw(handler) as served:
        caller = caller_to(served.url, hooks=[seen.append])
        async with caller.events(WATCH) as stream:
            assert [attempt.status for attempt in stream.attempts] == [503, 429, 200]
            assert await ns(stream) == [1, 2]
        assert [type(item).__name__ for item in seen].count("AttemptEnded") == 3
        assert type(seen[-1]).__name__ == "CallEnded"
        await caller.close()


async def test_what_may_have_happened_is_not_opened_again(serve: Serve) -> None:
    served = await serve(reply(b"", 503))
    caller = caller_to(served.url)
    with pytest.raises(errors.ServerError):
        await ns(caller.events(operation(Events(lambda: Chunk), method="POST", safety="unsafe")))
    assert len(served.requests) == 1
    await caller.close()


async def test_a_body_and_a_key_go_out_with_the_opening() -> None:
    described = operation(
        Events(lambda: Chunk),
        method="POST",
        safety="unsafe",
        body="application/json",
        key=IdempotencyKey("header", "Idempotency-Key", generate=True),
    )
    async with streaming(*ENDED) as (caller, served), caller.events(described, body={"a": 1}) as stream:
        head, body = served.requests[0]
        assert json.loads(body) == {"a": 1}
        assert stream.idempotency_key
        assert f"Idempotency-Key: {stream.idempotency_key}".encode() in head


async def test_json_is_no_stream_of_events(serve: Serve) -> None:
    served = await serve(reply({"n": 1}))
    caller = caller_to(served.url)
    with pytest.raises(errors.DecodeError, match="application/json") as caught:
        await ns(caller.events(WATCH))
    assert caught.value.raw == b'{"n": 1}'
    await caller.close()


async def test_the_timeout_bounds_the_time_to_the_head() -> None:
    async with streaming(b"") as (caller, served):
        with pytest.raises(errors.DeadlineExceeded) as caught:
            await caller.events(WATCH, options=RequestOptions(timeout=0.05)).__aenter__()
        assert caught.value.sent
        await until(lambda: served.open == 0)


async def test_bad_input_is_refused_when_the_stream_is_entered() -> None:
    caller = caller_to("http://127.0.0.1:1")
    stream = caller.events(WATCH, options=RequestOptions(headers={"Host": "x"}))
    with pytest.raises(errors.InvalidArgument):
        await stream.__aenter__()
    await caller.close()


async def test_a_coding_that_nobody_asked_for_is_a_transport_error() -> None:
    async with streaming(HEAD + b"Content-Encoding: br\r\nTransfer-Encoding: chunked\r\n\r\n") as (caller, served):
        with pytest.raises(errors.TransportError, match="'br'"):
            await caller.events(WATCH, options=RequestOptions(retry=Retry(max_attempts=1))).__aenter__()
        await until(lambda: served.open == 0)


async def test_a_stream_is_opened_on_a_session_of_others() -> None:
    async with aiohttp.ClientSession() as session, streaming(*OPEN, session=session) as (caller, served):
        async with caller.events(WATCH) as stream:
            assert (await anext(stream)).n == 1
        await until(lambda: served.open == 0)


# --- what goes wrong in the middle -----------------------------------------------------------------------------------


def hang_up(line: Line) -> None:
    line.writer.close()


@pytest.mark.parametrize("own", [True, False], ids=["own", "injected"])
async def test_a_connection_that_breaks_is_a_transport_error_after_what_had_come(own: bool) -> None:
    async with (
        aiohttp.ClientSession() as other,
        streaming(b"".join(OPEN), then=hang_up, session=None if own else other) as (caller, served),
    ):
        async with caller.events(WATCH) as stream:
            await until(lambda: stream._source is None or stream._source.answer._content.exception())
            assert [(await anext(stream)).n, (await anext(stream)).n] == [1, 2]
            with pytest.raises(errors.TransportError, match="in the middle") as caught:
                await anext(stream)
        assert caught.value.sent
        assert caught.value.operation == "hub.chunks.watch"
        assert len(caught.value.attempts) == 1
        assert len(served.requests) == 1
        assert await ns(stream) == []


async def test_a_connection_that_is_reset_is_a_transport_error() -> None:
    async def handler(line: Line, served: Raw) -> None:
        served.requests.append(await line.request())
        await line.say(*OPEN)
        await until(lambda: len(found) == 2)
        line.reset()

    found: list[int] = []
    async with raw(handler) as served:
        caller = caller_to(served.url)
        with pytest.raises(errors.TransportError, match=r"hub\.chunks\.watch"):
            await gathered(caller.events(WATCH), found)
        assert (found, len(served.requests)) == ([1, 2], 1)
        await caller.close()


async def test_what_a_broken_connection_says_is_scrubbed() -> None:
    async with streaming(CHUNKED, f"{KEY}\r\n".encode()) as (caller, _):
        with pytest.raises(errors.TransportError) as caught:
            await ns(caller.events(WATCH))
        assert KEY not in str(caught.value)


async def test_a_coded_stream_that_is_cut_or_broken_is_a_transport_error() -> None:
    head = HEAD + b"Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n"
    whole = gzip.compress(event(1))
    for body in (whole[:-4], whole[:-4] + b"\0\0\0\0", b"no gzip"):
        async with streaming(head, chunk(body), b"0\r\n\r\n") as (caller, _):
            with pytest.raises(errors.TransportError, match="cannot be read"):
                await ns(caller.events(WATCH))


async def test_an_event_that_does_not_fit_is_a_decode_error_and_the_next_one_can_be_read() -> None:
    parts = (CHUNKED, chunk(b'data: {"n": "x"}\n\n' + event(2)))
    async with streaming(*parts) as (caller, _), caller.events(WATCH) as stream:
        with pytest.raises(errors.DecodeError) as caught:
            await anext(stream)
        assert (caught.value.raw, caught.value.path, caught.value.status) == (b'{"n": "x"}', "$.n", 200)
        assert (await anext(stream)).n == 2


async def test_a_line_that_does_not_fit_is_a_decode_error_and_the_next_one_can_be_read() -> None:
    async with streaming(http(b'{"n": 1\n{"n": 2}\n')) as (caller, _), caller.lines(LIST) as stream:
        with pytest.raises(errors.DecodeError) as caught:
            await anext(stream)
        assert caught.value.raw == b'{"n": 1'
        assert (await anext(stream)).n == 2


async def test_an_item_beyond_the_bound_ends_the_stream() -> None:
    endless = b"data: " + b"x" * 300
    async with streaming(*OPEN, chunk(endless), max_body=100) as (caller, served):
        found: list[int] = []
        with pytest.raises(errors.BodyTooLarge, match="100 bytes") as caught:
            await gathered(caller.events(WATCH), found)
        assert (found, caught.value.status, caught.value.raw) == ([1, 2], 200, b"")
        await until(lambda: served.open == 0)


async def test_a_bomb_costs_no_more_memory_than_the_bound() -> None:
    head = HEAD + b"Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n"
    bomb = gzip.compress(event(1) + b"data: " + b"\0" * 2**26)
    async with streaming(head, chunk(bomb), max_body=2**20) as (caller, _):
        stream = caller.events(WATCH)
        await anext(stream)
        tracemalloc.start()
        try:
            with pytest.raises(errors.BodyTooLarge):
                await anext(stream)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert peak < 4 * 2**20


@pytest.mark.parametrize("codings", ["gzip", "gzip, gzip"])
async def test_what_unpacks_to_much_does_not_hold_up_others(codings: str) -> None:
    empty = gzip.compress(b"") * 200_000  # nothing at all comes out of the inner layer
    bomb = gzip.compress((b":" + b"a" * 1000 + b"\n") * 50_000 if codings == "gzip" else empty)
    head = HEAD + f"Content-Encoding: {codings}\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    async with streaming(head, chunk(bomb), b"0\r\n\r\n") as (caller, _):
        stream = caller.events(WATCH)
        task = asyncio.create_task(ns(stream))
        await until(lambda: stream._unpacking)
        turns = 0
        while not task.done():
            turns += 1
            await asyncio.sleep(0)
        assert turns > 30
        assert await task == []


async def test_a_server_that_falls_silent_is_given_up() -> None:
    async with streaming(*OPEN) as (caller, served):
        async with caller.events(WATCH, options=RequestOptions(timeout=0.1)) as stream:
            assert [(await anext(stream)).n, (await anext(stream)).n] == [1, 2]
            with pytest.raises(errors.DeadlineExceeded, match=r"for 0\.1 s") as caught:
                await anext(stream)
        assert caught.value.sent
        await until(lambda: served.open == 0)


async def test_a_stream_may_last_longer_than_the_timeout() -> None:
    async def handler(line: Line, served: Raw) -> None:
        await line.request()
        await line.say(CHUNKED)
        for _ in range(6):
            await asyncio.sleep(0.15)
            await line.say(chunk(b": still here\n"))
        await line.say(chunk(event(1)), b"0\r\n\r\n")

    async with raw(handler) as served:
        caller = caller_to(served.url, timeout=0.7)
        assert await ns(caller.events(WATCH)) == [1]
        await caller.close()


# --- letting go ------------------------------------------------------------------------------------------------------


async def test_leaving_the_block_lets_go_of_the_connection() -> None:
    async with streaming(*OPEN) as (caller, served):
        async with caller.events(WATCH) as stream:
            async for _ in stream:
                break
        await until(lambda: served.open == 0)
        assert not connector_of(caller)._acquired
        await stream.aclose()


async def test_an_error_in_the_block_lets_go_of_the_connection() -> None:
    async with streaming(*OPEN) as (caller, served):
        with pytest.raises(ZeroDivisionError):
            async with caller.events(WATCH):
                _ = 1 / 0
        await until(lambda: served.open == 0)


async def test_closing_after_a_break_lets_go_of_the_connection() -> None:
    async with streaming(*OPEN) as (caller, served):
        stream = caller.events(WATCH)
        async with aclosing(stream):
            async for _ in stream:
                break
        await until(lambda: served.open == 0)


async def test_a_cancelled_reader_lets_go_of_the_connection() -> None:
    async with streaming(*OPEN) as (caller, served):
        stream = caller.events(WATCH)
        task = asyncio.create_task(ns(stream))
        await until(lambda: stream._source is not None and stream._reading)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await until(lambda: served.open == 0)
        assert not connector_of(caller)._acquired


async def test_opening_that_is_cancelled_leaves_nothing_behind() -> None:
    async with streaming(b"") as (caller, served):
        task = asyncio.create_task(caller.events(WATCH).__aenter__())
        await until(lambda: served.requests)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await until(lambda: served.open == 0)


async def test_a_forgotten_stream_lets_go_of_the_connection() -> None:
    async with streaming(*OPEN) as (caller, served):
        stream = caller.events(WATCH)
        await anext(stream)
        del stream
        gc.collect()
        await until(lambda: served.open == 0)
        assert not caller._sources


async def test_closing_the_client_ends_whoever_reads() -> None:
    async with streaming(*OPEN) as (caller, _):
        found: list[int] = []
        task = asyncio.create_task(gathered(caller.events(WATCH), found))
        await until(lambda: len(found) == 2)
        await caller.close()
        with pytest.raises(errors.ClientClosed, match=r"hub\.chunks\.watch"):
            await task


@pytest.mark.parametrize("own", [True, False], ids=["own", "injected"])
async def test_closing_the_client_ends_streams_that_nobody_reads(own: bool) -> None:
    async with aiohttp.ClientSession() as other, streaming(*OPEN, session=None if own else other) as (caller, served):
        stream = caller.events(WATCH)
        await anext(stream)
        await caller.close()
        await until(lambda: served.open == 0)
        with pytest.raises(errors.ClientClosed):
            await anext(stream)
        assert await ns(stream) == []


async def test_streams_leave_no_place_of_the_limiter_taken() -> None:
    async with streaming(*OPEN) as (caller, served):
        streams = [caller.events(WATCH) for _ in range(5)]
        for stream in streams:
            await stream.__aenter__()
        assert served.lines == 5
        for stream in streams:
            await stream.aclose()


async def test_closing_a_stream_ends_whoever_reads_it() -> None:
    async with streaming(*OPEN) as (caller, _):
        stream, found = caller.events(WATCH), list[int]()
        task = asyncio.create_task(gathered(stream, found))
        await until(lambda: len(found) == 2)
        await stream.aclose()
        assert await task is None


async def test_closing_a_stream_that_is_being_opened_ends_it() -> None:
    answer = asyncio.Event()

    async def handler(line: Line, served: Raw) -> None:
        served.requests.append(await line.request())
        await answer.wait()
        await line.say(*OPEN)
        await line.reader.read()

    async with raw(handler) as served:
        caller = caller_to(served.url)
        stream = caller.events(WATCH)
        task = asyncio.create_task(ns(stream))
        await until(lambda: served.requests)
        with pytest.raises(errors.InvalidArgument, match="one task at a time"):
            await stream.__aenter__()
        await stream.aclose()
        answer.set()
        assert await task == []
        await until(lambda: served.open == 0)
        await caller.close()


async def test_a_reader_that_is_cancelled_behind_done_lets_go_of_the_connection() -> None:
    async with streaming(CHUNKED, chunk(event(1)), chunk(b"data: [DONE]\n\n")) as (caller, served):
        stream = caller.events(WATCH)
        await anext(stream)
        task = asyncio.create_task(ns(stream))
        await asyncio.sleep(0)
        await until(lambda: not stream._reading)  # the event has been read; what waits is for the end of the body
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await until(lambda: served.open == 0)


async def test_a_stream_is_read_by_one_task_at_a_time() -> None:
    async with streaming(*OPEN) as (caller, _):
        stream, found = caller.events(WATCH), list[int]()
        task = asyncio.create_task(gathered(stream, found))
        await until(lambda: len(found) == 2)
        with pytest.raises(errors.InvalidArgument, match="one task at a time"):
            await anext(stream)
        await stream.aclose()
        await task


async def test_a_connection_whose_stream_was_read_serves_the_next() -> None:
    async with streaming(*ENDED) as (caller, served):
        for _ in range(3):
            assert await ns(caller.events(WATCH)) == [1, 2]
        gc.collect()
        assert (served.lines, served.open) == (1, 1)


# The loop that ends without manners leaves its socket to the collector, who complains.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")
async def test_a_stream_belongs_to_the_loop_that_opened_it() -> None:
    streams: list[EventStream[Chunk]] = []

    async def opened(caller: Caller) -> None:
        streams.append(await caller.events(WATCH).__aenter__())

    async def end(caller: Caller) -> None:
        with pytest.raises(errors.ConfigurationError, match=r"hub\.chunks\.watch: the stream belongs to another"):
            await anext(streams[0])
        await opened(caller)
        await caller.close()
        await streams[1].aclose()

    def run(caller: Caller) -> None:
        loop = asyncio.new_event_loop()
        loop.run_until_complete(opened(caller))
        loop.run_until_complete(opened(caller))
        loop.close()
        asyncio.run(end(caller))

    async with raw(saying(*OPEN)) as served:
        await asyncio.to_thread(run, caller_to(served.url))
        streams.clear()
        gc.collect()


async def test_a_loop_that_ends_leaves_a_forgotten_stream_without_a_word() -> None:
    def run(url: str) -> list[Any]:
        async def main() -> list[Any]:
            stream = caller_to(url).events(WATCH)
            await anext(stream)
            return [stream]

        return asyncio.run(main())

    async with raw(saying(*OPEN)) as served:
        kept = await asyncio.to_thread(run, served.url)
        await until(lambda: served.open == 0)
        kept.clear()
        gc.collect()
