"""The waits that are our own."""

from __future__ import annotations

from itertools import islice

import pytest

from reknit.runtime.backing_off import ceilings, full_jitter


@pytest.mark.parametrize(
    ("base", "cap", "expected"),
    [
        (0.5, 8.0, [0.5, 1.0, 2.0, 4.0, 8.0, 8.0]),
        (1.0, 3.0, [1.0, 2.0, 3.0, 3.0, 3.0, 3.0]),
        (5.0, 1.0, [1.0] * 6),
        (0.0, 8.0, [0.0] * 6),
        (0.5, 0.0, [0.0] * 6),
    ],
)
def test_the_ceiling_doubles_from_base_up_to_cap(base: float, cap: float, expected: list[float]) -> None:
    assert list(islice(ceilings(base, cap), 6)) == expected


@pytest.mark.parametrize("base", [0.0, 1e-320, 0.5])
@pytest.mark.parametrize("cap", [8.0, float("inf")])
def test_it_never_outgrows_a_float(base: float, cap: float) -> None:
    assert all(0 <= wait <= 86_400 for wait in islice(ceilings(base, cap), 3000))


def test_jitter_is_drawn_from_the_whole_range() -> None:
    assert [full_jitter(8.0, lambda: chance) for chance in (0.0, 0.25, 0.5)] == [0.0, 2.0, 4.0]  # noqa: B023
