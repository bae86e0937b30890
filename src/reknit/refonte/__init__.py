"""Refonte.AI: data-labelling tasks, their batches, projects and files.

`Client` makes the calls; the models of the API are here by name (`refonte.Task`) and load when they are first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..runtime.lazy import models_of
from .client import Client

__all__ = ["Client"]

if TYPE_CHECKING:
    from ._generated import models as _models
    from ._generated.models import *  # noqa: F403

    __all__ += _models.__all__
else:
    __getattr__, __dir__ = models_of(__name__)
