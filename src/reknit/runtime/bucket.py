"""The token bucket, and how a bucket that nobody has stated is learned from what a server lets through and refuses.

What passed and what was refused is kept with the times of sending, for the last few refusals. Of all buckets that one
is taken which explains it best: nothing passes without a token, nothing is refused while there is one. Between refusals
the rate climbs while all is calm.
"""

from __future__ import annotations

from collections import deque
from itertools import product
from math import inf
from typing import Final

__all__ = ["Bucket", "LearnedBucket"]

# A server that says "Retry-After: 1" may allow 50 a second: a few per cent a step would never get there.
_CLIMB: Final = 2.0
_FAR: Final = 0.4  # of a rate that was refused: up to here the rate climbs without patience
_PATIENCE: Final = (2.0, 64.0)  # seconds of calm before a refused rate is tried again: doubled each time, up to that
_YIELD: Final = 0.95  # of the rate that explains a refusal: room for what is not known to the last per cent
_ANSWERS: Final = 128  # kept for the fit,
_REFUSALS: Final = 4  # at most as far back as so many waits
_STEPS: Final = (2.0, 2**0.5, 2**0.25, 2**0.125)  # by which the fit tries other rates and bursts
_HALF: Final = 0.5  # a server that refuses has something between none and one token
_LATE: Final = 1e-6  # seconds after which rounding, here or there, can leave no token short
_ALMOST: Final = 1e-6  # seconds or tokens that make no difference


class Bucket:
    """Hold at most `burst` tokens, refilled by `rate` a second; `now` is of any clock that does not go back."""

    def __init__(self, rate: float, burst: int, now: float) -> None:
        self.rate = rate
        self.burst = burst
        self._level = float(burst)
        self._at = now

    def level(self, now: float) -> float:
        """Return the tokens at `now`."""
        if now > self._at:
            self._level = min(self.burst, self._level + (now - self._at) * self.rate)
            self._at = now
        return self._level

    def take(self, now: float) -> None:
        """Take one token; none is owed where there was none."""
        self._level = max(0.0, self.level(now) - 1.0)

    def reaches(self, now: float, tokens: int) -> float:
        """Return when there will be `tokens` if none is taken: `now` for at once, infinity for more than `burst`."""
        missing = tokens - self.level(now)
        if missing <= 0.0:
            return now
        return now + missing / self.rate + _LATE if tokens <= self.burst else inf


class LearnedBucket(Bucket):
    """A bucket that learns its rate and burst; the rate is infinite before the first refusal.

    All times but `now` are those of sending: requests that are spaced when they are sent are spaced when they arrive.
    """

    def __init__(self) -> None:
        super().__init__(inf, 1, -inf)
        self._history: deque[tuple[float, bool]] = deque(maxlen=_ANSWERS)
        self._refused_at = -inf
        self._waits: deque[float] = deque(maxlen=_REFUSALS)
        # the climb: since when this bucket keeps the pace, how many passed at it, and the last pace that was refused
        self._paced_since = inf
        self._calm = 0
        self._ceiling = inf
        self._patience = _PATIENCE[0]

    def pressed(self, now: float) -> None:
        """Note that a request waits for a token: from now on this bucket keeps the pace."""
        if self._paced_since == inf:
            self._paced_since = now
            self._calm = 0

    def passed(self, now: float, sent_at: float) -> None:
        """Note a request that was let through, and climb when enough of them would have used up a burst unnoticed."""
        self._history.append((sent_at, True))
        if sent_at >= self._paced_since:
            self._calm += 1
            if self._calm > max(1, self.burst // 2):
                self._climb(self._calm / max(sent_at - self._paced_since, _ALMOST), now - self._paced_since)

    def _climb(self, pace: float, seconds: float) -> None:
        if self.rate > self._ceiling * _FAR and seconds < self._patience:
            return
        if self.rate >= self._ceiling * _YIELD:  # the server allows more than it did
            self._ceiling = inf
            self._patience = _PATIENCE[0]
        if self.rate > self._ceiling * _FAR:
            self.rate = (self.rate + self._ceiling) / 2
        else:  # uneven round trips can keep the pace below the rate, which must not run away from it
            self.rate = max(self.rate, _CLIMB * min(self.rate, pace))
        self._paced_since = inf

    def refused(self, sent_at: float) -> None:
        """Note a refusal: the server had no token."""
        self._history.append((sent_at, False))
        self._refused_at = max(self._refused_at, sent_at)
        self._paced_since = inf

    def resume(self, now: float, hold: float, doubt: float) -> None:
        """Learn from the refusals, when the wait of `hold` seconds that the server asked for is over: it has a token.

        Requests sent within `doubt` seconds may have arrived in any order.
        """
        if self.rate == inf:
            self._guess(hold)
        elif self._refused_at > self._waits[-1]:
            self._fit(hold, doubt)
        if len(self._waits) == _REFUSALS:
            self._forget(self._waits[0])
        self._waits.append(self._refused_at)
        self._level = min(max(1.0, self.rate * (now - self._refused_at)), self.burst)
        self._at = now
        self._paced_since = inf

    def _guess(self, hold: float) -> None:
        """Guess that what passed in some time before the first refusal passes again in that time and the wait."""
        self.rate, self.burst = 1 / hold, 1
        passed = 0
        for sent_at, ok in reversed(self._history):
            passed += ok
            rate = passed / (max(0.0, self._refused_at - sent_at) + hold)
            if rate > self.rate:
                self.rate, self.burst = rate, passed

    def _forget(self, before: float) -> None:
        self._history = deque((item for item in self._history if item[0] >= before), maxlen=_ANSWERS)

    def _fit(self, hold: float, doubt: float) -> None:
        """Search rate and burst from where they are, in smaller and smaller steps."""
        history = sorted((sent_at if ok else sent_at + doubt, not ok) for sent_at, ok in self._history)
        best = self.rate, self.burst
        least = _misfit(history, *best)
        for step in _STEPS:
            better = True
            while better and least:
                better = False
                rate, burst = best
                leap = max(1, int(burst * (step - 1)))
                for slower, larger in product((1 / step, 1, step), (-leap, 0, leap)):
                    tried = min(self.rate, rate * slower), max(1, burst + larger)
                    wrong = _misfit(history, *tried)
                    if wrong < least - _ALMOST:
                        best, least, better = tried, wrong, True
        rate, burst = best
        if best == (self.rate, self.burst):  # it explains everything and was refused all the same
            burst = max(1, burst - 1)
        self.burst = burst
        if rate < self.rate * _YIELD or burst == 1:
            self._ceiling = self.rate
            self._patience = min(2 * self._patience, _PATIENCE[1])
            # What passed since the last refusal has come in since: a bound from below that needs no search.
            since = self._waits[-1]
            passed = sum(ok for sent_at, ok in self._history if sent_at > since)
            bound = passed / (self._refused_at - since)
            self.rate = min(self.rate, max(max(rate, bound) * _YIELD, 1 / hold))


def _misfit(history: list[tuple[float, bool]], rate: float, burst: int) -> float:
    """Return by how many tokens a bucket fails to explain what passed and what was refused (True)."""
    at, refused = history[0]
    level = 0.0 if refused else float(burst)
    wrong = 0.0
    for sent_at, refused in history:
        if sent_at > at:
            level = min(burst, level + (sent_at - at) * rate)
            at = sent_at
        if not refused:
            level -= 1.0
            if level < 0.0:
                wrong -= level
                level = 0.0
        elif level > _HALF:
            wrong += level - _HALF
            level = 0.0
    return wrong
