"""Tasks as Refonte answers them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from reknit import refonte

__all__ = ["Labels", "task"]

#: The fixture `labels`: a server to a client of it.
Labels: TypeAlias = Callable[..., refonte.Client]


def task(**more: Any) -> dict[str, Any]:
    """Return a task in the shape that the API gives it."""
    return {
        "task_id": "t_1",
        "created_at": "2026-03-01T09:30:00.000Z",
        "type": "textcollection",
        "status": "pending",
        "params": {},
        **more,
    }
