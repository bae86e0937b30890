from __future__ import annotations

import asyncio

import pytest

from reknit.sandbox import WRONG_KEY
from reknit.sandbox.rezolve import Connection
from reknit.sandbox.specs import validator


def execute(call, tool, tool_input, **body):
    return call("rezolve", "POST", f"/tools/{tool}/execute", json={"input": tool_input, **body})


def code(answer):
    return answer.json["error"]["code"]


async def test_the_catalogue_has_every_risk_level_and_several_domains(call):
    tools = (await call("rezolve", "GET", "/tools")).json["data"]
    assert {tool["risk_level"] for tool in tools} == {"read", "write", "destructive", "admin"}
    assert len({tool["domain"] for tool in tools}) >= 4


@pytest.mark.parametrize(("domain", "count"), [("itsm", 3), ("hris", 1), ("nothing", 0)])
async def test_the_catalogue_can_be_asked_for_one_domain(call, domain, count):
    tools = (await call("rezolve", "GET", "/tools", params={"domain": domain})).json["data"]
    assert [tool["domain"] for tool in tools] == [domain] * count


async def test_the_catalogue_comes_bare_where_it_is_set_so(call, box):
    box.rezolve.enveloped_catalogue = False
    assert isinstance((await call("rezolve", "GET", "/tools")).json, list)
    assert (await call("rezolve", "GET", "/tools/itsm.tickets.list")).json["key"] == "itsm.tickets.list"


async def test_a_tool_shows_its_schemas_and_connectors(call):
    tool = (await call("rezolve", "GET", "/tools/itsm.tickets.create")).json["data"]
    assert tool["input_schema"]["required"] == ["title"]
    assert tool["connectors"]


async def test_a_tool_that_is_not_there_has_a_code_of_its_own(call):
    for answer in (await call("rezolve", "GET", "/tools/no.such.tool"), await execute(call, "no.such.tool", {})):
        assert (answer.status, code(answer)) == (404, "TOOL_NOT_FOUND")


async def test_a_tool_executes_and_answers_with_the_envelope(call, box):
    answer = await execute(call, "itsm.tickets.create", {"title": "printer"})
    assert answer.json["success"] is True
    assert answer.json["data"]["title"] == "printer"
    assert answer.json["connection_id"] == "con_itsm_1"
    assert box.ledger.effects("rezolve", "itsm.tickets.create")[0].subject == "con_itsm_1"


@pytest.mark.parametrize(
    ("tool", "tool_input", "part"),
    [
        ("hris.employees.get", {"id": "E-100"}, {"name": "Ada Byron"}),
        (
            "crm.contacts.search",
            {"query": "GRACE"},
            {"contacts": [{"id": "C-1", "name": "Grace H.", "email": "grace@example.com"}]},
        ),
        (
            "crm.contacts.update",
            {"id": "C-1", "email": "new@example.com"},
            {"name": "Grace H.", "email": "new@example.com"},
        ),
        ("itsm.tickets.list", {"state": "closed"}, {"tickets": []}),
    ],
)
async def test_tools_reach_into_their_systems(call, tool, tool_input, part):
    data = (await execute(call, tool, tool_input)).json["data"]
    assert {name: data[name] for name in part} == part


async def test_a_key_executes_once_however_often_it_comes(call, box):
    answers = await asyncio.gather(
        *(execute(call, "itsm.tickets.create", {"title": "printer"}, idempotency_key="k-1") for _ in range(8))
    )
    assert len({answer.raw for answer in answers}) == 1
    assert len(box.ledger.effects("rezolve", "itsm.tickets.create", key="k-1")) == 1
    assert len(box.ledger.requests("rezolve", "tools.execute", key="k-1")) == 8


async def test_without_a_key_every_call_executes(call, box):
    await execute(call, "itsm.tickets.create", {"title": "printer"})
    await execute(call, "itsm.tickets.create", {"title": "printer"})
    assert len(box.ledger.effects("rezolve", "itsm.tickets.create")) == 2


@pytest.mark.parametrize(
    ("tool", "tool_input", "more"),
    [
        ("itsm.tickets.create", {"title": "another"}, {}),
        ("itsm.tickets.list", {}, {}),
        ("itsm.tickets.create", {"title": "printer"}, {"connection_id": "con_itsm_2"}),
    ],
)
async def test_a_key_that_was_used_for_something_else_is_an_error(call, box, tool, tool_input, more):
    await execute(call, "itsm.tickets.create", {"title": "printer"}, idempotency_key="k-1")
    answer = await execute(call, tool, tool_input, idempotency_key="k-1", **more)
    assert (answer.status, code(answer)) == (409, "INVALID_INPUT")
    assert len(box.ledger.effects("rezolve")) == 1


async def test_old_keys_are_forgotten_so_that_memory_stays_flat(call, box, monkeypatch):
    monkeypatch.setattr("reknit.sandbox.rezolve._KEPT_KEYS", 2)
    for key in ("k-1", "k-2", "k-3", "k-3", "k-1"):
        await execute(call, "itsm.tickets.create", {"title": "printer"}, idempotency_key=key)
    assert [effect.key for effect in box.ledger.effects("rezolve")] == ["k-1", "k-2", "k-3", "k-1"]


async def test_a_destructive_call_waits_until_someone_approves_it(call, box):
    async def delete():
        return await execute(call, "itsm.tickets.delete", {"id": 7}, idempotency_key="k-1")

    first, second = await delete(), await delete()
    assert (code(first), code(second)) == ("APPROVAL_REQUIRED", "APPROVAL_REQUIRED")
    assert first.json["error"]["details"] == second.json["error"]["details"]
    assert len(box.rezolve.approvals) == 1
    box.rezolve.approve("k-1")
    done, again = await delete(), await delete()
    assert done.json["data"] == {"id": 7, "deleted": True}
    assert again.raw == done.raw
    assert len(box.ledger.effects("rezolve", "itsm.tickets.delete", key="k-1")) == 1


async def test_a_replay_after_a_rejection_is_forbidden(call, box):
    await execute(call, "itsm.tickets.delete", {"id": 7}, idempotency_key="k-1")
    box.rezolve.reject("k-1")
    for _ in range(2):
        assert code(await execute(call, "itsm.tickets.delete", {"id": 7}, idempotency_key="k-1")) == "FORBIDDEN"
    assert not box.ledger.effects("rezolve", "itsm.tickets.delete")


async def test_an_approval_can_be_named_by_its_own_id(call, box):
    answer = await execute(call, "itsm.tickets.delete", {"id": 7})
    approval = box.rezolve.approve(answer.json["error"]["details"]["approval_id"])
    assert (approval.state, approval.idempotency_key, approval.tool_key) == ("approved", None, "itsm.tickets.delete")


async def test_approving_what_nobody_asked_for_or_twice_is_a_mistake(call, box):
    with pytest.raises(LookupError, match="k-9"):
        box.rezolve.approve("k-9")
    await execute(call, "itsm.tickets.delete", {"id": 7}, idempotency_key="k-1")
    box.rezolve.approve("k-1")
    with pytest.raises(ValueError, match="approved already"):
        box.rezolve.reject("k-1")


async def test_writes_can_be_gated_too(call, box):
    box.rezolve.gated.add("write")
    assert code(await execute(call, "itsm.tickets.create", {"title": "printer"})) == "APPROVAL_REQUIRED"


async def test_a_dry_run_validates_and_does_nothing(call, box):
    good = await execute(call, "itsm.tickets.delete", {"id": 7}, dry_run=True, idempotency_key="k-1")
    bad = await execute(call, "itsm.tickets.delete", {"id": "seven"}, dry_run=True)
    assert good.json["success"] is True
    assert code(bad) == "INVALID_INPUT"
    assert not box.rezolve.approvals
    assert not box.ledger.effects("rezolve")
    real = await execute(call, "itsm.tickets.delete", {"id": 7}, idempotency_key="k-1")
    assert code(real) == "APPROVAL_REQUIRED"


@pytest.mark.parametrize(
    ("tool_input", "message"),
    [
        ({}, 'input: "title" is a required property'),
        ({"title": 7}, 'input.title: it is not of type "string"'),
        ({"title": ""}, "input.title: it is shorter than 1 character"),
        ({"title": "x", "priority": "urgent"}, 'input.priority: it is not one of "low", "normal" or "high"'),
        ({"title": "x", "colour": "red"}, "input: Additional properties are not allowed ('colour' was unexpected)"),
    ],
)
async def test_an_input_that_does_not_fit_is_named(call, tool_input, message):
    answer = await execute(call, "itsm.tickets.create", tool_input)
    assert (answer.status, code(answer), answer.json["error"]["message"]) == (400, "INVALID_INPUT", message)


@pytest.mark.parametrize(
    "body", [{}, {"input": []}, {"input": {}, "dry_run": "yes"}, {"input": {}, "idempotency_key": 7}, []]
)
async def test_a_body_that_does_not_fit_is_refused(call, body):
    answer = await call("rezolve", "POST", "/tools/itsm.tickets.list/execute", json=body)
    assert (answer.status, code(answer)) == (400, "INVALID_INPUT")


async def test_the_named_connection_is_used(call):
    answer = await execute(call, "itsm.tickets.list", {}, connection_id="con_itsm_2")
    assert answer.json["connection_id"] == "con_itsm_2"


async def test_a_connection_that_is_not_well_is_left_out_of_the_routing(call, box):
    box.rezolve.connections[0].healthy = False
    assert (await execute(call, "itsm.tickets.list", {})).json["connection_id"] == "con_itsm_2"


@pytest.mark.parametrize(
    ("tool", "connection"),
    [("finance.invoices.list", None), ("itsm.tickets.list", "con_hris_1"), ("itsm.tickets.list", "con_nowhere")],
)
async def test_without_an_active_connection_there_is_a_code_for_it(call, tool, connection):
    answer = await execute(call, tool, {}, **({"connection_id": connection} if connection else {}))
    assert (answer.status, code(answer)) == (404, "CONNECTION_NOT_FOUND")


async def test_a_connection_can_be_added_for_a_domain_that_has_none(call, box):
    box.rezolve.connections.append(Connection("con_finance_1", "finance", "netsuite"))
    assert (await execute(call, "finance.invoices.list", {})).json["data"] == {"invoices": []}


async def test_a_vendor_that_fails_is_an_upstream_error_and_executes_nothing(call, box):
    box.rezolve.fail_upstream("itsm.tickets.create", "the desk is down", times=2)
    for _ in range(2):
        answer = await execute(call, "itsm.tickets.create", {"title": "printer"}, idempotency_key="k-1")
        assert (answer.status, code(answer)) == (502, "UPSTREAM_ERROR")
        assert answer.json["error"]["message"] == "the desk is down"
    assert not box.ledger.effects("rezolve")
    assert (await execute(call, "itsm.tickets.create", {"title": "printer"}, idempotency_key="k-1")).status == 200


@pytest.mark.parametrize(
    ("tool", "tool_input"), [("itsm.tickets.delete", {"id": 99}), ("hris.employees.get", {"id": "E-9"})]
)
async def test_what_the_vendor_does_not_have_is_an_upstream_error(call, box, tool, tool_input):
    box.rezolve.gated.clear()
    answer = await execute(call, tool, tool_input)
    assert (answer.status, code(answer), answer.json["error"]["details"]["vendor_status"]) == (
        404,
        "UPSTREAM_ERROR",
        404,
    )


async def test_admin_tools_need_an_administrators_key(call):
    path, body = "/tools/iam.roles.grant/execute", {"input": {"user": "ada", "role": "auditor"}}
    assert code(await call("rezolve", "POST", path, json=body)) == "FORBIDDEN"
    assert (await call("rezolve", "POST", path, json=body, key="admin_key")).json["data"]["granted"] is True


async def test_a_permission_can_be_taken_away(call, box):
    box.rezolve.forbid("itsm.tickets.list")
    assert code(await execute(call, "itsm.tickets.list", {})) == "FORBIDDEN"


@pytest.mark.parametrize(
    "headers",
    [{}, {"Authorization": "Basic eDo="}, {"Authorization": "Bearer "}, {"Authorization": f"Bearer {WRONG_KEY}"}],
)
async def test_a_missing_or_wrong_key_is_unauthorized_and_learns_nothing_of_limits(call, headers):
    answer = await call("rezolve", "GET", "/tools", headers=headers)
    assert (answer.status, code(answer)) == (401, "UNAUTHORIZED")
    assert "X-RateLimit-Limit" not in answer.headers


async def test_errors_can_come_in_a_200(call, box):
    box.rezolve.errors_in_200 = True
    answer = await call("rezolve", "GET", "/tools/no.such.tool")
    assert (answer.status, answer.json["success"], code(answer)) == (200, False, "TOOL_NOT_FOUND")


async def test_a_burst_beyond_the_limit_is_answered_429_with_the_wait(call, box):
    box.rezolve.limit(rate=2, burst=3)
    answers = [await call("rezolve", "GET", "/tools") for _ in range(4)]
    assert [answer.status for answer in answers] == [200, 200, 200, 429]
    assert [answer.headers["X-RateLimit-Remaining"] for answer in answers] == ["2", "1", "0", "0"]
    assert [answer.headers["X-RateLimit-Reset"] for answer in answers] == ["1", "1", "2", "2"]
    assert (code(answers[3]), answers[3].headers["Retry-After"]) == ("RATE_LIMITED", "1")
    box.clock.advance(0.5)
    assert (await call("rezolve", "GET", "/tools")).status == 200
    assert (await call("rezolve", "GET", "/tools")).status == 429


async def test_the_limit_holds_for_each_key(call, box):
    box.rezolve.limit(rate=1, burst=1)
    assert [(await call("rezolve", "GET", "/tools", key=key)).status for key in "aabb"] == [200, 429, 200, 429]


async def test_the_reset_can_be_an_epoch(call, box):
    box.rezolve.limit(rate=1, burst=5, reset="epoch")
    answer = await call("rezolve", "GET", "/tools")
    assert answer.headers["X-RateLimit-Reset"] == str(int(box.clock.now()) + 1)


async def test_the_headers_of_the_limit_can_be_left_out(call, box):
    box.rezolve.limit(rate=1, burst=1, headers=False, retry_after=False)
    answers = [await call("rezolve", "GET", "/tools") for _ in range(2)]
    assert [answer.status for answer in answers] == [200, 429]
    assert not [name for answer in answers for name in answer.headers if name.startswith(("X-RateLimit", "Retry"))]


async def test_errors_carry_the_headers_of_the_limit_as_well(call):
    answer = await call("rezolve", "GET", "/tools/no.such.tool")
    assert answer.headers["X-RateLimit-Limit"] == "10000"


@pytest.mark.parametrize(
    ("tool", "tool_input"),
    [
        ("itsm.tickets.list", {}),
        ("itsm.tickets.create", {"title": "printer", "priority": "high"}),
        ("itsm.tickets.delete", {"id": 7}),
        ("hris.employees.get", {"id": "E-100"}),
        ("crm.contacts.search", {"query": "grace"}),
        ("crm.contacts.update", {"id": "C-9", "name": "Alan"}),
        ("iam.roles.grant", {"user": "ada", "role": "auditor"}),
        ("finance.invoices.list", {}),
    ],
)
async def test_what_a_tool_answers_fits_its_schema(call, box, tool, tool_input):
    box.rezolve.gated.clear()
    box.rezolve.connections.append(Connection("con_finance_1", "finance", "netsuite"))
    described = (await call("rezolve", "GET", f"/tools/{tool}")).json["data"]
    answer = await call("rezolve", "POST", f"/tools/{tool}/execute", json={"input": tool_input}, key="admin_1")
    validator(described["input_schema"]).validate(tool_input)
    validator(described["output_schema"]).validate(answer.json["data"])


@pytest.mark.parametrize(("rate", "burst"), [(0, 1), (-1, 1), (1, 0), (float("nan"), 1)])
async def test_a_limit_that_lets_nothing_through_is_a_mistake(box, rate, burst):
    with pytest.raises(ValueError, match="a limit needs"):
        box.rezolve.limit(rate=rate, burst=burst)


async def test_an_approval_that_nobody_gives_expires(call, box):
    box.rezolve.approval_seconds = 60
    await execute(call, "itsm.tickets.delete", {"id": 7}, idempotency_key="k-1")
    box.clock.advance(59)
    assert box.rezolve.approvals[0].state == "pending"
    box.clock.advance(1)
    assert code(await execute(call, "itsm.tickets.delete", {"id": 7}, idempotency_key="k-1")) == "FORBIDDEN"
    with pytest.raises(ValueError, match="was expired already"):
        box.rezolve.approve("k-1")
    assert [effect.name for effect in box.ledger.effects("rezolve")] == ["approval.requested", "approval.expired"]


async def test_a_fixed_window_lets_its_calls_through_and_begins_anew(call, box):
    box.rezolve.limit(burst=2, window=60, reset="seconds")

    async def ask():
        answer = await call("rezolve", "GET", "/tools")
        limits = [answer.headers[f"X-RateLimit-{name}"] for name in ("Limit", "Remaining", "Reset")]
        return answer.status, *limits, answer.headers.get("Retry-After")

    assert await ask() == (200, "2", "1", "60", None)
    box.clock.advance(20)
    assert await ask() == (200, "2", "0", "40", None)
    assert await ask() == (429, "2", "0", "40", "40")
    box.clock.advance(40)
    assert await ask() == (200, "2", "1", "60", None)
    for window in (0, float("nan")):
        with pytest.raises(ValueError, match="a window lasts longer"):
            box.rezolve.limit(window=window)


async def test_the_oldest_contact_is_forgotten(call, box, monkeypatch):
    monkeypatch.setattr("reknit.sandbox.rezolve._KEPT_CONTACTS", 2)
    for contact in ("C-2", "C-3", "C-2"):
        await execute(call, "crm.contacts.update", {"id": contact, "name": "Grace"})
    found = (await execute(call, "crm.contacts.search", {"query": "grace"})).json["data"]["contacts"]
    assert [contact["id"] for contact in found] == ["C-2", "C-3"]
