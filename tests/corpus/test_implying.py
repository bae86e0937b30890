"""What a typed caller may be asked to send: values of the type that a schema implies, where it states none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from corpus.documents import Settings, run
from corpus.implying import implied
from tests.corpus.test_schemas import VALUES, bundle_of, name_in

SPECS = Path(__file__).parent.parent / "codegen" / "specs"
SAME = [
    {"type": "string", "minLength": 1},
    {"enum": ["a", 1, None]},
    {"anyOf": [{"type": "string"}, {}]},
    {"description": "Whatever."},
]


@pytest.mark.parametrize(
    ("schema", "typed"),
    [
        ({"properties": {"a": {"type": "integer"}}}, {"type": "object", "properties": {"a": {"type": "integer"}}}),
        ({"required": ["a"]}, {"type": "object", "required": ["a"]}),
        ({"items": {"minLength": 1}}, {"type": "array", "items": {"type": "string", "minLength": 1}}),
        ({"minimum": 1}, {"type": "number", "minimum": 1}),
        ({"format": "int32"}, {"type": "integer"}),
        ({"nullable": True, "minLength": 1}, {"type": "string", "nullable": True, "minLength": 1}),
        ({"anyOf": [{"type": "string"}, {"nullable": True}]}, {"type": "string", "nullable": True}),
        ({"allOf": [{"type": "array"}, {"minItems": 1}]}, {"type": "array", "minItems": 1}),
        *((schema, schema) for schema in SAME),
    ],
)
def test_it_takes_what_the_schema_with_a_type_takes(schema: Any, typed: Any, tmp_path: Path) -> None:
    bundle = bundle_of(tmp_path, {"A": schema, "B": typed}, "3.0.3")
    names = name_in(bundle, "A"), name_in(bundle, "B")
    meant = implied(bundle)
    assert [meant.complaint(names[0], value) is None for value in VALUES] == [
        bundle.complaint(names[1], value) is None for value in VALUES
    ]


def test_by_the_letter_all_other_values_are_valid(tmp_path: Path) -> None:
    bundle = bundle_of(
        tmp_path, {"A": {"anyOf": [{"type": "string"}, {"nullable": True}]}, "B": {"items": {}}}, "3.0.3"
    )
    for name in (name_in(bundle, "A"), name_in(bundle, "B")):
        assert not any(bundle.complaint(name, value) for value in VALUES)


def test_answers_have_them_and_requests_do_not(tmp_path: Path) -> None:
    result = run(SPECS / "loose.yaml", tmp_path / "loose", Settings(examples=6, package=False))
    assert [*result.package, *result.failures] == []
    assert result.passed > 25
    assert {item.subject for item in result.listed} == {"body application/json"}
    assert all("no type is stated" in item.reason for item in result.listed)
