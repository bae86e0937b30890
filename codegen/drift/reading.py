"""Reads one page in a process of its own, which is ended when it takes too long or too much.

Parsers have worst cases, and a page can be made of them. The one page then cannot be read; the others can.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import frozen

from codegen.drift.facts import Facts, facts_of, rows_of

if TYPE_CHECKING:
    from codegen.drift.fetching import Body

SECONDS = 30.0
"""How long a page may take to be read."""

_MEMORY = 2 * 2**30
_AT_ONCE = 2
_CODE = Path(__file__).resolve().parents[2]


@frozen
class Reading:
    """What a page says, or why that cannot be told."""

    digest: str = ""
    facts: Facts = ()
    unreadable: str = ""


async def read_all(bodies: list[tuple[str, Body]], seconds: float = SECONDS) -> list[Reading]:
    """Read the pages that were sent, by address, a few at once; return them in their order."""
    turn = asyncio.Semaphore(_AT_ONCE)

    async def one(address: str, body: Body) -> Reading:
        async with turn:
            return await _read(address, body, seconds)

    return list(await asyncio.gather(*(one(address, body) for address, body in bodies)))


async def _read(address: str, body: Body, seconds: float) -> Reading:
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", __name__, body.media[:200].replace("\0", ""), address,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL, cwd=_CODE,
    )  # fmt: skip
    try:
        async with asyncio.timeout(seconds):
            output, _ = await child.communicate(body.data)
    except TimeoutError:
        return Reading(unreadable=f"takes more than {seconds:g} seconds to read")
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    try:
        answer = json.loads(output)
        return Reading(answer["digest"], facts_of(answer["facts"]), answer["unreadable"])
    except (ValueError, TypeError, KeyError):
        return Reading(unreadable="cannot be read: its reader came to an end without an answer")


def read(data: bytes, media: str, address: str) -> Reading:
    """Reduce a page to its content, and take the facts out of it."""
    from codegen.drift.extracting import extract  # noqa: PLC0415  the parsers are loaded in the child alone
    from codegen.drift.reducing import Unreadable, reduce  # noqa: PLC0415

    try:
        content = reduce(data, media, address)
        return Reading(content.digest, extract(content))
    except Unreadable as problem:
        return Reading(unreadable=str(problem))
    except MemoryError:
        return Reading(unreadable="takes too much memory to read")


def _bound_memory() -> None:
    try:
        import resource  # noqa: PLC0415  there is none on Windows
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))


def main() -> None:
    """Read the page on the standard input, and write what it says to the standard output."""
    _bound_memory()
    media, address = sys.argv[1:]
    reading = read(sys.stdin.buffer.read(), media, address)
    answer = {"digest": reading.digest, "facts": rows_of(reading.facts), "unreadable": reading.unreadable}
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main()
