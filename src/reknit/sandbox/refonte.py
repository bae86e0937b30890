"""Refonte.AI: labelling tasks and their callbacks, batches, projects, files, a team.

A task stays pending until someone completes it: `await box.refonte.complete(task_id)`. A `unique_id` that was used
before is answered 409 whether or not the second task is like the first: the vendor documents the conflict "for a
different request", and how it answers a repeated one the pages do not say; 409 is what its model, Scale, does and what
a resending client has to cope with. Nor do they say that a project or batch must exist before a task names it, so none
has to. See https://refonte.ai/docs/api-reference/callbacks.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any, Final, Literal, NoReturn, TypeAlias

from attrs import define, field

from .checks import is_object, problems
from .keys import looks_wrong
from .wire import Answer, Api, Call, Json, Refused, Route, json_answer, text_answer
from .world import World

__all__ = ["Batch", "Project", "Refonte", "Task"]

Kind: TypeAlias = Literal["textcollection", "imageannotation", "segmentannotation"]
Status: TypeAlias = Literal["pending", "completed", "canceled", "error"]

_TEXT: Final[Json] = {"type": "string", "minLength": 1}
_COMMON: Final[Json] = {
    "project": _TEXT,
    "batch": _TEXT,
    "callback_url": _TEXT,
    "unique_id": _TEXT,
    "instruction": {"type": "string"},
    "metadata": {"type": "object"},
}
_TASKS: Final[dict[Kind, Json]] = {
    "textcollection": {
        "type": "object",
        "properties": {
            **_COMMON,
            "title": {"type": "string"},
            "description": {"type": "string"},
            "responses_required": {"type": "integer", "minimum": 1},
            "priority": {"type": "integer"},
            "fields": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {
                        "type": {"type": "string"},
                        "field_id": {"type": "string"},
                        "title": {"type": "string"},
                        "description": {"type": "string"},
                        "choices": {"type": "array", "items": {"type": "object"}},
                    },
                },
            },
            "attachments": {"type": "array", "items": {"type": "object"}},
        },
    },
    "imageannotation": {
        "type": "object",
        "required": ["attachment", "geometries"],
        "properties": {
            **_COMMON,
            "attachment": _TEXT,
            "geometries": {"type": "object"},
            "annotation_attributes": {"type": "object"},
        },
    },
    "segmentannotation": {
        "type": "object",
        "required": ["attachment", "labels"],
        "properties": {
            **_COMMON,
            "attachment": _TEXT,
            "labels": {"type": "array", "minItems": 1},
            "allow_unlabeled": {"type": "boolean"},
        },
    },
}
_BATCH: Final[Json] = {
    "type": "object",
    "required": ["project", "name"],
    "properties": {
        "project": _TEXT,
        "name": _TEXT,
        "callback": {"type": "string"},
        "calibration_batch": {"type": "boolean"},
        "self_label_batch": {"type": "boolean"},
    },
}
_PROJECT: Final[Json] = {
    "type": "object",
    "required": ["type", "name"],
    "properties": {"type": _TEXT, "name": _TEXT, "params": {"type": "object"}},
}
_FILE: Final[Json] = {
    "type": "object",
    "properties": {
        "file_url": _TEXT,
        "display_name": {"type": "string"},
        "project_name": {"type": "string"},
        "reference_id": _TEXT,
        "metadata": {"type": "string"},
    },
}
_IMPORT: Final[Json] = {**_FILE, "required": ["file_url"]}
_INVITE: Final[Json] = {
    "type": "object",
    "required": ["emails"],
    "properties": {
        "emails": {"type": "array", "minItems": 1, "items": _TEXT},
        "team_role": {"enum": ["labeler", "member", "manager"]},
    },
}
_LARGEST_PAGE: Final = 100


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


@define
class Project:
    """What tasks share: a type, and versions of the parameters."""

    name: str
    type: str
    created_at: str
    params: Json
    archived: bool = False

    def public(self) -> Json:
        """Return what the API says of the project."""
        version = {"instruction": self.params.get("instruction"), "version": 0, "created_at": self.created_at}
        return {"type": self.type, "name": self.name, "param_history": [version], "created_at": self.created_at}


class Refonte(Api):
    """The Refonte API and one account.

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
        self.tasks: dict[str, Task] = {}
        self.batches: dict[str, Batch] = {}
        self.projects: dict[str, Project] = {}
        self.files: dict[str, Json] = {}
        self.team: list[Json] = [_member("owner@example.com", "manager")]
        self._world = world
        self._callbacks: dict[str, Json] = {}

    # What a test or a demo does to the tasks

    async def complete(self, task_id: str, response: Json | None = None) -> Task:
        """Let a pending task be completed, and wait until its callback arrived or failed."""
        task = self._pending(task_id)
        return await self._end(task, "completed", _result(task) if response is None else response)

    async def fail(self, task_id: str, error: str = "An attachment could not be fetched.") -> Task:
        """Let a pending task end in an error, and wait until its callback arrived or failed."""
        task = self._pending(task_id)
        attachments = [{"statusCode": 404, "url": task.params["attachment"]}] if "attachment" in task.params else []
        return await self._end(task, "error", {"error": error, "attachments": attachments})

    # The API

    def routes(self) -> tuple[Route, ...]:
        """Return the operations."""
        return (
            Route("POST", "/task/textcollection", "tasks.create_text_collection", self._create_text_collection),
            Route("POST", "/task/imageannotation", "tasks.create_image_annotation", self._create_image_annotation),
            Route(
                "POST", "/task/segmentannotation", "tasks.create_segment_annotation", self._create_segment_annotation
            ),
            Route("GET", "/task/{taskId}", "tasks.get", self._get_task),
            Route("POST", "/task/{taskId}/cancel", "tasks.cancel", self._cancel),
            Route("POST", "/task/{taskId}/send-callback", "tasks.send_callback", self._send_callback),
            Route("GET", "/tasks", "tasks.list", self._list_tasks),
            Route("POST", "/batches", "batches.create", self._create_batch),
            Route("GET", "/batches", "batches.list", self._list_batches),
            Route("GET", "/batches/{name}", "batches.get", self._get_batch),
            Route("GET", "/batches/{name}/status", "batches.status", self._count_batch),
            Route("POST", "/batches/{name}/finalize", "batches.finalize", self._finalize),
            Route("POST", "/projects", "projects.create", self._create_project),
            Route("GET", "/projects", "projects.list", self._list_projects),
            Route("GET", "/projects/{name}", "projects.get", self._get_project),
            Route("POST", "/files/upload", "files.upload", self._upload, body="form"),
            Route("POST", "/files/import", "files.import_url", self._import),
            Route("GET", "/teams", "teams.list", self._list_team),
            Route("POST", "/teams/invite", "teams.invite", self._invite),
        )

    def admit(self, call: Call) -> None:
        """Check the key: Basic credentials with an empty password."""
        scheme, _, encoded = call.headers.get("Authorization", "").partition(" ")
        try:
            key, colon, password = base64.b64decode(encoded, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            key = colon = password = ""
        if scheme.lower() != "basic" or not colon or password or looks_wrong(key):
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
        body = self._checked(_TASKS[kind], call.object)
        if kind in self.disabled:
            self._refuse(402, f"{kind} is not enabled for this account")
        unique_id: str | None = body.get("unique_id")
        if unique_id is not None and any(task.unique_id == unique_id for task in self.tasks.values()):
            self._refuse(409, f"the unique_id {unique_id} was used before")
        params = {name: value for name, value in body.items() if name not in _COMMON}
        task = Task(
            number=len(self.tasks),
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
        )
        self.tasks[task.task_id] = task
        self._world.note(self.name, "task.created", task.task_id, key=unique_id, type=kind)
        return json_answer(task.public())

    def _get_task(self, call: Call) -> Answer:
        return json_answer(self._task(call).public())

    def _cancel(self, call: Call) -> Answer:
        task = self._task(call)
        if task.status != "pending":
            self._refuse(400, f"the task is {task.status}; only a pending one can be canceled")
        task.status = "canceled"
        task.updated_at = self._world.clock.iso()
        self._world.note(self.name, "task.canceled", task.task_id)
        return json_answer(task.public())

    def _send_callback(self, call: Call) -> Answer:
        task = self._task(call)
        if task.task_id in self._callbacks and task.callback_url is not None:
            self._world.outbox.send_soon(**self._callback(task, task.callback_url))
        else:
            # Whether the vendor minds is not documented; a test sees in the ledger that nothing was sent.
            self._world.note(self.name, "callback.skipped", task.task_id, reason="there was no callback yet")
        return self._accepted()

    def _list_tasks(self, call: Call) -> Answer:
        limit = self._number(call.query, "limit", default=_LARGEST_PAGE, least=1, most=_LARGEST_PAGE)
        wanted = {name: call.query.get(name) for name in ("project", "batch", "status", "type", "unique_id")}
        # Newest first, and the token names the last one that was seen: what comes in meanwhile shifts no page.
        found = [task for task in reversed(self.tasks.values()) if _fits(task, wanted)]
        token = call.query.get("next_token")
        before = self._last_seen(token) if token is not None else len(self.tasks)
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
        body = self._checked(_BATCH, call.object)
        if body["name"] in self.batches:
            self._refuse(400, f"there is a batch {body['name']} already")
        batch = Batch(body["name"], body["project"], body.get("callback"), self._world.clock.iso())
        self.batches[batch.name] = batch
        self._world.note(self.name, "batch.created", batch.name, project=batch.project)
        return json_answer(self._public_batch(batch))

    def _list_batches(self, call: Call) -> Answer:
        limit = self._number(call.query, "limit", default=_LARGEST_PAGE, least=1, most=_LARGEST_PAGE)
        offset = self._number(call.query, "offset", default=0, least=0)
        batches = list(self.batches.values())
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
            if task.batch == batch.name:
                counts[task.status] += 1
        return json_answer({"status": self._batch_status(batch), **counts})

    def _finalize(self, call: Call) -> Answer:
        batch = self._batch(call)
        batch.finalized = True
        self._world.note(self.name, "batch.finalized", batch.name)
        return self._accepted()

    def _batch_status(self, batch: Batch) -> str:
        if not batch.finalized:
            return "staging"
        pending = any(task.batch == batch.name and task.status == "pending" for task in self.tasks.values())
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
        body = self._checked(_PROJECT, call.object)
        if body["name"] in self.projects:
            self._refuse(400, f"there is a project {body['name']} already")
        project = Project(body["name"], body["type"], self._world.clock.iso(), body.get("params", {}))
        self.projects[project.name] = project
        self._world.note(self.name, "project.created", project.name, type=project.type)
        return json_answer(project.public())

    def _list_projects(self, call: Call) -> Answer:
        archived = call.query.get("archived", "false")
        if archived not in ("true", "false"):
            self._refuse(400, "archived must be true or false")
        found = [project for project in self.projects.values() if project.archived == (archived == "true")]
        return json_answer([project.public() for project in found])

    def _get_project(self, call: Call) -> Answer:
        name = call.parameters["name"]
        if name not in self.projects:
            self._refuse(404, f"there is no project {name}")
        return json_answer(self.projects[name].public())

    # Files and the team

    def _upload(self, call: Call) -> Answer:
        file = call.form.files.get("file")
        if file is None:
            self._refuse(400, "file is required")
        body = self._checked(_FILE, dict(call.form.fields))
        content = {"filename": file.name, "content_type": file.media_type, "size": file.size, "sha256": file.sha256}
        return self._keep_file(body, display_name=file.name, content=content)

    def _import(self, call: Call) -> Answer:
        body = self._checked(_IMPORT, call.object)
        # The address is noted and never fetched.
        return self._keep_file(body, display_name=body["file_url"].rpartition("/")[2], content={})

    def _keep_file(self, body: Json, *, display_name: str, content: Json) -> Answer:
        reference = body.get("reference_id")
        if reference is not None and any(file.get("reference_id") == reference for file in self.files.values()):
            self._refuse(409, f"the reference_id {reference} was used before")
        file_id = self._world.new_id("file_")
        file: Json = {
            "id": file_id,
            "created_at": self._world.clock.iso(),
            "display_name": display_name,
            **body,
            "metadata": self._metadata(body.get("metadata", "{}")),
            **content,
        }
        self.files[file_id] = file
        self._world.note(self.name, "file.created", file_id, key=reference)
        return json_answer(file)

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
        body = self._checked(_INVITE, call.object)
        known = {member["email"] for member in self.team}
        for email in dict.fromkeys(body["emails"]):
            if email not in known:
                self.team.append(_member(email, body.get("team_role", "labeler")))
                self._world.note(self.name, "member.invited", email)
        return self._accepted()

    # What the operations share

    async def _end(self, task: Task, status: Literal["completed", "error"], response: Json) -> Task:
        task.status, task.response = status, response
        task.completed_at = task.updated_at = self._world.clock.iso()
        self._world.note(self.name, f"task.{status}", task.task_id, key=task.unique_id)
        self._callbacks[task.task_id] = {
            "task_id": task.task_id,
            "status": status,
            "response": response,
            "task": task.public(),
        }
        if task.callback_url is not None:
            task.callback_succeeded = await self._world.outbox.send(**self._callback(task, task.callback_url))
        return task

    def _callback(self, task: Task, address: str) -> Json:
        return {
            "api": self.name,
            "event": "callback",
            "subject": task.task_id,
            "address": address,
            "payload": self._callbacks[task.task_id],
            "headers": {self.callback_header: self.callback_auth_key},
        }

    def _pending(self, task_id: str) -> Task:
        task = self.tasks[task_id]
        if task.status != "pending":
            raise ValueError(f"the task {task_id} is {task.status}; only a pending one can end")
        return task

    def _task(self, call: Call) -> Task:
        task_id = call.parameters["taskId"]
        if task_id not in self.tasks:
            self._refuse(404, f"there is no task {task_id}")
        return self.tasks[task_id]

    def _batch(self, call: Call) -> Batch:
        name = call.parameters["name"]
        if name not in self.batches:
            self._refuse(404, f"there is no batch {name}")
        return self.batches[name]

    def _number(self, query: Mapping[str, str], name: str, *, default: int, least: int, most: int | None = None) -> int:
        text = query.get(name, str(default))
        if not (text.isascii() and text.isdigit()) or len(text) > 9 or int(text) < least or int(text) > (most or 10**9):
            self._refuse(400, f"{name} must be a whole number from {least}" + (f" to {most}" if most else ""))
        return int(text)

    def _accepted(self) -> Answer:
        if self.accepted_as == "text":
            return text_answer("OK")
        return json_answer({"status": "ok"}) if self.accepted_as == "json" else Answer(200)

    def _checked(self, schema: Json, body: Json) -> dict[str, Any]:
        if wrong := problems(schema, body, "body"):
            self._refuse(400, "; ".join(wrong))
        return body

    def _refuse(self, status: int, message: str) -> NoReturn:
        raise Refused(self.problem(status, message))


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
