"""Operations of Gates.

Generated from gates.yaml (sha256 628041ccaf09613a1ae348116dc519266b68fbe27f6fdf1e97f96c9185e07aca)
by `python -m codegen generate gates.yaml --package gates`. Do not edit.
"""

from __future__ import annotations

from typing import Any, Final

from reknit.options import RequestOptions
from reknit.runtime import ApiServer, Caller, Json, Operation, Response, ServerVariable

GATES_USUAL: Final[Operation[dict[str, Any]]] = Operation(
    name="gates.usual",
    method="GET",
    path="/usual",
    safety="idempotent",
    answers={"200": {"application/json": Json(lambda: dict[str, Any])}},
)

GATES_OPEN: Final[Operation[dict[str, Any]]] = Operation(
    name="gates.open",
    method="GET",
    path="/open",
    safety="idempotent",
    security=(),
    answers={"200": {"application/json": Json(lambda: dict[str, Any])}},
)

GATES_MAYBE: Final[Operation[dict[str, Any]]] = Operation(
    name="gates.maybe",
    method="GET",
    path="/maybe",
    safety="idempotent",
    security=((), ("key",)),
    answers={"200": {"application/json": Json(lambda: dict[str, Any])}},
)

GATES_BASIC: Final[Operation[dict[str, Any]]] = Operation(
    name="gates.basic",
    method="GET",
    path="/basic",
    safety="idempotent",
    security=(("basic",),),
    answers={"200": {"application/json": Json(lambda: dict[str, Any])}},
)

GATES_DIGEST: Final[Operation[dict[str, Any]]] = Operation(
    name="gates.digest",
    method="GET",
    path="/digest",
    safety="idempotent",
    security=(("digest",),),
    answers={"200": {"application/json": Json(lambda: dict[str, Any])}},
)

GATES_HMAC: Final[Operation[dict[str, Any]]] = Operation(
    name="gates.hmac",
    method="GET",
    path="/hmac",
    safety="idempotent",
    security=(("hmac",),),
    answers={"200": {"application/json": Json(lambda: dict[str, Any])}},
)

GATES_OAUTH: Final[Operation[dict[str, Any]]] = Operation(
    name="gates.oauth",
    method="GET",
    path="/oauth",
    safety="idempotent",
    security=(("oauth",), ("openid",)),
    answers={"200": {"application/json": Json(lambda: dict[str, Any])}},
)

GATES_ALL_AT_ONCE: Final[Operation[dict[str, Any]]] = Operation(
    name="gates.all_at_once",
    method="GET",
    path="/all",
    safety="idempotent",
    security=(("key", "user", "session", "theme", "bearer"),),
    answers={"200": {"application/json": Json(lambda: dict[str, Any])}},
)

GATES_BOTH_IN_ONE_HEADER: Final[Operation[dict[str, Any]]] = Operation(
    name="gates.both_in_one_header",
    method="GET",
    path="/both",
    safety="idempotent",
    security=(("basic", "oauth"),),
    answers={"200": {"application/json": Json(lambda: dict[str, Any])}},
)

GATES_CERTIFICATE: Final[Operation[dict[str, Any]]] = Operation(
    name="gates.certificate",
    method="GET",
    path="/certificate",
    safety="idempotent",
    security=(("certificate", "key"),),
    answers={"200": {"application/json": Json(lambda: dict[str, Any])}},
)

GATES_UNDESCRIBED: Final[Operation[dict[str, Any]]] = Operation(
    name="gates.undescribed",
    method="GET",
    path="/undescribed",
    safety="idempotent",
    security=(("nobody",),),
    answers={"200": {"application/json": Json(lambda: dict[str, Any])}},
)

GATES_FILES: Final[Operation[dict[str, Any]]] = Operation(
    name="gates.files",
    method="GET",
    path="/files",
    safety="idempotent",
    servers=(
        ApiServer(
            "https://files.{region}.gates.example:{port}",
            {"region": ServerVariable("eu"), "port": ServerVariable("8443")},
        ),
    ),
    answers={"200": {"application/json": Json(lambda: dict[str, Any])}},
)

GATES_RELATIVE: Final[Operation[dict[str, Any]]] = Operation(
    name="gates.relative",
    method="PUT",
    path="/files",
    safety="idempotent",
    servers=(ApiServer("/{branch}/v2", {"branch": ServerVariable("main")}),),
    answers={"200": {"application/json": Json(lambda: dict[str, Any])}},
)


class Gates:
    """The operations of `gates`."""

    __slots__ = ("_caller", "with_response")

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self.with_response = GatesWithResponse(caller)

    async def usual(self, *, options: RequestOptions | None = None) -> dict[str, Any]:
        """Call `GET /usual`."""
        return await self._caller.call(GATES_USUAL, options=options)

    async def open(self, *, options: RequestOptions | None = None) -> dict[str, Any]:
        """Call `GET /open`."""
        return await self._caller.call(GATES_OPEN, options=options)

    async def maybe(self, *, options: RequestOptions | None = None) -> dict[str, Any]:
        """Call `GET /maybe`."""
        return await self._caller.call(GATES_MAYBE, options=options)

    async def basic(self, *, options: RequestOptions | None = None) -> dict[str, Any]:
        """Call `GET /basic`."""
        return await self._caller.call(GATES_BASIC, options=options)

    async def digest(self, *, options: RequestOptions | None = None) -> dict[str, Any]:
        """Call `GET /digest`."""
        return await self._caller.call(GATES_DIGEST, options=options)

    async def hmac(self, *, options: RequestOptions | None = None) -> dict[str, Any]:
        """Call `GET /hmac`."""
        return await self._caller.call(GATES_HMAC, options=options)

    async def oauth(self, *, options: RequestOptions | None = None) -> dict[str, Any]:
        """Call `GET /oauth`.

        Scopes of the token: `read`, `write`; or `all`.
        """
        return await self._caller.call(GATES_OAUTH, options=options)

    async def all_at_once(self, *, options: RequestOptions | None = None) -> dict[str, Any]:
        """Call `GET /all`."""
        return await self._caller.call(GATES_ALL_AT_ONCE, options=options)

    async def both_in_one_header(self, *, options: RequestOptions | None = None) -> dict[str, Any]:
        """Call `GET /both`."""
        return await self._caller.call(GATES_BOTH_IN_ONE_HEADER, options=options)

    async def certificate(self, *, options: RequestOptions | None = None) -> dict[str, Any]:
        """Call `GET /certificate`."""
        return await self._caller.call(GATES_CERTIFICATE, options=options)

    async def undescribed(self, *, options: RequestOptions | None = None) -> dict[str, Any]:
        """Call `GET /undescribed`."""
        return await self._caller.call(GATES_UNDESCRIBED, options=options)

    async def files(self, *, options: RequestOptions | None = None) -> dict[str, Any]:
        """Call `GET /files`."""
        return await self._caller.call(GATES_FILES, options=options)

    async def relative(self, *, options: RequestOptions | None = None) -> dict[str, Any]:
        """Call `PUT /files`."""
        return await self._caller.call(GATES_RELATIVE, options=options)


class GatesWithResponse:
    """The operations of `Gates`, each with the whole answer: status, headers, attempts."""

    __slots__ = ("_caller",)

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    async def usual(self, *, options: RequestOptions | None = None) -> Response[dict[str, Any]]:
        """Do as `Gates.usual` does, and return the whole answer."""
        return await self._caller.respond(GATES_USUAL, options=options)

    async def open(self, *, options: RequestOptions | None = None) -> Response[dict[str, Any]]:
        """Do as `Gates.open` does, and return the whole answer."""
        return await self._caller.respond(GATES_OPEN, options=options)

    async def maybe(self, *, options: RequestOptions | None = None) -> Response[dict[str, Any]]:
        """Do as `Gates.maybe` does, and return the whole answer."""
        return await self._caller.respond(GATES_MAYBE, options=options)

    async def basic(self, *, options: RequestOptions | None = None) -> Response[dict[str, Any]]:
        """Do as `Gates.basic` does, and return the whole answer."""
        return await self._caller.respond(GATES_BASIC, options=options)

    async def digest(self, *, options: RequestOptions | None = None) -> Response[dict[str, Any]]:
        """Do as `Gates.digest` does, and return the whole answer."""
        return await self._caller.respond(GATES_DIGEST, options=options)

    async def hmac(self, *, options: RequestOptions | None = None) -> Response[dict[str, Any]]:
        """Do as `Gates.hmac` does, and return the whole answer."""
        return await self._caller.respond(GATES_HMAC, options=options)

    async def oauth(self, *, options: RequestOptions | None = None) -> Response[dict[str, Any]]:
        """Do as `Gates.oauth` does, and return the whole answer."""
        return await self._caller.respond(GATES_OAUTH, options=options)

    async def all_at_once(self, *, options: RequestOptions | None = None) -> Response[dict[str, Any]]:
        """Do as `Gates.all_at_once` does, and return the whole answer."""
        return await self._caller.respond(GATES_ALL_AT_ONCE, options=options)

    async def both_in_one_header(self, *, options: RequestOptions | None = None) -> Response[dict[str, Any]]:
        """Do as `Gates.both_in_one_header` does, and return the whole answer."""
        return await self._caller.respond(GATES_BOTH_IN_ONE_HEADER, options=options)

    async def certificate(self, *, options: RequestOptions | None = None) -> Response[dict[str, Any]]:
        """Do as `Gates.certificate` does, and return the whole answer."""
        return await self._caller.respond(GATES_CERTIFICATE, options=options)

    async def undescribed(self, *, options: RequestOptions | None = None) -> Response[dict[str, Any]]:
        """Do as `Gates.undescribed` does, and return the whole answer."""
        return await self._caller.respond(GATES_UNDESCRIBED, options=options)

    async def files(self, *, options: RequestOptions | None = None) -> Response[dict[str, Any]]:
        """Do as `Gates.files` does, and return the whole answer."""
        return await self._caller.respond(GATES_FILES, options=options)

    async def relative(self, *, options: RequestOptions | None = None) -> Response[dict[str, Any]]:
        """Do as `Gates.relative` does, and return the whole answer."""
        return await self._caller.respond(GATES_RELATIVE, options=options)
