"""The stage of a test that pytest-asyncio runs, on the very loop that it runs it on.

A test says by its marker, or by the configuration, which of five loops it wants (`loop_scope`); a fixture says so where
it is defined. So there is one fixture for each loop, and `plugin` asks for that of the test.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from typing import TYPE_CHECKING, Any, Literal

import pytest
import pytest_asyncio

if TYPE_CHECKING:
    from reknit.testing.stages import Stage

_Scope = Literal["function", "class", "module", "package", "session"]


def loop_scope(item: Any) -> str | None:
    """Return the scope of the loop that pytest-asyncio runs a test on; None where it does not run it."""
    if not pytest_asyncio.is_async_test(item):
        return None
    marker = item.get_closest_marker("asyncio")
    said: Mapping[str, Any] = marker.kwargs if marker is not None else {}
    scope: str | None = said.get("loop_scope") or said.get("scope")  # the second is how it was said before
    return scope or item.config.getini("asyncio_default_test_loop_scope") or "function"


def _stage_on(scope: _Scope) -> Any:
    @pytest_asyncio.fixture(name=f"_reknit_stage_on_{scope}_loop", loop_scope=scope)
    async def stage(request: pytest.FixtureRequest) -> AsyncGenerator[Stage]:
        from reknit.testing.stages import options_of, staged  # noqa: PLC0415 - heavy

        async with staged(options_of(request)) as stage:
            yield stage

    return stage


on_function_loop = _stage_on("function")
on_class_loop = _stage_on("class")
on_module_loop = _stage_on("module")
on_package_loop = _stage_on("package")
on_session_loop = _stage_on("session")
