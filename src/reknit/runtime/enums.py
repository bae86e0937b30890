"""Enums that stay open: a value that a vendor adds tomorrow decodes today, and keeps what it said."""

from __future__ import annotations

from enum import Enum
from typing import Any, Self

__all__ = ["OpenEnum", "OpenIntEnum"]


def _add(cls: type[Any], base: type[Any], value: Any) -> Any:
    # Not kept in the class: a server that invents values without end must not grow this process.
    member: Any = base.__new__(cls, value)
    member._name_ = str(value)
    member._value_ = value
    return member


class OpenEnum(str, Enum):
    """A set of strings that may grow.

    An unknown one becomes a member that keeps its `value`; `is_known` tells them apart.
    """

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        return _add(cls, str, value) if isinstance(value, str) else None

    @property
    def is_known(self) -> bool:
        """Return whether the spec names this value."""
        return self._value_ in type(self)._value2member_map_

    def __eq__(self, other: object) -> bool:
        return str.__eq__(self, other) if isinstance(other, str) else NotImplemented

    def __ne__(self, other: object) -> bool:
        return str.__ne__(self, other) if isinstance(other, str) else NotImplemented

    def __hash__(self) -> int:
        return str.__hash__(self)

    def __reduce_ex__(self, _: object) -> tuple[Any, ...]:
        # Some Pythons (3.11 before 3.11.4) pickle members by name, and what the spec does not name has none.
        return type(self), (self._value_,)

    def __str__(self) -> str:
        return str.__str__(self)


class OpenIntEnum(int, Enum):
    """A set of whole numbers that may grow; see `OpenEnum`."""

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        return _add(cls, int, value) if isinstance(value, int) and not isinstance(value, bool) else None

    @property
    def is_known(self) -> bool:
        """Return whether the spec names this value."""
        return self._value_ in type(self)._value2member_map_

    def __eq__(self, other: object) -> bool:
        return int.__eq__(self, other) if isinstance(other, int) else NotImplemented

    def __ne__(self, other: object) -> bool:
        return int.__ne__(self, other) if isinstance(other, int) else NotImplemented

    def __hash__(self) -> int:
        return int.__hash__(self)

    def __reduce_ex__(self, _: object) -> tuple[Any, ...]:
        return type(self), (self._value_,)

    def __str__(self) -> str:
        return int.__repr__(self)
