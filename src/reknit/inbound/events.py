"""What handlers get beside the payloads that the specs describe."""

from __future__ import annotations

from typing import Final, Generic, TypeVar

from attrs import field, frozen

__all__ = ["UNKNOWN_KIND", "Undecoded", "Unverified"]

T = TypeVar("T")

UNKNOWN_KIND: Final = "unknown kind of event"


@frozen
class Undecoded:
    """An event that does not fit its schema, or of a kind that nobody knows.

    `raw` is the body as it came, `reason` says what does not fit and where. `verified` is whether its sender is known.
    """

    raw: bytes = field(repr=False)
    reason: str
    verified: bool = True


@frozen
class Unverified(Generic[T]):
    """An event whose sender signs nothing: a hint. `payload` is what the body says, `raw` the body as it came."""

    payload: T
    raw: bytes = field(repr=False)

    @property
    def verified(self) -> bool:
        """Return False: whoever knows the address can send this."""
        return False
