"""Rezolve: a catalogue, executions, approvals, errors wherever they may come, limits."""

from __future__ import annotations

import pytest

from reknit import Retry, errors, rezolve
from reknit.sandbox import WRONG_KEY, Reset
from tests.contract.stage import Scene, Story

__all__ = ["STORIES"]

CREATE = "itsm.tickets.create"
DELETE = "itsm.tickets.delete"


async def catalogue(scene: Scene) -> None:
    """Read the tools, in the envelope and bare."""
    async with scene.client() as hub:
        for enveloped in (True, False):
            scene.box.rezolve.enveloped_catalogue = enveloped
            tools = await hub.tools.list()
            assert {tool.key for tool in await hub.tools.list(domain="itsm")} < {tool.key for tool in tools}
            assert (await hub.tools.get(CREATE)).key == CREATE
            assert await hub.tools.list(domain="no such domain") == []


async def executions(scene: Scene) -> None:
    """Execute, validate without executing, choose a connection, and replay under the same key."""
    async with scene.client() as hub:
        dry = await hub.tools.execute(CREATE, input={"title": "x"}, dry_run=True)
        assert dry.data["dry_run"]
        first = await hub.tools.execute(CREATE, input={"title": "näh"}, idempotency_key="one")
        again = await hub.tools.execute(CREATE, input={"title": "näh"}, idempotency_key="one")
        assert again == first
        assert len(scene.box.ledger.effects("rezolve", CREATE)) == 1
        await hub.tools.execute(CREATE, input={"title": "x", "priority": "high"}, connection_id="con_itsm_2")
        await hub.tools.execute("itsm.tickets.list", input={"state": "open"})
        await hub.tools.execute("hris.employees.get", input={"id": "E-100"})
        await hub.tools.execute("crm.contacts.update", input={"id": "C-2", "name": "Ada"})
        await hub.tools.execute("crm.contacts.search", input={"query": "ada"})
        with pytest.raises(errors.InvalidRequest) as conflict:
            await hub.tools.execute(CREATE, input={"title": "another"}, idempotency_key="one")
        assert conflict.value.status == 409


async def an_answer_that_is_lost(scene: Scene) -> None:
    """Execute a tool whose answer does not arrive: its resend has the same key and executes nothing."""
    scene.box.faults.add(api="rezolve", fault=Reset(when="after"))
    async with scene.client(retry=Retry(base=0)) as hub:
        await hub.tools.execute(CREATE, input={"title": "x"})
    assert [request.attempt for request in scene.box.ledger.requests("rezolve")] == [1, 2]
    assert len(scene.box.ledger.effects("rezolve", CREATE)) == 1


async def approvals(scene: Scene) -> None:
    """Have calls approved, rejected, and forgotten until they expire; then replay them."""
    box = scene.box.rezolve
    async with scene.client() as hub:
        for number, outcome in enumerate(("approved", "rejected", "expired"), 1):
            with pytest.raises(rezolve.ApprovalRequired) as pending:
                await hub.tools.execute(DELETE, input={"id": number})
            key = pending.value.idempotency_key
            assert key is not None
            with pytest.raises(rezolve.ApprovalRequired):
                await hub.tools.execute(DELETE, input={"id": number}, idempotency_key=key)
            if outcome == "approved":
                box.approve(key)
                assert (await pending.value.replay(timeout=20)).data["deleted"]
                await hub.tools.execute(DELETE, input={"id": number}, idempotency_key=key)
                continue
            if outcome == "rejected":
                box.reject(key)
            else:
                scene.box.clock.advance(box.approval_seconds)
            with pytest.raises(errors.Forbidden):
                await hub.tools.execute(DELETE, input={"id": number}, idempotency_key=key)
    assert [approval.state for approval in box.approvals] == ["approved", "rejected", "expired"]
    assert len(scene.box.ledger.effects("rezolve", DELETE)) == 1


async def _everything_that_fails(scene: Scene) -> None:
    hub = scene.box.rezolve
    hub.forbid("hris.employees.get")
    hub.fail_upstream("crm.contacts.search")
    async with scene.client() as client, scene.client(WRONG_KEY) as stranger:
        for refused in (
            stranger.tools.list(),
            stranger.tools.get(CREATE),
            stranger.tools.execute(CREATE, input={"title": "x"}),
        ):
            with pytest.raises(errors.Unauthorized):
                await refused
        for unknown in (client.tools.get("no.such.tool"), client.tools.execute("no.such.tool", input={})):
            with pytest.raises(rezolve.ToolNotFound):
                await unknown
        with pytest.raises(rezolve.InvalidInput):
            await client.tools.execute(CREATE, input={"title": 7})
        with pytest.raises(rezolve.ConnectionNotFound):
            await client.tools.execute("finance.invoices.list", input={})
        with pytest.raises(rezolve.ConnectionNotFound):
            await client.tools.execute(CREATE, input={"title": "x"}, connection_id="con_crm_1")
        for tool, arguments in (("iam.roles.grant", {"user": "u", "role": "r"}), ("hris.employees.get", {"id": "1"})):
            with pytest.raises(errors.Forbidden):
                await client.tools.execute(tool, input=arguments)
        with pytest.raises(rezolve.UpstreamError):
            await client.tools.execute("crm.contacts.search", input={"query": "g"})
        with pytest.raises(rezolve.ApprovalRequired):
            await client.tools.execute(DELETE, input={"id": 5})
        with pytest.raises(rezolve.ApprovalRequired):
            await client.tools.execute(DELETE, input={"id": 6}, idempotency_key="approve me")
        hub.approve("approve me")
        hub.tools[DELETE].run({"id": 6})
        with pytest.raises(rezolve.UpstreamError):
            await client.tools.execute(DELETE, input={"id": 6}, idempotency_key="approve me")


async def errors_with_a_status(scene: Scene) -> None:
    """Meet every code of the Hub, each with a status."""
    await _everything_that_fails(scene)


async def errors_in_a_200(scene: Scene) -> None:
    """Meet every code of the Hub inside a 200."""
    scene.box.rezolve.errors_in_200 = True
    await _everything_that_fails(scene)


async def limits(scene: Scene) -> None:
    """Run into both kinds of limits, with and without the headers that say so."""
    for told in (
        {},
        {"window": 60.0},
        {"reset": "epoch", "retry_after": False},
        {"headers": False, "retry_after": False},
    ):
        scene.box.rezolve.limit(0.01, 1, **told)
        async with scene.client() as client:
            await client.tools.list()
        for operation, arguments in (
            ("list", {}),
            ("get", {"tool_key": CREATE}),
            ("execute", {"tool_key": CREATE, "input": {"title": "x"}}),
        ):
            # A client that has learned of the limit would wait: a new one each time, with little patience.
            async with scene.client(timeout=0.3) as client:
                with pytest.raises((errors.RateLimited, errors.DeadlineExceeded)):
                    await getattr(client.tools, operation)(**arguments)


STORIES: tuple[Story, ...] = (
    catalogue,
    executions,
    an_answer_that_is_lost,
    approvals,
    errors_with_a_status,
    errors_in_a_200,
    limits,
)
