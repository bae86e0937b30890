"""Answers of a Hub, in its envelope."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from reknit import rezolve
from tests.serving import Reply, reply

__all__ = ["DONE", "TOOL", "WAIT", "Hub", "refusal"]

#: The fixture `hub`: a server to a client of it.
Hub: TypeAlias = Callable[..., rezolve.Client]

TOOL = {"key": "itsm.tickets.create", "risk_level": "write", "input_schema": {"type": "object"}, "vendor": "new"}
DONE = reply(
    {
        "success": True,
        "data": {"id": 7},
        "connection_id": "con_1",
        "duration_ms": 12.5,
        "request_id": "req_1",
        "cost": 3,
    }
)


def refusal(code: str, status: int = 200, message: str = "No.", details: Any = None, **headers: str) -> Reply:
    """Return the error envelope; `retry_after="2"` becomes the header `Retry-After`."""
    error: dict[str, Any] = {"code": code, "message": message, "details": {} if details is None else details}
    return reply({"success": False, "error": error, "request_id": "req_2"}, status, **headers)


WAIT = refusal("APPROVAL_REQUIRED", 403, "Someone has to approve.")
