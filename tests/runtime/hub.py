"""A small API for the tests of calls, callers to reach it with, and a TCP server that misbehaves as a test wants."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from typing import Any

import aiohttp
from attrs import define, field

from reknit import RateLimit, Retry
from reknit.runtime import (
    MAX_BODY,
    Api,
    Bearer,
    Bytes,
    Caller,
    Credential,
    Hook,
    IdempotencyKey,
    Json,
    Limiter,
    Operation,
    Text,
)
from reknit.runtime.caller import Settings
from reknit.runtime.credentials import StaticKey
from reknit.runtime.transport import Transport

KEY = "sk-live-0123456789"

HUB = Api(name="hub", server="https://hub.example/v1", scheme=Bearer())


@define(kw_only=True)
class Thing:
    """What the hub is about."""

    id: int
    name: str | None = None


JSON = {"200": {"application/json": Json(lambda: Thing)}}
READ: Operation[Thing] = Operation(
    name="things.get", method="GET", path="/things/{id}", safety="idempotent", answers=JSON
)
CREATE: Operation[Thing] = Operation(
    name="things.create", method="POST", path="/things", safety="unsafe", body="application/json", answers=JSON
)
EXECUTE: Operation[Thing] = Operation(
    name="things.execute",
    method="POST",
    path="/execute",
    safety="unsafe",
    body="application/json",
    key=IdempotencyKey("body", "idempotency_key", generate=True, unless="dry_run"),
    answers=JSON,
)
KEYED_IF_GIVEN: Operation[Thing] = Operation(
    name="things.keep",
    method="POST",
    path="/keep",
    safety="unsafe",
    body="application/json",
    key=IdempotencyKey("header", "Idempotency-Key"),
    answers=JSON,
)
CONNECT: Operation[Thing] = Operation(
    name="users.connect",
    method="POST",
    path="/users/{uid}",
    safety="idempotent",
    body="application/json",
    secrets=("uid",),
    answers=JSON,
)
DELETE: Operation[None] = Operation(
    name="things.delete",
    method="DELETE",
    path="/things/{id}",
    safety="idempotent",
    answers={"204": {}},
    repeat_success=(404,),
)
UPLOAD: Operation[Thing] = Operation(
    name="files.put", method="PUT", path="/files", safety="idempotent", body="multipart/form-data", answers=JSON
)
RAW: Operation[bytes] = Operation(
    name="files.get", method="GET", path="/file", safety="idempotent", answers={"200": {"*/*": Bytes()}}
)
TEXT: Operation[str] = Operation(
    name="files.text", method="GET", path="/text", safety="idempotent", answers={"200": {"text/plain": Text()}}
)

THING = {"id": 7}


def caller_to(
    url: str,
    *,
    api: Api = HUB,
    credential: Credential | None = None,
    session: aiohttp.ClientSession | None = None,
    timeout: float = 10.0,
    retry: Retry = Retry(),
    hooks: Iterable[Hook] = (),
    max_body: int = MAX_BODY,
    limiter: Limiter | RateLimit | None = None,
    chance: Callable[[], float] = lambda: 0.0,
    **sources: Any,
) -> Caller:
    """Return a caller without jitter: its own waits are 0, and those that a server names are as it names them."""
    settings = Settings(
        base_url=url, timeout=timeout, retry=retry, hooks=tuple(hooks), max_body=max_body, chance=chance, **sources
    )
    return Caller(
        api,
        settings,
        credential or StaticKey(KEY, api.scheme),
        Transport(session),
        limiter if isinstance(limiter, Limiter) else Limiter(limiter),
    )


def create(caller: Caller, **options: Any) -> Awaitable[Thing]:
    """Make an unsafe call."""
    return caller.call(CREATE, body={"name": "x"}, **options)


def read(caller: Caller, **options: Any) -> Awaitable[Thing]:
    """Make an idempotent call."""
    return caller.call(READ, path=(7,), **options)


def execute(caller: Caller, **options: Any) -> Awaitable[Thing]:
    """Make a keyed call."""
    return caller.call(EXECUTE, body={"name": "x"}, **options)


def connector_of(caller: Caller) -> Any:
    """Return the connector of a caller's session."""
    session = caller._transport._session
    assert session is not None
    return session.connector


async def until(condition: Callable[[], Any], seconds: float = 5.0) -> None:
    """Let the loop run until something holds."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.001)


class Line:
    """One connection as a server sees it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> None:
        self.reader = reader
        self.writer = writer
        self.number = number

    async def request(self) -> tuple[bytes, bytes]:
        """Read one request; return its head and body."""
        head = await self.reader.readuntil(b"\r\n\r\n")
        size = next(
            (int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")),
            0,
        )
        return head, await self.reader.readexactly(size)

    async def say(self, *parts: bytes) -> None:
        """Write bytes."""
        for part in parts:
            self.writer.write(part)
            await self.writer.drain()

    def reset(self) -> None:
        """Send RST instead of FIN: whoever reads gets ECONNRESET."""
        linger = struct.pack("ii", 1, 0)
        self.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.writer.transport.abort()


@define
class Raw:
    """A running TCP server."""

    url: str = ""
    port: int = 0
    requests: list[tuple[bytes, bytes]] = field(factory=list[tuple[bytes, bytes]])
    lines: int = 0
    open: int = 0


@asynccontextmanager
async def raw(handler: Callable[[Line, Raw], Awaitable[None]], port: int = 0) -> AsyncGenerator[Raw]:
    """Serve every connection with `handler`; when it returns, the connection is closed."""
    served = Raw()
    failed: list[BaseException] = []
    lines: set[asyncio.Task[Any]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        served.lines += 1
        served.open += 1
        task = asyncio.current_task()
        assert task is not None
        lines.add(task)
        try:
            await handler(Line(reader, writer, served.lines), served)
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        except Exception as error:  # noqa: BLE001 - raised again at the end
            failed.append(error)
        finally:
            served.open -= 1
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

    server = await asyncio.start_server(serve, "127.0.0.1", port)
    served.port = server.sockets[0].getsockname()[1]
    served.url = f"http://127.0.0.1:{served.port}"
    try:
        yield served
    finally:
        server.close()
        for task in lines:
            task.cancel()
        # Their sockets close in turns of the loop, and the loop may end right after this.
        await asyncio.gather(*lines, return_exceptions=True)
    if failed:
        raise failed[0]


def answering(*parts: bytes, keep: bool = True) -> Callable[[Line, Raw], Awaitable[None]]:
    """Return a handler that answers every request with the same bytes; unless `keep`, one for each connection."""

    async def handler(line: Line, served: Raw) -> None:
        while True:
            served.requests.append(await line.request())
            await line.say(*parts)
            if not keep:
                return

    return handler


def http(body: bytes = b'{"id": 7}', status: str = "200 OK", *headers: str, length: int | None = None) -> bytes:
    """Return an HTTP answer as bytes."""
    lines = [
        f"HTTP/1.1 {status}",
        "Content-Type: application/json",
        f"Content-Length: {len(body) if length is None else length}",
        *headers,
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body
