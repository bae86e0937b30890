"""What happened in the sandbox: every request that came, and every side effect that it had.

The ledger answers a test's question "was it executed exactly once?". It keeps the newest entries only, and no secret:
credentials, tokens and the like are blanked before anything is kept.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from attrs import field, frozen

from .checks import is_array, is_object

__all__ = ["Effect", "Ledger", "Request", "blanked"]

_HIDDEN: Final = "***"
_SECRET_NAMES: Final = frozenset(
    {
        "access_token",
        "accesstoken",
        "aitokenid",
        "api_key",
        "apikey",
        "authentication",
        "authorization",
        "authorization_token",
        "cookie",
        "password",
        "proxy-authorization",
        "refonte-ai--callback-auth",
        "refonte.ai-callback-auth",
        "secret",
        "token",
        "uid",
        "x-api-key",
    }
)
#: Addresses that someone listens at; their path or query may be the only guard there is.
_ADDRESS_NAMES: Final = frozenset({"callback", "callback_url", "webhook_url"})
_QUERY_VALUE: Final = re.compile(r"(?<=[?&])([^=&#]+)=([^&#]*)")
_DEEPEST: Final = 32


@frozen
class Request:
    """A request and how it was answered.

    `path` is as it came on the wire, without the API's prefix; `body` the JSON body, None where there was none, where
    it could not be read, and where it was larger than the ledger keeps (`size` says so). `key` is the idempotency key
    that the request carried. `fault` says that the answer was a fault, so the API never saw the request. `at` is the
    sandbox's time in unix seconds, `seconds` how long the answer took.
    """

    number: int
    at: float
    api: str
    operation: str
    method: str
    path: str
    headers: Mapping[str, str] = field(repr=False)
    body: Any
    size: int
    key: str | None
    status: int
    fault: bool
    seconds: float


@frozen
class Effect:
    """Something that an API did: `itsm.tickets.create` executed, a session made, a callback sent.

    `subject` is what it was done to, `key` the idempotency key under which, `detail` whatever else there is to say.
    """

    number: int
    at: float
    api: str
    name: str
    subject: str
    key: str | None
    detail: Mapping[str, Any]


class Ledger:
    """Keep the newest `size` requests and the newest `size` effects; count all of them."""

    #: Larger bodies than this many bytes are not kept.
    largest_body: Final = 16 * 1024

    def __init__(self, size: int = 1000) -> None:
        self._requests: deque[Request] = deque(maxlen=size)
        self._effects: deque[Effect] = deque(maxlen=size)
        self._request_count = 0
        self._effect_count = 0

    @property
    def request_count(self) -> int:
        """How many requests came, those that were dropped included."""
        return self._request_count

    @property
    def effect_count(self) -> int:
        """How many side effects there were, those that were dropped included."""
        return self._effect_count

    def requests(
        self, api: str | None = None, operation: str | None = None, *, key: str | None = None
    ) -> list[Request]:
        """Return the kept requests, oldest first, of one API, one operation, one idempotency key."""
        return [
            request
            for request in self._requests
            if api in (None, request.api) and operation in (None, request.operation) and key in (None, request.key)
        ]

    def effects(self, api: str | None = None, name: str | None = None, *, key: str | None = None) -> list[Effect]:
        """Return the kept side effects, oldest first, of one API, one name, one idempotency key."""
        return [
            effect
            for effect in self._effects
            if api in (None, effect.api) and name in (None, effect.name) and key in (None, effect.key)
        ]

    def clear(self) -> None:
        """Forget everything, the counts too."""
        self._requests.clear()
        self._effects.clear()
        self._request_count = self._effect_count = 0

    def note_request(
        self,
        *,
        at: float,
        api: str,
        operation: str,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: object,
        size: int,
        status: int,
        fault: bool,
        seconds: float,
    ) -> None:
        """Write down a request, without its secrets."""
        self._request_count += 1
        key = _key_of(headers, body)
        credentials = _credentials(headers)
        self._requests.append(
            Request(
                number=self._request_count,
                at=at,
                api=api,
                operation=operation,
                method=method,
                path=_without(credentials, _QUERY_VALUE.sub(_blank_query, path)),
                headers={
                    name: value if name.lower() not in _SECRET_NAMES else _HIDDEN for name, value in headers.items()
                },
                body=blanked(body, credentials) if size <= self.largest_body else None,
                size=size,
                key=key,
                status=status,
                fault=fault,
                seconds=seconds,
            )
        )

    def note_effect(
        self, *, at: float, api: str, name: str, subject: str, key: str | None = None, detail: Mapping[str, object]
    ) -> None:
        """Write down a side effect, without its secrets."""
        self._effect_count += 1
        self._effects.append(Effect(self._effect_count, at, api, name, subject, key, blanked(dict(detail))))


def blanked(value: Any, secrets: tuple[str, ...] = ()) -> Any:
    """Return a JSON value with `***` for what is secret by its name, and wherever one of `secrets` stands in a string.

    Of an address that someone listens at, only the origin is left.
    """
    return _blanked(value, secrets, _DEEPEST)


def _blanked(value: Any, secrets: tuple[str, ...], depth: int) -> Any:
    if isinstance(value, str):
        return _without(secrets, value)
    if not depth and isinstance(value, dict | list):
        return "…"
    if is_array(value):
        return [_blanked(item, secrets, depth - 1) for item in value]
    if is_object(value):
        return {name: _blanked_property(name, item, secrets, depth - 1) for name, item in value.items()}
    return value


def _blanked_property(name: str, value: Any, secrets: tuple[str, ...], depth: int) -> Any:
    if value is None:
        return None
    if name.lower() in _SECRET_NAMES:
        return _HIDDEN
    if name.lower() in _ADDRESS_NAMES and isinstance(value, str):
        return _origin(value)
    return _blanked(value, secrets, depth)


def _origin(address: str) -> str:
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError:
        return _HIDDEN
    return f"{parts.scheme}://{host}{f':{port}' if port else ''}/{_HIDDEN}" if host else _HIDDEN


def _blank_query(match: re.Match[str]) -> str:
    return f"{match[1]}={_HIDDEN}" if match[1].lower() in _SECRET_NAMES else match[0]


def _credentials(headers: Mapping[str, str]) -> tuple[str, ...]:
    """Return the last word of each header with credentials: the key, without the name of its scheme."""
    values = (headers.get("Authorization", ""), headers.get("Authentication", ""))
    return tuple(value.split()[-1] for value in values if value.strip())


def _without(secrets: tuple[str, ...], text: str) -> str:
    for secret in secrets:
        text = text.replace(secret, _HIDDEN)
    return text


def _key_of(headers: Mapping[str, str], body: object) -> str | None:
    """Return the idempotency key of a request, wherever one of the APIs has it."""
    named = body if is_object(body) else dict[str, Any]()
    key = named.get("idempotency_key") or named.get("unique_id") or headers.get("Idempotency-Key")
    return key if isinstance(key, str) else None
