"""The sandbox's own time.

Tokens expire, buckets refill and records are dated by this clock, so a test lets a quarter of an hour pass in no time.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from datetime import UTC, datetime

__all__ = ["Clock"]


class Clock:
    """Tell a time that runs with the machine's and can be moved forward.

    `start` is where it begins, in unix seconds (now, when not given). `tick` is what drives it: a function that returns
    seconds from any origin; `lambda: 0.0` makes a clock that moves by `advance` alone.
    """

    def __init__(self, start: float | None = None, *, tick: Callable[[], float] = time.monotonic) -> None:
        self._tick = tick
        # Counted from a monotonic origin: a correction of the machine's clock must not move the sandbox's.
        self._offset = (time.time() if start is None else start) - tick()

    def now(self) -> float:
        """Return the time in unix seconds."""
        return self._tick() + self._offset

    def iso(self) -> str:
        """Return the time as ISO 8601 in UTC with milliseconds: `2026-01-31T09:30:00.000Z`."""
        return datetime.fromtimestamp(self.now(), UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def advance(self, seconds: float) -> None:
        """Move the clock forward; it never goes back."""
        if not 0 <= seconds < math.inf:
            raise ValueError(f"a clock advances by 0 or more seconds, not by {seconds!r}")
        self._offset += seconds
