"""Packages that were generated make their calls: over a socket, through the runtime, back into their models."""

from __future__ import annotations

import importlib
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from reknit import errors
from tests.serving import Reply, Seen, Serve, reply

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


async def test_each_media_type_of_a_body_has_a_method(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(GOLDEN)
    places = importlib.import_module("places")
    server = await serve(reply(b"", 204))
    async with places.Client("k/1", base_url=f"{server.url}/v1", timeout=10) as client:
        photos = client.photos
        await photos.keep_album("a b", id_body=1, sort={"by": {"name": "up"}}, back="https://x.example/?a=1")
        await photos.keep_album_text("a", body="<place>é</place>")
        await photos.keep_album_bytes("a", body=("a.jpg", b"1"))
        await photos.with_response.keep_album_multipart("a", title="é", cover=b"1", cover_x_turned=90)
    json, xml, image, parts = server.requests
    query = "sort[by][name]=up&back=https://x.example/?a%3D1"
    assert json.target.startswith(f"/v1/albums/a%20b?{query}")
    assert (json.headers["Content-Type"], json.json) == ("application/json", {"id": 1})
    assert (xml.headers["Content-Type"], xml.body.decode()) == ("application/xml", "<place>é</place>")
    assert (image.headers["Content-Type"], image.body) == ("image/jpeg", b"1")
    assert parts.headers["Content-Type"].startswith("multipart/mixed; boundary=")
    for part in (
        "Content-Type: text/markdown; charset=utf-8\r\n\r\né",
        "Content-Type: image/png\r\nX-Turned: 90\r\n\r\n1",
    ):
        assert part in parts.body.decode()
    assert all(seen.method == "PUT" for seen in server.requests)


async def test_an_operation_goes_to_its_own_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(GOLDEN)
    operations = importlib.import_module("places._generated.operations")
    assert [server.url for server in operations.PHOTOS_UPLOAD.servers] == ["https://files.places.example"]
    assert [server.url for server in operations.PHOTOS_ANNOTATE.servers] == ["/v2"]
    assert operations.PLACES_SEARCH.servers == ()


def stream(*items: str, **headers: str) -> Reply:
    return reply("".join(items), content_type="text/event-stream", **headers)


async def test_streams_errors_and_headers_come_typed(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(GOLDEN)
    streams = importlib.import_module("streams")
    models = importlib.import_module("streams._generated.models")

    def answer(seen: Seen) -> Any:
        match f"{seen.method} {seen.path}", seen.headers["Accept"]:
            case "POST /chat", "text/event-stream":
                return stream('data: {"index": 1}\n\n', 'data: {"index": 2}\n\ndata: [DONE]\n\n', x_tokens_left="7")
            case "POST /chat", _:
                return reply({"text": "hi"}, x_tokens_left="8")
            case "GET /chat/busy", _:
                return reply({"title": "busy", "wait": 3}, 403, content_type="application/problem+json")
            case "GET /chat/old", _:
                return reply(b"", 304, etag="x")
            case "GET /watch", _:
                said = 'event: said\nid: 5\ndata: {"index": 1}\n\n'
                setup = {"x_window": "2024-01-31, 2024-02-01", "x_place": "x=1,y=2", "x_setup": '{"x": 3}'}
                return stream(said, "event: left\nretry: 9\ndata: 12\n\n", **setup)
            case "GET /log", "application/x-ndjson":
                return reply('{"index": 1}\n{"index": 2}', content_type="application/x-ndjson")
            case "GET /log", "text/event-stream":
                return stream("data: a line\n\n")
            case _:
                return reply('\x1e{"a": 1}\n\x1e[]\n', content_type="application/json-seq")

    server = await serve(answer)
    async with streams.Client(base_url=server.url, timeout=10) as client:
        async with client.chat.create_stream(prompt="?") as events:
            assert [item async for item in events] == [models.Piece(index=1), models.Piece(index=2)]
            assert events.header_values["X-Tokens-Left"] == 7
        assert server.requests[-1].json == {"prompt": "?", "stream": True}
        answered = await client.chat.with_response.create(prompt="?")
        assert (answered.value.text, answered.header_values["x-tokens-left"]) == ("hi", 8)
        assert server.requests[-1].json == {"prompt": "?"}

        with pytest.raises(errors.Forbidden) as refused:
            await client.chat.get("busy")
        assert refused.value.body == models.Problem(title="busy", wait=3)
        with pytest.raises(errors.UnexpectedStatus) as unchanged:
            await client.chat.get("old")
        assert (unchanged.value.status, unchanged.value.body, unchanged.value.headers["ETag"]) == (304, None, "x")

        async with client.feed.watch() as events:
            assert [item async for item in events] == [
                models.FeedWatchEventVariant1(id="5", data=models.Piece(index=1)),
                models.FeedWatchEventVariant2(retry=9, data="12"),
            ]
            assert dict(events.header_values) == {
                "X-Window": [date(2024, 1, 31), date(2024, 2, 1)],
                "X-Place": models.Place(x=1, y=2),
                "X-Setup": models.Place(x=3),
            }
        assert [item.index async for item in client.feed.log_stream()] == [1, 2]
        assert [item async for item in client.feed.log_events()] == ["a line"]
        assert [item async for item in client.feed.records()] == [{"a": 1}, []]
