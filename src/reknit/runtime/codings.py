"""Content codings undone within a bound: a few kilobytes of gzip can hold gigabytes.

Ours rather than aiohttp's, whose versions differ in how much of a bomb they unpack before anyone can stop them: 3 to
160 MiB where 1 MiB was the bound.
"""

from __future__ import annotations

import zlib

__all__ = ["ACCEPTED", "TooLarge", "Undecodable", "undone"]

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
    names = [name for coding in codings.split(",") if (name := coding.strip().lower()) not in ("", "identity")]
    if len(names) > _MOST_CODINGS:
        raise Undecodable(f"{len(names)} content codings, one on the other")
    for name in reversed(names):
        if name in ("gzip", "x-gzip"):
            raw = _gunzipped(raw, limit)
        elif name == "deflate":
            raw, _ = _inflated(raw, _deflate_format(raw), limit)
        else:
            raise Undecodable(f"the content coding {name[:40]!r}, which nobody asked for")
    return raw


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
