"""Events of Hub.

Generated from hub.yaml (sha256 47d64549e5e67e0340ac3a6898fdf17731c107cf1f03a36e174e22b6ad4e25b8)
by `python -m codegen generate hub.yaml --package hub`. Do not edit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from reknit.runtime import Event, lazy_module

if TYPE_CHECKING:
    from . import models
else:
    models = lazy_module(__name__, "models")  # loaded when it is first needed

RUN_FINISHED: Final[Event[models.Run]] = Event(name="run.finished", payload=lambda: models.Run)
"""A run finished.

It may come twice.

Uncertain: Signatures are not documented.
"""

EVENTS: Final[tuple[Event[Any], ...]] = (RUN_FINISHED,)
