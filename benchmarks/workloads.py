"""The same work twice: through reknit, and as one would write it with plain aiohttp.

Run as a program it is one side of the test with many calls in flight, in a process of its own; what it prints is that
process's peak memory.
"""

from __future__ import annotations

import asyncio
import resource
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

TOOL = "itsm.tickets.create"
INPUT = {"title": "printer", "priority": 3}

Call = Callable[[], Awaitable[Any]]


class Work(NamedTuple):
    """What is done on both sides: a small call, and two with large answers."""

    execute: Call
    tools: Call
    tasks: Call


@asynccontextmanager
async def plain(url: str) -> AsyncIterator[Work]:
    """Yield the work as plain aiohttp does it."""
    import aiohttp

    body = {"input": INPUT}
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:

        async def post(to: str) -> Any:
            async with session.post(to, json=body) as r:
                return await r.json()

        async def get(to: str) -> Any:
            async with session.get(to) as r:
                return await r.json()

        yield Work(
            partial(post, f"{url}/tools/{TOOL}/execute"), partial(get, f"{url}/tools"), partial(get, f"{url}/tasks")
        )


@asynccontextmanager
async def ours(url: str) -> AsyncIterator[Work]:
    """Yield the work as reknit does it: defaults everywhere, and one hook that is told of all."""
    from reknit import refonte, rezolve

    seen = 0

    def hook(_event: object) -> None:
        nonlocal seen
        seen += 1

    async with (
        rezolve.Client(api_key="key", base_url=url, hooks=(hook,)) as hub,
        refonte.Client(api_key="key", base_url=url, hooks=(hook,)) as labels,
    ):

        async def page() -> Any:
            return await labels.tasks.list()

        yield Work(partial(hub.tools.execute, TOOL, input=INPUT), hub.tools.list, page)
        assert seen, "the hook was never called"


SIDES = {"plain": plain, "ours": ours}


async def _in_flight(side: str, url: str, count: int) -> None:
    async with SIDES[side](url) as work:
        await asyncio.gather(*(work.execute() for _ in range(count)))


def peak_kib() -> int:
    """Return this process's peak memory in KiB.

    Linux's own figure where it is to be had: `ru_maxrss` of a fresh process may be that of the one it came from.
    """
    status = Path("/proc/self/status")
    if status.exists():
        return next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak // 1024 if sys.platform == "darwin" else peak


def allow_many_sockets() -> None:
    """Raise the soft limit of open files to the hard one."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


if __name__ == "__main__":
    _, side, url, count = sys.argv
    allow_many_sockets()
    asyncio.run(_in_flight(side, url, int(count)))
    print(peak_kib())
