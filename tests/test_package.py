"""What an installation is: its version, its marker for type checkers, and what importing it loads."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.metadata import requires, version
from importlib.resources import files

import pytest

import reknit

APIS = {"refonte", "relays", "rezi", "rezolve"}
_LOADED = "import json, sys; import {module}; print(json.dumps(sorted(sys.modules)))"


def _loaded_by(module: str) -> set[str]:
    program = _LOADED.format(module=module)
    done = subprocess.run([sys.executable, "-Werror", "-c", program], check=True, capture_output=True, text=True)
    assert not done.stderr
    return set(json.loads(done.stdout))


def test_version_is_that_of_the_distribution() -> None:
    assert reknit.__version__ == version("reknit")


def test_runtime_dependencies_are_these_five() -> None:
    lines = [line for line in requires("reknit") or [] if "extra ==" not in line]
    assert {line.split(">")[0].split("<")[0] for line in lines} == {"aiohttp", "attrs", "backoff", "cattrs", "msgspec"}
    assert all(">=" in line and "<" in line for line in lines)


def test_types_are_shipped() -> None:
    assert (files(reknit) / "py.typed").is_file()


@pytest.mark.parametrize("api", sorted(APIS))
def test_importing_an_api_loads_nothing_of_the_others_and_no_models(api: str) -> None:
    loaded = _loaded_by(f"reknit.{api}")
    assert not {f"reknit.{other}" for other in APIS - {api}} & loaded
    assert not {name for name in loaded if name.endswith("_generated.models")}
    assert not {"reknit.cli", "reknit.inbound", "reknit.sandbox", "cattrs", "redis", "rich", "sqlalchemy"} & loaded


def test_importing_reknit_alone_loads_no_api_and_no_http_client() -> None:
    loaded = _loaded_by("reknit")
    assert not {f"reknit.{api}" for api in APIS} & loaded
    assert "aiohttp" not in loaded


@pytest.mark.parametrize(
    "part", ["errors", "options", "runtime", "inbound.receiver", "refonte.receiving", "sandbox", "cli"]
)
def test_each_part_can_be_imported_first(part: str) -> None:
    assert f"reknit.{part}" in _loaded_by(f"reknit.{part}")
