"""Models that msgspec cannot take whole: same strictness, same paths, through cattrs."""

from __future__ import annotations

import copy
import json
import pickle
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum, IntEnum
from typing import Annotated, Any, Generic, Literal, TypeVar
from uuid import UUID

import attrs
import pytest
from attrs import define, field
from hypothesis import given, settings
from hypothesis import strategies as st

from reknit.options import UNSET, UnsetType
from reknit.runtime import OpenEnum, OpenIntEnum, Tagged, Unknown
from reknit.runtime.codec import Misfit, decoder, is_whole
from reknit.runtime.converting import converter
from reknit.runtime.writing import encode

T = TypeVar("T")


class Risk(OpenEnum):
    READ = "read"
    WRITE = "write"


class Size(OpenIntEnum):
    SMALL = 1


class Closed(str, Enum):
    A = "a"


class Number(IntEnum):
    ONE = 1


class Mixed(Enum):
    ONE = 1
    B = "b"
    YES = True


class Half(float, Enum):
    HALF = 0.5


@define(kw_only=True)
class Cat:
    kind: Literal["cat"] = "cat"
    lives: int


@define(kw_only=True)
class Dog:
    kind: Literal["dog"] = "dog"
    tail: bool


@define(kw_only=True)
class Moth:
    """Has all that a cat has."""

    kind: str
    lives: int


Animal = Annotated[Moth | Cat | Dog | Unknown, Tagged("kind", {"cat": Cat, "kitten": Moth, "dog": Dog})]
Known = Annotated[Cat | Dog, Tagged("kind", {"cat": Cat, "dog": Dog})]


@define(kw_only=True)
class Base:
    kind: str
    size: int | None = None


Extended = Annotated[Cat | Dog | Base | Unknown, Tagged("kind", {"cat": Cat, "dog": Dog}, Base)]


@define(kw_only=True)
class Owner:
    first: Animal | None = None
    others: list[Animal] | None = None
    by_name: dict[str, Animal] | None = field(default=None, metadata={"wire": "byName"})


@define(kw_only=True)
class User:
    user_id: str = field(metadata={"wire": "userID"})
    full_name: str | None = field(default=None, metadata={"wire": "fullName"})
    note: str | None | UnsetType = field(default=UNSET, metadata={"wire": "theNote"})
    age: int | None = None
    boss: User | None = None
    reports: list[User] | None = None
    by_name: dict[str, User] | None = field(default=None, metadata={"wire": "byName"})
    pair: tuple[int, User] | None = None
    row: tuple[User, ...] | None = None
    risk: Risk | None = None
    size: Size | None = None
    mixed: Mixed | None = None
    half: Half | None = None
    pet: Cat | Dog | Unknown | None = None
    either: str | list[User] | None = None
    fixed: Literal[True, 1.5, "x"] | None = None
    at: datetime | None = None
    day: date | None = None
    key: UUID | None = None
    price: Decimal | None = None
    data: bytes | None = None
    anything: Any = UNSET


@define(kw_only=True)
class Box(Generic[T]):
    items: list[T] = field(metadata={"wire": "Items"})
    first: T | None = None


@define(kw_only=True)
class Checked:
    count: int = field(validator=attrs.validators.ge(0))
    text: str = field(default="", converter=str.strip)
    double: int = field(default=attrs.Factory(lambda self: 2 * self.count, takes_self=True))
    _secret: int = field(default=0)


def decoded(annotation: Any, value: Any) -> Any:
    return decoder(annotation)(json.dumps(value).encode())


def test_none_of_these_is_whole() -> None:
    assert not any(map(is_whole, (User, Box[User], Checked, Cat | Dog)))


EVERYTHING = {
    "userID": "u1",
    "fullName": "U One",
    "theNote": None,
    "age": 3,
    "boss": {"userID": "u2"},
    "reports": [{"userID": "u3", "theNote": "n"}],
    "byName": {"x y": {"userID": "u4"}},
    "pair": [1, {"userID": "u5"}],
    "row": [{"userID": "u6"}, {"userID": "u7"}],
    "risk": "invented",
    "size": 7,
    "mixed": "b",
    "half": 0.5,
    "pet": {"kind": "dog", "tail": True},
    "either": [{"userID": "u8"}],
    "fixed": True,
    "at": "2026-01-02T03:04:05Z",
    "day": "2026-01-02",
    "key": "00000000-0000-0000-0000-000000000001",
    "price": "1.50",
    "data": "AAE=",
    "anything": {"userID": [1, None, 2.5]},
}


def test_every_kind_of_attribute_comes_in_and_goes_out_again() -> None:
    user = decoded(User, EVERYTHING)
    assert user == User(
        user_id="u1",
        full_name="U One",
        note=None,
        age=3,
        boss=User(user_id="u2"),
        reports=[User(user_id="u3", note="n")],
        by_name={"x y": User(user_id="u4")},
        pair=(1, User(user_id="u5")),
        row=(User(user_id="u6"), User(user_id="u7")),
        risk=Risk("invented"),
        size=Size(7),
        mixed=Mixed.B,
        half=Half.HALF,
        pet=Dog(tail=True),
        either=[User(user_id="u8")],
        fixed=True,
        at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        day=date(2026, 1, 2),
        key=UUID(int=1),
        price=Decimal("1.50"),
        data=b"\0\1",
        anything={"userID": [1, None, 2.5]},
    )
    written = json.loads(encode(user))
    assert written.pop("pet") == {"tail": True, "kind": "dog"}
    assert written == {name: value for name, value in EVERYTHING.items() if name != "pet"}


@pytest.mark.parametrize(
    ("value", "path"),
    [
        ({"userID": 3}, "$.userID"),
        ({"userID": None}, "$.userID"),
        ({"userID": ["a"]}, "$.userID"),
        ({}, "$"),
        ([], "$"),
        ("x", "$"),
        (None, "$"),
        ({"userID": "a", "boss": {"userID": 1}}, "$.boss.userID"),
        ({"userID": "a", "boss": []}, "$.boss"),
        ({"userID": "a", "reports": [{"userID": "b"}, {"userID": True}]}, "$.reports[1].userID"),
        ({"userID": "a", "reports": {}}, "$.reports"),
        ({"userID": "a", "byName": {"b": {"userID": 1}}}, "$.byName.b.userID"),
        ({"userID": "a", "byName": {"b.c\nd": {}}}, '$.byName["b.c\\nd"]'),
        ({"userID": "a", "byName": []}, "$.byName"),
        ({"userID": "a", "pair": [1, {"userID": 1}]}, "$.pair[1].userID"),
        ({"userID": "a", "pair": [1]}, "$.pair"),
        ({"userID": "a", "pair": 3}, "$.pair"),
        ({"userID": "a", "row": [{"userID": "a"}, 3]}, "$.row[1]"),
        ({"userID": "a", "age": "3"}, "$.age"),
        ({"userID": "a", "age": True}, "$.age"),
        ({"userID": "a", "age": 1.5}, "$.age"),
        ({"userID": "a", "risk": 3}, "$.risk"),
        ({"userID": "a", "size": "1"}, "$.size"),
        ({"userID": "a", "mixed": "c"}, "$.mixed"),
        ({"userID": "a", "half": 0.25}, "$.half"),
        ({"userID": "a", "either": [{"userID": 3}]}, "$.either"),
        ({"userID": "a", "either": 3}, "$.either"),
        ({"userID": "a", "fixed": 1}, "$.fixed"),
        ({"userID": "a", "at": "noon"}, "$.at"),
        ({"userID": "a", "data": "!"}, "$.data"),
    ],
)
def test_a_misfit_names_its_place(value: Any, path: str) -> None:
    with pytest.raises(Misfit) as caught:
        decoded(User, value)
    assert caught.value.path == path
    assert "\n" not in str(caught.value)
    with pytest.raises(Misfit) as caught:
        decoded(list[User], [{"userID": "a"}, value])
    assert caught.value.path == f"$[1]{path[1:]}"


@pytest.mark.parametrize(
    ("annotation", "value", "expected"),
    [
        (int | str | User, 3, 3),
        (int | str | User, "3", "3"),
        (float | int | User, 3, 3),
        (int | float | User, 3.5, 3.5),
        (bool | User, True, True),
        (int | User, 2.0, 2),
        (Cat | Dog, {"kind": "cat", "lives": 9}, Cat(lives=9)),
        (Dog | Cat, {"kind": "cat", "lives": 9}, Cat(lives=9)),
        (Cat | Dog | Unknown, {"kind": "cow"}, Unknown({"kind": "cow"})),
        (Cat | Dog | Unknown, {"kind": "cat", "lives": "9"}, Unknown({"kind": "cat", "lives": "9"})),
        (Cat | Unknown | None, None, None),
        (str | Unknown, {"raw": 1}, Unknown({"raw": 1})),
        (list[str | Unknown], ["a", 1, None], ["a", Unknown(1), Unknown(None)]),
        (User | dict[str, Any], {"a": 1}, {"a": 1}),
        (User | dict[str, Any], {"userID": "a", "b": 1}, User(user_id="a")),
        (list[User] | list[Cat], [{"lives": 1}], [Cat(lives=1)]),
        (Closed | User, "a", Closed.A),
        (Risk | User, "new", Risk("new")),
        (Box[User], {"Items": [{"userID": "a"}], "first": {"userID": "b"}},
        Box(items=[User(user_id="a")], first=User(user_id="b"))),
        (Box, {"Items": [1, "a"]}, Box(items=[1, "a"])),
        (dict[int, User], {"1": {"userID": "a"}}, {1: User(user_id="a")}),
        (dict[Risk, User], {"new": {"userID": "a"}}, {Risk("new"): User(user_id="a")}),
        (frozenset[int] | User, [1, 1], frozenset({1})),
        (tuple[()] | User, [], ()),
    ],
)  # fmt: skip
def test_unions_and_containers_around_models(annotation: Any, value: Any, expected: Any) -> None:
    found = decoded(annotation, value)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    ("annotation", "value"),
    [
        (bool | User, 1), (int | User, True), (str | User, None), (Closed | User, "b"),
        (Number | User, 2), (Mixed, True + 1),
        (Cat | Dog, {"kind": "cow"}), (dict[int, User], {"a": {"userID": "a"}}), (Box[User], {}), (Cat | Dog, 3),
    ],
)  # fmt: skip
def test_what_fits_nothing_is_a_misfit(annotation: Any, value: Any) -> None:
    with pytest.raises(Misfit):
        decoded(annotation, value)


class TestTaggedUnions:
    KITTEN = {"kind": "kitten", "lives": 9}  # noqa: RUF012 - never changed

    def test_the_tag_decides_wherever_the_union_stands(self) -> None:
        kitten = Moth(kind="kitten", lives=9)
        assert decoded(Animal, self.KITTEN) == kitten
        assert decoded(Animal, {"kind": "cat", "lives": 9}) == Cat(lives=9)
        body = {"first": self.KITTEN, "others": [{"kind": "dog", "tail": True}], "byName": {"k": self.KITTEN}}
        assert decoded(Owner, body) == Owner(first=kitten, others=[Dog(tail=True)], by_name={"k": kitten})
        assert json.loads(encode(decoded(Owner, body))) == body

    def test_a_new_tag_is_unknown_even_where_a_member_would_fit(self) -> None:
        new = {"kind": "ghost", "lives": 0}
        assert decoded(Animal, new) == Unknown(new)
        assert decoded(Owner, {"first": new, "others": [new]}) == Owner(first=Unknown(new), others=[Unknown(new)])

    def test_a_known_tag_whose_member_does_not_fit_is_a_misfit(self) -> None:
        with pytest.raises(Misfit) as caught:
            decoded(Owner, {"others": [self.KITTEN, {"kind": "dog", "tail": 3}]})
        assert caught.value.path == "$.others[1].tail"

    def test_a_base_takes_what_its_extensions_do_not(self) -> None:
        assert decoded(Extended, {"kind": "cat", "lives": 9}) == Cat(lives=9)
        assert decoded(Extended, {"kind": "cat"}) == Base(kind="cat")
        assert decoded(Extended, {"kind": "ghost", "lives": 0}) == Base(kind="ghost")
        with pytest.raises(Misfit) as caught:
            decoded(list[Extended], [{"kind": "dog", "tail": 3, "size": "x"}])
        assert caught.value.path == "$[0].tail"
        assert decoded(Extended, {"kind": "ghost", "size": "x"}) == Unknown({"kind": "ghost", "size": "x"})

    @pytest.mark.parametrize("value", [3, None, [], {}, {"kind": 3}, {"kind": None, "lives": "x"}])
    def test_what_has_no_tag_is_judged_by_its_shape(self, value: Any) -> None:
        assert decoded(Animal, value) == Unknown(value)
        with pytest.raises(Misfit):
            decoded(Known, value)

    def test_a_closed_union_is_judged_by_its_shape_where_the_tag_is_new(self) -> None:
        with pytest.raises(Misfit):
            decoded(Known, {"kind": "ghost", "lives": 0})


def test_true_and_one_are_two_values() -> None:
    assert decoded(Mixed, 1) is Mixed.ONE
    assert decoded(Literal[True, 1.5], True) is True
    with pytest.raises(Misfit):
        decoded(Literal[True, 1.5], 1)


def test_validators_converters_and_defaults_are_run_and_a_refusal_is_a_misfit() -> None:
    found = decoded(Checked, {"count": 2, "text": " a ", "_secret": 7})
    assert found == Checked(count=2, text="a", double=4, secret=7)
    with pytest.raises(Misfit) as caught:
        decoded(list[Checked], [{"count": -1}])
    assert caught.value.path == "$[0]"
    assert "must be >= 0" in caught.value.reason


def test_depth_is_a_misfit_and_no_crash() -> None:
    raw = b'{"userID":"a","boss":' * 400 + b"null" + b"}" * 400
    with pytest.raises(Misfit, match="nested too deeply"):
        decoder(User)(raw)
    raw = b'{"userID":"a","boss":' * 40 + b"null" + b"}" * 40
    assert decoder(User)(raw).boss.boss.user_id == "a"


def test_absent_null_and_value_are_three_things() -> None:
    for sent, note in (({}, UNSET), ({"theNote": None}, None), ({"theNote": "n"}, "n")):
        user = decoded(User, {"userID": "a", **sent})
        assert user.note is note or user.note == note
        assert json.loads(encode(user)) == {"userID": "a", **sent}
    assert json.loads(encode(User(user_id="a", full_name=None))) == {"userID": "a"}


def test_the_public_converter_structures_and_unstructures_models() -> None:
    user = converter().structure({"userID": "a", "pet": {"kind": "cow"}}, User)
    assert user.pet == Unknown({"kind": "cow"})
    assert converter().unstructure([user]) == [{"userID": "a", "pet": {"kind": "cow"}}]
    with pytest.raises(Misfit) as caught:
        converter().structure([{"userID": 1}], list[User])
    assert caught.value.path == "$[0].userID"


texts = st.text(st.characters(exclude_categories=["Cs"]))
users: st.SearchStrategy[User] = st.deferred(
    lambda: st.builds(
        User,
        user_id=texts,
        full_name=st.none() | texts,
        note=st.none() | texts | st.just(UNSET),
        age=st.none() | st.integers(),
        boss=st.none() | users,
        reports=st.none() | st.lists(users, max_size=2),
        by_name=st.none() | st.dictionaries(texts, users, max_size=2),
        risk=st.none() | st.builds(Risk, texts),
        size=st.none() | st.builds(Size, st.integers(-5, 5)),
        pet=st.none() | st.builds(Cat, lives=st.integers()) | st.builds(Unknown, st.just({"kind": "cow"})),
        at=st.none() | st.datetimes(timezones=st.just(UTC)),
        price=st.none() | st.decimals(allow_nan=False, allow_infinity=False),
        data=st.none() | st.binary(),
    )
)


@settings(max_examples=40)
@given(users)
def test_whatever_is_written_is_read_back_the_same(user: User) -> None:
    assert decoder(User)(encode(user)) == user


class TestOpenEnums:
    @pytest.mark.parametrize("value", ["invented", "", "READ", "read ", "é", "\n", "name", "__class__"])
    def test_an_unknown_value_is_kept(self, value: str) -> None:
        member = decoded(Risk, value)
        assert type(member) is Risk
        assert member.value == str(member) == member == value
        assert not member.is_known
        assert len(Risk) == 2

    def test_a_known_value_is_the_member(self) -> None:
        assert decoded(Risk, "read") is Risk.READ
        assert decoded(Size, 1) is Size.SMALL
        assert Risk.READ.is_known
        assert Size.SMALL.is_known
        assert not Size(2).is_known

    def test_equality_and_hash_are_those_of_the_value(self) -> None:
        assert Risk("new") == Risk("new") == "new"
        assert Risk("new") != Risk("newer")
        assert len({Risk("new"), Risk("new"), "new"}) == 1
        assert {Risk.READ: 1}["read"] == 1
        assert (Size(2), Size(2) != 3, len({Size(2), 2})) == (2, True, 1)
        assert Risk("1") != Size(1)
        assert Risk.READ.__eq__(3) is NotImplemented
        assert Size.SMALL.__ne__("1") is NotImplemented

    @pytest.mark.parametrize("member", [Risk.READ, Risk("new"), Size.SMALL, Size(9)])
    def test_members_are_copied_and_pickled(self, member: Any) -> None:
        for back in (copy.copy(member), copy.deepcopy(member), pickle.loads(pickle.dumps(member))):
            assert type(back) is type(member)
            assert back == member
            assert back.value == member.value

    def test_a_member_prints_as_its_value(self) -> None:
        assert f"{Risk('new')} {Risk.READ} {Size(9)} {Size.SMALL}" == "new read 9 1"
        assert "new" in repr(Risk("new"))

    @pytest.mark.parametrize(("cls", "value"), [(Risk, 3), (Risk, None), (Size, "1"), (Size, 1.5), (Size, None)])
    def test_a_value_of_another_kind_is_none_of_it(self, cls: Any, value: Any) -> None:
        with pytest.raises(ValueError):
            cls(value)
