"""Webhooks as Rezi may send them, for tests of your own handlers.

Not loaded by the package: `from reknit.rezi import samples`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ..inbound.samples import Sample, sample

__all__ = ["SECTION_SAVED", "Sample", "webhook"]

#: Made up: no property of the payload is documented.
SECTION_SAVED: Final[dict[str, Any]] = {"resume": "resume-0007", "section": "experience"}


def webhook(payload: Mapping[str, Any] | bytes, path_secret: str, *, path: str = "/rezi") -> Sample:
    """Return the request that brings a payload, or a body as it is, to an address that ends with the secret."""
    return sample(payload, {}, f"{path}/{path_secret}")
