"""Who may send next: the machine without clock, loop and socket."""

from __future__ import annotations

from math import inf, isfinite
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from reknit.options import RateLimit
from reknit.runtime.pacer import Observation, Pacer, Permit, WaitTooLong

LIMITED = Observation(limited=True, retry_after=1.0)


def crowd(pacer: Pacer, size: int, now: float = 0.0) -> list[Permit]:
    """Let so many ask at once; return those who may go."""
    granted = []
    for _ in range(size):
        permit = pacer.admit(now)
        if permit is None:
            pacer.enqueue(now, inf)
        else:
            granted.append(permit)
    return granted


def answer(pacer: Pacer, permits: list[Permit], now: float, said: Observation | None = None) -> list[Permit]:
    """Answer these; return those who may go then."""
    for permit in permits:
        pacer.answered(now, permit, said)
    return pacer.due(now)


def opened(pacer: Pacer, size: int, now: float = 0.0) -> int:
    """Run rounds up to `size` and return how many requests that took."""
    sent, round_ = 0, crowd(pacer, 2 * size, now)
    while round_:
        sent += len(round_)
        round_ = answer(pacer, round_, now)
    return sent


# rounds


def test_a_fresh_pacer_sends_one_then_two_then_four() -> None:
    pacer = Pacer()
    sizes = []
    round_ = crowd(pacer, 31)
    while round_:
        sizes.append(len(round_))
        round_ = answer(pacer, round_, 0.0)
    assert sizes == [1, 2, 4, 8, 16]


def test_the_next_round_waits_for_the_last_answer_of_one() -> None:
    pacer = Pacer()
    second = answer(pacer, crowd(pacer, 20), 0.0)
    assert answer(pacer, second[:1], 0.01) == []
    assert len(answer(pacer, second[1:], 0.02)) == 4


def test_a_silent_round_opens_the_next_after_a_quarter_of_a_second() -> None:
    pacer = Pacer()
    crowd(pacer, 9)
    assert pacer.next_wake(0.0) == 0.25
    assert pacer.due(0.249) == []
    assert len(pacer.due(0.25)) == 2


def test_a_silent_round_holds_for_twice_the_slowest_answer_but_not_for_ever() -> None:
    pacer = Pacer()
    round_ = answer(pacer, crowd(pacer, 50), 0.2)
    assert pacer.next_wake(0.2) == pytest.approx(0.6)
    round_ = answer(pacer, round_, 100.0)
    assert pacer.next_wake(100.0) == pytest.approx(105.0)


def test_a_cancelled_probe_passes_its_turn_on() -> None:
    pacer = Pacer()
    (probe,) = crowd(pacer, 5)
    pacer.abandoned(0.01, probe)
    assert [permit.ticket for permit in pacer.due(0.01)] == [2]


def test_a_round_of_which_one_was_cancelled_still_opens_the_next() -> None:
    pacer = Pacer()
    first, second = answer(pacer, crowd(pacer, 20), 0.0)
    pacer.abandoned(0.0, first)
    assert len(answer(pacer, [second], 0.0)) == 4


def test_a_round_without_any_answer_is_not_a_reason_to_send_more() -> None:
    pacer = Pacer()
    for permit in answer(pacer, crowd(pacer, 20), 0.0):
        pacer.abandoned(0.0, permit)
    assert len(pacer.due(0.0)) == 2


def test_idleness_does_not_make_the_rounds_small_again() -> None:
    pacer = Pacer()
    opened(pacer, 64)
    assert len(crowd(pacer, 64, now=86_400.0)) == 64


def test_calls_one_after_the_other_do_not_make_the_rounds_large() -> None:
    pacer = Pacer()
    for now in range(1000):
        answer(pacer, crowd(pacer, 1, now), now)
    assert len(crowd(pacer, 100, 1000.0)) == 2


def test_fewer_in_flight_than_the_round_allows_are_not_held() -> None:
    pacer = Pacer()
    opened(pacer, 16)
    slow = crowd(pacer, 3, 1.0)
    for step in range(1000):
        (permit,) = crowd(pacer, 1, 1.0 + step)
        answer(pacer, [permit], 1.0 + step)
    assert pacer.in_flight == len(slow) == 3


# refusals


def refused(pacer: Pacer, now: float = 0.0, said: Observation = LIMITED) -> None:
    """Open to 3 successes, then be refused."""
    round_ = answer(pacer, answer(pacer, crowd(pacer, 40, now), now), now)
    for permit in round_:
        pacer.answered(now, permit, said)


def test_a_refusal_holds_everyone_for_as_long_as_the_server_says() -> None:
    pacer = Pacer()
    refused(pacer)
    assert pacer.due(0.0) == []
    assert pacer.next_wake(0.0) == 1.0
    assert pacer.due(0.999) == []


def test_after_the_wait_one_probe_goes_and_then_the_learned_pace() -> None:
    pacer = Pacer()
    refused(pacer)
    probe = pacer.due(1.0)
    assert len(probe) == 1
    second = answer(pacer, probe, 1.0)
    assert len(second) == 2
    assert answer(pacer, second, 1.0) == []
    assert pacer.next_wake(1.0) == pytest.approx(1.0 + 1 / 3, abs=1e-4)


def test_the_longest_of_several_waits_counts() -> None:
    pacer = Pacer()
    permits = answer(pacer, crowd(pacer, 9), 0.0)
    pacer.answered(0.0, permits[0], Observation(limited=True, retry_after=5.0))
    pacer.answered(0.1, permits[1], Observation(limited=True, retry_after=1.0))
    assert pacer.next_wake(0.1) == 5.0


def test_a_refusal_without_retry_after_holds_until_the_reset() -> None:
    pacer = Pacer()
    refused(pacer, said=Observation(limited=True, reset=120.0))
    assert pacer.next_wake(0.0) == 120.0


def test_refusals_that_name_no_wait_hold_longer_each_time() -> None:
    pacer = Pacer()
    now = 0.0
    holds = []
    crowd(pacer, 1)
    permit: Permit | None = None
    pacer = Pacer()
    for _ in range(8):
        permit = pacer.admit(now)
        assert permit is not None
        pacer.answered(now, permit, Observation(limited=True))
        opens = pacer.opens(now)
        holds.append(opens - now)
        now = opens
    assert holds == [0.5, 1.0, 2.0, 4.0, 8.0, 8.0, 8.0, 8.0]


def test_a_server_that_always_says_at_once_is_not_asked_in_a_busy_loop() -> None:
    pacer = Pacer()
    now = 0.0
    for _ in range(10):
        permit = pacer.admit(now)
        assert permit is not None
        pacer.answered(now, permit, Observation(limited=True, retry_after=0.0))
        now = pacer.opens(now)
    assert now > 20.0


def test_a_call_that_was_refused_goes_before_all_that_came_later() -> None:
    pacer = Pacer()
    (first,) = crowd(pacer, 3)
    pacer.answered(0.0, first, LIMITED)
    assert pacer.admit(0.0, first.ticket) is None
    pacer.enqueue(0.0, inf, first.ticket)
    assert [permit.ticket for permit in pacer.due(1.0)] == [first.ticket]


def test_a_refused_probe_holds_again() -> None:
    pacer = Pacer()
    refused(pacer)
    (probe,) = pacer.due(1.0)
    assert answer(pacer, [probe], 1.0, LIMITED) == []
    assert pacer.next_wake(1.0) == 2.0


def test_a_cancelled_probe_after_a_refusal_passes_its_turn_on() -> None:
    pacer = Pacer()
    refused(pacer)
    (probe,) = pacer.due(1.0)
    pacer.abandoned(1.1, probe, sent=False)
    assert len(pacer.due(1.1)) == 1


def test_a_refusal_in_spite_of_a_stated_limit_holds_and_probes() -> None:
    pacer = Pacer(stated=RateLimit(rate=10, burst=10))
    for permit in crowd(pacer, 30):
        pacer.answered(0.0, permit, LIMITED)
    assert pacer.next_wake(0.0) == 1.0
    assert len(pacer.due(1.0)) == 1


# deadlines


def test_whoever_cannot_wait_so_long_is_told_at_once() -> None:
    pacer = Pacer()
    refused(pacer, said=Observation(limited=True, retry_after=90.0))
    with pytest.raises(WaitTooLong, match="90 s") as caught:
        pacer.enqueue(0.0, 10.0)
    assert caught.value.seconds == 90.0
    assert pacer.enqueue(0.0, 91.0)


def test_a_hold_that_begins_ends_the_waits_that_it_makes_hopeless() -> None:
    pacer = Pacer()
    (probe,) = crowd(pacer, 1)
    short, long = pacer.enqueue(0.0, 10.0), pacer.enqueue(0.0, 200.0)
    pacer.answered(1.0, probe, Observation(limited=True, retry_after=90.0))
    ((ticket, reason),) = pacer.hopeless(1.0)
    assert (ticket, reason.seconds) == (short, 90.0)
    assert pacer.hopeless(1.0) == []
    assert [permit.ticket for permit in pacer.due(91.0)] == [long]


def test_nothing_left_until_a_reset_is_a_wait_that_the_server_asked_for() -> None:
    pacer = Pacer()
    (probe,) = crowd(pacer, 1)
    pacer.answered(0.0, probe, Observation(remaining=0, reset=30.0))
    with pytest.raises(WaitTooLong):
        pacer.enqueue(0.0, 20.0)


def test_a_guessed_wait_is_nobody_s_reason_to_give_up() -> None:
    pacer = Pacer(stated=RateLimit(rate=0.01, burst=1))
    crowd(pacer, 3)
    assert pacer.enqueue(0.0, 1.0)
    assert pacer.hopeless(0.0) == []


# headers


def test_headers_open_everything_that_remains_at_once() -> None:
    pacer = Pacer()
    (probe,) = crowd(pacer, 100)
    pacer.answered(0.0, probe, Observation(remaining=40, limit=50, reset=10.0))
    assert len(pacer.due(0.0)) == 39  # the last one goes alone


def test_after_the_reset_one_goes_and_its_word_counts() -> None:
    pacer = Pacer()
    (probe,) = crowd(pacer, 100)
    pacer.answered(0.0, probe, Observation(remaining=0, limit=5, reset=10.0))
    assert pacer.next_wake(0.0) == 10.0
    (probe,) = pacer.due(10.0)
    pacer.answered(10.0, probe, Observation(remaining=4, limit=5, reset=10.0))
    assert len(pacer.due(10.0)) == 3


def test_a_server_that_refuses_while_something_remains_is_paced_by_what_passes() -> None:
    pacer = Pacer()
    (probe,) = crowd(pacer, 100)
    pacer.answered(0.0, probe, Observation(remaining=4800, limit=5000, reset=3000.0))
    permits = pacer.due(0.0)
    assert len(permits) == 99
    for permit in permits[:5]:
        pacer.answered(0.0, permit, Observation(remaining=4790, limit=5000, reset=3000.0))
    for permit in permits[5:]:
        pacer.answered(0.0, permit, Observation(limited=True, retry_after=1.0, remaining=4790, limit=5000))
        pacer.enqueue(0.0, inf, permit.ticket)
    sent = pacer.due(1.0)
    assert len(sent) == 1
    for permit in sent:
        pacer.answered(1.0, permit, Observation(remaining=4789, limit=5000, reset=2999.0))
    assert len(pacer.due(1.0)) == 2


def test_slow_calls_that_the_server_has_counted_do_not_use_up_what_remains() -> None:
    pacer = Pacer()
    (probe,) = crowd(pacer, 1)
    answer(pacer, [probe], 0.0, Observation(remaining=10, limit=11, reset=60.0))
    assert len(crowd(pacer, 9, 0.0)) == 9
    (quick,) = crowd(pacer, 1, 1.0)
    answer(pacer, [quick], 1.1, Observation(remaining=8, limit=11, reset=60.0))
    assert len(crowd(pacer, 7, 1.2)) == 7


# a stated limit


def test_a_stated_limit_needs_no_rounds() -> None:
    assert len(crowd(Pacer(stated=RateLimit(rate=5, burst=5)), 30)) == 5


def test_the_burst_of_a_stated_limit_is_its_rate_rounded_down() -> None:
    assert len(crowd(Pacer(stated=RateLimit(rate=7.9)), 30)) == 7
    assert len(crowd(Pacer(stated=RateLimit(rate=0.5)), 30)) == 1


def test_tokens_come_back_counted_from_the_answer() -> None:
    pacer = Pacer(stated=RateLimit(rate=5, per=1.0, burst=1))
    (permit,) = crowd(pacer, 2)
    assert pacer.due(0.2) == []
    assert answer(pacer, [permit], 0.4) == []
    wake = pacer.next_wake(0.4)
    assert wake == pytest.approx(0.6, abs=1e-4)
    assert len(pacer.due(wake)) == 1


def test_a_hung_call_does_not_keep_its_token_for_ever() -> None:
    pacer = Pacer(stated=RateLimit(rate=5, burst=1))
    crowd(pacer, 2)
    assert pacer.next_wake(0.0) == 0.5
    assert pacer.due(0.5) == []
    assert len(pacer.due(0.701)) == 1


def test_what_was_never_sent_costs_no_token() -> None:
    pacer = Pacer(stated=RateLimit(rate=1, burst=1))
    (permit,) = crowd(pacer, 2)
    pacer.abandoned(0.0, permit, sent=False)
    assert len(pacer.due(0.0)) == 1


def test_a_stated_limit_does_not_follow_headers() -> None:
    pacer = Pacer(stated=RateLimit(rate=5, burst=5))
    permits = crowd(pacer, 5)
    answer(pacer, permits[:1], 0.0, Observation(remaining=0, reset=60.0))
    assert pacer.enqueue(0.0, 10.0)
    assert pacer.next_wake(0.0) == pytest.approx(0.2, abs=1e-4)


@settings(max_examples=60)
@given(data=st.data(), rate=st.floats(1, 40), burst=st.integers(1, 12), size=st.integers(1, 60))
def test_a_stated_limit_is_never_exceeded_whenever_the_server_counts(
    data: st.DataObject, rate: float, burst: int, size: int
) -> None:
    """The server is an exact bucket that takes its token at any moment between a request and its answer."""
    pacer = Pacer(stated=RateLimit(rate=rate, burst=burst))
    fractions, latencies = st.floats(0, 1), st.floats(0.001, 0.45)
    now, counted = 0.0, []
    events = [(0.0, permit) for permit in crowd(pacer, size)]
    events = [(data.draw(latencies), permit) for _, permit in events]
    counted += [data.draw(fractions) * at for at, _ in events]
    left = size
    while left:
        wake = pacer.next_wake(now)
        events.sort(key=lambda event: event[0])
        if events and (wake is None or events[0][0] <= wake):
            now, permit = events.pop(0)
            pacer.answered(now, permit)
            left -= 1
        else:
            assert wake is not None
            now = max(now, wake)
        for permit in pacer.due(now):
            latency = data.draw(latencies)
            events.append((now + latency, permit))
            counted.append(now + data.draw(fractions) * latency)
    level, at = float(burst), 0.0
    for moment in sorted(counted):
        level = min(burst, level + (moment - at) * rate) - 1
        at = moment
        assert level >= -1e-4


# giving back


def test_giving_a_permit_back_twice_does_nothing() -> None:
    pacer = Pacer(stated=RateLimit(rate=1, burst=2))
    permits = crowd(pacer, 2)
    for permit in permits * 3:
        pacer.answered(0.0, permit)
        pacer.abandoned(0.0, permit)
    assert pacer.in_flight == 0


def test_permits_of_a_loop_that_is_gone_are_worth_nothing() -> None:
    pacer = Pacer()
    opened(pacer, 8)
    permits = crowd(pacer, 5, 1.0)
    pacer.enqueue(1.0, inf)
    pacer.forget_in_flight()
    assert pacer.in_flight == 0
    assert pacer.next_wake(1.0) is None
    for permit in permits:
        pacer.answered(2.0, permit)
    assert pacer.in_flight == 0
    assert len(crowd(pacer, 8, 2.0)) == 8


def test_a_call_that_hangs_while_thousands_pass_keeps_no_memory() -> None:
    pacer = Pacer()
    opened(pacer, 4)
    crowd(pacer, 1, 0.0)
    for step in range(5000):
        answer(pacer, crowd(pacer, 1, step * 0.01), step * 0.01)
    assert len(pacer._uncounted) < 100


class Life(RuleBasedStateMachine):
    """Anything that may happen, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.pacer = Pacer()
        self.now = 0.0
        self.flying: list[Permit] = []
        self.waiting: dict[int, float] = {}
        self.too_short = False

    def _send(self, permits: list[Permit]) -> None:
        for permit in permits:
            assert all(permit.ticket < other for other in self.waiting if other != permit.ticket)
            self.waiting.pop(permit.ticket, None)
            self.flying.append(permit)

    def _settle(self) -> None:
        for ticket, reason in self.pacer.hopeless(self.now):
            assert self.waiting.pop(ticket) < self.now + reason.seconds + 1e-6
        self._send(self.pacer.due(self.now))

    def _ask(self, deadline: float, ticket: int | None = None) -> None:
        permit = self.pacer.admit(self.now, ticket)
        if permit is not None:
            self._send([permit])
            return
        try:
            self.waiting[self.pacer.enqueue(self.now, deadline, ticket)] = deadline
        except WaitTooLong as hopeless:
            self.too_short = self.too_short or deadline >= self.now + hopeless.seconds + 1e-6

    @rule(many=st.integers(1, 12), patience=st.sampled_from([0.5, 5.0, 1e6, inf]))
    def ask(self, many: int, patience: float) -> None:
        for _ in range(many):
            self._ask(self.now + patience)
        self._settle()

    @rule(seconds=st.sampled_from([0.0, 0.001, 0.1, 1.0, 61.0, 1e5]))
    def wait(self, seconds: float) -> None:
        self.now += seconds
        self._settle()

    @precondition(lambda self: self.flying)
    @rule(data=st.data(), many=st.integers(1, 12), remaining=st.none() | st.integers(-1, 20))
    def succeed(self, data: Any, many: int, remaining: int | None) -> None:
        reset = data.draw(st.none() | st.floats(0, 1e6))
        for _ in range(min(many, len(self.flying))):
            permit = self.flying.pop(data.draw(st.integers(0, len(self.flying) - 1)))
            self.pacer.answered(self.now, permit, Observation(remaining=remaining, reset=reset, limit=20))
        self._settle()

    @precondition(lambda self: self.flying)
    @rule(
        data=st.data(), said=st.none() | st.floats(0, 100), remaining=st.none() | st.integers(0, 3), again=st.booleans()
    )
    def refuse(self, data: Any, said: float | None, remaining: int | None, again: bool) -> None:
        permit = self.flying.pop(data.draw(st.integers(0, len(self.flying) - 1)))
        self.pacer.answered(self.now, permit, Observation(limited=True, retry_after=said, remaining=remaining))
        if again:
            self._ask(inf, permit.ticket)
        self._settle()

    @precondition(lambda self: self.flying)
    @rule(data=st.data(), sent=st.booleans())
    def give_up(self, data: Any, sent: bool) -> None:
        permit = self.flying.pop(data.draw(st.integers(0, len(self.flying) - 1)))
        self.pacer.abandoned(self.now, permit, sent=sent)
        self._settle()

    @precondition(lambda self: self.waiting)
    @rule(data=st.data())
    def cancel(self, data: Any) -> None:
        ticket = data.draw(st.sampled_from(sorted(self.waiting)))
        del self.waiting[ticket]
        self.pacer.cancel(ticket)
        self._settle()

    @invariant()
    def counts_agree(self) -> None:
        assert self.pacer.in_flight == len(self.flying)
        assert self.pacer._line.waiting == self.waiting
        assert self.pacer._reserved == sum(not permit.counted for permit in self.pacer._uncounted)
        assert 0 <= self.pacer._reserved <= len(self.flying)
        assert 0 <= self.pacer._pending <= len(self.flying)

    @invariant()
    def nobody_is_sent_away_without_reason(self) -> None:
        assert not self.too_short

    @invariant()
    def nobody_is_forgotten(self) -> None:
        wake = self.pacer.next_wake(self.now)
        assert (wake is None) == (not self.waiting)
        assert wake is None or (isfinite(wake) and wake > self.now)

    def teardown(self) -> None:
        """Whoever waits when nothing more happens is served, one after the other."""
        for _ in range(40 * len(self.waiting) + 40):
            wake = self.pacer.next_wake(self.now)
            if wake is None:
                break
            self.now = wake
            self._settle()
            for permit in self.flying:
                self.pacer.abandoned(self.now, permit)
            self.flying.clear()
            self._settle()
        assert not self.pacer._line.waiting


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=120, stateful_step_count=40, deadline=None)
