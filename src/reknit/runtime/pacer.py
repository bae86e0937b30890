"""Decides who may send next to one origin: a state machine without a clock, a loop or a socket.

A stated limit is a token bucket and nothing else. Without one, requests go out in rounds of 1, 2, 4, …, the next when all
of one have answered. A refusal (429) holds everyone for as long as the server says; then one probe goes, and the bucket
that was learned keeps the pace. What the server says in its headers overrules what was guessed: so many are left, until
then. What is uncertain is counted against the caller: a token comes back counted from the answer, because nobody here can
know when between request and answer the server took it.

`now` is of a clock that does not go back; waits that a server asks for come in as seconds from now.
"""

from __future__ import annotations

from collections import deque
from heapq import heapify, heappop, heappush
from math import inf
from typing import TYPE_CHECKING, Final

from attrs import frozen
from msgspec import Struct

from reknit.runtime.bucket import Bucket, LearnedBucket

if TYPE_CHECKING:
    from reknit.options import RateLimit

__all__ = ["Observation", "Pacer", "Permit", "WaitTooLong"]

_SILENCE: Final = (
    0.25,
    5.0,
)  # a round that stays silent holds the others twice the slowest answer, within these bounds
_COUNTED: Final = 0.5  # by then a server has counted what it has not answered yet: slow calls must not use up the burst
_HOLD_GUESSED: Final = 60.0  # the most that a successful answer alone may hold everyone
_HOLD_UNSAID: Final = (0.5, 8.0)  # for a refusal that names no wait: doubled with each in a row, up to the second
_HOLD_AGAIN: Final = (
    0.05,
    8.0,
)  # the same where one is named: "at once", said again and again, must not make a busy loop
_RESET_UNSAID: Final = 1.0  # for Remaining without Reset
_LAST: Final = (1.1, 1.25)


class WaitTooLong(Exception):
    """The wait that the server asked for ends after the deadline; `seconds` is how long it still lasts."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"the server asked for a wait of {seconds:g} s")
        self.seconds = seconds


@frozen(kw_only=True)
class Observation:
    """What an answer said about limits: `limited` for a refusal (429 or an API's own code), waits in seconds from now."""

    limited: bool = False
    retry_after: float | None = None
    limit: int | None = None
    remaining: int | None = None
    reset: float | None = None


class Permit(Struct, eq=False):
    """The right to send one request, given back once, by `answered` or `abandoned`; more often does nothing."""

    origin: str
    ticket: int
    sent_at: float
    round: int
    counted: bool = False
    done: bool = False


class _Budget:
    """What the server says is left, and until when; `remaining` is None where it has said nothing that still holds."""

    def __init__(self) -> None:
        self.remaining: int | None = None
        self.reset_at = -inf
        #: When to spend the last one. A bucket will have grown by then, where an empty one is closed until its reset.
        self.last_at = -inf
        #: It refused while it said that something was left: it counts something else.
        self.blind = False
        self._sent_at = -inf
        self._heard_at = -inf

    def hear(self, now: float, sent_at: float, remaining: int, said: Observation) -> None:
        """Believe the answer sent newest; of those that were under way at the same time, the one that leaves least."""
        if self.remaining is None:
            newest = sent_at >= self.reset_at
            least = False
        else:
            newest = sent_at > self._heard_at
            least = remaining < self.remaining and sent_at >= self._sent_at - _COUNTED
        if newest:
            self._sent_at = sent_at
            self._heard_at = now
        if newest or least:
            wait = _RESET_UNSAID if said.reset is None else said.reset
            self.remaining = remaining
            self.reset_at = now + min(wait, _HOLD_GUESSED)
            self.last_at = now + min(_LAST[0] * wait / max(2, (said.limit or 0) - 1), _LAST[1])

    def spend(self, sent_at: float) -> None:
        """Count a request that came back without headers, or has not come back."""
        if self.remaining is not None and sent_at > self._sent_at:
            self.remaining -= 1


class Pacer:
    """Keep the limit of one origin. Who waits has a ticket and is served in the order of tickets."""

    def __init__(self, origin: str = "", stated: RateLimit | None = None) -> None:
        self._origin = origin
        # the limits: `_bucket` keeps the pace, `_learned` may come to do so, where none is stated
        self._learned = LearnedBucket() if stated is None else None
        self._bucket: Bucket | None = None
        if stated is not None:
            burst = max(1, int(stated.rate)) if stated.burst is None else stated.burst
            self._bucket = Bucket(stated.rate / stated.per, burst, -inf)
        self._budget = _Budget()
        # who waits: ticket → deadline, and two heaps whose entries may be out of date
        self._ticket = 0
        self._waiting: dict[int, float] = {}
        self._order: list[int] = []
        self._deadlines: list[tuple[float, int]] = []
        # what is under way, and what of it the server may not have counted yet
        self.in_flight = 0
        self._uncounted: deque[Permit] = deque()
        self._reserved = 0
        # the round: its number and size, how many of it are under way, since when it is full, whether one has answered
        self._round = 0
        self._window = 1
        self._pending = 0
        self._filled_at: float | None = None
        self._heard = False
        # refusals: until when they hold everyone, how long they asked for, how many in a row, the first round after them
        self._held = False
        self._hold = -inf
        self._asked = 1.0
        self._refusals = 0
        self._afresh = 0
        #: False where nothing can hold the next request but those who wait before it.
        self._limited = True
        # measures
        self._slowest = 0.0
        self._fastest = inf
        self._rush = -inf

    # asking

    def admit(self, now: float, ticket: int | None = None) -> Permit | None:
        """Return a permit if a request may go at once, else None."""
        if self._waiting or (self._limited and self.opens(now) > now):
            return None
        if not self.in_flight:
            self._rush = now
        if ticket is None:
            ticket = self._ticket = self._ticket + 1
        return self._grant(now, ticket)

    def enqueue(self, now: float, deadline: float, ticket: int | None = None) -> int:
        """Wait, and return the ticket; raise WaitTooLong if the server is known to hold everyone beyond the deadline.

        A call that comes again brings its first ticket and goes before all that came later.
        """
        until = self._known_hold()
        if deadline < until:
            raise WaitTooLong(until - now)
        if ticket is None:
            ticket = self._ticket = self._ticket + 1
        self._waiting[ticket] = deadline
        heappush(self._order, ticket)
        if deadline < inf:
            heappush(self._deadlines, (deadline, ticket))
        if len(self._order) + len(self._deadlines) > 4 * len(self._waiting) + 64:
            self._tidy()
        return ticket

    def cancel(self, ticket: int) -> None:
        """Forget who waits with this ticket."""
        self._waiting.pop(ticket, None)
        if not self._waiting:
            self._tidy()

    def _tidy(self) -> None:
        self._order = list(self._waiting)
        self._deadlines = [(deadline, ticket) for ticket, deadline in self._waiting.items() if deadline < inf]
        heapify(self._order)
        heapify(self._deadlines)

    # taking turns

    def due(self, now: float) -> list[Permit]:
        """Return permits for those whose turn has come, in order; they wait no longer."""
        granted: list[Permit] = []
        while self._waiting and self.opens(now) <= now:
            ticket = heappop(self._order)
            if self._waiting.pop(ticket, None) is not None:
                granted.append(self._grant(now, ticket))
        return granted

    def hopeless(self, now: float) -> list[tuple[int, WaitTooLong]]:
        """Return those whose deadline comes before the end of a wait that the server asked for; they wait no longer."""
        failed: list[tuple[int, WaitTooLong]] = []
        until = self._known_hold()
        while self._deadlines and self._deadlines[0][0] < until:
            deadline, ticket = heappop(self._deadlines)
            if self._waiting.get(ticket) == deadline:
                self.cancel(ticket)
                failed.append((ticket, WaitTooLong(until - now)))
        return failed

    def next_wake(self, now: float) -> float | None:
        """Return when to ask `due` again if nothing happens before; None when nobody waits."""
        return self.opens(now) if self._waiting else None

    def _known_hold(self) -> float:
        remaining = self._budget.remaining
        if remaining is not None and remaining <= 0 and self._learned is not None:
            return max(self._hold, self._budget.reset_at)
        return self._hold

    def opens(self, now: float) -> float:
        """Return when the next request may go if nothing happens before: `now` for at once, always finite."""
        if self._held:
            if now < self._hold:
                return self._hold
            self._held = False
            if self._learned is not None:
                self._learned.resume(now, self._asked, self._rush, self._doubt())
                self._bucket = self._learned
        self._count_old(now)
        if self._learned is not None:
            budget = self._budget
            if budget.remaining is not None:
                if now >= budget.reset_at:
                    budget.remaining = None
                    self._begin_round(1)
                elif budget.remaining <= self._reserved + bool(self._reserved):
                    return min(budget.reset_at, self._counts_at())
                elif budget.remaining == 1 and now < budget.last_at and len(self._waiting) > 1:
                    return min(budget.reset_at, budget.last_at)
                elif not budget.blind:
                    return now
            if self._filled_at is not None:
                until = self._filled_at + min(max(2 * self._slowest, _SILENCE[0]), _SILENCE[1])
                if now < until:
                    return until
                self._begin_round(2 * self._window)
        if self._bucket is None:
            self._limited = False
            return now
        at = self._bucket.reaches(now, self._reserved + 1)
        if at <= now:
            return now
        if self._learned is not None:
            self._learned.pressed(now)
        return min(at, self._counts_at())

    def _grant(self, now: float, ticket: int) -> Permit:
        permit = Permit(self._origin, ticket, now, self._round)
        if self._uncounted:
            self._count_old(now)
        self._uncounted.append(permit)
        self._reserved += 1
        self.in_flight += 1
        self._pending += 1
        if self._pending >= self._window and self._filled_at is None:
            self._filled_at = now
            self._limited = True
        return permit

    # telling

    def answered(self, now: float, permit: Permit, observation: Observation | None = None) -> None:
        """Take note of an answer; None stands for one that says nothing about limits."""
        if permit.done:
            return
        latency = now - permit.sent_at
        if latency < self._fastest:
            self._fastest = latency
        if latency > self._slowest:
            self._slowest = latency
        else:
            self._slowest += (latency - self._slowest) * 0.1
        if permit.round == self._round:
            self._heard = True
        if observation is not None and observation.limited:
            self._refuse(now, permit, observation)
        else:
            self._refusals = 0
            if self._learned is not None:
                self._learned.passed(now, permit.sent_at)
            remaining = None if observation is None else observation.remaining
            if not permit.counted:
                self._count(now, permit, spend=remaining is None)
                if self._uncounted[0] is permit:
                    self._uncounted.popleft()
            if remaining is not None and observation is not None:
                self._limited = True
                self._budget.hear(now, permit.sent_at, remaining, observation)
        self._leave(permit)

    def abandoned(self, now: float, permit: Permit, *, sent: bool = True) -> None:
        """Take note that no answer will come; unless nothing was `sent`, the server may have counted the request."""
        if permit.done:
            return
        if sent:
            self._count(now, permit)
        elif not permit.counted:
            permit.counted = True
            self._reserved -= 1
        self._leave(permit)

    def forget_in_flight(self) -> None:
        """Forget who waits and what is under way: their loop is gone."""
        self._waiting.clear()
        self._tidy()
        self._count_all()
        self.in_flight = 0
        self._begin_round(self._window)

    def _leave(self, permit: Permit) -> None:
        permit.done = True
        self.in_flight -= 1
        if permit.round == self._round:
            self._pending -= 1
            if not self._pending and self._filled_at is not None:
                self._begin_round(2 * self._window if self._heard else self._window)

    def _begin_round(self, window: int) -> None:
        self._round += 1
        self._window = window
        self._pending = 0
        self._filled_at = None
        self._heard = False

    def _refuse(self, now: float, permit: Permit, observation: Observation) -> None:
        afresh = permit.round >= self._afresh
        self._refusals += afresh
        said = observation.reset if observation.retry_after is None else observation.retry_after
        least, most = _HOLD_UNSAID if said is None else _HOLD_AGAIN
        hold = max(said or 0.0, min(least * 2.0 ** min(self._refusals - 1, 9), most))
        self._limited = self._held = True
        self._hold = max(self._hold, now + hold)
        self._asked = max(hold, 1.0)
        self._count(now, permit)
        if self._learned is None:
            return
        self._learned.refused(permit.sent_at)
        self._budget.blind |= bool(observation.remaining)
        self._budget.remaining = None
        if afresh:
            self._count_all()
            self._begin_round(1)
            self._afresh = self._round

    # counting

    def _count(self, now: float, permit: Permit, *, spend: bool = True) -> None:
        """Take the token of a request that the server has counted by now."""
        if permit.counted:
            return
        permit.counted = True
        self._reserved -= 1
        if self._bucket is not None:
            self._bucket.take(now)
        if spend:
            self._budget.spend(permit.sent_at)

    def _count_all(self) -> None:
        for permit in self._uncounted:
            permit.counted = True
        self._uncounted.clear()
        self._reserved = 0

    def _count_old(self, now: float) -> None:
        uncounted = self._uncounted
        while uncounted and (uncounted[0].counted or self._counts_at() <= now):
            self._count(now, uncounted.popleft())

    def _counts_at(self) -> float:
        return self._uncounted[0].sent_at + self._doubt() if self._uncounted else inf

    def _doubt(self) -> float:
        """Return for how long after its sending a request may not have been counted.

        A learned bucket is an estimate anyway: the spread of the answers is enough, or long round trips would starve it.
        """
        if self._bucket is None or self._learned is None or self._budget.remaining is not None:
            return _COUNTED
        return min(_COUNTED, max(0.0, self._slowest - self._fastest))
