"""Lists that come in pages: await one page, or iterate over everything."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Mapping
from typing import Any, Generic, TypeVar

from ..errors import DecodeError, InvalidArgument
from ..options import UNSET
from .codec import properties_of
from .narrowing import is_mapping
from .operations import CursorPages, OffsetPages

__all__ = ["Page", "Pages", "next_query"]

T = TypeVar("T")

Query = Mapping[str, Any]
Fetch = Callable[[Query], Awaitable[Any]]


def _property(model: Any, wire: str | None) -> Any:
    """Return a property of a decoded page by its wire name; None where it is absent."""
    if wire is None:
        return None
    if is_mapping(model):
        return model.get(wire)
    value = properties_of(model).get(wire)
    return None if value is UNSET else value


def next_query(plan: CursorPages | OffsetPages, query: Query, page: Any, count: int) -> Query | None:
    """Return the query of the page after `page` (which held `count` items), None after the last one."""
    if _property(page, plan.more) is False:
        return None
    if isinstance(plan, CursorPages):
        cursor = _property(page, plan.next)
        if not cursor:
            return None
        if cursor == query.get(plan.parameter):
            raise DecodeError(f"the page after {plan.parameter} names itself as the next one; the list would never end")
        return {**query, plan.parameter: cursor}
    if not count:
        return None
    offset = int(query.get(plan.parameter) or 0) + count
    total, size = _property(page, plan.total), query.get(plan.size) if plan.size else None
    if _property(page, plan.more) is None:
        if isinstance(total, int) and offset >= total:
            return None
        if not isinstance(total, int) and isinstance(size, int) and count < size:
            return None
    return {**query, plan.parameter: offset}


class Page(Generic[T]):
    """One page: its `items`, the whole decoded answer as `value`, and the way to the next one."""

    __slots__ = ("_fetch", "_plan", "_query", "items", "value")

    def __init__(self, fetch: Fetch, plan: CursorPages | OffsetPages, query: Query, value: Any) -> None:
        self._fetch = fetch
        self._plan = plan
        self.value = value
        self.items: list[T] = list(_property(value, plan.items) or ())
        self._query = query

    def __repr__(self) -> str:
        return f"<Page of {len(self.items)} items, {'more follow' if self.has_next else 'the last'}>"

    @property
    def has_next(self) -> bool:
        """Return whether there is another page."""
        return self._following() is not None

    def _following(self) -> Query | None:
        # Not worked out before it is asked for: a next page that makes no sense must not cost this one.
        return next_query(self._plan, self._query, self.value, len(self.items))

    async def next(self) -> Page[T]:
        """Fetch the next page; raise InvalidArgument after the last one (see `has_next`)."""
        query = self._following()
        if query is None:
            raise InvalidArgument("there is no page after the last one; look at has_next first")
        return Page(self._fetch, self._plan, query, await self._fetch(query))


class Pages(Generic[T]):
    """A list in pages. `await` it for the first `Page`; `async for` goes through the items of all of them.

    Nothing is sent before that. Each iteration starts anew with the first page; pages are fetched as they are needed.
    """

    __slots__ = ("_fetch", "_plan", "_query")

    def __init__(self, fetch: Fetch, plan: CursorPages | OffsetPages, query: Query) -> None:
        self._fetch = fetch
        self._plan = plan
        self._query = query

    def __await__(self) -> Generator[Any, None, Page[T]]:
        return self._first().__await__()

    async def _first(self) -> Page[T]:
        return Page(self._fetch, self._plan, self._query, await self._fetch(self._query))

    async def pages(self) -> AsyncIterator[Page[T]]:
        """Go through the pages."""
        page: Page[T] = await self
        yield page
        while page.has_next:
            page = await page.next()
            yield page

    async def __aiter__(self) -> AsyncIterator[T]:
        async for page in self.pages():
            for item in page.items:
                yield item
