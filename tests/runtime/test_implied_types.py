"""A type that a document implies and does not state: what is of another type is kept as it came, and is no error."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Annotated, Any

import pytest
from attrs import define, field

from reknit.runtime import Implied, Json, Operation, Tagged, Unknown
from reknit.runtime.codec import Misfit, decoder, is_whole, unknown_in
from reknit.runtime.writing import encode, plain
from tests.runtime.hub import caller_to
from tests.serving import Serve, reply


@define(kw_only=True)
class Lid:
    n: int


@define(kw_only=True)
class Cap:
    kind: str
    n: int


Tops = Annotated[Lid | Cap | Unknown, Tagged("kind", {"cap": Cap})]


@define(kw_only=True)
class Box:
    top: Annotated[Lid, Implied(dict)]
    lid: Annotated[Lid, Implied(dict)] | None = field(default=None, metadata={"implied": True, "wire": "LID"})
    lids: Annotated[list[Annotated[Lid, Implied(dict)]], Implied(list)] | None = field(
        default=None, metadata={"implied": True}
    )


def decoded(raw: Any, annotation: Any) -> Any:
    return decoder(annotation)(json.dumps(raw).encode())


def test_values_of_the_type_are_decoded() -> None:
    assert decoded({"top": {"n": 1}, "LID": {"n": 2}, "lids": [{"n": 3}]}, Box) == Box(
        top=Lid(n=1), lid=Lid(n=2), lids=[Lid(n=3)]
    )
    assert decoded("2024-01-31T12:00:00Z", Annotated[datetime, Implied()]) == datetime(2024, 1, 31, 12, tzinfo=UTC)


@pytest.mark.parametrize("stray", ["text", 5, True, None, [{"n": 1}], []])
def test_values_of_another_type_are_kept_as_they_came(stray: Any) -> None:
    assert decoded(stray, Annotated[Lid, Implied(dict)]) == Unknown(stray)
    assert decoded({"top": stray}, Box) == Box(top=Unknown(stray))  # type: ignore[arg-type]
    assert encode(decoded({"top": stray}, Box)) == json.dumps({"top": stray}, separators=(",", ":")).encode()


def test_items_are_looked_at_one_by_one() -> None:
    box = decoded({"top": {"n": 1}, "lids": [{"n": 1}, None, "x"]}, Box)
    assert box.lids == [Lid(n=1), Unknown(None), Unknown("x")]


@pytest.mark.parametrize(
    ("raw", "path"), [({"top": {"n": "one"}}, "$.top.n"), ({"top": {}}, "$.top"), ({"top": {"n": 1}, "x": 1}, None)]
)
def test_what_is_stated_inside_still_counts(raw: Any, path: str | None) -> None:
    if path is None:
        assert decoded(raw, Box) == Box(top=Lid(n=1))
        return
    with pytest.raises(Misfit) as caught:
        decoded(raw, Box)
    assert caught.value.path == path


def test_a_type_without_a_kind_takes_whatever_does_not_fit() -> None:
    assert decoded({"n": "one"}, Annotated[Lid, Implied()]) == Unknown({"n": "one"})
    assert decoded("soon", Annotated[datetime, Implied()]) == Unknown("soon")
    assert decoded([1, "x"], Annotated[list[int], Implied()]) == Unknown([1, "x"])
    assert decoded({"kind": "cap"}, Annotated[Tops, Implied()]) == Unknown({"kind": "cap"})


def test_a_null_that_an_attribute_cannot_tell_from_nothing_is_unknown() -> None:
    raw = {"top": {"n": 1}, "LID": None, "lids": None}
    box = decoded(raw, Box)
    assert (box.lid, box.lids) == (None, None)
    assert plain(box) == {"top": {"n": 1}}
    assert unknown_in(raw, box) == {"/LID": None, "/lids": None}
    assert unknown_in({"top": {"n": 1}}, decoded({"top": {"n": 1}}, Box)) == {}


def test_what_strays_is_unknown() -> None:
    raw = {"top": "x", "lids": [5, {"n": 1, "m": 2}]}
    assert unknown_in(raw, decoded(raw, Box)) == {"/top": "x", "/lids/0": 5, "/lids/1/m": 2}


def test_another_member_of_a_union_that_fits_goes_first() -> None:
    union = Annotated[Lid, Implied(dict)] | Annotated[list[int], Implied(list)] | bool
    assert decoded([1], union) == [1]
    assert decoded(True, union) is True
    assert decoded({"n": 1}, union) == Lid(n=1)
    assert decoded("x", union) == Unknown("x")


def test_only_such_types_are_not_decoded_directly() -> None:
    assert not is_whole(Annotated[Lid, Implied(dict)])
    assert not is_whole(Box)
    assert is_whole(Lid)


async def test_an_answer_that_strays_is_a_success(serve: Serve) -> None:
    server = await serve(reply(["not a lid"]))
    operation: Operation[Lid] = Operation(
        name="lids.get",
        method="GET",
        path="/lid",
        safety="idempotent",
        answers={"200": {"application/json": Json(lambda: Annotated[Lid, Implied(dict)])}},
    )
    caller = caller_to(server.url)
    answer = await caller.respond(operation)
    await caller.close()
    assert (answer.value, answer.unknown()) == (Unknown(["not a lid"]), {"": ["not a lid"]})
