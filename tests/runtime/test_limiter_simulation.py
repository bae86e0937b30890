"""A part of the simulation's table, within the same bounds."""

from __future__ import annotations

from itertools import product

import pytest

from benchmarks.limiter_simulation import BURSTS, MISHAPS, RATES, ROUND_TRIPS, WORDS, Crowd, Scene, broken


@pytest.mark.parametrize("words", WORDS)
def test_every_shape_keeps_its_bounds(words: str) -> None:
    for rate, burst in product(RATES, BURSTS):
        scene = Scene(rate, burst, words, 0.03)
        assert not broken(scene, Crowd(scene).run()), scene


@pytest.mark.parametrize("mishap", MISHAPS)
def test_every_mishap_keeps_its_bounds(mishap: str) -> None:
    for words, round_trip in product(WORDS, ROUND_TRIPS):
        scene = Scene(5, 5, words, round_trip, mishap)
        assert not broken(scene, Crowd(scene).run()), scene


def test_the_simulated_storm_keeps_the_promises_of_the_real_one() -> None:
    allowed = {"none": 40, "delta": 33, "epoch": 33, "stated": 30}
    for words in WORDS:
        crowd = Crowd(Scene(5, 5, words, 0.002)).run()
        assert crowd.served == crowd.scene.calls == 30
        assert crowd.took < 6.5
        assert crowd.requests <= allowed[words]
