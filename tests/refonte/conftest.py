"""A Refonte client of a server that a test scripts."""

from __future__ import annotations

from typing import Any

import pytest

from reknit import Retry, refonte
from tests.refonte.answers import Labels
from tests.serving import Served


@pytest.fixture
def labels() -> Labels:
    """Return a function that makes a client of a server, one that resends without long pauses."""

    def make(served: Served, **arguments: Any) -> refonte.Client:
        return refonte.Client("live_4a1c", base_url=served.url, retry=Retry(base=0.001), **arguments)

    return make
