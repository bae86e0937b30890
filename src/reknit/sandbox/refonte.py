"""Refonte.AI: labelling tasks and their callbacks, batches, projects, files, a team.

A task stays pending until someone completes it: `await box.refonte.complete(task_id)`. A `unique_id` that was used
before is answered 409 whether or not the second task is like the first: the vendor documents the conflict "for a
different request", and how it answers a repeated one the pages do not say; 409 is what its model, Scale, does and what
a resending client has to cope with. Nor do they say that a project or batch must exist before a task names it, so none
has to. See https://refonte.ai/docs/api-reference/callbacks.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
import math
from collections.abc import Mapping
from typing import Final, Literal, NoReturn, TypeAlias

from attrs import define, field

from .callbacks import LATER, Delivery, Message
from .keys import is_live
from .wire import Answer, Api, Call, Handler, Json, Refused, StateConflict, is_object, json_answer, text_answer
from .world import World

__all__ = ["Batch", "Project", "Refonte", "Task"]

Kind: TypeAlias = Literal["textcollection", "imageannotation", "segmentannotation"]
Status: TypeAlias = Literal["pending", "completed", "canceled", "error"]

_LARGEST_PAGE: Final = 100

#: How many of each are kept; the oldest goes when one more comes. Of tasks, the oldest that has ended goes first.
_KEPT_TASKS: Final = 10_000
_KEPT_BATCHES: Final = 1_000
_KEPT_PROJECTS: Final = 1_000
_KEPT_FILES: Final = 10_000
_KEPT_MEMBERS: Final = 1_000
#: How many callbacks may wait for another try; beyond that one is tried once.
_MOST_WAITING: Final = 1_000
#: What every task has; the rest of what it is created with are its parameters.
_COMMON: Final = frozenset({"project", "batch", "callback_url", "unique_id", "instruction", "metadata"})


@define
class Task:
    """A piece of labelling work. `params` is what it was created with beyond what every task has."""

    number: int
    task_id: str
    type: Kind
    created_at: str
    params: Json = field(repr=False)
    project: str | None
    batch: str | None
    instruction: str | None
    metadata: Json
    callback_url: str | None = field(repr=False)
    unique_id: str | None
    status: Status = "pending"
    completed_at: str | None = None
    updated_at: str | None = None
    response: Json | None = None
    callback_succeeded: bool | None = None
    audits: list[Json] = field(factory=list[Json])
    live: bool = False

    def public(self) -> Json:
        """Return what the API says of the task; what there is nothing to say of is left out."""
        everything: Json = {
            "task_id": self.task_id,
            "created_at": self.created_at,
            "completed_at": self.completed_at,
            "updated_at": self.updated_at,
            "callback_url": self.callback_url,
            "callback_succeeded": self.callback_succeeded,
            "type": self.type,
            "status": self.status,
            "instruction": self.instruction,
            "params": self.params,
            "response": self.response,
            "metadata": self.metadata,
            "project": self.project,
            "batch": self.batch,
            "unique_id": self.unique_id,
            "audits": self.audits or None,
        }
        return {name: value for name, value in everything.items() if value is not None}


@define
class Batch:
    """A batch of tasks; it is staging until it is finalized, then it is in progress as long as a task is pending."""

    name: str
    project: str
    callback: str | None
    created_at: str
    finalized: bool = False
    live: bool = False


@define
class Project:
    """What tasks share: a type, and versions of the parameters."""

    name: str
    type: str
    created_at: str
    params: Json
    archived: bool = False
    live: bool = False

    def public(self) -> Json:
        """Return what the API says of the project."""
        version = {"instruction": self.params.get("instruction"), "version": 0, "created_at": self.created_at}
        return {"type": self.type, "name": self.name, "param_history": [version], "created_at": self.created_at}


@define
class _File:
    """An uploaded or imported file: what the API says of it, and its world."""

    public: Json
    live: bool


@define
class _Open:
    """A callback that has not arrived, and will be tried again."""

    task_id: str
    payload: Json
    started: float | None = None
    tries: int = 0


class Refonte(Api):
    """The Refonte API and one account.

    A test key and a live key see different tasks, batches, projects and files.

    Attributes that may be set at any time: `callback_auth_key` (what callbacks carry) and `callback_header` (in which
    header: the vendor's pages spell it in two ways), `default_callback_url` (the profile's), `disabled` (types of task
    that answer 402), `accepted_as` (how a call that has nothing to say answers: the text `OK`, JSON, or nothing).
    """

    name = "refonte"
    prefix = "/refonte/v1"

    def __init__(self, world: World) -> None:
        self.callback_auth_key = world.new_id("live-callback-", 24)
        self.callback_header: Literal["refonte-ai--callback-auth", "refonte.ai-callback-auth"] = (
            "refonte-ai--callback-auth"
        )
        self.default_callback_url: str | None = None
        self.disabled: set[Kind] = set()
        self.accepted_as: Literal["text", "json", "nothing"] = "text"
        self._world = world
        self.tasks: dict[str, Task] = world.kept("task", Task)
        self.batches: dict[str, Batch] = world.kept("batch", Batch)
        self.projects: dict[str, Project] = world.kept("project", Project)
        self._files: dict[str, _File] = world.kept("file", _File)
        self.team: list[Json] = [_member("owner@example.com", "manager"), *world.kept("member", Json).values()]
        self._callbacks: dict[str, Json] = world.kept("callback", Json)
        self._open: dict[str, _Open] = world.kept("delivery", _Open)
        self._unique = {(task.live, task.unique_id): task for task in self.tasks.values() if task.unique_id is not None}
        self._references = {(file.live, file.public.get("reference_id")) for file in self._files.values()}

    @property
    def files(self) -> dict[str, Json]:
        """What the API says of each file, by its id."""
        return {file_id: file.public for file_id, file in self._files.items()}

    # What a test or a demo does to the tasks

    async def complete(self, task_id: str, response: Json | None = None) -> Task:
        """Let a pending task be completed, and wait until its callback was tried once."""
        task = self._pending(task_id)
        return await self._end(task, "completed", _result(task) if response is None else response)

    async def fail(self, task_id: str, error: str = "An attachment could not be fetched.") -> Task:
        """Let a pending task end in an error, and wait until its callback was tried once."""
        task = self._pending(task_id)
        attachments = [{"statusCode": 404, "url": task.params["attachment"]}] if "attachment" in task.params else []
        return await self._end(task, "error", {"error": error, "attachments": attachments})

    async def audit(self, task_id: str, outcome: str = "accepted") -> Task:
        """Let a completed task be audited: `accepted`, `fixed` or `rejected`; another callback says so."""
        if outcome not in ("accepted", "fixed", "rejected"):
            raise ValueError(f"an audit ends accepted, fixed or rejected, not {outcome!r}")
        task = self._completed(task_id)
        now = self._world.clock.iso()
        audit = {"audited_by": "auditor@example.com", "audited_at": now, "audit_time_secs": 60, "audit_result": outcome}
        task.audits, task.updated_at = [*task.audits, audit], now
        self._world.note(self.name, "task.audited", task_id, outcome=outcome)
        return await self._call_back(task)

    async def recall(self, task_id: str) -> Task:
        """Let a completed task become pending again; another callback says so."""
        task = self._completed(task_id)
        task.status, task.completed_at, task.updated_at = "pending", None, self._world.clock.iso()
        self._world.note(self.name, "task.recalled", task_id)
        return await self._call_back(task)

    async def resend_callback(self, task_id: str) -> Task:
        """Send the last callback of a task again, and wait until it was tried once."""
        task = self._existing(task_id)
        payload = self._callbacks.get(task_id)
        if payload is None or task.callback_url is None:
            raise StateConflict(f"the task {task_id} has had no callback that could be sent again")
        await self._deliver(task, task.callback_url, payload)
        return task

    def resume(self) -> None:
        """Go on with the callbacks that had not arrived when the sandbox stopped."""
        for delivery_id, waiting in self._open.items():
            task = self.tasks.get(waiting.task_id)
            if task is not None and task.callback_url is not None:
                _ = self._start(delivery_id, task, task.callback_url, waiting)

    # The API

    def handlers(self) -> dict[str, Handler]:
        """Return what answers each operation."""
        return {
            "tasks.create_text_collection": self._create_text_collection,
            "tasks.create_image_annotation": self._create_image_annotation,
            "tasks.create_segment_annotation": self._create_segment_annotation,
            "tasks.get": self._get_task,
            "tasks.cancel": self._cancel,
            "tasks.send_callback": self._send_callback,
            "tasks.list": self._list_tasks,
            "batches.create": self._create_batch,
            "batches.list": self._list_batches,
            "batches.get": self._get_batch,
            "batches.status": self._count_batch,
            "batches.finalize": self._finalize,
            "projects.create": self._create_project,
            "projects.list": self._list_projects,
            "projects.get": self._get_project,
            "files.upload": self._upload,
            "files.import_url": self._import,
            "teams.list": self._list_team,
            "teams.invite": self._invite,
        }

    def admit(self, call: Call) -> None:
        """Check the key: Basic credentials with an empty password."""
        key, password = _credentials(call)
        if password or self._world.refuses(key):
            self._refuse(401, "Basic credentials with a valid API key and an empty password are needed")

    def problem(self, status: int, message: str) -> Answer:
        """Return the API's error, which is Scale's."""
        return json_answer({"status_code": status, "error": message}, status)

    # Tasks

    def _create_text_collection(self, call: Call) -> Answer:
        return self._create_task("textcollection", call)

    def _create_image_annotation(self, call: Call) -> Answer:
        return self._create_task("imageannotation", call)

    def _create_segment_annotation(self, call: Call) -> Answer:
        return self._create_task("segmentannotation", call)

    def _create_task(self, kind: Kind, call: Call) -> Answer:
        body, live = call.object, _live(call)
        if kind in self.disabled:
            self._refuse(402, f"{kind} is not enabled for this account")
        unique_id: str | None = body.get("unique_id")
        if unique_id is not None and (live, unique_id) in self._unique:
            self._refuse(409, f"the unique_id {unique_id} was used before")
        params = {name: value for name, value in body.items() if name not in _COMMON}
        while len(self.tasks) >= _KEPT_TASKS:
            self._forget_task(next((task for task in self.tasks.values() if task.status != "pending"), None))
        task = Task(
            number=self._next_number(),
            task_id=self._world.new_id(length=24),
            type=kind,
            created_at=self._world.clock.iso(),
            params={"attachment_type": "image", **params} if "attachment" in params else params,
            project=body.get("project"),
            batch=body.get("batch"),
            instruction=body.get("instruction"),
            metadata=body.get("metadata", {}),
            callback_url=body.get("callback_url", self.default_callback_url),
            unique_id=unique_id,
            live=live,
        )
        self.tasks[task.task_id] = task
        if unique_id is not None:
            self._unique[live, unique_id] = task
        self._keep(task)
        self._world.note(self.name, "task.created", task.task_id, key=unique_id, type=kind)
        return json_answer(task.public())

    def _next_number(self) -> int:
        return next(reversed(self.tasks.values())).number + 1 if self.tasks else 0

    def _forget_task(self, ended: Task | None) -> None:
        """Let a task go, the oldest of all where none has ended, and what is known of it."""
        task = next(iter(self.tasks.values())) if ended is None else ended
        del self.tasks[task.task_id]
        self._world.keep("task", task.task_id, None)
        if task.unique_id is not None:
            del self._unique[task.live, task.unique_id]
        if self._callbacks.pop(task.task_id, None) is not None:
            self._world.keep("callback", task.task_id, None)

    def _get_task(self, call: Call) -> Answer:
        return json_answer(self._task(call).public())

    def _cancel(self, call: Call) -> Answer:
        task = self._task(call)
        if task.status != "pending":
            self._refuse(400, f"the task is {task.status}; only a pending one can be canceled")
        task.status = "canceled"
        task.updated_at = self._world.clock.iso()
        self._keep(task)
        self._world.note(self.name, "task.canceled", task.task_id)
        return json_answer(task.public())

    def _send_callback(self, call: Call) -> Answer:
        task = self._task(call)
        if task.task_id in self._callbacks and task.callback_url is not None:
            _ = self._deliver(task, task.callback_url, self._callbacks[task.task_id])
        else:
            # Whether the vendor minds is not documented; a test sees in the ledger that nothing was sent.
            self._world.note(self.name, "callback.skipped", task.task_id, reason="there was no callback yet")
        return self._accepted()

    def _list_tasks(self, call: Call) -> Answer:
        limit = _number(call, "limit", _LARGEST_PAGE)
        wanted = {name: call.query.get(name) for name in ("project", "batch", "status", "type", "unique_id")}
        # Newest first, and the token names the last one that was seen: what comes in meanwhile shifts no page.
        live = _live(call)
        found = [task for task in reversed(self.tasks.values()) if task.live == live and _fits(task, wanted)]
        token = call.query.get("next_token")
        before = self._last_seen(token) if token is not None else math.inf
        left = [task for task in found if task.number < before]
        page, more = left[:limit], len(left) > limit
        return json_answer(
            {
                "docs": [task.public() for task in page],
                "total": len(found),
                "limit": limit,
                "offset": len(found) - len(left),
                "has_more": more,
                "next_token": _token(page[-1].number) if more else None,
            }
        )

    def _last_seen(self, token: str) -> int:
        try:
            return int(base64.urlsafe_b64decode(token).decode().removeprefix("after "))
        except ValueError:
            self._refuse(400, "the next_token is not one that a list answered")

    # Batches and projects

    def _create_batch(self, call: Call) -> Answer:
        body, live = call.object, _live(call)
        self._check_name(body["name"])
        if _named(body["name"], live=live) in self.batches:
            self._refuse(400, f"there is a batch {body['name']} already")
        while len(self.batches) >= _KEPT_BATCHES:
            oldest = next(iter(self.batches))
            del self.batches[oldest]
            self._world.keep("batch", oldest, None)
        batch = Batch(body["name"], body["project"], body.get("callback"), self._world.clock.iso(), live=live)
        self.batches[_named(batch.name, live=live)] = batch
        self._world.keep("batch", _named(batch.name, live=live), batch)
        self._world.note(self.name, "batch.created", batch.name, project=batch.project)
        return json_answer(self._public_batch(batch))

    def _list_batches(self, call: Call) -> Answer:
        limit = min(_number(call, "limit", _LARGEST_PAGE), _LARGEST_PAGE)
        offset = _number(call, "offset", 0)
        live = _live(call)
        batches = [batch for batch in self.batches.values() if batch.live == live]
        return json_answer(
            {
                "docs": [self._public_batch(batch) for batch in batches[offset : offset + limit]],
                "totalDocs": len(batches),
                "limit": limit,
                "offset": offset,
                "has_more": len(batches) > offset + limit,
            }
        )

    def _get_batch(self, call: Call) -> Answer:
        return json_answer(self._public_batch(self._batch(call)))

    def _count_batch(self, call: Call) -> Answer:
        batch = self._batch(call)
        counts = dict.fromkeys(("pending", "error", "completed", "canceled"), 0)
        for task in self.tasks.values():
            if task.batch == batch.name and task.live == batch.live:
                counts[task.status] += 1
        return json_answer({"status": self._batch_status(batch), **counts})

    def _finalize(self, call: Call) -> Answer:
        batch = self._batch(call)
        batch.finalized = True
        self._world.keep("batch", _named(batch.name, live=batch.live), batch)
        self._world.note(self.name, "batch.finalized", batch.name)
        return self._accepted()

    def _batch_status(self, batch: Batch) -> str:
        if not batch.finalized:
            return "staging"
        tasks = (task for task in self.tasks.values() if task.batch == batch.name and task.live == batch.live)
        pending = any(task.status == "pending" for task in tasks)
        return "in_progress" if pending else "completed"

    def _public_batch(self, batch: Batch) -> Json:
        return {
            "project": batch.project,
            "name": batch.name,
            "callback": batch.callback,
            "status": self._batch_status(batch),
            "created_at": batch.created_at,
        }

    def _create_project(self, call: Call) -> Answer:
        body, live = call.object, _live(call)
        # The page does not say that either is needed: what is left out is made up.
        name = body["name"] if "name" in body else self._world.new_id("project-")
        self._check_name(name)
        if _named(name, live=live) in self.projects:
            self._refuse(400, f"there is a project {name} already")
        while len(self.projects) >= _KEPT_PROJECTS:
            oldest = next(iter(self.projects))
            del self.projects[oldest]
            self._world.keep("project", oldest, None)
        project = Project(
            name, body.get("type", "textcollection"), self._world.clock.iso(), body.get("params", {}), live=live
        )
        self.projects[_named(project.name, live=live)] = project
        self._world.keep("project", _named(project.name, live=live), project)
        self._world.note(self.name, "project.created", project.name, type=project.type)
        return json_answer(project.public())

    def _list_projects(self, call: Call) -> Answer:
        archived = call.query.get("archived", "false")
        if archived not in ("true", "false"):
            self._refuse(400, "archived must be true or false")
        found = [
            project
            for project in self.projects.values()
            if project.archived == (archived == "true") and project.live == _live(call)
        ]
        return json_answer([project.public() for project in found])

    def _get_project(self, call: Call) -> Answer:
        name = call.parameters["name"]
        project = self.projects.get(_named(name, live=_live(call)))
        if project is None:
            self._refuse(404, f"there is no project {name}")
        return json_answer(project.public())

    # Files and the team

    def _upload(self, call: Call) -> Answer:
        file = call.form.files.get("file")
        if file is None:
            self._refuse(400, "file is required")
        body: Json = dict(call.form.fields)
        content = {"filename": file.name, "content_type": file.media_type, "size": file.size, "sha256": file.sha256}
        return self._keep_file(call, body, display_name=file.name, content=content)

    def _import(self, call: Call) -> Answer:
        body = call.object
        # The address is noted and never fetched.
        return self._keep_file(call, body, display_name=body["file_url"].rpartition("/")[2], content={})

    def _keep_file(self, call: Call, body: Json, *, display_name: str, content: Json) -> Answer:
        reference, live = body.get("reference_id"), _live(call)
        if reference is not None and (live, reference) in self._references:
            self._refuse(409, f"the reference_id {reference} was used before")
        while len(self._files) >= _KEPT_FILES:
            self._forget_file(next(iter(self._files)))
        file_id = self._world.new_id("file_")
        file: Json = {
            "display_name": display_name,
            **body,
            "id": file_id,
            "created_at": self._world.clock.iso(),
            "metadata": self._metadata(body.get("metadata", "{}")),
            **content,
        }
        self._files[file_id] = _File(file, live)
        if reference is not None:
            self._references.add((live, reference))
        self._world.keep("file", file_id, self._files[file_id])
        self._world.note(self.name, "file.created", file_id, key=reference)
        return json_answer(file)

    def _forget_file(self, file_id: str) -> None:
        file = self._files.pop(file_id)
        self._references.discard((file.live, file.public.get("reference_id")))
        self._world.keep("file", file_id, None)

    def _metadata(self, text: str) -> Json:
        try:
            metadata = json.loads(text)
        except (ValueError, RecursionError):
            metadata = None
        if not is_object(metadata):
            self._refuse(400, "metadata must be a JSON object, as text")
        return metadata

    def _list_team(self, call: Call) -> Answer:  # noqa: ARG002  # nothing is asked of it
        return json_answer(self.team)

    def _invite(self, call: Call) -> Answer:
        body = call.object
        known = {member["email"] for member in self.team}
        for email in dict.fromkeys(body.get("emails", ())):
            if email not in known:
                while len(self.team) >= _KEPT_MEMBERS:
                    gone = self.team.pop(1)  # the first one owns the account
                    self._world.keep("member", gone["email"], None)
                self.team.append(_member(email, body.get("team_role", "labeler")))
                self._world.keep("member", email, self.team[-1])
                self._world.note(self.name, "member.invited", email)
        return self._accepted()

    # What the operations share

    async def _end(self, task: Task, status: Literal["completed", "error"], response: Json) -> Task:
        task.status, task.response = status, response
        task.completed_at = task.updated_at = self._world.clock.iso()
        self._world.note(self.name, f"task.{status}", task.task_id, key=task.unique_id)
        return await self._call_back(task)

    async def _call_back(self, task: Task) -> Task:
        """Tell the integrator what has become of a task, and wait until that was tried once."""
        payload = {"task_id": task.task_id, "status": task.status, "response": task.response, "task": task.public()}
        self._callbacks[task.task_id] = payload
        with self._world.together():
            self._keep(task)
            self._world.keep("callback", task.task_id, payload)
            tried = self._deliver(task, task.callback_url, payload) if task.callback_url is not None else None
        if tried is not None:
            await tried
        return task

    def _deliver(self, task: Task, address: str, payload: Json) -> asyncio.Future[bool | None]:
        delivery_id = self._world.new_id("delivery_")
        waiting = self._open[delivery_id] = _Open(task.task_id, payload)
        self._world.keep("delivery", delivery_id, waiting)
        return self._start(delivery_id, task, address, waiting)

    def _start(self, delivery_id: str, task: Task, address: str, waiting: _Open) -> asyncio.Future[bool | None]:
        secret: dict[str, str] = {self.callback_header: self.callback_auth_key}
        message = Message(self.name, "callback", task.task_id, address, waiting.payload, secret)

        def changed(delivery: Delivery, arrived: bool | None) -> None:  # noqa: FBT001  # as Delivery calls it
            waiting.started, waiting.tries = delivery.started, delivery.tries
            with self._world.together():
                if arrived is not None:
                    task.callback_succeeded = arrived
                    self._open.pop(delivery_id, None)
                    self._keep(task)
                self._world.keep("delivery", delivery_id, waiting if arrived is None else None)

        later = LATER if waiting.tries or len(self._open) <= _MOST_WAITING else ()
        delivery = Delivery(message, later, changed, waiting.started, waiting.tries)
        return self._world.outbox.start(delivery)

    def _keep(self, task: Task) -> None:
        if task.task_id in self.tasks:  # a callback may arrive after its task was let go
            self._world.keep("task", task.task_id, task)

    def _existing(self, task_id: str) -> Task:
        if task_id not in self.tasks:
            raise LookupError(f"there is no task {task_id!r}")
        return self.tasks[task_id]

    def _completed(self, task_id: str) -> Task:
        task = self._existing(task_id)
        if task.status != "completed":
            raise StateConflict(f"the task {task_id} is {task.status}, not completed")
        return task

    def _pending(self, task_id: str) -> Task:
        task = self._existing(task_id)
        if task.status != "pending":
            raise StateConflict(f"the task {task_id} is {task.status}; only a pending one can end")
        return task

    def _task(self, call: Call) -> Task:
        task_id = call.parameters["taskId"]
        task = self.tasks.get(task_id)
        if task is None or task.live != _live(call):
            self._refuse(404, f"there is no task {task_id}")
        return task

    def _batch(self, call: Call) -> Batch:
        name = call.parameters["name"]
        batch = self.batches.get(_named(name, live=_live(call)))
        if batch is None:
            self._refuse(404, f"there is no batch {name}")
        return batch

    def _check_name(self, name: str) -> None:
        if name in ("", ".", ".."):
            self._refuse(400, "a name must be one that a path can hold")

    def _accepted(self) -> Answer:
        if self.accepted_as == "text":
            return text_answer("OK")
        return json_answer({"status": "ok"}) if self.accepted_as == "json" else Answer(200)

    def _refuse(self, status: int, message: str) -> NoReturn:
        raise Refused(self.problem(status, message))


def _credentials(call: Call) -> tuple[str, str]:
    """Return user and password of Basic credentials; where there are none, no user."""
    scheme, _, encoded = call.headers.get("Authorization", "").partition(" ")
    try:
        key, colon, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return (key, password) if colon and scheme.lower() == "basic" else ("", "")


def _live(call: Call) -> bool:
    return is_live(_credentials(call)[0])


def _named(name: str, *, live: bool) -> str:
    """Return what a batch or project is kept under: a name that no path can hold sets the live world apart."""
    return f"\0live {name}" if live else name


def _number(call: Call, name: str, default: int) -> int:
    """Return a whole number of the query; the contract has seen to it that it is one."""
    return int(call.query.get(name, default))


def _fits(task: Task, wanted: Mapping[str, str | None]) -> bool:
    return all(value is None or getattr(task, name) == value for name, value in wanted.items())


def _token(number: int) -> str:
    return base64.urlsafe_b64encode(f"after {number}".encode()).decode()


def _result(task: Task) -> Json:
    """Return what labellers might have answered."""
    if task.type == "textcollection":
        answers = {item.get("field_id", f"field_{index}"): _choice(item) for index, item in enumerate(_fields(task))}
        return {"answers": answers}
    if task.type == "imageannotation":
        return {"annotations": [{"label": "thing", "left": 10, "top": 20, "width": 30, "height": 40}]}
    return {"labels": task.params["labels"]}


def _fields(task: Task) -> list[Json]:
    fields: list[Json] = task.params.get("fields", [])
    return fields


def _choice(item: Json) -> object:
    choices: list[Json] = item.get("choices") or [{"value": "an answer"}]
    return choices[0].get("value")


def _member(email: str, role: str) -> Json:
    return {
        "email": email,
        "disableRapidEmails": False,
        "isStudioLabeler": role == "labeler",
        "firstName": email.partition("@")[0].capitalize(),
        "lastName": "Example",
        "company": "Example Labels",
        "role": role,
    }
