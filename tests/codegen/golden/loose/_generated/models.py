"""Models of Loose.

Generated from loose.yaml (sha256 d371705fc18775ccee4aed9a4e5b20c3235c9e6c2133fd7d9ed69d764d03b6ed)
by `python -m codegen generate loose.yaml --package loose`. Do not edit.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, ClassVar, TypeAlias

from attrs import define, field

from reknit.options import UNSET, UnsetType
from reknit.runtime import Implied, OpenEnum, Unknown

__all__ = [
    "Box",
    "BoxContent",
    "BoxWords",
    "Coin",
    "KeepAnswer",
    "Lid",
    "Lids",
    "Mode",
    "Parcel",
]


class Mode(OpenEnum):
    """The schema `Mode`."""

    OPEN = "open"
    SHUT = "shut"


@define(kw_only=True)
class Box:
    """The schema `Box`."""

    name: str
    top: Annotated[Lid, Implied(dict)]
    lid: Annotated[Lid, Implied(dict)] | None = field(default=None, metadata={"implied": True})
    lids: Annotated[list[Annotated[Lid, Implied(dict)]], Implied(list)] | None = field(
        default=None, metadata={"implied": True}
    )
    sizes: Annotated[dict[str, int], Implied(dict)] | None = field(default=None, metadata={"implied": True})
    weight: Annotated[float, Implied()] | None = field(default=None, metadata={"implied": True})
    made: Annotated[datetime, Implied()] | None = field(default=None, metadata={"implied": True})
    any_lid: Annotated[Lid, Implied()] | UnsetType | None = field(default=UNSET, metadata={"wire": "anyLid"})
    mode: Annotated[Mode, Implied()] | UnsetType | None = UNSET
    content: BoxContent | None = None
    words: BoxWords | None = None


@define(kw_only=True)
class Lid:
    """The schema `Lid`."""

    n: int


@define(kw_only=True)
class Coin:
    """The schema `Coin`."""

    __closed__: ClassVar[bool] = True

    value: int
    of: str | None = None


@define(kw_only=True)
class Parcel:
    """The schema `Parcel`."""

    of: str | None = None
    additional_properties: dict[str, Any] = field(factory=dict[str, Any], metadata={"rest": True})
    """Properties that the document does not name."""


@define(kw_only=True)
class BoxWords:
    """`words` of `Box`."""

    lang: str | None = None
    additional_properties: dict[str, Any] = field(factory=dict[str, Any], metadata={"rest": True})
    """Properties that the document does not name."""


@define(kw_only=True)
class KeepAnswer:
    """An answer."""

    text: str | None = None


Lids: TypeAlias = list[Annotated[Lid, Implied(dict)]]
"""The schema `Lids`."""


BoxContent: TypeAlias = Coin | Parcel | Unknown
"""`content` of `Box`."""
