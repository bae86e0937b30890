"""Operations of Rezi.

Generated from openapi/rezi.yaml (sha256 4c08926a9d097acac5ac4e50ee273f402e1e591d9908013492eca81e53599cd8)
by `python -m codegen generate`. Do not edit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from reknit.options import UNSET, RequestOptions
from reknit.runtime import Bytes, Caller, ErrorBody, Json, Operation, Response, lazy_module, present

if TYPE_CHECKING:
    from . import models
else:
    models = lazy_module(__name__, "models")  # loaded when it is first needed

_ERROR: Final[ErrorBody] = {"application/json": Json(lambda: models.Error)}

USERS_CONNECT: Final[Operation[models.Connection]] = Operation(
    name="users.connect",
    method="POST",
    path="/user/token",
    safety="unsafe",
    body="application/json",
    secrets=("uid",),
    answers={"200": {"application/json": Json(lambda: models.Connection)}},
    errors={"400": _ERROR, "401": _ERROR, "500": _ERROR},
)

USERS_LIST: Final[Operation[dict[str, Any]]] = Operation(
    name="users.list",
    method="GET",
    path="/users",
    safety="idempotent",
    answers={"200": {"application/json": Json(lambda: dict[str, Any])}},
    errors={"400": _ERROR, "401": _ERROR, "500": _ERROR},
)

USERS_GET: Final[Operation[dict[str, Any]]] = Operation(
    name="users.get",
    method="GET",
    path="/user/{userID}",
    safety="idempotent",
    answers={"200": {"application/json": Json(lambda: dict[str, Any])}},
    errors={"400": _ERROR, "401": _ERROR, "500": _ERROR},
)

USERS_LIST_RESUMES: Final[Operation[dict[str, Any]]] = Operation(
    name="users.list_resumes",
    method="GET",
    path="/user/{userID}/resumes",
    safety="idempotent",
    answers={"200": {"application/json": Json(lambda: dict[str, Any])}},
    errors={"400": _ERROR, "401": _ERROR, "500": _ERROR},
)

USERS_CREATE_RESUME: Final[Operation[dict[str, Any]]] = Operation(
    name="users.create_resume",
    method="POST",
    path="/user/{userID}/resume",
    safety="unsafe",
    body="application/json",
    answers={"200": {"application/json": Json(lambda: dict[str, Any])}},
    errors={"400": _ERROR, "401": _ERROR, "500": _ERROR},
)


class Users:
    """Users of the resume product and the resumes they own.

    See https://rezi-1.gitbook.io/rms-guide/rezi-api/user/token.
    """

    __slots__ = ("_caller", "with_response")

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self.with_response = UsersWithResponse(caller)

    async def connect(self, *, uid: str, email: str, options: RequestOptions | None = None) -> models.Connection:
        """Connect a user and get a token for that user.

        The first connect of an email creates the user and takes 2 to 5 seconds. An email keeps its `uid` for good: send
        the same one every time. The token lives for less than an hour.

        Args:
            uid: The integrator's own id of the user. It acts as the user's password.
            email: The user's email address.

        Raises:
            InvalidRequest: 400. Information is missing. `body`: `Error`.
            Unauthorized: 401. The token expired, or the secret key is not valid. `body`: `Error`.
            ServerError: 500. The server failed. `body`: `Error`.

        See https://rezi-1.gitbook.io/rms-guide/rezi-api/user/token.
        """
        return await self._caller.call(USERS_CONNECT, body={"uid": uid, "email": email}, options=options)

    async def list(self, *, options: RequestOptions | None = None) -> dict[str, Any]:
        """List the users.

        Uncertain: The call is documented by its title alone; neither paging nor the answer is described.

        Raises:
            InvalidRequest: 400. Information is missing. `body`: `Error`.
            Unauthorized: 401. The token expired, or the secret key is not valid. `body`: `Error`.
            ServerError: 500. The server failed. `body`: `Error`.

        See https://rezi-1.gitbook.io/rms-guide/rezi-api/overview.
        """
        return await self._caller.call(USERS_LIST, options=options)

    async def get(self, user_id: str, *, options: RequestOptions | None = None) -> dict[str, Any]:
        """Read one user.

        Uncertain: The call is documented by its title alone; the answer is not described.

        Args:
            user_id: The user's id, as `users.connect` answers it.

        Raises:
            InvalidRequest: 400. Information is missing. `body`: `Error`.
            Unauthorized: 401. The token expired, or the secret key is not valid. `body`: `Error`.
            ServerError: 500. The server failed. `body`: `Error`.

        See https://rezi-1.gitbook.io/rms-guide/rezi-api/overview.
        """
        return await self._caller.call(USERS_GET, path=(user_id,), options=options)

    async def list_resumes(self, user_id: str, *, options: RequestOptions | None = None) -> dict[str, Any]:
        """List the resumes of a user.

        Uncertain: The call is documented by its title alone; neither paging nor the answer is described.

        Args:
            user_id: The user's id, as `users.connect` answers it.

        Raises:
            InvalidRequest: 400. Information is missing. `body`: `Error`.
            Unauthorized: 401. The token expired, or the secret key is not valid. `body`: `Error`.
            ServerError: 500. The server failed. `body`: `Error`.

        See https://rezi-1.gitbook.io/rms-guide/rezi-api/overview.
        """
        return await self._caller.call(USERS_LIST_RESUMES, path=(user_id,), options=options)

    async def create_resume(
        self,
        user_id: str,
        *,
        body: dict[str, Any] | None = None,
        options: RequestOptions | None = None,
    ) -> dict[str, Any]:
        """Create a resume for a user.

        Uncertain: The call is documented by its title alone; neither request nor answer is described.

        Args:
            user_id: The user's id, as `users.connect` answers it.

        Raises:
            InvalidRequest: 400. Information is missing. `body`: `Error`.
            Unauthorized: 401. The token expired, or the secret key is not valid. `body`: `Error`.
            ServerError: 500. The server failed. `body`: `Error`.

        See https://rezi-1.gitbook.io/rms-guide/rezi-api/overview.
        """
        return await self._caller.call(
            USERS_CREATE_RESUME, path=(user_id,), body=UNSET if body is None else body, options=options
        )


class UsersWithResponse:
    """The operations of `Users`, each with the whole answer: status, headers, attempts."""

    __slots__ = ("_caller",)

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    async def connect(
        self, *, uid: str, email: str, options: RequestOptions | None = None
    ) -> Response[models.Connection]:
        """Do as `Users.connect` does, and return the whole answer."""
        return await self._caller.respond(USERS_CONNECT, body={"uid": uid, "email": email}, options=options)

    async def list(self, *, options: RequestOptions | None = None) -> Response[dict[str, Any]]:
        """Do as `Users.list` does, and return the whole answer."""
        return await self._caller.respond(USERS_LIST, options=options)

    async def get(self, user_id: str, *, options: RequestOptions | None = None) -> Response[dict[str, Any]]:
        """Do as `Users.get` does, and return the whole answer."""
        return await self._caller.respond(USERS_GET, path=(user_id,), options=options)

    async def list_resumes(self, user_id: str, *, options: RequestOptions | None = None) -> Response[dict[str, Any]]:
        """Do as `Users.list_resumes` does, and return the whole answer."""
        return await self._caller.respond(USERS_LIST_RESUMES, path=(user_id,), options=options)

    async def create_resume(
        self,
        user_id: str,
        *,
        body: dict[str, Any] | None = None,
        options: RequestOptions | None = None,
    ) -> Response[dict[str, Any]]:
        """Do as `Users.create_resume` does, and return the whole answer."""
        return await self._caller.respond(
            USERS_CREATE_RESUME, path=(user_id,), body=UNSET if body is None else body, options=options
        )


RESUMES_GET: Final[Operation[dict[str, Any]]] = Operation(
    name="resumes.get",
    method="GET",
    path="/resume/{resumeID}",
    safety="idempotent",
    answers={"200": {"application/json": Json(lambda: dict[str, Any])}},
    errors={"400": _ERROR, "401": _ERROR, "500": _ERROR},
)

RESUMES_DOWNLOAD: Final[Operation[dict[str, Any] | bytes]] = Operation(
    name="resumes.download",
    method="GET",
    path="/resume/{resumeID}/download",
    safety="idempotent",
    answers={"200": {"application/json": Json(lambda: dict[str, Any]), "*/*": Bytes()}},
    errors={"400": _ERROR, "401": _ERROR, "500": _ERROR},
)

RESUMES_SCORE: Final[Operation[dict[str, Any]]] = Operation(
    name="resumes.score",
    method="GET",
    path="/resume/{resumeID}/score",
    safety="idempotent",
    answers={"200": {"application/json": Json(lambda: dict[str, Any])}},
    errors={"400": _ERROR, "401": _ERROR, "500": _ERROR},
)


class Resumes:
    """Single resumes, as data, as a file and as a score.

    See https://rezi-1.gitbook.io/rms-guide/rezi-api/overview.
    """

    __slots__ = ("_caller", "with_response")

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self.with_response = ResumesWithResponse(caller)

    async def get(self, resume_id: str, *, options: RequestOptions | None = None) -> dict[str, Any]:
        """Read one resume.

        Uncertain: The call is documented by its title alone; the answer is not described.

        Args:
            resume_id: The resume's id.

        Raises:
            InvalidRequest: 400. Information is missing. `body`: `Error`.
            Unauthorized: 401. The token expired, or the secret key is not valid. `body`: `Error`.
            ServerError: 500. The server failed. `body`: `Error`.

        See https://rezi-1.gitbook.io/rms-guide/rezi-api/overview.
        """
        return await self._caller.call(RESUMES_GET, path=(resume_id,), options=options)

    async def download(self, resume_id: str, *, options: RequestOptions | None = None) -> dict[str, Any] | bytes:
        """Download one resume.

        Uncertain: The call is documented by its title alone; it may answer with JSON or with the bytes of a file.

        Args:
            resume_id: The resume's id.

        Raises:
            InvalidRequest: 400. Information is missing. `body`: `Error`.
            Unauthorized: 401. The token expired, or the secret key is not valid. `body`: `Error`.
            ServerError: 500. The server failed. `body`: `Error`.

        See https://rezi-1.gitbook.io/rms-guide/rezi-api/overview.
        """
        return await self._caller.call(RESUMES_DOWNLOAD, path=(resume_id,), options=options)

    async def score(self, resume_id: str, *, options: RequestOptions | None = None) -> dict[str, Any]:
        """Read the score of one resume.

        Uncertain: The call is documented by its title alone; the answer is not described.

        Args:
            resume_id: The resume's id.

        Raises:
            InvalidRequest: 400. Information is missing. `body`: `Error`.
            Unauthorized: 401. The token expired, or the secret key is not valid. `body`: `Error`.
            ServerError: 500. The server failed. `body`: `Error`.

        See https://rezi-1.gitbook.io/rms-guide/rezi-api/overview.
        """
        return await self._caller.call(RESUMES_SCORE, path=(resume_id,), options=options)


class ResumesWithResponse:
    """The operations of `Resumes`, each with the whole answer: status, headers, attempts."""

    __slots__ = ("_caller",)

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    async def get(self, resume_id: str, *, options: RequestOptions | None = None) -> Response[dict[str, Any]]:
        """Do as `Resumes.get` does, and return the whole answer."""
        return await self._caller.respond(RESUMES_GET, path=(resume_id,), options=options)

    async def download(
        self, resume_id: str, *, options: RequestOptions | None = None
    ) -> Response[dict[str, Any] | bytes]:
        """Do as `Resumes.download` does, and return the whole answer."""
        return await self._caller.respond(RESUMES_DOWNLOAD, path=(resume_id,), options=options)

    async def score(self, resume_id: str, *, options: RequestOptions | None = None) -> Response[dict[str, Any]]:
        """Do as `Resumes.score` does, and return the whole answer."""
        return await self._caller.respond(RESUMES_SCORE, path=(resume_id,), options=options)


PLANS_UPGRADE: Final[Operation[models.PlanUpgrade]] = Operation(
    name="plans.upgrade",
    method="POST",
    path="/plan/upgrade",
    safety="unsafe",
    body="application/json",
    secrets=("aiTokenId",),
    answers={"200": {"application/json": Json(lambda: models.PlanUpgrade)}},
    errors={"400": _ERROR, "401": _ERROR, "500": _ERROR},
)


class Plans:
    """Paid plans.

    See https://rezi-1.gitbook.io/rms-guide/rezi-api/plans/upgrade.
    """

    __slots__ = ("_caller", "with_response")

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self.with_response = PlansWithResponse(caller)

    async def upgrade(
        self,
        *,
        plan_id: str,
        email: str,
        ai_token_id: str | None = None,
        options: RequestOptions | None = None,
    ) -> models.PlanUpgrade:
        """Upgrade the plan of a user, which bills for it.

        Args:
            plan_id: The plan to change to.
            email: The user's email address.

        Raises:
            InvalidRequest: 400. Information is missing. `body`: `Error`.
            Unauthorized: 401. The token expired, or the secret key is not valid. `body`: `Error`.
            ServerError: 500. The server failed. `body`: `Error`.

        See https://rezi-1.gitbook.io/rms-guide/rezi-api/plans/upgrade.
        """
        return await self._caller.call(
            PLANS_UPGRADE,
            body={"planId": plan_id, "email": email, **present({"aiTokenId": ai_token_id})},
            options=options,
        )


class PlansWithResponse:
    """The operations of `Plans`, each with the whole answer: status, headers, attempts."""

    __slots__ = ("_caller",)

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    async def upgrade(
        self,
        *,
        plan_id: str,
        email: str,
        ai_token_id: str | None = None,
        options: RequestOptions | None = None,
    ) -> Response[models.PlanUpgrade]:
        """Do as `Plans.upgrade` does, and return the whole answer."""
        return await self._caller.respond(
            PLANS_UPGRADE,
            body={"planId": plan_id, "email": email, **present({"aiTokenId": ai_token_id})},
            options=options,
        )


TOKENS_CREATE_ACCESS_TOKEN: Final[Operation[models.AccessToken]] = Operation(
    name="tokens.create_access_token",
    method="GET",
    path="/accessToken",
    safety="idempotent",
    answers={"200": {"application/json": Json(lambda: models.AccessToken)}},
    errors={"400": _ERROR, "401": _ERROR, "500": _ERROR},
)


class Tokens:
    """Short-lived credentials of the integrator.

    See https://rezi-1.gitbook.io/rms-guide/rezi-api/private-token-api.
    """

    __slots__ = ("_caller", "with_response")

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self.with_response = TokensWithResponse(caller)

    async def create_access_token(self, *, options: RequestOptions | None = None) -> models.AccessToken:
        """Exchange the secret key for an access token that is valid for 15 minutes.

        Refresh it ahead of its expiry, or when a call is answered 401 with `Jwt verification fails`.

        Raises:
            InvalidRequest: 400. Information is missing. `body`: `Error`.
            Unauthorized: 401. The token expired, or the secret key is not valid. `body`: `Error`.
            ServerError: 500. The server failed. `body`: `Error`.

        See https://rezi-1.gitbook.io/rms-guide/rezi-api/private-token-api.
        """
        return await self._caller.call(TOKENS_CREATE_ACCESS_TOKEN, options=options)


class TokensWithResponse:
    """The operations of `Tokens`, each with the whole answer: status, headers, attempts."""

    __slots__ = ("_caller",)

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    async def create_access_token(self, *, options: RequestOptions | None = None) -> Response[models.AccessToken]:
        """Do as `Tokens.create_access_token` does, and return the whole answer."""
        return await self._caller.respond(TOKENS_CREATE_ACCESS_TOKEN, options=options)
