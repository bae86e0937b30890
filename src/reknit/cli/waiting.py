"""The two answers that one may wait beyond: a call that someone has to approve, and a session that is being made."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from ..errors import APIError
from .exits import Exit, exit_of

__all__ = ["WAITS", "beyond_answer", "beyond_error"]

#: What `--wait` waits for, by operation.
WAITS: Final[Mapping[str, str]] = {
    "rezolve.tools.execute": "until someone has approved the call",
    "relays.sessions.create": "until the session is ready",
}


def beyond_error(error: APIError, wait: float | None) -> Awaitable[Any] | None:
    """Return what waits for the approval that an error asks for; None where there is none to wait for."""
    if wait is None or exit_of(error) is not Exit.APPROVAL:
        return None
    replay: Callable[..., Awaitable[Any]] = getattr(error, "replay")  # noqa: B009 - of ApprovalRequired alone
    return replay(timeout=wait)


def beyond_answer(client: Any, operation: str, value: Any, wait: float | None) -> Awaitable[Any] | None:
    """Return what waits until the thing that an answer names is ready; None where there is nothing to wait for."""
    if wait is None or operation != "relays.sessions.create" or value.ready:
        return None
    return client.sessions.wait_until_ready(value.session_id, timeout=wait)  # type: ignore[no-any-return]
