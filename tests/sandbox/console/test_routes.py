"""The console's routes, without a browser: who may have what, and what a page from elsewhere gets."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from reknit.sandbox import TEST_KEY, Sandbox
from reknit.sandbox.console import routes

PAGES = ("/", "/_sandbox/console.css", "/_sandbox/console.js")


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


async def use(box: Sandbox, session: aiohttp.ClientSession, path: str = "/users") -> None:
    headers = {"Authorization": f"Bearer {TEST_KEY}"}
    async with session.get(box.base_url("rezi") + path, headers=headers) as response:
        await response.read()


async def told(response: aiohttp.ClientResponse, count: int) -> list[dict[str, str]]:
    """Read so many events of a stream, beats left out."""
    events: list[dict[str, str]] = []
    current: dict[str, str] = {}
    async with asyncio.timeout(10):
        while len(events) < count:
            line = (await response.content.readline()).decode().rstrip("\n")
            if line:
                name, _, value = line.partition(": ")
                current[name] = value
                continue
            if current.get("event", "beat") != "beat":
                events.append(current)
            current = {}
    return events


def listening(box: Sandbox, session: aiohttp.ClientSession, **headers: str) -> Any:
    return session.get(
        box.url + "/_sandbox/events",
        headers={"X-Sandbox-Token": box.token, **{name.replace("_", "-"): value for name, value in headers.items()}},
    )


@pytest.mark.parametrize("path", PAGES)
async def test_pages_load_nothing_from_elsewhere_and_cannot_be_framed(
    box: Sandbox, session: aiohttp.ClientSession, path: str
) -> None:
    async with session.get(box.url + path) as response:
        text = await response.text()
        assert response.status == 200
        policy = response.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["X-Frame-Options"] == "DENY"
        assert response.headers["Cache-Control"] == "no-store"
        assert "Access-Control-Allow-Origin" not in response.headers
    assert "https:" not in text
    assert "innerHTML" not in text
    assert "<style" not in text


async def test_the_page_has_the_token_and_nothing_else_has(box: Sandbox, session: aiohttp.ClientSession) -> None:
    for path in PAGES:
        async with session.get(box.url + path) as response:
            assert (box.token in await response.text()) == (path == "/")


@pytest.mark.parametrize("path", [*PAGES, "/_sandbox/events", "/_sandbox/events/1"])
async def test_a_name_that_a_stranger_made_point_here_is_refused(
    box: Sandbox, session: aiohttp.ClientSession, path: str
) -> None:
    headers = {"Host": "rebound.example", "X-Sandbox-Token": box.token}
    async with session.get(box.url + path, headers=headers) as response:
        assert response.status == 403
        assert box.token not in await response.text()


@pytest.mark.parametrize("path", ["/_sandbox/events", "/_sandbox/events?token=wrong", "/_sandbox/events?token=%C3%A9"])
async def test_events_need_the_token(box: Sandbox, session: aiohttp.ClientSession, path: str) -> None:
    async with session.get(box.url + path) as response:
        assert response.status == 403
    async with session.get(box.url + "/_sandbox/events/1") as response:
        assert response.status == 403


async def test_the_stream_goes_on_after_the_event_that_was_seen_last(
    box: Sandbox, session: aiohttp.ClientSession
) -> None:
    await use(box, session, "/users?n=1")
    async with listening(box, session) as response:
        assert response.headers["Content-Type"] == "text/event-stream"
        [first] = await told(response, 1)
    await use(box, session, "/users?n=2")
    await use(box, session, "/users?n=3")
    async with listening(box, session, Last_Event_ID=first["id"]) as response:
        second, third = await told(response, 2)
        await use(box, session, "/users?n=4")
        [fourth] = await told(response, 1)
    paths = [json.loads(event["data"])["entry"]["path"] for event in (first, second, third, fourth)]
    assert paths == ["/users?n=1", "/users?n=2", "/users?n=3", "/users?n=4"]
    assert [int(event["id"]) for event in (second, third, fourth)] == [int(first["id"]) + more for more in (1, 2, 3)]


async def test_a_page_that_missed_events_is_told_how_many(session: aiohttp.ClientSession) -> None:
    async with Sandbox(ledger_size=3) as box:
        for number in range(10):
            await use(box, session, f"/users?n={number}")
        async with listening(box, session, Last_Event_ID="2") as response:
            gap, first, *_ = await told(response, 4)
    assert (gap["event"], json.loads(gap["data"])) == ("gap", {"missed": 5})
    assert first["id"] == "8"


async def test_a_listed_request_has_no_headers_and_no_bodies_but_can_be_fetched(
    box: Sandbox, session: aiohttp.ClientSession
) -> None:
    await use(box, session)
    async with listening(box, session) as response:
        [event] = await told(response, 1)
    assert not {"headers", "body", "answer_headers", "answer_body"} & json.loads(event["data"])["entry"].keys()
    headers = {"X-Sandbox-Token": box.token}
    async with session.get(f"{box.url}/_sandbox/events/{event['id']}", headers=headers) as response:
        full = await response.json()
    assert full["entry"]["headers"]["Authorization"] == "***"
    assert TEST_KEY not in json.dumps(full)
    async with session.get(f"{box.url}/_sandbox/events/99", headers=headers) as response:
        assert response.status == 404


async def test_so_many_pages_may_listen_and_no_more(
    box: Sandbox, session: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "_MOST_STREAMS", 1)
    async with listening(box, session) as first:
        assert first.status == 200
        async with listening(box, session) as second:
            assert second.status == 503


async def test_streams_end_with_the_sandbox(session: aiohttp.ClientSession) -> None:
    box = Sandbox()
    await box.start()
    async with listening(box, session) as response:
        async with asyncio.timeout(5):
            await box.stop()
            await response.content.read()
        assert response.content.at_eof()


async def test_a_page_that_is_closed_is_let_go(box: Sandbox, session: aiohttp.ClientSession) -> None:
    async with listening(box, session) as response:
        await response.content.readline()
        assert len(box.ledger._subscribers) == 1
        response.close()
    async with asyncio.timeout(10):
        while box.ledger._subscribers:
            await asyncio.sleep(0.05)
