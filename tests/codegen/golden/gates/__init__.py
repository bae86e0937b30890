"""A client of Gates.

Generated from gates.yaml (sha256 628041ccaf09613a1ae348116dc519266b68fbe27f6fdf1e97f96c9185e07aca)
by `python -m codegen generate gates.yaml --package gates`. Do not edit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .client import SERVERS, Client

if TYPE_CHECKING:
    from ._generated.models import *  # noqa: F403

__all__ = ["SERVERS", "Client"]


def __getattr__(name: str) -> Any:
    """Return a model by its name; the models are loaded when the first one is needed."""
    from ._generated import models

    if name in models.__all__:
        return getattr(models, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
