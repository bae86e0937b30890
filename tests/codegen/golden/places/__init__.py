"""A client of Places.

Generated from places.yaml (sha256 f62b691f8e0fde10b5cff87396bec7fb515acbe69aaae56e1180cf22936ae2d2)
by `python -m codegen generate places.yaml --package places`. Do not edit.
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
