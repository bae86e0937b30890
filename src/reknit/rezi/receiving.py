"""Rezi's webhook. One event is listed, a saved section of a resume, and nothing else is said of it.

See https://rezi-1.gitbook.io/rms-guide/rezi-rms-features/webhook.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ..inbound.answers import ReceiverHook
from ..inbound.reading import Reader
from ..inbound.receiver import MAX_BODY, TIMEOUT, Source, UnverifiedReceiver, settings_from
from ..inbound.store import Store
from ..inbound.verifying import IN_NO_PATH, SecretSource, keys_from
from ..runtime import Event
from ._generated.events import EVENTS, RESUME_SECTION_SAVED

__all__ = ["RESUME_SECTION_SAVED", "receiver"]


def recognise(_: Any) -> Event[Any] | None:
    """Return the one event that there is."""
    return RESUME_SECTION_SAVED


def receiver(
    path_secret: SecretSource | Sequence[SecretSource] | None = None,
    *,
    inbox: Store | None = None,
    name: str = "rezi",
    timeout: float = TIMEOUT,
    max_body: int = MAX_BODY,
    hooks: Iterable[ReceiverHook] = (),
) -> UnverifiedReceiver[dict[str, Any]]:
    """Return a receiver of Rezi's webhook, whose payload is any JSON object.

    How Rezi signs is not documented, so the address has to end with a secret: one of `path_secret`, or else of those in
    `REZI_WEBHOOK_SECRET`, separated by commas. For the rest see `refonte.receiver`.
    """
    keys = keys_from(path_secret, argument="path_secret", variable="REZI_WEBHOOK_SECRET", barred=IN_NO_PATH)
    source = Source(api="rezi", reader=Reader(EVENTS, recognise), keys=keys)
    return UnverifiedReceiver(source, settings_from(name, inbox, timeout, max_body, hooks))
