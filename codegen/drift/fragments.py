"""Reads facts from OpenAPI: a whole document, or the fragment that a page shows beside a call.

A fragment is seldom valid, so nothing is asked of it: what has another shape than expected is passed over.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from attrs import Factory, define

from codegen.drift.facts import METHODS, Collector, Facts, operation_name

_MAX_VISITS = 30_000
"""How many schemas are looked at: references can spell out far more than a document holds."""

_MAX_DEPTH = 8
CODE_FIELDS = frozenset({"code", "errorcode", "error_code"})
"""Fields whose values are an API's error codes, in lower case."""


def is_openapi(value: Any) -> bool:
    """Return whether a value has the shape of an OpenAPI document or of a piece of one."""
    return isinstance(value, dict) and (
        "openapi" in value or "swagger" in value or isinstance(value.get("paths"), dict)
    )


def of_openapi(document: Any) -> Facts:
    """Return what a document says of its calls; a dangling reference says nothing."""
    reader = _Reader(document if isinstance(document, dict) else {})
    reader.read()
    return reader.collector.facts


@define
class _Reader:
    document: dict[str, Any]
    collector: Collector = Factory(Collector)
    visits: int = 0

    def read(self) -> None:
        for path, item in _items(self.document.get("paths")):
            self._item(item, path)
        for name, item in _items(self.document.get("webhooks")):
            for operation in _operations(self._resolved(item)):
                self._body(f"WEBHOOK {name}", operation[1])
        self._security()
        if not self.document.get("paths"):
            schemas = _dict(self.document.get("components")).get("schemas") or self.document.get("definitions")
            for _, schema in _items(schemas):
                self._schema("", "", schema)

    def _item(self, item: Any, path: str) -> None:
        item = self._resolved(item)
        for method, operation in _operations(item):
            name = operation_name(method, path)
            self.collector.add(name, "operation", name)
            for parameter in [*_list(item.get("parameters")), *_list(operation.get("parameters"))]:
                self._parameter(name, self._resolved(parameter))
            self._body(name, operation)
            for status, answer in _items(operation.get("responses")):
                self._answer(name, status, self._resolved(answer))
            for event, callback in _items(operation.get("callbacks")):
                for _, inner in _items(self._resolved(callback)):
                    for _, called in _operations(self._resolved(inner)):
                        self._body(f"CALLBACK {event}", called)

    def _body(self, name: str, operation: dict[str, Any]) -> None:
        if " " in name and name.partition(" ")[0] not in METHODS:
            self.collector.add(name, "operation", name)
        body = self._resolved(operation.get("requestBody"))
        for _, content in _items(body.get("content")):
            self._schema(name, "request", content.get("schema") if isinstance(content, dict) else None)

    def _parameter(self, name: str, parameter: dict[str, Any]) -> None:
        place, wire = parameter.get("in"), parameter.get("name")
        if place == "body":
            self._schema(name, "request", parameter.get("schema"))
        if not isinstance(wire, str) or place == "body":
            return
        if place == "header":
            self.collector.add(name, "header", wire)
            return
        places = {"path": "path", "query": "query", "cookie": "cookie", "formData": "request"}
        need = "required" if parameter.get("required") is True else "optional"
        schema = self._resolved(parameter.get("schema") or parameter)
        self.collector.add(name, "field", wire, places.get(str(place), ""), self._type(schema), need)

    def _answer(self, name: str, status: str, answer: dict[str, Any]) -> None:
        self.collector.add(name, "code", status)
        for header, _ in _items(answer.get("headers")):
            self.collector.add(name, "header", header)
        place = "response" if status.startswith("2") else "error"
        for _, content in _items(answer.get("content")):
            self._schema(name, place, content.get("schema") if isinstance(content, dict) else None)
        self._schema(name, place, answer.get("schema"))

    def _security(self) -> None:
        schemes = _dict(self.document.get("components")).get("securitySchemes")
        for _, entry in _items(schemes or self.document.get("securityDefinitions")):
            scheme = self._resolved(entry)
            if scheme.get("type") == "apiKey" and scheme.get("in") == "header":
                self.collector.add("", "header", str(scheme.get("name", "")))
            elif scheme.get("type") in {"http", "basic", "oauth2", "openIdConnect"}:
                self.collector.add("", "header", "Authorization")

    def _schema(self, name: str, place: str, schema: Any) -> None:
        """Add the fields of a schema, breadth first, so that a bound cuts the deepest."""
        pending: list[tuple[Any, str, frozenset[int]]] = [(schema, "", frozenset())]
        while pending and self.visits < _MAX_VISITS:
            self.visits += 1
            value, prefix, above = pending.pop(0)
            value = self._resolved(value)
            if not value or id(value) in above or prefix.count(".") > _MAX_DEPTH:
                continue
            within = above | {id(value)}
            needed = _list(value.get("required"))
            for field, child in _items(value.get("properties")):
                inner = self._resolved(child)
                need = "required" if field in needed else "optional"
                self.collector.add(name, "field", prefix + field, place, self._type(inner), need)
                self._codes(field, inner)
                pending.append((inner, f"{prefix}{field}.", within))
            for keyword in ("allOf", "anyOf", "oneOf"):
                pending += [(part, prefix, within) for part in _list(value.get(keyword))]
            if isinstance(value.get("items"), dict):
                pending.append((value["items"], f"{prefix.removesuffix('.')}[].", within))

    def _codes(self, field: str, schema: dict[str, Any]) -> None:
        if field.lower() in CODE_FIELDS:
            for value in _list(schema.get("enum")):
                if isinstance(value, str | int):
                    self.collector.add("", "code", str(value))

    def _type(self, schema: dict[str, Any]) -> str:
        names = schema.get("type")
        kinds = [str(name) for name in names] if isinstance(names, list) else [str(names)] if names else []
        text = " or ".join(sorted(kinds)) or ("object" if "properties" in schema else "")
        if isinstance(schema.get("format"), str):
            text += f" ({schema['format']})"
        values = _list(schema.get("enum"))
        if values:
            text += ": " + ", ".join(sorted(str(value) for value in values[:50]))
        return text.strip()

    def _resolved(self, value: Any) -> dict[str, Any]:
        for _ in range(20):
            reference = value.get("$ref") if isinstance(value, dict) else None
            if not isinstance(reference, str):
                break
            value = self._target(reference)
        return value if isinstance(value, dict) else {}

    def _target(self, reference: str) -> Any:
        value: Any = self.document if reference.startswith("#/") else None
        for part in reference.removeprefix("#/").split("/")[:20]:
            token = part.replace("~1", "/").replace("~0", "~")
            value = value.get(token) if isinstance(value, dict) else None
        return value


def _operations(item: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for method in METHODS:
        operation = item.get(method.lower())
        if isinstance(operation, dict):
            yield method, operation


def _items(value: Any) -> list[tuple[str, Any]]:
    return [(str(key), entry) for key, entry in value.items()] if isinstance(value, dict) else []


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
