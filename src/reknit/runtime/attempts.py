"""What a call leaves behind for its caller: the attempts that were made, and the answer around a value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from attrs import define, field, frozen
from msgspec import Struct

if TYPE_CHECKING:
    from .operations import Operation

__all__ = ["Attempt", "RateLimitState", "Response"]

T = TypeVar("T")


# A Struct rather than an attrs class: one is made on the path of every call, in a sixth of the time.
class Attempt(Struct, frozen=True, gc=False):
    """One request of a call.

    `number` counts from 1; `status` is None where no answer came, and `error` then names why. `seconds` is the time
    from sending to the end of the answer, `waited` the time before it (limiter, back-off). `sent` is False only where
    no byte of the request left.
    """

    number: int
    status: int | None
    error: str | None
    seconds: float
    waited: float
    sent: bool = True


@frozen
class RateLimitState:
    """What an answer's headers say of the rate limit: `reset` in seconds from it; None where nothing is said."""

    limit: int | None = None
    remaining: int | None = None
    reset: float | None = None


@define(eq=False)
class Response(Generic[T]):
    """A decoded value with the answer that it came in.

    `raw` is the body as received (after content decoding). `headers` compare without case.
    """

    value: T = field(repr=False)
    status: int
    headers: Mapping[str, str] = field(repr=lambda headers: f"<{', '.join(headers)}>")  # a server may echo a key
    raw: bytes = field(repr=lambda raw: f"<{len(raw)} bytes>")
    rate_limit: RateLimitState
    attempts: tuple[Attempt, ...]
    request_id: str | None
    idempotency_key: str | None
    find_unknown: Callable[[], dict[str, Any]] = field(repr=False)
    operation: Operation[Any] | None = field(default=None, repr=False)

    @property
    def header_values(self) -> Mapping[str, Any]:
        """Return the values of the documented headers that came, by name without case.

        Each is of the type that the document gives; one that does not fit is the text that came.
        """
        from .headers import header_values  # noqa: PLC0415 - few ask

        return {} if self.operation is None else header_values(self.operation, self.status, self.headers)

    def unknown(self) -> dict[str, Any]:
        """Return what the answer holds beyond the documented properties: JSON pointer into `raw` → value."""
        return self.find_unknown()
