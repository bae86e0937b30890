"""Parameters against the tables of the OpenAPI specification ("Style Examples") and against what must not pass."""

from __future__ import annotations

import json
import math
import random
from datetime import UTC, date, datetime, time
from decimal import Decimal
from enum import Enum
from typing import Any, ClassVar
from urllib.parse import parse_qsl, unquote
from uuid import UUID

import pytest
from attrs import define, field
from hypothesis import given
from hypothesis import strategies as st

from reknit.errors import InvalidArgument
from reknit.runtime import OpenEnum, OpenIntEnum, Operation, Style, Unknown
from reknit.runtime.parameters import check_header, cookie_text, header_text, path_text, placeholders, query_text

ARRAY = ["blue", "black", "brown"]
OBJECT = {"R": 100, "G": 200, "B": 150}


class Color(OpenEnum):
    BLUE = "blue"


class Level(OpenIntEnum):
    HIGH = 3


class Plain(Enum):
    HALF = 0.5


@define(kw_only=True)
class Paint:
    """A model as generated code has them: a wire name, something optional, and the rest."""

    red: int = field(metadata={"wire": "R"})
    color: Color | None = None
    until: date | None = None
    additional_properties: dict[str, Any] = field(factory=dict[str, Any], metadata={"rest": True})


def operation(path: str = "/x", **styles: Style) -> Operation[Any]:
    named = {name.replace("__", ":"): style for name, style in styles.items()}
    return Operation(name="x", method="GET", path=path, safety="idempotent", answers={}, styles=named)


def in_path(value: Any, style: Style | None = None) -> str:
    styles = {} if style is None else {"path__color": style}
    return path_text(operation("/{color}", **styles), (value,)).removeprefix("/")


def in_query(value: Any, style: Style | None = None) -> str:
    styles = {} if style is None else {"query__color": style}
    return query_text(operation(**styles), {"color": value})


def in_header(value: Any, style: Style | None = None) -> str:
    styles = {} if style is None else {"header__color": style}
    return header_text(operation(**styles), "color", value)


def in_cookie(value: Any, style: Style | None = None) -> str:
    styles = {} if style is None else {"cookie__color": style}
    return cookie_text(operation(**styles), "color", value)


PAINT = Paint(red=100, color=Color.BLUE, until=date(2024, 1, 31), additional_properties={"G": 2.5})


@pytest.mark.parametrize("value", [PAINT, Unknown({"R": 100, "color": "blue", "until": "2024-01-31", "G": 2.5})])
def test_a_model_is_written_as_its_properties_are(value: Any) -> None:
    assert in_query(value) == "R=100&color=blue&until=2024-01-31&G=2.5"
    assert in_query(value, Style("form")) == "color=R,100,color,blue,until,2024-01-31,G,2.5"
    assert in_query(value, Style("deepObject", explode=True)).startswith("color[R]=100&color[color]=blue&color[until]=")
    assert in_path(value, Style("matrix", explode=True)) == ";R=100;color=blue;until=2024-01-31;G=2.5"
    assert in_path(value) == "R,100,color,blue,until,2024-01-31,G,2.5"
    assert in_header(value) == "R,100,color,blue,until,2024-01-31,G,2.5"
    assert in_cookie(value, Style("form")) == "color=R,100,color,blue,until,2024-01-31,G,2.5"


def test_what_is_inside_another_value_goes_as_json() -> None:
    nested = Paint(red=1, additional_properties={"G": [1, {"é": None}]})
    for text in (
        unquote(dict(parse_qsl(in_query(nested)))["G"]),
        unquote(in_path(nested)).partition("G,")[2],
        in_header(nested).partition("G,")[2],
        unquote(in_cookie(nested)).partition("G=")[2],
    ):
        assert json.loads(text) == [1, {"é": None}]
    assert parse_qsl(in_query([{"a": "b,c"}, None, [1]]), keep_blank_values=True) == [
        ("color", '{"a":"b,c"}'), ("color", ""), ("color", "[1]"),
    ]  # fmt: skip
    assert unquote(in_query([[1, 2], [3]], Style("form"))) == "color=[1,2],[3]"
    assert in_query([[1, 2], [3]], Style("form")).count(",") == 1


def test_an_empty_value_is_one_where_the_segment_is_not_empty() -> None:
    assert in_path("", Style("matrix")) == ";color="
    for style in (Style("simple"), Style("label")):
        with pytest.raises(InvalidArgument, match="another resource"):
            in_path("", style)


class TestDeepObject:
    STYLE = Style("deepObject", explode=True)

    def test_what_nests_is_named_by_its_whole_path(self) -> None:
        value = {"a": {"b": [1, {"c": "d&"}], "none": None, "empty": {}}, "e": True, "f g": "é"}
        assert parse_qsl(in_query(value, self.STYLE)) == [
            ("color[a][b][0]", "1"), ("color[a][b][1][c]", "d&"), ("color[e]", "true"), ("color[f g]", "é"),
        ]  # fmt: skip

    def test_models_have_their_wire_names(self) -> None:
        written = in_query({"paint": Paint(red=1, additional_properties={"G": [2]})}, self.STYLE)
        assert ("color[paint][R]", "1") in parse_qsl(written)
        assert ("color[paint][G][0]", "2") in parse_qsl(written)

    def test_what_has_no_text_is_refused_with_its_path(self) -> None:
        with pytest.raises(InvalidArgument, match=r"color\.a\[1\]"):
            in_query({"a": [1, object()]}, self.STYLE)


class TestReserved:
    def test_what_means_something_in_a_url_goes_as_it_is(self) -> None:
        text = "https://a.b:1/c?d=e&f#g+h,[i]!@$'()*; %é"
        written = in_query(text, Style("form", explode=True, reserved=True))
        assert written.startswith("color=https://a.b:1/c?d%3De%26f%23g%2Bh,%5Bi%5D!@$'()*;")
        assert parse_qsl(written) == [("color", text)]

    def test_a_comma_is_none_where_it_delimits(self) -> None:
        assert in_query(["a,b", "c/d"], Style("form", reserved=True)) == "color=a%2Cb,c/d"
        assert in_query(["a,b"], Style("form", explode=True, reserved=True)) == "color=a,b"
        assert in_query({"x": "a/b"}, Style("deepObject", explode=True, reserved=True)) == "color[x]=a/b"


class TestJson:
    STYLE = Style("json")
    VALUE: ClassVar = {"a": [1, {"b": "é;😀", "c": None}]}

    def test_in_a_query_and_a_path_it_is_percent_encoded(self) -> None:
        written = in_query(self.VALUE, self.STYLE)
        assert json.loads(unquote(written.removeprefix("color="))) == self.VALUE
        assert in_query("plain", self.STYLE) == "color=%22plain%22"
        assert in_query([1, 2], self.STYLE) == "color=%5B1%2C2%5D"
        assert in_path(PAINT, self.STYLE) == (
            "%7B%22R%22%3A100%2C%22color%22%3A%22blue%22%2C%22until%22%3A%222024-01-31%22%2C%22G%22%3A2.5%7D"
        )

    def test_in_a_header_it_is_ascii(self) -> None:
        written = in_header(self.VALUE, self.STYLE)
        assert json.loads(written) == self.VALUE
        assert written.isascii()
        assert in_header(PAINT, self.STYLE) == '{"R":100,"color":"blue","until":"2024-01-31","G":2.5}'

    def test_in_a_cookie_it_is_percent_encoded(self) -> None:
        written = in_cookie(self.VALUE, self.STYLE)
        assert not set(written) & set(' ";,\\')
        assert json.loads(unquote(written.removeprefix("color="))) == self.VALUE

    @pytest.mark.parametrize("write", [in_query, in_path, in_header, in_cookie])
    def test_what_is_not_json_is_refused_with_its_path(self, write: Any) -> None:
        with pytest.raises(InvalidArgument, match=r"color is not JSON at \$\.a\[0\]"):
            write({"a": [math.nan]}, self.STYLE)


@pytest.mark.parametrize(
    ("value", "style", "expected"),
    [
        ("blue", None, "color=blue"),
        (ARRAY, None, "color=blue; color=black; color=brown"),
        (ARRAY, Style("form"), "color=blue,black,brown"),
        (OBJECT, None, "R=100; G=200; B=150"),
        (OBJECT, Style("form"), "color=R,100,G,200,B,150"),
        ([], None, ""),
        ({"a": None, "b": True}, None, "b=true"),
    ],
)
def test_cookies_that_explode_are_several(value: Any, style: Style | None, expected: str) -> None:
    assert in_cookie(value, style) == expected


def test_what_an_object_lacks_is_left_out_of_a_header() -> None:
    assert in_header({"a": None, "b": 1}) == "b,1"


@pytest.mark.parametrize(
    ("style", "explode", "primitive", "array", "mapping"),
    [
        ("simple", False, "blue", "blue,black,brown", "R,100,G,200,B,150"),
        ("simple", True, "blue", "blue,black,brown", "R=100,G=200,B=150"),
        ("label", False, ".blue", ".blue,black,brown", ".R,100,G,200,B,150"),
        ("label", True, ".blue", ".blue.black.brown", ".R=100.G=200.B=150"),
        ("matrix", False, ";color=blue", ";color=blue,black,brown", ";color=R,100,G,200,B,150"),
        ("matrix", True, ";color=blue", ";color=blue;color=black;color=brown", ";R=100;G=200;B=150"),
    ],
)
def test_path_styles(style: Any, explode: bool, primitive: str, array: str, mapping: str) -> None:
    given = Style(style, explode=explode)
    assert in_path("blue", given) == primitive
    assert in_path(ARRAY, given) == in_path(tuple(ARRAY), given) == array
    assert in_path(OBJECT, given) == mapping


@pytest.mark.parametrize(
    ("style", "explode", "array", "mapping"),
    [
        ("form", False, "color=blue,black,brown", "color=R,100,G,200,B,150"),
        ("form", True, "color=blue&color=black&color=brown", "R=100&G=200&B=150"),
        ("spaceDelimited", False, "color=blue%20black%20brown", "color=R%20100%20G%20200%20B%20150"),
        ("pipeDelimited", False, "color=blue%7Cblack%7Cbrown", "color=R%7C100%7CG%7C200%7CB%7C150"),
        ("deepObject", True, "color[0]=blue&color[1]=black&color[2]=brown", "color[R]=100&color[G]=200&color[B]=150"),
    ],
)
def test_query_styles(style: Any, explode: bool, array: str, mapping: str) -> None:
    given = Style(style, explode=explode)
    assert in_query("blue", given) == "color=blue"
    assert in_query("", given) == "color="
    assert in_query(ARRAY, given) == array
    assert in_query(OBJECT, given) == mapping
    assert in_query([], given) == in_query({}, given) == ""


@pytest.mark.parametrize(
    ("explode", "mapping"), [(False, "R,100,G,200,B,150"), (True, "R=100,G=200,B=150")], ids=["plain", "exploded"]
)
def test_header_styles(explode: bool, mapping: str) -> None:
    given = Style("simple", explode=explode)
    assert in_header("blue", given) == "blue"
    assert in_header(ARRAY, given) == "blue,black,brown"
    assert in_header(OBJECT, given) == mapping


def test_defaults_are_simple_in_paths_and_headers_and_exploded_form_in_queries() -> None:
    assert in_path(ARRAY) == in_header(ARRAY) == "blue,black,brown"
    assert in_path(OBJECT) == in_header(OBJECT) == "R,100,G,200,B,150"
    assert in_query(ARRAY) == "color=blue&color=black&color=brown"
    assert in_query(OBJECT) == "R=100&G=200&B=150"


SCALARS = [
    ("a b", "a b"),
    (True, "true"),
    (False, "false"),
    (0, "0"),
    (-5, "-5"),
    (2**70, str(2**70)),
    (1.5, "1.5"),
    (Decimal("1.50"), "1.50"),
    (Color.BLUE, "blue"),
    (Color("teal"), "teal"),
    (Level.HIGH, "3"),
    (Plain.HALF, "0.5"),
    (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
    (date(2026, 3, 4), "2026-03-04"),
    (time(1, 2, 3), "01:02:03"),
    (datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC), "2026-03-04T05:06:07Z"),
]


@pytest.mark.parametrize(("value", "text"), SCALARS)
def test_a_scalar_reads_the_same_everywhere(value: Any, text: str) -> None:
    assert unquote(in_path(value)) == text
    assert parse_qsl(in_query(value)) == [("color", text)]
    assert parse_qsl(in_query([value, value])) == [("color", text)] * 2
    assert in_header(value) == text


@pytest.mark.parametrize(
    "bad",
    [
        math.nan,
        math.inf,
        Decimal("nan"),
        Decimal("sNaN"),
        Decimal("inf"),
        None,
        b"x",
        object(),
        [[1j]],
        {"a": [math.nan]},
        1j,
        10**5000,
        Plain,
    ],
    ids=lambda value: type(value).__name__,
)
@pytest.mark.parametrize("write", [in_path, in_query, in_header])
def test_what_has_no_text_is_refused_by_name(write: Any, bad: Any) -> None:
    with pytest.raises(InvalidArgument, match="color"):
        write(bad)


@pytest.mark.parametrize("write", [in_path, in_query])
@pytest.mark.parametrize("bad", ["\ud800", ["a", "\ud800"], {"k": "\udfff"}, {"\udfff": 1}])
def test_lone_surrogates_are_refused_before_anything_is_encoded(write: Any, bad: Any) -> None:
    with pytest.raises(InvalidArgument, match="color"):
        write(bad)


@pytest.mark.parametrize("bad", ["", ".", "..", [], [""], ["."], [".."], {}])
def test_a_path_parameter_cannot_address_another_resource(bad: Any) -> None:
    with pytest.raises(InvalidArgument, match="path parameter color"):
        in_path(bad)


def test_nor_can_it_behind_the_dot_of_its_style() -> None:
    for bad in ([], ["."], {}):
        with pytest.raises(InvalidArgument, match="path parameter color"):
            in_path(bad, Style("label", explode=True))


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("a/b", "a%2Fb"),
        ("../x", "..%2Fx"),
        ("a?b#c", "a%3Fb%23c"),
        ("50%", "50%25"),
        ("%2e%2e", "%252e%252e"),
        ("a:b", "a%3Ab"),
        ("a b+c", "a%20b%2Bc"),
        ("é😀", "%C3%A9%F0%9F%98%80"),
        ("a\r\nb", "a%0D%0Ab"),
        ("\0", "%00"),
        ("-._~", "-._~"),
        ("...", "..."),
        (".well-known", ".well-known"),
        ("itsm.tickets.create", "itsm.tickets.create"),
    ],
)
def test_reserved_characters_are_encoded_in_a_path(value: str, written: str) -> None:
    assert in_path(value) == written


def test_separators_inside_of_values_do_not_separate() -> None:
    assert in_path(["a,b", "c"]) == "a%2Cb,c"
    assert in_query(["a,b"], Style("form")) == "color=a%2Cb"
    assert in_query(["a b", "c|d"], Style("pipeDelimited")) == "color=a%20b%7Cc%7Cd"
    assert in_query({"a]&b": "c=d"}, Style("deepObject")) == "color[a%5D%26b]=c%3Dd"


def test_names_are_encoded_too() -> None:
    assert query_text(operation(), {"a&b=": "1", "filter[x]": "2"}) == "a%26b%3D=1&filter[x]=2"
    style = Style("matrix")
    assert path_text(operation("/{a b}", **{"path:a b": style}), ("1",)) == "/;a%20b=1"


def test_the_literal_parts_of_a_path_stay_as_they_are() -> None:
    text = "/sessions/{id}:revoke/a-b_c.d~e/@f;g=h,(i)'!$&*+%20"
    assert path_text(operation(text), ("1",)) == text.replace("{id}", "1")
    assert path_text(operation("/no/parameters:here"), ()) == "/no/parameters:here"


def test_what_no_url_may_hold_is_encoded_in_the_literal_parts() -> None:
    assert path_text(operation("/a b/ü\r\n/{x}"), ("1",)) == "/a%20b/%C3%BC%0D%0A/1"


def test_several_parameters_take_their_places_in_order() -> None:
    both = operation("/{a}/x/{b}.{c}")
    assert placeholders(both.path) == ["a", "b", "c"]
    for values in (("1", "2", "3"), (4, "é", True)):
        expected = f"/{values[0]}/x/{'%C3%A9' if values[1] == 'é' else values[1]}.{str(values[2]).lower()}"
        assert path_text(both, values) == expected


def test_what_is_none_in_an_object_is_left_out() -> None:
    assert in_query({"a": None, "b": 1}, Style("deepObject")) == "color[b]=1"
    assert in_query({"a": None}, Style("form")) == ""


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_comes_back_from_path_and_query(text: str) -> None:
    assert parse_qsl(in_query(text), keep_blank_values=True) == [("color", text)]
    if text not in ("", ".", ".."):
        written = in_path(text)
        assert unquote(written) == text
        assert written.isascii()
        assert not set(written) & set("/?# \r\n\t")


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), min_size=1))
def test_any_list_comes_back_from_a_delimited_query(items: list[str]) -> None:
    for style, mark in (("form", ","), ("spaceDelimited", "%20"), ("pipeDelimited", "%7C")):
        name, _, written = in_query(items, Style(style)).partition("=")  # type: ignore[arg-type]
        assert name == "color"
        assert unquote(written) == unquote(mark).join(items)


class TestHeaders:
    @pytest.mark.parametrize("bad", ["a\nb", "a\rb", "a\r\nX-Evil: 1", "\0", "\x7f", "\x1f", "日本", "\ud800"])
    def test_a_value_that_no_header_carries_is_refused_and_not_shown(self, bad: str) -> None:
        for value in (bad, [bad], {"k": bad}):
            with pytest.raises(InvalidArgument, match="header color") as caught:
                in_header("s3cret" + value if isinstance(value, str) else value)
            assert "s3cret" not in str(caught.value)
            assert "\n" not in str(caught.value)

    @pytest.mark.parametrize("bad", ["", "a b", "a:b", "a\nb", "é", "a\0", 3, None])
    def test_a_name_that_is_none_is_refused(self, bad: Any) -> None:
        with pytest.raises(InvalidArgument, match="header name"):
            check_header(bad, "x")

    @pytest.mark.parametrize("bad", [3, None, b"x", ["a"]])
    def test_a_value_that_is_no_string_is_refused(self, bad: Any) -> None:
        with pytest.raises(InvalidArgument, match="X-A must be a string"):
            check_header("X-A", bad)

    def test_what_headers_carry_passes(self) -> None:
        check_header("X-A!#$%&'*+.^_`|~", "tab\t and \x20\x7e")


def test_what_is_kept_per_operation_does_not_mix_values_up() -> None:
    both = operation("/{a}/{b}")
    values = [(str(random.random()), str(random.random())) for _ in range(50)]
    assert [path_text(both, pair) for pair in values] == ["/" + "/".join(pair) for pair in values]
