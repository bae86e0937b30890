"""Refonte's callbacks: the results of tasks, with a shared key in a header.

See https://refonte.ai/docs/api-reference/callbacks.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final

from ..inbound.answers import ReceiverHook
from ..inbound.reading import Reader
from ..inbound.receiver import MAX_BODY, TIMEOUT, Receiver, Source, settings_from
from ..inbound.store import Store
from ..inbound.verifying import SecretSource, keys_from
from ..runtime import Event
from ..runtime.narrowing import is_object
from ._generated.events import EVENTS, TASK_CALLBACK

if TYPE_CHECKING:
    from ._generated import models

__all__ = ["KEY_HEADERS", "receiver"]

#: The page on callbacks spells the header in the first way, the one on authentication in the second.
KEY_HEADERS: Final = ("refonte-ai--callback-auth", "refonte.ai-callback-auth")


def recognise(value: Any) -> Event[Any] | None:
    """Return the callback of a task where a body looks like one; batches have callbacks that nobody describes."""
    return TASK_CALLBACK if is_object(value) and ("task_id" in value or "task" in value) else None


def receiver(
    secrets: SecretSource | Sequence[SecretSource] | None = None,
    *,
    inbox: Store | None = None,
    name: str = "refonte",
    timeout: float = TIMEOUT,
    max_body: int = MAX_BODY,
    hooks: Iterable[ReceiverHook] = (),
) -> Receiver[models.TaskCallback]:
    """Return a receiver of Refonte's callbacks.

    `secrets` are the Live Callback Auth Keys that are valid now, or else those in `REFONTE_CALLBACK_KEY`, separated by
    commas: two of them while one is being replaced. With an `inbox`, events are stored under `name` and answered before
    they are handled. An answer takes `timeout` seconds at most, a body has `max_body` bytes at most. `hooks` are told
    of every answer. Raises ConfigurationError where there is no secret.
    """
    keys = keys_from(secrets, argument="secrets", variable="REFONTE_CALLBACK_KEY")
    source = Source(api="refonte", reader=Reader(EVENTS, recognise), keys=keys, key_headers=KEY_HEADERS)
    return Receiver(source, settings_from(name, inbox, timeout, max_body, hooks))
