"""Webhooks as Relays sends them, for tests of your own handlers.

Not loaded by the package: `from reknit.relays import samples`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ..inbound.samples import Sample, sample

__all__ = ["READY", "Sample", "webhook"]

#: A session that is ready. The body is taken to be the session.
READY: Final[dict[str, Any]] = {
    "session_id": "5f0c2d7ab914-S",
    "authorization_token": 2864434397,
    "status": "READY",
    "ready": True,
    "linked": True,
    "error": None,
}


def webhook(payload: Mapping[str, Any] | bytes, path_secret: str, *, path: str = "/relays") -> Sample:
    """Return the request that brings a payload, or a body as it is, to an address that ends with the secret."""
    return sample(payload, {}, f"{path}/{path_secret}")
