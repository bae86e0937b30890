from __future__ import annotations

import asyncio
import io
import re

import aiohttp
import pytest
from rich.console import Console

from reknit.cli import demo
from reknit.cli.story import Surprise, expect, refused
from reknit.errors import Conflict, NotFound


@pytest.fixture(scope="module")
def played():
    """The demo from beginning to end, as it is when piped."""
    output = io.StringIO()
    code = demo.run(Console(file=output, highlight=False, width=80))
    return code, output.getvalue()


def test_it_ends_well(played):
    code, text = played
    assert code == 0, text
    assert "4 APIs" in text.splitlines()[-1]


def test_piped_it_is_plain_and_fits_into_80_columns(played):
    _, text = played
    assert "\x1b" not in text
    assert "\r" not in text
    assert max(map(len, text.splitlines())) <= 80


def test_it_calls_all_four_apis(played):
    for call in ("users.connect", "tools.execute", "tasks.create_text_collection", "sessions.create"):
        assert call in played[1]


def test_it_shows_attempts_with_one_key_and_the_waits_between(played):
    rows = [line.split() for line in played[1].splitlines() if line.startswith("  tools.execute")]
    resent = [row for row in rows if "attempt" in row]
    keys = [row[-1] for row in resent]
    assert len(keys) == 2
    assert keys[0] == keys[1]
    assert [row[1] for row in rows[:3]] == ["503", "503", "200"]
    assert "the server asked for it" in played[1]


@pytest.mark.parametrize(
    "sight",
    [
        "token=***",
        "an approver says yes",
        "ticket 7 is deleted, once",
        "APIError, code connect-01",
        "one callback came, with the right auth key: completed",
        "all 8 succeeded",
        "is ready at",
        "the session is deleted",
    ],
)
def test_it_shows_what_is_promised(played, sight):
    assert sight in played[1]


def test_it_prints_no_secret(played):
    assert not re.search(r"test_sandbox_key|uid-of-ada|live-callback-|rezi-short-lived-|rezi-user-", played[1])


def stories(*tells):
    return tuple(("Nothing", "nothing at all", tell) for tell in tells)


def play(monkeypatch, *tells):
    monkeypatch.setattr(demo, "STORIES", stories(*tells))
    return demo.run(Console(file=io.StringIO(), width=80))


async def well(box, screen):
    screen.result("well")


async def otherwise(box, screen):
    expect(False, "the moon is\ngreen")


async def broken(box, screen):
    raise KeyError("moon")


async def several(box, screen):
    async with asyncio.TaskGroup() as group:
        group.create_task(otherwise(box, screen))


async def unheard(box, screen):
    asyncio.get_running_loop().call_exception_handler({"message": "a task died", "exception": KeyError("moon")})


async def secretly(box, screen):
    """Send a request that no hook was told of."""
    screen.hook("rezi")
    async with aiohttp.ClientSession() as session:
        (await session.get(box.base_url("rezi") + "/users")).release()


async def too_long(box, screen):
    await asyncio.sleep(30)


@pytest.mark.parametrize(
    ("tell", "line"),
    [
        (otherwise, "surprise: the moon is green"),
        (broken, "surprise: KeyError: 'moon'"),
        (several, "surprise: the moon is green"),
        (unheard, "surprise: a task died: KeyError('moon')"),
        (secretly, "surprise: rezi: 0 requests were shown, 1 came"),
    ],
)
def test_a_surprise_is_exit_code_1_and_one_line(monkeypatch, capsys, tell, line):
    assert play(monkeypatch, well, tell) == 1
    assert capsys.readouterr().err == f"reknit demo: {line}\n"


def test_a_demo_that_hangs_is_a_surprise(monkeypatch, capsys):
    monkeypatch.setattr(demo, "_PATIENCE", 0.1)
    assert play(monkeypatch, too_long) == 1
    assert capsys.readouterr().err == "reknit demo: surprise: TimeoutError\n"


async def test_a_call_that_should_be_refused_and_is_not_is_a_surprise():
    async def succeed():
        return 1

    async def conflict():
        raise Conflict("taken")

    with pytest.raises(Surprise, match="NotFound"):
        await refused(NotFound, succeed())
    assert str(await refused(Conflict, conflict())) == "taken"
    with pytest.raises(Conflict):
        await refused(NotFound, conflict())
