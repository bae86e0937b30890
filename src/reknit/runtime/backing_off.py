"""How long to wait where the server names no wait.

The only module that knows `backoff`, and of it only the wait generators: its decorators clip waits under `max_time`,
read the wall clock and hand the arguments of a call to their handlers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import repeat

import backoff

__all__ = ["ceilings", "full_jitter"]

_DAY = 86_400.0
_NOTHING = 1e-9


def ceilings(base: float, cap: float) -> Iterator[float]:
    """Yield the longest wait before each resend, in seconds: base, 2 × base, 4 × base … up to `cap`."""
    if base < _NOTHING:
        return repeat(0.0)
    # A wait without end helps nobody, and the powers of two would outgrow a float.
    waits = backoff.expo(base=2, factor=base, max_value=min(cap, _DAY))
    next(waits)  # the generator's first yield only starts it
    return waits


def full_jitter(ceiling: float, chance: Callable[[], float]) -> float:
    """Return an evenly drawn wait between 0 and `ceiling`; `chance` gives numbers in [0, 1)."""
    return ceiling * chance()
