"""Bodies that are not JSON: forms, parts, lines, text and files. Loaded at the first use: most APIs take JSON alone.

Files are read whole and a body is made once, so that a resend sends the same bytes.
"""

from __future__ import annotations

import mimetypes
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, TypeGuard
from urllib.parse import quote_plus, unquote

from msgspec import Struct

from ..errors import InvalidArgument
from .narrowing import is_array, is_mapping, is_model, is_sequence
from .operations import Headed, Operation
from .parameters import header_text, inner_text, query_pairs
from .writing import encode, sent_properties

__all__ = ["Written", "essence", "written"]

_FORM = "application/x-www-form-urlencoded"
_OCTETS = "application/octet-stream"
_TEXT = "text/plain; charset=utf-8"
_LINES = frozenset({
    "application/json-seq",
    "application/jsonl",
    "application/jsonlines",
    "application/ndjson",
    "application/stream+json",
    "application/x-jsonlines",
    "application/x-ndjson",
})  # fmt: skip
_CHARSET = re.compile(r";\s*charset\s*=\s*\"?([^\s;\"]+)", re.IGNORECASE)
_BOUNDARY = re.compile(r"\s*;\s*boundary\s*=\s*(\"[^\"]*\"|[^\s;]+)", re.IGNORECASE)
_MEDIA = re.compile(r"[!-~]+/[ -~]+")
_BAD_IN_NAME = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


class Written(Struct, frozen=True):
    """A body that goes as another media type than its operation names: with a boundary, a charset or a file's type."""

    content: bytes
    media: str


class _File(Struct, frozen=True):
    """A file that was given: its bytes, and what was said of them."""

    content: bytes
    name: str | None = None
    media: str | None = None


def essence(media: str) -> str:
    """Return a media type without its parameters."""
    return media.partition(";")[0].strip().lower()


def written(operation: Operation[Any], media: str, body: object) -> Written | bytes:
    """Return a body as its operation's media type has it; raise InvalidArgument where it cannot be written so."""
    kind = essence(media)
    if kind == _FORM:
        return _form(operation, body)
    if kind.startswith("multipart/"):
        return _multipart(operation, media, kind, body)
    if kind in _LINES and is_array(body):
        return _lines(kind, body)
    if _is_json(kind) and kind not in _LINES and not operation.files:
        return encode(body)
    return _whole(operation, media, body)


def _is_json(kind: str) -> bool:
    return kind in ("application/json", "text/json") or kind.endswith("+json")


def _lines(kind: str, body: Iterable[Any]) -> bytes:
    # RFC 7464 begins each text of a sequence with a mark; the others know no more than the end of a line.
    mark = b"\x1e" if kind == "application/json-seq" else b""
    return b"".join(mark + encode(item, f"the body[{index}]") + b"\n" for index, item in enumerate(body))


def _whole(operation: Operation[Any], media: str, body: object) -> Written | bytes:
    """Return a body that is text or one file."""
    if isinstance(body, str):
        content, sent = _text("the body", body, media)
    elif (file := _file("the body", body)) is not None:
        content, sent = file.content, _media_of(file, (media, *operation.others))
    else:
        raise InvalidArgument(f"the body must be text, bytes or a file for {media}, not {type(body).__name__}")
    return content if sent == media else Written(content, sent)


def _text(what: str, text: str, media: str) -> tuple[bytes, str]:
    """Return text in the charset that its media type names, and the media type, which names one where it must."""
    charset = _CHARSET.search(media)
    if charset is None and not text.isascii() and media.lower().startswith("text/"):
        media = f"{media}; charset=utf-8"
    try:
        return text.encode(charset[1] if charset else "utf-8"), media
    except LookupError:
        raise InvalidArgument(f"{what} cannot be written in {media}: nobody here knows that charset") from None
    except UnicodeError:  # not the one of encoding alone: a charset may be `idna` or `undefined`
        if charset is None or charset[1].lower() in ("utf-8", "utf8"):
            raise InvalidArgument(f"{what} holds a lone surrogate and is not text that UTF-8 can carry") from None
        raise InvalidArgument(f"{what} holds characters that {media} cannot carry; give bytes") from None


# --- files -----------------------------------------------------------------------------------------------------------


def is_bytes(value: object) -> TypeGuard[bytes | bytearray]:
    """Return whether a value is bytes of some kind."""
    return isinstance(value, bytes | bytearray | memoryview)


def is_path(value: object) -> TypeGuard[os.PathLike[str]]:
    """Return whether a value is a path."""
    return isinstance(value, os.PathLike)


def is_named(value: object) -> TypeGuard[tuple[str, Any] | tuple[str, Any, str]]:
    """Return whether a value is a file with its name, and perhaps its media type."""
    if not is_sequence(value) or isinstance(value, list) or not value or not isinstance(value[0], str):
        return False
    return len(value) == 2 or (len(value) == 3 and isinstance(value[2], str) and "/" in value[2])


def _file(what: str, value: Any) -> _File | None:
    """Return a file that was given, read whole, or None where a value is none."""
    name: str | None = None
    media: str | None = None
    content: Any = value
    if is_named(value):
        name, content, media = value if len(value) == 3 else (*value, None)
        if _BAD_IN_NAME.search(name):
            raise InvalidArgument(f"the file name of {what} holds a line break")
        if media is not None and not _MEDIA.fullmatch(media):
            raise InvalidArgument(f"{media!r} is no media type for {what}")
        if isinstance(content, str) and media is not None:
            return _File(_text(what, content, media)[0], name, media)
    if is_path(content):
        path = Path(os.fsdecode(content))
        try:
            return _File(path.read_bytes(), path.name if name is None else name, media)
        except (OSError, ValueError) as error:  # the latter: a path with a NUL
            reason = error.strerror if isinstance(error, OSError) else error
            raise InvalidArgument(f"{what}: cannot read {path.name!r}: {reason}") from None
    if hasattr(content, "read"):
        own = getattr(content, "name", None)
        if name is None and isinstance(own, str):
            name = Path(own).name
        return _File(_read(what, content), name, media)
    if is_bytes(content):
        return _File(bytes(content), name, media)
    if name is not None:
        raise InvalidArgument(f"the content of file {what} must be bytes, a path or an open binary file")
    return None


def _read(what: str, file: Any) -> bytes:
    try:
        content = file.read()
    except (OSError, ValueError) as error:
        raise InvalidArgument(f"{what}: cannot read the file: {error}") from None
    if not isinstance(content, bytes):
        raise InvalidArgument(f"{what} must be a file opened in binary mode")
    return content


@cache
def _types() -> mimetypes.MimeTypes:
    """Return the media types of file names that Python knows: what a machine knows besides differs."""
    return mimetypes.MimeTypes()


def _media_of(file: _File, stated: tuple[str, ...]) -> str:
    """Return what a file is sent as: what its caller says, what its name says if that is stated, else the first.

    A range is what is said of bytes of which nothing more is known; `*/*` says nothing and is not sent.
    """
    if file.media is not None:
        return file.media
    guess = _types().guess_type(file.name, strict=False)[0] if file.name else None
    for media in stated:
        if guess is not None and _is_among(guess, essence(media)):
            return guess if "*" in media else media
    return _OCTETS if essence(stated[0]) in ("*/*", "application/*") else stated[0]


def _is_among(media: str, range_: str) -> bool:
    return range_ in (media, "*/*") or (range_.endswith("/*") and media.startswith(range_[:-1]))


# --- forms -----------------------------------------------------------------------------------------------------------


def _mapping(body: object) -> Mapping[str, Any]:
    if is_model(body):
        return sent_properties(body)
    if not is_mapping(body):
        raise InvalidArgument(f"the body must be a mapping of fields, not {type(body).__name__}")
    return body


def _items(value: object) -> list[Any]:
    """Return the values of a property of a form: a list has one for each of its items."""
    return value if is_array(value) else [value]


def _stated(operation: Operation[Any], name: str) -> tuple[str, ...]:
    """Return the media types that a part may have."""
    text = operation.parts.get(name, "")
    return tuple(part.strip() for part in text.split(",")) if text else ()


def _form(operation: Operation[Any], body: object) -> bytes:
    pairs: list[tuple[str, str]] = []
    for name, value in _mapping(body).items():
        if style := operation.styles.get(f"body:{name}"):
            pairs += query_pairs(name, value, style)
            continue
        stated = _stated(operation, name)
        as_json = bool(stated) and _is_json(essence(stated[0]))
        for item in _items(value):
            text = encode(item, name).decode() if as_json else _utf8(name, inner_text(name, item))
            pairs.append((quote_plus(name), quote_plus(text)))
    return "&".join(f"{name}={text}" for name, text in pairs).encode()


def _utf8(name: str, text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise InvalidArgument(f"{name} holds a lone surrogate and is not text that UTF-8 can carry") from None
    return text


def _multipart(operation: Operation[Any], media: str, kind: str, body: object) -> Written:
    """Return a body of parts: named ones from a mapping, in its order; nameless ones from a list, but not in a form."""
    if is_sequence(body) and kind != "multipart/form-data":
        parts = [_part(operation, None, item) for item in body]
    else:
        parts = [part for name, value in _mapping(body).items() for part in _parts(operation, name, value)]
    boundary = os.urandom(16).hex()
    content = b"".join(
        b"--%s\r\n%s\r\n\r\n%s\r\n" % (boundary.encode(), "\r\n".join(part.headers).encode(), part.content)
        for part in parts
    )
    sent = f"{_BOUNDARY.sub('', media)}; boundary={boundary}"
    if kind == "multipart/related" and parts and "type=" not in media:
        sent += f'; type="{essence(parts[0].media)}"'  # RFC 2387 §3.1: that of the root
    return Written(b"%s--%s--\r\n" % (content, boundary.encode()), sent)


class _Part(Struct, frozen=True):
    """A part of a multipart body, ready to be sent."""

    content: bytes
    media: str
    headers: list[str]


def _parts(operation: Operation[Any], name: str, value: Any) -> Iterator[_Part]:
    """Yield the parts of one property: a list has one for each of its items."""
    if style := operation.styles.get(f"body:{name}"):
        for key, item in query_pairs(name, value, style):
            yield _written_part(unquote(key), None, unquote(item).encode(), _TEXT, {})
        return
    extra: Mapping[str, str] = {}
    if isinstance(value, Headed):
        extra = {key: header_text(operation, key, item, "part") for key, item in value.headers.items()}
        value = value.value
    for item in _items(value):
        # A file that is null is not there: no part can say that it holds none.
        if item is not None or name not in operation.files:
            yield _part(operation, name, item, extra)


_NO_HEADERS: Mapping[str, str] = {}


def _part(operation: Operation[Any], name: str | None, value: Any, extra: Mapping[str, str] = _NO_HEADERS) -> _Part:
    """Return one part: a file, JSON for an object or where it is stated, else text."""
    what = "a part" if name is None else name
    stated = () if name is None else _stated(operation, name)
    file = _file(what, value)
    if file is not None:
        media = _media_of(file, stated or (_OCTETS,))
        return _written_part(name, file.name or name, file.content, media, extra)
    if name in operation.files:
        raise InvalidArgument(
            f"{name} is a file: give its bytes, a pathlib.Path, an open binary file, or (name, one of these), "
            f"not {type(value).__name__}"
        )
    if stated:
        media = stated[0]
    else:
        media = "application/json" if is_mapping(value) or is_model(value) or is_sequence(value) else _TEXT
    if _is_json(essence(media)):
        return _written_part(name, None, encode(value, what), media, extra)
    content, media = _text(what, inner_text(what, value), media)
    return _written_part(name, None, content, media, extra)


def _written_part(
    name: str | None, filename: str | None, content: bytes, media: str, extra: Mapping[str, str]
) -> _Part:
    headers = [f"Content-Type: {media}", *(f"{key}: {value}" for key, value in extra.items())]
    if name is not None:
        file = "" if filename is None else f"; filename={_quoted(filename)}"
        headers.insert(0, f"Content-Disposition: form-data; name={_quoted(name)}{file}")
    elif filename is not None:
        headers.insert(0, f"Content-Disposition: attachment; filename={_quoted(filename)}")
    return _Part(content, media, headers)


def _quoted(name: str) -> str:
    """Return a name in quotes, in UTF-8 as RFC 7578 §5.1 has it."""
    if _BAD_IN_NAME.search(name):
        raise InvalidArgument(f"{name!r} holds a line break: no part can have that name")
    return '"' + re.sub(r'[\\"]', r"\\\g<0>", _utf8("the name of a part", name)) + '"'
