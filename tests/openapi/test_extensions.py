"""Extensions hold what `extensions.schema.json` says, stand only where it says, and fit what they speak of."""

from __future__ import annotations

import copy
import json

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from .conftest import OPENAPI

SCHEMA = json.loads((OPENAPI / "extensions.schema.json").read_text(encoding="utf-8"))
KNOWN = {name for name in SCHEMA["$defs"] if name.startswith("x-")}

# Everything that may take an extension, once.
ONE_OF_EACH = {
    "openapi": "3.1.0",
    "info": {"title": "One of each", "version": "1"},
    "externalDocs": {"url": "https://example.org"},
    "servers": [{"url": "https://example.org"}],
    "tags": [{"name": "things"}],
    "paths": {
        "/things": {
            "post": {
                "x-safety": "idempotent",
                "x-idempotency-key": {"in": "body", "name": "key", "generate": True, "unless": "dry_run"},
                "x-pagination": {"kind": "cursor", "items": "docs", "next": "next", "parameter": "token"},
                "x-repeat-success": [404],
                "x-source": "https://example.org/things",
                "x-uncertain": "Nobody says so.",
                "parameters": [{"name": "token", "in": "query", "x-uncertain": "Why.", "schema": {"x-secret": True}}],
                "requestBody": {
                    "x-uncertain": "Why.",
                    "content": {"application/json": {"schema": {"properties": {"key": {"x-secret": True}}}}},
                },
                "responses": {
                    "200": {
                        "description": "A thing.",
                        "x-error-in-success": "#/components/schemas/Thing",
                        "headers": {"X-Left": {"x-uncertain": "Why.", "schema": {}}},
                        "content": {"application/json": {"x-unwrap": "data", "schema": {"items": {}}}},
                    },
                },
                "callbacks": {"done": {"{$request.body#/url}": {"post": {"x-source": "https://example.org/done"}}}},
            }
        }
    },
    "webhooks": {"thing": {"post": {"x-uncertain": "Why."}}},
    "components": {"schemas": {"Thing": {"enum": ["a"], "x-open": False, "anyOf": [{}, {"allOf": [{}]}]}}},
}

# Where its objects are, what may stand there, and what they are called in a message.
POST = ("paths", "/things", "post")
PLACES = {
    (): (),
    ("info",): (),
    ("externalDocs",): (),
    ("servers", 0): (),
    ("tags", 0): (),
    ("paths",): (),
    ("paths", "/things"): (),
    POST: ("safety", "idempotency-key", "pagination", "repeat-success", "source", "uncertain"),
    (*POST, "parameters", 0): ("source", "uncertain"),
    (*POST, "parameters", 0, "schema"): ("secret", "source", "uncertain"),
    (*POST, "requestBody"): ("source", "uncertain"),
    (*POST, "requestBody", "content", "application/json"): (),
    (*POST, "requestBody", "content", "application/json", "schema"): ("secret", "source", "uncertain"),
    (*POST, "requestBody", "content", "application/json", "schema", "properties", "key"): (
        "secret",
        "source",
        "uncertain",
    ),
    (*POST, "responses"): (),
    (*POST, "responses", "200"): ("error-in-success", "source", "uncertain"),
    (*POST, "responses", "200", "headers", "X-Left"): ("source", "uncertain"),
    (*POST, "responses", "200", "content", "application/json"): ("unwrap",),
    (*POST, "responses", "200", "content", "application/json", "schema", "items"): ("secret", "source", "uncertain"),
    (*POST, "callbacks"): (),
    (*POST, "callbacks", "done"): (),
    (*POST, "callbacks", "done", "{$request.body#/url}"): (),
    (*POST, "callbacks", "done", "{$request.body#/url}", "post"): ("source", "uncertain"),
    ("webhooks",): (),
    ("webhooks", "thing"): (),
    ("webhooks", "thing", "post"): ("source", "uncertain"),
    ("components",): (),
    ("components", "schemas", "Thing"): ("secret", "open", "source", "uncertain"),
    ("components", "schemas", "Thing", "anyOf", 1, "allOf", 0): ("secret", "source", "uncertain"),
}

GOOD = {
    "x-safety": "unsafe",
    "x-idempotency-key": {"in": "header", "name": "Idempotency-Key", "generate": False},
    "x-pagination": {"kind": "offset", "items": "docs", "parameter": "offset", "size": "limit", "total": "total"},
    "x-repeat-success": [404, 410],
    "x-error-in-success": "#/components/schemas/Error",
    "x-unwrap": "data",
    "x-secret": True,
    "x-open": False,
    "x-uncertain": "No page says so.",
    "x-source": "https://example.org/page",
}


def problems(document) -> list[str]:
    validator = Draft202012Validator(SCHEMA, format_checker=Draft202012Validator.FORMAT_CHECKER)
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(document)]


def with_extension(place, name, value):
    document = copy.deepcopy(ONE_OF_EACH)
    target = document
    for token in place:
        target = target[token]
    target[name] = value
    return document


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert problems(ONE_OF_EACH) == []
    assert set(GOOD) == KNOWN


def test_the_documents_fit_the_schema(contract) -> None:
    assert problems(contract.document) == []


def test_the_documents_have_no_unknown_extension_anywhere(contract) -> None:
    """Whatever the schema of the extensions overlooks, down to the data of the examples, is still a known name."""
    found = set()
    pending = [contract.document]
    while pending:
        node = pending.pop()
        if isinstance(node, dict):
            found |= {key for key in node if key.startswith("x-")}
            pending += node.values()
        elif isinstance(node, list):
            pending += node
    assert found - KNOWN == set()


@pytest.mark.parametrize("place", PLACES, ids=lambda place: "/".join(map(str, place)) or "document")
def test_an_extension_stands_only_where_it_means_something(place) -> None:
    allowed = {f"x-{name}" for name in PLACES[place]}
    taken = {name for name, value in GOOD.items() if not problems(with_extension(place, name, value))}
    assert taken == allowed
    assert problems(with_extension(place, "x-saftey", "unsafe")) != [], "a misspelt extension must not be overlooked"


@pytest.mark.parametrize(
    ("place", "name", "value"),
    [
        (POST, "x-safety", "safe"),
        (POST, "x-idempotency-key", "idempotency_key"),
        (POST, "x-idempotency-key", {"in": "cookie", "name": "key", "generate": True}),
        (POST, "x-idempotency-key", {"in": "body", "name": "key"}),
        (POST, "x-idempotency-key", {"in": "body", "name": "key", "generate": True, "except": "dry_run"}),
        (POST, "x-pagination", {"kind": "page", "items": "docs", "parameter": "page"}),
        (POST, "x-pagination", {"kind": "cursor", "items": "docs", "parameter": "token"}),
        (POST, "x-pagination", {"kind": "offset", "items": "docs", "parameter": "offset", "next": "next"}),
        (POST, "x-repeat-success", 404),
        (POST, "x-repeat-success", ["404"]),
        (POST, "x-repeat-success", [200]),
        (POST, "x-uncertain", True),
        (POST, "x-uncertain", "no full stop"),
        (POST, "x-source", "the page on things"),
        (POST, "x-source", "http://example.org"),
        ((*POST, "responses", "200"), "x-error-in-success", "Error"),
        ((*POST, "responses", "200", "content", "application/json"), "x-unwrap", True),
        ((*POST, "parameters", 0, "schema"), "x-secret", False),
        ((*POST, "parameters", 0, "schema"), "x-secret", "yes"),
        ((*POST, "parameters", 0, "schema"), "x-open", False),
        (("components", "schemas", "Thing"), "x-open", True),
    ],
)
def test_a_value_that_means_nothing_is_refused(place, name, value) -> None:
    assert problems(with_extension(place, name, value)) != []


def test_one_of_each_is_openapi_but_for_its_brevity() -> None:
    """Its events leave their responses out, which 3.1 allows; nothing else may creep in."""
    assert [error.message for error in OpenAPIV31SpecValidator(ONE_OF_EACH).iter_errors()] == []


# --- what the extensions speak of is there ---------------------------------------------------------------------------


def properties(contract, content) -> dict:
    found: dict = {}
    for schema in contract.schemas(content["schema"]):
        found |= schema.get("properties", {})
    return found


def success(contract, operation) -> dict:
    [content] = [
        answer["content"]["application/json"]
        for status, answer in contract.responses(operation)
        if status.startswith("2")
    ]
    return content


def test_an_idempotency_key_is_something_that_the_call_can_send(contract) -> None:
    for title, parameters, operation in contract.operations:
        key = operation.get("x-idempotency-key")
        if key is None:
            continue
        content = contract.resolve(operation.get("requestBody", {})).get("content", {})
        body = properties(contract, content["application/json"]) if "application/json" in content else {}
        sent = {
            "body": body,
            "header": {each["name"] for each in parameters if each["in"] == "header"},
            "query": {each["name"] for each in parameters if each["in"] == "query"},
        }
        assert key["name"] in sent[key["in"]], title
        if "unless" in key:
            assert body[key["unless"]]["type"] == "boolean", title


def test_pagination_names_parameters_and_properties_that_exist(contract) -> None:
    for title, parameters, operation in contract.operations:
        paging = operation.get("x-pagination")
        if paging is None:
            continue
        page = contract.resolve(success(contract, operation)["schema"])["properties"]
        assert page[paging["items"]]["type"] == "array", title
        assert {paging[name] for name in ("next", "more", "total") if name in paging} <= set(page), title
        query = {each["name"] for each in parameters if each["in"] == "query"}
        assert {paging[name] for name in ("parameter", "size") if name in paging} <= query, title


def test_an_unwrapped_property_exists(contract) -> None:
    for title, content in contract.bodies():
        if "x-unwrap" in content:
            assert content["x-unwrap"] in properties(contract, content), title


def test_an_error_in_success_stands_on_a_success_and_names_a_schema(contract) -> None:
    for title, _, operation in contract.operations:
        for status, response in contract.responses(operation):
            if "x-error-in-success" in response:
                assert status.startswith("2"), title
                assert contract.resolve({"$ref": response["x-error-in-success"]})["type"] == "object", title


def test_a_repeat_that_succeeds_is_a_documented_error(contract) -> None:
    for title, _, operation in contract.operations:
        for status in operation.get("x-repeat-success", []):
            assert str(status) in operation["responses"], title
