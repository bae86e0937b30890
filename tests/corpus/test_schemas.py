"""The one dialect that schemas are brought into says what OpenAPI's own validators say of the original."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from openapi_schema_validator import OAS30Validator, OAS31Validator

from corpus.comparing import difference, no_time_of_python
from corpus.proofs import Proofs
from corpus.pruning import Pruning
from corpus.reading import Files
from corpus.samples import Samples
from corpus.schemas import Bundle
from corpus.values import Values

VALUES: list[Any] = [None, True, 0, 1, 1.5, 10, "", "a", "abc", [], [1], ["a"], {}, {"a": 1}, {"a": "x", "b": None}]

SCHEMAS_30 = [
    {"type": "string", "nullable": True},
    {"nullable": True, "enum": ["a", None]},
    {"type": "integer", "minimum": 0, "exclusiveMinimum": True, "maximum": 10},
    {"type": "object", "required": ["a"], "properties": {"a": {"type": "integer"}}, "additionalProperties": False},
    {"type": "array", "items": {"type": "string"}, "minItems": 1},
    {"oneOf": [{"type": "string", "minLength": 1}, {"type": "string", "maxLength": 2}]},
    {"not": {"type": "object"}},
]
SCHEMAS_31 = [
    {"type": ["string", "null"]},
    {"const": 1},
    {"type": "array", "prefixItems": [{"type": "integer"}], "items": False},
    {"if": {"type": "object"}, "then": {"required": ["a"]}},
    False,
]


def bundle_of(tmp_path: Path, schemas: dict[str, Any], version: str = "3.1.0", direction: Any = "sent") -> Bundle:
    path = tmp_path / "spec.yaml"
    path.write_text(yaml.safe_dump({"openapi": version, "components": {"schemas": schemas}}), "utf-8")
    return Bundle(Files(path), direction)


def name_in(bundle: Bundle, name: str) -> str:
    schemas = bundle.files.document.get("components").get("schemas")  # type: ignore[union-attr]
    return bundle.name_of(dict(schemas.items())[name])  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("version", "validator", "schema"),
    [("3.0.3", OAS30Validator, item) for item in SCHEMAS_30] + [("3.1.0", OAS31Validator, item) for item in SCHEMAS_31],
)
def test_a_schema_takes_what_its_own_dialect_takes(version: str, validator: Any, schema: Any, tmp_path: Path) -> None:
    bundle = bundle_of(tmp_path, {"A": schema}, version)
    name = name_in(bundle, "A")
    judged = [bundle.complaint(name, value) is None for value in VALUES]
    assert judged == [validator(schema).is_valid(value) for value in VALUES]


def test_what_travels_the_other_way_is_not_in_a_value(tmp_path: Path) -> None:
    schema = {
        "type": "object",
        "required": ["id", "key"],
        "properties": {"id": {"type": "integer", "readOnly": True}, "key": {"type": "string", "writeOnly": True}},
    }
    sent = bundle_of(tmp_path, {"A": schema})
    received = bundle_of(tmp_path, {"A": schema}, direction="received")
    assert sent.complaint(name_in(sent, "A"), {"key": "k"}) is None
    assert sent.complaint(name_in(sent, "A"), {"id": 1, "key": "k"})
    assert received.complaint(name_in(received, "A"), {"id": 1}) is None
    assert received.complaint(name_in(received, "A"), {"id": 1, "key": "k"})


def test_what_an_all_of_gives_to_one_direction_travels_in_that(tmp_path: Path) -> None:
    read = {"allOf": [{"type": "string"}, {"readOnly": True}]}
    bundle = bundle_of(tmp_path, {"A": {"type": "object", "required": ["id"], "properties": {"id": read}}})
    assert bundle.complaint(name_in(bundle, "A"), {}) is None


@pytest.mark.parametrize(("kinds", "fits"), [(["a", "b"], True), (["Child", "a"], False)])
def test_an_inherited_tag_counts_where_the_schema_does_not_say_otherwise(
    kinds: list[str], fits: bool, tmp_path: Path
) -> None:
    base = {"type": "object", "properties": {"kind": {"type": "string"}}, "discriminator": {"propertyName": "kind"}}
    child = {"allOf": [{"$ref": "#/components/schemas/Base"}, {"properties": {"kind": {"enum": kinds}}}]}
    bundle = bundle_of(tmp_path, {"Base": base, "Child": child})
    assert (bundle.complaint(name_in(bundle, "Child"), {"kind": "a"}) is None) is fits


def test_a_member_that_is_no_component_has_no_implied_tag(tmp_path: Path) -> None:
    tagged = {"type": "object", "required": ["kind"], "properties": {"kind": {"enum": ["cat", "dog"]}}}
    union = {
        "oneOf": [{"$ref": "#/components/schemas/Pets/anyOf/0"}],
        "discriminator": {"propertyName": "kind", "mapping": {"cat": "lost.yaml#/cat"}},
    }
    bundle = bundle_of(tmp_path, {"Pets": {"anyOf": [tagged]}, "Union": union})
    assert bundle.complaint(name_in(bundle, "Union"), {"kind": "cat"}) is None


def test_a_discriminator_names_the_member(tmp_path: Path) -> None:
    tagged = {"type": "object", "required": ["kind"], "properties": {"kind": {"type": "string"}}}
    union = {
        "oneOf": [{"$ref": "#/components/schemas/Cat"}, {"$ref": "#/components/schemas/Dog"}],
        "discriminator": {"propertyName": "kind", "mapping": {"kitten": "Cat"}},
    }
    bundle = bundle_of(tmp_path, {"Cat": tagged, "Dog": {**tagged, "required": []}, "Pet": union})
    name = name_in(bundle, "Pet")
    judged = [bundle.complaint(name, {"kind": kind}) is None for kind in ("kitten", "Dog", "Cat", "cow")]
    assert judged == [True, True, False, False]


@pytest.mark.parametrize(
    "schema",
    [
        False,
        {"enum": []},
        {"type": "string", "enum": [1, 2]},
        {"allOf": [{"type": "string"}, {"type": "integer"}]},
        {"type": "string", "minLength": 3, "maxLength": 2},
        {"type": "object", "required": ["a"], "properties": {"a": {"$ref": "#/components/schemas/A"}}},
        {"type": "object", "required": ["a"], "additionalProperties": False},
        {"oneOf": [{"type": "string"}, {"type": "string"}]},
        {"type": "array", "minItems": 1, "items": False},
        {"anyOf": [False, {"not": {}}]},
        {"type": "object", "additionalProperties": False, "allOf": [{"required": ["a"]}]},
        {"additionalProperties": False, "type": "object", "properties": {"b": {}}, "allOf": [{"required": ["a"]}]},
        {"oneOf": [{"type": "object", "additionalProperties": False, "title": title} for title in "ab"]},
        {"allOf": [{"enum": ["a"]}, {"oneOf": [{"const": "b"}, {"enum": ["c"]}]}]},
    ],
)
def test_what_nothing_satisfies_is_proven(schema: Any, tmp_path: Path) -> None:
    bundle = bundle_of(tmp_path, {"A": schema})
    name = name_in(bundle, "A")
    assert Proofs(bundle).contradiction({"$ref": f"#/components/schemas/{name}"})
    assert Values(bundle, 1, 0).of(name).nothing_fits


@pytest.mark.parametrize(
    "schema",
    [
        True,
        {},
        {"enum": [None]},
        {"minLength": 3, "maxLength": 2},
        {"type": "object", "properties": {"a": {"$ref": "#/components/schemas/A"}}},
        {"type": "array", "items": False},
        {"required": ["a"], "properties": {"a": False}},
        {"anyOf": [{"type": "string"}, False]},
        {"type": "object", "additionalProperties": False, "allOf": [{"properties": {"a": {}}}]},
        {"additionalProperties": False, "required": ["a"], "patternProperties": {"^a$": {}}},
        {"oneOf": [{"type": "object", "additionalProperties": False}, {"const": 1}]},
    ],
)
def test_nothing_is_proven_of_what_something_satisfies(schema: Any, tmp_path: Path) -> None:
    bundle = bundle_of(tmp_path, {"A": schema})
    name = name_in(bundle, "A")
    assert Proofs(bundle).contradiction({"$ref": f"#/components/schemas/{name}"}) is None
    assert any(bundle.complaint(name, value) is None for value in [*VALUES, *Samples(bundle).of(name)])


def test_the_fullest_sample_of_what_refers_to_everything_has_an_end(tmp_path: Path) -> None:
    names = [f"N{index}" for index in range(8)]
    node = {"type": "object", "properties": {name: {"$ref": f"#/components/schemas/{name}"} for name in names}}
    bundle = bundle_of(tmp_path, dict.fromkeys(names, node))
    samples = list(Samples(bundle).of(name_in(bundle, "N0")))
    assert {} in samples
    assert any(sample.keys() == set(names) for sample in samples)


@pytest.mark.parametrize(
    "text",
    [
        {"pattern": "^[A-Z]{3}-[0-9]{7}$"},
        {"pattern": r"^(?:{[0-9a-f]{4}}|[0-9a-f]{4}(?:-?[0-9a-f]{4}){7})$"},
        {"pattern": "^[A-Z]*$", "minLength": 4, "maxLength": 5},
        {"pattern": "^[a-z]+@here$", "format": "email"},
    ],
)
def test_a_sample_matches_its_pattern(text: dict[str, Any], tmp_path: Path) -> None:
    schema = {"type": "object", "required": ["a"], "properties": {"a": {"type": "string", **text}}}
    bundle = bundle_of(tmp_path, {"A": schema})
    name = name_in(bundle, "A")
    samples = list(Samples(bundle).of(name))
    assert samples
    assert all(bundle.complaint(name, sample) is None for sample in samples)


def test_texts_have_a_form_in_a_header_and_others_have_none(tmp_path: Path) -> None:
    bundle = bundle_of(tmp_path, {"A": {"type": "string"}})
    samples = list(Samples(bundle).of(name_in(bundle, "A")))
    assert {sample.isascii() for sample in samples} == {True, False}


def test_the_fullest_sample_has_every_property(tmp_path: Path) -> None:
    node = {"type": "object", "properties": {"next": {"$ref": "#/components/schemas/A"}, "at": {"format": "date-time"}}}
    bundle = bundle_of(tmp_path, {"A": node})
    least, full, *_ = Samples(bundle).of(name_in(bundle, "A"))
    assert least == {}
    assert full["at"]
    assert full["next"]["at"]


def test_a_typed_caller_says_what_is_described(tmp_path: Path) -> None:
    schema = {
        "type": "object",
        "properties": {
            "open": {"type": "object", "properties": {"a": {}}, "additionalProperties": True},
            "free": {"type": "object"},
            "rows": {
                "type": "array",
                "items": {"oneOf": [{"type": "string"}, {"type": "object", "properties": {"a": {}}}]},
            },
        },
    }
    bundle = bundle_of(tmp_path, {"A": schema})
    value = {"open": {"b": 1}, "free": {"b": 1}, "rows": [{"a": 1, "b": 2}, "b"], "b": 3}
    pruned = Pruning(bundle).pruned(value, {"$ref": f"#/components/schemas/{name_in(bundle, 'A')}"})
    assert pruned == {"open": {"b": 1}, "free": {"b": 1}, "rows": [{"a": 1}, "b"]}


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        (1, 1.0, True),
        (1, True, False),
        (0, False, False),
        ("2024-01-01T00:00:00.1234567Z", "2024-01-01T01:00:00.123456+01:00", True),
        ("2024-01-01T00:00:00Z", "2024-01-01T00:00:01Z", False),
        ({"a": None}, {}, False),
        ([1, 2], [2, 1], False),
        ("1", 1, False),
        (9007199254740993, 9007199254740992.0, True),
    ],
)
def test_values_are_equal_by_number_and_by_instant(one: Any, other: Any, equal: bool) -> None:
    assert (difference(one, other) is None) is equal


def test_times_that_python_has_no_value_for_are_known() -> None:
    texts = ["2016-12-31T23:59:60Z", "0000-01-01", "9999-12-31T23:59:59-01:00", "2024-01-31T00:00:00Z", "text"]
    assert [bool(no_time_of_python(text)) for text in texts] == [True, True, True, False, False]
