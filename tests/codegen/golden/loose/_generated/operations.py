"""Operations of Loose.

Generated from loose.yaml (sha256 d371705fc18775ccee4aed9a4e5b20c3235c9e6c2133fd7d9ed69d764d03b6ed)
by `python -m codegen generate loose.yaml --package loose`. Do not edit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final

from reknit.options import RequestOptions
from reknit.runtime import Caller, Implied, Json, Operation, Response, lazy_module, present

if TYPE_CHECKING:
    from . import models
else:
    models = lazy_module(__name__, "models")  # loaded when it is first needed

BOXES_KEEP: Final[Operation[models.Box]] = Operation(
    name="boxes.keep",
    method="PUT",
    path="/boxes",
    safety="idempotent",
    body="application/json",
    answers={"200": {"application/json": Json(lambda: models.Box)}},
    errors={"default": {"application/json": Json(lambda: Annotated[models.KeepAnswer, Implied(dict)])}},
)

BOXES_ALL: Final[Operation[list[models.Box]]] = Operation(
    name="boxes.all",
    method="GET",
    path="/boxes",
    safety="idempotent",
    answers={"200": {"application/json": Json(lambda: Annotated[list[models.Box], Implied(list)])}},
)


class Boxes:
    """The operations of `boxes`."""

    __slots__ = ("_caller", "with_response")

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self.with_response = BoxesWithResponse(caller)

    async def keep(
        self,
        *,
        name: str,
        lid: models.Lid | None = None,
        lids: list[models.Lid] | None = None,
        additional_properties: dict[str, Any] | None = None,
        options: RequestOptions | None = None,
    ) -> models.Box:
        """Keep a box.

        Args:
            additional_properties: Properties that the document does not name.

        Raises:
            APIError: An error. `body`: `KeepAnswer`.
        """
        return await self._caller.call(
            BOXES_KEEP,
            body={**(additional_properties or {}), "name": name, **present({"lid": lid, "lids": lids})},
            options=options,
        )

    async def all(self, *, options: RequestOptions | None = None) -> list[models.Box]:
        """List all boxes."""
        return await self._caller.call(BOXES_ALL, options=options)


class BoxesWithResponse:
    """The operations of `Boxes`, each with the whole answer: status, headers, attempts."""

    __slots__ = ("_caller",)

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    async def keep(
        self,
        *,
        name: str,
        lid: models.Lid | None = None,
        lids: list[models.Lid] | None = None,
        additional_properties: dict[str, Any] | None = None,
        options: RequestOptions | None = None,
    ) -> Response[models.Box]:
        """Do as `Boxes.keep` does, and return the whole answer."""
        return await self._caller.respond(
            BOXES_KEEP,
            body={**(additional_properties or {}), "name": name, **present({"lid": lid, "lids": lids})},
            options=options,
        )

    async def all(self, *, options: RequestOptions | None = None) -> Response[list[models.Box]]:
        """Do as `Boxes.all` does, and return the whole answer."""
        return await self._caller.respond(BOXES_ALL, options=options)
