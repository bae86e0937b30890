"""What a test plays on: a sandbox, clients pointed at it, and the account of what happened there."""

from __future__ import annotations

import asyncio
import importlib
import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final

import pytest

from ..runtime import BaseClient
from ..sandbox import TEST_KEY, Clock, Event, Sandbox
from .waits import Waits

__all__ = ["Stage", "options_of", "staged"]

#: The marker's words, all but the last those of `Sandbox`.
_OPTIONS: Final = ("seed", "keys", "clock", "ledger_size", "state", "callbacks_anywhere", "real_waits")
#: How much of what happened a report shows.
_EVENTS_SHOWN: Final = 20
_BODY_SHOWN: Final = 160
#: Of an effect, what says how a callback was answered, or why it was not sent or did not arrive.
_REASONS: Final = ("status", "reason", "error")


class Stage:
    """A running sandbox and the clients that were asked for; `key` is the API key that they call with."""

    def __init__(self, box: Sandbox, key: str, waits: Waits | None) -> None:
        self.box = box
        self.key = key
        self._waits = waits
        self._clients: dict[str, BaseClient] = {}

    def client(self, api: str) -> Any:
        """Return the client of an API, the same one for the whole test."""
        if api not in self._clients:
            kind = importlib.import_module(f"reknit.{api}").Client
            hooks = () if self._waits is None else (self._waits.hook(),)
            self._clients[api] = kind(self.key, base_url=self.box.base_url(api), hooks=hooks)
        return self._clients[api]

    async def close(self) -> None:
        """Close the clients."""
        for client in self._clients.values():
            await client.close()

    def story(self) -> str:
        """Tell the last requests and effects, one a line, without what is secret."""
        ledger = self.box.ledger
        events = [event for event in ledger.events() if event.kind != "change"]
        left_out = len(events) - _EVENTS_SHOWN
        lines = [f"requests: {ledger.request_count}, effects: {ledger.effect_count}"]
        lines += [f"({left_out} earlier ones are not shown)"] if left_out > 0 else []
        lines += [line for event in events[-_EVENTS_SHOWN:] for line in _lines(event)]
        return "\n".join([*lines, *self.box.violations])


def _lines(event: Event) -> list[str]:
    entry: Mapping[str, Any] = event.public()["entry"]
    if event.kind == "effect":
        facts = {"key": entry["key"], **{name: entry["detail"].get(name) for name in _REASONS}}
        known = ", ".join(f"{name} {value}" for name, value in facts.items() if value is not None)
        return [f"{entry['api']} effect: {entry['name']} {entry['subject']}{f' ({known})' if known else ''}"]
    status = entry["status"] or "no answer"
    facts = {"key": entry["key"], "attempt": entry["attempt"], "fault": entry["fault"]}
    known = "".join(f", {name} {value}" for name, value in facts.items() if value is not None)
    lines = [f"{entry['api']} {entry['method']} {entry['path']} -> {status}{known}"]
    bodies = {"sent": entry["body"], "answered": entry["answer_body"]}
    return lines + [f"    {name}: {_short(body)}" for name, body in bodies.items() if body is not None]


def _short(body: object) -> str:
    text = json.dumps(body, ensure_ascii=True)
    return text if len(text) <= _BODY_SHOWN else f"{text[:_BODY_SHOWN]}..."


def options_of(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Return what the markers of a test say; where two say the same, the one that is nearer to it holds."""
    options: dict[str, Any] = {}
    for marker in request.node.iter_markers("reknit"):
        unknown = [*map(repr, marker.args), *(name for name in marker.kwargs if name not in _OPTIONS)]
        if unknown:
            pytest.fail(f"@pytest.mark.reknit takes {', '.join(_OPTIONS)}, not {', '.join(unknown)}", pytrace=False)
        options = {**marker.kwargs, **options}
    return options


@asynccontextmanager
async def staged(options: Mapping[str, Any]) -> AsyncGenerator[Stage]:
    """Run a sandbox on the running loop, and close it after its clients.

    Its clock is the loop's, so that the waits of the clients pass for it too; where it has another, they are real.
    """
    arguments = dict(options)
    real_waits = arguments.pop("real_waits", "clock" in arguments or "state" in arguments)
    loop = asyncio.get_running_loop()
    waits = None if real_waits else Waits.on(loop)
    keys = arguments.get("keys")
    box = _sandbox(loop, arguments)
    try:
        async with box:
            stage = Stage(box, next(iter(keys)) if keys else TEST_KEY, waits)
            try:
                yield stage
            finally:
                await stage.close()
    finally:
        box.close()


def _sandbox(loop: asyncio.AbstractEventLoop, arguments: dict[str, Any]) -> Sandbox:
    if "clock" not in arguments and "state" not in arguments:
        arguments["clock"] = Clock(tick=loop.time)
    try:
        return Sandbox(**arguments)
    except (TypeError, ValueError) as error:  # of the marker: a state file that is broken, a ledger of no size
        pytest.fail(f"@pytest.mark.reknit: {error}", pytrace=False)
