"""From what was typed to what a method takes.

A JSON option takes the JSON itself, `@FILE`, or `-` for stdin; a secret may come the same two ways, so that it need not
stand in the list of processes. What was typed is sent as it stands: a model would drop what the spec does not name.
"""

from __future__ import annotations

import math
import sys
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from ..runtime.codec import Misfit, decoder, raw_value
from ..runtime.narrowing import is_array
from .describing import Described, Option
from .exits import Refusal

__all__ = ["Stdin", "check_seconds", "example_of", "flag_of", "may_be_stdin", "read_json", "values_of", "words_of"]

#: What stands in an example for a value of each kind.
_EXAMPLES: Final[Mapping[str, str]] = {"whole": "1", "number": "1.0", "json": "{}", "file": "FILE"}


class Stdin:
    """Standard input, which can be read once: two options that ask for it cannot both have it."""

    def __init__(self) -> None:
        self._taken_by = ""

    def read(self, flag: str) -> bytes:
        """Return all of it. Raises Refusal where another option has it already, or nobody pipes anything."""
        if self._taken_by:
            raise Refusal(f"{flag}: stdin was read for {self._taken_by} already")
        self._taken_by = flag
        if sys.stdin is None or sys.stdin.isatty():  # pyright: ignore[reportUnnecessaryComparison] - closed: None
            raise Refusal(f"{flag}: - reads stdin, and nothing is piped into it")
        return sys.stdin.buffer.read()


def flag_of(name: str) -> str:
    """Return an argument's name as an option: `--connection-id`."""
    return "--" + name.replace("_", "-")


def values_of(described: Described, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of the method from what was typed, without those that were left out.

    Raises Refusal with one line where a value cannot be read.
    """
    stdin = Stdin()
    options = {option.name: option for option in described.options}
    return {name: _value(options[name], value, stdin) for name, value in given.items() if value is not None}


def may_be_stdin(option: Option) -> bool:
    """Return whether `-` and `@FILE` mean something to an option."""
    return option.secret or option.kind in ("json", "file")


def _value(option: Option, value: Any, stdin: Stdin) -> Any:
    flag = flag_of(option.name)
    if may_be_stdin(option) and value.startswith("--"):
        raise Refusal(f"{flag} needs a value, and {value} is an option")
    if option.kind == "json":
        return _fitting(option, read_json(_content(value, flag, stdin), flag))
    if option.kind == "file":
        return (
            Path(value).name if value != "-" else "stdin",
            _content(f"@{value}" if value != "-" else value, flag, stdin),
        )
    if option.secret:
        text = _text(_content(value, flag, stdin), flag).rstrip("\r\n")
        if not text:
            raise Refusal(f"{flag}: empty")
        return _whole(text, flag) if option.kind == "whole" else text
    if option.kind == "number" and not math.isfinite(value):
        raise Refusal(f"{flag}: {value} is no number that JSON can carry")
    return value


def _content(value: str, flag: str, stdin: Stdin) -> bytes:
    """Return what an option's value stands for: a file's content, that of stdin, or the value itself."""
    if value == "-":
        return stdin.read(flag)
    if not value.startswith("@"):
        return value.encode("utf-8", "surrogateescape")
    if value == "@":
        raise Refusal(f"{flag}: the name of a file is missing")
    try:
        return Path(value[1:]).read_bytes()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise Refusal(f"{flag}: cannot read {value[1:]}: {reason}") from None


def _whole(text: str, flag: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise Refusal(f"{flag}: not a whole number") from None  # and what it is instead may be a secret


def _text(raw: bytes, flag: str) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        raise Refusal(f"{flag}: not UTF-8: {error.reason} at byte {error.start}") from None


def read_json(raw: bytes, flag: str) -> Any:
    """Return the JSON value of some bytes, or raise Refusal with one line that names the option."""
    if not raw.strip():
        raise Refusal(f"{flag}: empty, where JSON is needed")
    try:
        return raw_value(raw)
    except Misfit as misfit:
        reason = " ".join(misfit.reason.removeprefix("the body is not JSON: ").split())
        raise Refusal(f"{flag}: not JSON: {reason}") from None


def _fitting(option: Option, value: Any) -> Any:
    """Return a JSON value if it is of the argument's type; the value, not what the type made of it."""
    if option.annotation is Any or value is None:
        return value
    import msgspec  # noqa: PLC0415 - for JSON that is there

    try:
        decoder(option.annotation)(msgspec.json.encode(value))
    except Misfit as misfit:
        where = "" if misfit.path == "$" else f" at {misfit.path}"
        raise Refusal(f"{flag_of(option.name)}: does not fit{where}: {' '.join(misfit.reason.split())}") from None
    return value


def check_seconds(flag: str, value: float | None) -> None:
    """Raise Refusal for what is no number of seconds above 0."""
    if value is not None and not (math.isfinite(value) and value > 0):
        raise Refusal(f"{flag}: {value:g} is no number of seconds above 0")


def words_of(described: Described, given: Mapping[str, Any]) -> list[str]:
    """Return the words that make a call again with what was typed; a secret is to be read from a file."""
    words = ["reknit", "call", described.api, described.name]
    for option in described.options:
        value = given.get(option.name)
        if value is None:
            continue
        texts: list[Any] = value if is_array(value) else [value]
        for text in texts:
            if option.kind == "flag":
                words.append(flag_of(option.name) if text else flag_of(f"no_{option.name}"))
            elif option.positional:
                words.append(str(text))
            else:
                words += [flag_of(option.name), "@FILE" if option.secret else str(text)]
    return words


def example_of(described: Described) -> list[str]:
    """Return the words of the shortest call of an operation, with a placeholder for each value that is needed."""
    return words_of(described, {option.name: _example(option) for option in described.options if option.required})


def _example(option: Option) -> str:
    if option.kind == "json" and typing.get_origin(option.annotation) is list:
        return "[]"
    return _EXAMPLES.get(option.kind, option.name.upper())
