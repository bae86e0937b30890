"""The seam between a receiver and what keeps its events.

A receiver knows a store by the protocol below and nothing else of it; a store knows receivers by theirs. So neither
loads the other, and a store of one's own needs no base class.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any, NoReturn, Protocol

import msgspec
from attrs import field, frozen

__all__ = ["Letter", "LetterHandler", "Store", "digest"]


@frozen(kw_only=True)
class Letter:
    """An event as it is stored: what came and when, no header and no secret.

    `kind` is the event's name in the spec, empty for an unknown one; it is for people, because whoever handles a letter
    decodes `body` anew. `digest` tells duplicates (see `digest`). Letters of one receiver with the same `order_key` are
    handled one after the other, in the order in which they came; None asks for no order. `received_at` is in Unix
    seconds. `verified` is False where nothing but a path, or nothing at all, says who sent it.
    """

    receiver: str
    kind: str
    body: bytes = field(repr=False)
    digest: bytes
    order_key: str | None = None
    received_at: float
    verified: bool


class LetterHandler(Protocol):
    """What a store calls: a receiver."""

    @property
    def name(self) -> str:
        """Return the name under which letters are stored."""
        ...

    async def handle(self, letter: Letter, transaction: Any = None) -> None:
        """Decode a letter's body and run its handler; raise whatever the handler raises.

        `transaction` goes to handlers with two parameters.
        """
        ...


class Store(Protocol):
    """What keeps letters until they are handled."""

    def bind(self, receiver: LetterHandler) -> None:
        """Remember who handles the letters under `receiver.name`; raise ConfigurationError for a name that is taken."""
        ...

    async def put(self, letter: Letter) -> None:
        """Return when a letter is durably stored, or recognised as a duplicate of one that is; raise where it is not.

        The sender is told that it arrived only after that.
        """
        ...


class _AmbiguousError(Exception):
    """A body that canonical JSON would lose something of."""


def _literal(text: str) -> msgspec.Raw:
    return msgspec.Raw(text.encode())


def _refuse(_: str) -> NoReturn:
    raise _AmbiguousError


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _AmbiguousError
    return found


# Numbers stay as they were written: 1 and 1.0 may mean different things, and no float may round two into one.
_decode = json.JSONDecoder(
    object_pairs_hook=_distinct, parse_float=_literal, parse_int=_literal, parse_constant=_refuse
).decode
_encode = msgspec.json.Encoder(order="sorted").encode


def digest(receiver: str, body: bytes) -> bytes:
    """Return the 32 bytes by which duplicates are told: of the receiver's name and the body as canonical JSON.

    Bodies that differ in the order of properties, in white space between tokens, and in how strings are escaped are the
    same; any others differ. Where the canonical form would lose something (a property twice, half a surrogate pair, a
    body that is not JSON or nested too deeply) the bytes themselves count.
    """
    try:
        form, content = b"json", _encode(_decode(body.decode()))
    except (_AmbiguousError, ValueError, RecursionError):  # what is no UTF-8 or no JSON is a ValueError too
        form, content = b"raw", body
    # The name's length comes first, so that no name can run into what follows.
    name = receiver.encode("utf-8", "surrogatepass")
    return hashlib.sha256(b"%d:%b%b:" % (len(name), name, form) + content).digest()
