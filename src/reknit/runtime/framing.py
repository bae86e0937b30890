"""Where one item of a stream ends and the next begins: server-sent events, JSON lines, JSON text sequences.

Pure: bytes in, items out, wherever the pieces are cut. No item may grow beyond a bound, and items are found one by one
as they are asked for, so that what is held is never much more than the one that is being read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec
from msgspec import Struct

from .codings import TooLarge

__all__ = ["EventParser", "Frame", "LineParser"]

_END_OF_LINE = re.compile(rb"\r\n?|\n")
_BOM = b"\xef\xbb\xbf"
#: What begins a record of a JSON text sequence (RFC 7464): no JSON text can.
_RECORD = b"\x1e"
_END_OF_RECORD = re.compile(rb"[\x1e\n]")


class Frame(Struct, frozen=True):
    """One server-sent event as it came. `event`, `id` and `retry` are None where it does not say them.

    `last_id` is the last event ID in force: this event's, or that of the latest before it that had one.
    """

    data: bytes
    event: str | None = None
    id: str | None = None
    retry: int | None = None
    last_id: str | None = None


class EventParser:
    """Parses an event stream (WHATWG HTML, 9.2.6): lines end in CR, LF or CRLF, a blank one ends the event.

    A byte order mark at the beginning, comments and unknown fields are passed over; an event without data is none. Text
    is UTF-8; what is not becomes U+FFFD. What `feed` returns is to be used up before more is fed; it raises TooLarge.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._line = bytearray()
        self._after_return = False
        self._first = True
        self._data = bytearray()
        self._event: str | None = None
        self._id: str | None = None
        self._retry: int | None = None
        self._last_id: str | None = None

    def feed(self, piece: bytes) -> Iterator[Frame]:
        """Yield the events that more of the stream completes."""
        for line in self._lines(piece):
            if line:
                self._take(line)
            else:
                frame = self._dispatched()
                if frame is not None:
                    yield frame

    def end(self) -> Iterator[Frame]:
        """Yield what the end of the stream completes: nothing, an event ends with a blank line."""
        return iter(())

    def _lines(self, piece: bytes) -> Iterator[bytes]:
        start = 1 if self._after_return and piece.startswith(b"\n") else 0
        self._after_return = self._after_return and not piece
        for end in _END_OF_LINE.finditer(piece, start):
            line = piece[start : end.start()]
            start = end.end()
            # A return at the very end may be the first half of CRLF; the line is complete all the same.
            self._after_return = start == len(piece) and end[0] == b"\r"
            self._check(len(line))
            if self._line:
                line = bytes(self._line) + line
                self._line.clear()
            if self._first:
                self._first = False
                line = line.removeprefix(_BOM)
            yield line
        self._check(len(piece) - start)
        self._line += piece[start:]

    def _check(self, more: int) -> None:
        if len(self._data) + len(self._line) + more > self._limit:
            raise TooLarge

    def _take(self, line: bytes) -> None:
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if name == b"data":
            self._data += value
            self._data += b"\n"
        elif name == b"event":
            self._event = value.decode("utf-8", "replace")
        elif name == b"id" and b"\0" not in value:
            self._id = value.decode("utf-8", "replace")
        elif name == b"retry" and value.isdigit() and len(value) < 20:
            self._retry = int(value)

    def _dispatched(self) -> Frame | None:
        self._last_id = self._last_id if self._id is None else self._id
        frame = None
        if self._data:
            frame = Frame(bytes(self._data[:-1]), self._event, self._id, self._retry, self._last_id)
            self._data.clear()
        self._event = self._id = self._retry = None
        return frame


_whole = msgspec.json.Decoder(msgspec.Raw).decode


class LineParser:
    """Parses JSON lines: one JSON text a line, blank lines passed over, the last one with or without its end.

    A stream that begins with a record separator is a JSON text sequence (RFC 7464): a text lasts until the next
    separator, or the line's end where it is whole by then, so that nobody waits for the next to read this one. What
    `feed` returns is to be used up before more is fed; it raises TooLarge.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._text = bytearray()
        self._records: bool | None = None
        self._first_line = True

    def feed(self, piece: bytes) -> Iterator[bytes]:
        """Yield the texts that more of the stream completes."""
        if self._records is None:
            begin = piece.removeprefix(_BOM).lstrip()
            self._records = begin.startswith(_RECORD) if begin else None
        start = 0
        for end in _END_OF_RECORD.finditer(piece) if self._records else re.finditer(b"\n", piece):
            self._grow(piece[start : end.start()])
            start = end.end()
            yield from self._ended(line=end[0] == b"\n")
        self._grow(piece[start:])

    def end(self) -> Iterator[bytes]:
        """Yield the text that the end of the stream completes."""
        yield from self._taken()

    def _grow(self, more: bytes) -> None:
        if len(self._text) + len(more) > self._limit:
            raise TooLarge
        self._text += more

    def _ended(self, *, line: bool) -> Iterator[bytes]:
        if not (self._records and line):
            self._first_line = True
            yield from self._taken()
        elif self._text.strip():
            # Tried at the first line's end alone: to try at each would take the square of a long text's time.
            if self._first_line and _is_whole(self._text):
                yield from self._taken()
            else:
                self._first_line = False
                self._text += b"\n"

    def _taken(self) -> Iterator[bytes]:
        text = bytes(self._text)
        self._text.clear()
        if text.strip():
            yield text


def _is_whole(text: bytearray) -> bool:
    try:
        _whole(text)
    except (msgspec.DecodeError, RecursionError):
        return False
    return True
