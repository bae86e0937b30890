"""`reknit inbox` on a real file; the database is the library's business."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from pathlib import Path

import pytest

from reknit.cli import main
from reknit.durable import Inbox
from reknit.inbound.store import Letter, digest

SERVICE = """
from reknit import refonte
from reknit.durable import Inbox

inbox = Inbox("sqlite+aiosqlite:///inbox.db")
receiver = refonte.receiver(secrets=["live-key"], inbox=inbox)
bare = refonte.receiver(secrets=["live-key"])

@receiver.otherwise
async def unknown(event):
    print("handled", event.raw, flush=True)
"""


def put(url, *bodies):
    async def run():
        async with Inbox(url) as inbox:
            for body in bodies:
                letter = Letter(
                    receiver="refonte",
                    kind="task\x1b[2J",
                    body=body,
                    digest=digest("refonte", body),
                    received_at=1_000_000.0,
                    verified=True,
                )
                await inbox.put(letter)

    asyncio.run(run())


@pytest.fixture
def url(tmp_path, monkeypatch) -> str:
    address = f"sqlite+aiosqlite:///{tmp_path}/inbox.db"
    put(address, b'{"b": 1}', b"no json")
    monkeypatch.setenv("REKNIT_INBOX", address)
    return address


def test_letters_are_listed_one_in_a_line_that_cannot_drive_the_terminal(url, capsys):
    assert main(["inbox", "list"]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first.split() == ["1", "ready", "1970-01-12T13:46:40Z", "0", "tries", "refonte", "task\\u001b[2J"]
    assert second.startswith("     2")
    assert main(["inbox", "list", "--state", "dead"]) == 0
    assert capsys.readouterr().out == ""


def test_json_of_a_list_is_a_letter_a_line(url, capsys):
    assert main(["inbox", "list", "--json", "--after", "1"]) == 0
    [line] = capsys.readouterr().out.splitlines()
    assert json.loads(line)["id"] == 2
    assert "body" not in json.loads(line)


def test_a_letter_is_shown_with_its_body(url, capsys):
    assert main(["inbox", "show", "1", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["body"] == {"b": 1}
    assert main(["inbox", "show", "2"]) == 0
    assert "body: no json" in capsys.readouterr().out
    assert main(["inbox", "show", "3"]) == 5
    assert "no letter 3" in capsys.readouterr().err


@pytest.mark.parametrize("body", [b'{"a":1,"a":2}', b'{"a":1e999}', b'{"a":NaN}', b'{"a":0.12345678901234567890}'])
def test_a_body_that_json_would_not_show_whole_is_shown_as_text(url, capsys, body):
    put(url, body)
    assert main(["inbox", "show", "3", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["body"] == body.decode()


def test_letters_are_dropped_and_counted(url, capsys):
    assert main(["inbox", "drop", "1"]) == 0
    assert main(["inbox", "replay", "--state", "dropped"]) == 0
    assert main(["inbox", "replay", "2"]) == 0
    assert main(["inbox", "stats", "--json"]) == 0
    *said, counts = capsys.readouterr().out.splitlines()
    assert said == ["1 dropped", "0 to be handled again", "1 to be handled again"]
    assert json.loads(counts) | {"oldest": 0} == {
        "ready": 1,
        "leased": 0,
        "done": 0,
        "dead": 0,
        "dropped": 1,
        "oldest": 0,
    }


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["replay"], "name letters by their ids, a state or a receiver"),
        (["list", "--limit", "0"], "limit=0"),
        (["list", "--after", "-1"], "-1 is no letter's id"),
        (["show", str(2**63)], f"{2**63} is no letter's id"),
        (["drop", str(2**63)], f"{2**63} is no letter's id"),
        (["stats", "--inbox", "postgresql://me:hunter2@host/db"], "put an address with a password in REKNIT_INBOX"),
        (["stats", "--inbox", "mysql://host/db"], "'mysql' is not supported"),
        (["work"], "name a receiver as MODULE:NAME"),
        (["work", "nothing"], "'nothing' is no receiver"),
        (["work", "there.is.none:x"], "there is no module 'there' here"),
        (["work", "json:nothing"], "json has no 'nothing'"),
        (["work", "json:loads"], "json:loads has no inbox"),
        (["work", ".json:loads"], "'.json:loads' is no receiver"),
    ],
)
def test_what_cannot_begin_is_one_line_and_exit_code_2(url, capsys, words, said):
    assert main(["inbox", *words]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert said in err
    assert "hunter2" not in err
    assert len(err.splitlines()) == 1


def test_no_new_inbox_is_made_of_a_file_s_name_that_was_mistyped(tmp_path, capsys):
    assert main(["inbox", "list", "--inbox", f"sqlite+aiosqlite:///{tmp_path}/inbx.db"]) == 2
    assert f"there is no inbox {tmp_path}/inbx.db" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_without_an_address_it_says_where_to_put_it(monkeypatch, capsys):
    monkeypatch.delenv("REKNIT_INBOX", raising=False)
    assert main(["inbox", "stats"]) == 2
    assert "--inbox URL, or in REKNIT_INBOX" in capsys.readouterr().err


def test_a_database_that_does_not_answer_is_exit_code_1(tmp_path, capsys):
    (tmp_path / "no.db").write_bytes(b"no database" * 1000)
    assert main(["inbox", "stats", "--inbox", f"sqlite+aiosqlite:///{tmp_path}/no.db"]) == 1
    assert "file is not a database" in capsys.readouterr().err


@pytest.mark.skipif(sys.platform == "win32", reason="SIGTERM is POSIX's")
async def test_a_worker_handles_what_is_there_and_ends_on_sigterm(tmp_path, monkeypatch, start):
    await asyncio.to_thread(put, f"sqlite+aiosqlite:///{tmp_path}/inbox.db", b'{"a": 1}')
    (tmp_path / "service.py").write_text(SERVICE)
    monkeypatch.chdir(tmp_path)
    process = await start("inbox", "work", "service:receiver")
    async with asyncio.timeout(30):
        assert await process.stdout.readline() == b"handled b'{\"a\": 1}'\n"
        process.send_signal(signal.SIGTERM)
        _, err = await process.communicate()
    assert process.returncode == 0
    assert b"1 processed, 0 failed tries, 0 died" in err


def test_a_receiver_without_an_inbox_is_refused(url, tmp_path, monkeypatch, capsys):
    (tmp_path / "service_two.py").write_text(SERVICE)
    monkeypatch.chdir(tmp_path)
    assert main(["inbox", "work", "service_two:bare"]) == 2
    assert "service_two:bare has no inbox" in capsys.readouterr().err


def test_a_receiver_whose_key_is_missing_is_one_line(tmp_path, monkeypatch, capsys):
    (tmp_path / "service_three.py").write_text("from reknit import refonte\n\nreceiver = refonte.receiver()\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("REFONTE_CALLBACK_KEY", raising=False)
    assert main(["inbox", "work", "service_three:receiver"]) == 2
    err = capsys.readouterr().err
    assert "set REFONTE_CALLBACK_KEY" in err
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("\nraise ValueError('first\\nsecond')", "ValueError: first second ({here}/{module}.py:2)"),
        ("import json\njson.loads('{{')", "JSONDecodeError: Expecting property name"),
        ("import json\njson.loads('{{')", "({here}/{module}.py:2)"),
        ("import there_is_none", "ModuleNotFoundError: No module named 'there_is_none' ({here}/{module}.py:1)"),
        ("def (:", "({here}/{module}.py:1)"),
        ("import sys\nsys.exit()", "cannot be imported: SystemExit ({here}/{module}.py:2)"),
        ("open('there-is-none')", "({here}/{module}.py:1)"),
    ],
)
def test_a_module_that_fails_is_one_line_with_the_error_and_its_place(
    url, tmp_path, monkeypatch, capsys, request, code, said
):
    module = f"service_{abs(hash(request.node.name))}"
    (tmp_path / f"{module}.py").write_text(code.format())
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    assert main(["inbox", "work", f"{module}:receiver"]) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith(f"reknit: {module}:receiver cannot be imported: ")
    assert said.format(here=tmp_path, module=module) in line


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the device is Linux's")
@pytest.mark.parametrize("words", [["list"], ["show", "1"], ["stats"], ["replay", "1"]])
def test_a_full_disk_is_one_line(url, monkeypatch, capsys, words):
    with open("/dev/full", "w", encoding="utf-8") as full:  # noqa: PTH123 - Path.open would be no different
        monkeypatch.setattr("sys.stdout", full)
        assert main(["inbox", *words]) == 1
    assert capsys.readouterr().err == "reknit: No space left on device\n"
