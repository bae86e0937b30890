"""Models of Hostile\"\"\" import os; os.system('true') #.

Generated from hostile.yaml (sha256 415cef0f8a986339c767a90746e763e26e8fb8a9809fc10a744a4d9e5d3e38bb)
by `python -m codegen generate hostile.yaml --package hostile`. Do not edit.
"""

from __future__ import annotations

import builtins
from typing import Any, TypeAlias

import attrs
from attrs import define, field

from reknit.runtime import OpenEnum, blank

__all__ = [
    "AnyModel",
    "Class",
    "Class2",
    "Model名",
    "None_",
    "UnknownModel",
    "WithDots",
    "WithDots2",
]


class UnknownModel(OpenEnum):
    """The schema `Unknown`."""

    A_B = 'a"b'
    A_B_2 = "a\nb"
    X = "{{ x }}"
    ASC = "asc"
    ASC_2 = "ASC"
    GMT_0 = "GMT+0"
    GMT0 = "GMT0"
    PLUS_1 = "+1"
    MINUS_1 = "-1"
    MRO = "mro"
    NAME = "name"
    NONE = "None"
    REVERSE_SOLIDUS = "\\"
    名 = "名"


@define(kw_only=True)
class Class:
    """The schema `class`."""

    class_: str | None = attrs.field(default=None, metadata={"wire": "class"})
    self_: str | None = attrs.field(default=None, metadata={"wire": "self"})
    init: str | None = attrs.field(default=None, metadata={"wire": "__init__"})
    field_1st: str | None = attrs.field(default=None, metadata={"wire": "1st"})
    a_b: str | None = attrs.field(default=None, metadata={"wire": "a b"})
    a_b_: str | None = attrs.field(default=None, metadata={"wire": "a_b"})
    a_b_2: str | None = attrs.field(default=None, metadata={"wire": 'a"b'})
    field: str | None = attrs.field(default=None, metadata={"wire": ""})
    名: str | None = None
    plus_1: int | None = attrs.field(default=None, metadata={"wire": "+1"})
    minus_1: int | None = attrs.field(default=None, metadata={"wire": "-1"})


@define(kw_only=True)
class Class2:
    """\"\"\" import os"""

    x: str | None = None
    """\\\"\"\""""


@define(kw_only=True)
class AnyModel:
    """The schema `Any`."""

    str: builtins.str | None = None
    dict: builtins.dict[builtins.str, Any] | None = None
    int: list[builtins.int] | None = None
    blank_: builtins.str | None = field(default=None, repr=blank, metadata={"wire": "blank"})


@define(kw_only=True)
class Model名:
    """The schema `名`."""

    名: Model名 | None = None


@define(kw_only=True)
class WithDots:
    """The schema `with.dots`."""

    a_b: str | None = field(default=None, metadata={"wire": "a.b"})


@define(kw_only=True)
class WithDots2:
    """The schema `with-dots`."""

    a: str | None = None


None_: TypeAlias = int
"""The schema `None`."""
