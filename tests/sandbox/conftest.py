"""A running sandbox, and plain aiohttp to talk to it.

Every answer that a test gets is held against the API's spec as well: an answer of the sandbox that breaks the spec is a
bug, whatever the test was about.
"""

from __future__ import annotations

import base64
import json
import socket
from collections.abc import AsyncIterator
from functools import cache
from pathlib import Path
from typing import Any

import aiohttp
import jsonschema
import pytest
import yaml
from aiohttp import web
from attrs import define, frozen

from reknit.sandbox import TEST_KEY, Clock, Sandbox

SPECS = Path(__file__).parents[2] / "openapi"
#: Answers to what no spec describes: another method, a body beyond the sandbox's own limit.
BEYOND_THE_SPECS = {405, 413}


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
            answer = Answer(response.status, response.headers, await response.read())
        request = self.box.ledger.requests()[-1]
        if request.operation and not request.fault and answer.status not in BEYOND_THE_SPECS:
            hold_against_spec(api, request.operation, answer)
        return answer


def credentials(api: str, key: str) -> dict[str, str]:
    if api == "refonte":
        return {"Authorization": "Basic " + base64.b64encode(f"{key}:".encode()).decode()}
    return {"Authorization": f"{'token' if api == 'relays' else 'Bearer'} {key}"}


@cache
def operations(api: str) -> dict[str, tuple[str, dict[str, Any]]]:
    spec = yaml.safe_load((SPECS / f"{api}.yaml").read_text())
    return {
        operation["operationId"]: (f"#/paths/{path.replace('/', '~1')}/{method}", operation)
        for path, methods in spec["paths"].items()
        for method, operation in methods.items()
        if method in ("get", "post", "put", "patch", "delete")
    }


@cache
def document(api: str) -> dict[str, Any]:
    return yaml.safe_load((SPECS / f"{api}.yaml").read_text())


def hold_against_spec(api: str, operation: str, answer: Answer) -> None:
    pointer, described = operations(api)[operation]
    responses = described["responses"]
    listed = str(answer.status) if str(answer.status) in responses else "default"
    assert listed in responses, f"{api} {operation} does not answer {answer.status}"
    place, response = f"{pointer}/responses/{listed}", responses[listed]
    if "$ref" in response:
        place = response["$ref"]
        response = document(api)["components"]["responses"][place.rpartition("/")[2]]
    media_type = answer.headers.get("Content-Type", "").partition(";")[0]
    content = response.get("content")
    if not content or not answer.raw:
        assert not answer.raw
        return
    media_type = media_type if media_type in content else "*/*"
    assert media_type in content, f"{api} {operation} does not answer {answer.headers['Content-Type']}"
    if media_type != "application/json":
        return
    schemas = [f"{place}/content/application~1json/schema"]
    if "x-error-in-success" in response and is_error(answer.json):
        schemas = [response["x-error-in-success"]]
    for schema in schemas:
        jsonschema.Draft202012Validator({**document(api), "$ref": schema}).validate(answer.json)


def is_error(body: Any) -> bool:
    return isinstance(body, dict) and ("errorCode" in body or body.get("success") is False)


@pytest.fixture
async def box() -> AsyncIterator[Sandbox]:
    async with Sandbox(clock=Clock(1_800_000_000.0, tick=lambda: 0.0)) as box:
        yield box


@pytest.fixture
async def call(box: Sandbox) -> AsyncIterator[Caller]:
    async with aiohttp.ClientSession() as session:
        yield Caller(box, session)


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
