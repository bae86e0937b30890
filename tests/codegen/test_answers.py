"""Answers: how each is read, what is a stream and of what, and how a list continues."""

# ruff: noqa: E501 - a small document in one line is easier to compare with the next one

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import pytest

from codegen import ir
from codegen.answering import Shared, raised_section, result_of
from codegen.hints import hint

from .conftest import Built

Build: TypeAlias = Callable[..., Built]


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
        ("text/event-stream: {schema: {type: integer}}", "events", "int"),
        ("application/jsonl: {schema: {type: integer}}", "lines", "int"),
    ],
)
def test_an_answer_is_read_by_its_media_type(built: Build, content: str, kind: str, expected: str) -> None:
    operation, _ = answers(built, f"{{'200': {{description: ok, content: {{{content}}}}}}}")
    found = operation.answers[0].contents[0]
    assert (found.kind, hint(found.type)) == (kind, expected)


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


# --- streams ---------------------------------------------------------------------------------------------------------


def ways(built: Build, content: str, verb: str = "get") -> dict[str, ir.Operation]:
    """Return what an operation with this success comes out as, by the methods' names."""
    result = built(f"paths: {{/a: {{{verb}: {{operationId: op, responses: {{200: {{content: {{{content}}}}}}}}}}}}}")
    assert list(result.report) == []
    return {operation.method: operation for operation in result.document.operations}


JSON = "application/json: {schema: {type: integer}}"
EVENTS = "text/event-stream: {schema: {type: boolean}}"
LINES = "application/x-ndjson: {schema: {type: number}}"


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (EVENTS, {"op": ("events", "bool")}),
        (LINES, {"op": ("lines", "float")}),
        (f"{EVENTS}, {JSON}", {"op": (None, "int"), "op_stream": ("events", "bool")}),
        (f"{JSON}, {LINES}", {"op": (None, "int"), "op_stream": ("lines", "float")}),
        (f"{EVENTS}, {LINES}", {"op": ("events", "bool"), "op_lines": ("lines", "float")}),
        (f"{LINES}, {EVENTS}, text/plain: {{}}", {"op": (None, "str"), "op_stream": ("lines", "float"), "op_events": ("events", "bool")}),
        (f"{LINES}, application/jsonl: {{schema: {{type: boolean}}}}", {"op": ("lines", "float | bool")}),
        (JSON, {"op": (None, "int")}),
    ],
)  # fmt: skip
def test_a_stream_is_a_method_of_its_own_where_it_is_not_all(
    built: Build, content: str, found: dict[str, tuple[str | None, str]]
) -> None:
    operations = ways(built, content)
    assert {name: (item.stream, result_of(item)) for name, item in operations.items()} == found
    assert [item.variant for item in operations.values()] == [name[3:] for name in found]
    assert len({item.pointer for item in operations.values()}) == 1
    assert len({item.constant for item in operations.values()}) == len(found)


def test_a_sibling_takes_no_name_of_another_operation(built: Build) -> None:
    responses = f"responses: {{200: {{content: {{{JSON}, {EVENTS}}}}}}}"
    result = built(
        f"paths: {{/a: {{get: {{operationId: op, {responses}}}}}, /b: {{get: {{operationId: opStream, {responses}}}}}}}"
    )
    assert [item.method for item in result.document.operations] == [
        "op",
        "op_stream_2",
        "op_stream",
        "op_stream_stream",
    ]


def test_other_successes_belong_to_the_method_that_can_read_them(built: Build) -> None:
    result = built(
        "paths: {/a: {get: {operationId: op, responses: {"
        f"200: {{content: {{{JSON}, {EVENTS}}}}}, 201: {{content: {{{JSON}}}}}, 204: {{}}, 404: {{content: {{{JSON}}}}}}}}}}}}}"
    )
    plain, stream = result.document.operations
    assert [answer.status for answer in plain.answers] == ["200", "201", "204", "404"]
    assert [answer.status for answer in stream.answers] == ["200", "204", "404"]


def test_a_default_may_be_the_stream(built: Build) -> None:
    operation, _ = answers(built, f"{{default: {{content: {{{EVENTS}}}}}}}")
    assert operation.stream == "events"


def test_a_stream_of_errors_is_bytes(built: Build) -> None:
    operation, result = answers(
        built, f"{{200: {{}}, 404: {{content: {{{EVENTS}}}}}, default: {{content: {{{JSON}}}}}}}"
    )
    assert list(result.report) == []
    assert operation.stream is None
    assert operation.answers[1].contents[0].kind == "bytes"


@pytest.mark.parametrize(
    ("schema", "type_", "data", "whole"),
    [
        ("{type: integer}", "int", "json", False),
        ("{type: object, properties: {a: {}}}", "OpEvent", "json", False),
        ("{type: string}", "str", "text", False),
        ("{type: [string, 'null']}", "str | None", "text", False),
        ("{type: string, format: date-time}", "datetime", "text", False),
        ("{type: string, enum: [a, b]}", "OpEvent", "text", False),
        ("{}", "Any", "any", False),
        ("{anyOf: [{type: string}, {type: integer}]}", "str | int", "any", False),
        ("{anyOf: [{type: object, properties: {a: {}}}, {type: object, properties: {b: {}}}]}", "OpEvent", "json", False),
        ("{type: array, items: {type: integer}}", "int", "json", False),
        ("{type: array, items: {type: array, items: {type: integer}}}", "list[int]", "json", False),
        ("{type: object, properties: {data: {type: integer}}}", "OpEvent", "json", True),
        ("{type: object, properties: {data: {type: string}, event: {type: string}, id: {}, retry: {}}}", "OpEvent", "text", True),
        ("{type: object, properties: {data: {}}}", "OpEvent", "any", True),
        ("{type: object, properties: {data: {}, other: {}}}", "OpEvent", "json", False),
        ("{type: object, properties: {event: {}, id: {}}}", "OpEvent", "json", False),
        ("{oneOf: [{type: object, properties: {data: {type: integer}}}, {type: object, properties: {data: {type: boolean}, id: {}}}]}", "OpEvent", "json", True),
        ("{oneOf: [{type: object, properties: {data: {type: integer}}}, {type: object, properties: {data: {type: string}, id: {}}}]}", "OpEvent", "any", True),
        ("{oneOf: [{type: object, properties: {data: {type: integer}}}, {type: object, properties: {a: {type: string}}}]}", "OpEvent", "json", False),
    ],
)  # fmt: skip
def test_the_schema_of_an_event_is_that_of_its_data_or_of_the_whole(
    built: Build, schema: str, type_: str, data: str, whole: bool
) -> None:
    (operation,) = ways(built, f"text/event-stream: {{schema: {schema}}}").values()
    content = operation.answers[0].contents[0]
    assert (hint(content.type), content.data, content.whole) == (type_, data, whole)


@pytest.mark.parametrize("name", ["E", "F"])
def test_a_schema_that_refers_to_itself_ends(built: Build, name: str) -> None:
    result = built(
        f"paths: {{/a: {{get: {{operationId: op, responses: {{200: {{content: {{text/event-stream: {{schema: {{$ref: '#/components/schemas/{name}'}}}}}}}}}}}}}}}}\n"
        "components: {schemas: {E: {oneOf: [{$ref: '#/components/schemas/E'}, {type: object, properties: {data: {type: integer}}}]}, F: {oneOf: [{$ref: '#/components/schemas/G'}, {type: string}]}, G: {oneOf: [{$ref: '#/components/schemas/F'}, {type: integer}]}}}"
    )
    assert next(result.document.operations).stream == "events"


@pytest.mark.parametrize(
    ("schema", "type_"),
    [
        ("{type: array, items: {type: integer}}", "int"),
        ("{type: string, format: binary}", "Any"),
        ("{type: string}", "Any"),
        ("{}", "Any"),
        ("{type: object, properties: {a: {}}}", "OpItem"),
    ],
)
def test_the_schema_of_lines_is_that_of_a_line_or_an_array_of_them(built: Build, schema: str, type_: str) -> None:
    (operation,) = ways(built, f"application/json-seq: {{schema: {schema}}}").values()
    assert hint(operation.answers[0].contents[0].type) == type_


# --- errors and headers ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("responses", "errors"),
    [
        ("{200: {}}", ""),
        ("{200: {}, 404: {}}", ""),
        (f"{{200: {{}}, 404: {{content: {{{JSON}}}}}}}", "{'404': {'application/json': Json(lambda: int)}}"),
        ("{200: {}, 404: {}, 410: {}, 4XX: {content: {text/plain: {}}}, 500: {}}", "{'404': {}, '410': {}, '4XX': {'text/plain': Text()}}"),
        (f"{{200: {{}}, 302: {{content: {{{JSON}}}}}}}", "{'302': {'application/json': Json(lambda: int)}}"),
        (f"{{default: {{content: {{{JSON}}}}}}}", "{'default': {'application/json': Json(lambda: int)}}"),
        (f"{{default: {{content: {{{EVENTS}}}}}}}", ""),
    ],
)  # fmt: skip
def test_the_bodies_of_errors_are_described(built: Build, responses: str, errors: str) -> None:
    operation, _ = answers(built, responses)
    assert Shared.among([operation]).settings(operation).get("errors", "") == errors


def test_headers_are_described_with_their_types(built: Build) -> None:
    headers = (
        "X-Left: {schema: {type: integer}}, content-type: {schema: {type: string}}, X-None: {}, X-Any: {schema: {}}, "
        "X-Box: {explode: true, schema: {type: object, additionalProperties: {type: integer}}}, "
        "X-Json: {content: {application/json: {schema: {type: array, items: {type: string}}}}}, "
        "X-Text: {content: {text/plain: {schema: {type: string}}}}"
    )
    operation, _ = answers(
        built, f"{{200: {{headers: {{{headers}}}}}, 404: {{}}, default: {{headers: {{X-Left: {{}}}}}}}}"
    )
    assert Shared.among([operation]).settings(operation)["headers"] == (
        "{'200': {'X-Left': AnswerHeader(lambda: int), 'X-None': AnswerHeader(lambda: str), 'X-Any': AnswerHeader(lambda: str), "
        "'X-Box': AnswerHeader(lambda: dict[str, int], explode=True), 'X-Json': AnswerHeader(lambda: list[str], json=True), "
        "'X-Text': AnswerHeader(lambda: str)}, '404': {}, 'default': {'X-Left': AnswerHeader(lambda: str)}}"
    )


def test_what_operations_share_is_written_once(built: Build) -> None:
    same, other = f"404: {{content: {{{JSON}}}}}", "404: {content: {text/plain: {}}}"
    paths = ", ".join(
        f"/{number}: {{get: {{responses: {{200: {{}}, {error}}}}}}}" for number, error in enumerate((same, same, other))
    )
    operations = list(built(f"paths: {{{paths}}}").document.operations)
    shared = Shared.among(operations)
    assert shared.constants == [("_ERROR", "ErrorBody", "{'application/json': Json(lambda: int)}")]
    assert [shared.settings(operation)["errors"] for operation in operations] == [
        "{'404': _ERROR}", "{'404': _ERROR}", "{'404': {'text/plain': Text()}}",
    ]  # fmt: skip


def test_the_errors_of_a_method_are_named_with_what_their_bodies_are(built: Build) -> None:
    model = "content: {application/json: {schema: {type: object, properties: {a: {type: string}}}}}"
    operation, _ = answers(
        built,
        f"{{200: {{}}, 302: {{description: Elsewhere}}, 404: {{description: None, {model}}}, 410: {{}}, 500: {{{model}}}, 101: {{}}}}",
    )
    assert raised_section(operation).split("\n") == [
        "Raises:",
        "    UnexpectedStatus: 302. Elsewhere.",
        "    NotFound: 404. None. `body`: `OpAnswer404`.",
        "    APIError: 410.",
        "    ServerError: 500. `body`: `OpAnswer500`.",
    ]
