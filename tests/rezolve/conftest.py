"""A Hub client of a server that a test scripts."""

from __future__ import annotations

from typing import Any

import pytest

from reknit import Retry, rezolve
from tests.rezolve.answers import Hub
from tests.serving import Served


@pytest.fixture
def hub() -> Hub:
    """Return a function that makes a client of a server, one that resends without long pauses."""

    def make(served: Served, **arguments: Any) -> rezolve.Client:
        return rezolve.Client("key-of-the-hub", base_url=served.url, retry=Retry(base=0.001), **arguments)

    return make
