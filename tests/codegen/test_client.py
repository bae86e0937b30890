"""The client of a package knows the servers and schemes of its document, and which of them is the main one."""

from __future__ import annotations

import ast
from collections.abc import Callable

import pytest

from codegen.build import build
from codegen.client import package_modules
from codegen.load import Source
from codegen.report import Report

from .conftest import Built

Build = Callable[..., Built]

SCHEMES = """
components:
  securitySchemes:
    certificate: {type: mutualTLS}
    digest: {type: http, scheme: digest}
    key: {type: apiKey, in: header, name: X-Key}
    query: {type: apiKey, in: query, name: k}
    basic: {type: http, scheme: basic}
    bearer: {type: oauth2}
"""


def client(built: Built) -> str:
    return package_modules(built.document, "shop", "command")["client.py"]


@pytest.mark.parametrize(
    ("security", "call", "main"),
    [
        ("[]", "", "digest"),
        ("[{bearer: []}]", "security: [{key: []}], ", "bearer"),
        ("[{basic: [], key: []}, {query: []}]", "", "query"),
        ("[{certificate: []}, {basic: []}]", "", "basic"),
        ("[{basic: [], key: []}]", "", "digest"),
        ("[]", "security: [{key: []}], ", "key"),
        ("[]", "security: [{query: [], key: []}], ", "query"),
    ],
)
def test_the_main_scheme_is_the_first_that_stands_alone(built: Build, security: str, call: str, main: str) -> None:
    paths = f"paths: {{/a: {{get: {{{call}responses: {{}}}}}}}}"
    text = client(built(f"security: {security}\n{paths}{SCHEMES}"))
    assert f"schemes={{{main!r}: " in text
    assert "The key is `api_key` or `SHOP_API_KEY`." in text


def test_a_document_that_asks_for_nothing_takes_any_key_that_there_is(built: Build) -> None:
    text = client(built(f"paths: {{}}{SCHEMES}"))
    assert "security=(('digest',), ('certificate',), ('key',), ('query',), ('basic',), ('bearer',), ())" in text


def test_an_operation_that_asks_leaves_the_others_open(built: Build) -> None:
    paths = "paths: {/a: {get: {security: [{key: []}], responses: {}}}, /b: {get: {responses: {}}}}"
    assert "security=" not in client(built(f"{paths}{SCHEMES}"))


def test_an_api_without_security_has_no_scheme(built: Build) -> None:
    files = package_modules(built("servers: [{url: https://a.b/v1}]").document, "name", "command")
    assert "SERVERS: Final = (ApiServer('https://a.b/v1'),)" in files["client.py"]
    assert "API = Api(name='name', server=SERVERS[0])" in files["client.py"]
    assert "It needs no key." in files["client.py"]
    assert sorted(files) == ["__init__.py", "client.py", "py.typed"]


def test_a_document_without_a_server_has_none_to_choose_from(built: Build) -> None:
    files = package_modules(built("paths: {}").document, "name", "command")
    assert "API = Api(name='name', server='/')" in files["client.py"]
    assert "SERVERS" not in "".join(files.values())


def test_only_a_certificate_needs_no_api_key(built: Build) -> None:
    text = client(built("security: [{c: []}]\ncomponents: {securitySchemes: {c: {type: mutualTLS}}}"))
    assert "schemes={'c': None}, security=(('c',),)" in text
    assert "`api_key`" not in text
    assert "- `c`: True, beside a `session` with the client certificate." in text


def test_where_servers_differ_each_says_what_its_variables_may_be(built: Build) -> None:
    text = client(
        built(
            """
            servers:
              - {url: 'http://{r}.a', variables: {r: {default: x, enum: [x, y]}}}
              - {url: 'https://{r}.a', variables: {r: {default: x, enum: [x, y]}}}
              - {url: 'https://b/{r}/{s}', variables: {r: {default: z}}}
            """
        )
    )
    assert "server=SERVERS[1]" in text  # not in the clear where it need not be
    assert "- `r` of `SERVERS[0]`, `SERVERS[1]`: one of x, y; x unless it is given." in text
    assert "- `r` of `SERVERS[2]`: z unless it is given." in text
    assert "- `s`: must be given." in text


def test_hostile_names_stay_text(write: Callable[..., Source]) -> None:
    bad = '"""\'\n\\\nimport os\n'
    variable = {"default": '"', "enum": ["'", bad], "description": bad}
    flows = {"x": {"scopes": {bad: bad}}}
    document = {
        "openapi": "3.1.0",
        "info": {"title": bad, "description": bad},
        "servers": [{"url": f"https://a{{{bad}}}", "description": bad, "variables": {bad: variable}}, {"url": bad}],
        "security": [{bad: [bad]}],
        "components": {"securitySchemes": {bad: {"type": "oauth2", "description": bad, "flows": flows}}},
    }
    built = build(write(document), Report())
    text = package_modules(built, "shop", "command")["client.py"]
    assert [type(statement).__name__ for statement in ast.parse(text).body] == [
        "Expr", "ImportFrom", "ImportFrom", "ImportFrom", "AnnAssign", "Assign", "ClassDef",
    ]  # fmt: skip
