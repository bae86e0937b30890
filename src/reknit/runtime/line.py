"""Who waits: tickets in order, and those whose deadlines come first.

Both heaps keep entries of those who have left until they come up, so that leaving costs nothing; they are made anew
when most of what they hold is out of date.
"""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from math import inf

__all__ = ["Line"]


class Line:
    """A queue of tickets: the smallest first, whenever it was added."""

    def __init__(self) -> None:
        #: Ticket → deadline.
        self.waiting: dict[int, float] = {}
        self._order: list[int] = []
        self._deadlines: list[tuple[float, int]] = []

    def add(self, ticket: int, deadline: float) -> None:
        """Let `ticket` wait, until `deadline` at most."""
        self.waiting[ticket] = deadline
        heappush(self._order, ticket)
        if deadline < inf:
            heappush(self._deadlines, (deadline, ticket))
        if len(self._order) + len(self._deadlines) > 4 * len(self.waiting) + 64:
            self._tidy()

    def drop(self, ticket: int) -> None:
        """Forget `ticket`, if it waits."""
        self.waiting.pop(ticket, None)
        if not self.waiting:
            self._tidy()

    def pop(self) -> int:
        """Return the first ticket of a line that is not empty; it waits no longer."""
        while True:
            ticket = heappop(self._order)
            if self.waiting.pop(ticket, None) is not None:
                return ticket

    def pop_before(self, time: float) -> list[int]:
        """Return the tickets whose deadlines come before `time`, nearest first; they wait no longer."""
        gone: list[int] = []
        while self._deadlines and self._deadlines[0][0] < time:
            deadline, ticket = heappop(self._deadlines)
            if self.waiting.get(ticket) == deadline:
                del self.waiting[ticket]
                gone.append(ticket)
        return gone

    def clear(self) -> None:
        """Forget everyone."""
        self.waiting.clear()
        self._tidy()

    def _tidy(self) -> None:
        self._order = list(self.waiting)
        self._deadlines = [(deadline, ticket) for ticket, deadline in self.waiting.items() if deadline < inf]
        heapify(self._order)
        heapify(self._deadlines)
