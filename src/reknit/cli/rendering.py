"""What a command prints: an outline for people, JSON for programs.

An outline needs no width and loses nothing, whatever the shape of an answer; on a terminal the names stand out. What an
answer holds is a stranger's: nothing that a terminal would obey gets through.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, Final, TextIO

import attrs

from ..runtime.codec import is_rest, properties_of, wire_name
from ..runtime.narrowing import is_array, is_mapping, is_model, is_object, is_sequence
from ..runtime.secrets import blank
from .terminals import is_plain

__all__ = [
    "Paint",
    "blanked",
    "blanked_by_name",
    "one_line",
    "outline",
    "print_bytes",
    "printable",
    "secret_names",
    "to_json",
]

_STYLES: Final = {"name": "36", "dim": "2", "good": "32", "bad": "31", "strong": "1"}


class Paint:
    """Colours for one stream: none where it is no terminal, where `NO_COLOR` is set, or where `TERM` is `dumb`."""

    def __init__(self, stream: TextIO) -> None:
        self.on = stream.isatty() and not is_plain()

    def __call__(self, style: str, text: str) -> str:
        """Return a text in a style, where there are styles."""
        return f"\x1b[{_STYLES[style]}m{text}\x1b[0m" if self.on and text else text


def printable(text: str) -> str:
    """Return a text that a terminal takes as text: whatever else it holds is written as JSON would escape it."""
    return text if text.isprintable() and text else json.dumps(text)


def one_line(text: str) -> str:
    """Return a text as one line that a terminal takes as text."""
    return "".join(letter if letter.isprintable() else json.dumps(letter)[1:-1] for letter in " ".join(text.split()))


def to_json(value: Any) -> str:
    """Return JSON in one line. It is ASCII, so that no encoding and no terminal can spoil it."""
    return json.dumps(value, separators=(",", ":"), default=str)


def outline(value: Any, paint: Paint, indent: int = 0) -> Iterator[str]:
    """Yield the lines that show a JSON value: `name: value`, and `-` before each item of a list."""
    margin = "  " * indent
    if is_object(value) and value:
        for name, item in value.items():
            yield from _entry(f"{margin}{paint('name', printable(str(name)))}:", item, paint, indent)
    elif is_array(value) and value:
        for item in value:
            lines = list(outline(item, paint, indent + 1))
            yield f"{margin}- {lines[0].lstrip(' ')}"
            yield from lines[1:]
    else:
        yield margin + _scalar(value)


def _entry(head: str, value: Any, paint: Paint, indent: int) -> Iterator[str]:
    if (is_object(value) or is_array(value)) and value:
        yield head
        yield from outline(value, paint, indent + 1)
    elif isinstance(value, str) and "\n" in value.strip():
        yield head
        for line in value.strip().splitlines():
            yield "  " * (indent + 1) + (printable(line) if line else "")
    else:
        yield f"{head} {_scalar(value)}"


def _scalar(value: Any) -> str:
    return printable(value) if isinstance(value, str) else json.dumps(value, default=str)


def blanked(raw: Any, value: Any) -> Any:
    """Return a JSON value with `***` in place of what the model that it was decoded to keeps secret."""
    if is_model(value) and is_object(raw):
        known: Mapping[str, Any] = properties_of(value)
        hidden = _hidden(value.__class__)
        return {
            name: "***" if name in hidden and item is not None else blanked(item, known.get(name))
            for name, item in raw.items()
        }
    if is_mapping(value) and is_object(raw):
        return {name: blanked(item, value.get(name)) for name, item in raw.items()}
    if is_array(raw) and is_sequence(value):
        return [blanked(*pair) for pair in zip(raw, value, strict=False)]
    return raw


def blanked_by_name(raw: Any, names: Collection[str]) -> Any:
    """Return a JSON value with `***` in place of every property of one of these names: for what fits no model."""
    if is_object(raw):
        return {name: "***" if name in names else blanked_by_name(item, names) for name, item in raw.items()}
    return [blanked_by_name(item, names) for item in raw] if is_array(raw) else raw


def secret_names(models: Iterable[Any]) -> frozenset[str]:
    """Return the wire names of all properties that some models keep secret."""
    return frozenset(name for model in models if attrs.has(model) for name in _hidden(model))


def _hidden(model: type[Any]) -> frozenset[str]:
    fields = attrs.fields(model)
    return frozenset(wire_name(item) for item in fields if not is_rest(item) and item.repr is blank)


def print_bytes(raw: bytes) -> None:
    """Write bytes to stdout as they are."""
    sys.stdout.flush()
    sys.stdout.buffer.write(raw)
    sys.stdout.buffer.flush()
