"""JSON in: bytes to attrs classes.

msgspec decodes straight into attrs classes several times faster than anything that builds dicts first, but it passes
over what attrs can say beyond fields: aliases, converters, wire names. `is_whole` is the one predicate for what it can
take; everything else goes through cattrs (`converting`), which is loaded when the first such class is met. The other
direction is `writing`.
"""

from __future__ import annotations

import json
import re
import types
import typing
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import attrs
import msgspec

from ..options import UNSET, UnsetType
from .narrowing import is_array, is_enum_class, is_model, is_model_class, is_object, is_sequence
from .operations import Unknown

__all__ = ["Misfit", "decoder", "direct_decoder", "is_whole", "raw_value", "unknown_in", "wire_name"]

_REASON_SHOWN = 300
_NAME_SHOWN = 60


class Misfit(Exception):
    """A body that does not fit its type: `path` says where, `reason` what; both on one line, whatever a server sent."""

    def __init__(self, path: str, reason: str) -> None:
        reason = " ".join(reason.split())[:_REASON_SHOWN]
        super().__init__(path, reason)
        self.path = path
        self.reason = reason

    def under(self, step: str) -> Misfit:
        """Return the same misfit as seen from one level up."""
        return Misfit(f"${step}{self.path[1:]}", self.reason)


def step_to(name: str) -> str:
    """Return the step of a JSON path to a property: `.name`, or `["…"]` where that could be misread."""
    if name.isascii() and name.isidentifier():
        return f".{name}" if len(name) <= _NAME_SHOWN else f".{name[:_NAME_SHOWN]}…"
    return f"[{json.dumps(name if len(name) <= _NAME_SHOWN else name[:_NAME_SHOWN] + '…')}]"


def wire_name(attribute: attrs.Attribute[Any]) -> str:
    """Return the JSON property of a model's attribute."""
    return typing.cast("str", attribute.metadata.get("wire", attribute.name))


def is_rest(attribute: attrs.Attribute[Any]) -> bool:
    """Return whether an attribute holds the properties that no other attribute of its model is for."""
    return bool(attribute.metadata.get("rest"))


def properties_of(model: Any) -> dict[str, Any]:
    """Return the values of a model's attributes by their wire names."""
    found: dict[str, Any] = {}
    rest: dict[str, Any] = {}
    for item in attrs.fields(model.__class__):
        value = getattr(model, item.name)
        if is_rest(item):
            rest = value
        else:
            found[wire_name(item)] = value
    return {**rest, **found} if rest else found


# What msgspec decodes as it is meant, without a look inside.
LEAVES: frozenset[Any] = frozenset(
    (Any, None, type(None), UnsetType, bool, int, float, str, bytes, datetime, date, time, timedelta, Decimal, UUID)
)
_CONTAINERS: frozenset[Any] = frozenset((typing.Union, types.UnionType, list, dict, tuple, set, frozenset))


def is_whole(annotation: Any) -> bool:
    """Return whether msgspec decodes this type as its attrs classes mean it.

    Whole are plain JSON types, times, enums, attrs classes, and containers and unions of whole types that msgspec
    accepts (at most one class, one array, one string-like …). Not whole are attrs classes with wire names that differ,
    aliases, converters, validators, defaults that need the instance, attributes or an `__init__` that attrs does not
    make, an attribute for the rest of the properties, and type parameters; `Unknown`, which takes what nothing else
    does; and classes of any other kind.
    """
    try:
        if not _parts_are_whole(annotation, set()):
            return False
        msgspec.json.Decoder(annotation)
    except (TypeError, NameError, NotImplementedError, RecursionError):  # not implemented: constants beyond 64 bits
        return False
    return True


def _parts_are_whole(annotation: Any, seen: set[Any]) -> bool:
    if annotation in LEAVES or annotation in _CONTAINERS or annotation in seen:
        return True
    origin = typing.get_origin(annotation)
    arguments = typing.get_args(annotation)
    if origin is typing.Literal:
        return True
    if origin is typing.Annotated:
        meant_for_msgspec = all(isinstance(extra, msgspec.Meta) for extra in arguments[1:])
        return meant_for_msgspec and _parts_are_whole(arguments[0], seen)
    if origin is not None:
        return origin in _CONTAINERS and all(_parts_are_whole(part, seen) for part in arguments if part is not Ellipsis)
    if is_enum_class(annotation):
        return True
    if annotation is Unknown or not is_model_class(annotation) or hasattr(annotation, "__attrs_init__"):
        return False
    seen.add(annotation)
    hints = typing.get_type_hints(annotation, include_extras=True)
    return all(
        _attribute_is_whole(item) and item.name in hints and _parts_are_whole(hints[item.name], seen)
        for item in attrs.fields(annotation)
    )


def _attribute_is_whole(attribute: attrs.Attribute[Any]) -> bool:
    default: object = attribute.default
    converter: object = getattr(attribute, "converter", None)  # its type parameters are of no interest here
    return (
        attribute.init
        and not is_rest(attribute)
        and wire_name(attribute) == attribute.name == attribute.alias
        and converter is None
        and attribute.validator is None
        and not getattr(default, "takes_self", False)
    )


_AT = re.compile(r" - at `(?P<path>[^`]*)`\Z")


def misfit_of(error: msgspec.ValidationError) -> Misfit:
    """Return what msgspec found, with its path taken out of the text."""
    text = str(error)
    match = _AT.search(text)
    return Misfit(match["path"], text[: match.start()]) if match else Misfit("$", text)


def by_msgspec(value: Any, annotation: Any) -> Any:
    """Return a decoded JSON value as `annotation`; raise Misfit.

    A whole number may be written 1.0 (JSON Schema, "integer"), which msgspec refuses.
    """
    try:
        return msgspec.convert(value, annotation)
    except msgspec.ValidationError as error:
        misfit = misfit_of(error)
    if "got `float`" in misfit.reason:
        try:
            return msgspec.convert(_with_whole_numbers(value), annotation)
        except msgspec.ValidationError:
            pass
    raise misfit


def _with_whole_numbers(value: Any) -> Any:
    if isinstance(value, float):
        return int(value) if value.is_integer() else value
    if is_object(value):
        return {name: _with_whole_numbers(item) for name, item in value.items()}
    return [_with_whole_numbers(item) for item in value] if is_array(value) else value


def _misfit(error: msgspec.DecodeError | RecursionError | UnicodeDecodeError, raw: bytes) -> Misfit:
    if isinstance(error, RecursionError):
        return Misfit("$", "the JSON is nested too deeply")
    if isinstance(error, UnicodeDecodeError):
        return Misfit("$", "the body is not UTF-8")
    if isinstance(error, msgspec.ValidationError):
        return misfit_of(error)
    return Misfit("$", f"the body is not JSON: {error}" if raw.strip() else "the body is empty")


_BOM = b"\xef\xbb\xbf"
#: An escape in a JSON string; group 1 is half of a surrogate pair without its other half.
_ESCAPE = re.compile(rb"\\u[dD][89abAB]..\\u[dD][c-fC-F]..|(\\u[dD][89a-fA-F]..)|\\.", re.DOTALL)


def _repaired(raw: bytes) -> bytes:
    """Return a body without what is common, harmless, and refused by msgspec.

    A byte order mark may be ignored (RFC 8259 §8.1). Half a surrogate pair (§8.2: what a server makes of a text that
    it cut in the middle of an emoji) becomes U+FFFD. Nothing at all is read as null, which some types take.
    """
    raw = raw.removeprefix(_BOM)
    return _ESCAPE.sub(lambda escape: rb"\ufffd" if escape[1] else escape[0], raw) if raw.strip() else b"null"


_read: Callable[[bytes], Any] = msgspec.json.Decoder().decode
_REFUSALS = (msgspec.DecodeError, RecursionError, UnicodeDecodeError)


#: A whole number that a float may not hold has 16 digits. To make all digits one and look for so many of it takes a
#: tenth of what a pattern takes, and every body passes here.
_ALIKE = bytes.maketrans(b"123456789", b"000000000")
_LONG = b"0" * 16


def _exactly(decode: Callable[[bytes], Any]) -> Callable[[bytes], Any]:
    """Return a decoder that loses no digit of a whole number where the type says `float`.

    To Python's type checkers an `int` is a `float` too, and a document may well call a 64-bit identifier a number.
    """

    def exact(raw: bytes) -> Any:
        value = decode(raw)
        if _LONG not in raw.translate(_ALIKE):
            return value
        try:
            return _restored(_read(raw), value)
        except _REFUSALS:  # a body that had to be repaired, or is nested very deeply
            return value

    return exact


def _restored(raw: Any, value: Any) -> Any:
    """Return a decoded value in which no float stands for a whole number that it is not equal to."""
    if isinstance(value, float):
        return raw if isinstance(raw, int) and value.is_integer() and int(value) != raw else value
    if is_model(value) and is_object(raw):
        for item in attrs.fields(value.__class__):
            inner = getattr(value, item.name)
            found = _restored(raw if is_rest(item) else raw.get(wire_name(item)), inner)
            if found is not inner:
                object.__setattr__(value, item.name, found)
    elif is_object(value) and is_object(raw):
        for name, inner in value.items():
            value[name] = _restored(raw.get(name), inner)
    elif is_array(raw) and is_sequence(value):
        return type(value)(_restored(*pair) for pair in zip(raw, value, strict=False))
    return value


def _holds_float(annotation: Any, seen: set[Any]) -> bool:
    if annotation is float or annotation in seen:
        return annotation is float
    parts = list(typing.get_args(annotation))
    if is_model_class(annotation):
        seen.add(annotation)
        parts += typing.get_type_hints(annotation).values()
    return any(_holds_float(part, seen) for part in parts if typing.get_origin(annotation) is not typing.Literal)


def direct_decoder(annotation: Any) -> Callable[[bytes], Any]:
    """Return the function by which msgspec decodes bytes into `annotation`, a whole type; it raises Misfit."""
    decode: Callable[[bytes], Any] = msgspec.json.Decoder(annotation).decode
    if _holds_float(annotation, set()):
        decode = _exactly(decode)

    def guarded(raw: bytes) -> Any:
        try:
            return decode(raw)
        except _REFUSALS as error:
            misfit = _misfit(error, raw)
        # A side effect that was carried out must not become an error over a blemish.
        try:
            if "got `float`" in misfit.reason:
                return by_msgspec(_read(raw), annotation)
            repaired = _repaired(raw)
            if repaired != raw:
                return decode(repaired)
        except (Misfit, *_REFUSALS):
            pass
        raise misfit

    return guarded


#: Decode any JSON; raises Misfit.
raw_value: Callable[[bytes], Any] = direct_decoder(Any)


def decoder(annotation: Any) -> Callable[[bytes], Any]:
    """Return the function that decodes JSON bytes into `annotation`; it raises Misfit. Make it once and keep it."""
    if annotation is Any:
        return raw_value
    if is_whole(annotation):
        return direct_decoder(annotation)
    from .converting import structure  # noqa: PLC0415 - see the module's docstring

    @_exactly
    def convert(raw: bytes) -> Any:
        value = raw_value(raw)
        try:
            return structure(value, annotation)
        except Misfit:
            if raw.strip():
                raise
            raise Misfit("$", "the body is empty") from None

    return convert


def _pointer(path: str, token: str) -> str:
    return f"{path}/{token.replace('~', '~0').replace('/', '~1')}"


_Pair = tuple[str, Any, Any]


def unknown_in(raw: Any, value: Any, path: str = "") -> dict[str, Any]:
    """Return what `raw`, a decoded JSON value, holds beyond the models in `value`: JSON pointer (RFC 6901) → value."""
    found: dict[str, Any] = {}
    waiting: list[_Pair] = [(path, raw, value)]  # a stack of our own: free-form JSON may be nested deeply
    while waiting:
        path, raw, value = waiting.pop()
        if isinstance(value, Unknown):
            found[path] = raw
            continue
        known = _known_properties(value)
        if is_object(raw) and known is not None:
            found |= {_pointer(path, name): item for name, item in raw.items() if name not in known}
            pairs = [(_pointer(path, name), item, known[name]) for name, item in raw.items() if name in known]
            waiting += reversed([pair for pair in pairs if pair[2] is not UNSET])
        elif is_array(raw) and is_sequence(value):
            waiting += reversed(list(_pairs_of_items(path, raw, value)))
    return found


def _known_properties(value: Any) -> dict[str, Any] | None:
    if is_object(value):
        return value
    if not is_model(value):
        return None
    known = properties_of(value)
    for item in attrs.fields(value.__class__):
        if item.metadata.get("implied") and known[wire_name(item)] is None:
            del known[wire_name(item)]  # null and absent are one to such an attribute, and both are valid
    return known


def _pairs_of_items(path: str, raw: list[Any], value: list[Any] | tuple[Any, ...]) -> Iterator[_Pair]:
    return ((f"{path}/{index}", *pair) for index, pair in enumerate(zip(raw, value, strict=False)))
