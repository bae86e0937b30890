"""What a package of hundreds of operations costs is bounded by what it does, counted: times differ by machine.

`nox -s generator` measures seconds and memory.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from codegen import models
from codegen.__main__ import main

OPERATIONS, GROUPS = 300, 10


def _document() -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Thing0"}}}
    paths = {
        f"/things{number}": {
            "post": {
                "tags": [f"group{number % GROUPS}"],
                "parameters": [{"name": "by", "in": "query", "schema": {"type": "string"}}],
                "requestBody": {"content": content},
                "responses": {"200": {"description": "Good.", "content": content}},
            }
        }
        for number in range(OPERATIONS)
    }
    properties = {f"field{n}": {"type": "string"} for n in range(20)} | {"kind": {"enum": [str(n) for n in range(50)]}}
    schemas = {f"Thing{number}": {"type": "object", "properties": properties} for number in range(OPERATIONS)}
    head = {"openapi": "3.1.0", "info": {"title": "Large", "version": "1"}}
    return {**head, "paths": paths, "components": {"schemas": schemas}}


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[dict[str, Any]]]:
    """Generate the package; return where it is, and what datamodel-code-generator was given for it."""
    folder, seen = tmp_path_factory.mktemp("large"), list[dict[str, Any]]()
    (folder / "large.json").write_text(json.dumps(_document()), encoding="utf-8")
    render = models._rendered

    def watched(components: dict[str, dict[str, Any]], views: dict[str, object]) -> str:
        seen.append(components)
        return render(components, views)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(models, "_rendered", watched)
        assert main(["generate", str(folder / "large.json"), "--package", "large", "--out", str(folder)]) == 0
    return folder, seen


def test_datamodel_code_generator_is_given_few_components_that_say_little(
    given: tuple[Path, list[dict[str, Any]]],
) -> None:
    _, seen = given
    components = [component for some in seen for component in some.values()]
    assert len(components) == 2 * OPERATIONS  # a class and an enumeration each
    assert max(len(some) for some in seen) <= 200
    classes = [component for component in components if component["type"] == "object"]
    # 21 properties of two types; of 50 values one.
    assert {len(component["properties"]) for component in classes} == {2}
    assert {len(component["enum"]) for component in components if "enum" in component} == {1}


_COUNT = """
import sys
import reknit.runtime
before, bodies, calls = set(sys.modules), [], 0
import builtins
build = builtins.__build_class__
def counted(function, name, *bases, **keywords):
    if "large" in function.__code__.co_filename:
        bodies.append(name)
    return build(function, name, *bases, **keywords)
builtins.__build_class__ = counted
def profiled(frame, event, argument):
    global calls
    calls += event == "call" and "large" in frame.f_code.co_filename
sys.setprofile(profiled)
import large.client
sys.setprofile(None)
from large._generated import operations
described = sum(type(value).__name__ == "Operation" for value in vars(operations).values())
print(sorted(name for name in set(sys.modules) - before if name.partition(".")[0] == "large"))
print(len(bodies), calls, described)
large.Client(base_url="http://localhost")
print("large._generated.models" in sys.modules)
print(large.Thing7.__name__, "large._generated.models" in sys.modules)
"""


def test_importing_the_client_loads_no_models_and_does_no_work_for_each_operation(
    given: tuple[Path, list[dict[str, Any]]],
) -> None:
    folder, _ = given
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(folder)!r})\n{_COUNT}"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    loaded, counts, *later = done.stdout.splitlines()
    assert loaded == "['large', 'large._generated', 'large._generated.operations', 'large.client']"
    bodies, calls, described = map(int, counts.split())
    assert described == OPERATIONS
    assert bodies == 2 * GROUPS + 1  # each group and its twin, and the client
    # Of the package, its modules and class bodies run, and little else: a descriptor calls nothing there.
    assert calls <= bodies + 4 + 5
    assert later == ["False", "Thing7 True"]
