"""What an observer of calls is told.

A hook is any callable that takes one of these events. It is called in the task of the call, at the moment itself, and
must not block; what it raises goes to the loop's exception handler and does not touch the call. No event holds a
secret.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from msgspec import Struct

__all__ = ["AttemptEnded", "AttemptStarted", "CallEnded", "CallStarted", "Hook", "HookEvent", "Waiting"]


# Structs rather than attrs classes: they are made on the path of every call, in a third of the time.
class CallStarted(Struct, frozen=True, gc=False):
    """A call begins. `call` is the same number in all events of one call, counted per client."""

    call: int
    operation: str
    idempotency_key: str | None


class AttemptStarted(Struct, frozen=True, gc=False):
    """A request is about to be sent; `number` counts from 1."""

    call: int
    operation: str
    number: int


class AttemptEnded(Struct, frozen=True, gc=False):
    """An attempt ended with a `status`, or without an answer and with the name of an `error`, after `seconds`."""

    call: int
    operation: str
    number: int
    status: int | None
    error: str | None
    seconds: float


class Waiting(Struct, frozen=True, gc=False):
    """The call waits about `seconds` (None: not known beforehand) because of `reason`.

    Reasons: `limiter` (its turn has not come), `retry_after` (the server named the wait), `backoff` (ours),
    `approval` (nobody has approved yet), `readiness` (a resource is being made).
    """

    call: int
    operation: str
    seconds: float | None
    reason: str


class CallEnded(Struct, frozen=True, gc=False):
    """A call ended; `error` is the class name of what it raised, None for a result. `seconds` is its whole duration."""

    call: int
    operation: str
    attempts: int
    seconds: float
    error: str | None


HookEvent: TypeAlias = CallStarted | AttemptStarted | AttemptEnded | Waiting | CallEnded
Hook: TypeAlias = Callable[[HookEvent], object]
