"""The documentation is tested like code: its links lead somewhere, its examples are Python, and its programs run."""

from __future__ import annotations

import ast
import asyncio
import os
import re
import sys
from pathlib import Path

import pytest

from reknit import errors
from reknit.sandbox import Sandbox

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted(
    page.relative_to(ROOT) for pattern in ("*.md", "docs/*.md", "*/README.md") for page in ROOT.glob(pattern)
)
APIS = ("refonte", "relays", "rezi", "rezolve")

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def _blocks(page: Path, language: str) -> list[str]:
    return [code for found, code in _BLOCK.findall((ROOT / page).read_text(encoding="utf-8")) if found == language]


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


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_python_examples_are_python(page: Path) -> None:
    for code in _blocks(page, "python"):
        compile(code, str(page), "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)


@pytest.mark.parametrize("name", [*APIS, "testing"])
async def test_worked_example_runs_against_the_sandbox(name: str) -> None:
    program = next(code for code in _blocks(Path(f"docs/{name}.md"), "python") if "asyncio.run(" in code)
    async with Sandbox() as box:
        environment = {f"{api.upper()}_BASE_URL": box.base_url(api) for api in APIS}
        environment |= {f"{api.upper()}_API_KEY": "test-key" for api in APIS}
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            "-Werror",
            "-c",
            program,
            env={**os.environ, **environment},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        output, complaint = await asyncio.wait_for(child.communicate(), 60)
    assert child.returncode == 0, complaint.decode()
    assert not complaint
    assert output or name == "relays"


def test_every_error_has_its_place_in_the_tree() -> None:
    tree = _blocks(Path("docs/errors.md"), "text")[0]
    assert {name for name in errors.__all__ if not re.search(rf"\b{name}\b", tree)} == set()


@pytest.mark.parametrize("ending", ["reknit demo", "nox -s tests"])
def test_readme_has_each_command_once_and_on_one_line(ending: str) -> None:
    lines = [line for code in _blocks(Path("README.md"), "sh") for line in code.splitlines() if line.endswith(ending)]
    assert len(lines) == 1
    assert lines[0].startswith("python3 -m venv ")
