"""Models of Refonte.AI.

Generated from openapi/refonte.yaml (sha256 71a5524f7d6b23adee7c113c4c73c9b4b5ef4aceef73e5d0d8b0eddc991cc584)
by `python -m codegen generate`. Do not edit.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from attrs import define, field

from reknit.options import UNSET, UnsetType
from reknit.runtime import OpenEnum

__all__ = [
    "Attachment",
    "Audit",
    "Batch",
    "BatchCounts",
    "BatchList",
    "BatchStatus",
    "Choice",
    "CreateBatchRequest",
    "CreateProjectRequest",
    "Error",
    "ImageAnnotationRequest",
    "ImportFileRequest",
    "InviteRequest",
    "Project",
    "ProjectVersion",
    "SegmentAnnotationRequest",
    "Task",
    "TaskCallback",
    "TaskList",
    "TaskStatus",
    "TeamMember",
    "TeamRole",
    "TextCollectionRequest",
    "TextField",
    "UploadFileRequest",
]


class TaskStatus(OpenEnum):
    """How far a task is; others may come."""

    PENDING = "pending"
    COMPLETED = "completed"
    CANCELED = "canceled"
    ERROR = "error"


class BatchStatus(OpenEnum):
    """How far a batch is; others may come."""

    STAGING = "staging"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"


class TeamRole(OpenEnum):
    """What a member of the team may do."""

    LABELER = "labeler"
    MEMBER = "member"
    MANAGER = "manager"


@define(kw_only=True)
class Error:
    """What went wrong."""

    status_code: int | None = None
    error: str | None = None


@define(kw_only=True)
class TextCollectionRequest:
    """The schema `TextCollectionRequest`."""

    project: str | None = None
    """The project's name."""

    batch: str | None = None
    """The batch's name."""

    instruction: str | None = None
    """What to do, in Markdown or plain text."""

    callback_url: str | None = None
    """A full URL or an email address; without one the profile's default is used."""

    title: str | None = None
    description: str | None = None
    responses_required: int | None = None
    """How many people answer."""

    priority: int | None = None
    fields: list[TextField] | None = None
    """What to ask for."""

    attachments: list[Attachment] | None = None
    """What to look at."""

    metadata: dict[str, Any] | None = None
    """Kept with the task and sent back with it."""

    unique_id: str | None = None
    """The caller's own id of the task. Used again for a different task it is answered 409."""


@define(kw_only=True)
class TextField:
    """Something that a task asks for."""

    type: str | None = None
    field_id: str | None = None
    """Names the answer in the response."""

    title: str | None = None
    description: str | None = None
    choices: list[Choice] | None = None


@define(kw_only=True)
class Choice:
    """One of the answers to choose from."""

    label: str | None = None
    """What people see."""

    value: Any = UNSET
    """What the response has."""


@define(kw_only=True)
class Attachment:
    """Something to look at."""

    type: str | None = None
    content: str | None = None
    """A text, or a URL."""


@define(kw_only=True)
class ImageAnnotationRequest:
    """The schema `ImageAnnotationRequest`."""

    attachment: str
    """The image's URL."""

    geometries: dict[str, Any]
    """The geometries that may be drawn, by their kind."""

    annotation_attributes: dict[str, Any] | None = None
    """What to say of each annotation."""

    links: Any = UNSET
    """How annotations may be connected."""

    context_attachment: Any = UNSET
    """What helps to understand the image."""

    project: str | None = None
    """The project's name."""

    batch: str | None = None
    """The batch's name."""

    callback_url: str | None = None
    """A full URL or an email address; without one the profile's default is used."""

    unique_id: str | None = None
    """The caller's own id of the task. Used again for a different task it is answered 409."""


@define(kw_only=True)
class SegmentAnnotationRequest:
    """The schema `SegmentAnnotationRequest`."""

    attachment: str
    """The image's URL."""

    labels: list[Any]
    """The labels to choose from."""

    allow_unlabeled: bool | None = None
    """Whether parts of the image may stay without a label."""

    project: str | None = None
    """The project's name."""

    batch: str | None = None
    """The batch's name."""

    callback_url: str | None = None
    """A full URL or an email address; without one the profile's default is used."""

    unique_id: str | None = None
    """The caller's own id of the task. Used again for a different task it is answered 409."""


@define(kw_only=True)
class Task:
    """A piece of labelling work."""

    task_id: str
    created_at: datetime | None = None
    completed_at: datetime | UnsetType | None = UNSET
    updated_at: str | None = None
    callback_url: str | UnsetType | None = UNSET
    """A full URL or an email address."""

    callback_succeeded: bool | UnsetType | None = UNSET
    """Whether a callback was answered 2xx in the end."""

    callback_completed: bool | UnsetType | None = UNSET
    """The same, as another page prints it."""

    type: str | None = None
    """The kind of task, such as `textcollection`."""

    status: TaskStatus | None = None
    instruction: str | UnsetType | None = UNSET
    params: dict[str, Any] | None = None
    """What the task was created with, by its type, such as `attachment_type` and `attachment`."""

    response: dict[str, Any] | UnsetType | None = UNSET
    """The result, by the type of the task; on an error, its details."""

    metadata: dict[str, Any] | UnsetType | None = UNSET
    """What the task was created with for the caller's own use."""

    audits: list[Audit] | UnsetType | None = UNSET
    project: str | UnsetType | None = UNSET
    batch: str | UnsetType | None = UNSET
    unique_id: str | UnsetType | None = UNSET


@define(kw_only=True)
class Audit:
    """A second look at a task's result."""

    audited_by: str | UnsetType | None = UNSET
    audited_at: str | UnsetType | None = UNSET
    audit_time_secs: float | UnsetType | None = UNSET


@define(kw_only=True)
class TaskList:
    """One page of tasks."""

    docs: list[Task] | None = None
    total: int | None = None
    limit: int | None = None
    offset: int | None = None
    has_more: bool | None = None
    next_token: str | UnsetType | None = UNSET


@define(kw_only=True)
class TaskCallback:
    """A task with its result. Where `status` is missing, the task's own counts."""

    task_id: str
    status: TaskStatus | None = None
    response: dict[str, Any]
    """The result, by the type of the task; on an error, its details."""

    task: Task


@define(kw_only=True)
class CreateBatchRequest:
    """The schema `CreateBatchRequest`."""

    project: str
    """The project's name."""

    name: str
    """The batch's name, which no other batch has."""

    callback: str | None = None
    """Where to tell of the batch."""

    calibration_batch: bool | None = None
    self_label_batch: bool | None = None


@define(kw_only=True)
class Batch:
    """A batch of tasks."""

    project: str | None = None
    name: str | None = None
    callback: str | UnsetType | None = UNSET
    status: BatchStatus | None = None
    created_at: str | None = None


@define(kw_only=True)
class BatchCounts:
    """How many tasks of a batch have which status."""

    status: BatchStatus | None = None
    pending: int | None = None
    error: int | None = None
    completed: int | None = None
    canceled: int | None = None


@define(kw_only=True)
class BatchList:
    """One page of batches."""

    docs: list[Batch] | None = None
    total_docs: int | None = field(default=None, metadata={"wire": "totalDocs"})
    limit: int | None = None
    offset: int | None = None
    has_more: bool | None = None


@define(kw_only=True)
class CreateProjectRequest:
    """The schema `CreateProjectRequest`."""

    type: str | None = None
    """The type of the project's tasks."""

    name: str | None = None
    """The project's name, which stands in paths."""

    params: dict[str, Any] | None = None
    """What the project's tasks have in common, such as the instruction."""


@define(kw_only=True)
class Project:
    """A project."""

    type: str | None = None
    name: str | None = None
    param_history: list[ProjectVersion] | UnsetType | None = UNSET
    """The versions of what its tasks have in common."""

    created_at: str | None = None


@define(kw_only=True)
class ProjectVersion:
    """A version of what a project's tasks have in common."""

    instruction: str | UnsetType | None = UNSET
    version: int | None = None
    created_at: str | None = None


@define(kw_only=True)
class UploadFileRequest:
    """The schema `UploadFileRequest`."""

    file: str
    """The file's bytes, at most 80 MB."""

    display_name: str | None = None
    project_name: str | None = None
    """The project's name."""

    reference_id: str | None = None
    """The caller's own id of the file. Used a second time it is answered 409."""

    metadata: str | None = None
    """A JSON object, as text."""


@define(kw_only=True)
class ImportFileRequest:
    """The schema `ImportFileRequest`."""

    file_url: str
    """Where the file is."""

    display_name: str | None = None
    project_name: str | None = None
    """The project's name."""

    reference_id: str | None = None
    """The caller's own id of the file. Used a second time it is answered 409."""

    metadata: str | None = None
    """A JSON object, as text."""


@define(kw_only=True)
class InviteRequest:
    """The schema `InviteRequest`."""

    emails: list[str] | None = None
    """Whom to invite."""

    team_role: TeamRole | None = None


@define(kw_only=True)
class TeamMember:
    """A member of the team."""

    email: str | None = None
    disable_rapid_emails: bool | UnsetType | None = field(default=UNSET, metadata={"wire": "disableRapidEmails"})
    is_studio_labeler: bool | UnsetType | None = field(default=UNSET, metadata={"wire": "isStudioLabeler"})
    first_name: str | UnsetType | None = field(default=UNSET, metadata={"wire": "firstName"})
    last_name: str | UnsetType | None = field(default=UNSET, metadata={"wire": "lastName"})
    company: str | UnsetType | None = UNSET
    role: str | UnsetType | None = UNSET
