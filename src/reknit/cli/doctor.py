"""`reknit doctor`: why a call may not work on this machine. It says where a key was found, and never the key."""

from __future__ import annotations

import asyncio
import os
import platform
import sys
import time
from collections.abc import Collection, Iterator, Mapping
from email.utils import parsedate_to_datetime
from importlib import metadata
from typing import Any, Final

import aiohttp
from attrs import asdict, frozen

from .. import __version__
from ..errors import ConfigurationError
from ..runtime.client import place_of
from ..runtime.credentials import checked_key
from .apis import APIS
from .arguments import check_seconds
from .callback_keys import VARIABLE, count_keys
from .describing import client_class
from .exits import Exit, Refusal
from .rendering import Paint, one_line, to_json

__all__ = ["Finding", "look", "run", "skew"]

#: What a call stands on, and what the extras bring.
_PACKAGES: Final = ("aiohttp", "attrs", "backoff", "cattrs", "msgspec", "cyclopts", "rich", "jsonschema-rs")
#: A clock that is further off breaks what is measured against a server's: dates in Retry-After, the ends of tokens.
_SKEW_ALLOWED: Final = 30.0


@frozen(kw_only=True)
class Finding:
    """What was found of one API. `skew` is how many seconds this machine is ahead of its server, to about a second."""

    api: str
    key: str
    has_key: bool
    server: str = ""
    server_from: str = ""
    status: int | None = None
    milliseconds: float | None = None
    skew: float | None = None
    problems: tuple[str, ...] = ()


def run(apis: Collection[str], *, timeout: float, as_json: bool) -> int:
    """Look at the APIs that are named (else all), print what is found, and return the exit code."""
    check_seconds("--timeout", timeout)
    findings = asyncio.run(_look_at_all(apis or tuple(APIS), timeout))
    if as_json:
        print(to_json({"apis": [asdict(finding) for finding in findings], "versions": versions()}))
    else:
        print("\n".join(_report(findings, Paint(sys.stdout))))
    wrong = any(finding.problems and (finding.has_key or finding.api in apis) for finding in findings)
    return Exit.FAILED if wrong else Exit.OK


async def _look_at_all(apis: Collection[str], timeout: float) -> list[Finding]:
    # No cookies, no redirects, no proxy: what a client of the SDK would meet.
    limits = aiohttp.ClientTimeout(total=timeout)
    async with aiohttp.ClientSession(timeout=limits, cookie_jar=aiohttp.DummyCookieJar()) as session:
        return list(await asyncio.gather(*(look(api, session) for api in apis)))


async def look(api: str, session: aiohttp.ClientSession) -> Finding:
    """Return what there is to say of one API: its key, its server, and the server's clock."""
    key, has_key, problems = _key(api)
    if api == "refonte":
        problems += _callback_problems()
    variable = f"{api.upper()}_BASE_URL"
    source = variable if os.environ.get(variable) else "the vendor's"
    try:
        server = place_of(client_class(api).api, None, allow_insecure=False).base_url
    except ConfigurationError as error:
        return Finding(api=api, key=key, has_key=has_key, server_from=source, problems=(*problems, str(error)))
    met = await _meet(session, server)
    if "skew" in met and abs(met["skew"]) > _SKEW_ALLOWED:
        problems.append(f"this machine's clock is {_apart(met['skew'])} the server's")
    if "problem" in met:
        problems.append(met.pop("problem"))
    return Finding(
        api=api, key=key, has_key=has_key, server=server, server_from=source, problems=tuple(problems), **met
    )


def _key(api: str) -> tuple[str, bool, list[str]]:
    """Return where the key of an API was found, whether it was, and what is wrong with it."""
    variable = f"{api.upper()}_API_KEY"
    found = os.environ.get(variable)
    if not found:
        return f"not set ({variable})", False, []
    try:
        checked_key(found, api)
    except ConfigurationError as error:
        return f"{variable}, in the environment", True, [str(error)]
    return f"{variable}, in the environment", True, []


def _callback_problems() -> list[str]:
    try:
        count_keys()
    except Refusal as error:
        return [str(error)]
    return []


async def _meet(session: aiohttp.ClientSession, server: str) -> dict[str, Any]:
    """Ask a server for anything, without a key: whatever it answers, it can be reached."""
    began, sent = time.perf_counter(), time.time()
    try:
        async with session.get(server, allow_redirects=False) as response:
            seconds, status, date = time.perf_counter() - began, response.status, response.headers.get("Date")
    except TimeoutError:
        return {"problem": "no answer in time"}
    except (aiohttp.ClientError, OSError, ValueError) as error:
        return {"problem": f"cannot be reached: {one_line(str(error)) or type(error).__name__}"}
    met: dict[str, Any] = {"status": status, "milliseconds": round(seconds * 1000, 1)}
    ahead = skew(date, sent + seconds / 2)
    return met if ahead is None else {**met, "skew": ahead}


def skew(date: str | None, now: float) -> float | None:
    """Return how many seconds `now` is ahead of a Date header, which tells whole seconds; None where it tells none."""
    try:
        server = parsedate_to_datetime(date or "").timestamp()
    except (ValueError, OverflowError):
        return None
    if now < server:
        return round(now - server, 1)
    return round(max(0.0, now - server - 1), 1)  # the second that it names had not ended


def _apart(seconds: float) -> str:
    return f"{abs(seconds):.0f} s {'ahead of' if seconds > 0 else 'behind'}"


def versions() -> dict[str, str | None]:
    """Return the versions of what a call stands on; None for what is not installed."""
    found: dict[str, str | None] = {"reknit": __version__, "python": platform.python_version()}
    for name in _PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = None
    return found


def _report(findings: list[Finding], paint: Paint) -> Iterator[str]:
    for finding in findings:
        yield paint("strong", finding.api)
        for name, text in _lines(finding).items():
            yield f"  {name:<8}{text}"
        for problem in finding.problems:
            yield f"  {paint('bad', 'wrong')}   {one_line(problem)}"
        yield ""
    yield f"callbacks of refonte: {VARIABLE} {_callback_keys()}"
    yield ""
    yield paint("strong", "versions")
    for name, version in versions().items():
        yield f"  {name:<15}{version or 'not installed'}"
    yield f"  {'platform':<15}{platform.platform()}"


def _callback_keys() -> str:
    try:
        count = count_keys()
    except Refusal:
        return "cannot be used"  # the problems of refonte say why
    return f"has {count} key{'s' if count > 1 else ''}, in the environment" if count else "not set"


def _lines(finding: Finding) -> Mapping[str, str]:
    lines = {"key": finding.key}
    if finding.server:
        lines["server"] = f"{finding.server} ({finding.server_from})"
    if finding.status is not None:
        lines["answer"] = f"{finding.status} in {finding.milliseconds:.0f} ms: it can be reached"
    if finding.status is not None:
        close = finding.skew is not None and abs(finding.skew) < 1
        lines["clock"] = (
            "the server tells no time"
            if finding.skew is None
            else ("within a second of the server's" if close else f"{_apart(finding.skew)} the server's")
        )
    return lines
