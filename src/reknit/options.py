"""What a caller may set: for a client, or for one call."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from attrs import field, frozen
from attrs.validators import optional
from msgspec import UNSET, UnsetType

from .errors import InvalidArgument

__all__ = ["UNSET", "RateLimit", "RequestOptions", "Retry", "UnsetType"]


def check_number(name: str, value: object, *, above: float, or_equal: bool = False) -> None:
    """Raise InvalidArgument unless `value` is a number above the bound (infinity passes, nan does not)."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            number = float(value)
        except OverflowError:
            raise InvalidArgument(f"{name} is too large a number") from None
        if number > above or (or_equal and number == above):
            return
    raise InvalidArgument(f"{name} must be a number {'of at least' if or_equal else 'above'} {above:g}, not {value!r}")


def _check_finite(name: str, value: object) -> None:
    if value == math.inf:
        raise InvalidArgument(f"{name} must be a finite number, not {value!r}")


def _positive(_: object, attribute: Any, value: Any) -> None:
    check_number(attribute.name, value, above=0)


def _positive_and_finite(_: object, attribute: Any, value: Any) -> None:
    check_number(attribute.name, value, above=0)
    _check_finite(attribute.name, value)


def _not_negative(_: object, attribute: Any, value: Any) -> None:
    check_number(attribute.name, value, above=0, or_equal=True)
    _check_finite(attribute.name, value)


def _count(_: object, attribute: Any, value: Any) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise InvalidArgument(f"{attribute.name} must be a whole number of at least 1, not {value!r}")


def _retry(_: object, attribute: Any, value: Any) -> None:
    if not isinstance(value, Retry):
        raise InvalidArgument(f"{attribute.name} must be a reknit.Retry, not {type(value).__name__}")


def _mapping(_: object, attribute: Any, value: Any) -> None:
    if not isinstance(value, Mapping):
        raise InvalidArgument(f"{attribute.name} must be a mapping of names to values, not {type(value).__name__}")


def _names(headers: Mapping[str, str] | None) -> str:
    """Return the repr of headers without their values, which may be secret."""
    return "None" if headers is None else f"<{', '.join(map(str, headers))}>"


@frozen(kw_only=True)
class Retry:
    """How often and how patiently a call is resent.

    At most `max_attempts` attempts, answers of 429 not counted (those count against the deadline alone). Where the
    server states no wait, the n-th one is drawn evenly from 0 to `min(cap, base * 2**n)` seconds ("full jitter").
    """

    max_attempts: int = field(default=4, validator=_count)
    base: float = field(default=0.5, validator=_not_negative)
    cap: float = field(default=8.0, validator=_not_negative)


@frozen(kw_only=True)
class RateLimit:
    """A limit that is known beforehand: `rate` requests per `per` seconds, `burst` of them at once.

    `burst` is `rate` rounded down (at least 1) where it is not given.
    """

    rate: float = field(validator=_positive_and_finite)
    per: float = field(default=1.0, validator=_positive_and_finite)
    burst: int | None = field(default=None, validator=optional(_count))


@frozen(kw_only=True)
class RequestOptions:
    """What one call does differently from its client.

    `timeout` in seconds bounds the whole call. `headers` are added to the request; they may not replace Authorization,
    Host or what frames the message.
    """

    timeout: float | None = field(default=None, validator=optional(_positive))
    retry: Retry | None = field(default=None, validator=optional(_retry))
    headers: Mapping[str, str] | None = field(default=None, validator=optional(_mapping), repr=_names)
