"""Events of Hostile\"\"\" import os; os.system('true') #.

Generated from hostile.yaml (sha256 415cef0f8a986339c767a90746e763e26e8fb8a9809fc10a744a4d9e5d3e38bb)
by `python -m codegen generate hostile.yaml --package hostile`. Do not edit.
"""

from __future__ import annotations

from typing import Any, Final

from reknit.runtime import Event

EVENTS: Final[tuple[Event[Any], ...]] = ()
