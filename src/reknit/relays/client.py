"""What Relays does its own way: keys after the word `token`, and sessions that cost until they are deleted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Literal

from ..errors import DeadlineExceeded, InvalidArgument, NotFound, ReknitError
from ..options import RequestOptions, check_number
from ..runtime import ApiKey, Api, BaseClient, Caller
from ..runtime.hooks import Waiting
from ._generated import operations

if TYPE_CHECKING:
    from ._generated.models import Filter, Session, User

__all__ = ["Client", "SessionNotReady", "Sessions"]

#: The vendor's own tools poll like this.
_FIRST_PAUSE, _GROWTH, _LONGEST_PAUSE, _PATIENCE = 1.0, 1.5, 5.0, 30.0
#: A session that is no longer wanted costs until it is deleted, so deleting has a time of its own.
_TO_DELETE = RequestOptions(timeout=15.0)


class SessionNotReady(ReknitError):
    """A session failed, or was not ready in time. `session` is its last state; `sessions.open` has deleted it."""

    session: Session
    session_id: str = ""


def pauses() -> Iterator[float]:
    """Yield the seconds between two looks at a session that is being made: 1, growing by half up to 5."""
    pause = _FIRST_PAUSE
    while True:
        yield pause
        pause = min(_LONGEST_PAUSE, pause * _GROWTH)


def readiness(session: Session) -> Literal["ready", "failed", "pending"]:
    """Decide by `ready`, then by `error`, never by `status`: the vendor's own example is ready beside an error."""
    if session.ready:
        return "ready"
    return "failed" if session.error else "pending"


class Sessions(operations.Sessions):
    """Relay sessions, with the two steps that every user of them needs: waiting for one, and not leaving one behind."""

    __slots__ = ()

    async def wait_until_ready(self, session_id: str, *, timeout: float = _PATIENCE) -> Session:
        """Poll a session until it is ready and return it.

        `timeout` in seconds bounds it all; the pauses between two polls grow from 1 s to 5 s. Raises SessionNotReady when
        the session failed or the time is up. The session is left as it is.
        """
        check_number("timeout", timeout, above=0)
        deadline = asyncio.get_running_loop().time() + timeout
        return await self._ready(await self._look(session_id, deadline, None), deadline)

    @asynccontextmanager
    async def open(
        self,
        *,
        users: Sequence[str | User] | None = None,
        filters: Sequence[Filter] | None = None,
        webhook_url: str | None = None,
        timeout: float = _PATIENCE,
    ) -> AsyncIterator[Session]:
        """Create a session, wait until it is ready, and delete it when the block ends, however it ends.

        `users` are IP addresses or `User` objects; `timeout` in seconds bounds creating and waiting. Raises
        SessionNotReady when the session failed or was not ready in time; it has been deleted by then.
        """
        check_number("timeout", timeout, above=0)
        if isinstance(users, str):
            raise InvalidArgument("users must be a list of IP addresses, not one string")
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout
        session = await self._created(users, filters, webhook_url, timeout)
        try:
            yield await self._ready(session, deadline)
        except BaseException as error:
            try:
                await self._delete_surely(session.session_id)
            except ReknitError as failure:
                error.add_note(f"session {session.session_id} could not be deleted and goes on costing: {failure}")
            raise
        await self._delete_surely(session.session_id)

    async def _created(
        self,
        users: Sequence[str | User] | None,
        filters: Sequence[Filter] | None,
        webhook_url: str | None,
        timeout: float,
    ) -> Session:
        """Create a session; when the caller is cancelled meanwhile, wait for the answer, to delete what it brings."""
        from ._generated.models import User

        admitted = None if users is None else [User(ip=user) if isinstance(user, str) else user for user in users]
        creating = asyncio.ensure_future(
            self.create(
                users=admitted,
                filters=None if filters is None else list(filters),
                webhook_url=webhook_url,
                options=RequestOptions(timeout=timeout),
            )
        )
        try:
            return await asyncio.shield(creating)
        except asyncio.CancelledError:
            with suppress(ReknitError):
                await self._delete_surely((await creating).session_id)
            raise

    async def _ready(self, session: Session, deadline: float) -> Session:
        loop = asyncio.get_running_loop()
        for pause in pauses():
            state = readiness(session)
            if state == "ready":
                return session
            if state == "failed":
                raise _not_ready(session, f"failed: {session.error}")
            if pause >= deadline - loop.time():
                break
            self._caller.tell(Waiting(0, "relays.sessions.get", pause, "readiness"))
            await asyncio.sleep(pause)
            session = await self._look(session.session_id, deadline, session)
        raise _not_ready(session, "was not ready in time")

    async def _look(self, session_id: str, deadline: float, before: Session | None) -> Session:
        left = max(deadline - asyncio.get_running_loop().time(), 0.001)
        left = min(left, self._caller.settings.timeout)
        try:
            return await self.get(session_id, options=RequestOptions(timeout=left))
        except DeadlineExceeded:
            if before is None:
                raise
            raise _not_ready(before, "was not ready in time") from None

    async def _delete_surely(self, session_id: str) -> None:
        """Delete a session, to the end even when the caller is cancelled again; one that is gone already is fine."""
        deleting = asyncio.ensure_future(self._delete_or_gone(session_id))
        try:
            await asyncio.shield(deleting)
        except asyncio.CancelledError:
            await deleting
            raise

    async def _delete_or_gone(self, session_id: str) -> None:
        with suppress(NotFound):
            await self.delete(session_id, options=_TO_DELETE)


def _not_ready(session: Session, why: str) -> SessionNotReady:
    error = SessionNotReady(f"relay session {session.session_id} {why}")
    return error.with_context(session=session, session_id=session.session_id, operation="relays.sessions.get")


API = Api(name="relays", server="https://api.edgegap.com", scheme=ApiKey("Authorization", "token "))


class Client(BaseClient):
    """Relays. The key is `api_key` or `RELAYS_API_KEY`, with or without the word `token` before it."""

    api = API
    sessions: Sessions

    def _assemble(self, caller: Caller) -> None:
        self.sessions = Sessions(caller)
