"""JSON in: which classes msgspec may take whole, and what becomes of bodies that do not fit."""

from __future__ import annotations

import dataclasses
import json
import re
from contextlib import suppress
from datetime import UTC, datetime
from enum import Enum
from typing import Annotated, Any, Generic, Literal, NamedTuple, NewType, TypedDict, TypeVar

import attr
import attrs
import msgspec
import pytest
from attrs import define, field
from hypothesis import given
from hypothesis import strategies as st

from reknit.options import UNSET, UnsetType
from reknit.runtime import OpenEnum, OpenIntEnum, Unknown
from reknit.runtime.codec import Misfit, decoder, is_whole, raw_value, step_to, unknown_in
from reknit.runtime.writing import encode

T = TypeVar("T")


class Risk(OpenEnum):
    READ = "read"


class Size(OpenIntEnum):
    SMALL = 1


class Closed(str, Enum):
    A = "a"


class Mixed(Enum):
    ONE = 1
    B = "b"


@define(kw_only=True)
class Leaf:
    name: str
    risk: Risk | None = None
    size: Size | None = None
    at: datetime | None = None


@define(kw_only=True)
class Tree:
    leaf: Leaf | None = None
    children: list[Tree] | None = None
    by_name: dict[str, Leaf] | None = None
    pair: tuple[int, Leaf] | None = None
    note: str | None | UnsetType = UNSET
    anything: Any = UNSET


@define(kw_only=True)
class Renamed:
    user_id: str = field(metadata={"wire": "userID"})


@define(kw_only=True)
class SameName:
    a: int = field(metadata={"wire": "a", "note": "not a different name"})


@define(kw_only=True)
class Aliased:
    a: int = field(alias="b")


@define(kw_only=True)
class Private:
    _a: int = 0


@define(kw_only=True)
class Converted:
    a: int = field(converter=int)


@define(kw_only=True)
class Validated:
    a: int = field(validator=attrs.validators.ge(0))


@define(kw_only=True)
class NeedsSelf:
    a: int = 1
    b: int = field(default=attrs.Factory(lambda self: self.a, takes_self=True))


@define(kw_only=True)
class Hidden:
    a: int = 1
    b: int = field(default=2, init=False)


@define(init=False)
class OwnInit:
    a: int

    def __init__(self, a: int) -> None:
        self.a = 2 * a


@attr.s
class Untyped:
    a = attr.ib(default=1)


@define(kw_only=True)
class Box(Generic[T]):
    items: list[T] = field(metadata={"wire": "Items"})


@define(kw_only=True)
class PlainBox(Generic[T]):
    items: list[T]


@dataclasses.dataclass
class Data:
    inner: Renamed


class Row(NamedTuple):
    inner: Renamed


class Shape(TypedDict):
    inner: Renamed


class Struct(msgspec.Struct):
    inner: Renamed


Name = NewType("Name", Renamed)


@define(kw_only=True)
class Deep:
    a: list[dict[str, tuple[Renamed, ...] | None]] | None = None


@define(kw_only=True)
class Ring:
    to: Ring | None = None
    end: Renamed | None = None


WHOLE: list[Any] = [
    None, bool, int, float, str, datetime, bytes, Any, list, dict, Risk, Size, Closed, Leaf, Tree, SameName,
    list[Leaf], dict[str, list[Tree]], tuple[int, Leaf], tuple[Leaf, ...], set[int], Leaf | None, str | int | Leaf,
    Leaf | None | UnsetType, Literal["a", 1], Annotated[int, msgspec.Meta(ge=0)], list[Any],
]  # fmt: skip
NOT_WHOLE: list[Any] = [
    Renamed, Aliased, Private, Converted, Validated, NeedsSelf, Hidden, OwnInit, Untyped,
    Box[Leaf], Box, PlainBox[Leaf],
    Data, Row, Shape, Struct, Name, list[Name], Deep, Ring, Mixed, Unknown, str | Unknown, list[str | Unknown],
    Leaf | Unknown, Leaf | Tree, Leaf | dict[str, Any], list[Leaf] | list[Tree], Annotated[Leaf, "of another kind"],
    list[Renamed], dict[str, Renamed], tuple[int, Renamed], tuple[Renamed, ...], Renamed | None,
    Literal[1.5], object, T,
    str | datetime, complex,
]  # fmt: skip


@pytest.mark.parametrize("annotation", WHOLE, ids=str)
def test_what_msgspec_takes_whole(annotation: Any) -> None:
    assert is_whole(annotation)


@pytest.mark.parametrize("annotation", NOT_WHOLE, ids=str)
def test_what_msgspec_would_misread(annotation: Any) -> None:
    assert not is_whole(annotation)


@pytest.mark.parametrize(
    "annotation",
    [Renamed, Aliased, Converted, Validated, NeedsSelf, Hidden, OwnInit, Mixed, Unknown, Box[Leaf]],
    ids=str,
)
@pytest.mark.parametrize(
    "around", [lambda t: list[t], lambda t: t | None, lambda t: dict[str, list[t]], lambda t: tuple[int, t]]
)
def test_a_part_that_is_not_whole_spoils_what_is_around_it(annotation: Any, around: Any) -> None:
    assert not is_whole(around(annotation))
    assert not is_whole(attrs.make_class("Around", {"inner": attrs.field(type=around(annotation))}))
    assert is_whole(attrs.make_class("Around", {"inner": attrs.field(type=around(Leaf))}))


def decoded(annotation: Any, value: Any) -> Any:
    return decoder(annotation)(json.dumps(value).encode())


def misfit(annotation: Any, raw: bytes) -> Misfit:
    with pytest.raises(Misfit) as caught:
        decoder(annotation)(raw)
    assert caught.value.__cause__ is None
    assert "\n" not in str(caught.value)
    return caught.value


def test_a_model_is_decoded_with_all_its_parts() -> None:
    tree = decoded(
        Tree,
        {
            "leaf": {"name": "a", "risk": "read", "size": 1, "at": "2026-01-02T03:04:05Z"},
            "children": [{"children": []}],
            "by_name": {"x": {"name": "x", "risk": "invented", "size": 99}},
            "pair": [1, {"name": "p"}],
            "note": None,
            "anything": {"deep": [1.0, None]},
            "unheard of": 1,
        },
    )
    assert tree == Tree(
        leaf=Leaf(name="a", risk=Risk.READ, size=Size.SMALL, at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        children=[Tree(children=[])],
        by_name={"x": Leaf(name="x", risk=Risk("invented"), size=Size(99))},
        pair=(1, Leaf(name="p")),
        note=None,
        anything={"deep": [1.0, None]},
    )
    assert decoded(Tree, {}).note is UNSET


@pytest.mark.parametrize(
    ("annotation", "value", "path"),
    [
        (Tree, {"leaf": {"name": 1}}, "$.leaf.name"),
        (Tree, {"children": [{}, {"children": [{"leaf": {}}]}]}, "$.children[1].children[0].leaf"),
        (Tree, {"pair": [1, {"name": None}]}, "$.pair[1].name"),
        (Leaf, {"name": "a", "at": "yesterday"}, "$.at"),
        (Leaf, {"name": "a", "risk": 3}, "$.risk"),
        (Leaf, {"name": "a", "size": 1.5}, "$.size"),
        (Leaf, {"name": "a", "size": True}, "$.size"),
        (Leaf, {}, "$"),
        (Leaf, [], "$"),
        (Leaf, None, "$"),
        (list[Leaf], [{"name": "a"}, {"name": 3}], "$[1].name"),
        (int, "1", "$"),
        (str, 1, "$"),
        (bool, 1, "$"),
        (int, True, "$"),
        (Closed, "b\nc" * 500, "$"),
    ],
)
def test_a_misfit_names_its_place(annotation: Any, value: Any, path: str) -> None:
    found = misfit(annotation, json.dumps(value).encode())
    assert found.path == path
    assert 0 < len(found.reason) <= 300


@pytest.mark.parametrize("annotation", [Any, Leaf, Renamed], ids=["anything", "msgspec", "cattrs"])
class TestBodiesThatAreNoJson:
    @pytest.mark.parametrize(
        "raw",
        [
            b"<html>",
            b"OK",
            b"{",
            b'{"name":',
            b'{"name":"","userID":""}x',
            b"{'name': 1}",
            b"nan",
            b'{"name":"",}',
            b'"\x01"',
            b"01",
            b"\xff\xfe{\x00}\x00",
        ],
    )
    def test_are_called_so(self, annotation: Any, raw: bytes) -> None:
        found = misfit(annotation, raw)
        assert found.path == "$"
        assert "the body is not JSON" in found.reason

    def test_not_utf_8(self, annotation: Any) -> None:
        found = misfit(annotation, b'{"name":"\xff","userID":"\xff"}')
        assert (found.path, found.reason) == ("$", "the body is not UTF-8")

    @pytest.mark.parametrize("raw", [b"[" * 100_000, b'{"userID":' * 100_000, b"[" * 100_000 + b"]" * 100_000])
    def test_nested_without_end(self, annotation: Any, raw: bytes) -> None:
        inside = b'{"name":"a","x":' + raw + b"}"
        assert misfit(annotation, inside).reason == "the JSON is nested too deeply"

    @pytest.mark.parametrize("raw", [b"", b"  \r\n", b"\xef\xbb\xbf"])
    def test_nothing_is_null_to_what_takes_null_and_named_to_others(self, annotation: Any, raw: bytes) -> None:
        if annotation is Any:
            assert decoder(annotation)(raw) is None
        else:
            assert misfit(annotation, raw).reason.startswith("the body is empty" if raw.strip() == b"" else "")
            assert decoder(annotation | None)(raw) is None


@pytest.mark.parametrize(
    ("annotation", "raw", "value"),
    [
        (Leaf, b'\xef\xbb\xbf{"name":"a"}', Leaf(name="a")),
        (Renamed, b'\xef\xbb\xbf{"userID":"a"}', Renamed(user_id="a")),
        (Leaf, rb'{"name":"cut \ud83d"}', Leaf(name="cut \ufffd")),
        (Renamed, rb'{"userID":"\ude00 \ud83d\ude00 \ud83d"}', Renamed(user_id="\ufffd \U0001f600 \ufffd")),
        (Leaf, rb'{"name":"\\ud83d \ud83d\n"}', Leaf(name="\\ud83d \ufffd\n")),
        (int, b"3.0", 3),
        (int | None, b"1e2", 100),
        (Leaf, b'{"name":"a","size":1.0}', Leaf(name="a", size=Size.SMALL)),
        (dict[str, list[int]], b'{"a":[1.0,2]}', {"a": [1, 2]}),
        (int, b"1" + b"0" * 30, 10**30),
        (float, b"3", 3.0),
        (Leaf, b'{"name":"a","name":"b"}', Leaf(name="b")),
    ],
)
def test_a_blemish_does_not_make_an_error_of_a_success(annotation: Any, raw: bytes, value: Any) -> None:
    assert decoder(annotation)(raw) == value


def test_numbers_that_no_python_number_holds_are_misfits() -> None:
    for raw in (b"1e400", b"-1e400", b"1" + b"0" * 5000):
        assert "out of range" in misfit(Any, raw).reason


def test_raw_value_keeps_what_json_tells_apart() -> None:
    value = raw_value(b'[1, 1.0, true, null, "1", -0.0, {"": []}]')
    assert [type(item) for item in value] == [int, float, bool, type(None), str, float, dict]


json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(json_values)
def test_any_json_is_read_as_the_standard_library_reads_it(value: Any) -> None:
    for ascii_only in (True, False):
        raw = json.dumps(value, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
        assert raw_value(raw) == value


@given(st.binary() | st.text().map(str.encode) | json_values.map(lambda value: json.dumps(value).encode()[:-1]))
def test_no_bytes_raise_anything_but_a_misfit(raw: bytes) -> None:
    for annotation in (Any, Leaf, Renamed, list[Leaf | Renamed]):
        with suppress(Misfit):
            decoder(annotation)(raw)


@pytest.mark.parametrize(
    ("name", "step"),
    [
        ("a", ".a"),
        ("_b1", "._b1"),
        ("a.b", '["a.b"]'),
        ("", '[""]'),
        ("a\nb", '["a\\nb"]'),
        ("é", '["\\u00e9"]'),
        ("1", '["1"]'),
    ],
)
def test_steps_of_a_path_cannot_be_misread(name: str, step: str) -> None:
    assert step_to(name) == step


def test_a_name_without_end_does_not_make_a_path_without_end() -> None:
    assert len(step_to("a" * 10**6)) < 100
    assert len(step_to("\n" * 10**6)) < 300


class TestUnknown:
    def find(self, annotation: Any, value: Any) -> dict[str, Any]:
        return unknown_in(value, decoded(annotation, value))

    def test_what_no_model_names_is_found_by_json_pointer(self) -> None:
        value = {
            "leaf": {"name": "a", "new": 1},
            "children": [{}, {"leaf": {"name": "b", "also": None}}],
            "by_name": {"k/1": {"name": "c", "x~y/z": [1]}},
            "pair": [1, {"name": "p", "": 5}],
            "top": {"of": "it"},
        }
        assert self.find(Tree, value) == {
            "/top": {"of": "it"},
            "/leaf/new": 1,
            "/children/1/leaf/also": None,
            "/by_name/k~11/x~0y~1z": [1],
            "/pair/1/": 5,
        }

    def test_wire_names_are_known_names(self) -> None:
        assert self.find(Renamed, {"userID": "a", "user_id": "b"}) == {"/user_id": "b"}
        assert self.find(list[Renamed], [{"userID": "a", "b": 1}]) == {"/0/b": 1}

    def test_nothing_of_what_is_free_form_is_unknown(self) -> None:
        assert self.find(Tree, {"anything": {"a": [{"b": 1}]}, "note": None}) == {}
        assert self.find(Any, {"a": [{"b": 1}]}) == {}
        assert self.find(dict[str, Any], {"a": [{"b": 1}]}) == {}

    def test_an_unknown_member_of_a_union_is_unknown_as_a_whole(self) -> None:
        assert self.find(list[Leaf | Unknown], [{"name": "a"}, {"new": 1}, 3]) == {"/1": {"new": 1}, "/2": 3}
        assert self.find(Leaf | Unknown, [1]) == {"": [1]}

    def test_depth_is_no_matter(self) -> None:
        deep = b"[" * 900 + b"]" * 900
        value = decoder(Tree)(b'{"anything":' + deep + b',"more":1}')
        assert unknown_in(raw_value(b'{"anything":' + deep + b',"more":1}'), value) == {"/more": 1}

    @given(json_values)
    def test_every_pointer_leads_to_its_value(self, value: Any) -> None:
        body = {"leaf": {"name": "x", "extra": value}, "more": value, "children": [{"o": value}]}
        for pointer, found in self.find(Tree, body).items():
            at: Any = body
            for token in pointer.split("/")[1:]:
                name = re.sub("~1", "/", token).replace("~0", "~")
                at = at[int(name)] if isinstance(at, list) else at[name]
            assert at == found


@define(kw_only=True)
class Measured:
    id: float
    rest: list[float] | None = None
    by_name: dict[str, float | None] | None = None
    pair: tuple[float, str] | None = None
    next: Measured | None = None


@define(kw_only=True)
class MeasuredElsewhere:
    an_id: float = field(metadata={"wire": "anID"})
    more: dict[str, float] = field(factory=dict, metadata={"rest": True})


LONG = 2**53 + 1


@pytest.mark.parametrize(
    ("annotation", "value"),
    [
        (float, LONG),
        (list[float], [LONG, 1, 0.5]),
        (Measured, {"id": LONG, "rest": [-LONG, 10**30], "pair": [LONG, "a"], "next": {"id": LONG}}),
        (Measured, {"id": 1, "by_name": {"a": LONG, "b": None, "c": 1e300}, "next": {"id": 2**60, "rest": [0.1]}}),
        (MeasuredElsewhere, {"anID": LONG, "b": LONG, "c": 2}),
    ],
)
def test_a_whole_number_that_no_float_can_hold_keeps_its_digits(annotation: Any, value: Any) -> None:
    decoded = decoder(annotation)(json.dumps(value).encode())
    again = json.loads(encode(decoded))
    assert again == value
    assert isinstance(decoder(float)(b"3"), float)


def test_digits_that_are_no_number_change_nothing() -> None:
    body = {"id": 1, "rest": None, "unknown": "1234567890123456789"}
    assert decoder(Measured)(json.dumps(body).encode()) == Measured(id=1.0)
    assert decoder(Measured)(b"\xef\xbb\xbf" + json.dumps(body).encode()) == Measured(id=1.0)
