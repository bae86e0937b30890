"""The answers that the benchmark's server gives, the same bytes on every machine."""

from __future__ import annotations

import json
import random
from typing import Any

SMALL_SIZE = 175
LARGE_COUNT = 200
LARGE_SIZE = 109_000

_VERBS = ("list", "get", "create", "update", "delete", "search", "assign", "close", "export", "approve")
_NOUNS = ("tickets", "users", "assets", "changes", "problems", "articles", "approvals", "teams", "contracts", "orders")
_RISKS = ("read", "write", "destructive", "admin")
_WORDS = [
    *("record", "system", "of", "the", "vendor", "returns", "matching", "items", "with", "their", "current", "state"),
    *("and", "owner", "for", "one", "or", "more", "filters", "page", "sorted", "by", "last", "change", "including"),
    *(
        "archived",
        "entries",
        "when",
        "asked",
        "a",
        "single",
        "call",
        "touches",
        "only",
        "what",
        "its",
        "input",
        "names",
    ),
]
_KINDS = ("string", "integer", "boolean", "number")


def small() -> bytes:
    """Return the envelope around one ticket, as `POST /tools/{tool_key}/execute` answers it."""
    answer: dict[str, Any] = {
        "success": True,
        "data": {"id": 7, "title": "printer", "state": "open", "owner": ""},
        "connection_id": "conn_5f2c81",
        "duration_ms": 184,
        "request_id": "req_01HZX5",
    }
    answer["data"]["owner"] = "u" * (SMALL_SIZE - len(_bytes(answer)))
    return _bytes(answer)


def tools() -> bytes:
    """Return the envelope around 200 tools, as `GET /tools` answers it: enums, nested lists and free-form schemas."""
    rng = random.Random(20260424)
    made = [_tool(rng, number) for number in range(LARGE_COUNT)]
    return _of_size(rng, {"success": True, "data": made, "request_id": "req_01HZX6"}, made, "description")


def tasks() -> bytes:
    """Return a page of 200 labelling tasks, as `GET /tasks` answers it: enums, times, lists of objects with times."""
    rng = random.Random(20260425)
    made = [_task(rng, number) for number in range(LARGE_COUNT)]
    page = {
        "docs": made,
        "total": LARGE_COUNT,
        "limit": LARGE_COUNT,
        "offset": 0,
        "has_more": False,
        "next_token": None,
    }
    return _of_size(rng, page, made, "instruction")


def _of_size(rng: random.Random, answer: object, items: list[dict[str, Any]], text: str) -> bytes:
    """Lengthen the items' texts, in turns, until the answer has its size to the byte."""
    missing, number = LARGE_SIZE - len(_bytes(answer)), 0
    while missing > 0:
        words = f" {rng.choice(_WORDS)}"[:missing]
        items[number % LARGE_COUNT][text] += words
        missing, number = missing - len(words), number + 1
    return _bytes(answer)


def _task(rng: random.Random, number: int) -> dict[str, Any]:
    return {
        "task_id": f"task-{number:04}",
        "created_at": _moment(rng),
        "completed_at": _moment(rng),
        "type": "textcollection",
        "status": rng.choice(("pending", "completed", "canceled", "error")),
        "instruction": rng.choice(_WORDS),
        "project": "product-questions",
        "batch": f"week-{rng.randint(10, 52)}",
        "unique_id": f"question-{number:04}",
        "audits": [
            {"audited_by": "mara@example.org", "audited_at": _moment(rng), "audit_time_secs": rng.randint(5, 300)}
            for _ in range(rng.randint(0, 2))
        ],
        "metadata": {"order": rng.randint(1, 9999)},
    }


def _tool(rng: random.Random, number: int) -> dict[str, Any]:
    noun, verb = _NOUNS[number % len(_NOUNS)], _VERBS[number // len(_NOUNS) % len(_VERBS)]
    key = f"itsm.{noun}.{verb}" if number < 100 else f"crm.{noun}.{verb}"
    return {
        "key": key,
        "name": f"{verb.title()} {noun}",
        "description": " ".join(rng.choice(_WORDS) for _ in range(4)),
        "domain": key.partition(".")[0],
        "risk_level": rng.choice(_RISKS),
        "created_at": _moment(rng),
        "connectors": [rng.choice(("servicenow", "jira", "zendesk", "freshservice")) for _ in range(3)],
        "input_schema": _schema(rng),
        "output_schema": _schema(rng),
    }


def _moment(rng: random.Random) -> str:
    return f"2026-0{rng.randint(1, 9)}-{rng.randint(10, 28)}T{rng.randint(10, 23)}:30:00.{rng.randint(100, 999)}Z"


def _schema(rng: random.Random) -> dict[str, Any]:
    names = rng.sample(("id", "title", "state", "limit", "owner", "due"), 2)
    return {
        "type": "object",
        "properties": {name: {"type": rng.choice(_KINDS)} for name in names},
        "required": names[:1],
    }


def _bytes(answer: object) -> bytes:
    return json.dumps(answer, separators=(",", ":")).encode()
