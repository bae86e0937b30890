"""Events of Rezi.

Generated from openapi/rezi.yaml (sha256 4c08926a9d097acac5ac4e50ee273f402e1e591d9908013492eca81e53599cd8)
by `python -m codegen generate`. Do not edit.
"""

from __future__ import annotations

from typing import Any, Final

from reknit.runtime import Event

RESUME_SECTION_SAVED: Final[Event[dict[str, Any]]] = Event(name="resume_section_saved", payload=lambda: dict[str, Any])
"""A section of a resume was saved.

Uncertain: The event is listed; its name, payload, signature and retries are not documented.

See https://rezi-1.gitbook.io/rms-guide/rezi-rms-features/webhook.
"""

EVENTS: Final[tuple[Event[Any], ...]] = (RESUME_SECTION_SAVED,)
