"""Thirty tasks on one client against a server that lets a burst of 5 and then 5 a second through."""

from __future__ import annotations

import asyncio
import math
import time
from typing import Any

from attrs import define, field

from reknit import RateLimit
from tests.runtime.hub import THING, Thing, caller_to, create
from tests.serving import Reply, Seen, reply, serving

RATE, BURST, TASKS = 5.0, 5, 30


@define
class Gate:
    """A token bucket that refuses with `Retry-After: 1`."""

    headers: bool
    tokens: float = BURST
    at: float = field(factory=time.monotonic)
    seen: int = 0

    def __call__(self, _: Seen) -> Reply:
        self.seen += 1
        now = time.monotonic()
        self.tokens = min(BURST, self.tokens + (now - self.at) * RATE)
        self.at = now
        passed = self.tokens >= 1
        self.tokens -= passed
        said: dict[str, str] = {}
        if self.headers:
            said = {
                "X_RateLimit_Limit": str(BURST),
                "X_RateLimit_Remaining": str(int(self.tokens)),
                "X_RateLimit_Reset": str(math.ceil((BURST - self.tokens) / RATE)),
            }
        return reply(THING, **said) if passed else reply({}, 429, Retry_After="1", **said)


async def _storm(headers: bool, limiter: RateLimit | None = None) -> tuple[int, float, list[Any]]:
    """Return how many requests the server saw, how long it took, and what the calls brought."""
    gate = Gate(headers)
    async with serving(gate) as server:
        caller = caller_to(server.url, limiter=limiter, timeout=60)
        started = time.monotonic()
        outcomes = await asyncio.gather(*(create(caller) for _ in range(TASKS)), return_exceptions=True)
        took = time.monotonic() - started
        await caller.close()
    return gate.seen, took, outcomes


async def test_a_storm_passes_a_narrow_gate_in_time_and_with_few_refusals() -> None:
    """All 30 succeed within 6.5 s, where 5 s is the least.

    With headers on every answer the server sees at most 33 requests, without them at most 40, and exactly 30 where the
    limit is stated. The three run beside each other, because each takes its seconds.
    """
    with_headers, without, stated = await asyncio.gather(
        _storm(headers=True), _storm(headers=False), _storm(headers=False, limiter=RateLimit(rate=5, per=1, burst=5))
    )
    for _, took, outcomes in (with_headers, without, stated):
        assert outcomes == [Thing(id=7)] * TASKS
        assert took < 6.5
    assert with_headers[0] <= 33
    assert without[0] <= 40
    assert stated[0] == 30
