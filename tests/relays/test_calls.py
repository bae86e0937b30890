"""What goes to Relays and what comes back: the word `token`, colons in paths, deletes that are repeated."""

from __future__ import annotations

from typing import Any

import pytest

from reknit import UNSET, errors, relays
from tests.relays.answers import SESSIONS, Edge, session
from tests.serving import Reply, Seen, Serve, reply, script


@pytest.mark.parametrize(
    ("key", "sent"),
    [
        ("abc123", "token abc123"),
        ("token abc123", "token abc123"),
        ("Token abc123", "Token abc123"),
        ("tokenabc", "token tokenabc"),
    ],
)
async def test_the_word_token_stands_once_before_the_key(serve: Serve, key: str, sent: str) -> None:
    served = await serve(reply({"total_count": 0}))
    async with relays.Client(key, base_url=served.url) as edge:
        await edge.sessions.list()
    assert served.requests[0].headers.getall("Authorization") == [sent]


@pytest.mark.parametrize("key", ["abc123", "token abc123"])
async def test_a_key_that_the_server_echoes_is_blanked_with_and_without_the_word(serve: Serve, key: str) -> None:
    served = await serve(reply({"message": "abc123 (sent as token abc123) is no token"}, 401))
    async with relays.Client(key, base_url=served.url) as edge:
        with pytest.raises(errors.Unauthorized) as caught:
            await edge.sessions.list()
    assert "abc123" not in f"{caught.value}{caught.value.message}{caught.value!r}"


async def test_the_colon_of_a_path_stays_literal_on_the_request_line(serve: Serve, edge: Edge) -> None:
    user = {"ip_address": "192.0.2.12", "authorization_token": 1725432}
    served = await serve(reply(session(session_user=user)))
    async with edge(served) as client:
        late = await client.sessions.authorize_user(session_id="5f0c2d7ab914-S", user_ip="192.0.2.12")
        assert late.session_user is not None
        token = late.session_user.authorization_token
        assert token == 1725432
        await client.sessions.revoke_user(session_id="5f0c2d7ab914-S", authorization_token=token)
    assert [seen.target for seen in served.requests] == [f"{SESSIONS}:authorize-user", f"{SESSIONS}:revoke-user"]
    assert [seen.json for seen in served.requests] == [
        {"session_id": "5f0c2d7ab914-S", "user_ip": "192.0.2.12"},
        {"session_id": "5f0c2d7ab914-S", "authorization_token": 1725432},
    ]


async def test_revoking_answers_the_session_or_nothing(serve: Serve, edge: Edge) -> None:
    served = await serve(script(reply(session()), reply(b"", 204), reply(b"", 200)))
    async with edge(served) as client:
        answers = [await client.sessions.revoke_user(session_id="s", authorization_token=1) for _ in range(3)]
    assert isinstance(answers[0], relays.Session)
    assert answers[1:] == [None, None]


@pytest.mark.parametrize("call", ["create", "authorize_user", "revoke_user"])
@pytest.mark.parametrize("status", [500, 503])
async def test_what_changes_something_is_not_resent_after_a_failure(
    serve: Serve, edge: Edge, call: str, status: int
) -> None:
    arguments: dict[str, dict[str, Any]] = {
        "create": {"users": [relays.User(ip="192.0.2.10")]},
        "authorize_user": {"session_id": "s", "user_ip": "192.0.2.10"},
        "revoke_user": {"session_id": "s", "authorization_token": 1},
    }
    served = await serve(script(reply({"message": "not now"}, status), reply(session())))
    async with edge(served) as client:
        with pytest.raises(errors.ServerError, match="not now") as caught:
            await getattr(client.sessions, call)(**arguments[call])
    assert len(served.requests) == 1
    assert caught.value.status == status


async def test_a_create_that_was_refused_for_its_rate_is_resent(serve: Serve, edge: Edge) -> None:
    served = await serve(script(reply(b"", 429, retry_after="0"), reply(session())))
    async with edge(served) as client:
        await client.sessions.create(users=[relays.User(ip="192.0.2.10")])
    assert len(served.requests) == 2


async def test_create_sends_what_it_was_given(serve: Serve, edge: Edge) -> None:
    served = await serve(reply(session()))
    async with edge(served) as client:
        await client.sessions.create()
        await client.sessions.create(
            users=[relays.User(ip="192.0.2.10")],
            filters=[relays.Filter(field="city", values=["Paris"], filter_type=relays.FilterType.ANY)],
            webhook_url="https://example.org/hook",
        )
    assert [seen.json for seen in served.requests] == [
        {},
        {
            "users": [{"ip": "192.0.2.10"}],
            "filters": [{"field": "city", "values": ["Paris"], "filter_type": "any"}],
            "webhook_url": "https://example.org/hook",
        },
    ]


async def test_a_session_decodes_with_tokens_beyond_32_bits_and_shows_none_of_them(serve: Serve, edge: Edge) -> None:
    users = [{"ip_address": "192.0.2.10", "latitude": 1.5, "authorization_token": 2**63 - 1}]
    ports = {"server": {"port": 30123, "protocol": "UDP", "link": "l:30123"}, "client": {"port": 30124}}
    relay = {"ip": "198.51.100.7", "host": "relay.example.org", "ports": ports}
    served = await serve(reply(session(session_users=users, relay=relay)))
    async with edge(served) as client:
        found = await client.sessions.get("5f0c2d7ab914-S")
    assert found.authorization_token == 3500589645
    assert found.session_users
    assert found.session_users[0].authorization_token == 2**63 - 1
    assert found.relay
    assert found.relay.ports
    assert found.relay.ports.server
    assert (found.relay.host, found.relay.ports.server.port) == ("relay.example.org", 30123)
    assert "3500589645" not in repr(found)
    assert str(2**63 - 1) not in repr(found)


async def test_a_list_may_have_sessions_and_pagination_or_only_a_count(serve: Serve, edge: Edge) -> None:
    pagination = {"number": 1, "next_page_number": None, "paginator": {"num_pages": 1}, "has_next": False}
    served = await serve(
        script(
            reply({"total_count": 1}),
            reply({"total_count": 0, "sessions": None, "pagination": None}),
            reply({"total_count": 1, "sessions": [session()], "pagination": pagination}),
        )
    )
    async with edge(served) as client:
        bare, empty, full = [await client.sessions.list() for _ in range(3)]
    assert (bare.total_count, bare.sessions, bare.pagination) == (1, UNSET, UNSET)
    assert (empty.sessions, empty.pagination) == (None, None)
    assert full.sessions
    assert full.sessions[0].session_id == "5f0c2d7ab914-S"


@pytest.mark.parametrize("status", [200, 204])
async def test_a_delete_returns_nothing(serve: Serve, edge: Edge, status: int) -> None:
    served = await serve(reply(b"" if status == 204 else {"anything": 1}, status))
    async with edge(served) as client:
        answer = await client.sessions.with_response.delete("5f0c2d7ab914-S")
    assert (answer.value, answer.status) == (None, status)
    assert (served.requests[0].method, served.requests[0].target) == ("DELETE", f"{SESSIONS}/5f0c2d7ab914-S")


@pytest.mark.parametrize("before", [500, 502, 503, 504, 408])
async def test_a_resent_delete_answered_404_is_a_success(serve: Serve, edge: Edge, before: int) -> None:
    served = await serve(script(reply(b"", before), reply({"message": "no such session"}, 404)))
    async with edge(served) as client:
        answer = await client.sessions.with_response.delete("s")
    assert answer.value is None
    assert [attempt.status for attempt in answer.attempts] == [before, 404]


@pytest.mark.parametrize("first", [(), (429,)], ids=["at once", "after a refusal for the rate, which deletes nothing"])
async def test_a_delete_answered_404_that_cannot_have_worked_before_is_not_found(
    serve: Serve, edge: Edge, first: tuple[int, ...]
) -> None:
    served = await serve(
        script(*(reply(b"", status, retry_after="0") for status in first), reply({"message": "no such session"}, 404))
    )
    async with edge(served) as client:
        with pytest.raises(errors.NotFound, match="no such session"):
            await client.sessions.delete("s")
    assert len(served.requests) == len(first) + 1


async def test_a_delete_whose_connection_broke_and_then_404_is_a_success(serve: Serve, edge: Edge) -> None:
    def handler(seen: Seen) -> Reply:
        if len(served.requests) == 1:
            assert seen.request.transport is not None
            seen.request.transport.abort()
        return reply(b"", 404)

    served = await serve(handler)
    async with edge(served) as client:
        await client.sessions.delete("s")
    assert len(served.requests) == 2


@pytest.mark.parametrize(
    ("body", "message"),
    [({"message": "busy"}, "busy"), (b"just text", "just text"), ({"details": {"why": "x"}}, "")],
)
async def test_an_error_has_its_message_and_details_whatever_the_body(
    serve: Serve, edge: Edge, body: Any, message: str
) -> None:
    served = await serve(reply(body, 409))
    async with edge(served) as client:
        with pytest.raises(errors.Conflict) as caught:
            await client.sessions.authorize_user(session_id="s", user_ip="192.0.2.10")
    assert caught.value.status == 409
    if message:
        assert caught.value.message == message
    else:
        assert caught.value.details == {"why": "x"}


@pytest.mark.parametrize("status", [422, 429])
async def test_statuses_that_are_not_documented_for_relays_are_as_anywhere_else(
    serve: Serve, edge: Edge, status: int
) -> None:
    expected = {422: errors.InvalidRequest, 429: errors.RateLimited}[status]
    served = await serve(reply({"message": "no"}, status, retry_after="90"))
    async with edge(served, timeout=5) as client:
        with pytest.raises(expected):
            await client.sessions.create()
