"""Sessions as Relays answers them, and a server that plays one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

from attrs import define, field

from reknit import relays
from tests.serving import Reply, Seen, Served, reply

__all__ = ["SESSIONS", "Edge", "Playing", "deleted", "session"]

#: The fixture `edge`: a server to a client of it.
Edge: TypeAlias = Callable[..., relays.Client]
SESSIONS = "/v1/relays/sessions"


def session(*, ready: bool = True, error: str | None = None, **more: Any) -> dict[str, Any]:
    """Return a session in the shape that the API gives it."""
    return {
        "session_id": "5f0c2d7ab914-S",
        "authorization_token": 3500589645,
        "status": "Ready" if ready else "Linking",
        "ready": ready,
        "linked": ready,
        "error": error,
        "webhook_url": None,
        **more,
    }


@define
class Playing:
    """A server of one session that is ready after some polls; `seen` says in short what it was asked."""

    polls: int = 0
    create: Callable[[], Reply | Awaitable[Reply]] = lambda: reply(session(ready=False))
    poll: Callable[[int], Reply | Awaitable[Reply]] | None = None
    delete: Callable[[], Reply | Awaitable[Reply]] = lambda: reply(b"", 204)
    seen: list[str] = field(factory=list[str])
    times: list[float] = field(factory=list[float])
    arrived: asyncio.Event = field(factory=asyncio.Event)

    async def __call__(self, seen: Seen) -> Reply:
        self.seen.append(seen.method)
        self.times.append(asyncio.get_running_loop().time())
        self.arrived.set()
        if seen.method == "POST":
            answer = self.create()
        elif seen.method == "DELETE":
            answer = self.delete()
        else:
            polled = self.seen.count("GET")
            answer = self.poll(polled) if self.poll else reply(session(ready=polled >= self.polls))
        return answer if isinstance(answer, Reply) else await answer


def deleted(served: Served) -> list[str]:
    """Return the paths that were deleted."""
    return [seen.path for seen in served.requests if seen.method == "DELETE"]
