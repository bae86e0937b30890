"""Every way to write a schema comes out as the type that its values have."""

# ruff: noqa: E501 - a small document in one line is easier to compare with the next one

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from codegen import ir
from codegen.hints import field_hint, hint
from codegen.report import Refusal

from .conftest import Built

Schemas = Callable[..., Built]


def annotation(built: Built, model: str, name: str) -> str:
    field = next(field for field in built.definition(model).fields if field.name == name)
    return field_hint(hint(ir.bare(field.type)), field.type, required=field.required)


def alias(built: Built, name: str = "X") -> str:
    return hint(built.definition(name).type)


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ("{type: string}", "str"),
        ("{type: string, format: date-time}", "datetime"),
        ("{type: string, format: date}", "date"),
        ("{type: string, format: uuid}", "str"),
        ("{type: string, format: byte}", "str"),
        ("{type: integer, format: int64}", "int"),
        ("{type: number}", "float"),
        ("{type: [integer, number]}", "float"),
        ("{type: boolean}", "bool"),
        ("{type: any}", "Any"),
        ("{}", "Any"),
        ("true", "Any"),
        ("{type: 'null'}", "None"),
        ("{description: Whatever.}", "Any"),
        ("{pattern: a+}", "str"),
        ("{format: email}", "str"),
        ("{minimum: 1}", "float"),
        ("{items: {type: string}}", "list[str]"),
        ("{type: array}", "list[Any]"),
        ("{type: array, items: true}", "list[Any]"),
        ("{type: array, items: {type: [string, 'null']}}", "list[str | None]"),
        ("{type: object}", "dict[str, Any]"),
        ("{type: object, properties: {}}", "dict[str, Any]"),
        ("{type: object, required: [a]}", "dict[str, Any]"),
        ("{additionalProperties: {type: integer}}", "dict[str, int]"),
        ("{type: object, patternProperties: {a: {type: integer}, b: {type: string}}}", "dict[str, int | str]"),
        ("{type: object, additionalProperties: false}", "dict[str, Any]"),
        ("{type: [string, integer]}", "int | str"),
        ("{type: [string, integer, 'null']}", "int | str"),
        ("{const: a}", "Literal['a']"),
        ("{const: 1}", "Literal[1]"),
        ("{const: true}", "Literal[True]"),
        ("{const: 1.5}", "float"),
        ("{const: null}", "None"),
        ("{const: [1]}", "Any"),
        ("{enum: []}", "Any"),
        ("{type: string, enum: []}", "str"),
        ("{enum: [1.5, 2]}", "float"),
        ("{enum: [a, 1, true]}", "XText | XNumber | Literal[True]"),
        ("{enum: [[1], {}]}", "Any"),
        ("{type: array, prefixItems: [{type: string}, {type: integer}], items: false, minItems: 2}", "tuple[str, int]"),
        ("{type: array, prefixItems: [{type: string}, {type: integer}], items: false}", "list[str | int]"),
        ("{type: array, prefixItems: [{type: string}]}", "list[Any]"),
        ("{type: array, prefixItems: [{type: string}], items: {type: integer}}", "list[str | int]"),
        ("{type: array, items: [{type: string}, {type: integer}], minItems: 2, maxItems: 2}", "tuple[str, int]"),
        ("{type: array, items: false}", "list[Any]"),
        ("{oneOf: [{type: string}]}", "str"),
        ("{anyOf: [{type: string}, {type: integer}]}", "str | int"),
        ("{anyOf: [{type: string}, {}]}", "Any"),
        ("{anyOf: [{type: string}, {type: string, format: date-time}]}", "str"),
        ("{anyOf: [{type: string, format: date}, {type: string, format: date-time}]}", "str"),
        ("{anyOf: [{type: array, items: {type: string}}, {type: array, items: {type: integer}}]}", "list[str | int]"),
        ("{anyOf: [{type: object, additionalProperties: {type: string}}, {type: object, additionalProperties: {type: integer}}]}",
         "dict[str, str | int]"),
        ("{anyOf: [{anyOf: [{type: string}, {type: boolean}]}, {type: integer}]}", "str | bool | int"),
        ("{type: string, anyOf: [{minLength: 1}, {maxLength: 3}]}", "str"),
        ("{type: object, anyOf: [{required: [a]}, {required: [b]}]}", "dict[str, Any]"),
        ("{allOf: [{type: integer}, {type: number}]}", "int"),
        ("{allOf: [{type: array, items: {}}, {items: {type: string}}]}", "list[str]"),
        ("{items: {type: string}, oneOf: [{type: array, items: {}}, {type: string}]}", "list[str] | str"),
        ("{allOf: [{type: string}, {type: integer}]}", "Any"),
        ("{not: {type: string}}", "Any"),
        ("{type: string, contentMediaType: image/png}", "str"),
    ],
)  # fmt: skip
def test_a_schema_without_properties(schemas: Schemas, schema: str, expected: str) -> None:
    assert alias(schemas(f"X: {schema}")) == expected


@pytest.mark.parametrize(
    ("schema", "openapi", "required", "expected"),
    [
        ("{type: string}", "3.1.0", False, "str | None"),
        ("{type: string}", "3.1.0", True, "str"),
        ("{type: [string, 'null']}", "3.1.0", True, "str | None"),
        ("{type: [string, 'null']}", "3.1.0", False, "str | UnsetType | None"),
        ("{type: string, nullable: true}", "3.0.3", False, "str | UnsetType | None"),
        ("{type: string, nullable: false}", "3.0.3", False, "str | None"),
        ("{anyOf: [{type: string}, {type: 'null'}]}", "3.1.0", False, "str | UnsetType | None"),
        ("{anyOf: [{type: string}, {enum: [null]}]}", "3.1.0", False, "str | UnsetType | None"),
        ("{anyOf: [{type: string}, {const: null}]}", "3.1.0", False, "str | UnsetType | None"),
        ("{oneOf: [{type: string}, {nullable: true}]}", "3.0.3", False, "str | UnsetType | None"),
        ("{anyOf: [{type: string}, {type: [integer, 'null']}]}", "3.1.0", True, "str | int | None"),
        ("{enum: [1, null]}", "3.1.0", True, "MP | None"),
        ("{type: [string, 'null'], enum: [a, b, null]}", "3.1.0", True, "MP | None"),
        ("{type: string, nullable: true, enum: [a, b]}", "3.0.3", True, "MP | None"),
        ("{allOf: [{$ref: '#/components/schemas/Other'}], nullable: true}", "3.0.3", False, "Other | UnsetType | None"),
        ("{$ref: '#/components/schemas/Other'}", "3.1.0", False, "Other | None"),
        ("{$ref: '#/components/schemas/Maybe'}", "3.1.0", False, "Maybe | UnsetType | None"),
        ("{$ref: '#/components/schemas/Whatever'}", "3.1.0", False, "Whatever | UnsetType | None"),
        ("{anyOf: [{$ref: '#/components/schemas/Other'}, {type: 'null'}]}", "3.1.0", False, "Other | UnsetType | None"),
        ("{$ref: '#/components/schemas/Other', description: x}", "3.1.0", False, "Other | None"),
        ("{$ref: '#/components/schemas/Other', nullable: true}", "3.0.3", False, "Other | UnsetType | None"),
        ("{$ref: '#/components/schemas/Other', properties: {more: {type: string}}}", "3.1.0", False, "MP | None"),
        ("{allOf: [{$ref: '#/components/schemas/Other'}, {type: 'null'}]}", "3.1.0", False, "Other | UnsetType | None"),
        ("{type: 'null', oneOf: [{type: string}, {type: integer}]}", "3.1.0", False, "str | int | UnsetType | None"),
        ("{}", "3.1.0", False, "Any"),
        ("{}", "3.1.0", True, "Any"),
    ],
)
def test_null_and_absent_are_told_apart(
    schemas: Schemas, schema: str, openapi: str, required: bool, expected: str
) -> None:
    built = schemas(
        f"""
        M: {{type: object, required: {["p"] if required else []}, properties: {{p: {schema}}}}}
        Other: {{type: object, properties: {{a: {{type: string}}}}}}
        Maybe: {{type: [string, 'null']}}
        Whatever: {{}}
        """,
        openapi,
    )
    assert annotation(built, "M", "p") == expected


def test_properties_become_fields_in_their_order(schemas: Schemas) -> None:
    model = schemas(
        """
        M:
          type: object
          description: A model.
          required: [b, missing]
          properties:
            b: {type: string, description: The b., x-secret: true}
            aC: {type: string, deprecated: true, readOnly: true}
            never: false
            anything: true
            out: {type: string, writeOnly: true}
        """
    ).definition("M")
    assert model.doc == "A model."
    assert [(f.name, f.wire, f.required, f.secret, f.deprecated, f.direction) for f in model.fields] == [
        ("b", "b", True, True, False, "both"),
        ("a_c", "aC", False, False, True, "out"),
        ("anything", "anything", False, False, False, "both"),
        ("out", "out", False, False, False, "in"),
        ("missing", "missing", True, False, False, "both"),
    ]
    assert model.fields[0].doc == "The b."
    assert model.fields[0].pointer == "/components/schemas/M/properties/b"


@pytest.mark.parametrize(
    ("extra", "expected"),
    [("true", "Any"), ("{type: integer}", "int"), ("false", None), ("{$ref: '#/components/schemas/M'}", "M")],
)
def test_what_else_an_object_has(schemas: Schemas, extra: str, expected: str | None) -> None:
    model = schemas(
        f"M: {{type: object, properties: {{a: {{type: string}}}}, additionalProperties: {extra}}}"
    ).definition("M")
    assert (hint(model.rest.type) if model.rest else None) == expected


def test_inline_schemas_are_named_after_where_they_stand(schemas: Schemas) -> None:
    built = schemas(
        """
        Tool:
          type: object
          properties:
            inner: {type: object, properties: {a: {type: string}}}
            many: {type: array, items: {type: object, properties: {a: {type: string}}}}
            map: {type: object, additionalProperties: {type: object, properties: {a: {type: string}}}}
            state: {type: string, enum: [a, b]}
        ToolInner: {type: object, properties: {taken: {type: string}}}
        """
    )
    assert built.names == ["Tool", "ToolInner", "ToolInner2", "ToolManyItem", "ToolMapValue", "ToolState"]
    assert annotation(built, "Tool", "inner") == "ToolInner2 | None"
    assert annotation(built, "Tool", "many") == "list[ToolManyItem] | None"
    assert annotation(built, "Tool", "map") == "dict[str, ToolMapValue] | None"
    assert built.definition("ToolManyItem").doc == "An item of `ToolMany`."


def test_a_part_of_a_component_that_others_refer_to_is_defined_once(schemas: Schemas) -> None:
    built = schemas(
        """
        A: {type: object, properties: {p: {$ref: '#/components/schemas/B/properties/q'}}}
        B: {type: object, properties: {q: {type: object, properties: {r: {type: string}}}}}
        """
    )
    assert built.names == ["A", "B", "BQ"]
    assert annotation(built, "A", "p") == annotation(built, "B", "q") == "BQ | None"


# --- allOf -----------------------------------------------------------------------------------------------------------


def test_all_of_merges_without_losing_a_property(schemas: Schemas) -> None:
    built = schemas(
        """
        Base: {type: object, required: [id], properties: {id: {type: string}, note: {type: string}}}
        Sub:
          allOf:
            - $ref: '#/components/schemas/Base'
            - {type: object, required: [note], properties: {own: {type: integer}, id: {minLength: 3}}}
            - {allOf: [{properties: {deep: {type: boolean}}}]}
          properties: {last: {type: string}}
          description: The sub.
        """
    )
    sub = built.definition("Sub")
    assert [(f.name, hint(f.type), f.required) for f in sub.fields] == [
        ("id", "str", True), ("note", "str", True), ("own", "int", False), ("deep", "bool", False), ("last", "str", False),
    ]  # fmt: skip
    assert sub.doc == "The sub."


def test_all_of_that_contains_itself_ends(schemas: Schemas) -> None:
    built = schemas("A: {allOf: [{$ref: '#/components/schemas/A'}, {type: object, properties: {a: {type: string}}}]}")
    assert [f.name for f in built.definition("A").fields] == ["a"]


def test_all_of_narrows_a_set_of_values(schemas: Schemas) -> None:
    built = schemas("A: {allOf: [{type: string, enum: [a, b, c]}, {enum: [b, c, d]}]}")
    assert [member.value for member in built.definition("A").members] == ["b", "c"]


# --- enumerations ----------------------------------------------------------------------------------------------------


def test_enumerations_have_members_with_unique_names(schemas: Schemas) -> None:
    built = schemas(
        """
        S: {type: string, enum: [asc, ASC, 'GMT+0', GMT0, '', ' ', '1', '-1', null, asc]}
        N: {type: integer, enum: [0, -1, 10]}
        Titled: {enum: [1, 2], x-enum-varnames: [low, high], x-enum-descriptions: [Not much., A lot.]}
        Mapped: {enum: [a, b], x-enumDescriptions: {b: The b.}}
        Unquoted: {type: string, enum: [1.1, true, x]}
        """
    )
    assert [(m.name, m.value) for m in built.definition("S").members] == [
        ("ASC", "asc"), ("ASC_2", "ASC"), ("GMT_0", "GMT+0"), ("GMT0", "GMT0"), ("EMPTY", ""), ("EMPTY_2", " "),
        ("VALUE_1", "1"), ("MINUS_1", "-1"),
    ]  # fmt: skip
    assert [(m.name, m.value) for m in built.definition("N").members] == [
        ("VALUE_0", 0), ("VALUE_MINUS_1", -1), ("VALUE_10", 10),
    ]  # fmt: skip
    assert [(m.name, m.doc) for m in built.definition("Titled").members] == [("LOW", "Not much."), ("HIGH", "A lot.")]
    assert [m.doc for m in built.definition("Mapped").members] == ["", "The b."]
    assert [m.value for m in built.definition("Unquoted").members] == ["1.1", "true", "x"]


def test_an_enumeration_is_open_unless_the_document_closes_it(schemas: Schemas) -> None:
    built = schemas("A: {type: string, enum: [a]}\nB: {type: string, enum: [a], x-open: false}")
    assert built.definition("A").open
    assert not built.definition("B").open


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ("{oneOf: [{const: a}, {const: b}]}", ["a", "b"]),
        ("{anyOf: [{enum: [a, b]}, {enum: [b, c]}]}", ["a", "b", "c"]),
        ("{anyOf: [{enum: [a, b]}, {type: string}]}", ["a", "b"]),
        ("{anyOf: [{$ref: '#/components/schemas/E'}, {enum: [z]}]}", ["e", "z"]),
        ("{oneOf: [{const: 1}, {const: 2}]}", [1, 2]),
        ("{anyOf: [{enum: [1, 2]}, {type: integer}]}", [1, 2]),
    ],
)
def test_sets_of_values_in_a_union_are_one_set(schemas: Schemas, schema: str, expected: list[Any]) -> None:
    built = schemas(f"E: {{type: string, enum: [e]}}\nX: {schema}")
    found = built.definition("X")
    if isinstance(found, ir.Alias):
        assert isinstance(found.type, ir.Named)
        found = built.definition(found.type.name)
    assert [member.value for member in found.members] == expected


def test_constants_beside_any_string_are_strings(schemas: Schemas) -> None:
    assert alias(schemas("X: {anyOf: [{const: auto}, {type: string}]}")) == "str"


def test_constants_with_titles_are_an_enumeration_with_these_names(schemas: Schemas) -> None:
    built = schemas(
        "X: {type: integer, oneOf: [{title: DM, const: 1, description: Of two.}, {title: Group, const: 3}]}"
    )
    assert built.definition("X") == ir.Enumeration(
        "X", "int", (ir.Member("DM", 1, "Of two."), ir.Member("GROUP", 3)),
        doc="The schema `X`.", pointer="/components/schemas/X",
    )  # fmt: skip


def test_an_enumeration_beside_any_string_has_the_name_of_the_place(schemas: Schemas) -> None:
    built = schemas("M: {properties: {model: {anyOf: [{type: string}, {type: string, enum: [a, b]}]}}}")
    assert annotation(built, "M", "model") == "MModel | None"
    assert [member.value for member in built.definition("MModel").members] == ["a", "b"]


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ("{enum: [auto, 1, 2]}", "MPText | MPNumber | None"),
        ("{enum: [auto, true]}", "MP | Literal[True] | None"),
        ("{enum: [true]}", "Literal[True] | None"),
        ("{enum: [true, false]}", "bool | None"),
        ("{type: number, enum: [0.5, 1]}", "float | None"),
        ("{enum: [null]}", "UnsetType | None"),
        ("{type: 'null'}", "UnsetType | None"),
        ("{$ref: '#/components/schemas/Nothing'}", "UnsetType | None"),
        ("{const: 123456789012345678901234567890}", "int | None"),
        ("{type: integer, enum: ['1', '2']}", "MP | None"),
    ],
)
def test_listed_values_of_any_type(schemas: Schemas, schema: str, expected: str) -> None:
    built = schemas(f"Nothing: {{type: 'null'}}\nM: {{type: object, properties: {{p: {schema}}}}}")
    assert annotation(built, "M", "p") == expected
    assert list(built.report) == []


def test_numbers_that_somebody_quoted_are_numbers(schemas: Schemas) -> None:
    found = schemas("X: {type: integer, enum: ['1', '-2']}").definition("X")
    assert [member.value for member in found.members] == [1, -2]


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ("{type: file}", "str"),
        ("{type: int}", "int"),
        ("{type: Boolean}", "bool"),
        ("{type: map, additionalProperties: {type: float}}", "dict[str, float]"),
        ("{type: money}", "Any"),
        ("{format: int64}", "int"),
        ("{format: double}", "float"),
    ],
)
def test_what_people_write_instead_of_a_type(schemas: Schemas, schema: str, expected: str) -> None:
    assert alias(schemas(f"X: {schema}", "3.0.3")) == expected


# --- unions ----------------------------------------------------------------------------------------------------------


PETS = """
Cat: {type: object, required: [kind], properties: {kind: {const: cat}, lives: {type: integer}}}
Dog: {type: object, required: [kind], properties: {kind: {type: string, enum: [dog, puppy]}}}
Fish: {type: object, properties: {kind: {type: string}}}
Big: {type: object, required: [kind], properties: {kind: {type: string, enum: [dog, puppy]}, child: {type: object, properties: {kind: {type: string, enum: [puppy]}}}}}
"""


def choice(built: Built, name: str = "X") -> tuple[str, str | None, dict[str, str]]:
    found = built.definition(name)
    assert isinstance(found, ir.Choice)
    members = hint(ir.Either(found.members))
    return members, found.tag, {value: hint(type_) for value, type_ in found.tags}


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ("{oneOf: [{$ref: '#/components/schemas/Cat'}, {$ref: '#/components/schemas/Dog'}]}",
         ("Cat | Dog", "kind", {"cat": "Cat", "dog": "Dog", "puppy": "Dog"})),
        ("{anyOf: [{$ref: '#/components/schemas/Cat'}, {$ref: '#/components/schemas/Fish'}]}", ("Cat | Fish", None, {})),
        ("{oneOf: [{$ref: '#/components/schemas/Cat'}, {$ref: '#/components/schemas/Fish'}], discriminator: {propertyName: kind}}",
         ("Cat | Fish", "kind", {"cat": "Cat", "Fish": "Fish"})),
        ("{oneOf: [{$ref: '#/components/schemas/Cat'}, {$ref: '#/components/schemas/Fish'}], discriminator: {propertyName: kind, mapping: {tom: '#/components/schemas/Cat', wanda: Fish}}}",
         ("Cat | Fish", "kind", {"tom": "Cat", "wanda": "Fish", "cat": "Cat"})),
        ("{anyOf: [{$ref: '#/components/schemas/Dog'}, {$ref: '#/components/schemas/Big'}], discriminator: {propertyName: kind}}",
         ("Dog | Big", "kind", {"Dog": "Dog", "Big": "Big"})),
        ("{anyOf: [{$ref: '#/components/schemas/Dog'}, {$ref: '#/components/schemas/Big'}], discriminator: {propertyName: kind, mapping: {dog: '#/components/schemas/Dog', wolf: Big, cub: 'lost.yaml#/Cub'}}}",
         ("Dog | Big", "kind", {"dog": "Dog", "wolf": "Big"})),
        ("{anyOf: [{$ref: '#/components/schemas/Dog'}, {$ref: '#/components/schemas/Big/properties/child'}], discriminator: {propertyName: kind, mapping: {dog: 'lost.yaml#/Dog'}}}",
         ("Dog | BigChild", None, {})),
        ("{oneOf: [{type: object, additionalProperties: true}, {$ref: '#/components/schemas/Cat'}, {type: string}]}",
         ("dict[str, Any] | Cat | str", None, {})),
    ],
)  # fmt: skip
def test_a_union_of_objects_is_a_choice(schemas: Schemas, schema: str, expected: Any) -> None:
    assert choice(schemas(f"{PETS}\nX: {schema}")) == expected


def test_an_object_beside_other_json_types_needs_no_choice(schemas: Schemas) -> None:
    assert (
        alias(schemas(f"{PETS}\nX: {{oneOf: [{{$ref: '#/components/schemas/Cat'}}, {{type: string}}]}}")) == "Cat | str"
    )


def test_what_stands_beside_a_union_is_merged_into_each_member(schemas: Schemas) -> None:
    built = schemas(
        f"""{PETS}
X:
  type: object
  required: [id]
  properties: {{id: {{type: string}}}}
  oneOf:
    - {{$ref: '#/components/schemas/Cat'}}
    - {{title: other, properties: {{size: {{type: number}}}}}}
"""
    )
    assert choice(built)[0] == "XCat | XOther"
    assert [field.name for field in built.definition("XCat").fields] == ["id", "kind", "lives"]
    assert [field.name for field in built.definition("XOther").fields] == ["id", "size"]


def test_a_union_that_only_says_what_must_be_there_is_no_union(schemas: Schemas) -> None:
    built = schemas(
        """
        X:
          type: object
          properties: {a: {type: string}, b: {type: string}}
          anyOf: [{required: [a]}, {required: [b]}]
        """
    )
    assert [field.name for field in built.definition("X").fields] == ["a", "b"]


def test_two_unions_on_one_schema_are_combined(schemas: Schemas) -> None:
    built = schemas(
        """
        X:
          oneOf: [{title: a, properties: {a: {type: string}}}, {title: b, properties: {b: {type: string}}}]
          anyOf: [{title: c, properties: {c: {type: string}}}, {title: d, properties: {d: {type: string}}}]
        """
    )
    assert {field.name for name in built.names for field in getattr(built.definition(name), "fields", ())} == {*"abcd"}


def test_a_union_with_one_member_is_that_member(schemas: Schemas) -> None:
    built = schemas(
        f"{PETS}\nX: {{oneOf: [{{$ref: '#/components/schemas/Cat'}}]}}\nY: {{anyOf: [{{type: object, properties: {{a: {{type: string}}}}}}]}}"
    )
    assert alias(built) == "Cat"
    assert isinstance(built.definition("Y"), ir.Model)


def test_a_union_of_choices_keeps_both(schemas: Schemas) -> None:
    built = schemas(
        f"""{PETS}
Mammal: {{oneOf: [{{$ref: '#/components/schemas/Cat'}}, {{$ref: '#/components/schemas/Dog'}}]}}
X:
  oneOf: [{{$ref: '#/components/schemas/Mammal'}}, {{$ref: '#/components/schemas/Fish'}}]
  discriminator: {{propertyName: kind, mapping: {{cat: '#/components/schemas/Mammal', fish: '#/components/schemas/Fish'}}}}
"""
    )
    assert choice(built) == ("Mammal | Fish", "kind", {"cat": "Mammal", "fish": "Fish"})


def test_what_stands_beside_a_union_may_rule_members_out(schemas: Schemas) -> None:
    built = schemas("""
        Fork:
          allOf:
            - type: object
              properties: {at: {oneOf: [{type: integer}, {type: string, format: date-time}]}, id: {type: [string, integer]}}
            - type: object
              properties: {at: {type: string}, id: {type: integer}}
    """)
    assert annotation(built, "Fork", "at") == "datetime | None"
    assert annotation(built, "Fork", "id") == "int | None"
    assert list(built.report) == []


def test_a_mapping_means_what_a_member_has_become(schemas: Schemas) -> None:
    built = schemas(
        f"""{PETS}
X:
  type: object
  properties: {{id: {{type: string}}}}
  oneOf: [{{$ref: '#/components/schemas/Cat'}}, {{$ref: '#/components/schemas/Fish'}}]
  discriminator: {{propertyName: kind, mapping: {{tom: '#/components/schemas/Cat', wanda: Fish}}}}
"""
    )
    assert choice(built) == ("XCat | XFish", "kind", {"tom": "XCat", "wanda": "XFish", "cat": "XCat"})


def test_a_mapping_into_files_that_are_gone_is_read_by_its_names(schemas: Schemas) -> None:
    built = schemas(
        f"""{PETS}
X:
  oneOf: [{{$ref: '#/components/schemas/Cat'}}, {{$ref: '#/components/schemas/Fish'}}]
  discriminator: {{propertyName: kind, mapping: {{tom: models/Cat.yml, wanda: 'Fish.yml#/Fish', gone: models/gone.yml}}}}
"""
    )
    assert choice(built)[2] == {"tom": "Cat", "wanda": "Fish", "cat": "Cat"}
    assert ["'models/gone.yml' leads nowhere" in str(note) for note in built.report] == [True]


def test_members_of_a_union_may_extend_it(schemas: Schemas) -> None:
    built = schemas(
        """
        Pet:
          type: object
          properties: {name: {type: string}}
          oneOf: [{$ref: '#/components/schemas/Cat'}, {$ref: '#/components/schemas/Dog'}]
        Cat: {allOf: [{$ref: '#/components/schemas/Pet'}, {type: object, properties: {lives: {type: integer}}}]}
        Dog: {allOf: [{$ref: '#/components/schemas/Pet'}, {type: object, properties: {bark: {type: string}}}]}
        """
    )
    assert [field.name for field in built.definition("Cat").fields] == ["name", "lives"]
    assert choice(built, "Pet")[0] == "PetCat | PetDog"
    assert [field.name for field in built.definition("PetDog").fields] == ["name", "bark"]
    assert list(built.report) == []


def test_a_base_that_others_extend_is_a_choice_of_them(schemas: Schemas) -> None:
    built = schemas(
        """
        Holder: {type: object, properties: {pet: {$ref: '#/components/schemas/Pet'}}}
        Pet:
          type: object
          required: [kind]
          discriminator: {propertyName: kind, mapping: {dawg: '#/components/schemas/Dog'}}
          properties: {kind: {type: string}}
        Cat: {allOf: [{$ref: '#/components/schemas/Pet'}, {type: object, properties: {lives: {type: integer}}}]}
        Dog: {allOf: [{$ref: '#/components/schemas/Pet'}, {type: object, properties: {bark: {type: string}}}]}
        Puppy: {allOf: [{$ref: '#/components/schemas/Dog'}]}
        """
    )
    assert choice(built, "Pet") == (
        "Cat | Dog | Puppy | PetBase", "kind", {"dawg": "Dog", "Cat": "Cat", "Puppy": "Puppy", "Pet": "PetBase"},
    )  # fmt: skip
    assert built.definition("Pet").otherwise == ir.Named("PetBase")
    assert [field.name for field in built.definition("PetBase").fields] == ["kind"]
    assert choice(built, "Dog") == ("Puppy | DogBase", "kind", {"dawg": "DogBase", "Puppy": "Puppy"})
    assert [field.name for field in built.definition("Puppy").fields] == ["kind", "bark"]
    assert annotation(built, "Holder", "pet") == "Pet | None"


def test_a_union_of_very_many_members_is_anything(schemas: Schemas) -> None:
    many = ", ".join(f"{{properties: {{p{n}: {{type: string}}}}}}" for n in range(300))
    built = schemas(f"X: {{oneOf: [{many}]}}")
    assert alias(built) == "Any"
    assert "a union of 300 members" in str(built.report.of("note")[0])


# --- recursion -------------------------------------------------------------------------------------------------------


def test_models_may_contain_each_other(schemas: Schemas) -> None:
    built = schemas(
        """
        A: {type: object, properties: {b: {$ref: '#/components/schemas/B'}, self: {$ref: '#/components/schemas/A'}}}
        B: {type: object, properties: {as: {type: array, items: {$ref: '#/components/schemas/A'}}}}
        """
    )
    assert annotation(built, "A", "b") == "B | None"
    assert annotation(built, "A", "self_") == "A | None"
    assert annotation(built, "B", "as_") == "list[A] | None"


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ("A: {type: array, items: {$ref: '#/components/schemas/A'}}", "list[A]"),
        ("A: {type: [array, 'null'], items: {$ref: '#/components/schemas/A'}}", "list[A | None]"),
        (
            "A: {anyOf: [{type: string}, {type: object, additionalProperties: {$ref: '#/components/schemas/A'}}]}",
            "str | dict[str, A]",
        ),
        (
            "A: {type: array, items: {$ref: '#/components/schemas/B'}}\nB: {anyOf: [{$ref: '#/components/schemas/A'}, {type: string}]}",
            "list[A | str]",
        ),
        ("A: {oneOf: [{$ref: '#/components/schemas/A'}, {type: string}]}", "str"),
    ],
)
def test_an_alias_may_contain_itself(schemas: Schemas, document: str, expected: str) -> None:
    built = schemas(document)
    assert alias(built, "A") == expected
    assert list(built.report) == []


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ("A: {$ref: '#/components/schemas/B'}\nB: {$ref: '#/components/schemas/A'}", "leads in a circle"),
        ("A: {type: object, properties: {p: 7}}", "must be an object or a boolean"),
        ("A: {$ref: '#/components/schemas/Gone'}", "leads nowhere"),
    ],
)
def test_what_is_no_schema_is_refused_with_its_place(schemas: Schemas, document: str, message: str) -> None:
    with pytest.raises(Refusal, match=message) as caught:
        schemas(document)
    assert "spec.yaml#/components/schemas/" in str(caught.value)


def test_a_chain_of_references_is_a_chain_of_aliases(schemas: Schemas) -> None:
    built = schemas("A: {$ref: '#/components/schemas/B'}\nB: {$ref: '#/components/schemas/C'}\nC: {type: string}")
    assert alias(built, "A") == alias(built, "B") == "C"


def test_names_that_collide_are_numbered_in_the_documents_order(schemas: Schemas) -> None:
    built = schemas(
        "foo-bar: {type: string}\nFooBar: {type: integer}\nAny: {type: string}\nFoo: {type: string}\nFOO: {type: string}"
    )
    assert built.names == ["FooBar", "FooBar2", "AnyModel", "Foo", "FOO"]
