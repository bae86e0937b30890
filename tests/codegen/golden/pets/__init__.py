"""A client of Pet Store.

Generated from pets.yaml (sha256 59888a97d790eca6b2607624ae4435936143bbb23c256d2037bdb27eda3b7282)
by `python -m codegen generate pets.yaml --package pets`. Do not edit.
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
