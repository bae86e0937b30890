"""What goes to the Hub and what comes back: credentials, paths, bare and enveloped answers."""

from __future__ import annotations

import pytest
from attrs import evolve

from reknit import errors, rezolve
from tests.rezolve.answers import DONE, TOOL
from tests.serving import Serve, reply


async def test_the_key_is_sent_as_a_bearer_token(serve: Serve) -> None:
    served = await serve(reply([]))
    async with rezolve.Client("key-of-the-hub", base_url=served.url) as hub:
        await hub.tools.list()
    assert served.requests[0].headers["Authorization"] == "Bearer key-of-the-hub"


@pytest.mark.parametrize("enveloped", [False, True], ids=["bare", "enveloped"])
async def test_the_tools_come_bare_or_in_the_envelope(serve: Serve, enveloped: bool) -> None:
    served = await serve(reply({"success": True, "data": [TOOL], "request_id": "req_1"} if enveloped else [TOOL]))
    async with rezolve.Client("secret-key", base_url=served.url) as hub:
        tools = await hub.tools.list(domain="itsm")
        assert [tool.key for tool in tools] == ["itsm.tickets.create"]
        assert tools[0].risk_level is rezolve.RiskLevel.WRITE
        answer = await hub.tools.with_response.list()
    assert answer.unknown() == {"/data/0/vendor" if enveloped else "/0/vendor": "new"}
    assert [seen.target for seen in served.requests] == ["/tools?domain=itsm", "/tools"]


@pytest.mark.parametrize("enveloped", [False, True], ids=["bare", "enveloped"])
async def test_one_tool_comes_bare_or_in_the_envelope(serve: Serve, enveloped: bool) -> None:
    served = await serve(reply({"success": True, "data": TOOL} if enveloped else TOOL))
    async with rezolve.Client("secret-key", base_url=served.url) as hub:
        tool = await hub.tools.get("itsm.tickets.create")
    assert (tool.key, tool.input_schema) == ("itsm.tickets.create", {"type": "object"})


async def test_a_misfit_inside_the_envelope_is_named_by_its_path_from_the_top(serve: Serve) -> None:
    served = await serve(reply({"success": True, "data": [TOOL, {"key": 7}]}))
    async with rezolve.Client("secret-key", base_url=served.url) as hub:
        with pytest.raises(errors.DecodeError) as caught:
            await hub.tools.list()
    assert caught.value.path == "$.data[1].key"


async def test_an_unknown_risk_level_decodes_and_keeps_its_value(serve: Serve) -> None:
    served = await serve(reply({"key": "x.y", "risk_level": "apocalyptic"}))
    async with rezolve.Client("secret-key", base_url=served.url) as hub:
        level = (await hub.tools.get("x.y")).risk_level
    assert level == "apocalyptic"
    assert isinstance(level, rezolve.RiskLevel)
    assert not level.is_known


@pytest.mark.parametrize(
    ("key", "segment"),
    [
        ("itsm.tickets.create", "itsm.tickets.create"),
        ("a/b?c#d", "a%2Fb%3Fc%23d"),
        ("büro.öffnen", "b%C3%BCro.%C3%B6ffnen"),
        ("50%", "50%25"),
        ("..hidden", "..hidden"),
    ],
)
async def test_a_tool_key_is_one_path_segment_whose_dots_are_kept(serve: Serve, key: str, segment: str) -> None:
    served = await serve(lambda seen: reply(TOOL) if seen.method == "GET" else DONE)
    async with rezolve.Client("secret-key", base_url=f"{served.url}/api/v1") as hub:
        await hub.tools.get(key)
        await hub.tools.execute(tool_key=key, input={})
    assert [seen.target for seen in served.requests] == [
        f"/api/v1/tools/{segment}",
        f"/api/v1/tools/{segment}/execute",
    ]


@pytest.mark.parametrize("key", ["", ".", ".."])
async def test_a_tool_key_that_would_address_something_else_is_refused_before_anything_is_sent(
    serve: Serve, key: str
) -> None:
    served = await serve(reply([]))
    async with rezolve.Client("secret-key", base_url=served.url) as hub:
        with pytest.raises(errors.InvalidArgument, match="tool_key"):
            await hub.tools.execute(key, input={})
    assert served.requests == []


async def test_execute_sends_what_it_was_given_and_returns_the_typed_envelope(serve: Serve) -> None:
    served = await serve(DONE)
    async with rezolve.Client("secret-key", base_url=served.url) as hub:
        done = await hub.tools.execute(
            "itsm.tickets.create", input={"title": "printer"}, connection_id="con_1", idempotency_key="mine"
        )
    assert served.requests[0].json == {
        "input": {"title": "printer"},
        "connection_id": "con_1",
        "idempotency_key": "mine",
    }
    assert isinstance(done, rezolve.ToolResult)
    assert (done.data, done.connection_id, done.duration_ms, done.request_id) == ({"id": 7}, "con_1", 12.5, "req_1")


async def test_with_response_returns_the_answer_around_the_value(serve: Serve) -> None:
    served = await serve(
        evolve(DONE, headers={"X-RateLimit-Limit": "100", "X-RateLimit-Remaining": "99", "X-RateLimit-Reset": "30"})
    )
    async with rezolve.Client("secret-key", base_url=served.url) as hub:
        answer = await hub.tools.with_response.execute("itsm.tickets.create", input={}, idempotency_key="mine")
    assert isinstance(answer.value, rezolve.ToolResult)
    assert answer.status == 200
    assert answer.headers["x-ratelimit-limit"] == "100"
    assert b'"req_1"' in answer.raw
    assert (answer.rate_limit.limit, answer.rate_limit.remaining, answer.rate_limit.reset) == (100, 99, 30.0)
    assert [attempt.status for attempt in answer.attempts] == [200]
    assert (answer.request_id, answer.idempotency_key) == ("req_1", "mine")
    assert answer.unknown() == {"/cost": 3}


async def test_an_input_that_is_not_json_is_refused_with_its_path(serve: Serve) -> None:
    served = await serve(DONE)
    async with rezolve.Client("secret-key", base_url=served.url) as hub:
        with pytest.raises(errors.InvalidArgument, match=r"\$\.input\.items\[1\]"):
            await hub.tools.execute("itsm.tickets.create", input={"items": [1, object()]})
    assert served.requests == []
