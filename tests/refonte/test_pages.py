"""Lists page by page, and as one iteration: tasks by cursor, batches by offset."""

from __future__ import annotations

from typing import Any

import pytest

from reknit import errors, refonte
from reknit.runtime import Page
from tests.refonte.answers import Labels, task
from tests.serving import Reply, Seen, Serve, reply, script


def tasks(*ids: str, token: str | None = None, **more: Any) -> Reply:
    return reply({"docs": [task(task_id=each) for each in ids], "next_token": token, **more})


async def test_tasks_are_awaited_page_by_page(serve: Serve, labels: Labels) -> None:
    served = await serve(script(tasks("t_1", "t_2", token="a/b=", total=3), tasks("t_3")))
    async with labels(served) as client:
        first = await client.tasks.list(project="p", limit=2)
        assert isinstance(first, Page)
        assert [each.task_id for each in first.items] == ["t_1", "t_2"]
        assert first.value.total == 3
        assert first.has_next
        second = await first.next()
        assert [each.task_id for each in second.items] == ["t_3"]
        assert not second.has_next
        with pytest.raises(errors.InvalidArgument, match="last"):
            await second.next()
    assert [seen.query for seen in served.requests] == [
        {"project": "p", "limit": "2"},
        {"project": "p", "limit": "2", "next_token": "a/b="},
    ]


async def test_tasks_are_iterated_over_all_pages_as_they_are_needed(serve: Serve, labels: Labels) -> None:
    served = await serve(script(tasks("t_1", "t_2", token="a"), tasks("t_3", token="b"), tasks("t_4")))
    asked: list[tuple[str, int]] = []
    async with labels(served) as client:
        listing = client.tasks.list(status="completed")
        assert served.requests == []  # nothing is sent before it is used
        async for each in listing:
            assert isinstance(each, refonte.Task)
            asked.append((each.task_id, len(served.requests)))
    assert asked == [("t_1", 1), ("t_2", 1), ("t_3", 2), ("t_4", 3)]
    assert [seen.query.get("next_token") for seen in served.requests] == [None, "a", "b"]
    assert {seen.query["status"] for seen in served.requests} == {"completed"}


async def test_an_iteration_can_begin_in_the_middle_and_again(serve: Serve, labels: Labels) -> None:
    served = await serve(lambda seen: tasks("t_9") if seen.query.get("next_token") == "z" else tasks("t_1", token="z"))
    async with labels(served) as client:
        listing = client.tasks.list(next_token="z")
        assert [each.task_id async for each in listing] == ["t_9"]
        assert [each.task_id async for each in listing] == ["t_9"]


@pytest.mark.parametrize(
    "last",
    [
        tasks("t_2"),
        tasks("t_2", token=""),
        tasks("t_2", token="more", has_more=False),
        reply({"docs": [task(task_id="t_2")]}),
    ],
    ids=["null", "empty", "has_more is false", "absent"],
)
async def test_the_last_page_of_tasks_is_the_one_that_names_no_next(serve: Serve, labels: Labels, last: Reply) -> None:
    served = await serve(script(tasks("t_1", token="a", has_more=True), last))
    async with labels(served) as client:
        assert [each.task_id async for each in client.tasks.list()] == ["t_1", "t_2"]
    assert len(served.requests) == 2


async def test_an_empty_page_with_a_cursor_goes_on_to_the_next(serve: Serve, labels: Labels) -> None:
    served = await serve(script(tasks(token="a"), tasks("t_1")))
    async with labels(served) as client:
        assert [each.task_id async for each in client.tasks.list(status="error")] == ["t_1"]


@pytest.mark.parametrize("body", [{"docs": []}, {"docs": None}, {}], ids=["empty", "null", "absent"])
async def test_an_empty_list_has_one_empty_page(serve: Serve, labels: Labels, body: dict[str, Any]) -> None:
    served = await serve(reply(body))
    async with labels(served) as client:
        page = await client.tasks.list()
        assert (page.items, page.has_next) == ([], False)
        assert [each async for each in client.tasks.list()] == []


async def test_a_cursor_that_names_itself_is_an_error_and_no_endless_loop(serve: Serve, labels: Labels) -> None:
    served = await serve(tasks("t_1", token="again"))
    async with labels(served) as client:
        with pytest.raises(errors.DecodeError, match="next_token"):
            async for _ in client.tasks.list():
                pass
    assert len(served.requests) == 2


async def test_an_error_on_a_later_page_is_raised_there(serve: Serve, labels: Labels) -> None:
    served = await serve(script(tasks("t_1", token="a"), reply({"error": "no"}, 402)))
    async with labels(served) as client:
        tasks_of_all_pages = aiter(client.tasks.list())
        assert (await anext(tasks_of_all_pages)).task_id == "t_1"
        with pytest.raises(errors.PaymentRequired):
            await anext(tasks_of_all_pages)


async def test_a_page_that_was_answered_503_is_fetched_again(serve: Serve, labels: Labels) -> None:
    served = await serve(script(tasks("t_1", token="a"), reply(b"", 503), tasks("t_2")))
    async with labels(served) as client:
        assert [each.task_id async for each in client.tasks.list()] == ["t_1", "t_2"]
    assert [seen.query.get("next_token") for seen in served.requests] == [None, "a", "a"]


async def test_the_twin_of_a_list_is_one_whole_answer(serve: Serve, labels: Labels) -> None:
    served = await serve(tasks("t_1", token="a"))
    async with labels(served) as client:
        answer = await client.tasks.with_response.list(limit=1)
    assert isinstance(answer.value, refonte.TaskList)
    assert answer.value.next_token == "a"


NAMES = [f"week-{number}" for number in range(7)]


def batches(*, limit: int, more: bool, total: bool) -> Any:
    """Play `GET /batches` over `NAMES`, with at most `limit` on a page."""

    def handler(seen: Seen) -> Reply:
        offset = int(seen.query.get("offset", "0"))
        page = NAMES[offset : offset + min(limit, int(seen.query.get("limit", "100")))]
        said: dict[str, Any] = {"has_more": offset + len(page) < len(NAMES)} if more else {}
        said |= {"totalDocs": len(NAMES)} if total else {}
        return reply({"docs": [{"name": name} for name in page], "offset": offset, **said})

    return handler


@pytest.mark.parametrize("more", [True, False])
@pytest.mark.parametrize("total", [True, False])
@pytest.mark.parametrize("limit", [3, None])
async def test_batches_are_iterated_by_offset_whatever_the_server_says_of_the_end(
    serve: Serve, labels: Labels, more: bool, total: bool, limit: int | None
) -> None:
    served = await serve(batches(limit=3, more=more, total=total))
    async with labels(served) as client:
        assert [each.name async for each in client.batches.list(limit=limit)] == NAMES
    offsets = [seen.query.get("offset") for seen in served.requests]
    assert offsets[:3] == [None, "3", "6"]
    assert offsets[3:] in ([], ["7"])  # where nothing says that the end is reached, an empty page does
    assert (len(offsets) == 3) >= (more or total)


async def test_a_server_that_gives_less_than_was_asked_for_loses_nothing(serve: Serve, labels: Labels) -> None:
    served = await serve(batches(limit=2, more=True, total=False))
    async with labels(served) as client:
        assert [each.name async for each in client.batches.list(limit=5)] == NAMES
    assert [seen.query.get("offset") for seen in served.requests] == [None, "2", "4", "6"]


async def test_batches_are_awaited_page_by_page_from_any_offset(serve: Serve, labels: Labels) -> None:
    served = await serve(batches(limit=3, more=True, total=True))
    async with labels(served) as client:
        first = await client.batches.list(limit=3, offset=2)
        assert ([each.name for each in first.items], first.has_next) == (NAMES[2:5], True)
        assert first.value.total_docs == 7
        last = await first.next()
        assert ([each.name for each in last.items], last.has_next) == (NAMES[5:], False)


async def test_a_page_of_batches_without_any_ends_the_list(serve: Serve, labels: Labels) -> None:
    served = await serve(reply({"docs": [], "has_more": True, "totalDocs": 9}))
    async with labels(served) as client:
        assert [each async for each in client.batches.list()] == []
    assert len(served.requests) == 1
