"""A client of Hub.

Generated from hub.yaml (sha256 47d64549e5e67e0340ac3a6898fdf17731c107cf1f03a36e174e22b6ad4e25b8)
by `python -m codegen generate hub.yaml --package hub`. Do not edit.
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
