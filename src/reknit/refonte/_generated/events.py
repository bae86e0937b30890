"""Events of Refonte.AI.

Generated from openapi/refonte.yaml (sha256 71a5524f7d6b23adee7c113c4c73c9b4b5ef4aceef73e5d0d8b0eddc991cc584)
by `python -m codegen generate`. Do not edit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from reknit.runtime import Event, lazy_module

if TYPE_CHECKING:
    from . import models
else:
    models = lazy_module(__name__, "models")  # loaded when it is first needed

TASK_CALLBACK: Final[Event[models.TaskCallback]] = Event(name="task_callback", payload=lambda: models.TaskCallback)
"""A task was completed or failed.

Any 2xx stops the callbacks; otherwise up to 20 more tries follow within 24 hours. There is no event id, no signature
and no timestamp: the same callback may come many times, and two of one task in either order. Scale also calls when a
task cannot be created, when an audit changes it, and when it is recalled to `pending`.

See https://refonte.ai/docs/api-reference/callbacks.
"""

EVENTS: Final[tuple[Event[Any], ...]] = (TASK_CALLBACK,)
