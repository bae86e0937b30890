"""The documentation is tested like code: its links lead somewhere, and its examples run against the sandbox.

A Python block that calls `asyncio.run` is a whole program and runs as one; a block with tests is run by pytest; every
other block is run as it stands, with a client of each API at hand.
"""

from __future__ import annotations

import ast
import asyncio
import inspect
import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import reknit
from reknit import errors, refonte, relays, rezi, rezolve
from reknit.sandbox import Sandbox
from tests.openapi.test_inventory import OPERATIONS

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted(
    page.relative_to(ROOT) for pattern in ("*.md", "docs/*.md", "*/README.md") for page in ROOT.glob(pattern)
)
APIS = ("refonte", "relays", "rezi", "rezolve")

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def _blocks(page: Path, language: str) -> list[str]:
    return [code for found, code in _BLOCK.findall((ROOT / page).read_text(encoding="utf-8")) if found == language]


class Example(NamedTuple):
    """A Python block of a page."""

    page: Path
    number: int
    code: str

    @property
    def kind(self) -> str:
        if re.search(r"^(async )?def test_", self.code, re.MULTILINE):
            return "tests"
        return "program" if re.search(r"^(asyncio\.run|print\(asyncio\.run)\(", self.code, re.MULTILINE) else "snippet"


EXAMPLES = [Example(page, number, code) for page in PAGES for number, code in enumerate(_blocks(page, "python"), 1)]


def _examples(kind: str) -> Any:
    found = [example for example in EXAMPLES if example.kind == kind]
    return pytest.mark.parametrize("example", found, ids=lambda example: f"{example.page}-{example.number}")


def _anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_links_lead_to_files_and_headings_that_exist(page: Path) -> None:
    for link in _LINK.findall((ROOT / page).read_text(encoding="utf-8")):
        if "://" in link:
            continue
        path, _, anchor = link.partition("#")
        target = (ROOT / page).parent / path if path else ROOT / page
        assert target.exists(), link
        assert not anchor or anchor in _anchors(target), link


@pytest.mark.parametrize("page", [page for page in PAGES if page.parent.name == "docs"], ids=str)
def test_every_page_is_listed_in_the_index(page: Path) -> None:
    assert page.name == "index.md" or f"]({page.name})" in (ROOT / "docs/index.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_python_examples_are_python(page: Path) -> None:
    for code in _blocks(page, "python"):
        compile(code, str(page), "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_pages_name_no_place_of_a_machine(page: Path) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    assert not re.search(r"(^|[\s`(\"'])/(home|root|tmp|work|Users|opt)/", text)


@pytest.fixture
async def box(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Sandbox]:
    """A sandbox that clients without arguments find."""
    async with Sandbox() as running:
        for api in APIS:
            monkeypatch.setenv(f"{api.upper()}_BASE_URL", running.base_url(api))
            monkeypatch.setenv(f"{api.upper()}_API_KEY", "test-key")
        yield running


@_examples("program")
async def test_program_runs_against_the_sandbox(example: Example, box: Sandbox) -> None:
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-Werror",
        "-c",
        example.code,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, complaint = await asyncio.wait_for(child.communicate(), 60)
    assert child.returncode == 0, complaint.decode()
    assert output or complaint
    assert not complaint or "logging.basicConfig(" in example.code


@_examples("tests")
def test_tests_of_a_page_pass(example: Example, tmp_path: Path) -> None:
    (tmp_path / "test_example.py").write_text(example.code, encoding="utf-8")
    [settings] = _blocks(Path("docs/testing.md"), "ini")
    (tmp_path / "pytest.ini").write_text(f"{settings}filterwarnings = error\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "asyncio", "-p", "reknit"],
        cwd=tmp_path,
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": ""},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout


@asynccontextmanager
async def _approver(box: Sandbox) -> AsyncIterator[None]:
    """Let someone approve whatever waits for an approval."""

    async def approve() -> None:
        while True:
            for approval in box.rezolve.approvals:
                if approval.state == "pending":
                    box.rezolve.approve(approval.approval_id)
            await asyncio.sleep(0.05)

    approving = asyncio.create_task(approve())
    try:
        yield
    finally:
        approving.cancel()
        await asyncio.wait([approving])


@_examples("snippet")
async def test_snippet_runs_against_the_sandbox(example: Example, box: Sandbox) -> None:
    code = compile(example.code, str(example.page), "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    async with (
        nullcontext() if "box.rezolve.approve" in example.code else _approver(box),
        rezolve.Client() as hub,
        refonte.Client() as labels,
        relays.Client() as edge,
        rezi.Client() as client,
    ):
        names: dict[str, Any] = {name: getattr(reknit, name) for name in reknit.__all__}
        names |= {"refonte": refonte, "relays": relays, "rezi": rezi, "rezolve": rezolve}
        names |= {"hub": hub, "labels": labels, "edge": edge, "client": client, "box": box, "store": print}
        names["receiver"] = refonte.receiver(secrets=["test"])
        outcome = eval(code, names)
        if inspect.iscoroutine(outcome):
            await outcome
    assert not box.relays.sessions


def test_every_error_has_its_place_in_the_tree() -> None:
    tree = _blocks(Path("docs/errors.md"), "text")[0]
    assert {name for name in errors.__all__ if not re.search(rf"\b{name}\b", tree)} == set()


def test_every_error_of_an_api_is_explained() -> None:
    page = (ROOT / "docs/errors.md").read_text(encoding="utf-8")
    for api in (refonte, relays, rezi, rezolve):
        for name in api.client.__all__:
            if inspect.isclass(found := getattr(api, name)) and issubclass(found, errors.ReknitError):
                assert f"`{api.__name__.rpartition('.')[2]}.{name}`" in page


def test_every_module_of_the_runtime_has_its_one_idea() -> None:
    page = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    table = page.partition("\n| module | its one idea |\n")[2].partition("\n\n")[0]
    modules = {path.stem for path in (ROOT / "src/reknit/runtime").glob("*.py")}
    assert re.findall(r"^\| `(\w+)` \| ", table, re.MULTILINE) != []
    assert set(re.findall(r"^\| `(\w+)` \| ", table, re.MULTILINE)) == modules


def test_every_wall_is_explained_under_its_name() -> None:
    page = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    settings = (ROOT / "pyproject.toml").read_text(encoding="utf-8").partition("[tool.importlinter]")[2]
    names = re.findall(r'^name = "(.*)"$', settings, re.MULTILINE)
    assert names
    assert [name for name in names if f"| {name} | " not in page] == []


def test_every_session_of_nox_is_explained() -> None:
    page = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    sessions = re.findall(r"^@nox\.session.*\ndef (\w+)\(", (ROOT / "noxfile.py").read_text("utf-8"), re.MULTILINE)
    assert sessions
    assert [name for name in sessions if f"\n| `{name}` | " not in page] == []


@pytest.mark.parametrize("row", [line.split() for line in OPERATIONS.strip().splitlines()], ids=lambda row: row[-1])
def test_every_operation_of_the_inventory_is_on_the_page_of_its_api(row: list[str]) -> None:
    """What is added to a document later has its docstring, and needs no line here to be called."""
    group, _, name = row[-1].partition(".")
    page = (ROOT / f"docs/{row[0]}.md").read_text(encoding="utf-8")
    assert re.search(rf"^(\| |The group )`{group}` .*`{name}`", page, re.MULTILINE)


@pytest.mark.parametrize("ending", ["reknit demo", "nox -s tests"])
def test_readme_has_each_command_once_and_on_one_line(ending: str) -> None:
    lines = [line for code in _blocks(Path("README.md"), "sh") for line in code.splitlines() if line.endswith(ending)]
    assert len(lines) == 1
    assert lines[0].startswith("python3 -m venv ")
