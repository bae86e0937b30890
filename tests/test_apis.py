"""What the four API packages have in common: their constructor, their methods, and models that load by name."""

from __future__ import annotations

import asyncio
import importlib
import inspect
import pickle
import platform
import sys
import typing
from collections.abc import Iterator
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import aiohttp
import pytest
import yaml

import reknit
from reknit import RateLimit, RequestOptions, Retry, errors, refonte, relays, rezi, rezolve
from reknit.runtime import BaseClient, Limiter, Pages, Response
from reknit.runtime.parameters import placeholders
from tests.serving import Reply, Seen, Serve, reply

OPENAPI = Path(__file__).resolve().parent.parent / "openapi"
APIS: list[ModuleType] = [refonte, relays, rezi, rezolve]
SERVERS = {
    "refonte": "https://api.refonte.com/v1",
    "relays": "https://api.edgegap.com",
    "rezi": "https://open-api.rezi.ai/v1",
    "rezolve": "https://integration-hub.rezolve.ai/api/v1",
}
MODELS = {"refonte": "Task", "relays": "Session", "rezi": "Connection", "rezolve": "Tool"}
OF_EACH_API = pytest.mark.parametrize("api", APIS, ids=lambda api: name_of(api))


def name_of(api: ModuleType) -> str:
    return api.__name__.rpartition(".")[2]


def document_of(api: ModuleType) -> dict[str, Any]:
    """Return the document that the client of an API is generated from."""
    text = (OPENAPI / f"{name_of(api)}.yaml").read_text(encoding="utf-8")
    document: dict[str, Any] = yaml.safe_load(text)
    return document


def groups_of(client: BaseClient) -> dict[str, Any]:
    """Return the groups of operations that a client has."""
    return {name: group for name, group in vars(client).items() if hasattr(group, "with_response")}


def methods_of(group: object) -> dict[str, FunctionType]:
    """Return the public methods of a group."""
    found = inspect.getmembers(type(group), inspect.isfunction)
    return {name: method for name, method in found if not name.startswith("_")}


def operations() -> Iterator[Any]:
    """Give every operation of every API: its method in the group, and the one of its typed twin."""
    for api in APIS:
        for group_name, group in groups_of(api.Client("secret-key")).items():
            twins = methods_of(group.with_response)
            for name, twin in twins.items():
                yield pytest.param(methods_of(group)[name], twin, id=f"{name_of(api)}.{group_name}.{name}")


OF_EACH_OPERATION = pytest.mark.parametrize(("method", "twin"), list(operations()))


@OF_EACH_OPERATION
def test_an_operation_is_awaited_and_takes_options(method: FunctionType, twin: FunctionType) -> None:
    pages = typing.get_origin(typing.get_type_hints(method)["return"]) is Pages
    assert inspect.iscoroutinefunction(method) is not pages
    options = inspect.signature(method).parameters["options"]
    assert options.kind is inspect.Parameter.KEYWORD_ONLY
    assert options.default is None


@OF_EACH_OPERATION
def test_the_typed_twin_takes_the_same_arguments_and_returns_the_whole_answer(
    method: FunctionType, twin: FunctionType
) -> None:
    assert inspect.signature(twin).parameters == inspect.signature(method).parameters
    assert inspect.iscoroutinefunction(twin)
    value, answer = typing.get_type_hints(method)["return"], typing.get_type_hints(twin)["return"]
    assert typing.get_origin(answer) is Response
    if typing.get_origin(value) is not Pages:
        assert typing.get_args(answer) == (value,)


@OF_EACH_OPERATION
def test_required_path_parameters_are_positional_too_and_everything_else_is_a_keyword(
    method: FunctionType, twin: FunctionType
) -> None:
    positional: list[str] = []
    for name, parameter in list(inspect.signature(method).parameters.items())[1:]:
        if parameter.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD:
            assert parameter.default is inspect.Parameter.empty
            positional.append(name)
        else:
            assert parameter.kind is inspect.Parameter.KEYWORD_ONLY
    operation = method.__globals__[method.__qualname__.replace(".", "_").upper()]
    assert len(positional) == len(placeholders(operation.path))


@OF_EACH_OPERATION
def test_an_operation_says_what_it_does_and_where_that_is_documented(method: FunctionType, twin: FunctionType) -> None:
    text = inspect.getdoc(method) or ""
    assert text.splitlines()[0].endswith(".")
    assert "See https://" in text


def test_a_key_is_a_keyword_of_the_operations_that_have_one_on_the_wire_and_of_no_other() -> None:
    keys = {
        f"{name_of(api)}.{operation['operationId']}": operation["x-idempotency-key"]["name"].lower().replace("-", "_")
        for api in APIS
        for item in document_of(api)["paths"].values()
        for operation in item.values()
        if "x-idempotency-key" in operation
    }
    assert keys.keys() >= {"rezolve.tools.execute", "refonte.tasks.create_text_collection"}
    found = {
        f"{name_of(api)}.{group_name}.{name}": keyword
        for api in APIS
        for group_name, group in groups_of(api.Client("secret-key")).items()
        for name, method in methods_of(group).items()
        for keyword in set(keys.values()) & set(inspect.signature(method).parameters)
        if name != "list"  # where it is a filter
    }
    assert found == keys


@OF_EACH_API
def test_the_constructor_is_the_same_for_all(api: ModuleType) -> None:
    parameters = dict(inspect.signature(api.Client).parameters)
    if api is rezi:
        for own in ("short_lived", "send_authentication_header"):
            assert parameters.pop(own).kind is inspect.Parameter.KEYWORD_ONLY
    defaults = {name: parameter.default for name, parameter in parameters.items()}
    assert defaults == {
        "api_key": None,
        "base_url": None,
        "session": None,
        "timeout": 60.0,
        "retry": Retry(max_attempts=4, base=0.5, cap=8.0),
        "limiter": None,
        "hooks": (),
        "allow_insecure": False,
        "max_body": 64 * 2**20,
    }
    keywords = [name for name, each in parameters.items() if each.kind is inspect.Parameter.KEYWORD_ONLY]
    assert keywords == list(defaults)[1:]


@OF_EACH_API
async def test_key_and_base_url_come_from_the_environment(
    api: ModuleType, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    served = await serve(reply({"status": "success", "total_count": 0}))
    variable = name_of(api).upper()
    monkeypatch.delenv(f"{variable}_API_KEY", raising=False)
    with pytest.raises(errors.ConfigurationError, match=f"{variable}_API_KEY"):
        api.Client()
    monkeypatch.setenv(f"{variable}_API_KEY", "key-of-the-environment")
    assert SERVERS[name_of(api)] in repr(api.Client())
    monkeypatch.setenv(f"{variable}_BASE_URL", served.url)
    async with api.Client() as client:
        assert served.url in repr(client)
        assert "key-of-the-environment" not in repr(client)
        await call(client)
    assert "Authorization" in served.requests[0].headers
    monkeypatch.setenv(f"{variable}_BASE_URL", "http://example.org")
    with pytest.raises(errors.ConfigurationError, match=f"{variable}_BASE_URL"):
        api.Client()
    api.Client(base_url="https://example.org")


async def call(client: Any) -> None:
    """Make some call that every server above answers."""
    if isinstance(client, relays.Client):
        await client.sessions.list()
    elif isinstance(client, rezi.Client):
        await client.users.list()
    elif isinstance(client, refonte.Client):
        await client.tasks.send_callback("t")
    else:
        await client.tools.get("x.y")


ANSWER = {"status": "success", "total_count": 0}


@OF_EACH_API
@pytest.mark.parametrize("kind", ["sync", "async"])
async def test_a_key_may_come_from_a_function_that_is_asked_each_time(api: ModuleType, serve: Serve, kind: str) -> None:
    served = await serve(reply(ANSWER))
    keys = iter(["first", "second"])

    def key() -> str:
        return next(keys)

    async def late_key() -> str:
        return next(keys)

    async with api.Client(key if kind == "sync" else late_key, base_url=served.url) as client:
        await call(client)
        await call(client)
    sent = [seen.headers["Authorization"] for seen in served.requests]
    if api is refonte:
        assert sent == ["Basic Zmlyc3Q6", "Basic c2Vjb25kOg=="]
    else:
        assert [text.rpartition(" ")[2] for text in sent] == ["first", "second"]


@OF_EACH_API
async def test_the_user_agent_names_library_api_and_platform_and_can_be_extended(api: ModuleType, serve: Serve) -> None:
    served = await serve(reply(ANSWER))
    async with api.Client("secret-key", base_url=served.url) as client:
        client.extend_user_agent("tickets/2.0")
        await call(client)
    versions = f"python/{platform.python_version()}; aiohttp/{aiohttp.__version__}"
    expected = f"reknit/{reknit.__version__} ({name_of(api)}; {versions}) tickets/2.0"
    assert served.requests[0].headers["User-Agent"] == expected


@OF_EACH_API
async def test_a_session_that_is_passed_in_is_used_and_left_open(api: ModuleType, serve: Serve) -> None:
    served = await serve(reply(ANSWER))
    async with aiohttp.ClientSession(headers={"X-Of-The-Session": "1"}) as session:
        async with api.Client("secret-key", base_url=served.url, session=session) as client:
            await call(client)
        assert not session.closed
    assert served.requests[0].headers["X-Of-The-Session"] == "1"


@OF_EACH_API
async def test_options_change_one_call(api: ModuleType, serve: Serve) -> None:
    served = await serve(reply(b"", 503))
    async with api.Client("secret-key", base_url=served.url, retry=Retry(base=0.001)) as client:
        options = RequestOptions(retry=Retry(max_attempts=1), headers={"X-Team": "blue"})
        with pytest.raises(errors.ServerError):
            if api is refonte:
                await client.tasks.get("t", options=options)
            elif api is relays:
                await client.sessions.list(options=options)
            elif api is rezi:
                await client.users.list(options=options)
            else:
                await client.tools.list(options=options)
    assert [seen.headers["X-Team"] for seen in served.requests] == ["blue"]


async def test_clients_share_a_limit_by_being_given_the_same_object(serve: Serve) -> None:
    times: list[float] = []

    def handler(_: Seen) -> Reply:
        times.append(asyncio.get_running_loop().time())
        return reply(ANSWER)

    served = await serve(handler)
    shared = Limiter(RateLimit(rate=10, per=1.0, burst=1))
    first = rezi.Client("secret-key", base_url=served.url, limiter=shared)
    second = relays.Client("secret-key", base_url=served.url, limiter=shared)
    async with first, second:
        await call(first)
        await call(second)
        await call(first)
    assert times[1] - times[0] >= 0.099
    assert times[2] - times[1] >= 0.099


@OF_EACH_API
def test_models_are_there_by_name_and_in_the_packages_directory(api: ModuleType) -> None:
    models = importlib.import_module(f"{api.__name__}._generated.models")
    for name in models.__all__:
        assert getattr(api, name) is getattr(models, name)
    assert {*models.__all__, *api.__all__} <= set(dir(api))
    namespace: dict[str, Any] = {}
    exec(f"from {api.__name__} import {MODELS[name_of(api)]} as model", namespace)
    assert namespace["model"].__name__ == MODELS[name_of(api)]


@OF_EACH_API
def test_what_is_no_model_is_no_attribute(api: ModuleType) -> None:
    for name in ("Nonsense", "_models", "field", "__wrapped__"):
        assert not hasattr(api, name)
    misspelt = MODELS[name_of(api)][:-1]
    with pytest.raises(AttributeError, match=f"module 'reknit.{name_of(api)}' has no attribute '{misspelt}'") as caught:
        getattr(api, misspelt)
    assert (caught.value.name, caught.value.obj) == (misspelt, sys.modules[api.__name__])


def test_models_pickle() -> None:
    tool = rezolve.Tool(key="a.b", risk_level=rezolve.RiskLevel.WRITE)
    assert pickle.loads(pickle.dumps(tool)) == tool


def test_annotations_of_the_conveniences_resolve() -> None:
    assert typing.get_type_hints(rezolve.ApprovalRequired.replay)["return"] is rezolve.ToolResult
    assert typing.get_type_hints(relays.Sessions.wait_until_ready)["return"] is relays.Session
