"""The routes of the console: the page with its two assets, the stream of events, and one event in full.

Host is checked for all of them, and `SAFE` said by all, as for everything that the sandbox serves itself.
"""

from __future__ import annotations

import html
from collections.abc import Awaitable, Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from aiohttp import web

from ..control import knows
from .stream import Stream, last_seen

if TYPE_CHECKING:
    from ..server import Sandbox

__all__ = ["add_console"]

_FOLDER: Final = Path(__file__).parent
_TOKEN_PLACE: Final = "{{token}}"  # noqa: S105  # where the token goes
_OTHER: Final = "the token is missing or wrong: a page of another sandbox must be reloaded"
#: Pages that may listen at once: each costs a connection, and whoever forgets tabs must not use them up.
_MOST_STREAMS: Final = 32

#: The page needs its own script, its own style sheet, and an icon that is written into it. Nothing may frame it, and
#: strings cannot become markup even where the script would be wrong.
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)

_AsyncHandler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def add_console(app: web.Application, box: Sandbox) -> None:
    """Serve the console under `/`, and what it listens to under `/_sandbox/events`."""
    streams: set[Stream] = set()

    async def page(_: web.Request) -> web.Response:
        return _asset(_read("console.html").replace(_TOKEN_PLACE, html.escape(box.token)), "text/html")

    async def events(request: web.Request) -> web.StreamResponse:
        # A page's EventSource can send no header of its own; what it may send is in the address.
        if not knows(request.headers.get("X-Sandbox-Token") or request.query.get("token", ""), box.token):
            return _no(403, _OTHER)
        if len(streams) >= _MOST_STREAMS:
            return _no(503, f"{_MOST_STREAMS} pages are listening already")
        # A browser that tries again by itself knows better than the address that it was first given.
        after = last_seen(request.headers.get("Last-Event-ID") or request.query.get("after"))
        stream = Stream(box.ledger, box.clock, lambda: box.listening, after=after)
        streams.add(stream)
        try:
            return await stream.answer(request)
        finally:
            streams.discard(stream)

    async def event(request: web.Request) -> web.Response:
        if not knows(request.headers.get("X-Sandbox-Token", ""), box.token):
            return _no(403, _OTHER)
        wanted = int(request.match_info["id"])
        found = next((item for item in box.ledger.events(wanted - 1) if item.id == wanted), None)
        if found is None:
            return _no(404, "the ledger does not keep it any more")
        return web.json_response(found.public())

    async def end_streams(_: web.Application) -> None:
        for stream in streams:
            stream.end()

    app.router.add_get("/", page)
    app.router.add_get("/_sandbox/console.css", _static("console.css", "text/css"))
    app.router.add_get("/_sandbox/console.js", _static("console.js", "text/javascript"))
    app.router.add_get("/_sandbox/events", events, allow_head=False)
    app.router.add_get(r"/_sandbox/events/{id:\d{1,15}}", event)
    app.on_shutdown.append(end_streams)


def _static(name: str, media_type: str) -> _AsyncHandler:
    async def handle(_: web.Request) -> web.Response:
        return _asset(_read(name), media_type)

    return handle


def _asset(text: str, media_type: str) -> web.Response:
    return web.Response(
        text=text, content_type=media_type, charset="utf-8", headers={"Content-Security-Policy": _POLICY}
    )


def _no(status: int, why: str) -> web.Response:
    return web.json_response({"error": why}, status=status)


@cache
def _read(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")
