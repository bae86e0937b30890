"""Fetches pages, and trusts none: https to a public address, no way to another host, bounded in size and in time.

Content codings are undone here, a piece at a time, so that a bomb is stopped at the bound and not after it.
"""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
import zlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from ipaddress import ip_address
from typing import Literal
from urllib.parse import urljoin, urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from attrs import frozen

from codegen.drift.sources import Page, refuse_address

MAX_BYTES = 5 * 2**20
"""The largest page that is read, as received and as unpacked."""

_MAX_MEMBERS = 64
MAX_REDIRECTS = 5
AT_ONCE = 4
TIMEOUT = 30.0
"""Seconds for a page, redirects and body included."""

USER_AGENT = f"reknit-drift/1 (compares documentation pages, at most a few times a week; aiohttp/{aiohttp.__version__})"
_ACCEPT = "text/markdown, application/json;q=0.9, application/yaml;q=0.9, text/html;q=0.8, text/plain;q=0.7, */*;q=0.1"
_VALIDATOR = re.compile(r"[ -~]{1,200}", re.ASCII)


class Unreachable(Exception):
    """Say in one clause why a page could not be read."""


@frozen
class Body:
    """What a page sent; `moved` is where it said for good that it is now."""

    data: bytes
    media: str
    etag: str = ""
    modified: str = ""
    moved: str = ""


@frozen
class Unchanged:
    """The server says that the page is what was accepted."""


@frozen
class Gone:
    """The server says that there is no such page."""

    status: int


@frozen
class Failed:
    """The page could not be read, and why; the text may hold the server's own words."""

    reason: str


Answer = Body | Unchanged | Gone | Failed


class PublicResolver(AbstractResolver):
    """Asks the system for a host's addresses and keeps the public ones.

    A name that leads into this machine or its network would have its pages read, and reported, from inside. What is
    checked here is what is connected to: there is no second look-up in between.
    """

    def __init__(self) -> None:
        self._system = aiohttp.ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return the public addresses of a host, or raise OSError where it has none."""
        found = await self._system.resolve(host, port, family)
        public = [result for result in found if is_public(result["host"])]
        if not public:
            raise OSError(None, "its name leads to no public address")
        return public

    async def close(self) -> None:
        """Release what the system's resolver holds."""
        await self._system.close()


def is_public(address: str) -> bool:
    """Return whether an IP address is one of the internet at large."""
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    inner = getattr(ip, "ipv4_mapped", None) or getattr(ip, "sixtofour", None)
    if inner is not None:
        return is_public(str(inner))
    return ip.is_global and not ip.is_multicast


@frozen
class Network:
    """What connects us: who tells addresses, whose certificates are believed (None: the system's), for how long."""

    resolver: type[AbstractResolver] | AbstractResolver = PublicResolver
    certificates: ssl.SSLContext | None = None
    timeout: float = TIMEOUT


async def fetch_all(pages: Sequence[Page], network: Network) -> list[Answer]:
    """Fetch pages, a few at once, and return an answer for each in their order."""
    turn = asyncio.Semaphore(AT_ONCE)
    async with _session(network) as session:

        async def one(page: Page) -> Answer:
            async with turn:
                return await _fetch(session, page, network.timeout)

        return list(await asyncio.gather(*map(one, pages)))


@asynccontextmanager
async def _session(network: Network) -> AsyncIterator[aiohttp.ClientSession]:
    resolver = network.resolver() if isinstance(network.resolver, type) else network.resolver
    connector = aiohttp.TCPConnector(
        resolver=resolver, ssl=network.certificates or True, limit=AT_ONCE, use_dns_cache=False
    )
    try:
        async with aiohttp.ClientSession(
            connector=connector,
            headers={"User-Agent": USER_AGENT, "Accept": _ACCEPT, "Accept-Encoding": "gzip, deflate"},
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            timeout=aiohttp.ClientTimeout(total=None),
        ) as session:
            yield session
    finally:
        await resolver.close()


async def _fetch(session: aiohttp.ClientSession, page: Page, timeout: float) -> Answer:
    try:
        async with asyncio.timeout(timeout):
            return await _follow(session, page)
    except TimeoutError:
        return Failed(f"did not come within {timeout:g} seconds")
    except Unreachable as problem:
        return Failed(str(problem))
    except (aiohttp.ClientError, OSError, ValueError) as problem:
        return Failed(f"{_in_words(problem)}")


def _in_words(problem: Exception) -> str:
    cause = getattr(problem, "os_error", problem)
    text = getattr(cause, "strerror", None) or str(cause) or type(problem).__name__
    return f"cannot be reached: {text}" if isinstance(problem, OSError) else f"sends a broken answer: {text}"


async def _follow(session: aiohttp.ClientSession, page: Page) -> Answer:
    address, moved = page.target, ""
    for _ in range(MAX_REDIRECTS + 1):
        async with session.get(address, headers=_conditions(page), allow_redirects=False) as response:
            if response.status not in {301, 302, 303, 307, 308}:
                return await _answer(response, page, moved)
            address = _next(address, response.headers.get("Location", ""))
            moved = address if response.status in {301, 308} else moved
    raise Unreachable(f"redirects more than {MAX_REDIRECTS} times")


def _next(address: str, location: str) -> str:
    """Return where a redirect leads, or refuse to go there."""
    try:
        following = urljoin(address, location).partition("#")[0]
        host = urlsplit(following).hostname
    except ValueError:
        raise Unreachable("redirects to what is no address") from None
    if not location or host != urlsplit(address).hostname:
        raise Unreachable(f"redirects to another host: {following}")
    if reason := refuse_address(following):
        raise Unreachable(f"redirects to an address that {reason}: {following}")
    return following


def _conditions(page: Page) -> dict[str, str]:
    """Return the headers that let a server say `as accepted` without sending the page."""
    if not page.digest:
        return {}
    headers = {"If-None-Match": page.etag, "If-Modified-Since": page.modified}
    return {name: value for name, value in headers.items() if _VALIDATOR.fullmatch(value)}


async def _answer(response: aiohttp.ClientResponse, page: Page, moved: str) -> Answer:
    if response.status == 304 and _conditions(page):
        return Unchanged()
    if response.status in {404, 410}:
        return Gone(response.status)
    if response.status != 200:
        raise Unreachable(f"answers {response.status}")
    return Body(
        await _read(response),
        response.headers.get("Content-Type", ""),
        _validator(response, "ETag"),
        _validator(response, "Last-Modified"),
        moved,
    )


def _validator(response: aiohttp.ClientResponse, name: Literal["ETag", "Last-Modified"]) -> str:
    """Return a validator that can be committed and sent again; none where it is not a line of plain text."""
    value = response.headers.get(name, "")
    return value if _VALIDATOR.fullmatch(value) else ""


async def _read(response: aiohttp.ClientResponse) -> bytes:
    unpack = _unpacker(response.headers.get("Content-Encoding", ""))
    received = 0
    data = bytearray()
    async for piece in response.content.iter_chunked(2**16):
        received += len(piece)
        data += unpack.feed(piece, MAX_BYTES + 1 - len(data))
        if max(received, len(data)) > MAX_BYTES:
            raise Unreachable(f"is larger than {MAX_BYTES // 2**20} MB")
    if not unpack.complete:
        raise Unreachable("ends in the middle")
    return bytes(data)


class _Plain:
    complete = True

    def feed(self, piece: bytes, _room: int) -> bytes:
        return piece


class _Deflated:
    """gzip in any number of members, and deflate with or without the frame that it should have."""

    def __init__(self) -> None:
        self._open: zlib._Decompress | None = None
        self._members = 0

    @property
    def complete(self) -> bool:
        return self._open is None or self._open.eof

    def feed(self, piece: bytes, room: int) -> bytes:
        out = bytearray()
        while piece and len(out) < room:
            if self._open is None or self._open.eof:
                if self._members and not piece.strip(b"\0"):
                    break  # padding after the last member
                if self._members == _MAX_MEMBERS:
                    raise Unreachable(f"is packed in more than {_MAX_MEMBERS} members")
                framed = piece[:1] == b"\x1f" or (piece[0] & 0x0F == 8 and piece[0] >> 4 <= 7)
                self._open = zlib.decompressobj(wbits=47 if framed else -15)
                self._members += 1
            try:
                out += self._open.decompress(piece, room - len(out))
            except zlib.error:
                raise Unreachable("is not packed as it says") from None
            piece = self._open.unused_data if self._open.eof else self._open.unconsumed_tail
        return bytes(out)


def _unpacker(coding: str) -> _Plain | _Deflated:
    coding = coding.strip().lower()
    if coding in {"", "identity"}:
        return _Plain()
    if coding in {"gzip", "x-gzip", "deflate"}:
        return _Deflated()
    raise Unreachable(f"is packed in a way that was not asked for: {coding}")
