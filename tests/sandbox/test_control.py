"""The endpoints under `/_sandbox`, and what keeps strangers' pages out."""

from __future__ import annotations

import asyncio
import io
import json

import aiohttp
import pytest
from aiohttp import web

from reknit import Retry, errors, rezolve
from reknit.sandbox import TEST_KEY, Clock, Sandbox
from reknit.sandbox.callbacks import why_not
from reknit.sandbox.control import SAFE

from .conftest import credentials

READS = ("state", "faults", "clock", "ledger", "approvals", "tasks", "sessions")
STRANGERS = (
    "evil.example",
    "evil.example:80",
    "localhost.evil.example",
    "localhost..",
    "localhost:80@evil.example",
    "localhost:x",
    "[::1]evil.example",
    "[::1",
    "[::ffff:10.0.0.1]",
    "0.0.0.0",
    "2130706433",
    "10.0.0.1",
    "",
)
CHANGES = [
    ("POST", "faults"),
    ("DELETE", "faults"),
    ("POST", "faults/fault-1"),
    ("DELETE", "faults/fault-1"),
    ("POST", "clock/advance"),
    ("DELETE", "ledger"),
    ("POST", "approvals/x/approve"),
    ("POST", "tasks/x/complete"),
    ("POST", "sessions/x/ready"),
]


@pytest.fixture
async def control(box):
    async with aiohttp.ClientSession() as session:

        async def ask(method, path, body=None, **options):
            headers = options.pop("headers", None) or {
                "X-Sandbox-Token": box.token,
                "Content-Type": "application/json",
            }
            data = None if body is None else body if isinstance(body, bytes | io.BytesIO) else json.dumps(body).encode()
            async with session.request(
                method, f"{box.url}/_sandbox/{path}", data=data, headers=headers, **options
            ) as response:
                text = await response.text()
                return response.status, json.loads(text) if text else None

        yield ask


async def test_faults_are_added_listed_switched_and_removed(control, box):
    status, plan = await control(
        "POST",
        "faults",
        {"api": "rezolve", "operation": "tools.execute", "fault": {"kind": "reset", "when": "body"}, "times": 3},
    )
    assert (status, plan["fault"], plan["times"]) == (201, {"kind": "reset", "when": "body"}, 3)
    listed = (await control("GET", "faults"))[1]
    assert listed["faults"] == [plan]
    assert {kind["kind"] for kind in listed["kinds"]} >= {"refuse", "reset", "mix", "wrong-secret"}
    assert "tools.execute" in listed["operations"]["rezolve"]
    assert (await control("POST", f"faults/{plan['id']}", {"enabled": False}))[1]["enabled"] is False
    async with rezolve.Client(TEST_KEY, base_url=box.base_url("rezolve"), retry=Retry(max_attempts=1)) as hub:
        await hub.tools.execute("itsm.tickets.list", input={})
        await control("POST", f"faults/{plan['id']}", {"enabled": True})
        with pytest.raises(errors.TransportError):
            await hub.tools.execute("itsm.tickets.list", input={})
    assert await control("DELETE", f"faults/{plan['id']}") == (204, None)
    assert (await control("POST", "faults", {"fault": "delay", "times": None}))[1]["times"] is None
    assert await control("DELETE", "faults") == (204, None)
    assert (await control("GET", "faults"))[1]["faults"] == []


async def test_the_clock_is_read_and_advanced(control, box):
    before = (await control("GET", "clock"))[1]
    after = (await control("POST", "clock/advance", {"seconds": 900}))[1]
    assert after["now"] == before["now"] + 900 == box.clock.now()
    assert after["iso"] == "2027-01-15T08:15:00.000Z"


async def test_the_ledger_is_read_from_an_event_on(control, box, call):
    await call("rezi", "POST", "/user/token", json={"uid": "secret-uid", "email": "a@b.c"})
    await call("rezolve", "GET", "/tools")
    ledger = (await control("GET", "ledger"))[1]
    assert [(event["id"], event["kind"]) for event in ledger["events"]] == [
        (1, "effect"),
        (2, "request"),
        (3, "request"),
    ]
    assert ledger["last"] == 3
    assert "secret-uid" not in str(ledger)
    assert TEST_KEY not in str(ledger)
    request = ledger["events"][1]["entry"]
    assert (request["status"], request["answer_body"]["token"]) == (200, "***")
    assert [event["id"] for event in (await control("GET", "ledger?after=2"))[1]["events"]] == [3]
    assert [event["id"] for event in (await control("GET", "ledger?api=rezi&limit=1"))[1]["events"]] == [2]
    assert await control("DELETE", "ledger") == (204, None)
    assert (await control("GET", "ledger"))[1]["request_count"] == 0


async def test_subscribers_hear_of_everything_until_they_do_not(call, box):
    heard = []
    unsubscribe = box.ledger.subscribe(lambda event: heard.append((event.id, event.kind)))
    await call("rezolve", "GET", "/tools")
    box.clock.advance(1)
    unsubscribe()
    unsubscribe()
    box.clock.advance(1)
    assert heard == [(1, "request"), (2, "change")]


async def test_approvals_are_decided(control, call):
    await call(
        "rezolve",
        "POST",
        "/tools/itsm.tickets.delete/execute",
        json={"input": {"id": 7}, "idempotency_key": "k-1"},
    )
    [approval] = (await control("GET", "approvals"))[1]["approvals"]
    assert approval["state"] == "pending"
    status, decided = await control("POST", f"approvals/{approval['approval_id']}/approve", {})
    assert (status, decided["state"]) == (200, "approved")
    assert (await control("POST", f"approvals/{approval['approval_id']}/reject", {}))[0] == 409
    assert (await control("POST", "approvals/none/reject", {}))[0] == 404


async def test_tasks_are_completed_failed_and_told_again(control, call, receiver):
    async def create():
        body = {"callback_url": receiver.url}
        return (await call("refonte", "POST", "/task/textcollection", json=body)).json["task_id"]

    first, second = await create(), await create()
    assert (await control("POST", f"tasks/{first}/resend-callback", {}))[0] == 409
    assert (await control("POST", f"tasks/{first}/complete", {"response": {"a": 1}}))[1]["response"] == {"a": 1}
    assert (await control("POST", f"tasks/{second}/fail", {"error": "lost"}))[1]["status"] == "error"
    assert (await control("POST", f"tasks/{first}/complete", {}))[0] == 409
    assert (await control("POST", f"tasks/{first}/resend-callback", {}))[0] == 200
    assert (await control("POST", f"tasks/{first}/audit", {"outcome": "fixed"}))[1]["audits"]
    assert (await control("POST", f"tasks/{first}/recall", {}))[1]["status"] == "pending"
    assert [body["status"] for _, body in receiver.got] == ["completed", "error", "completed", "completed", "pending"]
    tasks = (await control("GET", "tasks"))[1]["tasks"]
    assert [task["task_id"] for task in tasks] == [first, second]  # the one that waits again comes first
    assert "/hook" not in str(tasks)
    assert (await control("POST", "tasks/none/complete", {}))[0] == 404


async def test_sessions_become_ready_or_fail(control, call):
    first, second = [
        (await call("relays", "POST", "/v1/relays/sessions", json={})).json["session_id"] for _ in range(2)
    ]
    ready = (await control("POST", f"sessions/{first}/ready", {}))[1]
    assert (ready["ready"], ready["authorization_token"]) == (True, "***")
    assert (await control("POST", f"sessions/{second}/fail", {"error": "no relay"}))[1]["error"] == "no relay"
    assert len((await control("GET", "sessions"))[1]["sessions"]) == 2
    assert (await control("POST", "sessions/none/ready", {}))[0] == 404


async def test_what_waits_is_listed_however_much_ended_after_it(control, box, call):
    waits = [(await call("refonte", "POST", "/task/textcollection", json={})).json["task_id"] for _ in range(2)]
    session = (await call("relays", "POST", "/v1/relays/sessions", json={})).json["session_id"]
    for _ in range(200):
        task = (await call("refonte", "POST", "/task/textcollection", json={})).json["task_id"]
        await box.refonte.complete(task, {})
        box.relays.fail((await call("relays", "POST", "/v1/relays/sessions", json={})).json["session_id"])
    tasks = (await control("GET", "tasks"))[1]
    assert [one["task_id"] for one in tasks["tasks"][:3]] == [*reversed(waits), task]
    assert (len(tasks["tasks"]), tasks["pending"], tasks["total"]) == (200, 2, 202)
    assert (await control("GET", "sessions"))[1]["sessions"][0]["session_id"] == session


async def test_the_state_says_where_everything_is(control, box):
    state = (await control("GET", "state"))[1]
    assert state["base_urls"]["rezi"] == box.environment()["REZI_BASE_URL"] == box.base_url("rezi")
    assert state["violations"] == []
    assert "token" not in state


@pytest.mark.parametrize(
    ("path", "body", "message"),
    [
        ("faults", {"fault": "explode"}, "there is no fault 'explode'; there are"),
        ("faults", {"fault": {"kind": "reset", "when": "later"}}, "reset: "),
        ("faults", {"fault": ["reset"]}, "there is no fault"),
        ("faults", {}, "there is no fault None"),
        ("faults", {"fault": "reset", "api": 7}, "api must be text"),
        ("faults", {"fault": "reset", "times": "3"}, "times must be a whole number"),
        ("faults", {"fault": "reset", "time": 3}, "time is not known"),
        ("faults", {"fault": "reset", "api": "stripe"}, "no API 'stripe'"),
        ("faults/fault-1", {"enabled": 1}, "enabled must be true or false"),
        ("clock/advance", {"seconds": -1}, "0 or more seconds"),
        ("clock/advance", {"seconds": "1"}, "seconds must be a number"),
        ("clock/advance", {"seconds": 1e300}, "year 9999"),
        ("clock/advance", {}, "seconds must be a number"),
        ("clock/advance", b"{", "not JSON"),
        ("clock/advance", b"[" * 100_000, "nested too deeply"),
        ("tasks/x/complete", b'{"response": {"a": "\\ud800"}}', "not JSON"),
        ("tasks/x/complete", b'{"response": {"a": NaN}}', "not JSON"),
        ("sessions/x/fail", b'{"error": "\\ud800"}', "not JSON"),
        ("faults", {"fault": {"kind": "status", "body": "x" * 70_000}}, "at most 65536 bytes"),
        ("faults", {"fault": {"kind": "status", "headers": {"x": "y" * 70_000}}}, "at most 65536 bytes"),
        ("clock/advance", b"\xff", "not JSON"),
        ("clock/advance", [], "JSON object"),
        ("tasks/x/complete", {"response": 7}, "response must be an object"),
    ],
)
async def test_a_request_that_makes_no_sense_is_answered_in_one_line(control, path, body, message):
    status, answer = await control("POST", path, body)
    assert status == 400
    assert message in answer["error"]
    assert "\n" not in answer["error"]


@pytest.mark.parametrize("query", ["after=x", "limit=-1"])
async def test_a_query_that_makes_no_sense_is_answered_in_one_line(control, query):
    assert (await control("GET", f"ledger?{query}"))[0] == 400


async def test_a_fault_that_is_not_there_cannot_be_changed(control):
    assert (await control("DELETE", "faults/none"))[0] == 404
    assert (await control("POST", "faults/none", {"enabled": True}))[0] == 404


@pytest.mark.parametrize(("method", "path"), CHANGES)
async def test_what_changes_something_needs_the_token_and_json(control, box, method, path):
    wrong = {"X-Sandbox-Token": "x", "Content-Type": "application/json"}
    for headers in (wrong, {"Content-Type": "application/json"}):
        assert (await control(method, path, {}, headers=headers))[0] == 403
    form = {"X-Sandbox-Token": box.token, "Content-Type": "application/x-www-form-urlencoded"}
    assert (await control(method, path, b"a=b", headers=form))[0] == 415


@pytest.mark.parametrize(
    "path", [*(f"/_sandbox/{name}" for name in READS), "/", "/_sandbox/events", "/rezi/v1/users", "/elsewhere"]
)
@pytest.mark.parametrize("host", STRANGERS)
async def test_every_route_looks_at_the_host(box, path, host):
    async with aiohttp.ClientSession() as session:
        headers = {"Host": host, "X-Sandbox-Token": box.token, "Authorization": "Bearer k"}
        async with session.get(box.url + path, headers=headers) as response:
            assert response.status == 403
            assert "Host" in (await response.json())["error"]


async def test_the_host_of_an_absolute_target_is_looked_at_too(box):
    port = int(box.url.rpartition(":")[2])
    statuses = {}
    for target, host in [("evil.example", "localhost"), ("localhost", "evil.example"), ("[::1]", "localhost")]:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        head = f"GET http://{target}/_sandbox/clock HTTP/1.1\r\nHost: {host}\r\nX-Forwarded-Host: localhost\r\n\r\n"
        writer.write(head.encode())
        statuses[target, host] = (await reader.readline()).split()[1]
        writer.close()
    assert [*statuses.values()] == [b"403", b"403", b"200"]


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
@pytest.mark.parametrize("path", ["/", "/_sandbox/state", "/_sandbox/console.js", "/rezi/v1/users", "/elsewhere"])
async def test_what_another_sites_page_sends_is_refused_whatever_it_knows(box, site, path):
    headers = {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": "no-cors", "X-Sandbox-Token": box.token}
    async with aiohttp.ClientSession(headers={**headers, "Authorization": "Bearer k"}) as session:
        for method in ("GET", "POST"):
            async with session.request(method, box.url + path, json={}) as response:
                assert response.status == 403
                assert "another site" in (await response.json())["error"]


@pytest.mark.parametrize(("kind", "status"), [("document", 200), ("iframe", 403)])
async def test_a_link_opens_the_page_and_a_frame_does_not(box, kind, status):
    headers = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": kind}
    async with aiohttp.ClientSession() as session, session.get(box.url, headers=headers) as response:
        assert response.status == status


@pytest.mark.parametrize("path", [*(f"/_sandbox/{name}" for name in READS), "/_sandbox/none", "/_sandbox/events"])
@pytest.mark.parametrize("host", ["localhost", "evil.example"])
async def test_no_answer_is_kept_framed_or_had_by_another_origin(box, path, host):
    async with aiohttp.ClientSession() as session, session.get(box.url + path, headers={"Host": host}) as response:
        assert {name: response.headers.get(name) for name in SAFE} == SAFE
        assert not [name for name in response.headers if name.lower().startswith("access-control")]


@pytest.mark.parametrize("token", [b"\xff", b"", b"x"])
async def test_a_token_of_any_bytes_is_refused(box, token):
    reader, writer = await asyncio.open_connection("127.0.0.1", int(box.url.rpartition(":")[2]))
    writer.write(b"POST /_sandbox/clock/advance HTTP/1.1\r\nHost: localhost\r\nX-Sandbox-Token: " + token + b"\r\n\r\n")
    assert b" 403 " in await reader.readline()
    writer.close()


async def test_a_body_that_is_too_large_is_refused_in_one_line(control):
    assert await control("POST", "clock/advance", io.BytesIO(b" " * (2**22 + 1))) == (
        413,
        {"error": "the body is too large"},
    )


async def test_lists_are_bounded_and_say_how_many_there_are(control, call, monkeypatch):
    monkeypatch.setattr("reknit.sandbox.control._MOST_LISTED", 2)
    for number in range(3):
        body = {"input": {"id": 7}, "idempotency_key": f"k-{number}"}
        await call("rezolve", "POST", "/tools/itsm.tickets.delete/execute", json=body)
        await call("refonte", "POST", "/task/textcollection", json={})
        await call("relays", "POST", "/v1/relays/sessions", json={})
    await control(
        "POST", f"approvals/{(await control('GET', 'approvals'))[1]['approvals'][0]['approval_id']}/approve", {}
    )
    listed = (await control("GET", "approvals"))[1]
    assert [item["idempotency_key"] for item in listed["approvals"]] == ["k-1", "k-2"]
    assert (listed["pending"], listed["total"]) == (2, 3)
    for name in ("tasks", "sessions"):
        listed = (await control("GET", name))[1]
        assert (len(listed[name]), listed["total"]) == (2, 3)


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:1", "localhost.:1", "127.0.0.1:9", "[::1]:8", "127.8.8.8", "my.box:80"]
)
async def test_this_machines_names_and_those_that_were_allowed_are_answered(host):
    async with (
        Sandbox(allowed_hosts=["my.box"]) as box,
        aiohttp.ClientSession() as session,
        session.get(f"{box.url}/_sandbox/clock", headers={"Host": host}) as response,
    ):
        assert response.status == 200


async def test_who_listens_everywhere_answers_to_addresses_but_not_to_names():
    async with Sandbox(host="0.0.0.0") as box, aiohttp.ClientSession() as session:
        for host, status in [("10.1.2.3", 200), ("evil.example", 403)]:
            url = f"http://127.0.0.1:{box.url.rpartition(':')[2]}/_sandbox/clock"
            async with session.get(url, headers={"Host": host}) as response:
                assert response.status == status


async def test_a_sandbox_that_may_call_anywhere_does(receiver):
    async with Sandbox(callbacks_anywhere=True, clock=Clock(0.0, tick=lambda: 0.0)) as box:
        task = box.refonte  # an address that is no loopback one is tried, and nobody is there
        async with aiohttp.ClientSession() as session:
            headers = credentials("refonte", TEST_KEY)
            body = {"callback_url": "http://nobody.invalid/"}
            url = f"{box.base_url('refonte')}/task/textcollection"
            async with session.post(url, json=body, headers=headers) as response:
                task_id = (await response.json())["task_id"]
        await task.complete(task_id)
        assert [effect.name for effect in box.ledger.effects("refonte")][-1] == "callback.failed"


@pytest.mark.parametrize(
    "address",
    [
        "http://localhost.evil.example/",
        "http://127.0.0.1.evil.example/",
        "http://127.0.0.1@evil.example/",
        "http://evil.example#@127.0.0.1/",
        "http://0.0.0.0/",
        "http://[::]/",
        "http://[::ffff:10.0.0.1]/",
        "http://2130706433/",
        "http://0177.0.0.1/",
        "http://0x7f.1/",
        "http://127。0。0。1/",
        "http://169.254.169.254/",
        "http://localhost%2eevil.example/",
        "file:///etc/passwd",
        "unix:///run/x",
    ],
)
def test_nothing_is_sent_to_what_is_not_plainly_this_machine(address):
    assert why_not(address)


@pytest.mark.parametrize(
    "address", ["http://localhost:8000/", "https://127.0.0.1/x", "http://[::1]:9/", "http://127.8.0.1/"]
)
def test_callbacks_go_to_this_machine(address):
    assert why_not(address) is None


async def test_no_callback_follows_a_redirect(box, call, receiver):
    def redirect():
        return web.Response(status=307, headers={"Location": receiver.url})

    receiver.answer = redirect
    body = {"callback_url": receiver.url}
    task_id = (await call("refonte", "POST", "/task/textcollection", json=body)).json["task_id"]
    await box.refonte.complete(task_id)
    assert len(receiver.got) == 1
