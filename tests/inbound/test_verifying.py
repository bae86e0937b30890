"""Whether a sender knows the secret, and which secrets there may be."""

from __future__ import annotations

from collections.abc import Callable
from email.message import Message

import pytest
from multidict import CIMultiDict

from reknit import refonte, relays, rezi
from reknit.errors import ConfigurationError, InvalidArgument
from reknit.inbound.verifying import last_segment, lookup
from reknit.refonte import samples
from reknit.runtime import Secret

BODY = samples.signed(samples.COMPLETED, "").body


@pytest.mark.parametrize("key", ["live-key", "previous-key"])
@pytest.mark.parametrize("name", ["refonte-ai--callback-auth", "REFONTE-AI--Callback-Auth", "Refonte.AI-Callback-Auth"])
def test_every_secret_in_every_spelling_is_accepted(name: str, key: str) -> None:
    receiver = refonte.receiver(secrets=["live-key", Secret("previous-key")])
    event = receiver.verify({name: key}, BODY)
    assert isinstance(event, refonte.TaskCallback)
    assert event.task_id == samples.COMPLETED["task_id"]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"refonte-ai--callback-auth": ""},
        {"refonte-ai--callback-auth": "live-ke"},
        {"refonte-ai--callback-auth": "live-key2"},
        {"refonte-ai--callback-auth": "LIVE-KEY"},
        {"refonte-ai--callback-auth": "live-kéy"},
        {"refonte-ai--callback-auth": "\udcff\ud800"},
        {"refonte-ai--callback-auth": "live-key, live-key"},
        {"refonte-ai--callback-auth": "live-key", "refonte.ai-callback-auth": "guess"},
        {"authorization": "live-key"},
        CIMultiDict([("refonte-ai--callback-auth", "live-key"), ("Refonte-AI--Callback-Auth", "guess")]),
        CIMultiDict([("refonte-ai--callback-auth", "live-key")] * 5),
    ],
    ids=str,
)
def test_whatever_else_comes_is_refused_and_the_body_is_not_looked_at(headers: dict[str, str]) -> None:
    receiver = refonte.receiver(secrets=["live-key"])
    with pytest.raises(refonte.Refused) as caught:
        receiver.verify(headers, b"\xff not even JSON")
    assert caught.value.status == 401
    assert caught.value.reason in ("no key", "wrong key")
    assert not any(value in str(caught.value) for value in headers.values() if value)


def test_headers_may_be_whatever_a_framework_has() -> None:
    receiver = refonte.receiver(secrets=["live-key"])
    message = Message()
    message["Refonte-AI--Callback-Auth"] = "live-key"
    for headers in (
        {"refonte-ai--callback-auth": " live-key\t"},
        CIMultiDict({"Refonte.AI-Callback-Auth": "live-key"}),
        [("refonte-ai--callback-auth", "live-key"), ("refonte.ai-callback-auth", "live-key")],
        [(b"refonte-ai--callback-auth", b"live-key")],
        message,
        message.items(),
    ):
        assert isinstance(receiver.verify(headers, BODY), refonte.TaskCallback)
    assert lookup([("A", "1"), ("a", "2")])("a") == ["1", "2"]


@pytest.mark.parametrize(
    "secrets",
    [[], [""], ["  "], [" key"], ["key\n"], ["schlüssel"], ["good", ""], [7], [b"key"], b"key", print],
    ids=str,
)
def test_a_secret_that_no_sender_could_send_is_refused(secrets: list[str]) -> None:
    with pytest.raises(ConfigurationError) as caught:
        refonte.receiver(secrets=secrets)
    assert "secret" in str(caught.value)
    assert "schlüssel" not in str(caught.value)


@pytest.mark.parametrize("make", [relays.receiver, rezi.receiver])
@pytest.mark.parametrize("secret", ["a/b", "a?b", "a#b", "a%62"])
def test_a_secret_that_no_path_ends_with_is_refused(make: Callable[[list[str]], object], secret: str) -> None:
    with pytest.raises(ConfigurationError, match="secret 2 of path_secret has one of / "):
        make(["good", secret])
    assert refonte.receiver([secret]).verify({"refonte-ai--callback-auth": secret}, BODY)


def test_a_body_that_is_not_bytes_is_refused() -> None:
    with pytest.raises(InvalidArgument, match="body must be the bytes"):
        refonte.receiver(["live-key"]).verify({}, BODY.decode())  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def test_secrets_come_from_the_environment_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REFONTE_CALLBACK_KEY", " live-key, previous-key,")
    receiver = refonte.receiver()
    for key in ("live-key", "previous-key"):
        assert receiver.verify({"refonte.ai-callback-auth": key}, BODY)
    monkeypatch.delenv("REFONTE_CALLBACK_KEY")
    for make, variable in (
        (refonte.receiver, "REFONTE_CALLBACK_KEY"),
        (relays.receiver, "RELAYS_WEBHOOK_SECRET"),
        (rezi.receiver, "REZI_WEBHOOK_SECRET"),
    ):
        monkeypatch.delenv(variable, raising=False)
        with pytest.raises(ConfigurationError, match=variable):
            make()


def test_no_repr_shows_a_secret() -> None:
    receiver = refonte.receiver(secrets=["live-key"])
    assert "live-key" not in f"{receiver!r} {receiver._source!r} {receiver.asgi!r}"


@pytest.mark.parametrize(
    ("path", "segment"),
    [("/a/s3cret", "s3cret"), ("/s3cret/?a=/b", "s3cret"), ("s3cret", "s3cret"), ("/", ""), ("", "")],
)
def test_a_secret_in_the_path_is_its_last_segment(path: str, segment: str) -> None:
    assert last_segment(path) == segment
