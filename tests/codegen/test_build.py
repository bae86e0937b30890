"""Operations, their groups, names, safety and events come out as the document says."""

# ruff: noqa: E501 - a small document in one line is easier to compare with the next one

from __future__ import annotations

from collections.abc import Callable

import pytest

from codegen import ir
from codegen.build import build
from codegen.hints import hint
from codegen.load import Source
from codegen.report import Refusal, Report

from .conftest import Built

Build = Callable[..., Built]
OK = "responses: {'200': {description: ok}}"


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ("[1]", "spec.yaml: is not an OpenAPI document: it is not an object"),
        ("a: 1", "it has no `openapi`"),
        ("swagger: '2.0'", "Swagger 2.0: convert it"),
        ("openapi: 2.5.0", "spec.yaml#/openapi: version 2.5.0 is neither 3.0 nor 3.1"),
        ("openapi: 3.2.0", "neither 3.0 nor 3.1"),
    ],
)
def test_what_is_no_openapi_document_is_refused(write: Callable[..., Source], document: str, message: str) -> None:
    with pytest.raises(Refusal) as caught:
        build(write(document), Report())
    assert message in str(caught.value)


def test_a_document_may_have_next_to_nothing(built: Build) -> None:
    document = built("webhooks: {}").document
    assert (document.title, document.groups, document.definitions, document.events) == ("Test", (), (), ())


def test_operations_are_grouped_by_their_first_tag_in_the_order_of_the_tags(built: Build) -> None:
    document = built(
        f"""
        externalDocs: {{url: https://docs}}
        tags: [{{name: second}}, {{name: first tag, description: D., externalDocs: {{url: https://docs/first}}}}, {{name: unused}}]
        paths:
          /a: {{get: {{tags: [first tag, second], operationId: a, {OK}}}}}
          /b: {{get: {{tags: [second], operationId: b, {OK}}}, post: {{operationId: c, {OK}}}}}
          /c: {{get: {{tags: [new], operationId: d, {OK}}}}}
          x-other: {{}}
        """
    ).document
    assert [(g.name, g.class_name, g.twin_name, [o.method for o in g.operations]) for g in document.groups] == [
        ("second", "Second", "SecondWithResponse", ["b"]),
        ("first_tag", "FirstTag", "FirstTagWithResponse", ["a"]),
        ("default", "Default", "DefaultWithResponse", ["c"]),
        ("new", "New", "NewWithResponse", ["d"]),
    ]
    assert document.groups[1].doc == "D."
    assert [group.source for group in document.groups] == [
        "https://docs",
        "https://docs/first",
        "https://docs",
        "https://docs",
    ]


@pytest.mark.parametrize(
    ("tag", "operation_id", "method", "constant"),
    [
        ("tools", "tools.execute", "execute", "TOOLS_EXECUTE"),
        ("tools", "tools/send-callback", "send_callback", "TOOLS_SEND_CALLBACK"),
        ("Tools", "tools_list", "list", "TOOLS_LIST"),
        ("tools", "toolsList", "tools_list", "TOOLS_TOOLS_LIST"),
        ("tools", "listTools", "list_tools", "TOOLS_LIST_TOOLS"),
        ("tools", "", "get_tools_id", "TOOLS_GET_TOOLS_ID"),
        ("tools", "tools.with_response", "with_response_", "TOOLS_WITH_RESPONSE"),
        ("pages", "pages.import", "import_", "PAGES_IMPORT"),
    ],
)
def test_methods_are_named_after_the_operation_id(
    built: Build, tag: str, operation_id: str, method: str, constant: str
) -> None:
    operation = next(built(
        f"paths: {{'/tools/{{id}}': {{get: {{tags: [{tag}], operationId: '{operation_id}', {OK}}}}}}}"
    ).document.operations)  # fmt: skip
    assert (operation.method, operation.constant) == (method, constant)


def test_names_that_the_module_needs_are_not_taken(built: Build) -> None:
    document = built(
        f"paths: {{/a: {{get: {{tags: [Pages], operationId: a, {OK}}}, put: {{tags: [close], {OK}}}}}}}"
    ).document
    assert [(group.name, group.class_name) for group in document.groups] == [
        ("pages", "PagesGroup"),
        ("close_", "Close"),
    ]


def test_methods_with_one_name_are_numbered(built: Build) -> None:
    operations = built(
        f"paths: {{/a: {{get: {{operationId: x, {OK}}}, put: {{operationId: X, {OK}}}, post: {{operationId: x, {OK}}}}}}}"
    ).document.operations
    assert [operation.method for operation in operations] == ["x", "x_", "x_2"]


def test_safety_follows_the_verb_unless_it_is_said(built: Build) -> None:
    document = built(
        f"""
        paths:
          /a:
            get: {{{OK}}}
            put: {{x-safety: unsafe, {OK}}}
            post: {{{OK}}}
            delete: {{{OK}}}
            patch: {{x-safety: idempotent, {OK}}}
            options: {{{OK}}}
            head: {{{OK}}}
            trace: {{{OK}}}
        """
    ).document
    assert {operation.verb: operation.safety for operation in document.operations} == {
        "GET": "idempotent", "PUT": "unsafe", "POST": "unsafe", "DELETE": "idempotent", "PATCH": "idempotent",
        "OPTIONS": "idempotent", "HEAD": "idempotent", "TRACE": "idempotent",
    }  # fmt: skip


def test_what_is_said_of_an_operation_is_kept(built: Build) -> None:
    operation = next(
        built(
            f"""
            paths:
              /a:
                $ref: '#/components/pathItems/a'
            components:
              pathItems:
                a:
                  servers: [{{url: 'https://{{r}}.other', variables: {{r: {{default: eu}}}}}}]
                  delete:
                    summary: S
                    description: D
                    deprecated: true
                    x-uncertain: Perhaps.
                    x-source: https://page
                    x-repeat-success: [404, 410]
                    security: [{{a: []}}, {{b: [], c: []}}, {{}}]
                    {OK}
            """
        ).document.operations
    )
    assert (operation.summary, operation.description, operation.deprecated) == ("S", "D", True)
    assert (operation.uncertain, operation.source, operation.repeat_success) == ("Perhaps.", "https://page", (404, 410))
    assert operation.server == "https://{r}.other"
    assert operation.servers == (ir.Server("https://{r}.other", "", (ir.ServerVariable("r", "eu"),)),)
    assert operation.security == (("a",), ("b", "c"), ())
    assert operation.title == "DELETE /a"


def test_nothing_is_dropped_silently(built: Build) -> None:
    report = built(
        f"paths: {{a: {{get: {{{OK}}}}}, /b: {{query: {{{OK}}}, summary: B, x-c: {{{OK}}}, get: {{operationId: i, {OK}}}}}, /c: {{put: {{operationId: i, {OK}}}}}}}"
    ).report
    assert [str(finding) for finding in report] == [
        "note: spec.yaml#/paths/a: a path begins with a slash: it is taken to have one",
        "error: spec.yaml#/paths/~1b/query: 'query' is no method of OpenAPI 3.1",
        "note: spec.yaml#/paths/~1c/put: operationId 'i' was used before, at spec.yaml#/paths/~1b/get",
    ]


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("paths: []", "error: spec.yaml#/paths: must be an object, of paths and what they can do"),
        ("paths: {/a: x}", "error: spec.yaml#/paths/~1a: is no path item: it must be an object"),
        ("paths: {/a: {get: [x]}}", "error: spec.yaml#/paths/~1a/get: is no operation: it must be an object"),
        ("paths: {/a: {get: }}", "note: spec.yaml#/paths/~1a/get: says nothing, and is left out"),
        ("paths: {/a: {}, /a: }", "note: spec.yaml#/paths/~1a: stands there more than once: the last one counts"),
    ],
)
def test_what_stands_where_operations_should_is_named(built: Build, text: str, finding: str) -> None:
    assert [str(finding) for finding in built(text).report] == [finding]


def test_the_digest_covers_every_file(write: Callable[..., Source]) -> None:
    spec = "openapi: 3.1.0\ncomponents: {schemas: {A: {$ref: 'other.yaml#/A'}}}\n"
    first = build(write(spec, other_yaml="A: {type: string}"), Report()).digest
    second = build(write(spec, other_yaml="A: {type: integer}"), Report()).digest
    alone = write("openapi: 3.1.0\n")
    assert first != second
    assert build(alone, Report()).digest == alone.digest


# --- events ----------------------------------------------------------------------------------------------------------


def test_webhooks_and_callbacks_are_events(built: Build) -> None:
    document = built(
        """
        paths:
          /a:
            post: &op
              responses: {'200': {description: ok}}
              callbacks: {done: {$ref: '#/components/callbacks/done'}}
            put: *op
          /b:
            post:
              responses: {'200': {description: ok}}
              callbacks:
                done: {'{$url}': {post: {summary: Another., requestBody: {content: {application/json: {schema: {type: string}}}}}}}
        webhooks:
          pet.new:
            post: {summary: A pet., description: It is new., x-uncertain: Maybe., externalDocs: {url: https://e},
                   requestBody: {content: {application/json: {schema: {type: object, properties: {a: {type: string}}}}}}}
          bare: {post: {}}
          text: {post: {requestBody: {content: {text/plain: {}}}}}
          form: {post: {requestBody: {content: {text/plain: {}, application/x-www-form-urlencoded: {schema: {type: object, properties: {a: {type: string}}}}}}}}
          bytes: {post: {requestBody: {content: {image/png: {}}}}}
        components:
          callbacks:
            done:
              '{$request.body#/url}':
                post: {requestBody: {content: {application/json: {schema: {type: integer}}}}}
              x-note: {}
        """
    ).document
    assert [(event.name, event.constant, hint(event.type)) for event in document.events] == [
        ("pet.new", "PET_NEW", "PetNewPayload"),
        ("bare", "BARE", "Any"),
        ("text", "TEXT", "str"),
        ("form", "FORM", "FormPayload"),
        ("bytes", "BYTES", "Any"),
        ("done", "DONE", "int"),
        ("done_2", "DONE_2", "str"),
    ]
    first = document.events[0]
    assert (first.doc, first.uncertain, first.source) == ("A pet.\n\nIt is new.", "Maybe.", "https://e")


def test_definitions_that_nothing_needs_any_more_are_left_out(built: Build) -> None:
    document = built(
        """
        paths:
          /a:
            get:
              operationId: a
              responses: {'200': {description: ok, content: {application/json: {schema: {anyOf: [{enum: [a]}, {enum: [b]}]}}}}}
        components: {schemas: {Unused: {type: string}}}
        """
    ).document
    assert [definition.name for definition in document.definitions] == ["Unused", "AResult"]
