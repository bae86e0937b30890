"""Every fault of a request as a bare socket sees it, where no client mends or hides anything."""

from __future__ import annotations

import asyncio
import errno
import gzip
import json
import re
import socket
import zlib

import pytest
from attrs import frozen

from reknit.sandbox import (
    Delay,
    GzipBomb,
    InvalidJson,
    Limited,
    Mix,
    Refuse,
    Reset,
    Sandbox,
    Status,
    Trickle,
    Truncate,
    Unknown,
    WrongLength,
    WrongShape,
)

TOOL = b"/rezolve/api/v1/tools/itsm.tickets.create"
SHORT = 0.05  # how long nothing is waited for


@frozen
class Heard:
    """What came, piece by piece, and how it ended: `closed`, `reset`, or `open` where it did not."""

    pieces: list[bytes]
    end: str

    @property
    def raw(self):
        return b"".join(self.pieces)

    @property
    def head(self):
        return self.raw.partition(b"\r\n\r\n")[0].decode()

    @property
    def body(self):
        return self.raw.partition(b"\r\n\r\n")[2]

    @property
    def status(self):
        return int(self.head.split()[1])

    def header(self, name):
        found = re.search(rf"^{name}: *(.*?)\r?$", self.head, re.IGNORECASE | re.MULTILINE)
        return found[1] if found else None

    @property
    def length(self):
        return int(self.header("Content-Length"))


async def connect(box):
    host, port = box.url.removeprefix("http://").split(":")
    return await asyncio.open_connection(host, int(port))


def request(method, path, body=b"", authorization=b"Bearer k", connection=b"close"):
    return (
        b"%s %s HTTP/1.1\r\nHost: localhost\r\nAuthorization: %s\r\nConnection: %s\r\n"
        b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
        % (method, path, authorization, connection, len(body), body)
    )


async def hear(box, sent, patience=5.0):
    reader, writer = await connect(box)
    writer.write(sent)
    pieces = []
    try:
        async with asyncio.timeout(patience):
            while piece := await reader.read(2**20):
                pieces.append(piece)
        end = "closed"
    except TimeoutError:
        end = "open"
    except ConnectionResetError:
        end = "reset"
    writer.close()
    return Heard(pieces, end)


def execute(box, patience=5.0):
    body = b'{"input": {"title": "printer"}, "idempotency_key": "k-1"}'
    return hear(box, request(b"POST", TOOL + b"/execute", body), patience)


def executed(box):
    return len(box.ledger.effects("rezolve", "itsm.tickets.create"))


async def test_where_a_port_refuses_nobody_listens_and_nobody_else_gets_it(box):
    idle, writer = await connect(box)
    port = int(box.url.rpartition(":")[2])
    plan = box.faults.add(fault=Refuse(seconds=600))
    assert await idle.read() == b""
    writer.close()
    with pytest.raises(ConnectionRefusedError):
        await connect(box)
    with socket.socket() as other:
        with pytest.raises(OSError) as caught:
            other.bind(("127.0.0.1", port))
        assert caught.value.errno == errno.EADDRINUSE
    box.faults.remove(plan.id)
    while not box.listening:
        await asyncio.sleep(0)
    assert (await execute(box)).status == 200


@pytest.mark.parametrize(
    ("when", "done", "seen"),
    [
        ("before", 0, rb""),
        ("after", 1, rb""),
        ("headers", 1, rb"HTTP/1.1 200 OK\r\n(?!.*\r\n\r\n).+"),
        ("body", 1, rb"HTTP/1.1 200 OK\r\n.+\r\n\r\n\{.+[^}]"),
    ],
)
async def test_a_reset_comes_when_it_says(box, when, done, seen):
    box.faults.add(fault=Reset(when=when))
    heard = await execute(box)
    assert heard.end == "reset"
    assert re.fullmatch(seen, heard.raw, re.DOTALL)
    assert executed(box) == done


async def test_a_delay_does_the_work_and_says_nothing_for_as_long(box):
    box.faults.add(fault=Delay(seconds=600))
    heard = await execute(box, SHORT)
    assert (heard.raw, heard.end) == (b"", "open")
    assert executed(box) == 1
    box.faults.add(fault=Delay(seconds=0.02))
    started = asyncio.get_running_loop().time()
    assert (await execute(box)).status == 200
    assert asyncio.get_running_loop().time() - started >= 0.02


async def test_a_trickle_is_a_whole_answer_in_pieces(box):
    right = await execute(box)
    box.faults.add(fault=Trickle(seconds=0.04, pieces=4))
    heard = await execute(box)
    assert (heard.body, heard.length, heard.end) == (right.body, len(right.body), "closed")
    assert len(heard.pieces) >= 4


@pytest.mark.parametrize("keep", [0, 0.5, 1])
async def test_a_truncated_answer_ends_in_an_orderly_way_before_its_end(box, keep):
    right = await execute(box)
    box.faults.add(fault=Truncate(keep=keep))
    heard = await execute(box)
    assert (heard.status, heard.end) == (200, "closed")
    assert heard.length == len(right.body) > len(heard.body)
    assert heard.body == right.body[: min(int(keep * heard.length), heard.length - 1)]


@pytest.mark.parametrize(("by", "end"), [(-3, "closed"), (7, "open")])
async def test_a_wrong_length_is_wrong_by_so_much(box, by, end):
    right = await execute(box)
    box.faults.add(fault=WrongLength(by=by))
    heard = await execute(box, SHORT if end == "open" else 5)
    assert (heard.body, heard.length, heard.end) == (right.body, len(right.body) + by, end)


@pytest.mark.parametrize("api", ["/rezi/v1/users", "/rezolve/api/v1/tools", "/refonte/v1/teams", "/relays/v1"])
async def test_a_limit_has_the_headers_it_says(box, api):
    stated = {1: "1", 0: "0", 0.5: "0.5", 1_234_567: "1234567", None: None}
    for retry_after, text in stated.items():
        for headers in (True, False):
            box.faults.add(fault=Limited(retry_after=retry_after, headers=headers))
            heard = await hear(box, request(b"GET", api.encode()))
            assert (heard.status, heard.header("Retry-After")) == (429, text)
            limits = [heard.header(f"X-RateLimit-{name}") for name in ("Limit", "Remaining", "Reset")]
            assert limits == (["10", "0", text or "1"] if headers else [None] * 3)


@pytest.mark.parametrize(
    ("api", "shape"),
    [
        ("/rezi/v1/users", {"status", "errorCode", "hint"}),
        ("/rezolve/api/v1/tools", {"success", "error", "request_id"}),
        ("/refonte/v1/teams", {"status_code", "error"}),
        ("/relays/v1/relays/sessions", {"message"}),
    ],
)
async def test_a_status_has_the_apis_shape_or_is_html(box, api, shape):
    box.faults.add(fault=Status(500))
    box.faults.add(fault=Status(502, html=True))
    box.faults.add(fault=Status(503, retry_after=2))
    box.faults.add(fault=Status(418, body="short and stout", media_type="text/plain", headers={"X-Pot": "tea"}))
    plain, page, busy, pot = [await hear(box, request(b"GET", api.encode())) for _ in range(4)]
    assert (plain.status, {*json.loads(plain.body)}) == (500, shape)
    assert (page.status, page.header("Content-Type")) == (502, "text/html")
    assert page.body.startswith(b"<html>")
    assert (busy.status, busy.header("Retry-After"), {*json.loads(busy.body)}) == (503, "2", shape)
    assert (pot.status, pot.header("X-Pot"), pot.body) == (418, "tea", b"short and stout")
    assert not box.ledger.effects()


@pytest.mark.parametrize("status", [204, 304])
async def test_a_status_that_has_no_body_leaves_no_bytes_for_the_next_answer(box, status):
    box.faults.add(fault=Status(status))
    path = b"/rezolve/api/v1/tools"
    heard = await hear(box, request(b"GET", path, connection=b"keep-alive") + request(b"GET", path))
    assert heard.body.startswith(b"HTTP/1.1 200 OK\r\n")


async def test_invalid_json_says_that_it_is_json_and_is_whole(box):
    box.faults.add(fault=InvalidJson())
    heard = await execute(box)
    assert (heard.status, heard.header("Content-Type"), heard.length) == (200, "application/json", len(heard.body))
    with pytest.raises(json.JSONDecodeError):
        json.loads(heard.body)
    assert executed(box) == 1


async def test_in_a_wrong_shape_every_property_has_another_type(box):
    right = json.loads((await execute(box)).body)
    box.faults.add(fault=WrongShape())
    wrong = json.loads((await execute(box)).body)
    assert wrong.keys() == right.keys()
    assert not [name for name in right if type(wrong[name]) is type(right[name])]


async def test_unknown_values_and_properties_stand_beside_the_known(box):
    right = json.loads((await hear(box, request(b"GET", TOOL))).body)["data"]
    box.faults.add(fault=Unknown())
    wrong = json.loads((await hear(box, request(b"GET", TOOL))).body)["data"]
    assert wrong["risk_level"] == f"{right['risk_level']}_undocumented"
    assert wrong["key"] == right["key"]
    assert wrong.keys() - right.keys() == {"x_sandbox_undocumented"}


async def test_a_bomb_is_small_on_the_wire_and_large_when_it_is_unpacked(box):
    right = await execute(box)
    box.faults.add(fault=GzipBomb(mebibytes=8))
    heard = await execute(box)
    assert (heard.header("Content-Encoding"), heard.length) == ("gzip", len(heard.body))
    assert len(heard.body) < 2**14
    unpacked = gzip.decompress(heard.body)
    assert (len(unpacked), unpacked.lstrip()) == (8 * 2**20 + len(right.body), right.body)
    assert zlib.decompressobj(31).decompress(heard.body, 10) == b" " * 10


@pytest.mark.parametrize(
    "fault",
    [InvalidJson(), WrongShape(), Truncate(), WrongLength(), Trickle(seconds=0, pieces=2), GzipBomb(mebibytes=1)],
    ids=str,
)
async def test_what_breaks_a_body_gives_one_to_an_answer_that_has_none(call, box, fault):
    session = (await call("relays", "POST", "/v1/relays/sessions", json={})).json["session_id"]
    box.faults.add(api="relays", operation="sessions.delete", fault=fault)
    path = f"/relays/v1/relays/sessions/{session}".encode()
    heard = await hear(box, request(b"DELETE", path, authorization=b"token k"))
    assert (heard.status, bool(heard.body)) == (200, True)
    assert not box.relays.sessions


# The plan


async def test_a_port_refuses_until_the_last_that_says_so_is_over(box):
    long, short = (box.faults.add(fault=Refuse(seconds=seconds)) for seconds in (600, 0.01))
    while len(box.faults.list()) > 1:
        await asyncio.sleep(0.005)
    assert (box.faults.list(), short.hits) == ([long], 1)
    with pytest.raises(ConnectionRefusedError):
        await connect(box)
    box.faults.switch(long.id, False)
    box.faults.switch(long.id, True)
    box.faults.switch(long.id, False)
    while not box.listening:
        await asyncio.sleep(0)
    assert (await execute(box)).status == 200


async def test_what_is_planned_before_the_start_comes_with_it():
    box = Sandbox()
    plan = box.faults.add(fault=Refuse(seconds=600))
    async with box:
        with pytest.raises(ConnectionRefusedError):
            await connect(box)
    async with box:
        with pytest.raises(ConnectionRefusedError):
            await connect(box)
        box.faults.remove(plan.id)
        while not box.listening:
            await asyncio.sleep(0)
        assert (await execute(box)).status == 200


async def test_a_mix_is_drawn_in_the_order_in_which_requests_come_however_many_at_once():
    async def kinds(at_once):
        async with Sandbox() as box:
            box.faults.add(fault=Mix(rate=0.5, seed=3, kinds=("reset", "truncate", "status", "limited")), times=None)
            for _ in range(16 // at_once):
                await asyncio.gather(*(execute(box) for _ in range(at_once)))
            return [(entry.fault, entry.status) for entry in box.ledger.requests()]

    one_by_one, together, again = await kinds(1), await kinds(8), await kinds(8)
    assert one_by_one == together == again
    assert {"reset", "truncate", None} <= {fault for fault, _ in together}
