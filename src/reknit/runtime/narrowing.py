"""Type guards for JSON and arguments: what `isinstance` finds out, said so that type checkers know the items too."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any, TypeGuard, cast

import attrs

__all__ = ["is_array", "is_enum_class", "is_mapping", "is_model", "is_model_class", "is_object", "is_sequence"]


def is_object(value: object) -> TypeGuard[dict[str, Any]]:
    """Return whether a decoded JSON value is an object."""
    return isinstance(value, dict)


def is_array(value: object) -> TypeGuard[list[Any]]:
    """Return whether a decoded JSON value is an array."""
    return isinstance(value, list)


def is_mapping(value: object) -> TypeGuard[Mapping[str, Any]]:
    """Return whether an argument is a mapping."""
    return isinstance(value, Mapping)


def is_sequence(value: object) -> TypeGuard[list[Any] | tuple[Any, ...]]:
    """Return whether an argument is a list or a tuple."""
    return isinstance(value, list | tuple)


def is_model(value: object) -> TypeGuard[attrs.AttrsInstance]:
    """Return whether an argument is an object of an attrs class."""
    return attrs.has(value.__class__)


def is_model_class(annotation: object) -> TypeGuard[type[attrs.AttrsInstance]]:
    """Return whether a type is an attrs class."""
    return isinstance(annotation, type) and attrs.has(cast("type[Any]", annotation))


def is_enum_class(annotation: object) -> TypeGuard[type[Enum]]:
    """Return whether a type is an enum."""
    return isinstance(annotation, type) and issubclass(annotation, Enum)
