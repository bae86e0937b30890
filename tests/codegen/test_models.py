"""The models module puts what datamodel-code-generator renders into the document's order."""

# ruff: noqa: E501 - a small document in one line is easier to compare with the next one

from __future__ import annotations

import ast
from collections.abc import Callable

import pytest

from codegen.directions import directed
from codegen.format import formatted
from codegen.models import models_module, prepared

from .conftest import Built


def module(built: Built) -> str:
    return formatted({"models.py": models_module(directed(built.document), "command")})["models.py"]


def test_enumerations_come_first_then_classes_then_aliases_after_their_parts(schemas: Callable[..., Built]) -> None:
    text = module(
        schemas(
            """
            Zoo: {type: array, items: {$ref: '#/components/schemas/Pet'}}
            Pet: {oneOf: [{$ref: '#/components/schemas/Dog'}, {$ref: '#/components/schemas/Cat'}]}
            Dog: {type: object, properties: {a: {$ref: '#/components/schemas/Zoo'}}}
            Cat: {type: object, properties: {mood: {type: string, enum: [good, bad]}}}
            Name: {type: string}
            """
        )
    )
    names = [
        node.name if isinstance(node, ast.ClassDef) else node.target.id  # type: ignore[attr-defined]
        for node in ast.parse(text).body
        if isinstance(node, ast.ClassDef | ast.AnnAssign)
    ]
    assert names == ["CatMood", "Dog", "Cat", "Pet", "Zoo", "Name"]
    assert "Pet: TypeAlias = Dog | Cat | Unknown\n" in text


def test_there_may_be_no_models_at_all(schemas: Callable[..., Built]) -> None:
    text = module(schemas("{}"))
    assert "__all__: list[str] = []" in text
    compile(text, "models.py", "exec")


def test_the_prepared_document_has_neutral_names_and_nothing_optional(schemas: Callable[..., Built]) -> None:
    document = schemas(
        """
        class: {type: object, properties: {list: {type: [string, 'null']}, date: {const: x}}}
        E: {type: string, enum: [datetime, x]}
        """
    ).document
    given = prepared(document.definitions)
    assert given.components == {
        "C0": {
            "type": "object",
            "properties": {"f0": {"type": "string"}, "f1": {"customTypePath": "elsewhere.K0"}},
            "required": ["f0", "f1"],
        },
        "C1": {"type": "string", "enum": ["m0"]},
    }
    assert given.names == {"C0": "Class", "C1": "E", "K0": "Literal['x']"}


def test_the_prepared_document_says_each_type_of_a_class_once(schemas: Callable[..., Built]) -> None:
    document = schemas(
        """
        M:
          type: object
          required: [a]
          properties:
            {a: {type: string}, b: {type: string}, c: {const: 1}, d: {const: true}, e: {$ref: '#/components/schemas/M'}}
        """
    ).document
    components = prepared(document.definitions).components
    assert list(components["C0"]["properties"].values()) == [
        {"type": "string"}, {"customTypePath": "elsewhere.K0"}, {"customTypePath": "elsewhere.K1"},
        {"customTypePath": "elsewhere.C0"},
    ]  # fmt: skip
    text = models_module(document, "command")
    assert "    a: str\n    b: str | None = None\n    c: Literal[1] | None = None\n    d: Literal[True] | None" in text


def test_more_definitions_than_are_given_at_a_time_come_out_like_a_few(schemas: Callable[..., Built]) -> None:
    """They are given in parts, and each part may name what is in another one."""
    chain = (
        f"M{n}: {{type: object, properties: {{next: {{$ref: '#/components/schemas/M{(n + 1) % 450}'}}}}}}"
        for n in range(450)
    )
    text = module(schemas("\n".join(chain)))
    assert [node.name for node in ast.parse(text).body if isinstance(node, ast.ClassDef)] == [
        f"M{n}" for n in range(450)
    ]
    assert "    next: M0 | None" in text
    assert "    next: M201 | None" in text


@pytest.mark.parametrize(
    ("field", "line"),
    [
        ("a: {type: string}", "a: str | None = None"),
        ("userID: {type: string}", 'user_id: str | None = field(default=None, metadata={"wire": "userID"})'),
        ("a: {type: [string, 'null'], x-secret: true}", "a: str | UnsetType | None = field(default=UNSET, repr=blank)"),
        ("a: {}", "a: Any = UNSET"),
        ("a: {type: array, items: {type: array, items: {type: integer}}}", "a: list[list[int]] | None = None"),
        ("list: {type: array, items: {type: string}}", "list: builtins.list[str] | None = None"),
        ("field: {type: string, x-secret: true}", "field: str | None = attrs.field(default=None, repr=blank)"),
        ("date: {type: string, format: date}", "date: dt.date | None = None"),
        ("r: {const: cat}", 'r: Literal["cat"] = "cat"'),
        ("r: {type: integer, x-secret: true}", "r: int = field(repr=blank)"),
        ("r: {type: array, prefixItems: [{type: integer}, {type: string, format: date-time}], items: false, minItems: 2}",
         "r: tuple[int, datetime]"),
        ("r: {enum: [[1], 2]}", "r: Any"),
        ("r: {anyOf: [{const: 1}, {const: a}, {type: 'null'}]}", 'r: Literal[1] | Literal["a"] | None'),
    ],
)  # fmt: skip
def test_a_property_is_one_line(schemas: Callable[..., Built], field: str, line: str) -> None:
    text = module(schemas(f"M: {{type: object, required: [r], properties: {{r: {{type: string}}, {field}}}}}"))
    assert f"    {line}\n" in text
    compile(text, "models.py", "exec")


def test_read_only_and_write_only_are_required_in_their_direction_alone(built: Callable[..., Built]) -> None:
    result = built(
        """
        paths:
          /a:
            post:
              requestBody: {required: true, content: {application/json: {schema: {type: array, items: {$ref: '#/components/schemas/Both'}}}}}
              responses: {200: {content: {application/json: {schema: {$ref: '#/components/schemas/Both'}}}}}
            get:
              responses: {200: {content: {application/json: {schema: {type: array, items: {$ref: '#/components/schemas/Out'}}}}}}
        components:
          schemas:
            Both: &model
              type: object
              required: [r, w]
              properties: {r: {type: string, readOnly: true}, w: {type: string, writeOnly: true}}
            Out: *model
            Unused: *model
        """
    )
    required = {
        definition.name: [field.required for field in definition.fields]  # type: ignore[union-attr]
        for definition in directed(result.document).definitions
    }
    assert required == {"Both": [False, False], "Out": [True, False], "Unused": [True, True]}
