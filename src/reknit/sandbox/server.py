"""The sandbox's one HTTP server, which all four APIs answer behind."""

from __future__ import annotations

import hashlib
import random
import time
from collections.abc import Awaitable, Callable, Iterator
from types import TracebackType
from typing import Final, Self

from aiohttp import BodyPartReader, web
from aiohttp.http_exceptions import HttpProcessingError

from .callbacks import Outbox
from .clock import Clock
from .faults import Faults
from .ledger import Ledger
from .refonte import Refonte
from .relays import Relays
from .rezi import Rezi
from .rezolve import Rezolve
from .wire import Answer, Api, BadBody, Call, Form, Handler, Route, UploadedFile
from .world import World

__all__ = ["Sandbox"]

#: The largest JSON body that is read, and the largest uploaded file (Refonte documents 80 MB).
LARGEST_BODY: Final = 4 * 2**20
LARGEST_FILE: Final = 80 * 10**6
LARGEST_FIELD: Final = 64 * 2**10

#: How long connections that are still answering get when the sandbox stops.
_GRACE: Final = 1.0

_AsyncHandler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Sandbox:
    """Play the four APIs on this machine.

        async with Sandbox() as box:
            client = rezolve.Client(TEST_KEY, base_url=box.base_url("rezolve"))

    It listens on a free port of `host` unless `port` names one, and stops when the block ends. `seed` makes ids and
    numbers come out the same every time, `clock` is its time, and `ledger_size` how many requests and effects the
    ledger keeps.
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        seed: int = 0,
        clock: Clock | None = None,
        ledger_size: int = 1000,
    ) -> None:
        self.clock = clock or Clock()
        self.ledger = Ledger(ledger_size)
        self._outbox = Outbox(self.clock, self.ledger)

        # Chance of its own for each API: what one is asked does not change what another answers.
        def world(api: str) -> World:
            return World(self.clock, self.ledger, self._outbox, random.Random(f"{seed} {api}"))

        self.rezi = Rezi(world("rezi"))
        self.rezolve = Rezolve(world("rezolve"))
        self.refonte = Refonte(world("refonte"))
        self.relays = Relays(world("relays"))
        self._apis: dict[str, Api] = {api.name: api for api in (self.rezi, self.rezolve, self.refonte, self.relays)}
        self.faults = Faults(tuple(self._apis))
        self._host = host
        self._port = port
        self._runner: web.AppRunner | None = None
        self._url = ""

    @property
    def url(self) -> str:
        """The server's origin, `http://127.0.0.1:40123`."""
        if not self._url:
            raise RuntimeError("the sandbox has not been started: use `async with Sandbox() as box`")
        return self._url

    def base_url(self, api: str) -> str:
        """Return what an API's client takes as its `base_url`."""
        if api not in self._apis:
            raise ValueError(f"there is no API {api!r}; there are {', '.join(self._apis)}")
        return self.url + self._apis[api].prefix

    async def start(self) -> None:
        """Begin to listen. Raises OSError where the port is taken."""
        if self._runner is not None:
            raise RuntimeError("the sandbox is running already")
        runner = web.AppRunner(self._application(), access_log=None, shutdown_timeout=_GRACE)
        await runner.setup()
        try:
            await web.TCPSite(runner, self._host, self._port).start()
        except BaseException:
            await runner.cleanup()
            raise
        self._runner = runner
        host, port = runner.addresses[0][:2]
        self._url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    async def stop(self) -> None:
        """Stop listening, drop the connections, and cancel the callbacks that are under way.

        The ledger and the state of the APIs stay readable.
        """
        runner, self._runner, self._url = self._runner, None, ""
        await self._outbox.close()
        if runner is not None:
            await runner.cleanup()

    async def settle(self) -> None:
        """Wait until every callback and webhook that is under way has arrived or failed."""
        await self._outbox.settle()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    def _application(self) -> web.Application:
        app = web.Application(client_max_size=LARGEST_BODY)
        for api in self._apis.values():
            for route in _complete(api):
                app.router.add_route(route.method, api.prefix + route.path, self._handler(api, route))
        return app

    def _handler(self, api: Api, route: Route) -> _AsyncHandler:
        async def handle(request: web.Request) -> web.Response:
            started = time.perf_counter()
            call = await _read(api, route, request)
            fault = self.faults.take(api.name, route.operation)
            if fault is None:
                answer = api.answer(route, call)
            else:
                answer = fault.answer(api.problem(fault.status, "a fault of the sandbox"))
            self._note(api, call, answer, fault=fault is not None, seconds=time.perf_counter() - started)
            return _response(answer)

        return handle

    def _note(self, api: Api, call: Call, answer: Answer, *, fault: bool, seconds: float) -> None:
        try:
            body = call.body
        except BadBody:
            body = None
        self.ledger.note_request(
            at=self.clock.now(),
            api=api.name,
            operation=call.operation,
            method=call.method,
            path=call.path,
            headers=call.headers,
            body=body,
            size=call.size,
            status=answer.status,
            fault=fault,
            seconds=seconds,
        )


def _complete(api: Api) -> Iterator[Route]:
    """Yield an API's routes, and after them those that refuse whatever else is asked: other methods, other paths."""
    methods: dict[str, list[str]] = {}
    for route in api.routes():
        methods.setdefault(route.path, []).append(route.method)
        yield route
    for path, known in methods.items():
        allowed = {"Allow": ", ".join(known)}
        refusal = api.problem(405, "the path does not take this method").with_headers(allowed)
        yield Route("*", path, "", _always(refusal))
    yield Route("*", "/{unknown:.*}", "", _always(api.problem(404, "there is no such path")))


def _always(answer: Answer) -> Handler:
    def handle(_: Call) -> Answer:
        return answer

    return handle


async def _read(api: Api, route: Route, request: web.Request) -> Call:
    call = Call(
        operation=route.operation,
        method=request.method,
        path=request.raw_path.removeprefix(api.prefix),
        parameters=request.match_info,
        query=request.query,
        headers=request.headers,
    )
    try:
        if route.body == "form":
            call.upload = await _read_form(request)
        else:
            call.raw = await request.read()
    except web.HTTPRequestEntityTooLarge:
        call.unreadable = BadBody(f"the body is larger than {LARGEST_BODY} bytes", 413)
    except BadBody as error:
        call.unreadable = error
    return call


def _response(answer: Answer) -> web.Response:
    response = web.Response(status=answer.status, headers=answer.headers)
    if answer.media_type is not None:
        response.body = answer.content
        response.headers["Content-Type"] = answer.media_type
    return response


async def _read_form(request: web.Request) -> Form:
    """Read a multipart body. Files are counted and digested, never kept."""
    if request.content_type != "multipart/form-data":
        raise BadBody(f"the body must be multipart/form-data, not {request.content_type}")
    fields: dict[str, str] = {}
    files: dict[str, UploadedFile] = {}
    try:
        async for part in await request.multipart():
            if not isinstance(part, BodyPartReader) or not part.name:
                raise BadBody("every part must have a name")
            if part.filename is None:
                fields[part.name] = (await _read_part(part, LARGEST_FIELD, keep=True))[0].decode()
            else:
                _, size, digest = await _read_part(part, LARGEST_FILE, keep=False)
                media_type = part.headers.get("Content-Type", "application/octet-stream")
                files[part.name] = UploadedFile(part.filename, media_type, size, digest)
    except BadBody:
        raise
    except (ValueError, HttpProcessingError) as error:  # no boundary, broken headers, text that is not UTF-8
        raise BadBody(f"the body is not multipart/form-data: {error}") from None
    return Form(fields, files)


async def _read_part(part: BodyPartReader, largest: int, *, keep: bool) -> tuple[bytes, int, str]:
    kept, size, digest = bytearray(), 0, hashlib.sha256()
    while chunk := await part.read_chunk(2**16):
        size += len(chunk)
        if size > largest:
            raise BadBody(f"{part.name} is larger than {largest} bytes")
        digest.update(chunk)
        if keep:
            kept += chunk
    return bytes(kept), size, digest.hexdigest()
