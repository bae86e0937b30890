"""One validating Prism for each API, which all tests of the session share: node takes two seconds to start it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest
import pytest_asyncio

from tests.contract.stage import Stage, stage_of

StageOf = Callable[[str], Awaitable[Stage]]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def stages(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[StageOf]:
    """Return a function that gives the stage of an API, which starts when it is first asked for."""
    folder = tmp_path_factory.mktemp("documents")
    async with AsyncExitStack() as running:
        found: dict[str, Stage] = {}

        async def stage(api: str) -> Stage:
            if api not in found:
                found[api] = await running.enter_async_context(stage_of(api, folder))
            return found[api]

        yield stage


@pytest_asyncio.fixture(loop_scope="session")
async def stage(request: pytest.FixtureRequest, stages: StageOf) -> Stage:
    """Return the stage of the API that the test's parameter names."""
    return await stages(request.param)
