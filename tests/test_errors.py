"""The taxonomy of errors, and what survives a process boundary."""

from __future__ import annotations

import copy
import pickle

import pytest
from multidict import CIMultiDict, CIMultiDictProxy

from reknit import errors, rezolve
from reknit.relays.client import SessionNotReady
from reknit.runtime import Attempt

TAXONOMY = {
    "ConfigurationError": {"ReknitError"},
    "InvalidArgument": {"ReknitError", "ValueError"},
    "ClientClosed": {"ReknitError"},
    "TransportError": {"ReknitError"},
    "ConnectFailed": {"TransportError"},
    "DeadlineExceeded": {"TransportError", "TimeoutError"},
    "DecodeError": {"ReknitError"},
    "BodyTooLarge": {"DecodeError"},
    "APIError": {"ReknitError"},
    "InvalidRequest": {"APIError"},
    "Unauthorized": {"APIError"},
    "PaymentRequired": {"APIError"},
    "Forbidden": {"APIError"},
    "NotFound": {"APIError"},
    "Conflict": {"APIError"},
    "UnexpectedStatus": {"APIError"},
    "RateLimited": {"APIError"},
    "ServerError": {"APIError"},
}
OF_APIS: dict[type[errors.ReknitError], type[errors.ReknitError]] = {
    rezolve.ApprovalRequired: errors.APIError,
    rezolve.ToolNotFound: errors.NotFound,
    rezolve.ConnectionNotFound: errors.NotFound,
    rezolve.UpstreamError: errors.APIError,
    rezolve.InvalidInput: errors.InvalidRequest,
    SessionNotReady: errors.ReknitError,
}
CLASSES = [getattr(errors, name) for name in errors.__all__]
STATE = {
    "operation": "rezolve.tools.execute",
    "attempts": (Attempt(1, 503, None, 0.25, 0.0), Attempt(2, None, "ConnectFailed", 0.5, 1.5, sent=False)),
    "status": 429,
    "code": "RATE_LIMITED",
    "details": {"fields": ["a", None, 1.5]},
    "request_id": "req-1",
    "raw": b"\x00{}",
    "path": "$.data[3].risk",
    "retry_after": 2.5,
    "limit": 5,
    "remaining": 0,
    "reset": 1.5,
    "sent": False,
    "idempotency_key": "key-1",
    "server_message": "slow down",
}


def test_taxonomy_is_the_documented_one() -> None:
    found = {cls.__name__: {base.__name__ for base in cls.__bases__} for cls in CLASSES}
    assert found.pop("ReknitError") == {"Exception"}
    assert found == TAXONOMY
    assert {cls: cls.__bases__ for cls in OF_APIS} == {cls: (base,) for cls, base in OF_APIS.items()}


def test_what_python_programs_already_catch() -> None:
    with pytest.raises(TimeoutError):
        raise errors.DeadlineExceeded("late")
    with pytest.raises(ValueError, match="bad"):
        raise errors.InvalidArgument("bad")


@pytest.mark.parametrize("cls", [*CLASSES, *OF_APIS])
@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_every_error_survives_pickling_with_all_that_it_knows(cls: type[errors.ReknitError], protocol: int) -> None:
    error = cls("rezolve.tools.execute: 429 slow down").with_context(**STATE)
    headers = CIMultiDictProxy(CIMultiDict([("X-Request-Id", "req-1"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")]))
    error.with_context(headers=headers)
    error.add_note("seen on a Tuesday")
    back = pickle.loads(pickle.dumps(error, protocol))
    assert type(back) is cls
    assert back.args == error.args
    assert str(back) == str(error)
    assert back.message == error.message
    assert {name: getattr(back, name) for name in STATE} == STATE
    assert list(back.headers.items()) == list(headers.items())
    assert back.headers["x-request-id"] == "req-1"
    assert back.__notes__ == ["seen on a Tuesday"]


@pytest.mark.parametrize("cls", [*CLASSES, *OF_APIS])
def test_an_error_made_by_hand_has_every_documented_attribute(cls: type[errors.ReknitError]) -> None:
    for error in (cls(), cls("text"), pickle.loads(pickle.dumps(cls("text"))), copy.copy(cls("text"))):
        assert error.operation == ""
        assert error.attempts == ()
        assert error.message == str(error)
        if isinstance(error, errors.APIError):
            assert (error.status, error.code, error.details, error.request_id, error.raw) == (0, None, None, None, b"")
            assert (error.headers, error.retry_after, error.idempotency_key) == (None, None, None)
        if isinstance(error, errors.DecodeError):
            assert (error.raw, error.path, error.status, error.headers) == (b"", "$", 0, None)
        if isinstance(error, errors.RateLimited):
            assert (error.limit, error.remaining, error.reset) == (None, None, None)


def test_sent_is_assumed_unless_no_connection_was_made() -> None:
    assert errors.TransportError("cut").sent
    assert errors.DeadlineExceeded("late").sent
    assert not errors.ConnectFailed("refused").sent


def test_live_objects_stay_on_this_side() -> None:
    error = errors.APIError("no").with_context(_again=lambda: None, status=500)
    back = pickle.loads(pickle.dumps(error))
    assert back.status == 500
    assert not hasattr(back, "_again")


async def test_an_approval_from_another_process_says_how_to_go_on() -> None:
    back = pickle.loads(pickle.dumps(rezolve.ApprovalRequired("wait").with_context(idempotency_key="k")))
    with pytest.raises(errors.InvalidArgument, match="idempotency_key"):
        await back.replay()


def test_message_is_the_servers_sentence_where_there_is_one() -> None:
    assert errors.APIError("op: 400 bad").message == "op: 400 bad"
    assert errors.APIError("op: 400 bad").with_context(server_message="bad").message == "bad"
    assert errors.APIError("op: 400").with_context(server_message="").message == "op: 400"


def test_the_body_of_an_error_is_json_where_nothing_else_is_known() -> None:
    assert errors.NotFound("x").with_context(raw=b'{"a": 1}').body == {"a": 1}
    for raw in (b"", b"<html>", b"[" * 100_000, b"\xff"):
        assert errors.NotFound("x").with_context(raw=raw).body is None
    assert dict(errors.NotFound("x").header_values) == {}


def test_a_pickled_error_leaves_the_description_of_its_body_behind() -> None:
    error = errors.NotFound("x").with_context(raw=b"[1]", _body=lambda: "decoded", _header_values=lambda: {"A": 1})
    assert (error.body, error.header_values) == ("decoded", {"A": 1})
    back = pickle.loads(pickle.dumps(error))
    assert (back.body, back.header_values) == ([1], {})
