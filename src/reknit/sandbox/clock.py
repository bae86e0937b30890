"""The sandbox's own time.

Tokens and approvals expire, buckets refill, callbacks are tried again and records are dated by this clock, so a test
lets a quarter of an hour, or a day, pass in no time.
"""

from __future__ import annotations

import asyncio
import heapq
import math
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

__all__ = ["Clock"]

#: A waiter looks again at least so often: the machine's clock may be another than what drives this one.
_LOOK_AGAIN: Final = 300.0


class Clock:
    """Tell a time that runs with the machine's and can be moved forward.

    `start` is where it begins, in unix seconds (now, when not given). `tick` is what drives it: a function that returns
    seconds from any origin; `lambda: 0.0` makes a clock that moves by `advance` alone. `on_advance` is called after
    every move.
    """

    def __init__(self, start: float | None = None, *, tick: Callable[[], float] = time.monotonic) -> None:
        self.on_advance: Callable[[], None] | None = None
        self._tick = tick
        # Counted from a monotonic origin: a correction of the machine's clock must not move the sandbox's.
        self._offset = (time.time() if start is None else start) - tick()
        self._waiting: list[tuple[float, int, asyncio.Future[None]]] = []
        self._count = 0

    def now(self) -> float:
        """Return the time in unix seconds."""
        return self._tick() + self._offset

    def iso(self) -> str:
        """Return the time as ISO 8601 in UTC with milliseconds: `2026-01-31T09:30:00.000Z`."""
        return iso(self.now())

    def advance(self, seconds: float) -> None:
        """Move the clock forward; it never goes back. Whoever waited for a time that this passes, wakes."""
        if not 0 <= seconds < math.inf:
            raise ValueError(f"a clock advances by 0 or more seconds, not by {seconds!r}")
        if seconds > _END - self.now():
            raise ValueError("a clock does not go beyond the year 9999")
        self._offset += seconds
        self.wake()
        if self.on_advance is not None:
            self.on_advance()

    def wake(self) -> None:
        """Wake those whose time has come, the one who was to wake first before the others."""
        while self._waiting and self._waiting[0][0] <= self.now():
            _wake(heapq.heappop(self._waiting)[2])

    async def until(self, when: float) -> None:
        """Wait until the clock shows `when` or more, because it ran or because it was moved."""
        loop = asyncio.get_running_loop()
        while (left := when - self.now()) > 0:
            woken: asyncio.Future[None] = loop.create_future()
            self._count += 1
            entry = (when, self._count, woken)
            heapq.heappush(self._waiting, entry)
            timer = loop.call_later(min(left, _LOOK_AGAIN), _wake, woken)
            try:
                await woken
            finally:
                timer.cancel()
                if entry in self._waiting:
                    self._waiting.remove(entry)
                    heapq.heapify(self._waiting)


_END: Final = datetime(9999, 1, 1, tzinfo=UTC).timestamp()


def iso(at: float) -> str:
    """Return a time in unix seconds as ISO 8601 in UTC with milliseconds."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _wake(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)
