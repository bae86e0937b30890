"""Imports all of a generated package, resolves every annotation and makes every decoder: `importing FOLDER NAME`.

Run in an interpreter of its own, so that nothing is there that the package does not bring itself.
"""

from __future__ import annotations

import importlib
import inspect
import sys
import typing
from collections.abc import Iterator
from typing import Any

import attrs

MODULES = ("", ".client", "._generated", "._generated.models", "._generated.operations", "._generated.events")


def main(folder: str, name: str) -> None:
    """Import the package; whatever is wrong with it raises."""
    sys.path.insert(0, folder)
    modules = [importlib.import_module(name + ending) for ending in MODULES]
    for module in modules:
        for exported in getattr(module, "__all__", ()):
            getattr(module, exported)
        for value in list(vars(module).values()):
            if inspect.isclass(value) and value.__module__ == module.__name__:
                _resolve(value)
    from reknit.runtime.codec import decoder  # noqa: PLC0415

    for type_ in _types(modules):
        decoder(type_)


def _resolve(cls: type[Any]) -> None:
    typing.get_type_hints(cls, include_extras=True)
    if attrs.has(cls):
        attrs.resolve_types(cls, include_extras=True)
    for function in vars(cls).values():
        # What attrs makes (`__init__`) has globals of its own.
        if inspect.isfunction(function) and function.__globals__ is vars(sys.modules[cls.__module__]):
            typing.get_type_hints(function, include_extras=True)


def _types(modules: list[Any]) -> Iterator[Any]:
    for module in modules:
        for value in list(vars(module).values()):
            if type(value).__name__ == "Event":
                yield value.payload()
            if type(value).__name__ == "Operation":
                for medias in [*value.answers.values(), *getattr(value, "errors", {}).values()]:
                    yield from (media.type() for media in medias.values() if hasattr(media, "type"))


if __name__ == "__main__":
    main(*sys.argv[1:3])
