"""Events of Places.

Generated from places.yaml (sha256 f62b691f8e0fde10b5cff87396bec7fb515acbe69aaae56e1180cf22936ae2d2)
by `python -m codegen generate places.yaml --package places`. Do not edit.
"""

from __future__ import annotations

from typing import Any, Final

from reknit.runtime import Event

EVENTS: Final[tuple[Event[Any], ...]] = ()
