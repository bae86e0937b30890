"""What the demo does with each API: the calls of a user of the SDK, against a sandbox that makes life hard on purpose.

Every step says what it expects; whatever else happens is a Surprise, and the demo fails.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias, TypeVar

from .. import errors, refonte, relays, rezi, rezolve
from ..sandbox import TEST_KEY, Sandbox, Status
from .listener import Listener
from .screen import Screen

__all__ = ["STORIES", "Story", "Surprise", "expect"]

Story: TypeAlias = Callable[[Sandbox, Screen], Awaitable[None]]
E = TypeVar("E", bound=errors.ReknitError)

#: How many tools are read at once, and how many the sandbox lets through at once and then per second.
_BURST: Final = 8
_LIMIT: Final = 5


class Surprise(Exception):
    """Something went otherwise than it should."""


def expect(as_it_should_be: bool, otherwise: str) -> None:  # noqa: FBT001  # reads like the assert that it is
    """Raise Surprise unless something is as it should be."""
    if not as_it_should_be:
        raise Surprise(otherwise)


async def refused(kind: type[E], call: Awaitable[object]) -> E:
    """Return the error with which a call ends that must not succeed."""
    try:
        await call
    except kind as error:
        return error
    raise Surprise(f"a call succeeded that should have raised {kind.__name__}")


async def tell_rezi(box: Sandbox, screen: Screen) -> None:
    """Connect a user with short-lived tokens, one of which expires; meet an error inside a 200."""
    hooks = (screen.hook("rezi"),)
    async with rezi.Client(TEST_KEY, base_url=box.base_url("rezi"), hooks=hooks, short_lived=True) as client:
        user = await client.users.connect(uid="uid-of-ada", email="ada@example.org")
        expect(user.user_id is not None, "the connected user has no id")
        screen.result(f"{user!r}: secrets do not print")

        box.clock.advance(15 * 60)
        screen.happens("a quarter of an hour passes on the sandbox's clock: the access token expires")
        found = await client.users.list()
        expect(len(found["users"]) == 1, "there should be one user")
        screen.result("a new token was fetched, the call was sent once more, and nobody noticed")

        error = await refused(errors.APIError, client.users.connect(uid="another-uid", email="ada@example.org"))
        expect((error.status, error.code) == (200, "connect-01"), f"an unexpected error: {error}")
        screen.result(f"an error inside a 200 is an exception: {type(error).__name__}, code {error.code}")

        upgrade = await client.plans.upgrade(plan_id="plan-monthly", email="ada@example.org")
        expect(upgrade.data is not None and upgrade.data.status == "active", "the plan should be active")
        screen.result("the plan is active")

        created = await client.users.create_resume(user.user_id or "", body={"title": "Analyst", "skills": ["engines"]})
        file = await client.resumes.download(created["resume"]["resumeID"])
        expect(isinstance(file, bytes) and file.startswith(b"%PDF"), "the download should be a PDF")
        screen.result(f"a resume of {len(file)} bytes was downloaded")


async def tell_rezolve(box: Sandbox, screen: Screen) -> None:
    """Execute a tool on a server that fails twice, wait for an approval, run into a rate limit."""
    async with rezolve.Client(TEST_KEY, base_url=box.base_url("rezolve"), hooks=(screen.hook("rezolve"),)) as hub:
        tools = await hub.tools.list(domain="itsm")
        screen.result(", ".join(f"{tool.key} ({tool.risk_level and tool.risk_level.value})" for tool in tools))

        box.faults.add(api="rezolve", fault=Status(503, retry_after=1))
        box.faults.add(api="rezolve", fault=Status(503))
        screen.happens("the server will fail twice")
        made = await hub.tools.with_response.execute("itsm.tickets.create", input={"title": "The printer is on fire"})
        expect(len(made.attempts) == 3, f"it should have taken three attempts, not {len(made.attempts)}")
        expect(_times_executed(box, "itsm.tickets.create", made.idempotency_key) == 1, "it was not executed once")
        screen.result(f"ticket {made.value.data['id']} was made, once: one key in all {len(made.attempts)} attempts")

        error = await refused(rezolve.InvalidInput, hub.tools.execute("itsm.tickets.create", input={}))
        screen.result(f"{type(error).__name__}: {error.message}")
        await _wait_for_approval(hub, box, screen)
    await _read_at_once(box, screen, stated=True)
    await _read_at_once(box, screen, stated=False)


async def _wait_for_approval(hub: rezolve.Client, box: Sandbox, screen: Screen) -> None:
    waiting = await refused(rezolve.ApprovalRequired, hub.tools.execute("itsm.tickets.delete", input={"id": 7}))
    key = waiting.idempotency_key or ""
    screen.result(f"{type(waiting).__name__}: {waiting.message}; the call is replayed until then")

    async def approve() -> None:
        await asyncio.sleep(1.5)
        box.rezolve.approve(key)
        screen.happens("an approver says yes")

    async with asyncio.TaskGroup() as group:
        group.create_task(approve())
        done = await waiting.replay(timeout=30)
    expect(done.data == {"id": 7, "deleted": True}, f"the ticket was not deleted: {done.data}")
    expect(_times_executed(box, "itsm.tickets.delete", key) == 1, "it was not executed once")
    screen.result("ticket 7 is deleted, once")


async def _read_at_once(box: Sandbox, screen: Screen, *, stated: bool) -> None:
    box.rezolve.limit(rate=_LIMIT, burst=_LIMIT, headers=stated)
    how = "its headers say so" if stated else "says nothing of it"
    screen.happens(f"the server takes {_LIMIT} calls at once, then {_LIMIT} a second; {how}")
    # A client of its own: it has learned nothing of the server yet.
    hooks = (screen.hook("rezolve"),)
    async with rezolve.Client(TEST_KEY, base_url=box.base_url("rezolve"), hooks=hooks) as hub:
        with screen.together("tools.get", _BURST) as calls:
            await asyncio.gather(*(hub.tools.get("itsm.tickets.create") for _ in range(_BURST)))
    expect(calls.statuses["200"] == _BURST, "not every call was answered")
    refusals = calls.statuses["429"]
    screen.result(f"all {_BURST} succeeded, " + (f"{refusals} after a refusal" if refusals else "none was refused"))


def _times_executed(box: Sandbox, tool: str, key: str | None) -> int:
    return len(box.ledger.effects("rezolve", tool, key=key or "no key"))


async def tell_refonte(box: Sandbox, screen: Screen) -> None:
    """Create tasks, receive the callback of one that is completed, read them all page by page."""
    async with (
        Listener(box.refonte.callback_auth_key) as listener,
        refonte.Client(TEST_KEY, base_url=box.base_url("refonte"), hooks=(screen.hook("refonte"),)) as labels,
    ):
        tone = refonte.TextField(type="category", field_id="tone", choices=[refonte.Choice(label="Calm", value="calm")])
        task = await labels.tasks.create_text_collection(
            project="support", fields=[tone], callback_url=listener.url, unique_id="letter-1"
        )
        screen.result(f"task {task.task_id} is {task.status and task.status.value}")

        error = await refused(errors.Conflict, labels.tasks.create_text_collection(unique_id="letter-1"))
        screen.result(f"{type(error).__name__}: {error.message}")

        screen.happens("a labeller completes the task, and Refonte calls back")
        await box.refonte.complete(task.task_id, {"answers": {"tone": "calm"}})
        callback = await listener.arrival(timeout=10)
        expect((len(listener.accepted), listener.refused) == (1, 0), "there should have been one callback")
        expect(callback.task_id == task.task_id, "the callback is of another task")
        screen.result(f"one callback came, with the right auth key: {callback.status}, {callback.response}")

        image = "https://images.example.org/street.jpg"
        await labels.tasks.create_image_annotation(attachment=image, geometries={"box": {}}, project="support")
        await labels.tasks.create_segment_annotation(attachment=image, labels=["road"], project="support")
        listed = [task async for task in labels.tasks.list(project="support", limit=2)]
        expect(len(listed) == 3, f"there should be three tasks, not {len(listed)}")
        screen.result(f"{len(listed)} tasks, in pages of 2: " + ", ".join(f"{item.type}" for item in listed))


async def tell_relays(box: Sandbox, screen: Screen) -> None:
    """Open a session, which takes a while to become ready, admit a user late, and leave nothing behind."""
    async with relays.Client(TEST_KEY, base_url=box.base_url("relays"), hooks=(screen.hook("relays"),)) as edge:
        async with edge.sessions.open(users=["192.0.2.1"], timeout=30) as session:
            expect(session.ready and session.relay is not None, "the session should be ready")
            screen.result(f"session {session.session_id} is ready at {session.relay and session.relay.host}")

            late = await edge.sessions.authorize_user(session_id=session.session_id, user_ip="192.0.2.2")
            expect(late.session_user is not None, "nobody was admitted")
            screen.result(f"{late.session_user and late.session_user.ip_address} may join")

            count = (await edge.sessions.list()).total_count
            expect(count == 1, f"there should be one session, not {count}")
        expect(not box.relays.sessions, "the session was not deleted")
        screen.result("the block ended, so the session is deleted and costs nothing")


#: The four APIs: the heading of each, and its story.
STORIES: Final[tuple[tuple[str, str, Story], ...]] = (
    ("Rezi", "users, resumes, plans", tell_rezi),
    ("Rezolve Integration Hub", "tools, approvals, rate limits", tell_rezolve),
    ("Refonte.AI", "labelling tasks and their callbacks", tell_refonte),
    ("Relays", "sessions that take a while", tell_relays),
)
