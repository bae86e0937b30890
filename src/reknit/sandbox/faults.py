"""Faults on demand: answers that stand in for an API's own.

A fault is answered before the API sees the request, so nothing was executed.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping

from attrs import define, field

from .wire import Answer

__all__ = ["Fault", "Faults"]


@define
class Fault:
    """An answer that is given `times` times to requests for `operation` (None: any).

    Without a `body` it is an error in the API's own shape.
    """

    status: int
    headers: Mapping[str, str]
    body: str | None
    media_type: str
    operation: str | None
    times: int

    def answer(self, default: Answer) -> Answer:
        """Return the fault as an answer; `default` is the API's own error."""
        answer = default if self.body is None else Answer(self.status, self.body.encode(), self.media_type)
        return answer.with_headers(self.headers)


@define
class Faults:
    """The faults that are still to come, per API, first come, first served."""

    _waiting: dict[str, deque[Fault]] = field(init=False)
    _apis: tuple[str, ...]

    def __attrs_post_init__(self) -> None:
        self._waiting = {api: deque() for api in self._apis}

    def next(
        self,
        api: str,
        *,
        status: int = 503,
        headers: Mapping[str, str] | None = None,
        body: str | None = None,
        media_type: str = "text/html",
        operation: str | None = None,
        times: int = 1,
    ) -> None:
        """Answer the next `times` requests to an API with `status` instead of what it would have said."""
        if api not in self._waiting:
            raise ValueError(f"there is no API {api!r}; there are {', '.join(self._waiting)}")
        if times < 1:
            raise ValueError(f"times must be at least 1, not {times}")
        self._waiting[api].append(Fault(status, headers or {}, body, media_type, operation, times))

    def clear(self) -> None:
        """Forget every fault that has not come yet."""
        for waiting in self._waiting.values():
            waiting.clear()

    def take(self, api: str, operation: str) -> Fault | None:
        """Use up the next fault that fits a request, if there is one."""
        waiting = self._waiting[api]
        fault = next((fault for fault in waiting if fault.operation in (None, operation)), None)
        if fault is None:
            return None
        fault.times -= 1
        if not fault.times:
            waiting.remove(fault)
        return fault
