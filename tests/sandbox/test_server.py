from __future__ import annotations

import asyncio
import io
import json
import logging
import socket

import aiohttp
import pytest

from reknit.sandbox import TEST_KEY, WRONG_KEY, Clock, Sandbox
from reknit.sandbox.door import bind_all
from reknit.sandbox.keys import looks_wrong
from reknit.sandbox.server import LARGEST_BODY

from .conftest import credentials

APIS = ("rezi", "rezolve", "refonte", "relays")
READ = {"rezi": "/users", "rezolve": "/tools", "refonte": "/teams", "relays": "/v1/relays/sessions"}
WRITE = {
    "rezi": "/user/token",
    "rezolve": "/tools/itsm.tickets.list/execute",
    "refonte": "/task/textcollection",
    "relays": "/v1/relays/sessions",
}


@pytest.mark.parametrize(
    ("api", "prefix"),
    [("rezi", "/rezi/v1"), ("rezolve", "/rezolve/api/v1"), ("refonte", "/refonte/v1"), ("relays", "/relays")],
)
async def test_each_api_has_its_base_url_on_one_port(box, api, prefix):
    assert box.url.startswith("http://127.0.0.1:")
    assert box.base_url(api) == box.url + prefix


def test_before_it_is_started_it_has_no_address():
    with pytest.raises(RuntimeError, match="has not been started"):
        _ = Sandbox().url


async def test_an_api_that_does_not_exist_has_no_address(box):
    with pytest.raises(ValueError, match="no API 'stripe'"):
        box.base_url("stripe")


async def test_a_port_that_is_taken_is_an_error_and_leaves_nothing_open():
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError):
        await Sandbox(port=taken.getsockname()[1]).start()


async def test_it_can_be_stopped_and_started_again_and_keeps_its_state():
    box = Sandbox()
    async with box, aiohttp.ClientSession() as session:
        with pytest.raises(RuntimeError, match="running already"):
            await box.start()
        await session.post(box.base_url("relays") + READ["relays"], json={}, headers={"Authorization": "token k"})
    async with box, aiohttp.ClientSession() as session:
        response = await session.get(box.base_url("relays") + READ["relays"], headers={"Authorization": "token k"})
        assert (await response.json())["total_count"] == 1


async def test_stopping_leaves_no_task_and_does_not_wait_for_idle_connections():
    before = asyncio.all_tasks()
    async with aiohttp.ClientSession() as session:
        async with Sandbox() as box:
            (await session.get(box.url)).release()
            started = asyncio.get_running_loop().time()
        assert asyncio.get_running_loop().time() - started < 0.5
    assert asyncio.all_tasks() == before


async def test_stopping_cancels_a_callback_that_hangs():
    arrived = asyncio.Event()
    writers = []

    async def hang(reader, writer):
        writers.append(writer)
        await reader.readuntil(b"\r\n\r\n")
        arrived.set()  # and the answer never comes

    server = await asyncio.start_server(hang, "127.0.0.1", 0)
    async with Sandbox() as box, aiohttp.ClientSession() as session:
        body = {"webhook_url": f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"}
        await session.post(box.base_url("relays") + READ["relays"], json=body, headers={"Authorization": "token k"})
        box.relays.make_ready(next(iter(box.relays.sessions)))
        await arrived.wait()
    assert not [effect for effect in box.ledger.effects("relays") if effect.name.startswith("webhook")]
    for writer in writers:
        writer.close()
        await writer.wait_closed()
    server.close()
    await server.wait_closed()


async def test_it_listens_on_ipv6_where_it_is_told_to():
    try:
        box = Sandbox(host="::1")
        await box.start()
    except OSError:
        pytest.skip("this machine has no IPv6")
    assert box.url.startswith("http://[::1]:")
    await box.stop()


async def test_the_same_seed_gives_the_same_ids():
    async def ids(seed):
        async with Sandbox(seed=seed) as box, aiohttp.ClientSession() as session:
            headers = {"Authorization": "token k"}
            async with session.post(box.base_url("relays") + READ["relays"], json={}, headers=headers) as response:
                return (await response.json())["session_id"]

    assert await ids(1) == await ids(1) != await ids(2)


@pytest.mark.parametrize("api", APIS)
async def test_an_unknown_path_and_another_method_are_errors_of_the_api(call, api):
    unknown = await call(api, "GET", "/nothing/here")
    assert (unknown.status, unknown.headers["Content-Type"]) == (404, "application/json")
    other = await call(api, "PATCH", READ[api])
    assert other.status == 405
    assert "GET" in other.headers["Allow"]
    assert json.loads(other.raw)


@pytest.mark.parametrize("api", APIS)
async def test_nothing_is_answered_without_a_key(call, api):
    assert (await call(api, "GET", "/nothing/here", headers={})).status == 401
    assert (await call(api, "GET", READ[api], headers={})).status == 401


@pytest.mark.parametrize("api", APIS)
@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"{", "application/json"),
        (b'{"x": NaN}', "application/json"),
        (b"\xff", "application/json"),
        (b"[" * 100_000, "application/json"),
        (b'{"x":' + b"[" * 200 + b"]" * 200 + b"}", "application/json"),
        (b'{"x": 1e999}', "application/json"),
        (b'{"x": -' + b"9" * 400 + b".0}", "application/json"),
        (b"[]", "application/json"),
        (b"{}", "text/plain"),
    ],
    ids=["cut short", "nan", "not utf-8", "deep", "deep and whole", "infinite", "long", "array", "text"],
)
async def test_a_body_that_is_no_json_object_is_a_bad_request(call, api, body, content_type):
    answer = await call(api, "POST", WRITE[api], data=body, more_headers={"Content-Type": content_type})
    assert answer.status == 400


@pytest.mark.parametrize("api", APIS)
async def test_a_body_that_is_not_compressed_as_it_says_is_a_bad_request(call, api):
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    answer = await call(api, "POST", WRITE[api], data=b"{}", more_headers=headers)
    assert (answer.status, answer.headers["Content-Type"]) == (400, "application/json")


@pytest.mark.parametrize("api", APIS)
async def test_a_body_beyond_the_limit_is_refused(call, api):
    body = io.BytesIO(b"x" * (LARGEST_BODY + 1))
    answer = await call(api, "POST", WRITE[api], data=body, more_headers={"Content-Type": "application/json"})
    assert answer.status == 413


async def test_paths_outside_of_the_apis_are_nobodys(box):
    async with aiohttp.ClientSession() as session, session.get(box.url + "/elsewhere") as response:
        assert response.status == 404
    assert not box.ledger.requests()


@pytest.mark.parametrize("api", APIS)
async def test_where_keys_are_named_no_other_is_taken(api):
    async with Sandbox(keys=["this-one"]) as box, aiohttp.ClientSession() as session:
        for key, status in [("this-one", 200), (TEST_KEY, 401)]:
            async with session.get(box.base_url(api) + READ[api], headers=credentials(api, key)) as response:
                assert response.status == status


@pytest.mark.parametrize("key", [TEST_KEY, "k", "sk_live_51Hx", "a.b-c_d", "admin_1"])
def test_any_key_will_do(key):
    assert not looks_wrong(key)


@pytest.mark.parametrize(
    "key",
    [
        "",
        " ",
        "two words",
        "line\nbreak",
        "schlüssel",
        WRONG_KEY,
        "Expired-1",
        "<your key>",
        "YOUR_API_KEY",
        "xxxx",
        "changeme",
    ],
)
def test_keys_that_look_wrong_are_refused(key):
    assert looks_wrong(key)


def test_a_clock_runs_and_moves_forward_only():
    ticks = [10.0]
    clock = Clock(1_000.0, tick=lambda: ticks[0])
    ticks[0] = 11.5
    assert clock.now() == 1_001.5
    clock.advance(3600)
    assert clock.iso() == "1970-01-01T01:16:41.500Z"
    ticks[0] = 12.0
    assert clock.now() == 4_602.0
    for seconds in (-1, float("nan"), float("inf"), -(10**400)):
        with pytest.raises(ValueError, match="a clock advances"):
            clock.advance(seconds)
    for seconds in (1e12, 10**400):
        with pytest.raises(ValueError, match="beyond the year 9999"):
            clock.advance(seconds)
    assert clock.now() == 4_602.0


async def test_who_waits_for_a_time_wakes_when_it_has_come_the_earliest_first():
    now, woken = [0.0], []
    clock = Clock(0.0, tick=lambda: now[0])

    async def wait(when):
        await clock.until(when)
        woken.append(when)

    waiting = asyncio.gather(*(wait(when) for when in (300, 100, 200, 400)))
    await asyncio.sleep(0)
    clock.advance(350)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert woken == [100, 200, 300]
    now[0] = 100.0  # moved by what drives it
    clock.wake()
    await waiting
    assert woken == [100, 200, 300, 400]


def test_a_clock_begins_with_the_machines_time():
    import time

    assert abs(Clock().now() - time.time()) < 5


@pytest.mark.parametrize("option", ["keys", "allowed_hosts"])
def test_a_text_where_texts_are_wanted_is_refused_and_not_shown(option):
    with pytest.raises(TypeError, match=rf"^{option} must be a collection .* {option}=\[\.\.\.\]$"):
        Sandbox(**{option: "secret"})


def test_the_addresses_of_a_name_share_a_port():
    sockets = bind_all([(socket.AF_INET, ("127.0.0.1", 0)), (socket.AF_INET6, ("::1", 0, 0, 0))], 0)
    try:
        assert len({one.getsockname()[1] for one in sockets}) == 1
    finally:
        for one in sockets:
            one.close()


def test_an_address_that_the_machine_does_not_have_is_left_out():
    [one] = bind_all([(socket.AF_INET6, ("2001:db8::1", 0, 0, 0)), (socket.AF_INET, ("127.0.0.1", 0))], 0)
    with one:
        assert one.getsockname()[0] == "127.0.0.1"
    with pytest.raises(OSError):
        bind_all([(socket.AF_INET6, ("2001:db8::1", 0, 0, 0))], 0)


@pytest.mark.parametrize(
    "sent",
    [
        b"GET / HTTP/9.9\r\n\r\n",
        pytest.param(
            b"GET http://[::1 HTTP/1.1\r\n\r\n",
            marks=pytest.mark.skipif(
                aiohttp.__version__ < "3.14", reason="aiohttp 3.13 drops the connection over such a target, unanswered"
            ),
        ),
        b"GET / HTTP/1.1\r\nsecret\r\n\r\n",
    ],
)
async def test_what_is_no_http_is_one_line_of_the_log(box, caplog, sent):
    reader, writer = await asyncio.open_connection(*box.url.removeprefix("http://").split(":"))
    writer.write(sent)
    assert b" 400 " in await reader.readline()
    writer.close()
    await writer.wait_closed()
    [record] = [one for one in caplog.records if one.levelno >= logging.WARNING]
    assert record.exc_info is None
    assert "no HTTP" in record.getMessage()
    assert "secret" not in record.getMessage()


async def test_a_body_that_cannot_be_decompressed_leaves_no_traceback(box, call, caplog):
    broken = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
    assert (await call("relays", "POST", WRITE["relays"], data=b"hello", more_headers=broken)).status == 400
    await box.stop()
    assert not [one for one in caplog.records if one.exc_info]
