"""`reknit inbox`: what an operator does with an inbox, and a worker as a process of its own.

The address comes from REKNIT_INBOX rather than from an option where it holds a password: the list of processes is for
all to read.
"""

from __future__ import annotations

import asyncio
import importlib
import json as jsons
import os
import sys
import time
import traceback
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import asynccontextmanager
from decimal import Decimal
from math import isfinite
from pathlib import Path
from typing import Annotated, Any, Final, Literal, NoReturn, TypeAlias
from urllib.parse import parse_qs, urlsplit

import attrs
from cyclopts import Parameter
from sqlalchemy import make_url

from ..durable import DatabaseError, Entry, Inbox, Retries
from ..errors import ConfigurationError, InvalidArgument
from .exits import Exit, Refusal
from .ports import stopped
from .rendering import Paint, one_line, outline, to_json

__all__ = ["drop", "list_", "replay", "show", "stats", "work"]

_VARIABLE: Final = "REKNIT_INBOX"
_State: TypeAlias = Literal["ready", "leased", "done", "dead", "dropped"]


def _option(text: str, metavar: str | None = None) -> Parameter:
    return Parameter(help=text, metavar=metavar, negative=(), show_default=lambda value: value or None)


_Ids: TypeAlias = Annotated[int, _option("The letters' ids.", "ID")]
_Address: TypeAlias = Annotated[str | None, _option(f"The inbox's address; else {_VARIABLE}.", "URL")]
_InState: TypeAlias = Annotated[_State | None, _option("Only letters in this state.")]
_Of: TypeAlias = Annotated[str | None, _option("Only letters of this receiver.", "NAME")]
_Json: TypeAlias = Annotated[bool, _option("Print JSON in one line.")]


def list_(
    *,
    state: _InState = None,
    receiver: _Of = None,
    after: Annotated[int, _option("Begin after this id.", "ID")] = 0,
    limit: Annotated[int, _option("How many at most, up to 1000.")] = 100,
    inbox: _Address = None,
    json: _Json = False,
) -> int:
    """List letters by their ids, without their bodies; with --json one in each line."""

    async def run(inbox: Inbox) -> int:
        for entry in await inbox.list(state=state, receiver=receiver, after=after, limit=limit):
            print(to_json(_plain(entry)) if json else _row(entry))
        return Exit.OK

    return _with(inbox, run)


def show(id: Annotated[int, _option("The letter's id.", "ID")], *, inbox: _Address = None, json: _Json = False) -> int:
    """Show a letter with its body, which is what was received."""

    async def run(inbox: Inbox) -> int:
        entry = await inbox.show(id)
        if entry is None:
            print(f"reknit: there is no letter {id} in the inbox", file=sys.stderr)
            return Exit.NOT_FOUND
        whole = {**_plain(entry), "body": _body(entry.body)}
        print(to_json(whole) if json else "\n".join(outline(whole, Paint(sys.stdout))))
        return Exit.OK

    return _with(inbox, run)


def replay(*ids: _Ids, state: _InState = None, receiver: _Of = None, inbox: _Address = None) -> int:
    """Handle letters again, from their first try: those with these ids, or all of a state and a receiver.

    Letters that are being handled, and those whose bodies are no longer kept, stay as they are.
    """

    async def run(inbox: Inbox) -> int:
        print(f"{await inbox.replay(*ids, state=state, receiver=receiver)} to be handled again")
        return Exit.OK

    return _with(inbox, run)


def drop(*ids: _Ids, state: _InState = None, receiver: _Of = None, inbox: _Address = None) -> int:
    """Give letters up: those with these ids, or all of a state and a receiver.

    Their bodies go at once; when they are sent again they are acknowledged and not run.
    """

    async def run(inbox: Inbox) -> int:
        print(f"{await inbox.drop(*ids, state=state, receiver=receiver)} dropped")
        return Exit.OK

    return _with(inbox, run)


def stats(*, inbox: _Address = None, json: _Json = False) -> int:
    """Count the letters in each state; `oldest` are the seconds for which one has waited."""

    async def run(inbox: Inbox) -> int:
        found = attrs.asdict(await inbox.stats())
        print(to_json(found) if json else "\n".join(outline(found, Paint(sys.stdout))))
        return Exit.OK

    return _with(inbox, run)


def work(
    *receivers: Annotated[str, _option("Receivers that have an inbox, as they are imported.", "MODULE:NAME")],
    concurrency: Annotated[int, _option("How many letters at a time.")] = 8,
    lease: Annotated[float, _option("How long a letter is a worker's, unless renewed.", "SECONDS")] = 30.0,
    timeout: Annotated[float, _option("How long a handler may take.", "SECONDS")] = 300.0,
    tries: Annotated[int, _option("After how many tries a letter is dead.")] = 10,
    grace: Annotated[float, _option("How long handlers may finish at the end.", "SECONDS")] = 10.0,
) -> int:
    """Handle the letters of some receivers until Ctrl-C or SIGTERM.

    The modules are imported as Python would from this directory; the receivers share one inbox.
    """
    if not receivers:
        raise Refusal("name a receiver as MODULE:NAME")
    found = {id(inbox): inbox for inbox in map(_inbox_of, receivers)}
    if len(found) > 1:
        raise Refusal("these receivers have several inboxes; start a worker for each")
    [inbox] = found.values()

    async def run(inbox: Inbox) -> int:
        working = inbox.worker(
            concurrency=concurrency, lease=lease, timeout=timeout, grace=grace, retries=Retries(tries=tries)
        )
        async with stopped() as stop, working:
            print(f"reknit inbox: {inbox!r} is being worked on; Ctrl-C ends it", file=sys.stderr)
            await stop.wait()
            print("reknit inbox: finishing what was begun", file=sys.stderr)
        done = inbox.counters
        print(
            f"reknit inbox: {done.processed} processed, {done.failed} failed tries, {done.died} died", file=sys.stderr
        )
        return Exit.OK

    return _run(lambda: inbox, run)


def _with(address: str | None, run: Callable[[Inbox], Coroutine[Any, Any, int]]) -> int:
    return _run(lambda: _existing(_address(address)), run)


def _existing(address: str) -> Inbox:
    """Return the inbox of an address, and make no new one of a mistyped file's name."""
    inbox, url = Inbox(address), make_url(address)
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").exists():
        raise Refusal(f"there is no inbox {url.database}: it is made where letters are received; check the address")
    return inbox


def _run(make: Callable[[], Inbox], run: Callable[[Inbox], Coroutine[Any, Any, int]]) -> int:
    async def main() -> int:
        async with _opened(make()) as inbox:
            return await run(inbox)

    try:
        return asyncio.run(main())
    except (ConfigurationError, InvalidArgument) as error:
        raise Refusal(str(error)) from None
    except DatabaseError as error:
        print(f"reknit: {one_line(str(error))}", file=sys.stderr)
        return Exit.FAILED


@asynccontextmanager
async def _opened(inbox: Inbox) -> AsyncGenerator[Inbox]:
    try:
        yield inbox
    finally:
        await inbox.close()


def _address(given: str | None) -> str:
    address = given or os.environ.get(_VARIABLE, "")
    if not address:
        raise Refusal(f"say which inbox with --inbox URL, or in {_VARIABLE}")
    if given:
        parts = urlsplit(given)
        if parts.password or "password" in parse_qs(parts.query):
            raise Refusal(f"--inbox: all can read the list of processes; put an address with a password in {_VARIABLE}")
    return address


def _inbox_of(name: str) -> Inbox:
    """Import a receiver, or an inbox, and return the inbox."""
    module, _, attribute = name.partition(":")
    if not module or not attribute or module.startswith("."):
        raise Refusal(f"{name!r} is no receiver: name it as MODULE:NAME")
    here = os.getcwd()  # noqa: PTH109 - sys.path holds strings
    if here not in sys.path:
        sys.path.insert(0, here)
    try:
        found = _imported(name, module, attribute)
    except Refusal:
        raise
    except (Exception, SystemExit) as error:  # noqa: BLE001 - the user's own code, which may raise anything
        reason = f"{type(error).__name__}: {error}".removesuffix(": ")
        raise Refusal(f"{name} cannot be imported: {reason} ({_place_of(error, here)})") from None
    inbox = found if isinstance(found, Inbox) else getattr(found, "inbox", None)
    if not isinstance(inbox, Inbox):
        raise Refusal(f"{name} has no inbox: make the receiver with inbox=Inbox(…)")
    return inbox


def _imported(name: str, module: str, attribute: str) -> Any:
    try:
        found: Any = importlib.import_module(module)
    except ModuleNotFoundError as missing:
        if missing.name is None or not f"{module}.".startswith(f"{missing.name}."):
            raise
        raise Refusal(f"{name}: there is no module {missing.name!r} here") from None
    for part in attribute.split("."):
        if not hasattr(found, part):
            raise Refusal(f"{name}: {module} has no {attribute!r}")
        found = getattr(found, part)
    return found


def _place_of(error: BaseException, here: str) -> str:
    """Return the file and line of an error: where the user's own code was, else where it was raised."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}:{error.lineno}"
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename != __file__]
    own = [frame for frame in frames if _is_own(Path(frame.filename), here)]
    last = (own or frames)[-1]
    return f"{last.filename}:{last.lineno}"


def _is_own(file: Path, here: str) -> bool:
    return file.is_relative_to(here) and "site-packages" not in file.parts


def _row(entry: Entry) -> str:
    came = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(entry.received_at))
    parts = [
        f"{entry.id:>6}",
        f"{entry.state:<7}",
        came,
        f"{entry.attempts:>2} tries",
        entry.receiver,
        entry.kind or "-",
    ]
    return "  ".join(map(_as_text, [*parts, *([entry.error] if entry.error else [])]))


def _as_text(text: str) -> str:
    """Return a text as one that a terminal takes as text, with its spaces."""
    return "".join(letter if letter.isprintable() else jsons.dumps(letter)[1:-1] for letter in text)


def _plain(entry: Entry) -> dict[str, Any]:
    found = attrs.asdict(entry, filter=lambda field, _: field.name != "body")
    return {**found, "digest": entry.digest.hex()}


def _body(body: bytes | None) -> Any:
    """Return a body as JSON where it is JSON that shows it whole, else as text."""
    if body is None:
        return None
    try:
        return jsons.loads(body, parse_float=_number, parse_constant=_refuse, object_pairs_hook=_distinct)
    except (ValueError, ArithmeticError, RecursionError):
        return body.decode("utf-8", "backslashreplace")


def _number(text: str) -> float:
    number = float(text)
    if not isfinite(number) or Decimal(text) != Decimal(repr(number)):
        raise ValueError(text)
    return number


def _refuse(text: str) -> NoReturn:
    raise ValueError(text)


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a property twice")
    return found
