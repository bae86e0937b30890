"""Requests that break on their way: what goes over the wire and how it ends, decided before anything is sent."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Final, Literal, TypeAlias

from attrs import frozen

__all__ = ["KINDS", "Broken", "broken"]

#: `reset` and `close` wait for nothing, `lost` for the first byte of an answer that nobody reads on, `answer` for one.
End: TypeAlias = Literal["reset", "close", "lost", "answer"]


@frozen(kw_only=True)
class Broken:
    """A request in pieces, the seconds after each, and how it ends. `answer` is the one status that may be told."""

    kind: str
    pieces: tuple[bytes, ...]
    end: End
    answer: int = 400
    pause: float = 0.0


@frozen
class _Request:
    headers: dict[str, str]
    body: bytes

    def head(self, more: int = 0) -> bytes:
        """Return the request's head, which announces so many bytes more than the body has."""
        lines = "".join(f"{name}: {value}\r\n" for name, value in self.headers.items())
        length = len(self.body) + more
        return f"POST /refonte HTTP/1.1\r\nHost: localhost\r\n{lines}Content-Length: {length}\r\n\r\n".encode()


_Make: TypeAlias = Callable[[str, _Request, random.Random], Broken]


def _before(kind: str, _: _Request, __: random.Random) -> Broken:
    return Broken(kind=kind, pieces=(), end="reset")


def _in_headers(kind: str, request: _Request, chance: random.Random) -> Broken:
    return Broken(kind=kind, pieces=(_cut(request.head(), chance),), end="reset")


def _in_body(kind: str, request: _Request, chance: random.Random) -> Broken:
    return Broken(kind=kind, pieces=(request.head() + _cut(request.body, chance),), end="reset")


def _after(kind: str, request: _Request, _: random.Random) -> Broken:
    return Broken(kind=kind, pieces=(request.head() + request.body,), end="reset")


def _lost(kind: str, request: _Request, _: random.Random) -> Broken:
    return Broken(kind=kind, pieces=(request.head() + request.body,), end="lost")


def _truncated(kind: str, request: _Request, chance: random.Random) -> Broken:
    return Broken(kind=kind, pieces=(request.head() + _cut(request.body, chance),), end="close")


def _too_long(kind: str, request: _Request, chance: random.Random) -> Broken:
    return Broken(kind=kind, pieces=(request.head(chance.randint(1, 99)) + request.body,), end="close")


def _too_short(kind: str, request: _Request, chance: random.Random) -> Broken:
    return Broken(kind=kind, pieces=(request.head(-chance.randint(1, 99)) + request.body,), end="answer")


def _trickled(kind: str, request: _Request, chance: random.Random) -> Broken:
    data = request.head() + request.body
    step = -(-len(data) // chance.randint(2, 20))
    pieces = tuple(data[start : start + step] for start in range(0, len(data), step))
    return Broken(kind=kind, pieces=pieces, end="answer", answer=200, pause=0.2 / len(pieces))


def _delayed(kind: str, request: _Request, _: random.Random) -> Broken:
    return Broken(kind=kind, pieces=(request.head(), request.body), end="answer", answer=200, pause=0.2)


def _cut(data: bytes, chance: random.Random) -> bytes:
    return data[: chance.randrange(1, len(data))]


KINDS: Final[dict[str, _Make]] = {
    "reset before": _before,
    "reset in headers": _in_headers,
    "reset in body": _in_body,
    "reset after": _after,
    "answer lost": _lost,
    "truncated": _truncated,
    "length too large": _too_long,
    "length too small": _too_short,
    "trickled": _trickled,
    "delayed": _delayed,
}


def broken(kind: str, headers: dict[str, str], body: bytes, chance: random.Random) -> Broken:
    """Return a request as this kind of fault leaves it."""
    return KINDS[kind](kind, _Request(headers, body), chance)
