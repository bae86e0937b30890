"""Screenshots made small for the pages that show them: a picture of a user interface needs few of its colours.

Chromium writes PNG with three bytes a pixel. The 256 commonest colours, with the nearest of them for the others (which
are the edges of letters), take well under half of that, and nobody sees the difference.
"""

from __future__ import annotations

import struct
import zlib
from collections import Counter
from typing import TypeAlias

__all__ = ["fewer_colours"]

Colour: TypeAlias = tuple[int, ...]

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_RGB, _INDEXED = 2, 3


def fewer_colours(png: bytes, most: int = 256) -> bytes:
    """Return an RGB picture as one with a palette."""
    width, height, rows = _decoded(png)
    found = Counter(colour for row in rows for colour in row)
    palette = [colour for colour, _ in found.most_common(most)]
    nearest = {colour: _nearest(palette, colour) for colour in found}
    data = b"".join(b"\0" + bytes(nearest[colour] for colour in row) for row in rows)
    return _SIGNATURE + b"".join(
        _chunk(name, content)
        for name, content in (
            (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, _INDEXED, 0, 0, 0)),
            (b"PLTE", bytes(part for colour in palette for part in colour)),
            (b"IDAT", zlib.compress(data, 9)),
            (b"IEND", b""),
        )
    )


def _nearest(palette: list[Colour], colour: Colour) -> int:
    def distance(number: int) -> int:
        return sum((a - b) ** 2 for a, b in zip(palette[number], colour, strict=True))

    return min(range(len(palette)), key=distance)


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def _decoded(png: bytes) -> tuple[int, int, list[list[Colour]]]:
    assert png.startswith(_SIGNATURE)
    place, header, data = len(_SIGNATURE), b"", b""
    while place < len(png):
        size, name = struct.unpack_from(">I4s", png, place)
        content = png[place + 8 : place + 8 + size]
        header += content if name == b"IHDR" else b""
        data += content if name == b"IDAT" else b""
        place += 12 + size
    width, height, depth, kind, *_, interlaced = struct.unpack(">IIBBBBB", header)
    assert (depth, kind, interlaced) == (8, _RGB, 0)
    raw, stride = zlib.decompress(data), 1 + 3 * width
    above, rows = bytes(3 * width), []
    for start in range(0, height * stride, stride):
        above = _unfiltered(raw[start], raw[start + 1 : start + stride], above)
        rows.append([*zip(above[0::3], above[1::3], above[2::3], strict=True)])
    return width, height, rows


def _unfiltered(kind: int, line: bytes, above: bytes) -> bytes:
    """Undo the filter of a line: what stands there is the difference to a guess from its neighbours."""
    made = bytearray(line)
    for n in range(len(made)):
        left, corner = (made[n - 3], above[n - 3]) if n >= 3 else (0, 0)
        made[n] = (made[n] + _guess(kind, left, above[n], corner)) & 255
    return bytes(made)


def _guess(kind: int, left: int, up: int, corner: int) -> int:
    if kind == 4:
        guess = left + up - corner
        return min((left, up, corner), key=lambda one: abs(guess - one))
    return (0, left, up, (left + up) // 2)[kind]
