"""What pytest loads in every run: the fixtures' names, the marker, and the ledger in the report of a failed test.

Nothing of the sandbox, of a client or of aiohttp is imported before a test asks for a fixture.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import AsyncIterator, Generator, Iterator
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from reknit import refonte, relays, rezi, rezolve
    from reknit.sandbox import Sandbox
    from reknit.testing.stages import Stage

_MARKER = (
    "reknit(*, seed, keys, clock, ledger_size, state, callbacks_anywhere, real_waits): "
    "how the sandbox of the reknit_* fixtures is made; real_waits=True lets the clients wait in real time"
)
_NO_LOOP = (
    "the reknit fixtures need a plugin that runs this async test on asyncio: pip install 'pytest-asyncio>=1', and mark "
    "the test with @pytest.mark.asyncio or set asyncio_mode = auto"
)
_VIOLATED = "the sandbox broke the contract of an API, which is a bug of reknit and not of your program"

_stages = pytest.StashKey["Stage"]()


def pytest_configure(config: pytest.Config) -> None:
    """Tell of the marker; where pytest-asyncio is at work, add what it has to run."""
    config.addinivalue_line("markers", _MARKER)
    if _has_pytest_asyncio(config.pluginmanager):
        from reknit.testing import asyncio_fixtures  # noqa: PLC0415 - not before pytest-asyncio is known to be there

        config.pluginmanager.register(asyncio_fixtures, "reknit-asyncio")


def _has_pytest_asyncio(manager: pytest.PytestPluginManager) -> bool:
    """Return whether a pytest-asyncio is at work that knows of loops of several scopes."""
    plugin = sys.modules.get("pytest_asyncio.plugin")
    if plugin is None or not manager.is_registered(plugin):  # None is: it stands for what `-p no:NAME` keeps out
        return False
    major, _, _ = str(sys.modules["pytest_asyncio"].__version__).partition(".")
    return major.isdecimal() and int(major) >= 1


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add what the sandbox saw to the report of a test that failed."""
    report = yield
    stage = item.stash.get(_stages, None)
    if stage is not None and report.failed:
        report.sections.append(("reknit sandbox", stage.story()))
    return report


@pytest.fixture
def _reknit_stage(request: pytest.FixtureRequest) -> Iterator[Stage]:  # pyright: ignore[reportUnusedFunction]
    """The sandbox and the clients of one test, on the loop that the test runs on."""
    try:
        import_module("reknit.testing.stages")
    except ImportError as error:
        pytest.fail(str(error), pytrace=False)
    stage: Stage = request.getfixturevalue(_where(request))
    request.node.stash[_stages] = stage
    yield stage
    if stage.box.violations:
        pytest.fail(f"{_VIOLATED}: {'; '.join(stage.box.violations)}", pytrace=False)


def _where(request: pytest.FixtureRequest) -> str:
    """Return the name of the fixture that makes the stage on the test's own loop, or beside a test that has none."""
    item: Any = request.node
    if request.config.pluginmanager.has_plugin("reknit-asyncio"):
        from reknit.testing.asyncio_fixtures import loop_scope  # noqa: PLC0415 - loaded already

        scope = loop_scope(item)
        if scope is not None:
            return f"_reknit_stage_on_{scope}_loop"
    if not inspect.iscoroutinefunction(getattr(item, "function", None)) or _is_of_unittest(item):
        return "_reknit_stage_in_thread"
    if "anyio_backend" in request.fixturenames:
        backend: str = request.getfixturevalue("anyio_backend_name")
        if backend != "asyncio":
            pytest.fail(f"the reknit fixtures run on asyncio, not on {backend}", pytrace=False)
        return "_reknit_stage_on_anyio"
    return pytest.fail(_NO_LOOP, pytrace=False)


def _is_of_unittest(item: Any) -> bool:
    """Return whether unittest runs the test: an async one on a loop that it makes when the fixtures are done."""
    unittest = sys.modules.get("unittest")  # loaded by whoever has such a test
    return unittest is not None and isinstance(item.cls, type) and issubclass(item.cls, unittest.TestCase)


@pytest.fixture
async def _reknit_stage_on_anyio(request: pytest.FixtureRequest) -> AsyncIterator[Stage]:  # pyright: ignore[reportUnusedFunction]
    from reknit.testing.stages import options_of, staged  # noqa: PLC0415 - heavy

    async with staged(options_of(request)) as stage:
        yield stage


@pytest.fixture
def _reknit_stage_in_thread(request: pytest.FixtureRequest) -> Iterator[Stage]:  # pyright: ignore[reportUnusedFunction]
    from reknit.testing.blocking import staged_in_thread  # noqa: PLC0415 - heavy
    from reknit.testing.stages import options_of  # noqa: PLC0415

    with staged_in_thread(options_of(request)) as stage:
        yield stage


@pytest.fixture
def reknit_sandbox(_reknit_stage: Stage) -> Sandbox:
    """The four APIs on a port of their own, for this test alone.

    In a sync test it runs in a thread, and its coroutines (`refonte.complete`, `settle`) are plain methods that block.
    """
    return _reknit_stage.box


@pytest.fixture
def reknit_environment(
    reknit_sandbox: Sandbox, _reknit_stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> dict[str, str]:
    """The variables that point clients without arguments at the sandbox, set for the time of the test."""
    variables = dict(reknit_sandbox.environment())
    variables |= {f"{api.upper()}_API_KEY": _reknit_stage.key for api in reknit_sandbox.apis}
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return variables


@pytest.fixture
def reknit_rezi(_reknit_stage: Stage) -> rezi.Client:
    """A client of Rezi in the sandbox, which is closed after the test."""
    client: rezi.Client = _reknit_stage.client("rezi")
    return client


@pytest.fixture
def reknit_rezolve(_reknit_stage: Stage) -> rezolve.Client:
    """A client of the Rezolve Integration Hub in the sandbox, which is closed after the test."""
    client: rezolve.Client = _reknit_stage.client("rezolve")
    return client


@pytest.fixture
def reknit_refonte(_reknit_stage: Stage) -> refonte.Client:
    """A client of Refonte.AI in the sandbox, which is closed after the test."""
    client: refonte.Client = _reknit_stage.client("refonte")
    return client


@pytest.fixture
def reknit_relays(_reknit_stage: Stage) -> relays.Client:
    """A client of Relays in the sandbox, which is closed after the test."""
    client: relays.Client = _reknit_stage.client("relays")
    return client
