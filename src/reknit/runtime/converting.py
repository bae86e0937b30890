"""The cattrs converter: models with what msgspec does not see (wire names, converters, unions of classes).

Loaded by `codec` when the first such class is met, because cattrs costs import time that most programs need not pay.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Any
from uuid import UUID

import attrs
import cattrs
import msgspec
from cattrs.gen import make_dict_unstructure_fn, override

from ..options import UNSET, UnsetType
from .codec import Misfit, is_whole, wire_name
from .narrowing import is_array, is_object
from .operations import Unknown

__all__ = ["converter", "structure", "unstructure"]

_LEAVES: frozenset[Any] = frozenset(
    (str, int, float, bool, type(None), datetime, date, time, timedelta, Decimal, UUID, bytes)
)


class _At(Exception):
    """A misfit on its way up; each level puts its own step before the path."""

    def __init__(self, steps: tuple[str, ...], reason: str) -> None:
        super().__init__(steps, reason)
        self.steps = steps
        self.reason = reason


def _structure_at(step: str, value: Any, annotation: Any) -> Any:
    try:
        return _converter().structure(value, annotation)
    except _At as error:
        raise _At((step, *error.steps), error.reason) from None


def _by_msgspec(value: Any, annotation: Any) -> Any:
    try:
        return msgspec.convert(value, annotation)
    except msgspec.ValidationError as error:
        reason, _, path = str(error).partition(" - at `$")
        raise _At((path.rstrip("`"),) if path else (), reason) from None


def _origin(annotation: Any) -> Any:
    return typing.get_origin(annotation) or annotation


def _is_union(annotation: Any) -> bool:
    return _origin(annotation) in (typing.Union, types.UnionType)


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and attrs.has(annotation)


def _is_leaf(annotation: Any) -> bool:
    if isinstance(annotation, type):
        return annotation in _LEAVES or issubclass(annotation, Enum)
    return typing.get_origin(annotation) is typing.Literal


def _structure_class(value: Any, cls: type[Any]) -> Any:
    if isinstance(value, cls):
        return value
    if _is_whole(cls):
        return _by_msgspec(value, cls)
    if not is_object(value):
        raise _expected("object", value)
    arguments: dict[str, Any] = {}
    for name, wire, hint, required in _shape(cls):
        if wire in value:
            arguments[name] = _structure_at(f".{wire}", value[wire], hint)
        elif required:
            raise _At((), f"Object missing required field `{wire}`")
    return cls(**arguments)


def _shape_of(cls: type[Any]) -> tuple[tuple[str, str, Any, bool], ...]:
    hints = typing.get_type_hints(cls)
    return tuple(
        (item.alias or item.name, wire_name(item), hints[item.name], item.default is attrs.NOTHING)
        for item in attrs.fields(cls)
        if item.init
    )


_is_whole: Callable[[Any], bool] = cache(is_whole)


def _json_type(value: object) -> str:
    name = type(value).__name__
    return {"dict": "object", "list": "array", "NoneType": "null"}.get(name, name)


def _expected(what: str, value: object) -> _At:
    return _At((), f"Expected `{what}`, got `{_json_type(value)}`")


_shape: Callable[[type[Any]], tuple[tuple[str, str, Any, bool], ...]] = cache(_shape_of)  # type: ignore[assignment]


def _structure_union(value: Any, annotation: Any) -> Any:
    members = typing.get_args(annotation)
    if value is None and type(None) in members:
        return None
    if _is_whole(annotation):
        return _by_msgspec(value, annotation)
    reasons: list[_At] = []
    for member in _ranked(members, value):
        try:
            return _converter().structure(value, member)
        except _At as error:
            reasons.append(error)
    if Unknown in members:
        return Unknown(value)
    if len(reasons) == 1:
        raise reasons[0]
    raise _At((), f"`{_json_type(value)}` fits no member of the union")


def _ranked(members: tuple[Any, ...], value: Any) -> list[Any]:
    """Return the members to try, best first: classes by how many of the value's properties they know."""
    plain = [member for member in members if member not in (type(None), UnsetType, Unknown)]
    if not is_object(value):
        return plain

    def known(member: Any) -> int:
        return sum(wire in value for _, wire, *_ in _shape(member)) if attrs.has(member) else -1

    return sorted(plain, key=known, reverse=True)


def _structure_list(value: Any, annotation: Any) -> Any:
    if not is_array(value):
        raise _expected("array", value)
    (inner,) = typing.get_args(annotation) or (Any,)
    return [_structure_at(f"[{index}]", item, inner) for index, item in enumerate(value)]


def _structure_dict(value: Any, annotation: Any) -> Any:
    if not is_object(value):
        raise _expected("object", value)
    _, inner = typing.get_args(annotation) or (str, Any)
    return {name: _structure_at(f".{name}", item, inner) for name, item in value.items()}


def _unstructure_factory(cls: type[Any]) -> Callable[[Any], Any]:
    renames = {item.name: override(rename=wire_name(item)) for item in attrs.fields(cls)}
    write = make_dict_unstructure_fn(cls, _converter(), _cattrs_use_alias=False, **renames)  # type: ignore[arg-type]
    required = {wire_name(item) for item in attrs.fields(cls) if item.default is attrs.NOTHING}
    nullable = {wire_name(item) for item in attrs.fields(cls) if item.default is UNSET}

    def unstructure_class(value: Any) -> dict[str, Any]:
        return {
            name: item
            for name, item in write(value).items()
            if item is not UNSET and (item is not None or name in required or name in nullable)
        }

    return unstructure_class


@cache
def _converter() -> cattrs.Converter:
    made = cattrs.Converter(detailed_validation=False, omit_if_default=False)
    made.register_structure_hook_func(_is_leaf, _by_msgspec)
    made.register_structure_hook_func(lambda t: _origin(t) is list, _structure_list)
    made.register_structure_hook_func(lambda t: _origin(t) is dict, _structure_dict)
    made.register_structure_hook_func(_is_union, _structure_union)
    made.register_structure_hook_func(_is_model, _structure_class)
    made.register_structure_hook(Unknown, lambda value, _: Unknown(value))
    made.register_unstructure_hook_factory(_is_model, _unstructure_factory)
    made.register_unstructure_hook(Unknown, lambda value: value.raw)
    made.register_unstructure_hook(UnsetType, lambda value: value)
    for leaf in (datetime, date, time, timedelta, Decimal, UUID, bytes):
        made.register_unstructure_hook(leaf, msgspec.to_builtins)
    return made


def converter() -> cattrs.Converter:
    """Return the converter of all models, for callers that structure or unstructure models of their own.

    Its hooks raise an internal error on a misfit; `structure` turns it into one with a path.
    """
    return _converter()


def structure(value: Any, annotation: Any) -> Any:
    """Return a decoded JSON value as `annotation`; raise Misfit with the path of what does not fit."""
    try:
        return _converter().structure(value, annotation)
    except _At as error:
        raise Misfit("$" + "".join(error.steps), error.reason) from None
    except RecursionError:
        raise Misfit("$", "the JSON is nested too deeply") from None


def unstructure(value: object) -> Any:
    """Return models as plain JSON values: wire names, unset fields left out, times in RFC 3339."""
    return _converter().unstructure(value)
