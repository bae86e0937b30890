"""Refonte.AI: data-labelling tasks, their batches, projects and files.

`Client` makes the calls; the models of the API are here by name (`refonte.Task`) and load when they are first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .client import Client

if TYPE_CHECKING:
    from ._generated.models import *  # noqa: F403

__all__ = ["Client"]


def __getattr__(name: str) -> Any:
    from ..runtime.lazy import model_of

    return model_of(__name__, name)
