"""Operations of Rezolve Integration Hub.

Generated from openapi/rezolve.yaml (sha256 faa081c57337d29c994e36ecacf1dfbd0721c313ff52efa5a297e6ab8f5d3939)
by `python -m codegen generate`. Do not edit.
"""

from __future__ import annotations

import builtins
from typing import TYPE_CHECKING, Any, Final

from reknit.options import RequestOptions
from reknit.runtime import (
    AnswerHeader,
    AnswerHeaders,
    Caller,
    ErrorBody,
    IdempotencyKey,
    Json,
    Operation,
    Response,
    lazy_module,
    present,
)

if TYPE_CHECKING:
    from . import models
else:
    models = lazy_module(__name__, "models")  # loaded when it is first needed

_ERROR: Final[ErrorBody] = {"application/json": Json(lambda: models.Error)}

_HEADERS: Final[AnswerHeaders] = {
    "X-RateLimit-Limit": AnswerHeader(lambda: str),
    "X-RateLimit-Remaining": AnswerHeader(lambda: str),
    "X-RateLimit-Reset": AnswerHeader(lambda: str),
}

_HEADERS_2: Final[AnswerHeaders] = {
    "Retry-After": AnswerHeader(lambda: str),
    "X-RateLimit-Limit": AnswerHeader(lambda: str),
    "X-RateLimit-Remaining": AnswerHeader(lambda: str),
    "X-RateLimit-Reset": AnswerHeader(lambda: str),
}

TOOLS_LIST: Final[Operation[list[models.Tool]]] = Operation(
    name="tools.list",
    method="GET",
    path="/tools",
    safety="idempotent",
    answers={"200": {"application/json": Json(lambda: list[models.Tool], unwrap="data")}},
    errors={"429": _ERROR, "default": _ERROR},
    headers={"200": _HEADERS, "429": _HEADERS_2},
)

TOOLS_GET: Final[Operation[models.Tool]] = Operation(
    name="tools.get",
    method="GET",
    path="/tools/{tool_key}",
    safety="idempotent",
    answers={"200": {"application/json": Json(lambda: models.Tool, unwrap="data")}},
    errors={"429": _ERROR, "default": _ERROR},
    headers={"200": _HEADERS, "429": _HEADERS_2},
)

TOOLS_EXECUTE: Final[Operation[models.ToolResult]] = Operation(
    name="tools.execute",
    method="POST",
    path="/tools/{tool_key}/execute",
    safety="unsafe",
    key=IdempotencyKey(place="body", name="idempotency_key", generate=True, unless="dry_run"),
    body="application/json",
    answers={"200": {"application/json": Json(lambda: models.ToolResult)}},
    errors={"429": _ERROR, "default": _ERROR},
    headers={"200": _HEADERS, "429": _HEADERS_2},
)


class Tools:
    """Tools of every connected system.

    See https://docs.rezolve.ai/docs/integration-hub/concepts.
    """

    __slots__ = ("_caller", "with_response")

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self.with_response = ToolsWithResponse(caller)

    async def list(
        self,
        *,
        domain: str | None = None,
        options: RequestOptions | None = None,
    ) -> builtins.list[models.Tool]:
        """List the tools.

        Args:
            domain: Only the tools of this domain.

        Headers:
            X-RateLimit-Limit (str): How many calls the present window allows.
            X-RateLimit-Remaining (str): How many of them are left.
            X-RateLimit-Reset (str): When the window ends.

        Raises:
            RateLimited: 429. The Hub or the vendor behind the tool limits the rate. `body`: `Error`.
            APIError: Any other error; its code says which. `body`: `Error`.

        See https://docs.rezolve.ai/docs/integration-hub/api-reference.
        """
        return await self._caller.call(TOOLS_LIST, query=present({"domain": domain}), options=options)

    async def get(self, tool_key: str, *, options: RequestOptions | None = None) -> models.Tool:
        """Read one tool with its schemas, its risk level and the connectors that implement it.

        Args:
            tool_key: The tool's key, such as `itsm.tickets.create`. It is one path segment; its dots are kept.

        Headers:
            X-RateLimit-Limit (str): How many calls the present window allows.
            X-RateLimit-Remaining (str): How many of them are left.
            X-RateLimit-Reset (str): When the window ends.

        Raises:
            RateLimited: 429. The Hub or the vendor behind the tool limits the rate. `body`: `Error`.
            APIError: Any other error; its code says which. `body`: `Error`.

        See https://docs.rezolve.ai/docs/integration-hub/api-reference.
        """
        return await self._caller.call(TOOLS_GET, path=(tool_key,), options=options)

    async def execute(
        self,
        tool_key: str,
        *,
        input: dict[str, Any],
        connection_id: str | None = None,
        dry_run: bool | None = None,
        idempotency_key: str | None = None,
        options: RequestOptions | None = None,
    ) -> models.ToolResult:
        """Execute a tool.

        A write or destructive call that a policy gates is answered `APPROVAL_REQUIRED` and waits in Approvals; once
        someone approved it, the same call is replayed with its original `idempotency_key`. The connection is
        `connection_id`, else the one that the agent prefers, else the default of the tool's domain.

        Args:
            tool_key: The tool's key, such as `itsm.tickets.create`. It is one path segment; its dots are kept.
            input: What the tool's input schema asks for.
            connection_id: The connection to run on. Without it the Hub chooses one.
            dry_run: Validate the call, do not execute it.
            idempotency_key: Makes a write or destructive call safe to replay.

        Headers:
            X-RateLimit-Limit (str): How many calls the present window allows.
            X-RateLimit-Remaining (str): How many of them are left.
            X-RateLimit-Reset (str): When the window ends.

        Raises:
            RateLimited: 429. The Hub or the vendor behind the tool limits the rate. `body`: `Error`.
            APIError: Any other error; its code says which. `body`: `Error`.

        See https://docs.rezolve.ai/docs/integration-hub/api-reference.
        """
        return await self._caller.call(
            TOOLS_EXECUTE,
            path=(tool_key,),
            body={"input": input, **present({"connection_id": connection_id, "dry_run": dry_run})},
            key=idempotency_key,
            options=options,
        )


class ToolsWithResponse:
    """The operations of `Tools`, each with the whole answer: status, headers, attempts."""

    __slots__ = ("_caller",)

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    async def list(
        self,
        *,
        domain: str | None = None,
        options: RequestOptions | None = None,
    ) -> Response[builtins.list[models.Tool]]:
        """Do as `Tools.list` does, and return the whole answer."""
        return await self._caller.respond(TOOLS_LIST, query=present({"domain": domain}), options=options)

    async def get(self, tool_key: str, *, options: RequestOptions | None = None) -> Response[models.Tool]:
        """Do as `Tools.get` does, and return the whole answer."""
        return await self._caller.respond(TOOLS_GET, path=(tool_key,), options=options)

    async def execute(
        self,
        tool_key: str,
        *,
        input: dict[str, Any],
        connection_id: str | None = None,
        dry_run: bool | None = None,
        idempotency_key: str | None = None,
        options: RequestOptions | None = None,
    ) -> Response[models.ToolResult]:
        """Do as `Tools.execute` does, and return the whole answer."""
        return await self._caller.respond(
            TOOLS_EXECUTE,
            path=(tool_key,),
            body={"input": input, **present({"connection_id": connection_id, "dry_run": dry_run})},
            key=idempotency_key,
            options=options,
        )
