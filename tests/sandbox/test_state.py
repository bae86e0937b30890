"""The state file: what was answered is there again, and a file that is none is left as it was."""

from __future__ import annotations

import sqlite3

import pytest
from aiohttp import web

from reknit import errors, refonte, relays, rezi, rezolve
from reknit.sandbox import TEST_KEY, BrokenState, Clock, Sandbox


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


def not_a_database(path):
    path.write_bytes(b"these are my notes\n" * 100)


def of_another_program(path):
    with sqlite3.connect(path) as base:
        base.execute("CREATE TABLE mine (x)")
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
        (of_another_format, "another version"),
        (with_a_broken_thing, "the task of refonte cannot be read"),
        (cut_short, "damaged|no state file|cannot be used"),
    ],
)
def test_a_broken_file_is_refused_and_kept(path, spoil, reason):
    spoil(path)
    before = path.read_bytes()
    with pytest.raises(BrokenState, match=reason) as caught:
        Sandbox(state=path)
    assert "\n" not in str(caught.value)
    assert "name another file" in str(caught.value)
    if spoil is not with_a_broken_thing:
        assert path.read_bytes() == before


def test_a_folder_that_is_not_there_and_one_that_is_are_refused(tmp_path):
    for path in (tmp_path / "no" / "state", tmp_path):
        with pytest.raises(BrokenState, match="cannot be opened"):
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
