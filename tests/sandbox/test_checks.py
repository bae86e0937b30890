from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from reknit.sandbox.checks import problems
from reknit.sandbox.limits import TokenBucket

SCHEMA = {
    "type": "object",
    "required": ["name"],
    "additionalProperties": False,
    "properties": {
        "name": {"type": "string", "minLength": 1},
        "size": {"type": "integer", "minimum": 1, "maximum": 9},
        "ratio": {"type": ["number", "null"]},
        "kind": {"enum": ["a", "b", 3]},
        "done": {"type": "boolean"},
        "items": {
            "type": "array",
            "minItems": 1,
            "items": {"type": "object", "properties": {"id": {"type": "integer"}}},
        },
    },
}
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-2, 12)
    | st.sampled_from([0.5, 1e9])
    | st.sampled_from(["", "a", "b", "c"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["id", "name"]), inner, max_size=2),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from([*SCHEMA["properties"], "other"]), VALUES) | VALUES)
def test_it_agrees_with_json_schema(value):
    assert (problems(SCHEMA, value) == []) is Draft202012Validator(SCHEMA).is_valid(value)


@pytest.mark.parametrize(
    ("value", "sentences"),
    [
        ([], ["input must be an object"]),
        ({"size": True}, ["input.name is required", "input.size must be an integer"]),
        ({"name": "x", "size": 0}, ["input.size must be at least 1"]),
        ({"name": "x", "size": 10}, ["input.size must be at most 9"]),
        ({"name": "x", "ratio": "1"}, ["input.ratio must be a number or null"]),
        ({"name": "x", "kind": "c"}, ["input.kind must be one of a, b, 3"]),
        ({"name": "x", "items": []}, ["input.items must have at least 1 item(s)"]),
        ({"name": "x", "items": [{}, {"id": "7"}]}, ["input.items[1].id must be an integer"]),
        ({"name": "", "more": 1}, ["input.name must not be empty", "input.more is not known"]),
    ],
)
def test_it_says_what_is_wrong_and_where(value, sentences):
    assert problems(SCHEMA, value) == sentences


def test_it_refuses_a_schema_that_it_would_not_check_whole():
    with pytest.raises(NotImplementedError, match="pattern"):
        problems({"pattern": "^a"}, "b")


def test_a_bucket_lets_a_burst_through_and_then_its_rate():
    bucket = TokenBucket(rate=5, burst=5)
    assert [bucket.take(100.0) for _ in range(6)] == [True] * 5 + [False]
    assert (bucket.remaining(100.0), bucket.next_in(100.0), bucket.full_in(100.0)) == (0, 0.2, 1.0)
    assert [bucket.take(100.2), bucket.take(100.2)] == [True, False]
    assert bucket.remaining(200.0) == 5
    assert (bucket.next_in(200.0), bucket.full_in(200.0)) == (0.0, 0.0)
