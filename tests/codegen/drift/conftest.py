"""A small checkout, and a site with a certificate of its own that serves the pages its specs name."""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import trustme
from aiohttp.abc import AbstractResolver, ResolveResult
from attrs import Factory, define, frozen

from codegen.drift import command
from codegen.drift.fetching import Network
from codegen.drift.looking import Look, look_at
from codegen.drift.sources import NAME, chosen, read_sources
from codegen.report import Refusal
from tests.serving import Reply, Seen, Served, serving

HOST = "docs.example.org"
PAGE = f"https://{HOST}/api/users"
DAY = dt.date(2026, 3, 1)

SPEC = f"""openapi: 3.1.0
info: {{title: Demo, version: '1'}}
externalDocs: {{url: '{PAGE}'}}
servers: [{{url: 'https://api.example.org/v1'}}]
paths:
  /users:
    post:
      operationId: users.create
      requestBody:
        content:
          application/json:
            schema:
              type: object
              required: [email]
              properties:
                email: {{type: string}}
                age: {{type: integer}}
      responses:
        '200':
          description: ok
          headers: {{X-RateLimit-Limit: {{schema: {{type: string}}}}}}
          content:
            application/json:
              schema: {{type: object, properties: {{id: {{type: string}}}}}}
        '400': {{description: bad}}
"""


class Names(AbstractResolver):
    """Leads every name to one port of this machine."""

    def __init__(self, port: int) -> None:
        self.port = port

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return [
            ResolveResult(
                hostname=host, host="127.0.0.1", port=self.port, family=socket.AF_INET, proto=0,
                flags=socket.AI_NUMERICHOST,
            )
        ]  # fmt: skip

    async def close(self) -> None: ...


@define
class Site:
    """A documentation site: what it answers at each path, and how it is reached."""

    served: Served
    network: Network
    pages: dict[str, Any] = Factory(dict[str, Any])

    def publish(self, body: str | bytes, path: str = "/api/users", status: int = 200, **headers: str) -> None:
        """Answer at a path with a page; `content_type="…"` and other headers as keywords."""
        named = {name.replace("_", "-").title(): value for name, value in headers.items()}
        self.pages[path] = Reply(status, body, {"Content-Type": "text/html; charset=utf-8", **named})


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
async def site(authority: trustme.CA) -> AsyncIterator[Site]:
    """A site that answers 404 until something is published."""
    theirs = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(HOST, "other.example.org").configure_cert(theirs)
    ours = ssl.create_default_context()
    authority.configure_trust(ours)
    pages: dict[str, Any] = {}

    async def answer(seen: Seen) -> Any:
        page = pages.get(seen.path, Reply(404))
        return await page(seen) if callable(page) else page

    async with serving(answer, theirs) as served:
        port = int(served.url.rpartition(":")[2])
        yield Site(served, Network(Names(port), ours, 60.0), pages)


@frozen
class Ran:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str


@define
class Checkout:
    """A folder with a spec, a list of pages, and the command."""

    root: Path
    capsys: pytest.CaptureFixture[str]

    def write_sources(self, *pages: str, **more: str) -> None:
        keys = "".join(f'{key} = "{value}"\n' for key, value in {"read": "", "digest": "", **more}.items())
        entries = (f'[[page]]\naddress = "{page}"\nspec = "demo"\n{keys}' for page in pages)
        (self.root / NAME).write_text("# pages\n\n" + "\n".join(entries), "utf-8")

    async def drift(self, site: Site, *arguments: str) -> Ran:
        """Run the command in a thread, with a loop of its own."""
        parser = argparse.ArgumentParser()
        command.add_to(parser.add_subparsers())
        options = parser.parse_args(["drift", *arguments])
        options.root = self.root
        self.capsys.readouterr()
        code = await asyncio.to_thread(command.run, options, site.network, DAY)
        return Ran(code, *self.capsys.readouterr())

    async def accept(self, site: Site) -> None:
        assert (await self.drift(site, "--accept")).code == 0

    async def look(self, site: Site, network: Network | None = None) -> Look:
        """Look at the one page."""
        [look] = await look_at(self.root, read_sources(self.root), network or site.network)
        return look


@pytest.fixture
def checkout(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Checkout:
    """A checkout whose one page was never recorded."""
    (tmp_path / "openapi").mkdir()
    (tmp_path / "openapi" / "demo.yaml").write_text(SPEC, "utf-8")
    made = Checkout(tmp_path, capsys)
    made.write_sources(PAGE)
    return made


@pytest.fixture
def refused(checkout: Checkout) -> Callable[..., str]:
    """Return what a list of pages is refused with."""

    def refused_(text: str, *names: str) -> str:
        (checkout.root / NAME).write_text(text, "utf-8")
        with pytest.raises(Refusal) as caught:
            chosen(read_sources(checkout.root), names)
        return str(caught.value)

    return refused_
