"""Models of Places.

Generated from places.yaml (sha256 8d05c17b1dd6e30f26f2a953fad66f30d04ebc1735f237ce5402446a82bb6199)
by `python -m codegen generate places.yaml --package places`. Do not edit.
"""

from __future__ import annotations

from typing import Any

from attrs import define, field

from reknit.options import UNSET, UnsetType
from reknit.runtime import OpenEnum

__all__ = [
    "Box",
    "Filter",
    "Kind",
    "Place",
    "SearchResult",
]


class Kind(OpenEnum):
    """The schema `Kind`."""

    CITY = "city"
    RIVER = "river"


@define(kw_only=True)
class Box:
    """The schema `Box`."""

    west: float
    east: float
    label: str | None = None


@define(kw_only=True)
class Filter:
    """The schema `Filter`."""

    all: list[Filter] | None = None
    name: str | None = None


@define(kw_only=True)
class Place:
    """The schema `Place`."""

    id: int
    kind: Kind | None = None
    additional_properties: dict[str, int | str] = field(factory=dict[str, Any], metadata={"rest": True})
    """Properties that the document does not name."""


@define(kw_only=True)
class SearchResult:
    """An answer."""

    places: list[Place] | None = None
    next: str | UnsetType | None = UNSET
