"""Documented headers become what the document says that they are; one that does not fit stays text."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any, Literal

import attrs
import pytest
from attrs import define
from multidict import CIMultiDict, CIMultiDictProxy

from reknit import errors
from reknit.runtime import AnswerHeader, Json, OpenEnum, OpenIntEnum, Operation
from reknit.runtime.headers import header_values
from tests.runtime.hub import Thing, caller_to
from tests.serving import Serve, reply


class Tier(OpenEnum):
    FREE = "free"


class Level(OpenIntEnum):
    ONE = 1


@define(kw_only=True)
class Quota:
    """What a header may hold."""

    left: int
    name: str = attrs.field(metadata={"wire": "the-name"})


def values(header: AnswerHeader, *lines: str, name: str = "X-Test") -> Any:
    described = operation({"200": {name: header}})
    headers = CIMultiDictProxy(CIMultiDict([(name, line) for line in lines]))
    return header_values(described, 200, headers).get(name)


def operation(headers: dict[str, dict[str, AnswerHeader]]) -> Operation[Thing]:
    return Operation(
        name="things.get",
        method="GET",
        path="/thing",
        safety="idempotent",
        answers={"200": {"application/json": Json(lambda: Thing)}},
        headers=headers,
    )


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (str, "12", "12"),
        (str, "a,b", "a,b"),
        (int, "12", 12),
        (int, "12.0", 12),
        (float, "1.5", 1.5),
        (float, "3", 3.0),
        (bool, "true", True),
        (bool, "False", False),
        (date, "2024-01-31", date(2024, 1, 31)),
        (datetime, "2024-01-31T00:00:00Z", datetime(2024, 1, 31, tzinfo=UTC)),
        (Tier, "free", Tier.FREE),
        (Level, "1", Level.ONE),
        (Literal[1, 2], "2", 2),
        (int | str, "12", 12),
        (int | str, "x", "x"),
        (int | None, "3", 3),
        (Any, "3", "3"),
        (list[int], "1, 2,3", [1, 2, 3]),
        (list[str], "", []),
        (tuple[int, str], "1,2", (1, "2")),
        (dict[str, int], "a,1,b,2", {"a": 1, "b": 2}),
        (Quota, "left,3,the-name,4", Quota(left=3, name="4")),
    ],
)
def test_a_header_is_of_its_type(kind: Any, text: str, value: Any) -> None:
    found = values(AnswerHeader(lambda: kind), text)
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("header", "text"),
    [
        (AnswerHeader(lambda: int), "many"),
        (AnswerHeader(lambda: int), "1" * 10_000),
        (AnswerHeader(lambda: date), "yesterday"),
        (AnswerHeader(lambda: list[int]), "1,x"),
        (AnswerHeader(lambda: dict[str, int]), "a"),
        (AnswerHeader(lambda: Quota), "left,3"),
        (AnswerHeader(lambda: int | date), "x"),
        (AnswerHeader(lambda: int, json=True), "{"),
        (AnswerHeader(lambda: list[int], json=True), "[" * 5000),
        (AnswerHeader(lambda: str, json=True), "\udcff\ud800"),
    ],
)
def test_a_header_that_does_not_fit_is_the_text_that_came(header: AnswerHeader, text: str) -> None:
    assert values(header, text) == text


def test_an_object_may_be_exploded_and_a_header_may_be_json() -> None:
    assert values(AnswerHeader(lambda: Quota, explode=True), "left=3,the-name=a=b") == Quota(left=3, name="a=b")
    assert values(AnswerHeader(lambda: Quota, json=True), '{"left": 3, "the-name": "ä"}') == Quota(left=3, name="ä")


def test_lines_of_one_header_are_one_list() -> None:
    assert values(AnswerHeader(lambda: list[str]), "a, b", "c") == ["a", "b", "c"]
    assert values(AnswerHeader(lambda: str), "a", "b") == "a, b"


def test_cookies_are_not_joined() -> None:
    cookies = ("a=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT", "b=2")
    assert values(AnswerHeader(lambda: list[str]), *cookies, name="Set-Cookie") == [*cookies]
    assert values(AnswerHeader(lambda: str), *cookies, name="Set-Cookie") == cookies[0]


def test_only_what_is_described_for_the_status_and_came_is_there() -> None:
    described = operation(
        {
            "200": {"X-A": AnswerHeader(lambda: int), "X-B": AnswerHeader(lambda: int)},
            "4XX": {"X-C": AnswerHeader(lambda: int)},
            "default": {},
        }
    )
    headers = {"X-A": "1", "X-C": "2"}
    assert dict(header_values(described, 200, headers)) == {"X-A": 1}
    assert dict(header_values(described, 404, headers)) == {"X-C": 2}
    assert dict(header_values(described, 500, headers)) == {}


async def test_they_are_with_the_answer_and_with_the_error(serve: Serve) -> None:
    answers = iter([reply({"id": 7}, x_left="3"), reply({}, 404, x_left="x", x_code="4")])
    served = await serve(lambda _: next(answers))
    described = operation(
        {
            "200": {"X-Left": AnswerHeader(lambda: int)},
            "404": {"X-Left": AnswerHeader(lambda: int), "X-Code": AnswerHeader(lambda: int)},
        }
    )
    caller = caller_to(served.url)
    answer = await caller.respond(described)
    assert answer.header_values["x-left"] == 3
    with pytest.raises(errors.NotFound) as caught:
        await caller.call(described)
    assert dict(caught.value.header_values) == {"X-Left": "x", "X-Code": 4}
    await caller.close()
