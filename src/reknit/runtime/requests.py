"""From arguments to a request that can go out: all that can be refused is refused here, before a byte is sent."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import IO, Any, TypeGuard
from urllib.parse import quote_plus, unquote

from multidict import CIMultiDict
from yarl import URL

from ..errors import ConfigurationError, InvalidArgument
from ..options import UNSET, RequestOptions
from . import codings
from .codec import properties_of
from .credentials import COOKIE, QUERY
from .narrowing import is_array, is_mapping, is_model, is_sequence
from .operations import IdempotencyKey, Operation
from .parameters import check_header, cookie_text, header_text, path_text, query_pairs, query_text, scalar
from .transport import multipart
from .writing import encode, sent_properties

__all__ = [
    "base_headers",
    "checked_base_url",
    "encode_body",
    "request_headers",
    "request_url",
    "secret_values",
    "with_credentials",
    "with_key",
    "with_query",
]

_MULTIPART = "multipart/form-data"
_FRAMING = frozenset({
    "authorization",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "expect",
    "host",
    "keep-alive",
    "proxy-authorization",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
})  # fmt: skip


def checked_base_url(text: str, source: str, *, insecure: bool) -> str:
    """Return a base URL without a closing slash; raise ConfigurationError where keys should not go there.

    `source` is what it is called in errors; `insecure` allows plain http to any host, not to this machine alone.
    """
    try:
        url = URL(text)
        port = url.port
    except (ValueError, TypeError):
        raise ConfigurationError(f"{source} is not a URL") from None
    if url.scheme not in ("http", "https") or not url.host or port is None:
        raise ConfigurationError(f"{source} must be an http or https URL with a host, as in https://api.example.org/v1")
    if url.user is not None or url.password is not None or url.query_string or url.fragment:
        raise ConfigurationError(f"{source} must have neither credentials nor a query nor a fragment")
    if url.scheme == "http" and not insecure and not _is_loopback(url.host):
        raise ConfigurationError(
            f"{source} is plain http to {url.host}: the key would travel unprotected; use https, or allow_insecure=True"
        )
    return str(url).rstrip("/")


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def request_url(base: str, operation: Operation[Any], path: tuple[object, ...], query: Mapping[str, Any] | None) -> URL:
    """Return the URL of a request. It is encoded here and not again, so a literal colon stays one."""
    text = base + path_text(operation, path)
    if query and (written := query_text(operation, query)):
        text = f"{text}{'&' if '?' in operation.path else '?'}{written}"
    return _url(text)


@lru_cache(maxsize=256)
def _url(text: str) -> URL:
    return URL(text, encoded=True)


def base_headers(operation: Operation[Any], base_url: str, fixed: Mapping[str, str]) -> CIMultiDict[str]:
    """Return the headers that every request of an operation has, complete: aiohttp adds only those of the body."""
    media = sorted({name for answers in operation.answers.values() for name in answers})
    headers = CIMultiDict(
        {
            "Host": URL(base_url).host_port_subcomponent or "",
            "Accept": ", ".join(media) or "application/json",
            "Accept-Encoding": codings.ACCEPTED,
        }
    )
    if operation.body is not None and _essence(operation.body) != _MULTIPART:
        headers["Content-Type"] = operation.body
    headers.update(fixed)
    return headers


def request_headers(
    base: CIMultiDict[str],
    operation: Operation[Any],
    headers: Mapping[str, Any] | None,
    cookies: Mapping[str, Any] | None,
    options: RequestOptions | None,
) -> CIMultiDict[str]:
    """Return `base` with a call's own headers; it is not changed."""
    extra = options.headers if options is not None else None
    if not headers and not cookies and not extra:
        return base
    merged = base.copy()
    for name, value in (extra or {}).items():
        check_header(name, value)
        if name.lower() in _FRAMING:
            raise InvalidArgument(f"options.headers may not set {name}: it belongs to the client")
        if name.lower() == "cookie":
            _add_cookies(merged, (value,))
        else:
            merged[name] = value
    for name, value in (headers or {}).items():
        merged[name] = header_text(operation, name, value)
    if cookies:
        _add_cookies(merged, (cookie_text(operation, name, value) for name, value in cookies.items()))
    return merged


def _add_cookies(headers: CIMultiDict[str], cookies: Iterable[str]) -> None:
    """Put cookies behind those that are in `headers` (the key may be one)."""
    if written := "; ".join(filter(None, (headers.get("Cookie"), *cookies))):
        headers["Cookie"] = written


def with_credentials(
    headers: CIMultiDict[str], url: URL, credentials: Mapping[str, str]
) -> tuple[CIMultiDict[str], URL]:
    """Return headers and URL with what carries the key; they are not changed."""
    headers = headers.copy()
    for name, value in credentials.items():
        if name == QUERY:
            url = with_query(url, value)
        elif name == COOKIE:
            _add_cookies(headers, (value,))
        else:
            headers[name] = value
    return headers, url


def with_query(url: URL, text: str) -> URL:
    """Return a URL with more, already encoded, at the end of its query."""
    return URL(f"{url}{'&' if url.raw_query_string else '?'}{text}", encoded=True)


def check_key(key: object) -> str:
    """Return an idempotency key; raise InvalidArgument where it cannot serve as one."""
    if not isinstance(key, str) or not key.strip() or not key.isprintable():
        raise InvalidArgument(f"the idempotency key must be a printable string that is not empty, not {key!r}")
    return key


def with_key(place: IdempotencyKey, key: str | None, body: object, make: Callable[[], str]) -> str | None:
    """Return the key of a call: the caller's, or one that is made where the operation wants one."""
    if key is not None:
        return check_key(key)
    return make() if place.generate and not is_excused(place, body) else None


def is_excused(place: IdempotencyKey, body: object) -> bool:
    """Return whether a body says that nothing is to happen, so that its call needs no key."""
    return place.unless is not None and is_mapping(body) and body.get(place.unless) is True


def encode_body(operation: Operation[Any], body: object) -> Callable[[], Any] | bytes | None:
    """Return the body of a request: bytes, or a function that makes it anew for each attempt (multipart)."""
    if body is UNSET:
        return None
    media = operation.body or "application/json"
    if media == "application/json":
        return encode(body)
    essence = _essence(media)
    if essence == _MULTIPART:
        return multipart(list(_parts(operation, body)))
    if essence == "application/x-www-form-urlencoded":
        return _form(operation, body)
    if essence in ("application/json", "text/json") or essence.endswith("+json"):
        return encode(body)
    if isinstance(body, str):
        return _utf8("the body", body).encode()
    if is_bytes(body):
        return bytes(body)
    raise InvalidArgument(f"the body must be text or bytes for {media}, not {type(body).__name__}")


def _essence(media: str) -> str:
    """Return a media type without its parameters."""
    return media.partition(";")[0].strip().lower()


def _utf8(name: str, text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise InvalidArgument(f"{name} holds a lone surrogate and is not text that UTF-8 can carry") from None
    return text


def is_bytes(value: object) -> TypeGuard[bytes | bytearray]:
    """Return whether a value is bytes of some kind."""
    return isinstance(value, bytes | bytearray | memoryview)


def is_path(value: object) -> TypeGuard[os.PathLike[str]]:
    """Return whether a value is a path."""
    return isinstance(value, os.PathLike)


def is_named(value: object) -> TypeGuard[tuple[str, Any]]:
    """Return whether a value is a file with its name."""
    return is_sequence(value) and len(value) == 2 and isinstance(value, tuple) and isinstance(value[0], str)


def _mapping(body: object) -> Mapping[str, Any]:
    if is_model(body):
        return sent_properties(body)
    if not is_mapping(body):
        raise InvalidArgument(f"the body must be a mapping of fields, not {type(body).__name__}")
    return body


def _parts(operation: Operation[Any], body: object) -> Iterator[tuple[str, str | bytes, str | None]]:
    for name, value in _mapping(body).items():
        if style := operation.styles.get(f"body:{name}"):
            yield from ((unquote(key), unquote(item), None) for key, item in query_pairs(name, value, style))
        else:
            make = _file_part if name in operation.files else _part
            yield from (make(name, item) for item in _items(value))


def _form(operation: Operation[Any], body: object) -> bytes:
    pairs: list[tuple[str, str]] = []
    for name, value in _mapping(body).items():
        if style := operation.styles.get(f"body:{name}"):
            pairs += query_pairs(name, value, style)
        else:
            pairs += [(quote_plus(name), quote_plus(_form_text(name, item))) for item in _items(value)]
    return "&".join(f"{name}={text}" for name, text in pairs).encode()


def _items(value: object) -> list[Any]:
    """Return the values of a property of a form: a list has one for each of its items."""
    return value if is_array(value) else [value]


def _form_text(name: str, value: Any) -> str:
    if is_mapping(value) or is_sequence(value) or is_model(value):
        return encode(value).decode()
    return _utf8(name, scalar(name, value))


def _read(name: str, file: IO[Any]) -> bytes:
    try:
        content = file.read()
    except (OSError, ValueError) as error:
        raise InvalidArgument(f"{name}: cannot read the file: {error}") from None
    if not isinstance(content, bytes):
        raise InvalidArgument(f"{name} must be a file opened in binary mode")
    return content


def _file_part(name: str, value: Any) -> tuple[str, str | bytes, str | None]:
    """Do as `_part` does for a part that is a file: text would be sent as if it were what the file holds."""
    part = _part(name, value)
    if part[2] is None:
        raise InvalidArgument(
            f"{name} is a file: give its bytes, a pathlib.Path, an open binary file, or (name, one of these), "
            f"not {type(value).__name__}"
        )
    return part


def _part(name: str, value: Any) -> tuple[str, str | bytes, str | None]:
    """Return (field, content, file name). Files are read whole, so that a resend sends the same bytes."""
    filename: str | None = None
    if is_named(value):
        filename, value = value
        if any(letter in filename for letter in "\r\n\0"):
            raise InvalidArgument(f"the file name of {name} holds a line break")
    if is_path(value):
        path = Path(value)
        try:
            return name, path.read_bytes(), filename or path.name
        except OSError as error:
            raise InvalidArgument(f"{name}: cannot read {path.name}: {error.strerror}") from None
    if hasattr(value, "read"):
        own_name = getattr(value, "name", None)
        filename = filename or (Path(own_name).name if isinstance(own_name, str) else None)
        value = _read(name, value)
    if is_bytes(value):
        return name, bytes(value), filename or name
    if filename is not None:
        raise InvalidArgument(f"the content of file {name} must be bytes, a path or an open binary file")
    return name, _form_text(name, value), None


def secret_values(names: tuple[str, ...], *sources: object) -> list[str]:
    """Return the values of the named properties, at any depth of the sources."""
    found: list[str] = []
    for source in sources:
        if is_mapping(source):
            for name, value in source.items():
                found += _leaves(value) if name in names else secret_values(names, value)
        elif is_sequence(source):
            found += secret_values(names, *source)
        elif is_model(source):
            found += secret_values(names, properties_of(source))
    return found


def _leaves(value: object) -> list[str]:
    """Return the texts in a value; true, false and null are no secrets."""
    if is_mapping(value):
        return [text for item in value.values() for text in _leaves(item)]
    if is_sequence(value):
        return [text for item in value for text in _leaves(item)]
    if is_model(value):
        return _leaves(properties_of(value))
    return [] if value is None or value is UNSET or isinstance(value, bool) else [str(value)]
