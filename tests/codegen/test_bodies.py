"""Bodies become keywords or one keyword; answers know how they are read."""

# ruff: noqa: E501 - a small document in one line is easier to compare with the next one

from __future__ import annotations

from collections.abc import Callable

import pytest

from codegen import ir
from codegen.hints import field_hint, hint

from .conftest import Built

Build = Callable[..., Built]


def operation(built: Build, body: str, more: str = "", components: str = "{}") -> tuple[ir.Operation, Built]:
    result = built(
        f"""
        paths: {{/a: {{post: {{operationId: op, requestBody: {body}, {more} responses: {{}}}}}}}}
        components: {{schemas: {components}}}
        """
    )
    return next(result.document.operations), result


def json(schema: str, required: str = "true") -> str:
    return f"{{required: {required}, content: {{application/json: {{schema: {schema}}}}}}}"


def keywords(body: ir.Body | None) -> list[str]:
    assert body is not None
    fields = [*body.fields, *([body.whole] if body.whole else [])]
    return [
        f"{field.name}: {field_hint(hint(ir.bare(field.type)), field.type, required=field.required)}"
        for field in fields
    ]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (json("{type: object, required: [a], properties: {a: {type: string}, bC: {type: integer}}}"), ["a: str", "b_c: int | None"]),
        (json("{type: object, properties: {a: {type: string}}}", "false"), ["a: str | None"]),
        (json("{type: object, required: [a], properties: {a: {type: string}}}", "false"), ["body: OpBody | None"]),
        (json("{type: [object, 'null'], properties: {a: {type: string}}}"), ["body: OpBody | None"]),
        (json("{type: array, items: {type: string}}"), ["body: list[str]"]),
        (json("{type: object, additionalProperties: {type: string}}"), ["body: dict[str, str]"]),
        (json("{type: object, properties: {r: {type: string, readOnly: true}, a: {type: string}}}"), ["a: str | None"]),
        (json("{oneOf: [{type: object, properties: {a: {type: string}}}, {type: string}]}"), ["body: OpBodyVariant1 | str"]),
        (json("{type: object, properties: {a: {type: string}}, oneOf: [{properties: {b: {type: string}}}, {properties: {c: {type: string}}}]}"),
         ["body: OpBody"]),
        (json("{type: object, properties: {a: {type: string}, b: {type: string}}, anyOf: [{required: [a]}, {required: [b]}]}"),
         ["a: str | None", "b: str | None"]),
        ("{content: {application/json: {}}}", ["body: Any"]),
        ("{required: true, content: {text/plain: {schema: {type: string}}}}", ["body: str"]),
        ("{required: true, content: {image/png: {schema: {type: string, format: binary}}}}", ["body: bytes"]),
        ("{required: true, content: {application/x-ndjson: {schema: {type: object}}}}", ["body: bytes"]),
        ("{required: true, content: {multipart/form-data: {schema: {type: object, required: [file], properties: {file: {type: string, format: binary}, files: {type: array, items: {type: string, format: binary}}, meta: {type: object, properties: {x: {type: integer}}}}}}}}",
         ["file: FileInput", "files: list[FileInput] | None", "meta: OpMeta | None"]),
        ("{required: true, content: {application/x-www-form-urlencoded: {schema: {type: object, properties: {a: {type: string}}}}}}", ["a: str | None"]),
        ("{required: true, content: {application/vnd.api+json: {schema: {type: object, properties: {a: {type: string}}}}}}", ["a: str | None"]),
    ],
)  # fmt: skip
def test_a_body_is_its_properties_or_one_keyword(built: Build, body: str, expected: list[str]) -> None:
    found, _ = operation(built, body)
    assert keywords(found.body) == expected


def test_a_component_as_a_body_is_flattened_too(built: Build) -> None:
    found, result = operation(
        built,
        json("{$ref: '#/components/schemas/Request'}"),
        "parameters: [{name: a, in: query}],",
        "{Request: {type: object, required: [a], properties: {a: {type: object, properties: {b: {type: string}}}, s: {type: string, x-secret: true}}}}",
    )
    assert keywords(found.body) == ["a_body: RequestA", "s: str | None"]
    assert found.secrets == ("s",)
    assert result.names == ["Request", "RequestA"]


def test_other_properties_are_a_keyword_where_they_have_a_type(built: Build) -> None:
    typed, _ = operation(
        built, json("{type: object, properties: {a: {type: string}}, additionalProperties: {type: integer}}")
    )
    free, _ = operation(built, json("{type: object, properties: {a: {type: string}}, additionalProperties: true}"))
    assert typed.body
    assert typed.body.rest
    assert (typed.body.rest.name, hint(typed.body.rest.type)) == ("additional_properties", "int")
    assert free.body
    assert free.body.rest is None


@pytest.mark.parametrize(
    ("contents", "media", "note"),
    [
        (
            "text/plain: {}, application/json: {}",
            "application/json",
            "the body is sent as application/json, never as text/plain",
        ),
        (
            "application/octet-stream: {}, multipart/form-data: {}",
            "multipart/form-data",
            "never as application/octet-stream",
        ),
        ("'*/*': {}", "application/json", ""),
        ("'application/json; charset=utf-8': {}", "application/json; charset=utf-8", ""),
    ],
)
def test_one_media_type_is_chosen_and_the_others_are_named(built: Build, contents: str, media: str, note: str) -> None:
    found, result = operation(built, f"{{content: {{{contents}}}}}")
    assert found.body is not None
    assert found.body.media == media
    assert note in "".join(finding.why for finding in result.report)


@pytest.mark.parametrize("body", ["{content: {}}", "{content: {application/json: {schema: {type: array}}}}"])
def test_a_key_has_no_place_in_a_body_without_keywords(built: Build, body: str) -> None:
    found, result = operation(built, body, "x-idempotency-key: {in: body, name: k},")
    assert found.key is None
    assert "#/paths/~1a/post/x-idempotency-key: the key goes into a body whose properties are not keywords" in str(
        result.report.of("error")[0]
    )


def test_a_body_without_content_is_none(built: Build) -> None:
    found, _ = operation(built, "{content: {}}")
    assert found.body is None


def test_the_key_in_a_body_is_no_property_of_it(built: Build) -> None:
    found, _ = operation(
        built,
        json("{type: object, properties: {uniqueId: {type: string, description: The id.}, a: {type: string}}}"),
        "x-idempotency-key: {in: body, name: uniqueId, generate: false, unless: dry},",
    )
    assert keywords(found.body) == ["a: str | None"]
    assert found.key == ir.Key("body", "uniqueId", "unique_id", generate=False, unless="dry", doc="The id.")


@pytest.mark.parametrize(
    ("media", "said", "styles", "finding"),
    [
        ("multipart/form-data", "{contentType: application/json}", (), "note: the part 'm' goes as text or as a file"),
        ("multipart/form-data", "{style: deepObject, explode: true}", (("m", ("deepObject", True)),), ""),
        ("multipart/form-data", "{explode: false}", (("m", ("form", False)),), ""),
        ("application/x-www-form-urlencoded", "{style: spaceDelimited}", (("m", ("spaceDelimited", False)),), ""),
        ("application/x-www-form-urlencoded", "{headers: {}}", (), ""),
        ("application/x-www-form-urlencoded", "{style: matrix}", (), "error: a property of this body cannot be"),
        ("application/json", "{style: form}", (), "error: a property of this body cannot be written in the style 'form'"),
    ],
)  # fmt: skip
def test_the_properties_of_a_form_keep_their_styles(
    built: Build, media: str, said: str, styles: tuple[object, ...], finding: str
) -> None:
    schema = "{type: object, properties: {m: {type: object}}}"
    found, result = operation(built, f"{{content: {{{media}: {{schema: {schema}, encoding: {{m: {said}}}}}}}}}")
    assert found.body is not None
    assert found.body.styles == styles
    assert "".join(f"{item.severity}: {item.why}" for item in result.report).startswith(finding)


def test_before_openapi_3_1_a_multipart_body_has_no_styles(built: Build) -> None:
    body = (
        "{content: {multipart/form-data: {schema: {type: object, properties: {m: {}}}, encoding: {m: {style: form}}}}}"
    )
    document = built(f"paths: {{/a: {{post: {{requestBody: {body}, responses: {{}}}}}}}}", "3.0.3").document
    body_of = next(document.operations).body
    assert body_of is not None
    assert body_of.styles == ()


@pytest.mark.parametrize(
    ("media", "written", "kind"),
    [
        ("'*/*'", "application/json", "json"),
        ("image/*", "application/octet-stream", "bytes"),
        ("text/*", "text/plain", "text"),
        ("multipart/*", "multipart/form-data", "multipart"),
    ],
)
def test_a_range_of_media_types_is_sent_as_one_of_them(built: Build, media: str, written: str, kind: str) -> None:
    found, result = operation(built, f"{{content: {{{media}: {{}}}}}}")
    assert found.body is not None
    assert (found.body.media, found.body.kind) == (written, kind)
    assert not result.report.incomplete


def test_other_multipart_bodies_than_forms_are_an_error(built: Build) -> None:
    found, result = operation(built, "{content: {multipart/related: {schema: {type: object, properties: {a: {}}}}}}")
    assert found.body is not None
    assert (found.body.kind, found.body.whole and hint(found.body.whole.type)) == ("bytes", "bytes")
    assert "#/paths/~1a/post/requestBody/content/multipart~1related: multipart/related cannot be written" in str(
        result.report.of("error")[0]
    )


def test_a_form_with_parts_that_must_be_there_is_always_sent(built: Build) -> None:
    schema = "{type: object, required: [f], properties: {f: {type: string, format: binary}}}"
    found, result = operation(built, f"{{content: {{multipart/form-data: {{schema: {schema}}}}}}}")
    assert keywords(found.body) == ["f: FileInput"]
    assert not result.report.incomplete


def test_a_file_that_cannot_become_a_keyword_is_an_error(built: Build) -> None:
    part = "{type: object, properties: {f: {type: string, format: binary}}}"
    found, result = operation(
        built,
        f"{{content: {{multipart/form-data: {{schema: {{oneOf: [{part}, {{type: object, properties: {{g: {{}}}}}}]}}}}}}}}",
    )
    assert found.body is not None
    assert found.body.whole is not None
    assert "a file in a body that is a choice" in str(result.report.of("error")[0])


# --- answers ---------------------------------------------------------------------------------------------------------


def answers(built: Build, responses: str, more: str = "") -> tuple[ir.Operation, Built]:
    result = built(f"paths: {{/a: {{get: {{operationId: op, {more} responses: {responses}}}}}}}")
    return next(result.document.operations), result


@pytest.mark.parametrize(
    ("content", "kind", "expected"),
    [
        ("application/json: {schema: {type: integer}}", "json", "int"),
        ("application/json: {}", "json", "Any"),
        ("application/problem+json: {schema: {type: object}}", "json", "dict[str, Any]"),
        ("'*/*': {schema: {type: string}}", "json", "str"),
        ("application/json: {schema: {type: string, format: binary}}", "bytes", "bytes"),
        ("text/plain: {schema: {type: integer}}", "text", "str"),
        ("application/xml: {schema: {type: object}}", "text", "str"),
        ("application/pdf: {schema: {type: string}}", "bytes", "bytes"),
        ("multipart/mixed: {}", "bytes", "bytes"),
        ("text/event-stream: {schema: {type: integer}}", "bytes", "bytes"),
        ("application/jsonl: {schema: {type: integer}}", "bytes", "bytes"),
    ],
)
def test_an_answer_is_read_by_its_media_type(built: Build, content: str, kind: str, expected: str) -> None:
    operation, _ = answers(built, f"{{'200': {{description: ok, content: {{{content}}}}}}}")
    found = operation.answers[0].contents[0]
    assert (found.kind, hint(found.type)) == (kind, expected)


def test_a_stream_is_an_error_and_nothing_that_cannot_be_imported(built: Build) -> None:
    json_too = "application/json: {schema: {type: integer}}"
    place = "spec.yaml#/paths/~1a/get/responses/200/content/text~1event-stream"
    operation, result = answers(built, f"{{200: {{content: {{text/event-stream: {{}}, {json_too}}}}}}}")
    assert [(content.media, content.kind) for content in operation.answers[0].contents] == [
        ("application/json", "json")
    ]
    assert [str(finding) for finding in result.report] == [
        f"error: {place}: text/event-stream cannot be read as it comes: there are no streams yet"
    ]


def test_a_stream_of_errors_hurts_nobody(built: Build) -> None:
    _, result = answers(built, "{200: {}, 404: {content: {application/x-ndjson: {}}}}")
    assert list(result.report) == []


def test_what_http_sends_without_a_body_has_no_type(built: Build) -> None:
    content = "content: {application/json: {schema: {type: integer}}}"
    operation, _ = answers(built, f"{{200: {{{content}}}, 204: {{{content}}}, 205: {{{content}}}}}")
    assert [len(answer.contents) for answer in operation.answers] == [1, 0, 0]
    head = next(built(f"paths: {{/a: {{head: {{responses: {{200: {{{content}}}}}}}}}}}").document.operations)
    assert head.answers[0].contents == ()


def test_answers_keep_their_status(built: Build) -> None:
    operation, _ = answers(built, "{200: {description: a}, 2xx: {description: b}, 4XX: {}, DEFAULT: {}, x-note: {}}")
    assert [(answer.status, answer.doc, answer.success) for answer in operation.answers] == [
        ("200", "a", True), ("2XX", "b", True), ("4XX", "", False), ("default", "", False),
    ]  # fmt: skip


def test_inline_answers_are_named_after_the_operation_and_the_status(built: Build) -> None:
    schema = "content: {application/json: {schema: {type: object, properties: {a: {type: string}}}}}"
    _, result = answers(built, f"{{200: {{{schema}}}, 404: {{{schema}}}, default: {{{schema}}}}}")
    assert result.names == ["OpResult", "OpAnswer404", "OpAnswer"]


@pytest.mark.parametrize(
    "schema",
    [
        "{anyOf: [{type: array, items: {type: string}}, {type: object, properties: {data: {type: array, items: {type: string}}}}]}",
        "{type: object, properties: {data: {type: array, items: {type: string}}}}",
    ],
)
def test_an_envelope_is_unwrapped(built: Build, schema: str) -> None:
    operation, _ = answers(built, f"{{200: {{content: {{application/json: {{x-unwrap: data, schema: {schema}}}}}}}}}")
    content = operation.answers[0].contents[0]
    assert (hint(content.type), content.unwrap) == ("list[str]", "data")


def test_an_envelope_without_its_property_is_an_error(built: Build) -> None:
    _, result = answers(built, "{200: {content: {application/json: {x-unwrap: data, schema: {type: object}}}}}")
    assert "x-unwrap names 'data', which no branch of the schema has" in str(result.report.of("error")[0])


PAGE = "{200: {content: {application/json: {schema: {type: object, properties: {docs: {type: array, items: {type: integer}}}}}}}}"


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (
            "{kind: cursor, items: docs, parameter: n}",
            "cursor pages have items, more, next, parameter, of which must be",
        ),
        ("{kind: offset, items: docs, parameter: n, next: x}", "offset pages have items, more, parameter, size, total"),
        ("{kind: offset, items: docs, parameter: other}", "'other' is no parameter of the query"),
    ],
)
def test_paging_that_the_query_cannot_ask_for_is_an_error(built: Build, said: str, why: str) -> None:
    _, result = answers(built, PAGE, f"parameters: [{{name: n, in: query}}], x-pagination: {said},")
    assert why in str(result.report.of("error")[0])


@pytest.mark.parametrize(
    "more", ["requestBody: {content: {text/plain: {}}}", "x-idempotency-key: {in: header, name: K}"]
)
def test_a_list_with_more_than_a_query_cannot_continue(built: Build, more: str) -> None:
    paging = "parameters: [{name: n, in: query}], x-pagination: {kind: offset, items: docs, parameter: n}"
    _, result = answers(built, PAGE, f"{paging}, {more},")
    assert "cannot continue on further pages" in str(result.report.of("error")[0])


def test_paging_knows_the_type_of_an_item(built: Build) -> None:
    operation, _ = answers(built, PAGE, "x-pagination: {kind: offset, items: docs, parameter: offset, size: limit},")
    assert operation.paging == ir.Paging(
        "offset", ir.Scalar("int"), (("items", "docs"), ("parameter", "offset"), ("size", "limit"))
    )


@pytest.mark.parametrize("said", ["{kind: cursor, items: nothing}", "{kind: other, items: docs}", "{}", "cursor"])
def test_paging_that_cannot_work_is_an_error(built: Build, said: str) -> None:
    operation, result = answers(built, PAGE, f"x-pagination: {said},")
    assert operation.paging is None
    assert "needs `kind` (cursor or offset) and `items`" in str(result.report.of("error")[0])
