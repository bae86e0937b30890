"""Callbacks from a real sandbox, in the sender's process: each wave is a sandbox with a clock of its own."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable

from attrs import define, field

from reknit import refonte
from reknit.sandbox import TEST_KEY, Clock, Effect, Event, Sandbox
from reknit.sandbox.callbacks import LATER

from .plan import SECRETS, Wave

__all__ = ["Calls"]

_START = 1_800_000_000.0
#: Seconds of this machine between two tries, once one has not come through: the receiver is about to be back.
_PAUSE = 1.0


@define
class Calls:
    """The waves of a run: how many are over, what came of their tries, and what was not right."""

    port: int
    over: int = 0
    told: Counter[str] = field(factory=Counter[str])
    wrong: list[str] = field(factory=list[str])

    async def make(self, wave: Wave) -> None:
        """Send a wave while the receiver is there, or ought to be."""
        calling = await self.begin(wave)
        await self.end(calling)

    async def begin(self, wave: Wave) -> _Calling:
        """Try every callback of a wave once, in the order of the stages."""
        calling = _Calling(wave, self)
        await calling.begin()
        return calling

    async def begin_in_vain(self, wave: Wave) -> _Calling:
        """Try while the receiver is away, and some times more."""
        calling = await self.begin(wave)
        await calling.again(LATER[: wave.refused], pause=0)
        return calling

    async def end(self, calling: _Calling) -> None:
        """Try again until all have arrived, for up to a day of the sandbox."""
        await calling.end()
        self.over += 1


class _Calling:
    """One sandbox with the tasks of a wave."""

    def __init__(self, wave: Wave, calls: Calls) -> None:
        self._wave = wave
        self._calls = calls
        self._failed = 0
        self._address = f"http://127.0.0.1:{calls.port}/refonte"
        self._box = Sandbox(clock=Clock(_START, tick=lambda: 0.0), seed=wave.seed)
        self._box.refonte.callback_auth_key = SECRETS[wave.seed % 2]
        if wave.seed % 3 == 0:
            self._box.refonte.callback_header = "refonte-ai--callback-auth"
        self._box.ledger.subscribe(self._hear)

    async def begin(self) -> None:
        await self._box.start()
        for fault in self._wave.faults:
            self._box.faults.add(api="refonte", operation="callback", fault=fault)
        for name, stages in self._wave.tasks.items():
            await self._task(name, stages)

    async def again(self, tries: Iterable[float], *, start: float = _START, pause: float = _PAUSE) -> None:
        """Let the clock come to the times at which what failed is tried again, with pauses after those in vain."""
        for wait in tries:
            failed = self._failed
            self._box.clock.advance(max(0.0, start + wait - self._box.clock.now()))
            await self._box.settle()
            if self._failed > failed:
                await asyncio.sleep(pause)

    async def end(self) -> None:
        try:
            await self.again(LATER)
            # What was held back goes after another one, so that one has to come, and is not held back itself.
            self._box.faults.clear()
            start = self._box.clock.now()
            await self._task(self._wave.last, 1)
            await self.again(LATER, start=start)
        finally:
            await self._box.stop()
        self._calls.wrong += [f"the sandbox: {violation}" for violation in self._box.violations]
        given_up = [task for task in self._box.refonte.tasks.values() if not task.callback_succeeded]
        self._calls.wrong += [f"the sandbox gave up {task.metadata['name']}" for task in given_up]

    async def _task(self, name: str, stages: int) -> None:
        labels = self._box.refonte
        async with refonte.Client(TEST_KEY, base_url=self._box.base_url("refonte")) as client:
            task = await client.tasks.create_text_collection(
                project="p", callback_url=self._address, metadata={"name": name, "line": name}
            )
        deeds = (labels.complete, labels.audit, labels.recall, labels.fail)  # in the order of STAGES
        for deed in deeds[:stages]:
            await deed(task.task_id)

    def _hear(self, event: Event) -> None:
        if not isinstance(event.entry, Effect) or not event.entry.name.startswith("callback."):
            return
        outcome, detail = event.entry.name.partition(".")[2], event.entry.detail
        what = detail.get("error", detail.get("status", outcome))
        self._calls.told[str(what)] += 1
        if outcome == "failed" and what != 401:
            self._failed += 1
            if isinstance(what, int) and what < 500:
                self._calls.wrong.append(f"{what} to a callback of the sandbox")
