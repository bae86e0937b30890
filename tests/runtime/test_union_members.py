"""Which member of a union a value becomes: the one that knows most of it, and that loses nothing."""

from __future__ import annotations

import json
from typing import Annotated, Any, ClassVar

import pytest
from attrs import define, field

from reknit.runtime import Implied, Tagged, Unknown
from reknit.runtime.codec import decoder


@define(kw_only=True)
class Plain:
    a: int | None = None


@define(kw_only=True)
class Free:
    a: int | None = None
    rest: dict[str, Any] = field(factory=dict[str, Any], metadata={"rest": True})


@define(kw_only=True)
class Rich:
    a: int | None = None
    b: int | None = None


@define(kw_only=True)
class Closed:
    __closed__: ClassVar[bool] = True

    a: int | None = None
    b: int | None = None


@pytest.mark.parametrize(
    ("raw", "union", "expected"),
    [
        ({"x": 1}, Plain | Free | Unknown, Free(rest={"x": 1})),
        ({"a": 1, "x": 1}, Plain | Free | Unknown, Free(a=1, rest={"x": 1})),
        ({"a": 1}, Plain | Free | Unknown, Plain(a=1)),
        ({"a": 1, "b": 2, "x": 3}, Free | Rich | Unknown, Rich(a=1, b=2)),
        ({"a": 1, "b": 2, "x": 3}, Closed | Free | Unknown, Free(a=1, rest={"b": 2, "x": 3})),
        ({"a": 1, "b": 2, "x": 3}, Closed | Plain | Unknown, Plain(a=1)),
        ({"a": 1, "b": 2}, Free | Closed | Unknown, Closed(a=1, b=2)),
        ({"x": 1}, Closed | Unknown, Closed()),
        ({"x": 1}, Plain | dict[str, int] | Unknown, {"x": 1}),
        ({"a": 1, "x": 1}, Plain | dict[str, int] | Unknown, Plain(a=1)),
        ({"a": 1, "b": 2}, Plain | Annotated[Rich, Implied(dict)] | Unknown, Rich(a=1, b=2)),
        ({"a": 1, "b": 2}, Plain | Annotated[Rich | Free, Tagged("kind", {})] | Unknown, Rich(a=1, b=2)),
        ([1], dict[str, Any] | Plain | list[int] | Unknown, [1]),
        (["x"], Plain | list[int] | Unknown, Unknown(["x"])),
    ],
)
def test_the_member_that_knows_most_and_loses_nothing(raw: Any, union: Any, expected: Any) -> None:
    assert decoder(union)(json.dumps(raw).encode()) == expected
