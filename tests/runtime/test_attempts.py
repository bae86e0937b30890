"""What a call leaves behind."""

from __future__ import annotations

import pickle

import pytest

from reknit.runtime import Attempt, RateLimitState, Response


def test_a_response_shows_neither_value_nor_body() -> None:
    response = Response(
        value={"token": "t-secret"},
        status=200,
        headers={},
        raw=b'{"token": "t-secret"}',
        rate_limit=RateLimitState(),
        attempts=(Attempt(1, 200, None, 0.1, 0.0),),
        request_id="r-1",
        idempotency_key=None,
        find_unknown=lambda: {"/x": 1},
    )
    assert "secret" not in repr(response)
    assert "<21 bytes>" in repr(response)
    assert response.unknown() == {"/x": 1}


def test_attempts_are_values() -> None:
    attempt = Attempt(1, 503, None, 0.1, 0.0)
    assert attempt == Attempt(1, 503, None, 0.1, 0.0, sent=True)
    assert pickle.loads(pickle.dumps(attempt)) == attempt
    with pytest.raises(AttributeError):
        attempt.status = 200  # type: ignore[misc]
