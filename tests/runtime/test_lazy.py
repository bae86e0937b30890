"""Models load when they are first used, and nobody notices."""

from __future__ import annotations

import importlib
import inspect
import json
import subprocess
import sys
import typing
from contextlib import suppress
from typing import Any

import pytest

from reknit.runtime import lazy_module

APIS = ["refonte", "relays", "rezi", "rezolve"]


def run(program: str) -> Any:
    done = subprocess.run([sys.executable, "-Werror", "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def methods(api: str) -> list[Any]:
    operations = importlib.import_module(f"reknit.{api}._generated.operations")
    classes = [
        cls for _, cls in inspect.getmembers(operations, inspect.isclass) if cls.__module__ == operations.__name__
    ]
    return [method for cls in classes for _, method in inspect.getmembers(cls, inspect.isfunction)]


@pytest.mark.parametrize("api", APIS)
def test_type_hints_of_every_generated_method_can_be_read(api: str) -> None:
    found = methods(api)
    assert found
    for method in found:
        assert "return" in typing.get_type_hints(method)


@pytest.mark.parametrize("api", APIS)
def test_every_operation_can_decode_every_answer_that_it_lists(api: str) -> None:
    from reknit.runtime import Answer, Json, Operation
    from reknit.runtime.answers import value_of
    from reknit.runtime.codec import Misfit

    operations = importlib.import_module(f"reknit.{api}._generated.operations")
    seen = 0
    for operation in vars(operations).values():
        if not isinstance(operation, Operation):
            continue
        for status, media in operation.answers.items():
            for content_type, decoding in media.items():
                if not isinstance(decoding, Json):
                    continue
                seen += 1
                with suppress(Misfit):
                    value_of(operation, Answer(int(status.replace("X", "0")), {"Content-Type": content_type}, b"{}"))
    assert seen


@pytest.mark.parametrize("api", APIS)
def test_importing_an_api_leaves_models_and_converter_to_be_loaded_later(api: str) -> None:
    loaded = run(
        f"import sys, json; import reknit.{api}; "
        "print(json.dumps([n for n in sys.modules if n.endswith('_generated.models') or n.split('.')[0] == 'cattrs']))"
    )
    assert loaded == []


def test_a_model_is_there_by_its_name_and_loads_only_its_own_api() -> None:
    loaded = run(
        "import sys, json; from reknit import rezolve; assert rezolve.Tool.__name__ == 'Tool'; "
        "from reknit.rezolve import Tool; assert Tool is rezolve.Tool; "
        "print(json.dumps([name for name in sys.modules if name.endswith('._generated.models')]))"
    )
    assert loaded == ["reknit.rezolve._generated.models"]


@pytest.mark.parametrize("api", APIS)
def test_every_model_is_there_by_its_name_and_nothing_else_is(api: str) -> None:
    package = importlib.import_module(f"reknit.{api}")
    models = importlib.import_module(f"reknit.{api}._generated.models")
    assert models.__all__
    for name in models.__all__:
        assert getattr(package, name) is getattr(models, name)
    for name in ("define", "field", "OpenEnum", "NoSuchModel", "_private", "__wrapped__"):
        with pytest.raises(AttributeError, match=f"reknit.{api}.*{name}"):
            getattr(package, name)


def test_a_lazy_module_is_the_module() -> None:
    json_module = importlib.import_module("json.tool")
    assert lazy_module("json.decoder", "tool") is json_module
    program = (
        "import sys, json; from reknit.runtime import lazy_module; "
        "lazy = lazy_module('wsgiref.util', 'headers'); before = 'wsgiref.headers' in sys.modules; "
        "has = 'Headers' in dir(lazy); found = lazy.Headers is sys.modules['wsgiref.headers'].Headers; "
        "print(json.dumps([before, has, found, hasattr(lazy, 'missing')]))"
    )
    assert run(program) == [False, True, True, False]


def test_a_lazy_module_that_is_missing_says_so_when_it_is_used() -> None:
    lazy = lazy_module("reknit.rezolve._generated.operations", "no_such_module")
    with pytest.raises(ModuleNotFoundError, match="no_such_module"):
        lazy.anything  # noqa: B018 - the access is what is tested
