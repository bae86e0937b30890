"""Operations of Places.

Generated from places.yaml (sha256 8d05c17b1dd6e30f26f2a953fad66f30d04ebc1735f237ce5402446a82bb6199)
by `python -m codegen generate places.yaml --package places`. Do not edit.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from reknit.options import RequestOptions
from reknit.runtime import (
    ApiServer,
    Caller,
    CursorPages,
    FileInput,
    Json,
    Operation,
    Pages,
    Response,
    Style,
    lazy_module,
    present,
    with_headers,
)

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
    servers=(ApiServer("https://files.places.example"),),
    styles={"body:box": Style("deepObject", explode=True)},
    answers={"200": {"application/json": Json(lambda: models.Place)}},
)

PHOTOS_ANNOTATE: Final[Operation[None]] = Operation(
    name="photos.annotate",
    method="POST",
    path="/notes",
    safety="unsafe",
    body="application/x-www-form-urlencoded; charset=utf-8",
    servers=(ApiServer("/v2"),),
    styles={"body:tags": Style("form", explode=False)},
    answers={"204": {}},
)

PHOTOS_KEEP_ALBUM: Final[Operation[None]] = Operation(
    name="photos.keep_album",
    method="PUT",
    path="/albums/{id}",
    safety="idempotent",
    body="application/json",
    styles={"query:sort": Style("deepObject", explode=True), "query:back": Style("form", explode=True, reserved=True)},
    answers={"204": {}},
)

PHOTOS_KEEP_ALBUM_MULTIPART: Final[Operation[None]] = Operation(
    name="photos.keep_album_multipart",
    method="PUT",
    path="/albums/{id}",
    safety="idempotent",
    body="multipart/mixed",
    files=("cover",),
    parts={"title": "text/markdown", "cover": "image/png, image/jpeg"},
    styles={"query:sort": Style("deepObject", explode=True), "query:back": Style("form", explode=True, reserved=True)},
    answers={"204": {}},
)

PHOTOS_KEEP_ALBUM_TEXT: Final[Operation[None]] = Operation(
    name="photos.keep_album_text",
    method="PUT",
    path="/albums/{id}",
    safety="idempotent",
    body="application/xml",
    styles={"query:sort": Style("deepObject", explode=True), "query:back": Style("form", explode=True, reserved=True)},
    answers={"204": {}},
)

PHOTOS_KEEP_ALBUM_BYTES: Final[Operation[None]] = Operation(
    name="photos.keep_album_bytes",
    method="PUT",
    path="/albums/{id}",
    safety="idempotent",
    body="image/png",
    others=("image/jpeg",),
    styles={"query:sort": Style("deepObject", explode=True), "query:back": Style("form", explode=True, reserved=True)},
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

    async def keep_album(
        self,
        id: str,
        *,
        id_body: int,
        kind: models.Kind | None = None,
        additional_properties: dict[str, int | str] | None = None,
        sort: dict[str, dict[str, str]] | None = None,
        back: str | None = None,
        options: RequestOptions | None = None,
    ) -> None:
        """Keep an album.

        Sends the body as `application/json`. For other media types: `keep_album_multipart`, `keep_album_text`,
        `keep_album_bytes`.

        Args:
            additional_properties: Properties that the document does not name.
        """
        return await self._caller.call(
            PHOTOS_KEEP_ALBUM,
            path=(id,),
            query=present({"sort": sort, "back": back}),
            body={**(additional_properties or {}), "id": id_body, **present({"kind": kind})},
            options=options,
        )

    async def keep_album_multipart(
        self,
        id: str,
        *,
        title: str,
        cover: FileInput | None = None,
        link: str | None = None,
        cover_x_turned: int | None = None,
        sort: dict[str, dict[str, str]] | None = None,
        back: str | None = None,
        options: RequestOptions | None = None,
    ) -> None:
        """Keep an album.

        Sends the body as `multipart/mixed`. For other media types: `keep_album`, `keep_album_text`, `keep_album_bytes`.
        """
        return await self._caller.call(
            PHOTOS_KEEP_ALBUM_MULTIPART,
            path=(id,),
            query=present({"sort": sort, "back": back}),
            body={
                "title": title,
                **present({"cover": with_headers(cover, present({"X-Turned": cover_x_turned})), "link": link}),
            },
            options=options,
        )

    async def keep_album_text(
        self,
        id: str,
        *,
        body: str,
        sort: dict[str, dict[str, str]] | None = None,
        back: str | None = None,
        options: RequestOptions | None = None,
    ) -> None:
        """Keep an album.

        Sends the body as `application/xml`. For other media types: `keep_album`, `keep_album_multipart`,
        `keep_album_bytes`.
        """
        return await self._caller.call(
            PHOTOS_KEEP_ALBUM_TEXT, path=(id,), query=present({"sort": sort, "back": back}), body=body, options=options
        )

    async def keep_album_bytes(
        self,
        id: str,
        *,
        body: FileInput,
        sort: dict[str, dict[str, str]] | None = None,
        back: str | None = None,
        options: RequestOptions | None = None,
    ) -> None:
        """Keep an album.

        Sends the body as what the file's name, or its own media type, says it is: `image/png`, `image/jpeg`. For other
        media types: `keep_album`, `keep_album_multipart`, `keep_album_text`.
        """
        return await self._caller.call(
            PHOTOS_KEEP_ALBUM_BYTES, path=(id,), query=present({"sort": sort, "back": back}), body=body, options=options
        )


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

    async def keep_album(
        self,
        id: str,
        *,
        id_body: int,
        kind: models.Kind | None = None,
        additional_properties: dict[str, int | str] | None = None,
        sort: dict[str, dict[str, str]] | None = None,
        back: str | None = None,
        options: RequestOptions | None = None,
    ) -> Response[None]:
        """Do as `Photos.keep_album` does, and return the whole answer."""
        return await self._caller.respond(
            PHOTOS_KEEP_ALBUM,
            path=(id,),
            query=present({"sort": sort, "back": back}),
            body={**(additional_properties or {}), "id": id_body, **present({"kind": kind})},
            options=options,
        )

    async def keep_album_multipart(
        self,
        id: str,
        *,
        title: str,
        cover: FileInput | None = None,
        link: str | None = None,
        cover_x_turned: int | None = None,
        sort: dict[str, dict[str, str]] | None = None,
        back: str | None = None,
        options: RequestOptions | None = None,
    ) -> Response[None]:
        """Do as `Photos.keep_album_multipart` does, and return the whole answer."""
        return await self._caller.respond(
            PHOTOS_KEEP_ALBUM_MULTIPART,
            path=(id,),
            query=present({"sort": sort, "back": back}),
            body={
                "title": title,
                **present({"cover": with_headers(cover, present({"X-Turned": cover_x_turned})), "link": link}),
            },
            options=options,
        )

    async def keep_album_text(
        self,
        id: str,
        *,
        body: str,
        sort: dict[str, dict[str, str]] | None = None,
        back: str | None = None,
        options: RequestOptions | None = None,
    ) -> Response[None]:
        """Do as `Photos.keep_album_text` does, and return the whole answer."""
        return await self._caller.respond(
            PHOTOS_KEEP_ALBUM_TEXT, path=(id,), query=present({"sort": sort, "back": back}), body=body, options=options
        )

    async def keep_album_bytes(
        self,
        id: str,
        *,
        body: FileInput,
        sort: dict[str, dict[str, str]] | None = None,
        back: str | None = None,
        options: RequestOptions | None = None,
    ) -> Response[None]:
        """Do as `Photos.keep_album_bytes` does, and return the whole answer."""
        return await self._caller.respond(
            PHOTOS_KEEP_ALBUM_BYTES, path=(id,), query=present({"sort": sort, "back": back}), body=body, options=options
        )
