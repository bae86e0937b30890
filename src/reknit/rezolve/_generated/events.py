"""Events of Rezolve Integration Hub.

Generated from openapi/rezolve.yaml (sha256 faa081c57337d29c994e36ecacf1dfbd0721c313ff52efa5a297e6ab8f5d3939)
by `python -m codegen generate`. Do not edit.
"""

from __future__ import annotations

from typing import Any, Final

from reknit.runtime import Event

EVENTS: Final[tuple[Event[Any], ...]] = ()
