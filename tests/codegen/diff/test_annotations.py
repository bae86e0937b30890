"""Annotations are unions of what they name, however they are written."""

from __future__ import annotations

import pytest

from codegen.diff.annotations import graded, parts


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("str | None", "None | str"),
        ("Optional[str]", "str | None"),
        ("Union[int, str]", "str | int"),
        ("Literal['a', 'b']", "Literal['b'] | Literal['a']"),
        ("builtins.list[models.Tool]", "list[Tool]"),
        ("dt.datetime", "datetime"),
        ("Annotated[Cat | Dog, Tagged('kind', {})]", "Cat | Dog"),
        ("Final[Event[models.Sale]]", "Event[Sale]"),
    ],
)
def test_spellings_of_one_type_are_equal(one: str, other: str) -> None:
    assert set(parts(one)) == set(parts(other))


def test_what_is_no_expression_is_taken_as_it_is() -> None:
    assert parts("not an (expression") == ("not an (expression",)


@pytest.mark.parametrize(
    ("old", "new", "sent", "received"),
    [
        ("str", "str", None, None),
        ("str", "str | None", "addition", "breaking"),
        ("str | None", "str", "breaking", "fix"),
        ("int", "float", "addition", "breaking"),
        ("float", "int", "breaking", "breaking"),
        ("str", "Any", "addition", "breaking"),
        ("list[str]", "list[str | None]", "breaking", "breaking"),
        ("Cat | Unknown", "Cat | Dog | Unknown", "addition", "addition"),
    ],
)
def test_arguments_may_widen_and_results_may_narrow(old: str, new: str, sent: str | None, received: str | None) -> None:
    before, after = set(parts(old)), set(parts(new))
    assert graded(before, after, {"sent"}) == sent
    assert graded(before, after, {"received"}) == received
    both = graded(before, after, {"sent", "received"})
    assert both == ("breaking" if "breaking" in (sent, received) else sent)
