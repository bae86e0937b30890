"""The little of HTTP that an API of the sandbox deals in.

An API answers a `Call` with an `Answer`, in one synchronous step: nothing can come between the look at its state and
the change of it. Neither knows of sockets; `server.py` reads the one and writes the other.
"""

from __future__ import annotations

import json
import math
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, ClassVar, Final, Literal, NoReturn, TypeAlias, TypeGuard

from attrs import define, evolve, field, frozen

__all__ = [
    "Answer",
    "Api",
    "BadBody",
    "Call",
    "Form",
    "Handler",
    "Json",
    "Refused",
    "Route",
    "StateConflict",
    "UploadedFile",
    "is_array",
    "is_object",
    "json_answer",
    "no_content",
    "read_json",
    "text_answer",
]

Json: TypeAlias = dict[str, Any]

_DEEPEST: Final = 100
_LARGE_NUMBER: Final = re.compile(rb"[eE]\+?0*[1-9][0-9]{2}|[0-9]{300}")


def is_object(value: object) -> TypeGuard[dict[str, Any]]:
    """Say whether a JSON value is an object."""
    return isinstance(value, dict)


def is_array(value: object) -> TypeGuard[list[Any]]:
    """Say whether a JSON value is an array."""
    return isinstance(value, list)


class BadBody(ValueError):
    """The body is not what its content type says, is of another type than the operation takes, or is too large."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


@frozen
class UploadedFile:
    """What is kept of an uploaded file: everything but its content."""

    name: str
    media_type: str
    size: int
    sha256: str


@frozen
class Form:
    """A multipart body: its text fields, and the files that came with it."""

    fields: Mapping[str, str]
    files: Mapping[str, UploadedFile]


@define(eq=False)
class Call:
    """A request to one operation.

    `path` is as it came, percent-encoded, without the API's prefix; `parameters` are the decoded segments of the route.
    `raw` is the body, `upload` the multipart body of an operation that takes one, `unreadable` what was wrong with
    either.
    """

    operation: str
    method: str
    path: str
    parameters: Mapping[str, str]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    raw: bytes = b""
    upload: Form | None = None
    unreadable: BadBody | None = None

    @cached_property
    def body(self) -> Any:
        """The JSON body; None without one. Raises BadBody where it cannot be read."""
        if self.unreadable is not None:
            raise self.unreadable
        if not self.raw:
            return None
        media_type = self.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if media_type != "application/json":
            raise BadBody(f"the body must be application/json, not {media_type or 'of no type'}")
        return read_json(self.raw)

    @property
    def object(self) -> Json:
        """The body where it is a JSON object, an empty one without a body. Raises BadBody for any other."""
        body = self.body
        if body is None:
            return {}
        if not is_object(body):
            raise BadBody("the body must be a JSON object")
        return body

    @property
    def size(self) -> int:
        """How many bytes of body came, without the framing of a multipart one."""
        return len(self.raw) + (sum(file.size for file in self.upload.files.values()) if self.upload else 0)

    @property
    def form(self) -> Form:
        """The multipart body. Raises BadBody where it cannot be read."""
        if self.unreadable is not None or self.upload is None:
            raise self.unreadable or BadBody("there is no multipart body")
        return self.upload


def read_json(raw: bytes) -> Any:
    """Return what a body says. Raises BadBody where it is no JSON, or what could not be answered or kept as JSON."""
    try:
        value = json.loads(raw, parse_constant=_refuse_constant)
        if _LARGE_NUMBER.search(raw):
            json.loads(raw, parse_float=_refuse_infinity)
        if raw.count(b"[") + raw.count(b"{") > _DEEPEST and _is_deep(value):
            raise RecursionError
        if b"\\ud" in raw.lower():
            json.dumps(value, ensure_ascii=False).encode()  # half of a surrogate pair is no text
        return value
    except RecursionError:
        raise BadBody("the body is nested too deeply") from None
    except ValueError as error:
        raise BadBody(f"the body is not JSON: {error}") from None


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")  # Python's parser takes NaN and Infinity unless told otherwise


def _refuse_infinity(text: str) -> None:
    if math.isinf(float(text)):
        raise ValueError(f"{text[:20]} is too large a number")


def _is_deep(value: object) -> bool:
    """Say whether a value is nested more deeply than validators follow."""
    level = [value]
    for _ in range(_DEEPEST):
        level = [
            inner
            for item in level
            if isinstance(item, dict | list)
            for inner in (item.values() if is_object(item) else item)
        ]
        if not level:
            return False
    return True


@frozen
class Answer:
    """A response. `content` is the encoded body, `media_type` None where there is none."""

    status: int
    content: bytes = b""
    media_type: str | None = None
    headers: Mapping[str, str] = field(factory=dict[str, str])

    def with_headers(self, headers: Mapping[str, str]) -> Answer:
        """Return the answer with further headers."""
        return evolve(self, headers={**self.headers, **headers})


def json_answer(value: object, status: int = 200) -> Answer:
    """Return an answer of JSON."""
    content = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    return Answer(status, content, "application/json")


def text_answer(text: str, status: int = 200) -> Answer:
    """Return an answer of plain text."""
    return Answer(status, text.encode(), "text/plain")


def no_content() -> Answer:
    """Return 204, which has no body."""
    return Answer(204)


class StateConflict(ValueError):
    """What is asked of a thing does not go with the state that it is in."""


class Refused(Exception):
    """An API's no, raised from wherever it is found out."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


Handler: TypeAlias = Callable[[Call], Answer]


@frozen
class Route:
    """An operation and where it lives. `path` may hold `{parameters}`, one segment each; a colon in it is literal.

    `check` says what its contract forbids in a call.
    """

    method: str
    path: str
    operation: str
    handler: Handler
    body: Literal["json", "form"] = "json"
    check: Callable[[Call], list[str]] | None = None


class Api(ABC):
    """One of the four APIs: its behaviour, its state, and the shape of its errors."""

    name: ClassVar[str]
    #: What stands before the API's own paths, so that the four can share a port.
    prefix: ClassVar[str]

    @abstractmethod
    def handlers(self) -> Mapping[str, Handler]:
        """Return what answers each operation, by the name that the contract gives it."""

    @abstractmethod
    def admit(self, call: Call) -> None:
        """Check the credentials (and limits, where there are some), or raise Refused."""

    @abstractmethod
    def problem(self, status: int, message: str) -> Answer:
        """Return an error in the API's own shape, for whatever no operation answers itself."""

    def invalid(self, problems: list[str]) -> Answer:
        """Return the error for a call that the contract forbids."""
        return self.problem(400, "; ".join(problems))

    def finish(self, call: Call, answer: Answer) -> Answer:  # noqa: ARG002  # what an API that overrides it needs
        """Add what stands on every answer of the API."""
        return answer

    def answer(self, route: Route, call: Call) -> Answer:
        """Answer a call; errors are answers too."""
        try:
            self.admit(call)
            problems = route.check(call) if route.check is not None else []
            answer = self.invalid(problems) if problems else route.handler(call)
        except Refused as no:
            answer = no.answer
        except BadBody as error:
            answer = self.problem(error.status, str(error))
        return self.finish(call, answer)
