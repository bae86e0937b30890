"""Options are refused when they are made, not when a call is under way."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

import attrs
import pytest

from reknit import RateLimit, RequestOptions, Retry
from reknit.errors import InvalidArgument

NOT_NUMBERS: list[Any] = [math.nan, -math.inf, True, False, "1", None, Decimal(1), [], 1j, 10**400, -1, -0.5]
NOT_COUNTS: list[Any] = [0, -1, True, 1.0, math.nan, math.inf, "4", None]


@pytest.mark.parametrize("bad", [*NOT_NUMBERS, math.inf])
@pytest.mark.parametrize("name", ["base", "cap"])
def test_retry_refuses_waits_that_are_no_waits(name: str, bad: Any) -> None:
    with pytest.raises(InvalidArgument, match=name):
        Retry(**{name: bad})


@pytest.mark.parametrize("bad", NOT_COUNTS)
def test_retry_refuses_attempts_that_cannot_be_counted(bad: Any) -> None:
    with pytest.raises(InvalidArgument, match="max_attempts"):
        Retry(max_attempts=bad)


@pytest.mark.parametrize("bad", [*NOT_NUMBERS, 0, math.inf])
@pytest.mark.parametrize("name", ["rate", "per"])
def test_rate_limit_refuses_rates_that_are_no_rates(name: str, bad: Any) -> None:
    with pytest.raises(InvalidArgument, match=name):
        RateLimit(**{"rate": 5, name: bad})


@pytest.mark.parametrize("bad", [bad for bad in NOT_COUNTS if bad is not None])
def test_rate_limit_refuses_bursts_that_are_no_counts(bad: Any) -> None:
    with pytest.raises(InvalidArgument, match="burst"):
        RateLimit(rate=5, burst=bad)


@pytest.mark.parametrize("bad", [bad for bad in [*NOT_NUMBERS, 0] if bad is not None])
def test_a_calls_timeout_is_a_positive_number(bad: Any) -> None:
    with pytest.raises(InvalidArgument, match="timeout"):
        RequestOptions(timeout=bad)


@pytest.mark.parametrize(("name", "bad"), [("retry", 3), ("retry", {"max_attempts": 1}), ("headers", [("a", "b")])])
def test_options_of_the_wrong_kind_are_refused(name: str, bad: Any) -> None:
    with pytest.raises(InvalidArgument, match=name):
        RequestOptions(**{name: bad})


def test_what_makes_sense_passes() -> None:
    assert Retry(max_attempts=1, base=0, cap=0.0) == Retry(max_attempts=1, base=0, cap=0)
    assert RateLimit(rate=0.1, per=60, burst=1).burst == 1
    assert RequestOptions(timeout=math.inf, retry=Retry(), headers={"X-A": "b"}).headers == {"X-A": "b"}
    assert RequestOptions() == RequestOptions(timeout=None, retry=None, headers=None)


def test_defaults_are_the_documented_ones() -> None:
    assert attrs.asdict(Retry()) == {"max_attempts": 4, "base": 0.5, "cap": 8.0}
    assert attrs.asdict(RateLimit(rate=5)) == {"rate": 5, "per": 1.0, "burst": None}


def test_options_do_not_change_and_are_given_by_name() -> None:
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        Retry().base = 1.0  # type: ignore[misc]
    with pytest.raises(TypeError):
        Retry(3)  # type: ignore[misc]


def test_a_refusal_is_one_line() -> None:
    with pytest.raises(InvalidArgument) as caught:
        RequestOptions(timeout="a\nb")  # type: ignore[arg-type]
    assert "\n" not in str(caught.value)


def test_options_do_not_show_the_values_of_headers() -> None:
    assert repr(RequestOptions(headers={"X-Tenant": "hush"})).endswith("headers=<X-Tenant>)")
