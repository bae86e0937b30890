"""Events of Pet Store.

Generated from pets.yaml (sha256 59888a97d790eca6b2607624ae4435936143bbb23c256d2037bdb27eda3b7282)
by `python -m codegen generate pets.yaml --package pets`. Do not edit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from reknit.runtime import Event, lazy_module

if TYPE_CHECKING:
    from . import models
else:
    models = lazy_module(__name__, "models")  # loaded when it is first needed

PHOTO_READY: Final[Event[models.PhotoReadyPayload]] = Event(name="photoReady", payload=lambda: models.PhotoReadyPayload)
"""The event `photoReady`."""

EVENTS: Final[tuple[Event[Any], ...]] = (PHOTO_READY,)
