"""Rezi: users of a resume product, their resumes and plans.

`Client` makes the calls; the models of the API are here by name (`rezi.Plan`) and load when they are first used.
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
