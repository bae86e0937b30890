"""Events of Streams.

Generated from streams.yaml (sha256 fd55a3a325ca2ed782a8b225164e2e7d2088b438a24535945927d8e44a68bd0c)
by `python -m codegen generate streams.yaml --package streams`. Do not edit.
"""

from __future__ import annotations

from typing import Any, Final

from reknit.runtime import Event

EVENTS: Final[tuple[Event[Any], ...]] = ()
