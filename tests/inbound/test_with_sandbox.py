"""From the sandbox's callbacks over a receiver and an inbox to a handler: each event once, whatever happens to them."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from attrs import define, field

from reknit import refonte, relays

pytest.importorskip("aiosqlite")

from reknit.durable import Inbox, Stored, Succeeded
from reknit.sandbox import (
    TEST_KEY,
    Clock,
    DuplicateCallback,
    ReorderCallbacks,
    Sandbox,
    WrongSecret,
)
from tests.inbound.conftest import served

DAY = 24 * 3600


@define
class Heard:
    """What an inbox tells of letters: how each was taken, and how many have been handled."""

    outcomes: Counter[str] = field(factory=Counter[str])
    _handled: int = 0
    _more: asyncio.Event = field(factory=asyncio.Event)

    def __call__(self, event: object) -> None:
        if isinstance(event, Stored):
            self.outcomes[event.outcome] += 1
        if isinstance(event, Succeeded):
            self._handled += 1
            self._more.set()

    async def all_handled(self) -> None:
        async with asyncio.timeout(20):
            while self._handled < self.outcomes["new"]:
                self._more.clear()
                await self._more.wait()
        assert self._handled == self.outcomes["new"]


@pytest.fixture
async def box() -> AsyncIterator[Sandbox]:
    async with Sandbox(clock=Clock(1_800_000_000.0, tick=lambda: 0.0)) as box:
        yield box
    assert not box.violations


def _inbox(folder: Path, heard: Heard) -> Inbox:
    return Inbox(f"sqlite+aiosqlite:///{folder}/inbox.db", hooks=[heard], linger=0)


@pytest.mark.parametrize(
    ("faults", "duplicates"),
    [
        ([], 0),
        ([DuplicateCallback(copies=3)] * 2, 6),
        ([ReorderCallbacks(), ReorderCallbacks()], 0),
        ([WrongSecret()] * 7, 0),
        ([DuplicateCallback(), WrongSecret(), ReorderCallbacks()] * 2, 2),
    ],
    ids=["none", "duplicate", "reorder", "wrong-secret", "all"],
)
async def test_each_result_is_handled_once_whatever_happens_to_its_callbacks(
    box: Sandbox, tmp_path: Path, faults: list[Any], duplicates: int
) -> None:
    heard, handled = Heard(), Counter[tuple[str, str | None, bool]]()
    inbox = _inbox(tmp_path, heard)
    receiver = refonte.receiver([box.refonte.callback_auth_key], inbox=inbox)

    @receiver.on(refonte.TaskCallback, order_by=lambda event: event.task_id)
    async def labelled(event: refonte.TaskCallback) -> None:
        handled[event.task_id, event.status, bool(event.task.audits)] += 1

    for fault in faults:
        box.faults.add(api="refonte", operation="callback", fault=fault)
    expected: set[tuple[str, str | None, bool]] = set()
    async with (
        inbox,
        inbox.worker(),
        served(receiver) as url,
        refonte.Client(TEST_KEY, base_url=box.base_url("refonte")) as labels,
    ):
        for _ in range(2):
            task = await labels.tasks.create_text_collection(project="p", callback_url=f"{url}/hook")
            await box.refonte.complete(task.task_id)
            await box.refonte.audit(task.task_id)
            await box.refonte.recall(task.task_id)
            await box.refonte.fail(task.task_id)
            told = (("completed", False), ("completed", True), ("pending", True), ("error", True))
            expected |= {(task.task_id, *each) for each in told}
        box.clock.advance(DAY)  # what was refused comes again
        await box.settle()
        await heard.all_handled()
    assert handled == Counter(expected)
    assert heard.outcomes == Counter(new=len(expected), duplicate=duplicates)


async def test_a_session_is_announced_twice_and_handled_once_as_the_api_has_it(box: Sandbox, tmp_path: Path) -> None:
    heard, handled = Heard(), list[relays.Session]()
    async with (
        relays.Client(TEST_KEY, base_url=box.base_url("relays")) as edge,
        _inbox(tmp_path, heard) as inbox,
    ):
        receiver = relays.receiver("a-long-secret", client=edge, inbox=inbox)

        @receiver.on_session
        async def ready(session: relays.Session) -> None:
            handled.append(session)

        box.faults.add(api="relays", operation="webhook", fault=DuplicateCallback(copies=2))
        box.faults.add(api="relays", operation="webhook", fault=ReorderCallbacks())
        async with inbox.worker(), served(receiver, "/relays/{secret}") as url:
            for secret in ("a-long-secret", "a-long-secret", "guessed", "a-long-secret"):
                session = await edge.sessions.create(webhook_url=f"{url}/relays/{secret}")
                box.relays.make_ready(session.session_id)
                await box.settle()
            await heard.all_handled()
        announced = [*box.relays.sessions]
    assert sorted(session.session_id for session in handled) == sorted([*announced[:2], announced[3]])
    assert all(session.ready for session in handled)
    assert heard.outcomes == Counter(new=3, duplicate=2)
    assert box.ledger.effects("relays", "webhook.failed")[0].detail == {"status": 401}
