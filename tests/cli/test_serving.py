"""`reknit sandbox` as a process."""

from __future__ import annotations

import asyncio
import base64
import signal
import sys

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from reknit.cli.rendering import Paint
from reknit.cli.serving import Teller
from reknit.sandbox import TEST_KEY
from reknit.sandbox.ledger import Ledger


async def exported(process):
    """Read the lines to export."""
    lines = [await asyncio.wait_for(process.stdout.readline(), 30) for _ in range(4)]
    return dict(line.decode().removeprefix("export ").rstrip("\n").split("=", 1) for line in lines)


async def test_it_prints_what_to_export_and_what_comes(start, run_process):
    process = await start("sandbox", "--port", "0")
    env = await exported(process)
    assert list(env) == ["REZI_BASE_URL", "REZOLVE_BASE_URL", "REFONTE_BASE_URL", "RELAYS_BASE_URL"]
    keys = {name.replace("BASE_URL", "API_KEY"): TEST_KEY for name in env}
    words = ("call", "rezolve", "tools.execute", "itsm.tickets.create", "--input", '{"title": "x"}')
    done = await run_process(*words, "--idempotency-key", "letter-1", env={**env, **keys})
    assert done.code == 0, done.err
    process.send_signal(signal.SIGTERM)
    out, err = await asyncio.wait_for(process.communicate(), 30)
    first, token, request = err.decode().splitlines()
    assert (process.returncode, out) == (0, b"")
    assert first.startswith("reknit sandbox: four APIs at http://127.0.0.1:")
    assert token.startswith("reknit sandbox: what changes it over HTTP carries X-Sandbox-Token: ")
    assert request.split()[1:] == ["rezolve", "200", "POST", "/tools/itsm.tickets.create/execute", "key", "letter-1"]


async def test_ctrl_c_ends_it_well(start):
    process = await start("sandbox", "--port", "0", "--quiet")
    env = await exported(process)
    async with aiohttp.ClientSession() as session, session.get(env["RELAYS_BASE_URL"]) as answer:
        assert answer.status == 404
    process.send_signal(signal.SIGINT)
    _, err = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode == 0
    assert len(err.splitlines()) == 2


async def test_its_callbacks_carry_the_first_key_that_the_listener_expects(start):
    carried = []

    async def completed(request: web.Request) -> web.Response:
        carried.append(request.headers["refonte-ai--callback-auth"])
        return web.Response()

    app = web.Application()
    app.router.add_post("/completed", completed)
    process = await start("sandbox", "--port", "0", env={"REFONTE_CALLBACK_KEY": " agreed, previous"})
    root = (await exported(process))["REFONTE_BASE_URL"]
    _, token = [(await asyncio.wait_for(process.stderr.readline(), 30)).decode().split()[-1] for _ in range(2)]
    async with TestServer(app) as receiver, aiohttp.ClientSession(root + "/") as session:
        authorization = {"Authorization": "Basic " + base64.b64encode(f"{TEST_KEY}:".encode()).decode()}
        body = {"callback_url": str(receiver.make_url("/completed"))}
        async with session.post("task/textcollection", json=body, headers=authorization) as answer:
            task = (await answer.json())["task_id"]
        headers = {"X-Sandbox-Token": token}
        async with session.post(f"/_sandbox/tasks/{task}/complete", json={}, headers=headers) as answer:
            assert answer.status == 200
    process.send_signal(signal.SIGTERM)
    _, err = await asyncio.wait_for(process.communicate(), 30)
    assert carried == ["agreed"]
    assert err.decode().splitlines()[-1].split()[1:] == ["refonte", "200", "callback.sent", task]


def test_a_callback_that_did_not_arrive_is_told_with_the_reason(capsys):
    ledger = Ledger()
    ledger.subscribe(Teller(Paint(sys.stderr)))
    for name, detail in (
        ("callback.failed", {"status": 401}),
        ("callback.failed", {"error": "ClientConnectorError"}),
        ("webhook.skipped", {"reason": "not a loopback address"}),
        ("task.created", {}),
    ):
        ledger.note_effect(at=0.0, api="refonte", name=name, subject="7", detail=detail)
    assert [line.split(maxsplit=1)[1] for line in capsys.readouterr().err.splitlines()] == [
        "refonte 401 callback.failed 7",
        "refonte none callback.failed 7 ClientConnectorError",
        "refonte none webhook.skipped 7 not a loopback address",
    ]


async def test_a_callback_key_that_no_header_can_carry_is_refused(run):
    done = await run("sandbox", "--port", "0", env={"REFONTE_CALLBACK_KEY": "a\nb"})
    assert (done.code, done.out) == (2, "")
    [line] = done.lines
    assert line.startswith("reknit: secret 1 of REFONTE_CALLBACK_KEY has a character that no header carries")


async def test_faults_are_switched_on_at_the_start(start, run):
    process = await start("sandbox", "--port", "0", "--fault", "rezolve/tools.list:status,status=503,times=1")
    env = {**await exported(process), "REZOLVE_API_KEY": TEST_KEY}
    words = ("call", "rezolve", "tools.list", "--retries", "0")
    assert (await run(*words, env=env)).code == 8
    assert (await run(*words, env=env)).code == 0


async def test_state_outlives_it(start, run, tmp_path):
    words = ("sandbox", "--port", "0", "--state", str(tmp_path / "state"))
    first = await start(*words)
    env = {**await exported(first), "RELAYS_API_KEY": TEST_KEY}
    assert (await run("call", "relays", "sessions.create", env=env)).code == 0
    first.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(first.wait(), 30) == 0
    second = await start(*words)
    env = {**await exported(second), "RELAYS_API_KEY": TEST_KEY}
    listed = await run("call", "relays", "sessions.list", env=env)
    assert "total_count: 1\n" in listed.out


async def test_another_port_is_asked_for_where_one_is_in_use(box, run):
    port = box.url.rpartition(":")[2]
    done = await run("sandbox", "--port", port)
    assert (done.code, done.out) == (2, "")
    assert done.err == (
        f"reknit: cannot listen on 127.0.0.1 port {port}: address already in use (--port 0 takes a free one)\n"
    )


async def test_a_broken_state_file_is_refused_and_kept(run, tmp_path):
    state = tmp_path / "state"
    state.write_bytes(b"no database")
    done = await run("sandbox", "--port", "0", "--state", str(state))
    assert (done.code, done.out, len(done.lines)) == (2, "", 1)
    assert str(state) in done.err
    assert state.read_bytes() == b"no database"


@pytest.mark.parametrize(
    ("fault", "meant"),
    [("resett", "reset"), ("rezolve:trickl,seconds=1", "trickle"), ("rezolv:reset", "rezolve"),
     ("rezolve/tools.exec:reset", "tools.execute")],
)  # fmt: skip
async def test_the_nearest_name_is_suggested(run, fault, meant):
    done = await run("sandbox", "--port", "0", "--fault", fault)
    assert (done.code, done.out) == (2, "")
    assert done.err.endswith(f"; did you mean {meant}?\n")


@pytest.mark.parametrize(
    "fault", ["nosuch", "rezolve:nosuch", "rezo:reset", "rezolve/tools.exec:reset", ":reset,when=never", ":mix,rate=x"]
)
async def test_a_fault_that_does_not_exist_is_one_line(run, fault):
    done = await run("sandbox", "--port", "0", "--fault", fault)
    assert (done.code, done.out, len(done.lines)) == (2, "", 1)
    assert done.err.startswith(f"reknit: --fault {fault}: ")


@pytest.mark.parametrize(
    ("host", "here", "warns"),
    [
        ("0.0.0.0", "127.0.0.1", True),  # what one listens at is not what one calls
        ("127.0.0.2", "127.0.0.2", False),
    ],
)
async def test_others_are_warned_of(start, host, here, warns):
    process = await start("sandbox", "--port", "0", "--host", host)
    env = await exported(process)
    process.send_signal(signal.SIGTERM)
    _, err = await asyncio.wait_for(process.communicate(), 30)
    assert env["RELAYS_BASE_URL"].startswith(f"http://{here}:")
    warning = "reknit sandbox: warning: whoever reaches this machine can use it"
    assert (warning in err.decode().splitlines()) is warns
