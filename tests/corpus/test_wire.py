"""The other side reads every style as the table in OpenAPI 3.1, "Style Examples", writes it."""

from __future__ import annotations

from typing import Any

import pytest

from corpus.reading import Parameter
from corpus.wire import ABSENT, Arrived, no_form, parts_of, read, segments, unlike

SCALAR, ARRAY, OBJECT = "blue", ["blue", "black", "brown"], {"R": "100", "G": "200", "B": "150"}

TABLE = [
    ("path", "matrix", False, ";color=blue", ";color=blue,black,brown", ";color=R,100,G,200,B,150"),
    ("path", "matrix", True, ";color=blue", ";color=blue;color=black;color=brown", ";R=100;G=200;B=150"),
    ("path", "label", False, ".blue", ".blue,black,brown", ".R,100,G,200,B,150"),
    ("path", "label", True, ".blue", ".blue.black.brown", ".R=100.G=200.B=150"),
    ("path", "simple", False, "blue", "blue,black,brown", "R,100,G,200,B,150"),
    ("path", "simple", True, "blue", "blue,black,brown", "R=100,G=200,B=150"),
    ("query", "form", False, "color=blue", "color=blue,black,brown", "color=R,100,G,200,B,150"),
    ("query", "form", True, "color=blue", "color=blue&color=black&color=brown", "R=100&G=200&B=150"),
    ("query", "spaceDelimited", False, None, "color=blue%20black%20brown", "color=R%20100%20G%20200%20B%20150"),
    ("query", "pipeDelimited", False, None, "color=blue%7Cblack%7Cbrown", "color=R%7C100%7CG%7C200%7CB%7C150"),
    ("query", "deepObject", True, None, None, "color%5BR%5D=100&color[G]=200&color[B]=150"),
    ("header", "simple", False, "blue", "blue,black,brown", "R,100,G,200,B,150"),
    ("header", "simple", True, "blue", "blue,black,brown", "R=100,G=200,B=150"),
    ("cookie", "form", False, "color=blue", "color=blue,black,brown", "color=R,100,G,200,B,150"),
]


def arrived(place: str, text: str) -> Arrived:
    headers = {"header": {"color": text}, "cookie": {"cookie": text}}.get(place, {})
    return Arrived(f"/{text}" if place == "path" else "/", text if place == "query" else "", headers)


@pytest.mark.parametrize(("place", "style", "explode", "scalar", "array", "object_"), TABLE)
def test_a_style_is_read_as_openapi_writes_it(
    place: str, style: str, explode: bool, scalar: str | None, array: str | None, object_: str | None
) -> None:
    parameter = Parameter("color", place, required=True, style=style, explode=explode, schema=None)
    for kind, text, value in (("scalar", scalar, SCALAR), ("array", array, ARRAY), ("object", object_, OBJECT)):
        if text is not None:
            assert no_form(parameter, value, "/{color}") is None
            assert read(parameter, kind, arrived(place, text), "/{color}", {"R", "G", "B"}) == value


def test_what_was_not_sent_is_absent() -> None:
    for place, style in (("query", "form"), ("header", "simple"), ("cookie", "form")):
        parameter = Parameter("color", place, required=False, style=style, explode=False, schema=None)
        assert (
            read(parameter, "scalar", arrived(place, "") if place != "header" else Arrived("/", "", {}), "/", set())
            is ABSENT
        )


@pytest.mark.parametrize(
    ("template", "path", "found"),
    [
        ("/a/{b}/c", "/a/x%2Fy/c", {"b": "x%2Fy"}),
        ("/a/{b}/c", "/a/x/y/c", None),
        ("/it's/{b}", "/it%27s/x", {"b": "x"}),
        ("/a", "/a", {}),
        ("/a", "/b", None),
    ],
)
def test_a_path_gives_its_segments(template: str, path: str, found: dict[str, str] | None) -> None:
    assert segments(template, path) == found


@pytest.mark.parametrize(
    ("expected", "texts", "alike"),
    [
        (1, "1.0", True),
        (True, "true", True),
        (True, "True", False),
        ("2024-01-01T00:00:00Z", "2024-01-01T01:00:00+01:00", True),
        (["a"], ["a", "b"], False),
        ({"a": 1}, {"a": "2"}, False),
    ],
)
def test_texts_say_a_value_or_not(expected: Any, texts: Any, alike: bool) -> None:
    assert (unlike(expected, texts) is None) is alike


def test_a_multipart_body_gives_its_parts() -> None:
    body = (
        b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\none\r\ntwo\r\n'
        b'--x\r\nContent-Disposition: form-data; name="b%22"; filename="f"\r\n'
        b"Content-Type: image/png\r\n\r\n\x00\xff\r\n--x--\r\n"
    )
    first, second = parts_of(body, "multipart/form-data; boundary=x")
    assert (first.name, first.content, first.filename) == ("a", b"one\r\ntwo", None)
    assert (second.name, second.content, second.media, second.filename) == ('b"', b"\x00\xff", "image/png", "f")
