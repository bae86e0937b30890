"""Many writes, one commit: what a disk is asked to make durable costs the same for one row and for a hundred."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

__all__ = ["GroupCommit"]

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


class GroupCommit(Generic[_Item, _Result]):
    """Gathers items for `linger` seconds and commits them together.

    `commit` makes a batch durable and returns for each item its result, or the exception of that item alone; what it
    raises fails the whole batch. `add` returns only after its item's commit. Who stops waiting disturbs nobody: an item
    whose batch has not begun is left out then.
    """

    def __init__(
        self, commit: Callable[[Sequence[_Item]], Awaitable[Sequence[_Result | Exception]]], linger: float, largest: int
    ) -> None:
        self._commit = commit
        self._linger = linger
        self._largest = largest
        self._waiting: list[tuple[_Item, asyncio.Future[_Result]]] = []
        self._since = 0.0
        self._full = asyncio.Event()
        self._draining = False
        self._task: asyncio.Task[None] | None = None

    async def add(self, item: _Item) -> _Result:
        """Return the item's result when it is committed; raise where it is not."""
        loop = asyncio.get_running_loop()
        if not self._waiting:
            self._since = loop.time()
        waiter: asyncio.Future[_Result] = loop.create_future()
        self._waiting.append((item, waiter))
        if len(self._waiting) >= self._largest:
            self._full.set()
        if self._task is None:
            self._task = loop.create_task(self._run(), name="reknit group commit")
        return await waiter

    async def drain(self) -> None:
        """Return when everything that was added has been committed or has failed; nothing lingers from then on."""
        self._draining = True
        self._full.set()
        while self._task is not None:
            await asyncio.wait([self._task])

    async def _run(self) -> None:
        try:
            while self._waiting:
                await self._gather()
                batch, self._waiting = self._waiting[: self._largest], self._waiting[self._largest :]
                if len(self._waiting) < self._largest and not self._draining:
                    self._full.clear()
                self._since = asyncio.get_running_loop().time()
                wanted = [(item, waiter) for item, waiter in batch if not waiter.done()]
                if wanted:
                    await self._settle(wanted)
        finally:
            self._task = None
            # Only where this task was cancelled, with the loop: nobody shall wait for ever.
            for _, waiter in self._waiting:
                waiter.cancel()
            self._waiting = []

    async def _gather(self) -> None:
        try:
            async with asyncio.timeout_at(self._since + self._linger):
                await self._full.wait()
        except TimeoutError:
            pass

    async def _settle(self, batch: Sequence[tuple[_Item, asyncio.Future[_Result]]]) -> None:
        try:
            results: Sequence[_Result | Exception] = await self._commit([item for item, _ in batch])
        except Exception as error:  # noqa: BLE001 - it is each waiter's own
            results = [_copy(error) for _ in batch]
        except BaseException:
            for _, waiter in batch:
                waiter.cancel()
            raise
        for (_, waiter), result in zip(batch, results, strict=True):
            if waiter.done():
                continue
            if isinstance(result, Exception):
                waiter.set_exception(result)
            else:
                waiter.set_result(result)


def _copy(error: Exception) -> Exception:
    """Return an exception that a waiter can raise without adding to the traceback of another's."""
    try:
        return type(error)(*error.args).with_traceback(error.__traceback__)
    except TypeError:
        return error
