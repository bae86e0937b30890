"""What a method's signature, call and docstring say beyond what the golden packages show."""

# ruff: noqa: E501 - a small document in one line is easier to compare with the next one

from __future__ import annotations

from collections.abc import Callable

import pytest

from codegen.events import events_module
from codegen.format import formatted
from codegen.operations import operations_module

from .conftest import Built


def module(built: Built) -> str:
    return formatted({"operations.py": operations_module(built.document, "command")})["operations.py"]


def method(built: Built, name: str = "op") -> str:
    text = module(built)
    start = text.index(f" def {name}(")
    return text[start : text.index("\nclass ", start)]


def spec(content: str, path: str = "/a", verb: str = "post") -> str:
    return f"paths: {{'{path}': {{{verb}: {{operationId: op, {content}}}}}}}"


@pytest.mark.parametrize(
    ("responses", "result"),
    [
        ("{}", "None"),
        ("{204: {description: done}}", "None"),
        ("{200: {content: {application/json: {schema: {type: integer}}}}, 204: {}}", "int | None"),
        ("{200: {content: {application/json: {schema: {type: [integer, 'null']}}}}, 204: {}}", "int | None"),
        ("{200: {content: {application/json: {schema: {anyOf: [{type: integer}, {type: string}]}}, text/plain: {}}}}", "int | str"),
        ("{200: {content: {application/json: {}, text/plain: {}}}}", "Any"),
        ("{200: {content: {application/pdf: {}}}, 404: {content: {application/json: {}}}}", "bytes"),
        ("{2XX: {content: {application/json: {schema: {type: array, items: {type: string}}}}}}", "list[str]"),
        ("{default: {content: {application/json: {schema: {type: boolean}}}}}", "bool"),
        ("{default: {content: {application/json: {schema: {type: boolean}}}}, 200: {}}", "None"),
        ("{301: {description: elsewhere}}", "None"),
        ("{200: {content: {text/event-stream: {}, application/json: {schema: {type: integer}}}}}", "int"),
    ],
)  # fmt: skip
def test_the_result_is_the_union_of_what_success_gives(
    built: Callable[..., Built], responses: str, result: str
) -> None:
    text = module(built(spec(f"responses: {responses}")))
    assert f"DEFAULT_OP: Final[Operation[{result}]] = Operation(" in text
    assert f"-> {result}:" in text
    assert f"-> Response[{result}]:" in text
    compile(text, "operations.py", "exec")


@pytest.mark.parametrize(
    ("body", "call"),
    [
        ("{required: true, content: {application/json: {schema: {type: string}}}}", "body=body"),
        ("{content: {application/json: {schema: {type: string}}}}", "body=UNSET if body is None else body"),
        ("{content: {application/json: {schema: {type: [string, 'null']}}}}", "body=body"),
        ("{content: {application/json: {schema: {type: object, properties: {a: {type: string}}}}}}", 'body=present({"a": a})'),
        ("{content: {application/json: {schema: {type: object, properties: {a: {type: [string, 'null']}}}}}}", 'body=given({"a": a})'),
        ("{content: {application/json: {schema: {type: object, properties: {a: {readOnly: true}}}}}}", "body={}"),
        ("{required: true, content: {application/json: {schema: {type: object, required: [a], properties: {a: {type: string}, b: {type: string}}, additionalProperties: {type: string}}}}}",
         'body={**(additional_properties or {}), "a": a, **present({"b": b})}'),
    ],
)  # fmt: skip
def test_a_body_is_made_of_what_is_given(built: Callable[..., Built], body: str, call: str) -> None:
    text = method(built(spec(f"requestBody: {body}, responses: {{}}")))
    assert call in " ".join(text.split())


def test_a_path_names_its_parameters_as_often_as_it_needs_them(built: Callable[..., Built]) -> None:
    text = method(built(spec("responses: {}", "/x/{b}/{a}/{b}")))
    assert "self, b: str, a: str, *, options" in text
    assert "path=(b, a, b)" in text


def test_a_parameter_that_may_be_anything_is_left_out_when_it_is_none(built: Callable[..., Built]) -> None:
    text = method(built(spec("parameters: [{name: q, in: query, schema: {}}], responses: {}")))
    assert "q: Any = None" in text
    assert 'query=present({"q": q})' in text


def test_errors_are_named_as_the_classes_that_are_raised(built: Callable[..., Built]) -> None:
    text = method(
        built(
            spec(
                "responses: {200: {}, 400: {description: Bad}, 401: {}, 402: {}, 403: {}, 404: {}, 409: {}, 410: {description: Gone.},"
                " 422: {description: Wrong.}, 429: {}, 500: {description: Broken.}, 5XX: {description: Worse.}, default: {description: Else.}}"
            )
        )
    )
    raised = text[text.index("Raises:") :]
    assert [line.strip() for line in raised.split("\n")[1:11]] == [
        "InvalidRequest: 400. Bad. 422. Wrong.",
        "Unauthorized: 401.",
        "PaymentRequired: 402.",
        "Forbidden: 403.",
        "NotFound: 404.",
        "Conflict: 409.",
        "APIError: 410. Gone. Else.",
        "RateLimited: 429.",
        "ServerError: 500. Broken. 5XX. Worse.",
        '"""',
    ]


@pytest.mark.parametrize(
    ("said", "first"),
    [
        ("summary: List them", '"""List them."""'),
        ("summary: ''", '"""Call `POST /a`."""'),
        ("description: 'First paragraph\n\n\n    second.'", '"""First paragraph."""'),
        (f"summary: {'long ' * 30}", '"""Call `POST /a`.'),
    ],
)
def test_the_docstring_begins_with_one_short_sentence(built: Callable[..., Built], said: str, first: str) -> None:
    assert method(built(spec(f"{said}, responses: {{}}"))).split("\n")[1].strip().startswith(first)


def test_deprecated_parameters_and_uncertain_operations_say_so(built: Callable[..., Built]) -> None:
    text = method(
        built(
            spec(
                "deprecated: true, x-uncertain: Nobody knows, responses: {},"
                " parameters: [{name: q, in: query, deprecated: true, description: The q.}]"
            )
        )
    )
    assert "        Deprecated.\n" in text
    assert "        Uncertain: Nobody knows.\n" in text
    assert "            q: Deprecated. The q.\n" in text


def test_a_constant_property_has_its_value(built: Callable[..., Built]) -> None:
    schema = "{type: object, required: [kind, n], properties: {kind: {const: cat}, n: {type: integer}}}"
    text = method(
        built(
            spec(
                f"requestBody: {{required: true, content: {{application/json: {{schema: {schema}}}}}}}, responses: {{}}"
            )
        )
    )
    assert 'n: int, kind: Literal["cat"] = "cat"' in text
    assert 'body={"n": n, "kind": kind}' in text


def test_events_without_payload_or_text(built: Callable[..., Built]) -> None:
    text = events_module(built("webhooks: {a: {post: {}}}").document, "command")
    assert 'A: Final[Event[Any]] = Event(name=\'a\', payload=lambda: Any)\n"""The event `a`."""' in text
    assert "EVENTS: Final[tuple[Event[Any], ...]] = (A,)" in text
