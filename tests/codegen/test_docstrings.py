"""Text from a document stays text."""

# ruff: noqa: E501 - tables of texts, several a line

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codegen.docstrings import clean, docstring, escape, section, sentence, wrap

HOSTILE = [
    '"""\nimport os\n"""', '"', '""', '"""', '""""', "\\", "\\\\", '\\"', '\\"""', "ends in\\", 'ends in"', "\\N{BULLET}",
    "\\x41", "\\", "{{ 7 * 7 }}", "{% raw %}", "a\r\nb\rc\x0bd\x0ce\x85f\u2028g\u2029h", "\x00\x1b[31m", "\u202eabc",
    "\ud800", "'''", "#", "\t\ttabs", "f{x}", "%s", "",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("indent", [0, 4, 8])
def test_a_docstring_is_one_string_and_nothing_else(text: str, indent: int) -> None:
    written = " " * indent + docstring(text, indent)
    tree = ast.parse("if True:\n" + written if indent else written)
    body = tree.body[0].body if indent else tree.body  # type: ignore[attr-defined]
    assert len(body) == 1
    assert isinstance(body[0].value, ast.Constant)
    assert " ".join(body[0].value.value.split()) == " ".join(clean(text).split())


@given(st.text())
def test_no_text_can_end_a_docstring(text: str) -> None:
    (statement,) = ast.parse(docstring(text, 0)).body
    assert isinstance(statement, ast.Expr)
    assert isinstance(statement.value, ast.Constant)


@given(st.text(alphabet='"\\ \na'))
def test_escaped_text_reads_back_as_it_was(text: str) -> None:
    assert ast.literal_eval(f'"""{escape(text)}"""') == text or text.startswith('"')
    assert ast.literal_eval(f'""" {escape(text)}"""') == f" {text}"


def test_what_nobody_can_see_is_left_out() -> None:
    assert clean("a\u202eb\u200bc\x00d\x1be\ufeff") == "abcde"
    assert clean("a\r\nb\rc\u2028d") == "a\nb\nc\nd"


@pytest.mark.parametrize(
    ("text", "expected"),
    [("a  b\nc", "a b c."), ("Done.", "Done."), ("Why?", "Why?"), ("", ""), ("  ", ""), ("x:", "x:")],
)
def test_a_sentence_is_one_line_with_a_full_stop(text: str, expected: str) -> None:
    assert sentence(text) == expected


def test_paragraphs_are_wrapped_and_everything_else_keeps_its_lines() -> None:
    text = "one two\nthree four five\n\n- a list item that is long\n- b\n\n```\ncode   stays\n\nas it is\n```\n| a | b |\n# Title\nmore"
    assert wrap(text, 16).split("\n") == [
        "one two three", "four five", "", "- a list item", "  that is long", "- b", "", "```", "code   stays", "", "as it is",
        "```", "| a | b |", "# Title", "more",
    ]  # fmt: skip


def test_a_word_is_never_broken() -> None:
    assert wrap("see https://example.com/a-very-long-address now", 10).split("\n") == [
        "see", "https://example.com/a-very-long-address", "now",
    ]  # fmt: skip


def test_a_section_has_one_wrapped_entry_a_line() -> None:
    assert section("Args", [("a", "short"), ("b", "")], 8) == "Args:\n    a: short.\n    b:"
    long = section("Args", [("name", "word " * 40)], 8).split("\n")
    assert len(long) == 3
    assert long[2].startswith("        word")
    assert max(map(len, long)) <= 112


def test_long_docstrings_close_on_a_line_of_their_own() -> None:
    assert docstring("Short.", 4) == '"""Short."""'
    assert docstring("word " * 30, 4).endswith('\n    """')
