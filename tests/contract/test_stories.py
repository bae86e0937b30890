"""Prism, validating, between clients and sandbox, sees no violation in either direction, and would see one."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatch
from functools import reduce
from operator import getitem
from typing import Any

import pytest

from reknit import errors
from reknit.sandbox import Fault, Limited, Status, WrongShape
from tests.contract.documents import APIS, Operation, keywords, spec_of
from tests.contract.prism import COMMAND
from tests.contract.stage import Scene, Stage, Story
from tests.contract.stories import STORIES

pytestmark = [
    pytest.mark.contract,
    pytest.mark.skipif(COMMAND is None, reason="REKNIT_PRISM does not name the prism command; nox -s contract does"),
    pytest.mark.asyncio(loop_scope="session"),
]

#: Documented answers (operation, status) that the sandbox does not give by itself, and why.
NOT_BY_ITSELF: dict[str, dict[tuple[str, str], str]] = {
    "refonte": {
        ("*", "429"): "it limits nobody here: the pages give no figures",
        ("*", "500"): "it does not fail",
        ("tasks.get", "400"): "any id may be asked for, and one that is unknown is a 404",
        ("tasks.send_callback", "400"): "likewise; and a task may be asked for its callback at any time",
        ("batches.[gsf]*", "400"): "any name may be asked for, and one that is unknown is a 404",
        ("projects.get", "400"): "likewise",
        ("projects.list", "400"): "what makes it one the spec forbids, and Prism does not pass on",
        ("batches.list", "400"): "likewise",
        ("tasks.create_*", "400"): "likewise",
        ("teams.*", "400"): "likewise",
    },
    "relays": {
        ("*", "403"): "every organisation has relays here",
        ("*", "500"): "it does not fail",
        ("*", "503"): "there is always a relay here",
        ("sessions.revoke_user", "400"): "what makes it one the spec forbids, and Prism does not pass on",
        ("sessions.delete", "200"): "it answers 204, the other of the two that are documented",
    },
    "rezi": {
        ("*", "500"): "it does not fail",
        ("tokens.create_access_token", "400"): "nothing is asked of a caller but the key",
        ("users.list", "400"): "likewise",
    },
    "rezolve": {},
}

#: A call of each API that the sandbox answers with a success, and that its spec describes in detail.
DESCRIBED = {
    "refonte": "tasks.create_text_collection",
    "relays": "sessions.create",
    "rezi": "users.connect",
    "rezolve": "tools.execute",
}
UNDOCUMENTED = 418


@pytest.mark.parametrize(
    ("stage", "story"),
    [pytest.param(api, story, id=f"{api}-{story.__name__}") for api in APIS for story in STORIES[api]],
    indirect=["stage"],
)
async def test_no_violation_in_either_direction(stage: Stage, story: Story) -> None:
    assert (await stage.play(story)).violations == []


@pytest.mark.parametrize("stage", APIS, indirect=True)
async def test_every_documented_answer_of_every_operation_was_seen_or_there_is_a_reason(stage: Stage) -> None:
    seen = {answer for story in STORIES[stage.api] for answer in (await stage.play(story)).answers}
    reasons = NOT_BY_ITSELF[stage.api]
    missing, needed = [], set()
    for operation in spec_of(stage.api).operations():
        statuses = {str(status) for name, status in seen if name == operation.name}
        if statuses - operation.answers.keys():
            statuses.add("default")
        for status in operation.answers.keys() - statuses:
            reason = _reason(reasons, operation, status)
            missing += [f"{operation.name} {status}"] if reason is None else []
            needed.add(reason)
        assert any(status.startswith("2") for status in statuses), f"{operation.name} never worked"
    assert missing == []
    assert reasons.keys() <= needed, "an answer that was seen needs no reason"


def _reason(reasons: dict[tuple[str, str], str], operation: Operation, status: str) -> tuple[str, str] | None:
    return next((key for key in reasons if fnmatch(operation.name, key[0]) and key[1] == status), None)


@pytest.mark.parametrize("stage", [api for api in APIS if NOT_BY_ITSELF[api]], indirect=True)
async def test_what_the_sandbox_answers_only_when_told_is_no_violation_either(stage: Stage) -> None:
    async with stage.scene() as scene:
        for operation in spec_of(stage.api).operations():
            for status in operation.answers:
                if _reason(NOT_BY_ITSELF[stage.api], operation, status) is None:
                    continue
                works = status.startswith("2")
                fault: Fault = Status(int(status), body="" if works else None, media_type="text/plain")
                if status == "429":
                    fault = Limited(retry_after=3600)  # longer than a client waits by itself
                assert await _outcome(scene, operation, fault) == (None if works else int(status))
        assert scene.witness.violations == []


async def _outcome(scene: Scene, operation: Operation, fault: Fault) -> int | None:
    """Let a client call an operation, with a fault; return the status of the error that it raises, None without one."""
    scene.box.faults.add(api=scene.api, operation=operation.name, fault=fault)
    trial = spec_of(scene.api).trial(operation, everything=True)
    async with scene.client() as client:
        method = getattr(getattr(client, trial.group).with_response, trial.method)
        try:
            await method(**keywords(method, trial))
        except errors.APIError as error:
            return error.status
        except errors.ReknitError:
            return 0
    return None


@pytest.mark.parametrize("stage", ["refonte"], indirect=True)
async def test_an_empty_answer_where_others_have_a_body_is_all_that_prism_cannot_be_told_of(stage: Stage) -> None:
    # The spec says so in words: OpenAPI knows no body that may be left out of an answer.
    async with stage.scene() as scene, scene.client() as client:
        scene.box.refonte.accepted_as = "nothing"
        with pytest.raises(errors.ServerError):
            await client.teams.invite(emails=["mara@example.org"])
        [complaint] = scene.witness.violations
        assert 'media type \\"\\" does not match' in complaint


# That it would see a violation


@pytest.mark.parametrize("stage", APIS, indirect=True)
async def test_an_answer_of_the_wrong_shape_is_seen(stage: Stage) -> None:
    [operation] = [each for each in spec_of(stage.api).operations() if each.name == DESCRIBED[stage.api]]
    async with stage.scene() as scene:
        assert await _outcome(scene, operation, WrongShape()) == 500
        [complaint] = scene.witness.violations
        assert "Response body property" in complaint


@pytest.mark.parametrize("stage", APIS, indirect=True)
async def test_every_documented_answer_is_held_against_its_schema(stage: Stage) -> None:
    async with stage.scene() as scene:
        for operation in spec_of(stage.api).operations():
            for status, answer in operation.answers.items():
                if not _says_something(answer):
                    continue
                number = UNDOCUMENTED if status == "default" else int(status)
                fault = Status(number, body='"no object"', media_type="application/json")
                await _outcome(scene, operation, fault)
                assert "must be " in str(scene.witness.passed[-1].complaint), f"{operation.name} {status}"


def _says_something(answer: dict[str, Any]) -> bool:
    """Say whether a document says anything of the JSON of an answer."""
    return bool(answer.get("content", {}).get("application/json", {}).get("schema"))


@pytest.mark.parametrize("stage", APIS, indirect=True)
async def test_an_answer_that_is_not_documented_is_seen(stage: Stage) -> None:
    async with stage.scene() as scene:
        for operation in spec_of(stage.api).operations():
            if "default" not in operation.answers:
                await _outcome(scene, operation, Status(UNDOCUMENTED))
                assert "Unable to match" in str(scene.witness.passed[-1].complaint), operation.name
            if "content" in operation.answers["200"] and operation.name != "resumes.download":  # which may be any file
                await _outcome(scene, operation, Status(200, body="<p>OK</p>", media_type="text/html"))
                assert "media type" in str(scene.witness.passed[-1].complaint), operation.name


async def test_a_callback_that_the_spec_forbids_is_seen() -> None:
    for api, *path in (
        ("refonte", "components", "callbacks", "task_callback", "{$request.body#/callback_url}"),
        ("relays", "webhooks", "session_ready"),
    ):
        event = reduce(getitem, path, spec_of(api).document)["post"]
        assert spec_of(api).event_problems(event, {"task_id": 7, "session_id": 7, "response": {}, "task": {}})


@pytest.mark.parametrize("stage", APIS, indirect=True)
async def test_a_request_that_the_spec_forbids_is_seen_and_not_passed_on(stage: Stage) -> None:
    key = {"Authorization": "Basic a2V5Og==" if stage.api == "refonte" else "Bearer key"}
    async with stage.scene() as scene:
        for operation in spec_of(stage.api).operations():
            path = operation.path.replace("{", "").replace("}", "")
            for what, request in _forbidden(operation):
                headers = {**key, **request.get("headers", {})}
                async with scene.session.request(
                    operation.verb, stage.url + path, **{**request, "headers": headers}
                ) as response:
                    assert response.status in (415, 422), f"{operation.name} {what}"
            async with scene.session.request(operation.verb, stage.url + path) as response:
                assert response.status == 401, operation.name
        assert all(exchange.complaint for exchange in scene.witness.passed)
        assert scene.box.ledger.request_count == 0


#: A multipart body that has no file.
NO_FILE = {
    "data": b'--b\r\nContent-Disposition: form-data; name="other"\r\n\r\nx\r\n--b--\r\n',
    "headers": {"Content-Type": "multipart/form-data; boundary=b"},
}


def _forbidden(operation: Operation) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield requests that an operation does not take, and one that it might but for the key that is missing."""
    body: dict[str, Any] = operation.described.get("requestBody", {})
    good: dict[str, Any] = {}
    if "multipart/form-data" in body.get("content", {}):
        yield "without the file", NO_FILE
    elif body:
        yield "with a list", {"json": ["no object"]}
        yield "with text", {"data": b"text", "headers": {"Content-Type": "text/plain"}}
        good = {"json": {}}
    if body.get("required"):
        yield "without a body", {}
    for parameter in operation.described["parameters"]:
        if parameter.get("schema", {}).get("type", "string") != "string":
            yield parameter["name"], {**good, "params": {parameter["name"]: "neither"}}
