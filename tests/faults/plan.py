"""What is sent and what goes wrong, all of it drawn from one seed before anything starts."""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Callable
from functools import cache
from itertools import cycle
from typing import Any, Final, TypeAlias

from attrs import frozen

from reknit.refonte import samples
from reknit.sandbox import DuplicateCallback, ReorderCallbacks, WrongSecret

from .broken import KINDS, Broken, broken

__all__ = ["SECRETS", "STAGES", "Delivery", "Event", "Plan", "Scale", "Wave", "name_of", "planned"]

SECRETS: Final = ("live-key", "previous-key")
#: What becomes of a task of the sandbox, one after the other, and what its callback then is named after.
STAGES: Final = {
    "complete": "completed",
    "audit": "completed audited",
    "recall": "pending audited",
    "fail": "error audited",
}
_HEADERS: Final = ("refonte-ai--callback-auth", "refonte.ai-callback-auth", "Refonte-AI--Callback-Auth")
_BOMBS: Final = 4
_MEBIBYTE: Final = 2**20

CallbackFault: TypeAlias = DuplicateCallback | ReorderCallbacks | WrongSecret


@frozen(kw_only=True)
class Scale:
    """How much of everything. `every` is how many events are processed between two kills: from, to.

    A sandbox sends the callbacks of `tasks` tasks in each of `waves` waves, and in one more at every restart.
    """

    events: int
    every: tuple[int, int]
    kills: int
    pauses: int
    restarts: int
    waves: int
    tasks: int
    workers: int = 4
    lease: float = 1.0


@frozen
class Event:
    """What has to be processed: as which class, and in which line (None: without order)."""

    line: str | None
    kind: str = "TaskCallback"


@frozen
class Delivery:
    """A request that is sent until it is answered, and what is right to answer: 200 for any 2xx, or a status.

    `broken` is what comes of it the first time.
    """

    body: bytes
    headers: dict[str, str]
    answer: int
    broken: Broken | None = None


@frozen(kw_only=True)
class Wave:
    """Callbacks of a sandbox, sent when so many requests have begun: its tasks, and how many stages each reaches.

    `refused` is how many further tries it makes while the receiver is away, where it is sent at a restart.
    """

    seed: int
    after: int
    tasks: dict[str, int]
    faults: tuple[CallbackFault, ...]
    refused: int = 0

    @property
    def last(self) -> str:
        """Return the name of the task that is completed last of all, and lets go what was held back for it."""
        return f"last-{self.seed}"

    def events(self) -> dict[str, Event]:
        """Return the events that come of it, by name."""
        reached = {**self.tasks, self.last: 1}
        return {f"{task} {stage}": Event(task) for task, n in reached.items() for stage in [*STAGES.values()][:n]}


@frozen(kw_only=True)
class Plan:
    """What happens in a run. `restarts` are waves whose callbacks are sent while the receiver is away."""

    seed: int
    scale: Scale
    events: dict[str, Event]
    deliveries: list[Delivery]
    waves: list[Wave]
    kills: list[int]
    pauses: list[tuple[int, float]]
    restarts: list[Wave]


def name_of(value: Any) -> str:
    """Return the name of an event from its JSON, whose shape may be wrong."""
    task = value["task"]
    if not isinstance(task, dict):
        return str(task[0]["name"])
    audited = " audited" if task.get("audits") else ""
    return f"{task['metadata']['name']} {value['status']}{audited}"


def planned(seed: int, scale: Scale) -> Plan:
    """Return what happens in a run."""
    chance = random.Random(seed)
    breaks, wrongs = cycle(KINDS), cycle(_WRONG)
    events: dict[str, Event] = {}
    placed: list[tuple[float, Delivery]] = []
    for n in range(scale.events):
        # One in ten belongs to a line of about five, as the callbacks of one task do.
        line = f"line-{n // 50}" if chance.random() < 0.1 else None
        value, event = _varied(_event(f"event-{n}", line), line, chance)
        events[name_of(value)] = event
        for _ in range(1 + min(20, int(chance.expovariate(1.2)))):
            body, headers = _spelt(value, chance), _signed(chance)
            spoilt = broken(next(breaks), headers, body, chance) if chance.random() < 0.05 else None
            # Duplicates come soon or late, and before what was sent earlier.
            late = chance.random() * scale.events * 0.2 if chance.random() < 0.1 else 0.0
            placed.append((n + chance.expovariate(1 / 30) + late, Delivery(body, headers, 200, spoilt)))
        if chance.random() < 0.05:
            placed.append((n, next(wrongs)(_spelt(_event(f"forged-{n}", None), chance), chance)))
    placed += [(chance.random() * scale.events, _bomb(chance)) for _ in range(_BOMBS)]
    placed.sort(key=lambda one: one[0])
    deliveries = [delivery for _, delivery in placed]
    waves = [_wave(n, (n + 1) / (scale.waves + 1), deliveries, scale, chance) for n in range(scale.waves)]
    restarts = [
        _wave(scale.waves + n, (n + 1) / (scale.restarts + 1), deliveries, scale, chance) for n in range(scale.restarts)
    ]
    for wave in (*waves, *restarts):
        events.update(wave.events())
    return Plan(
        seed=seed,
        scale=scale,
        events=events,
        deliveries=deliveries,
        waves=waves,
        kills=_marks(chance, scale),
        pauses=sorted(
            (chance.randrange(scale.events * 9 // 10), scale.lease * chance.uniform(1.3, 2.5))
            for _ in range(scale.pauses)
        ),
        restarts=restarts,
    )


def _marks(chance: random.Random, scale: Scale) -> list[int]:
    """Return after how many processed events a worker is killed."""
    marks, at = [], chance.randint(*scale.every)
    while at < scale.events:
        marks.append(at)
        at += chance.randint(*scale.every)
    return marks


def _wave(n: int, share: float, deliveries: list[Delivery], scale: Scale, chance: random.Random) -> Wave:
    """Return the n-th wave, which comes when a share of the deliveries has begun."""
    kinds: list[Callable[[], CallbackFault]] = [
        lambda: DuplicateCallback(copies=chance.randint(1, 6)),
        ReorderCallbacks,
        WrongSecret,
    ]
    return Wave(
        seed=n,
        after=int(len(deliveries) * share),
        tasks={f"task-{n}-{number}": chance.randint(1, len(STAGES)) for number in range(scale.tasks)},
        faults=tuple(chance.choice(kinds)() for _ in range(scale.tasks)),
        refused=chance.randint(3, 8),
    )


def _event(name: str, line: str | None) -> dict[str, Any]:
    metadata = {"name": name, "line": line, "number": 12345678901234567890}
    task = {**samples.COMPLETED["task"], "task_id": line or name, "metadata": metadata}
    return {**samples.COMPLETED, "task_id": line or name, "task": task}


def _varied(value: dict[str, Any], line: str | None, chance: random.Random) -> tuple[dict[str, Any], Event]:
    """Return an event as it is sent: a few have a wrong shape, or values and properties that nobody documented."""
    luck = chance.random()
    if luck < 0.01 and line is None:
        return {**value, "task": {**value["task"], "type": {"no": "type"}}}, Event(None, "Undecoded")
    if luck < 0.02 and line is None:
        named = [{"name": name_of(value)}]
        return {name: 7 if name == "status" else named for name in value}, Event(None, "Undecoded")
    if luck < 0.05:
        extra = {"x_undocumented": {"nested": [1, None]}}
        task = {**value["task"], "status": "completed_undocumented", "type": "undocumented", **extra}
        return {**value, "status": "completed_undocumented", "task": task, **extra}, Event(line)
    return value, Event(line)


def _spelt(value: dict[str, Any], chance: random.Random) -> bytes:
    """Return the same JSON in one of the ways in which it can be written."""
    items = list(value.items())
    chance.shuffle(items)
    return json.dumps(dict(items), indent=chance.choice((None, None, 1))).encode()


def _signed(chance: random.Random) -> dict[str, str]:
    return {"Content-Type": "application/json", chance.choice(_HEADERS): chance.choice(SECRETS)}


# What must leave nothing behind


def _with_a_wrong_secret(body: bytes, chance: random.Random) -> Delivery:
    return Delivery(body, {**_signed(chance), **dict.fromkeys(_HEADERS[:2], "wrong")}, 401)


def _without_a_secret(body: bytes, _: random.Random) -> Delivery:
    return Delivery(body, {"Content-Type": "application/json"}, 401)


def _no_json(body: bytes, chance: random.Random) -> Delivery:
    cut = body[: chance.randrange(1, len(body) - 1)]
    return Delivery(cut + chance.choice((b"", b'{"broken": tru')), _signed(chance), 400)


def _compressed(body: bytes, chance: random.Random) -> Delivery:
    return Delivery(gzip.compress(body, mtime=0), {**_signed(chance), "Content-Encoding": "gzip"}, 415)


def _bomb(chance: random.Random) -> Delivery:
    return Delivery(_bomb_body(), {**_signed(chance), "Content-Encoding": "gzip"}, 415)


@cache
def _bomb_body() -> bytes:
    """Return a small body that unpacks to 64 MiB of blanks and an event."""
    return gzip.compress(b" " * (64 * _MEBIBYTE) + json.dumps(_event("forged-bomb", None)).encode(), mtime=0)


_WRONG: Final = (_with_a_wrong_secret, _without_a_secret, _no_json, _compressed)
