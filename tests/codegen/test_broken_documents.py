"""Whatever is wrong with a document, it is refused or it comes out as Python: never a traceback."""

from __future__ import annotations

import ast
import random
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from codegen.build import build
from codegen.client import package_modules
from codegen.directions import directed
from codegen.events import events_module
from codegen.load import load
from codegen.models import models_module
from codegen.operations import operations_module
from codegen.report import Refusal, Report

SPECS = sorted((Path(__file__).parent / "specs").glob("*.yaml"))
JUNK: list[Any] = [
    None, True, False, 0, 1.5, "", "x", [], [None], ["a"], [[]], {}, {"a": 1}, {"$ref": "#/"}, {"$ref": "#/nowhere"},
    {"$ref": 1}, {"$ref": "#/components/schemas/Tool"}, {"type": 7}, {"type": ["object", 3]}, {"enum": 5},
    {"enum": [{}]}, {"allOf": {}}, {"oneOf": [7]}, {"properties": []}, {"required": True}, '"""\nimport os',
]  # fmt: skip


def pointers(value: Any, pointer: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if pointer:
        yield pointer
    for key, child in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from pointers(child, (*pointer, key))


def at(value: Any, pointer: tuple[Any, ...]) -> Any:
    for key in pointer:
        value = value[key]
    return value


def broken(value: Any, chance: random.Random) -> Any:
    """Return a document in which one place is junk, is missing, or holds what belongs elsewhere."""
    value = deepcopy(value)
    everywhere = list(pointers(value))
    where = chance.choice(everywhere)
    owner, change = at(value, where[:-1]), chance.random()
    if change < 0.6:
        owner[where[-1]] = chance.choice(JUNK)
    elif change < 0.8:
        del owner[where[-1]]
    else:
        owner[where[-1]] = deepcopy(at(value, chance.choice(everywhere)))
    return value


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.stem)
def test_a_broken_document_is_refused_or_generated(spec: Path, seed: int) -> None:
    source = load(spec)
    chance = random.Random(seed)
    for number in range(15):
        try:
            document = directed(build(evolve(source, value=broken(source.value, chance)), Report()))
        except Refusal:
            continue
        files = {
            "operations.py": operations_module(document, "command"),
            "events.py": events_module(document, "command"),
            **package_modules(document, "name", "command"),
        }
        if number == 0:  # the slowest by far
            files["models.py"] = models_module(document, "command")
        for name, text in files.items():
            ast.parse(text, name)
