"""The plan of `nox -s inbox-faults`: its runs are long, what they are made of is not."""

from __future__ import annotations

import json

import pytest

from tests.faults.__main__ import FULL, QUICK
from tests.faults.plan import planned


def test_a_seed_repeats_the_plan_and_another_seed_does_not():
    assert planned(7, QUICK) == planned(7, QUICK)
    assert planned(7, QUICK) != planned(8, QUICK)


@pytest.mark.parametrize("seed", range(3))
def test_every_event_is_sent_and_nothing_forged_is_right_to_take(seed):
    plan = planned(seed, QUICK)
    taken = [json.loads(one.body)["task"]["metadata"]["name"] for one in plan.deliveries if one.answer == 200]
    assert set(taken) == set(plan.events)
    assert len(taken) > len(plan.events)
    assert {one.answer for one in plan.deliveries} == {200, 400, 401}


def test_a_full_run_kills_and_pauses_as_often_as_it_promises():
    assert FULL.events == 20_000
    assert FULL.events // FULL.every[1] >= FULL.kills == 40
    assert FULL.pauses >= 10
