"""`reknit listen`, called as a vendor would call it: as a process where signals and pipes matter, else in the test."""

from __future__ import annotations

import asyncio
import io
import json
import signal

import aiohttp
import pytest

from reknit.cli.listening import Desk, Wanted, sender_by_body, sender_by_head
from reknit.inbound.receiver import MAX_BODY
from reknit.inbound.verifying import lookup
from reknit.sandbox import TEST_KEY
from tests.cli.conftest import pointed_at
from tests.serving import Reply

KEY = {"refonte-ai--callback-auth": "callback-key-1"}
CALLBACK = {
    "task_id": "t",
    "status": "completed",
    "response": {"a": 1},
    "task": {"task_id": "t", "type": "x", "status": "completed"},
}
SESSION = {"session_id": "1-S", "status": "READY", "ready": True, "linked": True, "authorization_token": 123456}


async def at(process):
    """Return where it listens."""
    line = (await asyncio.wait_for(process.stderr.readline(), 30)).decode()
    return line.split()[2].partition("/refonte")[0].rstrip(",")


async def shown(process):
    return json.loads(await asyncio.wait_for(process.stdout.readline(), 30))


@pytest.fixture
async def listen(monkeypatch):
    """Listen in this process; with the environment that a desk would have."""
    desks = []

    async def listen(env=None, *, forward=None, json=True):
        for name in ("REFONTE_CALLBACK_KEY", "RELAYS_API_KEY"):
            monkeypatch.delenv(name, raising=False)
        for name, value in (env or {}).items():
            monkeypatch.setenv(name, value)
        desk = Desk(Wanted(host="127.0.0.1", port=0, forward=forward, count=None, timeout=None, json=json))
        desks.append(desk)
        await desk.start(asyncio.Event())
        return desk

    yield listen
    for desk in desks:
        await desk.close()


@pytest.fixture
def told(capsys):
    """What was printed of each callback, as JSON."""
    return lambda: [json.loads(line) for line in capsys.readouterr().out.splitlines()]


async def post(url, body=CALLBACK, headers=None):
    data = body if isinstance(body, bytes | io.BytesIO) else json.dumps(body).encode()
    async with aiohttp.ClientSession() as session, session.post(url, data=data, headers=headers) as answer:
        return answer.status


async def test_a_callback_of_the_sandbox_is_verified_and_shown(box, start):
    box.refonte.callback_auth_key = "callback-key-1"
    process = await start("listen", "--port", "0", "--count", "1", env={"REFONTE_CALLBACK_KEY": "callback-key-1"})
    url = await at(process)
    async with aiohttp.ClientSession() as session:
        target = f"{box.base_url('refonte')}/task/textcollection"
        headers = {"Authorization": "Basic dGVzdF9rZXk6"}
        async with session.post(target, json={"callback_url": f"{url}/cb"}, headers=headers) as answer:
            task_id = (await answer.json())["task_id"]
    await box.refonte.complete(task_id, {"answers": {"tone": "calm"}})
    out, _ = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode == 0
    first, *rest = out.decode().splitlines()
    assert first.startswith("#1 ")
    assert "refonte task_callback verified: its key is right; answered 204" in first
    assert f"  task_id: {task_id}" in rest
    assert "callback-key-1" not in out.decode()
    assert "\x1b" not in out.decode()


async def test_a_wrong_key_is_refused_and_not_passed_on(listen, told, serve):
    target = await serve(Reply(202, b"taken", {"Content-Type": "text/plain"}))
    desk = await listen({"REFONTE_CALLBACK_KEY": "callback-key-1, previous-key"}, forward=f"{target.url}/cb")
    assert await post(desk.url, headers={"refonte-ai--callback-auth": "wrong"}) == 401
    assert await post(f"{desk.url}/refonte") == 401
    assert await post(desk.url) == 401
    twice = {"refonte-ai--callback-auth": "callback-key-1", "refonte.ai-callback-auth": "wrong"}
    assert await post(desk.url, headers=twice) == 401
    assert await post(desk.url, headers={"Refonte.AI-Callback-Auth": "callback-key-1"}) == 202
    assert await post(desk.url, headers={"refonte-ai--callback-auth": "previous-key"}) == 202
    assert [(one["verdict"], one["why"]) for one in told()] == [
        ("refused", "wrong key"),
        ("refused", "no key"),
        ("refused", "no key"),
        ("refused", "wrong key"),
        ("verified", "its key is right"),
        ("verified", "its key is right"),
    ]
    assert [json.loads(request.body) for request in target.requests] == [CALLBACK, CALLBACK]


async def test_nothing_is_read_of_what_carries_a_wrong_key(listen, capsys):
    desk = await listen({"REFONTE_CALLBACK_KEY": "callback-key-1"}, json=False)
    port = int(desk.url.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"POST /refonte HTTP/1.1\r\nHost: desk\r\nContent-Length: 100\r\n\r\n{")  # and no more
    head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
    writer.close()
    assert head.startswith(b"HTTP/1.1 401 ")
    assert b"WWW-Authenticate" in head
    [line] = capsys.readouterr().out.splitlines()
    assert line.endswith(" refonte refused: no key; answered 401")


async def test_a_key_that_no_header_can_carry_is_one_line(run):
    done = await run("listen", "--port", "0", env={"REFONTE_CALLBACK_KEY": "right,schlüssel"})
    assert (done.code, len(done.lines)) == (2, 1)
    assert done.err.startswith("reknit: secret 2 of REFONTE_CALLBACK_KEY has a character that no header carries")


async def test_what_came_before_is_known_again(start):
    process = await start("listen", "--port", "0", "--json", "--count", "3")
    url = await at(process)
    for body in (CALLBACK, dict(reversed(CALLBACK.items())), {**CALLBACK, "status": "error"}):
        assert await post(url, body) == 204
    assert [(await shown(process))["repeats"] for _ in range(3)] == [None, 1, None]
    assert await asyncio.wait_for(process.wait(), 30) == 0


async def test_a_session_is_read_again(box, listen, told):
    desk = await listen(pointed_at(box))
    box.relays.polls_until_ready = 1000
    async with (
        aiohttp.ClientSession(headers={"Authorization": "token test_key"}) as session,
        session.post(f"{box.base_url('relays')}/v1/relays/sessions", json={"users": [{"ip": "1.1.1.1"}]}) as made,
    ):
        session_id = (await made.json())["session_id"]
    body = {**SESSION, "session_id": session_id}
    assert await post(desk.url, body) == 401
    box.relays.make_ready(session_id)
    assert await post(desk.url, body) == 204
    for other in ("nope", "..", ""):
        assert await post(f"{desk.url}/relays", {**SESSION, "session_id": other}) == 401
    assert await post(f"{desk.url}/relays", []) == 401
    assert [one["why"].partition(":")[0] for one in told()] == [
        "the session is not ready",
        "the session is ready",
        *["there is no such session"] * 3,
        "it names no session",
    ]


async def test_a_session_that_cannot_be_read_again_has_to_come_again(listen, told, serve):
    target = await serve(Reply(200))
    env = {"RELAYS_API_KEY": TEST_KEY, "RELAYS_BASE_URL": (await serve(Reply(401))).url}
    desk = await listen(env, forward=target.url)
    assert await post(desk.url, SESSION) == 503
    [one] = told()
    assert one["verdict"] == "unknown"
    assert one["why"].startswith("the session could not be read again: relays.sessions.get: 401")
    assert target.requests == []


@pytest.mark.parametrize("body", [SESSION, {**SESSION, "ready": {"x": 1}}])
async def test_what_is_secret_in_a_callback_is_blanked(listen, capsys, body):
    desk = await listen(json=False)
    assert await post(f"{desk.url}/relays", body) == 204
    out = capsys.readouterr().out
    assert "authorization_token: ***" in out
    assert "123456" not in out


async def test_what_is_no_json_is_shown_and_harmless(listen, capsys):
    desk = await listen(json=False)
    assert await post(f"{desk.url}/rezi", b"\x1b[31mred \xff") == 204
    assert await post(f"{desk.url}/else", b"") == 204
    out = capsys.readouterr().out
    assert "rezi unverified: nothing tells who sent it; the body is not JSON; answered 204" in out
    assert "\x1b" not in out


async def test_what_belongs_to_a_connection_is_not_passed_on(listen, serve):
    target = await serve(Reply(200))
    desk = await listen(forward=target.url)
    assert await post(desk.url, headers={"Connection": "X-Hop, keep-alive", "X-Hop": "1", "X-Other": "2"}) == 200
    assert json.loads(target.requests[0].body) == CALLBACK
    assert target.requests[0].headers["X-Other"] == "2"
    assert "X-Hop" not in target.requests[0].headers


async def test_a_compressed_body_is_refused_as_a_receiver_does(listen, capfd):
    desk = await listen()
    assert await post(desk.url, b"not even gzip", {"Content-Encoding": "gzip"}) == 415
    assert capfd.readouterr().err == "reknit listen: /: cannot be read (the body is compressed); answered 415\n"
    assert await post(desk.url) == 204


async def test_what_does_not_fit_is_said_as_a_receiver_says_it(listen, told):
    desk = await listen()
    for body in ({**CALLBACK, "response": 1}, {"batch": "b"}):
        assert await post(f"{desk.url}/refonte", body) == 204
    misfit, unknown = told()
    assert misfit["event"] == "task_callback"
    assert "; $.response: Expected" in misfit["why"]
    assert (unknown["event"], unknown["why"].partition("; ")[2]) == ("", "unknown kind of event")


async def test_an_answer_is_passed_back_whole(listen, serve):
    long = b"x" * 300_000
    desk = await listen(forward=(await serve(Reply(200, long, {"Content-Type": "text/plain"}))).url)
    async with aiohttp.ClientSession() as session, session.post(desk.url, json=CALLBACK) as answer:
        assert await answer.read() == long


async def test_a_receiver_that_is_away_is_502_and_a_line(listen, capsys):
    desk = await listen(forward="http://127.0.0.1:9/cb")
    assert await post(desk.url) == 502
    out, err = capsys.readouterr()
    assert json.loads(out)["status"] == 502
    assert err.startswith("reknit listen: http://127.0.0.1:9/cb: ")


async def test_too_much_is_refused(listen, capsys):
    desk = await listen()
    assert await post(desk.url, io.BytesIO(b"x" * (MAX_BODY + 1))) == 413
    assert capsys.readouterr().err == "reknit listen: /: cannot be read (the body is too large); answered 413\n"


async def test_it_ends_when_nobody_reads_any_more(start):
    process = await start("listen", "--port", "0")
    url = await at(process)
    process.stdout._transport.close()
    assert await post(url) == 204
    assert await asyncio.wait_for(process.wait(), 30) == 141
    assert await process.stderr.read() == b""


@pytest.mark.parametrize(("words", "code"), [((), 0), (("--count", "1"), 1)])
async def test_it_ends_when_the_time_is_up(run, words, code):
    assert (await run("listen", "--port", "0", "--timeout", "0.1", *words)).code == code


@pytest.mark.parametrize(("words", "code"), [((), 0), (("--count", "1"), 1)])
async def test_ctrl_c_ends_it_well_unless_more_was_wanted(start, words, code):
    process = await start("listen", "--port", "0", *words)
    await at(process)
    process.send_signal(signal.SIGINT)
    _, err = await asyncio.wait_for(process.communicate(), 30)
    assert (process.returncode, err) == (code, b"")


async def test_a_port_in_use_is_one_line(box, run):
    port = box.url.rpartition(":")[2]
    done = await run("listen", "--port", port)
    assert (done.code, len(done.lines)) == (2, 1)
    assert "address already in use" in done.err


async def test_it_does_not_pass_on_to_itself(run, unused_tcp_port):
    done = await run("listen", "--port", str(unused_tcp_port), "--forward", f"http://localhost:{unused_tcp_port}/x")
    assert (done.code, done.lines) == (
        2,
        [f"reknit: --forward: http://localhost:{unused_tcp_port}/x is this receiver itself"],
    )


@pytest.mark.parametrize(
    ("path", "headers", "api"),
    [
        ("/refonte/cb", {}, "refonte"),
        ("/rezi", KEY, "rezi"),
        ("/", KEY, "refonte"),
        ("/", {"Refonte.AI-Callback-Auth": "k"}, "refonte"),
        ("/rezolve", {}, ""),
        ("/", {}, ""),
    ],
)
def test_whose_callback_it_is_by_its_head(path, headers, api):
    assert sender_by_head(path, lookup(headers)) == api


@pytest.mark.parametrize(
    ("body", "api"),
    [({"session_id": "s"}, "relays"), ({"task_id": "t"}, "refonte"), ({"task": {}}, "refonte"), ({}, ""), ([], "")],
)
def test_whose_callback_it_is_by_its_body(body, api):
    assert sender_by_body(body) == api
