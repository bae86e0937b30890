"""The ledger as server-sent events.

Each page pulls from the ledger, which is bounded; it is only woken by it. So a page that reads slowly costs no memory,
and misses what the ledger has dropped meanwhile: it is told how much that was. Of a request only the line that is shown
in the list goes out; headers and bodies are fetched when someone looks at them.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from typing import Any, Final

from aiohttp import web

from ..clock import Clock
from ..ledger import Event, Ledger, Request
from ..wire import Json

__all__ = ["Stream", "encoded", "last_seen", "summary"]

#: What happens within so many seconds goes out together.
_TOGETHER: Final = 0.05
#: So often the page is told the time, and thereby that the sandbox is still there.
_BEAT: Final = 1.0
#: How many events a page gets at once: as many as it keeps.
_MOST_AT_ONCE: Final = 300
#: How soon a browser tries again after it lost the stream, in milliseconds.
_RETRY: Final = 1000

_LISTED: Final = ("number", "at", "api", "operation", "method", "path", "key", "attempt", "status", "fault", "seconds")


class Stream:
    """Tell one page what happens, from the event after `after` on, until it leaves or `end` is called.

    `listening` says whether the sandbox takes connections: while a fault refuses them, a stream is no exception.
    """

    def __init__(self, ledger: Ledger, clock: Clock, listening: Callable[[], bool], *, after: int = 0) -> None:
        self._ledger = ledger
        self._clock = clock
        self._listening = listening
        self._after = after if after <= ledger.last_event else 0
        self._woken = asyncio.Event()
        self._ended = False

    def end(self) -> None:
        """Close the stream after what is being written."""
        self._ended = True
        self._woken.set()

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Write events until there is nobody to read them."""
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        unsubscribe = self._ledger.subscribe(self._wake)
        try:
            await response.prepare(request)
            await response.write(f"retry: {_RETRY}\n\n".encode())
            await self._write(response)
        except ConnectionError:
            pass  # the page was closed
        finally:
            unsubscribe()
        return response

    def _wake(self, _: Event) -> None:
        self._woken.set()

    async def _write(self, response: web.StreamResponse) -> None:
        beat = 0.0
        while not self._ended and self._listening():
            self._woken.clear()
            text = self._news()
            if time.monotonic() >= beat:
                beat = time.monotonic() + _BEAT
                text += encoded("beat", {"now": self._clock.now(), "iso": self._clock.iso()})
            if text:
                await response.write(text.encode())
            try:
                async with asyncio.timeout(max(0.0, beat - time.monotonic())):
                    await self._woken.wait()
                    await asyncio.sleep(0 if self._ended else _TOGETHER)
            except TimeoutError:
                pass  # time for a beat

    def _news(self) -> str:
        """Return what there is since the last time, and first how many events of it are lost."""
        events = self._ledger.events(self._after)[-_MOST_AT_ONCE:]
        if not events:
            return ""
        missed = events[0].id - self._after - 1
        gap = encoded("gap", {"missed": missed}) if missed and self._after else ""
        self._after = events[-1].id
        return gap + "".join(encoded(event.kind, summary(event), event.id) for event in events)


def summary(event: Event) -> Json:
    """Return an event as the list shows it: of a request neither headers nor bodies."""
    if not isinstance(event.entry, Request):
        return event.public()
    entry = {name: getattr(event.entry, name) for name in _LISTED}
    return {"id": event.id, "kind": event.kind, "entry": entry}


def encoded(name: str, value: Any, event_id: int | None = None) -> str:
    """Return a server-sent event. JSON in ASCII has no line breaks, so that it is one line of data."""
    place = f"id: {event_id}\n" if event_id is not None else ""
    return f"{place}event: {name}\ndata: {json.dumps(value, separators=(',', ':'))}\n\n"


def last_seen(header: str | None) -> int:
    """Read Last-Event-ID; 0 (everything that is kept) where there is none or it is no number of ours."""
    return int(header) if header is not None and header.isascii() and header.isdigit() and len(header) < 20 else 0
