from __future__ import annotations

import pytest
from aiohttp import web

SESSIONS = "/v1/relays/sessions"


async def create(call, **body):
    return (await call("relays", "POST", SESSIONS, json={"users": [{"ip": "192.0.2.1"}], **body})).json


def read(call, session):
    return call("relays", "GET", f"{SESSIONS}/{session['session_id']}")


async def test_a_session_becomes_ready_at_its_second_poll(call):
    session = await create(call)
    assert (session["ready"], session["linked"], session["relay"]) == (False, False, None)
    first, second, third = [(await read(call, session)).json for _ in range(3)]
    assert [first["ready"], second["ready"], third["ready"]] == [False, True, True]
    assert second["relay"] == third["relay"]
    assert second["relay"]["ports"].keys() == {"server", "client"}
    assert second["relay"]["ports"]["server"]["port"] != second["relay"]["ports"]["client"]["port"]


@pytest.mark.parametrize(("polls", "ready"), [(0, True), (1, False), (None, False)])
async def test_how_many_polls_it_takes_can_be_set(call, box, polls, ready):
    box.relays.polls_until_ready = polls
    session = await create(call)
    assert session["ready"] is ready
    assert (await read(call, session)).json["ready"] is (polls is not None)


async def test_tokens_do_not_fit_into_a_signed_32_bit_integer(call):
    session = await create(call)
    tokens = [session["authorization_token"], session["session_users"][0]["authorization_token"]]
    assert all(2**31 <= token < 2**32 for token in tokens)


async def test_a_session_can_fail_and_then_never_becomes_ready(call, box):
    session = await create(call)
    box.relays.fail(session["session_id"], "no capacity")
    for _ in range(3):
        found = (await read(call, session)).json
        assert (found["ready"], found["error"]) == (False, "no capacity")


async def test_a_session_needs_no_users_but_an_empty_list_is_refused(call):
    assert (await call("relays", "POST", SESSIONS, json={})).json["session_users"] == []
    answer = await call("relays", "POST", SESSIONS, json={"users": []})
    assert (answer.status, answer.json["message"]) == (400, "body.users: it has less than 1 item")


@pytest.mark.parametrize(
    "body", [{"users": [{"ip": "1.2.3"}]}, {"users": [{}]}, {"filters": [{}]}, {"webhook_url": 7}, [1]]
)
async def test_a_body_that_does_not_fit_is_refused(call, body):
    assert (await call("relays", "POST", SESSIONS, json=body)).status == 400


async def test_a_user_is_authorized_and_revoked_again(call, box):
    session = await create(call)
    body = {"session_id": session["session_id"], "user_ip": "2001:db8::2"}
    answer = (await call("relays", "POST", SESSIONS + ":authorize-user", json=body)).json
    user = answer["session_user"]
    assert user["ip_address"] == "2001:db8::2"
    assert user in answer["session_users"]
    body = {"session_id": session["session_id"], "authorization_token": user["authorization_token"]}
    revoked = await call("relays", "POST", SESSIONS + ":revoke-user", json=body)
    assert (revoked.status, len(revoked.json["session_users"])) == (200, 1)
    assert (await call("relays", "POST", SESSIONS + ":revoke-user", json=body)).status == 404
    assert [effect.name for effect in box.ledger.effects("relays")] == [
        "session.created",
        "user.authorized",
        "user.revoked",
    ]


async def test_revoking_can_answer_204(call, box):
    box.relays.revoke_status = 204
    session = await create(call)
    token = session["session_users"][0]["authorization_token"]
    body = {"session_id": session["session_id"], "authorization_token": token}
    answer = await call("relays", "POST", SESSIONS + ":revoke-user", json=body)
    assert (answer.status, answer.raw) == (204, b"")
    assert "Content-Type" not in answer.headers


async def test_a_user_who_is_there_already_is_a_conflict(call):
    session = await create(call)
    body = {"session_id": session["session_id"], "user_ip": "192.0.2.1"}
    assert (await call("relays", "POST", SESSIONS + ":authorize-user", json=body)).status == 409


@pytest.mark.parametrize(
    ("action", "body", "status"),
    [
        (":authorize-user", {"session_id": "none-S", "user_ip": "192.0.2.1"}, 400),
        (":authorize-user", {"session_id": "none-S"}, 400),
        (":revoke-user", {"session_id": "none-S", "authorization_token": 1}, 404),
        (":revoke-user", {"session_id": "none-S", "authorization_token": "1"}, 400),
    ],
)
async def test_users_of_a_session_that_is_not_there(call, action, body, status):
    assert (await call("relays", "POST", SESSIONS + action, json=body)).status == status


async def test_a_deleted_session_is_gone(call):
    session = await create(call)
    path = f"{SESSIONS}/{session['session_id']}"
    assert [(await call("relays", method, path)).status for method in ("DELETE", "DELETE", "GET")] == [204, 404, 404]


async def test_the_list_counts_its_sessions(call):
    sessions = [await create(call) for _ in range(3)]
    await call("relays", "DELETE", f"{SESSIONS}/{sessions[0]['session_id']}")
    found = (await call("relays", "GET", SESSIONS)).json
    assert found["total_count"] == 2
    assert [item["session_id"] for item in found["sessions"]] == [item["session_id"] for item in sessions[1:]]
    assert found["pagination"]["has_next"] is False


@pytest.mark.parametrize("value", [None, "token", "token ", "Bearer abc", "abc", "token wrong_key"])
async def test_the_word_token_belongs_to_the_header(call, value):
    answer = await call("relays", "GET", SESSIONS, headers={"Authorization": value} if value else {})
    assert (answer.status, list(answer.json)) == (401, ["message"])


async def test_the_colon_of_a_path_is_seen_as_it_came(call, box):
    await call("relays", "POST", SESSIONS + ":authorize-user", json={})
    assert box.ledger.requests("relays", "sessions.authorize_user")[0].path == "/v1/relays/sessions:authorize-user"


async def test_a_ready_session_calls_its_webhook_once(call, box, receiver):
    session = await create(call, webhook_url=receiver.url)
    for _ in range(3):
        await read(call, session)
    await box.settle()
    assert [payload["session_id"] for _, payload in receiver.got] == [session["session_id"]]
    assert receiver.got[0][1]["ready"] is True


async def test_a_session_can_be_made_ready(call, box, receiver):
    session = await create(call, webhook_url=receiver.url)
    assert box.relays.make_ready(session["session_id"]).ready
    assert box.relays.make_ready(session["session_id"]).ready
    await box.settle()
    assert len(receiver.got) == 1


async def test_a_webhook_elsewhere_is_not_called(call, box):
    session = await create(call, webhook_url="http://192.0.2.9/hook")
    box.relays.make_ready(session["session_id"])
    await box.settle()
    skipped = box.ledger.effects("relays", "webhook.skipped")
    assert skipped[0].detail == {"reason": "not a loopback address"}


async def test_a_webhook_that_refuses_is_noted(call, box, receiver):
    receiver.answer = lambda: web.Response(status=500)
    session = await create(call, webhook_url=receiver.url)
    box.relays.make_ready(session["session_id"])
    await box.settle()
    assert box.ledger.effects("relays", "webhook.failed")[0].detail == {"status": 500}


async def test_the_oldest_session_is_forgotten(call, box, monkeypatch):
    monkeypatch.setattr("reknit.sandbox.relays._KEPT_SESSIONS", 2)
    made = [(await call("relays", "POST", "/v1/relays/sessions", json={})).json["session_id"] for _ in range(3)]
    assert [*box.relays.sessions] == made[1:]


async def test_a_session_takes_so_many_users_and_no_more(call, monkeypatch):
    monkeypatch.setattr("reknit.sandbox.relays._MOST_USERS", 1)
    two = {"users": [{"ip": "192.0.2.1"}, {"ip": "192.0.2.2"}]}
    assert (await call("relays", "POST", "/v1/relays/sessions", json=two)).status == 400
    made = (await call("relays", "POST", "/v1/relays/sessions", json={"users": two["users"][:1]})).json
    more = {"session_id": made["session_id"], "user_ip": "192.0.2.2"}
    assert (await call("relays", "POST", "/v1/relays/sessions:authorize-user", json=more)).status == 409
