"""Aliases may contain themselves; what would be itself at once is taken out."""

from __future__ import annotations

import ast
import importlib
import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from codegen import ir
from codegen.format import formatted
from codegen.hints import hint
from codegen.models import models_module
from codegen.recursion import recursive, without_knots
from codegen.report import Report
from reknit.runtime.codec import decoder
from reknit.runtime.writing import encode

from .conftest import Built

TEXT = ir.Scalar("str")


def alias(name: str, *members: ir.Type) -> ir.Alias:
    return ir.Alias(name, ir.Either(members) if len(members) > 1 else members[0], pointer=f"/{name}")


def test_a_member_that_leads_back_to_its_union_is_left_out() -> None:
    report = Report()
    a, b, c = without_knots(
        (
            alias("A", ir.Named("B"), TEXT),
            alias("B", ir.Named("A"), ir.Scalar("int")),
            ir.Choice("C", (ir.Named("C"), ir.Named("M")), "kind", (("c", ir.Named("C")), ("m", ir.Named("M")))),
        ),
        report,
    )
    assert hint(getattr(a, "type", ir.Anything())) == "str"
    assert hint(getattr(b, "type", ir.Anything())) == "A | int"
    assert c == ir.Choice("C", (ir.Named("M"),), "kind", (("m", ir.Named("M")),))
    assert list(report) == []


def test_a_type_that_is_only_itself_is_anything_and_that_is_said() -> None:
    report = Report()
    a, b = without_knots((alias("A", ir.Named("B")), alias("B", ir.Named("A"))), report)
    assert (a, b) == (alias("A", ir.Anything()), alias("B", ir.Named("A")))
    assert "A is only another name of itself" in str(report.of("note")[0])


def test_an_alias_is_recursive_through_containers_and_aliases_but_not_through_classes() -> None:
    model = ir.Model("M", (ir.Field("a", "a", ir.Named("D"), required=True),))
    definitions = (
        alias("A", ir.Listing(ir.Named("B"))),
        alias("B", ir.Mapping(ir.Nullable(ir.Named("A"))), TEXT),
        alias("C", ir.Named("A"), TEXT),
        alias("D", ir.Named("M"), TEXT),
        model,
    )
    assert recursive(definitions) == {"A", "B"}
    assert without_knots(definitions, Report()) == definitions


DOCUMENT = """
Json:
  anyOf:
    - {type: string}
    - {type: number}
    - {type: boolean}
    - {type: 'null'}
    - {type: array, items: {$ref: '#/components/schemas/Json'}}
    - {type: object, additionalProperties: {$ref: '#/components/schemas/Json'}}
Odd: {type: array, items: {$ref: '#/components/schemas/Even'}}
Even: {anyOf: [{$ref: '#/components/schemas/Odd'}, {type: string, format: date-time}]}
Filter:
  oneOf:
    - {$ref: '#/components/schemas/And'}
    - {$ref: '#/components/schemas/Leaf'}
    - {type: array, items: {$ref: '#/components/schemas/Filter'}}
  discriminator: {propertyName: kind}
And:
  type: object
  required: [kind, all]
  properties: {kind: {const: and}, all: {type: array, items: {$ref: '#/components/schemas/Filter'}}}
Leaf: {type: object, required: [kind, name], properties: {kind: {const: leaf}, name: {type: string}}}
"""


def module(built: Built) -> str:
    return formatted({"models.py": models_module(built.document, "command")})["models.py"]


def test_recursive_aliases_are_typed_all_the_way(schemas: Callable[..., Built]) -> None:
    built = schemas(DOCUMENT)
    text = module(built)
    assert list(built.report) == []
    lines = [ast.unparse(node) for node in ast.parse(text).body if isinstance(node, ast.Assign | ast.AnnAssign)]
    tagged = "Annotated['And | Leaf | list[Filter] | Unknown', Tagged('kind', {'and': And, 'leaf': Leaf})]"
    assert lines[1:] == [
        "Json = TypeAliasType('Json', 'str | float | bool | list[Json | None] | dict[str, Json | None]')",
        "Odd = TypeAliasType('Odd', 'list[Odd | datetime]')",
        "Even: TypeAlias = Odd | datetime",
        f"Filter = TypeAliasType('Filter', {tagged})",
    ]


def test_recursive_aliases_decode_and_encode(
    schemas: Callable[..., Built], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "recursive_models.py").write_text(module(schemas(DOCUMENT)), "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    models = importlib.import_module("recursive_models")
    monkeypatch.setitem(sys.modules, "recursive_models", models)
    for annotation, value in (
        (models.Json, {"a": [1.5, "x", None, {"b": [[True]]}]}),
        (models.Odd, [["2024-01-31T12:00:00Z", []]]),
        (models.Filter, {"kind": "and", "all": [{"kind": "leaf", "name": "a"}, [{"kind": "leaf", "name": "b"}]]}),
    ):
        decoded = decoder(annotation)(json.dumps(value).encode())
        assert json.loads(encode(decoded)) == value
    assert decoded == models.And(all=[models.Leaf(name="a"), [models.Leaf(name="b")]])
