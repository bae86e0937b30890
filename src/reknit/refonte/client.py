"""What Refonte does its own way: Basic credentials, and task creation that names a task by its `unique_id`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ..errors import APIError, Conflict, ReknitError
from ..runtime import Answer, Api, BaseClient, Basic, Call, Caller
from ..runtime.codec import Misfit, raw_value
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

    Everything that was sent and that the task shows, at its top or in its `params`, has to be equal; what it does not show
    proves nothing.
    """
    params = task.get("params")
    shown = {**(params if isinstance(params, Mapping) else {}), **task}
    if shown.get("type", _TYPES.get(path)) != _TYPES.get(path):
        return False
    return all(shown[name] == value for name, value in sent.items() if shown.get(name) is not None)


async def find_created_task(caller: Caller, call: Call, error: APIError) -> Answer | None:
    """Answer a conflict that followed an ambiguous attempt: look the task up by its `unique_id`.

    Returns the task where it is the one that was sent (the first attempt had worked), else None: the conflict stands.
    """
    if not isinstance(error, Conflict) or call.operation.path not in _TYPES or call.key is None:
        return None
    try:
        found = await caller.respond(operations.TASKS_LIST, query={"unique_id": call.key})
        tasks = raw_value(found.raw).get("docs") or ()
    except (ReknitError, Misfit, AttributeError):
        return None
    sent = raw_value(call.exchange.body) if isinstance(call.exchange.body, bytes) else {}
    for task in tasks:
        if (
            isinstance(task, dict)
            and task.get("unique_id") == call.key
            and is_same_task(call.operation.path, sent, task)
        ):
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
