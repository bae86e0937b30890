"""Prism, which reads the same specs and was written by others, finds nothing wrong with what the clients send.

Every operation is called twice, with all its parameters and with the required ones alone, on the values that the spec
gives as examples: against Prism's own answers, and through Prism to the sandbox, whose answers it then checks too.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest

from reknit import Retry, errors
from reknit.runtime import Response
from tests.contract.documents import APIS, Trial, keywords, spec_of
from tests.contract.prism import COMMAND, prism
from tests.contract.stage import CLIENTS, Stage

pytestmark = [
    pytest.mark.contract,
    pytest.mark.skipif(COMMAND is None, reason="REKNIT_PRISM does not name the prism command; nox -s contract does"),
]


async def call(client: Any, trial: Trial) -> Response[Any]:
    method = getattr(getattr(client, trial.group).with_response, trial.method)
    answer: Response[Any] = await method(**keywords(method, trial))
    return answer


@pytest.mark.parametrize("api", APIS)
async def test_prism_accepts_every_request_of_the_client_and_the_client_its_answers(api: str) -> None:
    spec = spec_of(api)
    async with (
        prism("mock", str(spec.path)) as url,
        CLIENTS[api]("test-key", base_url=url, retry=Retry(max_attempts=1), timeout=20) as client,
    ):
        for trial in spec.trials():
            answer = await call(client, trial)
            assert "sl-violations" not in answer.headers, trial.title


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize("stage", APIS, indirect=True)
async def test_prism_accepts_what_client_and_sandbox_say_to_each_other(stage: Stage) -> None:
    async with stage.scene() as scene, scene.client() as client:
        for trial in spec_of(stage.api).trials():
            # The examples name things that this sandbox does not have, or has already.
            with suppress(errors.APIError):
                await call(client, trial)
        assert scene.witness.violations == []


@pytest.mark.parametrize("api", APIS)
def test_every_operation_of_the_spec_is_tried(api: str) -> None:
    described = {
        operation["operationId"]
        for item in spec_of(api).document["paths"].values()
        for operation in item.values()
        if isinstance(operation, dict)
    }
    assert {trial.operation for trial in spec_of(api).trials()} == described
