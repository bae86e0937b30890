"""A client of Places.

Generated from places.yaml (sha256 8d05c17b1dd6e30f26f2a953fad66f30d04ebc1735f237ce5402446a82bb6199)
by `python -m codegen generate places.yaml --package places`. Do not edit.
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
