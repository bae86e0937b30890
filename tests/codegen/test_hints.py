"""Annotations say what a type is, and mean it inside a class that hides names."""

from __future__ import annotations

import pytest

from codegen import ir
from codegen.hints import field_hint, hint, qualified, renamed

TEXT = ir.Scalar("str")


@pytest.mark.parametrize(
    ("type_", "expected"),
    [
        (ir.Scalar("datetime"), "datetime"),
        (ir.Scalar("file"), "FileInput"),
        (ir.Anything(), "Any"),
        (ir.Fixed(("a", 1)), "Literal['a', 1]"),
        (ir.Listing(ir.Nullable(TEXT)), "list[str | None]"),
        (ir.Row((TEXT, ir.Scalar("int"))), "tuple[str, int]"),
        (ir.Mapping(ir.Named("Pet")), "dict[str, models.Pet]"),
        (ir.Either((TEXT, ir.Named("Pet"))), "str | models.Pet"),
    ],
)
def test_every_type_has_an_annotation(type_: ir.Type, expected: str) -> None:
    assert hint(type_, "models.") == expected


@pytest.mark.parametrize(
    ("type_", "required", "expected"),
    [
        (TEXT, True, "str"),
        (TEXT, False, "str | None"),
        (ir.Nullable(TEXT), True, "str | None"),
        (ir.Nullable(TEXT), False, "str | UnsetType | None"),
        (ir.Anything(), False, "str"),
    ],
)
def test_optional_and_nullable(type_: ir.Type, required: bool, expected: str) -> None:
    assert field_hint("str", type_, required=required) == expected


@pytest.mark.parametrize(
    ("annotation", "hidden", "expected"),
    [
        ("list[str]", {"list"}, "builtins.list[str]"),
        ("list[str] | None", {"str", "id"}, "list[builtins.str] | None"),
        ("dict[str, list[date]]", {"date", "dict"}, "builtins.dict[str, list[dt.date]]"),
        ("Literal['list']", {"list"}, "Literal['list']"),
        ("Listing", {"list"}, "Listing"),
        ("models.Set", {"set", "models"}, "models.Set"),
        ("int", {"list"}, "int"),
    ],
)
def test_hidden_names_are_spelled_out(annotation: str, hidden: set[str], expected: str) -> None:
    assert qualified(annotation, hidden) == expected


@pytest.mark.parametrize(
    ("annotation", "expected"),
    [
        ("list[C1]", "list[Pet]"),
        ("Union['C1', int]", "Pet | int"),
        ("Union['C1', list['C1'], None]", "Pet | list[Pet] | None"),
        ("Literal['C1']", "Literal['C1']"),
        ("dict[str, C10]", "dict[str, C10]"),
    ],
)
def test_neutral_names_are_exchanged(annotation: str, expected: str) -> None:
    assert renamed(annotation, {"C1": "Pet"}) == expected
