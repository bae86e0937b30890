"""The example services, as processes: they receive, tell duplicates, and process."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from reknit.refonte import samples

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.parametrize("framework", ["aiohttp", "fastapi"])
async def test_an_example_service_handles_a_callback_once(framework: str, tmp_path: Path) -> None:
    pytest.importorskip("aiosqlite")
    if framework == "fastapi":
        pytest.importorskip("fastapi")
        pytest.importorskip("uvicorn")
    port = _free_port()
    command = {
        "aiohttp": [str(EXAMPLES / "aiohttp_service.py"), str(port)],
        "fastapi": ["-m", "uvicorn", "--app-dir", str(EXAMPLES), "--port", str(port), "fastapi_service:app"],
    }[framework]
    service = await asyncio.create_subprocess_exec(
        sys.executable,
        *command,
        cwd=tmp_path,
        env={**os.environ, "REFONTE_CALLBACK_KEY": "live-key"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert service.stdout is not None
    try:
        async with asyncio.timeout(30):
            for payload, key, status in (
                (samples.COMPLETED, "wrong", 401),
                (samples.COMPLETED, "live-key", 204),
                (samples.COMPLETED, "live-key", 204),
                (samples.AUDITED, "live-key", 204),
                (samples.RECALLED, "live-key", 204),
            ):
                sample = samples.signed(payload, key)
                assert await _post(f"http://127.0.0.1:{port}/refonte", sample) == status
            lines = [line async for line in _handled(service.stdout, 3)]
    finally:
        service.terminate()
        await service.communicate()
    assert [line.split()[1] for line in lines] == ["completed", "completed", "pending"]


async def _post(url: str, sample: samples.Sample) -> int:
    """Post a sample, again while the service is still starting."""
    async with aiohttp.ClientSession() as session:
        while True:
            try:
                async with session.post(url, data=sample.body, headers=sample.headers) as answer:
                    return answer.status
            except aiohttp.ClientConnectorError:
                await asyncio.sleep(0.05)


async def _handled(output: asyncio.StreamReader, count: int) -> AsyncIterator[str]:
    while count and (line := (await output.readline()).decode()):
        if line.startswith(samples.COMPLETED["task_id"]):
            count -= 1
            yield line
