"""Who waits, in which order."""

from __future__ import annotations

from math import inf

from hypothesis import given
from hypothesis import strategies as st

from reknit.runtime.line import Line


def test_tickets_leave_in_their_order_whenever_they_came() -> None:
    line = Line()
    for ticket in (5, 2, 9):
        line.add(ticket, inf)
    assert [line.pop(), line.pop(), line.pop()] == [2, 5, 9]
    assert not line.waiting


def test_a_ticket_that_was_dropped_does_not_come_up() -> None:
    line = Line()
    for ticket in (1, 2, 3):
        line.add(ticket, 7.0)
    line.drop(1)
    line.drop(4)
    assert line.pop() == 2
    assert line.pop_before(inf) == [3]


def test_a_ticket_that_comes_again_has_its_new_deadline() -> None:
    line = Line()
    line.add(1, 5.0)
    line.drop(1)
    line.add(2, 9.0)
    line.add(1, 8.0)
    assert line.pop_before(6.0) == []
    assert line.pop_before(8.5) == [1]


def test_the_nearest_deadlines_leave_first() -> None:
    line = Line()
    for ticket, deadline in ((1, 3.0), (2, 1.0), (3, inf), (4, 2.0)):
        line.add(ticket, deadline)
    assert line.pop_before(3.0) == [2, 4]
    assert sorted(line.waiting) == [1, 3]


def test_leaving_keeps_no_memory() -> None:
    line = Line()
    line.add(0, 1e9)
    for ticket in range(1, 10_000):
        line.add(ticket, float(ticket))
        line.drop(ticket)
    assert len(line._order) + len(line._deadlines) < 200
    line.clear()
    assert not line._order
    assert not line._deadlines


@given(st.lists(st.tuples(st.sampled_from(["add", "drop", "pop", "before"]), st.integers(0, 12), st.floats(0, 50))))
def test_a_line_is_a_sorted_dictionary(steps: list[tuple[str, int, float]]) -> None:
    line = Line()
    model: dict[int, float] = {}
    for what, ticket, time in steps:
        if what == "add" and ticket not in model:
            line.add(ticket, time)
            model[ticket] = time
        elif what == "drop":
            line.drop(ticket)
            model.pop(ticket, None)
        elif what == "pop" and model:
            assert line.pop() == min(model)
            del model[min(model)]
        elif what == "before":
            gone = [late for late, deadline in model.items() if deadline < time]
            assert sorted(line.pop_before(time)) == sorted(gone)
            model = {left: deadline for left, deadline in model.items() if left not in gone}
        assert line.waiting == model
