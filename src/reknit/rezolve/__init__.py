"""Rezolve Integration Hub: vendor-neutral tools (ITSM, HRIS, CRM …), with approvals.

`Client` makes the calls; the models of the API are here by name (`rezolve.Tool`) and load when they are first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .client import (
    ApprovalRequired,
    Client,
    ConnectionNotFound,
    InvalidInput,
    ToolNotFound,
    UpstreamError,
)

if TYPE_CHECKING:
    from ._generated.models import *  # noqa: F403

__all__ = ["ApprovalRequired", "Client", "ConnectionNotFound", "InvalidInput", "ToolNotFound", "UpstreamError"]


def __getattr__(name: str) -> Any:
    from ..runtime.lazy import model_of

    return model_of(__name__, name)
