"""From arguments to a request that can go out: all that can be refused is refused here, before a byte is sent."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from multidict import CIMultiDict
from yarl import URL

from ..errors import ConfigurationError, InvalidArgument
from ..options import UNSET, RequestOptions
from . import codings
from .codec import properties_of
from .credentials import COOKIE, QUERY
from .lazy import lazy_module
from .narrowing import is_mapping, is_model, is_sequence
from .operations import Headed, IdempotencyKey, Operation
from .parameters import check_header, cookie_text, header_text, path_text, query_text
from .writing import encode

if TYPE_CHECKING:
    from . import bodies
    from .bodies import Written
else:
    bodies = lazy_module(__name__, "bodies")  # loaded when a body is first sent that is not JSON

__all__ = [
    "base_headers",
    "checked_base_url",
    "encode_body",
    "request_headers",
    "request_url",
    "secret_values",
    "with_credentials",
    "with_key",
    "with_media",
    "with_query",
]

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
        # Its name is not shown: a secret may be a part of it.
        raise ConfigurationError(
            f"{source} is plain http to another machine: the key would travel unprotected; use https, "
            "or allow_insecure=True"
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
    if operation.body is not None and not operation.body.lower().startswith("multipart/"):
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
        text = header_text(operation, name, value)
        if name.lower() == "cookie":
            _add_cookies(merged, (text,))
        else:
            merged[name] = text
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
    """Return a URL with a key, already encoded, at the end of its query, unless the call says its name itself."""
    said = {unquote(pair.partition("=")[0]) for pair in url.raw_query_string.split("&")}
    text = "&".join(pair for pair in text.split("&") if unquote(pair.partition("=")[0]) not in said)
    if not text:
        return url
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


def encode_body(operation: Operation[Any], body: object) -> Written | bytes | None:
    """Return the body of a request: bytes, which a resend sends again, or these and the media type that they have."""
    if body is UNSET:
        return None
    media = operation.body or "application/json"
    if media == "application/json" and not operation.files:
        return encode(body)
    return bodies.written(operation, media, body)


def with_media(headers: CIMultiDict[str], media: str | None) -> CIMultiDict[str]:
    """Return headers for a body of another media type, or for none (None); they are not changed."""
    headers = headers.copy()
    if media is None:
        headers.popall("Content-Type", None)
    else:
        headers["Content-Type"] = media
    return headers


def secret_values(names: tuple[str, ...], *sources: object) -> list[str]:
    """Return the values of the named properties, at any depth of the sources."""
    found: list[str] = []
    for source in sources:
        if is_mapping(source):
            for name, value in source.items():
                found += _leaves(value) if name in names else secret_values(names, value)
        elif is_sequence(source):
            found += secret_values(names, *source)
        elif isinstance(source, Headed):
            found += secret_values(names, source.value, source.headers)
        elif is_model(source):
            found += secret_values(names, properties_of(source))
    return found


def _leaves(value: object) -> list[str]:
    """Return the texts in a value; true, false and null are no secrets."""
    if is_mapping(value):
        return [text for item in value.values() for text in _leaves(item)]
    if is_sequence(value):
        return [text for item in value for text in _leaves(item)]
    if isinstance(value, Headed):
        return _leaves(value.value)
    if is_model(value):
        return _leaves(properties_of(value))
    return [] if value is None or value is UNSET or isinstance(value, bool) else [str(value)]
