"""Events of Places.

Generated from places.yaml (sha256 8d05c17b1dd6e30f26f2a953fad66f30d04ebc1735f237ce5402446a82bb6199)
by `python -m codegen generate places.yaml --package places`. Do not edit.
"""

from __future__ import annotations

from typing import Any, Final

from reknit.runtime import Event

EVENTS: Final[tuple[Event[Any], ...]] = ()
