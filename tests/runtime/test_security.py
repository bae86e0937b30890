"""Which keys go with a call, where there are several schemes, alternatives, and keys from more than one source."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from reknit import errors
from reknit.runtime import ApiKey, Basic, Bearer
from reknit.runtime.credentials import NoKey, Scheme
from reknit.runtime.security import Alternatives, Combined, Keyring, keyring

SCHEMES: Mapping[str, Scheme | None] = {
    "mtls": None,
    "main": Bearer(),
    "twin": Bearer(),
    "basic": Basic(),
    "key": ApiKey("X-Key"),
    "KEY": ApiKey("x-key", "token "),
    "q1": ApiKey("a", place="query"),
    "q2": ApiKey("b", place="query"),
    "api_key": ApiKey("X-Api"),
    "base url": ApiKey("X-Base"),
    "über": ApiKey("X-Over"),
}


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("API_KEY", "BASE_URL", "KEY", "MAIN", "TWIN", "BASIC", "Q1", "BER"):
        monkeypatch.delenv(f"SHOP_{name}", raising=False)


def ring(credentials: Mapping[str, Any], usual: Alternatives = (), api_key: str | None = None) -> Keyring:
    return keyring("shop", SCHEMES, usual, api_key, credentials)


BEARER = {"Authorization": "Bearer m"}


@pytest.mark.parametrize(
    ("security", "given", "expected"),
    [
        ((), {"main": "m"}, {}),
        (((),), {"main": "m"}, {}),
        (((), ("main",)), {"main": "m"}, BEARER),
        ((("twin",), ("key",)), {"main": "m", "key": "k"}, {"X-Key": "k"}),
        ((("twin",), ("key",)), {"main": "m"}, BEARER),
        ((("twin",), ()), {"main": "m"}, BEARER),
        ((("main", "twin"),), {"main": "m"}, BEARER),
        ((("main", "twin"),), {"main": "m", "twin": "t"}, BEARER),
        ((("twin", "main"),), {"main": "m", "twin": "t"}, {"Authorization": "Bearer t"}),
        ((("key", "KEY"),), {"key": "k", "KEY": "l"}, {"X-Key": "k"}),
        ((("key", "KEY"),), {"KEY": "l"}, {"x-key": "token l"}),
        ((("q1", "q2", "main"),), {"q1": "1", "q2": "&", "main": "m"}, {**BEARER, "?": "a=1&b=%26"}),
        ((("mtls",), ("main",)), {"main": "m"}, BEARER),
        ((("mtls",), ("main",)), {"main": "m", "mtls": True}, {}),
        ((("mtls", "main"),), {"main": "m", "mtls": True}, BEARER),
    ],
)
def test_the_first_alternative_that_there_are_keys_for(
    security: Alternatives, given: Mapping[str, Any], expected: Mapping[str, str]
) -> None:
    assert ring(given).of("shop.get", security).fixed == expected
    assert ring(given, security).of("shop.get", None).fixed == expected


@pytest.mark.parametrize(
    ("security", "given"),
    [
        ((("main",),), {}),
        ((("main",),), {"key": "k"}),
        ((("key", "q1"),), {"key": "k", "q2": "q"}),
        ((("q1", "q2"),), {"q1": "1"}),
        ((("KEY",),), {"key": "k"}),
        ((("mtls",),), {"main": "m"}),
        ((("stranger",),), {"main": "m"}),
    ],
)
def test_without_them_there_is_no_call(security: Alternatives, given: Mapping[str, Any]) -> None:
    with pytest.raises(errors.ConfigurationError, match=r"shop\.get asks for credentials: pass "):
        ring(given).of("shop.get", security)


def test_what_is_passed_goes_before_what_the_environment_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_API_KEY", "m")
    monkeypatch.setenv("SHOP_Q1", "1")
    security = (("main",), ("key", "q1"), ("q2",))
    assert ring({}).of("shop.get", security).fixed == BEARER
    assert ring({"key": "k"}).of("shop.get", security).fixed == BEARER
    assert ring({"key": "k", "q1": "2"}).of("shop.get", security).fixed == {"X-Key": "k", "?": "a=2"}
    assert ring({"q2": "2"}).of("shop.get", security).fixed == {"?": "b=2"}


@pytest.mark.parametrize("variable", ["MAIN", "KEY", "BASE_URL", "MTLS"])
def test_a_variable_that_could_mean_something_else_is_not_read(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    """Two schemes that differ in case alone, one named as the main one's variable is, one as the base URL's."""
    monkeypatch.setenv(f"SHOP_{variable}", "value")
    for name in ("main", "key", "KEY", "base url", "mtls"):
        with pytest.raises(errors.ConfigurationError, match="pass "):
            ring({}).of("shop.get", ((name,),))


def test_the_main_variable_is_not_that_of_a_scheme_with_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_API_KEY", "m")
    monkeypatch.setenv("SHOP_BER", "u")
    assert ring({}).of("shop.get", (("main",),)).fixed == BEARER
    assert ring({}).of("shop.get", (("über",),)).fixed == {"X-Over": "u"}
    with pytest.raises(errors.ConfigurationError, match=r"pass credentials=\{'api_key': …\}$"):
        ring({}).of("shop.get", (("api_key",),))


def test_only_a_certificate_takes_no_api_key() -> None:
    with pytest.raises(errors.ConfigurationError, match="shop takes no API key"):
        keyring("shop", {"mtls": None}, (("mtls",),), "k", {})
    with pytest.raises(errors.ConfigurationError, match="its schemes: none"):
        keyring("shop", {}, (), None, {"main": "m"})


async def test_keys_that_go_together_are_hidden_together() -> None:
    keys = ring({"main": lambda: "main-0123", "q1": "one-0123", "basic": ("jo", "pass-0123")})
    both = keys.of("shop.get", (("main", "q1"),))
    assert isinstance(both, Combined)
    assert both.fixed is None
    assert await both.headers() == {"Authorization": "Bearer main-0123", "?": "a=one-0123"}
    assert not await both.renew({})
    assert {"main-0123", "one-0123"} <= set(both.secrets())
    assert {"main-0123", "one-0123", "pass-0123"} <= set(keys.secrets())
    assert (repr(keys), repr(both)) == ("Keyring()", "Combined()")
    assert isinstance(keys.of("shop.get", ()), NoKey)
