"""A server on this machine that hands over each request, byte for byte, and answers what it is told to."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from aiohttp import web
from attrs import define, field, frozen

from corpus.judging import Request
from corpus.wire import Arrived


@frozen
class Reply:
    """What is answered."""

    status: int
    media: str = ""
    body: bytes = field(default=b"", repr=False)


@define
class Station:
    """The server: its `url`, what it answers next, and the last request."""

    url: str = ""
    reply: Reply = Reply(204)
    request: Request | None = None

    def taken(self) -> Request | None:
        """Return the last request, and forget it."""
        taken, self.request = self.request, None
        return taken

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Keep a request and answer it."""
        path, _, query = request.raw_path.partition("?")
        headers: dict[str, str] = {}
        for raw_name, raw_value in request.raw_headers:
            name, value = raw_name.decode("ascii").lower(), raw_value.decode("latin-1")
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
        arrived = Arrived(path, query, headers)
        self.request = Request(request.method, arrived, headers.get("content-type", ""), await request.read())
        reply = self.reply
        answer = web.Response(status=reply.status, body=reply.body or None)
        if reply.media:
            answer.headers["Content-Type"] = reply.media
        if reply.status == 429:
            answer.headers["Retry-After"] = "86400"  # beyond every deadline: the call ends with this answer
        return answer


@asynccontextmanager
async def station() -> AsyncGenerator[Station]:
    """Serve on a free loopback port."""
    served = Station()
    app = web.Application(client_max_size=2**30)
    app.router.add_route("*", r"/{anything:[\s\S]*}", served.handle)  # a path may hold a line break
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    served.url = f"http://{host}:{port}"
    try:
        yield served
    finally:
        await runner.cleanup()
