"""What Refonte does its own way: Basic credentials, and task creation that names a task by its `unique_id`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ..errors import APIError, Conflict, ReknitError
from ..runtime import Answer, Api, BaseClient, Basic, Call, Caller
from ..runtime.codec import raw_value
from ..runtime.narrowing import is_array, is_object
from ._generated import operations

__all__ = ["Client"]

#: Path of a creating operation → the `type` of the task that it makes.
_TYPES = {
    "/task/textcollection": "textcollection",
    "/task/imageannotation": "imageannotation",
    "/task/segmentannotation": "segmentannotation",
}


def is_same_task(path: str, sent: Mapping[str, Any], task: Mapping[str, Any]) -> bool:
    """Return whether `task`, as the API returned it, is the one that `sent` asked for at `path`.

    Every property that was sent and that the task shows, at its top or in its `params`, has to hold what was sent, and
    may hold more; one that it does not show proves nothing.
    """
    params = task.get("params")
    shown = {**params, **task} if is_object(params) else task
    if shown.get("type", _TYPES[path]) != _TYPES[path]:
        return False
    return all(_holds(shown[name], value) for name, value in sent.items() if shown.get(name) is not None)


def _holds(shown: object, sent: object) -> bool:
    if is_object(sent) and is_object(shown):
        return all(name in shown and _holds(shown[name], value) for name, value in sent.items())
    if is_array(sent) and is_array(shown):
        return len(shown) == len(sent) and all(map(_holds, shown, sent))
    return shown == sent


async def find_created_task(caller: Caller, call: Call, error: APIError) -> Answer | None:
    """Answer a conflict that followed an ambiguous attempt: look the task up by its `unique_id`.

    Returns the task where it is the one that was sent (the first attempt had worked), else None: the conflict stands.
    """
    path, body = call.operation.path, call.exchange.body
    if not isinstance(error, Conflict) or path not in _TYPES or call.key is None or not isinstance(body, bytes):
        return None
    try:
        found = await caller.respond(operations.TASKS_LIST, query={"unique_id": call.key})
    except ReknitError:
        return None
    sent: dict[str, Any] = raw_value(body)
    tasks: list[dict[str, Any]] = raw_value(found.raw).get("docs") or []
    for task in tasks:
        if task.get("unique_id") == call.key and is_same_task(path, sent, task):
            return Answer(200, found.headers, json.dumps(task).encode())
    return None


API = Api(name="refonte", server="https://api.refonte.com/v1", scheme=Basic(), settle=find_created_task)


class Client(BaseClient):
    """Refonte.AI. The key is `api_key` or `REFONTE_API_KEY`; see `BaseClient` for the other arguments."""

    api = API
    tasks: operations.Tasks
    batches: operations.Batches
    projects: operations.Projects
    files: operations.Files
    teams: operations.Teams

    def _assemble(self, caller: Caller) -> None:
        self.tasks = operations.Tasks(caller)
        self.batches = operations.Batches(caller)
        self.projects = operations.Projects(caller)
        self.files = operations.Files(caller)
        self.teams = operations.Teams(caller)
