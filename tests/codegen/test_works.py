"""A package that was generated makes its calls: over a socket, through the runtime, back into its models."""

from __future__ import annotations

import importlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture
async def requests() -> AsyncIterator[tuple[str, list[dict[str, Any]]]]:
    """A server that keeps what it was asked and answers each path with what the Hub would."""
    seen: list[dict[str, Any]] = []
    tool = {"key": "a.b", "risk_level": "new", "checked_at": None, "list": ["x"], "date": "2024-01-31", "more": 1}
    answers: dict[str, Any] = {
        "GET /tools": {"data": [tool]},
        "POST /tools/a%2Fb/execute": {"runId": "r1", "access_token": "secret", "parent": None},
        "GET /runs": {"docs": [{"runId": "r1", "access_token": "s"}], "nextToken": None, "hasMore": False},
        "POST /runs": (201, "recorded"),
        "DELETE /runs/r1": (204, None),
    }

    async def handle(request: web.Request) -> web.Response:
        line = f"{request.method} {request.rel_url.raw_path}"
        body = await request.json() if request.can_read_body else None
        seen.append({"line": line, "query": dict(request.query), "body": body, "headers": request.headers})
        answer = answers[line]
        if isinstance(answer, tuple):
            return web.Response(status=answer[0], text=answer[1])
        return web.json_response(answer)

    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", handle)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    yield f"http://{host}:{port}", seen
    await runner.cleanup()


async def test_calls_go_out_and_come_back(
    requests: tuple[str, list[dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(GOLDEN)
    hub = importlib.import_module("hub")
    url, seen = requests
    async with hub.Client("key", base_url=url, timeout=10) as client:
        (tool,) = await client.tools.list(domain="itsm")
        assert (tool.key, tool.risk_level.value, tool.checked_at, tool.list) == ("a.b", "new", None, ["x"])
        assert tool.date.isoformat() == "2024-01-31"
        assert seen[-1]["query"] == {"domain": "itsm"}
        assert seen[-1]["headers"]["Authorization"] == "Bearer key"

        run = await client.tools.execute("a/b", input={"n": 1}, note=None, token="t")
        assert (run.run_id, run.parent) == ("r1", None)
        assert "secret" not in repr(run)
        key = seen[-1]["body"].pop("idempotencyKey")
        assert key
        assert seen[-1]["body"] == {"input": {"n": 1}, "mode": "sync", "note": None, "token": "t"}

        answer = await client.tools.with_response.execute("a/b", input={}, dry_run=True)
        assert answer.value.run_id == "r1"
        assert seen[-1]["body"] == {"input": {}, "mode": "sync", "dry_run": True}

        page = await client.runs.list(limit=1)
        assert [item.run_id for item in page.items] == ["r1"]
        assert [item.run_id async for item in client.runs.list()] == ["r1"]

        assert await client.runs.record(body=run) == "recorded"
        assert seen[-1]["body"] == {"runId": "r1", "access_token": "secret", "parent": None}
        assert seen[-1]["headers"]["Idempotency-Key"]
        assert await client.runs.record() == "recorded"
        assert seen[-1]["body"] is None
        assert await client.runs.delete("r1") is None
