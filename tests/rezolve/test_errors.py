"""The envelope decides: what it calls an error is one, and a code that is known counts more than the HTTP status."""

from __future__ import annotations

import pickle

import pytest

from reknit import errors, rezolve
from tests.rezolve.answers import DONE, Hub, refusal
from tests.serving import Serve, reply, script


async def test_success_false_in_a_200_is_the_error(serve: Serve, hub: Hub) -> None:
    served = await serve(refusal("INVALID_INPUT", message="title is missing", details={"field": "title"}))
    async with hub(served) as client:
        with pytest.raises(rezolve.InvalidInput) as caught:
            await client.tools.execute("itsm.tickets.create", input={})
    error = caught.value
    assert (error.status, error.code, error.message) == (200, "INVALID_INPUT", "title is missing")
    assert (error.details, error.request_id) == ({"field": "title"}, "req_2")
    assert error.idempotency_key == served.requests[0].json["idempotency_key"]
    assert str(error) == "rezolve.tools.execute: 200 INVALID_INPUT: title is missing"
    assert len(served.requests) == 1


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("UNAUTHORIZED", errors.Unauthorized),
        ("FORBIDDEN", errors.Forbidden),
        ("TOOL_NOT_FOUND", rezolve.ToolNotFound),
        ("CONNECTION_NOT_FOUND", rezolve.ConnectionNotFound),
        ("INVALID_INPUT", rezolve.InvalidInput),
        ("APPROVAL_REQUIRED", rezolve.ApprovalRequired),
        ("UPSTREAM_ERROR", rezolve.UpstreamError),
    ],
)
@pytest.mark.parametrize("status", [200, 400, 503])
async def test_a_known_code_decides_over_the_status_and_is_not_resent(
    serve: Serve, hub: Hub, code: str, expected: type[errors.APIError], status: int
) -> None:
    served = await serve(refusal(code, status))
    async with hub(served) as client:
        for call in (
            client.tools.list(),
            client.tools.get("x.y"),
            client.tools.execute("x.y", input={}),
        ):
            with pytest.raises(errors.APIError) as caught:
                await call
            assert type(caught.value) is expected
            assert (caught.value.status, caught.value.code) == (status, code)
    assert len(served.requests) == 3


def test_the_classes_of_the_hub_are_what_their_status_would_be() -> None:
    assert issubclass(rezolve.ToolNotFound, errors.NotFound)
    assert issubclass(rezolve.ConnectionNotFound, errors.NotFound)
    assert issubclass(rezolve.InvalidInput, errors.InvalidRequest)
    assert issubclass(rezolve.UpstreamError, errors.APIError)
    assert issubclass(rezolve.ApprovalRequired, errors.APIError)


@pytest.mark.parametrize("status", [200, 429, 503])
async def test_rate_limited_is_resent_whatever_the_status(serve: Serve, hub: Hub, status: int) -> None:
    served = await serve(script(refusal("RATE_LIMITED", status, retry_after="0"), DONE))
    async with hub(served) as client:
        await client.tools.execute("x.y", input={}, dry_run=True)  # unsafe: only a refusal for its rate is resent
    assert len(served.requests) == 2


async def test_rate_limited_in_a_200_is_raised_with_what_the_headers_say(serve: Serve, hub: Hub) -> None:
    served = await serve(refusal("RATE_LIMITED", retry_after="90", x_ratelimit_remaining="0"))
    async with hub(served, timeout=10) as client:
        with pytest.raises(errors.RateLimited) as caught:
            await client.tools.list()
    assert (caught.value.retry_after, caught.value.remaining, caught.value.status) == (90, 0, 200)
    assert len(served.requests) == 1


@pytest.mark.parametrize(
    ("status", "expected"),
    [(200, errors.APIError), (403, errors.Forbidden), (404, errors.NotFound), (422, errors.InvalidRequest)],
)
async def test_an_unknown_code_keeps_its_text_and_takes_the_class_of_the_status(
    serve: Serve, hub: Hub, status: int, expected: type[errors.APIError]
) -> None:
    served = await serve(refusal("QUOTA_OF_THE_MOON", status, "Too far."))
    async with hub(served) as client:
        with pytest.raises(errors.APIError) as caught:
            await client.tools.execute("x.y", input={})
    assert type(caught.value) is expected
    assert (caught.value.code, caught.value.message) == ("QUOTA_OF_THE_MOON", "Too far.")
    assert len(served.requests) == 1


async def test_an_unknown_code_with_a_503_is_resent_as_a_503(serve: Serve, hub: Hub) -> None:
    served = await serve(script(refusal("DOWN_FOR_TEA", 503), DONE))
    async with hub(served) as client:
        await client.tools.execute("x.y", input={})
    assert len(served.requests) == 2


@pytest.mark.parametrize(
    "body",
    [
        b"<html>Bad gateway</html>",
        b"nothing like JSON",
        b"",
        b'["success", false]',
        b'{"success": false}',
        b'{"success": false, "error": "text"}',
        b'{"success": false, "error": {"code": 7}}',
    ],
)
async def test_without_an_envelope_the_status_decides(serve: Serve, hub: Hub, body: bytes) -> None:
    served = await serve(script(reply(body, 502), reply(body, 403)))
    async with hub(served) as client:
        with pytest.raises(errors.Forbidden):
            await client.tools.list()  # the 502 was resent
    assert len(served.requests) == 2


@pytest.mark.parametrize("body", ['{"success": false}', '{"success": false, "error": null}', ' \n{"success": false}'])
async def test_success_false_that_says_no_more_is_still_an_error(serve: Serve, hub: Hub, body: str) -> None:
    served = await serve(reply(body, Content_Type="application/json"))
    async with hub(served) as client:
        with pytest.raises(errors.APIError) as caught:
            await client.tools.execute("x.y", input={})
    assert (caught.value.status, caught.value.code) == (200, None)
    assert len(served.requests) == 1


@pytest.mark.parametrize("before", ["", '"request_id": "req_1", ', '"data": {"success": false}, '])
@pytest.mark.parametrize("space", ["", " \n"])
@pytest.mark.parametrize("success", [True, False])
async def test_the_flag_may_stand_anywhere_in_the_envelope(
    serve: Serve, hub: Hub, before: str, space: str, success: bool
) -> None:
    after = '"request_id": "req_1"' if success else '"error": {"code": "FORBIDDEN", "message": "No."}'
    body = f'{space}{{{before}"success"{space}:{space}{str(success).lower()}{space},{after}}}'
    served = await serve(reply(body, Content_Type="application/json"))
    async with hub(served) as client:
        if success:
            assert (await client.tools.execute("x.y", input={})).request_id == "req_1"
        else:
            with pytest.raises(errors.Forbidden):
                await client.tools.execute("x.y", input={})


@pytest.mark.parametrize("body", [b'{"success": "\xff"}', b'{"success": ', b"{" * 100_000, b'{"a": "\xff"}', b'"\xff"'])
async def test_a_200_that_is_not_json_is_a_decode_error(serve: Serve, hub: Hub, body: bytes) -> None:
    served = await serve(reply(body, Content_Type="application/json"))
    async with hub(served) as client:
        with pytest.raises(errors.DecodeError) as caught:
            await client.tools.execute("x.y", input={}, idempotency_key="mine")
    assert caught.value.raw == body
    assert caught.value.idempotency_key == "mine"


async def test_a_key_that_the_servers_message_echoes_is_blanked(serve: Serve, hub: Hub) -> None:
    served = await serve(refusal("UNAUTHORIZED", 401, "key-of-the-hub is no key", {"given": "Bearer key-of-the-hub"}))
    async with hub(served) as client:
        with pytest.raises(errors.Unauthorized) as caught:
            await client.tools.list()
    assert "key-of-the-hub" not in f"{caught.value}{caught.value!r}{caught.value.message}{caught.value.details}"


async def test_an_error_of_the_hub_survives_pickling(serve: Serve, hub: Hub) -> None:
    served = await serve(refusal("APPROVAL_REQUIRED", 403, "wait"))
    async with hub(served) as client:
        with pytest.raises(rezolve.ApprovalRequired) as caught:
            await client.tools.execute("x.y", input={}, idempotency_key="mine")
    copy = pickle.loads(pickle.dumps(caught.value))
    assert type(copy) is rezolve.ApprovalRequired
    assert (copy.idempotency_key, copy.status, copy.message, copy.request_id) == ("mine", 403, "wait", "req_2")
    assert [attempt.status for attempt in copy.attempts] == [403]
    with pytest.raises(errors.InvalidArgument, match="another process"):
        await copy.replay()
