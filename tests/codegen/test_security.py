"""Schemes and requirements as documents write them, right or wrong: each can be called, and what is odd is a note."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from codegen.security import scheme_expression

from .conftest import Built

Build = Callable[..., Built]


@pytest.mark.parametrize(
    ("scheme", "expression", "noted"),
    [
        ("{type: http, scheme: Bearer}", "Bearer()", False),
        ("{type: http, scheme: BASIC}", "Basic()", False),
        ("{type: http, scheme: digest}", "ApiKey('Authorization', 'Digest ')", False),
        ("{type: http, scheme: hoba}", "ApiKey('Authorization', 'HOBA ')", False),
        ("{type: http, scheme: acme-hmac}", "ApiKey('Authorization', 'acme-hmac ')", False),
        ("{type: http, scheme: 'two words'}", "ApiKey('Authorization')", True),
        ("{type: http}", "ApiKey('Authorization')", True),
        ("{type: apiKey, in: header, name: ' X-Key '}", "ApiKey('X-Key')", False),
        ("{type: apiKey, in: header, name: cookie}", "ApiKey('Cookie')", False),
        ("{type: apiKey, in: header, name: 'X Key'}", "ApiKey('Authorization')", True),
        ("{type: apiKey, in: header, name: Host}", "ApiKey('Authorization')", True),
        ("{type: apiKey, in: query, name: 'a key'}", "ApiKey('a key', place='query')", False),
        ("{type: apiKey, in: cookie, name: sid}", "ApiKey('sid', place='cookie')", False),
        ("{type: apiKey, in: cookie, name: 's=d'}", "ApiKey('Authorization')", True),
        ("{type: apiKey, in: body, name: k}", "ApiKey('Authorization')", True),
        ("{type: apiKey, in: header}", "ApiKey('Authorization')", True),
        ("{type: oauth2, flows: {}}", "Bearer()", False),
        ("{type: openIdConnect, openIdConnectUrl: 'https://o'}", "Bearer()", False),
        ("{type: mutualTLS}", "None", False),
        ("{type: carrier-pigeon}", "ApiKey('Authorization')", True),
        ("{$ref: '#/components/securitySchemes/other'}", "Bearer()", False),
    ],
)
def test_every_scheme_has_a_way_to_be_sent(built: Build, scheme: str, expression: str, noted: bool) -> None:
    result = built(
        f"security: [{{s: []}}]\ncomponents: {{securitySchemes: {{s: {scheme}, other: {{type: oauth2}}}}}}\n"
    )
    assert scheme_expression(result.document.schemes[0]) == expression
    reason = "says no way to send a key: it goes as the whole Authorization header"
    assert [str(finding) for finding in result.report] == (
        [f"note: spec.yaml#/components/securitySchemes/s: {reason}"] if noted else []
    )


OTHERS = "/b: {get: {security: [{b: []}], responses: {}}}"
SCHEMES = "components: {securitySchemes: {a: {type: oauth2}, b: {type: http, scheme: basic}, c: {type: mutualTLS}}}"


@pytest.mark.parametrize(
    ("security", "alternatives", "scopes"),
    [
        ("[]", (), ()),
        ("[{}]", ((),), ()),
        ("[{a: [x, y]}, {c: [], b: []}, {}]", (("a",), ("c", "b"), ()), (("x", "y"),)),
        ("[{a: [x]}, {a: [y]}, {a: [x]}]", (("a",),), (("x",), ("y",))),
        ("{a: [x]}", (("a",),), (("x",),)),
        ("[null, {a: null}]", (("a",),), ()),
    ],
)
def test_what_an_operation_asks_for(built: Build, security: str, alternatives: object, scopes: object) -> None:
    result = built(f"paths: {{/a: {{get: {{security: {security}, responses: {{}}}}}}, {OTHERS}}}\n{SCHEMES}")
    operation = next(result.document.operations)
    assert (operation.security, operation.scopes) == (alternatives, scopes)
    assert list(result.report) == []


@pytest.mark.parametrize("security", ["", "security: null, "])
def test_an_operation_that_says_nothing_asks_for_what_the_document_does(built: Build, security: str) -> None:
    result = built(f"security: [{{a: [x]}}]\npaths: {{/a: {{get: {{{security}responses: {{}}}}}}}}\n{SCHEMES}")
    operation = next(result.document.operations)
    assert (operation.security, operation.scopes, result.document.security) == (None, (("x",),), (("a",),))


def test_a_scheme_that_is_not_described_is_noted_once_and_can_be_sent(built: Build) -> None:
    result = built(
        "security: [{x: []}]\n"
        f"paths: {{/a: {{get: {{security: [{{x: []}}, {{y: []}}], responses: {{}}}}}}}}\n{SCHEMES}"
    )
    assert [(scheme.name, scheme.kind) for scheme in result.document.schemes[3:]] == [("x", "whole"), ("y", "whole")]
    assert [str(finding) for finding in result.report] == [
        "note: spec.yaml#/security: 'x' is not described: its key goes as the whole Authorization header",
        "note: spec.yaml#/paths/~1a/get/security: 'y' is not described: its key goes as the whole Authorization header",
    ]


def test_two_schemes_of_one_header_are_noted_once(built: Build) -> None:
    get, put = ("security: [{a: [], b: [], c: []}], responses: {}", "security: [{a: [], b: []}], responses: {}")
    result = built(f"paths: {{/a: {{get: {{{get}}}, put: {{{put}}}}}}}\n{SCHEMES}")
    (finding,) = result.report
    assert str(finding) == (
        "note: spec.yaml#/paths/~1a/get/security: "
        "a and b are one header: the first of them that there is a key for is sent"
    )


def test_schemes_that_nothing_asks_for_are_noted(built: Build) -> None:
    assert [str(finding) for finding in built(f"paths: {{/a: {{get: {{responses: {{}}}}}}}}\n{SCHEMES}").report] == [
        "note: spec.yaml#: names ways to send a key and asks for none: a key that is given is sent"
    ]
