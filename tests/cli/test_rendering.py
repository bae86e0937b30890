from __future__ import annotations

import io

import pytest

from reknit.cli.rendering import Paint, blanked, blanked_by_name, one_line, outline, printable, secret_names, to_json
from reknit.refonte import Task
from reknit.rezi import Connection


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture(autouse=True)
def terminal(monkeypatch):
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")


def lines(value):
    return list(outline(value, Paint(io.StringIO())))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, ["null"]),
        ("text", ["text"]),
        ("", ['""']),
        ({}, ["{}"]),
        ([], ["[]"]),
        ({"a": 1, "b": {"c": [True, None]}}, ["a: 1", "b:", "  c:", "    - true", "    - null"]),
        ([{"a": 1, "b": 2}, {"a": 3}], ["- a: 1", "  b: 2", "- a: 3"]),
        ([[1, 2], []], ["- - 1", "  - 2", "- []"]),
        ({"text": "two\nlines\n"}, ["text:", "  two", "  lines"]),
        ({"empty": {}}, ["empty: {}"]),
    ],
)
def test_any_json_has_an_outline(value, expected):
    assert lines(value) == expected


@pytest.mark.parametrize("text", ["\x1b[31mred", "a\x07b", "\x9b31m", "\u202eevil", "line\rover"])
def test_nothing_that_a_terminal_obeys_gets_through(text):
    for shown in (printable(text), one_line(text), *lines({"a": text}), *lines({text: 1}), to_json({text: text})):
        assert shown.isprintable()


def test_names_stand_out_on_a_terminal_only(monkeypatch):
    assert Paint(Terminal())("name", "a") == "\x1b[36ma\x1b[0m"
    assert Paint(io.StringIO())("name", "a") == "a"
    monkeypatch.setenv("NO_COLOR", "1")
    assert Paint(Terminal())("name", "a") == "a"
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("TERM", "dumb")
    assert Paint(Terminal())("name", "a") == "a"


def test_what_a_model_keeps_secret_is_blanked_wherever_it_stands():
    raw = {"status": "success", "token": "secret", "more": {"token": "kept"}}
    model = Connection(status="success", token="secret")
    assert blanked(raw, model) == {"status": "success", "token": "***", "more": {"token": "kept"}}
    assert blanked([raw], [model])[0]["token"] == "***"
    assert blanked({"a": raw}, {"a": model})["a"]["token"] == "***"
    assert blanked({"token": None}, model) == {"token": None}


def test_what_fits_no_model_is_blanked_by_name():
    names = secret_names((Connection, Task, int))
    assert "token" in names
    assert blanked_by_name({"a": [{"token": 1}], "b": 2}, names) == {"a": [{"token": "***"}], "b": 2}
