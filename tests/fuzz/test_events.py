"""Callbacks and webhooks, which schemathesis ignores: whatever a task or a session is made with and ends in."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import aiohttp
import jsonschema
import pytest
import yaml
from aiohttp import web
from hypothesis import given, settings
from hypothesis import strategies as st

from reknit.sandbox import Sandbox

pytestmark = pytest.mark.fuzz

OPENAPI = Path(__file__).parent.parent.parent / "openapi"
TEXT = st.text(st.characters(codec="utf-8"))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
OBJECT = st.dictionaries(TEXT, JSON, max_size=3)
TASKS = st.one_of(
    st.tuples(
        st.just("textcollection"),
        st.fixed_dictionaries(
            {}, optional={"instruction": TEXT, "metadata": OBJECT, "project": TEXT, "unique_id": TEXT, "title": TEXT}
        ),
    ),
    st.tuples(st.just("imageannotation"), st.fixed_dictionaries({"attachment": TEXT, "geometries": OBJECT})),
    st.tuples(st.just("segmentannotation"), st.fixed_dictionaries({"attachment": TEXT, "labels": st.lists(JSON)})),
)
#: What becomes of a task: how it ends, with what; then audits and recalls.
ENDS = st.tuples(st.just("complete"), st.none() | OBJECT) | st.tuples(st.just("fail"), TEXT)
LATER = st.lists(st.sampled_from(["accepted", "fixed", "rejected", "recall", "resend"]), max_size=3)


def _validator(api: str, schema: str) -> jsonschema.Draft202012Validator:
    document = yaml.safe_load((OPENAPI / f"{api}.yaml").read_bytes())
    return jsonschema.Draft202012Validator(
        {"$ref": f"#/components/schemas/{schema}", "components": document["components"]}
    )


CALLBACK = _validator("refonte", "TaskCallback")
READY = _validator("relays", "SessionReady")


@settings(settings.get_profile("fuzz"))
@given(task=TASKS, end=ENDS, later=LATER)
def test_every_callback_is_what_the_contract_says(task: Any, end: Any, later: list[str]) -> None:
    async def story(box: Sandbox, address: str, session: aiohttp.ClientSession) -> None:
        url = f"{box.base_url('refonte')}/task/{task[0]}"
        body = {**task[1], "callback_url": address}
        made = await (await session.post(url, json=body, headers={"Authorization": "Basic azo="})).json()
        task_id = made["task_id"]
        await (box.refonte.complete if end[0] == "complete" else box.refonte.fail)(task_id, end[1])
        for deed in later:
            try:
                if deed == "recall":
                    await box.refonte.recall(task_id)
                elif deed == "resend":
                    await box.refonte.resend_callback(task_id)
                else:
                    await box.refonte.audit(task_id, deed)
            except ValueError:  # a task that failed or was recalled is not audited
                assert box.refonte.tasks[task_id].status != "completed"

    _run(story, CALLBACK, 1)


@settings(settings.get_profile("fuzz"))
@given(polls=st.integers(min_value=0, max_value=3), addresses=st.lists(st.ip_addresses(), min_size=1, max_size=3))
def test_every_webhook_is_what_the_contract_says(polls: int, addresses: list[Any]) -> None:
    async def story(box: Sandbox, address: str, session: aiohttp.ClientSession) -> None:
        box.relays.polls_until_ready = polls
        url, headers = f"{box.base_url('relays')}/v1/relays/sessions", {"Authorization": "token k"}
        body = {"webhook_url": address, "users": [{"ip": str(ip)} for ip in addresses]}
        made = await (await session.post(url, json=body, headers=headers)).json()
        for _ in range(polls):
            await (await session.get(f"{url}/{made['session_id']}", headers=headers)).read()

    _run(story, READY, 1)


def _run(story: Any, contract: jsonschema.Draft202012Validator, least: int) -> None:
    async def all_of_it() -> list[Any]:
        got: list[Any] = []

        async def take(request: web.Request) -> web.Response:
            got.append(await request.json())
            return web.Response()

        app = web.Application()
        app.router.add_post("/", take)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        try:
            async with Sandbox() as box, aiohttp.ClientSession() as session:
                await story(box, f"http://127.0.0.1:{runner.addresses[0][1]}/", session)
                await box.settle()
            assert box.violations == []
        finally:
            await runner.cleanup()
        return got

    got = asyncio.run(all_of_it())
    assert len(got) >= least
    for payload in got:
        contract.validate(payload)
