"""What a command says to the shell: exit codes that a script can act on.

They tell apart what a script would do next: ask a person, wait, correct the call, or look whether it was carried out.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Any, Self

from .. import errors
from ..errors import APIError, ReknitError, TransportError

__all__ = ["Exit", "Refusal", "exit_of", "facts_of"]


class Exit(IntEnum):
    """The exit codes of `reknit`, with what each of them says."""

    OK = 0, "it went well"
    FAILED = 1, "the API refused the call, or something else went wrong"
    USAGE = 2, "it could not begin: bad input, no key, a port in use; nothing was sent"
    APPROVAL = 3, "someone has to approve it; call again with the same idempotency key"
    CREDENTIALS = 4, "the key is missing, wrong or not allowed to do this (401, 403)"
    NOT_FOUND = 5, "there is no such thing (404)"
    CONFLICT = 6, "it collides with the present state or with an earlier call (409)"
    LIMITED = 7, "too many calls; the server asks for more patience than --timeout (429)"
    SERVER = 8, "the server failed (5xx)"
    UNSENT = 9, "no connection; nothing was sent, so it is safe to call again"
    UNANSWERED = 10, "no usable answer; the call may have been carried out"
    MISFIT = 11, "an answer came that does not fit the API's description"
    INTERRUPTED = 130, "interrupted by Ctrl-C"

    meaning: str

    def __new__(cls, value: int, meaning: str) -> Self:
        """Make a code with its meaning."""
        member = int.__new__(cls, value)
        member._value_ = value
        member.meaning = meaning
        return member


class Refusal(Exception):
    """What the user asked for cannot begin; its text is the one line that says why."""


#: The first class that an error is an instance of decides.
_CODES: tuple[tuple[type[ReknitError], Exit], ...] = (
    (errors.ConfigurationError, Exit.USAGE),
    (errors.InvalidArgument, Exit.USAGE),
    (errors.Unauthorized, Exit.CREDENTIALS),
    (errors.Forbidden, Exit.CREDENTIALS),
    (errors.NotFound, Exit.NOT_FOUND),
    (errors.Conflict, Exit.CONFLICT),
    (errors.RateLimited, Exit.LIMITED),
    (errors.ServerError, Exit.SERVER),
    (errors.DecodeError, Exit.MISFIT),
)


def exit_of(error: ReknitError) -> Exit:
    """Return the exit code of an error."""
    if isinstance(error, APIError) and type(error).__name__ == "ApprovalRequired":
        return Exit.APPROVAL
    if isinstance(error, TransportError):
        return Exit.UNANSWERED if error.sent else Exit.UNSENT
    return next((code for kind, code in _CODES if isinstance(error, kind)), Exit.FAILED)


def facts_of(error: ReknitError) -> dict[str, Any]:
    """Return what a program may want to know of an error, as JSON; what is not known is left out."""
    known = {
        "error": type(error).__name__,
        "exit_code": int(exit_of(error)),
        "operation": error.operation or None,
        "message": " ".join(str(error).split()),
        "attempts": len(error.attempts) or None,
    }
    names = ("status", "code", "details", "request_id", "idempotency_key", "retry_after", "sent", "path")
    known.update({name: getattr(error, name, None) for name in names})
    return {name: value for name, value in known.items() if value is not None and value != ""}
