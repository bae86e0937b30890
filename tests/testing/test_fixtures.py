"""The plugin's fixtures, as the project's own suite finds them: run side by side, on loops of several scopes."""

from __future__ import annotations

import asyncio

import pytest

from reknit import rezolve
from reknit.sandbox import Reset, Sandbox, Status


@pytest.mark.parametrize("number", range(4))
async def test_each_test_has_a_sandbox_of_its_own(
    reknit_sandbox: Sandbox, reknit_rezolve: rezolve.Client, number: int
) -> None:
    await reknit_rezolve.tools.execute("itsm.tickets.create", input={"title": f"printer {number}"})
    assert len(reknit_sandbox.ledger.effects("rezolve")) == 1


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("number", range(2))
async def test_tests_may_share_a_loop(reknit_sandbox: Sandbox, reknit_rezolve: rezolve.Client, number: int) -> None:
    reknit_sandbox.faults.add(api="rezolve", fault=Status(503, retry_after=5))
    reknit_sandbox.faults.add(api="rezolve", fault=Reset(when="after"))
    await reknit_rezolve.tools.execute("itsm.tickets.create", input={"title": f"printer {number}"})
    assert [request.status for request in reknit_sandbox.ledger.requests()] == [503, 0, 200]
    assert len(reknit_sandbox.ledger.effects("rezolve")) == 1


def test_tests_may_have_no_loop(reknit_sandbox: Sandbox, reknit_environment: dict[str, str]) -> None:
    async def program() -> None:
        async with rezolve.Client() as hub:
            await hub.tools.execute("itsm.tickets.create", input={"title": "printer"})

    asyncio.run(program())
    assert len(reknit_sandbox.ledger.effects("rezolve")) == 1


async def test_a_stage_is_ready_within_150_ms(reknit_sandbox: Sandbox) -> None:
    """Beyond imports, and beyond the specs, which the first one of a process reads."""
    loop = asyncio.get_running_loop()
    best = 1.0
    for _ in range(5):
        began = loop.time()
        async with Sandbox():
            best = min(best, loop.time() - began)
    assert best < 0.15
