"""What goes to Refonte and what comes back: Basic credentials, 402, answers that are text or nothing, names."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from reknit import errors, refonte
from tests.refonte.answers import Labels, task
from tests.serving import Reply, Serve, reply, script


async def test_the_key_is_the_user_name_of_basic_and_the_password_is_empty(serve: Serve, labels: Labels) -> None:
    served = await serve(reply(task()))
    async with labels(served) as client:
        await client.tasks.get("t_1")
        await client.tasks.send_callback("t_1")
    for seen in served.requests:
        assert seen.headers["Authorization"] == "Basic bGl2ZV80YTFjOg=="
    assert base64.b64decode("bGl2ZV80YTFjOg==") == b"live_4a1c:"


@pytest.mark.parametrize("shown", ["live_4a1c", "bGl2ZV80YTFjOg=="])
async def test_a_key_that_the_server_echoes_is_blanked_in_each_of_its_forms(
    serve: Serve, labels: Labels, shown: str
) -> None:
    served = await serve(reply({"status_code": 401, "error": f"{shown} is no key"}, 401))
    async with labels(served) as client:
        with pytest.raises(errors.Unauthorized) as caught:
            await client.tasks.get("t_1")
    assert caught.value.message == "*** is no key"


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (400, errors.InvalidRequest),
        (401, errors.Unauthorized),
        (402, errors.PaymentRequired),
        (404, errors.NotFound),
        (409, errors.Conflict),
        (429, errors.RateLimited),
        (500, errors.ServerError),
    ],
)
async def test_each_status_has_its_class_and_the_message_is_the_servers(
    serve: Serve, labels: Labels, status: int, expected: type[errors.APIError]
) -> None:
    served = await serve(reply({"status_code": status, "error": "not like this"}, status, retry_after="90"))
    async with labels(served, timeout=5) as client:
        with pytest.raises(expected) as caught:
            await client.tasks.create_text_collection(project="p")
    assert (caught.value.status, caught.value.message) == (status, "not like this")
    assert len(served.requests) == 1


ACCEPTED: list[tuple[Reply, Any]] = [
    (reply("OK", Content_Type="text/plain; charset=utf-8"), "OK"),
    (reply({"sent": True}), {"sent": True}),
    (reply("", Content_Type="application/json"), None),
    (reply("", Content_Type="text/plain"), ""),
    (reply("", Content_Type="application/octet-stream"), None),
    (reply("", 204), None),
    (reply("OK", Content_Type="application/json"), "OK"),
    (reply("OK", Content_Type="text/html"), "OK"),
    (reply("OK", Content_Type="application/octet-stream"), "OK"),
]


@pytest.mark.parametrize(
    ("answer", "expected"),
    ACCEPTED,
    ids=[f"{answer.body!r} as {answer.headers.get('Content-Type')} {answer.status}" for answer, _ in ACCEPTED],
)
async def test_a_callback_that_is_sent_again_answers_text_or_json_or_nothing(
    serve: Serve, labels: Labels, answer: Reply, expected: Any
) -> None:
    served = await serve(answer)
    async with labels(served) as client:
        assert await client.tasks.send_callback("t_1") == expected
    assert (served.requests[0].method, served.requests[0].target) == ("POST", "/task/t_1/send-callback")
    assert served.requests[0].body == b""


@pytest.mark.parametrize(("answer", "expected"), ACCEPTED[:4])
async def test_other_calls_that_only_accept_do_the_same(
    serve: Serve, labels: Labels, answer: Reply, expected: Any
) -> None:
    served = await serve(answer)
    async with labels(served) as client:
        assert await client.batches.finalize("week-02") == expected
        assert await client.teams.invite(emails=["ada@example.org"], team_role=refonte.TeamRole.LABELER) == expected
    assert served.requests[1].json == {"emails": ["ada@example.org"], "team_role": "labeler"}


@pytest.mark.parametrize("call", ["send_callback", "cancel", "finalize"])
async def test_what_changes_something_is_not_resent_after_a_failure(serve: Serve, labels: Labels, call: str) -> None:
    served = await serve(script(reply(b"", 503), reply(task())))
    async with labels(served) as client:
        with pytest.raises(errors.ServerError):
            await getattr(client.batches if call == "finalize" else client.tasks, call)("x")
    assert len(served.requests) == 1


async def test_names_are_one_path_segment(serve: Serve, labels: Labels) -> None:
    served = await serve(reply({"name": "street scenes/day 1"}))
    async with labels(served) as client:
        await client.projects.get("street scenes/day 1")
        await client.batches.get("week 02?")
        await client.batches.status("wéek")
        for name in ("", ".", ".."):
            with pytest.raises(errors.InvalidArgument):
                await client.batches.get(name)
    assert [seen.target for seen in served.requests] == [
        "/projects/street%20scenes%2Fday%201",
        "/batches/week%2002%3F",
        "/batches/w%C3%A9ek/status",
    ]


async def test_a_task_keeps_an_unknown_status_and_what_nobody_documented(serve: Serve, labels: Labels) -> None:
    served = await serve(reply(task(status="on_hold", audits=[{"audited_by": "ada", "mood": "good"}], color="red")))
    async with labels(served) as client:
        answer = await client.tasks.with_response.get("t_1")
    found = answer.value
    assert isinstance(found.status, refonte.TaskStatus)
    assert (found.status, found.status.is_known) == ("on_hold", False)
    assert found.created_at is not None
    assert found.created_at.isoformat() == "2026-03-01T09:30:00+00:00"
    assert answer.unknown() == {"/audits/0/mood": "good", "/color": "red"}


async def test_filters_are_query_parameters(serve: Serve, labels: Labels) -> None:
    served = await serve(script(reply([{"name": "p", "param_history": [{"version": 1}]}]), reply([])))
    async with labels(served) as client:
        (project,) = await client.projects.list(archived=True)
        assert await client.projects.list() == []
    assert project.param_history
    assert project.param_history[0].version == 1
    assert [seen.target for seen in served.requests] == ["/projects?archived=true", "/projects"]


async def test_members_of_the_team_have_pythons_names(serve: Serve, labels: Labels) -> None:
    served = await serve(reply([{"email": "ada@example.org", "firstName": "Ada", "isStudioLabeler": True}]))
    async with labels(served) as client:
        (member,) = await client.teams.list()
    assert (member.first_name, member.is_studio_labeler) == ("Ada", True)
