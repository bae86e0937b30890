"""Run a coroutine on a loop whose clock jumps ahead whenever nothing is left to do.

Sockets are real, time is not: once every socket has been silent for `SETTLE` real seconds, all that the loop can be
waiting for is its next timer, and the clock is set to it. That is sound as long as client and server live on this one
loop and no thread is at work. Between two timers the clock stands still, so pauses can be compared exactly.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

__all__ = ["VirtualTimeLoop", "run"]

T = TypeVar("T")

#: Loopback hands bytes over within microseconds; a busy machine may take its time to let the kernel do so.
SETTLE = 0.02


class _Selector(selectors.DefaultSelector):  # type: ignore[misc, valid-type, unused-ignore] # chosen per platform
    def __init__(self, skip: Callable[[float], None]) -> None:
        super().__init__()
        self._skip = skip

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None or timeout <= 0:
            return super().select(timeout)
        ready = super().select(SETTLE)
        if not ready:
            self._skip(timeout)
        return ready


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """A loop that never waits for its timers."""

    def __init__(self) -> None:
        self._now = 1_000.0
        super().__init__(_Selector(self._skip))

    def _skip(self, seconds: float) -> None:
        self._now += seconds

    def time(self) -> float:
        """Return the virtual time."""
        return self._now


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run `work` to its end in virtual time and return its result."""
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(work)
