"""What must not be seen is not seen, in any spelling."""

from __future__ import annotations

import base64
import copy
import html
import json
import pickle
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reknit.options import UNSET
from reknit.runtime import Secret, blank
from reknit.runtime.secrets import Redactor

KEY = 'k3y /+"é&=\\'


@pytest.mark.parametrize(
    "spelled",
    [
        KEY,
        quote(KEY, safe=""),
        quote_plus(KEY),
        json.dumps(KEY)[1:-1],
        json.dumps(KEY, ensure_ascii=False)[1:-1],
        base64.b64encode(f"{KEY}:".encode()).decode(),
        base64.b64encode(KEY.encode()).decode(),
        base64.urlsafe_b64encode(KEY.encode()).decode().rstrip("="),
        quote(KEY, safe="").lower(),
        quote(KEY),
        KEY.upper(),
        html.escape(KEY),
        json.dumps(json.dumps(KEY))[3:-3],
        json.dumps(KEY)[1:-1].replace("/", "\\/"),
    ],
)
def test_a_secret_is_blanked_in_every_spelling(spelled: str) -> None:
    assert Redactor([KEY]).text(f"your key {spelled} is bad, {spelled}!") == "your key *** is bad, ***!"


def test_a_longer_secret_goes_before_the_one_that_it_begins_with() -> None:
    assert Redactor(["secret", "secret-and-more"]).text("secret-and-more, secret") == "***, ***"


def test_short_secrets_are_blanked_as_words_only() -> None:
    redactor = Redactor(["a", "key"])
    assert redactor.text("a key, keys and an axe: key") == "*** ***, keys and an axe: ***"


def test_nothing_to_hide_hides_nothing() -> None:
    for redactor in (Redactor([]), Redactor([""])):
        assert redactor.text("as it was") == "as it was"
        value = {"a": ["b"]}
        assert redactor.value(value) is value


def test_secrets_are_no_patterns() -> None:
    assert Redactor([".*.*.*"]).text("all of this stays, .*.*.* goes") == "all of this stays, *** goes"


def test_values_are_blanked_at_any_depth_in_names_and_numbers_too() -> None:
    redactor = Redactor(["s3cret-key", "123456789012", "1.25000001"])
    value = {
        "s3cret-key": 1,
        "deep": [{"x": "is s3cret-key."}, ["s3cret-key"], None, True, 2.5],
        "number": 123456789012,
        "fraction": 1.25000001,
        "plain": 12,
    }
    assert redactor.value(value) == {
        "***": 1,
        "deep": [{"x": "is ***."}, ["***"], None, True, 2.5],
        "number": "***",
        "fraction": "***",
        "plain": 12,
    }
    assert value["number"] == 123456789012


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=6), st.text(), st.text())
def test_no_text_lets_a_secret_through(secret: str, before: str, after: str) -> None:
    text = Redactor([secret]).text(f"{before}{secret}{after}")
    assert secret not in text or secret in "***"


@given(st.lists(st.text(st.characters())), st.text(st.characters()))
def test_any_secret_makes_a_redactor(secrets: list[str], text: str) -> None:
    assert isinstance(Redactor(secrets).text(text), str)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("the key s3cret", "the key ***"),
        ("s3cret-ke", "***"),
        ('at ["x-s3cret-k…"]: no', 'at ["x-***…"]: no'),
        ("a s3c", "a s3c"),
        ("s3cret or secret", "s3cret or secret"),
        ("s3cs3cr", "s3c***"),
        ("s3crs3cre", "s3cr***"),
    ],
)
def test_a_secret_that_was_cut_off_is_blanked_too(text: str, shown: str) -> None:
    assert Redactor(["s3cret-key"]).text(text) == shown


def test_values_may_be_nested_deeply() -> None:
    value: Any = "the s3cret-key"
    for _ in range(10_000):
        value = [{"x": value}]
    value = Redactor(["s3cret-key"]).value(value)
    for _ in range(10_000):
        value = value[0]["x"]
    assert value == "the ***"


class TestSecret:
    SECRET = Secret("s3cret")

    @pytest.mark.parametrize("show", [repr, str, format, lambda value: f"{value!r:>20}", lambda value: repr([value])])
    def test_prints_as_nothing(self, show: Any) -> None:
        assert "s3cret" not in show(self.SECRET)

    def test_gives_itself_back_when_asked(self) -> None:
        assert self.SECRET.reveal() == "s3cret"

    def test_compares_by_what_it_hides(self) -> None:
        assert Secret("s3cret") == self.SECRET
        assert Secret("other") != self.SECRET
        assert self.SECRET != "s3cret"
        assert len({self.SECRET, Secret("s3cret")}) == 1

    @pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
    def test_is_not_written_in_the_clear(self, protocol: int) -> None:
        with pytest.raises(TypeError, match="not pickled"):
            pickle.dumps({"key": self.SECRET}, protocol)

    def test_has_no_dictionary_that_shows_it(self) -> None:
        assert not hasattr(self.SECRET, "__dict__")
        with pytest.raises(TypeError):
            copy.copy(self.SECRET)


@pytest.mark.parametrize(
    ("value", "shown"), [("s3cret", "***"), ("", "***"), (0, "***"), (None, "None"), (UNSET, "UNSET")]
)
def test_blank_shows_only_whether_there_is_something(value: Any, shown: str) -> None:
    assert blank(value) == shown
