"""Prism, which reads the same specs and was written by others, finds nothing wrong with what the clients send.

Every operation is called twice, with all its parameters and with the required ones alone, on the values that the spec
gives as examples: against Prism's own answers, and through Prism to the sandbox, whose answers it then checks too.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import os
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from reknit import Retry, errors, refonte, relays, rezi, rezolve
from reknit.sandbox import Sandbox

PRISM = os.environ.get("REKNIT_PRISM")
SPECS = Path(__file__).resolve().parents[2] / "openapi"
CLIENTS = {"refonte": refonte.Client, "relays": relays.Client, "rezi": rezi.Client, "rezolve": rezolve.Client}
#: Longer than the slowest start of node on a busy machine.
PATIENCE = 60

pytestmark = [
    pytest.mark.contract,
    pytest.mark.skipif(PRISM is None, reason="REKNIT_PRISM does not name the prism command; nox -s contract does"),
]

Json = dict[str, Any]


class Trial(NamedTuple):
    """One call to make: the method, by group and name, and its arguments by their names on the wire."""

    title: str
    group: str
    method: str
    parameters: Json
    body: Any


class Spec:
    """One document, read for what its operations take."""

    def __init__(self, api: str) -> None:
        self.path = SPECS / f"{api}.yaml"
        self.document: Json = yaml.safe_load(self.path.read_text(encoding="utf-8"))

    def trials(self) -> Iterator[Trial]:
        for path, item in self.document["paths"].items():
            for verb in item.keys() & {"get", "put", "post", "delete", "patch"}:
                for everything in (True, False):
                    yield self._trial(path, item, verb, everything=everything)

    def _trial(self, path: str, item: Json, verb: str, *, everything: bool) -> Trial:
        operation = item[verb]
        [tag] = operation["tags"]
        parameters = [self._resolve(each) for each in [*item.get("parameters", []), *operation.get("parameters", [])]]
        return Trial(
            f"{operation['operationId']} with {'all' if everything else 'required'} parameters",
            tag,
            operation["operationId"].removeprefix(f"{tag}."),
            {each["name"]: each["example"] for each in parameters if everything or each.get("required")},
            self._body(operation, everything=everything),
        )

    def _body(self, operation: Json, *, everything: bool) -> Any:
        content = self._resolve(operation.get("requestBody", {})).get("content", {})
        if not content:
            return None
        [(media, described)] = content.items()
        named = described.get("examples", {})
        if named:
            return named["all" if everything else "least"]["value"]
        example = described["example"]
        schema = self._resolve(described["schema"])
        if not everything and isinstance(example, dict):
            example = {name: example[name] for name in schema.get("required", [])}
        if media == "multipart/form-data":
            example = {name: value.encode() if name == "file" else value for name, value in example.items()}
        return example

    def _resolve(self, node: Json) -> Json:
        while "$ref" in node:
            reference, node = node["$ref"], self.document
            for token in reference.removeprefix("#/").split("/"):
                node = node[token]
        return node


def _keywords(method: Any, trial: Trial) -> Json:
    """Give the arguments the names that they have in Python, which differ in case and punctuation alone."""

    def plain(name: str) -> str:
        return re.sub(r"[\W_]", "", name).lower()

    taken = inspect.signature(method).parameters
    names = {plain(name): name for name in taken}
    arguments, whole = trial.parameters, {}
    if "body" in taken:
        whole = {} if trial.body is None else {"body": trial.body}
    else:
        arguments = arguments | (trial.body or {})
    return {names[plain(name)]: value for name, value in arguments.items()} | whole


@asynccontextmanager
async def _prism(*arguments: str) -> AsyncIterator[str]:
    assert PRISM is not None
    child = await asyncio.create_subprocess_exec(
        PRISM, *arguments, "--host", "127.0.0.1", "--port", "0", "--errors",
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT, start_new_session=True,
    )  # fmt: skip
    assert child.stdout is not None
    said: list[str] = []

    async def listening(output: asyncio.StreamReader) -> str:
        async for line in output:
            said.append(line.decode())
            if found := re.search(r"Prism is listening on (\S+)", said[-1]):
                return re.sub(r"\x1b.*", "", found[1])
        raise AssertionError("".join(said))

    reader: asyncio.Task[None] | None = None
    try:
        url = await asyncio.wait_for(listening(child.stdout), PATIENCE)
        reader = asyncio.create_task(_drain(child.stdout))
        yield url
    finally:
        if child.returncode is None:
            child.terminate()
        await child.wait()
        if reader is not None:
            await reader


async def _drain(output: asyncio.StreamReader) -> None:
    while await output.read(65536):
        pass


def _violations(error: errors.APIError) -> str | None:
    """Return what Prism complains of; None where the answer is the API's own."""
    headers = error.headers or {}
    if said := headers.get("sl-violations"):
        return said
    return error.raw.decode() if b"stoplight.io/prism/errors" in error.raw else None


async def _complaints(api: str, url: str, *, refusals_count: bool) -> list[str]:
    """Make every call of an API; return what is wrong with them, or with the answers to them."""
    found: list[str] = []
    async with CLIENTS[api]("test-key", base_url=url, retry=Retry(max_attempts=1), timeout=20) as client:
        for trial in Spec(api).trials():
            method = getattr(getattr(client, trial.group).with_response, trial.method)
            try:
                answer = await method(**_keywords(method, trial))
            except errors.APIError as error:
                complaint = _violations(error)
                if complaint or refusals_count:
                    found.append(f"{trial.title}: {complaint or error}")
            except errors.ReknitError as error:
                found.append(f"{trial.title}: {error!r}")
            else:
                if said := answer.headers.get("sl-violations"):
                    found.append(f"{trial.title}: {json.dumps(json.loads(said), indent=1)}")
    return found


@pytest.mark.parametrize("api", CLIENTS)
async def test_prism_accepts_every_request_of_the_client(api: str) -> None:
    async with _prism("mock", str(SPECS / f"{api}.yaml")) as url:
        assert await _complaints(api, url, refusals_count=True) == []


@pytest.mark.parametrize("api", CLIENTS)
async def test_prism_accepts_what_client_and_sandbox_say_to_each_other(api: str) -> None:
    async with Sandbox() as box, _prism("proxy", str(SPECS / f"{api}.yaml"), box.base_url(api)) as url:
        assert await _complaints(api, url, refusals_count=False) == []


@pytest.mark.parametrize("api", CLIENTS)
def test_every_operation_of_the_spec_is_tried(api: str) -> None:
    count = sum(
        "operationId" in operation
        for item in Spec(api).document["paths"].values()
        for operation in item.values()
        if isinstance(operation, dict)
    )
    assert len({(trial.group, trial.method) for trial in Spec(api).trials()}) == count
