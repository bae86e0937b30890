from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from reknit.cli.doctor import skew
from reknit.sandbox import LIVE_KEY
from tests.cli.conftest import APIS, clean, pointed_at
from tests.serving import Reply


async def test_all_is_well(run, box):
    done = await run("doctor", env=pointed_at(box))
    assert (done.code, done.err) == (0, "")
    for api in APIS:
        assert f"{api}\n  key     {api.upper()}_API_KEY, in the environment\n  server  {box.base_url(api)} " in done.out
    assert done.out.count("it can be reached") == 4
    assert done.out.count("within a second of the server's") == 4
    assert "reknit         " in done.out


async def test_no_key_is_shown(run, box):
    keys = {f"{api.upper()}_API_KEY": LIVE_KEY for api in APIS}
    env = {**pointed_at(box), **keys, "REFONTE_CALLBACK_KEY": "callback-key-1, callback-key-2"}
    for words in (("doctor",), ("doctor", "--json")):
        done = await run(*words, env=env)
        assert done.code == 0
        assert not any(secret in done.out + done.err for secret in (LIVE_KEY, LIVE_KEY[:8], "callback-key"))
    # Nor is one sent: a server that is only reached need not be told it.
    assert all("Authorization" not in request.headers for request in box.ledger.requests())


@pytest.mark.parametrize(
    ("value", "said"),
    [("", "not set"), (" one,", "has 1 key, in"), ("one,two", "has 2 keys, in"), ("a\nb", "cannot be used")],
)
async def test_callback_keys_are_counted_as_receivers_count_them(run, box, value, said):
    done = await run("doctor", "refonte", env={**pointed_at(box), "REFONTE_CALLBACK_KEY": value})
    assert f"callbacks of refonte: REFONTE_CALLBACK_KEY {said}" in done.out
    assert done.code == ("cannot" in said)
    assert ("secret 1 of REFONTE_CALLBACK_KEY has a character" in done.out) == ("cannot" in said)


async def test_what_is_found_comes_as_json(run, box):
    done = await run("doctor", "rezolve", "relays", "--json", env=pointed_at(box))
    found = json.loads(done.out)
    assert [(api["api"], api["status"], api["problems"]) for api in found["apis"]] == [
        ("rezolve", 404, []),
        ("relays", 404, []),
    ]
    assert found["versions"]["aiohttp"]


@pytest.mark.parametrize(
    ("env", "said"),
    [
        ({"REZI_BASE_URL": "http://127.0.0.1:9"}, "cannot be reached"),
        ({"REZI_BASE_URL": "ftp://127.0.0.1"}, "REZI_BASE_URL must be an http or https URL"),
        ({"REZI_API_KEY": " broken "}, "holds a line break or another character"),
    ],
)
async def test_what_is_wrong_is_said(run, box, env, said):
    done = await run("doctor", "rezi", env={**pointed_at(box), **env})
    assert done.code == 1
    assert f"  wrong   {said}" in done.out or said in done.out
    assert "broken" not in done.out


async def test_an_api_that_nobody_uses_may_be_away(run):
    away = {f"{api.upper()}_BASE_URL": "http://127.0.0.1:9" for api in APIS}
    assert not any(name.endswith("_API_KEY") for name in clean())
    done = await run("doctor", env=away)
    assert done.code == 0
    assert done.out.count("cannot be reached") == 4
    assert "key     not set (REZI_API_KEY)" in done.out
    assert (await run("doctor", "rezi", env=away)).code == 1


async def test_a_clock_that_is_off_is_wrong(run, serve):
    date = format_datetime(datetime.now(UTC) - timedelta(hours=1), usegmt=True)
    server = await serve(Reply(200, b"", {"Date": date}))
    done = await run("doctor", "rezi", env={"REZI_BASE_URL": server.url})
    assert done.code == 1
    assert "wrong   this machine's clock is 3" in done.out
    assert "s ahead of the server's" in done.out


NOW = datetime(2026, 1, 1, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("date", "now", "ahead"),
    [
        ("Thu, 01 Jan 2026 00:00:00 GMT", NOW + 0.9, 0.0),
        ("Thu, 01 Jan 2026 00:00:00 GMT", NOW + 3, 2.0),
        ("Thu, 01 Jan 2026 00:00:00 GMT", NOW - 3, -3.0),
        ("yesterday", NOW, None),
        ("", NOW, None),
        (None, NOW, None),
    ],
)
def test_a_date_tells_whole_seconds(date, now, ahead):
    assert skew(date, now) == ahead
