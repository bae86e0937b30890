"""Content codings undone within a bound: a few kilobytes of gzip can hold gigabytes.

Ours rather than aiohttp's, whose versions differ in how much of a bomb they unpack before anyone can stop them: 3 to
160 MiB where 1 MiB was the bound.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from typing import Any

__all__ = ["ACCEPTED", "Piecewise", "TooLarge", "Undecodable", "undone"]

#: What the client asks for, and what `undone` knows (RFC 9110 §8.4.1).
ACCEPTED = "gzip, deflate"

_GZIP = 16 + zlib.MAX_WBITS
_GZIP_MAGIC = b"\x1f\x8b"
_MOST_CODINGS = 4


class TooLarge(Exception):
    """There is more than the bound admits."""


class Undecodable(Exception):
    """The bytes are not what their coding says, or nobody asked for it."""


def undone(raw: bytes, codings: str, limit: int) -> bytes:
    """Return `raw` without the codings of a `Content-Encoding` header, at most `limit` bytes.

    Raises TooLarge or Undecodable.
    """
    for gzip in _layers(codings):
        if gzip:
            raw = _gunzipped(raw, limit)
        else:
            raw, _ = _inflated(raw, _deflate_format(raw), limit)
    return raw


def _layers(codings: str) -> list[bool]:
    """Return what is to be undone, the outermost first: True for gzip, False for deflate."""
    names = [name for coding in codings.split(",") if (name := coding.strip().lower()) not in ("", "identity")]
    if len(names) > _MOST_CODINGS:
        raise Undecodable(f"{len(names)} content codings, one on the other")
    for name in names:
        if name not in ("gzip", "x-gzip", "deflate"):
            raise Undecodable(f"the content coding {name[:40]!r}, which nobody asked for")
    return [name != "deflate" for name in reversed(names)]


def _deflate_format(raw: bytes) -> int:
    """Return the window bits: of zlib (RFC 1950), as the standard says, or of bare deflate, as some send it."""
    is_zlib = len(raw) >= 2 and raw[0] & 0x0F == 8 and (raw[0] * 256 + raw[1]) % 31 == 0
    return zlib.MAX_WBITS if is_zlib else -zlib.MAX_WBITS


def _gunzipped(raw: bytes, limit: int) -> bytes:
    """Undo gzip, all members of it; what follows them and is none is padding."""
    whole, rest = _inflated(raw, _GZIP, limit)
    while rest.startswith(_GZIP_MAGIC):
        part, rest = _inflated(rest, _GZIP, limit - len(whole))
        whole += part
    return whole


def _inflated(raw: bytes, window: int, limit: int) -> tuple[bytes, bytes]:
    """Return what one stream holds, and what follows it."""
    stream = zlib.decompressobj(window)
    try:
        part = stream.decompress(raw, limit + 1)
    except zlib.error as error:
        raise Undecodable(f"a body that is not what its coding says: {error}") from None
    if len(part) > limit:
        raise TooLarge
    if not stream.eof:
        raise Undecodable("a body whose coding ends too soon")
    return part, stream.unused_data


class Piecewise:
    """The content codings of a body that is read as it comes, undone piece by piece.

    What is fed comes out in pieces of at most 64 KiB, each made when it is asked for, so that a bomb unpacks no faster
    than it is read. Some are empty: no layer works on without a word on what holds nothing. What `feed` returns is to
    be used up before more is fed. Both methods raise Undecodable.
    """

    def __init__(self, codings: str) -> None:
        self._layers = [_Layer(gzip=gzip) for gzip in _layers(codings)]

    def feed(self, raw: bytes) -> Iterator[bytes]:
        """Yield what more of the body unpacks to."""
        pieces: Iterator[bytes] = iter((raw,))
        for layer in self._layers:
            pieces = layer.undo(pieces)
        return pieces

    def end(self) -> None:
        """Check that the body was whole."""
        for layer in self._layers:
            layer.end()


_PIECE = 2**16


class _Layer:
    """One coding being undone."""

    def __init__(self, *, gzip: bool) -> None:
        self._gzip = gzip
        self._stream: Any = None  # what zlib makes has no public name
        self._begun = False
        #: Bytes that are too few to tell what begins with them.
        self._start = b""

    def undo(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        for raw in pieces:
            rest = self._start + raw if self._start else raw
            self._start = b""
            idle = True
            while rest and self._is_open(rest):
                part, rest = _step(self._stream, rest)
                idle = False
                yield part
            if idle:
                yield b""

    def _is_open(self, rest: bytes) -> bool:
        """Return whether there is a stream for what comes next: it has begun, or begins here."""
        if self._stream is not None and not self._stream.eof:
            return True
        if self._begun and not self._gzip:
            return False
        if len(rest) < 2:
            self._start = rest
            return False
        if self._begun and not rest.startswith(_GZIP_MAGIC):
            return False  # padding
        self._stream = zlib.decompressobj(_GZIP if self._gzip else _deflate_format(rest))
        self._begun = True
        return True

    def end(self) -> None:
        if (self._stream is None and self._start) or (self._stream is not None and not self._stream.eof):
            raise Undecodable("a body whose coding ends too soon")


def _step(stream: Any, raw: bytes) -> tuple[bytes, bytes]:
    """Return the next piece, and what is left of the input."""
    try:
        part = stream.decompress(raw, _PIECE)
    except zlib.error as error:
        raise Undecodable(f"a body that is not what its coding says: {error}") from None
    return part, stream.unused_data if stream.eof else stream.unconsumed_tail
