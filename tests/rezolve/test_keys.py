"""Every `execute` that is no dry run has one idempotency key, the same in every attempt."""

from __future__ import annotations

import re

import pytest

from reknit import RequestOptions, Retry, errors
from tests.rezolve.answers import DONE, Hub
from tests.serving import Serve, reply, script


async def test_an_execute_answered_503_503_200_arrives_three_times_with_one_key(serve: Serve, hub: Hub) -> None:
    served = await serve(script(reply(b"", 503), reply(b"", 503), DONE))
    async with hub(served) as client:
        answer = await client.tools.with_response.execute("x.y", input={"n": 1})
    bodies = [seen.body for seen in served.requests]
    assert len(bodies) == 3
    assert len(set(bodies)) == 1
    assert re.fullmatch("[0-9a-f]{32}", served.requests[0].json["idempotency_key"])
    assert answer.idempotency_key == served.requests[0].json["idempotency_key"]
    assert [attempt.status for attempt in answer.attempts] == [503, 503, 200]


async def test_each_call_has_a_key_of_its_own(serve: Serve, hub: Hub) -> None:
    served = await serve(DONE)
    async with hub(served) as client:
        for dry_run in (None, False):
            await client.tools.execute("x.y", input={}, dry_run=dry_run)
    assert len({seen.json["idempotency_key"] for seen in served.requests}) == 2


async def test_the_callers_own_key_is_kept(serve: Serve, hub: Hub) -> None:
    served = await serve(script(reply(b"", 503), DONE))
    async with hub(served) as client:
        await client.tools.execute("x.y", input={}, idempotency_key="printer-floor-3")
    assert [seen.json["idempotency_key"] for seen in served.requests] == ["printer-floor-3"] * 2


@pytest.mark.parametrize("key", ["", "  ", "line\nbreak"])
async def test_a_key_that_cannot_serve_is_refused_before_anything_is_sent(serve: Serve, hub: Hub, key: str) -> None:
    served = await serve(DONE)
    async with hub(served) as client:
        with pytest.raises(errors.InvalidArgument, match="idempotency key"):
            await client.tools.execute("x.y", input={}, idempotency_key=key)
    assert served.requests == []


async def test_a_dry_run_has_no_key_and_is_not_resent(serve: Serve, hub: Hub) -> None:
    served = await serve(script(reply(b"", 503), DONE))
    async with hub(served) as client:
        with pytest.raises(errors.ServerError) as caught:
            await client.tools.execute("x.y", input={}, dry_run=True)
    assert [seen.json for seen in served.requests] == [{"input": {}, "dry_run": True}]
    assert caught.value.idempotency_key is None


async def test_a_read_is_resent_and_has_no_key(serve: Serve, hub: Hub) -> None:
    served = await serve(script(reply(b"", 500), reply([])))
    async with hub(served) as client:
        await client.tools.list()
    assert [(seen.method, seen.body) for seen in served.requests] == [("GET", b"")] * 2


async def test_a_call_can_ask_for_no_resend(serve: Serve, hub: Hub) -> None:
    served = await serve(reply(b"", 503))
    async with hub(served) as client:
        with pytest.raises(errors.ServerError) as caught:
            await client.tools.execute(
                "x.y", input={}, options=RequestOptions(retry=Retry(max_attempts=1)), idempotency_key="mine"
            )
    assert len(served.requests) == 1
    assert (caught.value.idempotency_key, len(caught.value.attempts)) == ("mine", 1)
