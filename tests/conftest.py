"""What all tests share: a real server that plays whatever a test wants."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
from hypothesis import settings

from tests.serving import Handler, Reply, Serve, Served, script, serving

pytest_plugins = ["pytester"]  # for the tests of the plugin

# A busy machine is no failure of a property.
settings.register_profile("reknit", deadline=None)
settings.load_profile("reknit")


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """Return a function that starts a loopback server with a handler (or one reply); it ends with the test."""
    async with AsyncExitStack() as running:

        async def start(handler: Handler | Reply) -> Served:
            return await running.enter_async_context(
                serving(script(handler) if isinstance(handler, Reply) else handler)
            )

        yield start
