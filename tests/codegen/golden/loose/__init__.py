"""A client of Loose.

Generated from loose.yaml (sha256 d371705fc18775ccee4aed9a4e5b20c3235c9e6c2133fd7d9ed69d764d03b6ed)
by `python -m codegen generate loose.yaml --package loose`. Do not edit.
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
