"""The client of a package names its server and the scheme that most of its calls use."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from codegen.client import check_security, package_modules
from codegen.report import Report

from .conftest import Built

SCHEMES = """
components:
  securitySchemes:
    digest: {type: http, scheme: digest}
    key: {type: apiKey, in: header, name: X-Key}
    query: {type: apiKey, in: query, name: k}
    basic: {type: http, scheme: basic}
    bearer: {type: oauth2}
"""


@pytest.mark.parametrize(
    ("security", "scheme"),
    [
        ("[]", "ApiKey('X-Key')"),
        ("[{bearer: []}]", "Bearer()"),
        ("[{basic: [], key: []}, {query: []}]", "ApiKey('k', place='query')"),
        ("[{digest: []}, {basic: []}]", "Basic()"),
        ("[{unknown: []}]", "ApiKey('X-Key')"),
    ],
)
def test_the_scheme_is_the_first_that_stands_alone(built: Callable[..., Built], security: str, scheme: str) -> None:
    files = package_modules(built(f"security: {security}{SCHEMES}").document, "name", "command")
    assert f"scheme={scheme})" in files["client.py"]


@pytest.mark.parametrize(
    ("security", "call", "findings"),
    [
        ("[{bearer: []}]", "", []),
        ("[{bearer: []}, {digest: []}]", "security: [], ", []),
        ("[{bearer: []}]", "security: [{}, {digest: []}], ", []),
        ("[{bearer: []}]", "security: [{openid: []}], ", []),
        ("[{bearer: []}]", "security: [{key: []}], ",
         ["error: spec.yaml#/paths/~1a/get/security: asks for key; the client sends bearer"]),
        ("[{basic: [], key: []}]", "",
         ["error: spec.yaml#/security: asks for basic and key; the client sends key"]),
        ("[{digest: []}, {unknown: []}]", "",
         ["error: spec.yaml#/security: asks for digest or unknown; the client sends key"]),
    ],
)  # fmt: skip
def test_what_one_way_to_prove_who_calls_cannot_do_is_an_error(
    built: Callable[..., Built], security: str, call: str, findings: list[str]
) -> None:
    paths = f"paths: {{/a: {{get: {{{call}responses: {{}}}}}}}}"
    document = built(f"security: {security}\n{paths}{SCHEMES}    openid: {{type: openIdConnect}}\n").document
    report = Report()
    check_security(document, report)
    assert [str(finding) for finding in report] == findings


def test_an_api_whose_only_scheme_is_unknown_to_us_is_an_error(built: Callable[..., Built]) -> None:
    text = "security: [{d: []}]\ncomponents: {securitySchemes: {d: {type: mutualTLS}}}"
    report = Report()
    check_security(built(text).document, report)
    assert str(report.of("error")[0]).endswith("asks for d; the client cannot send that")


def test_an_api_without_security_has_no_scheme(built: Callable[..., Built]) -> None:
    files = package_modules(built("servers: [{url: https://a.b/v1}]").document, "name", "command")
    assert "API = Api(name='name', server='https://a.b/v1', scheme=None)" in files["client.py"]
    assert "It needs no key;" in files["client.py"]
    assert sorted(files) == ["__init__.py", "client.py", "py.typed"]
