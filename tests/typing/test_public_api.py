"""What type checkers see of the public interface. Never run: `nox -s types` has both of them read it.

A line that ends in `ignore` is a mistake that both must find: an ignore that nothing needs is an error too.
"""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, assert_type

import aiohttp
import aiohttp.web

import reknit
from reknit import UNSET, RateLimit, RequestOptions, Retry, errors, refonte, relays, rezi, rezolve
from reknit.refonte import Task, TaskStatus
from reknit.relays import Session, SessionNotReady
from reknit.rezi import Connection
from reknit.rezolve import ApprovalRequired, RiskLevel, Tool, ToolResult
from reknit.runtime import (
    ApiServer,
    Attempt,
    Caller,
    DocumentClient,
    EventStream,
    FileInput,
    Hook,
    HookEvent,
    KeySource,
    Limiter,
    LineStream,
    Operation,
    Page,
    Pages,
    Proof,
    RateLimitState,
    Response,
    Secret,
    ServerSentEvent,
)


def the_package_exports_what_every_api_shares() -> None:
    """Reach the shared vocabulary from the top."""
    assert_type(reknit.__version__, str)
    assert_type(reknit.Retry(max_attempts=2, base=0.1, cap=4.0), Retry)
    assert_type(reknit.RateLimit(rate=5, per=1.0, burst=5), RateLimit)
    assert_type(reknit.RequestOptions(timeout=1.0, retry=Retry(), headers={"X-Team": "blue"}), RequestOptions)
    assert_type(reknit.errors.ReknitError().message, str)
    Retry(3)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    RequestOptions(timeout="1")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    Retry().max_attempts = 5  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]


def clients_take_the_same_arguments(session: aiohttp.ClientSession) -> None:
    """Build each client in the ways that are promised."""
    rezolve.Client()
    rezolve.Client("key", base_url="http://127.0.0.1:1", session=session, timeout=5, retry=Retry(max_attempts=1))
    relays.Client(api_key="key", allow_insecure=True, max_body=1024)
    rezi.Client("key", short_lived=True, send_authentication_header=True)
    rezolve.Client(timeout="5")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    rezolve.Client("key", "url")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    rezolve.Client(short_lived=True)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


def a_client_of_a_document_takes_keys_by_name_and_a_server(keys: Mapping[str, Proof], server: ApiServer) -> None:
    """Pass every kind of credential, a server, and values for its variables."""

    async def token() -> str:
        return "token"

    DocumentClient("key", credentials=keys, server=server, variables={"region": "eu"})
    DocumentClient(credentials={"a": "key", "b": Secret("key"), "c": token, "d": ("user", "password"), "e": True})
    DocumentClient(credentials={"a": ("user", 1)})  # type: ignore[dict-item]  # pyright: ignore[reportArgumentType]
    DocumentClient(credentials={"a": False})  # type: ignore[dict-item]  # pyright: ignore[reportArgumentType]
    DocumentClient(server="https://example.org")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    DocumentClient(variables={"port": 1})  # type: ignore[dict-item]  # pyright: ignore[reportArgumentType]


def a_key_may_come_from_a_function() -> None:
    """Pass keys that rotate, from a function that is sync or async, or as a secret."""

    def key() -> str:
        return "key"

    async def rotating_key() -> str:
        return "key"

    def number() -> int:
        return 7

    source: KeySource = key
    for client in (rezi.Client, rezolve.Client, refonte.Client, relays.Client):
        client(source)
        client(key)
        client(rotating_key)
        client(lambda: "key")
        client(Secret("key"))
    relays.Client(number)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def clients_may_share_a_limiter_and_have_hooks(shared: Limiter) -> None:
    """State a limit, or give one limiter to several clients; watch the calls."""

    def hook(event: HookEvent) -> None:
        assert_type(event.call, int)
        assert_type(event.operation, str)

    each: Hook = hook
    refonte.Client(limiter=RateLimit(rate=5, per=1.0, burst=5), hooks=[each])
    rezolve.Client(limiter=shared, hooks=(hook, print))
    rezolve.Client(limiter=shared)
    rezolve.Client(limiter=5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


async def a_client_is_its_own_context() -> None:
    """Enter each client and close it."""
    async with (
        rezi.Client() as first,
        rezolve.Client() as second,
        refonte.Client() as third,
        relays.Client() as fourth,
    ):
        assert_type(first, rezi.Client)
        assert_type(second, rezolve.Client)
        assert_type(third, refonte.Client)
        assert_type(fourth, relays.Client)
    await first.close()


def models_are_exported_by_their_names() -> None:
    """Find models in their package, and nothing that is not there."""
    assert_type(rezolve.Tool(key="a.b"), Tool)
    assert_type(rezolve.RiskLevel.WRITE, Literal[RiskLevel.WRITE])
    assert_type(relays.User(ip="192.0.2.10").ip, str)
    assert_type(rezi.Plan().created, int | None)
    rezolve.Toool  # type: ignore[attr-defined]  # noqa: B018  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    relays.Tool  # type: ignore[attr-defined]  # noqa: B018  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]


async def rezolve_calls(hub: rezolve.Client) -> None:
    """Call the Integration Hub."""
    assert_type(await hub.tools.list(), list[Tool])
    assert_type(await hub.tools.list(domain="itsm"), list[Tool])
    tool = await hub.tools.get("itsm.tickets.create")
    assert_type(tool, Tool)
    assert_type(tool.risk_level, RiskLevel | None)
    assert_type(await hub.tools.get(tool_key="itsm.tickets.create"), Tool)
    done = await hub.tools.execute("itsm.tickets.create", input={"title": "printer"}, idempotency_key="one")
    assert_type(done, ToolResult)
    assert_type(done.data, Any)
    assert_type(done.request_id, str)
    assert_type(done.duration_ms, float | None)
    await hub.tools.execute("itsm.tickets.create")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    await hub.tools.list("itsm")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    await hub.tools.list(idempotency_key="one")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    await hub.tools.list(options={"timeout": 1})  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


async def an_approval_is_awaited(hub: rezolve.Client) -> None:
    """Wait until someone has approved."""
    try:
        await hub.tools.execute("itsm.tickets.delete", input={"id": 7}, options=RequestOptions(timeout=1.0))
    except ApprovalRequired as waiting:
        assert_type(waiting.idempotency_key, str | None)
        assert_type(waiting.request_id, str | None)
        assert_type(waiting.message, str)
        assert_type(await waiting.replay(timeout=3600), ToolResult)
        await waiting.replay(3600)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


async def the_twin_returns_the_whole_answer(hub: rezolve.Client, edge: relays.Client) -> None:
    """Read everything that an answer has."""
    answer = await hub.tools.with_response.execute("itsm.tickets.create", input={})
    assert_type(answer, Response[ToolResult])
    assert_type(answer.value, ToolResult)
    assert_type(answer.status, int)
    assert_type(answer.headers, Mapping[str, str])
    assert_type(answer.raw, bytes)
    assert_type(answer.rate_limit, RateLimitState)
    assert_type(answer.rate_limit.reset, float | None)
    assert_type(answer.attempts, tuple[Attempt, ...])
    assert_type(answer.request_id, str | None)
    assert_type(answer.idempotency_key, str | None)
    assert_type(answer.unknown(), dict[str, Any])
    assert_type(await hub.tools.with_response.list(), Response[list[Tool]])
    assert_type(await edge.sessions.with_response.delete("s"), Response[None])


async def relays_calls(edge: relays.Client) -> None:
    """Open a session and admit a user."""
    async with edge.sessions.open(users=["192.0.2.10", relays.User(ip="192.0.2.11")], timeout=30) as session:
        assert_type(session, Session)
        assert_type(session.session_id, str)
        assert_type(session.authorization_token, int | None)
        late = await edge.sessions.authorize_user(session_id=session.session_id, user_ip="192.0.2.12")
        assert_type(late, relays.AuthorizedSession)
        assert_type(late.session_user, relays.SessionUser | None)
        if session.relay is not UNSET:
            assert_type(session.relay, relays.Relay | None)
    near = relays.Filter(field="city", values=["Paris"], filter_type=relays.FilterType.ANY)
    edge.sessions.open(filters=[near], webhook_url="https://example.org/hook")
    edge.sessions.open(users=[1])  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]
    try:
        assert_type(await edge.sessions.wait_until_ready("5f0c2d7ab914-S"), Session)
    except SessionNotReady as failed:
        assert_type(failed.session, Session)
        assert_type(failed.session_id, str)
    assert_type(await edge.sessions.create(users=[relays.User(ip="192.0.2.10")]), Session)
    assert_type(await edge.sessions.get("s"), Session)
    assert_type((await edge.sessions.list()).total_count, int)
    assert_type(await edge.sessions.revoke_user(session_id="s", authorization_token=1), Session | None)


async def a_delete_returns_nothing(edge: relays.Client) -> None:
    """Delete a session."""
    deleted: Awaitable[None] = edge.sessions.delete("s")
    await deleted


async def rezi_calls(client: rezi.Client) -> None:
    """Connect a user, read resumes, upgrade a plan."""
    user = await client.users.connect(uid="secret", email="ada@example.org")
    assert_type(user, Connection)
    assert_type(user.token, str)
    assert_type(user.user_id, str | None)
    assert_type(await client.users.get("u"), dict[str, Any])
    assert_type(await client.users.create_resume("u", body={"name": "r"}), dict[str, Any])
    assert_type(await client.resumes.get("r"), dict[str, Any])
    assert_type(await client.resumes.download("r"), dict[str, Any] | bytes)
    assert_type(await client.plans.upgrade(plan_id="p", email="ada@example.org"), rezi.PlanUpgrade)
    assert_type((await client.tokens.create_access_token()).access_token, str | None)


async def refonte_calls(labels: refonte.Client, upload: FileInput) -> None:
    """Create tasks, and what belongs to them."""
    task = await labels.tasks.create_text_collection(
        project="p", fields=[refonte.TextField(type="text", title="T")], callback_url="https://me/cb", unique_id="one"
    )
    assert_type(task, Task)
    assert_type(task.task_id, str)
    assert_type(task.status, TaskStatus | None)
    assert_type(task.created_at, datetime | None)
    assert_type(await labels.tasks.create_image_annotation(attachment="https://a", geometries={}), Task)
    assert_type(await labels.tasks.create_segment_annotation(attachment="https://a", labels=["car"]), Task)
    assert_type(await labels.tasks.get(task.task_id), Task)
    assert_type(await labels.tasks.cancel(task.task_id), Task)
    assert_type(await labels.tasks.send_callback(task.task_id), Any)
    assert_type(await labels.batches.create(project="p", name="week-02"), refonte.Batch)
    assert_type(await labels.batches.status("week-02"), refonte.BatchCounts)
    assert_type(await labels.projects.list(archived=True), list[refonte.Project])
    assert_type(await labels.files.upload(file=upload), dict[str, Any])
    await labels.files.upload(file=b"bytes")
    await labels.files.upload(file=Path("scene.png"))
    await labels.files.upload(file=("scene.png", b"bytes"))
    await labels.files.upload(file="scene.png")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    assert_type(await labels.teams.list(), list[refonte.TeamMember])


async def a_list_in_pages_is_awaited_or_iterated(labels: refonte.Client) -> None:
    """Walk through lists both ways."""
    listing = labels.tasks.list(project="p", limit=100)
    assert_type(listing, Pages[Task])  # type: ignore[unused-awaitable]  # that is what the name says
    async for each in listing:
        assert_type(each, Task)
    page = await listing
    assert_type(page, Page[Task])
    assert_type(page.items, list[Task])
    assert_type(page.has_next, bool)
    assert_type(await page.next(), Page[Task])
    async for one in listing.pages():
        assert_type(one, Page[Task])
    async for batch in labels.batches.list(offset=20):
        assert_type(batch, refonte.Batch)
    assert_type((await labels.tasks.with_response.list()).value, refonte.TaskList)
    iter(listing)  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue, reportArgumentType]


def errors_say_what_they_know(error: errors.ReknitError) -> None:
    """Narrow an error to what can be acted on."""
    assert_type(error.operation, str)
    assert_type(error.attempts, tuple[Attempt, ...])
    if isinstance(error, errors.RateLimited):
        assert_type(error.retry_after, float | None)
        assert_type(error.limit, int | None)
        assert_type(error.remaining, int | None)
        assert_type(error.reset, float | None)
    elif isinstance(error, errors.APIError):
        assert_type(error.status, int)
        assert_type(error.code, str | None)
        assert_type(error.message, str)
        assert_type(error.request_id, str | None)
        assert_type(error.raw, bytes)
        error.nonsense  # type: ignore[attr-defined]  # noqa: B018  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    elif isinstance(error, errors.DeadlineExceeded):
        assert_type(error.sent, bool)
        assert_type(error.retry_after, float | None)
        timed_out: TimeoutError = error
        raise timed_out
    elif isinstance(error, errors.DecodeError):
        assert_type(error.raw, bytes)
        assert_type(error.path, str)
    elif isinstance(error, errors.InvalidArgument):
        value_error: ValueError = error
        raise value_error


def errors_of_an_api_are_those_of_all(
    tool: rezolve.ToolNotFound, connection: rezolve.ConnectionNotFound, given: rezolve.InvalidInput
) -> tuple[errors.NotFound, errors.NotFound, errors.InvalidRequest]:
    """Catch the errors of one API as those of all."""
    return tool, connection, given


async def streams_are_iterators_of_what_is_documented(caller: Caller, watch: Operation[Tool]) -> None:
    """Iterate over items, over events, in a block and without."""
    async with caller.events(watch) as stream:
        assert_type(stream, EventStream[Tool])
        assert_type(await anext(stream), Tool)
        async for tool in stream:
            assert_type(tool, Tool)
        async for event in stream.events():
            assert_type(event, ServerSentEvent[Tool])
            assert_type(event.data, Tool)
            assert_type(event.id, str | None)
        assert_type(stream.status, int)
        assert_type(stream.headers, Mapping[str, str])
        assert_type(stream.header_values, Mapping[str, Any])
        assert_type(stream.attempts, tuple[Attempt, ...])
    lines = caller.lines(watch)
    assert_type(lines, LineStream[Tool])
    assert_type([tool async for tool in lines], list[Tool])
    await lines.aclose()


def errors_have_a_body(error: errors.APIError, answer: Response[Tool]) -> None:
    """Reach what is decoded on demand."""
    assert_type(error.body, Any)
    assert_type(error.header_values, Mapping[str, Any])
    assert_type(answer.header_values, Mapping[str, Any])


def receivers_hand_over_what_a_handler_was_registered_for(headers: Mapping[str, str], body: bytes) -> None:
    """Register handlers, in all the ways that there are."""
    receiver = refonte.receiver(secrets=["live-key", Secret("previous-key")], timeout=5, max_body=1024, hooks=[print])
    assert_type(receiver, refonte.Receiver[refonte.TaskCallback])

    @receiver.on(refonte.TaskCallback)
    async def labelled(event: refonte.TaskCallback) -> None:
        assert_type(event.task.task_id, str)

    @receiver.on(refonte.TaskCallback, order_by=lambda event: event.task_id)
    async def ordered(event: refonte.TaskCallback, transaction: object) -> None: ...

    @receiver.on(refonte.Undecoded)
    async def odd(event: refonte.Undecoded) -> None:
        assert_type(event.raw, bytes)
        assert_type(event.reason, str)

    @receiver.otherwise
    async def rest(event: object) -> None: ...

    @receiver.on(refonte.TaskCallback)  # type: ignore[arg-type]  # pyright: ignore[reportCallIssue, reportArgumentType, reportUntypedFunctionDecorator]
    async def another(event: refonte.Task) -> None: ...

    @receiver.on(refonte.TaskCallback)  # type: ignore[arg-type]  # pyright: ignore[reportCallIssue, reportArgumentType, reportUntypedFunctionDecorator]
    def blocking(event: refonte.TaskCallback) -> None: ...

    @receiver.otherwise  # type: ignore[type-var]  # pyright: ignore[reportArgumentType, reportUntypedFunctionDecorator]
    def blocking_rest(event: object) -> None: ...

    assert_type(receiver.verify(headers, body), refonte.TaskCallback | refonte.Undecoded)
    receiver.verify([(b"name", b"value")], body)
    refonte.receiver(secrets=[7])  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]


def receivers_of_what_nobody_signs_say_so(edge: relays.Client, body: bytes) -> None:
    """Register for hints, and for the sessions that are read again."""
    receiver = relays.receiver("secret", client=edge)

    @receiver.on(relays.SessionReady)
    async def hinted(event: relays.Unverified[relays.SessionReady]) -> None:
        assert_type(event.verified, bool)
        assert_type(event.payload.session_id, str | None)

    @receiver.on_session
    async def ready(session: Session) -> None: ...

    @receiver.on(relays.SessionReady)  # type: ignore[arg-type]  # pyright: ignore[reportCallIssue, reportArgumentType, reportUntypedFunctionDecorator]
    async def believed(event: relays.SessionReady) -> None: ...

    assert_type(receiver.verify({}, body, path="/secret"), relays.Unverified[relays.SessionReady] | relays.Undecoded)
    receiver.verify({}, body)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]

    saved = rezi.receiver(["secret"])

    @saved.on(rezi.RESUME_SECTION_SAVED)
    async def section(event: rezi.Unverified[dict[str, Any]]) -> None:
        assert_type(event.payload, dict[str, Any])


def receivers_fit_servers(app: aiohttp.web.Application) -> None:
    """Give a receiver an address."""
    receiver = refonte.receiver()
    app.router.add_route("POST", "/refonte", receiver.aiohttp)
    assert callable(receiver.asgi)
