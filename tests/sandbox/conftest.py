"""A running sandbox, and plain aiohttp to talk to it.

The sandbox holds each of its answers against the API's spec: one that breaks it is a bug, whatever the test was about.
"""

from __future__ import annotations

import base64
import json
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from attrs import define, frozen

from reknit.sandbox import TEST_KEY, Clock, Sandbox


@frozen
class Answer:
    status: int
    headers: Any
    raw: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.raw)


@define
class Caller:
    box: Sandbox
    session: aiohttp.ClientSession

    async def __call__(
        self,
        api: str,
        method: str,
        path: str,
        *,
        key: str = TEST_KEY,
        headers: Any = None,
        more_headers: Any = None,
        **rest: Any,
    ) -> Answer:
        headers = {**(credentials(api, key) if headers is None else headers), **(more_headers or {})}
        async with self.session.request(
            method, self.box.base_url(api) + path, headers=headers, allow_redirects=False, **rest
        ) as response:
            return Answer(response.status, response.headers, await response.read())


def credentials(api: str, key: str) -> dict[str, str]:
    if api == "refonte":
        return {"Authorization": "Basic " + base64.b64encode(f"{key}:".encode()).decode()}
    return {"Authorization": f"{'token' if api == 'relays' else 'Bearer'} {key}"}


@pytest.fixture
async def box() -> AsyncIterator[Sandbox]:
    async with Sandbox(clock=Clock(1_800_000_000.0, tick=lambda: 0.0)) as box:
        yield box
    assert not box.violations


@asynccontextmanager
async def calling(box: Sandbox) -> AsyncIterator[Caller]:
    async with aiohttp.ClientSession() as session:
        yield Caller(box, session)


@pytest.fixture
async def call(box: Sandbox) -> AsyncIterator[Caller]:
    async with calling(box) as call:
        yield call


@pytest.fixture
def call_of() -> Callable[[Sandbox], AbstractAsyncContextManager[Caller]]:
    return calling


class Receiver:
    """A server of the integrator's own: keeps what it is sent."""

    def __init__(self) -> None:
        self.url = ""
        self.got: list[tuple[Any, Any]] = []
        self.answer = web.Response

    async def handle(self, request: web.Request) -> web.Response:
        self.got.append((request.headers.copy(), await request.json()))
        return self.answer()


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    app = web.Application()
    app.router.add_post("/hook", receiver.handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    receiver.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield receiver
    await runner.cleanup()


@pytest.fixture
def unused_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]
