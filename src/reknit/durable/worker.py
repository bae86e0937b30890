"""The worker: claims letters, runs their handlers, and settles what became of them.

A handler runs in a task of its own; the worker renews its lease and cancels it when the lease is lost. Whoever settles
a letter does so by its token, in the handler's own transaction where the handler used it. So what a handler wrote there
is committed once, together with the letter's end, or not at all.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from math import isfinite
from typing import Any, Final

from attrs import define, frozen
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from ..errors import ConfigurationError
from ..inbound.store import Letter, LetterHandler
from .commits import GroupCommit
from .database import Database, DatabaseError, lent, trouble
from .events import Failed, LeaseLost, Observers, Outage, Succeeded
from .leases import Lease, Leases
from .retries import Retries
from .schema import DEAD, DONE, letters
from .sweeping import Retention, steady, sweep

__all__ = ["Shop", "Terms", "Worker"]

_SETTLE_LINGER: Final = 0.002
_BATCH: Final = 500
#: Seconds for which a busy worker lets finished handlers add up before it claims for all of them.
_GATHER: Final = 0.005
_ERROR_LENGTH: Final = 500
#: Seconds between looks for what is no longer kept.
_SWEEP: Final = 600.0
#: Seconds before the first: long enough to see a clock jump, short enough for workers that are started anew often.
_FIRST_SWEEP: Final = 30.0
#: Seconds between tries to reach a database that is away, at most.
_AWAY: Final = 10.0


@frozen(kw_only=True)
class Terms:
    """How a worker works; `Inbox.worker` says what each means."""

    concurrency: int
    lease: float
    timeout: float
    retries: Retries
    poll: float
    grace: float

    def __attrs_post_init__(self) -> None:
        if self.concurrency < 1:
            raise ConfigurationError(f"concurrency={self.concurrency}: a worker handles at least one letter at a time")
        for name, least in (("lease", 0.1), ("timeout", 0.001), ("poll", 0.001), ("grace", 0.0)):
            value: float = getattr(self, name)
            if not (isfinite(value) and value >= least):
                raise ConfigurationError(f"{name}={value}: it is a number of seconds, at least {least:g}")


@frozen(kw_only=True)
class Shop:
    """What a worker works with."""

    database: Database
    leases: Leases
    observers: Observers
    receivers: Mapping[str, LetterHandler]
    arrived: asyncio.Event
    retention: Retention
    chance: Callable[[], float] = random.random


@define(eq=False)
class _Job:
    """A letter that is being handled. `ending` is set when the handler has ended: then nobody cancels it."""

    lease: Lease
    row: Any
    task: asyncio.Task[None] | None = None
    ending: bool = False
    lost: bool = False


class _LostError(Exception):
    """The row's token is another's."""


class _WorkersDiedError(Exception):
    """Every try ended with the worker's death, or in its sleep."""


class Worker:
    """Handles letters from `start` until `stop`."""

    def __init__(self, shop: Shop, terms: Terms) -> None:
        self._shop = shop
        self._terms = terms
        self._jobs: dict[Lease, _Job] = {}
        self._free = asyncio.Event()
        self._stopping = asyncio.Event()
        self._over = asyncio.Event()
        #: Renewals and settlements change many rows each; one after the other they cannot lock each other out.
        self._changing = asyncio.Lock()
        self._settled: GroupCommit[Lease, bool] = GroupCommit(self._settle, _SETTLE_LINGER, _BATCH)
        self._loops: list[asyncio.Task[None]] = []
        self._mine = letters.c.receiver.in_(list(shop.receivers))

    def start(self) -> None:
        """Begin to claim."""
        loops = (
            (self._claims, self._stopping),
            (self._renewals, self._over),  # also while the last handlers finish
            (self._sweeps, self._stopping),
        )
        self._loops = [asyncio.create_task(self._persist(*loop), name="reknit inbox worker") for loop in loops]

    async def stop(self) -> None:
        """Claim nothing more, let handlers finish within the grace, then give their letters back."""
        self._stopping.set()
        self._free.set()
        self._shop.arrived.set()
        try:
            # The claim that is under way ends by itself, so that no row stays leased to nobody.
            await asyncio.wait(self._loops[:1])
            if self._jobs:
                await asyncio.wait(self._tasks(), timeout=self._terms.grace)
        finally:
            for job in list(self._jobs.values()):
                self._cancel(job)
            if self._jobs:
                await asyncio.wait(self._tasks())
            self._over.set()
            await asyncio.wait(self._loops)
            await self._settled.drain()

    def _tasks(self) -> list[asyncio.Task[None]]:
        return [job.task for job in self._jobs.values() if job.task is not None]

    def _cancel(self, job: _Job) -> None:
        if job.task is not None and not job.ending:
            job.task.cancel()

    async def _persist(self, step: Callable[[], Awaitable[None]], until: asyncio.Event) -> None:
        """Run a loop for as long as the worker works, whatever becomes of the database."""
        tried = 0
        while not until.is_set():
            began = time.monotonic()
            try:
                await step()
            except Exception as error:  # noqa: BLE001 - a worker that works no more must not look as if it did
                tried = 1 if time.monotonic() - began > _AWAY else tried + 1
                self._report(error)
                wait = min(_AWAY, self._terms.poll * 2 ** min(tried, 16)) * (0.5 + self._shop.chance() / 2)
                await _within(until, wait)

    def _report(self, error: Exception) -> None:
        if isinstance(error, SQLAlchemyError | OSError | DatabaseError):
            self._shop.observers.tell(Outage(trouble("work", self._shop.database.name, error).message))
        else:
            context = {"message": "the worker of the inbox failed", "exception": error}
            asyncio.get_running_loop().call_exception_handler(context)

    # Claiming.

    async def _claims(self) -> None:
        more = False
        while not self._stopping.is_set():
            await self._room()
            if self._stopping.is_set():
                return
            self._shop.arrived.clear()
            wait = 0.0 if more else await self._next_due()
            if wait > 0:
                await _within(self._shop.arrived, wait)
                continue
            more = await self._claim(self._terms.concurrency - len(self._jobs))

    async def _room(self) -> None:
        """Wait until a letter can be taken; a moment longer for a few, because a claim costs the same for all."""
        while len(self._jobs) >= self._terms.concurrency and not self._stopping.is_set():
            self._free.clear()
            await self._free.wait()
        if len(self._jobs) > self._terms.concurrency // 2:
            await _within(self._stopping, _GATHER)

    async def _next_due(self) -> float:
        """Return how long to wait before the next look: 0 where something is due. It takes no lock."""
        async with self._shop.database.answer(), self._shop.database.read() as connection:
            due = await self._shop.leases.next_due(connection, self._mine)
        if due is None or due > self._terms.poll:
            return self._pause()
        return max(0.0, due)

    async def _claim(self, free: int) -> bool:
        """Claim up to `free` letters and begin to handle them; say whether there may be more."""
        async with self._shop.database.answer(), self._shop.database.write() as connection:
            rows = await self._shop.leases.claim(connection, free, self._terms.lease, self._mine)
        for row in rows:
            job = _Job(Lease(row.id, row.token), row)
            self._jobs[job.lease] = job
            job.task = asyncio.create_task(self._handle(job), name=f"reknit letter {row.id}")
            job.task.add_done_callback(self._ended(job))
        if not rows:
            # What is due waits behind another of its line, or another worker was faster.
            await _within(self._shop.arrived, self._pause())
        return len(rows) == free

    def _pause(self) -> float:
        """Return how long to wait before the next look; not all workers of a database look at the same moments."""
        return self._terms.poll * (0.75 + self._shop.chance() / 2)

    def _ended(self, job: _Job) -> Callable[[asyncio.Task[None]], None]:
        def end(task: asyncio.Task[None]) -> None:
            self._jobs.pop(job.lease, None)
            self._free.set()
            self._shop.arrived.set()
            error = None if task.cancelled() else task.exception()
            if isinstance(error, Exception):
                self._report(error)

        return end

    # Handling.

    async def _handle(self, job: _Job) -> None:
        """Handle a letter once and settle it; whatever cannot be settled is left to the end of its lease."""
        began = time.monotonic()
        try:
            await self._try(job)
        except _LostError:
            self._lost(job)
        except asyncio.CancelledError:
            if job.lost:
                self._lost(job)
            elif self._stopping.is_set():
                await self._give_back(job)
            else:
                await self._fail(job, "CancelledError: the handler was cancelled")
        except Exception as error:  # noqa: BLE001 - a handler may raise anything
            await self._fail(job, _line(error))
        except (GeneratorExit, KeyboardInterrupt):
            raise
        except BaseException as error:
            await self._fail(job, _line(error))
            if isinstance(error, SystemExit):
                raise
        else:
            seconds, row = time.monotonic() - began, job.row
            lag = max(0.0, time.time() - row.received_at)
            self._shop.observers.tell(Succeeded(row.id, row.receiver, row.kind, row.attempts, seconds, lag))

    async def _try(self, job: _Job) -> None:
        row = job.row
        if row.attempts > self._terms.retries.tries:
            raise _WorkersDiedError("no worker that took it came to an end; it may be what ends them")
        receiver = self._shop.receivers[row.receiver]
        idle = self._terms.timeout + self._terms.lease
        async with self._shop.database.transaction(idle=idle) as connection:
            async with lent(connection) as loan, asyncio.timeout(self._terms.timeout):
                await receiver.handle(_letter(row), connection)
            job.ending = True
            if loan.begun:
                values = {"state": DONE, "error": None, "settled_at": self._shop.database.now}
                try:
                    async with self._shop.database.answer():
                        if not await self._shop.leases.settle(connection, [job.lease], values):
                            raise _LostError
                        await connection.commit()
                except (SQLAlchemyError, OSError) as error:
                    raise trouble("commit the handler's transaction", self._shop.database.name, error) from None
                return
        if not await self._settled.add(job.lease):
            raise _LostError

    async def _settle(self, batch: Sequence[Lease]) -> Sequence[bool | Exception]:
        values = {"state": DONE, "error": None, "settled_at": self._shop.database.now}
        async with self._changing, self._shop.database.answer(), self._shop.database.write() as connection:
            held = await self._shop.leases.settle(connection, batch, values)
        return [lease in held for lease in batch]

    async def _fail(self, job: _Job, error: str) -> None:
        job.ending, row = True, job.row
        wait = self._terms.retries.wait(row.attempts, self._shop.chance)
        try:
            async with self._shop.database.answer(), self._shop.database.write() as connection:
                if wait is None:
                    values = {"state": DEAD, "error": error, "settled_at": self._shop.database.now}
                    held = bool(await self._shop.leases.settle(connection, [job.lease], values))
                else:
                    held = await self._shop.leases.put_back(connection, job.lease, wait, {"error": error})
        except (SQLAlchemyError, OSError, DatabaseError) as outage:
            self._report(outage)  # the lease ends by itself
            return
        if held:
            name = error.partition(":")[0]
            self._shop.observers.tell(Failed(row.id, row.receiver, row.kind, row.attempts, name, wait))
        else:
            self._lost(job)

    async def _give_back(self, job: _Job) -> None:
        job.ending = True
        try:
            async with self._shop.database.answer(), self._shop.database.write() as connection:
                # It was not tried: it was stopped.
                await self._shop.leases.put_back(connection, job.lease, 0.0, {"attempts": job.row.attempts - 1})
        except (SQLAlchemyError, OSError, DatabaseError) as outage:
            self._report(outage)

    def _lost(self, job: _Job) -> None:
        self._shop.observers.tell(LeaseLost(job.row.id, job.row.receiver, job.row.kind))

    # Keeping what is ours, and no more than is wanted.

    async def _renewals(self) -> None:
        # What failed is tried again before the wait, not after it: a lease has no time for two.
        while True:
            await self._renew()
            if await _within(self._over, self._terms.lease / 3):
                return

    async def _renew(self) -> None:
        jobs = {job.lease: job for job in self._jobs.values() if not job.ending}
        if not jobs:
            return
        async with self._changing, self._shop.database.answer(), self._shop.database.write() as connection:
            held = await self._shop.leases.renew(connection, jobs, self._terms.lease)
        for lease, job in jobs.items():
            if lease not in held and not job.ending:
                job.lost = True
                self._cancel(job)

    async def _sweeps(self) -> None:
        before, wait = await self._times(), _FIRST_SWEEP
        while not await _within(self._stopping, wait):
            after = await self._times()
            if steady(before, after):
                await sweep(self._shop.database, self._shop.retention)
            before, wait = after, _SWEEP

    async def _times(self) -> tuple[float, float]:
        async with self._shop.database.answer(), self._shop.database.read() as connection:
            clock = (await connection.execute(select(self._shop.database.now))).scalar_one()
        return float(clock), time.monotonic()


def _letter(row: Any) -> Letter:
    return Letter(
        receiver=row.receiver,
        kind=row.kind,
        body=bytes(row.body),
        digest=bytes(row.digest),
        order_key=row.order_key,
        received_at=row.received_at,
        verified=row.verified,
    )


def _line(error: BaseException) -> str:
    """Return an exception as one line that both databases take."""
    text = f"{type(error).__name__}: {error}".replace("\0", "\ufffd").encode("utf-8", "replace").decode()
    return " ".join(text.split())[:_ERROR_LENGTH].removesuffix(":")


async def _within(event: asyncio.Event, seconds: float) -> bool:
    """Wait for an event, `seconds` at most, and say whether it came."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        pass
    return event.is_set()
