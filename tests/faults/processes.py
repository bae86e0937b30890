"""What runs in processes of its own: the receiver, and workers whose handlers misbehave.

Both are forked from a server that has imported everything already, because a fresh import costs more than the work
between two kills.
"""

from __future__ import annotations

import asyncio
import json
import logging
import random
import signal
import time
from typing import Any

from aiohttp import web
from sqlalchemy import text

from reknit import refonte
from reknit.durable import Inbox, Retries, Succeeded

from .plan import SECRETS, name_of

__all__ = ["receive", "work"]


def _line(event: Any) -> str | None:
    line: str | None = event.task.metadata["line"]
    return line


def _name(event: Any) -> str:
    if isinstance(event, refonte.Undecoded):
        return name_of(json.loads(event.raw))
    task = {"metadata": event.task.metadata, "audits": event.task.audits}
    return name_of({"status": str(event.status), "task": task})


def _receiver(inbox: Inbox, chance: random.Random, lease: float) -> refonte.Receiver[refonte.TaskCallback]:
    receiver = refonte.receiver(secrets=list(SECRETS), inbox=inbox)

    @receiver.on(refonte.TaskCallback, order_by=_line)
    async def labelled(event: refonte.TaskCallback, transaction: Any) -> None:
        await _take(event, transaction, chance, lease)

    @receiver.otherwise
    async def unknown(event: Any, transaction: Any) -> None:
        await _take(event, transaction, chance, lease)

    return receiver


async def _take(event: Any, transaction: Any, chance: random.Random, lease: float) -> None:
    """Write an effect, and fail, dawdle or fall asleep now and then."""
    luck, name = chance.random(), _name(event)
    if luck < 0.02:
        raise ValueError("failed before it wrote")
    if luck < 0.05:
        await asyncio.sleep(chance.random() * 0.02)
    if name.split()[0].endswith("77"):
        # Slow at every try, so that one who comes back from a pause meets another at the same event.
        await asyncio.sleep(lease * (0.3 + chance.random() / 2))
    if luck > 0.9995:
        time.sleep(lease * 1.3)  # noqa: ASYNC251 - a handler that holds its loop loses every lease of the process
    effect = {"name": name, "kind": type(event).__name__}
    await transaction.execute(text("INSERT INTO effects (name, kind) VALUES (:name, :kind)"), effect)
    if 0.05 < luck < 0.07:
        raise ValueError("failed after it wrote")


def receive(url: str, port: int) -> None:
    """Serve the receiver on a port until SIGTERM."""
    logging.disable()  # what is refused here is refused on purpose
    asyncio.run(_receive(url, port))


async def _receive(url: str, port: int) -> None:
    app = web.Application()
    async with Inbox(url) as inbox:
        app.router.add_route("POST", "/refonte", _receiver(inbox, random.Random(), 0).aiohttp)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        await _stopped()
        await runner.cleanup()


def work(url: str, seed: str, lease: float, processed: Any, slot: int) -> None:
    """Handle letters until SIGTERM, and count them in a slot of shared memory."""
    asyncio.run(_work(url, seed, lease, processed, slot))


async def _work(url: str, seed: str, lease: float, processed: Any, slot: int) -> None:
    def count(event: object) -> None:
        if isinstance(event, Succeeded):
            processed[slot] += 1

    retries = Retries(tries=40, base=0.01, cap=0.5)
    async with Inbox(url, hooks=[count]) as inbox:
        _receiver(inbox, random.Random(seed), lease)
        async with inbox.worker(concurrency=8, lease=lease, poll=0.1, retries=retries):
            await _stopped()


async def _stopped() -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await stop.wait()
