"""Refonte.AI: data-labelling tasks, their batches, projects and files.

`Client` makes the calls; the models of the API are here by name (`refonte.Task`) and load when they are first used.
`receiver` takes its callbacks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..runtime.lazy import models_of
from .client import Client

__all__ = ["Client"]

if TYPE_CHECKING:
    from ..inbound.answers import Refused as Refused
    from ..inbound.events import Undecoded as Undecoded
    from ..inbound.receiver import Receiver as Receiver
    from ._generated import models as _models
    from ._generated.models import *  # noqa: F403
    from .receiving import receiver as receiver

    __all__ += _models.__all__
else:
    # What receives callbacks is for servers; a program that makes calls alone does not pay for it.
    __getattr__, __dir__ = models_of(
        __name__,
        {
            "Receiver": "reknit.inbound.receiver",
            "Refused": "reknit.inbound.answers",
            "Undecoded": "reknit.inbound.events",
            "receiver": "reknit.refonte.receiving",
        },
    )
