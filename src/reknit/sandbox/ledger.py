"""What happened in the sandbox: every request that came, and every side effect that it had.

The ledger answers a test's question "was it executed exactly once?". It keeps the newest entries only, and shows no
secret: credentials, tokens and the like are blanked. Bodies are kept as they came and read only when someone looks, so
that keeping them costs nothing.
"""

from __future__ import annotations

import base64
import json
import re
from collections import OrderedDict, deque
from collections.abc import Callable, Mapping
from typing import Any, Final, Literal
from urllib.parse import urlsplit

from attrs import field, frozen

from .wire import Json, is_array, is_object

__all__ = ["Change", "Effect", "Event", "Ledger", "Request", "blanked"]

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
#: For so many idempotency keys it is counted how often they came.
_COUNTED_KEYS: Final = 10_000


@frozen(kw_only=True)
class Request:
    """A request and how it was answered.

    `path` is as it came on the wire, without the API's prefix; `body` the JSON body, None where there was none, where
    it could not be read, and where it was larger than the ledger keeps (`size` says so). `key` is the idempotency key
    that the request carried, `attempt` the how manieth request with it this is. `fault` is the kind of fault that it
    met, if any, and `status` 0 where a fault let no status out. `at` is the sandbox's time in unix seconds, `seconds`
    how long the answer took, what a fault holds it back included.
    """

    number: int
    at: float
    api: str
    operation: str
    method: str
    path: str
    size: int
    key: str | None
    attempt: int | None
    status: int
    fault: str | None
    seconds: float
    answer_headers: Mapping[str, str] = field(repr=False)
    _headers: Mapping[str, str] = field(repr=False, alias="headers")
    _raw: bytes | None = field(repr=False, alias="raw")
    _answer_raw: bytes | None = field(repr=False, alias="answer_raw")

    @property
    def headers(self) -> Mapping[str, str]:
        """The request's headers, without what is secret in them."""
        return {name: value if name.lower() not in _SECRET_NAMES else _HIDDEN for name, value in self._headers.items()}

    @property
    def body(self) -> Any:
        """The request's JSON body, without what is secret in it."""
        return blanked(_read(self._raw), _credentials(self._headers))

    @property
    def answer_body(self) -> Any:
        """The answer's JSON body, without what is secret in it; None where there was none, no JSON, or too much."""
        return blanked(_read(self._answer_raw), _credentials(self._headers))

    def public(self) -> Json:
        """Return the entry as JSON."""
        return {
            "number": self.number,
            "at": self.at,
            "api": self.api,
            "operation": self.operation,
            "method": self.method,
            "path": self.path,
            "headers": self.headers,
            "body": self.body,
            "size": self.size,
            "key": self.key,
            "attempt": self.attempt,
            "status": self.status,
            "fault": self.fault,
            "seconds": self.seconds,
            "answer_headers": dict(self.answer_headers),
            "answer_body": self.answer_body,
        }


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

    def public(self) -> Json:
        """Return the entry as JSON."""
        return {
            "number": self.number,
            "at": self.at,
            "api": self.api,
            "name": self.name,
            "subject": self.subject,
            "key": self.key,
            "detail": dict(self.detail),
        }


@frozen
class Change:
    """Something of the sandbox itself changed, such as its faults or its clock: look again."""

    name: str

    def public(self) -> Json:
        """Return the entry as JSON."""
        return {"name": self.name}


@frozen
class Event:
    """An entry with its place in the one series of all of them."""

    id: int
    kind: Literal["request", "effect", "change"]
    entry: Request | Effect | Change

    def public(self) -> Json:
        """Return the event as JSON."""
        return {"id": self.id, "kind": self.kind, "entry": self.entry.public()}


class Ledger:
    """Keep the newest `size` requests and the newest `size` effects; count all of them."""

    #: Larger bodies than this many bytes are not kept.
    largest_body: Final = 16 * 1024

    def __init__(self, size: int = 1000) -> None:
        self._requests: deque[Request] = deque(maxlen=size)
        self._effects: deque[Effect] = deque(maxlen=size)
        self._events: deque[Event] = deque(maxlen=size)
        self._attempts: OrderedDict[tuple[str, str], int] = OrderedDict()
        self._subscribers: list[Callable[[Event], None]] = []
        self._request_count = 0
        self._effect_count = 0
        self._event_count = 0

    @property
    def request_count(self) -> int:
        """How many requests came, those that were dropped included."""
        return self._request_count

    @property
    def effect_count(self) -> int:
        """How many side effects there were, those that were dropped included."""
        return self._effect_count

    @property
    def last_event(self) -> int:
        """The id of the newest event, 0 before the first."""
        return self._event_count

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

    def events(self, after: int = 0) -> list[Event]:
        """Return the kept events that came after one, oldest first."""
        return [event for event in self._events if event.id > after]

    def subscribe(self, callback: Callable[[Event], None]) -> Callable[[], None]:
        """Call `callback` with every event from now on, at once; the function that is returned ends that."""
        self._subscribers.append(callback)

        def unsubscribe() -> None:
            if callback in self._subscribers:
                self._subscribers.remove(callback)

        return unsubscribe

    def clear(self) -> None:
        """Forget everything, the counts too; ids of events go on."""
        self._requests.clear()
        self._effects.clear()
        self._events.clear()
        self._attempts.clear()
        self._request_count = self._effect_count = 0
        self.note_change("ledger")

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
        raw: bytes,
        size: int,
        status: int,
        fault: str | None,
        seconds: float,
        answer_headers: Mapping[str, str],
        answer: bytes | None,
    ) -> None:
        """Write down a request. `body` is what `raw` holds, where it could be read; `answer` the JSON that went out."""
        self._request_count += 1
        key = _key_of(headers, body)
        request = Request(
            number=self._request_count,
            at=at,
            api=api,
            operation=operation,
            method=method,
            path=_without(_credentials(headers), _QUERY_VALUE.sub(_blank_query, path)),
            headers=headers,
            raw=raw if body is not None and size <= self.largest_body else None,
            size=size,
            key=key,
            attempt=self._attempt(api, key) if key is not None else None,
            status=status,
            fault=fault,
            seconds=seconds,
            answer_headers=answer_headers,
            answer_raw=answer if answer is not None and len(answer) <= self.largest_body else None,
        )
        self._requests.append(request)
        self._tell("request", request)

    def note_effect(
        self, *, at: float, api: str, name: str, subject: str, key: str | None = None, detail: Mapping[str, object]
    ) -> None:
        """Write down a side effect, without its secrets."""
        self._effect_count += 1
        effect = Effect(self._effect_count, at, api, name, subject, key, blanked(dict(detail)))
        self._effects.append(effect)
        self._tell("effect", effect)

    def note_change(self, name: str) -> None:
        """Tell those who listen that something of the sandbox itself changed."""
        self._tell("change", Change(name))

    def _attempt(self, api: str, key: str) -> int:
        attempt = self._attempts.pop((api, key), 0) + 1
        self._attempts[api, key] = attempt
        if len(self._attempts) > _COUNTED_KEYS:
            self._attempts.popitem(last=False)
        return attempt

    def _tell(self, kind: Literal["request", "effect", "change"], entry: Request | Effect | Change) -> None:
        self._event_count += 1
        event = Event(self._event_count, kind, entry)
        self._events.append(event)
        for callback in (*self._subscribers,):
            callback(event)


def _read(raw: bytes | None) -> Any:
    try:
        return json.loads(raw) if raw else None
    except (ValueError, RecursionError):
        return None


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
        return {
            _without(secrets, name): _blanked_property(name, item, secrets, depth - 1) for name, item in value.items()
        }
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
    """Return the last word of each header with credentials, without the name of its scheme, and what it encodes."""
    values = (headers.get("Authorization", ""), headers.get("Authentication", ""))
    words = [value.split() for value in values if value.strip()]
    keys = [_user(found[-1]) for found in words if found[0].lower() == "basic"]
    return (*(key for key in keys if key), *(found[-1] for found in words))


def _user(encoded: str) -> str:
    """Return the user of Basic credentials: the key, where a key has no password."""
    try:
        return base64.b64decode(encoded).decode().partition(":")[0]
    except ValueError:
        return ""


def _without(secrets: tuple[str, ...], text: str) -> str:
    for secret in secrets:
        text = text.replace(secret, _HIDDEN)
    return text


def _key_of(headers: Mapping[str, str], body: object) -> str | None:
    """Return the idempotency key of a request, wherever one of the APIs has it."""
    named = body if is_object(body) else dict[str, Any]()
    key = named.get("idempotency_key") or named.get("unique_id") or headers.get("Idempotency-Key")
    return key if isinstance(key, str) else None
