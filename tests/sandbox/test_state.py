"""The state file: what was answered is there again, and a file that is none is left as it was."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import contextmanager

import aiohttp
import pytest
from aiohttp import web

from reknit import errors, refonte, relays, rezi, rezolve
from reknit.sandbox import TEST_KEY, BrokenState, Clock, Sandbox
from reknit.sandbox.state import StateFile


@pytest.fixture
def path(tmp_path):
    return tmp_path / "state.sqlite"


def opened(path, **options):
    return _Box(state=path, **options)


class _Box(Sandbox):
    async def __aexit__(self, *error):
        await super().__aexit__(*error)
        self.close()
        assert not self.violations


async def test_every_api_remembers(path):
    async with opened(path) as box:
        async with rezi.Client(TEST_KEY, base_url=box.base_url("rezi")) as client:
            user = await client.users.connect(uid="u", email="ada@example.org")
            await client.users.create_resume(user.user_id, body={"title": "Engineer"})
        async with refonte.Client(TEST_KEY, base_url=box.base_url("refonte")) as labels:
            task = await labels.tasks.create_text_collection(project="p", unique_id="once")
            await labels.batches.create(project="p", name="b")
            await labels.projects.create(type="t", name="p")
            await labels.files.import_url(file_url="https://x.example/1.png", reference_id="r")
            await labels.teams.invite(emails=["new@example.org"])
            await box.refonte.complete(task.task_id)
        async with relays.Client(TEST_KEY, base_url=box.base_url("relays")) as edge:
            session = await edge.sessions.create()
            gone = await edge.sessions.create()
            await edge.sessions.delete(gone.session_id)
    async with opened(path) as box:
        async with rezi.Client(TEST_KEY, base_url=box.base_url("rezi")) as client:
            assert (await client.users.connect(uid="u", email="ada@example.org")).user_id == user.user_id
            assert len((await client.users.list_resumes(user.user_id))["resumes"]) == 1
        async with refonte.Client(TEST_KEY, base_url=box.base_url("refonte")) as labels:
            assert (await labels.tasks.get(task.task_id)).status == "completed"
            with pytest.raises(errors.Conflict):
                await labels.files.import_url(file_url="https://x.example/1.png", reference_id="r")
            assert (await labels.batches.get("b")).name == "b"
            assert (await labels.projects.get("p")).name == "p"
            assert len(await labels.teams.list()) == 2
        assert [*box.relays.sessions] == [session.session_id]


async def test_a_key_executes_once_across_restarts(path):
    async def execute(box):
        async with rezolve.Client(TEST_KEY, base_url=box.base_url("rezolve")) as hub:
            return await hub.tools.execute("itsm.tickets.create", input={"title": "x"}, idempotency_key="k-1")

    async with opened(path) as box:
        first = await execute(box)
    async with opened(path) as box:
        again = await execute(box)
        assert not box.ledger.effects()
        assert len(box.rezolve._systems.tickets) == 8
    assert again.data == first.data
    assert again.request_id == first.request_id


async def test_an_approval_is_given_after_a_restart(path):
    async def delete(box):
        async with rezolve.Client(TEST_KEY, base_url=box.base_url("rezolve")) as hub:
            return await hub.tools.execute("itsm.tickets.delete", input={"id": 7}, idempotency_key="k-1")

    async with opened(path) as box:
        with pytest.raises(rezolve.ApprovalRequired):
            await delete(box)
    async with opened(path) as box:
        box.rezolve.approve("k-1")
    async with opened(path) as box:
        assert (await delete(box)).data == {"id": 7, "deleted": True}
    async with opened(path) as box:
        assert 7 not in box.rezolve._systems.tickets


async def test_ids_do_not_come_again_after_a_restart(path):
    ids = set()
    for _ in range(3):
        async with opened(path, seed=1) as box:
            ids.add(box.rezi._world.new_id())
    assert len(ids) == 3


async def test_the_clock_goes_on_where_it_was(path):
    async with opened(path) as box:
        box.clock.advance(3600)
        before = box.clock.now()
    async with opened(path) as box:
        assert before <= box.clock.now() < before + 60


async def test_callbacks_are_tried_again_after_a_restart(path, receiver):
    receiver.answer = lambda: web.Response(status=503 if len(receiver.got) < 3 else 200)
    clock = Clock(1_800_000_000.0, tick=lambda: 0.0)
    async with opened(path, clock=clock) as box:
        async with refonte.Client(TEST_KEY, base_url=box.base_url("refonte")) as labels:
            task_id = (await labels.tasks.create_text_collection(callback_url=receiver.url)).task_id
        await box.refonte.complete(task_id)
    assert len(receiver.got) == 1
    async with opened(path, clock=clock) as box:
        await box.settle()
        assert len(receiver.got) == 1
        box.clock.advance(24 * 3600)
        await box.settle()
        assert (len(receiver.got), box.refonte.tasks[task_id].callback_succeeded) == (3, True)
    async with opened(path, clock=clock) as box:
        box.clock.advance(24 * 3600)
        await box.settle()
    assert len(receiver.got) == 3


async def test_a_webhook_that_has_not_gone_goes_after_a_restart_once(path, call_of, receiver):
    async with opened(path) as box, call_of(box) as call:
        body = {"webhook_url": receiver.url}
        session = (await call("relays", "POST", "/v1/relays/sessions", json=body)).json
        box.relays.make_ready(session["session_id"])  # and it ends before the webhook has gone
    for _ in range(2):
        async with opened(path) as box:
            await box.settle()
    assert [payload["session_id"] for _, payload in receiver.got] == [session["session_id"]]


async def test_a_callback_that_has_not_gone_goes_after_a_restart_once(path, call_of, receiver):
    async with opened(path) as box, call_of(box) as call:
        body = {"fields": [], "callback_url": receiver.url}
        task_id = (await call("refonte", "POST", "/task/textcollection", json=body)).json["task_id"]
        completing = asyncio.ensure_future(box.refonte.complete(task_id))
        await asyncio.sleep(0)
        assert not completing.done()  # and it ends before the callback has gone
    for _ in range(2):
        async with opened(path) as box:
            await box.settle()
    assert [body["task_id"] for _, body in receiver.got] == [task_id]
    assert box.refonte.tasks[task_id].callback_succeeded is True


# However it ends


@pytest.fixture
def snapshots(path, tmp_path, monkeypatch):
    """Copy what lies on the disk before each statement: what a sandbox that is killed there leaves behind."""
    connect, copies = sqlite3.connect, []

    def snapshot(_):
        copy = tmp_path / f"copy-{len(copies)}"
        copy.mkdir()
        for file in path.parent.glob("state.sqlite*"):
            shutil.copy(file, copy)
        copies.append(copy / path.name)

    def watched(name, **options):
        base = connect(name, **options)
        if name == path:
            base.set_trace_callback(snapshot)
        return base

    monkeypatch.setattr("reknit.sandbox.state.sqlite3.connect", watched)
    return copies


def test_a_file_that_is_killed_while_it_is_made_is_no_file_that_is_refused(path, snapshots):
    Sandbox(state=path).close()
    assert len(snapshots) > 10
    for copy in snapshots:
        assert {file.stat().st_mode & 0o777 for file in copy.parent.iterdir()} == {0o600}
        StateFile(copy).close()


async def test_a_call_that_is_killed_was_executed_or_not_but_never_by_half(path, call_of, snapshots):
    async with opened(path) as box, call_of(box) as call:
        before = len(snapshots)
        for number in (1, 2):
            body = {"input": {"title": "x"}, "idempotency_key": f"k-{number}"}
            assert (await call("rezolve", "POST", "/tools/itsm.tickets.create/execute", json=body)).status == 200
    found = set()
    for copy in snapshots[before:]:
        box = Sandbox(state=copy)
        executed, tickets = len(box.rezolve._executions), len(box.rezolve._systems.tickets) - 7
        assert executed == tickets
        found.add(executed)
        box.close()
    assert found == {0, 1}
    box = Sandbox(state=path)
    assert len(box.rezolve._executions) == 2
    box.close()


async def test_a_task_that_ends_and_its_callback_are_written_together(path, call_of, receiver, snapshots):
    async with opened(path) as box, call_of(box) as call:
        body = {"fields": [], "callback_url": receiver.url}
        task_id = (await call("refonte", "POST", "/task/textcollection", json=body)).json["task_id"]
        before = len(snapshots)
        await box.refonte.complete(task_id)
    found = set()
    for copy in snapshots[before:]:
        box = Sandbox(state=copy)
        task = box.refonte.tasks[task_id]
        told = bool(box.refonte._open) or task.callback_succeeded is not None
        assert (task.status == "completed") == (task_id in box.refonte._callbacks) == told
        assert not (box.refonte._open and task.callback_succeeded is not None)
        found.add((task.status, task.callback_succeeded))
        box.close()
    assert found >= {("pending", None), ("completed", None)}


_SERVE = """
import asyncio, sys
from reknit.sandbox import Sandbox

async def main():
    async with Sandbox(state=sys.argv[1]) as box:
        print(box.base_url("rezolve"), flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


@pytest.fixture
def process(path):
    """A sandbox in a process of its own, with its state in the file."""
    with subprocess.Popen([sys.executable, "-c", _SERVE, path], stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()


async def test_what_was_answered_outlives_the_process_and_its_file_is_its_own(path, process):
    url, answers = (await asyncio.to_thread(process.stdout.readline)).strip(), {}
    with pytest.raises(BrokenState, match="used by another sandbox"):
        Sandbox(state=path)

    async def execute(session, number):
        body = {"input": {"title": "x"}, "idempotency_key": f"k-{number}"}
        headers = {"Authorization": f"Bearer {TEST_KEY}"}
        async with session.post(f"{url}/tools/itsm.tickets.create/execute", json=body, headers=headers) as answer:
            answers[number] = await answer.json()
        if len(answers) == 40:
            process.kill()

    async with aiohttp.ClientSession() as session:
        await asyncio.gather(*(execute(session, number) for number in range(80)), return_exceptions=True)
    await asyncio.to_thread(process.wait)
    assert len(answers) >= 40
    box = Sandbox(state=path)
    assert len(box.rezolve._systems.tickets) == len(box.rezolve._executions) + 7
    assert {number: box.rezolve._executions[f"k-{number}"].answer for number in answers} == answers
    box.close()


def test_only_its_owner_reads_a_file_that_is_made(path, tmp_path):
    empty = tmp_path / "empty.sqlite"
    empty.touch(0o644)
    for made in (path, empty):
        box = Sandbox(state=made)
        box.rezi._world.keep("number", "x", 1)
        assert {file.stat().st_mode & 0o777 for file in tmp_path.glob(f"{made.name}*")} == {0o600}
        box.close()


# Files that cannot be used


def not_a_database(path):
    path.write_bytes(b"these are my notes\n" * 100)


def of_another_program(path):
    with sqlite3.connect(path) as base:
        base.execute("CREATE TABLE mine (x)")
    base.close()


def of_another_program_that_was_killed(path):
    with sqlite3.connect(path.with_name("other")) as base:
        base.execute("PRAGMA journal_mode = WAL")
        base.execute("CREATE TABLE mine (x)")
        for end in ("", "-wal"):
            shutil.copy(f"{path.with_name('other')}{end}", f"{path}{end}")
    base.close()


def with_a_thing_of_another_shape(path):
    Sandbox(state=path).close()
    with sqlite3.connect(path) as base:
        base.execute("INSERT INTO thing VALUES ('rezolve', 'execution', 'x', '{\"request\": 7}')")
    base.close()


def with_a_clock_that_shows_no_time(path):
    Sandbox(state=path).close()
    with sqlite3.connect(path) as base:
        base.execute("INSERT INTO thing VALUES ('sandbox', 'clock', 'ahead', '1e300')")
    base.close()


def of_another_format(path):
    Sandbox(state=path).close()
    with sqlite3.connect(path) as base:
        base.execute("PRAGMA user_version = 99")
    base.close()


def with_a_broken_thing(path):
    Sandbox(state=path).close()
    with sqlite3.connect(path) as base:
        base.execute("INSERT INTO thing VALUES ('refonte', 'task', 'x', '{')")
    base.close()


def cut_short(path):
    Sandbox(state=path).close()
    path.write_bytes(path.read_bytes()[:5000])


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (not_a_database, "no state file"),
        (of_another_program, "another program"),
        (of_another_program_that_was_killed, "another program"),
        (of_another_format, "another version"),
        (with_a_clock_that_shows_no_time, "its clock shows no time"),
        (with_a_thing_of_another_shape, "the execution of rezolve cannot be read"),
        (with_a_broken_thing, "the task of refonte cannot be read"),
        (cut_short, "damaged|no state file|cannot be used"),
    ],
)
def test_a_broken_file_is_refused_and_kept(path, spoil, reason):
    spoil(path)
    before = {file: file.read_bytes() for file in path.parent.iterdir()}
    with pytest.raises(BrokenState, match=reason) as caught:
        Sandbox(state=path)
    assert "\n" not in str(caught.value)
    assert "name another file" in str(caught.value)
    assert {file: file.read_bytes() for file in path.parent.iterdir()} == before


def test_a_folder_that_is_not_there_and_one_that_is_are_refused(tmp_path):
    for path, reason in ((tmp_path / "no" / "state", "cannot be opened"), (tmp_path, "is no regular file")):
        with pytest.raises(BrokenState, match=reason):
            Sandbox(state=path)


def test_two_sandboxes_do_not_share_a_file(path):
    box = Sandbox(state=path)
    with pytest.raises(BrokenState, match="used by another sandbox"):
        Sandbox(state=path)
    box.close()
    Sandbox(state=path).close()


def test_an_empty_file_becomes_one(path):
    path.touch()
    Sandbox(state=path).close()
    Sandbox(state=path).close()


@contextmanager
def no_more_room(size=0):
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


async def test_what_could_not_be_written_is_not_answered_and_is_written_later(path, call_of):
    once = {"input": {"title": "printer"}, "idempotency_key": "once"}
    create = "/tools/itsm.tickets.create/execute"
    async with opened(path) as box, call_of(box) as call:
        with no_more_room():
            for _ in range(2):  # a replay is not answered from memory either
                answer = await call("rezolve", "POST", create, json=once)
                assert answer.status == 507
                assert "state file cannot be written" in answer.json["error"]["message"]
            assert (await call("relays", "POST", "/v1/relays/sessions", json={})).status == 507
            with pytest.raises(OSError, match="cannot be written"):
                box.clock.advance(60)
        answer = await call("rezolve", "POST", create, json=once)
        assert len(box.ledger.effects("rezolve", "itsm.tickets.create")) == 1
    async with opened(path) as box, call_of(box) as call:
        assert (await call("rezolve", "POST", create, json=once)).json == answer.json
        assert len(box.relays.sessions) == 1


async def test_a_callback_goes_on_where_its_outcome_cannot_be_written(path, call_of, receiver):
    async with opened(path) as box, call_of(box) as call:
        task = (await call("refonte", "POST", "/task/textcollection", json={"callback_url": receiver.url})).json
        receiver.answer = lambda: web.Response(status=500)
        await box.refonte.complete(task["task_id"])
        with no_more_room():
            with pytest.raises(OSError, match="cannot be written"):
                box.clock.advance(3600)
            await box.settle()
        receiver.answer = web.Response
        box.clock.advance(24 * 3600)
        await box.settle()
        assert box.refonte.tasks[task["task_id"]].callback_succeeded


async def test_a_key_belongs_to_its_input_after_a_restart_even_where_the_vendor_failed(path, call_of):
    create = "/tools/itsm.tickets.create/execute"
    async with opened(path) as box, call_of(box) as call:
        box.rezolve.fail_upstream("itsm.tickets.create")
        body = {"input": {"title": "a"}, "idempotency_key": "k"}
        assert (await call("rezolve", "POST", create, json=body)).status == 502
    async with opened(path) as box, call_of(box) as call:
        body = {"input": {"title": "b"}, "idempotency_key": "k"}
        assert (await call("rezolve", "POST", create, json=body)).status == 409


async def test_a_sandbox_that_was_closed_does_not_start_again(path):
    box = Sandbox(state=path)
    box.close()
    with pytest.raises(RuntimeError, match="was closed"):
        await box.start()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
def test_a_pipe_is_refused_instead_of_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(BrokenState, match="is no regular file"):
        Sandbox(state=tmp_path / "pipe")


def test_a_file_may_have_a_name_that_is_no_file_to_sqlite(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Sandbox(state=":memory:").close()
    assert (tmp_path / ":memory:").stat().st_size


async def test_a_file_that_its_log_was_moved_into_by_half_is_opened_again(path, call_of):
    user = {"uid": "u", "email": "a@example.org"}
    async with Sandbox(state=path) as box, call_of(box) as call:
        created = await call("rezi", "POST", "/user/token", json=user)
        for _ in range(20):
            body = {"title": "x" * 4000}
            await call("rezi", "POST", f"/user/{created.json['userID']}/resume", json=body)
    with no_more_room(path.stat().st_size + 20_000):
        box.close()  # SQLite moves as much as there is room for
    async with opened(path) as box:
        assert len(box.rezi.resumes) == 20
