"""The token bucket and how it learns."""

from __future__ import annotations

from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reknit.runtime.bucket import Bucket, LearnedBucket


def test_a_bucket_begins_full_and_refills_by_its_rate() -> None:
    bucket = Bucket(rate=2.0, burst=3, now=10.0)
    assert bucket.level(10.0) == 3
    for _ in range(3):
        bucket.take(10.0)
    assert bucket.level(10.0) == 0
    assert bucket.level(10.5) == pytest.approx(1.0)
    assert bucket.level(100.0) == 3


def test_a_bucket_owes_nothing_where_there_was_no_token() -> None:
    bucket = Bucket(rate=1.0, burst=1, now=0.0)
    for _ in range(5):
        bucket.take(0.0)
    assert bucket.level(1.0) == pytest.approx(1.0)


def test_a_clock_that_goes_back_takes_no_token_away() -> None:
    bucket = Bucket(rate=1.0, burst=5, now=100.0)
    assert bucket.level(50.0) == 5


def test_reaches_tells_when_there_will_be_so_many_tokens() -> None:
    bucket = Bucket(rate=2.0, burst=2, now=0.0)
    assert bucket.reaches(0.0, 2) == 0.0
    bucket.take(0.0)
    assert bucket.reaches(0.0, 2) == pytest.approx(0.5, abs=1e-4)
    assert bucket.reaches(0.0, 3) == inf


@given(
    rate=st.floats(0.1, 100),
    burst=st.integers(1, 50),
    waits=st.lists(st.floats(0, 3), min_size=1, max_size=60),
)
def test_no_stretch_of_time_gets_more_than_burst_and_rate(rate: float, burst: int, waits: list[float]) -> None:
    bucket = Bucket(rate, burst, 0.0)
    now = 0.0
    taken: list[float] = []
    for wait in waits:
        now += wait
        if bucket.reaches(now, 1) <= now:
            bucket.take(now)
            taken.append(now)
    for first, since in enumerate(taken):
        for last in range(first, len(taken)):
            assert last - first + 1 <= burst + rate * (taken[last] - since) + 1e-3


def refused_after(passed: list[float], at: float) -> LearnedBucket:
    bucket = LearnedBucket()
    for sent_at in passed:
        bucket.passed(sent_at, sent_at)
    bucket.refused(at)
    return bucket


def test_the_first_guess_is_what_passed_in_its_time_and_the_wait() -> None:
    bucket = refused_after([0.0] * 5, 0.0)
    bucket.resume(1.0, 1.0, 0.0)
    assert bucket.burst == 5
    assert bucket.rate == pytest.approx(5.0)
    assert bucket.level(1.0) == pytest.approx(5.0)


def test_the_first_guess_is_not_watered_down_by_a_quiet_hour_before() -> None:
    bucket = refused_after([0.0, 600.0, 1200.0, *[3600.0] * 5], 3600.0)
    bucket.resume(3601.0, 1.0, 0.0)
    assert bucket.burst == 5
    assert bucket.rate == pytest.approx(5.0)


def test_nothing_passed_leaves_one_token_a_wait() -> None:
    bucket = refused_after([], 0.0)
    bucket.resume(4.0, 4.0, 0.0)
    assert (bucket.rate, bucket.burst, bucket.level(4.0)) == (0.25, 1, 1.0)


def test_there_is_a_token_when_the_wait_is_over_however_low_the_rate_was_guessed() -> None:
    bucket = refused_after([0.0], 0.0)
    bucket.resume(0.1, 8.0, 0.0)
    assert bucket.level(0.1) == 1.0


def climbed(bucket: LearnedBucket, now: float, answers: int) -> float:
    """Let so many pass, each as soon as the bucket has a token."""
    for _ in range(answers):
        bucket.pressed(now)
        now = max(now, bucket.reaches(now, 1))
        bucket.take(now)
        bucket.passed(now, now)
    return now


def test_the_rate_climbs_fast_while_all_is_calm() -> None:
    bucket = refused_after([0.0], 0.0)
    bucket.resume(1.0, 1.0, 0.0)
    assert bucket.rate == 1.0
    assert climbed(bucket, 1.0, 14) < 6.0
    assert bucket.rate >= 32.0


def test_a_large_burst_must_be_used_up_before_calm_means_anything() -> None:
    bucket = refused_after([0.0] * 100, 0.0)
    bucket.resume(1.0, 1.0, 0.0)
    climbed(bucket, 1.0, 50)
    assert bucket.rate == pytest.approx(100.0)


def test_the_rate_does_not_run_away_from_a_pace_that_something_else_keeps_down() -> None:
    bucket = refused_after([0.0], 0.0)
    bucket.resume(1.0, 1.0, 0.0)
    now = 1.0
    for _ in range(100):
        bucket.pressed(now)
        now += 0.5
        bucket.passed(now, now)
    assert bucket.rate <= 8.0


def test_two_refusals_show_the_rate_of_a_server_that_was_guessed_far_too_fast() -> None:
    bucket = refused_after([0.0] * 100, 0.0)  # a burst of 100 that refills by 1 a second
    bucket.resume(1.0, 1.0, 0.0)
    assert bucket.rate > 50
    bucket.passed(1.0, 1.0)
    bucket.refused(1.002)
    bucket.resume(2.002, 1.0, 0.0)
    assert bucket.rate < 3.0


def paced_until_refused(bucket: LearnedBucket, server: Bucket, now: float) -> float:
    """Send as the bucket says until the server refuses; return when that is."""
    while True:
        if bucket.reaches(now, 1) > now:
            bucket.pressed(now)
            now = bucket.reaches(now, 1)
        if server.reaches(now, 1) > now:
            bucket.refused(now)
            return now
        server.take(now)
        bucket.take(now)
        bucket.passed(now, now)
        now += 0.001


def test_a_refused_rate_is_approached_again_with_patience() -> None:
    server = Bucket(rate=5.0, burst=5, now=0.0)
    bucket = LearnedBucket()
    for _ in range(5):
        server.take(0.0)
        bucket.passed(0.0, 0.0)
    bucket.refused(0.0)
    bucket.resume(1.0, 1.0, 0.0)
    first = paced_until_refused(bucket, server, 1.0)
    assert first < 2.5
    bucket.resume(first + 1.0, 1.0, 0.0)
    assert bucket.rate == pytest.approx(5.0, rel=0.1)
    assert bucket.burst == 5
    assert paced_until_refused(bucket, server, first + 1.0) > first + 5.0


def test_a_limit_that_was_raised_is_found_out() -> None:
    server = Bucket(rate=5.0, burst=5, now=0.0)
    bucket = LearnedBucket()
    now = 0.0
    for _ in range(4):
        now = paced_until_refused(bucket, server, now) + 1.0 if bucket.rate < inf else 1.0
        bucket.refused(now - 1.0)
        bucket.resume(now, 1.0, 0.0)
    server.rate = 50.0
    for _ in range(12):
        now = paced_until_refused(bucket, server, now) + 1.0
        bucket.resume(now, 1.0, 0.0)
    assert bucket.rate > 25.0


def test_a_refusal_of_what_was_sent_before_the_last_wait_teaches_nothing_new() -> None:
    bucket = refused_after([0.0] * 5, 0.0)
    bucket.resume(1.0, 1.0, 0.0)
    before = bucket.rate, bucket.burst
    bucket.refused(0.0)
    bucket.resume(2.0, 1.0, 0.0)
    assert (bucket.rate, bucket.burst) == before


@given(
    true=st.tuples(st.floats(0.5, 50), st.integers(1, 60)),
    spread=st.floats(0.001, 0.2),
)
def test_whatever_the_server_the_bucket_stays_sane(true: tuple[float, int], spread: float) -> None:
    rate, burst = true
    server = Bucket(rate, burst, 0.0)
    bucket = LearnedBucket()
    now = 0.0
    for _ in range(12):
        while server.reaches(now, 1) <= now:
            server.take(now)
            bucket.passed(now, now)
            now += spread / 20
            if now > 200:
                return
        bucket.refused(now)
        now += max(1.0, 1 / rate)
        bucket.resume(now, max(1.0, 1 / rate), spread)
        assert 0 < bucket.rate < inf
        assert 1 <= bucket.burst <= 200
        assert 1 - 1e-6 <= bucket.level(now) <= bucket.burst
