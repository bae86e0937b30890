"""How many cases the fuzz tests try; `nox -s fuzz` says it, and without it they are skipped."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings

EXAMPLES = os.environ.get("REKNIT_FUZZ_EXAMPLES")

settings.register_profile(
    "fuzz", max_examples=int(EXAMPLES or 1), deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow]
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if EXAMPLES is None:
        skip = pytest.mark.skip(reason="REKNIT_FUZZ_EXAMPLES does not say how many cases; `nox -s fuzz` does")
        for item in items:
            if item.get_closest_marker("fuzz"):
                item.add_marker(skip)
