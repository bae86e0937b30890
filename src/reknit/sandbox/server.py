"""The sandbox's one HTTP server, which all four APIs answer behind."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import random
import secrets
import time
from collections.abc import Awaitable, Callable, Collection, Iterator
from contextlib import nullcontext
from pathlib import Path
from types import TracebackType
from typing import Final, Literal, Self

from aiohttp import BodyPartReader, web
from aiohttp.http_exceptions import HttpProcessingError

from .callbacks import Outbox
from .clock import Clock
from .console import add_console
from .control import add_control, only_hosts
from .door import Busy, Door, Log, noting
from .faults import Fault, Faults, Planned, Refuse
from .ledger import Ledger
from .misbehaving import altered, does_nothing, held_back, instead, plain, response_of, silent
from .refonte import Refonte
from .relays import Relays
from .rezi import Rezi
from .rezolve import Rezolve
from .specs import Operation, spec_of
from .state import StateFile, Unwritten
from .wire import Answer, Api, BadBody, Call, Form, Handler, Route, UploadedFile
from .world import World

__all__ = ["Sandbox"]

#: The largest JSON body that is read, and the largest uploaded file (Refonte documents 80 MB).
LARGEST_BODY: Final = 4 * 2**20
LARGEST_FILE: Final = 80 * 10**6
LARGEST_FIELD: Final = 64 * 2**10
MOST_PARTS: Final = 100

#: How long connections that are still answering get when the sandbox stops.
_GRACE: Final = 1.0

_LOGGER: Final = logging.getLogger("reknit.sandbox")

APIS: Final = ("rezi", "rezolve", "refonte", "relays")

#: No contract knows of these: another method, a body beyond the sandbox's own limit, and a state file without room.
_BEYOND_THE_SPECS: Final = (405, 413, 507)
_MOST_VIOLATIONS: Final = 100

_AsyncHandler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Sandbox:
    """Play the four APIs on this machine.

        async with Sandbox() as box:
            client = rezolve.Client(TEST_KEY, base_url=box.base_url("rezolve"))

    It listens on a free port of `host` unless `port` names one, and stops when the block ends. `seed` makes ids and
    numbers come out the same every time, `clock` is its time, and `ledger_size` how many requests and effects the
    ledger keeps. `state` names an SQLite file that the APIs' state is kept in; without it, it lives as long as the
    object. Any API key will do that does not look wrong, unless `keys` names those that are taken. Callbacks go to
    loopback addresses alone unless `callbacks_anywhere`. A request is answered where its Host is a loopback name or
    address, the `host`, or one of `allowed_hosts`.

    Raises BrokenState where the state file cannot be used.
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        seed: int = 0,
        clock: Clock | None = None,
        ledger_size: int = 1000,
        state: str | Path | None = None,
        callbacks_anywhere: bool = False,
        keys: Collection[str] | None = None,
        allowed_hosts: Collection[str] = (),
    ) -> None:
        _not_one_text("keys", keys)
        _not_one_text("allowed_hosts", allowed_hosts)
        self._state = StateFile(Path(state)) if state is not None else None
        self.clock = clock or Clock(None if self._state is None else time.time() + self._state.ahead)
        self.clock.on_advance = self._clock_advanced
        self.seed = seed
        self.ledger = Ledger(ledger_size)
        self.faults = Faults({name: (*spec_of(name).operations,) for name in APIS})
        self.faults.on_change = self._fault_changed
        #: Answers of the sandbox's own that its contracts forbid, the first hundred: it has a bug where there are any.
        self.violations: list[str] = []
        #: What a request that changes the sandbox itself carries as `X-Sandbox-Token`.
        self.token = secrets.token_urlsafe(24)
        self._outbox = Outbox(self.clock, self.ledger, self.faults, anywhere=callbacks_anywhere)
        generation = self._state.generation if self._state is not None else 0

        # Chance of its own for each API: what one is asked does not change what another answers.
        def world(api: str) -> World:
            chance = random.Random(f"{seed} {api} {generation or ''}")
            taken = None if keys is None else frozenset(keys)
            drawer = self._state.drawer(api) if self._state is not None else None
            return World(self.clock, self.ledger, self._outbox, chance, drawer, taken)

        try:
            self.rezi = Rezi(world("rezi"))
            self.rezolve = Rezolve(world("rezolve"))
            self.refonte = Refonte(world("refonte"))
            self.relays = Relays(world("relays"))
            if self._state is not None:
                self._state.accept()
        except BaseException:
            self.close()
            raise
        self._apis: dict[str, Api] = {api.name: api for api in (self.rezi, self.rezolve, self.refonte, self.relays)}
        self._host = host
        self._port = port
        self._allowed_hosts = frozenset(name.lower() for name in (host, *allowed_hosts))
        self._runner: web.AppRunner | None = None
        self._door: Door | None = None
        self._refusing: dict[str, asyncio.TimerHandle] = {}
        self._stopping = asyncio.Event()
        self._url = ""

    @property
    def url(self) -> str:
        """The server's origin, `http://127.0.0.1:40123`."""
        if not self._url:
            raise RuntimeError("the sandbox has not been started: use `async with Sandbox() as box`")
        return self._url

    @property
    def listening(self) -> bool:
        """Whether connections are taken: not before the start, nor while a fault refuses them."""
        return self._door is not None and self._door.is_open

    @property
    def apis(self) -> tuple[str, ...]:
        """The names of the APIs."""
        return (*self._apis,)

    def base_url(self, api: str) -> str:
        """Return what an API's client takes as its `base_url`."""
        if api not in self._apis:
            raise ValueError(f"there is no API {api!r}; there are {', '.join(self._apis)}")
        return self.url + self._apis[api].prefix

    def environment(self) -> dict[str, str]:
        """Return the environment variables that point a program's clients here."""
        return {f"{api.upper()}_BASE_URL": self.base_url(api) for api in self._apis}

    async def start(self) -> None:
        """Begin to listen. Raises OSError where the port is taken."""
        if self._runner is not None:
            raise RuntimeError("the sandbox is running already")
        if self._state is not None and self._state.closed:
            raise RuntimeError("the sandbox was closed, and its state file with it: make another")
        busy: Busy = set()
        runner = web.AppRunner(
            self._application(busy),
            access_log=None,
            logger=Log(_LOGGER, {}),
            shutdown_timeout=_GRACE,
            handler_cancellation=True,
        )
        await runner.setup()
        assert runner.server is not None  # it has been set up
        door = Door(runner.server, self._host, self._port, busy)
        try:
            await door.open()
        except BaseException:
            await runner.cleanup()
            raise
        self._runner, self._door, self._stopping = runner, door, asyncio.Event()
        host, port = door.address
        self._url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
        await self._outbox.close()  # what was sent while nothing listened goes on with the rest, and not twice
        self.refonte.resume()
        self.relays.resume()
        for planned in self.faults.list():
            self._refuse(planned)

    async def stop(self) -> None:
        """Stop listening, drop the connections, and cancel the callbacks that are under way.

        The ledger and the state of the APIs stay readable.
        """
        runner, self._runner, self._url = self._runner, None, ""
        door, self._door = self._door, None
        self._stopping.set()
        for timer in self._refusing.values():
            timer.cancel()
        self._refusing.clear()
        if door is not None:
            door.close()
        await self._outbox.close()
        if runner is not None:
            await runner.cleanup()

    def close(self) -> None:
        """Let the state file go, for good; without one there is nothing to do."""
        if self._state is not None:
            self._state.close()

    async def settle(self) -> None:
        """Wait until every callback and webhook that is due has arrived or failed."""
        await self._outbox.settle()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    # How it is put together

    def _application(self, busy: Busy) -> web.Application:
        middlewares = [noting(busy), only_hosts(self._allowed_hosts)]
        app = web.Application(client_max_size=LARGEST_BODY, middlewares=middlewares)
        for api in self._apis.values():
            for route in _routes(api):
                app.router.add_route(route.method, api.prefix + route.path, self._handler(api, route))
        add_control(app, self)
        add_console(app, self)
        return app

    def _handler(self, api: Api, route: Route) -> _AsyncHandler:
        spec = spec_of(api.name)
        operation = spec.operations.get(route.operation)

        async def handle(request: web.Request) -> web.StreamResponse:
            started = time.perf_counter()
            call = await _read(api, route, request)
            fault = self.faults.take(api.name, route.operation)
            if fault is not None and does_nothing(fault):
                answer = instead(fault, api)
            else:
                answer = self._answer(api, route, call)
                if operation is not None:
                    self._check(api, operation, answer)
                if fault is not None:
                    answer = altered(fault, answer, spec.enums)
            took = time.perf_counter() - started + held_back(fault)
            self._note(api, call, answer, fault=fault, seconds=took)
            return plain(answer) if fault is None else response_of(fault, answer, self._pause)

        return handle

    def _answer(self, api: Api, route: Route, call: Call) -> Answer:
        """Answer a call; a bug of ours is an error of the API, and a violation that tests find."""
        try:
            with self._state.together() if self._state is not None else nullcontext():
                return api.answer(route, call)
        except Unwritten as error:
            _LOGGER.error("%s", error)  # the machine's trouble, which no traceback explains
            return api.problem(507, str(error))
        except Exception as error:
            _LOGGER.exception("the sandbox failed to answer %s %s", api.name, route.operation)
            self._violated(f"{api.name} {route.operation}: {error!r}")
            return api.problem(500, "a bug of the sandbox: its log says more")

    def _violated(self, problem: str) -> None:
        if len(self.violations) < _MOST_VIOLATIONS:
            self.violations.append(problem)

    async def _pause(self, seconds: float) -> None:
        """Wait for a fault; the end of the sandbox ends it."""
        try:
            await asyncio.wait_for(self._stopping.wait(), seconds)
        except TimeoutError:
            return
        raise ConnectionResetError("the sandbox stops")

    def _check(self, api: Api, operation: Operation, answer: Answer) -> None:
        if answer.status in _BEYOND_THE_SPECS:
            return
        problems = operation.answer_problems(answer)
        if problems:
            self._violated(f"{api.name} {operation.name}: {answer.status}: {'; '.join(problems)}")

    def _note(self, api: Api, call: Call, answer: Answer, *, fault: Fault | None, seconds: float) -> None:
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
            raw=call.raw,
            size=call.size,
            status=0 if fault is not None and silent(fault) else answer.status,
            fault=fault.kind if fault is not None else None,
            seconds=seconds,
            answer_headers=answer.headers,
            answer=answer.content if answer.media_type == "application/json" else None,
        )

    def _clock_advanced(self) -> None:
        self.ledger.note_change("clock")
        if self._state is not None:
            self._state.drawer("sandbox").keep_ahead(self.clock.now())

    def _fault_changed(self, planned: Planned) -> None:
        self._refuse(planned)
        self.ledger.note_change("faults")

    def _refuse(self, planned: Planned) -> None:
        """Shut the door where a fault says so, and open it again where none does any more."""
        if not isinstance(planned.fault, Refuse) or self._door is None:
            return  # before the start there is no door; the start looks at what is planned
        if timer := self._refusing.pop(planned.id, None):
            timer.cancel()
        if planned.enabled:
            later = asyncio.get_running_loop().call_later(planned.fault.seconds, self._refused, planned)
            self._refusing[planned.id] = later
            self._door.shut()
        elif not self._refusing:
            self._door.reopen()

    def _refused(self, planned: Planned) -> None:
        planned.hits += 1
        self.faults.remove(planned.id)


def _not_one_text(name: str, value: Collection[str] | None) -> None:
    """Refuse a text where texts are wanted: it would be taken for one of each letter. It may be a secret: not shown."""
    if isinstance(value, str | bytes):
        raise TypeError(f"{name} must be a collection of texts, not one text: write {name}=[...]")


def _routes(api: Api) -> Iterator[Route]:
    """Yield an API's routes, and after them those that refuse whatever else is asked: other methods, other paths."""
    methods: dict[str, list[str]] = {}
    handlers = api.handlers()
    # An endpoint that was just written into the contract is no reason not to start.
    unknown = _always(api.problem(404, "the sandbox does not play this operation yet"))
    # What has fewer parameters comes first, so that none of them takes a word for a value.
    for operation in sorted(spec_of(api.name).operations.values(), key=lambda item: item.path.count("{")):
        methods.setdefault(operation.path, []).append(operation.method)
        body: Literal["json", "form"] = "form" if operation.takes_form else "json"
        handler = handlers.get(operation.name, unknown)
        yield Route(operation.method, operation.path, operation.name, handler, body, operation.request_problems)
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
    except web.RequestPayloadError:
        call.unreadable = BadBody("the body cannot be read as its Content-Encoding or Transfer-Encoding says")
    return call


async def _read_form(request: web.Request) -> Form:
    """Read a multipart body. Files are counted and digested, never kept."""
    if request.content_type != "multipart/form-data":
        raise BadBody(f"the body must be multipart/form-data, not {request.content_type}")
    fields: dict[str, str] = {}
    files: dict[str, UploadedFile] = {}
    try:
        async for part in await request.multipart():
            if not isinstance(part, BodyPartReader) or part.name is None:
                raise BadBody("every part must have a name")
            if len(fields) + len(files) >= MOST_PARTS:
                raise BadBody(f"there are more than {MOST_PARTS} parts", 413)
            f"{part.name}{part.filename}{part.headers.get('Content-Type')}".encode()  # bytes may stand for no text
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
