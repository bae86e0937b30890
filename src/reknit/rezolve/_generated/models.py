"""Models of Rezolve Integration Hub.

Generated from openapi/rezolve.yaml (sha256 faa081c57337d29c994e36ecacf1dfbd0721c313ff52efa5a297e6ab8f5d3939)
by `python -m codegen generate`. Do not edit.
"""

from __future__ import annotations

from typing import Any

from attrs import define

from reknit.options import UNSET
from reknit.runtime import OpenEnum

__all__ = [
    "Error",
    "ErrorCode",
    "ErrorDetail",
    "ExecuteRequest",
    "RiskLevel",
    "Tool",
    "ToolEnvelope",
    "ToolListEnvelope",
    "ToolResult",
]


class RiskLevel(OpenEnum):
    """What a tool may do: `read` changes nothing, `write` creates or modifies, `destructive` cannot be undone, `admin`
    needs elevated rights.
    """

    READ = "read"
    WRITE = "write"
    DESTRUCTIVE = "destructive"
    ADMIN = "admin"


class ErrorCode(OpenEnum):
    """The common codes; others may come."""

    UNAUTHORIZED = "UNAUTHORIZED"
    FORBIDDEN = "FORBIDDEN"
    TOOL_NOT_FOUND = "TOOL_NOT_FOUND"
    CONNECTION_NOT_FOUND = "CONNECTION_NOT_FOUND"
    INVALID_INPUT = "INVALID_INPUT"
    APPROVAL_REQUIRED = "APPROVAL_REQUIRED"
    UPSTREAM_ERROR = "UPSTREAM_ERROR"
    RATE_LIMITED = "RATE_LIMITED"


@define(kw_only=True)
class Tool:
    """A vendor-neutral tool. What it says is documented, the names of its properties are not."""

    key: str | None = None
    """Names the tool in a path, such as `itsm.tickets.create`."""

    name: str | None = None
    description: str | None = None
    domain: str | None = None
    """One of 24; only `itsm` is known by name."""

    risk_level: RiskLevel | None = None
    input_schema: dict[str, Any] | None = None
    """The JSON Schema of `input`."""

    output_schema: dict[str, Any] | None = None
    """The JSON Schema of the result's `data`."""

    connectors: Any = UNSET
    """The connectors that implement the tool."""


@define(kw_only=True)
class ToolListEnvelope:
    """The success envelope around a list of tools."""

    success: bool | None = None
    data: list[Tool]
    request_id: str | None = None


@define(kw_only=True)
class ToolEnvelope:
    """The success envelope around a tool."""

    success: bool | None = None
    data: Tool
    request_id: str | None = None


@define(kw_only=True)
class ExecuteRequest:
    """The schema `ExecuteRequest`."""

    input: dict[str, Any]
    """What the tool's input schema asks for."""

    connection_id: str | None = None
    """The connection to run on. Without it the Hub chooses one."""

    idempotency_key: str | None = None
    """Makes a write or destructive call safe to replay."""

    dry_run: bool | None = None
    """Validate the call, do not execute it."""


@define(kw_only=True)
class ToolResult:
    """The success envelope of an execution."""

    success: bool
    data: Any = UNSET
    """The tool's own output, any JSON."""

    connection_id: str | None = None
    """The connection that the tool ran on."""

    duration_ms: float | None = None
    """How long the tool ran, in milliseconds."""

    request_id: str
    """Names this call to Rezolve's support."""


@define(kw_only=True)
class ErrorDetail:
    """What went wrong."""

    code: ErrorCode
    message: str
    details: dict[str, Any] | None = None


@define(kw_only=True)
class Error:
    """The error envelope."""

    success: bool
    """Always false."""

    error: ErrorDetail
    request_id: str | None = None
    """Names this call to Rezolve's support."""
