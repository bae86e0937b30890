"""Duplicates are told by what a body says; nothing that differs is taken for one."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reknit.inbound.store import digest

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (b'{"a":1,"b":[2,{"c":3,"d":4}]}', b' { "b" : [2,{"d":4,"c":3}], "a":1 }\n'),
        ('"é"'.encode(), b'"\\u00e9"'),
        (b"[1.10]", b"[ 1.10 ]"),
    ],
)
def test_the_same_content_has_the_same_digest(first: bytes, second: bytes) -> None:
    assert digest("r", first) == digest("r", second)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (b"1", b"1.0"),
        (b"1", b'"1"'),
        (b"0", b"-0"),
        (b"9007199254740993.0", b"9007199254740992.0"),
        (b'{"a":1,"a":2}', b'{"a":2}'),
        (b'"\\ud800"', b'"\\ufffd"'),
        (b"\xff", b"\xfe"),
        (b"[NaN]", b"[null]"),
        (b"{}", b"[]"),
        (b"[" * 9_000, b"[" * 9_001),
    ],
)
def test_what_differs_at_all_has_another_digest(first: bytes, second: bytes) -> None:
    assert digest("r", first) != digest("r", second)


def test_receivers_do_not_share_digests() -> None:
    assert digest("a", b"{}") != digest("b", b"{}")
    assert len(digest("a", b"{}")) == 32


@given(JSON, JSON)
def test_equal_digests_mean_equal_values(first: object, second: object) -> None:
    one, other = (json.dumps(value).encode() for value in (first, second))
    if digest("r", one) == digest("r", other):
        assert repr(json.loads(one)) == repr(json.loads(other)) or first == second
    assert digest("r", one) == digest("r", json.dumps(first, indent=1, sort_keys=True).encode())
