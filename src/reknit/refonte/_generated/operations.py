"""Operations of Refonte.AI.

Generated from openapi/refonte.yaml (sha256 71a5524f7d6b23adee7c113c4c73c9b4b5ef4aceef73e5d0d8b0eddc991cc584)
by `python -m codegen generate`. Do not edit.
"""

from __future__ import annotations

import builtins
from typing import TYPE_CHECKING, Any, Final

from reknit.options import UNSET, RequestOptions
from reknit.runtime import (
    Caller,
    CursorPages,
    ErrorBody,
    FileInput,
    IdempotencyKey,
    Json,
    OffsetPages,
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

_ERROR: Final[ErrorBody] = {"application/json": Json(lambda: models.Error)}

TASKS_CREATE_TEXT_COLLECTION: Final[Operation[models.Task]] = Operation(
    name="tasks.create_text_collection",
    method="POST",
    path="/task/textcollection",
    safety="unsafe",
    key=IdempotencyKey(place="body", name="unique_id", generate=False),
    body="application/json",
    answers={"200": {"application/json": Json(lambda: models.Task)}},
    errors={"400": _ERROR, "401": _ERROR, "402": _ERROR, "409": _ERROR, "429": _ERROR, "500": _ERROR},
)

TASKS_CREATE_IMAGE_ANNOTATION: Final[Operation[models.Task]] = Operation(
    name="tasks.create_image_annotation",
    method="POST",
    path="/task/imageannotation",
    safety="unsafe",
    key=IdempotencyKey(place="body", name="unique_id", generate=False),
    body="application/json",
    answers={"200": {"application/json": Json(lambda: models.Task)}},
    errors={"400": _ERROR, "401": _ERROR, "402": _ERROR, "409": _ERROR, "429": _ERROR, "500": _ERROR},
)

TASKS_CREATE_SEGMENT_ANNOTATION: Final[Operation[models.Task]] = Operation(
    name="tasks.create_segment_annotation",
    method="POST",
    path="/task/segmentannotation",
    safety="unsafe",
    key=IdempotencyKey(place="body", name="unique_id", generate=False),
    body="application/json",
    answers={"200": {"application/json": Json(lambda: models.Task)}},
    errors={"400": _ERROR, "401": _ERROR, "402": _ERROR, "409": _ERROR, "429": _ERROR, "500": _ERROR},
)

TASKS_GET: Final[Operation[models.Task]] = Operation(
    name="tasks.get",
    method="GET",
    path="/task/{taskId}",
    safety="idempotent",
    answers={"200": {"application/json": Json(lambda: models.Task)}},
    errors={"400": _ERROR, "401": _ERROR, "404": _ERROR, "429": _ERROR, "500": _ERROR},
)

TASKS_CANCEL: Final[Operation[models.Task]] = Operation(
    name="tasks.cancel",
    method="POST",
    path="/task/{taskId}/cancel",
    safety="unsafe",
    answers={"200": {"application/json": Json(lambda: models.Task)}},
    errors={"400": _ERROR, "401": _ERROR, "404": _ERROR, "429": _ERROR, "500": _ERROR},
)

TASKS_SEND_CALLBACK: Final[Operation[Any]] = Operation(
    name="tasks.send_callback",
    method="POST",
    path="/task/{taskId}/send-callback",
    safety="unsafe",
    answers={"200": {"application/json": Json(lambda: Any), "text/plain": Text()}},
    errors={"400": _ERROR, "401": _ERROR, "404": _ERROR, "429": _ERROR, "500": _ERROR},
)

TASKS_LIST: Final[Operation[models.TaskList]] = Operation(
    name="tasks.list",
    method="GET",
    path="/tasks",
    safety="idempotent",
    pages=CursorPages(items="docs", next="next_token", parameter="next_token", more="has_more"),
    answers={"200": {"application/json": Json(lambda: models.TaskList)}},
    errors={"400": _ERROR, "401": _ERROR, "429": _ERROR, "500": _ERROR},
)


class Tasks:
    """Pieces of labelling work, and their results.

    See https://refonte.ai/docs/api-reference/tasks.
    """

    __slots__ = ("_caller", "with_response")

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self.with_response = TasksWithResponse(caller)

    async def create_text_collection(
        self,
        *,
        project: str | None = None,
        batch: str | None = None,
        instruction: str | None = None,
        callback_url: str | None = None,
        title: str | None = None,
        description: str | None = None,
        responses_required: int | None = None,
        priority: int | None = None,
        fields: builtins.list[models.TextField] | None = None,
        attachments: builtins.list[models.Attachment] | None = None,
        metadata: dict[str, Any] | None = None,
        unique_id: str | None = None,
        options: RequestOptions | None = None,
    ) -> models.Task:
        """Create a task in which people write or choose text.

        Args:
            project: The project's name.
            batch: The batch's name.
            instruction: What to do, in Markdown or plain text.
            callback_url: A full URL or an email address; without one the profile's default is used.
            responses_required: How many people answer.
            fields: What to ask for.
            attachments: What to look at.
            metadata: Kept with the task and sent back with it.
            unique_id: The caller's own id of the task. Used again for a different task it is answered 409.

        Raises:
            InvalidRequest: 400. A parameter is missing or not valid. `body`: `Error`.
            Unauthorized: 401. There is no valid API key. `body`: `Error`.
            PaymentRequired: 402. This type of task is not enabled for the account. `body`: `Error`.
            Conflict: 409. The idempotency key, `unique_id` or `reference_id` was used before. `body`: `Error`.
            RateLimited: 429. Too many calls. `body`: `Error`.
            ServerError: 500. The server failed. `body`: `Error`.

        See https://refonte.ai/docs/api-reference/generative-ai.
        """
        return await self._caller.call(
            TASKS_CREATE_TEXT_COLLECTION,
            body=present(
                {
                    "project": project,
                    "batch": batch,
                    "instruction": instruction,
                    "callback_url": callback_url,
                    "title": title,
                    "description": description,
                    "responses_required": responses_required,
                    "priority": priority,
                    "fields": fields,
                    "attachments": attachments,
                    "metadata": metadata,
                }
            ),
            key=unique_id,
            options=options,
        )

    async def create_image_annotation(
        self,
        *,
        attachment: str,
        geometries: dict[str, Any],
        annotation_attributes: dict[str, Any] | None = None,
        links: Any = UNSET,
        context_attachment: Any = UNSET,
        project: str | None = None,
        batch: str | None = None,
        callback_url: str | None = None,
        unique_id: str | None = None,
        options: RequestOptions | None = None,
    ) -> models.Task:
        """Create a task in which people draw geometries on an image.

        Args:
            attachment: The image's URL.
            geometries: The geometries that may be drawn, by their kind.
            annotation_attributes: What to say of each annotation.
            links: How annotations may be connected.
            context_attachment: What helps to understand the image.
            project: The project's name.
            batch: The batch's name.
            callback_url: A full URL or an email address; without one the profile's default is used.
            unique_id: The caller's own id of the task. Used again for a different task it is answered 409.

        Raises:
            InvalidRequest: 400. A parameter is missing or not valid. `body`: `Error`.
            Unauthorized: 401. There is no valid API key. `body`: `Error`.
            PaymentRequired: 402. This type of task is not enabled for the account. `body`: `Error`.
            Conflict: 409. The idempotency key, `unique_id` or `reference_id` was used before. `body`: `Error`.
            RateLimited: 429. Too many calls. `body`: `Error`.
            ServerError: 500. The server failed. `body`: `Error`.

        See https://refonte.ai/docs/api-reference/image-and-video-tasks.
        """
        return await self._caller.call(
            TASKS_CREATE_IMAGE_ANNOTATION,
            body={
                "attachment": attachment,
                "geometries": geometries,
                **present(
                    {
                        "annotation_attributes": annotation_attributes,
                        "project": project,
                        "batch": batch,
                        "callback_url": callback_url,
                    }
                ),
                **given({"links": links, "context_attachment": context_attachment}),
            },
            key=unique_id,
            options=options,
        )

    async def create_segment_annotation(
        self,
        *,
        attachment: str,
        labels: builtins.list[Any],
        allow_unlabeled: bool | None = None,
        project: str | None = None,
        batch: str | None = None,
        callback_url: str | None = None,
        unique_id: str | None = None,
        options: RequestOptions | None = None,
    ) -> models.Task:
        """Create a task in which people give every part of an image a label.

        Args:
            attachment: The image's URL.
            labels: The labels to choose from.
            allow_unlabeled: Whether parts of the image may stay without a label.
            project: The project's name.
            batch: The batch's name.
            callback_url: A full URL or an email address; without one the profile's default is used.
            unique_id: The caller's own id of the task. Used again for a different task it is answered 409.

        Raises:
            InvalidRequest: 400. A parameter is missing or not valid. `body`: `Error`.
            Unauthorized: 401. There is no valid API key. `body`: `Error`.
            PaymentRequired: 402. This type of task is not enabled for the account. `body`: `Error`.
            Conflict: 409. The idempotency key, `unique_id` or `reference_id` was used before. `body`: `Error`.
            RateLimited: 429. Too many calls. `body`: `Error`.
            ServerError: 500. The server failed. `body`: `Error`.

        See https://refonte.ai/docs/api-reference/image-and-video-tasks.
        """
        return await self._caller.call(
            TASKS_CREATE_SEGMENT_ANNOTATION,
            body={
                "attachment": attachment,
                "labels": labels,
                **present(
                    {
                        "allow_unlabeled": allow_unlabeled,
                        "project": project,
                        "batch": batch,
                        "callback_url": callback_url,
                    }
                ),
            },
            key=unique_id,
            options=options,
        )

    async def get(self, task_id: str, *, options: RequestOptions | None = None) -> models.Task:
        """Read one task.

        Uncertain: Scale has this call; Refonte's pages do not show it.

        Args:
            task_id: The task's id.

        Raises:
            InvalidRequest: 400. A parameter is missing or not valid. `body`: `Error`.
            Unauthorized: 401. There is no valid API key. `body`: `Error`.
            NotFound: 404. What the path names does not exist. `body`: `Error`.
            RateLimited: 429. Too many calls. `body`: `Error`.
            ServerError: 500. The server failed. `body`: `Error`.

        See https://github.com/scaleapi/scaleapi-python-client.
        """
        return await self._caller.call(TASKS_GET, path=(task_id,), options=options)

    async def cancel(self, task_id: str, *, options: RequestOptions | None = None) -> models.Task:
        """Cancel a task.

        Uncertain: Scale has this call; Refonte's pages do not show it.

        Args:
            task_id: The task's id.

        Raises:
            InvalidRequest: 400. A parameter is missing or not valid. `body`: `Error`.
            Unauthorized: 401. There is no valid API key. `body`: `Error`.
            NotFound: 404. What the path names does not exist. `body`: `Error`.
            RateLimited: 429. Too many calls. `body`: `Error`.
            ServerError: 500. The server failed. `body`: `Error`.

        See https://github.com/scaleapi/scaleapi-python-client.
        """
        return await self._caller.call(TASKS_CANCEL, path=(task_id,), options=options)

    async def send_callback(self, task_id: str, *, options: RequestOptions | None = None) -> Any:
        """Have the original callback of a task sent again.

        Args:
            task_id: The task's id.

        Raises:
            InvalidRequest: 400. A parameter is missing or not valid. `body`: `Error`.
            Unauthorized: 401. There is no valid API key. `body`: `Error`.
            NotFound: 404. What the path names does not exist. `body`: `Error`.
            RateLimited: 429. Too many calls. `body`: `Error`.
            ServerError: 500. The server failed. `body`: `Error`.

        See https://refonte.ai/docs/api-reference/callbacks.
        """
        return await self._caller.call(TASKS_SEND_CALLBACK, path=(task_id,), options=options)

    def list(
        self,
        *,
        project: str | None = None,
        batch: str | None = None,
        status: str | None = None,
        type: str | None = None,
        unique_id: str | None = None,
        limit: int | None = None,
        next_token: str | None = None,
        options: RequestOptions | None = None,
    ) -> Pages[models.Task]:
        """List tasks, page by page.

        Uncertain: Scale has this call; Refonte's pages do not show it.

        Args:
            project: Only the tasks of this project.
            batch: Only the tasks of this batch.
            status: Only the tasks with this status.
            type: Only the tasks of this type.
            unique_id: Only the task that was created with this `unique_id`.
            limit: How many tasks a page may have.
            next_token: The `next_token` of the page before.

        Raises:
            InvalidRequest: 400. A parameter is missing or not valid. `body`: `Error`.
            Unauthorized: 401. There is no valid API key. `body`: `Error`.
            RateLimited: 429. Too many calls. `body`: `Error`.
            ServerError: 500. The server failed. `body`: `Error`.

        See https://github.com/scaleapi/scaleapi-python-client.
        """
        return self._caller.pages(
            TASKS_LIST,
            query=present(
                {
                    "project": project,
                    "batch": batch,
                    "status": status,
                    "type": type,
                    "unique_id": unique_id,
                    "limit": limit,
                    "next_token": next_token,
                }
            ),
            options=options,
        )


class TasksWithResponse:
    """The operations of `Tasks`, each with the whole answer: status, headers, attempts."""

    __slots__ = ("_caller",)

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    async def create_text_collection(
        self,
        *,
        project: str | None = None,
        batch: str | None = None,
        instruction: str | None = None,
        callback_url: str | None = None,
        title: str | None = None,
        description: str | None = None,
        responses_required: int | None = None,
        priority: int | None = None,
        fields: builtins.list[models.TextField] | None = None,
        attachments: builtins.list[models.Attachment] | None = None,
        metadata: dict[str, Any] | None = None,
        unique_id: str | None = None,
        options: RequestOptions | None = None,
    ) -> Response[models.Task]:
        """Do as `Tasks.create_text_collection` does, and return the whole answer."""
        return await self._caller.respond(
            TASKS_CREATE_TEXT_COLLECTION,
            body=present(
                {
                    "project": project,
                    "batch": batch,
                    "instruction": instruction,
                    "callback_url": callback_url,
                    "title": title,
                    "description": description,
                    "responses_required": responses_required,
                    "priority": priority,
                    "fields": fields,
                    "attachments": attachments,
                    "metadata": metadata,
                }
            ),
            key=unique_id,
            options=options,
        )

    async def create_image_annotation(
        self,
        *,
        attachment: str,
        geometries: dict[str, Any],
        annotation_attributes: dict[str, Any] | None = None,
        links: Any = UNSET,
        context_attachment: Any = UNSET,
        project: str | None = None,
        batch: str | None = None,
        callback_url: str | None = None,
        unique_id: str | None = None,
        options: RequestOptions | None = None,
    ) -> Response[models.Task]:
        """Do as `Tasks.create_image_annotation` does, and return the whole answer."""
        return await self._caller.respond(
            TASKS_CREATE_IMAGE_ANNOTATION,
            body={
                "attachment": attachment,
                "geometries": geometries,
                **present(
                    {
                        "annotation_attributes": annotation_attributes,
                        "project": project,
                        "batch": batch,
                        "callback_url": callback_url,
                    }
                ),
                **given({"links": links, "context_attachment": context_attachment}),
            },
            key=unique_id,
            options=options,
        )

    async def create_segment_annotation(
        self,
        *,
        attachment: str,
        labels: builtins.list[Any],
        allow_unlabeled: bool | None = None,
        project: str | None = None,
        batch: str | None = None,
        callback_url: str | None = None,
        unique_id: str | None = None,
        options: RequestOptions | None = None,
    ) -> Response[models.Task]:
        """Do as `Tasks.create_segment_annotation` does, and return the whole answer."""
        return await self._caller.respond(
            TASKS_CREATE_SEGMENT_ANNOTATION,
            body={
                "attachment": attachment,
                "labels": labels,
                **present(
                    {
                        "allow_unlabeled": allow_unlabeled,
                        "project": project,
                        "batch": batch,
                        "callback_url": callback_url,
                    }
                ),
            },
            key=unique_id,
            options=options,
        )

    async def get(self, task_id: str, *, options: RequestOptions | None = None) -> Response[models.Task]:
        """Do as `Tasks.get` does, and return the whole answer."""
        return await self._caller.respond(TASKS_GET, path=(task_id,), options=options)

    async def cancel(self, task_id: str, *, options: RequestOptions | None = None) -> Response[models.Task]:
        """Do as `Tasks.cancel` does, and return the whole answer."""
        return await self._caller.respond(TASKS_CANCEL, path=(task_id,), options=options)

    async def send_callback(self, task_id: str, *, options: RequestOptions | None = None) -> Response[Any]:
        """Do as `Tasks.send_callback` does, and return the whole answer."""
        return await self._caller.respond(TASKS_SEND_CALLBACK, path=(task_id,), options=options)

    async def list(
        self,
        *,
        project: str | None = None,
        batch: str | None = None,
        status: str | None = None,
        type: str | None = None,
        unique_id: str | None = None,
        limit: int | None = None,
        next_token: str | None = None,
        options: RequestOptions | None = None,
    ) -> Response[models.TaskList]:
        """Do as `Tasks.list` does, and return the whole answer."""
        return await self._caller.respond(
            TASKS_LIST,
            query=present(
                {
                    "project": project,
                    "batch": batch,
                    "status": status,
                    "type": type,
                    "unique_id": unique_id,
                    "limit": limit,
                    "next_token": next_token,
                }
            ),
            options=options,
        )


BATCHES_CREATE: Final[Operation[models.Batch]] = Operation(
    name="batches.create",
    method="POST",
    path="/batches",
    safety="unsafe",
    body="application/json",
    answers={"200": {"application/json": Json(lambda: models.Batch)}},
    errors={"400": _ERROR, "401": _ERROR, "429": _ERROR, "500": _ERROR},
)

BATCHES_LIST: Final[Operation[models.BatchList]] = Operation(
    name="batches.list",
    method="GET",
    path="/batches",
    safety="idempotent",
    pages=OffsetPages(items="docs", parameter="offset", size="limit", more="has_more", total="totalDocs"),
    answers={"200": {"application/json": Json(lambda: models.BatchList)}},
    errors={"400": _ERROR, "401": _ERROR, "429": _ERROR, "500": _ERROR},
)

BATCHES_GET: Final[Operation[models.Batch]] = Operation(
    name="batches.get",
    method="GET",
    path="/batches/{name}",
    safety="idempotent",
    answers={"200": {"application/json": Json(lambda: models.Batch)}},
    errors={"400": _ERROR, "401": _ERROR, "404": _ERROR, "429": _ERROR, "500": _ERROR},
)

BATCHES_STATUS: Final[Operation[models.BatchCounts]] = Operation(
    name="batches.status",
    method="GET",
    path="/batches/{name}/status",
    safety="idempotent",
    answers={"200": {"application/json": Json(lambda: models.BatchCounts)}},
    errors={"400": _ERROR, "401": _ERROR, "404": _ERROR, "429": _ERROR, "500": _ERROR},
)

BATCHES_FINALIZE: Final[Operation[Any]] = Operation(
    name="batches.finalize",
    method="POST",
    path="/batches/{name}/finalize",
    safety="unsafe",
    answers={"200": {"application/json": Json(lambda: Any), "text/plain": Text()}},
    errors={"400": _ERROR, "401": _ERROR, "404": _ERROR, "429": _ERROR, "500": _ERROR},
)


class Batches:
    """Batches of tasks within a project.

    See https://refonte.ai/docs/api-reference/batches.
    """

    __slots__ = ("_caller", "with_response")

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self.with_response = BatchesWithResponse(caller)

    async def create(
        self,
        *,
        project: str,
        name: str,
        callback: str | None = None,
        calibration_batch: bool | None = None,
        self_label_batch: bool | None = None,
        options: RequestOptions | None = None,
    ) -> models.Batch:
        """Create a batch in a project.

        Args:
            project: The project's name.
            name: The batch's name, which no other batch has.
            callback: Where to tell of the batch.

        Raises:
            InvalidRequest: 400. A parameter is missing or not valid. `body`: `Error`.
            Unauthorized: 401. There is no valid API key. `body`: `Error`.
            RateLimited: 429. Too many calls. `body`: `Error`.
            ServerError: 500. The server failed. `body`: `Error`.

        See https://refonte.ai/docs/api-reference/batches.
        """
        return await self._caller.call(
            BATCHES_CREATE,
            body={
                "project": project,
                "name": name,
                **present(
                    {"callback": callback, "calibration_batch": calibration_batch, "self_label_batch": self_label_batch}
                ),
            },
            options=options,
        )

    def list(
        self,
        *,
        limit: int | None = None,
        offset: int | None = None,
        options: RequestOptions | None = None,
    ) -> Pages[models.Batch]:
        """List batches, page by page.

        Uncertain: Scale has this call; Refonte's pages do not show it.

        Args:
            limit: How many batches a page may have.
            offset: How many batches to leave out.

        Raises:
            InvalidRequest: 400. A parameter is missing or not valid. `body`: `Error`.
            Unauthorized: 401. There is no valid API key. `body`: `Error`.
            RateLimited: 429. Too many calls. `body`: `Error`.
            ServerError: 500. The server failed. `body`: `Error`.

        See https://github.com/scaleapi/scaleapi-python-client.
        """
        return self._caller.pages(BATCHES_LIST, query=present({"limit": limit, "offset": offset}), options=options)

    async def get(self, name: str, *, options: RequestOptions | None = None) -> models.Batch:
        """Read one batch.

        Uncertain: Scale has this call; Refonte's pages do not show it.

        Args:
            name: The batch's name.

        Raises:
            InvalidRequest: 400. A parameter is missing or not valid. `body`: `Error`.
            Unauthorized: 401. There is no valid API key. `body`: `Error`.
            NotFound: 404. What the path names does not exist. `body`: `Error`.
            RateLimited: 429. Too many calls. `body`: `Error`.
            ServerError: 500. The server failed. `body`: `Error`.

        See https://github.com/scaleapi/scaleapi-python-client.
        """
        return await self._caller.call(BATCHES_GET, path=(name,), options=options)

    async def status(self, name: str, *, options: RequestOptions | None = None) -> models.BatchCounts:
        """Count the tasks of a batch by their status.

        Uncertain: Scale has this call; Refonte's pages do not show it.

        Args:
            name: The batch's name.

        Raises:
            InvalidRequest: 400. A parameter is missing or not valid. `body`: `Error`.
            Unauthorized: 401. There is no valid API key. `body`: `Error`.
            NotFound: 404. What the path names does not exist. `body`: `Error`.
            RateLimited: 429. Too many calls. `body`: `Error`.
            ServerError: 500. The server failed. `body`: `Error`.

        See https://github.com/scaleapi/scaleapi-python-client.
        """
        return await self._caller.call(BATCHES_STATUS, path=(name,), options=options)

    async def finalize(self, name: str, *, options: RequestOptions | None = None) -> Any:
        """Finalize a batch, which does nothing for most types of project.

        Args:
            name: The batch's name.

        Raises:
            InvalidRequest: 400. A parameter is missing or not valid. `body`: `Error`.
            Unauthorized: 401. There is no valid API key. `body`: `Error`.
            NotFound: 404. What the path names does not exist. `body`: `Error`.
            RateLimited: 429. Too many calls. `body`: `Error`.
            ServerError: 500. The server failed. `body`: `Error`.

        See https://refonte.ai/docs/api-reference/batches.
        """
        return await self._caller.call(BATCHES_FINALIZE, path=(name,), options=options)


class BatchesWithResponse:
    """The operations of `Batches`, each with the whole answer: status, headers, attempts."""

    __slots__ = ("_caller",)

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    async def create(
        self,
        *,
        project: str,
        name: str,
        callback: str | None = None,
        calibration_batch: bool | None = None,
        self_label_batch: bool | None = None,
        options: RequestOptions | None = None,
    ) -> Response[models.Batch]:
        """Do as `Batches.create` does, and return the whole answer."""
        return await self._caller.respond(
            BATCHES_CREATE,
            body={
                "project": project,
                "name": name,
                **present(
                    {"callback": callback, "calibration_batch": calibration_batch, "self_label_batch": self_label_batch}
                ),
            },
            options=options,
        )

    async def list(
        self,
        *,
        limit: int | None = None,
        offset: int | None = None,
        options: RequestOptions | None = None,
    ) -> Response[models.BatchList]:
        """Do as `Batches.list` does, and return the whole answer."""
        return await self._caller.respond(
            BATCHES_LIST, query=present({"limit": limit, "offset": offset}), options=options
        )

    async def get(self, name: str, *, options: RequestOptions | None = None) -> Response[models.Batch]:
        """Do as `Batches.get` does, and return the whole answer."""
        return await self._caller.respond(BATCHES_GET, path=(name,), options=options)

    async def status(self, name: str, *, options: RequestOptions | None = None) -> Response[models.BatchCounts]:
        """Do as `Batches.status` does, and return the whole answer."""
        return await self._caller.respond(BATCHES_STATUS, path=(name,), options=options)

    async def finalize(self, name: str, *, options: RequestOptions | None = None) -> Response[Any]:
        """Do as `Batches.finalize` does, and return the whole answer."""
        return await self._caller.respond(BATCHES_FINALIZE, path=(name,), options=options)


PROJECTS_CREATE: Final[Operation[models.Project]] = Operation(
    name="projects.create",
    method="POST",
    path="/projects",
    safety="unsafe",
    body="application/json",
    answers={"200": {"application/json": Json(lambda: models.Project)}},
    errors={"400": _ERROR, "401": _ERROR, "429": _ERROR, "500": _ERROR},
)

PROJECTS_LIST: Final[Operation[list[models.Project]]] = Operation(
    name="projects.list",
    method="GET",
    path="/projects",
    safety="idempotent",
    answers={"200": {"application/json": Json(lambda: list[models.Project])}},
    errors={"400": _ERROR, "401": _ERROR, "429": _ERROR, "500": _ERROR},
)

PROJECTS_GET: Final[Operation[models.Project]] = Operation(
    name="projects.get",
    method="GET",
    path="/projects/{name}",
    safety="idempotent",
    answers={"200": {"application/json": Json(lambda: models.Project)}},
    errors={"400": _ERROR, "401": _ERROR, "404": _ERROR, "429": _ERROR, "500": _ERROR},
)


class Projects:
    """Projects, which hold the instructions that tasks share.

    See https://refonte.ai/docs/api-reference/projects.
    """

    __slots__ = ("_caller", "with_response")

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self.with_response = ProjectsWithResponse(caller)

    async def create(
        self,
        *,
        type: str | None = None,
        name: str | None = None,
        params: dict[str, Any] | None = None,
        options: RequestOptions | None = None,
    ) -> models.Project:
        """Create a project.

        Args:
            type: The type of the project's tasks.
            name: The project's name, which stands in paths.
            params: What the project's tasks have in common, such as the instruction.

        Raises:
            InvalidRequest: 400. A parameter is missing or not valid. `body`: `Error`.
            Unauthorized: 401. There is no valid API key. `body`: `Error`.
            RateLimited: 429. Too many calls. `body`: `Error`.
            ServerError: 500. The server failed. `body`: `Error`.

        See https://refonte.ai/docs/api-reference/projects.
        """
        return await self._caller.call(
            PROJECTS_CREATE, body=present({"type": type, "name": name, "params": params}), options=options
        )

    async def list(
        self,
        *,
        archived: bool | None = None,
        options: RequestOptions | None = None,
    ) -> builtins.list[models.Project]:
        """List the projects.

        Args:
            archived: Whether to list the archived projects.

        Raises:
            InvalidRequest: 400. A parameter is missing or not valid. `body`: `Error`.
            Unauthorized: 401. There is no valid API key. `body`: `Error`.
            RateLimited: 429. Too many calls. `body`: `Error`.
            ServerError: 500. The server failed. `body`: `Error`.

        See https://refonte.ai/docs/api-reference/projects.
        """
        return await self._caller.call(PROJECTS_LIST, query=present({"archived": archived}), options=options)

    async def get(self, name: str, *, options: RequestOptions | None = None) -> models.Project:
        """Read one project.

        Args:
            name: The project's name.

        Raises:
            InvalidRequest: 400. A parameter is missing or not valid. `body`: `Error`.
            Unauthorized: 401. There is no valid API key. `body`: `Error`.
            NotFound: 404. What the path names does not exist. `body`: `Error`.
            RateLimited: 429. Too many calls. `body`: `Error`.
            ServerError: 500. The server failed. `body`: `Error`.

        See https://refonte.ai/docs/api-reference/projects.
        """
        return await self._caller.call(PROJECTS_GET, path=(name,), options=options)


class ProjectsWithResponse:
    """The operations of `Projects`, each with the whole answer: status, headers, attempts."""

    __slots__ = ("_caller",)

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    async def create(
        self,
        *,
        type: str | None = None,
        name: str | None = None,
        params: dict[str, Any] | None = None,
        options: RequestOptions | None = None,
    ) -> Response[models.Project]:
        """Do as `Projects.create` does, and return the whole answer."""
        return await self._caller.respond(
            PROJECTS_CREATE, body=present({"type": type, "name": name, "params": params}), options=options
        )

    async def list(
        self,
        *,
        archived: bool | None = None,
        options: RequestOptions | None = None,
    ) -> Response[builtins.list[models.Project]]:
        """Do as `Projects.list` does, and return the whole answer."""
        return await self._caller.respond(PROJECTS_LIST, query=present({"archived": archived}), options=options)

    async def get(self, name: str, *, options: RequestOptions | None = None) -> Response[models.Project]:
        """Do as `Projects.get` does, and return the whole answer."""
        return await self._caller.respond(PROJECTS_GET, path=(name,), options=options)


FILES_UPLOAD: Final[Operation[dict[str, Any]]] = Operation(
    name="files.upload",
    method="POST",
    path="/files/upload",
    safety="unsafe",
    body="multipart/form-data",
    files=("file",),
    answers={"200": {"application/json": Json(lambda: dict[str, Any])}},
    errors={"400": _ERROR, "401": _ERROR, "409": _ERROR, "429": _ERROR, "500": _ERROR},
)

FILES_IMPORT_URL: Final[Operation[dict[str, Any]]] = Operation(
    name="files.import_url",
    method="POST",
    path="/files/import",
    safety="unsafe",
    body="application/json",
    answers={"200": {"application/json": Json(lambda: dict[str, Any])}},
    errors={"400": _ERROR, "401": _ERROR, "409": _ERROR, "429": _ERROR, "500": _ERROR},
)


class Files:
    """Files that tasks use as attachments.

    See https://refonte.ai/docs/api-reference/file-point.
    """

    __slots__ = ("_caller", "with_response")

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self.with_response = FilesWithResponse(caller)

    async def upload(
        self,
        *,
        file: FileInput,
        display_name: str | None = None,
        project_name: str | None = None,
        reference_id: str | None = None,
        metadata: str | None = None,
        options: RequestOptions | None = None,
    ) -> dict[str, Any]:
        """Upload a file of at most 80 MB.

        Args:
            file: The file's bytes, at most 80 MB.
            project_name: The project's name.
            reference_id: The caller's own id of the file. Used a second time it is answered 409.
            metadata: A JSON object, as text.

        Raises:
            InvalidRequest: 400. A parameter is missing or not valid. `body`: `Error`.
            Unauthorized: 401. There is no valid API key. `body`: `Error`.
            Conflict: 409. The idempotency key, `unique_id` or `reference_id` was used before. `body`: `Error`.
            RateLimited: 429. Too many calls. `body`: `Error`.
            ServerError: 500. The server failed. `body`: `Error`.

        See https://refonte.ai/docs/api-reference/file-point.
        """
        return await self._caller.call(
            FILES_UPLOAD,
            body={
                "file": file,
                **present(
                    {
                        "display_name": display_name,
                        "project_name": project_name,
                        "reference_id": reference_id,
                        "metadata": metadata,
                    }
                ),
            },
            options=options,
        )

    async def import_url(
        self,
        *,
        file_url: str,
        display_name: str | None = None,
        project_name: str | None = None,
        reference_id: str | None = None,
        metadata: str | None = None,
        options: RequestOptions | None = None,
    ) -> dict[str, Any]:
        """Import a file from a URL.

        Args:
            file_url: Where the file is.
            project_name: The project's name.
            reference_id: The caller's own id of the file. Used a second time it is answered 409.
            metadata: A JSON object, as text.

        Raises:
            InvalidRequest: 400. A parameter is missing or not valid. `body`: `Error`.
            Unauthorized: 401. There is no valid API key. `body`: `Error`.
            Conflict: 409. The idempotency key, `unique_id` or `reference_id` was used before. `body`: `Error`.
            RateLimited: 429. Too many calls. `body`: `Error`.
            ServerError: 500. The server failed. `body`: `Error`.

        See https://refonte.ai/docs/api-reference/file-point.
        """
        return await self._caller.call(
            FILES_IMPORT_URL,
            body={
                "file_url": file_url,
                **present(
                    {
                        "display_name": display_name,
                        "project_name": project_name,
                        "reference_id": reference_id,
                        "metadata": metadata,
                    }
                ),
            },
            options=options,
        )


class FilesWithResponse:
    """The operations of `Files`, each with the whole answer: status, headers, attempts."""

    __slots__ = ("_caller",)

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    async def upload(
        self,
        *,
        file: FileInput,
        display_name: str | None = None,
        project_name: str | None = None,
        reference_id: str | None = None,
        metadata: str | None = None,
        options: RequestOptions | None = None,
    ) -> Response[dict[str, Any]]:
        """Do as `Files.upload` does, and return the whole answer."""
        return await self._caller.respond(
            FILES_UPLOAD,
            body={
                "file": file,
                **present(
                    {
                        "display_name": display_name,
                        "project_name": project_name,
                        "reference_id": reference_id,
                        "metadata": metadata,
                    }
                ),
            },
            options=options,
        )

    async def import_url(
        self,
        *,
        file_url: str,
        display_name: str | None = None,
        project_name: str | None = None,
        reference_id: str | None = None,
        metadata: str | None = None,
        options: RequestOptions | None = None,
    ) -> Response[dict[str, Any]]:
        """Do as `Files.import_url` does, and return the whole answer."""
        return await self._caller.respond(
            FILES_IMPORT_URL,
            body={
                "file_url": file_url,
                **present(
                    {
                        "display_name": display_name,
                        "project_name": project_name,
                        "reference_id": reference_id,
                        "metadata": metadata,
                    }
                ),
            },
            options=options,
        )


TEAMS_LIST: Final[Operation[list[models.TeamMember]]] = Operation(
    name="teams.list",
    method="GET",
    path="/teams",
    safety="idempotent",
    answers={"200": {"application/json": Json(lambda: list[models.TeamMember])}},
    errors={"400": _ERROR, "401": _ERROR, "429": _ERROR, "500": _ERROR},
)

TEAMS_INVITE: Final[Operation[Any]] = Operation(
    name="teams.invite",
    method="POST",
    path="/teams/invite",
    safety="unsafe",
    body="application/json",
    answers={"200": {"application/json": Json(lambda: Any), "text/plain": Text()}},
    errors={"400": _ERROR, "401": _ERROR, "429": _ERROR, "500": _ERROR},
)


class Teams:
    """People who work on the account's tasks.

    See https://refonte.ai/docs/api-reference/studio.
    """

    __slots__ = ("_caller", "with_response")

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self.with_response = TeamsWithResponse(caller)

    async def list(self, *, options: RequestOptions | None = None) -> builtins.list[models.TeamMember]:
        """List the members of the team.

        Raises:
            InvalidRequest: 400. A parameter is missing or not valid. `body`: `Error`.
            Unauthorized: 401. There is no valid API key. `body`: `Error`.
            RateLimited: 429. Too many calls. `body`: `Error`.
            ServerError: 500. The server failed. `body`: `Error`.

        See https://refonte.ai/docs/api-reference/studio.
        """
        return await self._caller.call(TEAMS_LIST, options=options)

    async def invite(
        self,
        *,
        emails: builtins.list[str] | None = None,
        team_role: models.TeamRole | None = None,
        options: RequestOptions | None = None,
    ) -> Any:
        """Invite people to the team.

        Args:
            emails: Whom to invite.

        Raises:
            InvalidRequest: 400. A parameter is missing or not valid. `body`: `Error`.
            Unauthorized: 401. There is no valid API key. `body`: `Error`.
            RateLimited: 429. Too many calls. `body`: `Error`.
            ServerError: 500. The server failed. `body`: `Error`.

        See https://refonte.ai/docs/api-reference/studio.
        """
        return await self._caller.call(
            TEAMS_INVITE, body=present({"emails": emails, "team_role": team_role}), options=options
        )


class TeamsWithResponse:
    """The operations of `Teams`, each with the whole answer: status, headers, attempts."""

    __slots__ = ("_caller",)

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    async def list(self, *, options: RequestOptions | None = None) -> Response[builtins.list[models.TeamMember]]:
        """Do as `Teams.list` does, and return the whole answer."""
        return await self._caller.respond(TEAMS_LIST, options=options)

    async def invite(
        self,
        *,
        emails: builtins.list[str] | None = None,
        team_role: models.TeamRole | None = None,
        options: RequestOptions | None = None,
    ) -> Response[Any]:
        """Do as `Teams.invite` does, and return the whole answer."""
        return await self._caller.respond(
            TEAMS_INVITE, body=present({"emails": emails, "team_role": team_role}), options=options
        )
