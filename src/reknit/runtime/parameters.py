"""How arguments become the text of a URL or a header (OpenAPI 3.1, "Parameter Object", styles after RFC 6570)."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from typing import Any, TypeAlias, TypeGuard
from urllib.parse import quote
from uuid import UUID

from ..errors import InvalidArgument
from .narrowing import is_mapping, is_model
from .operations import Operation, Style, Unknown
from .writing import encode, sent_properties

__all__ = [
    "check_header",
    "cookie_text",
    "header_text",
    "inner_text",
    "path_text",
    "placeholders",
    "query_pairs",
    "query_text",
]

_FORM = Style("form", explode=True)
_SIMPLE = Style("simple")
_JSON = "json"
_DELIMITERS = {"form": ",", "simple": ",", "spaceDelimited": "%20", "pipeDelimited": "%7C", "label": ",", "matrix": ","}
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
#: RFC 9110 §5.5, and Latin-1 is all that an HTTP/1.1 header carries.
_BAD_IN_HEADER = re.compile(r"[^\t\x20-\x7e\x80-\xff]")
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")
_BAD_IN_COOKIE = re.compile(r"[^\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]")


def scalar(name: str, value: object) -> str:
    """Return the text of one value; raise InvalidArgument where it has none."""
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, str):
        return value
    if value is True or value is False:
        return "true" if value else "false"
    if isinstance(value, float | Decimal) and not (
        value.is_finite() if isinstance(value, Decimal) else math.isfinite(value)
    ):
        raise InvalidArgument(f"{name} must be a finite number, not {value!r}")
    if isinstance(value, datetime | date | time):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, int):
        return _digits(name, value)
    if isinstance(value, float | Decimal | UUID):
        return str(value)
    raise InvalidArgument(
        f"{name} cannot be written into a URL or header: {type(value).__name__}; give a string or number"
    )


def _digits(name: str, value: int) -> str:
    try:
        return int.__repr__(value)
    except ValueError:  # sys.set_int_max_str_digits
        raise InvalidArgument(f"{name} is too large a number") from None


def _encoded(name: str, value: object) -> str:
    return _quoted(name, scalar(name, value))


def _quoted(name: str, text: str, safe: str = "") -> str:
    try:
        return quote(text, safe=safe)
    except UnicodeEncodeError:
        raise InvalidArgument(f"{name} holds a lone surrogate and is not text that UTF-8 can carry") from None


#: How one value, and the names and values inside it, become text.
_Write: TypeAlias = Callable[[str, object], str]


def inner_text(name: str, value: object) -> str:
    """Return the text of a value inside another: JSON for what has parts of its own, nothing for null."""
    if value is None:
        return ""
    if is_mapping(value) or _is_array(value) or is_model(value):
        return _json(name, value)
    return scalar(name, value)


def _encoded_inner(name: str, value: object) -> str:
    return _quoted(name, inner_text(name, value))


def _items(name: str, value: Mapping[str, Any], write: _Write = _encoded_inner) -> list[tuple[str, str]]:
    return [(write(name, key), write(f"{name}.{key}", item)) for key, item in value.items() if item is not None]


def _elements(name: str, value: Sequence[Any], write: _Write = _encoded_inner) -> list[str]:
    return [write(f"{name}[{index}]", item) for index, item in enumerate(value)]


def _opened(value: Any) -> Any:
    """Return the properties of a model; any other value as it is."""
    if is_model(value):
        return value.raw if isinstance(value, Unknown) else sent_properties(value)
    return value


def _json(name: str, value: object) -> str:
    return encode(value, name).decode()


def _is_array(value: object) -> TypeGuard[Sequence[Any]]:
    return isinstance(value, list | tuple | set | frozenset)


#: What needs neither encoding nor a second look: most keys and ids.
_PLAIN_SEGMENT = re.compile(r"[A-Za-z0-9_~-][A-Za-z0-9_.~-]*").fullmatch


#: What a path template may hold as it is (RFC 3986 §3.3), and a query.
_LITERAL = "%/?:@!$&'()*+,;=~"


def path_segment(name: str, value: object) -> str:
    """Return `value` as one percent-encoded path segment; empty and dot segments would name another resource."""
    if type(value) is str and _PLAIN_SEGMENT(value):
        return value
    return _segment(name, _encoded(name, value))


def _segment(name: str, text: str) -> str:
    if text in ("", ".", ".."):
        raise InvalidArgument(f"path parameter {name} must not be {text!r}: it would address another resource")
    return text


def _path_value(name: str, value: Any, style: Style) -> str:
    if style.style == _JSON:
        return _segment(name, quote(_json(name, value), safe=""))
    return _segment(name, _path_text(name, _opened(value), style))


def _path_text(name: str, value: Any, style: Style) -> str:
    if is_mapping(value):
        pairs = _items(name, value)
        if style.explode:
            joiner = {"label": ".", "matrix": ";"}.get(style.style, ",")
            return _prefix(style, name) + joiner.join(f"{key}={item}" for key, item in pairs)
        return _prefix(style, name, named=True) + ",".join(part for pair in pairs for part in pair)
    if _is_array(value):
        elements = _elements(name, value)
        if style.style == "matrix" and style.explode:
            return "".join(_prefix(style, name, named=True) + element for element in elements)
        joiner = "." if style.style == "label" and style.explode else ","
        return _prefix(style, name, named=True) + joiner.join(elements)
    return _prefix(style, name, named=True) + _encoded(name, value)


def _prefix(style: Style, name: str, *, named: bool = False) -> str:
    if style.style == "label":
        return "."
    if style.style == "matrix":
        return f";{quote(name, safe='')}=" if named else ";"
    return ""


def placeholders(path: str) -> list[str]:
    """Return the names of a path template's parameters, in their order."""
    return re.split(r"\{([^{}]+)\}", path)[1::2]


def path_text(operation: Operation[Any], values: Sequence[object]) -> str:
    """Return the operation's path with `values`, in the order of its placeholders, percent-encoded into it."""
    parts: list[str] | None = operation.memo.get("path")
    if parts is None:
        parts = re.split(r"\{([^{}]+)\}", operation.path)
        parts[::2] = [quote(part, safe=_LITERAL) for part in parts[::2]]
        operation.memo["path"] = parts
    if len(parts) == 1:
        return parts[0]
    text = parts[0]
    for index, value in enumerate(values):
        name = parts[2 * index + 1]
        if type(value) is str and not operation.styles:
            written = path_segment(name, value)
        else:
            written = _path_value(name, value, operation.styles.get(f"path:{name}", _SIMPLE))
        text += written + parts[2 * index + 2]
    return text


#: What `allowReserved` leaves as it is: what RFC 3986 reserves, but for what would end a value or begin a fragment, and
#: brackets, which no query may hold.
_RESERVED = ":/?@!$'()*,;"


def query_pairs(name: str, value: Any, style: Style) -> Iterator[tuple[str, str]]:
    """Yield the names and values, percent-encoded, that a parameter puts into a query, or a property into a form."""
    written = quote(name, safe="[]")
    if style.style == _JSON:
        yield written, quote(_json(name, value), safe="")
        return
    safe = _RESERVED if style.reserved else ""
    if type(value) is str:
        yield written, _quoted(name, value, safe)
        return
    value = _opened(value)
    if style.style == "deepObject" and value is not None:
        yield from _deep(written, name, value, safe)
    elif is_mapping(value):
        pairs = _items(name, value, _writer(style))
        if style.explode:
            yield from pairs
        elif pairs:
            yield written, _DELIMITERS[style.style].join(part for pair in pairs for part in pair)
    elif _is_array(value):
        elements = _elements(name, value, _writer(style))
        if style.explode:
            yield from ((written, element) for element in elements)
        elif elements:
            yield written, _DELIMITERS[style.style].join(elements)
    else:
        yield written, _quoted(name, scalar(name, value), safe)


def _writer(style: Style) -> _Write:
    """Return how values inside another are written: a comma stays one where it delimits nothing."""
    if not style.reserved:
        return _encoded_inner
    safe = _RESERVED if style.explode else _RESERVED.replace(",", "")
    return lambda name, value: _quoted(name, inner_text(name, value), safe)


def _deep(written: str, name: str, value: Any, safe: str) -> Iterator[tuple[str, str]]:
    """Yield a value as `name[key]=…` and `name[0]=…`, however deep it is: what forms and frameworks have agreed on."""
    value = _opened(value)
    if is_mapping(value):
        for key, item in value.items():
            if item is not None:
                yield from _deep(f"{written}[{_encoded(name, key)}]", f"{name}.{key}", item, safe)
    elif _is_array(value):
        for index, item in enumerate(value):
            yield from _deep(f"{written}[{index}]", f"{name}[{index}]", item, safe)
    else:
        yield written, _quoted(name, inner_text(name, value), safe)


def query_text(operation: Operation[Any], values: Mapping[str, Any]) -> str:
    """Return the query string without its question mark; values that are None were left out before."""
    styles = operation.styles
    return "&".join(
        f"{key}={item}"
        for name, value in values.items()
        for key, item in query_pairs(name, value, styles.get(f"query:{name}", _FORM))
    )


def header_text(operation: Operation[Any], name: str, value: Any, place: str = "header") -> str:
    """Return the text of a header parameter (style `simple`); JSON has its letters beyond ASCII escaped."""
    style = operation.styles.get(f"{place}:{name}", _SIMPLE)
    opened = _opened(value)
    if style.style == _JSON:
        text = _ascii(_json(name, value))
    elif is_mapping(opened):
        pairs = _items(name, opened, _plain)
        text = ",".join(f"{key}={item}" if style.explode else f"{key},{item}" for key, item in pairs)
    elif _is_array(opened):
        text = ",".join(_elements(name, opened, _plain))
    else:
        text = scalar(name, opened)
    check_header(name, text)
    return text


def _plain(name: str, value: object) -> str:
    text = inner_text(name, value)
    return _ascii(text) if is_mapping(value) or _is_array(value) or is_model(value) else text


def _ascii(text: str) -> str:
    """Return JSON without letters beyond ASCII."""
    return _BEYOND_ASCII.sub(lambda found: json.dumps(found[0])[1:-1], text)


def cookie_text(operation: Operation[Any], name: str, value: Any) -> str:
    """Return a cookie parameter, name and value (style `form`): where it explodes, each part is a cookie of its own.

    JSON is percent-encoded, because no cookie may hold its quotes and commas.
    """
    style = operation.styles.get(f"cookie:{name}", _FORM)
    if style.style == _JSON:
        return f"{name}={quote(_json(name, value), safe='')}"
    value = _opened(value)
    if is_mapping(value):
        pairs = _items(name, value, _cookie)
        if style.explode:
            return "; ".join(f"{key}={item}" for key, item in pairs)
        return f"{name}=" + ",".join(part for pair in pairs for part in pair)
    if _is_array(value):
        elements = _elements(name, value, _cookie)
        return "; ".join(f"{name}={item}" for item in elements) if style.explode else f"{name}={','.join(elements)}"
    return f"{name}={_cookie(name, scalar(name, value))}"


def _cookie(name: str, value: object) -> str:
    """Return the text of a value in a cookie: as it is where a cookie can hold it, else percent-encoded."""
    text = inner_text(name, value)
    return _quoted(name, text) if _BAD_IN_COOKIE.search(text) else text


def check_cookie(what: str, text: str) -> None:
    """Raise InvalidArgument unless a cookie can have a value, which is not shown: it may be secret."""
    if _BAD_IN_COOKIE.search(text):
        raise InvalidArgument(f"{what} holds a character that no cookie may (RFC 6265 §4.1.1)")


def check_header(name: str, value: object) -> None:
    """Raise InvalidArgument unless a header can be sent as it is. Its value is not shown: it may be secret."""
    if not isinstance(name, str) or not _HEADER_NAME.fullmatch(name):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise InvalidArgument(f"{name!r} is not a header name (RFC 9110 §5.1)")
    if not isinstance(value, str):
        raise InvalidArgument(f"header {name} must be a string, not {type(value).__name__}")
    if bad := _BAD_IN_HEADER.search(value):
        raise InvalidArgument(
            f"header {name} holds the character {bad.group()!r} at {bad.start()}, which no header may"
        )
