"""The session webhook of Relays: one unsigned request to a session's `webhook_url`, once the session is ready.

It is a hint: `on_session` reads the session again and hands over what the API itself says.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, overload

from ..errors import ConfigurationError, InvalidArgument, NotFound
from ..inbound.answers import ReceiverHook
from ..inbound.events import Unverified
from ..inbound.handlers import Handler, TransactionHandler, takes_transaction
from ..inbound.reading import Reader
from ..inbound.receiver import MAX_BODY, TIMEOUT, Settings, Source, UnverifiedReceiver, settings_from
from ..inbound.store import Store
from ..inbound.verifying import IN_NO_PATH, SecretSource, keys_from
from ..runtime import Event
from ._generated.events import EVENTS, SESSION_READY

if TYPE_CHECKING:
    from ._generated import models
    from .client import Client

__all__ = ["SessionReceiver", "receiver"]

_LOGGER = logging.getLogger("reknit.inbound")


def recognise(_: Any) -> Event[Any] | None:
    """Return the one event that there is."""
    return SESSION_READY


class SessionReceiver(UnverifiedReceiver["models.SessionReady"]):
    """A receiver of the session webhook. `on` gives the hint itself, `on_session` the session that it is about."""

    def __init__(self, source: Source, settings: Settings, client: Client | None) -> None:
        super().__init__(source, settings)
        self._client = client

    @overload
    def on_session(self, handler: Handler[models.Session], /) -> Handler[models.Session]: ...
    @overload
    def on_session(self, handler: TransactionHandler[models.Session], /) -> TransactionHandler[models.Session]: ...
    def on_session(self, handler: Callable[..., Any], /) -> Callable[..., Any]:
        """Register the handler of sessions that were announced, each read again from the API before it is handed over.

        A hint at a session that does not exist goes nowhere: anyone could have sent it, and who did is answered 2xx.
        Where reading fails otherwise, so does handling. Relays says nothing of coming again after an error: with an
        inbox the hint is kept, and reading is tried again.
        """
        if self._client is None:
            raise ConfigurationError(
                "on_session reads the session again: make the receiver with client=relays.Client()"
            )
        read = self._client.sessions.get

        async def with_session(event: Unverified[models.SessionReady]) -> None:
            session = await _read_again(read, event)
            if session is not None:
                await handler(session)

        async def with_both(event: Unverified[models.SessionReady], transaction: Any) -> None:
            session = await _read_again(read, event)
            if session is not None:
                await handler(session, transaction)

        self._register(SESSION_READY, None)(with_both if takes_transaction(handler) else with_session)
        return handler


async def _read_again(
    read: Callable[[str], Awaitable[models.Session]], event: Unverified[models.SessionReady]
) -> models.Session | None:
    try:
        return await read(event.payload.session_id or "")
    except (InvalidArgument, NotFound):  # no id at all, or one that is no path segment, among the former
        _LOGGER.warning("a relay webhook named no session that exists")
        return None


def receiver(
    path_secret: SecretSource | Sequence[SecretSource] | None = None,
    *,
    client: Client | None = None,
    inbox: Store | None = None,
    name: str = "relays",
    timeout: float = TIMEOUT,
    max_body: int = MAX_BODY,
    hooks: Iterable[ReceiverHook] = (),
) -> SessionReceiver:
    """Return a receiver of the session webhook.

    Nothing is signed, so the address has to end with a secret: `path_secret` (several while one is being replaced), or
    else those in `RELAYS_WEBHOOK_SECRET`, separated by commas. `client` is what `on_session` reads sessions with. For
    the rest see `refonte.receiver`.
    """
    keys = keys_from(path_secret, argument="path_secret", variable="RELAYS_WEBHOOK_SECRET", barred=IN_NO_PATH)
    source = Source(api="relays", reader=Reader(EVENTS, recognise), keys=keys)
    return SessionReceiver(source, settings_from(name, inbox, timeout, max_body, hooks), client)
