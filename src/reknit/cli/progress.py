"""What a call waits for, said on stderr while it waits.

On a terminal it is one line that changes and goes away; elsewhere a line for each wait, so that a log of a script shows
where its time went. Both are made of the events that any hook gets.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
from typing import Final, Self, TextIO

from ..runtime.hooks import AttemptStarted, CallEnded, HookEvent, Waiting
from .rendering import Paint

__all__ = ["Progress", "sentence"]

_REASONS: Final = {
    "retry_after": "the server asked for it",
    "backoff": "before another attempt",
    "limiter": "for its turn, as the rate limit has it",
    "approval": "nobody has approved yet",
    "readiness": "it is not ready yet",
}
#: A call that is answered sooner shows nothing.
_SILENT_FOR: Final = 0.3
_TICK: Final = 0.1
#: How wide a terminal is that does not say so.
_WIDTH: Final = 80


def sentence(event: HookEvent) -> str:
    """Say what an event means to someone who waits; empty where it means nothing."""
    if isinstance(event, Waiting):
        reason = _REASONS.get(event.reason, event.reason)
        pause = "" if event.seconds is None else f" {event.seconds:.1f} s"
        return f"{event.operation} waits{pause}: {reason}"
    if isinstance(event, AttemptStarted):
        return f"{event.operation}{f', attempt {event.number}' if event.number > 1 else ''}"
    return ""


def _columns(stream: TextIO) -> int:
    try:
        return os.get_terminal_size(stream.fileno()).columns or _WIDTH
    except (OSError, ValueError):
        return _WIDTH


def _cut(line: str, columns: int) -> str:
    """Return a line that leaves the last column free: one that wraps cannot be taken back."""
    return line if len(line) < columns else f"{line[: max(columns - 4, 0)]}..."


class Progress:
    """A hook that shows the waits of a call, and the block in which it does.

    The line of a terminal is drawn by a thread of its own: the call's loop may be busy, or stand still.
    """

    def __init__(self, stream: TextIO | None = None, *, quiet: bool = False) -> None:
        self._stream = sys.stderr if stream is None else stream
        self._quiet = quiet
        self._live = not quiet and self._stream.isatty()
        self._text = ""
        self._since = time.monotonic()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def __call__(self, event: HookEvent) -> None:
        """Take an event of a call."""
        if isinstance(event, CallEnded) and event.error is not None:
            return
        text = sentence(event)
        if not text:
            return
        if self._live:
            self._text = text
        elif not self._quiet and isinstance(event, Waiting) and event.seconds is not None:
            with contextlib.suppress(OSError):
                print(f"reknit: {text}", file=self._stream, flush=True)

    def __enter__(self) -> Self:
        if self._live:
            self._since = time.monotonic()
            self._thread = threading.Thread(target=self._draw, daemon=True)
            self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._thread is not None:
            self._stop.set()
            self._thread.join()
            self._thread = None

    def _draw(self) -> None:
        paint = Paint(self._stream)
        with contextlib.suppress(OSError, ValueError):  # the terminal is gone
            if self._stop.wait(_SILENT_FOR):
                return
            while True:
                seconds = time.monotonic() - self._since
                line = _cut(f"{self._text} ({seconds:.0f} s)", _columns(self._stream))
                self._stream.write(f"\r\x1b[2K{paint('dim', line)}")
                self._stream.flush()
                if self._stop.wait(_TICK):
                    break
            self._stream.write("\r\x1b[2K")
            self._stream.flush()
