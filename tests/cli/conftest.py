"""What the tests of the command line share: `reknit` against a sandbox that the test holds.

A process takes half a second to begin, so most commands run in a thread of the test, with streams and an environment of
their own. What a process alone has (signals, a terminal, its end) is tested with one.
"""

from __future__ import annotations

import asyncio
import io
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import NamedTuple, cast

import pytest

from reknit.cli import main
from reknit.sandbox import TEST_KEY, Sandbox

APIS = ("rezi", "rezolve", "refonte", "relays")


class Done(NamedTuple):
    """What a process came to."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        return self.err.splitlines()


def clean() -> dict[str, str]:
    """The environment without anything that a client would take from it. Warnings of the process are errors."""
    ours = ("_API_KEY", "_BASE_URL", "_CALLBACK_KEY")
    kept = {name: value for name, value in os.environ.items() if not name.endswith(ours) and name != "NO_COLOR"}
    return {**kept, "PYTHONWARNINGS": "error", "PYTHONUNBUFFERED": "1"}


def pointed_at(box: Sandbox) -> dict[str, str]:
    """What a user exports to talk to a sandbox."""
    return {**box.environment(), **{f"{api.upper()}_API_KEY": TEST_KEY for api in APIS}}


async def begin(*words: str, env: Mapping[str, str] | None = None) -> asyncio.subprocess.Process:
    pipe = asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "reknit.cli", *words, env={**clean(), **(env or {})}, stdin=pipe, stdout=pipe, stderr=pipe
    )


Run = Callable[..., Awaitable[Done]]


@pytest.fixture
async def box() -> AsyncIterator[Sandbox]:
    async with Sandbox() as running:
        yield running
        assert running.violations == []


@contextmanager
def environment(env: Mapping[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.clear()
    os.environ.update(env)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def run_here(words: tuple[str, ...], stdin: bytes) -> Done:
    """Run `reknit` with some words in this thread, with streams as a process with three pipes has them."""
    given, out, err = (io.TextIOWrapper(io.BytesIO(raw), encoding="utf-8") for raw in (stdin, b"", b""))
    before = sys.stdin, sys.stdout, sys.stderr
    sys.stdin, sys.stdout, sys.stderr = given, out, err
    try:
        code = main(words)
        out.flush()
        err.flush()
    finally:
        sys.stdin, sys.stdout, sys.stderr = before
    return Done(code, *(cast("io.BytesIO", stream.buffer).getvalue().decode() for stream in (out, err)))


@pytest.fixture
def run() -> Run:
    """Run `reknit` with some words to its end, in a thread."""

    async def run(*words: str, stdin: bytes = b"", env: Mapping[str, str] | None = None) -> Done:
        with environment({**clean(), **(env or {})}):
            return await asyncio.wait_for(asyncio.to_thread(run_here, words, stdin), 60)

    return run


@pytest.fixture
def run_process() -> Run:
    """Run `reknit` with some words to its end, as a process."""

    async def run(*words: str, stdin: bytes = b"", env: Mapping[str, str] | None = None) -> Done:
        process = await begin(*words, env=env)
        out, err = await asyncio.wait_for(process.communicate(stdin), 60)
        assert process.returncode is not None
        return Done(process.returncode, out.decode(), err.decode())

    return run


@pytest.fixture
def call(run: Run, box: Sandbox) -> Run:
    """Run `reknit call` against the sandbox."""

    async def call(*words: str, stdin: bytes = b"", env: Mapping[str, str] | None = None) -> Done:
        return await run("call", *words, stdin=stdin, env={**pointed_at(box), **(env or {})})

    return call


@pytest.fixture
async def start() -> AsyncIterator[Callable[..., Awaitable[asyncio.subprocess.Process]]]:
    """Begin a `reknit` that runs until the test ends it, or ends."""
    running: list[asyncio.subprocess.Process] = []

    async def start(*words: str, env: Mapping[str, str] | None = None) -> asyncio.subprocess.Process:
        running.append(await begin(*words, env=env))
        return running[-1]

    yield start
    for process in running:
        with suppress(ProcessLookupError):
            process.terminate()  # killed, it would not write down what of it ran
        await process.communicate()
