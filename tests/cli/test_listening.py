"""`reknit listen` as a process, called as a vendor would call it."""

from __future__ import annotations

import asyncio
import gzip
import io
import json
import signal

import aiohttp
import pytest

from reknit.cli.listening import sender_of
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


async def post(url, body=CALLBACK, headers=None):
    data = body if isinstance(body, bytes | io.BytesIO) else json.dumps(body).encode()
    async with aiohttp.ClientSession() as session, session.post(url, data=data, headers=headers) as answer:
        return answer.status


async def test_a_callback_of_the_sandbox_is_verified_and_shown(box, start):
    box.refonte.callback_auth_key = "callback-key-1"
    process = await start("listen", "--port", "0", "--count", "1", env={"REFONTE_CALLBACK_AUTH_KEY": "callback-key-1"})
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


async def test_a_wrong_key_is_refused_and_not_passed_on(start, serve):
    target = await serve(Reply(202, b"taken", {"Content-Type": "text/plain"}))
    env = {"REFONTE_CALLBACK_AUTH_KEY": "callback-key-1"}
    process = await start("listen", "--port", "0", "--json", "--forward", f"{target.url}/cb", env=env)
    url = await at(process)
    assert await post(url, headers={"refonte-ai--callback-auth": "wrong"}) == 401
    assert await post(f"{url}/refonte") == 401
    assert await post(url, headers={"refonte.ai-callback-auth": "callback-key-1"}) == 202
    said = [await shown(process) for _ in range(3)]
    assert [(one["verdict"], one["why"]) for one in said] == [
        ("refused", "its key is wrong"),
        ("refused", "it carries no key"),
        ("verified", "its key is right"),
    ]
    assert len(target.requests) == 1
    assert json.loads(target.requests[0].body) == CALLBACK


async def test_what_came_before_is_known_again(start):
    process = await start("listen", "--port", "0", "--json", "--count", "3")
    url = await at(process)
    for body in (CALLBACK, dict(reversed(CALLBACK.items())), {**CALLBACK, "status": "error"}):
        assert await post(url, body) == 204
    assert [(await shown(process))["repeats"] for _ in range(3)] == [None, 1, None]
    assert await asyncio.wait_for(process.wait(), 30) == 0


async def test_a_session_is_read_again(box, start):
    process = await start("listen", "--port", "0", "--json", env=pointed_at(box))
    url = await at(process)
    box.relays.polls_until_ready = 1000
    async with (
        aiohttp.ClientSession(headers={"Authorization": "token test_key"}) as session,
        session.post(f"{box.base_url('relays')}/v1/relays/sessions", json={"users": [{"ip": "1.1.1.1"}]}) as made,
    ):
        session_id = (await made.json())["session_id"]
    body = {**SESSION, "session_id": session_id}
    assert await post(url, body) == 401
    box.relays.make_ready(session_id)
    assert await post(url, body) == 204
    assert await post(f"{url}/relays", {**SESSION, "session_id": "nope"}) == 401
    assert await post(f"{url}/relays", []) == 401
    await box.stop()
    assert await post(url, body) == 204
    assert [(await shown(process))["why"].partition(":")[0] for _ in range(5)] == [
        "the session is not ready",
        "the session is ready",
        "there is no such session",
        "it names no session",
        "the session could not be read again",
    ]


@pytest.mark.parametrize("body", [SESSION, {**SESSION, "ready": {"x": 1}}])
async def test_what_is_secret_in_a_callback_is_blanked(start, body):
    process = await start("listen", "--port", "0", "--count", "1")
    assert await post(f"{await at(process)}/relays", body) == 204
    out, _ = await asyncio.wait_for(process.communicate(), 30)
    assert b"authorization_token: ***" in out
    assert b"123456" not in out


async def test_what_is_no_json_is_shown_and_harmless(start):
    process = await start("listen", "--port", "0", "--count", "2")
    url = await at(process)
    assert await post(f"{url}/rezi", b"\x1b[31mred \xff") == 204
    assert await post(f"{url}/else", b"") == 204
    out, _ = await asyncio.wait_for(process.communicate(), 30)
    assert b"rezi resume_section_saved unverified: nothing tells who sent it; it does not fit at $" in out
    assert b"\x1b" not in out


async def test_a_body_that_is_packed_is_passed_on_unpacked(start, serve):
    target = await serve(Reply(200))
    process = await start("listen", "--port", "0", "--json", "--forward", target.url)
    headers = {"Content-Encoding": "gzip"}
    assert await post(await at(process), gzip.compress(json.dumps(CALLBACK).encode()), headers) == 200
    assert json.loads(target.requests[0].body) == CALLBACK
    assert "Content-Encoding" not in target.requests[0].headers


async def test_a_receiver_that_is_away_is_502_and_a_line(start):
    process = await start("listen", "--port", "0", "--json", "--forward", "http://127.0.0.1:9/cb")
    assert await post(await at(process)) == 502
    assert (await shown(process))["status"] == 502
    assert (await process.stderr.readline()).startswith(b"reknit listen: http://127.0.0.1:9/cb: ")


async def test_too_much_is_refused(start):
    process = await start("listen", "--port", "0")
    assert await post(await at(process), io.BytesIO(b"x" * (2**20 + 1))) == 413


@pytest.mark.parametrize(("words", "code"), [((), 0), (("--count", "1"), 1)])
async def test_it_ends_when_the_time_is_up(run, words, code):
    assert (await run("listen", "--port", "0", "--timeout", "0.1", *words)).code == code


async def test_ctrl_c_ends_it_well(start):
    process = await start("listen", "--port", "0")
    await at(process)
    process.send_signal(signal.SIGINT)
    _, err = await asyncio.wait_for(process.communicate(), 30)
    assert (process.returncode, err) == (0, b"")


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
    ("path", "headers", "body", "api"),
    [
        ("/refonte/cb", {}, None, "refonte"),
        ("/rezi", {}, {"session_id": "s"}, "rezi"),
        ("/", KEY, None, "refonte"),
        ("/", {}, {"session_id": "s"}, "relays"),
        ("/", {}, {"task_id": "t"}, "refonte"),
        ("/", {}, {}, ""),
        ("/", {}, [], ""),
    ],
)
def test_whose_callback_it_is(path, headers, body, api):
    assert sender_of(path, headers, body) == api
