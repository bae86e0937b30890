"""What a sender is told, and in whose words an operator hears of it.

A sender learns a status and a constant text, never what was wrong inside: who guesses keys or breaks bodies must not be
taught by the answers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from attrs import frozen
from msgspec import Struct

from ..errors import ReknitError

__all__ = [
    "CODED",
    "FAILED",
    "INCOMPLETE",
    "KEYLESS",
    "METHOD",
    "NOT_JSON",
    "NOT_STORED",
    "NO_JSON_TYPE",
    "OVERDUE",
    "SLOW",
    "STORED",
    "TAKEN",
    "TOO_LARGE",
    "UNHANDLED",
    "WRONG_KEY",
    "Answer",
    "CallbackAnswered",
    "ReceiverHook",
    "Refused",
]


@frozen
class Answer:
    """A status, the reason for it in a few constant words, and the headers that the status asks for."""

    status: int
    reason: str
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def body(self) -> bytes:
        """Return what is said to the sender; nothing where all is well."""
        return b"" if self.status < 300 else f"{self.reason}\n".encode()

    @property
    def is_refusal(self) -> bool:
        """Return whether the sender is at fault."""
        return 400 <= self.status < 500


_PLAIN = ("Content-Type", "text/plain; charset=utf-8")
#: RFC 9110, 11.6.1: a 401 names a way to authenticate, also where the way is a header of the vendor's own.
_CHALLENGE = ("WWW-Authenticate", 'Callback-Key realm="callbacks"')

TAKEN = Answer(204, "taken")
STORED = Answer(204, "stored")
#: Taken all the same: a sender cannot help it, and would come again with the same for a day.
UNHANDLED = Answer(204, "no handler")
NOT_JSON = Answer(400, "the body is not JSON", (_PLAIN,))
INCOMPLETE = Answer(400, "the body broke off", (_PLAIN,))
KEYLESS = Answer(401, "no key", (_PLAIN, _CHALLENGE))
WRONG_KEY = Answer(401, "wrong key", (_PLAIN, _CHALLENGE))
METHOD = Answer(405, "wrong method", (_PLAIN, ("Allow", "POST")))
SLOW = Answer(408, "the body took too long", (_PLAIN,))
TOO_LARGE = Answer(413, "the body is too large", (_PLAIN,))
CODED = Answer(415, "the body is compressed", (_PLAIN, ("Accept-Encoding", "identity")))
NO_JSON_TYPE = Answer(415, "the content type is not JSON's", (_PLAIN,))
FAILED = Answer(500, "the handler failed", (_PLAIN,))
OVERDUE = Answer(503, "the handler took too long", (_PLAIN,))
NOT_STORED = Answer(503, "the event could not be stored", (_PLAIN,))


class CallbackAnswered(Struct, frozen=True, gc=False):
    """A callback was answered with `status` after `seconds`; `reason` is one of few constant texts.

    `kind` is the event's name in the spec, empty where it was not looked at or is unknown.
    """

    receiver: str
    kind: str
    status: int
    reason: str
    seconds: float


ReceiverHook: TypeAlias = Callable[[CallbackAnswered], object]


class Refused(ReknitError):
    """What was given to `receiver.verify` is not a callback to act on; answer it with `status`."""

    status: int = 400
    reason: str = ""
