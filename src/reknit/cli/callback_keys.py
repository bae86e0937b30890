"""REFONTE_CALLBACK_KEY, which every command reads as the receivers do: keys that are good at once, by commas apart."""

from __future__ import annotations

from typing import Final

from ..errors import ConfigurationError
from ..inbound.verifying import Keys, keys_from, secrets_in
from .exits import Refusal

__all__ = ["VARIABLE", "count_keys", "signing_key", "verifying_keys"]

VARIABLE: Final = "REFONTE_CALLBACK_KEY"


def verifying_keys() -> Keys | None:
    """Return the keys that callbacks are held to, None where none is set.

    Raises Refusal for one that no header can carry, as the other functions do.
    """
    secrets = secrets_in(VARIABLE)
    try:
        return keys_from(secrets, argument=VARIABLE, variable=VARIABLE) if secrets else None
    except ConfigurationError as error:
        raise Refusal(str(error)) from None


def signing_key() -> str | None:
    """Return the key to send callbacks with, which is the first; None where none is set."""
    return next(iter(_checked()), None)


def count_keys() -> int:
    """Return how many keys there are."""
    return len(_checked())


def _checked() -> list[str]:
    verifying_keys()
    return secrets_in(VARIABLE)
