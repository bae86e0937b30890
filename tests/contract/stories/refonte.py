"""Refonte: projects, batches and tasks, their callbacks, files, a team."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from reknit import Retry, errors, refonte
from reknit.sandbox import LIVE_KEY, WRONG_KEY, Reset
from tests.contract.documents import spec_of
from tests.contract.stage import Scene, Story
from tests.serving import Served, reply, script, serving

__all__ = ["STORIES"]

IMAGE = "https://images.example.org/street-0042.jpg"
BOXES: dict[str, Any] = {"box": {"objects_to_annotate": ["bicycle"]}}


async def labelling(scene: Scene) -> None:
    """Set up a project and a batch, create a task of each type, and follow them page by page."""
    async with scene.client() as client:
        await client.projects.create(type="imageannotation", name="street scenes", params={"instruction": "Boxes."})
        assert (await client.projects.get("street scenes")).type == "imageannotation"
        assert len(await client.projects.list(archived=False)) == 1
        assert await client.projects.list(archived=True) == []
        await client.batches.create(project="street scenes", name="week/02", callback="https://labels.example.org/b")
        await client.batches.create(project="street scenes", name="week 03", calibration_batch=True)
        assert [batch.name async for batch in client.batches.list(limit=1)] == ["week/02", "week 03"]
        assert len((await client.batches.list(limit=5, offset=1)).items) == 1
        assert (await client.batches.get("week/02")).status is refonte.BatchStatus.STAGING

        where = {"project": "street scenes", "batch": "week/02"}
        text = await client.tasks.create_text_collection(
            **where,
            instruction="Answer in two sentences.",
            title="Questions",
            responses_required=1,
            priority=10,
            fields=[
                refonte.TextField(
                    type="category", field_id="tone", choices=[refonte.Choice(label="Calm", value="calm")]
                )
            ],
            attachments=[refonte.Attachment(type="text", content="No paper since Monday – again.")],
            metadata={"order": 4711},
            unique_id="question-1",
        )
        await client.tasks.create_image_annotation(
            **where, attachment=IMAGE, geometries=BOXES, callback_url="labels@example.org"
        )
        segments = await client.tasks.create_segment_annotation(
            **where, attachment=IMAGE, labels=["road", {"choice": "sky"}], allow_unlabeled=True
        )
        assert len([task async for task in client.tasks.list(batch="week/02", limit=2)]) == 3
        [found] = (await client.tasks.list(unique_id="question-1", type="textcollection")).items
        assert found.task_id == text.task_id
        assert (await client.tasks.cancel(segments.task_id)).status is refonte.TaskStatus.CANCELED
        await scene.box.refonte.complete(text.task_id)
        assert (await client.tasks.get(text.task_id)).status is refonte.TaskStatus.COMPLETED
        await client.batches.finalize("week/02")
        counts = await client.batches.status("week/02")
        assert (counts.pending, counts.completed, counts.canceled) == (1, 1, 1)
        async with scene.client(LIVE_KEY) as live:
            assert (await live.tasks.list(status="pending")).items == []


@asynccontextmanager
async def _receiver() -> AsyncGenerator[Served]:
    """Receive callbacks; at the end their bodies are what the document says of them."""
    spec = spec_of("refonte")
    [described] = spec.document["components"]["callbacks"]["task_callback"].values()
    async with serving(script(reply())) as receiver:
        yield receiver
        assert [spec.event_problems(described["post"], told.json) for told in receiver.requests] == [
            [] for _ in receiver.requests
        ]


async def callbacks(scene: Scene) -> None:
    """Get the results of tasks of all types sent: completed, failed, audited, recalled, and sent again."""
    box = scene.box.refonte
    async with _receiver() as receiver, scene.client() as client:
        to = {"callback_url": f"{receiver.url}/callback"}
        text = await client.tasks.create_text_collection(**to, fields=[refonte.TextField(field_id="tone")])
        image = await client.tasks.create_image_annotation(**to, attachment=IMAGE, geometries=BOXES)
        segments = await client.tasks.create_segment_annotation(**to, attachment=IMAGE, labels=["road"])
        await client.tasks.send_callback(text.task_id)  # there is none yet
        for task in (text, segments):
            await box.complete(task.task_id)
        await box.fail(image.task_id)
        await client.tasks.send_callback(text.task_id)
        await scene.box.settle()
        await box.audit(text.task_id, "fixed")
        audited = await client.tasks.get(text.task_id)
        assert audited.callback_succeeded
        assert audited.audits
        await box.recall(text.task_id)
        box.callback_header = "refonte.ai-callback-auth"
        await box.complete(text.task_id, {"answers": {"tone": None}})
        statuses = [told.json["status"] for told in receiver.requests]
        assert statuses == ["completed", "completed", "error", "completed", "completed", "pending", "completed"]
        assert receiver.requests[0].headers["refonte-ai--callback-auth"] == box.callback_auth_key
        assert receiver.requests[-1].headers["refonte.ai-callback-auth"] == box.callback_auth_key
        assert len((await client.tasks.list()).items) == 3
        with pytest.raises(errors.InvalidRequest):
            await client.tasks.cancel(segments.task_id)


async def acceptance_as_json(scene: Scene) -> None:
    """Do what has no answer of its own, where it is JSON and not the text `OK`."""
    scene.box.refonte.accepted_as = "json"
    async with scene.client() as client:
        task = await client.tasks.create_text_collection()
        await client.tasks.send_callback(task.task_id)
        await client.batches.create(project="p", name="b")
        await client.batches.finalize("b")
        await client.teams.invite(emails=["mara@example.org"])


async def files_and_people(scene: Scene) -> None:
    """Upload and import files, invite people."""
    described = {"project_name": "street scenes", "metadata": '{"camera": 3}'}
    async with scene.client() as client:
        uploaded = await client.files.upload(
            file=("strasse.txt", "Straße & Weg = 100 %\r\n--x".encode()),
            display_name="Straße",
            reference_id="r/1",
            **described,
        )
        assert uploaded["filename"] == "strasse.txt"
        assert uploaded["size"] == len("Straße & Weg = 100 %\r\n--x".encode())
        await client.files.upload(file=b"bytes alone")
        await client.files.import_url(file_url=IMAGE, display_name="scene", reference_id="r/2", **described)
        await client.files.import_url(file_url=IMAGE)
        for repeated in (
            client.files.upload(file=b"x", reference_id="r/2"),
            client.files.import_url(file_url=IMAGE, reference_id="r/1"),
        ):
            with pytest.raises(errors.Conflict):
                await repeated
        for invalid in (
            client.files.upload(file=b"x", metadata="no JSON"),
            client.files.import_url(file_url=IMAGE, metadata="[]"),
        ):
            with pytest.raises(errors.InvalidRequest):
                await invalid
        await client.teams.invite(emails=["mara@example.org", "noor@example.org"], team_role=refonte.TeamRole.MANAGER)
        await client.teams.invite()
        assert len(await client.teams.list()) == 3


async def an_answer_that_is_lost(scene: Scene) -> None:
    """Create a task whose answer does not arrive: its resend is a conflict, and the task is found by its id."""
    async with scene.client(retry=Retry(base=0)) as client:
        for lost in (
            client.tasks.create_text_collection(unique_id="text", metadata={"order": 1}),
            client.tasks.create_image_annotation(unique_id="image", attachment=IMAGE, geometries=BOXES),
            client.tasks.create_segment_annotation(unique_id="segments", attachment=IMAGE, labels=["road"]),
        ):
            scene.box.faults.add(api="refonte", fault=Reset(when="after"))
            assert (await lost).task_id in scene.box.refonte.tasks
    assert len(scene.box.refonte.tasks) == 3
    assert [request.status for request in scene.box.ledger.requests("refonte")] == [0, 409, 200] * 3


def _tasks(client: Any, **more: Any) -> Iterator[Any]:
    yield client.tasks.create_text_collection(**more)
    yield client.tasks.create_image_annotation(attachment=IMAGE, geometries=BOXES, **more)
    yield client.tasks.create_segment_annotation(attachment=IMAGE, labels=[], **more)


async def tasks_that_are_refused(scene: Scene) -> None:
    """Use an id twice, and types of task that are not paid for."""
    async with scene.client() as client:
        await client.tasks.create_text_collection(unique_id="once")
        for repeated in _tasks(client, unique_id="once"):
            with pytest.raises(errors.Conflict):
                await repeated
        scene.box.refonte.disabled = {"textcollection", "imageannotation", "segmentannotation"}
        for unpaid in _tasks(client):
            with pytest.raises(errors.PaymentRequired):
                await unpaid


def _of_a_thing(client: Any) -> Iterator[Any]:
    yield client.tasks.get("none")
    yield client.tasks.cancel("none")
    yield client.tasks.send_callback("none")
    yield client.batches.get("none")
    yield client.batches.status("none")
    yield client.batches.finalize("none")
    yield client.projects.get("none")


async def what_is_not_there(scene: Scene) -> None:
    """Name things that are not there, and things that are there already."""
    async with scene.client() as client:
        for missing in _of_a_thing(client):
            with pytest.raises(errors.NotFound):
                await missing
        await client.batches.create(project="p", name="twice")
        await client.projects.create(name="twice")
        for invalid in (
            client.batches.create(project="p", name="twice"),
            client.projects.create(name="twice"),
            client.tasks.list(next_token="no token"),
        ):
            with pytest.raises(errors.InvalidRequest):
                await invalid


async def a_wrong_key(scene: Scene) -> None:
    """Be turned away everywhere."""
    async with scene.client(WRONG_KEY) as client:
        for refused in (
            *_tasks(client),
            *_of_a_thing(client),
            client.tasks.list(),
            client.batches.create(project="p", name="b"),
            client.batches.list(),
            client.projects.create(name="p"),
            client.projects.list(),
            client.files.upload(file=b"x"),
            client.files.import_url(file_url=IMAGE),
            client.teams.list(),
            client.teams.invite(emails=[]),
        ):
            with pytest.raises(errors.Unauthorized):
                await refused


STORIES: tuple[Story, ...] = (
    labelling,
    callbacks,
    acceptance_as_json,
    files_and_people,
    an_answer_that_is_lost,
    tasks_that_are_refused,
    what_is_not_there,
    a_wrong_key,
)
