"""Operations of Places.

Generated from places.yaml (sha256 f62b691f8e0fde10b5cff87396bec7fb515acbe69aaae56e1180cf22936ae2d2)
by `python -m codegen generate places.yaml --package places`. Do not edit.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from reknit.options import RequestOptions
from reknit.runtime import Caller, CursorPages, FileInput, Json, Operation, Pages, Response, Style, lazy_module, present

if TYPE_CHECKING:
    from . import models
else:
    models = lazy_module(__name__, "models")  # loaded when it is first needed

PLACES_SEARCH: Final[Operation[models.SearchResult]] = Operation(
    name="places.search",
    method="GET",
    path="/places",
    safety="idempotent",
    pages=CursorPages(items="places", next="next", parameter="cursor"),
    styles={
        "query:within": Style("deepObject", explode=True),
        "query:filter": Style("json", explode=False),
        "query:kind": Style("pipeDelimited", explode=False),
        "cookie:seen": Style("form", explode=False),
    },
    answers={"200": {"application/json": Json(lambda: models.SearchResult)}},
)

PLACES_ANY_INSIDE: Final[Operation[None]] = Operation(
    name="places.any_inside",
    method="HEAD",
    path="/places/{box}",
    safety="idempotent",
    styles={"path:box": Style("matrix", explode=True)},
    answers={"200": {}},
)


class Places:
    """The operations of `places`."""

    __slots__ = ("_caller", "with_response")

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self.with_response = PlacesWithResponse(caller)

    def search(
        self,
        *,
        within: models.Box | None = None,
        filter: models.Filter | None = None,
        kind: list[models.Kind] | None = None,
        since: datetime | None = None,
        anything: Any = None,
        cursor: str | None = None,
        x_box: models.Box | None = None,
        seen: list[int] | None = None,
        options: RequestOptions | None = None,
    ) -> Pages[models.Place]:
        """Search for places.

        Args:
            within: The box.
        """
        return self._caller.pages(
            PLACES_SEARCH,
            query=present(
                {
                    "within": within,
                    "filter": filter,
                    "kind": kind,
                    "since": since,
                    "anything": anything,
                    "cursor": cursor,
                }
            ),
            headers=present({"X-Box": x_box}),
            cookies=present({"seen": seen}),
            options=options,
        )

    async def any_inside(self, box: models.Box, *, options: RequestOptions | None = None) -> None:
        """Say whether there is anything inside a box."""
        return await self._caller.call(PLACES_ANY_INSIDE, path=(box,), options=options)


class PlacesWithResponse:
    """The operations of `Places`, each with the whole answer: status, headers, attempts."""

    __slots__ = ("_caller",)

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    async def search(
        self,
        *,
        within: models.Box | None = None,
        filter: models.Filter | None = None,
        kind: list[models.Kind] | None = None,
        since: datetime | None = None,
        anything: Any = None,
        cursor: str | None = None,
        x_box: models.Box | None = None,
        seen: list[int] | None = None,
        options: RequestOptions | None = None,
    ) -> Response[models.SearchResult]:
        """Do as `Places.search` does, and return the whole answer."""
        return await self._caller.respond(
            PLACES_SEARCH,
            query=present(
                {
                    "within": within,
                    "filter": filter,
                    "kind": kind,
                    "since": since,
                    "anything": anything,
                    "cursor": cursor,
                }
            ),
            headers=present({"X-Box": x_box}),
            cookies=present({"seen": seen}),
            options=options,
        )

    async def any_inside(self, box: models.Box, *, options: RequestOptions | None = None) -> Response[None]:
        """Do as `Places.any_inside` does, and return the whole answer."""
        return await self._caller.respond(PLACES_ANY_INSIDE, path=(box,), options=options)


PHOTOS_UPLOAD: Final[Operation[models.Place]] = Operation(
    name="photos.upload",
    method="POST",
    path="/photos",
    safety="unsafe",
    body="multipart/form-data",
    files=("photo",),
    server="https://files.places.example",
    styles={"body:box": Style("deepObject", explode=True)},
    answers={"200": {"application/json": Json(lambda: models.Place)}},
)

PHOTOS_ANNOTATE: Final[Operation[None]] = Operation(
    name="photos.annotate",
    method="POST",
    path="/notes",
    safety="unsafe",
    body="application/x-www-form-urlencoded; charset=utf-8",
    server="https://places.example/v2",
    styles={"body:tags": Style("form", explode=False)},
    answers={"204": {}},
)


class Photos:
    """The operations of `photos`."""

    __slots__ = ("_caller", "with_response")

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self.with_response = PhotosWithResponse(caller)

    async def upload(
        self,
        *,
        photo: FileInput,
        place: models.Place | None = None,
        kind: models.Kind | None = None,
        taken: datetime | None = None,
        box: models.Box | None = None,
        options: RequestOptions | None = None,
    ) -> models.Place:
        """Upload a photo."""
        return await self._caller.call(
            PHOTOS_UPLOAD,
            body={"photo": photo, **present({"place": place, "kind": kind, "taken": taken, "box": box})},
            options=options,
        )

    async def annotate(
        self,
        *,
        tags: list[str] | None = None,
        box: models.Box | None = None,
        options: RequestOptions | None = None,
    ) -> None:
        """Annotate a photo."""
        return await self._caller.call(PHOTOS_ANNOTATE, body=present({"tags": tags, "box": box}), options=options)


class PhotosWithResponse:
    """The operations of `Photos`, each with the whole answer: status, headers, attempts."""

    __slots__ = ("_caller",)

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    async def upload(
        self,
        *,
        photo: FileInput,
        place: models.Place | None = None,
        kind: models.Kind | None = None,
        taken: datetime | None = None,
        box: models.Box | None = None,
        options: RequestOptions | None = None,
    ) -> Response[models.Place]:
        """Do as `Photos.upload` does, and return the whole answer."""
        return await self._caller.respond(
            PHOTOS_UPLOAD,
            body={"photo": photo, **present({"place": place, "kind": kind, "taken": taken, "box": box})},
            options=options,
        )

    async def annotate(
        self,
        *,
        tags: list[str] | None = None,
        box: models.Box | None = None,
        options: RequestOptions | None = None,
    ) -> Response[None]:
        """Do as `Photos.annotate` does, and return the whole answer."""
        return await self._caller.respond(PHOTOS_ANNOTATE, body=present({"tags": tags, "box": box}), options=options)
