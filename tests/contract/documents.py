"""The documents, read for what their operations take and answer."""

from __future__ import annotations

import copy
import inspect
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import jsonschema
import yaml

__all__ = ["APIS", "Json", "Operation", "Spec", "Trial", "keywords", "spec_of"]

APIS = ("refonte", "relays", "rezi", "rezolve")
SPECS = Path(__file__).resolve().parents[2] / "openapi"

Json = dict[str, Any]


class Trial(NamedTuple):
    """One call to make: the method, by group and name, and its arguments by their names on the wire."""

    title: str
    operation: str
    group: str
    method: str
    parameters: Json
    body: Any


class Operation(NamedTuple):
    """What a document says of an operation; `answers` are its responses, references followed, by their status."""

    name: str
    verb: str
    path: str
    described: Json
    answers: dict[str, Json]


class Spec:
    """One document."""

    def __init__(self, api: str) -> None:
        self.path = SPECS / f"{api}.yaml"
        self.document: Json = yaml.safe_load(self.path.read_text(encoding="utf-8"))

    def operations(self) -> Iterator[Operation]:
        """Yield every operation."""
        for path, item in self.document["paths"].items():
            for verb in item.keys() & {"get", "put", "post", "delete", "patch"}:
                described = item[verb]
                answers = {str(status): self.resolved(answer) for status, answer in described["responses"].items()}
                shared = item.get("parameters", [])
                described = {**described, "parameters": [*shared, *described.get("parameters", [])]}
                yield Operation(described["operationId"], verb, path, described, answers)

    def trials(self) -> Iterator[Trial]:
        """Yield two calls of every operation: with all its parameters, and with the required ones alone."""
        for operation in self.operations():
            for everything in (True, False):
                yield self.trial(operation, everything=everything)

    def trial(self, operation: Operation, *, everything: bool) -> Trial:
        """Return a call of an operation, with the values that the document gives as examples."""
        described = operation.described
        [tag] = described["tags"]
        parameters = [self.resolved(each) for each in described["parameters"]]
        return Trial(
            f"{operation.name} with {'all' if everything else 'required'} parameters",
            operation.name,
            tag,
            operation.name.removeprefix(f"{tag}."),
            {each["name"]: each["example"] for each in parameters if everything or each.get("required")},
            self._body(described, everything=everything),
        )

    def _body(self, operation: Json, *, everything: bool) -> Any:
        content = self.resolved(operation.get("requestBody", {})).get("content", {})
        if not content:
            return None
        [(media, described)] = content.items()
        named = described.get("examples", {})
        if named:
            return named["all" if everything else "least"]["value"]
        example = described["example"]
        schema = self.resolved(described["schema"])
        if not everything and isinstance(example, dict):
            example = {name: example[name] for name in schema.get("required", [])}
        if media == "multipart/form-data":
            example = {name: value.encode() if name == "file" else value for name, value in example.items()}
        return example

    def as_plain_openapi(self) -> Json:
        """Return the document for tools that do not know `x-error-in-success`: what it says stands in the schema."""
        document = copy.deepcopy(self.document)
        answers = [*document.get("components", {}).get("responses", {}).values()]
        for item in document["paths"].values():
            for operation in item.values():
                answers += operation["responses"].values() if isinstance(operation, dict) else ()
        for answer in answers:
            described = answer.get("content", {}).get("application/json", {})
            if described and "x-error-in-success" in answer:
                described["schema"] = {"anyOf": [described["schema"], {"$ref": answer["x-error-in-success"]}]}
        return document

    def event_problems(self, event: Json, body: Any) -> list[str]:
        """Say what is wrong with the body of a callback or webhook; `event` is what the document says of it."""
        schema = self.resolved(event["requestBody"])["content"]["application/json"]["schema"]
        whole = {**copy.deepcopy(schema), "components": self.document["components"]}
        check = jsonschema.Draft202012Validator(whole, format_checker=jsonschema.FormatChecker())
        return [f"{error.json_path}: {error.message}" for error in check.iter_errors(body)]

    def resolved(self, node: Json) -> Json:
        """Follow a reference."""
        while "$ref" in node:
            reference, node = node["$ref"], self.document
            for token in reference.removeprefix("#/").split("/"):
                node = node[token]
        return node


@cache
def spec_of(api: str) -> Spec:
    """Return the document of an API; it is read once."""
    return Spec(api)


def keywords(method: Any, trial: Trial) -> Json:
    """Give the arguments the names that they have in Python, which differ in case and punctuation alone."""

    def plain(name: str) -> str:
        return re.sub(r"[\W_]", "", name).lower()

    taken = inspect.signature(method).parameters
    names = {plain(name): name for name in taken}
    arguments, whole = trial.parameters, {}
    if "body" in taken:
        whole = {} if trial.body is None else {"body": trial.body}
    else:
        arguments = arguments | (trial.body or {})
    return {names[plain(name)]: value for name, value in arguments.items()} | whole
