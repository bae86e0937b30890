"""One Prism for each API between its client and a sandbox, which every story gets anew."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias
from urllib.parse import urlsplit

import aiohttp
from attrs import define, field

from reknit import Retry, refonte, relays, rezi, rezolve
from reknit.sandbox import TEST_KEY, Clock, Sandbox
from tests.contract.documents import spec_of
from tests.contract.prism import Witness, prism

__all__ = ["Play", "Scene", "Stage", "Story", "stage_of"]

CLIENTS = {"refonte": refonte.Client, "relays": relays.Client, "rezi": rezi.Client, "rezolve": rezolve.Client}


@define
class Scene:
    """What a story happens in: a new sandbox, and clients that reach it through Prism alone."""

    api: str
    box: Sandbox
    url: str
    session: aiohttp.ClientSession
    witness: Witness

    def client(self, key: str = TEST_KEY, **settings: Any) -> Any:
        """Return a client of the API, with a limiter of its own, which sends once unless `settings` say otherwise."""
        settings = {"retry": Retry(max_attempts=1), "timeout": 20, **settings}
        return CLIENTS[self.api](key, base_url=self.url, session=self.session, **settings)


Story: TypeAlias = Callable[[Scene], Awaitable[None]]


class Play(NamedTuple):
    """What was seen of a story: what Prism complained of, and the statuses that each operation answered."""

    violations: list[str]
    answers: frozenset[tuple[str, int]]


@define
class Stage:
    """A Prism that validates, and the port on which it expects a sandbox."""

    api: str
    url: str
    _port: int
    _played: dict[Story, Play] = field(factory=dict[Story, Play])

    @asynccontextmanager
    async def scene(self) -> AsyncGenerator[Scene]:
        """Start a sandbox and a session to talk to it; the sandbox's own bugs come out at the end."""
        witness = Witness()
        async with (
            Sandbox(port=self._port, clock=Clock(1_800_000_000.0, tick=lambda: 0.0), ledger_size=10_000) as box,
            aiohttp.ClientSession(trace_configs=[witness.trace()], cookie_jar=aiohttp.DummyCookieJar()) as session,
        ):
            yield Scene(self.api, box, self.url, session, witness)
        assert not box.violations

    async def play(self, story: Story) -> Play:
        """Play a story, once in a run."""
        if story not in self._played:
            async with self.scene() as scene:
                await _told(story, scene)
                requests = scene.box.ledger.requests(self.api)
                # What Prism passed on is what came back, so nothing went past it.
                assert scene.witness.violations or len(requests) == len(scene.witness.passed)
                seen = frozenset((request.operation, request.status) for request in requests if request.fault is None)
                self._played[story] = Play(scene.witness.violations, seen)
        return self._played[story]


async def _told(story: Story, scene: Scene) -> None:
    """Let a story happen; where it comes to grief, the reason is what Prism complained of."""
    try:
        await story(scene)
    except BaseException as error:
        for violation in scene.witness.violations:
            error.add_note(violation)
        raise


@asynccontextmanager
async def stage_of(api: str, folder: Path) -> AsyncGenerator[Stage]:
    """Start Prism between an API's clients and a sandbox; the document that it reads is written to a folder."""
    document = folder / f"{api}.json"
    document.write_text(json.dumps(spec_of(api).as_plain_openapi()), encoding="utf-8")
    async with Sandbox() as box:  # its port is free again when Prism has started
        upstream = box.base_url(api)
    async with prism("proxy", str(document), upstream) as url:
        yield Stage(api, url, urlsplit(upstream).port or 0)
