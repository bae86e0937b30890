"""What headers leave to send."""

from __future__ import annotations

from math import inf

import pytest

from reknit.runtime.budget import Budget


def heard(*answers: tuple[float, float, int], reset: float | None = 10.0, limit: int | None = 100) -> Budget:
    budget = Budget()
    for now, sent_at, remaining in answers:
        budget.hear(now, sent_at, remaining, reset=reset, limit=limit)
    return budget


def test_what_remains_may_go_at_once() -> None:
    budget = heard((1.0, 0.9, 5))
    assert budget.opens(1.0, 0, 0) == 1.0
    assert budget.opens(1.0, 3, 50) == 1.0
    assert budget.held_until() == -inf


def test_nothing_left_holds_until_the_reset() -> None:
    budget = heard((1.0, 0.9, 0))
    assert budget.opens(1.0, 0, 0) == 11.0
    assert budget.held_until() == 11.0


def test_what_is_under_way_is_counted() -> None:
    assert heard((1.0, 0.9, 3)).opens(1.0, 3, 0) == 11.0


def test_only_what_the_server_said_itself_is_a_wait_that_it_asked_for() -> None:
    budget = heard((1.0, 0.9, 1))
    budget.spend(1.1)
    assert budget.opens(1.2, 0, 0) == 11.0
    assert budget.held_until() == -inf


def test_a_successful_answer_holds_nobody_for_more_than_a_minute() -> None:
    assert heard((1.0, 0.9, 0), reset=86_400.0).held_until() == 61.0


def test_nothing_left_without_a_reset_holds_for_a_second() -> None:
    assert heard((1.0, 0.9, 0), reset=None).held_until() == 2.0


def test_the_answer_sent_newest_is_believed_and_not_the_one_that_comes_last() -> None:
    budget = heard((1.0, 0.9, 9), (2.0, 1.5, 4), (5.0, 0.1, 0))
    assert budget.remaining == 4


def test_of_answers_that_were_under_way_together_the_one_that_leaves_least_is_believed() -> None:
    budget = heard((1.0, 0.9, 3), (1.01, 0.9, 1), (1.02, 0.9, 2))
    assert budget.remaining == 1


def test_an_answer_to_what_was_sent_later_may_leave_more() -> None:
    assert heard((1.0, 0.9, 1), (1.2, 1.1, 8)).remaining == 8


def test_what_was_sent_before_the_reset_says_nothing_after_it() -> None:
    budget = heard((1.0, 0.9, 0))
    budget.remaining = None
    budget.hear(11.5, 10.9, 50, reset=1.0, limit=100)
    assert budget.remaining is None
    budget.hear(11.6, 11.0, 50, reset=1.0, limit=100)
    assert budget.remaining == 50


def test_a_request_without_an_answer_is_spent_if_it_was_sent_after_the_believed_one() -> None:
    budget = heard((1.0, 0.9, 5))
    budget.spend(0.5)
    assert budget.remaining == 5
    budget.spend(1.1)
    assert budget.remaining == 4


def test_the_last_one_goes_at_once_where_nobody_waits_behind_it() -> None:
    assert heard((1.0, 0.9, 1)).opens(1.0, 0, 1) == 1.0


@pytest.mark.parametrize(
    ("limit", "reset", "pause"),
    [(5, 1.0, 0.275), (2, 1.0, 0.55), (100, 99.0, 1.1), (100, 6000.0, 1.25), (None, 1, 0.55)],
)
def test_before_others_the_last_one_waits_for_a_bucket_to_grow(limit: int | None, reset: float, pause: float) -> None:
    budget = heard((1.0, 0.9, 1), reset=reset, limit=limit)
    assert budget.opens(1.0, 0, 2) == pytest.approx(1.0 + pause)
    assert budget.opens(1.0 + pause + 1e-6, 0, 2) == 1.0 + pause + 1e-6


def test_the_last_one_waits_for_those_under_way() -> None:
    assert heard((1.0, 0.9, 4)).opens(1.0, 3, 0) == 11.0


def test_a_reset_that_is_now_does_not_take_back_what_is_left() -> None:
    assert heard((1.0, 0.9, 7), reset=0.0).reset_at == 2.0
    assert heard((1.0, 0.9, 0), reset=0.0).reset_at == 1.0
