"""What to do next, decided without a socket, a clock or a loop.

Everything here is a function of its arguments: what the headers of an answer mean, whether a call may be resent, how
long to wait before it. The call loop in `caller` only carries out what these functions say.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Literal

from msgspec import Struct

from ..options import Retry
from .attempts import RateLimitState
from .backing_off import full_jitter

__all__ = ["NOTHING_SAID", "Outcome", "Resend", "Safety", "decide", "may_resend", "rate_limit_state", "retry_after"]

#: RFC 9110 §9.2.2 names the methods; a spec may widen or narrow (`x-safety`).
Safety = Literal["idempotent", "keyed", "unsafe"]

_RESENT_STATUSES = frozenset({408, 429, 500, 502, 503, 504})
_NUMBER = re.compile(r"[0-9]{1,18}(?:\.[0-9]{1,30})?")
#: A count, and behind it perhaps a policy (`100;w=60`) or another limit (`100, 5000`).
_COUNT = re.compile(r"([0-9]{1,18})\s*(?:[,;].*)?", re.DOTALL)
#: A reset of at least this is a point in time (2001 and later), below it a number of seconds from now (31 years).
_EPOCH = 1e9
_EPOCH_MILLISECONDS = 1e12
#: From here on (the year 33658 in milliseconds) it is nonsense.
_NO_TIME = 1e15
#: Jitter above a wait that the server named: a tenth of it, at most `Retry.base`.
_JITTER_SHARE = 0.1


def _http_date(text: str | None) -> float | None:
    if not text:
        return None
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    try:
        return moment.timestamp()
    except (ValueError, OverflowError):
        return None


def _server_now(headers: Mapping[str, str], wall: float) -> float:
    """Return the answer's own time, so that a skewed clock here does not bend the server's dates."""
    date = _http_date(headers.get("Date"))
    return wall if date is None else date


def retry_after(headers: Mapping[str, str], wall: float) -> float | None:
    """Return the seconds that `Retry-After` asks for, None where it is absent or nonsense (RFC 9110 §10.2.3).

    A date is read against the answer's `Date`, else against `wall` (seconds since the epoch); one in the past is 0.
    """
    text = headers.get("Retry-After")
    if text is None:
        return None
    text = text.strip()
    if _NUMBER.fullmatch(text):
        return float(text)
    date = _http_date(text) if text[:1].isalpha() else None
    return None if date is None else max(0.0, date - _server_now(headers, wall))


def _count(text: str | None) -> int | None:
    match = _COUNT.fullmatch(text.strip()) if text else None
    return int(match[1]) if match else None


def _reset(headers: Mapping[str, str], wall: float) -> float | None:
    text = headers.get("X-RateLimit-Reset", "").strip()
    if not _NUMBER.fullmatch(text):
        return None
    value = float(text)
    if value >= _NO_TIME:
        return None
    if value < _EPOCH:
        return value
    if value >= _EPOCH_MILLISECONDS:
        value /= 1000
    return max(0.0, value - _server_now(headers, wall))


NOTHING_SAID = RateLimitState()


def rate_limit_state(headers: Mapping[str, str], wall: float) -> RateLimitState:
    """Return what `X-RateLimit-Limit`, `-Remaining` and `-Reset` say; a reset in seconds from the answer.

    A reset is taken as epoch seconds (or milliseconds) from 1e9 on, else as a number of seconds.
    """
    limit, remaining = headers.get("X-RateLimit-Limit"), headers.get("X-RateLimit-Remaining")
    if limit is None and remaining is None and "X-RateLimit-Reset" not in headers:
        return NOTHING_SAID
    return RateLimitState(_count(limit), _count(remaining), _reset(headers, wall))


class Outcome(Struct, frozen=True):
    """How an attempt ended without a result.

    `status` is None where no answer came; `sent` is False where no byte of the request left. `coded` says that a valid
    envelope named an error code that is known, `limited` that the answer was a refusal for its rate.
    """

    status: int | None = None
    sent: bool = True
    coded: bool = False
    limited: bool = False
    retry_after: float | None = None
    rate_limit: RateLimitState = NOTHING_SAID


class Resend(Struct, frozen=True):
    """Resend after so many seconds; `stated` where the server named the wait."""

    after: float
    stated: bool


def may_resend(safety: Safety, outcome: Outcome) -> bool:
    """Return whether a resend cannot make anything happen twice, and has a chance to end otherwise."""
    if outcome.limited:
        return True
    if outcome.coded:
        return False
    if outcome.status is None:
        return safety != "unsafe" or not outcome.sent
    return safety != "unsafe" and outcome.status in _RESENT_STATUSES


def stated_wait(outcome: Outcome) -> float | None:
    """Return the least wait that the server asked for: `Retry-After`, else the reset of an exhausted limit."""
    if outcome.retry_after is not None:
        return outcome.retry_after
    if outcome.limited or outcome.rate_limit.remaining == 0:
        return outcome.rate_limit.reset
    return None


def decide(
    safety: Safety,
    outcome: Outcome,
    *,
    retry: Retry,
    counted: int,
    ceiling: float,
    left: float,
    chance: Callable[[], float],
) -> Resend | None:
    """Return when to resend, None to give up.

    `counted` is the number of attempts so far that were not refused for their rate, `ceiling` the longest wait of ours,
    `left` the seconds to the deadline, `chance` a source of numbers in [0, 1).
    """
    if not may_resend(safety, outcome) or (counted >= retry.max_attempts and not outcome.limited):
        return None
    floor = stated_wait(outcome)
    if not floor:  # "at once" is leave to resend, not a reason to do so without end
        wait = full_jitter(ceiling, chance)
        return Resend(wait, stated=False) if wait < left else None
    if floor >= left:
        return None
    jitter = full_jitter(min(retry.base, floor * _JITTER_SHARE), chance)
    slack = left - floor
    # Jitter gives way to the deadline; half of what is left then remains for the attempt itself.
    return Resend(floor + (jitter if jitter < slack else (0.0 if math.isinf(slack) else slack / 2)), stated=True)
