"""Everything that a call can raise.

One tree for four APIs: callers catch the class that they can act on, and every error carries what an operator needs
to find the call again (operation, status, request id, idempotency key, attempts). The text of an error is one line and
holds no credential; errors survive pickling, so that they cross process pools and task queues.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from multidict import CIMultiDict, CIMultiDictProxy

if TYPE_CHECKING:
    from typing import Self

    from .runtime.attempts import Attempt

__all__ = [
    "APIError",
    "BodyTooLarge",
    "ClientClosed",
    "ConfigurationError",
    "Conflict",
    "ConnectFailed",
    "DeadlineExceeded",
    "DecodeError",
    "Forbidden",
    "InvalidArgument",
    "InvalidRequest",
    "NotFound",
    "PaymentRequired",
    "RateLimited",
    "ReknitError",
    "ServerError",
    "TransportError",
    "Unauthorized",
    "UnexpectedStatus",
]


def _restore(cls: type[ReknitError], message: str, state: dict[str, Any]) -> ReknitError:
    error = cls.__new__(cls, message)
    error.args = (message,)
    headers = state.get("headers")
    if headers is not None:
        state = {**state, "headers": CIMultiDictProxy(CIMultiDict(headers))}
    error.__dict__.update(state)
    return error


class ReknitError(Exception):
    """The root of everything that this library raises on purpose."""

    #: `<api>.<operation>`, as in `rezolve.tools.execute`; empty where no operation was concerned.
    operation: str = ""
    #: One entry per attempt of the call, oldest first.
    attempts: tuple[Attempt, ...] = ()

    @property
    def message(self) -> str:
        """Return the error's one line of text."""
        return str(self.args[0]) if self.args else ""

    def __reduce__(self) -> tuple[Any, ...]:
        # Names with an underscore hold live objects (the client behind `replay`), which stay on this side.
        state = {
            name: value for name, value in self.__dict__.items() if not name.startswith("_") or name == "__notes__"
        }
        if state.get("headers") is not None:
            state["headers"] = list(state["headers"].items())
        return _restore, (type(self), self.args[0] if self.args else "", state)

    def with_context(self, **context: object) -> Self:
        """Set attributes that the place of raising knows, and return the error."""
        self.__dict__.update(context)
        return self


class ConfigurationError(ReknitError):
    """The client cannot work as it was built: no key, a bad base URL, the wrong loop. Nothing was sent."""


class InvalidArgument(ReknitError, ValueError):
    """An argument cannot go on the wire. Nothing was sent."""


class ClientClosed(ReknitError):
    """The client was closed before or during the call."""


class TransportError(ReknitError):
    """Nothing usable came back.

    `sent` is False only where it is certain that no byte of the request left; then even an unsafe call may be repeated.
    """

    sent: bool = True
    idempotency_key: str | None = None


class ConnectFailed(TransportError):
    """No connection could be made (name resolution, refusal, TLS).

    `sent` is True all the same where an earlier attempt of the call had sent something.
    """

    sent: bool = False


class DeadlineExceeded(TransportError, TimeoutError):
    """The call's deadline passed without any answer.

    `retry_after` is the number of seconds that the server, when last heard, asked callers to wait; None if it did not.
    """

    retry_after: float | None = None


class DecodeError(ReknitError):
    """An answer came back and does not fit what the API documents.

    `raw` is the body as received, `path` the JSON path of the first misfit (`$.data[3].risk`), `$` for the whole.
    """

    raw: bytes = b""
    path: str = "$"
    status: int = 0
    headers: Mapping[str, str] | None = None
    request_id: str | None = None
    idempotency_key: str | None = None


class BodyTooLarge(DecodeError):
    """The decoded body is larger than the client's `max_body`; `raw` is empty."""


class APIError(ReknitError):
    """The API said no.

    `code` is the API's own short code where it has one; `details` whatever it sent beside the message; `raw` the body.
    `retry_after` is in seconds, None where the answer did not ask for a wait.
    """

    status: int = 0
    code: str | None = None
    details: Any = None
    request_id: str | None = None
    headers: Mapping[str, str] | None = None
    raw: bytes = b""
    retry_after: float | None = None
    idempotency_key: str | None = None

    @property
    def body(self) -> Any:
        """Return the body as the document describes it for this status, decoded now.

        Where it does not fit, or nothing is described, it is the plain JSON; None where it is not even that. So it is
        for an error that was pickled, which has left the description behind.
        """
        decode = self.__dict__.get("_body")
        if decode is not None:
            return decode()
        try:
            return json.loads(self.raw)
        except (ValueError, RecursionError):
            return None

    @property
    def header_values(self) -> Mapping[str, Any]:
        """Return the values of the documented headers that came, by name without case; none for a pickled error."""
        decode = self.__dict__.get("_header_values")
        return {} if decode is None else decode()

    @property
    def message(self) -> str:
        """Return the API's own sentence, scrubbed of credentials; the error's text where it sent none."""
        return str(self.__dict__.get("server_message") or super().message)


class InvalidRequest(APIError):
    """400 or 422: the request does not fit."""


class Unauthorized(APIError):
    """401: the credentials are missing, wrong or expired."""


class PaymentRequired(APIError):
    """402: the account's plan does not include this."""


class Forbidden(APIError):
    """403: the credentials do not permit this."""


class NotFound(APIError):
    """404: there is no such thing."""


class Conflict(APIError):
    """409: the request collides with the present state, or its idempotency key with an earlier request."""


class RateLimited(APIError):
    """429: too many requests.

    `limit`, `remaining` and `reset` (seconds from the answer) are what the headers said, None where they did not.
    """

    limit: int | None = None
    remaining: int | None = None
    reset: float | None = None


class ServerError(APIError):
    """5xx: the server failed."""


class UnexpectedStatus(APIError):
    """1xx, 3xx or another status that is neither a success nor an error. Redirects are never followed."""
