"""The documents are valid OpenAPI 3.1, mean the same to every YAML reader, and describe each call in full."""

from __future__ import annotations

import json

import pytest
import yaml
from openapi_spec_validator import OpenAPIV31SpecValidator

from codegen.load import load


def test_is_valid_openapi_3_1(contract) -> None:
    assert contract.document["openapi"].startswith("3.1.")
    assert [error.message for error in OpenAPIV31SpecValidator(contract.document).iter_errors()] == []


def test_yaml_1_1_and_yaml_1_2_read_the_same(contract) -> None:
    """A date, a `no` or a `012` without quotes would be a string to one of them and something else to the other."""
    assert yaml.safe_load(contract.text) == load(contract.path).value


def test_every_key_is_a_string_and_stands_once(contract) -> None:
    problems = []
    pending = [yaml.compose(contract.text, yaml.SafeLoader)]
    while pending:
        node = pending.pop()
        if isinstance(node, yaml.SequenceNode):
            pending += node.value
        elif isinstance(node, yaml.MappingNode):
            keys = [key for key, _ in node.value]
            problems += [f"{key.start_mark.line + 1}: {key.value}" for key in keys if not key.tag.endswith(":str")]
            problems += [f"{key.start_mark.line + 1}: {key.value}, twice" for key in _repeated(keys)]
            pending += [value for _, value in node.value]
    assert problems == []


def _repeated(keys):
    names = [key.value for key in keys]
    return [key for index, key in enumerate(keys) if key.value in names[:index]]


def test_values_are_json(contract) -> None:
    json.dumps(contract.document, allow_nan=False)


def test_every_operation_says_what_the_generator_and_its_reader_need(contract) -> None:
    problems = []
    tags = {tag["name"] for tag in contract.document["tags"]}
    for title, _, operation in contract.operations:
        [tag] = operation["tags"]
        group, _, method = operation["operationId"].partition(".")
        checks = {
            "a tag that the document describes": tag in tags,
            "an operationId of the form <tag>.<method>": group == tag and method.isidentifier(),
            "a summary of one sentence": operation.get("summary", "").endswith("."),
            "its page": "x-source" in operation or "externalDocs" in operation,
            "an answer of success": any(status.startswith("2") for status in operation["responses"]),
            "its errors": any(status[0] in "45d" for status in operation["responses"]),
        }
        problems += [f"{title} lacks {what}" for what, is_there in checks.items() if not is_there]
    assert problems == []


def test_every_event_says_what_its_reader_needs(contract) -> None:
    for title, _, operation in contract.events:
        assert operation["summary"].endswith("."), title
        assert "x-source" in operation, title
        assert operation["security"] == [], f"{title}: the API does not send the caller's own credentials"
        assert operation["requestBody"]["required"] is True, title


def test_operation_ids_are_unique(contract) -> None:
    ids = [call.operation["operationId"] for call in contract.operations]
    assert sorted(set(ids)) == sorted(ids)


def test_every_tag_and_the_document_name_their_page(contract) -> None:
    for described in (contract.document, *contract.document["tags"]):
        assert described["externalDocs"]["url"].startswith("https://")


def test_every_tag_is_used(contract) -> None:
    used = {tag for call in contract.operations for tag in call.operation["tags"]}
    assert used == {tag["name"] for tag in contract.document["tags"]}


@pytest.mark.parametrize("name", ["accept", "content-type", "authorization"])
def test_what_the_client_sends_by_itself_is_no_parameter(contract, name: str) -> None:
    assert [title for title, each in contract.parameters() if each.get("name", "").lower() == name] == []


def test_every_path_parameter_is_declared_and_described(contract) -> None:
    for title, parameters, _ in contract.operations:
        in_path = {each["name"] for each in parameters if each["in"] == "path"}
        assert in_path == {part.split("}")[0] for part in title.split("{")[1:]}, title
    assert [title for title, each in contract.parameters() if not each.get("description")] == []


def test_every_component_is_used(contract) -> None:
    text = json.dumps(contract.document)
    unused = [
        pointer
        for kind, components in contract.document["components"].items()
        for name in components
        if kind != "securitySchemes" and f'"{(pointer := f"#/components/{kind}/{name}")}"' not in text
    ]
    assert unused == []


def test_answers_are_open(contract) -> None:
    """A property that a vendor adds tomorrow is no reason to refuse an answer, nor is a new value of an enum."""
    for title, content in contract.bodies():
        for schema in contract.schemas(content["schema"]):
            assert schema.get("additionalProperties") is not False, title
            assert "const" not in schema, title


def test_nothing_uncertain_is_required_in_an_answer(contract) -> None:
    problems = []
    for title, content in contract.bodies():
        if " request " in title and not title.startswith(("webhook", "callback")):
            continue
        for schema in contract.schemas(content["schema"]):
            properties = schema.get("properties", {})
            doubtful = [name for name in schema.get("required", []) if "x-uncertain" in properties.get(name, {})]
            if doubtful or ("x-uncertain" in schema and schema.get("required")):
                problems.append(f"{title}: {doubtful or schema['required']}")
    assert problems == []
