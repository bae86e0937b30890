"""What Relays does its own way: keys after the word `token`, and sessions that cost until they are deleted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any, Literal

from ..errors import DeadlineExceeded, DecodeError, InvalidArgument, NotFound, ReknitError
from ..options import RequestOptions, check_number
from ..runtime import Answer, Api, ApiKey, BaseClient, Caller, error_object, lazy_module
from ..runtime.answers import string_in
from ..runtime.hooks import Waiting
from ._generated import operations

if TYPE_CHECKING:
    from ._generated import models
else:
    models = lazy_module(operations.__name__, "models")  # loaded when it is first needed

__all__ = ["Client", "SessionNotReady", "Sessions"]

#: The vendor's own tools poll like this.
_FIRST_PAUSE, _GROWTH, _LONGEST_PAUSE, _PATIENCE = 1.0, 1.5, 5.0, 30.0
#: A session that is no longer wanted costs until it is deleted, so deleting has a time of its own.
_TO_DELETE = RequestOptions(timeout=15.0)
#: How often deleting begins again when its own task was cancelled, as a loop that shuts down cancels all there are.
_TO_DELETE_AGAIN = 3


class SessionNotReady(ReknitError):
    """A session failed, or was not ready in time. `session` is its last state; `sessions.open` has deleted it."""

    session: models.Session
    session_id: str = ""


def pauses() -> Iterator[float]:
    """Yield the seconds between two looks at a session that is being made: 1, growing by half up to 5."""
    pause = _FIRST_PAUSE
    while True:
        yield pause
        pause = min(_LONGEST_PAUSE, pause * _GROWTH)


def readiness(session: models.Session) -> Literal["ready", "failed", "pending"]:
    """Decide by `ready`, then by `error`, never by `status`: the vendor's own example is ready beside an error."""
    if session.ready:
        return "ready"
    return "failed" if session.error else "pending"


class Sessions(operations.Sessions):
    """Relay sessions, with the two steps that every user of them needs: waiting for one, and not leaving one behind."""

    __slots__ = ()

    async def wait_until_ready(self, session_id: str, *, timeout: float = _PATIENCE) -> models.Session:
        """Poll a session until it is ready and return it.

        `timeout` in seconds bounds it all; the pauses between two polls grow from 1 s to 5 s. Raises SessionNotReady
        when the session failed or the time is up, DeadlineExceeded where not even the first poll was answered. The
        session is left as it is.
        """
        check_number("timeout", timeout, above=0)
        deadline = asyncio.get_running_loop().time() + timeout
        return await self._ready(await self._look(session_id, deadline), deadline)

    @asynccontextmanager
    async def open(
        self,
        *,
        users: Sequence[str | models.User] | None = None,
        filters: Sequence[models.Filter] | None = None,
        webhook_url: str | None = None,
        timeout: float = _PATIENCE,
    ) -> AsyncGenerator[models.Session]:
        """Create a session, wait until it is ready, and delete it when the block ends, however it ends.

        `users` are IP addresses or `User` objects; `timeout` in seconds bounds creating and waiting. Raises
        SessionNotReady when the session failed or was not ready in time; it has been deleted by then.
        """
        check_number("timeout", timeout, above=0)
        if isinstance(users, str):
            raise InvalidArgument("users must be a list of IP addresses, not one string")
        deadline = asyncio.get_running_loop().time() + timeout
        session = await self._created(users, filters, webhook_url, timeout)
        try:
            yield await self._ready(session, deadline)
        except BaseException as error:
            await self._delete_after(session.session_id, error)
            raise
        await self._delete_surely(session.session_id)

    async def _created(
        self,
        users: Sequence[str | models.User] | None,
        filters: Sequence[models.Filter] | None,
        webhook_url: str | None,
        timeout: float,
    ) -> models.Session:
        """Create a session; delete it again where the caller was cancelled meanwhile, or the answer does not fit."""
        admitted = None
        if users is not None:
            admitted = [models.User(ip=user) if isinstance(user, str) else user for user in users]
        creating = asyncio.ensure_future(
            self.create(
                users=admitted,
                filters=None if filters is None else list(filters),
                webhook_url=webhook_url,
                options=RequestOptions(timeout=timeout),
            )
        )
        cancelled = await _outlast(creating)
        if creating.cancelled():  # all tasks were, by a loop that shuts down
            cancelled = cancelled or asyncio.CancelledError()
            cancelled.add_note("a relay session may have been created, whose id is not known: it goes on costing")
            raise cancelled
        failure = creating.exception()
        reason = cancelled or failure
        if reason is None:
            return creating.result()
        session_id = creating.result().session_id if failure is None else _session_id_in(failure)
        if session_id is not None:
            await self._delete_after(session_id, reason)
        raise reason

    async def _ready(self, session: models.Session, deadline: float) -> models.Session:
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
            try:
                session = await self._look(session.session_id, deadline)
            except DeadlineExceeded:
                continue  # one look that hung costs no more than its time
        raise _not_ready(session, "was not ready in time")

    async def _look(self, session_id: str, deadline: float) -> models.Session:
        left = max(deadline - asyncio.get_running_loop().time(), 0.001)
        return await self.get(session_id, options=RequestOptions(timeout=min(left, self._caller.settings.timeout)))

    async def _delete_after(self, session_id: str, error: BaseException) -> None:
        """Delete a session because of `error`, which goes on; a failure to do so becomes a note on it."""
        try:
            await self._delete_surely(session_id)
        except Exception as failure:  # noqa: BLE001 - a function that gives keys may raise anything
            error.add_note(_goes_on_costing(session_id, failure))

    async def _delete_surely(self, session_id: str) -> None:
        """Delete a session, to the end even when the caller is cancelled meanwhile; one that is gone is fine."""
        cancelled: asyncio.CancelledError | None = None
        failure: BaseException | None = None
        for _ in range(_TO_DELETE_AGAIN):
            deleting = asyncio.ensure_future(self._delete_or_gone(session_id))
            cancelled = await _outlast(deleting) or cancelled
            failure = asyncio.CancelledError("cancelled") if deleting.cancelled() else deleting.exception()
            if not isinstance(failure, asyncio.CancelledError):
                break
        reason = cancelled or failure
        if reason is None:
            return
        if failure is not None:
            reason.add_note(_goes_on_costing(session_id, failure))
        raise reason

    async def _delete_or_gone(self, session_id: str) -> None:
        with suppress(NotFound):
            await self.delete(session_id, options=_TO_DELETE)


async def _outlast(task: asyncio.Future[Any]) -> asyncio.CancelledError | None:
    """Await a task to its end, and return the cancellation of the caller that came meanwhile, for it to go on then."""
    cancelled = None
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError as error:
            cancelled = error
    return cancelled


def _goes_on_costing(session_id: str, failure: BaseException) -> str:
    return f"relay session {session_id} could not be deleted and goes on costing: {failure}"


def _session_id_in(error: BaseException) -> str | None:
    """Return the id of the session that an answer names although it does not fit."""
    if not isinstance(error, DecodeError):
        return None
    return string_in(error_object(Answer(error.status, error.headers or {}, error.raw)) or {}, "session_id")


def _not_ready(session: models.Session, why: str) -> SessionNotReady:
    error = SessionNotReady(f"relay session {session.session_id} {why}")
    return error.with_context(session=session, session_id=session.session_id, operation="relays.sessions.get")


API = Api(name="relays", server="https://api.edgegap.com", scheme=ApiKey("Authorization", "token "))


class Client(BaseClient):
    """Relays. The key is `api_key` or `RELAYS_API_KEY`, with or without the word `token` before it."""

    api = API
    sessions: Sessions

    def _assemble(self, caller: Caller) -> None:
        self.sessions = Sessions(caller)
