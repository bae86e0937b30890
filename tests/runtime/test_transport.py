"""The edge to aiohttp: what is on the wire, how much is read, and that no session changes what a call promises."""

from __future__ import annotations

import asyncio
import gzip
import ssl
import tracemalloc
import zlib
from collections.abc import AsyncIterator, Callable
from email import message_from_bytes
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from multidict import CIMultiDict
from yarl import URL

from reknit import Retry, errors
from reknit.runtime import Caller
from reknit.runtime.transport import Exchange
from tests.runtime.hub import (
    CREATE,
    EXECUTE,
    KEY,
    RAW,
    READ,
    THING,
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
from tests.serving import Seen, Serve, reply, script

OK = reply(THING)
DOWN = reply({"message": "down"}, 503)


@pytest.fixture(params=["own", "injected"])
async def session(request: pytest.FixtureRequest) -> AsyncIterator[aiohttp.ClientSession | None]:
    """Give no session, and then one of the caller's."""
    if request.param == "own":
        yield None
    else:
        async with aiohttp.ClientSession() as session:
            yield session


# What is on the wire


async def test_a_request_without_a_body_has_these_headers_and_no_others() -> None:
    async with raw(answering(http())) as server:
        caller = caller_to(server.url)
        caller.extend_user_agent("hub/1")
        await read(caller)
        await caller.close()
    ((head, body),) = server.requests
    line, *headers = head.decode().split("\r\n")
    assert line == "GET /things/7 HTTP/1.1"
    assert dict(header.split(": ", 1) for header in headers if header) == {
        "Host": f"127.0.0.1:{server.port}",
        "Accept": "application/json",
        "Accept-Encoding": headers[2].partition(": ")[2],
        "User-Agent": "hub/1",
        "Authorization": f"Bearer {KEY}",
    }
    assert "gzip, deflate" in headers[2]
    assert body == b""


async def test_a_request_with_a_body_has_its_length_and_type_besides() -> None:
    async with raw(answering(http())) as server:
        caller = caller_to(server.url)
        await create(caller)
        await caller.close()
    ((head, body),) = server.requests
    assert head.startswith(b"POST /things HTTP/1.1\r\n")
    assert head.count(b"Content-Type: application/json\r\n") == head.count(b"Content-Length: 12\r\n") == 1
    assert body == b'{"name":"x"}'


async def test_a_multipart_body_is_made_anew_for_each_attempt(
    serve: Serve, session: aiohttp.ClientSession | None
) -> None:
    server = await serve(script(DOWN, OK))
    caller = caller_to(server.url, session=session)
    content = bytes(range(256)) * 1000
    assert await caller.call(UPLOAD, body={"file": ("a.bin", content), "note": "n"}) == Thing(id=7)
    await caller.close()
    for seen in server.requests:
        form = message_from_bytes(b"Content-Type: " + seen.headers["Content-Type"].encode() + b"\n\n" + seen.body)
        assert [
            (part.get_param("name", header="Content-Disposition"), part.get_filename(), part.get_payload(decode=True))
            for part in form.walk()
            if not part.is_multipart()
        ] == [("file", "a.bin", content), ("note", None, b"n")]
    assert len(server.requests) == 2


async def test_an_answer_that_comes_before_the_upload_has_ended_is_taken(session: aiohttp.ClientSession | None) -> None:
    async def refuse(line: Line, served: Raw) -> None:
        await line.reader.readuntil(b"\r\n\r\n")
        await line.say(http(b'{"message": "too much"}', "413 Payload Too Large", "Connection: close"))
        await line.reader.read()

    async with raw(refuse) as server:
        caller = caller_to(server.url, session=session)
        with pytest.raises(errors.APIError) as caught:
            await caller.call(UPLOAD, body={"file": b"\x00" * 2**24})
        assert caught.value.status == 413
        await until(lambda: len(asyncio.all_tasks()) <= 2 or not server.open)
        await caller.close()
        await until(lambda: not server.open)


async def test_a_large_body_is_sent_in_pieces_and_without_a_warning(
    serve: Serve, session: aiohttp.ClientSession | None
) -> None:
    server = await serve(script(DOWN, OK))
    caller = caller_to(server.url, session=session)
    name = "x" * 2**21
    assert await caller.call(EXECUTE, body={"name": name}) == Thing(id=7)
    await caller.close()
    assert [seen.json["name"] == name for seen in server.requests] == [True, True]
    assert server.requests[0].headers["Content-Length"] == str(len(server.requests[0].body))
    assert server.requests[0].headers.getall("Content-Type") == ["application/json"]


async def test_a_request_that_cannot_be_written_gives_its_connection_back(serve: Serve) -> None:
    server = await serve(OK)
    caller = caller_to(server.url)
    await read(caller)
    spoiled = Exchange("GET", URL(server.url), CIMultiDict({"X-Spoiled": "a\r\nX-Evil: 1"}), None)
    with pytest.raises(ValueError, match=r"injection|[Nn]ewline"):
        await caller._transport.send(spoiled, 1000)
    assert not connector_of(caller)._acquired
    await caller.close()
    assert len(server.requests) == 1


async def test_connections_are_kept_and_used_again(session: aiohttp.ClientSession | None) -> None:
    async with raw(answering(http())) as server:
        caller = caller_to(server.url, session=session)
        for _ in range(5):
            await execute(caller)
        await caller.close()
    assert (server.lines, len(server.requests)) == (1, 5)


async def test_a_body_without_a_length_ends_with_the_connection(session: aiohttp.ClientSession | None) -> None:
    answer = b'HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n{"id": 7}'
    async with raw(answering(answer, keep=False)) as server:
        caller = caller_to(server.url, session=session)
        assert await read(caller) == Thing(id=7)
        await caller.close()


async def test_informational_answers_are_passed_over(session: aiohttp.ClientSession | None) -> None:
    async with raw(answering(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + http())) as server:
        caller = caller_to(server.url, session=session)
        assert await read(caller) == Thing(id=7)
        await caller.close()


async def test_cookies_of_the_server_are_not_kept(serve: Serve) -> None:
    server = await serve(reply(THING, Set_Cookie="session=1; Path=/"))
    caller = caller_to(server.url)
    await read(caller)
    await read(caller)
    await caller.close()
    assert [seen.headers.get("Cookie") for seen in server.requests] == [None, None]


# Redirects


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_to_another_host_is_not_followed(
    serve: Serve, session: aiohttp.ClientSession | None, status: int
) -> None:
    elsewhere = await serve(OK)
    server = await serve(reply(b"", status, Location=elsewhere.url.replace("127.0.0.1", "localhost") + "/steal"))
    caller = caller_to(server.url, session=session)
    with pytest.raises(errors.UnexpectedStatus) as caught:
        await read(caller)
    await caller.close()
    assert (caught.value.status, len(server.requests), elsewhere.requests) == (status, 1, [])
    assert caught.value.headers is not None
    assert caught.value.headers["Location"].endswith("/steal")


# How much is read


def _deflated(body: bytes) -> bytes:
    return zlib.compress(body, 9)


def _raw_deflated(body: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(body) + packer.flush()


CODINGS: list[tuple[str, Callable[[bytes], bytes]]] = [
    ("gzip", gzip.compress),
    ("deflate", _deflated),
    ("deflate", _raw_deflated),
]


@pytest.mark.parametrize(("coding", "pack"), CODINGS, ids=["gzip", "zlib", "deflate"])
async def test_coded_bodies_are_decoded(
    session: aiohttp.ClientSession | None, coding: str, pack: Callable[[bytes], bytes]
) -> None:
    async with raw(answering(http(pack(b'{"id": 7}'), "200 OK", f"Content-Encoding: {coding}"))) as server:
        caller = caller_to(server.url, session=session)
        assert await read(caller) == Thing(id=7)
        await caller.close()


@pytest.mark.parametrize(("coding", "pack"), CODINGS, ids=["gzip", "zlib", "deflate"])
async def test_a_bomb_is_refused_before_it_fills_the_memory(
    session: aiohttp.ClientSession | None, coding: str, pack: Callable[[bytes], bytes]
) -> None:
    size = 2**26
    bomb = http(pack(b" " * size), "200 OK", f"Content-Encoding: {coding}")
    assert len(bomb) < size / 500
    async with raw(answering(bomb)) as server:
        caller = caller_to(server.url, session=session, max_body=2**20)
        await _is_too_large(caller)  # everything is loaded now
        tracemalloc.start()
        try:
            error = await _is_too_large(caller)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert peak < 2**23
        assert error.raw == b""
        assert (error.status, error.operation, len(error.attempts)) == (200, "hub.things.execute", 1)
        assert error.headers is not None
        assert len(server.requests) == 2  # what was carried out is not resent
        await caller.close()


async def _is_too_large(caller: Caller) -> errors.BodyTooLarge:
    with pytest.raises(errors.BodyTooLarge, match="max_body") as caught:
        await execute(caller)
    return caught.value


@pytest.mark.parametrize("size", [1000, 300_000])
@pytest.mark.parametrize("in_pieces", [False, True])
async def test_the_bound_is_exact(session: aiohttp.ClientSession | None, size: int, in_pieces: bool) -> None:
    async def handler(line: Line, served: Raw) -> None:
        while True:
            await line.request()
            answer = http(b"x" * size)
            if in_pieces:
                await line.say(answer[:-10])
                await asyncio.sleep(0.01)
                await line.say(answer[-10:])
            else:
                await line.say(answer)

    async with raw(handler) as server:
        exact = caller_to(server.url, session=session, max_body=size)
        assert await exact.call(RAW) == b"x" * size
        await exact.close()
        below = caller_to(server.url, session=session, max_body=size - 1)
        with pytest.raises(errors.BodyTooLarge):
            await below.call(RAW)
        await below.close()


# aiohttp must not resend


async def _drop_second(line: Line, served: Raw) -> None:
    """Answer the first request on a connection, and drop the connection at the second."""
    served.requests.append(await line.request())
    await line.say(http())
    served.requests.append(await line.request())
    line.reset()


async def test_an_unsafe_call_on_a_kept_connection_that_drops_arrives_once(
    session: aiohttp.ClientSession | None,
) -> None:
    async with raw(_drop_second) as server:
        caller = caller_to(server.url, session=session)
        await create(caller)
        with pytest.raises(errors.TransportError) as caught:
            await create(caller)
        await caller.close()
    assert caught.value.sent
    assert (server.lines, len(server.requests)) == (1, 2)


async def test_an_idempotent_call_on_a_kept_connection_that_drops_is_resent_by_us_and_seen(
    session: aiohttp.ClientSession | None,
) -> None:
    async with raw(_drop_second) as server:
        caller = caller_to(server.url, session=session)
        await read(caller)
        answer = await caller.respond(READ, path=(7,))
        await caller.close()
    assert [(attempt.status, attempt.error) for attempt in answer.attempts] == [(None, "TransportError"), (200, None)]
    assert len(server.requests) == 3


async def test_an_idempotent_call_that_may_not_be_resent_is_not_resent_by_aiohttp_either(
    session: aiohttp.ClientSession | None,
) -> None:
    async with raw(_drop_second) as server:
        caller = caller_to(server.url, session=session, retry=Retry(max_attempts=1))
        await read(caller)
        with pytest.raises(errors.TransportError):
            await read(caller)
        await caller.close()
    assert len(server.requests) == 2


# Failures to connect


async def test_a_refused_connection_sends_nothing(session: aiohttp.ClientSession | None, unused_port: int) -> None:
    caller = caller_to(f"http://127.0.0.1:{unused_port}", session=session)
    with pytest.raises(errors.ConnectFailed, match=r"cannot connect to 127\.0\.0\.1:\d+: Connection refused") as caught:
        await create(caller)
    await caller.close()
    assert not caught.value.sent


async def test_a_name_that_nobody_knows_fails_to_connect(session: aiohttp.ClientSession | None) -> None:
    caller = caller_to("http://nobody.invalid", session=session, retry=Retry(max_attempts=1))
    with pytest.raises(errors.ConnectFailed):
        await create(caller)
    await caller.close()


async def test_a_server_that_speaks_no_tls_fails_to_connect(session: aiohttp.ClientSession | None) -> None:
    async def talk_plainly(line: Line, served: Raw) -> None:
        await line.say(http())

    async with raw(talk_plainly) as server:
        caller = caller_to(f"https://127.0.0.1:{server.port}", session=session, retry=Retry(max_attempts=1))
        with pytest.raises(errors.ConnectFailed) as caught:
            await create(caller)
        await caller.close()
    assert not caught.value.sent


async def test_a_connection_that_drops_during_the_handshake_sent_nothing() -> None:
    async def hang_up(line: Line, served: Raw) -> None:
        line.reset()

    async with raw(hang_up) as server:
        caller = caller_to(f"https://127.0.0.1:{server.port}", retry=Retry(max_attempts=1))
        with pytest.raises(errors.ConnectFailed) as caught:
            await create(caller)
        await caller.close()
    assert not caught.value.sent


async def test_a_pool_that_is_closed_sends_nothing(serve: Serve) -> None:
    server = await serve(OK)
    caller = caller_to(server.url, retry=Retry(max_attempts=1))
    await read(caller)
    await connector_of(caller).close()
    with pytest.raises(errors.ConnectFailed):
        await create(caller)
    await caller.close()
    assert len(server.requests) == 1


async def test_the_callers_own_trust_is_used(serve: Serve) -> None:
    """A session with a TLS context of its own keeps it: ours is not forced upon it."""
    context = ssl.create_default_context()
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=context)) as session:
        server = await serve(OK)
        caller = caller_to(server.url, session=session)
        assert await read(caller) == Thing(id=7)
        await caller.close()


# Sessions of others


async def test_a_session_that_was_passed_in_stays_open(serve: Serve) -> None:
    server = await serve(OK)
    async with aiohttp.ClientSession() as session:
        caller = caller_to(server.url, session=session)
        await read(caller)
        await caller.close()
        assert not session.closed
        async with session.get(server.url) as answer:
            assert answer.status == 200


async def _interfere(request: aiohttp.ClientRequest, handler: Any) -> aiohttp.ClientResponse:
    raise AssertionError("a middleware of the session ran")


@pytest.mark.parametrize(
    "habits",
    [
        {"raise_for_status": True},
        {"timeout": aiohttp.ClientTimeout(total=0.05, sock_read=0.05)},
        {"headers": {"Authorization": "Bearer other", "Host": "evil.example", "Accept-Encoding": "br"}},
        {"middlewares": (_interfere,)},
        {"auto_decompress": False},
        {"read_bufsize": 16},
        {"skip_auto_headers": ["Content-Type", "User-Agent"]},
        {"cookies": {"a": "b"}},
        {"base_url": "http://evil.example/"},
    ],
    ids=lambda habits: next(iter(habits)),
)
async def test_habits_of_a_session_do_not_change_what_a_call_promises(serve: Serve, habits: dict[str, Any]) -> None:
    replies = iter([DOWN, OK])

    async def slowly(seen: Seen) -> web.Response:
        await asyncio.sleep(0.1)
        response = next(replies).response()
        response.enable_compression(web.ContentCoding.gzip)
        return response

    server = await serve(slowly)
    async with aiohttp.ClientSession(**habits) as session:
        caller = caller_to(server.url, session=session)
        answer = await caller.respond(EXECUTE, body={"name": "x"})
        await caller.close()
    assert answer.value == Thing(id=7)
    assert [attempt.status for attempt in answer.attempts] == [503, 200]
    for seen in server.requests:
        assert seen.headers.getall("Authorization") == [f"Bearer {KEY}"]
        assert seen.headers.getall("Host") == [server.url.removeprefix("http://")]
        assert seen.headers.getall("Content-Type") == ["application/json"]
        assert "gzip" in seen.headers["Accept-Encoding"]


@pytest.mark.filterwarnings("ignore:.*(auth|BasicAuth).*deprecated:DeprecationWarning")
async def test_a_session_with_credentials_of_its_own_is_refused(serve: Serve) -> None:
    server = await serve(OK)
    async with aiohttp.ClientSession(auth=aiohttp.BasicAuth("u", "p")) as session:
        caller = caller_to(server.url, session=session)
        with pytest.raises(errors.ConfigurationError, match="credentials of its own") as caught:
            await create(caller)
        await caller.close()
    assert not isinstance(caught.value, ValueError)
    assert [attempt.sent for attempt in caught.value.attempts] == [False]
    assert server.requests == []


@pytest.mark.filterwarnings("ignore:.*(auth|BasicAuth).*deprecated:DeprecationWarning")
async def test_a_netrc_entry_under_trust_env_is_refused_likewise(
    serve: Serve, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login u password p-secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    server = await serve(OK)
    async with aiohttp.ClientSession(trust_env=True) as session:
        caller = caller_to(server.url, session=session)
        with pytest.raises(errors.ConfigurationError, match="netrc") as caught:
            await create(caller)
        await caller.close()
    assert "p-secret" not in str(caught.value)
    assert server.requests == []


async def test_other_value_errors_are_not_taken_for_credentials(serve: Serve) -> None:
    async def spoil(session: Any, context: Any, parameters: Any) -> None:
        raise ValueError("AUTHOR unknown")

    trace = aiohttp.TraceConfig()
    trace.on_request_start.append(spoil)
    server = await serve(OK)
    async with aiohttp.ClientSession(trace_configs=[trace]) as session:
        caller = caller_to(server.url, session=session)
        with pytest.raises(ValueError, match="AUTHOR"):
            await create(caller)
        await caller.close()


@pytest.mark.parametrize("before", [True, False], ids=["before", "between"])
async def test_a_session_that_is_closed_is_a_configuration_error(serve: Serve, before: bool) -> None:
    server = await serve(OK)
    session = aiohttp.ClientSession()
    caller = caller_to(server.url, session=session)
    if not before:
        await read(caller)
    await session.close()
    with pytest.raises(errors.ConfigurationError, match="closed"):
        await read(caller)
    await caller.close()


def test_a_session_of_another_loop_is_a_configuration_error() -> None:
    async def build() -> aiohttp.ClientSession:
        return aiohttp.ClientSession()

    with asyncio.Runner() as one, asyncio.Runner() as other:
        session = one.run(build())
        caller = caller_to("http://127.0.0.1:9", session=session)

        async def call() -> None:
            with pytest.raises(errors.ConfigurationError, match="another event loop"):
                await read(caller)

        other.run(call())
        one.run(session.close())


async def test_a_small_pool_serves_many_calls(serve: Serve) -> None:
    server = await serve(OK)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=1)) as session:
        caller = caller_to(server.url, session=session)
        assert await asyncio.gather(*(caller.call(CREATE, body={}) for _ in range(50))) == [Thing(id=7)] * 50
        await caller.close()
        assert not session.connector._acquired  # type: ignore[union-attr]


async def test_a_thousand_calls_at_once_on_one_client(serve: Serve) -> None:
    server = await serve(OK)
    caller = caller_to(server.url)
    assert await asyncio.gather(*(execute(caller) for _ in range(1000))) == [Thing(id=7)] * 1000
    assert not connector_of(caller)._acquired
    await caller.close()
    assert len({seen.json["idempotency_key"] for seen in server.requests}) == len(server.requests) == 1000
    assert not caller._alarms


async def test_the_last_error_of_one_call_is_not_that_of_another(serve: Serve) -> None:
    server = await serve(script(DOWN, OK, DOWN, OK))
    caller = caller_to(server.url)
    first, second = await caller.respond(READ, path=(7,)), await caller.respond(READ, path=(8,))
    await caller.close()
    assert len(first.attempts) == len(second.attempts) == 2


# What is worse than an error: an answer that belongs to another request, or none for ever


async def test_an_answer_that_came_unasked_is_not_taken_for_the_next_one() -> None:
    async def twice(line: Line, served: Raw) -> None:
        while True:
            served.requests.append(await line.request())
            number = len(served.requests)
            await line.say(http(b'{"id": %d}' % number) + http(b'{"id": 99}'))

    async with raw(twice) as server:
        caller = caller_to(server.url)
        got = []
        for _ in range(3):
            got.append((await create(caller)).id)
            await asyncio.sleep(0.02)  # what is on its way arrives on the idle connection
        await caller.close()
    assert got == [1, 2, 3]


async def test_a_chunk_that_is_none_ends_the_body_at_once() -> None:
    async def spoil(line: Line, served: Raw) -> None:
        served.requests.append(await line.request())
        await line.say(b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"id"\r\n')
        await asyncio.sleep(0.02)  # the answer's head is read by then
        await line.say(b"no size\r\n")
        await asyncio.sleep(3600)

    async with raw(spoil) as server:
        caller = caller_to(server.url, timeout=30)
        async with asyncio.timeout(5):
            with pytest.raises(errors.TransportError) as caught:
                await create(caller)
        await caller.close()
    assert caught.value.sent
    assert not isinstance(caught.value, errors.DeadlineExceeded)


@pytest.mark.parametrize("name", ["Content-Length", "Transfer-Encoding", "Content-Encoding"])
async def test_a_session_that_frames_every_request_is_refused(serve: Serve, name: str) -> None:
    server = await serve(OK)
    async with aiohttp.ClientSession(headers={name: "3"}) as session:
        caller = caller_to(server.url, session=session)
        with pytest.raises(errors.ConfigurationError, match=name):
            await create(caller)
        await caller.close()
    assert server.requests == []


@pytest.mark.parametrize(
    "answer",
    [
        http(b'{"mess', "429 Too Many Requests", "Retry-After: 90", length=500),
        http(b"no gzip", "429 Too Many Requests", "Retry-After: 90", "Content-Encoding: gzip"),
        http(b" " * 5000, "429 Too Many Requests", "Retry-After: 90"),
    ],
    ids=["cut short", "a lying coding", "too large"],
)
async def test_an_error_keeps_its_status_and_wait_when_its_body_cannot_be_read(
    session: aiohttp.ClientSession | None, answer: bytes
) -> None:
    async with raw(answering(answer, keep=False)) as server:
        caller = caller_to(server.url, session=session, max_body=1000)
        with pytest.raises(errors.RateLimited) as caught:
            await create(caller)
        await caller.close()
    assert (caught.value.status, caught.value.retry_after, caught.value.raw) == (429, 90, b"")
