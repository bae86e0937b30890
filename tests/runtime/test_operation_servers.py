"""An operation with a server of its own goes there, unless the user has said where the API is."""

from __future__ import annotations

import attrs
import pytest

from reknit import RateLimit, errors
from reknit.runtime import Api, ApiServer, BaseClient, Bearer, Operation
from tests.runtime.hub import READ, Thing
from tests.serving import Seen, Serve, reply


def client_of(server: str) -> type[BaseClient]:
    class Client(BaseClient):
        api = Api(name="split", server=server, scheme=Bearer())

    return Client


def elsewhere(server: str) -> Operation[Thing]:
    return attrs.evolve(READ, servers=(ApiServer(server),))


async def test_an_operation_goes_to_its_own_server_with_its_own_host(serve: Serve) -> None:
    main, other = await serve(reply({"id": 1})), await serve(reply({"id": 2}))
    async with client_of(f"{main.url}/v1")("key") as client:
        assert await client._caller.call(READ, path=(7,)) == Thing(id=1)
        assert await client._caller.call(elsewhere(f"{other.url}/v2/"), path=(7,)) == Thing(id=2)
    (first,), (second,) = main.requests, other.requests
    assert (first.target, second.target) == ("/v1/things/7", "/v2/things/7")
    assert (first.headers["Host"], second.headers["Host"]) == (main.url[7:], other.url[7:])
    assert second.headers["Authorization"] == "Bearer key"


@pytest.mark.parametrize("way", ["argument", "environment"])
async def test_who_says_where_the_api_is_has_every_operation_there(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    server, other = await serve(reply({"id": 1})), await serve(reply({"id": 2}))
    if way == "environment":
        monkeypatch.setenv("SPLIT_BASE_URL", server.url)
    base_url = server.url if way == "argument" else None
    async with client_of("https://split.example")("key", base_url=base_url) as client:
        assert await client._caller.call(elsewhere(other.url), path=(7,)) == Thing(id=1)
    assert other.requests == []


@pytest.mark.parametrize(
    ("server", "reason"),
    [
        ("http://files.example", "plain http to another machine"),
        ("ftp://files.example", "must be an http or https URL"),
    ],
)
async def test_a_server_that_keys_should_not_go_to_is_refused(server: str, reason: str) -> None:
    async with client_of("https://split.example")("key") as client:
        with pytest.raises(errors.ConfigurationError, match=f"the server of split.things.get.*{reason}"):
            await client._caller.call(elsewhere(server), path=(7,))


async def test_plain_http_goes_where_it_was_allowed(unused_port: int) -> None:
    async with client_of("https://split.example")("key", allow_insecure=True, timeout=5) as client:
        call = client._caller._prepare(elsewhere("http://files.example"), (7,), None, None, None, None, None, None)
    assert str(call.exchange.url) == "http://files.example/things/7"


async def test_the_limiter_counts_each_server_by_itself(serve: Serve) -> None:
    """With one token for each server, the second call to the main server waits and the first to the other does not."""
    main, other = await serve(reply({"id": 1})), await serve(reply({"id": 2}))
    slow = RateLimit(rate=0.01, per=1.0, burst=1)
    async with client_of(main.url)("key", limiter=slow, timeout=5) as client:
        await client._caller.call(READ, path=(1,))
        assert await client._caller.call(elsewhere(other.url), path=(2,)) == Thing(id=2)
        with pytest.raises(errors.DeadlineExceeded):
            await client._caller.call(READ, path=(3,))
    assert (len(main.requests), len(other.requests)) == (1, 1)


async def test_a_resend_stays_on_the_server_of_its_operation(serve: Serve) -> None:
    answers = iter([503, 200])

    def answer(seen: Seen) -> object:
        return reply({"id": 2}, next(answers))

    main, other = await serve(reply({"id": 1})), await serve(answer)  # type: ignore[arg-type]
    async with client_of(main.url)("key") as client:
        assert await client._caller.call(elsewhere(other.url), path=(7,)) == Thing(id=2)
    assert (len(main.requests), len(other.requests)) == (0, 2)
