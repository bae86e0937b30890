"""Models of Hub.

Generated from hub.yaml (sha256 47d64549e5e67e0340ac3a6898fdf17731c107cf1f03a36e174e22b6ad4e25b8)
by `python -m codegen generate hub.yaml --package hub`. Do not edit.
"""

from __future__ import annotations

import builtins
import datetime as dt
from datetime import datetime
from enum import StrEnum
from typing import Any

from attrs import define, field

from reknit.options import UNSET, UnsetType
from reknit.runtime import OpenEnum, OpenIntEnum, blank

__all__ = [
    "Closed",
    "Priority",
    "RiskLevel",
    "Run",
    "RunResult",
    "RunsListResult",
    "Tool",
]


class RiskLevel(OpenEnum):
    """What a tool may do."""

    READ = "read"
    WRITE = "write"
    IN_BETWEEN = "in-between"
    EMPTY = ""
    VALUE_1 = "1"


class Priority(OpenIntEnum):
    """The schema `Priority`."""

    LOW = 1
    HIGH = 5
    NONE = -1


class Closed(StrEnum):
    """The schema `Closed`."""

    ON = "on"
    OFF = "off"


@define(kw_only=True)
class Tool:
    """A tool."""

    key: str
    """Names the tool, such as `itsm.tickets.create`."""

    risk_level: RiskLevel | None = None
    priority: Priority | None = None
    state: Closed | None = None
    checked_at: datetime | None
    retired: dt.date | UnsetType | None = UNSET
    connectors: Any = UNSET
    """Not documented further."""

    list: builtins.list[str] | None = None
    field: builtins.list[Tool] | None = None
    date: dt.date | None = None


@define(kw_only=True)
class Run:
    """The schema `Run`."""

    run_id: str = field(metadata={"wire": "runId"})
    access_token: str = field(repr=blank)
    result: RunResult | None = None
    parent: Run | UnsetType | None = UNSET


@define(kw_only=True)
class RunResult:
    """`result` of `Run`."""

    exit_code: int | None = field(default=None, metadata={"wire": "exit-code"})
    additional_properties: dict[str, str] = field(factory=dict[str, Any], metadata={"rest": True})
    """Properties that the document does not name."""


@define(kw_only=True)
class RunsListResult:
    """An answer."""

    docs: list[Run] | None = None
    next_token: str | UnsetType | None = field(default=UNSET, metadata={"wire": "nextToken"})
    has_more: bool | None = field(default=None, metadata={"wire": "hasMore"})
