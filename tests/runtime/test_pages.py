"""Lists in pages: which request follows a page, and what awaiting and iterating do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from attrs import define, field
from hypothesis import given
from hypothesis import strategies as st

from reknit.errors import DecodeError, InvalidArgument
from reknit.options import UNSET, UnsetType
from reknit.runtime import CursorPages, OffsetPages, Pages
from reknit.runtime.pages import next_query

CURSOR = CursorPages(items="docs", next="nextToken", parameter="next_token", more="hasMore")
OFFSET = OffsetPages(items="docs", parameter="offset", size="limit", more="has_more", total="totalDocs")


@define(kw_only=True)
class CursorPage:
    docs: list[int] | None = None
    next_token: str | None | UnsetType = field(default=UNSET, metadata={"wire": "nextToken"})
    has_more: bool | None | UnsetType = field(default=UNSET, metadata={"wire": "hasMore"})


@define(kw_only=True)
class OffsetPage:
    docs: list[int] | None = None
    has_more: bool | None = None
    total: int | None = field(default=None, metadata={"wire": "totalDocs"})


class TestCursors:
    @pytest.mark.parametrize("more", [True, None, UNSET])
    def test_the_next_token_goes_into_the_next_query(self, more: Any) -> None:
        query = {"limit": 5, "next_token": "a"}
        page = CursorPage(next_token="b", has_more=more)
        assert next_query(CURSOR, query, page, 5) == {"limit": 5, "next_token": "b"}
        assert query == {"limit": 5, "next_token": "a"}

    @pytest.mark.parametrize("token", [None, UNSET, ""])
    @pytest.mark.parametrize("more", [True, False, None])
    def test_without_a_token_there_is_no_next_page(self, token: Any, more: Any) -> None:
        assert next_query(CURSOR, {}, CursorPage(next_token=token, has_more=more), 5) is None

    def test_no_more_means_no_more_whatever_the_token(self) -> None:
        assert next_query(CURSOR, {}, CursorPage(next_token="b", has_more=False), 5) is None

    def test_an_empty_page_in_the_middle_does_not_end_the_list(self) -> None:
        assert next_query(CURSOR, {}, CursorPage(next_token="b"), 0) == {"next_token": "b"}

    def test_a_token_that_names_its_own_page_would_never_end(self) -> None:
        with pytest.raises(DecodeError, match="never end"):
            next_query(CURSOR, {"next_token": "b"}, CursorPage(next_token="b"), 5)

    def test_pages_without_a_model(self) -> None:
        assert next_query(CURSOR, {}, {"nextToken": "b", "hasMore": True}, 5) == {"next_token": "b"}
        assert next_query(CURSOR, {}, {}, 5) is None


class TestOffsets:
    def after(self, query: Mapping[str, Any], count: int, **page: Any) -> Any:
        following = next_query(OFFSET, query, OffsetPage(**page), count)
        return None if following is None else following["offset"]

    def test_the_offset_grows_by_what_was_received(self) -> None:
        assert self.after({"limit": 100}, 30, has_more=True) == 30
        assert self.after({"limit": 100, "offset": 30}, 30, has_more=True) == 60
        assert self.after({"offset": "30"}, 5, has_more=True) == 35
        assert self.after({"offset": None}, 5, has_more=True) == 5

    def test_has_more_decides_where_it_is_said(self) -> None:
        assert self.after({"limit": 5}, 5, has_more=False, total=100) is None
        assert self.after({"limit": 5}, 3, has_more=True, total=3) == 3

    def test_else_the_total_decides(self) -> None:
        assert self.after({}, 5, total=6) == 5
        assert self.after({}, 5, total=5) is None
        assert self.after({"offset": 5}, 1, total=6) is None
        assert self.after({}, 5, total=0) is None
        assert self.after({"limit": 10}, 5, total=6) == 5

    def test_else_a_short_page_is_the_last(self) -> None:
        assert self.after({"limit": 5}, 5) == 5
        assert self.after({"limit": 5}, 4) is None
        assert self.after({}, 4) == 4

    def test_an_empty_page_is_the_last_whatever_it_says(self) -> None:
        assert self.after({}, 0, has_more=True, total=100) is None

    @given(
        st.integers(0, 60), st.integers(1, 9), st.sampled_from(["more", "total", "size", "nothing"]), st.integers(1, 9)
    )
    def test_every_item_comes_once_however_the_end_is_told(self, total: int, limit: int, told: str, most: int) -> None:
        query: Any = {"limit": limit}
        if told in {"size", "nothing"}:
            most = limit  # a server that shortens pages and says nothing cannot be told from one at its end
        got: list[int] = []
        for _ in range(total + 2):
            start = query.get("offset", 0)
            docs = list(range(start, min(total, start + min(limit, most))))
            got += docs
            page = OffsetPage(
                docs=docs,
                has_more=start + len(docs) < total if told == "more" else None,
                total=total if told == "total" else None,
            )
            asked = {name: value for name, value in query.items() if name != "limit" or told != "nothing"}
            following = next_query(OFFSET, asked, page, len(docs))
            if following is None:
                break
            query = {"limit": limit, **following}
        else:
            pytest.fail("the list did not end")
        assert got == list(range(total))


class Server:
    """Pages of a list, and the queries that asked for them."""

    def __init__(self, pages: list[dict[str, Any]]) -> None:
        self.pages = pages
        self.queries: list[Mapping[str, Any]] = []

    async def fetch(self, query: Mapping[str, Any]) -> Any:
        self.queries.append(query)
        return self.pages[int(query.get("next_token", 0))]

    def list(self, **query: Any) -> Pages[Any]:
        return Pages(self.fetch, CURSOR, query)


THREE = [{"docs": [1, 2], "nextToken": "1"}, {"docs": [], "nextToken": "2"}, {"docs": [3]}]


class TestPages:
    async def test_nothing_is_sent_before_it_is_needed(self) -> None:
        server = Server(THREE)
        pages = server.list()
        assert not server.queries
        async for item in pages:
            if item == 2:
                break
        assert server.queries == [{}]

    async def test_awaited_it_is_one_page_with_a_way_to_the_next(self) -> None:
        server = Server(THREE)
        page = await server.list(limit=2)
        assert (page.items, page.has_next, page.value) == ([1, 2], True, THREE[0])
        assert "2 items, more follow" in repr(page)
        last = await (await page.next()).next()
        assert (last.items, last.has_next) == ([3], False)
        assert "the last" in repr(last)
        with pytest.raises(InvalidArgument, match="has_next"):
            await last.next()
        assert server.queries == [{"limit": 2}, {"limit": 2, "next_token": "1"}, {"limit": 2, "next_token": "2"}]

    async def test_iterated_it_is_every_item_each_time_anew(self) -> None:
        server = Server(THREE)
        pages = server.list()
        assert [item async for item in pages] == [item async for item in pages] == [1, 2, 3]
        assert [page.items async for page in pages.pages()] == [[1, 2], [], [3]]
        assert len(server.queries) == 9

    async def test_a_page_without_items_is_empty(self) -> None:
        for page in ({}, {"docs": None}):
            assert (await Server([page]).list()).items == []

    async def test_a_list_that_would_never_end_still_gives_the_page_that_came(self) -> None:
        server = Server([{"docs": [1], "nextToken": "1"}, {"docs": [2], "nextToken": "1"}])
        page = await server.list(next_token="1")
        assert page.items == [2]
        with pytest.raises(DecodeError, match="never end"):
            await page.next()
        got = []
        with pytest.raises(DecodeError, match="never end"):
            async for item in server.list():
                got.append(item)  # noqa: PERF401 - what came before the error is what is tested
        assert got == [1, 2]
