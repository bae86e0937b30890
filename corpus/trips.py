"""The round trips of one document: which values go out and come back for each operation, answer and event."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from attrs import Factory, define, evolve, field, frozen

from codegen import ir
from corpus.calling import Caller, Refused, again
from corpus.comparing import difference, no_time_of_python
from corpus.implying import implied
from corpus.judging import Forms, Judge, Plan, reference
from corpus.pruning import Pruning
from corpus.reading import (
    Answer,
    Content,
    Files,
    Inbound,
    Operation,
    Scheme,
    Spot,
    inbound_of,
    kind_of,
    operations_of,
    schemes_of,
)
from corpus.result import Result
from corpus.schemas import Bundle
from corpus.serving import Reply, Station
from corpus.streaming import Items, Streams
from corpus.values import Pool, Values, chance
from corpus.wire import ABSENT, Typing, no_form, no_name
from reknit.errors import DecodeError, InvalidArgument
from reknit.runtime.codec import Misfit, decoder, unknown_in

#: Bytes for bodies that are nothing but bytes.
OCTETS = (b"\x00\xff\r\n--octets", b"GIF89a\x01\x00", b"text")
TEXTS = ("text", "zwei\r\nZeilen, \u00e4\u4e2d\U0001f600", "<a b='c'>&amp;</a>")

_Item = TypeVar("_Item")


@define
class Source:
    """The values of one direction."""

    bundle: Bundle
    values: Values

    def name(self, spot: Spot | None) -> str | None:
        """Return the name of a schema, and have values of it made."""
        return None if spot is None else self.values.want(self.bundle.name_of(spot))


@define
class Trips:
    """Makes the round trips of a document and notes them in a result."""

    files: Files
    document: ir.Document
    result: Result
    examples: int
    seed: int
    most: int = 0
    sent: Source = field(init=False)
    received: Source = field(init=False)
    operations: list[Operation] = Factory(list[Operation])
    inbound: list[Inbound] = Factory(list[Inbound])
    schemes: dict[str, Scheme | None] = field(init=False)
    #: What is sent, as a typed caller understands it.
    meant: Bundle = field(init=False)
    _noted: set[tuple[str, str]] = field(factory=set[tuple[str, str]])

    def __attrs_post_init__(self) -> None:
        for direction in ("sent", "received"):
            bundle = Bundle(self.files, direction)
            setattr(self, direction, Source(bundle, Values(bundle, self.examples, self.seed)))
        self.schemes = schemes_of(self.files)
        self.operations = _spread(list(operations_of(self.files)), self.most)
        self.inbound = _spread(list(inbound_of(self.files)), self.most)
        for operation in self.operations:
            for parameter in operation.parameters:
                self.sent.name(parameter.schema)
            for content in operation.contents:
                self.sent.name(content.schema)
            for answer in operation.answers:
                self.received.name(answer.schema)
        for event in self.inbound:
            self.received.name(event.schema)
        self.meant = implied(self.sent.bundle)
        components = self.files.document.get("components")
        self.result.operations = len(self.operations)
        self.result.schemas = len(list(components.entries("schemas"))) if components else 0

    async def run(self, connect: Callable[[], Any], station: Station) -> None:
        """Make every round trip, with clients that `connect` makes."""
        calls: dict[tuple[str, str], list[ir.Operation]] = {}  # two paths may share an item, and so a pointer
        for call in self.document.operations:
            calls.setdefault((call.pointer, call.path), []).append(call)
        caller = Caller(connect, Forms(self.sent.bundle))
        for operation in self.operations:
            made = calls.get((operation.where, operation.path), [])
            if not made:
                self.result.fail(operation.where, operation.title, None, "no method came out of it")
            else:
                await _Exchange(self, operation, made, caller, station).run()
        await caller.forget()

    def events(self, payloads: dict[str, Any]) -> None:
        """Decode and encode again what the API sends by itself; `payloads` are the types of the events by pointer."""
        for event in self.inbound:
            if event.where not in payloads:
                continue  # a callback that several operations share comes once
            pool = self.pool(self.received, event.schema, event.where, "event")
            for value in pool.values:
                self._event(event, payloads[event.where], value)

    def _event(self, event: Inbound, payload: Any, value: Any) -> None:
        raw = json.dumps(value).encode()
        try:
            got = decoder(payload)(raw)
            reason = difference(value, again(got, unknown_in(value, got)))
        except Misfit as misfit:
            reason = f"{misfit.path}: {misfit.reason}"
        self.settle(event.where, "event", value, reason)

    def pool(self, source: Source, spot: Spot | None, where: str, subject: str) -> Pool:
        """Return the values of a schema; what keeps a schema from having any is noted."""
        name = source.name(spot)
        if name is None:
            return Pool(ANYTHING)
        pool = source.values.of(name)
        if (where, subject) in self._noted:
            return pool
        self._noted.add((where, subject))
        if pool.nothing_fits:
            self.result.list(where, subject, None, f"nothing satisfies the schema: {pool.nothing_fits}")
        elif pool.failure:
            self.result.fail(where, subject, None, pool.failure)
        return pool

    def settle(self, where: str, subject: str, value: Any, reason: str | None) -> None:
        """Note a round trip: passed, listed where Python has no such time, or failed."""
        if reason is None:
            self.result.passed += 1
        elif why := _no_time_at(value, reason):
            self.result.list(where, subject, value, f"Python has no such value: {why}")
        else:
            self.result.fail(where, subject, value, reason)


def _spread(items: list[_Item], most: int) -> list[_Item]:
    """Return at most as many items, taken evenly from all; 0 stands for every one."""
    if not most or len(items) <= most:
        return items
    return [items[index * len(items) // most] for index in range(most)]


def _without_stream(plan: Plan) -> Plan:
    """Return a plan without the property by which a body asks for a stream: the method that streams sets it itself."""
    if not isinstance(plan.body, dict):
        return plan
    return evolve(plan, body={name: value for name, value in plan.body.items() if name != "stream"})


ANYTHING: tuple[Any, ...] = ({"any": [1, "a", None, True]}, [], "text", 0)


def _no_time_at(value: Any, reason: str) -> str | None:
    """Return which time of a value Python cannot represent, where the reason of a failure is that one."""
    if "RFC3339" not in reason and "datetime" not in reason and "date" not in reason.lower():
        return None
    return next((found for text in _texts(value) if (found := no_time_of_python(text))), None)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _texts(item)


def _texts_for(pool: Pool) -> tuple[str, ...]:
    """Return the texts that a body of text can be: what the schema says where it says texts, else any (XML, YAML)."""
    texts = tuple(value for value in pool.values if isinstance(value, str))
    return texts or TEXTS


@frozen
class Planned:
    """An answer that is to be given: its place, what is sent, and the value that it says."""

    answer: Answer
    reply: Reply
    value: Any


@define
class _Exchange:
    """The calls of one operation."""

    trips: Trips
    operation: Operation
    calls: list[ir.Operation]
    caller: Caller
    station: Station

    async def run(self) -> None:
        replies = [reply for answer in self.operation.answers for reply in self._replies(answer)]
        for planned in replies:
            if not any(self._answers(call, planned) for call in self.calls):
                subject = f"{self.operation.title} -> {self._title(planned)}"
                self.trips.result.fail(planned.answer.where, subject, planned.value, "no method asks for this answer")
        for call in self.calls:
            plans = list(self._plans(call))
            own = [reply for reply in replies if self._answers(call, reply)]
            if not plans:
                continue
            for index in range(max(len(plans), len(own))):
                plan = plans[index % len(plans)]
                await self._call(call, plan, own[index % len(own)] if own else None)

    # --- answers -----------------------------------------------------------------------------------------------------

    def _replies(self, answer: Answer) -> Iterator[Planned]:
        subject = f"{self.operation.title} -> {answer.status} {answer.media}".rstrip()
        status = self._status(answer.status)
        if status is None:
            self.trips.result.list(answer.where, subject, None, "1xx is no final answer")
            return
        if not answer.media:
            yield Planned(answer, Reply(status), ABSENT)
            return
        pool = self.trips.pool(self.trips.received, answer.schema, answer.where, subject)
        kind = self._read_as(answer)
        media = answer.media
        if "*" in media:
            media = {"json": "application/json", "text": "text/plain"}.get(kind, "application/octet-stream")
        if kind in ("events", "lines"):
            name = self.trips.received.name(answer.schema)
            streams = Streams(self.trips.received.bundle)
            items, raw = streams.written(media, streams.item(reference(name)), self._items(pool, name))
            yield Planned(answer, Reply(status, media, raw), items)
        elif kind == "json":
            for value in pool.values:
                yield Planned(answer, Reply(status, media, json.dumps(value).encode()), value)
        elif kind == "text":
            for text in _texts_for(pool) if answer.schema else TEXTS:
                yield Planned(answer, Reply(status, f"{media}; charset=utf-8", text.encode()), text)
        else:
            for raw in OCTETS:
                yield Planned(answer, Reply(status, media, raw), raw)

    def _items(self, pool: Pool, name: str | None) -> list[Any]:
        """Return the items of the streams that a schema describes."""
        arrays = Typing(self.trips.received.bundle).types(reference(name)) == {"array"}
        return [item for value in pool.values for item in value] if arrays else list(pool.values)

    def _read_as(self, answer: Answer) -> str:
        kind = kind_of(answer.media)
        name = self.trips.received.name(answer.schema)
        bundle = self.trips.received.bundle
        schema = bundle.resolved(bundle.components[name]) if name else True
        binary = isinstance(schema, dict) and schema.get("format") == "x-binary"
        return "bytes" if binary and kind == "json" else kind

    def _status(self, code: str) -> int | None:
        declared = {answer.status for answer in self.operation.answers}
        if code == "default":
            success = any(status.startswith("2") for status in declared)
            candidates = (418, 500, 400, 599) if success else (200, 299)
            return next(status for status in candidates if str(status) not in declared)
        if code.endswith("XX"):
            low = int(code[0]) * 100
            found = next(status for status in range(low, low + 100) if str(status) not in declared and status != 204)
        else:
            found = int(code)
        return None if found < 200 else found

    def _answers(self, call: ir.Operation, planned: Planned) -> bool:
        """Return whether an answer is one that this way of making the call asks for."""
        if not planned.answer.media or not 200 <= planned.reply.status < 300:
            return True
        own = [answer for answer in call.answers if answer.status == planned.answer.status]
        return any(content.media == planned.answer.media for answer in own for content in answer.contents)

    # --- requests ----------------------------------------------------------------------------------------------------

    def _plans(self, call: ir.Operation) -> Iterator[Plan]:
        """Yield what to send: what is required alone, then everything, then what chance gives."""
        luck = chance(self.trips.seed, self.operation.where, call.method)
        schemas: dict[tuple[str, str], str] = {}
        pools: dict[tuple[str, str], tuple[Any, ...]] = {}
        for parameter in self.operation.parameters:
            key = parameter.place, parameter.name
            subject = f"{parameter.place} parameter {parameter.name!r}"
            where = parameter.where or self.operation.where
            if reason := no_name(parameter):
                self.trips.result.list(where, subject, None, reason)
                continue
            if name := self.trips.sent.name(parameter.schema):
                schemas[key] = name
                pool = self.trips.pool(self.trips.sent, parameter.schema, where, subject)
            else:
                pool = Pool(("text", "a b/c"))
            pruning = Pruning(self.trips.sent.bundle)
            kept: dict[str, Any] = {}
            for drawn in pool.values:
                value = pruning.pruned(drawn, reference(name))
                if reason := self._unsayable(name, value) or no_form(parameter, value, self.operation.path):
                    self.trips.result.list(where, subject, value, reason)
                else:
                    kept[repr(value)] = value
            pools[key] = tuple(kept.values())
            if not kept and parameter.required:
                return
        # A method that takes the properties of a body as keywords cannot leave the body out.
        always = self.operation.body_required or bool(call.body and call.body.whole is None)
        content = self._content(call)
        bodies = self._bodies(content, schemas) if content else ()
        if content and not bodies and always:
            return
        filled = call.key.wire if call.key and call.key.place == "body" else ""
        for plan in self._combined(luck, content, bodies, pools, schemas, always=always):
            given = plan.body.get(filled) if filled and isinstance(plan.body, dict) else None
            if isinstance(given, str) and not (given.strip() and given.isprintable()):
                self.trips.result.list(
                    self.operation.where, "idempotency key", given, "no idempotency key is like that"
                )
            else:
                yield evolve(
                    _without_stream(plan) if call.stream else plan, filled=(filled, "stream" if call.stream else "")
                )

    def _combined(
        self,
        luck: random.Random,
        content: Content | None,
        bodies: tuple[Any, ...],
        pools: dict[tuple[str, str], tuple[Any, ...]],
        schemas: dict[tuple[str, str], str],
        *,
        always: bool,
    ) -> Iterator[Plan]:
        required = {(item.place, item.name) for item in self.operation.parameters if item.required}
        count = max([1 if not pools and not content else 2, len(bodies), *map(len, pools.values())])
        for index in range(count):
            chosen = {
                key: pool[index % len(pool)]
                for key, pool in pools.items()
                if pool and (key in required or index == 1 or (index > 1 and luck.random() < 0.5))
            }
            with_body = bodies and (always or index > 0)
            body = bodies[index % len(bodies)] if with_body else ABSENT
            yield Plan(self.operation, chosen, content if with_body else None, body, schemas=schemas)

    def _content(self, call: ir.Operation) -> Content | None:
        if call.body is None:
            return None
        media = call.body.media
        exact = [content for content in self.operation.contents if content.media == media]
        near = [
            content for content in self.operation.contents if "*" in content.media or content.media.startswith(media)
        ]
        return next(iter([*exact, *near]), None)

    def _bodies(self, content: Content, schemas: dict[tuple[str, str], str]) -> tuple[Any, ...]:
        subject = f"body {content.media}"
        kind = kind_of(content.media)
        source = self.trips.sent
        name = source.name(content.schema)
        if name:
            schemas["body", ""] = name
        if kind not in ("json", "form", "multipart", "text"):
            return OCTETS
        if kind == "text" and not name:
            return TEXTS
        pool = self.trips.pool(source, content.schema, self.operation.where, subject)
        if kind == "text":
            return _texts_for(pool)
        pruning = Pruning(source.bundle)
        found: dict[str, Any] = {}
        for value in pool.values:
            pruned = pruning.pruned(value, reference(name)) if name else value
            reason = self._unsayable(name, pruned)
            if not reason and kind != "json":
                reason = Forms(source.bundle).no_form(content, pruned)
            if reason:
                self.trips.result.list(self.operation.where, subject, value, reason)
            else:
                found[repr(pruned)] = pruned
        return tuple(found.values())

    def _unsayable(self, name: str | None, value: Any) -> str | None:
        """Return why a typed caller cannot say a value, from which what is not described was taken."""
        if name and self.trips.sent.bundle.complaint(name, value):
            return "a typed caller cannot say it: without what is not described it is not valid"
        if name and self.trips.meant.complaint(name, value):
            return "a typed caller cannot say it: no type is stated, and it is not of the type that is implied"
        return None

    # --- one call ----------------------------------------------------------------------------------------------------

    async def _call(self, call: ir.Operation, plan: Plan, planned: Planned | None) -> None:
        subject = f"{call.name} ({self.operation.title})"
        self.station.reply = planned.reply if planned else Reply(204)
        self.station.taken()
        saying = {"/".join(key): value for key, value in plan.parameters.items()}
        if plan.body is not ABSENT:
            saying["body"] = plan.body
        try:
            got = await self.caller.call(call, self.caller.arguments(call, plan))
        except (Refused, InvalidArgument) as problem:
            self.trips.settle(self.operation.where, f"{subject} request", saying, str(problem))
            return
        except DecodeError as problem:
            where = planned.answer.where if planned else self.operation.where
            value = planned.value if planned else None
            self.trips.settle(where, f"{subject} -> {self._title(planned)}", value, f"{problem.path}: {problem}")
            return
        except Exception as problem:  # noqa: BLE001 - whatever it is, it is a finding
            self.trips.settle(self.operation.where, subject, saying, f"{type(problem).__name__}: {problem}")
            return
        finally:
            if planned and planned.reply.status == 429:
                await self.caller.forget()
        arrived = self.station.taken()
        if arrived is None:
            self.trips.settle(self.operation.where, subject, saying, "nothing arrived")
            return
        if complaint := Judge(self.trips.sent.bundle, self.trips.schemes).complaint(plan, arrived):
            self.trips.settle(self.operation.where, f"{subject} request", saying, complaint)
            return
        if planned is None:
            self.trips.settle(self.operation.where, subject, saying, None)
            return
        reason = _compared(planned, got, _unwrap(call, planned))
        self.trips.settle(planned.answer.where, f"{subject} -> {self._title(planned)}", planned.value, reason)

    @staticmethod
    def _title(planned: Planned | None) -> str:
        return f"{planned.answer.status} {planned.answer.media}".rstrip() if planned else "nothing"


def _unwrap(call: ir.Operation, planned: Planned) -> str | None:
    found = [item for answer in call.answers if answer.status == planned.answer.status for item in answer.contents]
    return next((item.unwrap for item in found if item.media == planned.answer.media), None)


def _compared(planned: Planned, got: Any, unwrap: str | None) -> str | None:
    if got.status != planned.reply.status:
        return f"the status {planned.reply.status} became {got.status}"
    if planned.value is ABSENT and got.value == []:
        return None  # a stream that says nothing
    if planned.value is ABSENT or (got.value is None and not planned.reply.body):
        return None if got.value is None else f"nothing became {got.value!r}"
    if isinstance(planned.value, bytes) or kind_of(planned.answer.media) == "text":
        return None if got.value == planned.value else f"{planned.value!r} became {got.value!r}"[:300]
    if isinstance(planned.value, Items):
        return difference(list(planned.value.values), got.value)
    try:
        value = got.value
        if unwrap and isinstance(planned.value, dict) and unwrap in planned.value:
            return difference({unwrap: planned.value[unwrap]}, again({unwrap: value}, got.unknown))
        return difference(planned.value, again(value, got.unknown))
    except (Misfit, KeyError, IndexError, TypeError) as problem:
        return f"cannot be encoded again: {type(problem).__name__}: {problem}"
