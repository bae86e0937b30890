"""The four APIs on one's own machine: `async with Sandbox() as box`.

Nothing here is imported by a client, and the sandbox knows nothing of the clients: what they agree on is the vendors'
documentation alone.
"""

from __future__ import annotations

from .clock import Clock
from .faults import Faults
from .keys import TEST_KEY, WRONG_KEY
from .ledger import Effect, Ledger, Request
from .server import Sandbox

__all__ = ["TEST_KEY", "WRONG_KEY", "Clock", "Effect", "Faults", "Ledger", "Request", "Sandbox"]
