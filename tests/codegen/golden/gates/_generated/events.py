"""Events of Gates.

Generated from gates.yaml (sha256 628041ccaf09613a1ae348116dc519266b68fbe27f6fdf1e97f96c9185e07aca)
by `python -m codegen generate gates.yaml --package gates`. Do not edit.
"""

from __future__ import annotations

from typing import Any, Final

from reknit.runtime import Event

EVENTS: Final[tuple[Event[Any], ...]] = ()
