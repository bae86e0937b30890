from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reknit.durable import Retries
from reknit.errors import ConfigurationError


@given(
    tried=st.integers(1, 2000),
    base=st.floats(0, 100),
    cap=st.floats(0, 1000),
    chance=st.floats(0, 1, exclude_max=True),
)
def test_a_wait_doubles_up_to_the_cap_and_is_never_less_than_half_of_that(tried, base, cap, chance):
    wait = Retries(tries=5000, base=base, cap=cap).wait(tried, lambda: chance)
    ceiling = min(cap, base * 2.0 ** min(tried - 1, 64))
    assert wait is not None
    assert ceiling / 2 <= wait <= ceiling


def test_after_the_last_try_there_is_no_wait():
    assert Retries(tries=3).wait(2, lambda: 0.5) is not None
    assert Retries(tries=3).wait(3, lambda: 0.5) is None


@pytest.mark.parametrize("options", [{"tries": 0}, {"base": -1.0}, {"base": float("nan")}, {"cap": float("inf")}])
def test_terms_that_make_no_sense_are_refused_by_name(options):
    [name] = options
    with pytest.raises(ConfigurationError, match=f"^{name}="):
        Retries(**options)
