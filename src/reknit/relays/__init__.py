"""Relays (Edgegap Distributed Relay): relay sessions for multiplayer games, and the users who may join them.

`Client` makes the calls; the models of the API are here by name (`relays.Session`) and load when they are first used.
`receiver` takes its callbacks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..runtime.lazy import models_of
from .client import Client, SessionNotReady, Sessions

__all__ = ["Client", "SessionNotReady", "Sessions"]

if TYPE_CHECKING:
    from ..inbound.answers import Refused as Refused
    from ..inbound.events import Undecoded as Undecoded
    from ..inbound.events import Unverified as Unverified
    from ._generated import models as _models
    from ._generated.models import *  # noqa: F403
    from .receiving import SessionReceiver as SessionReceiver
    from .receiving import receiver as receiver

    __all__ += _models.__all__
else:
    # What receives callbacks is for servers; a program that makes calls alone does not pay for it.
    __getattr__, __dir__ = models_of(
        __name__,
        {
            "Refused": "reknit.inbound.answers",
            "SessionReceiver": "reknit.relays.receiving",
            "Undecoded": "reknit.inbound.events",
            "Unverified": "reknit.inbound.events",
            "receiver": "reknit.relays.receiving",
        },
    )
