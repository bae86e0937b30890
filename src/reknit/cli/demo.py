"""`reknit demo`: all four APIs called over real sockets, played by a sandbox on this machine."""

from __future__ import annotations

import asyncio
import sys
from typing import Any, Final, cast

from rich.console import Console

from .. import __version__
from ..sandbox import Sandbox
from .screen import Screen
from .story import STORIES, Surprise, expect

__all__ = ["run"]

#: It takes about ten seconds; what takes much longer hangs.
_PATIENCE: Final = 60.0


def run(console: Console | None = None) -> int:
    """Play the demo; return 0 when everything went as it should, else 1 after one line that says what did not."""
    screen = Screen(console)
    try:
        asyncio.run(_play(screen))
    except Exception as error:  # noqa: BLE001  # whatever it is, it is a surprise
        print(f"reknit demo: {describe(error)}", file=sys.stderr)
        return 1
    return 0


def describe(error: Exception) -> str:
    """Return one line for an error, and for a group of errors that of the first."""
    while isinstance(error, ExceptionGroup):
        error = cast("ExceptionGroup[Exception]", error).exceptions[0]
    text = " ".join(str(error).split())
    kind = "" if isinstance(error, Surprise) else type(error).__name__
    return "surprise: " + ": ".join(part for part in (kind, text) if part)


async def _play(screen: Screen) -> None:
    loop = asyncio.get_running_loop()
    unheard: list[str] = []

    def hear(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        unheard.append(f"{context['message']}: {context.get('exception')!r}")

    loop.set_exception_handler(hear)
    started = loop.time()
    async with asyncio.timeout(_PATIENCE), Sandbox() as box:
        screen.title(
            f"reknit {__version__} · four APIs, played by a sandbox at {box.url}",
            "A row is a request or a wait: operation, status, time, idempotency key.",
        )
        with screen.live():
            for name, about, tell in STORIES:
                screen.section(name, about)
                await tell(box, screen)
        for api, tally in screen.tallies.items():
            came = len(box.ledger.requests(api))
            expect(came == tally.attempts, f"{api}: {tally.attempts} requests were shown, {came} came")
    expect(not unheard, "; ".join(unheard))
    screen.summary(loop.time() - started)
