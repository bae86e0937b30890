"""Judges a request as a server that knows nothing but the document, and compares it with what was to be sent."""

from __future__ import annotations

import fnmatch
import json
from typing import Any
from urllib.parse import quote

from attrs import evolve, field, frozen

from corpus.comparing import difference
from corpus.reading import Content, Operation, Parameter, Scheme, essence, kind_of
from corpus.schemas import Bundle, Schema
from corpus.wire import (
    ABSENT,
    Arrived,
    Json,
    Part,
    Typing,
    Unreadable,
    decoded,
    form_pairs,
    no_form,
    parts_of,
    read,
    segments,
    texts_of,
    unlike,
)

#: What stands for every key: a user and a password too.
KEY = "user:key"


@frozen
class Plan:
    """What one call is to send: values of parameters by place and name, and of the body in one of its media types."""

    operation: Operation
    parameters: dict[tuple[str, str], Any]
    content: Content | None = None
    body: Any = ABSENT
    #: Properties of the body that the client fills where the plan does not: an idempotency key, `stream`.
    filled: tuple[str, ...] = ()
    #: The names of schemas in the bundle: of a parameter under its place and name, of the body under `("body", "")`.
    schemas: dict[tuple[str, str], str] = field(factory=dict[tuple[str, str], str])


@frozen
class Request:
    """A request as it arrived."""

    verb: str
    arrived: Arrived
    content_type: str
    body: bytes = field(repr=False)


def reference(name: str | None) -> Schema:
    """Return the schema of a name of the bundle; what has no schema takes anything."""
    return True if name is None else {"$ref": f"#/components/schemas/{name}"}


@frozen
class Judge:
    """Judges by the schemas of a bundle and the security schemes of a document."""

    bundle: Bundle
    schemes: dict[str, Scheme | None] = field(factory=dict[str, "Scheme | None"])

    def complaint(self, plan: Plan, request: Request) -> str | None:
        """Return what is wrong with a request, or None."""
        operation = plan.operation
        path = _without_prefix(operation, request.arrived.path)
        if request.verb != operation.verb or path is None:
            return f"{operation.title} arrived as {request.verb} {request.arrived.path}"
        request = evolve(request, arrived=evolve(request.arrived, path=path))
        if found := self._proof(operation, request.arrived):
            return found
        try:
            for parameter in operation.parameters:
                if found := self._parameter(plan, parameter, request):
                    return f"{parameter.place} parameter {parameter.name!r}: {found}"
            found = self._body(plan, request)
        except (Unreadable, UnicodeDecodeError) as problem:
            return str(problem)
        return f"body: {found}" if found else None

    def _proof(self, operation: Operation, arrived: Arrived) -> str | None:
        """Return that no alternative of the security requirement is there whole, or None."""
        if not operation.security or any(self._is_whole(alternative, arrived) for alternative in operation.security):
            return None
        return f"security: none of {operation.security} is there"

    def _is_whole(self, alternative: tuple[str, ...], arrived: Arrived) -> bool:
        """Return whether each place of an alternative is filled; two schemes that write one header cannot both be."""
        places: dict[tuple[str, str], bool] = {}
        for scheme in map(self.schemes.get, alternative):
            if scheme is not None:
                key = scheme.place, scheme.name.lower()
                places[key] = places.get(key, False) or _is_there(scheme, arrived)
        return all(places.values())

    # --- parameters --------------------------------------------------------------------------------------------------

    def _parameter(self, plan: Plan, parameter: Parameter, request: Request) -> str | None:
        key = parameter.place, parameter.name
        expected = plan.parameters.get(key, ABSENT)
        name = plan.schemas.get(key)
        kind = "array" if isinstance(expected, list) else "object" if isinstance(expected, dict) else "scalar"
        if expected is ABSENT:
            kinds = Typing(self.bundle).kinds(reference(name))
            kind = kinds.pop() if len(kinds) == 1 else "scalar"
        known = self._open_names(plan.operation, parameter, name, expected)
        got = read(parameter, kind, request.arrived, plan.operation.path, known)
        if got is ABSENT or expected is ABSENT:
            fine = got is expected or (got == KEY and self._is_key(parameter))
            return None if fine else "was not sent" if got is ABSENT else f"was sent: {got!r}"
        if isinstance(got, Json):
            return self.bundle.complaint_of(reference(name), got.value) or difference(expected, got.value)
        typed = Typing(self.bundle).typed(got, reference(name))
        return unlike(expected, got) or self.bundle.complaint_of(reference(name), typed)

    def _is_key(self, parameter: Parameter) -> bool:
        """Return whether a document describes one of its keys as a parameter as well."""
        found = [(scheme.place, scheme.name.lower()) for scheme in self.schemes.values() if scheme]
        return (parameter.place, parameter.name.lower()) in found

    def _open_names(self, operation: Operation, parameter: Parameter, name: str | None, expected: Any) -> set[str]:
        """Return the names that the properties of a parameter have in the open: those that the document describes."""
        if name is None:
            return set()
        described = {key for part in Typing(self.bundle).every(reference(name)) for key in part.get("properties", {})}
        others = {item.name for item in operation.parameters if item.place == parameter.place and item is not parameter}
        return (described | set(expected if isinstance(expected, dict) else ())) - others

    # --- bodies ------------------------------------------------------------------------------------------------------

    def _body(self, plan: Plan, request: Request) -> str | None:
        if plan.content is None or plan.body is ABSENT:
            return f"{len(request.body)} bytes came where none were to" if request.body else None
        media = essence(plan.content.media)
        if not fnmatch.fnmatch(essence(request.content_type), media):
            return f"is {request.content_type!r}, not {plan.content.media!r}"
        kind = kind_of(plan.content.media)
        name = plan.schemas.get(("body", ""))
        if kind in ("form", "multipart"):
            return Forms(self.bundle).complaint(plan, request, name)
        if isinstance(plan.body, bytes):
            return None if plan.body == request.body else f"{plan.body[:60]!r} arrived as {request.body[:60]!r}"
        if kind == "text":
            text = request.body.decode()
            return None if text == plan.body else f"{plan.body[:60]!r} arrived as {text[:60]!r}"
        value = _json(request.body)
        if isinstance(value, dict) and isinstance(plan.body, dict):
            value = {key: item for key, item in value.items() if key in plan.body or key not in plan.filled}
        return difference(plan.body, value) or self.bundle.complaint_of(reference(name), value)


def _without_prefix(operation: Operation, path: str) -> str | None:
    """Return a path without what a relative server of the operation puts before it; None where it is another's."""
    for prefix in operation.prefixes:
        if path.startswith(prefix) and segments(operation.path, path[len(prefix) :]) is not None:
            return path[len(prefix) :]
    return None


def _is_there(scheme: Scheme, arrived: Arrived) -> bool:
    if scheme.place == "header":
        return arrived.headers.get(scheme.name.lower(), "").lower().startswith(scheme.begins or KEY)
    pairs = arrived.pairs if scheme.place == "query" else arrived.cookies
    return any(decoded(name) == scheme.name for name, _ in pairs)


def _json(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except ValueError:
        raise Unreadable(f"{raw[:80]!r} is not JSON") from None


@frozen
class Forms:
    """Judges urlencoded and multipart bodies."""

    bundle: Bundle

    def no_form(self, content: Content, value: Any) -> str | None:
        """Return why a form cannot say a value, or None."""
        if not isinstance(value, dict):
            return "a form is an object"
        for key, item in value.items():
            items = item if isinstance(item, list) else [item]
            if not items or any(one is None for one in items):
                return "null and an empty array have no form in a form"
            style = _style(content, key)
            if style and (reason := no_form(style, item)):
                return reason
            parts = style and not style.explode and isinstance(item, dict | list) and "," in json.dumps(texts_of(item))
            if parts and kind_of(content.media) == "multipart":
                return "an item cannot hold what parts the items"
        return None

    def binary(self, name: str | None, key: str) -> bool:
        """Return whether a property of a form is a file, or several."""
        typing = Typing(self.bundle)
        schema = typing.property(reference(name), key)
        return any(
            part.get("format") == "x-binary" for top in (schema, typing.item(schema)) for part in typing.every(top)
        )

    def complaint(self, plan: Plan, request: Request, name: str | None) -> str | None:
        """Return what is wrong with a form, or None."""
        assert plan.content is not None
        multipart = kind_of(plan.content.media) == "multipart"
        if multipart:
            parts = parts_of(request.body, request.content_type)
        else:
            parts = [Part(decoded(key), decoded(text).encode(), "", None) for key, text in form_pairs(request.body)]
        left = list(parts)
        typed: dict[str, Any] = {}
        for key, expected in plan.body.items():
            style = _style(plan.content, key)
            if style is not None:
                found, used = self._styled(style, expected, request, parts, multipart=multipart)
            else:
                used = [part for part in parts if part.name == key]
                found = self._property(plan, name, key, used)
            left = [part for part in left if part not in used]
            if isinstance(found, Unreadable):
                return f"{key!r}: {found}"
            typed[key] = found
        if left:
            return f"{left[0].name!r} was sent"
        return self.bundle.complaint_of(reference(name), typed)

    def _property(self, plan: Plan, name: str | None, key: str, used: list[Part]) -> Any:
        """Return the typed value of a property, or what is wrong with it."""
        assert plan.content is not None
        expected = plan.body[key]
        schema = Typing(self.bundle).property(reference(name), key)
        many = isinstance(expected, list)
        items = expected if many else [expected]
        if len(used) != len(items):
            return Unreadable(f"{len(items)} values came as {len(used)} parts")
        if many:
            schema = Typing(self.bundle).item(schema)
        found: list[Any] = []
        for item, part in zip(items, used, strict=True):
            wanted = plan.content.encoding.get(key, {}).get("contentType", "")
            if problem := _media_problem(part, wanted, item, kind_of(plan.content.media)):
                return Unreadable(problem)
            is_json = isinstance(item, dict | list) or "json" in part.media
            if self.binary(name, key) and part.filename is None:
                return Unreadable("a file came without a file name")
            value = _json(part.content) if is_json else part.content.decode()
            problem = difference(item, value) if is_json else unlike(item, value)
            if problem:
                return Unreadable(problem)
            found.append(value if is_json else Typing(self.bundle).typed(value, schema))
        return found if many else found[0]

    def _styled(
        self, style: Parameter, expected: Any, request: Request, parts: list[Part], *, multipart: bool
    ) -> tuple[Any, list[Part]]:
        if multipart:
            query = "&".join(f"{quote(part.name)}={quote(part.content, safe=',|')}" for part in parts)
        else:
            query = request.body.decode("ascii")
        kind = "array" if isinstance(expected, list) else "object" if isinstance(expected, dict) else "scalar"
        known = set(expected) if isinstance(expected, dict) else set()
        got = read(style, kind, Arrived("", query, {}), "", known)
        used = [
            part
            for part in parts
            if part.name == style.name or part.name in known or part.name.startswith(f"{style.name}[")
        ]
        if got is ABSENT:
            return Unreadable("was not sent"), used
        problem = unlike(expected, got)
        return (Unreadable(problem) if problem else expected), used


def _style(content: Content, key: str) -> Parameter | None:
    """Return how a property of a form is written where that is as a parameter of a query would be."""
    encoding = content.encoding.get(key, {})
    if "style" not in encoding and "explode" not in encoding:
        return None
    style = encoding.get("style", "form")
    explode = encoding.get("explode", style in ("form", "deepObject"))
    return Parameter(key, "query", required=True, style=style, explode=explode, schema=None)


def _media_problem(part: Part, wanted: str, value: Any, kind: str) -> str | None:
    if kind == "form":
        return None
    given = essence(part.media) or "text/plain"
    if wanted:
        return (
            None
            if any(fnmatch.fnmatch(given, essence(one)) for one in wanted.split(","))
            else (f"the part is {given!r}, not {wanted!r}")
        )
    if isinstance(value, dict) and "json" not in given:
        return f"the part is an object and {given!r}, not application/json"
    return None
