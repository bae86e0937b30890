"""The cattrs converter: models with what msgspec does not see (wire names, converters, unions of classes).

Loaded by `codec` when the first such class is met, because cattrs costs import time that most programs need not pay.
"""

from __future__ import annotations

import sys
import types
import typing
from collections.abc import Callable
from enum import Enum
from functools import cache
from typing import Any

import attrs
import cattrs
import msgspec

from ..options import UnsetType
from .aliases import TypeAliasType
from .codec import LEAVES, Misfit, by_msgspec, is_rest, is_whole, misfit_of, step_to, wire_name
from .narrowing import is_array, is_enum_class, is_model_class, is_object
from .operations import Implied, Tagged, Unknown
from .writing import plain

__all__ = ["converter", "structure"]


def _structure_at(step: str, value: Any, annotation: Any) -> Any:
    try:
        return _converter().structure(value, annotation)
    except Misfit as misfit:
        raise misfit.under(step) from None


def _origin(annotation: Any) -> Any:
    return typing.get_origin(annotation) or annotation


def _is_union(annotation: Any) -> bool:
    return _origin(annotation) in (typing.Union, types.UnionType)


def _is_model(annotation: Any) -> bool:
    return is_model_class(_origin(annotation))


def _json_type(value: object) -> str:
    name = type(value).__name__
    return {"dict": "object", "list": "array", "NoneType": "null"}.get(name, name)


def _expected(what: str, value: object) -> Misfit:
    return Misfit("$", f"Expected `{what}`, got `{_json_type(value)}`")


def _same(value: object, other: object) -> bool:
    """Return whether two JSON values are equal; to Python, true is 1 too."""
    return value == other and isinstance(value, bool) == isinstance(other, bool)


def _structure_enum(value: Any, cls: type[Enum]) -> Any:
    try:
        return by_msgspec(value, cls)
    except TypeError:  # msgspec takes enums of strings or of whole numbers, and no others
        for member in cls:
            if _same(member.value, value):
                return member
        raise Misfit("$", f"Invalid enum value {value!r}") from None


def _structure_leaf(value: Any, annotation: Any) -> Any:
    return _structure_enum(value, annotation) if is_enum_class(annotation) else by_msgspec(value, annotation)


def _structure_literal(value: Any, annotation: Any) -> Any:
    for choice in typing.get_args(annotation):
        if _same(choice, value):
            return choice
    raise Misfit("$", f"Invalid enum value {value!r}")


_is_whole: Callable[[Any], bool] = cache(is_whole)


def _structure_class(value: Any, annotation: Any) -> Any:
    cls = _origin(annotation)
    if isinstance(value, cls):
        return value
    if _is_whole(annotation):
        return by_msgspec(value, annotation)
    if not is_object(value):
        raise _expected("object", value)
    arguments: dict[str, Any] = {}
    shape = _shape(annotation)
    for name, wire, hint, required in shape:
        if wire is None:
            known = {wire for _, wire, *_ in shape}
            rest = {key: item for key, item in value.items() if key not in known}
            arguments[name] = _converter().structure(rest, hint)
        elif wire in value:
            arguments[name] = _structure_at(step_to(wire), value[wire], hint)
        elif required:
            raise Misfit("$", f"Object missing required field `{wire}`")
    try:
        return cls(**arguments)
    except (TypeError, ValueError) as error:  # a validator or a converter refused
        raise Misfit("$", str(error)) from None


#: Of each attribute: the argument, the property (None: all that the others leave), the type, and whether it must be.
_Shape = tuple[tuple[str, str | None, Any, bool], ...]


def _shape_of(annotation: Any) -> _Shape:
    cls = _origin(annotation)
    hints = typing.get_type_hints(cls, include_extras=True)
    given = dict(zip(getattr(cls, "__parameters__", ()), typing.get_args(annotation), strict=False))
    return tuple(
        (
            item.alias or item.name,
            None if is_rest(item) else wire_name(item),
            _with_arguments(hints.get(item.name, item.type or Any), given),
            item.default is attrs.NOTHING,
        )
        for item in attrs.fields(cls)
        if item.init
    )


_shape: Callable[[Any], _Shape] = cache(_shape_of)


def _with_arguments(hint: Any, given: dict[Any, Any]) -> Any:
    """Return a hint with its type parameters replaced; those that nobody gave are Any."""
    if isinstance(hint, typing.TypeVar):
        return given.get(hint, Any)
    parameters = getattr(hint, "__parameters__", ())
    return hint[tuple(given.get(parameter, Any) for parameter in parameters)] if parameters else hint


def _structure_union(value: Any, annotation: Any) -> Any:
    members = typing.get_args(annotation)
    if value is None and type(None) in members:
        return None
    if _is_whole(annotation):
        return by_msgspec(value, annotation)
    misfits: list[Misfit] = []
    stray = Unknown in members
    for member in _ranked(members, value):
        try:
            found = _converter().structure(value, member)
        except Misfit as misfit:
            misfits.append(misfit)
        else:
            if not isinstance(found, Unknown):
                return found
            stray = True
    if stray:
        return Unknown(value)
    if len(misfits) == 1:
        raise misfits[0]
    raise Misfit("$", f"`{_json_type(value)}` fits no member of the union")


def _structure_annotated(value: Any, annotation: Any) -> Any:
    inner, *extras = typing.get_args(annotation)
    implied = [extra for extra in extras if isinstance(extra, Implied)]
    if not implied:
        return _structure_tagged(value, inner, extras)
    try:
        return _structure_tagged(value, inner, extras)
    except Misfit:
        if all(extra.kind is not None and isinstance(value, extra.kind) for extra in implied):
            raise
        return Unknown(value)


def _structure_tagged(value: Any, inner: Any, extras: list[Any]) -> Any:
    tagged = next((extra for extra in extras if isinstance(extra, Tagged)), None)
    tag = value.get(tagged.property) if tagged is not None and is_object(value) else None
    if tagged is None or not isinstance(tag, str):
        return _converter().structure(value, inner)
    if tag not in tagged.members:
        if tagged.otherwise is not None:
            return _converter().structure(value, typing.cast("Any", tagged.otherwise | Unknown))
        return Unknown(value) if Unknown in typing.get_args(inner) else _converter().structure(value, inner)
    try:
        return _converter().structure(value, tagged.members[tag])
    except Misfit as misfit:
        if tagged.otherwise in (None, tagged.members[tag]):
            raise
        try:
            return _converter().structure(value, tagged.otherwise)
        except Misfit:
            raise misfit from None


@cache
def _meant(alias: Any) -> Any:
    """Return what an alias that may contain itself stands for, its names looked up in the module that it is of."""
    written = types.SimpleNamespace(__annotations__={"value": alias.__value__})
    names = vars(sys.modules[alias.__module__])
    return typing.get_type_hints(written, globalns=names, include_extras=True)["value"]


def _structure_alias(value: Any, annotation: Any) -> Any:
    return _converter().structure(value, _meant(annotation))


#: How well a value suits a member of a union: whether it may be one, how much of it is known, whether all is kept.
_Rank = tuple[bool, int, bool]
_STRANGE: _Rank = (False, 0, False)


def _ranked(members: tuple[Any, ...], value: Any) -> list[Any]:
    """Return the members to try, best first: the value's own type, classes by how many of its properties they know.

    Of those that know equally many, one that keeps the others goes first. A closed class comes last where there are
    others: by its schema they cannot be.
    """
    plain_members = [member for member in members if member not in (type(None), UnsetType, Unknown)]
    return sorted(plain_members, key=lambda member: _rank(member, value), reverse=True)


def _rank(member: Any, value: Any) -> _Rank:
    if isinstance(member, TypeAliasType):
        return _rank(_meant(member), value)
    if _origin(member) is typing.Annotated:
        return _rank(typing.get_args(member)[0], value)
    if _is_union(member):
        return max((_rank(part, value) for part in typing.get_args(member)), default=_STRANGE)
    if is_object(value) and _is_model(member):
        shape = _shape(member)
        known = sum(wire in value for _, wire, *_ in shape)
        keeps = known == len(value) or any(wire is None for _, wire, *_ in shape)
        return keeps or not getattr(_origin(member), "__closed__", False), known, keeps
    return (True, 0, True) if _origin(member) is type(value) else _STRANGE


def _structure_list(value: Any, annotation: Any) -> Any:
    if not is_array(value):
        raise _expected("array", value)
    (inner,) = typing.get_args(annotation) or (Any,)
    items = [_structure_at(f"[{index}]", item, inner) for index, item in enumerate(value)]
    return items if _origin(annotation) is list else _origin(annotation)(items)


def _structure_tuple(value: Any, annotation: Any) -> Any:
    hints = typing.get_args(annotation) or (Any, ...)
    if not is_array(value):
        raise _expected("array", value)
    if hints[-1] is Ellipsis:
        hints = hints[:1] * len(value)
    if len(hints) != len(value):
        raise Misfit("$", f"Expected `array` of length {len(hints)}, got {len(value)}")
    pairs = zip(value, hints, strict=True)
    return tuple(_structure_at(f"[{index}]", item, hint) for index, (item, hint) in enumerate(pairs))


def _structure_dict(value: Any, annotation: Any) -> Any:
    if not is_object(value):
        raise _expected("object", value)
    key, inner = typing.get_args(annotation) or (str, Any)
    return {
        name if key is str else _structure_key(name, key): _structure_at(step_to(name), item, inner)
        for name, item in value.items()
    }


def _structure_key(name: str, annotation: Any) -> Any:
    try:
        return msgspec.convert(name, annotation, strict=False)
    except msgspec.ValidationError as error:
        raise misfit_of(error).under(step_to(name)) from None


@cache
def _converter() -> cattrs.Converter:
    made = cattrs.Converter(detailed_validation=False, omit_if_default=False)
    for leaf in LEAVES - {Any, None, UnsetType}:
        # By type, which goes before cattrs' own hooks: those would make a string of whatever comes.
        made.register_structure_hook(leaf, _structure_leaf)
    made.register_structure_hook(Enum, _structure_enum)
    made.register_structure_hook_func(is_enum_class, _structure_enum)
    made.register_structure_hook_func(lambda t: _origin(t) is typing.Literal, _structure_literal)
    made.register_structure_hook_func(lambda t: _origin(t) in (list, set, frozenset), _structure_list)
    made.register_structure_hook_func(lambda t: _origin(t) is tuple, _structure_tuple)
    made.register_structure_hook_func(lambda t: _origin(t) is dict, _structure_dict)
    made.register_structure_hook_func(_is_union, _structure_union)
    made.register_structure_hook_func(lambda t: isinstance(t, TypeAliasType), _structure_alias)
    made.register_structure_hook_func(lambda t: _origin(t) is typing.Annotated, _structure_annotated)
    made.register_structure_hook_func(_is_model, _structure_class)
    made.register_structure_hook(Unknown, lambda value, _: Unknown(value))
    made.register_unstructure_hook_func(_is_model, plain)
    for leaf in LEAVES - {Any, None, UnsetType, type(None), bytes}:
        made.register_unstructure_hook(leaf, plain)
    return made


def converter() -> cattrs.Converter:
    """Return the converter of all models, for callers that structure or unstructure models of their own.

    Its hooks raise `Misfit`, with the path of what does not fit.
    """
    return _converter()


def structure(value: Any, annotation: Any) -> Any:
    """Return a decoded JSON value as `annotation`; raise Misfit with the path of what does not fit."""
    try:
        return _converter().structure(value, annotation)
    except RecursionError:
        raise Misfit("$", "the JSON is nested too deeply") from None
    except (KeyError, TypeError, ValueError) as error:  # cattrs' own hooks, for classes that are no models
        raise Misfit("$", f"{type(error).__name__}: {error}") from None
