"""The sandbox's own endpoints under `/_sandbox`: faults, clock, ledger, approvals, tasks and sessions, as JSON.

The sandbox may stay running beside a browser, so a page from elsewhere must neither read nor change it. Every request's
Host is looked at (a name that a stranger made point here is refused), and where it comes from, as far as a browser says
so; what changes something needs JSON and the token that only those know who started the sandbox or read its own page.
Programs of this machine are no strangers: whoever can connect can read the page, and with it the token.
"""

from __future__ import annotations

import hmac
import ipaddress
import re
from collections.abc import Awaitable, Callable, Mapping
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

from .faults import fault_of, kinds
from .ledger import blanked
from .state import Unwritten
from .wire import BadBody, Json, StateConflict, is_object, read_json

if TYPE_CHECKING:
    from .server import Sandbox

__all__ = ["SAFE", "add_control", "knows", "only_hosts"]

_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_Deed = Callable[[web.Request, Json], Awaitable[web.Response]]

_Deeds = tuple[tuple[str, str, _Deed], ...]

_MOST_LISTED: Final = 200
_HOST: Final = re.compile(r"(?:\[([0-9a-f:.]+)\]|([^][:@/\s]+))(?::[0-9]{0,5})?")
_ELSEWHERE: Final = frozenset({"cross-site", "same-site"})

#: What every answer of the sandbox's own says to a browser: do not keep it, guess at it, frame it, or let another
#: origin have it.
SAFE: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def only_hosts(allowed: frozenset[str]) -> Any:
    """Return a middleware that refuses what a stranger's page sends.

    That is a Host that is neither this machine's nor one of these names, and what a browser says is another site's.
    """
    good: set[str] = set()

    @web.middleware
    async def check(request: web.Request, handler: _Handler) -> web.StreamResponse:
        host = request.headers.get("Host", "")
        if host not in good:
            if not _is_ours(host, allowed):
                return _not_ours()
            if len(good) < _MOST_LISTED:
                good.add(host)
        if request.host != host and not _is_ours(_bracketed(request.host), allowed):  # the target had a host of its own
            return _not_ours()
        if request.headers.get("Sec-Fetch-Site") in _ELSEWHERE and not _follows_a_link(request):
            return _no(403, "this comes from another site's page, and the sandbox answers to its own page alone")
        return await handler(request)

    return check


def _not_ours() -> web.Response:
    return _no(403, "this Host is not one of the sandbox's: it answers to localhost and IP addresses alone")


def _bracketed(host: str) -> str:
    return f"[{host}]" if host.count(":") > 1 and not host.startswith("[") else host


def _follows_a_link(request: web.Request) -> bool:
    """Say whether a person follows a link to the page, from documentation say, as opposed to a frame or a form."""
    headers = request.headers
    opens = headers.get("Sec-Fetch-Mode") == "navigate" and headers.get("Sec-Fetch-Dest") == "document"
    return opens and request.method == "GET" and request.path == "/"


def _is_ours(host: str, allowed: frozenset[str]) -> bool:
    match = _HOST.fullmatch(host.lower())
    if match is None:
        return False
    name = (match[1] or match[2]).removesuffix(".")
    if name == "localhost" or name in allowed:
        return True
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return False
    # Rebinding needs a name; who came by address while the sandbox listens everywhere was let in on purpose.
    return address.is_loopback or any(map(_is_everywhere, allowed))


def _is_everywhere(name: str) -> bool:
    try:
        return not name or ipaddress.ip_address(name).is_unspecified
    except ValueError:
        return False


def add_control(app: web.Application, box: Sandbox) -> None:
    """Add the routes under `/_sandbox`, and have `SAFE` said by all answers there, refusals too."""
    app.on_response_prepare.append(_say_safe)
    reads: dict[str, Callable[[web.Request], Json]] = {
        "/_sandbox/state": lambda _: _state(box),
        "/_sandbox/faults": lambda _: _faults(box),
        "/_sandbox/clock": lambda _: _clock(box),
        "/_sandbox/ledger": lambda request: _ledger(box, request.query),
        "/_sandbox/approvals": lambda _: _approvals(box),
        "/_sandbox/tasks": lambda _: _tasks(box),
        "/_sandbox/sessions": lambda _: _sessions(box),
    }
    for path, read in reads.items():
        app.router.add_get(path, _reading(read))
    for method, path, deed in (*_of_faults(box), *_of_the_sandbox(box), *_of_the_apis(box)):
        app.router.add_route(method, path, _changing(box, deed))


def _of_faults(box: Sandbox) -> _Deeds:
    async def add_fault(_: web.Request, body: Json) -> web.Response:
        unknown = sorted(body.keys() - {"api", "operation", "fault", "times"})
        if unknown:
            raise ValueError(f"{unknown[0]} is not known; a fault has api, operation, fault and times")
        api, operation, times = (_optional(body, "api", str), _optional(body, "operation", str), body.get("times", 1))
        if times is not None and (not isinstance(times, int) or isinstance(times, bool)):
            raise ValueError("times must be a whole number, or null for ever")
        planned = box.faults.add(api=api, operation=operation, fault=fault_of(body.get("fault")), times=times)
        return _json(planned.public(), 201)

    async def switch_fault(request: web.Request, body: Json) -> web.Response:
        enabled = body.get("enabled")
        if not isinstance(enabled, bool):
            raise ValueError("enabled must be true or false")  # noqa: TRY004  # the caller's mistake, not ours
        return _json(box.faults.switch(request.match_info["id"], enabled).public())

    async def remove_fault(request: web.Request, _: Json) -> web.Response:
        box.faults.remove(request.match_info["id"])
        return web.Response(status=204)

    async def clear_faults(_: web.Request, __: Json) -> web.Response:
        box.faults.clear()
        return web.Response(status=204)

    return (
        ("POST", "/_sandbox/faults", add_fault),
        ("DELETE", "/_sandbox/faults", clear_faults),
        ("POST", "/_sandbox/faults/{id}", switch_fault),
        ("DELETE", "/_sandbox/faults/{id}", remove_fault),
    )


def _of_the_sandbox(box: Sandbox) -> _Deeds:
    async def advance(_: web.Request, body: Json) -> web.Response:
        seconds = body.get("seconds")
        if not isinstance(seconds, int | float) or isinstance(seconds, bool):
            raise ValueError("seconds must be a number")  # noqa: TRY004  # the caller's mistake, not ours
        box.clock.advance(seconds)
        return _json(_clock(box))

    async def clear_ledger(_: web.Request, __: Json) -> web.Response:
        box.ledger.clear()
        return web.Response(status=204)

    return (
        ("POST", "/_sandbox/clock/advance", advance),
        ("DELETE", "/_sandbox/ledger", clear_ledger),
    )


def _of_the_apis(box: Sandbox) -> _Deeds:
    async def decide(request: web.Request, _: Json) -> web.Response:
        act = box.rezolve.approve if request.match_info["deed"] == "approve" else box.rezolve.reject
        return _json(act(request.match_info["id"]).public())

    async def act_on_task(request: web.Request, body: Json) -> web.Response:
        task_id, deed = request.match_info["id"], request.match_info["deed"]
        if deed == "complete":
            task = await box.refonte.complete(task_id, _optional(body, "response", dict))
        elif deed == "fail":
            error = _optional(body, "error", str)
            task = await (box.refonte.fail(task_id) if error is None else box.refonte.fail(task_id, error))
        elif deed == "audit":
            task = await box.refonte.audit(task_id, body.get("outcome", "accepted"))
        elif deed == "recall":
            task = await box.refonte.recall(task_id)
        else:
            task = await box.refonte.resend_callback(task_id)
        return _json(blanked(task.public()))

    async def act_on_session(request: web.Request, body: Json) -> web.Response:
        session_id, error = request.match_info["id"], _optional(body, "error", str)
        if request.match_info["deed"] == "ready":
            session = box.relays.make_ready(session_id)
        else:
            session = box.relays.fail(session_id) if error is None else box.relays.fail(session_id, error)
        return _json(_session(session))

    return (
        ("POST", "/_sandbox/approvals/{id}/{deed:approve|reject}", decide),
        ("POST", "/_sandbox/tasks/{id}/{deed:complete|fail|resend-callback|audit|recall}", act_on_task),
        ("POST", "/_sandbox/sessions/{id}/{deed:ready|fail}", act_on_session),
    )


async def _say_safe(request: web.Request, response: web.StreamResponse) -> None:
    if request.path == "/" or request.path.startswith("/_sandbox"):
        for name, value in SAFE.items():
            response.headers.setdefault(name, value)


def knows(given: str, token: str) -> bool:
    """Say whether a token is the right one, in a time that does not depend on how much of it is."""
    # A header's bytes that are no UTF-8 come as surrogates.
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), token.encode())


def _reading(read: Callable[[web.Request], Json]) -> _Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            return _json(read(request))
        except ValueError as error:
            return _no(400, str(error))
        except Unwritten as error:  # looking at an approval may expire it
            return _no(507, str(error))

    return handle


def _changing(box: Sandbox, deed: _Deed) -> _Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        if not knows(request.headers.get("X-Sandbox-Token", ""), box.token):
            return _no(403, "X-Sandbox-Token is missing or wrong; the sandbox prints it when it starts")
        if request.content_type != "application/json":
            return _no(415, "Content-Type must be application/json")
        try:
            body = read_json(await request.read() or b"{}")
        except BadBody as error:
            return _no(error.status, _sentence(error))
        except web.HTTPRequestEntityTooLarge:
            return _no(413, "the body is too large")
        if not is_object(body):
            return _no(400, "the body must be a JSON object")
        try:
            return await deed(request, body)
        except LookupError as error:
            return _no(404, _sentence(error))
        except StateConflict as error:
            return _no(409, _sentence(error))
        except Unwritten as error:
            return _no(507, _sentence(error))
        except ValueError as error:
            return _no(400, _sentence(error))

    return handle


def _sentence(error: Exception) -> str:
    return str(error.args[0]) if error.args else type(error).__name__


def _optional(body: Json, name: str, kind: type[Any]) -> Any:
    value = body.get(name)
    if value is not None and not isinstance(value, kind):
        raise ValueError(f"{name} must be {'an object' if kind is dict else 'text'}")
    return value


def _json(value: Json, status: int = 200) -> web.Response:
    return web.json_response(value, status=status)


def _no(status: int, message: str) -> web.Response:
    return _json({"error": message}, status)


def _state(box: Sandbox) -> Json:
    return {
        **_clock(box),
        "url": box.url,
        "seed": box.seed,
        "base_urls": {api: box.base_url(api) for api in box.apis},
        "request_count": box.ledger.request_count,
        "effect_count": box.ledger.effect_count,
        "violations": box.violations,
        "pending_approvals": sum(item.state == "pending" for item in box.rezolve.approvals),
        "open_tasks": sum(task.status == "pending" for task in box.refonte.tasks.values()),
        "sessions": len(box.relays.sessions),
        "faults": len(box.faults.list()),
    }


def _clock(box: Sandbox) -> Json:
    return {"now": box.clock.now(), "iso": box.clock.iso()}


def _faults(box: Sandbox) -> Json:
    return {
        "faults": [planned.public() for planned in box.faults.list()],
        "kinds": kinds(),
        "operations": {api: list(names) for api, names in box.faults.operations.items()},
    }


def _ledger(box: Sandbox, query: Mapping[str, str]) -> Json:
    api = query.get("api") or None
    events = box.ledger.events(_whole(query, "after", 0))
    if api is not None:
        events = [event for event in events if event.kind != "change" and getattr(event.entry, "api", None) == api]
    shown = events[-_whole(query, "limit", _MOST_LISTED) or len(events) :]
    return {
        "events": [event.public() for event in shown],
        "last": box.ledger.last_event,
        "request_count": box.ledger.request_count,
        "effect_count": box.ledger.effect_count,
    }


def _whole(query: Mapping[str, str], name: str, default: int) -> int:
    text = query.get(name, str(default))
    if not (text.isascii() and text.isdigit()) or len(text) > 15:
        raise ValueError(f"{name} must be a whole number")
    return int(text)


def _approvals(box: Sandbox) -> Json:
    """Return those that wait first, in the order in which they expire, then the decided ones, the newest first."""
    approvals = box.rezolve.approvals
    pending = [item for item in approvals if item.state == "pending"]
    decided = [item for item in reversed(approvals) if item.state != "pending"]
    shown = [item.public() for item in (*pending, *decided)[:_MOST_LISTED]]
    return {"approvals": shown, "pending": len(pending), "total": len(approvals)}


def _tasks(box: Sandbox) -> Json:
    """Return those that someone can still complete first, and of both kinds the newest first."""
    tasks = box.refonte.tasks.values()
    open_ones = (task for task in reversed(tasks) if task.status == "pending")
    ended = (task for task in reversed(tasks) if task.status != "pending")
    shown = [blanked(task.public()) for task in islice(chain(open_ones, ended), _MOST_LISTED)]
    return {"tasks": shown, "pending": sum(task.status == "pending" for task in tasks), "total": len(tasks)}


def _sessions(box: Sandbox) -> Json:
    """Return those that wait to become ready first, and of both kinds the newest first."""
    sessions = box.relays.sessions.values()
    waiting = (item for item in reversed(sessions) if not item.ready and item.error is None)
    others = (item for item in reversed(sessions) if item.ready or item.error is not None)
    return {
        "sessions": [_session(item) for item in islice(chain(waiting, others), _MOST_LISTED)],
        "total": len(sessions),
    }


def _session(session: Any) -> Json:
    shown: Json = blanked(session.public())
    return shown
