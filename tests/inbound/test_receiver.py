"""What a sender is answered, and what handlers get."""

from __future__ import annotations

import asyncio
import gzip
import json
import logging
from typing import Any

import aiohttp
import pytest

from reknit import refonte, rezi
from reknit.errors import ConfigurationError, InvalidArgument, ReknitError
from reknit.inbound.answers import CallbackAnswered
from reknit.inbound.store import digest
from reknit.refonte import samples
from tests.inbound.conftest import KEY, KEY_HEADER, Deliver, Shelf, ask, served

BODY = samples.signed(samples.COMPLETED, KEY).body
MISFIT = json.dumps({**samples.COMPLETED, "response": 5}).encode()


def _receiver(**settings: Any) -> tuple[refonte.Receiver[refonte.TaskCallback], list[Any]]:
    receiver = refonte.receiver(secrets=[KEY], **settings)
    events: list[Any] = []

    @receiver.on(refonte.TaskCallback)
    async def labelled(event: refonte.TaskCallback) -> None:
        events.append(event)

    return receiver, events


@pytest.mark.parametrize(
    "payload", [samples.COMPLETED, samples.FAILED, samples.WITHOUT_STATUS, samples.AUDITED, samples.RECALLED]
)
async def test_an_event_is_handed_over_as_its_model(deliver: Deliver, payload: dict[str, Any]) -> None:
    receiver, events = _receiver()
    sample = samples.signed(payload, KEY)
    assert (await deliver(receiver, sample.body, sample.headers))[::2] == (204, b"")
    [event] = events
    assert isinstance(event, refonte.TaskCallback)
    assert event.task.task_id == payload["task_id"]


async def test_a_stranger_is_answered_401_and_nothing_of_the_body_is_read() -> None:
    receiver, events = _receiver()
    parts = [b"\xff" * 10]
    status, headers, body = await ask(receiver.asgi, "POST", {"refonte-ai--callback-auth": "wrong"}, parts)
    assert (status, body) == (401, b"wrong key\n")
    assert "www-authenticate" in headers
    assert parts
    assert not events


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "PUT", "DELETE"])
async def test_another_method_is_answered_405(deliver: Deliver, method: str) -> None:
    status, headers, body = await deliver(_receiver()[0], b"", method=method)
    assert status == 405
    assert headers["Allow" if "Allow" in headers else "allow"] == "POST"
    assert method != "HEAD" or not body


@pytest.mark.parametrize(
    "body", [b"", b"  ", b"\xef\xbb\xbf", b"{", b"{'a':1}", b"\xff\xfe", b'{"a":NaN}', b"a=b", gzip.compress(BODY)]
)
async def test_what_is_not_json_is_answered_400(deliver: Deliver, body: bytes) -> None:
    receiver, events = _receiver()
    assert (await deliver(receiver, body))[0] == 400
    assert not events


@pytest.mark.parametrize(
    "kind",
    [None, "application/json", "text/plain", "application/x-www-form-urlencoded", "APPLICATION/JSON;charset=x", "?"],
)
async def test_the_content_type_of_json_may_be_anything_that_json_is_sent_as(
    deliver: Deliver, kind: str | None
) -> None:
    receiver, events = _receiver()
    headers = KEY_HEADER if kind is None else {**KEY_HEADER, "Content-Type": kind}
    assert (await deliver(receiver, b"\xef\xbb\xbf" + BODY, headers))[0] == 204
    assert events


@pytest.mark.parametrize(
    "header",
    [{"Content-Type": "multipart/form-data; boundary=x"}, {"Content-Type": "Image/PNG"}, {"Content-Encoding": "gzip"}],
)
async def test_what_cannot_be_plain_json_is_answered_415(deliver: Deliver, header: dict[str, str]) -> None:
    assert (await deliver(_receiver()[0], gzip.compress(BODY), {**KEY_HEADER, **header}))[0] == 415


async def test_a_body_that_says_it_is_too_large_is_not_read() -> None:
    receiver, _ = _receiver(max_body=100)
    parts = [b"{"]
    for length in ("101", "9" * 5000):
        assert (await ask(receiver.asgi, "POST", {**KEY_HEADER, "Content-Length": length}, parts))[0] == 413
    assert parts
    with pytest.raises(refonte.Refused) as caught:
        receiver.verify(KEY_HEADER, b" " * 101)
    assert caught.value.status == 413


async def test_a_body_that_does_not_say_how_large_it_is_is_read_up_to_the_bound() -> None:
    receiver, events = _receiver(max_body=len(BODY))
    parts = [b" " * len(BODY), b" ", b" "]
    assert (await ask(receiver.asgi, "POST", KEY_HEADER, parts))[0] == 413
    assert parts == [b" "]

    async def chunks(body: bytes) -> Any:
        for at in range(0, len(body), 500):
            yield body[at : at + 500]

    async with served(receiver) as url, aiohttp.ClientSession() as session:
        for body, status in ((BODY, 204), (BODY + b" ", 413)):
            async with session.post(f"{url}/hook", data=chunks(body), headers=KEY_HEADER) as answer:
                assert answer.status == status
    assert len(events) == 1


async def test_a_body_that_a_middleware_has_read_is_still_there() -> None:
    from aiohttp import web

    receiver, events = _receiver()

    @web.middleware
    async def reading(request: web.Request, handler: Any) -> web.StreamResponse:
        await request.read()
        return await handler(request)

    app = web.Application(middlewares=[reading])
    app.router.add_post("/hook", receiver.aiohttp)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    async with aiohttp.ClientSession() as session:
        url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
        async with session.post(url, data=BODY, headers=KEY_HEADER) as answer:
            assert answer.status == 204
    await runner.cleanup()
    assert events


async def test_an_event_that_does_not_fit_is_delivered_as_undecoded(deliver: Deliver) -> None:
    receiver, _ = _receiver()
    odd: list[refonte.Undecoded] = []

    @receiver.on(refonte.Undecoded)
    async def misfit(event: refonte.Undecoded) -> None:
        odd.append(event)

    assert (await deliver(receiver, MISFIT))[0] == 204
    [event] = odd
    assert event.raw == MISFIT
    assert event.reason.startswith("$.response: ")
    assert event.verified
    assert receiver.verify(KEY_HEADER, MISFIT) == event
    assert (await receiver.handle(_letter(b"not JSON at all"))) is None
    assert len(odd) == 2


@pytest.mark.parametrize("number", ["1e400", "9" * 5000])
async def test_json_with_a_number_that_cannot_be_held_does_not_come_again(deliver: Deliver, number: str) -> None:
    receiver, _ = _receiver()
    odd: list[refonte.Undecoded] = []

    @receiver.on(refonte.Undecoded)
    async def misfit(event: refonte.Undecoded) -> None:
        odd.append(event)

    body = BODY.replace(b'"row": 7', f'"row": {number}'.encode())
    assert (await deliver(receiver, body))[0] == 204
    assert [event.raw for event in odd] == [body]
    assert "out of range" in odd[0].reason


async def test_an_unknown_kind_goes_to_otherwise(deliver: Deliver) -> None:
    receiver, events = _receiver()
    rest: list[Any] = []

    @receiver.otherwise
    async def other(event: Any) -> None:
        rest.append(event)

    for body in (b'{"batch":"b"}', b"[1]", b"null", MISFIT, b"[" * 50_000):
        assert (await deliver(receiver, body))[0] == 204
    assert [event.raw for event in rest] == [b'{"batch":"b"}', b"[1]", b"null", MISFIT, b"[" * 50_000]
    assert rest[0].reason == "unknown kind of event"
    assert not events


async def test_an_event_that_nobody_asked_for_is_taken_all_the_same(deliver: Deliver) -> None:
    seen: list[CallbackAnswered] = []
    receiver = refonte.receiver([KEY], hooks=[seen.append])
    assert (await deliver(receiver, BODY))[0] == 204
    assert [(each.kind, each.status, each.reason) for each in seen] == [("task_callback", 204, "no handler")]


async def test_a_handler_that_fails_answers_500_and_says_nothing_to_the_sender(
    deliver: Deliver, caplog: pytest.LogCaptureFixture
) -> None:
    receiver = refonte.receiver([KEY])

    @receiver.on(refonte.TaskCallback)
    async def failing(event: refonte.TaskCallback) -> None:
        raise ValueError("the handler's own words")

    status, _, body = await deliver(receiver, BODY)
    assert (status, body) == (500, b"the handler failed\n")
    [record] = caplog.records
    assert record.exc_info is not None
    assert "the handler's own words" in caplog.text  # for the operator, who has nothing else to go by
    assert KEY not in caplog.text


async def test_a_cancellation_of_something_that_a_handler_awaits_is_a_failure(deliver: Deliver) -> None:
    receiver = refonte.receiver([KEY])

    @receiver.on(refonte.TaskCallback)
    async def awaiting(event: refonte.TaskCallback) -> None:
        future = asyncio.get_running_loop().create_future()
        future.cancel()
        await future

    assert (await deliver(receiver, BODY))[0] == 500


async def test_a_handler_that_takes_too_long_is_cancelled_and_answered_503(deliver: Deliver) -> None:
    receiver = refonte.receiver([KEY], timeout=0.01)
    ended: list[str] = []

    @receiver.on(refonte.TaskCallback)
    async def slow(event: refonte.TaskCallback) -> None:
        try:
            await asyncio.get_running_loop().create_future()
        except asyncio.CancelledError:
            ended.append("cancelled")
            raise

    assert (await deliver(receiver, BODY))[0] == 503
    assert ended == ["cancelled"]
    with pytest.raises(TimeoutError, match="longer than"):
        await receiver.handle(_letter(BODY))


async def test_a_timeout_of_the_handlers_own_is_a_failure_like_others(deliver: Deliver) -> None:
    receiver = refonte.receiver([KEY])

    @receiver.on(refonte.TaskCallback)
    async def own(event: refonte.TaskCallback) -> None:
        await asyncio.sleep(0)
        raise TimeoutError("mine")

    assert (await deliver(receiver, BODY))[0] == 500
    with pytest.raises(TimeoutError, match="mine"):
        await receiver.handle(_letter(BODY))


async def test_a_body_that_stops_coming_is_answered_408_and_one_that_breaks_off_is_dropped() -> None:
    receiver, events = _receiver(timeout=0.05)
    async with served(receiver) as url:
        port = int(url.rpartition(":")[2])
        head = f"POST /hook HTTP/1.1\r\nHost: h\r\nrefonte-ai--callback-auth: {KEY}\r\nContent-Length: 50\r\n\r\n{{"
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(head.encode())
        assert (await reader.readline()).startswith(b"HTTP/1.1 408")
        writer.close()
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(head.encode())
        writer.close()
    assert (await ask(receiver.asgi, "POST", KEY_HEADER, []))[0] == 400
    assert not events


async def test_the_handler_finishes_when_the_sender_goes_away() -> None:
    receiver = refonte.receiver([KEY])
    begun, go_on, done = asyncio.Event(), asyncio.Event(), asyncio.Event()

    @receiver.on(refonte.TaskCallback)
    async def slow(event: refonte.TaskCallback) -> None:
        begun.set()
        await go_on.wait()
        done.set()

    async with served(receiver) as url:
        _, writer = await asyncio.open_connection("127.0.0.1", int(url.rpartition(":")[2]))
        head = (
            f"POST /hook HTTP/1.1\r\nHost: h\r\nrefonte-ai--callback-auth: {KEY}\r\nContent-Length: {len(BODY)}\r\n\r\n"
        )
        writer.write(head.encode() + BODY)
        await begun.wait()
        writer.close()
        await writer.wait_closed()
        go_on.set()
        await asyncio.wait_for(done.wait(), 2)


async def test_with_an_inbox_an_event_is_stored_and_handled_later(deliver: Deliver) -> None:
    shelf = Shelf()
    receiver = refonte.receiver([KEY], inbox=shelf, name="labels")
    seen: list[Any] = []

    @receiver.on(refonte.TaskCallback, order_by=lambda event: event.task_id)
    async def labelled(event: refonte.TaskCallback, transaction: Any) -> None:
        seen.append((event.task_id, transaction))

    assert (await deliver(receiver, BODY))[0] == 204
    assert (await deliver(receiver, MISFIT))[0] == 204
    letter, odd = shelf.letters
    assert (letter.receiver, letter.kind, letter.body) == ("labels", "task_callback", BODY)
    assert letter.digest == digest("labels", BODY)
    assert letter.order_key == samples.COMPLETED["task_id"]
    assert letter.verified
    assert odd.order_key is None
    assert not seen
    await shelf.receivers["labels"].handle(letter, "transaction")
    assert seen == [(samples.COMPLETED["task_id"], "transaction")]
    with pytest.raises(ReknitError, match="has no handler"):
        await receiver.handle(odd)


async def test_what_cannot_be_stored_is_not_acknowledged(deliver: Deliver) -> None:
    shelf = Shelf(failure=OSError("disk full"))
    receiver = refonte.receiver([KEY], inbox=shelf)
    assert (await deliver(receiver, BODY))[::2] == (503, b"the event could not be stored\n")


async def test_an_order_that_cannot_be_told_does_not_keep_an_event_out(deliver: Deliver) -> None:
    shelf = Shelf()
    receiver = refonte.receiver([KEY], inbox=shelf)

    @receiver.on(refonte.TaskCallback, order_by=lambda event: event.task.metadata["missing"])  # type: ignore[index]
    async def labelled(event: refonte.TaskCallback) -> None: ...

    assert (await deliver(receiver, BODY))[0] == 204
    assert shelf.letters[0].order_key is None


def _letter(body: bytes) -> Any:
    from reknit.inbound.store import Letter

    return Letter(receiver="refonte", kind="task_callback", body=body, digest=b"", received_at=0, verified=True)


def test_handlers_that_cannot_work_are_refused() -> None:
    receiver, _ = _receiver()

    def blocking(event: Any) -> None: ...

    async def fine(event: Any) -> None: ...

    async def with_transaction(event: Any, transaction: Any) -> None: ...

    async def with_nothing() -> None: ...

    async def with_three(event: Any, transaction: Any, more: Any) -> None: ...

    async def with_more(event: Any, *, more: Any) -> None: ...

    for handler in (with_nothing, with_three, with_more):
        with pytest.raises(ConfigurationError, match="takes the event"):
            receiver.otherwise(handler)  # type: ignore[type-var]  # pyright: ignore[reportArgumentType]
    with pytest.raises(ConfigurationError, match="async function"):
        receiver.otherwise(blocking)  # type: ignore[type-var]  # pyright: ignore[reportArgumentType]
    with pytest.raises(ConfigurationError, match="already"):
        receiver.on(refonte.TaskCallback)(fine)
    with pytest.raises(ConfigurationError, match="TaskCallback, Undecoded"):
        receiver.on(refonte.Task)(fine)
    with pytest.raises(ConfigurationError, match="inbox"):
        receiver.on(refonte.Undecoded)(with_transaction)
    with pytest.raises(ConfigurationError, match="inbox"):
        receiver.on(refonte.Undecoded, order_by=lambda _: "")(fine)


def test_settings_that_cannot_work_are_refused() -> None:
    for settings in ({"timeout": 0}, {"timeout": "1"}, {"max_body": -1}):
        with pytest.raises(InvalidArgument):
            refonte.receiver([KEY], **settings)
    for name in ("", "a b", "ü", None, "x" * 101):
        with pytest.raises(ConfigurationError):
            refonte.receiver([KEY], name=name)
    shelf = Shelf()
    refonte.receiver([KEY], inbox=shelf)
    with pytest.raises(ConfigurationError):
        refonte.receiver([KEY], inbox=shelf)


async def test_a_hook_that_fails_changes_nothing(deliver: Deliver) -> None:
    told: list[Any] = []

    def failing(event: object) -> None:
        raise ValueError("hook")

    receiver, events = _receiver(hooks=[failing])
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context["exception"]))
    assert (await deliver(receiver, BODY))[0] == 204
    assert events
    assert [type(error) for error in told] == [ValueError]


async def test_logs_name_the_reason_and_no_value(deliver: Deliver, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "reknit")
    receiver, _ = _receiver()
    await deliver(receiver, b'{"secret-of-the-body"', {"refonte-ai--callback-auth": "guessed-key"})
    await deliver(receiver, b'{"secret-of-the-body"')
    assert [record.getMessage() for record in caplog.records if record.name == "reknit.inbound"] == [
        "receiver refonte refused a callback: wrong key",
        "receiver refonte refused a callback: the body is not JSON",
    ]


async def test_rezi_takes_any_object_and_keeps_it_as_it_came(deliver: Deliver) -> None:
    receiver = rezi.receiver("hook")
    seen: list[Any] = []

    @receiver.on(rezi.RESUME_SECTION_SAVED)
    async def saved(event: rezi.Unverified[dict[str, Any]]) -> None:
        seen.append(event)

    @receiver.on(rezi.Undecoded)
    async def odd(event: rezi.Undecoded) -> None:
        seen.append(event)

    for body in (b'{"any": "thing"}', b"[]"):
        assert (await deliver(receiver, body, {}))[0] == 204
    assert seen[0] == rezi.Unverified({"any": "thing"}, b'{"any": "thing"}')
    assert not seen[0].verified
    assert isinstance(seen[1], rezi.Undecoded)
    assert not seen[1].verified


async def test_asgi_lives_and_ends_with_its_server_and_closes_web_sockets() -> None:
    receiver, _ = _receiver()
    sent: list[Any] = []
    messages = iter([{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}])

    async def receive() -> Any:
        return next(messages)

    async def send(message: Any) -> None:
        sent.append(message["type"])

    await receiver.asgi({"type": "lifespan"}, receive, send)
    await receiver.asgi({"type": "websocket"}, receive, send)
    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete", "websocket.close"]
    with pytest.raises(ValueError, match="scope"):
        await receiver.asgi({"type": "later"}, receive, send)


async def test_asgi_does_not_mind_a_sender_that_has_gone() -> None:
    receiver, events = _receiver()

    async def receive() -> Any:
        return {"type": "http.request", "body": BODY}

    async def send(message: Any) -> None:
        raise OSError("gone")

    headers = [(b"refonte-ai--callback-auth", KEY.encode())]
    await receiver.asgi({"type": "http", "method": "POST", "path": "/", "headers": headers}, receive, send)
    assert events
