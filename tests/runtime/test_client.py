"""What a client is built from: everything that cannot work is refused before a byte is sent."""

from __future__ import annotations

import platform
from typing import Any

import aiohttp
import pytest

import reknit
from reknit import RateLimit, Retry, errors
from reknit.runtime import MAX_BODY, BaseClient, Caller, Limiter
from tests.runtime.hub import HUB, KEY, READ, THING, Thing
from tests.serving import Serve, reply

OK = reply(THING)


class Client(BaseClient):
    """A client of the hub."""

    api = HUB

    def _assemble(self, caller: Caller) -> None:
        self.caller = caller

    async def get(self) -> Thing:
        return await self.caller.call(READ, path=(7,))


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HUB_API_KEY", raising=False)
    monkeypatch.delenv("HUB_BASE_URL", raising=False)


async def test_a_client_is_an_async_context_manager(serve: Serve) -> None:
    server = await serve(OK)
    async with Client(KEY, base_url=server.url + "/") as client:
        assert await client.get() == Thing(id=7)
    assert server.requests[0].target == "/things/7"
    with pytest.raises(errors.ClientClosed):
        await client.get()
    assert "closed" in repr(client)
    await client.close()


def test_a_repr_shows_where_it_goes_and_no_key() -> None:
    assert repr(Client(KEY)) == "<reknit hub client of https://hub.example/v1>"


async def test_the_user_agent_names_library_api_python_and_aiohttp_and_can_be_extended(serve: Serve) -> None:
    server = await serve(OK)
    async with Client(KEY, base_url=server.url) as client:
        await client.get()
        client.extend_user_agent("shop/2.1")
        await client.get()
    agent = f"reknit/{reknit.__version__} (hub; python/{platform.python_version()}; aiohttp/{aiohttp.__version__})"
    assert [seen.headers["User-Agent"] for seen in server.requests] == [agent, f"{agent} shop/2.1"]


@pytest.mark.parametrize("text", ["a\nb", "a\r\nX-Evil: 1", "a\x00", 7])
def test_a_user_agent_that_no_header_can_carry_is_refused(text: Any) -> None:
    with pytest.raises(errors.InvalidArgument):
        Client(KEY).extend_user_agent(text)


# The base URL


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://api.example", "https://api.example"),
        ("https://api.example/v2/", "https://api.example/v2"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://127.8.9.1", "http://127.8.9.1"),
        ("http://localhost/x", "http://localhost/x"),
        ("http://hub.localhost", "http://hub.localhost"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        ("HTTPS://API.example", "https://api.example"),
    ],
)
def test_good_base_urls(url: str, expected: str) -> None:
    assert Client(KEY, base_url=url)._caller.settings.base_url == expected


@pytest.mark.parametrize(
    "url",
    [
        "http://api.example",
        "http://localhost.evil.example",
        "http://127.0.0.1.evil.example",
        "http://0.0.0.0",
        "http://10.0.0.1",
        "http://[::2]",
    ],
)
def test_plain_http_needs_a_loopback_host_or_a_word(url: str) -> None:
    with pytest.raises(errors.ConfigurationError, match="plain http"):
        Client(KEY, base_url=url)
    assert Client(KEY, base_url=url, allow_insecure=True)._caller.settings.base_url == url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "api.example",
        "//api.example",
        "ftp://api.example",
        "https://",
        "https:///v1",
        "https://u:p-secret@api.example",
        "https://u@api.example",
        "https://api.example?x=p-secret",
        "https://api.example#x",
        "https://api.example:99999",
        "https://api.example:port",
        "https://[::1",
        7,
        b"https://api.example",
    ],
)
def test_bad_base_urls_are_refused_and_not_shown(url: Any) -> None:
    with pytest.raises(errors.ConfigurationError) as caught:
        Client(KEY, base_url=url)
    assert "base_url" in str(caught.value)
    assert "p-secret" not in str(caught.value)


def test_the_base_url_comes_from_the_argument_then_the_environment_then_the_spec(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert Client(KEY)._caller.settings.base_url == HUB.server
    monkeypatch.setenv("HUB_BASE_URL", "https://env.example")
    assert Client(KEY)._caller.settings.base_url == "https://env.example"
    assert Client(KEY, base_url="https://arg.example")._caller.settings.base_url == "https://arg.example"
    monkeypatch.setenv("HUB_BASE_URL", "")
    assert Client(KEY)._caller.settings.base_url == HUB.server
    monkeypatch.setenv("HUB_BASE_URL", "nonsense")
    with pytest.raises(errors.ConfigurationError, match="HUB_BASE_URL"):
        Client(KEY)


# Everything else


async def _async_hook(event: object) -> None: ...


@pytest.mark.parametrize(
    ("arguments", "kind"),
    [
        ({"timeout": 0}, errors.InvalidArgument),
        ({"timeout": -1}, errors.InvalidArgument),
        ({"timeout": float("nan")}, errors.InvalidArgument),
        ({"timeout": "60"}, errors.InvalidArgument),
        ({"timeout": None}, errors.InvalidArgument),
        ({"timeout": True}, errors.InvalidArgument),
        ({"max_body": 0}, errors.InvalidArgument),
        ({"max_body": "1"}, errors.InvalidArgument),
        ({"retry": 3}, errors.ConfigurationError),
        ({"retry": None}, errors.ConfigurationError),
        ({"limiter": 5}, errors.ConfigurationError),
        ({"hooks": ["print"]}, errors.ConfigurationError),
        ({"hooks": [_async_hook]}, errors.ConfigurationError),
        ({"session": "session"}, errors.ConfigurationError),
        ({"api_key": ""}, errors.ConfigurationError),
        ({"api_key": "k\n"}, errors.ConfigurationError),
        ({"api_key": b"k"}, errors.ConfigurationError),
        ({"api_key": None}, errors.ConfigurationError),
    ],
)
def test_what_cannot_work_is_refused(arguments: dict[str, Any], kind: type[Exception]) -> None:
    with pytest.raises(kind):
        Client(**{"api_key": KEY, **arguments})


def test_what_may_be_left_out_has_these_defaults() -> None:
    settings = Client(KEY)._caller.settings
    assert (settings.timeout, settings.retry, settings.hooks, settings.max_body) == (60.0, Retry(), (), MAX_BODY)
    assert 0 <= settings.chance() < 1
    assert settings.wall() > 1.7e9
    assert settings.new_key() != settings.new_key()


async def test_there_may_be_no_bound_at_all(serve: Serve) -> None:
    server = await serve(OK)
    async with Client(KEY, base_url=server.url, timeout=float("inf"), max_body=float("inf")) as client:  # type: ignore[arg-type]
        assert await client.get() == Thing(id=7)


def test_clients_share_a_limiter_and_have_their_own_otherwise() -> None:
    shared = Limiter()
    assert Client(KEY, limiter=shared)._caller._limiter is Client(KEY, limiter=shared)._caller._limiter
    assert Client(KEY)._caller._limiter is not Client(KEY)._caller._limiter
    assert Client(KEY, limiter=RateLimit(rate=5))._caller._limiter is not shared
