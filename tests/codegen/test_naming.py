"""Names come out valid, unique and the same on every run, whatever a document calls things."""

# ruff: noqa: E501 - tables of texts, several a line

from __future__ import annotations

import keyword

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codegen.naming import Names, constant, pascal, snake, words


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("userID", "user_id"), ("user_id", "user_id"), ("HTTPServer", "http_server"), ("aiTokenId", "ai_token_id"),
        ("sha256", "sha256"), ("sha256Sum", "sha256_sum"), ("X-Rate-Limit", "x_rate_limit"), ("totalDocs", "total_docs"),
        ("class", "class_"), ("from", "from_"), ("match", "match"), ("None", "none"), ("a.b", "a_b"), ("a b", "a_b"),
        ("3d", "field_3d"), ("$ref", "ref"), ("@type", "type"), ("+1", "plus_1"), ("-1", "minus_1"), ("v1-beta", "v1_beta"),
        ("__init__", "init"), ("_id", "id"), ("", "field"), ("  ", "field"), ("*", "asterisk"), ("<=", "less_than_sign_equals_sign"),
        ("Straße", "straße"), ("naïveID", "naïve_id"), ("名前", "名前"), ("ﬁle", "file"), ("😀", "grinning_face"),
        ("IDs", "ids"), ("userIDsSeen", "user_ids_seen"), ("OAuth2Token", "o_auth2_token"),
    ],
)  # fmt: skip
def test_snake(text: str, name: str) -> None:
    assert snake(text, "field") == name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("pet", "Pet"), ("HTTPError", "HTTPError"), ("http_error", "HttpError"), ("API_KEY", "ApiKey"), ("with.dots", "WithDots"),
        ("tools.execute", "ToolsExecute"), ("iOS", "IOs"), ("3d model", "Model3dModel"), ("", "Model"), ("名", "Model名"),
        ("ITEMS", "Items"), ("IBAN", "IBAN"), ("None", "None_"), ("Pet2", "Pet2"), ("/pets/{id}", "PetsId"),
    ],
)  # fmt: skip
def test_pascal(text: str, name: str) -> None:
    assert pascal(text) == name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("in progress", "IN_PROGRESS"),
        ("a-b", "A_B"),
        ("1", "VALUE_1"),
        ("GMT+0", "GMT_0"),
        ("inProgress", "IN_PROGRESS"),
    ],
)
def test_constant(text: str, name: str) -> None:
    assert constant(text) == name


@given(st.text(max_size=30))
def test_every_name_is_an_identifier_that_is_no_keyword_and_not_private(text: str) -> None:
    for name in (snake(text, "field"), pascal(text), constant(text)):
        assert name.isidentifier()
        assert not keyword.iskeyword(name)
        assert not name.startswith("_")


@given(st.text(max_size=30))
def test_a_class_can_never_be_called_like_a_field(text: str) -> None:
    assert pascal(text) != snake(text, "field")


def test_words_keep_every_letter() -> None:
    assert words("getHTTPResponseCode2xx") == ["get", "HTTP", "Response", "Code2", "xx"]


def test_a_taken_name_gets_the_next_wish_then_a_number() -> None:
    names = Names.besides({"self"})
    assert names.take("self", "self_") == "self_"
    assert [names.take("a_b", "a_b_query"), names.take("a_b", "a_b_query"), names.take("a_b", "a_b_query")] == [
        "a_b", "a_b_query", "a_b_query_2",
    ]  # fmt: skip
    assert [names.take("Pet"), names.take("Pet"), names.take("Pet")] == ["Pet", "Pet2", "Pet3"]
    assert [names.take("Http2"), names.take("Http2")] == ["Http2", "Http2_2"]
    assert [names.take("ASC"), names.take("ASC")] == ["ASC", "ASC_2"]
    assert [names.take("if_"), names.take("if_")] == ["if_", "if_2"]


def test_thousands_may_want_one_name() -> None:
    class Asked(set[str]):
        times = 0

        def __contains__(self, name: object) -> bool:
            self.times += 1
            return super().__contains__(name)

    asked = Asked()
    names = Names(asked)
    assert [names.take("Pet") for _ in range(3000)][-1] == "Pet3000"
    assert asked.times < 10_000
