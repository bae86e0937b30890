"""Events of Pet Store.

Generated from pets.yaml (sha256 e6475545e37b2264a6639a7f8a346276569a1d5852cab39eaeb5a2820be3aac9)
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
