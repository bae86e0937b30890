"""A Relays client of a server that a test scripts."""

from __future__ import annotations

from typing import Any

import pytest

from reknit import Retry, relays
from tests.relays.answers import Edge
from tests.serving import Served


@pytest.fixture
def edge() -> Edge:
    """Return a function that makes a client of a server, one that resends without long pauses."""

    def make(served: Served, **arguments: Any) -> relays.Client:
        return relays.Client("edge-key", base_url=served.url, retry=Retry(base=0.001), **arguments)

    return make
