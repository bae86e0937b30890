from __future__ import annotations

import aiohttp
import pytest

from reknit.cli.listener import Listener
from reknit.refonte.samples import COMPLETED


@pytest.mark.parametrize("header", ["refonte-ai--callback-auth", "refonte.ai-callback-auth"])
async def test_a_callback_with_the_right_key_is_accepted_under_either_header(header):
    async with Listener("the-key") as listener, aiohttp.ClientSession() as session:
        response = await session.post(listener.url, json=COMPLETED, headers={header: "the-key"})
        assert response.status == 204
        assert (await listener.arrival(timeout=5)).task_id == COMPLETED["task_id"]


@pytest.mark.parametrize(
    "headers", [{}, {"refonte-ai--callback-auth": "another"}, {"refonte-ai--callback-auth": "schlüssel"}]
)
async def test_a_callback_without_the_right_key_is_refused(headers):
    async with Listener("the-key") as listener, aiohttp.ClientSession() as session:
        assert (await session.post(listener.url, json=COMPLETED, headers=headers)).status == 401
        assert (listener.accepted, listener.refused) == ([], 1)
        with pytest.raises(TimeoutError):
            await listener.arrival(timeout=0.01)
