"""Decisions about resending, as tables and as properties."""

from __future__ import annotations

import math
from email.utils import formatdate
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict

from reknit.options import Retry
from reknit.runtime.attempts import RateLimitState
from reknit.runtime.backing_off import ceilings
from reknit.runtime.decisions import (
    NOTHING_SAID,
    Outcome,
    Resend,
    Safety,
    decide,
    may_resend,
    rate_limit_state,
    retry_after,
)

#: 6 November 1994, 08:49:37 GMT: the moment of RFC 9110 §5.6.7.
MOMENT = 784111777.0
NONSENSE = [
    "", " ", "-1", "-0", "+1", "nan", "NaN", "inf", "1e400", "1e3", "٣", "1٣", "²", "0x10",
    "1_000", "1,5", ".5", "5.", "1 2",
    "soon", "9" * 19, "Sun, 99 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 99999 08:49:37 GMT", "Sun", "Sun, ", "Jan", "\x00",
    "Sun, 06 Nov 1994 25:61:61 GMT", "Sun, 06 Nov 1994 08:49:37 +9999999", "[]", "None", "true", "a" * 10_000,
]  # fmt: skip


def headers(**values: str) -> CIMultiDict[str]:
    return CIMultiDict({name.replace("_", "-"): value for name, value in values.items()})


class TestRetryAfter:
    @pytest.mark.parametrize(
        ("text", "seconds"),
        [
            ("0", 0.0),
            ("2", 2.0),
            (" 2 ", 2.0),
            ("007", 7.0),
            ("1.5", 1.5),
            ("0.30000000000000004", 0.3),
            ("90", 90.0),
            ("999999999999999999", 1e18),
        ],
    )
    def test_seconds(self, text: str, seconds: float) -> None:
        assert retry_after(headers(Retry_After=text), MOMENT) == pytest.approx(seconds)

    @pytest.mark.parametrize(
        "text",
        ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"],
        ids=["IMF-fixdate", "RFC 850", "asctime"],
    )
    def test_dates_in_the_three_forms_of_rfc_9110(self, text: str) -> None:
        assert retry_after(headers(Retry_After=text), MOMENT - 30) == 30.0
        assert retry_after(headers(Retry_After=text), MOMENT + 30) == 0.0

    def test_a_date_is_read_against_the_answers_own_date(self) -> None:
        said = headers(Retry_After=formatdate(MOMENT + 3, usegmt=True), Date=formatdate(MOMENT, usegmt=True))
        assert retry_after(said, wall=MOMENT + 3600) == 3.0
        assert retry_after(said, wall=MOMENT - 3600) == 3.0

    def test_a_date_that_cannot_be_read_leaves_the_clock_here(self) -> None:
        said = headers(Retry_After=formatdate(MOMENT + 3, usegmt=True), Date="yesterday")
        assert retry_after(said, wall=MOMENT) == 3.0

    @pytest.mark.parametrize("text", NONSENSE)
    def test_nonsense_is_as_if_it_were_absent(self, text: str) -> None:
        assert retry_after(headers(Retry_After=text), MOMENT) is None

    def test_absence(self) -> None:
        assert retry_after(headers(), MOMENT) is None

    @given(st.text(), st.text())
    def test_no_text_raises_or_gives_what_cannot_be_waited(self, text: str, date: str) -> None:
        said = retry_after(headers(Retry_After=text, Date=date), MOMENT)
        assert said is None or (math.isfinite(said) and said >= 0)

    @given(st.floats(0, 1e15, allow_subnormal=False))
    def test_any_decimal_that_a_server_may_print_is_understood(self, seconds: float) -> None:
        assert retry_after(headers(Retry_After=f"{seconds:.17f}"), MOMENT) == pytest.approx(seconds, abs=1e-12)


class TestRateLimitHeaders:
    def state(self, **values: str) -> RateLimitState:
        return rate_limit_state(headers(**{f"X_RateLimit_{name}": value for name, value in values.items()}), MOMENT)

    def test_absence_costs_no_object(self) -> None:
        assert rate_limit_state(headers(), MOMENT) is NOTHING_SAID

    def test_names_are_compared_without_case(self) -> None:
        assert rate_limit_state(CIMultiDict({"x-ratelimit-remaining": "3"}), MOMENT).remaining == 3

    @pytest.mark.parametrize(
        ("text", "reset"),
        [
            ("0", 0.0),
            ("30", 30.0),
            ("1.25", 1.25),
            ("784111807", 784111807.0),
            ("1000000000", 1000000000 - MOMENT),
            ("2000000000.5", 2000000000.5 - MOMENT),
            ("2000000000500", 2000000000.5 - MOMENT),
        ],
        ids=["now", "delta", "fraction", "long delta", "first epoch", "epoch", "milliseconds"],
    )
    def test_reset_as_delta_epoch_and_milliseconds(self, text: str, reset: float) -> None:
        assert self.state(Reset=text).reset == pytest.approx(reset)

    def test_an_epoch_is_read_against_the_answers_date_and_never_negative(self) -> None:
        now = 1_700_000_000
        said = headers(X_RateLimit_Reset=str(now + 7), Date=formatdate(now, usegmt=True))
        assert rate_limit_state(said, wall=now + 500).reset == 7.0
        assert rate_limit_state(headers(X_RateLimit_Reset=str(now)), wall=now + 500).reset == 0.0

    @pytest.mark.parametrize("text", [*NONSENSE, "1700000000000000", "1700000000000000000"])
    def test_a_reset_of_nonsense_is_as_if_it_were_absent(self, text: str) -> None:
        assert self.state(Reset=text) == RateLimitState()

    @pytest.mark.parametrize("text", [*(text for text in NONSENSE if text != "1,5"), "1.5", "5e3", "5abc"])
    def test_a_count_of_nonsense_is_as_if_it_were_absent(self, text: str) -> None:
        assert self.state(Limit=text, Remaining=text) == RateLimitState()

    @pytest.mark.parametrize("text", ["100", " 100 ", "100;w=60", "100, 100;w=60", "100, 5000;w=3600", "100 ;w=1"])
    def test_a_policy_behind_the_limit_is_passed_over(self, text: str) -> None:
        assert self.state(Limit=text, Remaining=text) == RateLimitState(100, 100, None)

    @given(st.text(), st.text(), st.text())
    def test_no_text_raises_or_gives_what_cannot_be_used(self, limit: str, remaining: str, reset: str) -> None:
        state = self.state(Limit=limit, Remaining=remaining, Reset=reset)
        for value in (state.limit, state.remaining, state.reset):
            assert value is None or (math.isfinite(value) and value >= 0)


STATUSES = [None, 200, 302, 400, 401, 403, 404, 408, 409, 422, 425, 429, 500, 501, 502, 503, 504, 505, 599]


@pytest.mark.parametrize("safety", get_args(Safety))
@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("coded", [False, True])
@pytest.mark.parametrize("limited", [False, True])
@pytest.mark.parametrize("sent", [False, True])
def test_what_may_be_resent(safety: Safety, status: int | None, coded: bool, limited: bool, sent: bool) -> None:
    passing = status in {408, 429, 500, 502, 503, 504}
    repeatable = safety in {"idempotent", "keyed"}
    if limited:
        expected = True
    elif coded:
        expected = False
    elif status is None:
        expected = repeatable or not sent
    else:
        expected = repeatable and passing
    outcome = Outcome(status=status, coded=coded, limited=limited, sent=sent)
    assert may_resend(safety, outcome) is expected


def chosen(outcome: Outcome, safety: Safety = "idempotent", **changes: Any) -> Resend | None:
    arguments = {"retry": Retry(), "counted": 1, "ceiling": 4.0, "left": 60.0, "chance": lambda: 0.5, **changes}
    return decide(safety, outcome, **arguments)


FAILED = Outcome(status=503)
LIMITED = Outcome(status=429, limited=True)


class TestDecide:
    def test_without_a_word_of_the_server_the_wait_is_drawn_below_the_ceiling(self) -> None:
        assert chosen(FAILED) == Resend(2.0, stated=False)
        assert chosen(FAILED, chance=lambda: 0.0) == Resend(0.0, stated=False)

    def test_what_may_not_be_resent_is_not(self) -> None:
        assert chosen(FAILED, "unsafe") is None
        assert chosen(Outcome(status=404)) is None
        assert chosen(Outcome(status=502, coded=True), "keyed") is None

    def test_attempts_end_but_those_refused_for_their_rate_do_not_count(self) -> None:
        assert chosen(FAILED, counted=3) is not None
        assert chosen(FAILED, counted=4) is None
        assert chosen(LIMITED, counted=4) is not None
        assert chosen(FAILED, counted=1, retry=Retry(max_attempts=1)) is None

    def test_a_stated_wait_is_a_floor_with_jitter_above(self) -> None:
        for outcome in (Outcome(status=503, retry_after=2.0), Outcome(status=429, limited=True, retry_after=2.0)):
            assert chosen(outcome, chance=lambda: 0.0) == Resend(2.0, stated=True)
            assert chosen(outcome, chance=lambda: 0.5) == Resend(2.1, stated=True)
        assert chosen(Outcome(status=503, retry_after=30.0), chance=lambda: 0.5) == Resend(30.25, stated=True)

    def test_a_wait_that_the_deadline_cannot_cover_fails_at_once(self) -> None:
        outcome = Outcome(status=429, limited=True, retry_after=90.0)
        assert chosen(outcome, left=10.0) is None
        assert chosen(outcome, left=90.0) is None
        assert chosen(FAILED, left=2.0) is None
        assert chosen(FAILED, left=-1.0) is None

    def test_jitter_gives_way_to_the_deadline(self) -> None:
        said = chosen(Outcome(status=503, retry_after=2.0), left=2.1, chance=lambda: 0.99)
        assert said is not None
        assert said.after == pytest.approx(2.05)

    def test_a_reset_is_a_floor_where_the_limit_is_exhausted_only(self) -> None:
        reset = RateLimitState(10, 5, 7.0)
        assert chosen(Outcome(status=503, rate_limit=reset)) == Resend(2.0, stated=False)
        for outcome in (
            Outcome(status=503, rate_limit=RateLimitState(10, 0, 7.0)),
            Outcome(status=429, limited=True, rate_limit=reset),
        ):
            assert chosen(outcome, chance=lambda: 0.0) == Resend(7.0, stated=True)

    def test_retry_after_goes_before_a_reset(self) -> None:
        outcome = Outcome(status=429, limited=True, retry_after=1.0, rate_limit=RateLimitState(10, 0, 50.0))
        assert chosen(outcome, chance=lambda: 0.0) == Resend(1.0, stated=True)

    def test_leave_to_resend_at_once_is_not_taken_without_end(self) -> None:
        at_once = Outcome(status=429, limited=True, retry_after=0.0)
        assert chosen(at_once) == Resend(2.0, stated=False)

    def test_without_a_deadline_every_wait_is_kept(self) -> None:
        said = chosen(Outcome(status=503, retry_after=1e6), left=math.inf)
        assert said is not None
        assert 1e6 <= said.after <= 1e6 + 0.5

    @given(
        st.sampled_from(get_args(Safety)),
        st.builds(
            Outcome,
            status=st.sampled_from(STATUSES),
            sent=st.booleans(),
            coded=st.booleans(),
            limited=st.booleans(),
            retry_after=st.none() | st.floats(0, 1e9),
            rate_limit=st.builds(
                RateLimitState, st.none(), st.none() | st.integers(0, 5), st.none() | st.floats(0, 1e9)
            ),
        ),
        st.builds(Retry, max_attempts=st.integers(1, 9), base=st.floats(0, 10), cap=st.floats(0, 100)),
        st.integers(1, 10),
        st.floats(0, 100),
        st.floats(-10, 1e6) | st.just(math.inf),
        st.floats(0, 1, exclude_max=True),
    )
    def test_no_decision_breaks_a_promise(
        self, safety: Safety, outcome: Outcome, retry: Retry, counted: int, ceiling: float, left: float, chance: float
    ) -> None:
        said = decide(safety, outcome, retry=retry, counted=counted, ceiling=ceiling, left=left, chance=lambda: chance)
        if said is None:
            return
        assert may_resend(safety, outcome)
        assert outcome.limited or counted < retry.max_attempts
        assert 0 <= said.after < max(left, 0) or said.after == 0 < left
        assert math.isfinite(said.after)
        if outcome.retry_after is not None:
            assert said.after >= outcome.retry_after
        if said.stated and outcome.retry_after is not None:
            assert said.after <= outcome.retry_after + retry.base


def test_ceilings_double_up_to_the_cap() -> None:
    waits = ceilings(0.5, 8.0)
    assert [next(waits) for _ in range(7)] == [0.5, 1.0, 2.0, 4.0, 8.0, 8.0, 8.0]


@pytest.mark.parametrize("base", [0, 0.0, 5e-324, 1e308])
def test_ceilings_go_on_for_ever(base: float) -> None:
    waits = ceilings(base, 8.0)
    assert all(0 <= next(waits) <= 8.0 for _ in range(3000))
