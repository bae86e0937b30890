"""Relays (Edgegap Distributed Relay): relay sessions for multiplayer games, and the users who may join them.

`Client` makes the calls; the models of the API are here by name (`relays.Session`) and load when they are first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .client import Client, SessionNotReady, Sessions

if TYPE_CHECKING:
    from ._generated.models import *  # noqa: F403

__all__ = ["Client", "SessionNotReady", "Sessions"]


def __getattr__(name: str) -> Any:
    from ..runtime.lazy import model_of

    return model_of(__name__, name)
