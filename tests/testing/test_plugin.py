"""The pytest plugin, in test suites of its own: what users write, with warnings as errors."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from importlib.metadata import entry_points
from pathlib import Path

import pytest

# A suite that runs in this process forgets what it imported, and jsonschema-rs can be loaded once only.
from reknit import refonte, relays, rezi, rezolve  # noqa: F401
from reknit.testing import asyncio_fixtures, blocking, plugin, stages  # noqa: F401

CALLS = """
import asyncio
import time

import pytest

from reknit import errors, rezolve


async def ticket(hub, title="printer"):
    return await hub.tools.execute("itsm.tickets.create", input={"title": title})

"""
INI = """
[pytest]
asyncio_mode = {mode}
asyncio_default_fixture_loop_scope = function
asyncio_default_test_loop_scope = {scope}
filterwarnings = error
"""
ALONE = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": ""}
QUIET = ("-q", "-p", "no:cacheprovider", "-p", "no:pytest_cov", "-p", "no:xdist", "-p", "no:xdist.looponfail")


def run(
    pytester: pytest.Pytester, code: str, *options: str, mode: str = "auto", scope: str = "function"
) -> pytest.RunResult:
    """Run a suite in this process: what it leaves unclosed is a warning there, and so an error."""
    pytester.makeini(INI.format(mode=mode, scope=scope))
    pytester.makepyfile(CALLS + code)
    return pytester.runpytest_inprocess(*QUIET, *options)


# What it costs those who do not use it


def test_plugin_finds_itself() -> None:
    assert [
        (found.name, found.value) for found in entry_points(group="pytest11") if found.value.startswith("reknit")
    ] == [("reknit", "reknit.testing.plugin")]


def test_registration_imports_nothing_but_the_plugin(tmp_path: Path) -> None:
    program = """
import sys, pytest
class Look:
    def pytest_configure(self, config):
        self.found = set(sys.modules)
look = Look()
pytest.main("-q -p reknit -p no:cacheprovider --collect-only --noconftest -c /dev/null".split(), [look])
print(sorted(name for name in look.found if name.partition(".")[0] in
    {"reknit", "aiohttp", "attr", "attrs", "cattrs", "jsonschema_rs", "msgspec", "pytest_asyncio"}))
"""
    done = subprocess.run(
        [sys.executable, "-Werror", "-c", program],
        env={**os.environ, **ALONE},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == "['reknit', 'reknit.testing', 'reknit.testing.plugin']"


# Where a test runs

EVERY_CLIENT = """
{mark}
async def test_every_client(reknit_sandbox, reknit_rezi, reknit_rezolve, reknit_refonte, reknit_relays):
    await ticket(reknit_rezolve)
    async with reknit_relays.sessions.open(users=["203.0.113.7"]) as session:
        assert session.ready
    await reknit_refonte.projects.list()
    await reknit_rezi.users.list()
    assert {{request.api for request in reknit_sandbox.ledger.requests()}} == {{*reknit_sandbox.apis}}

{mark}
async def test_each_test_has_a_sandbox_of_its_own(reknit_sandbox, reknit_rezolve):
    assert not reknit_sandbox.ledger.request_count
    assert (await ticket(reknit_rezolve)).data["id"]
"""


@pytest.mark.parametrize("scope", ["function", "class", "module", "package", "session"])
def test_clients_run_on_the_loop_of_the_test(pytester: pytest.Pytester, scope: str) -> None:
    mark = f"@pytest.mark.asyncio(loop_scope={scope!r})"
    run(pytester, EVERY_CLIENT.format(mark=mark), mode="strict").assert_outcomes(passed=2)


@pytest.mark.parametrize("scope", ["function", "session"])
def test_clients_run_on_the_loop_of_the_configuration(pytester: pytest.Pytester, scope: str) -> None:
    run(pytester, EVERY_CLIENT.format(mark=""), mode="auto", scope=scope).assert_outcomes(passed=2)


def test_fixtures_work_beside_those_of_pytest_aiohttp(pytester: pytest.Pytester) -> None:
    code = """
from aiohttp import web
from reknit.sandbox import Limited

async def test_application_calls_the_hub(aiohttp_client, reknit_sandbox, reknit_rezolve):
    async def report(request):
        done = await ticket(reknit_rezolve, (await request.json())["title"])
        return web.json_response({"id": done.data["id"]})

    app = web.Application()
    app.router.add_post("/report", report)
    browser = await aiohttp_client(app)
    reknit_sandbox.faults.add(api="rezolve", fault=Limited(retry_after=5))
    async with browser.post("/report", json={"title": "printer"}) as answer:
        assert (await answer.json())["id"]
    assert len(reknit_sandbox.ledger.effects("rezolve")) == 1
"""
    pytest.importorskip("pytest_aiohttp")
    run(pytester, code).assert_outcomes(passed=1)


def test_fixtures_of_the_user_may_use_them(pytester: pytest.Pytester) -> None:
    code = """
@pytest.fixture
async def made(reknit_rezolve):
    yield (await ticket(reknit_rezolve)).data["id"]
    await ticket(reknit_rezolve)

async def test_ticket(made, reknit_rezolve):
    await ticket(reknit_rezolve)
    assert made
"""
    run(pytester, code).assert_outcomes(passed=1)


def test_anyio_tests_work_on_asyncio_alone(pytester: pytest.Pytester) -> None:
    pytest.importorskip("anyio")
    code = """
@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio", "trio"])
async def test_ticket(reknit_rezolve, anyio_backend):
    await ticket(reknit_rezolve)
"""
    done = run(pytester, code, mode="strict")
    done.assert_outcomes(passed=1, errors=1)
    done.stdout.fnmatch_lines(["the reknit fixtures run on asyncio, not on trio"])


def test_sync_test_has_a_sandbox_in_a_thread(pytester: pytest.Pytester) -> None:
    code = """
from reknit.sandbox import Limited, Status

def test_program(reknit_sandbox, reknit_rezolve, reknit_refonte, reknit_environment):
    reknit_sandbox.faults.add(api="rezolve", fault=Status(502, html=True))
    for _ in range(2):
        asyncio.run(ticket(reknit_rezolve))

    async def program():
        async with rezolve.Client() as hub:
            await ticket(hub)

    asyncio.run(program())
    assert len(reknit_sandbox.ledger.effects("rezolve", "itsm.tickets.create")) == 3
    assert reknit_environment["REZOLVE_BASE_URL"] == reknit_sandbox.base_url("rezolve")

    made = asyncio.run(reknit_refonte.tasks.create_text_collection(project="p", unique_id="u"))
    reknit_sandbox.refonte.accepted_as = "text"
    assert reknit_sandbox.refonte.accepted_as == "text"
    reknit_sandbox.refonte.complete(made.task_id)
    reknit_sandbox.settle()
    reknit_sandbox.clock.advance(60)
    assert "in a thread" in repr(reknit_sandbox)
    with pytest.raises(LookupError):
        reknit_sandbox.refonte.complete("no such task")
"""
    run(pytester, code).assert_outcomes(passed=1)


def test_unittests_async_test_has_a_sandbox_in_a_thread(pytester: pytest.Pytester) -> None:
    code = """
import unittest


class TestTickets(unittest.IsolatedAsyncioTestCase):
    @pytest.fixture(autouse=True)
    def sandbox(self, reknit_sandbox, reknit_rezolve):
        self.box, self.hub = reknit_sandbox, reknit_rezolve

    async def test_ticket(self):
        await ticket(self.hub)
        self.assertEqual(len(self.box.ledger.effects("rezolve", "itsm.tickets.create")), 1)
"""
    run(pytester, code).assert_outcomes(passed=1)


def test_async_test_that_nothing_runs_is_told_what_is_missing(pytester: pytest.Pytester) -> None:
    done = run(
        pytester, "async def test_it(reknit_sandbox): pass", "-p", "no:asyncio", "-p", "no:aiohttp", "-c/dev/null"
    )
    done.assert_outcomes(errors=1)
    done.stdout.fnmatch_lines(["the reknit fixtures need a plugin that runs *: pip install 'pytest-asyncio>=1', and *"])


def test_missing_extra_is_told_in_one_line(pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\n")  # or that of a folder above would count
    pytester.makeconftest("import sys\nsys.modules['jsonschema_rs'] = None\n")
    pytester.makepyfile("def test_it(reknit_sandbox): pass")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "reknit"],
        cwd=pytester.path,
        env={**os.environ, **ALONE},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "the sandbox needs jsonschema-rs: pip install 'reknit[sandbox]'\n" in done.stdout
    assert "1 error in" in done.stdout


# Options


def test_marker_says_how_the_sandbox_is_made(pytester: pytest.Pytester) -> None:
    code = """
pytestmark = pytest.mark.reknit(seed=1, keys=["mine"])

@pytest.mark.reknit(seed=7)
async def test_nearer_marker_holds(reknit_sandbox, reknit_rezolve):
    assert reknit_sandbox.seed == 7
    await ticket(reknit_rezolve)

async def test_wide_marker(reknit_sandbox):
    assert reknit_sandbox.seed == 1

@pytest.mark.reknit(sed=7)
async def test_misspelt(reknit_sandbox): pass

@pytest.mark.reknit(state="broken.sqlite")
async def test_broken(reknit_sandbox): pass

@pytest.mark.reknit(keys="mine")
async def test_letters(reknit_sandbox): pass

@pytest.mark.reknit(state="good.sqlite")
async def test_kept(reknit_sandbox, reknit_rezolve):
    await ticket(reknit_rezolve)
"""
    (pytester.path / "broken.sqlite").write_text("no database" * 100)
    done = run(pytester, code, "--strict-markers")
    done.assert_outcomes(passed=3, errors=3)
    done.stdout.fnmatch_lines(
        [
            "@pytest.mark.reknit takes seed, *, not sed",
            "@pytest.mark.reknit: *broken.sqlite*",
            "@pytest.mark.reknit: keys must be *",
        ]
    )


def test_waits_take_no_time(pytester: pytest.Pytester) -> None:
    code = """
from reknit.sandbox import Limited, Status

async def test_waits(reknit_sandbox, reknit_rezolve):
    loop = asyncio.get_running_loop()
    began, real, told = loop.time(), time.monotonic(), reknit_sandbox.clock.now()
    reknit_sandbox.faults.add(api="rezolve", fault=Status(503, retry_after=20), times=2)
    await ticket(reknit_rezolve)
    assert time.monotonic() - real < 10
    assert 40 <= loop.time() - began < 50
    assert 40 <= reknit_sandbox.clock.now() - told < 50

@pytest.mark.parametrize("reset", ["seconds", "epoch"])
async def test_storm(reknit_sandbox, reknit_rezolve, reset):
    reknit_sandbox.rezolve.limit(rate=2, burst=2, reset=reset, retry_after=False)
    await asyncio.gather(*(ticket(reknit_rezolve) for _ in range(40)))
    assert len(reknit_sandbox.ledger.effects("rezolve", "itsm.tickets.create")) == 40

async def test_deadline_ends_a_call_as_ever(reknit_sandbox, reknit_rezolve):
    reknit_sandbox.faults.add(api="rezolve", fault=Limited(retry_after=40), times=None)
    with pytest.raises(errors.RateLimited):
        await ticket(reknit_rezolve)
    assert len(reknit_sandbox.ledger.requests()) == 2

async def test_cancelled_wait_is_forgotten(reknit_sandbox, reknit_rezolve):
    with pytest.raises(rezolve.ApprovalRequired) as caught:
        await reknit_rezolve.tools.execute("itsm.tickets.delete", input={"id": 7})
    async with asyncio.TaskGroup() as group:
        waiting = group.create_task(caught.value.replay())
        await asyncio.sleep(5)
        waiting.cancel()
    began = asyncio.get_running_loop().time()
    await asyncio.sleep(0.02)
    await asyncio.sleep(0.02)
    assert asyncio.get_running_loop().time() - began < 60

@pytest.mark.reknit(real_waits=True)
async def test_real_waits(reknit_sandbox, reknit_rezolve):
    real = time.monotonic()
    reknit_sandbox.faults.add(api="rezolve", fault=Status(503, retry_after=0.2))
    await ticket(reknit_rezolve)
    assert time.monotonic() - real >= 0.2
"""
    run(pytester, code).assert_outcomes(passed=6)


def test_time_of_a_wider_loop_never_goes_back(pytester: pytest.Pytester) -> None:
    code = """
from reknit.sandbox import Limited, Status

seen = []

@pytest.mark.parametrize("turn", range(3))
@pytest.mark.asyncio(loop_scope="module")
async def test_waits(reknit_sandbox, reknit_rezolve, turn):
    reknit_sandbox.faults.add(api="rezolve", fault=Status(503, retry_after=9))
    await ticket(reknit_rezolve)
    seen.append(asyncio.get_running_loop().time())
    assert seen == sorted(seen)
"""
    run(pytester, code, mode="strict").assert_outcomes(passed=3)


# What a failure shows


def test_failing_test_shows_what_the_sandbox_saw_without_secrets(pytester: pytest.Pytester) -> None:
    code = """
from reknit.sandbox import Limited, Status

@pytest.mark.reknit(keys=["a-key-of-mine"])
async def test_fails(reknit_sandbox, reknit_rezolve, reknit_refonte):
    reknit_sandbox.faults.add(api="rezolve", fault=Status(503))
    await ticket(reknit_rezolve)
    for number in range(30):
        await reknit_refonte.projects.list()
    task = await reknit_refonte.tasks.create_text_collection(project="p", callback_url="http://192.0.2.1/")
    await reknit_sandbox.refonte.complete(task.task_id, {})
    await ticket(reknit_rezolve, "x" * 500)
    left_running = asyncio.ensure_future(reknit_rezolve.tools.list())
    left_running.add_done_callback(lambda task: task.exception())
    await asyncio.sleep(0)
    raise RuntimeError("of the test's own")
"""
    done = run(pytester, code)
    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(
        [
            "*- reknit sandbox -*",
            "requests: 34, effects: 5",
            "(* earlier ones are not shown)",
            "refonte GET /projects -> 200",
            "refonte effect: callback.skipped * (reason not a loopback address)",
            "rezolve effect: itsm.tickets.create *",
            "rezolve POST /tools/itsm.tickets.create/execute -> 200, key *, attempt 1",
            '    sent: {"input": {"title": "xxx*...',
        ]
    )
    assert "a-key-of-mine" not in done.stdout.str().partition("reknit sandbox")[2]


def test_answer_that_breaks_the_contract_fails_the_test(pytester: pytest.Pytester) -> None:
    code = """
async def test_passes(reknit_sandbox):
    reknit_sandbox.violations.append("rezolve tools.list: 200: data is missing")
"""
    done = run(pytester, code)
    done.assert_outcomes(passed=1, errors=1)
    done.stdout.fnmatch_lines(["the sandbox broke the contract *: rezolve tools.list: 200: data is missing"])


@pytest.mark.parametrize("word", ["async ", ""])
def test_interrupt_leaves_nothing_behind(pytester: pytest.Pytester, word: str) -> None:
    code = f"""
from pathlib import Path

{word}def test_interrupted(reknit_sandbox, reknit_rezolve):
    Path("port").write_text(reknit_sandbox.url.rpartition(":")[2])
    raise KeyboardInterrupt
"""
    pytester.makeini(INI.format(mode="auto", scope="function"))
    pytester.makepyfile(CALLS + code)
    done = pytester.inline_run(*QUIET, no_reraise_ctrlc=True)
    assert done.ret == pytest.ExitCode.INTERRUPTED
    assert "reknit-sandbox" not in {thread.name for thread in threading.enumerate()}
    with socket.socket() as client, pytest.raises(ConnectionRefusedError):
        client.connect(("127.0.0.1", int((pytester.path / "port").read_text())))
