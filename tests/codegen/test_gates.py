"""A package whose document has every kind of scheme, and servers with variables, makes its calls over a socket."""

from __future__ import annotations

import importlib
import inspect
from base64 import b64encode
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from reknit import errors
from reknit.runtime import ApiServer, Secret
from tests.serving import Seen, Serve, reply

GOLDEN = Path(__file__).parent / "golden"
VARIABLES = ("API_KEY", "BASE_URL", "KEY", "USER", "SESSION", "THEME", "BASIC", "OAUTH", "OPENID")


@pytest.fixture
def gates(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    for name in VARIABLES:
        monkeypatch.delenv(f"GATES_{name}", raising=False)
    monkeypatch.syspath_prepend(GOLDEN)
    return importlib.import_module("gates")


def carried(seen: Seen) -> dict[str, str]:
    """Return what a request carries that may be a key."""
    names = ("Authorization", "X-Key", "Cookie")
    return {**{name: seen.headers[name] for name in names if name in seen.headers}, **seen.query}


def _basic(text: str) -> dict[str, str]:
    return {"Authorization": "Basic " + b64encode(text.encode()).decode()}


def _bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


ALL = {"key": "k", "user": "u 1", "session": "s", "theme": "t"}


@pytest.mark.parametrize(
    ("method", "api_key", "credentials", "expected"),
    [
        ("usual", "b", {}, _bearer("b")),
        ("usual", None, {"key": "k", "user": "u&1"}, {"X-Key": "k", "user id": "u&1"}),
        ("usual", "b", {"key": "k", "user": "u"}, _bearer("b")),
        ("open", "b", {"key": "k", "user": "u"}, {}),
        ("open", None, {}, {}),
        ("maybe", "b", {}, {}),
        ("maybe", None, {}, {}),
        ("maybe", None, {"key": "k"}, {"X-Key": "k"}),
        ("basic", "b", {"basic": ("jo", "p:ä")}, _basic("jo:p:ä")),
        ("basic", None, {"basic": ["jo", ""]}, _basic("jo:")),
        ("basic", None, {"basic": "jo:pw"}, _basic("jo:pw")),
        ("basic", None, {"basic": Secret("jo")}, _basic("jo:")),
        ("basic", None, {"basic": lambda: "jo:pw"}, _basic("jo:pw")),
        ("digest", None, {"digest": 'username="jo"'}, {"Authorization": 'Digest username="jo"'}),
        ("digest", None, {"digest": 'DIGEST username="jo"'}, {"Authorization": 'DIGEST username="jo"'}),
        ("hmac", None, {"hmac": "id:sign"}, {"Authorization": "gates-hmac id:sign"}),
        ("hmac", None, {"hmac": ("id", "sign")}, {"Authorization": "gates-hmac id:sign"}),
        ("oauth", None, {"openid": "o", "bearer": "b"}, _bearer("o")),
        ("oauth", "b", {}, _bearer("b")),
        ("all_at_once", "b", ALL,
         {**_bearer("b"), "X-Key": "k", "user id": "u 1", "Cookie": "session=s; theme=t"}),
        ("both_in_one_header", None, {"basic": "a:b", "oauth": "o"}, _basic("a:b")),
        ("both_in_one_header", None, {"oauth": "o"}, _bearer("o")),
        ("certificate", None, {"certificate": True, "key": "k"}, {"X-Key": "k"}),
        ("undescribed", None, {"nobody": "Own way"}, {"Authorization": "Own way"}),
        ("undescribed", None, {"odd": "Own way"}, {"Authorization": "Own way"}),
    ],
)  # fmt: skip
async def test_a_call_carries_what_its_document_asks_for(
    gates: ModuleType, serve: Serve, method: str, api_key: str | None, credentials: Mapping[str, Any], expected: Any
) -> None:
    server = await serve(reply({}))
    async with gates.Client(api_key, credentials=credentials, base_url=server.url) as client:
        assert await getattr(client.gates, method)() == {}
    assert carried(server.requests[0]) == expected


@pytest.mark.parametrize(
    ("method", "credentials", "ways"),
    [
        ("usual", {}, "pass api_key=… (or set GATES_API_KEY), or credentials={'key': …} (or set GATES_KEY) and"),
        ("usual", {"key": "k"}, "(or set GATES_KEY) and credentials={'user': …} (or set GATES_USER)"),
        ("basic", {"key": "k"}, "credentials={'basic': …} (or set GATES_BASIC)"),
        ("all_at_once", {**ALL, "basic": "a:b"}, "credentials={'theme': …} (or set GATES_THEME) and api_key=…"),
        ("certificate", {"key": "k"}, "credentials={'certificate': True} with a session= that has the client cert"),
        ("certificate", {"certificate": True}, "credentials={'key': …}"),
        ("both_in_one_header", {"hmac": "h"}, "credentials={'basic': …}"),
    ],
)  # fmt: skip
async def test_a_call_without_its_keys_says_what_would_do_and_sends_nothing(
    gates: ModuleType, serve: Serve, method: str, credentials: Mapping[str, Any], ways: str
) -> None:
    server = await serve(reply({}))
    async with gates.Client(credentials=credentials, base_url=server.url) as client:
        with pytest.raises(errors.ConfigurationError) as caught:
            await getattr(client.gates, method)()
        assert str(caught.value).startswith(f"gates.gates.{method} asks for credentials: pass ")
        assert ways in str(caught.value)
        assert await client.gates.open() == {}
    assert len(server.requests) == 1


async def test_keys_come_from_the_environment_and_those_that_are_passed_go_first(
    gates: ModuleType, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = await serve(reply({}))
    monkeypatch.setenv("GATES_API_KEY", "env-b")
    monkeypatch.setenv("GATES_USER", "env-u")
    monkeypatch.setenv("GATES_BASIC", "env:pw")
    monkeypatch.setenv("GATES_OAUTH", "")
    async with gates.Client(base_url=server.url) as client:
        await client.gates.usual()
        await client.gates.basic()
        await client.gates.oauth()
    async with gates.Client(credentials={"key": "k", "user": "u"}, base_url=server.url) as client:
        await client.gates.usual()
    monkeypatch.delenv("GATES_API_KEY")
    async with gates.Client(credentials={"key": "k"}, base_url=server.url) as client:
        await client.gates.usual()
    assert [carried(seen) for seen in server.requests] == [
        _bearer("env-b"),
        _basic("env:pw"),
        _bearer("env-b"),
        {"X-Key": "k", "user id": "u"},
        {"X-Key": "k", "user id": "env-u"},
    ]


def _late(*keys: str) -> Callable[[], Any]:
    left = iter(keys)

    async def key() -> str:
        return next(left)

    return key


async def test_keys_that_rotate_are_asked_for_together_before_every_attempt(gates: ModuleType, serve: Serve) -> None:
    answers = iter([503, 200])
    server = await serve(lambda _: reply({}, next(answers)))
    session = iter(["s1", "s2"])
    credentials = {**ALL, "session": session.__next__, "user": _late("u1", "u2")}
    async with gates.Client("b", credentials=credentials, base_url=server.url) as client:
        await client.gates.all_at_once()
    expected = {**_bearer("b"), "X-Key": "k"}
    assert [carried(seen) for seen in server.requests] == [
        {**expected, "user id": "u1", "Cookie": "session=s1; theme=t"},
        {**expected, "user id": "u2", "Cookie": "session=s2; theme=t"},
    ]
    assert all(len(seen.headers.getall(name)) == 1 for seen in server.requests for name in ("Cookie", "Authorization"))


@pytest.mark.parametrize("rotating", [False, True])
async def test_no_key_is_shown_wherever_it_goes(gates: ModuleType, serve: Serve, rotating: bool) -> None:
    keys = {"key": "key-0123456/&", "user": "user-0123456/&", "session": "sess-0123456", "theme": "theme-0123456"}
    spoken = " ".join([*keys.values(), "user-0123456%2F%26", "bearer-0123456", "pass-0123456"])
    server = await serve(reply({"message": spoken, "details": {spoken: spoken}}, 400))
    given: dict[str, Any] = {name: (lambda text=text: text) if rotating else text for name, text in keys.items()}
    given["basic"] = ("jo", "pass-0123456")
    async with gates.Client("bearer-0123456", credentials=given, base_url=server.url) as client:
        for call in (client.gates.all_at_once, client.gates.basic):
            with pytest.raises(errors.InvalidRequest) as caught:
                await call()
            caller = client._caller
            shown = f"{caught.value} {caught.value!r} {vars(caught.value)['details']} {client!r} {caller.credential!r}"
            assert "0123456" not in f"{shown} {caller.settings!r}"


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"credentials": {"key": "k\r\nX-Evil: 1"}}, "the key 'key' of gates holds a line break"),
        ({"credentials": {"key": 7}}, "the key 'key' of gates must be a string, not int"),
        ({"credentials": {"key": True}}, "the key 'key' of gates must be a string, not bool"),
        ({"credentials": {"key": None}}, "the key 'key' of gates must be a string, not NoneType"),
        ({"credentials": {"key": " "}}, "the key 'key' of gates is empty; pass credentials={'key': …}"),
        ({"credentials": {"session": "a;b"}}, "credentials['session'] of gates: the API key holds a character that no"),
        ({"credentials": {"basic": ("a:b", "c")}}, "credentials['basic'] of gates must have no colon"),
        ({"credentials": {"basic": ("a", "c\n")}}, "credentials['basic'] of gates must have no colon in the user's"),
        ({"credentials": {"basic": ("a", "\ud800")}}, "credentials['basic'] of gates must have no colon"),
        ({"credentials": {"basic": ("a",)}}, "credentials['basic'] of gates must be a key, or (user, password)"),
        ({"credentials": {"basic": ("a", 1)}}, "credentials['basic'] of gates must be a key, or (user, password)"),
        ({"credentials": {"hmac": ("a", "ä")}}, "credentials['hmac'] of gates holds a character that no header may"),
        ({"credentials": {"certificate": "pem"}}, "credentials['certificate'] of gates must be True"),
        ({"credentials": {"nope": "k"}}, "gates has no scheme 'nope' for credentials=; its schemes: 'bearer', 'key'"),
        ({"credentials": "k"}, "credentials must be a mapping"),
        ({"api_key": "b", "credentials": {"bearer": "b"}}, "the key 'bearer' of gates is given twice"),
        ({"api_key": "b\n"}, "the API key of gates holds a line break"),
        ({"variables": {"zone": "eu"}}, "the server of gates has no variable 'zone'; it has: 'region', 'version'"),
        ({"variables": {"region": "mars"}}, "variables['region'] of gates must be one of 'eu', 'us'"),
        ({"variables": {"version": "v1/../../x"}}, "variables['version'] of gates must be one step of a path"),
        ({"variables": {"version": ".."}}, "a path that leads out of its place"),
        ({"variables": {"version": 1}}, "variables['version'] of gates must be a string, not int"),
        ({"variables": "eu"}, "variables must be a mapping"),
        ({"server": "https://x"}, "server must be one of SERVERS, not str"),
        ({"server": ApiServer("https://x"), "base_url": "https://y"}, "base_url stands in place of server"),
        ({"variables": {}, "base_url": "https://y"}, "base_url stands in place of server and variables"),
    ],
)  # fmt: skip
def test_what_cannot_work_is_refused_by_name(gates: ModuleType, arguments: dict[str, Any], text: str) -> None:
    with pytest.raises(errors.ConfigurationError) as caught:
        gates.Client(**arguments)
    assert text in str(caught.value)
    assert "Evil" not in str(caught.value)


@pytest.mark.parametrize("key", ["k\n", "", 7])
async def test_a_key_that_rotates_is_refused_by_name_too(gates: ModuleType, serve: Serve, key: Any) -> None:
    server = await serve(reply({}))
    async with gates.Client(credentials={"key": lambda: key}, base_url=server.url) as client:
        with pytest.raises(errors.ConfigurationError, match="the key 'key' of gates"):
            await client.gates.maybe()
    assert server.requests == []


def _goes_to(client: Any, method: str) -> str:
    operation = inspect.getmodule(type(client.gates)).__dict__[f"GATES_{method.upper()}"]
    call = client._caller._prepare(operation, (), None, None, None, None, None, None)
    return str(call.exchange.url)


@pytest.mark.parametrize(
    ("arguments", "usual", "files", "relative"),
    [
        ({}, "https://eu.gates.example/v1/usual", "https://files.eu.gates.example:8443/files", "https://eu.gates.example/main/v2/files"),
        ({"variables": {"region": "us", "version": "v2"}}, "https://us.gates.example/v2/usual",
         "https://files.us.gates.example:8443/files", "https://us.gates.example/main/v2/files"),
        ({"variables": {"port": "9443", "branch": "next"}}, "https://eu.gates.example/v1/usual",
         "https://files.eu.gates.example:9443/files", "https://eu.gates.example/next/v2/files"),
        ({"server": 1}, "https://sandbox.gates.example/v1/usual", "https://files.eu.gates.example:8443/files",
         "https://sandbox.gates.example/main/v2/files"),
        ({"base_url": "https://mine.example/a"}, "https://mine.example/a/usual", "https://mine.example/a/files",
         "https://mine.example/main/v2/files"),
    ],
)  # fmt: skip
async def test_servers_and_variables_are_the_users_choice(
    gates: ModuleType, arguments: dict[str, Any], usual: str, files: str, relative: str
) -> None:
    if "server" in arguments:
        arguments = {"server": gates.SERVERS[arguments["server"]]}
    async with gates.Client("b", **arguments) as client:
        assert [_goes_to(client, name) for name in ("usual", "files", "relative")] == [usual, files, relative]


async def test_a_server_that_is_chosen_goes_before_the_environment(
    gates: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GATES_BASE_URL", "https://env.example")
    assert "https://env.example" in repr(gates.Client())
    assert "https://us.gates.example/v1" in repr(gates.Client(variables={"region": "us"}))
    assert "https://sandbox.gates.example/v1" in repr(gates.Client(server=gates.SERVERS[1]))


async def test_a_variable_of_an_operations_server_is_looked_at_when_it_is_called(gates: ModuleType) -> None:
    async with gates.Client("b", variables={"port": "80/@evil"}) as client:
        with pytest.raises(
            errors.ConfigurationError, match=r"variables\['port'\] of gates.gates.files must be the number"
        ):
            await client.gates.files()


def test_the_docstrings_name_schemes_scopes_servers_and_variables(gates: ModuleType) -> None:
    text = inspect.getdoc(gates.Client) or ""
    for line in (
        "- `oauth`: a bearer token. Scopes: `read` Look; `write` Change.",
        "- `SERVERS[1]`: https://sandbox.gates.example/v1, For tests.",
        "- `region`: one of eu, us; eu unless it is given. Where the data is.",
    ):
        assert line in text
    operations = importlib.import_module("gates._generated.operations")
    assert "Scopes of the token: `read`, `write`; or `all`." in (inspect.getdoc(operations.Gates.oauth) or "")
