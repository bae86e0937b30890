"""Lets tasks wait for their turn: the async face of the pacer, one pacer per origin.

Nothing of a loop is kept while nobody waits: futures and the one timer of an origin live from its first waiter to its
last. A turn whose task was cancelled goes to the next.
"""

from __future__ import annotations

import asyncio
from math import inf
from typing import TYPE_CHECKING

from reknit.errors import ConfigurationError
from reknit.runtime.pacer import Observation, Pacer, Permit, WaitTooLong

if TYPE_CHECKING:
    from reknit.options import RateLimit

__all__ = ["Limiter", "Observation", "Permit", "WaitTooLong"]


class Limiter:
    """One rate limit per origin for all who share this object; `stated` where the limit is known beforehand.

    Every permit is given back once: `answered` when an answer came, whatever it says, `abandoned` when none will. Times
    are those of the running loop. A stated limit is kept to the letter: unless its burst is as large as what is sent in
    one round trip, the round trips bound the rate.
    """

    def __init__(self, stated: RateLimit | None = None) -> None:
        self._stated = stated
        self._lanes: dict[str, _Lane] = {}
        #: The loop that is served.
        self.loop: asyncio.AbstractEventLoop | None = None

    def enter(self, loop: asyncio.AbstractEventLoop) -> None:
        """Serve `loop` from now on; of those who share this object, the first that comes from a new loop brings it.

        Raises ConfigurationError while the loop that was served before runs, in another thread.
        """
        if loop is not self.loop:
            if self.loop is not None:
                if self.loop.is_running():
                    raise ConfigurationError(
                        "the limiter serves another event loop that is running; share it between clients of one loop"
                    )
                self.reset_loop()
            self.loop = loop

    def try_acquire(self, origin: str, now: float, ticket: int | None = None) -> Permit | None:
        """Return a permit if a request may go at once, else None; `now` is the loop's time."""
        lane = self._lanes.get(origin)
        if lane is None:
            lane = self._open(origin)
        return lane.pacer.admit(now, ticket)

    async def acquire(self, origin: str, deadline: float = inf, ticket: int | None = None) -> Permit:
        """Return a permit when it is this call's turn: first come, first served.

        A call that comes again, because it was refused say, brings its first permit's ticket and keeps its place.
        Raises WaitTooLong as soon as the server is known to hold everyone beyond `deadline`; the deadline itself is the
        caller's to watch.
        """
        lane = self._lanes.get(origin)
        if lane is None:
            lane = self._open(origin)
        loop = asyncio.get_running_loop()
        permit = lane.pacer.admit(loop.time(), ticket)
        return await lane.wait(loop, deadline, ticket) if permit is None else permit

    def answered(self, permit: Permit, observation: Observation | None = None) -> None:
        """Give a permit back with what the answer said; None stands for an answer that says nothing about limits."""
        lane = self._lanes[permit.origin]
        loop = asyncio.get_running_loop()
        lane.pacer.answered(loop.time(), permit, observation)
        if lane.waiters:
            lane.turn(loop)

    def abandoned(self, permit: Permit, *, sent: bool = True) -> None:
        """Give a permit back without an answer; `sent` is False only where no byte of the request left."""
        lane = self._lanes[permit.origin]
        loop = asyncio.get_running_loop()
        lane.pacer.abandoned(loop.time(), permit, sent=sent)
        if lane.waiters:
            lane.turn(loop)

    def reset_loop(self) -> None:
        """Forget who waits and what is under way, because their loop is gone; what was learned of the servers stays."""
        for lane in self._lanes.values():
            lane.forget()

    def _open(self, origin: str) -> _Lane:
        lane = self._lanes[origin] = _Lane(Pacer(origin, self._stated))
        return lane


class _Lane:
    """Those who wait for one origin."""

    def __init__(self, pacer: Pacer) -> None:
        self.pacer = pacer
        self.waiters: dict[int, asyncio.Future[Permit | WaitTooLong]] = {}
        self._timer: asyncio.Handle | None = None
        self._rings_at = inf  # not every loop's timers tell

    async def wait(self, loop: asyncio.AbstractEventLoop, deadline: float, ticket: int | None) -> Permit:
        ticket = self.pacer.enqueue(loop.time(), deadline, ticket)
        waiter = self.waiters[ticket] = loop.create_future()
        self.turn(loop)
        outcome: Permit | WaitTooLong
        try:
            outcome = await waiter
        except asyncio.CancelledError:
            if waiter.cancelled():
                self.waiters.pop(ticket, None)
                self.pacer.cancel(ticket)
            elif isinstance(permit := waiter.result(), Permit):  # the turn had come before the task could run
                self.pacer.abandoned(loop.time(), permit, sent=False)
            self.turn(loop)
            raise
        if isinstance(outcome, WaitTooLong):
            raise outcome
        return outcome

    def turn(self, loop: asyncio.AbstractEventLoop) -> None:
        """Wake those whose turn has come and those who wait in vain, and set the timer for the next."""
        pacer, now = self.pacer, loop.time()
        for ticket, reason in pacer.hopeless(now):
            self._resolve(ticket, reason)
        while permits := pacer.due(now):
            for permit in permits:
                if not self._resolve(permit.ticket, permit):
                    pacer.abandoned(now, permit, sent=False)
        wake, timer = pacer.next_wake(now), self._timer
        if timer is not None:
            if wake is not None and self._rings_at <= wake:
                return  # it rings early and is then set again, which is cheaper than a new timer for every answer
            timer.cancel()
            self._timer = None
        if wake is not None:
            self._timer, self._rings_at = loop.call_at(wake, self._ring, loop), wake

    def _resolve(self, ticket: int, outcome: Permit | WaitTooLong) -> bool:
        waiter = self.waiters.pop(ticket)
        if waiter.done():  # cancelled, and its task has not run since
            return False
        waiter.set_result(outcome)
        return True

    def _ring(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = None
        self.turn(loop)

    def forget(self) -> None:
        """Drop everything that belongs to a loop."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self.waiters.clear()
        self.pacer.forget_in_flight()
