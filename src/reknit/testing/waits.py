"""Waits that take no time: what the clients of a test wait for, the loop's clock is moved past.

A client waits as a server told it to, between attempts, for its turn, for an approval. While none of them has a request
under way and at least one waits, the time of the test's loop is moved on, in steps, so that every timer on the loop
rings in its order and all that was to happen meanwhile happens. Deadlines and the sandbox's clock go by the same time:
a call that would have ended after a minute ends as it would have, only sooner.
"""

from __future__ import annotations

import asyncio
import itertools
import math
from collections.abc import Callable
from functools import partial
from typing import Final, Self

from ..runtime.hooks import AttemptEnded, AttemptStarted, CallEnded, Hook, HookEvent, Waiting

__all__ = ["Waits"]

#: A step in seconds, and as a share of what has been waited since something last happened: a pause is overshot by that.
_STEP: Final = 0.01
_SHARE: Final = 0.02


class _Time:
    """A loop's clock, `skipped` seconds ahead of itself. It stays ahead: time on a loop never goes back."""

    def __init__(self, time: Callable[[], float]) -> None:
        self._time = time
        self.skipped = 0.0

    def __call__(self) -> float:
        return self._time() + self.skipped


class Waits:
    """Move a loop's clock on while all who have a hook of it wait."""

    @classmethod
    def on(cls, loop: asyncio.AbstractEventLoop) -> Self | None:
        """Return the waits on a loop; None where its clock is not one that can be moved."""
        if not isinstance(loop, asyncio.BaseEventLoop):
            return None
        if not isinstance(loop.time, _Time):
            # Everything of asyncio asks `loop.time()`, the loop itself included.
            vars(loop)["time"] = _Time(loop.time)
        assert isinstance(loop.time, _Time)
        return cls(loop, loop.time)

    def __init__(self, loop: asyncio.AbstractEventLoop, time: _Time) -> None:
        self._loop = loop
        self._time = time
        self._numbers = itertools.count()
        self._under_way = 0
        #: Who waits, and until when where that is known.
        self._waiting: dict[tuple[int, int], float] = {}
        self._last_told = 0.0
        self._stepping = False

    def hook(self) -> Hook:
        """Return the hook of one client."""
        return partial(self._told, next(self._numbers))

    def _told(self, client: int, event: HookEvent) -> None:
        if asyncio.get_running_loop() is not self._loop:
            return  # of a test that has a loop of its own: its waits are real
        now = self._last_told = self._time()
        if isinstance(event, Waiting):
            # What waits outside of a call (for an approval, say) has no number, and says how long.
            who = (client, event.call) if event.call else (-1, next(self._numbers))
            self._waiting[who] = math.inf if event.seconds is None else now + event.seconds
        elif isinstance(event, AttemptStarted):
            self._under_way += 1
            self._waiting.pop((client, event.call), None)
        elif isinstance(event, AttemptEnded):
            self._under_way -= 1
        elif isinstance(event, CallEnded):
            self._waiting.pop((client, event.call), None)
        if not self._stepping and self._waiting and not self._under_way:
            self._stepping = True
            self._loop.call_soon(self._step)

    def _step(self) -> None:
        now = self._time()
        self._waiting = {who: until for who, until in self._waiting.items() if now < until}
        self._stepping = bool(self._waiting) and not self._under_way
        if self._stepping:
            step = max(_STEP, (now - self._last_told) * _SHARE)
            self._time.skipped += min(step, min(self._waiting.values()) - now)
            self._loop.call_soon(self._step)
