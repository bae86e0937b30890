"""The client of a package names its server and the scheme that most of its calls use."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from codegen.client import package_modules

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


def test_an_api_without_security_has_no_scheme(built: Callable[..., Built]) -> None:
    files = package_modules(built("servers: [{url: https://a.b/v1}]").document, "name", "command")
    assert "API = Api(name='name', server='https://a.b/v1', scheme=None)" in files["client.py"]
    assert sorted(files) == ["__init__.py", "client.py", "py.typed"]
