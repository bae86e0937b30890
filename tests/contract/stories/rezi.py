"""Rezi: users and their resumes, plans, errors in two places, tokens that expire."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from reknit import errors
from reknit.sandbox import LIVE_KEY, WRONG_KEY
from tests.contract.stage import Scene, Story

__all__ = ["STORIES"]


async def users_and_resumes(scene: Scene) -> None:
    """Connect a user, write a resume, read, download and score it, upgrade the plan."""
    async with scene.client() as client, scene.client(LIVE_KEY) as live:
        user = await client.users.connect(uid="u-1", email="mara@example.org")
        again = await client.users.connect(uid="u-1", email="mara@example.org")
        assert again.user_id == user.user_id
        await client.users.create_resume(user.user_id, body={"title": "Engineer (platform)", "skills": ["ops"]})
        created = await client.users.create_resume(user.user_id)
        resume_id = created["resume"]["resumeID"]
        assert len((await client.users.list_resumes(user.user_id))["resumes"]) == 2
        assert (await client.resumes.get(resume_id))["resume"]["resumeID"] == resume_id
        file = await client.resumes.download(resume_id)
        assert isinstance(file, bytes)
        assert file.startswith(b"%PDF")
        await client.resumes.score(resume_id)
        upgraded = await client.plans.upgrade(plan_id="monthly", email="mara@example.org", ai_token_id="ai-1")
        assert upgraded.data is not None
        await client.plans.upgrade(plan_id="yearly", email="mara@example.org")
        assert (await client.users.get(user.user_id))["user"]["planId"] == "yearly"
        assert len((await client.users.list())["users"]) == 1
        assert (await live.users.list())["users"] == []


def _mistakes(client: Any) -> Iterator[Any]:
    yield client.users.get("nobody")
    yield client.users.list_resumes("nobody")
    yield client.users.create_resume("nobody", body={"title": "x"})
    yield client.resumes.get("nothing")
    yield client.resumes.download("nothing")
    yield client.resumes.score("nothing")
    yield client.plans.upgrade(plan_id="monthly", email="nobody@example.org")
    yield client.users.connect(uid="another", email="mara@example.org")


async def errors_in_a_200(scene: Scene) -> None:
    """Ask for what is not there; the envelope says so in a 200, in each of its spellings."""
    for scene.box.rezi.property_name, scene.box.rezi.spelling in (("status", str.lower), ("type", str.upper)):
        async with scene.client() as client:
            await client.users.connect(uid="u-1", email="mara@example.org")
            await client.users.list()
            for mistake in _mistakes(client):
                with pytest.raises(errors.APIError) as refused:
                    await mistake
                assert refused.value.status == 200


async def errors_with_a_status(scene: Scene) -> None:
    """Ask for what is not there; the answer is a 400."""
    scene.box.rezi.errors = "status"
    async with scene.client() as client:
        await client.users.connect(uid="u-1", email="mara@example.org")
        for mistake in _mistakes(client):
            with pytest.raises(errors.InvalidRequest):
                await mistake


async def a_wrong_key(scene: Scene) -> None:
    """Be turned away everywhere."""
    async with scene.client(WRONG_KEY) as client:
        for call in (*_mistakes(client), client.users.list(), client.tokens.create_access_token()):
            with pytest.raises(errors.Unauthorized):
                await call


async def short_lived_tokens(scene: Scene) -> None:
    """Call with tokens of 15 minutes, and get another one when they are over; send the key in both headers."""
    async with scene.client(short_lived=True) as client:
        await client.users.list()
        scene.box.clock.advance(15 * 60)
        await client.users.list()
    assert [request.status for request in scene.box.ledger.requests("rezi", "users.list")] == [200, 401, 200]
    async with scene.client(send_authentication_header=True) as client:
        await client.users.list()


STORIES: tuple[Story, ...] = (
    users_and_resumes,
    errors_in_a_200,
    errors_with_a_status,
    a_wrong_key,
    short_lived_tokens,
)
