"""Modules that load when they are first used.

The models of an API cost more to import than everything else of it; a program that imports the client and makes one
call pays for them at that call, and `typing.get_type_hints` still finds every name.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Mapping
from types import MappingProxyType, ModuleType
from typing import Any

__all__ = ["lazy_module", "models_of"]


class _Lazy(ModuleType):
    def __getattr__(self, name: str) -> Any:
        return getattr(importlib.import_module(self.__name__), name)

    def __dir__(self) -> list[str]:
        return dir(importlib.import_module(self.__name__))


def lazy_module(beside: str, name: str) -> Any:
    """Return the module `name` from the package of module `beside`, to be imported at the first attribute access."""
    full = f"{beside.rpartition('.')[0]}.{name}"
    return sys.modules.get(full) or _Lazy(full)


def models_of(
    package: str, late: Mapping[str, str] = MappingProxyType({})
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Return `__getattr__` and `__dir__` for an API package (PEP 562): its models by name, loaded at the first use.

    `late` are other names that load so, each with the full name of its module.
    """

    def models() -> ModuleType:
        return importlib.import_module(f"{package}._generated.models")

    def find(name: str) -> Any:
        if name in late:
            return getattr(importlib.import_module(late[name]), name)
        if not name.startswith("_") and name in models().__all__:
            return getattr(models(), name)
        # With `name` and `obj` Python can say what was meant instead.
        raise AttributeError(f"module {package!r} has no attribute {name!r}", name=name, obj=sys.modules[package])

    def names() -> list[str]:
        return sorted({*vars(sys.modules[package]), *models().__all__, *late})

    return find, names
