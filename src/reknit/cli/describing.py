"""What can be called, read from the generated clients themselves.

Names come from their signatures, help from their docstrings: what the spec says is said once, and a new operation is a
new command without a line written here.
"""

from __future__ import annotations

import importlib
import inspect
import re
import types
import typing
from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any, Final, Literal, TypeAlias

from attrs import frozen

from ..options import UnsetType
from ..runtime.operations import Operation

__all__ = [
    "Described",
    "Docstring",
    "Kind",
    "Option",
    "client_class",
    "operations_of",
    "read_docstring",
    "same",
]

Kind: TypeAlias = Literal["text", "whole", "number", "flag", "texts", "json", "file"]

_SECTIONS: Final = ("Args", "Headers", "Raises", "Returns", "Yields")


@frozen(kw_only=True)
class Docstring:
    """A generated docstring in its parts; `arguments` are by name."""

    summary: str
    text: str
    arguments: Mapping[str, str]


@frozen(kw_only=True)
class Option:
    """One argument of an operation. `positional` ones stand in the path and may be given without their name."""

    name: str
    kind: Kind
    annotation: Any
    required: bool
    positional: bool
    secret: bool
    help: str


@frozen(kw_only=True)
class Described:
    """One operation of an API: where its method is, and what it takes."""

    api: str
    group: str
    method: str
    operation: Operation[Any]
    docstring: Docstring
    options: tuple[Option, ...]

    @property
    def name(self) -> str:
        """The operation's name on the command line, `tools.execute`."""
        return f"{self.group}.{self.method}"


def client_class(api: str) -> Any:
    """Return the client class of an API, which is imported now."""
    return importlib.import_module(f"reknit.{api}").Client


def operations_of(api: str) -> dict[str, Described]:
    """Return the operations of an API by name, in the order of the spec."""
    module = importlib.import_module(f"reknit.{api}._generated.operations")
    known: dict[str, Operation[Any]] = {
        value.name: value for value in vars(module).values() if isinstance(value, Operation)
    }
    groups = typing.get_type_hints(client_class(api))
    found: dict[str, Described] = {}
    for name, operation in known.items():
        group, _, method = name.partition(".")
        found[name] = _described(api, groups[group], group, method, operation)
    return found


def _described(api: str, owner: type, group: str, method: str, operation: Operation[Any]) -> Described:
    function = getattr(owner, method)
    docstring = read_docstring(inspect.getdoc(function) or "")
    return Described(
        api=api,
        group=group,
        method=method,
        operation=operation,
        docstring=docstring,
        options=tuple(_options(function, operation, docstring)),
    )


def _options(function: Any, operation: Operation[Any], docstring: Docstring) -> Iterator[Option]:
    hints = typing.get_type_hints(function)
    for parameter in inspect.signature(function).parameters.values():
        if parameter.name in ("self", "options"):
            continue
        annotation = _without_none(hints[parameter.name])
        positional = parameter.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD
        yield Option(
            name=parameter.name,
            kind=_kind(annotation),
            annotation=annotation,
            required=parameter.default is inspect.Parameter.empty,
            positional=positional,
            secret=any(same(parameter.name, secret) for secret in operation.secrets),
            help=" ".join((docstring.arguments.get(parameter.name, ""), _choices(annotation))).strip(),
        )


def same(name: str, wire: str) -> bool:
    """Return whether a Python name is that of a wire name: `ai_token_id` is that of `aiTokenId`."""
    return _letters(name) == _letters(wire)


def _letters(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _without_none(annotation: Any) -> Any:
    """Return a type without None and UNSET: what is left out says both."""
    if typing.get_origin(annotation) not in (typing.Union, types.UnionType):
        return annotation
    members = [item for item in typing.get_args(annotation) if item not in (type(None), UnsetType)]
    return members[0] if len(members) == 1 else typing.Union[tuple(members)]  # noqa: UP007 - as many as there are


_KINDS: Final[Mapping[Any, Kind]] = {str: "text", int: "whole", float: "number", bool: "flag", list[str]: "texts"}


def _kind(annotation: Any) -> Kind:
    """Return how an argument is typed in; whatever is no plain value is JSON."""
    if annotation in _KINDS:
        return _KINDS[annotation]
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return "text" if issubclass(annotation, str) else "json"
    return "file" if bytes in typing.get_args(annotation) else "json"


def _choices(annotation: Any) -> str:
    """Say which values of an enum the spec names; it takes others too."""
    if not (isinstance(annotation, type) and issubclass(annotation, Enum)):
        return ""
    return f"Known: {', '.join(str(member.value) for member in annotation)}."


def read_docstring(text: str) -> Docstring:
    """Return the parts of a docstring of generated code (Google's style); a `See …` stays with the text."""
    summary, _, rest = text.partition("\n\n")
    kept: list[str] = []
    arguments: dict[str, str] = {}
    section = name = ""
    for line in rest.splitlines():
        if line.endswith(":") and line[:-1] in _SECTIONS:
            section = line[:-1]
        elif line and not line.startswith(" "):
            section = ""
        if not section:
            kept.append(line)
        elif section == "Args" and (begun := re.fullmatch(r" {4}(\w+)(?: \([^)]*\))?: (.*)", line)):
            name = begun[1]
            arguments[name] = begun[2]
        elif section == "Args" and name and line.strip() and not line.endswith("Args:"):
            arguments[name] += f" {line.strip()}"
    text = re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip()
    return Docstring(summary=" ".join(summary.split()), text=text, arguments=arguments)
