"""What a site does cannot lead the fetch elsewhere, hold it up, or fill the memory."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from typing import Any

import pytest
from aiohttp import web
from attrs import evolve

from codegen.drift.fetching import (
    MAX_BYTES,
    USER_AGENT,
    Body,
    Failed,
    Gone,
    Network,
    PublicResolver,
    fetch_all,
    is_public,
)
from codegen.drift.sources import Page
from tests.serving import Seen

from .conftest import HOST, PAGE, Names, Site


async def fetched(site: Site, network: Network | None = None, **recorded: str) -> Any:
    [answer] = await fetch_all([Page(PAGE, "demo", **recorded)], network or site.network)
    return answer


async def test_it_says_who_it_is_and_what_it_takes(site: Site) -> None:
    site.publish("x", etag='W/"1"')
    assert await fetched(site) == Body(b"x", "text/html; charset=utf-8", 'W/"1"')
    [seen] = site.served.requests
    assert seen.headers["User-Agent"] == USER_AGENT
    assert seen.headers["Accept-Encoding"] == "gzip, deflate"
    assert seen.headers["Accept"].startswith("text/markdown")
    assert "Cookie" not in seen.headers


async def test_a_redirect_stays_on_its_host(site: Site) -> None:
    site.publish("", status=302, location="/next#part")
    site.publish("", "/next", status=308, location=f"https://{HOST}/last")
    site.publish("there", "/last")
    answer = await fetched(site)
    assert answer.data == b"there"
    assert answer.moved == f"https://{HOST}/last"


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        ("https://other.example.org/", "redirects to another host: https://other.example.org/"),
        ("//other.example.org/", "redirects to another host: https://other.example.org/"),
        (f"http://{HOST}/", "redirects to an address that does not begin with https://"),
        (f"https://{HOST}:8443/", "redirects to an address that names a user or a port"),
        (f"https://u:p@{HOST}/", "redirects to an address that names a user or a port"),
        ("file:///etc/passwd", "redirects to another host"),
        ("https://[::1", "redirects to what is no address"),
        ("", "redirects to another host"),
        ("/api/users", "redirects more than 5 times"),
    ],
)
async def test_a_redirect_that_leads_away_is_not_followed(location: str, reason: str, site: Site) -> None:
    site.publish("", status=301, location=location)
    answer = await fetched(site)
    assert isinstance(answer, Failed)
    assert answer.reason.startswith(reason)


@pytest.mark.parametrize("status", [401, 403, 429, 500, 503, 204, 206])
async def test_another_answer_is_none(status: int, site: Site) -> None:
    site.publish("", status=status)
    assert await fetched(site) == Failed(f"answers {status}")


async def test_not_modified_is_believed_only_where_it_was_asked_for(site: Site) -> None:
    site.publish(b"", status=304)
    assert await fetched(site, etag='"1"') == Failed("answers 304")
    assert await fetched(site, digest="sha256:0") == Failed("answers 304")
    site.publish(b"", status=410)
    assert await fetched(site) == Gone(410)


@pytest.mark.parametrize("value", ["x" * 300, "tab\there", "caf\xe9"])
async def test_a_validator_that_cannot_be_committed_is_left_out(value: str, site: Site) -> None:
    site.publish("x", etag=value)
    assert (await fetched(site)).etag == ""


def deflated(data: bytes, wbits: int) -> bytes:
    packer = zlib.compressobj(wbits=wbits)
    return packer.compress(data) + packer.flush()


@pytest.mark.parametrize(
    ("coding", "data"),
    [
        ("gzip", gzip.compress(b"words " * 1000)),
        ("x-gzip", gzip.compress(b"words " * 500) + gzip.compress(b"words " * 500) + b"\0\0"),
        ("deflate", zlib.compress(b"words " * 1000)),
        ("deflate", deflated(b"words " * 1000, -15)),
        ("identity", b"words " * 1000),
    ],
    ids=["gzip", "two members", "deflate", "deflate without a frame", "not at all"],
)
async def test_what_is_packed_is_unpacked(coding: str, data: bytes, site: Site) -> None:
    site.publish(data, content_encoding=coding)
    assert (await fetched(site)).data == b"words " * 1000


@pytest.mark.parametrize(
    ("coding", "data", "reason"),
    [
        ("gzip", gzip.compress(b"\0" * (64 * 2**20)), "is larger than 5 MB"),
        ("identity", b"x" * (MAX_BYTES + 1), "is larger than 5 MB"),
        ("gzip", gzip.compress(b"") * 100, "is packed in more than 64 members"),
        ("gzip", b"\x1f\x8bnot really", "is not packed as it says"),
        ("gzip", gzip.compress(b"words " * 99)[:-9], "ends in the middle"),
        ("br", b"x", "is packed in a way that was not asked for: br"),
        ("gzip, gzip", b"x", "is packed in a way that was not asked for: gzip, gzip"),
    ],
    ids=["a bomb", "too large", "many members", "not gzip", "cut off", "another coding", "twice"],
)
async def test_a_bomb_or_a_broken_page_is_not_read(coding: str, data: bytes, reason: str, site: Site) -> None:
    site.publish(data, content_encoding=coding)
    assert await fetched(site) == Failed(reason)


async def test_exactly_as_much_as_is_allowed_is_read(site: Site) -> None:
    site.publish(gzip.compress(b"x" * MAX_BYTES), content_encoding="gzip")
    assert len((await fetched(site)).data) == MAX_BYTES


async def test_a_slow_page_is_given_up(site: Site) -> None:
    async def slow(seen: Seen) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(seen.request)
        await response.write(b"a little, and then ")
        await asyncio.Event().wait()
        return response

    site.pages["/api/users"] = slow
    answer = await fetched(site, evolve(site.network, timeout=0.5))
    assert answer == Failed("did not come within 0.5 seconds")


async def test_a_certificate_that_nobody_vouches_for_is_refused(site: Site) -> None:
    answer = await fetched(site, evolve(site.network, certificates=None))
    assert isinstance(answer, Failed)
    assert "certificate" in answer.reason.lower()


async def test_a_connection_that_breaks_is_said(site: Site) -> None:
    async def broken(seen: Seen) -> web.StreamResponse:
        assert seen.request.transport is not None
        seen.request.transport.close()
        return web.Response()

    site.pages["/api/users"] = broken
    assert isinstance(await fetched(site), Failed)


async def test_a_few_are_fetched_at_once(site: Site) -> None:
    running, most, full = 0, 0, asyncio.Event()

    async def count(_: Seen) -> web.StreamResponse:
        nonlocal running, most
        running += 1
        most = max(most, running)
        if running == 4:
            full.set()
        await full.wait()
        running -= 1
        return web.Response(text="x")

    pages = [Page(f"https://{HOST}/{number}", "demo") for number in range(8)]
    site.pages.update({f"/{number}": count for number in range(8)})
    assert all(isinstance(answer, Body) for answer in await fetch_all(pages, site.network))
    assert most == 4


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.215.14", True), ("2606:2800:21f::1", True),
        ("127.0.0.1", False), ("10.0.0.1", False), ("169.254.169.254", False), ("192.168.1.1", False),
        ("0.0.0.0", False),
        ("100.64.0.1", False), ("224.0.0.1", False), ("::1", False), ("fe80::1%eth0", False), ("fd00::1", False),
        ("::ffff:127.0.0.1", False), ("::ffff:93.184.215.14", True), ("2002:7f00:1::", False), ("nonsense", False),
    ],
)  # fmt: skip
def test_which_addresses_are_public(address: str, public: bool) -> None:
    assert is_public(address) is public


async def test_a_name_that_leads_into_this_machine_is_not_connected_to(site: Site) -> None:
    resolver = PublicResolver()
    assert isinstance(site.network.resolver, Names)
    resolver._system = site.network.resolver
    answer = await fetched(site, evolve(site.network, resolver=resolver))
    assert answer == Failed("cannot be reached: its name leads to no public address")
    assert site.served.requests == []


async def test_the_system_is_asked_for_addresses() -> None:
    resolver = PublicResolver()
    with pytest.raises(OSError, match="its name leads to no public address"):
        await resolver.resolve("localhost", 443)
    await resolver.close()
