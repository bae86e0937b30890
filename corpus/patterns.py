"""Makes texts that match a pattern; what makes values of whole schemas seldom meets one by chance."""

from __future__ import annotations

import re
import warnings
from contextlib import suppress
from functools import cache
from unittest import SkipTest

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import HypothesisException
from hypothesis.strategies import from_regex

_WANTED = 4


@cache
def texts_matching(pattern: str, least: int, most: int) -> tuple[str, ...]:
    """Return a few texts of some length that match a pattern, the same on every run; none where none was found."""
    found: dict[str, None] = {}
    tried = 0

    @seed(0)
    @settings(
        max_examples=1000,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(from_regex(pattern))
    def collect(text: str) -> None:
        nonlocal tried
        tried += 1
        # A line break at the end passes Python's `$`, and not by that of ECMA-262.
        if least <= len(text) <= most and not text.endswith("\n"):
            found[text] = None
        if len(found) == _WANTED or tried == 50 * _WANTED:
            raise SkipTest(pattern)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with suppress(SkipTest, HypothesisException, re.error, OverflowError):
            collect()
    return tuple(found)
