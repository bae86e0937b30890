"""What happens to a call: from typed arguments to one typed result, whatever the network does.

This package knows no API by name. What it exports here is what generated code, and the hand-written clients beside it,
stand on; packages that were generated elsewhere rely on it, so it changes only with the major version.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

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
    AnswerHeader,
    AnswerHeaders,
    Bytes,
    CursorPages,
    ErrorBody,
    Event,
    Events,
    FileContent,
    FileInput,
    IdempotencyKey,
    Implied,
    Json,
    Lines,
    OffsetPages,
    Operation,
    Style,
    Tagged,
    Text,
    Unknown,
    given,
    present,
    with_headers,
)
from .pages import Page, Pages
from .secrets import Secret, blank
from .transport import Session

if TYPE_CHECKING:
    from .aliases import TypeAliasType
    from .document import DocumentClient
    from .security import Proof
    from .servers import ApiServer, ServerVariable
    from .streams import EventStream, LineStream, ServerSentEvent

__all__ = [
    "MAX_BODY",
    "Answer",
    "AnswerHeader",
    "AnswerHeaders",
    "Api",
    "ApiKey",
    "ApiServer",
    "Attempt",
    "BaseClient",
    "Basic",
    "Bearer",
    "Bytes",
    "Call",
    "Caller",
    "Credential",
    "CursorPages",
    "DocumentClient",
    "ErrorBody",
    "Event",
    "EventStream",
    "Events",
    "Failure",
    "FileContent",
    "FileInput",
    "Hook",
    "HookEvent",
    "IdempotencyKey",
    "Implied",
    "Json",
    "KeySource",
    "Limiter",
    "LineStream",
    "Lines",
    "OffsetPages",
    "OpenEnum",
    "OpenIntEnum",
    "Operation",
    "Page",
    "Pages",
    "Proof",
    "RateLimitState",
    "Response",
    "Secret",
    "ServerSentEvent",
    "ServerVariable",
    "Session",
    "Style",
    "Tagged",
    "Text",
    "TypeAliasType",
    "Unknown",
    "blank",
    "class_for_status",
    "error_object",
    "given",
    "judge_by_status",
    "lazy_module",
    "present",
    "with_headers",
]

#: What loads when it is first asked for, and its module: most APIs have no streams, and few have several schemes.
_LATE = {
    "ApiServer": "servers",
    "DocumentClient": "document",
    "EventStream": "streams",
    "LineStream": "streams",
    "Proof": "security",
    "ServerSentEvent": "streams",
    "ServerVariable": "servers",
    "TypeAliasType": "aliases",
}


def __getattr__(name: str) -> Any:
    """Load what not every API needs when it is first asked for (PEP 562)."""
    if name in _LATE:
        return getattr(importlib.import_module(f"{__name__}.{_LATE[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
