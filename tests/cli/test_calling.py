"""`reknit call` against a sandbox: what it sends, what it prints, and how it ends."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shlex
import signal
import sys
from pathlib import Path

import pytest

from reknit.cli.exits import Exit
from reknit.sandbox import LIVE_KEY, WRONG_KEY, Limited, Reset, Status, WrongShape
from tests.cli.conftest import clean, pointed_at

TICKET = ("rezolve", "tools.execute", "itsm.tickets.create")
GATED = ("rezolve", "tools.execute", "itsm.tickets.delete", "--input", '{"id": 7}')
PRINTER = '{"title": "printer"}'


async def test_an_answer_is_an_outline(call, box):
    done = await call(*TICKET, "--input", PRINTER)
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("success: true\ndata:\n  id: ")
    assert "  title: printer\n" in done.out
    assert "\x1b" not in done.out
    assert len(box.ledger.effects("rezolve", "itsm.tickets.create")) == 1


async def test_json_is_one_line_as_the_api_sent_it(call):
    done = await call(*TICKET, "--input", PRINTER, "--json")
    answer = json.loads(done.out)
    assert done.out.count("\n") == 1
    assert answer["data"]["title"] == "printer"
    assert answer["success"] is True


async def test_json_comes_from_stdin_and_from_a_file(call, box, tmp_path):
    (tmp_path / "input.json").write_text(PRINTER)
    piped = await call(*TICKET, "--input", "-", "--json", stdin=PRINTER.encode())
    read = await call(*TICKET, "--input", f"@{tmp_path / 'input.json'}", "--json")
    assert [json.loads(done.out)["data"]["title"] for done in (piped, read)] == ["printer", "printer"]
    assert len(box.ledger.effects("rezolve", "itsm.tickets.create")) == 2


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("{", "--input: not JSON: Input data was truncated"),
        ("[1]", "--input: does not fit: Expected `object`, got `array`"),
        ("", "--input: empty, where JSON is needed"),
        ("-", "--input: empty, where JSON is needed"),
        ("@no/such", "--input: cannot read no/such: No such file or directory"),
        ("--quiet", "--input needs a value, and --quiet is an option"),
        ("@", "--input: the name of a file is missing"),
    ],
)
async def test_json_that_is_none_is_one_line_and_sends_nothing(call, box, value, said):
    done = await call(*TICKET, "--input", value)
    assert (done.code, done.out, done.err) == (2, "", f"reknit: {said}\n")
    assert box.ledger.request_count == 0


async def test_stdin_is_for_one_option(call):
    words = ("refonte", "tasks.create_image_annotation", "--attachment", "a", "--geometries", "-", "--links", "-")
    done = await call(*words, stdin=b"{}")
    assert (done.code, done.err) == (2, "reknit: --links: stdin was read for --geometries already\n")


async def test_on_a_terminal_names_stand_out(box):
    """A terminal of its own: colours on stdout, and nothing piped into stdin."""
    leader, follower = os.openpty()
    try:
        for words, code in (
            (("relays", "sessions.list"), 0),
            (("rezolve", "tools.execute", "x", "--input", "-"), 2),
            (("rezi", "resumes.download", "r"), 2),
        ):
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "reknit.cli", "call", *words,
                env={**clean(), **pointed_at(box), "TERM": "xterm"}, stdin=follower, stdout=follower, stderr=follower,
            )  # fmt: skip
            assert await asyncio.wait_for(process.wait(), 30) == code
        shown = os.read(leader, 2**16).decode()
    finally:
        os.close(leader)
        os.close(follower)
    assert "\x1b[36mtotal_count\x1b[0m: 0" in shown
    assert "reknit: --input: - reads stdin, and nothing is piped into it" in shown
    assert "reknit: the answer may be bytes that are no text: use --output FILE, or a pipe" in shown
    assert box.ledger.requests("rezi") == []


async def test_the_api_is_asked_for_a_dry_run_where_it_has_one(call, box):
    done = await call(*TICKET, "--input", PRINTER, "--dry-run", "--json")
    assert json.loads(done.out)["data"] == {"valid": True, "dry_run": True}
    [request] = box.ledger.requests("rezolve")
    assert request.body["dry_run"] is True
    assert box.ledger.effects("rezolve") == []


async def test_elsewhere_a_dry_run_shows_the_request_and_sends_nothing(call, box):
    words = ("rezi", "users.connect", "--uid", "uid-of-ada", "--email", "ada@example.org", "--dry-run", "--json")
    done = await call(*words, env={"REZI_API_KEY": ""})
    assert json.loads(done.out) == {
        "method": "POST",
        "url": f"{box.base_url('rezi')}/user/token",
        "headers": {"Content-Type": "application/json", "Authorization": "***"},
        "body": {"uid": "***", "email": "ada@example.org"},
    }
    assert box.ledger.request_count == 0


@pytest.mark.parametrize(
    "words",
    [
        ("refonte", "tasks.list", "--limit", "3"),
        ("refonte", "files.upload", "--file", "-"),
        ("relays", "sessions.delete", "1-S"),
    ],
)
async def test_every_kind_of_call_can_be_shown(call, box, words):
    done = await call(*words, "--dry-run", stdin=b"\xff\x00")
    assert (done.code, done.err) == (0, "")
    assert box.url in done.out
    assert box.ledger.request_count == 0


async def test_a_secret_is_read_from_stdin_and_shown_as_json_only(call, box):
    words = ("rezi", "users.connect", "--uid", "-", "--email", "ada@example.org")
    shown = await call(*words, stdin=b"uid-of-ada\n")
    told = await call(*words, "--json", stdin=b"uid-of-ada\n")
    assert "token: ***\n" in shown.out
    assert json.loads(told.out)["token"] not in ("***", None)
    assert "uid-of-ada" not in shown.out + told.out + shown.err + told.err


async def test_pages_come_one_by_one_or_all_together(call):
    for name in ("a", "b", "c"):
        assert (await call("refonte", "tasks.create_text_collection", "--project", name)).code == 0
    first = await call("refonte", "tasks.list", "--limit", "2", "--json")
    every = await call("refonte", "tasks.list", "--limit", "2", "--json", "--all")
    shown = await call("refonte", "tasks.list", "--limit", "2", "--all")
    assert len(json.loads(first.out)["docs"]) == 2
    assert {json.loads(line)["project"] for line in every.out.splitlines()} == {"a", "b", "c"}
    assert shown.out.count("- task_id: ") == 3


async def test_pages_by_offset_are_followed_too(call):
    for name in ("a", "b", "c"):
        assert (await call("refonte", "projects.create", "--name", name, "--type", "textcollection")).code == 0
        assert (await call("refonte", "batches.create", "--project", name, "--name", f"batch-{name}")).code == 0
    every = await call("refonte", "batches.list", "--limit", "2", "--json", "--all")
    assert {json.loads(line)["name"] for line in every.out.splitlines()} == {"batch-a", "batch-b", "batch-c"}


async def test_an_answer_without_a_body_prints_nothing(call):
    made = await call("relays", "sessions.create", "--json")
    session_id = json.loads(made.out)["session_id"]
    assert await call("relays", "sessions.delete", session_id) == (0, "", "")
    assert await call("relays", "sessions.delete", session_id, "--json") != (0, "null\n", "")


async def test_an_answer_goes_to_a_file(call, tmp_path):
    made = await call("rezi", "users.connect", "--uid", "u", "--email", "ada@example.org", "--json")
    user_id = json.loads(made.out)["userID"]
    resume = json.loads((await call("rezi", "users.create_resume", user_id, "--body", "{}", "--json")).out)
    place, identity = tmp_path / "resume", resume["resume"]["resumeID"]
    done = await call("rezi", "resumes.download", identity, "--output", str(place))
    assert (done.code, done.out, done.err) == (0, "", "")
    assert place.stat().st_size > 0


async def test_a_file_that_cannot_be_written_is_refused_before_the_call(call, box, tmp_path):
    for place, said in ((tmp_path / "no" / "where", "there is no directory"), (tmp_path, "is a directory")):
        done = await call("relays", "sessions.create", "--output", str(place))
        assert (done.code, done.out, len(done.lines)) == (2, "", 1)
        assert said in done.err
    assert box.ledger.request_count == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device that is full")
async def test_an_answer_that_cannot_be_written_is_kept(call, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    done = await call("relays", "sessions.list", "--output", "/dev/full")
    [kept] = tmp_path.iterdir()
    assert done.code == Exit.FAILED
    assert done.err == f"reknit: cannot write /dev/full: No space left on device; the answer is in {kept}\n"
    assert json.loads(kept.read_bytes())["total_count"] == 0
    assert kept.stat().st_mode & 0o077 == 0


async def test_an_upload_takes_a_file_by_name(call, box, tmp_path):
    (tmp_path / "street.jpg").write_bytes(b"\xff\xd8\x00")
    done = await call("refonte", "files.upload", "--file", str(tmp_path / "street.jpg"), "--json")
    assert done.code == 0, done.err
    assert box.ledger.requests("refonte", "files.upload")[0].status == 200


async def test_an_approval_is_exit_code_3_and_the_call_to_make_then(call, box):
    first = await call(*GATED)
    assert first.code == Exit.APPROVAL
    assert first.lines[0].startswith("reknit: rezolve.tools.execute: 403 APPROVAL_REQUIRED")
    [approval] = box.rezolve.approvals
    box.rezolve.approve(approval.approval_id)
    words = shlex.split(first.lines[1].removeprefix("reknit: once it is approved: "))
    assert words[:3] == ["reknit", "call", "rezolve"]
    again = await call(*words[2:], "--json")
    assert json.loads(again.out)["data"]["deleted"] is True
    assert len(box.ledger.effects("rezolve", "itsm.tickets.delete")) == 1


async def test_one_may_wait_for_an_approval(box, start):
    process = await start("call", *GATED, "--wait", "30", "--json", env=pointed_at(box))
    said = await asyncio.wait_for(process.stderr.readline(), 30)
    assert said == b"reknit: rezolve.tools.execute waits 1.0 s: nobody has approved yet\n"
    box.rezolve.approve(box.rezolve.approvals[0].approval_id)
    out = await asyncio.wait_for(process.stdout.readline(), 30)
    assert json.loads(out)["data"]["deleted"] is True
    assert await process.wait() == 0


async def test_one_may_wait_for_a_session(call):
    done = await call("relays", "sessions.create", "--users", '[{"ip": "192.0.2.1"}]', "--wait", "30", "--json")
    assert json.loads(done.out)["ready"] is True
    assert "relays.sessions.get waits 1.0 s: it is not ready yet" in done.err


async def test_a_session_that_fails_names_what_ends_its_costs(call, box):
    box.relays.polls_until_ready = 1000
    done = await call("relays", "sessions.create", "--wait", "0.2")
    [session_id] = box.relays.sessions
    assert done.code == Exit.FAILED
    assert done.lines[-1].endswith(f"costs until it is deleted: reknit call relays sessions.delete {session_id}")


async def test_waits_are_told_unless_nobody_wants_to_know(call, box):
    box.faults.add(api="rezolve", fault=Status(503), times=3)
    told = await call("rezolve", "tools.list", "--json", "--retries", "1")
    assert told.code == 8
    assert re.fullmatch(r"reknit: rezolve.tools.list waits \d\.\d s: before another attempt", told.lines[0])
    quiet = await call("rezolve", "tools.list", "--json", "--quiet")
    assert (quiet.code, quiet.err) == (0, "")


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (Status(503), Exit.SERVER),
        (Status(500), Exit.SERVER),
        (Limited(retry_after=60), Exit.LIMITED),
        (Reset(when="after"), Exit.UNANSWERED),
        (WrongShape(), Exit.MISFIT),
    ],
)
async def test_what_went_wrong_is_an_exit_code_and_json(call, box, fault, code):
    box.faults.add(api="rezolve", fault=fault, times=None)
    done = await call(*TICKET, "--input", PRINTER, "--json", "--retries", "0", "--timeout", "5")
    facts = json.loads(done.err)
    assert (done.code, facts["exit_code"], done.out) == (code, code, "")
    assert facts["operation"] == "rezolve.tools.execute"
    assert facts["idempotency_key"]


async def test_a_call_that_may_have_worked_names_its_key(call, box):
    box.faults.add(api="rezolve", fault=Reset(when="after"), times=None)
    done = await call(*TICKET, "--input", PRINTER, "--retries", "0", "--idempotency-key", "letter-1")
    assert done.code == Exit.UNANSWERED
    assert done.lines[-1] == "reknit: it may have been carried out; its idempotency key is letter-1"


@pytest.mark.parametrize(
    ("words", "env", "code"),
    [
        (("relays", "sessions.get", "nope"), {}, Exit.NOT_FOUND),
        (("relays", "sessions.list"), {"RELAYS_API_KEY": WRONG_KEY}, Exit.CREDENTIALS),
        (("rezolve", "tools.list"), {"REZOLVE_BASE_URL": "http://127.0.0.1:9"}, Exit.UNSENT),
        (("rezolve", "tools.list"), {"REZOLVE_BASE_URL": "ftp://127.0.0.1"}, Exit.USAGE),
        (("rezolve", "tools.list"), {"REZOLVE_BASE_URL": "http://192.0.2.1"}, Exit.USAGE),
        (("rezolve", "tools.list"), {"REZOLVE_API_KEY": ""}, Exit.USAGE),
        (("rezolve", "tools.list", "--timeout", "-1"), {}, Exit.USAGE),
        (("rezolve", "tools.list", "--retries", "-1"), {}, Exit.USAGE),
        (("refonte", "tasks.list", "--all", "--output", "x"), {}, Exit.USAGE),
        (("relays", "sessions.revoke_user", "--session-id", "s", "--authorization-token", "x"), {}, Exit.USAGE),
        (("rezi", "users.connect", "--uid", "-", "--email", "@"), {}, Exit.USAGE),
    ],
)
async def test_other_failures_have_codes_of_their_own(call, words, env, code):
    done = await call(*words, "--retries", "0", env=env) if "--retries" not in words else await call(*words, env=env)
    assert done.code == code, done.err
    assert done.lines[0].startswith("reknit: ")
    assert "Traceback" not in done.err


async def test_no_key_is_ever_printed(call):
    done = await call("relays", "sessions.list", "--json", env={"RELAYS_API_KEY": WRONG_KEY})
    live = await call("relays", "sessions.list", "--dry-run", env={"RELAYS_API_KEY": LIVE_KEY})
    assert WRONG_KEY not in done.out + done.err
    assert LIVE_KEY not in live.out + live.err


@pytest.mark.skipif(signal.getsignal(signal.SIGINT) is signal.SIG_IGN, reason="a job in the background gets no Ctrl-C")
async def test_ctrl_c_is_exit_code_130(box, start):
    process = await start("call", *GATED, "--wait", "60", env=pointed_at(box))
    await asyncio.wait_for(process.stderr.readline(), 30)
    process.send_signal(signal.SIGINT)
    assert await asyncio.wait_for(process.wait(), 30) == 130
    said = (await process.stderr.read()).decode().splitlines()[-1]
    words = shlex.split(said.removeprefix("reknit: it may have been carried out; to go on with it: "))
    assert words[:4] == ["reknit", "call", "rezolve", "tools.execute"]
    assert words[-1] == box.rezolve.approvals[0].idempotency_key


@pytest.mark.skipif(signal.getsignal(signal.SIGINT) is signal.SIG_IGN, reason="a job in the background gets no Ctrl-C")
async def test_ctrl_c_while_a_session_is_made_names_what_ends_its_costs(box, start):
    box.relays.polls_until_ready = 1000
    process = await start("call", "relays", "sessions.create", "--wait", "60", env=pointed_at(box))
    await asyncio.wait_for(process.stderr.readline(), 30)
    process.send_signal(signal.SIGINT)
    assert await asyncio.wait_for(process.wait(), 30) == 130
    [session_id] = box.relays.sessions
    said = (await process.stderr.read()).decode().splitlines()[-1]
    assert said.endswith(f"costs until it is deleted: reknit call relays sessions.delete {session_id}")
