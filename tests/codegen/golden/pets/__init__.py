"""A client of Pet Store.

Generated from pets.yaml (sha256 e6475545e37b2264a6639a7f8a346276569a1d5852cab39eaeb5a2820be3aac9)
by `python -m codegen generate pets.yaml --package pets`. Do not edit.
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
