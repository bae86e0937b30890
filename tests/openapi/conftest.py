"""The hand-written documents, read once each and walked the way OpenAPI nests them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

OPENAPI = Path(__file__).parents[2] / "openapi"
VERBS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")

Json = dict[str, Any]


class Call(NamedTuple):
    """An operation or an event: what it is called in messages, its parameters, and the operation object."""

    title: str
    parameters: list[Json]
    operation: Json


class Contract:
    """One document, with its references followed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.text = path.read_text(encoding="utf-8")
        self.document: Json = yaml.safe_load(self.text)
        self.operations = list(self._calls(self.document["paths"]))
        self.events = list(self._events())

    def resolve(self, node: Any) -> Any:
        """Follow a local reference until something stands there that is none."""
        while isinstance(node, dict) and "$ref" in node:
            target = self.document
            for token in node["$ref"].removeprefix("#/").split("/"):
                target = target[token]
            node = target
        return node

    def responses(self, operation: Json) -> Iterator[tuple[str, Json]]:
        for status, response in operation["responses"].items():
            yield status, self.resolve(response)

    def bodies(self) -> Iterator[tuple[str, Json]]:
        """Yield every media type object of every request, answer and event, with words that say where it stands."""
        for call in [*self.operations, *self.events]:
            body = self.resolve(call.operation.get("requestBody", {}))
            for media, content in body.get("content", {}).items():
                yield f"{call.title} request {media}", content
            for status, response in self.responses(call.operation):
                for media, content in response.get("content", {}).items():
                    yield f"{call.title} {status} {media}", content

    def parameters(self) -> Iterator[tuple[str, Json]]:
        """Yield every parameter, and every header of an answer."""
        for call in [*self.operations, *self.events]:
            for parameter in call.parameters:
                yield f"{call.title} {parameter['in']} {parameter['name']}", parameter
            for status, response in self.responses(call.operation):
                for name, header in response.get("headers", {}).items():
                    yield f"{call.title} {status} header {name}", self.resolve(header)

    def schemas(self, root: Any) -> Iterator[Json]:
        """Yield a schema and every schema that it reaches, each once."""
        seen: set[int] = set()
        pending = [root]
        while pending:
            schema = self.resolve(pending.pop())
            if not isinstance(schema, dict) or id(schema) in seen:
                continue
            seen.add(id(schema))
            yield schema
            pending += schema.get("properties", {}).values()
            pending += [schema.get("items"), schema.get("additionalProperties")]
            for keyword in ("allOf", "anyOf", "oneOf"):
                pending += schema.get(keyword, [])

    def _calls(self, paths: Json) -> Iterator[Call]:
        for path, item in paths.items():
            for verb in VERBS:
                if verb in item:
                    parameters = [*item.get("parameters", []), *item[verb].get("parameters", [])]
                    yield Call(f"{verb.upper()} {path}", [self.resolve(each) for each in parameters], item[verb])

    def _events(self) -> Iterator[Call]:
        hooks = {f"webhook {name}": item for name, item in self.document.get("webhooks", {}).items()}
        for call in self.operations:
            for name, callback in call.operation.get("callbacks", {}).items():
                [hooks[f"callback {name}"]] = self.resolve(callback).values()
        for title, item in hooks.items():
            for event in self._calls({title: item}):
                yield event._replace(title=title)


@cache
def _contract(api: str) -> Contract:
    return Contract(OPENAPI / f"{api}.yaml")


@pytest.fixture(params=["rezi", "rezolve", "refonte", "relays"])
def contract(request: pytest.FixtureRequest) -> Contract:
    """Each of the four documents in turn."""
    return _contract(request.param)


@pytest.fixture
def contracts() -> dict[str, Contract]:
    """All four documents, by the name of their API."""
    return {api: _contract(api) for api in ("rezi", "rezolve", "refonte", "relays")}
