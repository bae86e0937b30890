"""Which API keys the sandbox takes.

Any key will do, so that a program runs against the sandbox with whatever it is configured with; only keys that look
wrong are refused, so that the refusal can be tried too.
"""

from __future__ import annotations

import re
from typing import Final

__all__ = ["LIVE_KEY", "TEST_KEY", "WRONG_KEY", "is_live", "looks_wrong"]

#: A key that every API of the sandbox accepts.
TEST_KEY: Final = "test_sandbox_key_3c1f0a"

#: Another, of the live world: what was made with a test key is not there.
LIVE_KEY: Final = "live_sandbox_key_9e27b4"

#: A key that every API of the sandbox refuses.
WRONG_KEY: Final = "wrong_sandbox_key"

_WRONG_START: Final = ("wrong", "invalid", "expired", "revoked")
_PLACEHOLDER: Final = re.compile(r"[<{\[].*|.*your.*key.*|x{3,}|change[-_]?me", re.IGNORECASE)


def looks_wrong(key: str) -> bool:
    """Say whether a key is refused.

    That is one that is empty or not one printable word, a placeholder (`<your key>`), and one that begins with `wrong`,
    `invalid`, `expired` or `revoked`.
    """
    if not key or not key.isascii() or not key.isprintable() or " " in key:
        return True
    return key.lower().startswith(_WRONG_START) or _PLACEHOLDER.fullmatch(key) is not None


def is_live(key: str) -> bool:
    """Say whether a key is of the live world, where the vendor has two; what else it looks like is a test key."""
    return key.lower().startswith(("live", "sk_live", "rk_live"))
