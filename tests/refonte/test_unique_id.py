"""Creating a task once: with a `unique_id` it is resent, and a 409 after that is looked into."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from reknit import RequestOptions, errors, refonte
from reknit.refonte.client import is_same_task
from tests.refonte.answers import Labels, task
from tests.serving import Reply, Seen, Serve, Served, reply, script

TAKEN = reply({"status_code": 409, "error": "unique_id is taken"}, 409)


def listed(*tasks: dict[str, Any]) -> Reply:
    return reply({"docs": list(tasks), "has_more": False})


def methods(served: Served) -> list[str]:
    return [seen.method for seen in served.requests]


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504])
async def test_without_a_unique_id_a_creation_is_not_resent(serve: Serve, labels: Labels, status: int) -> None:
    served = await serve(script(reply(b"", status), reply(task())))
    async with labels(served) as client:
        with pytest.raises(errors.APIError) as caught:
            await client.tasks.create_text_collection(project="p")
    assert caught.value.status == status
    assert caught.value.idempotency_key is None
    assert [seen.json for seen in served.requests] == [{"project": "p"}]


@pytest.mark.parametrize("kind", ["text_collection", "image_annotation", "segment_annotation"])
async def test_with_a_unique_id_a_creation_is_resent_with_the_same_one(serve: Serve, labels: Labels, kind: str) -> None:
    served = await serve(script(reply(b"", 503), reply(b"", 502), reply(task(unique_id="mine"))))
    async with labels(served) as client:
        made = await create(client, kind, unique_id="mine")
    assert made.unique_id == "mine"
    assert len(served.requests) == 3
    assert {seen.body for seen in served.requests} == {served.requests[0].body}
    assert served.requests[0].json["unique_id"] == "mine"
    assert served.requests[0].target == f"/task/{kind.replace('_', '')}"


async def create(client: refonte.Client, kind: str, **arguments: Any) -> refonte.Task:
    if kind == "text_collection":
        return await client.tasks.create_text_collection(project="p", **arguments)
    if kind == "image_annotation":
        return await client.tasks.create_image_annotation(
            attachment="https://example.org/a.png", geometries={"box": {}}, **arguments
        )
    return await client.tasks.create_segment_annotation(
        attachment="https://example.org/a.png", labels=["car"], **arguments
    )


@pytest.mark.parametrize("kind", ["text_collection", "image_annotation", "segment_annotation"])
async def test_a_409_after_a_resend_returns_the_task_that_the_first_try_had_made(
    serve: Serve, labels: Labels, kind: str
) -> None:
    made = task(task_id="t_7", unique_id="mine", type=kind.replace("_", ""), params={"project": "p"})
    other = task(task_id="t_6", unique_id="another")
    served = await serve(script(reply(b"", 503), TAKEN, listed(other, made)))
    async with labels(served) as client:
        found = await create(client, kind, unique_id="mine")
    assert (found.task_id, found.unique_id) == ("t_7", "mine")
    assert methods(served) == ["POST", "POST", "GET"]
    assert served.requests[2].path == "/tasks"
    assert served.requests[2].query == {"unique_id": "mine"}


async def test_the_typed_twin_returns_the_found_task_too(serve: Serve, labels: Labels) -> None:
    served = await serve(script(reply(b"", 503), TAKEN, listed(task(task_id="t_7", unique_id="mine"))))
    async with labels(served) as client:
        answer = await client.tasks.with_response.create_text_collection(unique_id="mine")
    assert answer.value.task_id == "t_7"
    assert (answer.status, answer.idempotency_key) == (200, "mine")
    assert [attempt.status for attempt in answer.attempts] == [503, 409]


async def test_a_409_after_a_connection_that_broke_is_looked_into_too(serve: Serve, labels: Labels) -> None:
    def handler(seen: Seen) -> Reply:
        if len(served.requests) == 1:
            assert seen.request.transport is not None
            seen.request.transport.abort()
        return TAKEN if seen.method == "POST" else listed(task(task_id="t_7", unique_id="mine"))

    served = await serve(handler)
    async with labels(served) as client:
        assert (await client.tasks.create_text_collection(unique_id="mine")).task_id == "t_7"
    assert methods(served) == ["POST", "POST", "GET"]


@pytest.mark.parametrize("before", [(), (429,)], ids=["at the first try", "after a refusal, which makes nothing"])
async def test_a_409_that_follows_nothing_ambiguous_is_raised_without_a_look(
    serve: Serve, labels: Labels, before: tuple[int, ...]
) -> None:
    served = await serve(
        script(
            *(reply(b"", status, retry_after="0") for status in before),
            TAKEN,
            listed(task(task_id="t_7", unique_id="mine")),
        )
    )
    async with labels(served) as client:
        with pytest.raises(errors.Conflict, match="unique_id is taken") as caught:
            await client.tasks.create_text_collection(unique_id="mine")
    assert set(methods(served)) == {"POST"}
    assert caught.value.idempotency_key == "mine"


@pytest.mark.parametrize("status", [400, 402, 404])
async def test_another_refusal_after_a_resend_is_raised_without_a_look(
    serve: Serve, labels: Labels, status: int
) -> None:
    found = listed(task(task_id="t_7", unique_id="mine"))
    served = await serve(script(reply(b"", 503), reply({"error": "no"}, status), found))
    async with labels(served) as client:
        with pytest.raises(errors.APIError, match="no") as caught:
            await client.tasks.create_text_collection(unique_id="mine")
    assert caught.value.status == status
    assert methods(served) == ["POST", "POST"]


@pytest.mark.parametrize(
    "answer",
    [
        listed(),
        listed(task(unique_id="another")),
        listed(task()),
        listed(task(unique_id="mine", type="imageannotation")),
        listed(task(unique_id="mine", project="another")),
        listed(task(unique_id="mine", params={"instruction": "something else"})),
        reply({"error": "no such call"}, 404),
        reply("<html>", 200),
        reply({"docs": None}),
    ],
    ids=["none", "another", "no unique_id", "type", "project", "params", "404", "html", "null"],
)
async def test_a_409_is_raised_where_the_task_that_was_sent_is_not_found(
    serve: Serve, labels: Labels, answer: Reply
) -> None:
    served = await serve(script(reply(b"", 503), TAKEN, answer))
    async with labels(served) as client:
        with pytest.raises(errors.Conflict, match="unique_id is taken") as caught:
            await client.tasks.create_text_collection(project="p", instruction="do", unique_id="mine")
    assert [attempt.status for attempt in caught.value.attempts] == [503, 409]
    assert methods(served) == ["POST", "POST", "GET"]


async def test_the_deadline_bounds_the_look_too(serve: Serve, labels: Labels) -> None:
    async def handler(seen: Seen) -> Reply:
        if seen.method == "GET":
            await asyncio.sleep(30)
        return reply(b"", 503) if len(served.requests) == 1 else TAKEN

    served = await serve(handler)
    async with labels(served) as client:
        with pytest.raises(errors.Conflict):
            await client.tasks.create_text_collection(unique_id="mine", options=RequestOptions(timeout=0.3))
    assert methods(served) == ["POST", "POST", "GET"]


SENT = {"unique_id": "mine", "project": "p", "fields": [{"type": "text", "title": "T"}], "metadata": {"a": 1}}


@pytest.mark.parametrize(
    ("shown", "same"),
    [
        ({}, True),
        ({"type": "textcollection", "project": "p", "unique_id": "mine"}, True),
        ({"params": {"fields": [{"type": "text", "title": "T"}]}, "metadata": {"a": 1}}, True),
        ({"params": {"fields": [{"type": "text", "title": "T", "required": False}]}}, True),
        ({"metadata": {"a": 1, "added": 2}, "project": None}, True),
        ({"params": None}, True),
        ({"type": "segmentannotation"}, False),
        ({"project": "q"}, False),
        ({"metadata": {}}, False),
        ({"metadata": {"a": 2}}, False),
        ({"params": {"fields": []}}, False),
        ({"params": {"fields": [{"type": "text"}]}}, False),
        ({"params": {"fields": "text"}}, False),
        ({"params": {"project": "q"}}, False),
    ],
)
def test_a_task_is_the_same_where_everything_it_shows_of_what_was_sent_is_equal(
    shown: dict[str, Any], same: bool
) -> None:
    assert is_same_task("/task/textcollection", SENT, shown) is same
