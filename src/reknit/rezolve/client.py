"""What Rezolve does its own way: bearer keys, an envelope whose code decides, and calls that someone has to approve."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterator
from typing import TYPE_CHECKING, Any

import msgspec

from ..errors import (
    APIError,
    Forbidden,
    InvalidArgument,
    InvalidRequest,
    NotFound,
    RateLimited,
    ServerError,
    TransportError,
    Unauthorized,
)
from ..options import check_number
from ..runtime import (
    Answer,
    Api,
    BaseClient,
    Bearer,
    Caller,
    Failure,
    class_for_status,
    error_object,
    judge_by_status,
    lazy_module,
)
from ..runtime.answers import string_in
from ..runtime.hooks import Waiting
from ..runtime.narrowing import is_object
from ._generated import operations

if TYPE_CHECKING:
    from ._generated import models
else:
    models = lazy_module(operations.__name__, "models")  # loaded when it is first needed

__all__ = ["ApprovalRequired", "Client", "ConnectionNotFound", "InvalidInput", "ToolNotFound", "UpstreamError"]

_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 60.0


def pauses() -> Iterator[float]:
    """Yield the seconds before each replay of a call that waits for approval: 1, doubling up to 60."""
    pause = _FIRST_PAUSE
    while True:
        yield pause
        pause = min(_LONGEST_PAUSE, 2 * pause)


class ToolNotFound(NotFound):
    """`TOOL_NOT_FOUND`: no tool has this key."""


class ConnectionNotFound(NotFound):
    """`CONNECTION_NOT_FOUND`: no connection is active for the tool's domain."""


class InvalidInput(InvalidRequest):
    """`INVALID_INPUT`: the input does not fit the tool's schema."""


class UpstreamError(APIError):
    """`UPSTREAM_ERROR`: the vendor behind the tool failed; `details` says how. It is not resent by itself."""


class ApprovalRequired(APIError):
    """`APPROVAL_REQUIRED`: the call waits in Approvals. `replay` waits with it; `idempotency_key` names it."""

    async def replay(self, *, timeout: float = 3600.0) -> models.ToolResult:
        """Send the same call, with the same key and input, until someone has approved it; return its result.

        Waits 1 s before the first replay, then twice as long each time, up to 60 s: a replay counts against the limits.
        `timeout` in seconds bounds it all. While it lasts, failures of the server or the network only cost the replay
        that they met. Raises the API's error when the call is rejected, and the latest ApprovalRequired (from the
        failure, where the last replay met one) when no further replay fits; that error can be replayed again. Raises
        InvalidArgument for a dry run, which nobody approves, and for an error that came from another process: call
        `execute` with its `idempotency_key` there.
        """
        check_number("timeout", timeout, above=0)
        again, caller, patience = self._call_again()
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout
        waiting: ApprovalRequired = self
        failure: APIError | TransportError | None = None
        asked_for = self.retry_after
        for shortest in pauses():
            pause = max(shortest, asked_for or 0.0)
            if pause >= deadline - loop.time():
                break
            caller.tell(Waiting(0, self.operation, pause, "approval"))
            await asyncio.sleep(pause)
            left = deadline - loop.time()
            if left <= 0:  # the loop was late
                break
            try:
                return await again(timeout=min(patience, left))
            except ApprovalRequired as error:
                # The same call still, with the time that it had at first.
                waiting = error.with_context(_again=again, _timeout=patience)
                failure, asked_for = None, error.retry_after
            except (ServerError, RateLimited) as error:
                failure, asked_for = error, error.retry_after
            except TransportError as error:
                failure, asked_for = error, getattr(error, "retry_after", None)
        raise waiting from failure

    def _call_again(self) -> tuple[Callable[..., Awaitable[models.ToolResult]], Caller, float]:
        """Return what sends the same bytes again, who sends them, and the seconds that the call had."""
        state = self.__dict__
        again: Callable[..., Awaitable[models.ToolResult]] | None = state.get("_again")
        if again is None:
            raise InvalidArgument(
                "this call cannot be replayed: it was a dry run, or its error came from another process; "
                "call execute with idempotency_key= instead"
            )
        return again, state["_caller"], state["_timeout"]


_CODES: dict[str, type[APIError]] = {
    "UNAUTHORIZED": Unauthorized,
    "FORBIDDEN": Forbidden,
    "TOOL_NOT_FOUND": ToolNotFound,
    "CONNECTION_NOT_FOUND": ConnectionNotFound,
    "INVALID_INPUT": InvalidInput,
    "APPROVAL_REQUIRED": ApprovalRequired,
    "UPSTREAM_ERROR": UpstreamError,
    "RATE_LIMITED": RateLimited,
}


class _Envelope(msgspec.Struct):
    success: Any = None


_envelope = msgspec.json.Decoder(_Envelope).decode
#: The flag stands first in what the Hub sends; then a body of any size is judged by its beginning.
_plainly_good = re.compile(rb'\s*\{\s*"success"\s*:\s*true\s*[,}]').match


def judge(answer: Answer) -> Failure | None:
    """Judge by the envelope: `success: false` is an error whatever the status, and a known code decides over it."""
    if 200 <= answer.status < 300:
        if _plainly_good(answer.raw) or not answer.raw.lstrip().startswith(b"{"):
            return None
        try:
            if _envelope(answer.raw).success is not False:
                return None
        except (msgspec.MsgspecError, ValueError, RecursionError):
            return None  # no JSON, or not UTF-8: for the decoder to say, with its path
    body = error_object(answer) or {}
    error = body.get("error")
    if not is_object(error):
        return judge_by_status(answer) or Failure(kind=APIError, message="success is false, and no error is given")
    code = string_in(error, "code")
    kind = _CODES.get(code or "")
    return Failure(
        kind=kind or (APIError if 200 <= answer.status < 300 else class_for_status(answer.status)),
        code=code,
        message=string_in(error, "message") or "",
        details=error.get("details"),
        request_id=string_in(body, "request_id"),
        known=kind is not None,
        limited=kind is RateLimited or (kind is None and answer.status == 429),
    )


API = Api(name="rezolve", server="https://integration-hub.rezolve.ai/api/v1", scheme=Bearer(), judge=judge)


class Client(BaseClient):
    """The Rezolve Integration Hub. The key is `api_key` or `REZOLVE_API_KEY`; `BaseClient` has the other arguments."""

    api = API
    tools: operations.Tools

    def _assemble(self, caller: Caller) -> None:
        self.tools = operations.Tools(caller)
