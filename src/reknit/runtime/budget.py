"""What a server's headers leave to send: so many, until then.

Answers overlap and overtake one another, so not every one may be believed: the one that was sent newest counts, and of
those that were under way together the one that leaves least.
"""

from __future__ import annotations

from math import inf
from typing import Final

__all__ = ["COUNTED", "Budget"]

COUNTED: Final = (
    0.5  # seconds in which a server has counted what it has not answered yet: slow calls must not use up a limit
)
_HOLD_GUESSED: Final = 60.0  # the most that a successful answer alone may hold everyone
_RESET_UNSAID: Final = 1.0  # for Remaining without Reset
_LAST: Final = (
    1.1,
    1.25,
)  # how long the last one waits, in times in which a bucket regains a token, and at most in seconds


class Budget:
    """`remaining` requests until `reset_at`; None where the server has said nothing that still holds."""

    def __init__(self) -> None:
        self.remaining: int | None = None
        self.reset_at = -inf
        #: It refused while it said that something was left: it counts something else, and promises nothing.
        self.blind = False
        self._said = 0
        self._last_at = -inf
        self._sent_at = -inf
        self._heard_at = -inf

    def hear(self, now: float, sent_at: float, remaining: int, *, reset: float | None, limit: int | None) -> None:
        """Take note of an answer to what was sent at `sent_at`; `reset` in seconds from now."""
        least = False
        if self.remaining is None:
            newest = sent_at >= self.reset_at
        else:
            newest = sent_at > self._heard_at
            least = remaining < self.remaining and sent_at >= self._sent_at - COUNTED
        if newest:
            self._sent_at = sent_at
            self._heard_at = now
        if newest or least:
            wait = _RESET_UNSAID if reset is None else reset
            self.remaining = self._said = remaining
            self.reset_at = now + min(wait if remaining < 1 else max(wait, _RESET_UNSAID), _HOLD_GUESSED)
            self._last_at = now + min(_LAST[0] * wait / max(2, (limit or 0) - 1), _LAST[1])

    def spend(self, sent_at: float) -> None:
        """Count a request that came back without headers, or has not come back in time."""
        if self.remaining is not None and sent_at > self._sent_at:
            self.remaining -= 1

    def opens(self, now: float, under_way: int, waiting: int) -> float:
        """Return when the next may go if nothing happens before: `now` for at once.

        `under_way` counts what the server may not have counted. Where others wait behind it, the last one goes after a
        pause and alone: a server that refills one by one then has one more, and does not send everyone away until its
        reset.
        """
        left = (self.remaining or 0) - under_way
        if left < 1 or (left == 1 and under_way):
            return self.reset_at
        if left == 1 and waiting > 1 and now < self._last_at:
            return min(self._last_at, self.reset_at)
        return now

    def held_until(self) -> float:
        """Return the end of the wait that the server has asked for by saying, itself, that nothing is left."""
        return self.reset_at if self.remaining is not None and self._said <= 0 else -inf
