"""Calls the generated client as a typed user would, and says what comes back as JSON."""

from __future__ import annotations

import inspect
import json
import typing
from collections.abc import Callable
from typing import Any

from attrs import define, field, frozen

from codegen import ir
from corpus.judging import Forms, Plan
from corpus.reading import kind_of
from corpus.wire import ABSENT
from reknit.errors import APIError
from reknit.options import RequestOptions, Retry
from reknit.runtime.codec import Misfit, unknown_in
from reknit.runtime.converting import structure
from reknit.runtime.writing import plain


class Refused(Exception):
    """The client's own types do not take a value that the document allows: `reason`, and where in the value."""


@frozen
class Got:
    """What a call came back with."""

    status: int
    value: Any = field(repr=False)
    unknown: dict[str, Any] = field(repr=False)
    error: bool = False


def again(value: Any, unknown: dict[str, Any]) -> Any:
    """Return a decoded value as JSON, with what it did not know merged in."""
    found = json.loads(json.dumps(plain(value)))
    for pointer, item in unknown.items():
        if not pointer:
            return item
        *path, last = (token.replace("~1", "/").replace("~0", "~") for token in pointer.split("/")[1:])
        inner = found
        for token in path:
            inner = inner[int(token) if isinstance(inner, list) else token]
        inner[int(last) if isinstance(inner, list) else last] = item
    return found


@define
class Caller:
    """Calls the methods of one generated package. `connect` makes a client, which is used until `forget`."""

    connect: Callable[[], Any]
    forms: Forms
    _client: Any = None
    _hints: dict[str, dict[str, Any]] = field(factory=dict[str, dict[str, Any]])

    async def forget(self) -> None:
        """Close the client: what an answer did to it (a limit that was met, say) must not reach other calls."""
        if self._client is not None:
            await self._client.close()
            self._client = None

    def _method(self, operation: ir.Operation) -> Callable[..., Any]:
        if self._client is None:
            self._client = self.connect()
        group = getattr(self._client, operation.group)
        method = getattr(group.with_response, operation.method, None)  # what streams is in the plain class alone
        return typing.cast("Callable[..., Any]", method or getattr(group, operation.method))

    def hints(self, operation: ir.Operation) -> dict[str, Any]:
        """Return the types of a method's arguments."""
        if operation.name not in self._hints:
            self._hints[operation.name] = typing.get_type_hints(self._method(operation), include_extras=True)
        return self._hints[operation.name]

    def arguments(self, operation: ir.Operation, plan: Plan) -> dict[str, Any]:
        """Return the keyword arguments of a call that is to send what a plan says; raise Refused."""
        hints = self.hints(operation)
        names: dict[tuple[str, str], str] = {(item.place, item.wire): item.name for item in operation.parameters}
        if operation.key and operation.key.place != "body":
            names[operation.key.place, operation.key.wire] = operation.key.name
        found: dict[str, Any] = {}
        for (place, wire), value in plan.parameters.items():
            name = names.get((place, wire))
            if name is None:
                raise Refused(f"the method has no argument for the {place} parameter {wire!r}")
            found[name] = _structured(value, hints[name], name)
        if plan.body is not ABSENT:
            found |= self._body(operation, plan, hints)
        return found

    def _body(self, operation: ir.Operation, plan: Plan, hints: dict[str, Any]) -> dict[str, Any]:
        body = operation.body
        if body is None or plan.content is None:
            raise Refused("the method takes no body")
        if body.whole is not None:
            return {body.whole.name: self._typed(plan, "", plan.body, hints[body.whole.name], body.whole.name)}
        if not isinstance(plan.body, dict):
            raise Refused(f"the method takes the properties of an object, not {plan.body!r}")
        names = {part.wire: part.name for part in body.fields}
        if operation.key and operation.key.place == "body":
            names[operation.key.wire] = operation.key.name
        found: dict[str, Any] = {}
        rest: dict[str, Any] = {}
        for wire, value in plan.body.items():
            if name := names.get(wire):
                found[name] = self._typed(plan, wire, value, hints[name], name)
            else:
                rest[wire] = value
        if rest and body.rest is None:
            raise Refused(f"the method has no argument for the property {next(iter(rest))!r} of the body")
        return found | (
            {body.rest.name: _structured(rest, hints[body.rest.name], "rest")} if rest and body.rest else {}
        )

    def _typed(self, plan: Plan, wire: str, value: Any, hint: Any, name: str) -> Any:
        assert plan.content is not None
        kind = kind_of(plan.content.media)
        schema = plan.schemas.get(("body", ""))
        if isinstance(value, bytes) or (kind == "text" and not wire):
            return value
        if kind == "multipart" and self.forms.binary(schema, wire):
            return [item.encode() for item in value] if isinstance(value, list) else value.encode()
        return _structured(value, hint, name)

    async def call(self, operation: ir.Operation, arguments: dict[str, Any]) -> Got:
        """Make a call; an error of the API is an answer too."""
        options = RequestOptions(timeout=20, retry=Retry(max_attempts=1))
        try:
            call = self._method(operation)(**arguments, options=options)
            if not inspect.isawaitable(call):
                async with call as stream:
                    return Got(stream.status, [again(item, {}) async for item in stream], {})
            answer = await call
        except APIError as error:
            value = getattr(error, "body", None)
            raw = (
                json.loads(error.raw)
                if error.raw and value is not None and not isinstance(value, str | bytes)
                else None
            )
            unknown = unknown_in(raw, value) if raw is not None else {}
            return Got(error.status or 0, value, unknown, error=True)
        return Got(answer.status, answer.value, answer.unknown())


def _structured(value: Any, hint: Any, name: str) -> Any:
    try:
        return structure(value, hint)
    except Misfit as misfit:
        raise Refused(
            f"the argument {name!r} of type {_shown(hint)} does not take it: {misfit.path}: {misfit.reason}"
        ) from None


def _shown(hint: Any) -> str:
    return hint.__name__ if inspect.isclass(hint) else str(hint)[:120]
