from __future__ import annotations

import asyncio
import base64
from collections import Counter
from itertools import pairwise

import aiohttp
import pytest
from aiohttp import web

from reknit.sandbox import LIVE_KEY, TEST_KEY, Clock, Sandbox
from reknit.sandbox.callbacks import LATER

BODIES = {
    "textcollection": {
        "fields": [{"type": "category", "field_id": "tone", "choices": [{"label": "Calm", "value": "calm"}]}]
    },
    "imageannotation": {"attachment": "https://images.example.org/1.jpg", "geometries": {"box": {}}},
    "segmentannotation": {"attachment": "https://images.example.org/1.jpg", "labels": ["road"]},
}


def basic(key, password=""):
    return "Basic " + base64.b64encode(f"{key}:{password}".encode()).decode()


def post(call, path, body=None):
    return call("refonte", "POST", path, json=body)


async def create(call, kind="textcollection", **body):
    return (await post(call, f"/task/{kind}", {**BODIES[kind], **body})).json


@pytest.mark.parametrize("kind", BODIES)
async def test_a_task_of_each_kind_is_created_read_and_completed(call, box, kind):
    task = await create(call, kind, project="p", batch="b", instruction="Look.", metadata={"order": 1}, unique_id="u-1")
    assert (task["type"], task["status"], task["unique_id"]) == (kind, "pending", "u-1")
    assert task["params"].items() >= BODIES[kind].items()
    assert (await call("refonte", "GET", f"/task/{task['task_id']}")).json == task
    await box.refonte.complete(task["task_id"])
    done = (await call("refonte", "GET", f"/task/{task['task_id']}")).json
    assert done["status"] == "completed"
    assert done["response"]
    assert done["completed_at"].endswith("Z")
    assert "callback_succeeded" not in done


async def test_a_choice_is_answered_with_one_of_its_values(call, box):
    task = await box.refonte.complete((await create(call))["task_id"])
    assert task.response == {"answers": {"tone": "calm"}}


@pytest.mark.parametrize("kind", ["imageannotation", "segmentannotation"])
async def test_what_a_task_needs_is_named(call, kind):
    answer = await post(call, f"/task/{kind}", {})
    assert answer.status == answer.json["status_code"] == 400
    assert '"attachment" is a required property' in answer.json["error"]


async def test_a_kind_that_is_not_enabled_has_to_be_paid_for(call, box):
    box.refonte.disabled.add("imageannotation")
    assert (await post(call, "/task/imageannotation", BODIES["imageannotation"])).status == 402
    assert (await post(call, "/task/textcollection", {})).status == 200


@pytest.mark.parametrize("instruction", ["the same", "another"])
async def test_a_unique_id_is_taken_once_and_leads_back_to_its_task(call, box, instruction):
    task = await create(call, unique_id="u-1", instruction="the same")
    again = await post(
        call, "/task/textcollection", {**BODIES["textcollection"], "unique_id": "u-1", "instruction": instruction}
    )
    assert (again.status, again.json["status_code"]) == (409, 409)
    found = (await call("refonte", "GET", "/tasks", params={"unique_id": "u-1"})).json
    assert [item["task_id"] for item in found["docs"]] == [task["task_id"]]
    assert len(box.ledger.effects("refonte", "task.created", key="u-1")) == 1


async def test_completing_a_task_calls_back_with_the_auth_key(call, box, receiver):
    task = await create(call, callback_url=receiver.url)
    done = await box.refonte.complete(task["task_id"], {"answers": {"tone": "upset"}})
    headers, payload = receiver.got[0]
    assert headers["refonte-ai--callback-auth"] == box.refonte.callback_auth_key
    assert (payload["task_id"], payload["status"]) == (task["task_id"], "completed")
    assert payload["response"] == payload["task"]["response"] == {"answers": {"tone": "upset"}}
    assert done.callback_succeeded is True


async def test_the_header_of_the_callback_can_be_spelled_in_the_other_way(call, box, receiver):
    box.refonte.callback_header = "refonte.ai-callback-auth"
    await box.refonte.complete((await create(call, callback_url=receiver.url))["task_id"])
    assert receiver.got[0][0]["refonte.ai-callback-auth"] == box.refonte.callback_auth_key


async def test_a_task_that_fails_calls_back_too(call, box, receiver):
    task = await create(call, "imageannotation", callback_url=receiver.url)
    await box.refonte.fail(task["task_id"])
    payload = receiver.got[0][1]
    assert payload["status"] == "error"
    assert payload["response"]["attachments"] == [{"statusCode": 404, "url": "https://images.example.org/1.jpg"}]


async def test_a_callback_that_is_refused_is_tried_twenty_times_more_within_a_day(call, box, receiver):
    receiver.answer = lambda: web.Response(status=503)
    task = await box.refonte.complete((await create(call, callback_url=receiver.url))["task_id"])
    assert task.callback_succeeded is None
    box.clock.advance(24 * 3600 - 1)
    await box.settle()
    assert (len(receiver.got), task.callback_succeeded) == (20, None)
    box.clock.advance(1)
    await box.settle()
    assert (len(receiver.got), task.callback_succeeded) == (21, False)
    box.clock.advance(30 * 24 * 3600)
    await box.settle()
    assert len(receiver.got) == 21


async def test_a_day_of_callbacks_passes_at_once_each_ones_tries_in_order(call, box, receiver):
    receiver.answer = lambda: web.Response(status=503)
    for number in range(3):
        task = await create(call, callback_url=receiver.url, metadata={"number": number})
        await box.refonte.complete(task["task_id"])
    box.clock.advance(LATER[0])
    await box.settle()
    assert [body["task"]["metadata"]["number"] for _, body in receiver.got] == [0, 1, 2] * 2
    box.clock.advance(24 * 3600)
    await box.settle()
    assert Counter(body["task_id"] for _, body in receiver.got) == dict.fromkeys(box.refonte.tasks, 21)
    assert {task.callback_succeeded for task in box.refonte.tasks.values()} == {False}


async def test_what_is_due_is_sent_where_the_clock_was_moved_by_what_drives_it(call_of, receiver):
    now = [0.0]
    receiver.answer = lambda: web.Response(status=503 if len(receiver.got) < 2 else 200)
    async with Sandbox(clock=Clock(1_800_000_000.0, tick=lambda: now[0])) as box, call_of(box) as call:
        await box.refonte.complete((await create(call, callback_url=receiver.url))["task_id"])
        await asyncio.sleep(0)  # now it waits for the next try
        now[0] = 24 * 3600.0
        async with asyncio.timeout(10):
            await box.settle()
    assert len(receiver.got) == 2


def test_twenty_tries_fit_into_a_day_and_the_waits_between_them_grow():
    waits = [later - earlier for earlier, later in pairwise((0.0, *LATER))]
    assert (len(LATER), LATER[-1]) == (20, 24 * 3600)
    assert waits == sorted(waits)
    assert waits[0] > 1


async def test_a_callback_that_is_taken_at_last_has_succeeded(call, box, receiver):
    receiver.answer = lambda: web.Response(status=503 if len(receiver.got) < 3 else 204)
    task = await box.refonte.complete((await create(call, callback_url=receiver.url))["task_id"])
    box.clock.advance(24 * 3600)
    await box.settle()
    assert (len(receiver.got), task.callback_succeeded) == (3, True)
    assert [body for _, body in receiver.got] == [receiver.got[0][1]] * 3


@pytest.mark.parametrize("outcome", ["accepted", "fixed", "rejected"])
async def test_an_audit_is_told_by_another_callback(call, box, receiver, outcome):
    task_id = (await create(call, callback_url=receiver.url))["task_id"]
    await box.refonte.complete(task_id)
    await box.refonte.audit(task_id, outcome)
    audits = [body["task"].get("audits") for _, body in receiver.got]
    assert audits[0] is None
    assert audits[1][0]["audit_result"] == outcome
    assert (await call("refonte", "GET", f"/task/{task_id}")).json["audits"] == audits[1]


async def test_a_recall_makes_a_completed_task_pending_again(call, box, receiver):
    task_id = (await create(call, callback_url=receiver.url))["task_id"]
    with pytest.raises(ValueError, match="not completed"):
        await box.refonte.recall(task_id)
    await box.refonte.complete(task_id)
    await box.refonte.recall(task_id)
    await box.refonte.complete(task_id)
    assert [body["status"] for _, body in receiver.got] == ["completed", "pending", "completed"]


async def test_an_audit_ends_in_one_of_three_ways(box):
    with pytest.raises(ValueError, match="accepted, fixed or rejected"):
        await box.refonte.audit("any", "lost")


async def test_test_keys_and_live_keys_are_separate_worlds(call):
    task = await create(call, unique_id="u", batch="b")
    await post(call, "/batches", {"project": "p", "name": "b"})
    await post(call, "/projects", {"type": "t", "name": "p"})
    await post(call, "/files/import", {"file_url": "https://x.example/1.png", "reference_id": "r"})
    for path in (f"/task/{task['task_id']}", "/batches/b", "/projects/p"):
        assert (await call("refonte", "GET", path, key=LIVE_KEY)).status == 404
        assert (await call("refonte", "GET", path)).status == 200
    assert (await call("refonte", "GET", "/tasks", key=LIVE_KEY)).json["docs"] == []
    for path, body in [
        ("/task/textcollection", {"unique_id": "u", "batch": "b"}),
        ("/batches", {"project": "p", "name": "b"}),
        ("/projects", {"type": "t", "name": "p"}),
        ("/files/import", {"file_url": "https://x.example/1.png", "reference_id": "r"}),
    ]:
        assert (await call("refonte", "POST", path, key=LIVE_KEY, json=body)).status == 200
    assert (await call("refonte", "GET", "/batches/b/status", key=LIVE_KEY)).json["pending"] == 1


async def test_the_original_callback_is_sent_again(call, box, receiver):
    task = await create(call, callback_url=receiver.url)
    await box.refonte.complete(task["task_id"])
    answer = await post(call, f"/task/{task['task_id']}/send-callback")
    await box.settle()
    assert (answer.raw, answer.headers["Content-Type"]) == (b"OK", "text/plain")
    assert receiver.got[0][1] == receiver.got[1][1]


async def test_a_pending_task_has_no_callback_to_send_again(call, box, receiver):
    task = await create(call, callback_url=receiver.url)
    assert (await post(call, f"/task/{task['task_id']}/send-callback")).status == 200
    await box.settle()
    assert not receiver.got
    assert box.ledger.effects("refonte", "callback.skipped")


async def test_without_a_callback_url_the_profiles_is_used(call, box, receiver):
    box.refonte.default_callback_url = receiver.url
    await box.refonte.complete((await create(call))["task_id"])
    assert len(receiver.got) == 1


@pytest.mark.parametrize(
    "address", ["labels@example.org", "https://labels.example.org/callback", "ftp://127.0.0.1/", "http://[::1"]
)
async def test_callbacks_go_to_loopback_addresses_only(call, box, address):
    await box.refonte.complete((await create(call, callback_url=address))["task_id"])
    assert len(box.ledger.effects("refonte", "callback.skipped")) == 1


async def test_a_callback_that_nobody_takes_is_noted(call, box, unused_port):
    await box.refonte.complete((await create(call, callback_url=f"http://127.0.0.1:{unused_port}/"))["task_id"])
    assert box.ledger.effects("refonte", "callback.failed")[0].detail["error"] == "no connection"


async def test_a_task_ends_once(call, box):
    task = await create(call)
    canceled = await post(call, f"/task/{task['task_id']}/cancel")
    assert canceled.json["status"] == "canceled"
    assert (await post(call, f"/task/{task['task_id']}/cancel")).status == 400
    with pytest.raises(ValueError, match="canceled"):
        await box.refonte.complete(task["task_id"])


@pytest.mark.parametrize("path", ["/task/none", "/task/none/cancel", "/task/none/send-callback"])
async def test_a_task_that_is_not_there(call, path):
    assert (await call("refonte", "GET" if path == "/task/none" else "POST", path)).status == 404


@pytest.mark.parametrize(("as_", "raw"), [("text", b"OK"), ("json", b'{"status":"ok"}'), ("nothing", b"")])
async def test_a_call_with_nothing_to_say_answers_in_three_ways(call, box, as_, raw):
    box.refonte.accepted_as = as_
    answer = await post(call, "/teams/invite", {"emails": ["a@example.org"]})
    assert (answer.status, answer.raw) == (200, raw)


async def test_tasks_are_listed_page_by_page_newest_first(call):
    created = [(await create(call, metadata={"number": number}))["task_id"] for number in range(7)]
    listed, token = [], None
    while True:
        page = (
            await call("refonte", "GET", "/tasks", params={"limit": "3", **({"next_token": token} if token else {})})
        ).json
        assert (page["total"], page["limit"], page["offset"]) == (7, 3, len(listed))
        listed += [task["task_id"] for task in page["docs"]]
        token = page["next_token"]
        assert page["has_more"] is (token is not None)
        if token is None:
            break
    assert listed == created[::-1]


async def test_a_task_that_comes_in_meanwhile_shifts_no_page(call):
    created = [(await create(call))["task_id"] for _ in range(3)]
    first = (await call("refonte", "GET", "/tasks", params={"limit": "2"})).json
    await create(call)
    second = (await call("refonte", "GET", "/tasks", params={"limit": "2", "next_token": first["next_token"]})).json
    assert [task["task_id"] for task in first["docs"] + second["docs"]] == created[::-1]


async def test_tasks_are_found_by_what_they_are(call, box):
    done = await create(call, project="p", batch="b")
    await create(call, "imageannotation", project="p")
    await create(call, project="q")
    await box.refonte.complete(done["task_id"])

    async def count(**query):
        return (await call("refonte", "GET", "/tasks", params=query)).json["total"]

    assert await count() == 3
    assert await count(project="p") == 2
    assert await count(project="p", type="imageannotation") == 1
    assert await count(status="completed") == 1
    assert await count(batch="c") == 0


@pytest.mark.parametrize(
    "query",
    [{"limit": "0"}, {"limit": "101"}, {"limit": "ten"}, {"limit": "²"}, {"next_token": "%%%"}, {"next_token": "YWI="}],
)
async def test_a_page_that_cannot_be_asked_for(call, query):
    assert (await call("refonte", "GET", "/tasks", params=query)).status == 400


async def test_a_batch_counts_its_tasks_and_completes(call, box):
    assert (await post(call, "/batches", {"project": "p", "name": "week 2"})).json["status"] == "staging"
    tasks = [await create(call, project="p", batch="week 2") for _ in range(2)]
    assert (await post(call, "/batches/week%202/finalize")).raw == b"OK"
    await box.refonte.complete(tasks[0]["task_id"])
    counts = (await call("refonte", "GET", "/batches/week%202/status")).json
    assert counts == {"status": "in_progress", "pending": 1, "error": 0, "completed": 1, "canceled": 0}
    await box.refonte.complete(tasks[1]["task_id"])
    assert (await call("refonte", "GET", "/batches/week%202")).json["status"] == "completed"


async def test_batches_are_listed_by_offset(call):
    for number in range(5):
        await post(call, "/batches", {"project": "p", "name": f"b-{number}"})
    page = (await call("refonte", "GET", "/batches", params={"limit": "2", "offset": "2"})).json
    assert [batch["name"] for batch in page["docs"]] == ["b-2", "b-3"]
    assert (page["totalDocs"], page["has_more"]) == (5, True)
    assert (await call("refonte", "GET", "/batches", params={"offset": "4"})).json["has_more"] is False
    assert (await call("refonte", "GET", "/batches", params={"offset": "-1"})).status == 400


@pytest.mark.parametrize(
    ("path", "body"), [("/batches", {"project": "p", "name": "b"}), ("/projects", {"type": "t", "name": "b"})]
)
async def test_a_name_is_taken_once(call, path, body):
    assert [(await post(call, path, body)).status for _ in range(2)] == [200, 400]


@pytest.mark.parametrize(
    ("path", "body"),
    [("/batches", {"name": "b"}), ("/projects", {"name": 7}), ("/teams/invite", {"emails": 7}), ("/files/import", {})],
)
async def test_what_is_missing_is_a_bad_request(call, path, body):
    assert (await post(call, path, body)).status == 400


@pytest.mark.parametrize("name", ["", ".", ".."])
async def test_a_name_that_no_path_can_hold_is_refused(call, name):
    assert (await post(call, "/batches", {"project": "p", "name": name})).status == 400
    assert (await post(call, "/projects", {"type": "t", "name": name})).status == 400


async def test_a_project_needs_neither_name_nor_type(call):
    project = (await post(call, "/projects", {})).json
    assert (await call("refonte", "GET", f"/projects/{project['name']}")).json == project


async def test_a_page_of_batches_is_never_longer_than_the_longest(call):
    assert (await call("refonte", "GET", "/batches", params={"limit": "394076526755"})).json["limit"] == 100


@pytest.mark.parametrize("path", ["/batches/none", "/batches/none/status", "/projects/none"])
async def test_names_that_are_not_there(call, path):
    assert (await call("refonte", "GET", path)).status == 404


async def test_a_projects_name_is_one_segment_of_the_path(call, box):
    await post(call, "/projects", {"type": "imageannotation", "name": "a/b c", "params": {"instruction": "Look."}})
    project = (await call("refonte", "GET", "/projects/a%2Fb%20c")).json
    assert project["param_history"][0]["instruction"] == "Look."
    box.refonte.projects["a/b c"].archived = True
    assert (await call("refonte", "GET", "/projects")).json == []
    assert len((await call("refonte", "GET", "/projects", params={"archived": "true"})).json) == 1
    assert (await call("refonte", "GET", "/projects", params={"archived": "perhaps"})).status == 400


def form(content=b"abc", filename="a.txt", **fields):
    data = aiohttp.FormData()
    data.add_field("file", content, filename=filename, content_type="text/plain")
    for name, value in fields.items():
        data.add_field(name, value)
    return data


async def test_a_file_is_uploaded_and_its_reference_taken_once(call, box):
    answer = await call("refonte", "POST", "/files/upload", data=form(reference_id="r-1", metadata='{"camera": 3}'))
    assert (answer.json["size"], answer.json["metadata"], answer.json["display_name"]) == (3, {"camera": 3}, "a.txt")
    assert (await call("refonte", "POST", "/files/upload", data=form(reference_id="r-1"))).status == 409
    assert (
        await post(call, "/files/import", {"file_url": "https://x.example/y.png", "reference_id": "r-1"})
    ).status == 409
    assert len(box.refonte.files) == 1
    assert box.ledger.requests("refonte", "files.upload")[0].size == 3


async def test_a_file_is_imported_and_never_fetched(call, box, receiver):
    answer = await post(call, "/files/import", {"file_url": receiver.url})
    await box.settle()
    assert answer.json["display_name"] == "hook"
    assert not receiver.got


@pytest.mark.parametrize("metadata", ["[]", "{", "7"])
async def test_metadata_that_is_no_object_is_refused(call, metadata):
    assert (await call("refonte", "POST", "/files/upload", data=form(metadata=metadata))).status == 400


async def test_a_file_beyond_the_limit_is_refused(call, monkeypatch):
    monkeypatch.setattr("reknit.sandbox.server.LARGEST_FILE", 10)
    answer = await call("refonte", "POST", "/files/upload", data=form(b"x" * 11))
    assert (answer.status, answer.json["error"]) == (400, "file is larger than 10 bytes")


@pytest.mark.parametrize(
    "sent",
    [
        {"json": {"file": "abc"}},
        {"data": aiohttp.FormData({"display_name": "x"}, default_to_multipart=True)},
        {"data": b"--b\r\nnonsense", "content_type": "multipart/form-data; boundary=b"},
        {
            "data": b"--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--\r\n",
            "content_type": "multipart/form-data; boundary=b",
        },
        {
            "data": b'--b\r\nContent-Disposition: form-data; name="x"\r\n\r\n\xff\r\n--b--\r\n',
            "content_type": "multipart/form-data; boundary=b",
        },
        {"data": b"x", "content_type": "multipart/form-data"},
    ],
    ids=["json", "no file", "cut short", "no name", "not utf-8", "no boundary"],
)
async def test_an_upload_that_is_none_is_a_bad_request(call, sent):
    headers = {"Authorization": basic(TEST_KEY)}
    if "content_type" in sent:
        headers["Content-Type"] = sent.pop("content_type")
    assert (await call("refonte", "POST", "/files/upload", headers=headers, **sent)).status == 400


async def test_people_are_invited_once(call):
    for _ in range(2):
        await post(call, "/teams/invite", {"emails": ["ada@example.org", "ada@example.org"], "team_role": "manager"})
    members = (await call("refonte", "GET", "/teams")).json
    assert [(member["email"], member["role"]) for member in members][1:] == [("ada@example.org", "manager")]
    assert (await post(call, "/teams/invite", {"emails": ["x@example.org"], "team_role": "king"})).status == 400


@pytest.mark.parametrize(
    "header",
    [
        None,
        "Basic",
        "Basic %%%",
        "Basic " + "/w==",
        f"Bearer {TEST_KEY}",
        basic(TEST_KEY, "password"),
        basic("wrong_key"),
        basic(""),
    ],
)
async def test_credentials_are_basic_with_an_empty_password(call, header):
    answer = await call("refonte", "GET", "/teams", headers={"Authorization": header} if header else {})
    assert answer.status == answer.json["status_code"] == 401


async def test_the_oldest_task_that_has_ended_is_forgotten_before_one_that_is_pending(call, box, monkeypatch):
    monkeypatch.setattr("reknit.sandbox.refonte._KEPT_TASKS", 3)
    waits, ends, _ = [(await create(call, unique_id=f"u-{number}"))["task_id"] for number in range(3)]
    await box.refonte.complete(ends)
    await create(call)
    assert ends not in box.refonte.tasks
    assert (await create(call, unique_id="u-1"))["unique_id"] == "u-1"
    assert waits not in box.refonte.tasks  # none had ended, so the oldest of all went
    listed = (await call("refonte", "GET", "/tasks?limit=1")).json
    rest = (await call("refonte", "GET", f"/tasks?next_token={listed['next_token']}")).json["docs"]
    assert len({task["task_id"] for task in listed["docs"] + rest}) == 3


async def test_the_oldest_batch_project_file_and_member_are_forgotten(call, box, monkeypatch):
    for kind, most in (("BATCHES", 1), ("PROJECTS", 1), ("FILES", 1), ("MEMBERS", 2)):
        monkeypatch.setattr(f"reknit.sandbox.refonte._KEPT_{kind}", most)
    for name in ("one", "two"):
        await post(call, "/batches", {"project": "p", "name": name})
        await post(call, "/projects", {"name": name})
        await post(call, "/teams/invite", {"emails": [f"{name}@example.org"]})
        file = {"file_url": "http://x", "reference_id": name}
        assert [(await post(call, "/files/import", file)).status for _ in range(2)] == [200, 409]
    assert ([*box.refonte.batches], [*box.refonte.projects]) == (["two"], ["two"])
    assert [file["reference_id"] for file in box.refonte.files.values()] == ["two"]
    assert [member["email"] for member in box.refonte.team] == ["owner@example.com", "two@example.org"]
    assert (await post(call, "/files/import", {"file_url": "http://x", "reference_id": "one"})).status == 200


async def test_beyond_so_many_callbacks_that_wait_one_is_tried_once(call, box, receiver, monkeypatch):
    monkeypatch.setattr("reknit.sandbox.refonte._MOST_WAITING", 1)
    receiver.answer = lambda: web.Response(status=503)
    tasks = [(await create(call, callback_url=receiver.url))["task_id"] for _ in range(2)]
    ended = [await box.refonte.complete(task_id) for task_id in tasks]
    assert [task.callback_succeeded for task in ended] == [None, False]
    receiver.answer = web.Response
    box.clock.advance(86400)
    await box.settle()
    assert [task.callback_succeeded for task in ended] == [True, False]


async def test_a_page_of_batches_may_begin_anywhere(call):
    far = 10**30
    answer = await call("refonte", "GET", f"/batches?offset={far}&limit={far}")
    assert (answer.status, answer.json["docs"], answer.json["offset"]) == (200, [], far)


async def test_a_part_of_a_form_may_have_an_empty_name(call):
    form = aiohttp.FormData()
    form.add_field("file", b"x", filename="x")
    form.add_field("", "whatever", content_type="text/plain")
    assert (await call("refonte", "POST", "/files/upload", data=form)).status == 200


async def test_what_a_file_is_sent_with_does_not_replace_its_id(call, box):
    file = (await post(call, "/files/import", {"file_url": "http://x", "id": "mine"})).json
    assert box.refonte.files[file["id"]] == file


async def test_a_callback_that_failed_while_the_sandbox_was_stopped_is_tried_again_once(call_of, receiver):
    async with Sandbox(clock=Clock(0, tick=lambda: 0.0)) as box, call_of(box) as call:
        task = await create(call, callback_url=receiver.url)
    receiver.answer = lambda: web.Response(status=503)
    await box.refonte.complete(task["task_id"])
    async with box:
        box.clock.advance(LATER[0])
        await box.settle()
    assert len(receiver.got) == 2


def part(head, content=b"x"):
    return b"--x\r\nContent-Disposition: form-data; " + head + b"\r\n\r\n" + content + b"\r\n"


@pytest.mark.parametrize(
    ("parts", "status"),
    [
        ([part(b'name="file"; filename="\xff.txt"')], 400),
        ([part(b'name="file"; filename="a"\r\nContent-Type: \xff')], 400),
        ([part(b'name="%d"' % number) for number in range(101)], 413),
    ],
)
async def test_a_form_that_could_not_be_kept_is_refused(call, box, parts, status):
    form = {"Content-Type": "multipart/form-data; boundary=x"}
    body = b"".join(parts) + b"--x--\r\n"
    assert (await call("refonte", "POST", "/files/upload", data=body, more_headers=form)).status == status
    assert not box.refonte.files
