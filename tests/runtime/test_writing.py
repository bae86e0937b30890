"""JSON out: what is written, and what is refused with its place before a byte is sent."""

from __future__ import annotations

import json
import math
from collections import ChainMap, OrderedDict, UserDict
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import Enum, IntEnum
from types import MappingProxyType
from typing import Any, NamedTuple
from uuid import UUID

import pytest
from attrs import define, field
from hypothesis import given, settings
from hypothesis import strategies as st

from reknit.errors import InvalidArgument
from reknit.options import UNSET, UnsetType
from reknit.runtime import OpenEnum, OpenIntEnum, Unknown
from reknit.runtime.writing import encode


class Risk(OpenEnum):
    READ = "read"


class Size(OpenIntEnum):
    SMALL = 1


class Plain(Enum):
    A = "a"
    PAIR = (1, 2)


class Level(IntEnum):
    HIGH = 3


class Text(str):
    __slots__ = ()


class Flexible(float):
    __slots__ = ()


class EqualsAll:
    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = None  # type: ignore[assignment]


@define(kw_only=True)
class Item:
    """As whole as can be."""

    title: str
    note: str | None = None
    tri: str | None | UnsetType = UNSET
    required: str | None
    rest: Any = None


@define(kw_only=True)
class Renamed:
    user_id: str = field(metadata={"wire": "userID"})
    items: list[Item] | None = field(default=None, metadata={"wire": "theItems"})
    rest: Any = None


class Point(NamedTuple):
    x: int
    y: int


CIRCLE: list[Any] = []
CIRCLE.append({"again": CIRCLE})


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, "null"),
        (True, "true"),
        ([1, 1.0, True, -0.0], "[1,1.0,true,-0.0]"),
        ({"a": 1e308, "b": 5e-324}, '{"a":1e308,"b":5e-324}'),
        (2**63, str(2**63)),
        (-(2**64), str(-(2**64))),
        ([10**30], f"[{10**30}]"),
        ('é\u2028\x00\\"😀', '"é\u2028\\u0000\\\\\\"😀"'),
        (Text("a"), '"a"'),
        ({Text("k"): Text("v")}, '{"k":"v"}'),
        ([Flexible(1.5)], "[1.5]"),
        ([Risk.READ, Risk("new"), Size.SMALL, Size(7), Level.HIGH], '["read","new",1,7,3]'),
        ([Plain.A, Plain.PAIR], '["a",[1,2]]'),
        ({Risk("new"): 1, Plain.A: 2}, '{"new":1,"a":2}'),
        ((1, (2,), Point(3, 4)), "[1,[2],[3,4]]"),
        (OrderedDict(b=1, a=2), '{"b":1,"a":2}'),
        (MappingProxyType({"a": (1,)}), '{"a":[1]}'),
        (UserDict({"a": 1}), '{"a":1}'),
        (ChainMap({"a": 1}), '{"a":1}'),
        ({"": {"": []}}, '{"":{"":[]}}'),
        (datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), '"2026-01-02T03:04:05Z"'),
        ({"a": datetime(2026, 1, 2, 3, tzinfo=timezone(timedelta(hours=2)))}, '{"a":"2026-01-02T03:00:00+02:00"}'),
        ([date(2026, 1, 2), time(3, 4)], '["2026-01-02","03:04:00"]'),
        ([timedelta(seconds=90)], '["PT90S"]'),
        ([UUID(int=1), Decimal("1.50")], '["00000000-0000-0000-0000-000000000001","1.50"]'),
        (Unknown({"kind": "cow"}), '{"kind":"cow"}'),
    ],
)  # fmt: skip
def test_what_has_a_json_form(value: Any, written: str) -> None:
    raw = encode(value)
    assert raw.decode() == written or json.loads(raw) == json.loads(written)
    assert json.loads(encode([value])) == [json.loads(written)]


@pytest.mark.parametrize(
    ("value", "path", "reason"),
    [
        (math.nan, "$", "nan"),
        ({"a": [1, math.inf]}, "$.a[1]", "inf"),
        ({"a": {"b": -1e308 * 10}}, "$.a.b", "inf"),
        ([Flexible("nan")], "$[0]", "nan"),
        ([Decimal("nan")], "$[0]", "NaN"),
        ([10**5000], "$[0]", "too large"),
        ({"a": b"bytes"}, "$.a", "bytes"),
        ({"a": bytearray()}, "$.a", "bytearray"),
        ({"a": {1}}, "$.a", "set"),
        ({"a": frozenset()}, "$.a", "frozenset"),
        ({"a": range(3)}, "$.a", "range"),
        ({"a": object()}, "$.a", "object"),
        ({"a": EqualsAll()}, "$.a", "EqualsAll"),
        ({"a": int}, "$.a", "type"),
        ({"a": 1j}, "$.a", "complex"),
        ({"a": UNSET}, "$.a", "UNSET"),
        ({"a": [{"b": "\ud800"}]}, "$.a[0].b", "surrogate"),
        ({"a": {"\udfff": 1}}, "$.a", "surrogate"),
        ({"a": {1: 2}}, "$.a", "property name 1"),
        ({"a": {None: 2}}, "$.a", "property name None"),
        ({"a": {True: 2}}, "$.a", "property name True"),
        ({"a": {1.5: 2}}, "$.a", "property name 1.5"),
        ({"a": {(1,): 2}}, "$.a", "property name"),
        ({1: 2, "1": 3}, "$", "property name 1"),
        ({"a b": {"c.d": object()}}, '$["a b"]["c.d"]', "object"),
        (CIRCLE, "$[0].again", "contains itself"),
        (Renamed(user_id="a", rest={1}), "$.rest", "set"),
        ({"u": [Renamed(user_id="a", items=[Item(title=math.nan, required="")])]}, "$.u[0].theItems[0].title", "nan"),
        (Item(title="a", required=None, rest={"x": object()}), "$.rest.x", "object"),
        (Item(title="a", required=None, rest=[b"x"]), "$.rest[0]", "bytes"),
    ],
)
def test_what_has_none_is_refused_with_its_place(value: Any, path: str, reason: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        encode(value)
    assert f"not JSON at {path}: " in str(caught.value)
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)


def test_depth_without_end_is_refused_in_a_line() -> None:
    deep: Any = ()
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(InvalidArgument, match="nested too deeply") as caught:
        encode(deep)
    assert len(str(caught.value)) < 200


def test_the_same_value_twice_is_no_circle() -> None:
    shared = (1, 2)
    assert encode([shared, {"a": shared, "b": [shared]}]) == b'[[1,2],{"a":[1,2],"b":[[1,2]]}]'


def test_models_are_written_by_wire_names_at_any_depth() -> None:
    item = Item(title="t", required=None)
    assert json.loads(encode(item)) == {"title": "t", "required": None}
    body = {"free": [{"deep": Renamed(user_id="u", items=[item], rest={"more": Renamed(user_id="v")})}]}
    assert json.loads(encode(body)) == {
        "free": [
            {
                "deep": {
                    "userID": "u",
                    "theItems": [{"title": "t", "required": None}],
                    "rest": {"more": {"userID": "v"}},
                }
            }
        ]
    }


def test_null_is_sent_where_it_means_something() -> None:
    assert json.loads(encode(Item(title="t", tri=None, required="r"))) == {"title": "t", "tri": None, "required": "r"}
    assert json.loads(encode({"a": None})) == {"a": None}


def test_bytes_of_a_model_become_base64() -> None:
    assert json.loads(encode(Item(title="t", required=None, rest=b"\0\1"))) == {
        "title": "t",
        "required": None,
        "rest": "AAE=",
    }


def test_the_argument_is_not_changed() -> None:
    body = {"a": (1, {"b": Risk.READ}), "c": Item(title="t", required=None)}
    before = repr(body)
    encode(body)
    assert repr(body) == before


awkward: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()) | st.binary(max_size=2)
    | st.decimals() | st.dates() | st.sets(st.integers(), max_size=2) | st.just(UNSET),
    lambda inner: st.lists(inner, max_size=3)
    | st.tuples(inner)
    | st.dictionaries(st.text(st.characters()) | st.integers() | st.none(), inner, max_size=3)
    | st.builds(Item, title=inner, required=inner, rest=inner),
    max_leaves=10,
)  # fmt: skip


@given(awkward)
def test_anything_is_either_refused_or_valid_json(value: Any) -> None:
    try:
        raw = encode(value)
    except InvalidArgument:
        return
    json.loads(raw, parse_constant=pytest.fail)


@settings(max_examples=50)
@given(st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner),
))  # fmt: skip
def test_json_values_come_back_as_they_were(value: Any) -> None:
    def kinds(item: Any) -> Any:
        if isinstance(item, dict):
            return {name: kinds(inner) for name, inner in item.items()}
        return [kinds(inner) for inner in item] if isinstance(item, list) else (type(item), repr(item))

    assert kinds(json.loads(encode(value))) == kinds(value)
