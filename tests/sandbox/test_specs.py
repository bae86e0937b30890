"""What the contracts forbid: in requests an error of the API's own, in the sandbox's answers a violation."""

from __future__ import annotations

import aiohttp
import pytest

from reknit.sandbox import TEST_KEY, Sandbox
from reknit.sandbox.faults import CALLBACKS
from reknit.sandbox.server import APIS
from reknit.sandbox.specs import spec_of
from reknit.sandbox.wire import Answer, Call, json_answer


def call_of(**changed):
    headers = {"Content-Type": "application/json"}
    return Call(
        **{"operation": "", "method": "GET", "path": "/", "parameters": {}, "query": {}, "headers": headers, **changed}
    )


@pytest.mark.parametrize("api", APIS)
async def test_every_operation_of_a_contract_is_played(box, api):
    assert {*getattr(box, api).handlers()} == {*spec_of(api).operations} == {*box.faults.operations[api]}


async def test_an_operation_that_is_not_played_yet_is_not_found_and_the_others_are(monkeypatch):
    box = Sandbox()
    handlers = box.relays.handlers()
    del handlers["sessions.get"]
    monkeypatch.setattr(box.relays, "handlers", lambda: handlers)
    headers = {"Authorization": f"token {TEST_KEY}"}
    async with (
        box,
        aiohttp.ClientSession(box.base_url("relays") + "/", headers=headers) as session,
        session.get("v1/relays/sessions/any") as missing,
        session.get("v1/relays/sessions") as played,
    ):
        assert (missing.status, played.status) == (404, 200)


def test_only_apis_that_have_callbacks_send_some():
    assert {*CALLBACKS} <= {*APIS}


@pytest.mark.parametrize(
    ("api", "operation", "call", "problem"),
    [
        ("refonte", "tasks.list", {"query": {"limit": "0"}}, "query limit: it is less than the minimum of 1"),
        ("refonte", "tasks.list", {"query": {"limit": "many"}}, 'query limit: it is not of type "integer"'),
        ("refonte", "tasks.list", {"query": {"limit": "100"}}, None),
        ("rezolve", "tools.get", {}, "path tool_key is required"),
        ("rezolve", "tools.execute", {"parameters": {"tool_key": "x"}}, "body is required"),
        ("relays", "sessions.create", {"raw": b'{"users": [{"ip": 7}]}'}, "body.users[0].ip: it is not of type"),
        ("rezi", "users.create_resume", {"parameters": {"userID": "x"}}, None),
    ],
)
def test_what_a_contract_forbids_in_a_request_is_named_without_the_value(api, operation, call, problem):
    problems = spec_of(api).operations[operation].request_problems(call_of(**call))
    assert problems[0].startswith(problem) if problem else not problems, problems


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (json_answer({"success": True, "request_id": "r", "data": 1}), None),
        (json_answer({"success": False, "error": {"code": "FORBIDDEN", "message": "m"}}), None),
        (json_answer({"success": True}), 'answer: "request_id" is a required property'),
        (json_answer({"success": "yes", "request_id": "r"}), 'answer.success: it is not of type "boolean"'),
        (Answer(200, b"OK", "text/plain"), "200 is not answered with text/plain"),
        (json_answer([], 418), 'answer: it is not of type "object"'),
    ],
)
def test_what_a_contract_forbids_in_an_answer_is_named(answer, problem):
    problems = spec_of("rezolve").operations["tools.execute"].answer_problems(answer)
    assert problems[:1] == ([problem] if problem else [])


def test_a_status_that_is_not_documented_is_not_answered():
    assert spec_of("relays").operations["sessions.list"].answer_problems(json_answer({}, 409)) == [
        "409 is not answered"
    ]


async def test_an_answer_that_breaks_its_contract_is_a_violation_and_goes_out(call, box):
    box.rezi.spelling = lambda _: 7
    answer = await call("rezi", "POST", "/user/token", json={"uid": "u", "email": "a@b.c"})
    assert answer.json["status"] == 7
    assert box.violations == ['rezi users.connect: 200: answer.status: it is not of type "string"']
    box.violations.clear()


async def test_a_bug_of_the_sandbox_is_a_violation_and_a_500_in_the_apis_shape(call, box, caplog):
    box.relays.sessions = None
    answer = await call("relays", "GET", "/v1/relays/sessions")
    assert (answer.status, "bug" in answer.json["message"]) == (500, True)
    assert "relays sessions.list" in box.violations[0]
    assert "failed to answer relays sessions.list" in caplog.text
    box.violations.clear()


async def test_half_a_surrogate_pair_is_no_text(call):
    answer = await call(
        "rezolve",
        "POST",
        "/tools/itsm.tickets.create/execute",
        data=b'{"input": {"title": "\\ud800"}}',
        more_headers={"Content-Type": "application/json"},
    )
    assert (answer.status, answer.json["error"]["code"]) == (400, "INVALID_INPUT")
