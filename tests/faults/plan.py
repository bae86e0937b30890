"""What is sent and what goes wrong, all of it drawn from one seed before anything starts."""

from __future__ import annotations

import json
import random
from typing import Any, Final

from attrs import frozen

from reknit.refonte import samples

__all__ = ["SECRETS", "Delivery", "Plan", "Scale", "planned"]

SECRETS: Final = ("live-key", "previous-key")
_HEADERS: Final = ("refonte-ai--callback-auth", "refonte.ai-callback-auth", "Refonte-AI--Callback-Auth")


@frozen(kw_only=True)
class Scale:
    """How much of everything. `every` is how many events are processed between two kills: from, to."""

    events: int
    every: tuple[int, int]
    kills: int
    pauses: int
    restarts: int
    workers: int = 4
    lease: float = 1.0


@frozen
class Delivery:
    """One request, and what is right to answer to it: `taken` (2xx), or a status."""

    body: bytes
    headers: dict[str, str]
    answer: int
    #: How much of the body is sent before the sender hangs up, for a first attempt that fails.
    cut: int | None = None


@frozen(kw_only=True)
class Plan:
    """`events` maps the name of each event to its line, None for one without order."""

    seed: int
    scale: Scale
    events: dict[str, str | None]
    deliveries: list[Delivery]
    kills: list[int]
    pauses: list[tuple[int, float]]
    restarts: list[int]


def planned(seed: int, scale: Scale) -> Plan:
    """Return what happens in a run."""
    chance = random.Random(seed)
    events: dict[str, str | None] = {}
    deliveries: list[tuple[float, Delivery]] = []
    for n in range(scale.events):
        name = f"event-{n}"
        # One in ten belongs to a line of about five, as the callbacks of one task do.
        line = f"task-{n // 50}" if chance.random() < 0.1 else None
        events[name] = line
        value = _event(name, line, misfit=line is None and chance.random() < 0.02)
        for _ in range(1 + min(20, int(chance.expovariate(1.2)))):
            cut = chance.randrange(1, 100) if chance.random() < 0.02 else None
            # Duplicates come soon or late, and before what was sent earlier.
            late = chance.random() * scale.events * 0.2 if chance.random() < 0.1 else 0.0
            place = n + chance.expovariate(1 / 30) + late
            deliveries.append((place, Delivery(_spelt(value, chance), _signed(chance), 200, cut)))
        if chance.random() < 0.05:
            deliveries.append((n, _wrong(n, chance)))
    deliveries.sort(key=lambda one: one[0])
    return Plan(
        seed=seed,
        scale=scale,
        events=events,
        deliveries=[delivery for _, delivery in deliveries],
        kills=_marks(chance, scale),
        pauses=sorted(
            (chance.randrange(scale.events * 9 // 10), scale.lease * chance.uniform(1.3, 2.5))
            for _ in range(scale.pauses)
        ),
        restarts=[len(deliveries) * (n + 1) // (scale.restarts + 1) for n in range(scale.restarts)],
    )


def _marks(chance: random.Random, scale: Scale) -> list[int]:
    """Return after how many processed events a worker is killed."""
    marks, at = [], chance.randint(*scale.every)
    while at < scale.events:
        marks.append(at)
        at += chance.randint(*scale.every)
    return marks


def _event(name: str, line: str | None, *, misfit: bool) -> dict[str, Any]:
    metadata = {"name": name, "number": 12345678901234567890}
    task = {**samples.COMPLETED["task"], "task_id": line or name, "metadata": metadata}
    if misfit:
        task["type"] = {"no": "type"}
    return {**samples.COMPLETED, "task_id": line or name, "task": task}


def _spelt(value: dict[str, Any], chance: random.Random) -> bytes:
    """Return the same JSON in one of the ways in which it can be written."""
    items = list(value.items())
    chance.shuffle(items)
    return json.dumps(dict(items), indent=chance.choice((None, None, 1))).encode()


def _signed(chance: random.Random) -> dict[str, str]:
    return {"Content-Type": "application/json", chance.choice(_HEADERS): chance.choice(SECRETS)}


def _wrong(n: int, chance: random.Random) -> Delivery:
    """Return what must leave nothing behind: a wrong secret or none, or what is no JSON."""
    body = _spelt(_event(f"forged-{n}", None, misfit=False), chance)
    kind = chance.randrange(3)
    if kind == 0:
        return Delivery(body, {**_signed(chance), **dict.fromkeys(_HEADERS[:2], "wrong")}, 401)
    if kind == 1:
        return Delivery(body, {"Content-Type": "application/json"}, 401)
    return Delivery(body[: chance.randrange(1, len(body) - 1)], _signed(chance), 400)
