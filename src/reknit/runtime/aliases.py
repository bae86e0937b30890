"""Types that contain themselves: JSON is text, or a list of JSON, ….

An alias is evaluated where it stands, and one that contains itself cannot be. Type checkers know `TypeAliasType` from
`typing_extensions` (and from `typing`, in Python 3.12); this package does without the one, and runs on older Pythons.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Union

__all__ = ["TypeAliasType"]

if TYPE_CHECKING:
    from typing_extensions import TypeAliasType
else:

    class TypeAliasType:
        """A name for a type, which is written as a text in the module that makes the alias, and read when needed."""

        def __init__(self, name: str, value: Any) -> None:
            self.__name__ = name
            self.__value__ = value
            self.__module__ = sys._getframe(1).f_globals["__name__"]  # noqa: SLF001 - as `typing` does

        def __repr__(self) -> str:
            return self.__name__

        def __or__(self, other: Any) -> Any:
            return Union[self, other]  # noqa: UP007 - of an object that is no class

        def __ror__(self, other: Any) -> Any:
            return Union[other, self]  # noqa: UP007
