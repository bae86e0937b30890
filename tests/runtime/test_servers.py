"""Servers with variables: a value fills its place and nothing else, whoever it came from."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from reknit import errors
from reknit.runtime import Api, ApiServer, DocumentClient, ServerVariable
from reknit.runtime.requests import checked_base_url
from reknit.runtime.servers import server_url
from tests.runtime.hub import READ
from tests.serving import Serve, reply


def filled(url: str, value: str, default: str | None) -> str:
    return server_url(ApiServer(url, {"x": ServerVariable(default)}), {"x": value}, "shop")


@pytest.mark.parametrize(
    ("url", "default", "value", "expected"),
    [
        ("https://{x}.shop.example", None, "eu-1.west", "https://eu-1.west.shop.example"),
        ("https://shop{x}.example", "-", "", None),
        ("https://{x}/v1", None, "shop.example:8443", "https://shop.example:8443/v1"),
        ("https://{x}", None, "[::1]:80", "https://[::1]:80"),
        ("https://{x}:8443/v1", None, "shop.example", "https://shop.example:8443/v1"),
        ("https://shop.example:{x}/v1", "443", "8443", "https://shop.example:8443/v1"),
        ("https://shop.example{x}", "/v1", "/v2/a", "https://shop.example/v2/a"),
        ("https://shop.example{x}", "", ":8443", "https://shop.example:8443"),
        ("https://shop.example/{x}/v1", None, "a-b", "https://shop.example/a-b/v1"),
        ("https://shop.example/bot{x}", None, "123:AB_c", "https://shop.example/bot123:AB_c"),
        ("https://shop.example/{x}", "a/b", "c/d", "https://shop.example/c/d"),
        ("https://shop.example/a{x}", "/b", "/c", "https://shop.example/a/c"),
        ("{x}://shop.example", "https", "http", "http://shop.example"),
        ("{x}/v1", "https://shop.example", "https://mine.example:8443/a", "https://mine.example:8443/a/v1"),
        ("{x}/v1", None, "https://mine.example", "https://mine.example/v1"),
        ("{x}/v1", "/a", "/b", "/b/v1"),
        ("/{x}", None, "v1", "/v1"),
        ("a{x}", "", "/b", "a/b"),
        # What leaves its place.
        ("https://{x}.shop.example", None, "evil.example/", None),
        ("https://{x}.shop.example", None, "evil.example#", None),
        ("https://{x}.shop.example", None, "evil.example?", None),
        ("https://{x}.shop.example", None, "me@evil.example", None),
        ("https://{x}.shop.example", None, "evil.example:80", None),
        ("https://{x}.shop.example", None, "evil.example\\", None),
        ("https://{x}.shop.example", None, "evil.example%2f", None),
        ("https://{x}.shop.example", None, "é", None),
        ("https://{x}.shop.example", None, ".", None),
        ("https://{x}", None, "user:pass@evil.example", None),
        ("https://{x}", None, "evil.example/path", None),
        ("https://{x}", None, "evil.example\n", None),
        ("https://shop.example{x}", "/v1", "evil.example", None),
        ("https://shop.example{x}", "/v1", ".evil.example", None),
        ("https://shop.example{x}", "/v1", "@evil.example", None),
        ("https://shop.example{x}", "/v1", "//evil.example", None),
        ("https://shop.example{x}", None, "evil.example", None),
        ("https://shop.example:{x}/v1", "443", "80@evil.example", None),
        ("https://shop.example/{x}/v1", None, "a/b", None),
        ("https://shop.example/{x}/v1", None, "..", None),
        ("https://shop.example/{x}./v1", None, ".", None),
        ("https://shop.example/{x}/v1", None, "%2e%2e", None),
        ("https://shop.example/{x}", "a/b", "a/../b", None),
        ("https://shop.example/{x}", "a/b", "/a", None),
        ("{x}://shop.example", "https", "file", None),
        ("{x}/v1", "https://shop.example", "https://me@evil.example", None),
        ("{x}/v1", "https://shop.example", "https://evil.example?", None),
        ("{x}/v1", "/a", "//evil.example", None),
        ("{x}/v1", "/a", "https://evil.example", None),
    ],
)
def test_a_value_stays_in_its_place(url: str, default: str | None, value: str, expected: str | None) -> None:
    if expected is not None:
        assert filled(url, value, default) == expected
        return
    with pytest.raises(errors.ConfigurationError, match=r"base_url=|out of its place") as caught:
        filled(url, value, default)
    assert value in ("", ".", "..", "-", "/a", "é") or value not in str(caught.value)


PIECES = st.text(alphabet=st.sampled_from("ab1.-_:/@#?%\\[]{} \n\té;=&+$!*'(),"), max_size=12)


@pytest.mark.parametrize(
    ("url", "default", "host", "path"),
    [
        ("https://{x}.shop.example/v1", None, r".*\.shop\.example", "/v1"),
        ("https://a{x}b.shop.example", "-", r"a.*b\.shop\.example", ""),
        ("https://shop.example{x}", None, r"shop\.example", r".*"),
        ("https://shop.example{x}/v1", "/a", r"shop\.example", r".*/v1"),
        ("https://shop.example:{x}/v1", "443", r"shop\.example", r"/v1"),
        ("https://shop.example/a/{x}/v1", None, r"shop\.example", r"/a/[^/]+/v1"),
        ("https://shop.example/a/{x}/v1", "b/c", r"shop\.example", r"/a/.+/v1"),
    ],
)
@given(value=PIECES)
def test_no_value_changes_what_stands_around_it(
    url: str, default: str | None, host: str, path: str, value: str
) -> None:
    try:
        whole = checked_base_url(filled(url, value, default), "the server", insecure=False)
    except errors.ConfigurationError:
        return
    parts = urlsplit(whole)
    assert (parts.scheme, parts.username, parts.query, parts.fragment) == ("https", None, "", "")
    assert re.fullmatch(host, parts.hostname or "")
    assert re.fullmatch(path, parts.path)
    assert URL(whole).host == parts.hostname
    assert not {".", ".."} & set(parts.path.split("/"))


@pytest.mark.parametrize("url", ["https://{x}", "https://{x}.shop.example/{y}", "https://shop.example/{x}", "{x}"])
def test_the_documents_own_words_go_as_they_are(url: str) -> None:
    variables = {"x": ServerVariable("d/@", ("d/@", "e?#")), "y": ServerVariable("z")}
    assert server_url(ApiServer(url, variables), {}, "shop") == url.replace("{x}", "d/@").replace("{y}", "z")
    assert "e?#" in server_url(ApiServer(url, variables), {"x": "e?#"}, "shop")


def test_what_is_missing_or_none_of_the_options_names_the_way_out() -> None:
    with pytest.raises(
        errors.ConfigurationError, match=r"has the variable 'x': pass variables=\{'x': …\}, or base_url="
    ):
        server_url(ApiServer("https://{x}"), {}, "shop")
    server = ApiServer("https://{x}", {"x": ServerVariable("a.example", ("a.example", "b.example"))})
    with pytest.raises(errors.ConfigurationError, match=r"must be one of 'a\.example', 'b\.example'"):
        server_url(server, {"x": "c.example"}, "shop")


BOTS = ApiServer("https://bots.example/bot{token}/{zone}", {"token": ServerVariable(secret=True)})


class Bots(DocumentClient):
    api = Api(name="bots", server=BOTS)


async def test_a_secret_in_the_url_is_shown_nowhere(serve: Serve) -> None:
    secret = "123456:ABC-DEF1234"
    with pytest.raises(errors.ConfigurationError, match="has the variable 'token'"):
        Bots()
    with pytest.raises(errors.ConfigurationError) as refused:
        Bots(variables={"token": f"{secret}/", "zone": "a"})
    server = await serve(reply({"message": f"no bot{secret}", "details": {"url": f"/bot{secret}/a"}}, 404))
    here = ApiServer(f"{server.url}/bot{{token}}/{{zone}}", BOTS.variables)
    async with Bots(server=here, variables={"token": secret, "zone": "a"}) as client:
        with pytest.raises(errors.NotFound) as caught:
            await client._caller.call(READ, path=(7,))
        shown = (
            f"{client!r} {vars(client)} {client._caller.settings!r} {caught.value!r} {vars(caught.value)['details']}"
        )
    assert server.requests[0].target == f"/bot{secret}/a/things/7"
    assert repr(client) == f"<reknit bots client of {server.url}/bot***/a closed>"
    assert secret not in f"{shown} {refused.value}"
    short = Bots(variables={"token": "1:A", "zone": "a"})
    assert repr(short) == "<reknit bots client of https://bots.example/bot***/a>"


def test_a_secret_in_the_name_of_a_host_is_shown_nowhere() -> None:
    variables = {"token": "ToKeN"}  # a URL has it in small letters
    client = Bots(server=ApiServer("https://a-{token}.bots.example", BOTS.variables), variables=variables)
    assert repr(client) == "<reknit bots client of https://a-***.bots.example>"
    with pytest.raises(errors.ConfigurationError) as refused:
        Bots(server=ApiServer("http://a-{token}.bots.example", BOTS.variables), variables=variables)
    assert "token" not in str(refused.value).lower()


@pytest.mark.parametrize(
    ("server", "reason"),
    [
        (ApiServer("/v1"), "the spec does not say where bots is: pass base_url= or set BOTS_BASE_URL"),
        (ApiServer("//"), "the server of the spec must be an http or https URL"),
        (ApiServer("http://shop.example"), "plain http to another machine"),
        (ApiServer("ftp://shop.example"), "the server of the spec must be an http or https URL"),
    ],
)
def test_a_server_that_keys_should_not_go_to_is_refused(server: ApiServer, reason: str) -> None:
    with pytest.raises(errors.ConfigurationError, match=reason):
        Bots(server=server)


def test_a_server_that_leaves_the_scheme_open_is_reached_safely() -> None:
    assert repr(Bots(server=ApiServer("//shop.example/v1"))) == "<reknit bots client of https://shop.example/v1>"


async def test_the_clients_server_is_the_operations_where_it_has_it_too(serve: Serve) -> None:
    first, second = await serve(reply({"id": 1})), await serve(reply({"id": 2}))
    one, two = ApiServer(first.url, doc="One."), ApiServer(second.url, doc="Two.")

    class Client(DocumentClient):
        api = Api(name="shop", server=one)

    operation = evolve(READ, servers=(ApiServer(first.url), ApiServer(second.url)))
    for server in (one, two):
        async with Client(server=server) as client:
            await client._caller.call(operation, path=(7,))
    async with Client(server=two) as client:
        await client._caller.call(evolve(READ, servers=(ApiServer(first.url),)), path=(7,))
    assert (len(first.requests), len(second.requests)) == (2, 1)
