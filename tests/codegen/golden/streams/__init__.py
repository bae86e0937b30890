"""A client of Streams.

Generated from streams.yaml (sha256 fd55a3a325ca2ed782a8b225164e2e7d2088b438a24535945927d8e44a68bd0c)
by `python -m codegen generate streams.yaml --package streams`. Do not edit.
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
