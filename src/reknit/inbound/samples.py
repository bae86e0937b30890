"""Requests as an API sends them, for users' own tests of their handlers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

__all__ = ["Sample", "sample"]


class Sample(NamedTuple):
    """A request: what a test client posts, or `receiver.verify` takes."""

    headers: dict[str, str]
    body: bytes
    path: str = "/"


def sample(payload: Mapping[str, Any] | bytes, headers: Mapping[str, str], path: str = "/") -> Sample:
    """Return a request with a payload as JSON, or with a body as it is."""
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return Sample({"Content-Type": "application/json", **headers}, body, path)
