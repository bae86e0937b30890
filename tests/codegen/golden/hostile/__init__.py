"""A client of Hostile\"\"\" import os; os.system('true') #.

Generated from hostile.yaml (sha256 415cef0f8a986339c767a90746e763e26e8fb8a9809fc10a744a4d9e5d3e38bb)
by `python -m codegen generate hostile.yaml --package hostile`. Do not edit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .client import Client

if TYPE_CHECKING:
    from ._generated.models import *  # noqa: F403

__all__ = ["Client"]


def __getattr__(name: str) -> Any:
    """Return a model by its name; the models are loaded when the first one is needed."""
    from ._generated import models

    if name in models.__all__:
        return getattr(models, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
