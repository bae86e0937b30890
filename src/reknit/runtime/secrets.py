"""What must not be seen: keys, tokens and whatever a spec marks `x-secret`.

One redactor serves errors, hooks and logs, so that there is one place to get right.
"""

from __future__ import annotations

import base64
import html
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
#: As much of the beginning of a secret is blanked where a text was cut off inside of it.
_PART_LENGTH = 4


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
    """Yield the forms in which a secret can come back: as it is, in a URL, in HTML, in JSON, in base64."""
    yield secret
    yield quote(secret, errors="surrogatepass")
    yield quote(secret, safe="", errors="surrogatepass")
    yield quote_plus(secret, errors="surrogatepass")
    yield html.escape(secret)
    for ascii_only in (True, False):
        inside = json.dumps(secret, ensure_ascii=ascii_only)[1:-1]
        yield inside
        yield inside.replace("/", "\\/")
        yield json.dumps(inside, ensure_ascii=ascii_only)[1:-1]  # JSON within JSON
    for text in (secret, f"{secret}:"):  # on its own, or as Basic credentials
        raw = text.encode("utf-8", "surrogatepass")
        for encoded in (base64.b64encode(raw).decode(), base64.urlsafe_b64encode(raw).decode()):
            yield encoded
            yield encoded.rstrip("=")


class Redactor:
    """Blanks the given secrets in text and in JSON values. Empty strings are ignored."""

    __slots__ = ("_folded", "_forms", "_heads", "_pattern")

    def __init__(self, secrets: Iterable[str]) -> None:
        forms = sorted({form for secret in secrets if secret for form in _spellings(secret)}, key=len, reverse=True)
        parts = [re.escape(form) if len(form) >= _WORD_LENGTH else rf"(?<!\w){re.escape(form)}(?!\w)" for form in forms]
        self._folded = {form.casefold() for form in forms}
        self._forms = [form for form in forms if len(form) >= _WORD_LENGTH]
        self._heads = {form[:_PART_LENGTH] for form in self._forms}
        self._pattern = re.compile("|".join(parts), re.IGNORECASE) if parts else None

    def text(self, text: str) -> str:
        """Return `text` with every secret replaced by `***`, one that was cut off at an end or before `…` too."""
        if self._pattern is None:
            return text
        folded = text.casefold()
        if any(form in folded for form in self._folded):  # many times faster than the pattern on a long text
            text = self._pattern.sub(_HIDDEN, text)
        if any(head in text for head in self._heads):
            text = "…".join(map(self._without_part, text.split("…")))
        return text

    def _without_part(self, text: str) -> str:
        for form in self._forms:
            at = text.find(form[:_PART_LENGTH], max(0, len(text) - len(form) + 1))
            while at >= 0:
                if form.startswith(text[at:]):
                    return text[:at] + _HIDDEN
                at = text.find(form[:_PART_LENGTH], at + 1)
        return text

    def value(self, value: Any) -> Any:
        """Return a JSON value with every secret replaced in its strings, numbers and property names."""
        if self._pattern is None:
            return value
        top = [value]
        waiting: list[tuple[Any, Any]] = [(top, 0)]  # a stack of our own: what a server sends may be nested deeply
        while waiting:
            inside, at = waiting.pop()
            item = inside[at]
            if is_object(item):
                inside[at] = {self.text(name): part for name, part in item.items()}
                waiting += [(inside[at], name) for name in inside[at]]
            elif is_array(item):
                inside[at] = list(item)
                waiting += [(inside[at], index) for index in range(len(item))]
            elif isinstance(item, str):
                inside[at] = self.text(item)
            elif isinstance(item, int | float) and not isinstance(item, bool):
                inside[at] = item if self.text(repr(item)) == repr(item) else _HIDDEN
        return top[0]
