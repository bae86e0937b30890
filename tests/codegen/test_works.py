"""Packages that were generated make their calls: over a socket, through the runtime, back into their models."""

from __future__ import annotations

import importlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from tests.serving import Seen, Serve, reply

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


async def test_values_go_where_the_document_says(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(GOLDEN)
    places = importlib.import_module("places")
    models = importlib.import_module("places._generated.models")

    def answer(seen: Seen) -> Any:
        if seen.method == "HEAD" or seen.path.endswith("/notes"):
            return reply(b"", 204)
        if seen.path.endswith("/photos"):
            return reply({"id": 2, "mood": "calm", "kind": "lake"})
        last = "cursor=c2" in seen.target
        return reply({"places": [{"id": 1, "height": 3}], "next": None if last else "c2"})

    server = await serve(answer)
    box = models.Box(west=1.5, east=2)
    async with places.Client("k/1", base_url=f"{server.url}/v1", timeout=10) as client:
        found = client.places.search(
            within=box,
            filter=models.Filter(all=[models.Filter(name="ä")]),
            kind=[models.Kind.CITY, models.Kind.RIVER],
            since=datetime(2024, 1, 31, 12, tzinfo=UTC),
            x_box=box,
            seen=[1, 2],
        )
        items = [item async for item in found]
        assert [(item.id, item.additional_properties) for item in items] == [(1, {"height": 3})] * 2
        first, second = server.requests
        assert first.target == (
            "/v1/places?within[west]=1.5&within[east]=2&filter=%7B%22all%22%3A%5B%7B%22name%22%3A%22%C3%A4%22%7D%5D%7D"
            "&kind=city%7Criver&since=2024-01-31T12%3A00%3A00Z&api%20key=k%2F1"
        )
        assert second.query["cursor"] == "c2"
        for seen in (first, second):
            assert (seen.headers["X-Box"], seen.headers["Cookie"]) == ("west,1.5,east,2", "seen=1,2")
            assert "Authorization" not in seen.headers

        assert await client.places.any_inside(box) is None
        assert server.requests[-1].path == "/v1/places/;west=1.5;east=2"

        place = models.Place(id=1, kind=models.Kind.CITY, additional_properties={"height": 3})
        photo = await client.photos.with_response.upload(
            photo=b"...", place=place, kind=models.Kind.RIVER, taken=datetime(2024, 1, 31, tzinfo=UTC), box=box
        )
        assert (photo.value.id, photo.value.additional_properties, photo.unknown()) == (2, {"mood": "calm"}, {})
        body = server.requests[-1].body.decode()
        for part in ('{"id":1,"kind":"city","height":3}', "river", "2024-01-31T00:00:00Z", 'name="box[west]"'):
            assert part in body

        assert await client.photos.annotate(tags=["a", "b c"], box=box) is None
        assert server.requests[-1].body == b"tags=a,b%20c&box=%7B%22west%22%3A1.5%2C%22east%22%3A2%7D"


async def test_an_operation_goes_to_its_own_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(GOLDEN)
    operations = importlib.import_module("places._generated.operations")
    assert operations.PHOTOS_UPLOAD.server == "https://files.places.example"
    assert operations.PHOTOS_ANNOTATE.server == "https://places.example/v2"
    assert operations.PLACES_SEARCH.server is None
