"""Parameters keep their place, style and wire name, and get keywords that Python can have."""

# ruff: noqa: E501 - a small document in one line is easier to compare with the next one

from __future__ import annotations

from collections.abc import Callable

import pytest

from codegen import ir
from codegen.hints import hint

from .conftest import Built

Build = Callable[..., Built]


def call(
    built: Build, parameters: str, path: str = "/a", more: str = "", openapi: str = "3.1.0"
) -> tuple[ir.Operation, Built]:
    result = built(
        f"paths: {{'{path}': {{get: {{operationId: op, parameters: {parameters}, {more} responses: {{}}}}}}}}", openapi
    )
    return next(result.document.operations), result


def test_parameters_are_named_and_typed(built: Build) -> None:
    operation, _ = call(
        built,
        """[
          {name: userID, in: query, required: true, description: The user., schema: {type: integer}},
          {name: X-Trace, in: header, deprecated: true, schema: {type: string, x-secret: true}},
          {name: token, in: cookie, x-secret: true, schema: {type: string}},
          {name: state, in: query, schema: {type: string, enum: [a, b], description: Said of the schema.}},
          {name: untyped, in: query},
        ]""",
    )
    assert [(p.name, p.wire, p.place, hint(p.type), p.required, p.secret) for p in operation.parameters] == [
        ("user_id", "userID", "query", "int", True, False),
        ("x_trace", "X-Trace", "header", "str", False, True),
        ("token", "token", "cookie", "str", False, True),
        ("state", "state", "query", "OpState", False, False),
        ("untyped", "untyped", "query", "str", False, False),
    ]
    assert [p.doc for p in operation.parameters] == ["The user.", "", "", "Said of the schema.", ""]
    assert operation.parameters[1].deprecated
    assert operation.secrets == ("X-Trace", "token")


def test_what_a_parameter_is_when_left_out_is_said(built: Build) -> None:
    operation, _ = call(
        built,
        """[
          {name: limit, in: query, description: How many., schema: {type: integer, default: 20}},
          {name: sort, in: query, description: By default the newest., schema: {type: string, default: new}},
        ]""",
    )
    assert [p.doc for p in operation.parameters] == ["How many.\n\nDefault: `20`.", "By default the newest."]


def test_path_parameters_come_in_the_order_of_the_path(built: Build) -> None:
    operation, result = call(
        built,
        "[{name: q, in: query}, {name: b, in: path, required: true, schema: {type: integer}}, {name: ghost, in: path}]",
        "/x/{a}/{b}/{a}",
    )
    assert [(p.name, p.place, p.required) for p in operation.parameters] == [
        ("a", "path", True), ("b", "path", True), ("q", "query", False),
    ]  # fmt: skip
    assert [finding.why for finding in result.report] == [
        "{a} in the path is not described: it is taken to be text",
        "the path /x/{a}/{b}/{a} has no {ghost}",
    ]
    assert not result.report.incomplete


def test_the_operation_overrides_its_path(built: Build) -> None:
    operation = next(
        built(
            """
            paths:
              /a:
                parameters: [{$ref: '#/components/parameters/limit'}, {name: x, in: query}]
                get: {parameters: [{name: limit, in: query, schema: {type: integer}}], responses: {}}
            components: {parameters: {limit: {name: limit, in: query, schema: {type: string}}}}
            """
        ).document.operations
    )
    assert [(p.name, hint(p.type)) for p in operation.parameters] == [("limit", "int"), ("x", "str")]


def test_one_name_in_two_places_is_two_keywords(built: Build) -> None:
    operation, _ = call(
        built,
        "[{name: id, in: path, required: true}, {name: id, in: query}, {name: ID, in: query}, {name: id, in: header}, "
        "{name: options, in: query}, {name: self, in: query}, {name: in, in: query}, {name: in, in: header}]",
        "/x/{id}",
    )
    assert [p.name for p in operation.parameters] == [
        "id", "id_query", "id_query_2", "id_header", "options_query", "self_query", "in_", "in_header",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("place", "said", "style"),
    [
        ("query", "", None),
        ("query", "style: form,", None),
        ("query", "style: form, explode: true,", None),
        ("query", "explode: false,", ("form", False)),
        ("query", "style: spaceDelimited,", ("spaceDelimited", False)),
        ("query", "style: pipeDelimited, explode: true,", ("pipeDelimited", True)),
        ("query", "style: deepObject,", ("deepObject", True)),
        ("path", "", None),
        ("path", "style: label,", ("label", False)),
        ("path", "style: matrix, explode: true,", ("matrix", True)),
        ("path", "style: simple, explode: true,", ("simple", True)),
        ("header", "", None),
        ("header", "explode: true,", ("simple", True)),
        ("cookie", "explode: false,", ("form", False)),
        ("query", "content: {application/json: {schema: {type: object}}},", ("json", False)),
        ("query", "content: {text/plain: {}},", None),
    ],
)
def test_a_style_is_data_where_it_is_not_the_places_own(
    built: Build, place: str, said: str, style: tuple[str, bool] | None
) -> None:
    operation, _ = call(
        built, f"[{{name: p, in: {place}, {said} required: true}}]", "/x/{p}" if place == "path" else "/x"
    )
    assert operation.parameters[0].style == style


@pytest.mark.parametrize(
    ("place", "said", "note", "style"),
    [
        ("query", "style: matrix", "'matrix' is no style of a query parameter: it is written as any other", None),
        ("query", "style: simple, explode: false", "'simple' is no style of a query parameter", ("form", False)),
        ("path", "style: form", "'form' is no style of a path parameter", None),
        ("path", "style: form, explode: true", "'form' is no style of a path parameter", ("simple", True)),
        ("header", "style: bold", "'bold' is no style of a header parameter", None),
        ("cookie", "style: deepObject", "'deepObject' is no style of a cookie parameter", None),
        ("query", "schema: {type: array, items: {type: array}}", "'p' nests arrays or objects: what is inside", None),
        ("query", "style: deepObject, schema: {$ref: '#/components/schemas/Tree'}", "", ("deepObject", True)),
        ("header", "schema: {oneOf: [{type: integer}, {type: object, additionalProperties: {type: array}}]}", "'p' nests", None),
    ],
)  # fmt: skip
def test_what_has_no_convention_is_written_as_near_to_one_as_can_be(
    built: Build, place: str, said: str, note: str, style: ir.Style | None
) -> None:
    tree = "components: {schemas: {Tree: {type: object, properties: {left: {$ref: '#/components/schemas/Tree'}}}}}"
    path = "/x/{p}" if place == "path" else "/x"
    result = built(
        f"paths: {{'{path}': {{get: {{parameters: [{{name: p, in: {place}, required: true, {said}}}], responses: {{}}}}}}}}\n{tree}"
    )
    assert [finding.severity for finding in result.report] == (["note"] if note else [])
    assert all(note in finding.why for finding in result.report)
    assert next(result.document.operations).parameters[0].style == style


@pytest.mark.parametrize(
    ("content", "type_", "style", "notes"),
    [
        ("application/json: {}", "Any", ("json", False), 0),
        (
            "application/json: {schema: {type: array, items: {type: object}}}",
            "list[dict[str, Any]]",
            ("json", False),
            0,
        ),
        ("application/vnd.x+json: {schema: {type: integer}}", "int", ("json", False), 0),
        ("text/plain: {schema: {type: integer}}", "int", None, 0),
        ("text/plain: {}", "str", None, 0),
        ("application/xml: {schema: {type: object, properties: {a: {}}}}", "str", None, 1),
        ("application/pdf: {schema: {type: array}}", "str", None, 1),
    ],
)
def test_a_parameter_with_a_media_type_is_json_or_text(
    built: Build, content: str, type_: str, style: ir.Style | None, notes: int
) -> None:
    operation, result = call(built, f"[{{name: p, in: query, content: {{{content}}}}}]")
    (parameter,) = operation.parameters
    assert (hint(parameter.type), parameter.style) == (type_, style)
    assert [finding.severity for finding in result.report] == ["note"] * notes


def test_what_means_something_in_a_url_may_go_as_it_is_in_a_query(built: Build) -> None:
    operation, _ = call(
        built,
        "[{name: p, in: query, allowReserved: true}, {name: q, in: path, allowReserved: true}, {name: r, in: query}]",
        "/x/{q}",
    )
    assert [(p.wire, p.reserved) for p in operation.parameters] == [("q", False), ("p", True), ("r", False)]


@pytest.mark.parametrize(
    ("schema", "type_"),
    [
        ("{type: boolean}", "bool | Literal['']"),
        ("{type: [integer, array], items: {type: integer}}", "list[int] | int | Literal['']"),
        ("{type: string}", "str"),
        ("{type: string, enum: [a]}", "OpP"),
        ("{}", "Any"),
    ],
)
def test_a_value_may_be_empty_where_that_is_said(built: Build, schema: str, type_: str) -> None:
    operation, _ = call(built, f"[{{name: p, in: query, allowEmptyValue: true, schema: {schema}}}]")
    assert hint(operation.parameters[0].type) == type_


def test_a_cookie_may_have_more_names_than_a_header(built: Build) -> None:
    operation, result = call(built, "[{name: 'a[b]', in: cookie}, {name: 'a:b', in: cookie, required: true}]")
    assert [(p.name, p.wire) for p in operation.parameters] == [("a_b", "a[b]"), ("a_b_cookie", "a:b")]
    assert not list(result.report)


def test_json_may_nest_as_it_likes_and_a_plain_object_may_be_a_parameter(built: Build) -> None:
    tree = "{type: object, properties: {a: {type: array, items: {type: object}}}}"
    flat = "{type: object, properties: {a: {type: string}, b: {enum: [x, y]}}, additionalProperties: {type: integer}}"
    _, result = call(
        built,
        f"[{{name: p, in: query, content: {{application/json: {{schema: {tree}}}}}}}, {{name: q, in: query, schema: {flat}}}]",
    )
    assert not result.report.incomplete


def test_headers_that_frame_a_request_are_no_parameters(built: Build) -> None:
    operation, result = call(
        built,
        "[{name: Accept, in: header}, {name: content-type, in: header}, {name: Authorization, in: header}, {name: Host, in: header}]",
    )
    assert operation.parameters == ()
    assert [finding.why for finding in result.report] == ["the client writes Host itself: it is no parameter"]


@pytest.mark.parametrize("place", ["header", "cookie"])
@pytest.mark.parametrize(("required", "severity"), [("false", "note"), ("true", "error")])
def test_a_name_that_cannot_be_sent_is_left_out_aloud(built: Build, place: str, required: str, severity: str) -> None:
    operation, result = call(built, f"[{{name: 'a b', in: {place}, required: {required}}}]")
    assert operation.parameters == ()
    (finding,) = result.report
    assert (finding.severity, finding.why) == (severity, f"'a b' is no name that a {place} can have: it is left out")


def test_a_fragment_of_a_path_is_not_sent(built: Build) -> None:
    operation, result = call(built, "[]", "/a#b{c}")
    assert (operation.path, operation.parameters) == ("/a", ())
    assert [str(finding) for finding in result.report][:1] == [
        "note: spec.yaml#/paths/~1a#b{c}: a fragment is not sent: the path ends before it"
    ]


@pytest.mark.parametrize("path", ["/a/{}", "/a/{b", "/a/b}"])
def test_a_brace_that_names_no_parameter_is_an_error(built: Build, path: str) -> None:
    _, result = call(built, "[]", path)
    assert "a brace in the path names no parameter" in str(result.report.of("error")[0])


def test_a_parameter_that_is_nowhere_is_an_error(built: Build) -> None:
    _, result = call(built, "[{name: p, in: body}]")
    assert (
        str(result.report.of("error")[0])
        == "error: spec.yaml#/paths/~1a/get/parameters/0: a parameter cannot be in 'body'"
    )


@pytest.mark.parametrize(
    ("place", "parameters", "name", "doc"),
    [
        ("header", "[{name: idempotency-key, in: header, description: The key.}, {name: x, in: query}]", "idempotency_key", "The key."),
        ("header", "[{name: x, in: query}]", "idempotency_key", ""),
        ("query", "[{name: x, in: query}, {name: Idempotency-Key, in: query}]", "idempotency_key", ""),
        ("header", "[{name: x, in: query}, {name: idempotency_key, in: query}]", "idempotency_key_key", ""),
    ],
)  # fmt: skip
def test_an_idempotency_key_is_a_keyword_of_its_own(
    built: Build, place: str, parameters: str, name: str, doc: str
) -> None:
    said = f"x-idempotency-key: {{in: {place}, name: Idempotency-Key, generate: true}},"
    operation, _ = call(built, parameters, more=said)
    assert operation.key == ir.Key(place, "Idempotency-Key", name, generate=True, doc=doc)  # type: ignore[arg-type]
    assert not any(p.place == place and p.wire.lower() == "idempotency-key" for p in operation.parameters)


def test_an_idempotency_key_without_a_place_is_an_error(built: Build) -> None:
    operation, result = call(built, "[]", more="x-idempotency-key: {in: path, name: k},")
    assert operation.key is None
    assert "needs `in` (body, header or query) and `name`" in str(result.report.of("error")[0])
