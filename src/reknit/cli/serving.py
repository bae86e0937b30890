"""`reknit sandbox`: the four APIs under one port, until it is told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import shlex
import sys
import time
from typing import Final

from attrs import frozen

from ..sandbox import BrokenState, Event, Request, Sandbox, UnknownFault, parse_fault
from .exits import Refusal
from .ports import check_port, stopped, why_no_port
from .rendering import Paint, one_line

__all__ = ["Teller", "Wanted", "run"]

_LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")


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
    try:
        return asyncio.run(_serve(wanted))
    except BrokenState as error:
        raise Refusal(str(error)) from None


async def _serve(wanted: Wanted) -> int:
    box = Sandbox(
        host=wanted.host,
        port=wanted.port,
        seed=wanted.seed,
        state=wanted.state,
        callbacks_anywhere=wanted.callbacks_anywhere,
        allowed_hosts=wanted.allowed_hosts,
    )
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
        except UnknownFault as error:
            raise Refusal(f"--fault {text}: {error}") from None


def _introduce(box: Sandbox, wanted: Wanted) -> None:
    for name, value in box.environment().items():
        print(f"export {name}={shlex.quote(value)}")
    sys.stdout.flush()
    print(f"reknit sandbox: four APIs at {box.url}, any key will do; Ctrl-C ends it", file=sys.stderr)
    print(f"reknit sandbox: what changes it over HTTP carries X-Sandbox-Token: {box.token}", file=sys.stderr)
    if wanted.host not in _LOOPBACK:
        print("reknit sandbox: whoever reaches this machine can use it", file=sys.stderr)


class Teller:
    """Says of each request that it came, on stderr."""

    def __init__(self, paint: Paint) -> None:
        self._paint = paint

    def __call__(self, event: Event) -> None:
        """Take an event of the ledger."""
        entry = event.entry
        if not isinstance(entry, Request):
            return
        status = str(entry.status or "none")
        style = "good" if 200 <= entry.status < 300 else "bad"
        parts = [
            self._paint("dim", time.strftime("%H:%M:%S")),
            f"{entry.api:<7}",
            self._paint(style, f"{status:>4}"),
            f"{entry.method} {entry.path}",
        ]
        if entry.key:
            parts.append(f"key {entry.key}")
        if entry.fault:
            parts.append(f"fault {entry.fault}")
        with contextlib.suppress(OSError):
            print(*(one_line(part) if "\x1b[" not in part else part for part in parts), file=sys.stderr, flush=True)
