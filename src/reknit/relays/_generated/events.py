"""Events of Relays.

Generated from openapi/relays.yaml (sha256 eaf94e862673a56ed12d64ec7d31c61bc5e2cc02381fbf2d48538c58e77d8f68)
by `python -m codegen generate`. Do not edit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from reknit.runtime import Event, lazy_module

if TYPE_CHECKING:
    from . import models
else:
    models = lazy_module(__name__, "models")  # loaded when it is first needed

SESSION_READY: Final[Event[models.SessionReady]] = Event(name="session_ready", payload=lambda: models.SessionReady)
"""A relay session is ready.

One request to the session's `webhook_url`. It is not signed: take it as a hint, read the session again before acting on
it, and keep a secret in the URL.

See https://docs.edgegap.com/docs/api/relays.
"""

EVENTS: Final[tuple[Event[Any], ...]] = (SESSION_READY,)
