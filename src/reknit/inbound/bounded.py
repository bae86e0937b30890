"""A bound on time that costs nothing until something waits.

Most callbacks arrive whole, and many handlers never wait; a timer for each of them would be set only to be cancelled,
at a twentieth of what the whole request costs.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Coroutine, Generator
from typing import Any, Generic, TypeVar

from ..runtime.deadline import Alarm

__all__ = ["Within"]

T = TypeVar("T")


class Within(Generic[T]):
    """Await a coroutine for at most `seconds`, counted from when it first waits; then cancel it: TimeoutError.

    `expired` says whether a TimeoutError came from here.
    """

    __slots__ = ("_coroutine", "_seconds", "expired")

    def __init__(self, seconds: float, coroutine: Coroutine[Any, Any, T]) -> None:
        self._seconds = seconds
        self._coroutine = coroutine
        self.expired = False

    def __await__(self) -> Generator[Any, Any, T]:
        try:
            awaited = self._coroutine.send(None)
        except StopIteration as done:
            return done.value  # type: ignore[no-any-return]
        loop = asyncio.get_running_loop()
        alarm = Alarm(loop, None if math.isinf(self._seconds) else loop.time() + self._seconds)
        try:
            with alarm:
                return (yield from self._go_on(awaited))
        finally:
            self.expired = alarm.expired()

    def _go_on(self, awaited: Any) -> Generator[Any, Any, T]:
        """Pass on what the coroutine awaits, and what comes of it (PEP 380, from its second step on)."""
        coroutine = self._coroutine
        while True:
            try:
                sent = yield awaited
            except GeneratorExit:
                coroutine.close()
                raise
            except BaseException as error:  # noqa: BLE001 - a cancellation above all
                failure: BaseException | None = error
                sent = None
            else:
                failure = None
            try:
                awaited = coroutine.send(sent) if failure is None else coroutine.throw(failure)
            except StopIteration as done:
                return done.value  # type: ignore[no-any-return]
