"""Whether a sender knows the secret.

Secrets are kept as keyed digests of equal length, and each is compared with what came: neither how much of a guess was
right, nor how long a secret is, nor which of several it was can be told from the time that it takes.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from email.message import Message
from secrets import token_bytes
from typing import Any, Final, TypeAlias, cast

from attrs import field, frozen
from multidict import CIMultiDict, CIMultiDictProxy

from ..errors import ConfigurationError
from ..runtime.secrets import Secret
from .answers import KEYLESS, WRONG_KEY, Answer

__all__ = [
    "IN_NO_PATH",
    "Headers",
    "Keys",
    "Lookup",
    "SecretSource",
    "keys_from",
    "last_segment",
    "lookup",
    "secrets_in",
    "verdict",
]

SecretSource: TypeAlias = str | Secret
#: Headers as frameworks have them: a mapping or pairs, of text or of bytes.
Headers: TypeAlias = Mapping[str, str] | Message | Iterable[tuple[str, str]] | Iterable[tuple[bytes, bytes]]
#: All values of a header, by its name in lower case.
Lookup: TypeAlias = Callable[[str], Sequence[str]]

#: What ends the segment of a path, or stands for something else in it.
IN_NO_PATH: Final = "/?#%"
#: A sender has one key and two spellings at most; more values than this are guesses.
_MOST_VALUES = 4
_SALT = token_bytes(32)


def _fingerprint(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), key=_SALT, digest_size=32).digest()


@frozen
class Keys:
    """The secrets of a receiver; several while one is being replaced. Not to be read back."""

    _fingerprints: tuple[bytes, ...] = field(repr=False)

    def match(self, text: str) -> bool:
        """Return whether `text` is one of the secrets, in a time that depends on neither."""
        given = _fingerprint(text)
        found = False
        for each in self._fingerprints:
            found |= hmac.compare_digest(given, each)
        return found


def secrets_in(variable: str) -> list[str]:
    """Return the secrets of an environment variable, which are separated by commas; none where it is not set."""
    return [part for part in map(str.strip, os.environ.get(variable, "").split(",")) if part]


def keys_from(
    given: SecretSource | Sequence[SecretSource] | None, *, argument: str, variable: str, barred: str = ""
) -> Keys:
    """Return the secrets that an argument gives, else those of an environment variable, separated by commas.

    Raises ConfigurationError where there is none, or one that no sender could send: in a header, or in the place where
    the characters of `barred` mean something else.
    """
    source = argument
    if given is None:
        source = variable
        given = secrets_in(variable)
    if isinstance(given, str | bytes | Secret) or not isinstance(given, Iterable):  # pyright: ignore[reportUnnecessaryIsInstance]
        given = [given]  # whatever it is: it is checked below
    if not given:
        raise ConfigurationError(f"no secret to verify callbacks with: pass {argument}=[…] or set {variable}")
    return Keys(tuple(_fingerprint(_checked(secret, source, n, barred)) for n, secret in enumerate(given, 1)))


def _checked(secret: Any, source: str, number: int, barred: str) -> str:
    text = secret.reveal() if isinstance(secret, Secret) else secret
    if not isinstance(text, str):
        raise ConfigurationError(f"secret {number} of {source} must be a string, not {type(secret).__name__}")
    if not text.strip():
        raise ConfigurationError(f"secret {number} of {source} is empty: leave it out")
    if not text.isascii() or not text.isprintable() or text != text.strip():
        raise ConfigurationError(
            f"secret {number} of {source} has a character that no header carries: it must be printable ASCII, "
            "without a space at an end"
        )
    if any(character in barred for character in text):
        raise ConfigurationError(
            f"secret {number} of {source} has one of {' '.join(barred)}, which the segment of a path cannot have: "
            "take one like that of secrets.token_urlsafe()"
        )
    return text


def lookup(headers: Headers) -> Lookup:
    """Return the function that gives all values of a header, whatever the case and however often it was sent."""
    if isinstance(headers, CIMultiDict | CIMultiDictProxy):
        return lambda name: headers.getall(name, ())
    found: dict[str, list[str]] = {}
    items = getattr(headers, "items", None)  # of a mapping, and of what http.server has, which is none
    pairs = cast("Iterable[tuple[Any, Any]]", headers if items is None else items())
    for name, value in pairs:
        found.setdefault(_text(name).lower(), []).append(_text(value))
    return lambda name: found.get(name, ())


def _text(value: object) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def verdict(keys: Keys, values: Sequence[str]) -> Answer | None:
    """Return why a sender is refused, None where it knows the secret.

    All values must be right: where two spellings or copies of a header disagree, something between sends on what it did
    not look at.
    """
    if not values:
        return KEYLESS
    right = len(values) <= _MOST_VALUES
    for value in values[:_MOST_VALUES]:
        right &= keys.match(value.strip(" \t"))
    return None if right else WRONG_KEY


def last_segment(path: str) -> str:
    """Return the last segment of a decoded path, which is where a secret stands."""
    return path.partition("?")[0].rstrip("/").rpartition("/")[2]
