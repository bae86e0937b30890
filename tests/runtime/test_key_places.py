"""Keys in a query, in a cookie, and nowhere: what goes on the wire, attempt by attempt, and what is never shown."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Mapping
from typing import Any

import attrs
import pytest

from reknit import errors
from reknit.runtime import Api, ApiKey, BaseClient, Basic, Bearer, Credential, CursorPages, HookEvent, Json, Operation
from reknit.runtime.client import credential_of
from reknit.runtime.credentials import NoKey, RotatingKey, Scheme, StaticKey, parts_of
from tests.runtime.hub import HUB, JSON, READ, THING, Thing, caller_to, read
from tests.serving import Serve, reply, script

KEY = "sk/live+0123&="
IN_QUERY = ApiKey("api key", place="query")
IN_COOKIE = ApiKey("session", place="cookie")
SEARCH: Operation[Thing] = Operation(
    name="things.search", method="GET", path="/things", safety="idempotent", answers=JSON
)


class Open(BaseClient):
    api = Api(name="open", server="https://open.example", scheme=None)


def static(key: str, scheme: Scheme) -> Credential:
    return StaticKey(key, scheme)


def rotating(key: str, scheme: Scheme) -> Credential:
    return RotatingKey(lambda: key, scheme, "hub")


BOTH = pytest.mark.parametrize("credential", [static, rotating])
Make = Callable[[str, Scheme], Credential]


@BOTH
async def test_a_key_in_the_query_is_encoded_behind_the_arguments(serve: Serve, credential: Make) -> None:
    server = await serve(script(reply({}, 503), reply(THING)))
    caller = caller_to(server.url, credential=credential(KEY, IN_QUERY))
    await caller.call(SEARCH, query={"q": "a&b"})
    await caller.call(READ, path=(7,))
    await caller.close()
    key = "api%20key=sk%2Flive%2B0123%26%3D"
    assert [seen.target for seen in server.requests] == [
        f"/things?q=a%26b&{key}",
        f"/things?q=a%26b&{key}",
        f"/things/7?{key}",
    ]
    assert server.requests[0].query == {"q": "a&b", "api key": KEY}
    assert not any("Authorization" in seen.headers or "?" in seen.headers for seen in server.requests)


@BOTH
async def test_a_query_does_not_say_a_name_twice(serve: Serve, credential: Make) -> None:
    """An operation may describe the key as a parameter too: what the call says there is what is sent."""
    server = await serve(reply(THING))
    caller = caller_to(server.url, credential=credential(KEY, IN_QUERY))
    await caller.call(SEARCH, query={"api key": "own", "q": 1})
    await caller.close()
    assert [seen.target for seen in server.requests] == ["/things?api%20key=own&q=1"]


@pytest.mark.parametrize("scheme", [IN_QUERY, IN_COOKIE])
async def test_a_key_that_rotates_takes_the_place_of_the_one_before(serve: Serve, scheme: Scheme) -> None:
    server = await serve(script(reply({}, 503), reply(THING)))
    keys = iter(["key-one", "key-two"])
    caller = caller_to(server.url, credential=RotatingKey(keys.__next__, scheme, "hub"))
    await caller.call(SEARCH, cookies={"a": 1})
    await caller.close()
    sent = [f"{seen.target} {seen.headers['Cookie']}" for seen in server.requests]
    if scheme is IN_QUERY:
        assert sent == ["/things?api%20key=key-one a=1", "/things?api%20key=key-two a=1"]
    else:
        assert sent == ["/things a=1; session=key-one", "/things a=1; session=key-two"]


@BOTH
async def test_a_key_in_a_cookie_stands_beside_other_cookies(serve: Serve, credential: Make) -> None:
    server = await serve(script(reply({}, 503), reply(THING)))
    caller = caller_to(server.url, credential=credential("k-1", IN_COOKIE))
    await caller.call(SEARCH, cookies={"theme": "dark"})
    await caller.call(SEARCH)
    await caller.close()
    cookies = [seen.request.cookies for seen in server.requests]
    assert cookies == [{"session": "k-1", "theme": "dark"}] * 2 + [{"session": "k-1"}]
    assert all(len(seen.headers.getall("Cookie")) == 1 for seen in server.requests)


@BOTH
@pytest.mark.parametrize("scheme", [IN_QUERY, IN_COOKIE, ApiKey("X-Key"), Basic(), Bearer()])
async def test_a_key_is_blank_wherever_something_is_told(serve: Serve, credential: Make, scheme: Scheme) -> None:
    """A server that echoes the request line and the cookies shows neither the key nor its encoded form."""
    key = "sk-live/0123:pass-word"
    told: list[HookEvent] = []
    spoken = f"bad {key} in /x?api%20key=sk-live%2F0123%3Apass-word or session={key}: pass-word"
    server = await serve(reply({"message": spoken, "code": key, "details": {"line": spoken}}, 400))
    caller = caller_to(server.url, credential=credential(key, scheme), hooks=[told.append])
    with pytest.raises(errors.InvalidRequest) as caught:
        await read(caller)
    await caller.close()
    shown = f"{caught.value} {caught.value!r} {vars(caught.value)['details']} {told} {caller.credential!r} {caller!r}"
    password = ["pass-word"] if scheme.__qualname__.startswith("Basic") else []
    for secret in ("sk-live/0123", "sk-live%2F0123", *password):
        assert secret not in shown
    assert b"sk-live" not in pickle.dumps(str(caught.value))


async def test_a_connection_that_fails_does_not_show_the_key(unused_port: int) -> None:
    caller = caller_to(f"http://127.0.0.1:{unused_port}", credential=static("sk-live-0123456", IN_QUERY))
    with pytest.raises(errors.ConnectFailed) as caught:
        await read(caller)
    await caller.close()
    assert "sk-live" not in f"{caught.value!r} {caught.value.attempts!r}"


@pytest.mark.parametrize("key", ["a;b", "a,b", "a b", 'a"b', "a\\b"])
async def test_a_key_that_no_cookie_can_carry_is_refused_without_showing_it(serve: Serve, key: str) -> None:
    with pytest.raises(errors.ConfigurationError, match="the API key holds a character that no cookie may") as caught:
        StaticKey(key, IN_COOKIE)
    assert key not in str(caught.value)
    server = await serve(reply(THING))
    caller = caller_to(server.url, credential=rotating(key, IN_COOKIE))
    with pytest.raises(errors.ConfigurationError):
        await read(caller)
    await caller.close()
    assert server.requests == []


@pytest.mark.parametrize(
    ("headers", "parts"),
    [
        ({"Authorization": "Bearer k"}, ("Bearer k", "k")),
        ({"?": "api%20key=a%2Fb"}, ("api%20key=a%2Fb", "api%20key=a%2Fb", "a/b")),
        ({"?": "a=b%2F&c=d"}, ("a=b%2F&c=d", "a=b%2F&c=d", "b/", "d")),
        ({"Cookie": "s=k"}, ("s=k", "s=k", "k")),
        ({"Cookie": "s=k; t=l"}, ("s=k; t=l", "t=l", "k", "l")),
        ({"Authorization": "Basic dXNlcjpwYXNz"}, ("Basic dXNlcjpwYXNz", "dXNlcjpwYXNz", "pass")),
        ({"Authorization": "Basic a"}, ("Basic a", "a", "")),
    ],
)
def test_what_must_not_be_shown_of_what_carries_a_key(headers: Mapping[str, str], parts: tuple[str, ...]) -> None:
    assert parts_of(headers) == parts


def test_a_key_with_a_colon_is_a_user_and_a_password() -> None:
    assert Basic()("user:pass") == {"Authorization": "Basic dXNlcjpwYXNz"}


class TestWithoutAKey:
    async def test_none_is_asked_for_and_none_is_sent(self, serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("OPEN_API_KEY", "not-for-them")
        server = await serve(script(reply({}, 503), reply(THING)))
        async with Open(base_url=server.url) as client:
            assert await client._caller.call(READ, path=(7,)) == Thing(id=7)
        for seen in server.requests:
            assert not {"Authorization", "Cookie"} & set(seen.headers)
            assert "not-for-them" not in f"{seen.headers} {seen.target}"

    def test_a_key_that_would_go_nowhere_is_refused(self) -> None:
        with pytest.raises(errors.ConfigurationError, match="open takes no API key"):
            Open("k-1")

    async def test_there_is_nothing_to_renew_and_nothing_to_hide(self) -> None:
        credential = credential_of(Open.api, None)
        assert isinstance(credential, NoKey)
        assert (credential.fixed, await credential.headers(), credential.secrets()) == ({}, {}, ())
        assert not await credential.renew({})

    def test_a_spec_without_a_server_asks_for_one(self, monkeypatch: pytest.MonkeyPatch) -> None:
        class Nowhere(BaseClient):
            api = Api(name="nowhere", server="/", scheme=None)

        with pytest.raises(errors.ConfigurationError, match="pass base_url= or set NOWHERE_BASE_URL"):
            Nowhere()
        monkeypatch.setenv("NOWHERE_BASE_URL", "https://somewhere.example")
        assert "https://somewhere.example" in repr(Nowhere())


async def test_headers_and_cookies_go_with_every_page(serve: Serve) -> None:
    pages: Operation[dict[str, Any]] = attrs.evolve(
        SEARCH,
        answers={"200": {"application/json": Json(lambda: dict[str, Any])}},
        pages=CursorPages(items="docs", next="next", parameter="cursor"),
    )
    server = await serve(script(reply({"docs": [1], "next": "b"}), reply({"docs": [2]})))
    caller = caller_to(server.url, api=HUB)
    found = caller.pages(pages, query={"q": 1}, headers={"X-Tenant": "t"}, cookies={"s": "1"})
    assert [item async for item in found] == [1, 2]
    await caller.close()
    assert [seen.target for seen in server.requests] == ["/things?q=1", "/things?q=1&cursor=b"]
    assert {(seen.headers["X-Tenant"], seen.headers["Cookie"]) for seen in server.requests} == {("t", "s=1")}
