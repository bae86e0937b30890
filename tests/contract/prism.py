"""Prism as a process, and a witness of what passes through it.

What Prism 5.14 does as a validating proxy (`prism proxy --errors`), read from its source and seen here:

- A request that the spec forbids is not passed on: Prism answers itself, with `application/problem+json`.
- Of an answer that the spec forbids it makes a 500 of that media type. A status that an operation does not document is
  a warning: the answer comes through with the header `sl-violations`. Both count as violations here.
- Where no answer comes from behind it, it makes a 500 of that media type, too, and of another type of problem: that is
  no violation, and for the client an answer that was lost.
- A schema that its validator cannot compile counts as one that everything fits; so each check has to be seen at work.
- It reads and sends a multipart body and every answer that is not JSON as UTF-8, which harms files of other bytes.
- It knows no callbacks and no webhooks.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from types import SimpleNamespace

import aiohttp
from attrs import define, field

__all__ = ["COMMAND", "Passed", "Witness", "prism"]

COMMAND = os.environ.get("REKNIT_PRISM")

#: Longer than the slowest start of node on a busy machine.
_PATIENCE = 60
_GRACE = 5

#: Where the tests are killed, nobody ends node: it does so itself, as its standard input is closed then.
_ENDS_WITH_US = "--import=data:text/javascript,process.stdin.on('end',()=>process.exit()).resume()"


@asynccontextmanager
async def prism(*arguments: str) -> AsyncGenerator[str]:
    """Run Prism on a free port, give its URL, and leave nothing of it behind."""
    assert COMMAND is not None
    child = await asyncio.create_subprocess_exec(
        COMMAND, *arguments, "--host", "127.0.0.1", "--port", "0", "--errors", "--multiprocess", "false",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, "NODE_OPTIONS": _ENDS_WITH_US}, start_new_session=True,
    )  # fmt: skip
    reader: asyncio.Task[None] | None = None
    try:
        assert child.stdout is not None
        url = await asyncio.wait_for(_listening(child.stdout), _PATIENCE)
        reader = asyncio.create_task(_drain(child.stdout))
        yield url
    finally:
        await _end(child)
        if reader is not None:
            await reader


async def _listening(output: asyncio.StreamReader) -> str:
    said: list[str] = []
    async for line in output:
        said.append(line.decode())
        if found := re.search(r"Prism is listening on (\S+)", said[-1]):
            return re.sub(r"\x1b.*", "", found[1])
    raise AssertionError("".join(said))


async def _drain(output: asyncio.StreamReader) -> None:
    while await output.read(65536):
        pass


async def _end(child: asyncio.subprocess.Process) -> None:
    """End the process and those that it started: it leads a process group of its own."""
    if child.returncode is not None:
        return
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, number) if sys.platform != "win32" else child.kill()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(child.wait(), _GRACE)
            return


@define
class Passed:
    """An exchange as the client's side saw it. `complaint` is what Prism says of it, None where it says nothing."""

    method: str
    path: str
    status: int
    complaint: str | None

    def __str__(self) -> str:
        return f"{self.method} {self.path} {self.status}: {self.complaint}"


@define
class Witness:
    """Write down every exchange of the sessions that carry its `trace`, resends and look-ups included."""

    passed: list[Passed] = field(factory=list[Passed])

    @property
    def violations(self) -> list[str]:
        """What Prism complained of."""
        return [str(exchange) for exchange in self.passed if exchange.complaint is not None]

    def trace(self) -> aiohttp.TraceConfig:
        """Return what a session takes as one of its `trace_configs`."""
        trace = aiohttp.TraceConfig()
        trace.on_request_end.append(self._ended)
        return trace

    async def _ended(
        self, _session: aiohttp.ClientSession, _context: SimpleNamespace, ended: aiohttp.TraceRequestEndParams
    ) -> None:
        response = ended.response
        complaint = response.headers.get("sl-violations")
        # Only where it is Prism who speaks is the body read here: any other is the client's to read.
        if complaint is None and response.content_type == "application/problem+json":
            said = await response.text()
            complaint = said if "stoplight.io/prism/errors" in said else None
        self.passed.append(Passed(ended.method, ended.url.raw_path_qs, response.status, complaint))
