"""Models of Pet Store.

Generated from pets.yaml (sha256 59888a97d790eca6b2607624ae4435936143bbb23c256d2037bdb27eda3b7282)
by `python -m codegen generate pets.yaml --package pets`. Do not edit.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal, TypeAlias

from attrs import define, field

from reknit.options import UNSET, UnsetType
from reknit.runtime import OpenEnum, OpenIntEnum, Tagged, TypeAliasType, Unknown

__all__ = [
    "All",
    "AllOp",
    "Cat",
    "Circle",
    "Dog",
    "Json",
    "ListPetsClass",
    "ListPetsFilter",
    "Person",
    "PersonBase",
    "Pet",
    "PhotoReadyPayload",
    "Query",
    "Settings",
    "SettingsMode",
    "SettingsShape",
    "Square",
    "Tags",
    "Term",
    "TermBoostNumber",
    "TermBoostText",
    "TermOp",
    "Vet",
]


class SettingsMode(OpenEnum):
    """`mode` of `Settings`."""

    AUTO = "auto"
    MANUAL = "manual"


class AllOp(OpenEnum):
    """`op` of `All`."""

    ALL = "all"


class TermOp(OpenEnum):
    """`op` of `Term`."""

    IS = "is"
    NOT = "not"


class TermBoostText(OpenEnum):
    """`boost` of `Term`."""

    AUTO = "auto"


class TermBoostNumber(OpenIntEnum):
    """`boost` of `Term`."""

    VALUE_1 = 1
    VALUE_2 = 2


class ListPetsClass(OpenEnum):
    """The parameter `class`."""

    MAMMAL = "mammal"
    BIRD = "bird"


@define(kw_only=True)
class Cat:
    """The schema `Cat`."""

    pet_type: str = field(metadata={"wire": "petType"})
    name: str
    lives: int | UnsetType | None = UNSET


@define(kw_only=True)
class Dog:
    """The schema `Dog`."""

    pet_type: str = field(metadata={"wire": "petType"})
    id: str | None = None
    friends: list[Pet] | None = None
    owner: Person | UnsetType | None = UNSET
    born: date | None = None


@define(kw_only=True)
class Vet:
    """The schema `Vet`."""

    role: str
    name: str | None = None
    clinic: str | None = None


@define(kw_only=True)
class Settings:
    """The schema `Settings`."""

    limits: dict[str, float]
    mode: SettingsMode | int
    pair: list[str | int] | None = None
    shape: SettingsShape | None = None
    additional_properties: dict[str, Any] = field(factory=dict[str, Any], metadata={"rest": True})
    """Properties that the document does not name."""


@define(kw_only=True)
class Circle:
    """The schema `Circle`."""

    radius: float


@define(kw_only=True)
class Square:
    """The schema `Square`."""

    side: float


@define(kw_only=True)
class All:
    """The schema `All`."""

    op: AllOp
    of: list[Query]


@define(kw_only=True)
class Term:
    """The schema `Term`."""

    op: TermOp
    value: Json
    boost: TermBoostText | TermBoostNumber | Literal[False] | None = None
    """Default: `"auto"`."""


@define(kw_only=True)
class PersonBase:
    """The schema `Person`."""

    role: str
    name: str | None = None


@define(kw_only=True)
class ListPetsFilter:
    """The parameter `filter`."""

    min_age: int | None = field(default=None, metadata={"wire": "minAge"})


@define(kw_only=True)
class PhotoReadyPayload:
    """What the event `photoReady` carries."""

    url: str | None = None


Pet: TypeAlias = Annotated[Cat | Dog | Unknown, Tagged("petType", {"cat": Cat, "kitten": Cat, "dog": Dog})]
"""A pet of any kind."""


Person: TypeAlias = Annotated[
    Vet | PersonBase | Unknown, Tagged("role", {"Vet": Vet, "Person": PersonBase}, PersonBase)
]
"""The schema `Person`."""


Tags: TypeAlias = list[str]
"""The schema `Tags`."""


Json = TypeAliasType("Json", "str | float | bool | list[Json] | dict[str, Json]")
"""Whatever JSON can say."""


Query = TypeAliasType(
    "Query", Annotated["All | Term | list[Query] | Unknown", Tagged("op", {"all": All, "is": Term, "not": Term})]
)
"""The schema `Query`."""


SettingsShape: TypeAlias = Circle | Square | Unknown
"""`shape` of `Settings`."""
