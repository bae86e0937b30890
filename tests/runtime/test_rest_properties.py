"""A model's attribute for the rest: it takes the properties that no other attribute names, and gives them back."""

from __future__ import annotations

import json
from typing import Any

import pytest
from attrs import define, field
from hypothesis import given
from hypothesis import strategies as st

from reknit.runtime import Bytes, Json, Operation, Unknown
from reknit.runtime.codec import Misfit, decoder, is_whole, unknown_in
from reknit.runtime.converting import converter
from reknit.runtime.operations import CursorPages
from reknit.runtime.pages import next_query
from reknit.runtime.requests import encode_body, secret_values
from reknit.runtime.writing import encode, plain
from tests.runtime.hub import caller_to
from tests.serving import Serve, reply


@define(kw_only=True)
class Inner:
    n: int


@define(kw_only=True)
class Labels:
    user_id: int = field(metadata={"wire": "userID"})
    note: str | None = None
    additional_properties: dict[str, int | str] = field(factory=dict[str, Any], metadata={"rest": True})


@define(kw_only=True)
class Boxes:
    additional_properties: dict[str, Inner] = field(factory=dict[str, Any], metadata={"rest": True})


@define(kw_only=True)
class Outer:
    labels: Labels | None = None
    boxes: Boxes | None = None
    union: Labels | Inner | Unknown | None = None


def decoded(raw: Any, annotation: Any) -> Any:
    return decoder(annotation)(json.dumps(raw).encode())


def test_what_nothing_else_names_is_the_rest() -> None:
    labels = decoded({"userID": 1, "note": "x", "mood": "calm", "additional_properties": 3, "user_id": 4}, Labels)
    assert labels == Labels(
        user_id=1, note="x", additional_properties={"mood": "calm", "additional_properties": 3, "user_id": 4}
    )
    assert decoded({"userID": 1}, Labels).additional_properties == {}


def test_the_rest_has_its_type() -> None:
    outer = decoded({"boxes": {"a": {"n": 1}, "b": {"n": 2}}}, Outer)
    assert outer.boxes == Boxes(additional_properties={"a": Inner(n=1), "b": Inner(n=2)})
    with pytest.raises(Misfit) as caught:
        decoded({"boxes": {"a": {"n": 1}, "b": {"n": "two"}}}, Outer)
    assert caught.value.path == "$.boxes.b.n"


def test_nothing_around_it_is_decoded_past_it() -> None:
    assert not any(map(is_whole, (Labels, Outer, list[Labels], dict[str, Boxes], Labels | None)))
    assert is_whole(Inner)


def test_a_member_of_a_union_is_found_by_its_own_properties() -> None:
    assert decoded({"union": {"userID": 1, "x": 2}}, Outer).union == Labels(user_id=1, additional_properties={"x": 2})
    assert decoded({"union": {"n": 1}}, Outer).union == Inner(n=1)


def test_the_rest_goes_out_behind_what_has_a_name() -> None:
    labels = Labels(user_id=1, additional_properties={"mood": "calm", "userID": 9, "note": "from the rest"})
    assert plain(labels) == {"userID": 1, "mood": "calm", "note": "from the rest"}
    assert encode({"labels": [labels]}) == b'{"labels":[{"userID":1,"mood":"calm","note":"from the rest"}]}'
    assert plain(Boxes(additional_properties={"a": Inner(n=1)})) == {"a": {"n": 1}}
    assert converter().unstructure(labels) == plain(labels)
    form: Operation[Any] = Operation(
        name="x", method="POST", path="/", safety="unsafe", body="application/x-www-form-urlencoded", answers={}
    )
    assert encode_body(form, Labels(user_id=1, additional_properties={"a": "b c"})) == b"userID=1&a=b+c"


def test_what_is_not_json_in_the_rest_is_named() -> None:
    with pytest.raises(Misfit) as caught:
        plain({"labels": Labels(user_id=1, additional_properties={"odd": object()})})  # type: ignore[dict-item]
    assert caught.value.path == "$.labels.odd"


def test_the_rest_is_not_unknown() -> None:
    raw = {"labels": {"userID": 1, "mood": "calm"}, "boxes": {"a": {"n": 1, "more": 2}}, "other": 3}
    assert unknown_in(raw, decoded(raw, Outer)) == {"/boxes/a/more": 2, "/other": 3}


def test_a_secret_in_the_rest_is_found_by_its_name() -> None:
    labels = Labels(user_id=1, additional_properties={"token": "t-123", "userID": "not this one"})
    assert sorted(secret_values(("token", "userID"), {"labels": labels})) == ["1", "t-123"]


def test_a_page_may_say_in_the_rest_how_it_continues() -> None:
    plan = CursorPages(items="docs", next="next", parameter="cursor")
    assert next_query(plan, {}, Labels(user_id=1, additional_properties={"next": "b"}), 1) == {"cursor": "b"}


NAMES = st.text(max_size=8)


@given(st.dictionaries(NAMES, st.integers() | st.text(max_size=8), max_size=6), st.integers())
def test_what_came_goes_out_again(rest: dict[str, Any], number: int) -> None:
    rest.pop("note", None)
    raw = {**rest, "userID": number}
    assert plain(decoded(raw, Labels)) == raw


async def test_over_a_socket(serve: Serve) -> None:
    server = await serve(reply({"userID": 1, "mood": "calm", "note": None}))
    operation: Operation[Labels] = Operation(
        name="labels.get",
        method="GET",
        path="/labels",
        safety="idempotent",
        answers={"200": {"application/json": Json(lambda: Labels), "image/png": Bytes()}},
    )
    caller = caller_to(server.url)
    answer = await caller.respond(operation)
    await caller.close()
    assert answer.value == Labels(user_id=1, additional_properties={"mood": "calm"})
    assert answer.unknown() == {}
