"""Relays (Edgegap Distributed Relay): relay sessions for multiplayer games, and the users who may join them.

`Client` makes the calls; the models of the API are here by name (`relays.Session`) and load when they are first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..runtime.lazy import models_of
from .client import Client, SessionNotReady, Sessions

__all__ = ["Client", "SessionNotReady", "Sessions"]

if TYPE_CHECKING:
    from ._generated import models as _models
    from ._generated.models import *  # noqa: F403

    __all__ += _models.__all__
else:
    __getattr__, __dir__ = models_of(__name__)
