"""The stage of a test that is not async: a sandbox on a loop of its own, in a thread, for as long as the test lasts."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Generator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from threading import Thread
from typing import Any, Final, cast

from attrs import frozen

from ..sandbox import Sandbox
from .stages import Stage, staged

__all__ = ["staged_in_thread"]

#: Of a sandbox, what is not a value but a part of it, to be read and changed on its own loop.
_PARTS: Final = ("clock", "faults", "ledger", "rezi", "rezolve", "refonte", "relays")


class _Elsewhere:
    """Stand for an object that lives on another thread's loop.

    What is read, set or called here is so there, and what is awaitable is awaited there, so a coroutine is a method
    that blocks.
    """

    __slots__ = ("_loop", "_target")
    _loop: asyncio.AbstractEventLoop
    _target: object

    def __init__(self, loop: asyncio.AbstractEventLoop, target: object) -> None:
        object.__setattr__(self, "_loop", loop)
        object.__setattr__(self, "_target", target)

    def __getattr__(self, name: str) -> Any:
        value = self._there(lambda: getattr(self._target, name))
        if name in _PARTS and isinstance(self._target, Sandbox):
            return _Elsewhere(self._loop, value)
        return self._method(value) if callable(value) else value

    def __setattr__(self, name: str, value: object) -> None:
        self._there(lambda: setattr(self._target, name, value))

    def __repr__(self) -> str:
        return f"<{type(self._target).__name__} in a thread>"

    def _method(self, method: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **options: Any) -> Any:
            return self._there(lambda: method(*args, **options))

        return call

    def _there(self, work: Callable[[], Any]) -> Any:
        async def do() -> Any:
            value = work()
            return await value if inspect.isawaitable(value) else value

        return asyncio.run_coroutine_threadsafe(do(), self._loop).result()


@frozen
class _Running:
    loop: asyncio.AbstractEventLoop
    over: asyncio.Event
    stage: Stage


@contextmanager
def staged_in_thread(options: Mapping[str, Any]) -> Generator[Stage]:
    """Run a sandbox in a thread; the stage's `box` does there what is asked of it here."""
    begun: Future[_Running] = Future()
    ended: Future[None] = Future()

    async def play() -> None:
        async with staged({**options, "real_waits": True}) as stage:
            over = asyncio.Event()
            begun.set_result(_Running(asyncio.get_running_loop(), over, stage))
            await over.wait()

    def run() -> None:
        try:
            asyncio.run(play())
        except BaseException as error:  # noqa: BLE001 - raised again by whoever waits for it
            (ended if begun.done() else begun).set_exception(error)
        if not ended.done():
            ended.set_result(None)

    thread = Thread(target=run, name="reknit-sandbox", daemon=True)
    thread.start()
    try:
        running = begun.result()
        stage = running.stage
        box = stage.box
        stage.box = cast("Sandbox", _Elsewhere(running.loop, box))
        try:
            yield stage
        finally:
            stage.box = box
            running.loop.call_soon_threadsafe(running.over.set)
            ended.result()
    finally:
        thread.join()
