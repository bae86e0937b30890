"""Keys: where they come from, how they go on the wire, and where they must not be seen."""

from __future__ import annotations

import asyncio
import json
import logging
import pickle
from base64 import b64encode
from collections.abc import Callable, Iterator
from typing import Any

import attrs
import pytest
from aiohttp import web

from reknit import Retry, errors
from reknit.runtime import Answer, ApiKey, Basic, Bearer, Failure, KeySource, Secret
from reknit.runtime.client import credential_of
from reknit.runtime.credentials import RotatingKey, StaticKey, checked_key
from tests.runtime.hub import HUB, KEY, THING, Line, Raw, Thing, caller_to, create, raw, read, until
from tests.serving import Seen, Serve, reply, script

OK = reply(THING)


# On the wire


@pytest.mark.parametrize(
    ("scheme", "key", "headers"),
    [
        (Bearer(), "k-1", {"Authorization": "Bearer k-1"}),
        (Basic(), "live_1", {"Authorization": "Basic " + b64encode(b"live_1:").decode()}),
        (ApiKey("X-Api-Key"), "k-1", {"X-Api-Key": "k-1"}),
        (ApiKey("Authorization", "token "), "k-1", {"Authorization": "token k-1"}),
        (ApiKey("Authorization", "token "), "Token k-1", {"Authorization": "Token k-1"}),
    ],
)
async def test_schemes_put_the_key_where_the_api_wants_it(
    serve: Serve, scheme: Any, key: str, headers: dict[str, str]
) -> None:
    server = await serve(OK)
    caller = caller_to(server.url, api=attrs.evolve(HUB, scheme=scheme), credential=StaticKey(key, scheme))
    await read(caller)
    await caller.close()
    (seen,) = server.requests
    assert {name: seen.headers[name] for name in headers} == headers


# Rotating keys


def _sync(keys: Iterator[str]) -> Callable[[], Any]:
    return lambda: next(keys)


def _async(keys: Iterator[str]) -> Callable[[], Any]:
    async def key() -> str:
        await asyncio.sleep(0)
        return next(keys)

    return key


@pytest.mark.parametrize("source", [_sync, _async])
async def test_a_key_that_rotates_is_asked_for_before_every_attempt(
    serve: Serve, source: Callable[[Iterator[str]], Callable[[], Any]]
) -> None:
    server = await serve(script(OK, reply({}, 503), OK))
    keys = iter(["key-one", "key-two", "key-three"])
    caller = caller_to(server.url, credential=RotatingKey(source(keys), Bearer(), "hub"))
    await read(caller)
    await read(caller)
    await caller.close()
    assert [seen.headers["Authorization"] for seen in server.requests] == [
        "Bearer key-one",
        "Bearer key-two",
        "Bearer key-three",
    ]
    assert all(seen.headers.getall("Authorization") for seen in server.requests)


async def test_what_a_key_function_raises_ends_the_call_and_sends_nothing(serve: Serve) -> None:
    server = await serve(OK)

    def broken() -> str:
        raise TimeoutError("the vault is shut")

    caller = caller_to(server.url, credential=RotatingKey(broken, Bearer(), "hub"))
    with pytest.raises(TimeoutError, match="vault"):
        await read(caller)
    await caller.close()
    assert server.requests == []


@pytest.mark.parametrize("key", ["k\n", "k\r\nX-Evil: 1", "", " ", None, 7, b"k", "kéy", "k\x00"])
async def test_a_rotating_key_that_no_header_can_carry_sends_nothing(serve: Serve, key: Any) -> None:
    server = await serve(OK)
    caller = caller_to(server.url, credential=RotatingKey(lambda: key, Bearer(), "hub"))
    with pytest.raises(errors.ConfigurationError) as caught:
        await read(caller)
    await caller.close()
    assert server.requests == []
    assert "Evil" not in str(caught.value)


async def test_waiting_for_a_key_counts_against_the_deadline(serve: Serve) -> None:
    server = await serve(OK)

    async def slow() -> str:
        await asyncio.sleep(60)
        return KEY

    caller = caller_to(server.url, credential=RotatingKey(slow, Bearer(), "hub"), timeout=0.05)
    with pytest.raises(errors.DeadlineExceeded) as caught:
        await read(caller)
    await caller.close()
    assert not caught.value.sent
    assert caught.value.attempts == ()


# Keys that are refused


@pytest.mark.parametrize("key", ["k-7\n", "\nk-7", "k\rk", "k\r\nX-Evil: 1", "k\x7f", "ké", " k-7", "k-7 ", "k\tk"])
def test_a_key_that_no_header_can_carry_is_refused_without_showing_it(key: str) -> None:
    with pytest.raises(errors.ConfigurationError, match="line break or another character") as caught:
        checked_key(key, "hub")
    assert key not in str(caught.value)


@pytest.mark.parametrize("key", ["", "  ", "\n"])
def test_an_empty_key_names_the_ways_to_give_one(key: str) -> None:
    with pytest.raises(errors.ConfigurationError, match="HUB_API_KEY"):
        checked_key(key, "hub")


# Where keys come from


def test_a_key_comes_from_the_argument_then_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_API_KEY", "from-env")
    sources: list[tuple[KeySource | None, str]] = [
        ("from-argument", "from-argument"),
        (Secret("from-secret"), "from-secret"),
        (None, "from-env"),
    ]
    for given, expected in sources:
        assert credential_of(HUB, given).fixed == {"Authorization": f"Bearer {expected}"}
    assert isinstance(credential_of(HUB, lambda: "k"), RotatingKey)


@pytest.mark.parametrize("value", [None, ""])
def test_without_a_key_the_client_says_where_it_looked(monkeypatch: pytest.MonkeyPatch, value: str | None) -> None:
    monkeypatch.delenv("HUB_API_KEY", raising=False)
    if value is not None:
        monkeypatch.setenv("HUB_API_KEY", value)
    with pytest.raises(errors.ConfigurationError, match=r"api_key= or set HUB_API_KEY"):
        credential_of(HUB, None)


# Renewal


class Renewing:
    """A credential that can be renewed."""

    fixed = None

    def __init__(self, *, sensible: bool = True) -> None:
        self.keys = iter(["stale-key-1", "fresh-key-2", "fresh-key-3"])
        self.current = next(self.keys)
        self.sensible = sensible
        self.renewed: list[str] = []

    async def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.current}"}

    async def renew(self, used: Any) -> bool:
        self.renewed.append(used["Authorization"])
        self.current = next(self.keys)
        return self.sensible

    def secrets(self) -> tuple[str, ...]:
        return (self.current,)


def _expires(answer: Answer) -> Failure | None:
    if answer.status == 200:
        return None
    return Failure(kind=errors.Unauthorized, message=answer.raw.decode(), expired=answer.status == 401)


async def test_an_expired_credential_is_renewed_and_the_call_resent_once_whatever_its_safety(serve: Serve) -> None:
    server = await serve(script(reply(b"expired", 401), OK))
    credential = Renewing()
    caller = caller_to(server.url, api=attrs.evolve(HUB, judge=_expires), credential=credential)
    assert await create(caller) == Thing(id=7)
    await caller.close()
    assert credential.renewed == ["Bearer stale-key-1"]
    assert [seen.headers["Authorization"] for seen in server.requests] == ["Bearer stale-key-1", "Bearer fresh-key-2"]


@pytest.mark.parametrize(("sensible", "arrives"), [(True, 2), (False, 1)])
async def test_what_is_expired_again_or_cannot_be_renewed_is_the_error(
    serve: Serve, sensible: bool, arrives: int
) -> None:
    server = await serve(reply(b"expired", 401))
    credential = Renewing(sensible=sensible)
    caller = caller_to(server.url, api=attrs.evolve(HUB, judge=_expires), credential=credential)
    with pytest.raises(errors.Unauthorized):
        await create(caller)
    await caller.close()
    assert len(server.requests) == arrives
    assert len(credential.renewed) == 1


async def test_a_static_key_is_not_renewed(serve: Serve) -> None:
    server = await serve(reply(b"expired", 401))
    caller = caller_to(server.url, api=attrs.evolve(HUB, judge=_expires))
    with pytest.raises(errors.Unauthorized):
        await create(caller)
    assert await caller.credential.headers() == {"Authorization": f"Bearer {KEY}"}
    await caller.close()
    assert len(server.requests) == 1
    rotating = RotatingKey(lambda: KEY, Bearer(), "hub")
    assert not await rotating.renew({})


# Where keys must not be seen

TRICKY = 'sk-"live"/0+1\\2=='


def _texts(error: BaseException) -> list[str]:
    """Return every text that somebody may log of an error, and of those behind it."""
    texts: list[str] = []
    seen: BaseException | None = error
    while seen is not None:
        texts += [str(seen), repr(seen), repr(seen.args)]
        seen = seen.__cause__ or (None if seen.__suppress_context__ else seen.__context__)
    if isinstance(error, errors.APIError):
        texts += [error.message, error.code or "", repr(error.details)]
    texts.append(str(pickle.loads(pickle.dumps(error))))
    return texts


@pytest.mark.parametrize("scheme", [Bearer(), Basic(), ApiKey("X-Key"), ApiKey("Authorization", "token ")])
@pytest.mark.parametrize("rotating", [False, True])
async def test_a_key_that_the_server_echoes_is_blanked_in_all_its_forms(
    serve: Serve, scheme: Any, rotating: bool, caplog: pytest.LogCaptureFixture
) -> None:
    (carried,) = scheme(TRICKY).values()
    basic = b64encode(f"{TRICKY}:".encode()).decode()
    forms = [TRICKY, carried, carried.rpartition(" ")[2], json.dumps(TRICKY)[1:-1], basic]

    def echo(seen: Seen) -> web.Response:
        return web.json_response({"message": " | ".join(forms), "code": TRICKY, "details": {TRICKY: forms}}, status=403)

    server = await serve(echo)
    credential = RotatingKey(lambda: TRICKY, scheme, "hub") if rotating else StaticKey(TRICKY, scheme)
    with caplog.at_level(logging.DEBUG):
        caller = caller_to(server.url, api=attrs.evolve(HUB, scheme=scheme), credential=credential)
        with pytest.raises(errors.Forbidden) as caught:
            await read(caller)
        await caller.close()
    shown = "\n".join([*_texts(caught.value), caplog.text, repr(credential), repr(caller), repr(caller.__dict__)])
    shown = shown.replace(repr(caller._known), "")  # the headers themselves, which nobody is given
    for form in forms:
        assert form not in shown


async def test_a_key_that_has_been_replaced_since_is_blanked_too(serve: Serve) -> None:
    """More keys than are remembered come and go while a call is on its way."""
    arrived = asyncio.Event()
    go_on = asyncio.Event()

    async def echo(seen: Seen) -> web.Response:
        if seen.path.endswith("/7"):
            return web.json_response(THING)
        arrived.set()
        await go_on.wait()
        return web.json_response({"message": seen.headers["Authorization"]}, status=400)

    server = await serve(echo)
    keys = (f"rotating-{number:04}" for number in range(1000))
    caller = caller_to(server.url, credential=RotatingKey(lambda: next(keys), Bearer(), "hub"))
    slow = asyncio.ensure_future(create(caller))
    await arrived.wait()
    for _ in range(20):
        await read(caller)
    go_on.set()
    with pytest.raises(errors.InvalidRequest) as caught:
        await slow
    await caller.close()
    assert str(caught.value) == "hub.things.create: 400 ***"


async def test_failures_of_the_connection_show_no_key(caplog: pytest.LogCaptureFixture) -> None:
    async def echo(line: Line, served: Raw) -> None:
        head, _ = await line.request()
        served.requests.append((head, b""))
        await line.say(b"HTTP/1.1 200 OK\r\nX-Echo: " + KEY.encode() + b"\x00\r\n\r\n")

    with caplog.at_level(logging.DEBUG):
        async with raw(echo) as server:
            caller = caller_to(server.url, retry=Retry(max_attempts=2))
            with pytest.raises(errors.TransportError) as caught:
                await read(caller)
            await caller.close()
            await until(lambda: not server.open)
    assert len(caught.value.attempts) == 2
    assert KEY not in "\n".join([*_texts(caught.value), caplog.text])
    assert caught.value.__context__ is None
