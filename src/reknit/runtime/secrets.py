"""What must not be seen: keys, tokens and whatever a spec marks `x-secret`.

One redactor serves errors, hooks and logs, so that there is one place to get right.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote, quote_plus

from ..options import UNSET
from .narrowing import is_array, is_object

__all__ = ["Redactor", "Secret", "blank"]

_HIDDEN = "***"
#: Below this length a secret is blanked only as a word of its own: a one-letter secret would blank every message.
_WORD_LENGTH = 6


def blank(value: object) -> str:
    """Return the repr of a secret attribute: `***`, or `None` or `UNSET` where it is not set."""
    return repr(value) if value is None or value is UNSET else _HIDDEN


class Secret:
    """A string that prints as nothing. `reveal()` gives it back."""

    __slots__ = ("__value",)

    def __init__(self, value: str) -> None:
        self.__value = value

    def reveal(self) -> str:
        """Return the string itself."""
        return self.__value

    def __repr__(self) -> str:
        return "Secret()"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other.reveal() == self.__value

    def __hash__(self) -> int:
        return hash(self.__value)

    def __reduce__(self) -> tuple[Any, ...]:
        raise TypeError("a Secret is not pickled: it would be written in the clear")


def _spellings(secret: str) -> Iterable[str]:
    """Yield the forms in which a secret can come back: as it is, in a URL, in JSON, in Basic credentials."""
    yield secret
    yield quote(secret, safe="", errors="surrogatepass")
    yield quote_plus(secret, errors="surrogatepass")
    yield json.dumps(secret)[1:-1]
    yield json.dumps(secret, ensure_ascii=False)[1:-1]
    yield base64.b64encode(f"{secret}:".encode("utf-8", "surrogatepass")).decode()


class Redactor:
    """Blanks the given secrets in text and in JSON values. Empty strings are ignored."""

    __slots__ = ("_pattern",)

    def __init__(self, secrets: Iterable[str]) -> None:
        forms = sorted({form for secret in secrets if secret for form in _spellings(secret)}, key=len, reverse=True)
        parts = [re.escape(form) if len(form) >= _WORD_LENGTH else rf"(?<!\w){re.escape(form)}(?!\w)" for form in forms]
        self._pattern = re.compile("|".join(parts)) if parts else None

    def text(self, text: str) -> str:
        """Return `text` with every secret replaced by `***`."""
        return text if self._pattern is None else self._pattern.sub(_HIDDEN, text)

    def value(self, value: Any) -> Any:
        """Return a JSON value with every secret replaced in its strings, numbers and property names."""
        if self._pattern is None:
            return value
        if isinstance(value, str):
            return self.text(value)
        if is_object(value):
            return {self.value(name): self.value(item) for name, item in value.items()}
        if is_array(value):
            return [self.value(item) for item in value]
        if isinstance(value, int | float) and not isinstance(value, bool):
            return value if self.text(repr(value)) == repr(value) else _HIDDEN
        return value
