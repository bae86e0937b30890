"""Relays: sessions that get ready or fail, users who come and go, a webhook."""

from __future__ import annotations

import pytest

from reknit import errors, relays
from reknit.sandbox import WRONG_KEY
from tests.contract.documents import spec_of
from tests.contract.stage import Scene, Story
from tests.serving import reply, script, serving

__all__ = ["STORIES"]


async def a_session(scene: Scene) -> None:
    """Create sessions, admit and revoke users, wait, list, delete."""
    scene.box.relays.polls_until_ready = 1
    async with scene.client() as client:
        created = await client.sessions.create(
            users=[relays.User(ip="192.0.2.10"), relays.User(ip="2001:db8::10")],
            filters=[relays.Filter(field="country", values=["Canada"], filter_type=relays.FilterType.ANY)],
            webhook_url="https://game.example.org/ready",
        )
        session_id = created.session_id
        await client.sessions.create()
        assert (await client.sessions.wait_until_ready(session_id)).ready
        admitted = await client.sessions.authorize_user(session_id=session_id, user_ip="192.0.2.12")
        token = admitted.session_user.authorization_token
        with pytest.raises(errors.Conflict):
            await client.sessions.authorize_user(session_id=session_id, user_ip="192.0.2.12")
        await client.sessions.revoke_user(session_id=session_id, authorization_token=token)
        scene.box.relays.revoke_status = 204
        await client.sessions.revoke_user(session_id=session_id, authorization_token=created_token(created))
        assert (await client.sessions.list()).total_count == 2
        await client.sessions.delete(session_id)
        with pytest.raises(errors.NotFound):
            await client.sessions.delete(session_id)


def created_token(session: relays.Session) -> int:
    """Return the token of a session's first user."""
    assert session.session_users
    token = session.session_users[0].authorization_token
    assert token is not None
    return token


async def sessions_that_clean_up(scene: Scene) -> None:
    """Open a session for a block, and one that fails."""
    scene.box.relays.polls_until_ready = 0
    async with scene.client() as client:
        async with client.sessions.open(users=["192.0.2.10"]) as session:
            assert session.ready
        scene.box.relays.polls_until_ready = None
        failed = await client.sessions.create()
        scene.box.relays.fail(failed.session_id)
        with pytest.raises(relays.SessionNotReady):
            await client.sessions.wait_until_ready(failed.session_id)
        assert (await client.sessions.list()).total_count == 1


async def a_webhook(scene: Scene) -> None:
    """Be told that a session is ready."""
    spec = spec_of("relays")
    async with serving(script(reply())) as receiver, scene.client() as client:
        session = await client.sessions.create(webhook_url=f"{receiver.url}/ready")
        scene.box.relays.make_ready(session.session_id)
        await scene.box.settle()
        [told] = receiver.requests
        assert told.json["session_id"] == session.session_id
        assert spec.event_problems(spec.document["webhooks"]["session_ready"]["post"], told.json) == []


async def mistakes(scene: Scene) -> None:
    """Name sessions, users and addresses that are none, and come with a wrong token."""
    nothing = {"session_id": "none-S"}
    async with scene.client() as client, scene.client(WRONG_KEY) as stranger:
        session = await client.sessions.create()
        for missing in (
            client.sessions.get("none-S"),
            client.sessions.delete("none-S"),
            client.sessions.revoke_user(**nothing, authorization_token=1),
            client.sessions.revoke_user(session_id=session.session_id, authorization_token=1),
        ):
            with pytest.raises(errors.NotFound):
                await missing
        for invalid in (
            client.sessions.create(users=[relays.User(ip="no address")]),
            client.sessions.authorize_user(**nothing, user_ip="192.0.2.1"),
            client.sessions.authorize_user(session_id=session.session_id, user_ip="no address"),
        ):
            with pytest.raises(errors.InvalidRequest):
                await invalid
        for refused in (
            stranger.sessions.create(),
            stranger.sessions.list(),
            stranger.sessions.get("none-S"),
            stranger.sessions.delete("none-S"),
            stranger.sessions.authorize_user(**nothing, user_ip="192.0.2.1"),
            stranger.sessions.revoke_user(**nothing, authorization_token=1),
        ):
            with pytest.raises(errors.Unauthorized):
                await refused


STORIES: tuple[Story, ...] = (a_session, sessions_that_clean_up, a_webhook, mistakes)
