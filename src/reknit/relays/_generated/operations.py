"""Operations of Relays.

Generated from openapi/relays.yaml (sha256 eaf94e862673a56ed12d64ec7d31c61bc5e2cc02381fbf2d48538c58e77d8f68)
by `python -m codegen generate`. Do not edit.
"""

from __future__ import annotations

import builtins
from typing import TYPE_CHECKING, Final

from reknit.options import RequestOptions
from reknit.runtime import Caller, ErrorBody, Json, Operation, Response, lazy_module, present

if TYPE_CHECKING:
    from . import models
else:
    models = lazy_module(__name__, "models")  # loaded when it is first needed

_ERROR: Final[ErrorBody] = {"application/json": Json(lambda: models.Error)}

SESSIONS_CREATE: Final[Operation[models.Session]] = Operation(
    name="sessions.create",
    method="POST",
    path="/v1/relays/sessions",
    safety="unsafe",
    body="application/json",
    answers={"200": {"application/json": Json(lambda: models.Session)}},
    errors={"400": _ERROR, "401": _ERROR, "403": _ERROR, "500": _ERROR, "503": _ERROR},
)

SESSIONS_LIST: Final[Operation[models.SessionList]] = Operation(
    name="sessions.list",
    method="GET",
    path="/v1/relays/sessions",
    safety="idempotent",
    answers={"200": {"application/json": Json(lambda: models.SessionList)}},
    errors={"401": _ERROR, "403": _ERROR, "500": _ERROR},
)

SESSIONS_GET: Final[Operation[models.Session]] = Operation(
    name="sessions.get",
    method="GET",
    path="/v1/relays/sessions/{session_id}",
    safety="idempotent",
    answers={"200": {"application/json": Json(lambda: models.Session)}},
    errors={"401": _ERROR, "403": _ERROR, "404": _ERROR, "500": _ERROR},
)

SESSIONS_DELETE: Final[Operation[None]] = Operation(
    name="sessions.delete",
    method="DELETE",
    path="/v1/relays/sessions/{session_id}",
    safety="idempotent",
    repeat_success=(404,),
    answers={"200": {}, "204": {}},
    errors={"401": _ERROR, "403": _ERROR, "404": _ERROR, "500": _ERROR, "503": _ERROR},
)

SESSIONS_AUTHORIZE_USER: Final[Operation[models.AuthorizedSession]] = Operation(
    name="sessions.authorize_user",
    method="POST",
    path="/v1/relays/sessions:authorize-user",
    safety="unsafe",
    body="application/json",
    answers={"200": {"application/json": Json(lambda: models.AuthorizedSession)}},
    errors={"400": _ERROR, "401": _ERROR, "403": _ERROR, "409": _ERROR, "500": _ERROR, "503": _ERROR},
)

SESSIONS_REVOKE_USER: Final[Operation[models.Session | None]] = Operation(
    name="sessions.revoke_user",
    method="POST",
    path="/v1/relays/sessions:revoke-user",
    safety="unsafe",
    body="application/json",
    secrets=("authorization_token",),
    answers={"200": {"application/json": Json(lambda: models.Session)}, "204": {}},
    errors={"400": _ERROR, "401": _ERROR, "403": _ERROR, "404": _ERROR, "500": _ERROR, "503": _ERROR},
)


class Sessions:
    """Relay sessions and the users admitted to them.

    See https://docs.edgegap.com/docs/api/relays.
    """

    __slots__ = ("_caller", "with_response")

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self.with_response = SessionsWithResponse(caller)

    async def create(
        self,
        *,
        users: builtins.list[models.User] | None = None,
        filters: builtins.list[models.Filter] | None = None,
        webhook_url: str | None = None,
        options: RequestOptions | None = None,
    ) -> models.Session:
        """Create a relay session.

        Args:
            users: The users to admit from the start.
            filters: Where the relay may stand.
            webhook_url: Called once when the session is ready.

        Raises:
            InvalidRequest: 400. The request is not valid. `body`: `Error`.
            Unauthorized: 401. The token is missing or not valid. `body`: `Error`.
            Forbidden: 403. The token's organisation may not do this. `body`: `Error`.
            ServerError: 500. The server failed. 503. The service is not available just now. `body`: `Error`.

        See https://docs.edgegap.com/docs/api/relays.
        """
        return await self._caller.call(
            SESSIONS_CREATE,
            body=present({"users": users, "filters": filters, "webhook_url": webhook_url}),
            options=options,
        )

    async def list(self, *, options: RequestOptions | None = None) -> models.SessionList:
        """List the relay sessions.

        There are no parameters to ask for a page.

        Raises:
            Unauthorized: 401. The token is missing or not valid. `body`: `Error`.
            Forbidden: 403. The token's organisation may not do this. `body`: `Error`.
            ServerError: 500. The server failed. `body`: `Error`.

        See https://docs.edgegap.com/docs/api/relays.
        """
        return await self._caller.call(SESSIONS_LIST, options=options)

    async def get(self, session_id: str, *, options: RequestOptions | None = None) -> models.Session:
        """Read one relay session.

        Args:
            session_id: The session's id.

        Raises:
            Unauthorized: 401. The token is missing or not valid. `body`: `Error`.
            Forbidden: 403. The token's organisation may not do this. `body`: `Error`.
            NotFound: 404. There is no such session. `body`: `Error`.
            ServerError: 500. The server failed. `body`: `Error`.

        See https://docs.edgegap.com/docs/api/relays.
        """
        return await self._caller.call(SESSIONS_GET, path=(session_id,), options=options)

    async def delete(self, session_id: str, *, options: RequestOptions | None = None) -> None:
        """Delete a relay session, which ends its billing.

        Args:
            session_id: The session's id.

        Raises:
            Unauthorized: 401. The token is missing or not valid. `body`: `Error`.
            Forbidden: 403. The token's organisation may not do this. `body`: `Error`.
            NotFound: 404. There is no such session. `body`: `Error`.
            ServerError: 500. The server failed. 503. The service is not available just now. `body`: `Error`.

        See https://docs.edgegap.com/docs/api/relays.
        """
        return await self._caller.call(SESSIONS_DELETE, path=(session_id,), options=options)

    async def authorize_user(
        self,
        *,
        session_id: str,
        user_ip: str,
        options: RequestOptions | None = None,
    ) -> models.AuthorizedSession:
        """Admit one more user to a relay session.

        Args:
            user_ip: The user's public IP address.

        Raises:
            InvalidRequest: 400. The request is not valid. `body`: `Error`.
            Unauthorized: 401. The token is missing or not valid. `body`: `Error`.
            Forbidden: 403. The token's organisation may not do this. `body`: `Error`.
            Conflict: 409. The state of the session does not allow it. `body`: `Error`.
            ServerError: 500. The server failed. 503. The service is not available just now. `body`: `Error`.

        See https://docs.edgegap.com/docs/api/relays.
        """
        return await self._caller.call(
            SESSIONS_AUTHORIZE_USER, body={"session_id": session_id, "user_ip": user_ip}, options=options
        )

    async def revoke_user(
        self,
        *,
        session_id: str,
        authorization_token: int,
        options: RequestOptions | None = None,
    ) -> models.Session | None:
        """Revoke a user's admission to a relay session.

        Args:
            authorization_token: The user's token, not the session's.

        Raises:
            InvalidRequest: 400. The request is not valid. `body`: `Error`.
            Unauthorized: 401. The token is missing or not valid. `body`: `Error`.
            Forbidden: 403. The token's organisation may not do this. `body`: `Error`.
            NotFound: 404. There is no such session. `body`: `Error`.
            ServerError: 500. The server failed. 503. The service is not available just now. `body`: `Error`.

        See https://docs.edgegap.com/docs/api/relays.
        """
        return await self._caller.call(
            SESSIONS_REVOKE_USER,
            body={"session_id": session_id, "authorization_token": authorization_token},
            options=options,
        )


class SessionsWithResponse:
    """The operations of `Sessions`, each with the whole answer: status, headers, attempts."""

    __slots__ = ("_caller",)

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    async def create(
        self,
        *,
        users: builtins.list[models.User] | None = None,
        filters: builtins.list[models.Filter] | None = None,
        webhook_url: str | None = None,
        options: RequestOptions | None = None,
    ) -> Response[models.Session]:
        """Do as `Sessions.create` does, and return the whole answer."""
        return await self._caller.respond(
            SESSIONS_CREATE,
            body=present({"users": users, "filters": filters, "webhook_url": webhook_url}),
            options=options,
        )

    async def list(self, *, options: RequestOptions | None = None) -> Response[models.SessionList]:
        """Do as `Sessions.list` does, and return the whole answer."""
        return await self._caller.respond(SESSIONS_LIST, options=options)

    async def get(self, session_id: str, *, options: RequestOptions | None = None) -> Response[models.Session]:
        """Do as `Sessions.get` does, and return the whole answer."""
        return await self._caller.respond(SESSIONS_GET, path=(session_id,), options=options)

    async def delete(self, session_id: str, *, options: RequestOptions | None = None) -> Response[None]:
        """Do as `Sessions.delete` does, and return the whole answer."""
        return await self._caller.respond(SESSIONS_DELETE, path=(session_id,), options=options)

    async def authorize_user(
        self,
        *,
        session_id: str,
        user_ip: str,
        options: RequestOptions | None = None,
    ) -> Response[models.AuthorizedSession]:
        """Do as `Sessions.authorize_user` does, and return the whole answer."""
        return await self._caller.respond(
            SESSIONS_AUTHORIZE_USER, body={"session_id": session_id, "user_ip": user_ip}, options=options
        )

    async def revoke_user(
        self,
        *,
        session_id: str,
        authorization_token: int,
        options: RequestOptions | None = None,
    ) -> Response[models.Session | None]:
        """Do as `Sessions.revoke_user` does, and return the whole answer."""
        return await self._caller.respond(
            SESSIONS_REVOKE_USER,
            body={"session_id": session_id, "authorization_token": authorization_token},
            options=options,
        )
