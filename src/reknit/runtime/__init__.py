"""What happens to a call: from typed arguments to one typed result, whatever the network does.

This package knows no API by name. What it exports here is what generated code, and the hand-written clients beside it,
stand on; packages that were generated elsewhere rely on it, so it changes only with the major version.
"""

from __future__ import annotations

from .answers import Answer, Failure, class_for_status, error_object, judge_by_status
from .attempts import Attempt, RateLimitState, Response
from .caller import Api, Call, Caller
from .client import MAX_BODY, BaseClient
from .credentials import ApiKey, Basic, Bearer, Credential, KeySource
from .enums import OpenEnum, OpenIntEnum
from .hooks import Hook, HookEvent
from .lazy import lazy_module
from .limiter import Limiter
from .operations import (
    Bytes,
    CursorPages,
    Event,
    FileInput,
    IdempotencyKey,
    Json,
    OffsetPages,
    Operation,
    Style,
    Tagged,
    Text,
    Unknown,
    given,
    present,
)
from .pages import Page, Pages
from .secrets import Secret, blank
from .transport import Session

__all__ = [
    "MAX_BODY",
    "Answer",
    "Api",
    "ApiKey",
    "Attempt",
    "BaseClient",
    "Basic",
    "Bearer",
    "Bytes",
    "Call",
    "Caller",
    "Credential",
    "CursorPages",
    "Event",
    "Failure",
    "FileInput",
    "Hook",
    "HookEvent",
    "IdempotencyKey",
    "Json",
    "KeySource",
    "Limiter",
    "OffsetPages",
    "OpenEnum",
    "OpenIntEnum",
    "Operation",
    "Page",
    "Pages",
    "RateLimitState",
    "Response",
    "Secret",
    "Session",
    "Style",
    "Tagged",
    "Text",
    "Unknown",
    "blank",
    "class_for_status",
    "error_object",
    "given",
    "judge_by_status",
    "lazy_module",
    "present",
]
