"""Whatever is sent to the sandbox's own endpoints: an answer, and never a failure of the sandbox."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Any
from urllib.parse import quote

import aiohttp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from yarl import URL

from reknit.sandbox import Delay, Sandbox
from reknit.sandbox.faults import kinds

pytestmark = pytest.mark.fuzz

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
# `refuse` closes the port, to these requests too: it has tests of its own.
KINDS = [kind for kind in kinds() if kind["kind"] != "refuse"]
#: What takes a number, a text, a list may be given any of them, and now and then what it is by default.
FAULTS = st.sampled_from(KINDS).flatmap(
    lambda kind: st.fixed_dictionaries(
        {"kind": st.just(kind["kind"])},
        optional={name: st.just(value) | JSON for name, value in kind["options"].items()},
    )
)
KNOWN = {
    "api": st.sampled_from(["rezi", "rezolve", "refonte", "relays"]) | JSON,
    "operation": st.sampled_from(["tools.execute", "callback", "webhook", "users.list"]) | JSON,
    "fault": FAULTS | JSON,
    "times": st.none() | st.integers() | JSON,
    "enabled": st.booleans() | JSON,
    "seconds": st.integers() | st.floats() | JSON,
    "response": st.dictionaries(st.text(), JSON) | JSON,
    "error": st.text() | JSON,
    "outcome": st.sampled_from(["accepted", "fixed", "rejected"]) | JSON,
}
BODIES = st.fixed_dictionaries({}, optional=KNOWN).map(json.dumps) | JSON.map(json.dumps) | st.binary(max_size=40)
#: `{}` stands for something that is there, or for anything at all.
PATHS = [
    ("GET", "/_sandbox/state"),
    ("GET", "/_sandbox/faults"),
    ("GET", "/_sandbox/clock"),
    ("GET", "/_sandbox/ledger"),
    ("GET", "/_sandbox/approvals"),
    ("GET", "/_sandbox/tasks"),
    ("GET", "/_sandbox/sessions"),
    ("GET", "/_sandbox/events/{}"),
    ("POST", "/_sandbox/faults"),
    ("POST", "/_sandbox/faults/{fault}"),
    ("DELETE", "/_sandbox/faults/{fault}"),
    ("DELETE", "/_sandbox/faults"),
    ("POST", "/_sandbox/clock/advance"),
    ("DELETE", "/_sandbox/ledger"),
    *(("POST", f"/_sandbox/approvals/{{approval}}/{deed}") for deed in ("approve", "reject")),
    *(("POST", f"/_sandbox/tasks/{{task}}/{deed}") for deed in ("complete", "fail", "audit", "recall")),
    ("POST", "/_sandbox/tasks/{task}/resend-callback"),
    *(("POST", f"/_sandbox/sessions/{{session}}/{deed}") for deed in ("ready", "fail")),
    ("PUT", "/_sandbox/state"),
    ("GET", "/_sandbox/{}"),
]
QUERIES = st.fixed_dictionaries(
    {}, optional={name: st.integers().map(str) | st.text() for name in ("after", "limit", "api")}
)
REQUESTS = st.tuples(
    st.sampled_from(PATHS),
    st.none() | st.text(),  # an id; None is one that is there
    QUERIES,
    BODIES,
    st.sampled_from(["application/json"] * 6 + ["text/plain", "application/json; charset=nonsense"]),
    st.sampled_from([True] * 6 + [False]),  # with the token
)


@settings(settings.get_profile("fuzz"))
@given(requests=st.lists(REQUESTS, min_size=1, max_size=30))
def test_every_request_to_the_sandbox_itself_is_answered(requests: list[Any]) -> None:
    asyncio.run(_send(requests))


async def _send(requests: list[Any]) -> None:
    failed = _Errors()
    logging.getLogger().addHandler(failed)
    try:
        async with Sandbox() as box, aiohttp.ClientSession() as session:
            ids = await _stocked(box)
            for (method, path), name, query, body, media_type, allowed in requests:
                url = box.url + path.format(_quoted(name or "1"), **{kind: _quoted(name or ids[kind]) for kind in ids})
                headers = {"Content-Type": media_type, **({"X-Sandbox-Token": box.token} if allowed else {})}
                async with session.request(
                    method, URL(url, encoded=True).with_query(query), data=body, headers=headers
                ) as response:
                    said = await response.read()
                assert response.status < 500, (method, url, body, said)
                if response.content_type == "application/json" and response.status >= 400:
                    assert len(json.loads(said)["error"].splitlines()) <= 1
            box.faults.clear()
            assert (await (await session.get(f"{box.url}/_sandbox/state")).json())["violations"] == []
        assert failed.lines == []
    finally:
        logging.getLogger().removeHandler(failed)


async def _stocked(box: Sandbox) -> dict[str, str]:
    """Make one of each, and return their ids."""
    key = {"Authorization": "Bearer k"}
    async with aiohttp.ClientSession() as session:
        delete = {"input": {"id": 7}, "idempotency_key": "k-1"}
        url = box.base_url("rezolve") + "/tools/itsm.tickets.delete/execute"
        await (await session.post(url, json=delete, headers=key)).read()
        url = box.base_url("refonte") + "/task/textcollection"
        task = await (await session.post(url, json={}, headers={"Authorization": "Basic azo="})).json()
        url = box.base_url("relays") + "/v1/relays/sessions"
        opened = await (await session.post(url, json={}, headers={"Authorization": "token k"})).json()
    return {
        "approval": box.rezolve.approvals[0].approval_id,
        "task": task["task_id"],
        "session": opened["session_id"],
        "fault": box.faults.add(fault=Delay(seconds=0)).id,
    }


def _quoted(name: str) -> str:
    return quote(name, safe="", errors="replace") or "-"


class _Errors(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())
