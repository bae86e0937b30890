"""Decides who may send next to one origin: a state machine without a clock, a loop or a socket.

A stated limit is a token bucket and nothing else. Without one, requests go out in rounds of 1, 2, 4, …, the next when
all of one have answered. A refusal (429) holds everyone for as long as the server says; then one probe goes, and the
bucket that was learned keeps the pace. What the server says in its headers overrules what was guessed: so many are
left, until then. What is uncertain is counted against the caller: a token comes back counted from the answer, because
nobody here can know when between request and answer the server took it.

`now` is of a clock that does not go back; waits that a server asks for come in as seconds from now.
"""

from __future__ import annotations

from collections import deque
from math import inf
from typing import TYPE_CHECKING, Final

from attrs import frozen
from msgspec import Struct

from reknit.runtime.bucket import Bucket, LearnedBucket
from reknit.runtime.budget import COUNTED, Budget
from reknit.runtime.line import Line

if TYPE_CHECKING:
    from reknit.options import RateLimit

__all__ = ["Observation", "Pacer", "Permit", "WaitTooLong"]

_SILENCE: Final = (0.25, 5.0)  # a silent round holds the others twice the slowest answer of late, within these bounds
_HOLD_UNSAID: Final = (0.5, 8.0)  # for a refusal that names no wait: doubled with each in a row, up to the second
_HOLD_SAID: Final = (0.05, 8.0)  # likewise where one is named: "at once" must not become a busy loop
_NO_ROUNDS: Final = 1 << 30  # the size of a round that is never full


class WaitTooLong(Exception):
    """The wait that the server asked for ends after the deadline; `seconds` is how long it still lasts."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"the server asked for a wait of {seconds:g} s")
        self.seconds = seconds


@frozen(kw_only=True)
class Observation:
    """What an answer said about limits; waits in seconds from now.

    `limited` says that it was a refusal: a 429, or an API's own code for it.
    """

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


class Pacer:
    """Keep the limit of one origin. Who waits has a ticket and is served in the order of tickets."""

    def __init__(self, origin: str = "", stated: RateLimit | None = None) -> None:
        self._origin = origin
        # the limits: `_bucket` keeps the pace, `_learned` may come to do so where none is stated
        self._learned = LearnedBucket() if stated is None else None
        self._bucket: Bucket | None = None
        if stated is not None:
            burst = max(1, int(stated.rate)) if stated.burst is None else stated.burst
            self._bucket = Bucket(stated.rate / stated.per, burst, -inf)
        self._budget = Budget()
        #: False where nothing can hold the next request but those who wait before it.
        self._limited = True
        self._line = Line()
        self._ticket = 0
        # what is under way, and what of it the server may not have counted yet
        self.in_flight = 0
        self._uncounted: deque[Permit] = deque()
        self._reserved = 0
        # the round: its number and size, how many of it are under way, since when it is full, whether any has answered
        self._round = self._oldest_round = 0
        self._window = 1 if stated is None else _NO_ROUNDS
        self._pending = 0
        self._filled_at: float | None = None
        self._heard = False
        # refusals: until when they hold everyone, the wait asked for, how many in a row, the first round after them
        self._held = False
        self._hold = -inf
        self._asked = 1.0
        self._refusals = 0
        self._afresh = 0
        # measures
        self._slowest = 0.0
        self._fastest = inf

    # asking

    def admit(self, now: float, ticket: int | None = None) -> Permit | None:
        """Return a permit if a request may go at once, else None."""
        if self._line.waiting or (self._limited and self.opens(now) > now):
            return None
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
        self._line.add(ticket, deadline)
        return ticket

    def cancel(self, ticket: int) -> None:
        """Forget who waits with this ticket."""
        self._line.drop(ticket)

    # taking turns

    def due(self, now: float) -> list[Permit]:
        """Return permits for those whose turn has come, in order; they wait no longer."""
        granted: list[Permit] = []
        while self._line.waiting and self.opens(now) <= now:
            granted.append(self._grant(now, self._line.pop()))
        return granted

    def hopeless(self, now: float) -> list[tuple[int, WaitTooLong]]:
        """Return those whose deadline comes before the end of a wait that the server asked for; they wait no longer."""
        until = self._known_hold()
        return [(ticket, WaitTooLong(until - now)) for ticket in self._line.pop_before(until)]

    def next_wake(self, now: float) -> float | None:
        """Return when to ask `due` again if nothing happens before; None when nobody waits."""
        return self.opens(now) if self._line.waiting else None

    def _known_hold(self) -> float:
        return self._hold if self._learned is None else max(self._hold, self._budget.held_until())

    def opens(self, now: float) -> float:
        """Return when the next request may go if nothing happens before: `now` for at once, always finite."""
        if self._held:
            if now < self._hold:
                return self._hold
            self._resume(now)
        self._count_old(now)
        if self._learned is not None and self._budget.remaining is not None:
            if now >= self._budget.reset_at:  # what is left now, one request has to find out
                self._budget.remaining = None
                self._begin_round(1)
            else:
                at = self._budget.opens(now, self._reserved, len(self._line.waiting))
                if at > now:
                    return min(at, self._counts_at())
                if not self._budget.blind:
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

    def _resume(self, now: float) -> None:
        self._held = False
        if self._learned is not None:
            self._learned.resume(now, self._asked, self._doubt())
            self._bucket = self._learned

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
        # Comparisons, because min() and max() would cost more than all else here, on the way of every call.
        latency = now - permit.sent_at
        if latency > self._slowest:
            self._slowest = latency
        else:
            self._slowest += (latency - self._slowest) * 0.1
        if latency < self._fastest:  # noqa: PLR1730
            self._fastest = latency
        if permit.round == self._round:
            self._heard = True
        if observation is not None and observation.limited:
            self._refuse(now, permit, observation)
        else:
            self._pass(now, permit, observation)
        self._leave(permit)

    def abandoned(self, now: float, permit: Permit, *, sent: bool = True) -> None:
        """Take note that no answer will come; unless nothing was `sent`, the server may have counted the request."""
        if permit.done:
            return
        if not sent:  # its place in the round is free again
            if not permit.counted:
                permit.counted = True
                self._reserved -= 1
            if permit.round == self._round and self._pending > 1:
                self._filled_at = None
        elif not permit.counted:
            self._count(now, permit)
        self._leave(permit)

    def forget_in_flight(self) -> None:
        """Forget who waits and what is under way: their loop is gone."""
        self._line.clear()
        self._count_all()
        self.in_flight = 0
        self._begin_round(self._window)
        self._oldest_round = self._round

    def _leave(self, permit: Permit) -> None:
        permit.done = True
        self.in_flight -= permit.round >= self._oldest_round
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

    def _pass(self, now: float, permit: Permit, observation: Observation | None) -> None:
        self._refusals = 0
        if self._learned is not None:
            self._learned.passed(now, permit.sent_at)
        remaining = None if observation is None else observation.remaining
        if not permit.counted:
            self._count(now, permit, spend=remaining is None)
            if self._uncounted[0] is permit:
                self._uncounted.popleft()
        if observation is not None and remaining is not None:
            self._budget.hear(now, permit.sent_at, remaining, reset=observation.reset, limit=observation.limit)
            self._limited = True

    def _refuse(self, now: float, permit: Permit, observation: Observation) -> None:
        afresh = permit.round >= self._afresh
        self._refusals += afresh
        said = observation.reset if observation.retry_after is None else observation.retry_after
        least, most = _HOLD_UNSAID if said is None else _HOLD_SAID
        hold = max(said or 0.0, min(least * 2.0 ** min(self._refusals - 1, 9), most))
        self._held = self._limited = True
        self._hold = max(self._hold, now + hold)
        self._asked = max(hold, 1.0)
        if not permit.counted:
            self._count(now, permit)
        self._budget.blind |= bool(observation.remaining)
        self._budget.remaining = None
        if self._learned is not None:
            self._learned.refused(permit.sent_at)
            if afresh:  # the server's bucket is empty, whatever of this is still under way
                self._count_all()
        if afresh:
            self._begin_round(1)
            self._afresh = self._round

    # counting

    def _count(self, now: float, permit: Permit, *, spend: bool = True) -> None:
        """Take the token of a request that the server has counted by now."""
        permit.counted = True
        self._reserved -= 1
        if self._bucket is not None:
            self._bucket.take(now)
        if spend:
            self._budget.spend(permit.sent_at)

    def _count_old(self, now: float) -> None:
        uncounted = self._uncounted
        while uncounted and (uncounted[0].counted or self._counts_at() <= now):
            permit = uncounted.popleft()
            if not permit.counted:
                self._count(now, permit)

    def _count_all(self) -> None:
        for permit in self._uncounted:
            permit.counted = True
        self._uncounted.clear()
        self._reserved = 0

    def _counts_at(self) -> float:
        return self._uncounted[0].sent_at + self._doubt() if self._uncounted else inf

    def _doubt(self) -> float:
        """Return for how long after its sending a request may not have been counted.

        A learned bucket is an estimate anyway: the spread of answers is enough, or long round trips would starve it.
        """
        if self._bucket is None or self._learned is None or self._budget.remaining is not None:
            return COUNTED
        return min(COUNTED, max(0.0, self._slowest - self._fastest))
