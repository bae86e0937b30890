"""Models of Streams.

Generated from streams.yaml (sha256 fd55a3a325ca2ed782a8b225164e2e7d2088b438a24535945927d8e44a68bd0c)
by `python -m codegen generate streams.yaml --package streams`. Do not edit.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from attrs import define

from reknit.runtime import Tagged, Unknown

__all__ = [
    "Answer",
    "FeedWatchEvent",
    "FeedWatchEventVariant1",
    "FeedWatchEventVariant2",
    "Piece",
    "Place",
    "Problem",
]


@define(kw_only=True)
class Answer:
    """The schema `Answer`."""

    text: str


@define(kw_only=True)
class Piece:
    """The schema `Piece`."""

    index: int
    text: str | None = None


@define(kw_only=True)
class Place:
    """The schema `Place`."""

    x: int
    y: int | None = None


@define(kw_only=True)
class Problem:
    """The schema `Problem`."""

    title: str
    wait: float | None = None


@define(kw_only=True)
class FeedWatchEventVariant1:
    """A variant of `FeedWatchEvent`."""

    event: Literal["said"] = "said"
    id: str | None = None
    data: Piece


@define(kw_only=True)
class FeedWatchEventVariant2:
    """A variant of `FeedWatchEvent`."""

    event: Literal["left"] = "left"
    retry: int | None = None
    data: str


FeedWatchEvent: TypeAlias = Annotated[
    FeedWatchEventVariant1 | FeedWatchEventVariant2 | Unknown,
    Tagged("event", {"said": FeedWatchEventVariant1, "left": FeedWatchEventVariant2}),
]
"""An item of a stream."""
