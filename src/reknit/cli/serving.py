"""`reknit sandbox`: the four APIs under one port, until it is told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import difflib
import shlex
import sys
import time
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Final

from attrs import frozen

from ..sandbox import BrokenState, Effect, Event, Request, Sandbox, parse_fault
from ..sandbox.faults import KINDS
from .callback_keys import signing_key
from .exits import Refusal
from .ports import check_host, check_port, is_loopback, stopped, why_no_port
from .rendering import Paint, one_line

__all__ = ["Teller", "Wanted", "run"]

#: What stands for all addresses of a machine: one can listen there, and not be called there.
_EVERYWHERE: Final[Mapping[str, str]] = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 - compared, not bound

#: How the names of effects begin that are requests of the sandbox's own, to an address of the user's.
_OUTBOUND: Final = ("callback.", "webhook.")


@frozen(kw_only=True)
class Wanted:
    """What the command line asks for."""

    host: str
    port: int
    state: str | None
    seed: int
    faults: tuple[str, ...]
    callbacks_anywhere: bool
    allowed_hosts: tuple[str, ...]
    quiet: bool


def run(wanted: Wanted) -> int:
    """Serve until a signal comes; return the exit code. Raises Refusal where it cannot begin."""
    check_port(wanted.port)
    check_host(wanted.host)
    if wanted.state is not None:
        _check_state(wanted.state)
    callback_key = signing_key()
    try:
        return asyncio.run(_serve(wanted, callback_key))
    except BrokenState as error:
        raise Refusal(f"--state {error}") from None


def _check_state(state: str) -> None:
    """Refuse what cannot be a file before SQLite says so in its own words."""
    if not state:
        raise Refusal("--state: the name of a file is missing")
    if Path(state).is_dir():
        raise Refusal(f"--state: {state} is a directory")
    if not Path(state).parent.is_dir():
        raise Refusal(f"--state: there is no directory {Path(state).parent}")


async def _serve(wanted: Wanted, callback_key: str | None) -> int:
    box = Sandbox(
        host=wanted.host,
        port=wanted.port,
        seed=wanted.seed,
        state=wanted.state,
        callbacks_anywhere=wanted.callbacks_anywhere,
        allowed_hosts=wanted.allowed_hosts,
    )
    if callback_key is not None:
        box.refonte.callback_auth_key = callback_key
    _plan(box, wanted.faults)
    try:
        await box.start()
    except OSError as error:
        await box.stop()
        raise Refusal(why_no_port(wanted.host, wanted.port, error)) from None
    try:
        async with stopped() as stop:
            _introduce(box, wanted)
            if not wanted.quiet:
                box.ledger.subscribe(Teller(Paint(sys.stderr)))
            await stop.wait()
    finally:
        await box.stop()
    for violation in box.violations:
        print(f"reknit sandbox: a bug: {one_line(violation)}", file=sys.stderr)
    return 0


def _plan(box: Sandbox, faults: tuple[str, ...]) -> None:
    for text in faults:
        try:
            api, operation, fault, times = parse_fault(text)
            box.faults.add(api=api, operation=operation, fault=fault, times=times)
        except ValueError as error:  # UnknownFault, or there are too many of them
            raise Refusal(f"--fault {text}: {error}{_meant(text, box.faults.operations)}") from None


def _meant(text: str, operations: Mapping[str, Collection[str]]) -> str:
    """Return the name that may have been meant where one in `[API[/OPERATION]]:KIND` does not exist."""
    where, colon, what = text.partition(":")
    kind = (what if colon else text).partition(",")[0]
    api, _, operation = where.partition("/") if colon else ("", "", "")
    for word, known in ((kind, KINDS), (api, operations), (operation, operations.get(api, ()))):
        if word and word not in known:
            close = difflib.get_close_matches(word, known, n=1, cutoff=0.5)
            return f"; did you mean {close[0]}?" if close else ""
    return ""


def _introduce(box: Sandbox, wanted: Wanted) -> None:
    host = f"//{wanted.host}" if ":" not in wanted.host else f"//[{wanted.host}]"
    here = f"//{_EVERYWHERE.get(wanted.host, '')}" if wanted.host in _EVERYWHERE else host
    exports = [f"export {name}={shlex.quote(value.replace(host, here))}\n" for name, value in box.environment().items()]
    print("".join(exports), end="", flush=True)  # all at once: whoever waits for a line can read all four
    url = box.url.replace(host, here)
    print(f"reknit sandbox: four APIs at {url}, a page there too; any key will do; Ctrl-C ends it", file=sys.stderr)
    print(f"reknit sandbox: what changes it over HTTP carries X-Sandbox-Token: {box.token}", file=sys.stderr)
    if not is_loopback(wanted.host):
        print("reknit sandbox: warning: whoever reaches this machine can use it", file=sys.stderr)


def _words_of(request: Request) -> list[str]:
    words = [f"{request.method} {request.path}"]
    if request.key:
        words.append(f"key {request.key}")
    if request.fault:
        words.append(f"fault {request.fault}")
    return words


def _outcome_of(effect: Effect) -> list[str]:
    why = effect.detail.get("reason") or effect.detail.get("error")
    return [effect.name, effect.subject, *([str(why)] if why else [])]


class Teller:
    """Says of each request that it came, and of each try of a callback how it ended, on stderr."""

    def __init__(self, paint: Paint) -> None:
        self._paint = paint

    def __call__(self, event: Event) -> None:
        """Take an event of the ledger."""
        match event.entry:
            case Request() as request:
                self._print(request.api, request.status, _words_of(request))
            case Effect(name=name) as effect if name.startswith(_OUTBOUND):
                self._print(effect.api, effect.detail.get("status", 0), _outcome_of(effect))
            case _:
                pass

    def _print(self, api: str, status: int, words: list[str]) -> None:
        style = "good" if 200 <= status < 300 else "bad"
        parts = [
            self._paint("dim", time.strftime("%H:%M:%S")),
            f"{api:<7}",
            self._paint(style, f"{status or 'none':>4}"),
            *words,
        ]
        with contextlib.suppress(OSError):
            print(*(one_line(part) if "\x1b[" not in part else part for part in parts), file=sys.stderr, flush=True)
