"""The limits that the sandbox sets on its callers: a token bucket, and a fixed window."""

from __future__ import annotations

import math
from typing import TypeAlias

from attrs import define, field

__all__ = ["FixedWindow", "Limit", "TokenBucket"]


@define
class TokenBucket:
    """Let `burst` calls through at once and `rate` a second after that.

    Time comes in as an argument and never runs backwards. A bucket that was never asked is full.
    """

    rate: float
    burst: int
    _tokens: float = field(init=False)
    _at: float = field(init=False, default=-math.inf)

    def __attrs_post_init__(self) -> None:
        self._tokens = float(self.burst)

    def take(self, now: float) -> bool:
        """Take a token, or say that there is none."""
        self._refill(now)
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True

    def remaining(self, now: float) -> int:
        """Return how many calls would get through at once."""
        self._refill(now)
        return int(self._tokens)

    def next_in(self, now: float) -> float:
        """Return the seconds until a call gets through."""
        self._refill(now)
        return max(0.0, (1 - self._tokens) / self.rate)

    def full_in(self, now: float) -> float:
        """Return the seconds until the bucket is full."""
        self._refill(now)
        return (self.burst - self._tokens) / self.rate

    def _refill(self, now: float) -> None:
        self._tokens = min(float(self.burst), self._tokens + (now - self._at) * self.rate)
        self._at = now


@define
class FixedWindow:
    """Let `burst` calls through in each window of so many seconds; one begins with the first call after the last."""

    burst: int
    seconds: float
    _used: int = field(init=False, default=0)
    _since: float = field(init=False, default=-math.inf)

    def take(self, now: float) -> bool:
        """Take a place in the window, or say that there is none."""
        if now >= self._since + self.seconds:
            self._since, self._used = now, 0
        if self._used >= self.burst:
            return False
        self._used += 1
        return True

    def remaining(self, now: float) -> int:
        """Return how many calls would get through at once."""
        return self.burst if now >= self._since + self.seconds else self.burst - self._used

    def next_in(self, now: float) -> float:
        """Return the seconds until a call gets through."""
        return 0.0 if self.remaining(now) else self.full_in(now)

    def full_in(self, now: float) -> float:
        """Return the seconds until the window ends."""
        return max(0.0, self._since + self.seconds - now)


Limit: TypeAlias = TokenBucket | FixedWindow
