from __future__ import annotations

import pytest

from reknit.sandbox import LIVE_KEY, TEST_KEY

ADA = {"uid": "uid-1", "email": "ada@example.org"}


async def connect(call):
    return (await call("rezi", "POST", "/user/token", json=ADA)).json


async def create_resume(call, user_id, **content):
    return (await call("rezi", "POST", f"/user/{user_id}/resume", json=content)).json["resume"]


async def test_the_first_connect_creates_the_user_and_later_ones_find_it(call, box):
    first, second = await connect(call), await connect(call)
    assert first["status"] == "success"
    assert first["userID"] == second["userID"]
    assert first["token"] != second["token"]
    assert len(box.ledger.effects("rezi", "user.created")) == 1


async def test_another_uid_for_an_email_is_an_error_in_a_200(call):
    await connect(call)
    answer = await call("rezi", "POST", "/user/token", json={**ADA, "uid": "uid-2"})
    assert answer.status == 200
    assert answer.json["status"] == "error"
    assert answer.json["errorCode"] == "error code: connect-01, please contact administrator"


@pytest.mark.parametrize(
    ("style", "status", "missing"), [("mixed", 200, 400), ("in-200", 200, 200), ("status", 400, 400)]
)
async def test_both_styles_of_error_occur(call, box, style, status, missing):
    box.rezi.errors = style
    assert (await call("rezi", "GET", "/user/none")).status == status
    answer = await call("rezi", "POST", "/user/token", json={"email": "ada@example.org"})
    assert (answer.status, answer.json["hint"]) == (missing, 'body: "uid" is a required property')


@pytest.mark.parametrize("spelling", [str.upper, str.title, str.lower])
async def test_the_envelope_is_spelled_in_any_case(call, box, spelling):
    box.rezi.spelling = spelling
    assert (await connect(call))["status"] == spelling("success")
    assert (await call("rezi", "GET", "/user/none")).json["status"] == spelling("error")


async def test_the_envelope_can_say_type(call, box):
    box.rezi.property_name = "type"
    assert (await connect(call))["type"] == "success"
    assert "status" not in await connect(call)


async def test_users_and_resumes_are_read_back(call):
    user_id = (await connect(call))["userID"]
    assert (await call("rezi", "GET", f"/user/{user_id}")).json["user"]["email"] == "ada@example.org"
    assert [user["userID"] for user in (await call("rezi", "GET", "/users")).json["users"]] == [user_id]
    resume = await create_resume(call, user_id, title="Engineer")
    assert (resume["title"], resume["userID"]) == ("Engineer", user_id)
    assert (await call("rezi", "GET", f"/user/{user_id}/resumes")).json["resumes"] == [resume]
    assert (await call("rezi", "GET", f"/resume/{resume['resumeID']}")).json["resume"] == resume


async def test_a_resume_needs_no_content(call):
    user_id = (await connect(call))["userID"]
    answer = await call("rezi", "POST", f"/user/{user_id}/resume")
    assert answer.json["resume"]["title"] == "Untitled"


async def test_a_resume_is_downloaded_as_bytes(call):
    resume = await create_resume(call, (await connect(call))["userID"], title="Ädä (xref) \\")
    answer = await call("rezi", "GET", f"/resume/{resume['resumeID']}/download")
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.raw.startswith(b"%PDF-1.4")
    start = int(answer.raw.split(b"startxref\n")[1].split()[0])
    assert answer.raw[start:].startswith(b"xref\n")


async def test_a_resume_has_a_score(call):
    user_id = (await connect(call))["userID"]
    thin, full = await create_resume(call, user_id), await create_resume(call, user_id, title="x", skills=["y"])
    scores = [(await call("rezi", "GET", f"/resume/{item['resumeID']}/score")).json["score"] for item in (thin, full)]
    assert 0 <= scores[0] < scores[1] <= 100


@pytest.mark.parametrize(
    "path", ["/user/none", "/user/none/resumes", "/resume/none", "/resume/none/score", "/resume/none/download"]
)
async def test_what_is_not_there_is_an_error(call, path):
    answer = await call("rezi", "GET", path)
    assert (answer.status, answer.json["status"]) == (200, "error")


async def test_an_upgrade_bills_and_has_unix_times(call, box):
    user = await connect(call)
    answer = await call("rezi", "POST", "/plan/upgrade", json={"planId": "monthly", "email": "ADA@example.org"})
    plan = answer.json["data"]
    assert (answer.json["status"], plan["status"], plan["plan_id"]) == ("success", "active", "monthly")
    assert plan["created"] == int(box.clock.now())
    assert plan["current_period_end"] > plan["current_period_start"]
    assert [effect.subject for effect in box.ledger.effects("rezi", "plan.upgraded")] == [user["userID"]]


async def test_an_upgrade_of_nobody_is_an_error_in_a_200(call, box):
    answer = await call("rezi", "POST", "/plan/upgrade", json={"planId": "monthly", "email": "no@example.org"})
    assert (answer.status, answer.json["status"]) == (200, "error")
    assert not box.ledger.effects("rezi", "plan.upgraded")


async def test_a_short_lived_token_works_for_a_quarter_of_an_hour(call, box):
    token = (await call("rezi", "GET", "/accessToken")).json["access_token"]
    box.clock.advance(15 * 60 - 1)
    assert (await call("rezi", "GET", "/users", key=token)).status == 200
    box.clock.advance(1)
    answer = await call("rezi", "GET", "/users", key=token)
    assert (answer.status, answer.json["errorCode"]) == (401, "Jwt verification fails")
    assert (await call("rezi", "GET", "/accessToken")).json["access_token"] != token


async def test_a_short_lived_token_makes_no_other_and_expired_ones_are_forgotten(call, box):
    token = (await call("rezi", "GET", "/accessToken")).json["access_token"]
    assert (await call("rezi", "GET", "/accessToken", key=token)).status == 401
    box.clock.advance(3600)
    await call("rezi", "GET", "/accessToken")
    assert len(box.rezi._tokens) == 1


async def test_the_name_of_the_expiry_can_be_another(call, box):
    box.rezi.expiry_name = "expiresIn"
    assert (await call("rezi", "GET", "/accessToken")).json["expiresIn"] == 900


@pytest.mark.parametrize("name", ["Authorization", "Authentication"])
async def test_either_header_is_taken(call, name):
    assert (await call("rezi", "GET", "/users", headers={name: f"Bearer {TEST_KEY}"})).status == 200


@pytest.mark.parametrize(
    "headers", [{}, {"Authorization": "Bearer"}, {"Authorization": TEST_KEY}, {"Authentication": "Bearer wrong_key"}]
)
async def test_a_missing_or_wrong_key_is_unauthorized(call, headers):
    answer = await call("rezi", "GET", "/users", headers=headers)
    assert (answer.status, answer.json["errorCode"]) == (401, "error code: auth-01, please contact administrator")


async def test_test_keys_and_live_keys_are_separate_worlds(call, box):
    user = (await connect(call))["userID"]
    live = {"Authorization": f"Bearer {LIVE_KEY}"}
    resume = (await call("rezi", "POST", f"/user/{user}/resume", json={})).json["resume"]["resumeID"]
    assert (await call("rezi", "GET", "/users", headers=live)).json["users"] == []
    for path in (f"/user/{user}", f"/resume/{resume}"):
        assert (await call("rezi", "GET", path, headers=live)).json["status"] == "error"
        assert (await call("rezi", "GET", path)).json["status"] == "success"
    token = (await call("rezi", "GET", "/accessToken", headers=live)).json["access_token"]
    short = {"Authorization": f"Bearer {token}"}
    body = {"uid": "another", "email": "ada@example.org"}
    other = (await call("rezi", "POST", "/user/token", json=body, headers=short)).json["userID"]
    assert [item["userID"] for item in (await call("rezi", "GET", "/users", headers=live)).json["users"]] == [other]


async def test_the_oldest_user_is_forgotten_with_the_resumes(call, box, monkeypatch):
    monkeypatch.setattr("reknit.sandbox.rezi._KEPT_USERS", 2)
    first, *_ = [await join(call, f"{name}@example.org") for name in ("a", "b")]
    resume = (await call("rezi", "POST", f"/user/{first['userID']}/resume", json={})).json["resume"]
    await join(call, "c@example.org")
    assert [user.email for user in box.rezi.users.values()] == ["b@example.org", "c@example.org"]
    assert resume["resumeID"] not in box.rezi.resumes
    assert (await join(call, "a@example.org", uid="another"))["status"] == "success"


async def test_the_oldest_resume_and_the_oldest_token_are_forgotten(call, box, monkeypatch):
    monkeypatch.setattr("reknit.sandbox.rezi._KEPT_RESUMES", 2)
    monkeypatch.setattr("reknit.sandbox.rezi._KEPT_TOKENS", 2)
    user_id = (await join(call, "a@example.org"))["userID"]
    made = [(await call("rezi", "POST", f"/user/{user_id}/resume", json={})).json["resume"] for _ in range(3)]
    assert [*box.rezi.resumes] == [resume["resumeID"] for resume in made[1:]]
    tokens = [(await call("rezi", "GET", "/accessToken")).json["access_token"] for _ in range(3)]
    assert [(await call("rezi", "GET", "/users", key=token)).status for token in tokens] == [401, 200, 200]


async def join(call, email, uid="u"):
    return (await call("rezi", "POST", "/user/token", json={"email": email, "uid": uid})).json
