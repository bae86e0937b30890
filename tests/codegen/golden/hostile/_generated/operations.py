"""Operations of Hostile\"\"\" import os; os.system('true') #.

Generated from hostile.yaml (sha256 415cef0f8a986339c767a90746e763e26e8fb8a9809fc10a744a4d9e5d3e38bb)
by `python -m codegen generate hostile.yaml --package hostile`. Do not edit.
"""

from __future__ import annotations

import builtins
import datetime as dt
from datetime import date
from typing import TYPE_CHECKING, Final

from reknit.options import RequestOptions
from reknit.runtime import Caller, Json, Operation, Response, lazy_module, present

if TYPE_CHECKING:
    from . import models
else:
    models = lazy_module(__name__, "models")  # loaded when it is first needed

A_B_IMPORT_OS: Final[Operation[models.Class]] = Operation(
    name="a_b.import_os",
    method="GET",
    path='/it\'s/"{x"y}"',
    safety="idempotent",
    answers={"200": {"application/json": Json(lambda: models.Class)}},
)

A_B_WITH_RESPONSE: Final[Operation[None]] = Operation(
    name="a_b.with_response_",
    method="POST",
    path='/it\'s/"{x"y}"',
    safety="unsafe",
    answers={"204": {}},
)


class AB:
    """ends in a quote\""""

    __slots__ = ("_caller", "with_response")

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self.with_response = ABWithResponse(caller)

    async def import_os(
        self,
        x_y: str,
        *,
        q_1: str | None = None,
        self_query: str | None = None,
        options_query: str | None = None,
        present_query: str | None = None,
        from_: str | None = None,
        from_header: str | None = None,
        from_query: str | None = None,
        parameter: str | None = None,
        options: RequestOptions | None = None,
    ) -> models.Class:
        """ends in a backslash\\.

        line separator, bidi , tab   , null , escape \\x41, quotes \"\"\"

        Args:
            x_y: \"\"\".
            q_1: a b: c import os.

        Raises:
            NotFound: 404. \"\"\" ) import os.
        """
        return await self._caller.call(
            A_B_IMPORT_OS,
            path=(x_y,),
            query=present(
                {
                    "q\n= 1": q_1,
                    "self": self_query,
                    "options": options_query,
                    "present": present_query,
                    "from": from_,
                    "FROM": from_query,
                    "": parameter,
                }
            ),
            headers=present({"from": from_header}),
            options=options,
        )

    async def with_response_(self, x_y: str, *, options: RequestOptions | None = None) -> None:
        """Call `POST /it's/"{x"y}"`."""
        return await self._caller.call(A_B_WITH_RESPONSE, path=(x_y,), options=options)


class ABWithResponse:
    """The operations of `AB`, each with the whole answer: status, headers, attempts."""

    __slots__ = ("_caller",)

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    async def import_os(
        self,
        x_y: str,
        *,
        q_1: str | None = None,
        self_query: str | None = None,
        options_query: str | None = None,
        present_query: str | None = None,
        from_: str | None = None,
        from_header: str | None = None,
        from_query: str | None = None,
        parameter: str | None = None,
        options: RequestOptions | None = None,
    ) -> Response[models.Class]:
        """Do as `AB.import_os` does, and return the whole answer."""
        return await self._caller.respond(
            A_B_IMPORT_OS,
            path=(x_y,),
            query=present(
                {
                    "q\n= 1": q_1,
                    "self": self_query,
                    "options": options_query,
                    "present": present_query,
                    "from": from_,
                    "FROM": from_query,
                    "": parameter,
                }
            ),
            headers=present({"from": from_header}),
            options=options,
        )

    async def with_response_(self, x_y: str, *, options: RequestOptions | None = None) -> Response[None]:
        """Do as `AB.with_response_` does, and return the whole answer."""
        return await self._caller.respond(A_B_WITH_RESPONSE, path=(x_y,), options=options)


CLASS_LIST: Final[Operation[list[models.AnyModel]]] = Operation(
    name="class_.list",
    method="GET",
    path="/list",
    safety="idempotent",
    answers={"200": {"application/json": Json(lambda: list[models.AnyModel])}},
)

CLASS_SET: Final[Operation[list[int]]] = Operation(
    name="class_.set",
    method="GET",
    path="/set",
    safety="idempotent",
    answers={"200": {"application/json": Json(lambda: list[int])}},
)

CLASS_STR: Final[Operation[date]] = Operation(
    name="class_.str",
    method="GET",
    path="/str",
    safety="idempotent",
    answers={"200": {"application/json": Json(lambda: date)}},
)

CLASS_DATE: Final[Operation[date]] = Operation(
    name="class_.date",
    method="GET",
    path="/date",
    safety="idempotent",
    answers={"200": {"application/json": Json(lambda: date)}},
)

CLASS_LIST_2: Final[Operation[None]] = Operation(
    name="class_.list_",
    method="GET",
    path="/again",
    safety="idempotent",
    answers={},
)


class Class:
    """The operations of `class_`."""

    __slots__ = ("_caller", "with_response")

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self.with_response = ClassWithResponse(caller)

    async def list(self, *, options: RequestOptions | None = None) -> builtins.list[models.AnyModel]:
        """Call `GET /list`."""
        return await self._caller.call(CLASS_LIST, options=options)

    async def set(self, *, options: RequestOptions | None = None) -> builtins.list[int]:
        """Call `GET /set`."""
        return await self._caller.call(CLASS_SET, options=options)

    async def str(self, *, options: RequestOptions | None = None) -> dt.date:
        """Call `GET /str`."""
        return await self._caller.call(CLASS_STR, options=options)

    async def date(self, *, options: RequestOptions | None = None) -> dt.date:
        """Call `GET /date`."""
        return await self._caller.call(CLASS_DATE, options=options)

    async def list_(self, *, options: RequestOptions | None = None) -> None:
        """Call `GET /again`."""
        return await self._caller.call(CLASS_LIST_2, options=options)


class ClassWithResponse:
    """The operations of `Class`, each with the whole answer: status, headers, attempts."""

    __slots__ = ("_caller",)

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    async def list(self, *, options: RequestOptions | None = None) -> Response[builtins.list[models.AnyModel]]:
        """Do as `Class.list` does, and return the whole answer."""
        return await self._caller.respond(CLASS_LIST, options=options)

    async def set(self, *, options: RequestOptions | None = None) -> Response[builtins.list[int]]:
        """Do as `Class.set` does, and return the whole answer."""
        return await self._caller.respond(CLASS_SET, options=options)

    async def str(self, *, options: RequestOptions | None = None) -> Response[dt.date]:
        """Do as `Class.str` does, and return the whole answer."""
        return await self._caller.respond(CLASS_STR, options=options)

    async def date(self, *, options: RequestOptions | None = None) -> Response[dt.date]:
        """Do as `Class.date` does, and return the whole answer."""
        return await self._caller.respond(CLASS_DATE, options=options)

    async def list_(self, *, options: RequestOptions | None = None) -> Response[None]:
        """Do as `Class.list_` does, and return the whole answer."""
        return await self._caller.respond(CLASS_LIST_2, options=options)
