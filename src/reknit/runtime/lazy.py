"""Modules that load when they are first used.

The models of an API cost more to import than everything else of it; a program that imports the client and makes one
call pays for them at that call, and `typing.get_type_hints` still finds every name.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import Any

__all__ = ["lazy_module", "model_of"]


class _Lazy(ModuleType):
    def __getattr__(self, name: str) -> Any:
        return getattr(importlib.import_module(self.__name__), name)

    def __dir__(self) -> list[str]:
        return dir(importlib.import_module(self.__name__))


def lazy_module(beside: str, name: str) -> Any:
    """Return the module `name` from the package of module `beside`, to be imported at the first attribute access."""
    full = f"{beside.rpartition('.')[0]}.{name}"
    return sys.modules.get(full) or _Lazy(full)


def model_of(package: str, name: str) -> Any:
    """Return a public model of an API package by its name; raise AttributeError as modules do where there is none."""
    if name.startswith("_"):
        raise AttributeError(f"module {package!r} has no attribute {name!r}")
    models = importlib.import_module(f"{package}._generated.models")
    value = getattr(models, name, None)
    if getattr(value, "__module__", None) != models.__name__:
        raise AttributeError(f"module {package!r} has no attribute {name!r}")
    return value
