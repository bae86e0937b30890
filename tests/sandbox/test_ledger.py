from __future__ import annotations

import base64
import json

import pytest

from reknit.sandbox import TEST_KEY, Ledger, Sandbox
from reknit.sandbox.ledger import blanked


def note(ledger, **changed):
    request = {
        "at": 0.0,
        "api": "rezi",
        "operation": "users.list",
        "method": "GET",
        "path": "/users",
        "headers": {},
        "body": None,
        "size": 0,
        "status": 200,
        "fault": None,
        "seconds": 0.0,
        "answer_headers": {},
        "answer": None,
    }
    raw = json.dumps(changed.get("body")).encode()
    ledger.note_request(**{**request, "raw": raw, **changed})


def test_it_keeps_the_newest_and_counts_all():
    ledger = Ledger(size=3)
    for number in range(5):
        note(ledger, path=f"/{number}")
        ledger.note_effect(at=0.0, api="rezi", name="done", subject=str(number), detail={})
    assert [request.path for request in ledger.requests()] == ["/2", "/3", "/4"]
    assert [effect.subject for effect in ledger.effects()] == ["2", "3", "4"]
    assert (ledger.request_count, ledger.effect_count) == (5, 5)
    assert ledger.requests()[-1].number == 5
    ledger.clear()
    assert not ledger.requests()
    assert not ledger.effects()
    assert (ledger.request_count, ledger.effect_count) == (0, 0)


def test_it_is_asked_by_api_operation_and_key():
    ledger = Ledger()
    note(ledger)
    note(ledger, api="rezolve", operation="tools.execute", body={"idempotency_key": "k"}, size=10)
    note(ledger, api="refonte", operation="tasks.create", body={"unique_id": "u"}, size=10)
    note(ledger, api="other", operation="x", headers={"Idempotency-Key": "h"}, body=[7], size=3)
    assert [request.key for request in ledger.requests()] == [None, "k", "u", "h"]
    assert len(ledger.requests("rezolve")) == len(ledger.requests("rezolve", "tools.execute", key="k")) == 1
    assert not ledger.requests("rezolve", "tools.list")


@pytest.mark.parametrize("header", [f"Bearer {TEST_KEY}", f"token {TEST_KEY}", "Basic dGVzdDo=", TEST_KEY])
def test_credentials_are_blanked_wherever_they_stand(header):
    ledger = Ledger()
    secret = header.split()[-1]
    note(
        ledger,
        path=f"/users/{secret}?token=abc&x=1",
        headers={"Authorization": header, "Accept": "*/*"},
        body={"uid": "me", "deep": [{"authorization_token": 7, "note": f"my key is {secret}"}], "token": None},
        size=10,
    )
    request = ledger.requests()[0]
    assert request.path == "/users/***?token=***&x=1"
    assert request.headers == {"Authorization": "***", "Accept": "*/*"}
    assert request.body == {
        "uid": "***",
        "deep": [{"authorization_token": "***", "note": "my key is ***"}],
        "token": None,
    }


def test_the_key_in_basic_credentials_is_blanked_too_and_in_names():
    ledger = Ledger()
    header = "Basic " + base64.b64encode(f"{TEST_KEY}:".encode()).decode()
    note(ledger, headers={"authorization": header, "Authorization": header}, body={f"of {TEST_KEY}": TEST_KEY}, size=9)
    assert ledger.requests()[0].body == {"of ***": "***"}
    assert TEST_KEY not in str(ledger.requests()[0].public())


async def test_every_request_is_counted_when_most_are_forgotten(call_of):
    async with Sandbox(ledger_size=3) as box, call_of(box) as call:
        for number in range(8):
            body = {"input": {"title": "x"}, "idempotency_key": f"k-{number // 2}"}
            await call("rezolve", "POST", "/tools/itsm.tickets.create/execute", json=body)
        await call("rezi", "PATCH", "/nowhere", headers={})
        assert (box.ledger.request_count, box.ledger.effect_count) == (9, 4)
        assert [entry.number for entry in box.ledger.requests()] == [7, 8, 9]
        assert [entry.attempt for entry in box.ledger.requests()] == [1, 2, None]
        assert [(effect.number, effect.key) for effect in box.ledger.effects()] == [(2, "k-1"), (3, "k-2"), (4, "k-3")]
        assert [event.id for event in box.ledger.events()] == [11, 12, 13]


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("https://me.example:8443/hook/s3cret?x=1", "https://me.example:8443/***"),
        ("http://user:pass@127.0.0.1/", "http://127.0.0.1/***"),
        ("labels@example.org", "***"),
        ("http://[::1", "***"),
        ("http://x:port/", "***"),
    ],
)
@pytest.mark.parametrize("name", ["webhook_url", "callback_url", "callback"])
def test_of_an_address_only_the_origin_is_kept(name, address, kept):
    assert blanked({name: address}) == {name: kept}


def test_a_large_body_is_not_kept_but_its_size_is():
    ledger = Ledger()
    note(ledger, body={"text": "x" * 20_000}, size=20_012)
    assert (ledger.requests()[0].body, ledger.requests()[0].size) == (None, 20_012)


def test_a_deep_body_is_cut():
    deep: object = "end"
    for _ in range(500):
        deep = [deep]
    kept = blanked(deep)
    for _ in range(32):
        kept = kept[0]
    assert kept == "…"


async def test_a_request_is_written_down_without_its_secrets(call, box):
    await call("rezi", "POST", "/user/token", json={"uid": "uid-of-ada", "email": "ada@example.org"})
    request = box.ledger.requests("rezi", "users.connect")[0]
    assert (request.method, request.path, request.status) == ("POST", "/user/token", 200)
    assert request.body == {"uid": "***", "email": "ada@example.org"}
    assert request.seconds > 0
    assert TEST_KEY not in str([dict(request.headers), request])
    assert request.at == box.clock.now()
