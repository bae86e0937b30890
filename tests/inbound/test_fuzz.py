"""Whatever comes, the sender gets one of the statuses that are documented, and nothing is left running."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reknit import refonte
from reknit.refonte import samples
from tests.inbound.conftest import KEY, served

STATUSES = {204, 400, 401, 405, 413, 415}
NAMES = st.sampled_from(
    ["refonte-ai--callback-auth", "refonte.ai-callback-auth", "content-type", "content-encoding", "content-length"]
)
VALUES = st.sampled_from([KEY, "application/json", "identity", "9" * 30]) | st.text(
    st.characters(max_codepoint=255), max_size=20
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from(["completed", KEY]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["task_id", "task", "response", "status", "x"]), inner, max_size=5)
    ),
    max_leaves=10,
)
BODIES = (
    st.binary(max_size=60)
    | JSON.map(lambda value: json.dumps(value).encode())
    | st.just(json.dumps(samples.COMPLETED).encode())
)


@pytest.fixture(autouse=True)
def _quiet() -> Any:
    logging.getLogger("reknit.inbound").disabled = True
    yield
    logging.getLogger("reknit.inbound").disabled = False


def _receiver() -> refonte.Receiver[refonte.TaskCallback]:
    receiver = refonte.receiver([KEY], max_body=5_000)

    @receiver.otherwise
    async def anything(event: Any) -> None:
        await asyncio.sleep(0)
        assert isinstance(event, refonte.TaskCallback | refonte.Undecoded)

    return receiver


@settings(max_examples=150, deadline=None)
@given(
    headers=st.lists(st.tuples(NAMES, VALUES), max_size=5),
    keyed=st.booleans(),
    parts=st.lists(BODIES, min_size=1, max_size=3),
    method=st.sampled_from(["POST", "POST", "POST", "GET", "X"]),
    path=st.text(max_size=10),
)
def test_any_request_is_answered(
    headers: list[tuple[str, str]], keyed: bool, parts: list[bytes], method: str, path: str
) -> None:
    receiver = _receiver()
    if keyed:
        headers = [("refonte-ai--callback-auth", KEY), *headers]
    body = b"".join(parts)
    sent: list[Any] = []

    async def story() -> None:
        waiting = list(parts)

        async def receive() -> Any:
            return {"type": "http.request", "body": waiting.pop(0), "more_body": bool(waiting)}

        async def send(message: Any) -> None:
            sent.append(message)

        raw = [(name.encode(), value.encode("latin-1")) for name, value in headers]
        await receiver.asgi({"type": "http", "method": method, "path": path, "headers": raw}, receive, send)
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(story())
    assert sent[0]["status"] in STATUSES
    assert b"Traceback" not in sent[1]["body"]
    if method == "POST":
        assert sent[0]["status"] == _verified(receiver, headers, body)


def _verified(receiver: Any, headers: list[tuple[str, str]], body: bytes) -> int:
    try:
        receiver.verify(headers, body)
    except refonte.Refused as refused:
        return refused.status
    return 204


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    noise=st.lists(st.binary(max_size=60) | st.just(f"\r\nrefonte-ai--callback-auth: {KEY}\r\n".encode()), max_size=4)
)
def test_noise_on_the_socket_brings_no_traceback_and_leaves_nothing_running(noise: list[bytes]) -> None:
    async def story() -> None:
        loop = asyncio.get_running_loop()
        unhandled: list[Any] = []

        def note(_: object, context: dict[str, Any]) -> None:
            if "protocol" not in context:  # aiohttp's own parser, which stumbles over some bytes after a request
                unhandled.append(context)

        loop.set_exception_handler(note)
        async with served(_receiver()) as url:
            reader, writer = await asyncio.open_connection("127.0.0.1", int(url.rpartition(":")[2]))
            writer.write(b"POST /hook HTTP/1.1\r\nHost: h" + b"".join(noise))
            writer.write_eof()
            answer = await asyncio.wait_for(reader.read(), 5)
            writer.close()
        assert b"Traceback" not in answer
        assert not answer.startswith(b"HTTP/1.1 5")
        assert not unhandled

    asyncio.run(story())
