"""Every kind of fault, met by the real clients over real sockets."""

from __future__ import annotations

import asyncio
from collections import Counter

import aiohttp
import pytest
from aiohttp import web

from reknit import Retry, errors, refonte, relays, rezi, rezolve
from reknit.sandbox import (
    TEST_KEY,
    Delay,
    DuplicateCallback,
    GzipBomb,
    InvalidJson,
    Limited,
    Mix,
    Refuse,
    ReorderCallbacks,
    Reset,
    Sandbox,
    Status,
    Trickle,
    Truncate,
    Unknown,
    UnknownFault,
    WrongLength,
    WrongSecret,
    WrongShape,
    fault_of,
    parse_fault,
)
from reknit.sandbox.faults import KINDS, described

ONCE = Retry(max_attempts=1)
SOON = Retry(max_attempts=4, base=0.001, cap=0.002)
CREATE = "itsm.tickets.create"


def hub_of(box, retry=ONCE, **options):
    return rezolve.Client(TEST_KEY, base_url=box.base_url("rezolve"), retry=retry, **options)


async def create(hub, key="k-1", **options):
    return await hub.tools.execute(CREATE, input={"title": "printer"}, idempotency_key=key, **options)


def executed(box, key="k-1"):
    return len(box.ledger.effects("rezolve", CREATE, key=key))


def seen(box):
    return [(request.fault, request.status) for request in box.ledger.requests("rezolve", "tools.execute")]


# What a client meets when it tries once


@pytest.mark.parametrize(
    ("fault", "done"),
    [
        (Reset(when="before"), 0),
        (Reset(when="headers"), 1),
        (Reset(when="body"), 1),
        (Reset(when="after"), 1),
        (Truncate(), 1),
        (Truncate(keep=0), 1),
        (WrongLength(by=-3), 1),
    ],
    ids=str,
)
async def test_an_answer_that_breaks_off_is_a_transport_error(box, fault, done):
    box.faults.add(api="rezolve", operation="tools.execute", fault=fault)
    async with hub_of(box) as hub:
        with pytest.raises(errors.TransportError) as caught:
            await create(hub)
        assert caught.value.sent
        assert executed(box) == done
        assert (await create(hub)).data["title"] == "printer"
    assert executed(box) == 1
    assert [request.attempt for request in box.ledger.requests("rezolve", "tools.execute")] == [1, 2]


@pytest.mark.parametrize("fault", [InvalidJson(), WrongShape()], ids=str)
async def test_an_answer_that_cannot_be_read_is_a_decode_error_with_its_bytes(box, fault):
    box.faults.add(api="rezolve", fault=fault)
    async with hub_of(box) as hub:
        with pytest.raises(errors.DecodeError) as caught:
            await create(hub)
    assert caught.value.raw
    assert executed(box) == 1


async def test_an_answer_that_promises_more_than_comes_ends_at_the_deadline(box):
    box.faults.add(api="rezolve", fault=WrongLength(by=7))
    async with hub_of(box, timeout=0.2) as hub:
        with pytest.raises(errors.DeadlineExceeded):
            await create(hub)
    assert executed(box) == 1


@pytest.mark.parametrize("fault", [Delay(seconds=60), Trickle(seconds=60)], ids=str)
async def test_an_answer_that_is_too_slow_ends_at_the_deadline(box, fault):
    box.faults.add(api="rezolve", fault=fault)
    async with hub_of(box, timeout=0.2) as hub:
        with pytest.raises(errors.DeadlineExceeded):
            await create(hub)
    assert executed(box) == 1


@pytest.mark.parametrize("fault", [Delay(seconds=0.05), Trickle(seconds=0.05)], ids=str)
async def test_an_answer_that_is_slow_arrives(box, fault):
    box.faults.add(api="rezolve", fault=fault)
    loop = asyncio.get_running_loop()
    async with hub_of(box) as hub:
        started = loop.time()
        assert (await create(hub)).data["title"] == "printer"
        assert loop.time() - started >= 0.04
    assert seen(box) == [(fault.kind, 200)]
    assert box.ledger.requests("rezolve")[0].seconds >= 0.05, "the ledger tells what the caller waited"


async def test_a_delay_does_not_hold_up_the_end_of_the_sandbox(box):
    box.faults.add(fault=Delay(seconds=600))
    async with hub_of(box) as hub:
        call = asyncio.ensure_future(create(hub))
        while not box.ledger.request_count:
            await asyncio.sleep(0)
        await box.stop()
        with pytest.raises(errors.TransportError):
            await call


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Status(500), errors.ServerError),
        (Status(502, html=True), errors.ServerError),
        (Status(503, retry_after=1), errors.ServerError),
        (Status(418, body="teapot"), errors.APIError),
    ],
    ids=str,
)
@pytest.mark.parametrize("api", ["rezi", "rezolve", "refonte", "relays"])
async def test_a_status_is_an_error_and_nothing_was_done(box, api, fault, kind):
    box.faults.add(api=api, fault=fault)
    async with client_of(box, api) as client:
        with pytest.raises(kind) as caught:
            await read(client)
    assert caught.value.status == fault.status
    assert caught.value.headers.get("Retry-After") == ("1" if fault.retry_after else None)
    assert not box.ledger.effects()


def client_of(box, api):
    module = {"rezi": rezi, "rezolve": rezolve, "refonte": refonte, "relays": relays}[api]
    return module.Client(TEST_KEY, base_url=box.base_url(api), retry=ONCE)


async def read(client):
    group = next(getattr(client, name) for name in ("users", "tools", "sessions", "teams") if hasattr(client, name))
    return await group.list()


async def test_a_limit_comes_with_headers_or_without(box):
    box.faults.add(api="rezolve", fault=Limited(retry_after=600))
    box.faults.add(api="rezolve", fault=Limited(retry_after=None, headers=False))
    async with hub_of(box, timeout=1) as hub:
        with pytest.raises(errors.RateLimited) as stated:
            await create(hub)
        assert (stated.value.retry_after, stated.value.limit, stated.value.remaining) == (600, 10, 0)
    async with aiohttp.ClientSession() as session:
        headers = {"Authorization": "Bearer k"}
        async with session.get(f"{box.base_url('rezolve')}/tools", headers=headers) as bare:
            assert bare.status == 429
            assert not {"Retry-After", "X-RateLimit-Remaining"} & {*bare.headers}
    assert not executed(box)


async def test_what_nobody_documented_is_kept(box):
    box.faults.add(api="rezolve", operation="tools.get", fault=Unknown())
    async with hub_of(box) as hub:
        answer = await hub.tools.with_response.get(CREATE)
    assert answer.value.risk_level == "write_undocumented"
    assert "x_sandbox_undocumented" in str(answer.unknown())


async def test_a_bomb_is_not_unpacked(box):
    box.faults.add(api="rezolve", fault=GzipBomb(mebibytes=64))
    async with hub_of(box, max_body=2**20) as hub:
        with pytest.raises(errors.BodyTooLarge):
            await create(hub)
    assert executed(box) == 1


async def test_a_small_bomb_can_be_read_for_it_holds_the_answer(box):
    box.faults.add(api="rezolve", fault=GzipBomb(mebibytes=1))
    async with hub_of(box) as hub:
        assert (await create(hub)).data["title"] == "printer"


async def test_a_port_that_refuses_listens_again_afterwards(box):
    async with hub_of(box) as hub:
        plan = box.faults.add(fault=Refuse(seconds=600))
        with pytest.raises(errors.ConnectFailed) as caught:
            await create(hub)
        assert not caught.value.sent
        box.faults.remove(plan.id)
        while not box.listening:
            await asyncio.sleep(0)
        await create(hub)
    assert executed(box) == 1


async def test_a_port_refuses_for_as_long_as_it_was_told_to(box):
    box.faults.add(fault=Refuse(seconds=0.05))
    assert not box.listening
    async with hub_of(box, Retry(max_attempts=50, base=0.02, cap=0.02)) as hub:
        await create(hub)
    assert not box.faults.list()
    assert executed(box) == 1


# What becomes of a call that is sent again


@pytest.mark.parametrize(
    "fault",
    [
        Reset(when="before"),
        Reset(when="headers"),
        Reset(when="body"),
        Reset(when="after"),
        Truncate(),
        Status(500),
        Status(502, html=True),
        Status(503, retry_after=0),
        WrongLength(by=-3),
        Limited(retry_after=0),
    ],
    ids=str,
)
async def test_a_keyed_call_executes_once_through_three_faults(box, fault):
    box.faults.add(api="rezolve", operation="tools.execute", fault=fault, times=3)
    async with hub_of(box, SOON) as hub:
        assert (await create(hub)).data["title"] == "printer"
    assert executed(box) == 1
    assert [kind for kind, _ in seen(box)] == [fault.kind] * 3 + [None]


@pytest.mark.parametrize("fault", [InvalidJson(), WrongShape(), GzipBomb(mebibytes=2)], ids=str)
async def test_what_was_done_and_could_not_be_read_is_replayed_under_its_key(box, fault):
    box.faults.add(api="rezolve", operation="tools.execute", fault=fault)
    async with hub_of(box, SOON, max_body=2**20) as hub:
        with pytest.raises((errors.DecodeError, errors.BodyTooLarge)):
            await create(hub)
        assert [kind for kind, _ in seen(box)] == [fault.kind]
        assert (await create(hub)).data["title"] == "printer"
    assert executed(box) == 1


async def test_a_call_that_bills_is_not_sent_again_after_its_answer_was_lost(box):
    async with rezi.Client(TEST_KEY, base_url=box.base_url("rezi"), retry=SOON) as client:
        await client.users.connect(uid="u", email="ada@example.org")
        box.faults.add(api="rezi", operation="plans.upgrade", fault=Reset(when="after"))
        with pytest.raises(errors.TransportError):
            await client.plans.upgrade(plan_id="monthly", email="ada@example.org")
    assert len(box.ledger.effects("rezi", "plan.upgraded")) == 1
    assert len(box.ledger.requests("rezi", "plans.upgrade")) == 1


async def test_a_mix_is_the_same_with_the_same_seed_and_every_call_executes_once():
    async def kinds(seed):
        async with Sandbox() as box, hub_of(box, Retry(max_attempts=12, base=0.001, cap=0.002)) as hub:
            mix = Mix(rate=0.5, seed=seed, kinds=("reset", "truncate", "wrong-length"))
            box.faults.add(api="rezolve", fault=mix, times=None)
            box.rezolve.limit(headers=False)
            for number in range(8):
                await create(hub, f"k-{number}")
            counts = Counter(effect.key for effect in box.ledger.effects("rezolve", CREATE))
            assert counts == {f"k-{number}": 1 for number in range(8)}
            return [request.fault for request in box.ledger.requests()]

    first, again, other = await kinds(1), await kinds(1), await kinds(2)
    assert first == again != other
    assert {"reset", None} < {*first}


# Callbacks


@pytest.fixture
async def labels(box):
    async with refonte.Client(TEST_KEY, base_url=box.base_url("refonte"), retry=ONCE) as client:
        yield client


async def complete(box, labels, receiver):
    task = await labels.tasks.create_text_collection(project="p", callback_url=receiver.url)
    await box.refonte.complete(task.task_id)
    return task.task_id


async def test_a_callback_comes_twice(box, labels, receiver):
    box.faults.add(api="refonte", operation="callback", fault=DuplicateCallback())
    await complete(box, labels, receiver)
    [first, second] = [body for _, body in receiver.got]
    assert first == second


async def test_callbacks_come_in_another_order(box, labels, receiver):
    box.faults.add(fault=ReorderCallbacks())
    held = await complete(box, labels, receiver)
    await box.settle()
    assert not receiver.got
    other = await complete(box, labels, receiver)
    await box.settle()
    assert [body["task_id"] for _, body in receiver.got] == [other, held]
    assert [box.refonte.tasks[task_id].callback_succeeded for task_id in (held, other)] == [True, True]


async def test_callbacks_are_swapped_for_as_long_as_they_are_reordered(box, labels, receiver):
    box.faults.add(fault=ReorderCallbacks(), times=None)
    tasks = []
    for _ in range(4):
        tasks.append(await complete(box, labels, receiver))
        await box.settle()
    assert [tasks.index(body["task_id"]) for _, body in receiver.got] == [1, 0, 3, 2]


def test_only_so_many_faults_are_planned(box):
    for _ in range(1000):
        box.faults.add(fault=Status())
    with pytest.raises(ValueError, match="1000 faults are planned already"):
        box.faults.add(fault=Status())
    box.faults.clear()


async def test_a_callback_has_a_wrong_secret(box, labels, receiver):
    box.faults.add(api="refonte", fault=WrongSecret())
    await complete(box, labels, receiver)
    await complete(box, labels, receiver)
    secrets = [headers["refonte-ai--callback-auth"] for headers, _ in receiver.got]
    assert secrets[0] != box.refonte.callback_auth_key == secrets[1]


async def test_a_callback_that_was_refused_for_its_secret_comes_again_with_the_right_one(box, labels, receiver):
    secret = box.refonte.callback_auth_key

    def answer():
        right = receiver.got[-1][0]["refonte-ai--callback-auth"] == secret
        return web.Response(status=200 if right else 401)

    receiver.answer = answer
    box.faults.add(api="refonte", fault=WrongSecret())
    task_id = await complete(box, labels, receiver)
    assert (len(receiver.got), box.refonte.tasks[task_id].callback_succeeded) == (1, None)
    box.clock.advance(24 * 3600)
    await box.settle()
    assert (len(receiver.got), box.refonte.tasks[task_id].callback_succeeded) == (2, True)
    assert secret not in str(box.ledger.effects())


async def test_faults_of_callbacks_leave_requests_alone_and_the_other_way_round(box, labels, receiver):
    box.faults.add(api="refonte", fault=DuplicateCallback(), times=None)
    box.faults.add(api="refonte", fault=Status(500))
    with pytest.raises(errors.ServerError):
        await labels.teams.list()
    await complete(box, labels, receiver)
    await complete(box, labels, receiver)
    assert len(receiver.got) == 4
    assert [plan.hits for plan in box.faults.list()] == [2]


async def test_a_webhook_comes_twice(box, receiver):
    box.faults.add(api="relays", operation="webhook", fault=DuplicateCallback(copies=2))
    async with relays.Client(TEST_KEY, base_url=box.base_url("relays")) as edge:
        session = await edge.sessions.create(webhook_url=receiver.url)
        box.relays.make_ready(session.session_id)
        await box.settle()
    assert len(receiver.got) == 3


# The plan


async def test_faults_come_in_order_each_to_whom_it_is_meant_for(call, box):
    box.faults.add(api="rezi", operation="users.get", fault=Status(500))
    box.faults.add(api="rezi", fault=Status(502), times=2)
    box.faults.add(fault=Status(503))
    assert (await call("rezolve", "GET", "/tools")).status == 503
    assert [(await call("rezi", "GET", "/users")).status for _ in range(3)] == [502, 502, 200]
    assert (await call("rezi", "GET", "/user/none")).status == 500
    assert not box.faults.list()


async def test_a_fault_is_switched_off_and_on_and_removed(call, box):
    plan = box.faults.add(api="rezi", fault=Status(500), times=None)
    statuses = []
    for step in (lambda: None, lambda: box.faults.switch(plan.id, False), lambda: box.faults.switch(plan.id, True)):
        step()
        statuses.append((await call("rezi", "GET", "/users")).status)
    assert statuses == [500, 200, 500]
    assert [(item.hits, item.times) for item in box.faults.list()] == [(2, None)]
    box.faults.remove(plan.id)
    assert (await call("rezi", "GET", "/users")).status == 200
    with pytest.raises(LookupError, match="no fault"):
        box.faults.switch(plan.id, True)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"fault": Status(500), "api": "stripe"}, "no API 'stripe'"),
        ({"fault": Status(500), "api": "rezi", "operation": "tools.list"}, "rezi has no operation 'tools.list'"),
        ({"fault": Status(500), "operation": "nothing"}, "no operation 'nothing'"),
        ({"fault": Status(500), "times": 0}, "times must be at least 1"),
        ({"fault": Status(500), "times": 2.5}, "times must be at least 1 and whole"),
        ({"fault": Refuse(), "times": 3}, "refuse comes once"),
        ({"fault": "reset"}, "is no fault"),
        ({"fault": Refuse(), "api": "rezi"}, "the port that all four"),
        ({"fault": WrongSecret(), "api": "relays"}, "no secret"),
        ({"fault": DuplicateCallback(), "api": "rezi"}, "rezi sends no callbacks"),
        ({"fault": DuplicateCallback(), "operation": "tools.list"}, "no callback 'tools.list'"),
    ],
)
async def test_a_plan_that_makes_no_sense_is_a_mistake(box, options, message):
    with pytest.raises(UnknownFault, match=message):
        box.faults.add(**options)
    assert not box.faults.list()


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_the_same_through_json_and_on_the_command_line(kind):
    fault = KINDS[kind]()
    assert fault_of(kind) == fault_of(described(fault)) == fault
    assert parse_fault(kind) == (None, None, fault, 1)


@pytest.mark.parametrize("kind", KINDS)
async def test_every_kind_is_planned_over_http(box, kind):
    headers = {"X-Sandbox-Token": box.token}
    async with aiohttp.ClientSession() as session:
        body = {"fault": {"kind": kind, "seconds": 9.5} if kind == "refuse" else {"kind": kind}}
        async with session.post(f"{box.url}/_sandbox/faults", json=body, headers=headers) as answer:
            assert (answer.status, (await answer.json())["fault"]["kind"]) == (201, kind)
    [plan] = box.faults.list()
    assert plan.fault == fault_of(body["fault"])


async def test_a_fault_hits_its_api_alone_while_all_are_asked_at_once(call, box):
    box.faults.add(api="rezolve", operation="tools.list", fault=Status(503), times=None)
    box.faults.add(api="rezi", fault=Status(502), times=2)
    paths = [("rezolve", "/tools"), ("rezolve", f"/tools/{CREATE}"), ("rezi", "/users"), ("refonte", "/teams")]
    answers = await asyncio.gather(*(call(api, "GET", path) for api, path in paths * 3))
    statuses = {path: sorted(answer.status for answer in answers[index::4]) for index, (_, path) in enumerate(paths)}
    assert statuses == {
        "/tools": [503] * 3,
        f"/tools/{CREATE}": [200] * 3,
        "/users": [200, 502, 502],
        "/teams": [200] * 3,
    }


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("rezolve/tools.execute:reset,when=body,times=3", ("rezolve", "tools.execute", Reset(when="body"), 3)),
        ("rezi:delay,seconds=2.5", ("rezi", None, Delay(seconds=2.5), 1)),
        (":mix,seed=7,times=forever", (None, None, Mix(seed=7), None)),
        ("rezi:mix,kinds=reset+delay", ("rezi", None, Mix(kinds=("reset", "delay")), 1)),
        ("status,status=502,html=true", (None, None, Status(502, html=True), 1)),
        ("rezi:limited,retry_after=null,headers=false", ("rezi", None, Limited(retry_after=None, headers=False), 1)),
        ("refonte/callback:duplicate-callback,copies=2", ("refonte", "callback", DuplicateCallback(copies=2), 1)),
        ("refuse,seconds=2", (None, None, Refuse(seconds=2), 1)),
    ],
)
def test_a_fault_is_read_from_a_word(text, read):
    assert parse_fault(text) == read


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("rezi:explode", "there is no fault 'explode'; there are refuse, reset"),
        ("rezi:reset,when=later", "when"),
        ("rezi:reset,how=now", "reset takes no 'how'; it takes when"),
        ("rezi:reset,when=bdy", "reset: when must be one of before, headers, body, after, not 'bdy'"),
        ("rezi:delay,seconds=x", "delay: seconds must be a number, not 'x'"),
        ("rezi:limited,retry_after=x", "limited: retry_after must be a number or null, not 'x'"),
        ("rezi:status,headers=x", "status: headers must be an object, not 'x'"),
        ("rezi:delay,seconds=-1", "seconds must be from 0 to 3600"),
        ("rezi:delay,seconds=NaN", "seconds must be"),
        ("rezi:truncate,keep=2", "keep must be from 0 to 1"),
        ("rezi:wrong-length,by=0", "by must not be 0"),
        ("rezi:gzip-bomb,mebibytes=99999", "mebibytes must be from 1 to 1024"),
        ("rezi:delay,seconds=" + "[" * 100_000, "delay: seconds must be a number, not '[[[["),
        ("rezi:status,status=99", "status must be from 200 to 599"),
        ("rezi:limited,retry_after=-1", "retry_after must be"),
        ("rezi:mix,kinds=reset+mix", "a mix cannot have 'mix'"),
        ("rezi:reset,when", "'when' is no option"),
        ("rezi:reset,times=often", "times must be a number"),
        ("", "there is no fault ''"),
    ],
)
def test_a_word_that_is_no_fault_says_why_in_one_line(text, message):
    with pytest.raises(UnknownFault) as caught:
        parse_fault(text)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_status_has_a_body_that_can_be_sent():
    with pytest.raises(UnknownFault, match="surrogate"):
        Status(500, body="\ud800")


@pytest.mark.parametrize("headers", [{"X": "a\r\nb"}, {"X\n": "a"}, {"": "a"}, {"a b": "c"}])
def test_a_status_has_no_headers_that_would_break_a_line(headers):
    with pytest.raises(UnknownFault, match="one line"):
        Status(500, headers=headers)
