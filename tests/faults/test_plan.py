"""The plan of a run of `inbox-faults`: the same for the same seed, and nothing missing in it."""

from __future__ import annotations

import json
from collections import Counter

import pytest

pytest.importorskip("aiosqlite")

from reknit import refonte
from reknit.sandbox import DuplicateCallback, ReorderCallbacks, WrongSecret
from tests.faults.__main__ import FULL, QUICK
from tests.faults.broken import KINDS
from tests.faults.plan import SECRETS, Plan, name_of, planned


@pytest.fixture(scope="module")
def plan() -> Plan:
    return planned(7, QUICK)


def test_a_seed_repeats_the_plan(plan: Plan) -> None:
    assert planned(7, QUICK) == plan
    assert planned(8, QUICK) != plan


def test_a_short_run_meets_every_way_in_which_a_request_breaks(plan: Plan) -> None:
    met = Counter(one.broken.kind for one in plan.deliveries if one.broken is not None)
    assert met.keys() == KINDS.keys()


def test_a_short_run_meets_every_refusal_and_every_fault_of_callbacks(plan: Plan) -> None:
    assert {one.answer for one in plan.deliveries} == {200, 400, 401, 415}
    faults = {type(fault) for wave in (*plan.waves, *plan.restarts) for fault in wave.faults}
    assert faults == {DuplicateCallback, ReorderCallbacks, WrongSecret}


def test_what_is_to_be_taken_is_what_has_to_be_processed(plan: Plan) -> None:
    receiver = refonte.receiver(SECRETS)
    kinds = dict[str, str]()
    for one in plan.deliveries:
        if one.answer == 200:
            event = receiver.verify(one.headers, one.body)
            kinds[name_of(json.loads(one.body))] = type(event).__name__
    sandboxes = {name for wave in (*plan.waves, *plan.restarts) for name in wave.events()}
    assert kinds == {name: event.kind for name, event in plan.events.items() if name not in sandboxes}
    assert {"Undecoded", "TaskCallback"} == set(kinds.values())


def test_no_bodies_are_the_same_but_those_of_one_event(plan: Plan) -> None:
    bodies = {json.dumps(json.loads(one.body), sort_keys=True) for one in plan.deliveries if one.answer == 200}
    sandboxes = {name for wave in (*plan.waves, *plan.restarts) for name in wave.events()}
    assert len(bodies) == len(plan.events.keys() - sandboxes)


@pytest.mark.parametrize("kind", KINDS)
def test_what_goes_over_the_wire_is_never_more_than_the_request(kind: str, plan: Plan) -> None:
    one = next(one for one in plan.deliveries if one.broken is not None and one.broken.kind == kind)
    assert one.broken is not None
    sent = b"".join(one.broken.pieces)
    _, _, body = sent.partition(b"\r\n\r\n")
    assert one.body.startswith(body)
    whole = f"Content-Length: {len(one.body)}\r\n".encode() in sent and body == one.body
    assert whole == (kind in ("reset after", "answer lost", "trickled", "delayed"))
    assert (one.broken.answer == 200) == (kind in ("trickled", "delayed"))


def test_a_full_run_kills_and_pauses_as_often_as_it_promises() -> None:
    assert FULL.events == 20_000
    assert FULL.events // FULL.every[1] >= FULL.kills == 40
    assert FULL.pauses >= 10
