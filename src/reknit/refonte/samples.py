"""Callbacks as Refonte.AI sends them, for tests of your own handlers.

Not loaded by the package: `from reknit.refonte import samples`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ..inbound.samples import Sample, sample
from .receiving import KEY_HEADERS

__all__ = ["AUDITED", "COMPLETED", "FAILED", "RECALLED", "WITHOUT_STATUS", "Sample", "signed"]

_TASK: Final[dict[str, Any]] = {
    "task_id": "5774cc78b01249ab09f089dd",
    "created_at": "2026-01-09T12:00:00.000Z",
    "completed_at": "2026-01-09T14:30:00.000Z",
    "callback_url": "https://example.org/refonte",
    "type": "categorization",
    "status": "completed",
    "instruction": "Is this company public or private?",
    "params": {"attachment_type": "text", "attachment": "A company.", "categories": ["public", "private"]},
    "response": {"category": "public"},
    "metadata": {"row": 7},
}

#: A task that people have answered.
COMPLETED: Final[dict[str, Any]] = {
    "task_id": _TASK["task_id"],
    "status": "completed",
    "response": _TASK["response"],
    "task": _TASK,
}
#: The same as the vendor's example prints it: the status stands in the task alone.
WITHOUT_STATUS: Final[dict[str, Any]] = {name: value for name, value in COMPLETED.items() if name != "status"}
#: A task whose attachment could not be fetched.
FAILED: Final[dict[str, Any]] = {
    **COMPLETED,
    "status": "error",
    "response": {
        "error": "The attachment could not be fetched.",
        "attachments": [{"statusCode": 404, "url": "https://example.org/gone.png"}],
    },
    "task": {**_TASK, "status": "error", "response": {}},
}
#: The completed task again, after someone looked at the answer.
AUDITED: Final[dict[str, Any]] = {
    **COMPLETED,
    "task": {
        **_TASK,
        "audits": [{"audited_by": "reviewer", "audited_at": "2026-01-10T09:00:00.000Z", "audit_time_secs": 31.5}],
    },
}
#: The completed task again, taken back: it will be completed once more.
RECALLED: Final[dict[str, Any]] = {**COMPLETED, "status": "pending", "task": {**_TASK, "status": "pending"}}


def signed(payload: Mapping[str, Any] | bytes, secret: str, *, header: str = KEY_HEADERS[0]) -> Sample:
    """Return the request that brings a payload, or a body as it is, with the callback key in a header."""
    return sample(payload, {header: secret})
