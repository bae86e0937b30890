"""`reknit listen`: a receiver of callbacks at a desk. It verifies what can be verified, shows all, passes on what held.

Who calls is told by the path, else by what came. Refonte's callbacks carry a shared key, which is looked at as a
receiver of the SDK does; a relay webhook is unsigned, so the session is read again; what Rezi sends nobody describes,
so nothing can be said of it.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import sys
import time
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from typing import Any, Final, Literal, TypeAlias

import aiohttp
from aiohttp import web
from attrs import asdict, frozen
from yarl import URL

from ..errors import InvalidArgument, NotFound, ReknitError
from ..inbound.aiohttp import read_body, response_of
from ..inbound.answers import NOT_JSON, Answer
from ..inbound.reading import Found, Reader, head_refusal
from ..inbound.receiver import MAX_BODY
from ..inbound.verifying import Lookup, lookup
from ..inbound.verifying import verdict as key_verdict
from ..refonte.receiving import KEY_HEADERS
from ..refonte.receiving import recognise as recognise_task
from ..runtime.codec import Misfit, raw_value
from ..runtime.narrowing import is_object
from .arguments import check_seconds
from .callback_keys import VARIABLE, verifying_keys
from .describing import client_class
from .exits import Exit, Refusal
from .ports import check_host, check_port, stopped, why_no_port
from .rendering import Paint, blanked, blanked_by_name, one_line, outline, secret_names, to_json

__all__ = ["Callback", "Desk", "Verdict", "Wanted", "run", "sender_by_body", "sender_by_head"]

#: Who calls back; Rezolve does not.
_SENDERS: Final = ("refonte", "relays", "rezi")
#: How many callbacks are remembered to tell one that comes again.
_REMEMBERED: Final = 10_000
_PATIENCE: Final = 30.0
#: What of a request belongs to its connection and is not passed on (RFC 9110, 7.6.1), and what is made anew.
_NOT_PASSED_ON: Final = frozenset({
    "connection", "content-length", "expect", "host", "keep-alive", "proxy-authenticate",
    "proxy-authorization", "te", "trailer", "transfer-encoding", "upgrade",
})  # fmt: skip

#: `unknown`: it should have been verified and could not be, so it has to come again.
Verdict: TypeAlias = Literal["verified", "refused", "unverified", "unknown"]
_PASSED_ON: Final = ("verified", "unverified")
_REFUSALS: Final[Mapping[str, int]] = {"refused": 401, "unknown": 503}


@frozen(kw_only=True)
class Wanted:
    """What the command line asks for."""

    host: str
    port: int
    forward: str | None
    count: int | None
    timeout: float | None
    json: bool


@frozen(kw_only=True)
class Callback:
    """A callback as it is shown. `repeats` is the number of the first one with the same content.

    `body` is None where the callback was refused without being read.
    """

    number: int
    at: str
    api: str
    event: str
    path: str
    verdict: Verdict
    why: str
    repeats: int | None
    status: int
    body: Any


_NOTHING: Final = Found("")


@frozen
class _Seen:
    """What a callback turned out to be. Where it was refused without being read, `was_read` is false."""

    api: str
    verdict: Verdict
    why: str
    found: Found = _NOTHING
    body: Any = None
    was_read: bool = True


def run(wanted: Wanted) -> int:
    """Receive until a signal comes, `count` callbacks have come, or the time is up; return the exit code."""
    check_port(wanted.port)
    check_host(wanted.host)
    check_seconds("--timeout", wanted.timeout)
    if wanted.count is not None and wanted.count < 1:
        raise Refusal(f"--count: {wanted.count} is less than 1")
    if wanted.forward is not None:
        _check_url(wanted.forward)
    return asyncio.run(_listen(wanted))


def _check_url(text: str) -> None:
    try:
        url = URL(text)
    except ValueError:
        url = URL()
    if url.scheme not in ("http", "https") or not url.host:
        raise Refusal(f"--forward: {text} is no http address")


async def _listen(wanted: Wanted) -> int:
    desk = Desk(wanted)
    try:
        async with stopped() as stop:
            await desk.start(stop)
            where = f"{desk.url}/refonte, /relays, /rezi" if not wanted.forward else f"{desk.url} to {wanted.forward}"
            print(f"reknit listen: {where}; Ctrl-C ends it", file=sys.stderr, flush=True)
            try:
                async with asyncio.timeout(wanted.timeout):
                    await stop.wait()
            except TimeoutError:
                pass
    finally:
        await desk.close()
    if desk.broken is not None:
        raise desk.broken
    return Exit.FAILED if wanted.count is not None and desk.count < wanted.count else Exit.OK


def sender_by_head(path: str, values: Lookup) -> str:
    """Return whose callback it is, by its path or its headers; empty where neither tells."""
    first = path.strip("/").partition("/")[0]
    if first in _SENDERS:
        return first
    return "refonte" if any(map(values, KEY_HEADERS)) else ""


def sender_by_body(body: Any) -> str:
    """Return whose callback it is, by what it holds; empty where that does not tell."""
    if is_object(body) and "session_id" in body:
        return "relays"
    return "refonte" if recognise_task(body) else ""


class Desk:
    """Receives callbacks, verifies them, shows them and passes them on. Raises Refusal for a faulty key.

    `count` is how many came; `broken` is why stdout takes no more of them.
    """

    def __init__(self, wanted: Wanted) -> None:
        self._wanted = wanted
        self._keys = verifying_keys()
        self._stop = asyncio.Event()
        self._runner: web.AppRunner | None = None
        self._session: aiohttp.ClientSession | None = None
        self._relays: Any = None
        self._seen: OrderedDict[str, int] = OrderedDict()
        self.count = 0
        self.broken: OSError | None = None
        self.url = ""

    async def start(self, stop: asyncio.Event) -> None:
        """Begin to listen; set `stop` after as many callbacks as are wanted. Raises Refusal where the port is taken."""
        self._stop = stop
        app = web.Application()
        app.router.add_post("/{path:.*}", self._take)
        # What is compressed is refused unread. aiohttp reads it afterwards, and what it cannot unpack it would log.
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0, auto_decompress=False)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self._wanted.host, self._wanted.port).start()
        except OSError as error:
            raise Refusal(why_no_port(self._wanted.host, self._wanted.port, error)) from None
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
        if self._wanted.forward is not None:
            self._check_loop(URL(self._wanted.forward), port)
            limits = aiohttp.ClientTimeout(total=_PATIENCE)
            self._session = aiohttp.ClientSession(timeout=limits, cookie_jar=aiohttp.DummyCookieJar())
        if os.environ.get("RELAYS_API_KEY"):
            self._relays = client_class("relays")(timeout=_PATIENCE)

    def _check_loop(self, target: URL, port: int) -> None:
        """Refuse to pass on to itself, which would go round and round."""
        own = {self._wanted.host, "127.0.0.1", "::1", "localhost"}
        if target.port == port and target.host in own:
            raise Refusal(f"--forward: {target} is this receiver itself")

    async def close(self) -> None:
        """Stop listening and let go of everything."""
        if self._runner is not None:
            await self._runner.cleanup()
        if self._session is not None:
            await self._session.close()
        if self._relays is not None:
            await self._relays.close()

    async def _take(self, request: web.Request) -> web.Response:
        values = lookup(request.headers)
        api = sender_by_head(request.path, values)
        refusal = self._key_refusal(values) if api == "refonte" else None
        if refusal is not None:  # as a receiver does: nothing is read of what a stranger sends
            return self._taken(request, _Seen(api, "refused", refusal.reason, was_read=False), response_of(refusal))
        raw = head_refusal(values, MAX_BODY) or await read_body(request, MAX_BODY)
        if isinstance(raw, Answer):
            return _unread(request, raw)
        seen = await self._look(api, values, raw)
        if seen.verdict in _PASSED_ON:
            return self._taken(request, seen, await self._pass_on(request, raw))
        return self._taken(request, seen, web.Response(status=_REFUSALS[seen.verdict]))

    async def _look(self, named: str, values: Lookup, raw: bytes) -> _Seen:
        """Decode a callback and verify it; `named` is whose it is where that is known."""
        try:
            body = raw_value(raw)
        except Misfit:
            body = raw.decode("utf-8", "backslashreplace")
        api = named or sender_by_body(body)
        verdict, why = await self._verdict(api, values, body)
        found = _found(api, raw)
        if found.misfit and verdict in _PASSED_ON:
            why = f"{why}; {one_line(found.misfit)}"
        return _Seen(api, verdict, why, found, body)

    def _taken(self, request: web.Request, seen: _Seen, answer: web.Response) -> web.Response:
        """Count and show a callback; return the answer."""
        self.count += 1
        callback = Callback(
            number=self.count,
            at=time.strftime("%Y-%m-%dT%H:%M:%S%z"),
            api=seen.api or "unknown",
            event=seen.found.kind,
            path=request.path,
            verdict=seen.verdict,
            why=seen.why,
            repeats=self._first_of(seen.api, seen.body) if seen.was_read else None,
            status=answer.status,
            body=seen.body,
        )
        self._show(callback, seen)
        if self.count == self._wanted.count:
            asyncio.get_running_loop().call_soon(self._stop.set)
        return answer

    def _key_refusal(self, values: Lookup) -> Answer | None:
        """Return why a callback of Refonte is refused; None where its key is right, or there is none to hold it to."""
        if self._keys is None:
            return None
        return key_verdict(self._keys, [value for name in KEY_HEADERS for value in values(name)])

    async def _verdict(self, api: str, values: Lookup, body: Any) -> tuple[Verdict, str]:
        if api == "refonte":
            if self._keys is None:
                return "unverified", f"set {VARIABLE} to have its key checked"
            refusal = self._key_refusal(values)
            return ("refused", refusal.reason) if refusal else ("verified", "its key is right")
        if api == "relays":
            return await self._session_verdict(body)
        return "unverified", "nothing tells who sent it"

    async def _session_verdict(self, body: Any) -> tuple[Verdict, str]:
        session_id = body.get("session_id") if is_object(body) else None
        if not isinstance(session_id, str):
            return "refused", "it names no session"
        if self._relays is None:
            return "unverified", "set RELAYS_API_KEY to have the session read again"
        try:
            session = await self._relays.sessions.get(session_id)
        except (NotFound, InvalidArgument):
            return "refused", "there is no such session"
        except ReknitError as error:
            return "unknown", f"the session could not be read again: {one_line(str(error))}"
        return ("verified", "the session is ready") if session.ready else ("refused", "the session is not ready")

    async def _pass_on(self, request: web.Request, raw: bytes) -> web.Response:
        """Send a callback on and answer as its receiver does; without one, answer that it came."""
        if self._session is None or self._wanted.forward is None:
            return web.Response(status=204)
        named = {name.strip().lower() for name in request.headers.get("Connection", "").split(",")}
        left_out = _NOT_PASSED_ON | named
        headers = [(name, value) for name, value in request.headers.items() if name.lower() not in left_out]
        try:
            async with self._session.post(
                self._wanted.forward, data=raw, headers=headers, allow_redirects=False
            ) as response:
                content = await _up_to(response.content, MAX_BODY)
                kind = response.headers.get("Content-Type", "application/octet-stream")
                return web.Response(status=response.status, body=content, headers={"Content-Type": kind})
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            print(
                f"reknit listen: {self._wanted.forward}: {one_line(str(error)) or type(error).__name__}",
                file=sys.stderr,
            )
            return web.Response(status=502)

    def _first_of(self, api: str, body: Any) -> int | None:
        """Return the number of the first callback with this content; None where this is the first."""
        content = json.dumps([api, body], sort_keys=True, default=str).encode()
        digest = hashlib.sha256(content).hexdigest()
        first = self._seen.setdefault(digest, self.count)
        if len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)
        return None if first == self.count else first

    def _show(self, callback: Callback, seen: _Seen) -> None:
        lines = [to_json(asdict(callback))] if self._wanted.json else _lines(callback, seen, Paint(sys.stdout))
        try:
            print("\n".join(lines), flush=True)
        except OSError as error:
            # Nobody sees what comes any more: `reknit listen | head -1`.
            self.broken = error
            self._stop.set()


def _unread(request: web.Request, answer: Answer) -> web.Response:
    """Answer a callback whose body cannot be read, and say so."""
    path, why = one_line(request.path), answer.reason
    print(f"reknit listen: {path}: cannot be read ({why}); answered {answer.status}", file=sys.stderr)
    return response_of(answer)


async def _up_to(content: aiohttp.StreamReader, most: int) -> bytes:
    """Return the content, or so much of it."""
    taken = bytearray()
    while len(taken) < most and (piece := await content.read(most - len(taken))):
        taken += piece
    return bytes(taken)


@cache
def _reader(api: str) -> Reader:
    receiving = import_module(f"reknit.{api}.receiving")
    return Reader(receiving.EVENTS, receiving.recognise)


def _found(api: str, raw: bytes) -> Found:
    """Return what a body is to a receiver of the SDK."""
    return (_reader(api).read(raw) or Found("", misfit=NOT_JSON.reason)) if api else _NOTHING


_STYLES: Final[Mapping[str, str]] = {"verified": "good", "refused": "bad", "unverified": "dim", "unknown": "bad"}


def _lines(callback: Callback, seen: _Seen, paint: Paint) -> Iterator[str]:
    verdict = paint(_STYLES[callback.verdict], callback.verdict)
    head = f"{paint('strong', f'#{callback.number}')} {callback.at} {callback.api} {callback.event}".rstrip()
    yield f"{head} {verdict}: {one_line(callback.why)}; answered {callback.status}"
    if callback.repeats is not None:
        yield f"  the same as #{callback.repeats}"
    if seen.was_read:
        yield from outline(_without_secrets(seen), paint, 1)


def _without_secrets(seen: _Seen) -> Any:
    if seen.found.payload is not None or not seen.api:
        return blanked(seen.body, seen.found.payload)
    models = vars(import_module(f"reknit.{seen.api}._generated.models")).values()
    return blanked_by_name(seen.body, secret_names(model for model in models if isinstance(model, type)))
