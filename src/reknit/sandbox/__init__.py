"""The four APIs on one's own machine: `async with Sandbox() as box`.

Nothing here is imported by a client, and the sandbox knows nothing of the clients: what they agree on is the vendors'
documentation alone.
"""

from __future__ import annotations

try:
    import jsonschema_rs as _  # noqa: F401  # looked for first, so that its absence is explained
except ImportError as _error:
    raise ImportError("the sandbox needs jsonschema-rs: pip install 'reknit[sandbox]'") from _error

from .clock import Clock
from .faults import (
    Delay,
    DuplicateCallback,
    Fault,
    Faults,
    GzipBomb,
    InvalidJson,
    Limited,
    Mix,
    Planned,
    Refuse,
    ReorderCallbacks,
    Reset,
    Status,
    Trickle,
    Truncate,
    Unknown,
    UnknownFault,
    WrongLength,
    WrongSecret,
    WrongShape,
    fault_of,
    parse_fault,
)
from .keys import LIVE_KEY, TEST_KEY, WRONG_KEY
from .ledger import Change, Effect, Event, Ledger, Request
from .server import Sandbox
from .state import BrokenState
from .wire import StateConflict

__all__ = [
    "LIVE_KEY",
    "TEST_KEY",
    "WRONG_KEY",
    "BrokenState",
    "Change",
    "Clock",
    "Delay",
    "DuplicateCallback",
    "Effect",
    "Event",
    "Fault",
    "Faults",
    "GzipBomb",
    "InvalidJson",
    "Ledger",
    "Limited",
    "Mix",
    "Planned",
    "Refuse",
    "ReorderCallbacks",
    "Request",
    "Reset",
    "Sandbox",
    "StateConflict",
    "Status",
    "Trickle",
    "Truncate",
    "Unknown",
    "UnknownFault",
    "WrongLength",
    "WrongSecret",
    "WrongShape",
    "fault_of",
    "parse_fault",
]
