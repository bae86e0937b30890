"""Operations of Pet Store.

Generated from pets.yaml (sha256 59888a97d790eca6b2607624ae4435936143bbb23c256d2037bdb27eda3b7282)
by `python -m codegen generate pets.yaml --package pets`. Do not edit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from reknit.options import UNSET, RequestOptions, UnsetType
from reknit.runtime import (
    Bytes,
    Caller,
    FileContent,
    FileInput,
    Json,
    Operation,
    Response,
    Style,
    given,
    lazy_module,
    present,
)

if TYPE_CHECKING:
    from . import models
else:
    models = lazy_module(__name__, "models")  # loaded when it is first needed

PETS_LIST_PETS: Final[Operation[list[models.Pet]]] = Operation(
    name="pets.list_pets",
    method="GET",
    path="/pets",
    safety="idempotent",
    styles={"query:ids": Style("pipeDelimited", explode=False), "query:filter": Style("deepObject", explode=True)},
    secrets=("session",),
    answers={"200": {"application/json": Json(lambda: list[models.Pet])}},
)

PETS_ADD: Final[Operation[models.Pet | None]] = Operation(
    name="pets.add",
    method="POST",
    path="/pets",
    safety="unsafe",
    body="application/json",
    answers={"201": {"application/json": Json(lambda: models.Pet)}, "202": {}},
)

PETS_ADD_TEXT: Final[Operation[models.Pet | None]] = Operation(
    name="pets.add_text",
    method="POST",
    path="/pets",
    safety="unsafe",
    body="application/xml",
    answers={"201": {"application/json": Json(lambda: models.Pet)}, "202": {}},
)

PETS_UPLOAD_PHOTO: Final[Operation[bytes]] = Operation(
    name="pets.upload_photo",
    method="PUT",
    path="/pets/{petId}/photo",
    safety="idempotent",
    body="multipart/form-data",
    files=("file", "more"),
    answers={"200": {"image/png": Bytes()}},
)

PETS_POST_PETS_PET_ID_PHOTO: Final[Operation[None]] = Operation(
    name="pets.post_pets_pet_id_photo",
    method="POST",
    path="/pets/{petId}/photo",
    safety="unsafe",
    body="application/octet-stream",
    answers={"204": {}},
)


class Pets:
    """Everything with paws."""

    __slots__ = ("_caller", "with_response")

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self.with_response = PetsWithResponse(caller)

    async def list_pets(
        self,
        *,
        class_: models.ListPetsClass,
        x_trace: str | None = None,
        ids: list[int] | None = None,
        filter: models.ListPetsFilter | None = None,
        session: str | None = None,
        options: RequestOptions | None = None,
    ) -> list[models.Pet]:
        """Call `GET /pets`."""
        return await self._caller.call(
            PETS_LIST_PETS,
            query={"class": class_, **present({"ids": ids, "filter": filter})},
            headers=present({"X-Trace": x_trace}),
            cookies=present({"session": session}),
            options=options,
        )

    async def add(
        self,
        *,
        body: models.Pet,
        x_trace: str | None = None,
        options: RequestOptions | None = None,
    ) -> models.Pet | None:
        """Add a pet.

        Sends the body as `application/json`. For other media types: `add_text`.
        """
        return await self._caller.call(PETS_ADD, headers=present({"X-Trace": x_trace}), body=body, options=options)

    async def add_text(
        self,
        *,
        body: str,
        x_trace: str | None = None,
        options: RequestOptions | None = None,
    ) -> models.Pet | None:
        """Add a pet.

        Sends the body as `application/xml`. For other media types: `add`.
        """
        return await self._caller.call(PETS_ADD_TEXT, headers=present({"X-Trace": x_trace}), body=body, options=options)

    async def upload_photo(
        self,
        pet_id: int,
        *,
        file_body: FileInput,
        more: list[FileInput] | None = None,
        caption: str | UnsetType | None = UNSET,
        file: str | None = None,
        options: RequestOptions | None = None,
    ) -> bytes:
        """Upload a photo."""
        return await self._caller.call(
            PETS_UPLOAD_PHOTO,
            path=(pet_id,),
            query=present({"file": file}),
            body={"file": file_body, **present({"more": more}), **given({"caption": caption})},
            options=options,
        )

    async def post_pets_pet_id_photo(
        self,
        pet_id: int,
        *,
        body: FileContent | None = None,
        options: RequestOptions | None = None,
    ) -> None:
        """Replace the photo by raw bytes."""
        return await self._caller.call(
            PETS_POST_PETS_PET_ID_PHOTO, path=(pet_id,), body=UNSET if body is None else body, options=options
        )


class PetsWithResponse:
    """The operations of `Pets`, each with the whole answer: status, headers, attempts."""

    __slots__ = ("_caller",)

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    async def list_pets(
        self,
        *,
        class_: models.ListPetsClass,
        x_trace: str | None = None,
        ids: list[int] | None = None,
        filter: models.ListPetsFilter | None = None,
        session: str | None = None,
        options: RequestOptions | None = None,
    ) -> Response[list[models.Pet]]:
        """Do as `Pets.list_pets` does, and return the whole answer."""
        return await self._caller.respond(
            PETS_LIST_PETS,
            query={"class": class_, **present({"ids": ids, "filter": filter})},
            headers=present({"X-Trace": x_trace}),
            cookies=present({"session": session}),
            options=options,
        )

    async def add(
        self,
        *,
        body: models.Pet,
        x_trace: str | None = None,
        options: RequestOptions | None = None,
    ) -> Response[models.Pet | None]:
        """Do as `Pets.add` does, and return the whole answer."""
        return await self._caller.respond(PETS_ADD, headers=present({"X-Trace": x_trace}), body=body, options=options)

    async def add_text(
        self,
        *,
        body: str,
        x_trace: str | None = None,
        options: RequestOptions | None = None,
    ) -> Response[models.Pet | None]:
        """Do as `Pets.add_text` does, and return the whole answer."""
        return await self._caller.respond(
            PETS_ADD_TEXT, headers=present({"X-Trace": x_trace}), body=body, options=options
        )

    async def upload_photo(
        self,
        pet_id: int,
        *,
        file_body: FileInput,
        more: list[FileInput] | None = None,
        caption: str | UnsetType | None = UNSET,
        file: str | None = None,
        options: RequestOptions | None = None,
    ) -> Response[bytes]:
        """Do as `Pets.upload_photo` does, and return the whole answer."""
        return await self._caller.respond(
            PETS_UPLOAD_PHOTO,
            path=(pet_id,),
            query=present({"file": file}),
            body={"file": file_body, **present({"more": more}), **given({"caption": caption})},
            options=options,
        )

    async def post_pets_pet_id_photo(
        self,
        pet_id: int,
        *,
        body: FileContent | None = None,
        options: RequestOptions | None = None,
    ) -> Response[None]:
        """Do as `Pets.post_pets_pet_id_photo` does, and return the whole answer."""
        return await self._caller.respond(
            PETS_POST_PETS_PET_ID_PHOTO, path=(pet_id,), body=UNSET if body is None else body, options=options
        )


DEFAULT_LOGIN: Final[Operation[models.Settings]] = Operation(
    name="default.login",
    method="POST",
    path="/login",
    safety="unsafe",
    body="application/x-www-form-urlencoded",
    answers={"default": {"application/json": Json(lambda: models.Settings)}},
    errors={"default": {"application/json": Json(lambda: models.Settings)}},
)

DEFAULT_PATCH_ANYTHING: Final[Operation[Any]] = Operation(
    name="default.patch_anything",
    method="PATCH",
    path="/anything",
    safety="unsafe",
    body="application/merge-patch+json",
    answers={"200": {"application/json": Json(lambda: Any)}},
)


class Default:
    """The operations of `default`."""

    __slots__ = ("_caller", "with_response")

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self.with_response = DefaultWithResponse(caller)

    async def login(
        self,
        *,
        user: str,
        options_body: str | None = None,
        options: RequestOptions | None = None,
    ) -> models.Settings:
        """Call `POST /login`."""
        return await self._caller.call(
            DEFAULT_LOGIN, body={"user": user, **present({"options": options_body})}, options=options
        )

    async def patch_anything(self, *, body: dict[str, Any] | None = None, options: RequestOptions | None = None) -> Any:
        """Call `PATCH /anything`."""
        return await self._caller.call(DEFAULT_PATCH_ANYTHING, body=UNSET if body is None else body, options=options)


class DefaultWithResponse:
    """The operations of `Default`, each with the whole answer: status, headers, attempts."""

    __slots__ = ("_caller",)

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    async def login(
        self,
        *,
        user: str,
        options_body: str | None = None,
        options: RequestOptions | None = None,
    ) -> Response[models.Settings]:
        """Do as `Default.login` does, and return the whole answer."""
        return await self._caller.respond(
            DEFAULT_LOGIN, body={"user": user, **present({"options": options_body})}, options=options
        )

    async def patch_anything(
        self, *, body: dict[str, Any] | None = None, options: RequestOptions | None = None
    ) -> Response[Any]:
        """Do as `Default.patch_anything` does, and return the whole answer."""
        return await self._caller.respond(DEFAULT_PATCH_ANYTHING, body=UNSET if body is None else body, options=options)
