"""A schema without a type is of the type that its words are about, and what is not is no error: decoders are told."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from codegen import ir
from codegen.hints import decoded_hint, field_hint, hint
from codegen.models import models_module
from codegen.operations import operations_module
from reknit.runtime import Unknown
from tests.serving import Seen, Serve, reply

from .conftest import Built

GOLDEN = Path(__file__).parent / "golden"
Schemas = Callable[..., Built]


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ("{properties: {a: {type: string}}}", "Annotated[XA, Implied(dict)]"),
        ("{required: [a]}", "Annotated[dict[str, Any], Implied(dict)]"),
        ("{additionalProperties: {type: integer}}", "Annotated[dict[str, int], Implied(dict)]"),
        ("{items: {type: string}}", "Annotated[list[str], Implied(list)]"),
        ("{format: date-time}", "Annotated[datetime, Implied()]"),
        ("{minimum: 0}", "Annotated[float, Implied()]"),
        ("{$ref: '#/components/schemas/Guessed'}", "Annotated[Guessed, Implied(dict)]"),
        ("{$ref: '#/components/schemas/Listed'}", "Annotated[Listed, Implied(list)]"),
        ("{allOf: [{$ref: '#/components/schemas/Guessed'}]}", "Annotated[Guessed, Implied(dict)]"),
        ("{type: array, items: {$ref: '#/components/schemas/Guessed'}}", "list[Annotated[Guessed, Implied(dict)]]"),
        ("{anyOf: [{$ref: '#/components/schemas/Guessed'}, {type: string}]}", "Annotated[Guessed | str, Implied()]"),
        ("{anyOf: [{$ref: '#/components/schemas/Stated'}, {nullable: true}]}", "Annotated[Stated, Implied()]"),
        ("{anyOf: [{type: string}, {}]}", "Any"),
        ("{$ref: '#/components/schemas/Stated'}", "Stated"),
        ("{type: object, properties: {a: {type: string}}}", "XA"),
        ("{enum: [a, b]}", "XA"),
        ("{const: a}", "Literal['a']"),
        ("{oneOf: [{type: string}, {type: integer}]}", "str | int"),
    ],
)
def test_decoders_are_told_which_types_are_not_stated(schema: str, expected: str, schemas: Schemas) -> None:
    found = schemas(
        f"""
        X: {{type: object, properties: {{a: {schema}}}}}
        Guessed: {{properties: {{n: {{type: integer}}}}}}
        Listed: {{items: {{type: integer}}}}
        Stated: {{type: object, properties: {{n: {{type: integer}}}}}}
        """,
        "3.0.3",
    )
    (field,) = found.definition("X").fields
    assert decoded_hint(ir.bare(field.type)) == expected
    assert "Implied" not in hint(field.type)


def test_two_types_are_the_same_whether_stated_or_guessed() -> None:
    stated, guessed = ir.Listing(ir.Scalar("str")), ir.Listing(ir.Scalar("str"), guess="array")
    assert stated == guessed
    assert hash(stated) == hash(guessed)
    assert ir.guess_of(ir.Nullable(guessed)) == "array"
    assert ir.guess_of(ir.stated(ir.Nullable(ir.Either((guessed,), guess="all")))) == ""
    assert ir.guessed(ir.NULL, "all") == ir.Anything()


def test_a_component_says_nothing_of_it_where_it_is_defined(schemas: Schemas) -> None:
    """Its name is called to make a value; whatever refers to it says that it was guessed."""
    found = schemas("Guessed: {properties: {n: {type: integer}}}\nOther: {$ref: '#/components/schemas/Guessed'}")
    assert decoded_hint(found.definition("Other").type) == "Guessed"
    text = models_module(found.document, "")
    assert "Other: TypeAlias = Guessed" in text
    assert "Implied(" not in text


def test_an_optional_one_says_that_a_null_is_lost_in_it(schemas: Schemas) -> None:
    text = models_module(
        schemas("X: {type: object, required: [b], properties: {aB: {items: {}}, b: {items: {}}}}").document, ""
    )
    assert "a_b: Annotated[list[Any], Implied(list)] | None = field(default=None, metadata=" in text
    assert '{"wire": \'aB\', "implied": True}' in text
    assert "b: Annotated[list[Any], Implied(list)]\n" in text


def test_only_the_models_of_objects_without_others_are_closed(schemas: Schemas) -> None:
    found = schemas(
        """
        A: {type: object, properties: {a: {}}, additionalProperties: false}
        B: {type: object, properties: {a: {}}, additionalProperties: true}
        C: {type: object, properties: {a: {}}}
        D: {type: object, properties: {a: {}}, additionalProperties: false, patternProperties: {x: {type: string}}}
        """
    )
    assert [found.definition(name).closed for name in "ABCD"] == [True, False, False, False]
    assert models_module(found.document, "").count("__closed__: ClassVar[bool] = True") == 1


def test_a_null_can_be_sent_where_it_is_all_that_can_be(built: Callable[..., Built]) -> None:
    found = built(
        """
        paths:
          /a:
            post:
              operationId: op
              requestBody:
                required: true
                content:
                  application/json: {schema: {type: object, properties: {a: {type: 'null'}, b: {}, c: {type: string}}}}
              responses: {}
        """
    )
    operation = next(found.document.operations)
    assert operation.body
    first = operation.body.fields[0]
    assert field_hint(hint(first.type), first.type, required=False) == "UnsetType | None"
    text = operations_module(found.document, "")
    assert "a: UnsetType | None = UNSET" in text
    assert "**present({'c': c}), **given({'a': a, 'b': b})" in text


def test_models_are_imported_where_something_says_models(built: Callable[..., Built]) -> None:
    answers = "responses: {'200': {description: '', content: {%s: {schema: {$ref: '#/components/schemas/A'}}}}}"
    components = "components: {schemas: {A: {type: object, properties: {a: {type: string}}}}}"
    for media in ("application/json", "text/plain", "application/octet-stream", "text/event-stream"):
        get = f"{{operationId: op, {answers % media}}}"
        text = operations_module(built(f"paths: {{/a: {{get: {get}}}}}\n{components}").document, "")
        assert ("import models" in text) == ("models.A" in text)


async def test_what_a_document_leaves_open_comes_and_goes(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(GOLDEN)
    loose = importlib.import_module("loose")
    models = importlib.import_module("loose._generated.models")
    first = {
        "name": "a", "top": "none", "lid": None, "lids": [{"n": 1}, 2], "weight": "heavy", "made": "long ago",
        "anyLid": {"n": "one"}, "mode": 3, "content": {"value": 1, "of": "x", "in": "y"},
        "words": {"lang": "de", "a": 1},
    }  # fmt: skip

    def answer(seen: Seen) -> Any:
        return reply({"no": "list"} if seen.method == "GET" else first)

    server = await serve(answer)
    async with loose.Client(base_url=server.url) as client:
        got = await client.boxes.with_response.keep(name="a", lid=models.Lid(n=1), additional_properties={"other": [1]})
        box = got.value
        assert server.requests[0].json == {"name": "a", "lid": {"n": 1}, "other": [1]}
        assert (box.top, box.lid, box.lids) == (Unknown("none"), None, [models.Lid(n=1), Unknown(2)])
        assert (box.weight, box.made) == (Unknown("heavy"), Unknown("long ago"))
        assert (box.any_lid, box.mode) == (Unknown({"n": "one"}), Unknown(3))
        assert box.content == models.Parcel(of="x", additional_properties={"value": 1, "in": "y"})
        assert box.words.additional_properties == {"a": 1}
        assert {name: value for name, value in got.unknown().items() if value is None} == {"/lid": None}
        assert await client.boxes.all() == Unknown({"no": "list"})
