"""Servers as documents write them: templates are kept, what a variable may be is worked out, no operation is lost."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from codegen import ir
from codegen.servers import server_expression

from .conftest import Built

Build = Callable[..., Built]

OK = "responses: {'200': {description: ok}}"


def test_a_template_is_kept_with_what_its_variables_may_be(built: Build) -> None:
    document = built(
        """
        servers:
          - url: ' https://{a}.{b}:{c}/{d}/{e} '
            description: Main.
            variables:
              a: {default: x, enum: [x, y], description: A.}
              b: {default: '{b}'}
              c: {default: 443}
              d: {enum: [1.5, true]}
              f: {default: f}
          - {url: /v2}
          - nonsense
        """
    ).document
    assert [(server.url, server.doc) for server in document.servers] == [
        ("https://{a}.{b}:{c}/{d}/{e}", "Main."),
        ("/v2", ""),
    ]
    assert document.servers[0].variables == (
        ir.ServerVariable("a", "x", ("x", "y"), "A."),
        ir.ServerVariable("b"),
        ir.ServerVariable("c", "443"),
        ir.ServerVariable("d", "1.5", ("1.5", "true")),
        ir.ServerVariable("e"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("variable", "expression"),
    [
        ("a: {default: x, enum: [y]}", "ServerVariable('x', ('x', 'y'))"),
        ("a: {default: ''}", "ServerVariable('')"),
        ("a: {default: '<host>'}", "ServerVariable()"),
        ("a: {default: null}", "ServerVariable()"),
        ("a: {default: '123:abc', x-secret: true}", "ServerVariable(secret=True)"),
    ],
)
def test_what_a_variable_may_be(built: Build, variable: str, expression: str) -> None:
    document = built(f"servers: [{{url: 'https://h/v{{a}}', variables: {{{variable}}}}}]").document
    assert server_expression(document.servers[0]) == f"ApiServer('https://h/v{{a}}', {{'a': {expression}}})"


@pytest.mark.parametrize("name", ["token", "botToken", "api_key_secret", "apiKey"])
def test_a_token_in_a_url_is_secret_and_has_no_default(built: Build, name: str) -> None:
    text = f"servers: [{{url: 'https://h/bot{{{name}}}', variables: {{{name}: {{default: '123456:ABC'}}}}}}]"
    assert built(text).document.servers[0].variables == (ir.ServerVariable(name, secret=True),)


@pytest.mark.parametrize(
    ("common", "own", "servers"),
    [
        ("[{url: /v1}]", "[{url: /v1, description: The same.}]", []),
        ("[{url: /v1}]", "[]", []),
        ("[{url: /v1}, {url: /v2}]", "[{url: /v1}, {url: /v2}, {url: /v3}]", []),
        ("[{url: /v1}, {url: /v2}]", "[{url: /v1}]", ["/v1"]),
        ("[{url: /v1}, {url: /v2}]", "[{url: /v2}, {url: /v1}]", ["/v2", "/v1"]),
        ("[{url: '/{v}', variables: {v: {default: a}}}]", "[{url: '/{v}', variables: {v: {default: b}}}]", ["/{v}"]),
        ("[]", "[{url: 'http://c.d'}]", ["http://c.d"]),
        ("[]", "[{url: 'http://c.d'}, {url: 'https://c.d'}]", ["https://c.d", "http://c.d"]),
        ("[{url: 'https://a.b'}]", "[{url: /v2}]", ["/v2"]),
    ],
)
def test_an_operation_may_be_elsewhere(built: Build, common: str, own: str, servers: list[str]) -> None:
    for item in (f"servers: {own}, get: {{{OK}}}", f"servers: [{{url: /p}}], get: {{servers: {own}, {OK}}}"):
        result = built(f"servers: {common}\npaths: {{/a: {{{item}}}}}")
        assert [server.url for server in next(result.document.operations).servers] == servers
        assert list(result.report) == []


@pytest.mark.parametrize(
    "url", ["wss://a.b", "https://u:p@a.b", "https://a.b?x=1", "https://[", "https://a.b#x", "https://a:0"]
)
def test_a_server_that_requests_cannot_go_to_is_a_note(built: Build, url: str) -> None:
    result = built(f"servers: [{{url: '{url}'}}]\npaths: {{/a: {{get: {{servers: [{{url: '{url}/b'}}], {OK}}}}}}}")
    assert not result.report.incomplete
    assert str(next(iter(result.report))) == (
        f"note: spec.yaml#/servers/0/url: {url!r} is no place that requests can be sent to: "
        "calls need base_url= to be passed"
    )
