"""Operations of Hub.

Generated from hub.yaml (sha256 47d64549e5e67e0340ac3a6898fdf17731c107cf1f03a36e174e22b6ad4e25b8)
by `python -m codegen generate hub.yaml --package hub`. Do not edit.
"""

from __future__ import annotations

import builtins
from typing import TYPE_CHECKING, Any, Final, Literal

from reknit.options import UNSET, RequestOptions, UnsetType
from reknit.runtime import (
    Caller,
    CursorPages,
    IdempotencyKey,
    Json,
    Operation,
    Pages,
    Response,
    Text,
    given,
    lazy_module,
    present,
)

if TYPE_CHECKING:
    from . import models
else:
    models = lazy_module(__name__, "models")  # loaded when it is first needed

TOOLS_LIST: Final[Operation[list[models.Tool]]] = Operation(
    name="tools.list",
    method="GET",
    path="/tools",
    safety="idempotent",
    answers={"200": {"application/json": Json(lambda: list[models.Tool], unwrap="data")}},
)

TOOLS_EXECUTE: Final[Operation[models.Run]] = Operation(
    name="tools.execute",
    method="POST",
    path="/tools/{tool-key}/execute",
    safety="unsafe",
    key=IdempotencyKey(place="body", name="idempotencyKey", generate=True, unless="dry_run"),
    body="application/json",
    secrets=("token",),
    answers={"200": {"application/json": Json(lambda: models.Run)}},
)


class Tools:
    """Tools of every connected system.

    See https://hub.example/docs/tools.
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

        Raises:
            RateLimited: 429. Too many calls.
            APIError: Any other error.

        See https://hub.example/docs/tools.
        """
        return await self._caller.call(TOOLS_LIST, query=present({"domain": domain}), options=options)

    async def execute(
        self,
        tool_key: str,
        *,
        input: dict[str, Any],
        mode: Literal["sync"] = "sync",
        dry_run: bool | None = None,
        note: str | UnsetType | None = UNSET,
        token: str | None = None,
        idempotency_key: str | None = None,
        options: RequestOptions | None = None,
    ) -> models.Run:
        """Execute a tool.

        A call that a policy gates waits for an approver. This paragraph is long enough to be wrapped, because it goes
        on and on about how it waits, and whom for, and until when.

        - the first thing to know
        - the second thing to know

        Args:
            tool_key: The key of the tool.
            input: What the tool asks for.
            note: Null removes it.
            idempotency_key: Makes the call safe to replay.

        Raises:
            InvalidRequest: 400. The input does not fit. 422. The input is not valid.
            ServerError: 500.

        See https://hub.example/docs/execute.
        """
        return await self._caller.call(
            TOOLS_EXECUTE,
            path=(tool_key,),
            body={
                "input": input,
                "mode": mode,
                **present({"dry_run": dry_run, "token": token}),
                **given({"note": note}),
            },
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

    async def execute(
        self,
        tool_key: str,
        *,
        input: dict[str, Any],
        mode: Literal["sync"] = "sync",
        dry_run: bool | None = None,
        note: str | UnsetType | None = UNSET,
        token: str | None = None,
        idempotency_key: str | None = None,
        options: RequestOptions | None = None,
    ) -> Response[models.Run]:
        """Do as `Tools.execute` does, and return the whole answer."""
        return await self._caller.respond(
            TOOLS_EXECUTE,
            path=(tool_key,),
            body={
                "input": input,
                "mode": mode,
                **present({"dry_run": dry_run, "token": token}),
                **given({"note": note}),
            },
            key=idempotency_key,
            options=options,
        )


RUNS_LIST: Final[Operation[models.RunsListResult]] = Operation(
    name="runs.list",
    method="GET",
    path="/runs",
    safety="idempotent",
    pages=CursorPages(items="docs", next="nextToken", parameter="next_token", more="hasMore"),
    answers={"200": {"application/json": Json(lambda: models.RunsListResult)}},
)

RUNS_RECORD: Final[Operation[str | None]] = Operation(
    name="runs.record",
    method="POST",
    path="/runs",
    safety="unsafe",
    key=IdempotencyKey(place="header", name="Idempotency-Key", generate=True),
    body="application/json",
    answers={"201": {"text/plain": Text()}, "204": {}},
)

RUNS_DELETE: Final[Operation[None]] = Operation(
    name="runs.delete",
    method="DELETE",
    path="/runs/{run_id}",
    safety="unsafe",
    repeat_success=(404,),
    answers={"204": {}},
)


class Runs:
    """What the tools did.

    See https://hub.example/docs.
    """

    __slots__ = ("_caller", "with_response")

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self.with_response = RunsWithResponse(caller)

    def list(
        self,
        *,
        limit: int | None = None,
        next_token: str | None = None,
        options: RequestOptions | None = None,
    ) -> Pages[models.Run]:
        """List what was run.

        Uncertain: The page names no parameters.

        See https://hub.example/docs.
        """
        return self._caller.pages(RUNS_LIST, query=present({"limit": limit, "next_token": next_token}), options=options)

    async def record(
        self,
        *,
        body: models.Run | None = None,
        idempotency_key: str | None = None,
        options: RequestOptions | None = None,
    ) -> str | None:
        """Record a run that happened elsewhere.

        Args:
            idempotency_key: The same in every attempt, so that the call happens once.

        See https://hub.example/docs.
        """
        return await self._caller.call(
            RUNS_RECORD, body=UNSET if body is None else body, key=idempotency_key, options=options
        )

    async def delete(self, run_id: str, *, options: RequestOptions | None = None) -> None:
        """Forget a run.

        Deprecated.

        Raises:
            APIError: 4XX. It cannot be forgotten.

        See https://hub.example/docs.
        """
        return await self._caller.call(RUNS_DELETE, path=(run_id,), options=options)


class RunsWithResponse:
    """The operations of `Runs`, each with the whole answer: status, headers, attempts."""

    __slots__ = ("_caller",)

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    async def list(
        self,
        *,
        limit: int | None = None,
        next_token: str | None = None,
        options: RequestOptions | None = None,
    ) -> Response[models.RunsListResult]:
        """Do as `Runs.list` does, and return the whole answer."""
        return await self._caller.respond(
            RUNS_LIST, query=present({"limit": limit, "next_token": next_token}), options=options
        )

    async def record(
        self,
        *,
        body: models.Run | None = None,
        idempotency_key: str | None = None,
        options: RequestOptions | None = None,
    ) -> Response[str | None]:
        """Do as `Runs.record` does, and return the whole answer."""
        return await self._caller.respond(
            RUNS_RECORD, body=UNSET if body is None else body, key=idempotency_key, options=options
        )

    async def delete(self, run_id: str, *, options: RequestOptions | None = None) -> Response[None]:
        """Do as `Runs.delete` does, and return the whole answer."""
        return await self._caller.respond(RUNS_DELETE, path=(run_id,), options=options)
