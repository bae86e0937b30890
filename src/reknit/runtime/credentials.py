"""How a key goes on the wire.

A scheme is a function from the key to headers (under `QUERY`, which is none, stands what a query carries); a credential
gives the headers of a call and knows whether it can renew itself. Keys are checked when they arrive: one with a line
break would otherwise end in the middle of a header.
"""

from __future__ import annotations

import inspect
from base64 import b64decode, b64encode
from collections.abc import Awaitable, Callable, Mapping
from typing import Literal, Protocol, TypeAlias
from urllib.parse import quote, unquote

from ..errors import ConfigurationError, InvalidArgument
from .parameters import check_cookie
from .secrets import Secret

__all__ = [
    "COOKIE",
    "QUERY",
    "ApiKey",
    "Basic",
    "Bearer",
    "Credential",
    "KeySource",
    "NoKey",
    "RotatingKey",
    "Scheme",
    "StaticKey",
    "checked_key",
    "parts_of",
]

#: A key, or a function (sync or async) that returns the key of the moment.
KeySource: TypeAlias = "str | Secret | Callable[[], str | Awaitable[str]]"
Scheme: TypeAlias = Callable[[str], Mapping[str, str]]
#: Where a scheme puts `name=value`, encoded, for the end of the query. No header has this name.
QUERY = "?"
COOKIE = "Cookie"


def checked_key(key: object, api: str, scheme: str = "") -> str:
    """Return `key` if a header can carry it; raise ConfigurationError (which never shows it).

    `scheme` names the one of several whose key it is; that of `api_key=` needs no name.
    """
    what = f"the key {scheme!r} of {api}" if scheme else f"the API key of {api}"
    if not isinstance(key, str):
        raise ConfigurationError(f"{what} must be a string, not {type(key).__name__}")
    if not key.strip():
        way = f"credentials={{{scheme!r}: …}}" if scheme else f"api_key= or set {api.upper()}_API_KEY"
        raise ConfigurationError(f"{what} is empty; pass {way}")
    if key != key.strip() or not all("\x20" <= letter <= "\x7e" for letter in key):
        raise ConfigurationError(f"{what} holds a line break or another character that no header may carry")
    return key


def Bearer() -> Scheme:  # noqa: N802 - reads as the name of the scheme where it is used
    """Send `Authorization: Bearer <key>` (RFC 6750)."""
    return lambda key: {"Authorization": f"Bearer {key}"}


def Basic() -> Scheme:  # noqa: N802
    """Send the key by HTTP Basic (RFC 7617): as `user:password`, without a colon as a user name without password."""
    return lambda key: {"Authorization": "Basic " + b64encode((key if ":" in key else f"{key}:").encode()).decode()}


def ApiKey(name: str, prefix: str = "", *, place: Literal["header", "query", "cookie"] = "header") -> Scheme:  # noqa: N802
    """Send the key as `name`, after `prefix` unless it already begins with it: a header, query parameter or cookie."""

    def scheme(key: str) -> Mapping[str, str]:
        value = key if prefix and key.lower().startswith(prefix.lower()) else prefix + key
        if place == "query":
            return {QUERY: f"{quote(name, safe='')}={quote(value, safe='')}"}
        if place == "cookie":
            try:
                check_cookie("the API key", value)
            except InvalidArgument as error:
                raise ConfigurationError(str(error)) from None
            return {COOKIE: f"{name}={value}"}
        return {name: value}

    return scheme


def parts_of(headers: Mapping[str, str]) -> tuple[str, ...]:
    """Return what must not be shown of what carries a key: all of a header, and what is behind the scheme's name."""
    found: list[str] = []
    for name, value in headers.items():
        found += (value, value.rpartition(" ")[2])
        if name in (QUERY, COOKIE):
            found += (unquote(pair.partition("=")[2]) for pair in value.split("&" if name == QUERY else "; "))
        elif value.startswith("Basic "):
            found.append(_password(value.removeprefix("Basic ")))
    return tuple(found)


def _password(credentials: str) -> str:
    try:
        return b64decode(credentials).decode().partition(":")[2]
    except ValueError:
        return ""


def _shown_nowhere(key: str, headers: Mapping[str, str]) -> tuple[str, ...]:
    return key, *parts_of(headers)


class Credential(Protocol):
    """What a call asks for its credentials."""

    #: The headers when they never change, None when `headers` has to be asked.
    fixed: Mapping[str, str] | None

    async def headers(self) -> Mapping[str, str]:
        """Return the headers of the next attempt."""
        ...

    async def renew(self, used: Mapping[str, str]) -> bool:
        """Renew what `used` carried after the API called it expired; return whether another attempt makes sense."""
        ...

    def secrets(self) -> tuple[str, ...]:
        """Return every string that must not be shown."""
        ...


class NoKey:
    """What an API asks for that asks for no key."""

    fixed: Mapping[str, str] | None = {}

    async def headers(self) -> Mapping[str, str]:
        """Return no headers."""
        return {}

    async def renew(self, used: Mapping[str, str]) -> bool:  # noqa: ARG002 - there is nothing to renew
        """Return False."""
        return False

    def secrets(self) -> tuple[str, ...]:
        """Return nothing: there is no secret."""
        return ()


class StaticKey:
    """A key that stays the same."""

    def __init__(self, key: str, scheme: Scheme) -> None:
        self._key = Secret(key)
        self.fixed: Mapping[str, str] | None = scheme(key)

    def __repr__(self) -> str:
        return "StaticKey()"

    async def headers(self) -> Mapping[str, str]:
        """Return the headers, always the same."""
        assert self.fixed is not None
        return self.fixed

    async def renew(self, used: Mapping[str, str]) -> bool:  # noqa: ARG002 - a key as it is cannot be renewed
        """Return False."""
        return False

    def secrets(self) -> tuple[str, ...]:
        """Return the key in its forms."""
        assert self.fixed is not None
        return _shown_nowhere(self._key.reveal(), self.fixed)


#: Forms of the last keys that stay blanked, a handful of each key.
_KEPT = 32


class RotatingKey:
    """A key that a function of the caller's returns, asked before every attempt."""

    fixed: Mapping[str, str] | None = None

    def __init__(self, source: Callable[[], str | Awaitable[str]], scheme: Scheme, api: str, name: str = "") -> None:
        self._source = source
        self._scheme = scheme
        self._api = api
        self._name = name
        self._seen: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return "RotatingKey()"

    async def headers(self) -> Mapping[str, str]:
        """Ask for the key of the moment; raise ConfigurationError for one that no header can carry."""
        given = self._source()
        key = checked_key(await given if inspect.isawaitable(given) else given, self._api, self._name)
        headers = self._scheme(key)
        if key not in self._seen:
            # The one before stays blanked too: answers to it may still be on their way.
            self._seen = (*_shown_nowhere(key, headers), *self._seen)[:_KEPT]
        return headers

    async def renew(self, used: Mapping[str, str]) -> bool:  # noqa: ARG002 - a key as it is cannot be renewed
        """Return False."""
        return False

    def secrets(self) -> tuple[str, ...]:
        """Return the last keys in their forms."""
        return self._seen
