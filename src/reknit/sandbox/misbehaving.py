"""What a fault does to an answer, and to the connection that it goes out on.

`altered` is pure: it changes what is said. `response_of` changes how it is said, down to the socket.
"""

from __future__ import annotations

import asyncio
import json
import socket
import struct
import zlib
from collections.abc import Awaitable, Callable
from functools import lru_cache
from http import HTTPStatus
from typing import Any, Final

from aiohttp import web
from aiohttp.abc import AbstractStreamWriter

from .faults import (
    Delay,
    Fault,
    GzipBomb,
    InvalidJson,
    Limited,
    Reset,
    Status,
    Trickle,
    Truncate,
    Unknown,
    WrongLength,
    WrongShape,
)
from .wire import Answer, Api, is_array, is_object

__all__ = ["Pause", "altered", "does_nothing", "held_back", "instead", "plain", "response_of", "silent"]

Pause = Callable[[float], Awaitable[None]]

_EXTRA: Final = "x_sandbox_undocumented"
_HELD: Final = 60.0  # how long an answer that is never complete keeps its connection
_MEBIBYTE: Final = 2**20
_OF_BODIES: Final = (Trickle, Truncate, WrongLength, GzipBomb)


def does_nothing(fault: Fault) -> bool:
    """Say whether a fault comes before the API sees the request, so that nothing is done."""
    return isinstance(fault, Limited | Status) or fault == Reset(when="before")


def silent(fault: Fault) -> bool:
    """Say whether not even a status comes back."""
    return isinstance(fault, Reset) and fault.when != "body"


def held_back(fault: Fault | None) -> float:
    """Return for how many seconds a fault holds the answer, or its last byte, back."""
    return fault.seconds if isinstance(fault, Delay | Trickle) else 0.0


def instead(fault: Fault, api: Api) -> Answer:
    """Return the answer that a fault puts in the place of the API's."""
    if isinstance(fault, Limited):
        return _limited(fault, api.problem(429, "a fault of the sandbox"))
    if not isinstance(fault, Status):
        return Answer(503)  # what a connection that is reset before anything was done would have said
    headers = dict(fault.headers)
    if fault.retry_after is not None:
        headers["Retry-After"] = _decimal(fault.retry_after)
    if fault.body is not None:
        answer = Answer(fault.status, fault.body.encode(), fault.media_type)
    elif fault.html:
        reason = _reason(fault.status)
        page = f"<html><head><title>{fault.status} {reason}</title></head><body><h1>{reason}</h1></body></html>"
        answer = Answer(fault.status, page.encode(), "text/html")
    else:
        answer = api.problem(fault.status, "a fault of the sandbox")
    return answer.with_headers(headers)


def _limited(fault: Limited, answer: Answer) -> Answer:
    headers = dict[str, str]()
    if fault.headers:
        reset = "1" if fault.retry_after is None else _decimal(fault.retry_after)
        headers = {"X-RateLimit-Limit": "10", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": reset}
    if fault.retry_after is not None:
        headers["Retry-After"] = _decimal(fault.retry_after)
    return answer.with_headers(headers)


def _decimal(seconds: float) -> str:
    return f"{seconds:.3f}".rstrip("0").rstrip(".")


def altered(fault: Fault, answer: Answer, enums: frozenset[str]) -> Answer:
    """Return an answer as a fault changes it. `enums` names the properties whose values are enumerated."""
    if isinstance(fault, InvalidJson):
        content = answer.content[: len(answer.content) * 2 // 3]
        return _saying(content + b'{"broken": tru', answer)
    is_json = answer.media_type == "application/json" and answer.content
    if isinstance(fault, WrongShape):
        return _saying(json.dumps(_misshapen(json.loads(answer.content) if is_json else None)).encode(), answer)
    if isinstance(fault, Unknown) and is_json:
        return _saying(json.dumps(_with_unknown(json.loads(answer.content), enums)).encode(), answer)
    return answer


def _saying(content: bytes, answer: Answer) -> Answer:
    """Return an answer with another body, as JSON; one that can have no body becomes one that can."""
    return Answer(200 if answer.status == 204 else answer.status, content, "application/json", answer.headers)


def _misshapen(value: Any) -> Any:
    if is_object(value) and value:
        return {
            name: 7 if isinstance(item, str | dict | list) else [{"of": "another type"}] for name, item in value.items()
        }
    if is_array(value):
        return {"not": "a list"}
    return [42]


def _with_unknown(value: Any, enums: frozenset[str]) -> Any:
    if is_array(value):
        return [_with_unknown(item, enums) for item in value]
    if not is_object(value):
        return value
    changed = {
        name: f"{item}_undocumented" if name in enums and isinstance(item, str) else _with_unknown(item, enums)
        for name, item in value.items()
    }
    return {**changed, _EXTRA: {"nested": [1, None]}}


def response_of(fault: Fault | None, answer: Answer, pause: Pause) -> web.StreamResponse:
    """Return what aiohttp sends: the answer, or what a fault makes of it on the wire."""
    if isinstance(fault, _OF_BODIES) and not answer.content:
        answer = _saying(b"{}", answer)  # where there is no body, none could be broken
    match fault:
        case Reset():
            return _Broken(lambda transport: _reset(transport, fault, answer))
        case Delay():
            return _Late(answer, lambda: pause(fault.seconds))
        case Trickle():
            return _Broken(lambda transport: _trickle(transport, fault, answer, pause))
        case Truncate():
            cut = answer.content[: min(int(len(answer.content) * fault.keep), len(answer.content) - 1)]
            return _Broken(lambda transport: _write(transport, _head(answer) + cut))
        case WrongLength():
            return _Broken(lambda transport: _mismeasure(transport, fault, answer, pause))
        case GzipBomb():
            content = _bomb(fault.mebibytes, answer.content)
            return plain(
                Answer(answer.status, content, answer.media_type, {**answer.headers, "Content-Encoding": "gzip"})
            )
        case _:
            return plain(answer)


def plain(answer: Answer) -> web.Response:
    """Return an answer as aiohttp sends it."""
    response = web.Response(status=answer.status, headers=answer.headers)
    _fill(response, answer)
    return response


def _fill(response: web.Response, answer: Answer) -> None:
    if answer.media_type is not None:
        response.body = answer.content
        response.headers["Content-Type"] = answer.media_type


class _Late(web.Response):
    """A response that waits before its first byte."""

    def __init__(self, answer: Answer, wait: Callable[[], Awaitable[None]]) -> None:
        super().__init__(status=answer.status, headers=answer.headers)
        _fill(self, answer)
        self._wait = wait

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        """Wait, then answer."""
        await self._wait()
        return await super().prepare(request)


class _Broken(web.Response):
    """A response that is written past aiohttp, which would not write what is broken; its connection ends with it."""

    def __init__(self, send: Callable[[asyncio.Transport], Awaitable[None]]) -> None:
        super().__init__()
        self._send = send
        self.force_close()

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        """Write it."""
        if isinstance(request.transport, asyncio.Transport):
            await self._send(request.transport)
        return None

    async def write_eof(self, data: bytes = b"") -> None:
        """Write nothing more."""


async def _write(transport: asyncio.Transport, data: bytes) -> None:
    transport.write(data)


async def _reset(transport: asyncio.Transport, fault: Reset, answer: Answer) -> None:
    head = _head(answer)
    if fault.when == "headers":
        transport.write(head[: len(head) // 2])
    elif fault.when == "body":
        transport.write(head + answer.content[: len(answer.content) // 2])
    # With no time to linger a socket is closed by a reset instead of an orderly end.
    connection = transport.get_extra_info("socket")
    if connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


async def _trickle(transport: asyncio.Transport, fault: Trickle, answer: Answer, pause: Pause) -> None:
    transport.write(_head(answer))
    pieces = max(1, min(fault.pieces, len(answer.content)))
    step = -(-len(answer.content) // pieces) or 1
    for start in range(0, len(answer.content), step):
        await pause(fault.seconds / pieces)
        transport.write(answer.content[start : start + step])


async def _mismeasure(transport: asyncio.Transport, fault: WrongLength, answer: Answer, pause: Pause) -> None:
    transport.write(_head(answer, max(0, len(answer.content) + fault.by)) + answer.content)
    if fault.by > 0:
        await pause(_HELD)


def _head(answer: Answer, length: int | None = None) -> bytes:
    """Return the status line and the headers of an answer, as they go over the wire."""
    headers = {
        **answer.headers,
        "Content-Type": answer.media_type or "application/octet-stream",
        "Content-Length": str(len(answer.content) if length is None else length),
        "Connection": "close",
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {answer.status} {_reason(answer.status)}\r\n{lines}\r\n".encode()


def _reason(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"


@lru_cache(maxsize=2)
def _blanks(mebibytes: int) -> tuple[bytes, int]:
    """Return that many mebibytes of blanks as raw deflate blocks, and their checksum.

    A full flush forgets what went before, so the same block can stand many times: the bomb costs its maker nothing.
    """
    blank = b" " * _MEBIBYTE
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = deflate.compress(blank) + deflate.flush(zlib.Z_FULL_FLUSH)
    checksum = 0
    for _ in range(mebibytes):
        checksum = zlib.crc32(blank, checksum)
    return block * mebibytes, checksum


def _bomb(mebibytes: int, content: bytes) -> bytes:
    blocks, checksum = _blanks(mebibytes)
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    rest = deflate.compress(content) + deflate.flush()
    size = (mebibytes * _MEBIBYTE + len(content)) % 2**32
    header = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
    return header + blocks + rest + struct.pack("<II", zlib.crc32(content, checksum), size)
