"""Documented headers of answers, from text to the types that the document gives (OpenAPI's style `simple`, or JSON).

Loaded when somebody asks: few do, and `headers` of an answer has the text.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import attrs
import msgspec
from multidict import CIMultiDict, CIMultiDictProxy

from .codec import Misfit, decoder, is_rest, raw_value, wire_name
from .narrowing import is_model_class
from .operations import AnswerHeader, Operation

__all__ = ["header_values"]


def header_values(operation: Operation[Any], status: int, headers: Mapping[str, str]) -> Mapping[str, Any]:
    """Return the values of the documented headers that are among `headers`, by name without case.

    One that does not fit its type is the text that came: a header must not turn an answer into an error.
    """
    described: Mapping[str, AnswerHeader] = {}
    for key in (str(status), f"{status // 100}XX", "default"):
        if key in operation.headers:
            described = operation.headers[key]
            break
    found: CIMultiDict[Any] = CIMultiDict()
    for name, header in described.items():
        lines = _lines(headers, name)
        if lines:
            found[name] = _value(name, lines, header)
    return CIMultiDictProxy(found)


def _lines(headers: Mapping[str, str], name: str) -> list[str]:
    """Return every line of a header, in their order."""
    if isinstance(headers, CIMultiDict | CIMultiDictProxy):
        return list(typing.cast("CIMultiDict[str]", headers).getall(name, []))
    return [headers[name]] if name in headers else []


def _value(name: str, lines: list[str], header: AnswerHeader) -> Any:
    # Several lines are one with commas (RFC 9110, 5.3), but not of this one (RFC 6265, 3).
    cookies = name.lower() == "set-cookie"
    text = lines[0] if cookies else ", ".join(lines)
    annotation = header.type()
    decode = decoder(annotation)
    try:
        if header.json:
            return decode(text.encode("utf-8", "surrogateescape"))
        parts = lines if cookies and _is_list(annotation) else None
        return decode(msgspec.json.encode(_read(text, annotation, explode=header.explode, parts=parts)))
    except (Misfit, UnicodeError):
        return text


def _read(text: str, annotation: Any, *, explode: bool = False, parts: list[str] | None = None) -> Any:
    """Return what a text of style `simple` is as a JSON value; raise Misfit where it is nothing of that type."""
    arguments = typing.get_args(annotation)
    origin = typing.get_origin(annotation)
    if origin in (typing.Union, types.UnionType):
        return _first([*arguments], text, explode=explode)
    if origin is typing.Annotated:
        return _read(text, arguments[0], explode=explode)
    if origin is list:
        return [_read(part, arguments[0]) for part in (_split(text) if parts is None else parts)]
    if origin is tuple:
        return [_read(part, kind) for part, kind in zip(_split(text), arguments, strict=False)]
    if origin is dict:
        return {key: _read(part, arguments[1]) for key, part in _pairs(text, explode=explode)}
    if is_model_class(annotation):
        return _object(text, annotation, explode=explode)
    return _scalar(text, decoder(annotation))


def _first(kinds: Sequence[Any], text: str, *, explode: bool) -> Any:
    """Return the value as the first member of a union that it fits."""
    misfit = Misfit("$", "fits no member")
    for kind in kinds:
        if kind is not type(None):
            try:
                value = _read(text, kind, explode=explode)
                decoder(kind)(msgspec.json.encode(value))
            except Misfit as error:
                misfit = error
            else:
                return value
    raise misfit


def _scalar(text: str, decode: Callable[[bytes], Any]) -> Any:
    """Return the text, or the number, true or false that it spells, whichever the type takes."""
    try:
        decode(msgspec.json.encode(text))
    except Misfit:
        return raw_value(text.strip().lower().encode())
    return text


def _object(text: str, model: Any, *, explode: bool) -> dict[str, Any]:
    hints = typing.get_type_hints(model, include_extras=True)
    kinds = {wire_name(item): hints[item.name] for item in attrs.fields(model) if not is_rest(item)}
    return {key: _read(part, kinds.get(key, Any)) for key, part in _pairs(text, explode=explode)}


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.split(",")] if text.strip() else []


def _pairs(text: str, *, explode: bool) -> list[tuple[str, str]]:
    parts = _split(text)
    if explode:
        return [(name, value) for name, _, value in (part.partition("=") for part in parts)]
    if len(parts) % 2:
        raise Misfit("$", "a name without a value")
    return list(zip(parts[::2], parts[1::2], strict=True))


def _is_list(annotation: Any) -> bool:
    return typing.get_origin(annotation) is list
