"""Turns the names of a document into Python names: valid, unique, and the same on every run.

A name keeps its letters whatever their script. What Python cannot have in a name is left out or spelled, keywords
get a trailing underscore, and a name that is already taken gets a number. Nothing here starts with an underscore:
attrs would strip it from the constructor's argument.
"""

from __future__ import annotations

import keyword
import re
import unicodedata
from collections.abc import Iterable

from attrs import Factory, define

_SIGNS = {"+": "plus", "-": "minus"}
_WORD = re.compile(
    r"""
    [A-ZÀ-ÖØ-Þ]{2,}s(?![a-zß-öø-ÿ])                 # IDs
    | [A-ZÀ-ÖØ-Þ]+(?=[A-ZÀ-ÖØ-Þ][a-zß-öø-ÿ])[0-9]* # HTTP in HTTPServer
    | [A-ZÀ-ÖØ-Þ]?[a-zß-öø-ÿ]+[0-9]*               # Server, sha256
    | [A-ZÀ-ÖØ-Þ]+[0-9]*                           # ID
    | [0-9]+[A-Za-z]*                              # 3d
    | [^\W_A-Za-z0-9]+                             # any other script
    """,
    re.VERBOSE,
)


@define
class Names:
    """The names taken so far in one namespace."""

    taken: set[str] = Factory(set[str])
    numbers: dict[str, int] = Factory(dict[str, int])
    """The last number that a name has got: where thousands want the same one, each asks for the next alone."""

    @classmethod
    def besides(cls, reserved: Iterable[str]) -> Names:
        """Return a namespace in which the reserved names are taken."""
        return cls(set(reserved))

    def take(self, *wanted: str) -> str:
        """Take the first free one of the wanted names; where none is, number the last one."""
        for name in wanted:
            if name not in self.taken:
                break
        else:
            stem = wanted[-1]
            number = self.numbers.get(stem, 2)
            is_class = stem[:1].isupper() and not stem.isupper() and not stem[-1].isdigit()
            separator = "" if is_class else "_"
            while (name := f"{stem.rstrip('_')}{separator}{number}") in self.taken:
                number += 1
            self.numbers[stem] = number
        self.taken.add(name)
        return name


def words(text: str) -> list[str]:
    """Split a name at its case changes and at everything that is neither letter nor digit.

    A leading sign before a digit is spelled (`+1` and `-1` are two names); a name of signs alone is spelled wholly.
    """
    text = unicodedata.normalize("NFKC", text)
    sign = re.match(r"\s*([+-])(?=[0-9])", text)
    found = [part for part in _WORD.findall(text) if f"a{part}".isidentifier()]
    if sign:
        return [_SIGNS[sign[1]], *found]
    return found or [word for character in text for word in _spelled(character)]


def _spelled(character: str) -> list[str]:
    if character in "_ \t\r\n":
        return []
    name = unicodedata.name(character, f"U{ord(character):X}")
    return re.findall(r"[A-Za-z0-9]+", name.lower())


def snake(text: str, prefix: str) -> str:
    """Return the name of a field, parameter, method or module: `userID` is `user_id`, `class` is `class_`."""
    return _safe("_".join(words(text)).lower(), prefix, "_")


def constant(text: str, prefix: str = "VALUE") -> str:
    """Return the name of a constant or of a member of an enumeration: `in progress` is `IN_PROGRESS`."""
    return _safe("_".join(words(text)).upper(), prefix, "_")


def pascal(text: str, prefix: str = "Model") -> str:
    """Return the name of a class. One that is such a name already stays as it is: `HTTPError`, not `http_error`."""
    if re.fullmatch(r"[A-Z][A-Za-z0-9]*", text) and not (text.isupper() and len(text) > 4):
        return _safe(text, prefix, "")
    name = _safe("".join(_capitalised(part) for part in words(text)), prefix, "")
    return name if name[:1].isupper() else f"{prefix}{name}"


def _capitalised(word: str) -> str:
    return word[:1].upper() + (word[1:].lower() if word.isupper() else word[1:])


def _safe(name: str, prefix: str, joint: str) -> str:
    name = unicodedata.normalize("NFKC", name)
    if not name:
        return prefix
    if not name.isidentifier():
        name = f"{prefix}{joint}{name}"
    return f"{name}_" if keyword.iskeyword(name) else name
