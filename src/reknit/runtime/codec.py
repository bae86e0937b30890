"""JSON in and out: bytes to attrs classes and back.

msgspec decodes straight into attrs classes several times faster than anything that builds dicts first, but it passes
over what attrs can say beyond fields: aliases, converters, wire names. `is_whole` is the one predicate for what it can
take; everything else goes through cattrs (`converting`), which is loaded when the first such class is met.
"""

from __future__ import annotations

import json
import re
import sys
import typing
from collections.abc import Callable
from typing import Any

import attrs
import msgspec

from ..errors import InvalidArgument
from ..options import UNSET
from .narrowing import is_array, is_mapping, is_object, is_sequence

__all__ = ["Misfit", "decoder", "encode", "is_whole", "raw_value", "unknown_in", "wire_name"]


class Misfit(Exception):
    """A body that does not fit its type: `path` says where, `reason` what."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(path, reason)
        self.path = path
        self.reason = reason


def wire_name(attribute: attrs.Attribute[Any]) -> str:
    """Return the JSON property of a model's attribute."""
    return typing.cast("str", attribute.metadata.get("wire", attribute.name))


def properties_of(model: Any) -> dict[str, Any]:
    """Return the values of a model's attributes by their wire names."""
    return {wire_name(item): getattr(model, item.name) for item in attrs.fields(model.__class__)}


def is_whole(annotation: Any) -> bool:
    """Return whether msgspec decodes this type as its attrs classes mean it.

    Whole are classes without wire names that differ, aliases, converters, validators, or defaults that need the
    instance, and containers and unions of whole types that msgspec accepts (at most one class, one array, one
    string-like …).
    """
    try:
        msgspec.json.Decoder(annotation)
        return _parts_are_whole(annotation, set())
    except (TypeError, NameError, RecursionError):
        return False


def _parts_are_whole(annotation: Any, seen: set[Any]) -> bool:
    arguments = typing.get_args(annotation)
    if arguments and typing.get_origin(annotation) is not typing.Literal:
        return all(_parts_are_whole(part, seen) for part in arguments if part is not Ellipsis)
    if not (isinstance(annotation, type) and attrs.has(annotation)) or annotation in seen:
        return True
    seen.add(annotation)
    hints = typing.get_type_hints(annotation)
    return all(
        _attribute_is_whole(item) and _parts_are_whole(hints[item.name], seen) for item in attrs.fields(annotation)
    )


def _attribute_is_whole(attribute: attrs.Attribute[Any]) -> bool:
    default: object = attribute.default
    converter: object = getattr(attribute, "converter", None)  # its type parameters are of no interest here
    return (
        attribute.init
        and wire_name(attribute) == attribute.name == attribute.alias
        and converter is None
        and attribute.validator is None
        and not getattr(default, "takes_self", False)
    )


_AT = re.compile(r" - at `(?P<path>.*)`\Z", re.DOTALL)


def _misfit(error: msgspec.DecodeError | RecursionError | UnicodeDecodeError) -> Misfit:
    if isinstance(error, RecursionError):
        return Misfit("$", "the JSON is nested too deeply")
    if isinstance(error, UnicodeDecodeError):
        return Misfit("$", "the body is not UTF-8")
    text = str(error)
    if not isinstance(error, msgspec.ValidationError):
        return Misfit("$", f"the body is not JSON: {text}")
    match = _AT.search(text)
    return Misfit(match["path"], text[: match.start()]) if match else Misfit("$", text)


def _guarded(decode: Callable[[bytes], Any]) -> Callable[[bytes], Any]:
    def guarded(raw: bytes) -> Any:
        try:
            return decode(raw)
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
            raise _misfit(error) from None

    return guarded


#: Decode any JSON; raises Misfit.
raw_value: Callable[[bytes], Any] = _guarded(msgspec.json.Decoder().decode)


def decoder(annotation: Any) -> Callable[[bytes], Any]:
    """Return the function that decodes JSON bytes into `annotation`; it raises Misfit. Make it once and keep it."""
    if annotation is Any:
        return raw_value
    if is_whole(annotation):
        return _guarded(msgspec.json.Decoder(annotation).decode)
    from .converting import structure  # noqa: PLC0415 - see the module's docstring

    def convert(raw: bytes) -> Any:
        return structure(raw_value(raw), annotation)

    return convert


def _to_json(value: object) -> Any:
    """Turn what the JSON encoder does not know into what it does; it raises TypeError for the rest."""
    if (
        attrs.has(type(value))
        or hasattr(value, "isoformat")
        or type(value).__name__ in ("UUID", "Decimal", "mappingproxy")
    ):
        from .converting import unstructure  # noqa: PLC0415 - see the module's docstring

        return unstructure(value)
    if is_mapping(value):
        return dict(value)
    raise TypeError(type(value).__name__)


_write: Callable[[Any], bytes] = msgspec.json.Encoder().encode
_read: Callable[[bytes], Any] = msgspec.json.Decoder().decode
_write_strictly = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_to_json).encode


def encode(body: object) -> bytes:
    """Return `body` as JSON; raise InvalidArgument with the path of what is not JSON."""
    # msgspec writes nan as null, sets as arrays and attrs classes without their wire names, and does not say so. What
    # it wrote is right if it reads back as the same value; both together take a fifth of the standard encoder's time.
    try:
        raw = _write(body)
        if _read(raw) == body:
            return raw
    except (TypeError, ValueError, RecursionError, msgspec.MsgspecError):
        pass
    return _encode_strictly(body)


def _encode_strictly(body: object) -> bytes:
    try:
        return _write_strictly(body).encode()
    except (TypeError, ValueError, RecursionError) as error:
        path, reason = _find_misfit(body, "$", ()) or ("$", str(error) or type(error).__name__)
        raise InvalidArgument(f"the body is not JSON at {path}: {reason}") from None


def _is_text(key: object) -> bool:
    return isinstance(key, str)


def _find_misfit(value: object, path: str, parents: tuple[int, ...]) -> tuple[str, str] | None:
    if id(value) in parents:
        return path, "it contains itself"
    if len(parents) > sys.getrecursionlimit() // 4:
        return path, "it is nested too deeply"
    inner = (*parents, id(value))
    if is_mapping(value):
        for key, item in value.items():
            if not _is_text(key):
                return path, f"property name {key!r} is not a string"
            if found := _find_misfit(key, f"{path}.{key!r}", ()) or _find_misfit(item, f"{path}.{key}", inner):
                return found
        return None
    if is_sequence(value):
        return next(filter(None, (_find_misfit(item, f"{path}[{n}]", inner) for n, item in enumerate(value))), None)
    try:
        _write_strictly(value).encode()
    except UnicodeEncodeError:
        return path, "the text holds a lone surrogate, which UTF-8 cannot carry"
    except ValueError:
        return path, f"{value!r} is no JSON number"
    except TypeError:
        return path, f"{type(value).__name__} has no JSON form"
    return None


def _pointer(path: str, token: str) -> str:
    return f"{path}/{token.replace('~', '~0').replace('/', '~1')}"


def unknown_in(raw: Any, value: Any, path: str = "") -> dict[str, Any]:
    """Return what `raw`, a decoded JSON value, holds beyond the models in `value`: JSON pointer → value."""
    found: dict[str, Any] = {}
    if is_object(raw) and attrs.has(type(value)):
        known = properties_of(value)
        for name, item in raw.items():
            if name not in known:
                found[_pointer(path, name)] = item
            elif known[name] is not UNSET:
                found |= unknown_in(item, known[name], _pointer(path, name))
    elif is_object(raw) and is_object(value):
        for name, item in raw.items():
            if name in value:
                found |= unknown_in(item, value[name], _pointer(path, name))
    elif is_array(raw) and is_sequence(value):
        for index, (item, decoded) in enumerate(zip(raw, value, strict=False)):
            found |= unknown_in(item, decoded, f"{path}/{index}")
    return found
