"""The webhook that nobody signs: a secret in the path, and the session read again."""

from __future__ import annotations

import json
from typing import Any

import aiohttp
import pytest

from reknit import relays
from reknit.errors import ConfigurationError
from reknit.relays import samples
from tests.inbound.conftest import Shelf, ask, served
from tests.serving import reply, serving

SESSION = {"session_id": "5f0c2d7ab914-S", "status": "READY", "ready": True, "linked": True, "error": None}


async def test_the_hint_says_that_it_is_not_verified() -> None:
    receiver = relays.receiver("s3cret")
    seen: list[relays.Unverified[relays.SessionReady]] = []

    @receiver.on(relays.SessionReady)
    async def hinted(event: relays.Unverified[relays.SessionReady]) -> None:
        seen.append(event)

    sample = samples.webhook(samples.READY, "s3cret")
    async with served(receiver, "/relays/{secret}") as url, aiohttp.ClientSession() as session:
        async with session.post(url + sample.path, data=sample.body) as answer:
            assert answer.status == 204
        async with session.post(f"{url}/relays/wrong", data=sample.body) as answer:
            assert answer.status == 401
    assert (await ask(receiver.asgi, "POST", {}, [sample.body], sample.path))[0] == 204
    assert (await ask(receiver.asgi, "POST", {}, [sample.body], "/"))[0] == 401
    assert [(event.verified, event.payload.session_id, event.raw) for event in seen] == [
        (False, SESSION["session_id"], sample.body)
    ] * 2
    assert receiver.verify({}, sample.body, path=sample.path) == seen[0]


async def test_the_session_is_read_again_before_the_handler_sees_it() -> None:
    async with (
        serving(lambda seen: reply({**SESSION, "linked": False})) as api,
        relays.Client("key", base_url=api.url) as edge,
    ):
        receiver = relays.receiver(["old", "s3cret"], client=edge)
        sessions: list[relays.Session] = []

        @receiver.on_session
        async def ready(session: relays.Session) -> None:
            sessions.append(session)

        sample = samples.webhook(samples.READY, "s3cret")
        assert (await ask(receiver.asgi, "POST", {}, [sample.body], sample.path))[0] == 204
        assert [session.linked for session in sessions] == [False]
        assert [seen.path for seen in api.requests] == ["/v1/relays/sessions/5f0c2d7ab914-S"]


@pytest.mark.parametrize(("session_id", "status"), [("gone-S", 404), (None, 200), ("", 200), ("..", 200), ("5-S", 403)])
async def test_a_hint_at_no_session_goes_nowhere_and_one_that_cannot_be_read_comes_again(
    session_id: str | None, status: int
) -> None:
    async with (
        serving(lambda seen: reply({"message": "no"}, status)) as api,
        relays.Client("key", base_url=api.url) as edge,
    ):
        receiver = relays.receiver("s3cret", client=edge)
        sessions: list[relays.Session] = []

        @receiver.on_session
        async def ready(session: relays.Session) -> None:
            sessions.append(session)

        body = json.dumps({"session_id": session_id}).encode()
        answered = (await ask(receiver.asgi, "POST", {}, [body], "/s3cret"))[0]
        assert answered == (500 if status == 403 else 204)
        assert not sessions


async def test_with_an_inbox_the_session_is_read_when_it_is_handled() -> None:
    shelf = Shelf()
    async with serving(lambda seen: reply(SESSION)) as api, relays.Client("key", base_url=api.url) as edge:
        receiver = relays.receiver("s3cret", client=edge, inbox=shelf)
        seen: list[Any] = []

        @receiver.on_session
        async def ready(session: relays.Session, transaction: Any) -> None:
            seen.append((session.session_id, transaction))

        sample = samples.webhook(samples.READY, "s3cret")
        assert (await ask(receiver.asgi, "POST", {}, [sample.body], sample.path))[0] == 204
        assert not api.requests
        [letter] = shelf.letters
        assert not letter.verified
        await receiver.handle(letter, "transaction")
        assert seen == [(SESSION["session_id"], "transaction")]


def test_reading_again_needs_a_client() -> None:
    receiver = relays.receiver("s3cret")

    async def ready(session: relays.Session) -> None: ...

    with pytest.raises(ConfigurationError, match="client="):
        receiver.on_session(ready)
