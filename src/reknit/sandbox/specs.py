"""The four contracts, as the sandbox holds requests and its own answers against them.

The documents of `openapi/` come with the package as JSON. Validators are made when an operation is first called.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final

import jsonschema_rs
from attrs import define, field, frozen

from .wire import Answer, Call, Json, is_array, is_object

__all__ = ["Operation", "Spec", "problems_of", "spec_of", "validator"]

_METHODS: Final = ("get", "post", "put", "patch", "delete")
_MOST_PROBLEMS: Final = 5
_BASE: Final = "json-schema:///openapi"
_HIDDEN: Final = "it"  # values are secrets as often as not: messages do not repeat them


def validator(schema: Json) -> jsonschema_rs.Validator:
    """Return a validator of a schema that stands alone."""
    return jsonschema_rs.Draft202012Validator(schema, validate_formats=True, mask=_HIDDEN)


def problems_of(check: jsonschema_rs.Validator, value: object, where: str) -> list[str]:
    """Return what is wrong with a value, one sentence each, empty when nothing is. `where` names the value in them."""
    if check.is_valid(value):
        return []
    found: list[str] = []
    for error in check.iter_errors(value):
        path = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in error.instance_path)
        found.append(f"{where}{path}: {error.message}")
        if len(found) == _MOST_PROBLEMS:
            break
    return found


@frozen
class _Parameter:
    name: str
    place: str
    required: bool
    type: str | None
    check: jsonschema_rs.Validator

    def problems(self, call: Call) -> list[str]:
        """Return what is wrong with the parameter in a call."""
        given: Mapping[str, str] = {"query": call.query, "path": call.parameters}.get(self.place, call.headers)
        text = given.get(self.name)
        where = f"{self.place} {self.name}"
        if text is None:
            return [f"{where} is required"] if self.required else []
        return problems_of(self.check, _parsed(text, self.type), where)


def _parsed(text: str, kind: str | None) -> object:
    """Return the value that a parameter's text stands for; the text itself where it is not of that type."""
    if kind == "boolean" and text in ("true", "false"):
        return text == "true"
    if kind == "integer" and re.fullmatch(r"-?[0-9]{1,4000}", text):  # Python reads no more digits than 4300
        return int(text)
    if kind == "number" and re.fullmatch(r"-?[0-9]{1,18}(\.[0-9]{1,18})?", text):
        return float(text)
    return text


@frozen
class _Said:
    """What an operation may answer with one status: a check for each media type, None for one without a schema."""

    checks: Mapping[str, jsonschema_rs.Validator | None]
    of_errors: jsonschema_rs.Validator | None


@define(eq=False)
class Operation:
    """An operation of a contract: where it lives, and what may be asked and answered."""

    name: str
    method: str
    path: str
    takes_form: bool
    _spec: Spec = field(repr=False, alias="spec")
    _described: Json = field(repr=False, alias="described")
    _shared: list[Json] = field(repr=False, alias="shared")
    _parameters: tuple[_Parameter, ...] | None = field(init=False, default=None)
    _body: jsonschema_rs.Validator | None = field(init=False, default=None)
    _body_required: bool = field(init=False, default=False)
    _answers: dict[int, _Said | None] = field(init=False, factory=dict[int, "_Said | None"])

    def request_problems(self, call: Call) -> list[str]:
        """Return what the contract forbids in a call. Raises BadBody where the body cannot be read."""
        if self._parameters is None:
            self._parameters = self._prepare()
        found: list[str] = []
        for parameter in self._parameters:
            found += parameter.problems(call)
        if self.takes_form:
            return found
        if self._body is None:
            return found
        if call.raw or call.unreadable is not None:
            found += problems_of(self._body, call.body, "body")
        elif self._body_required:
            found.append("body is required")
        return found

    def answer_problems(self, answer: Answer) -> list[str]:
        """Return what the contract forbids in an answer."""
        if answer.status not in self._answers:
            self._answers[answer.status] = self._said(answer.status)
        said = self._answers[answer.status]
        if said is None:
            return [f"{answer.status} is not answered"]
        if not answer.content:
            return []
        media_type = answer.media_type or ""
        if media_type not in said.checks and "*/*" in said.checks:
            media_type = "*/*"
        if media_type not in said.checks:
            return [f"{answer.status} is not answered with {answer.media_type}"]
        check = said.checks[media_type]
        if check is None or answer.media_type != "application/json":
            return []
        value = json.loads(answer.content)
        if said.of_errors is not None and not problems_of(said.of_errors, value, "answer"):
            return []
        return problems_of(check, value, "answer")

    def _prepare(self) -> tuple[_Parameter, ...]:
        body = self._spec.followed(self._described.get("requestBody", {}))
        content: Json = body.get("content", {})
        if "application/json" in content:
            self._body = self._spec.check(content["application/json"]["schema"])
            self._body_required = body.get("required", False)
        # What an operation says of a parameter replaces what its path says of it.
        found: dict[tuple[str, str], _Parameter] = {}
        for reference in (*self._shared, *self._described.get("parameters", ())):
            parameter = self._spec.followed(reference)
            schema: Json = parameter.get("schema", {})
            found[parameter["in"], parameter["name"]] = _Parameter(
                name=parameter["name"],
                place=parameter["in"],
                required=parameter.get("required", False),
                type=self._spec.followed(schema).get("type"),
                check=self._spec.check(schema),
            )
        return (*found.values(),)

    def _said(self, status: int) -> _Said | None:
        responses: Json = self._described["responses"]
        described = responses.get(str(status), responses.get("default"))
        if described is None:
            return None
        response = self._spec.followed(described)
        content: Json = response.get("content", {})
        checks = {
            media_type: self._spec.check(item["schema"]) if "schema" in item else None
            for media_type, item in content.items()
        }
        error = response.get("x-error-in-success")
        return _Said(checks, self._spec.check({"$ref": error}) if error else None)


class Spec:
    """One contract."""

    def __init__(self, name: str) -> None:
        self._document: Json = json.loads(files("reknit.sandbox").joinpath("specs", f"{name}.json").read_bytes())
        self._registry = jsonschema_rs.Registry([(_BASE, self._document)])
        self.operations = {operation.name: operation for operation in self._operations()}
        #: The names of the properties whose values are enumerated.
        self.enums = frozenset(_enumerated(self._document, self.followed))

    def followed(self, value: Json) -> Json:
        """Return what a reference points at, and anything else as it is."""
        while "$ref" in value:
            found: Any = self._document
            for step in value["$ref"].removeprefix("#/").split("/"):
                found = found[step.replace("~1", "/").replace("~0", "~")]
            value = found
        return value

    def check(self, schema: Json) -> jsonschema_rs.Validator:
        """Return a validator of a schema that stands in this document."""
        absolute = _absolute(schema)
        return jsonschema_rs.Draft202012Validator(
            absolute, registry=self._registry, validate_formats=True, mask=_HIDDEN
        )

    def _operations(self) -> Iterator[Operation]:
        for path, item in self._document["paths"].items():
            for method in _METHODS:
                if method in item:
                    described = item[method]
                    content = self.followed(described.get("requestBody", {})).get("content", {})
                    yield Operation(
                        name=described["operationId"],
                        method=method.upper(),
                        path=path,
                        takes_form="multipart/form-data" in content,
                        spec=self,
                        described=described,
                        shared=item.get("parameters", []),
                    )


def _absolute(schema: Any) -> Any:
    """Return a schema whose references say which document they point into."""
    if is_array(schema):
        return [_absolute(item) for item in schema]
    if not is_object(schema):
        return schema
    return {
        name: _BASE + item if name == "$ref" and isinstance(item, str) else _absolute(item)
        for name, item in schema.items()
    }


def _enumerated(value: Any, followed: Callable[[Json], Json]) -> Iterator[str]:
    if is_array(value):
        for item in value:
            yield from _enumerated(item, followed)
    elif is_object(value):
        properties = value.get("properties")
        if is_object(properties):
            yield from (name for name, item in properties.items() if is_object(item) and "enum" in followed(item))
        for item in value.values():
            yield from _enumerated(item, followed)


@cache
def spec_of(name: str) -> Spec:
    """Return the contract of an API; it is read once."""
    return Spec(name)
