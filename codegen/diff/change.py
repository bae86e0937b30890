"""One thing that is different for users, and how much it matters to them.

*Breaking*: a program that was right may be wrong now, for its type checker or when it runs. *Addition*: nothing breaks,
and there is something new, or something is deprecated. *Fix*: nothing breaks and nothing is new; a text, a promise made
firmer, a spelling on the wire that Python hides.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

from attrs import define, evolve, field, frozen

Grade = Literal["breaking", "addition", "fix"]
GRADES: tuple[Grade, ...] = ("breaking", "addition", "fix")
"""From the worst to the least."""

Level = Literal["wire", "python", "types"]
Direction = Literal["sent", "received"]


def worst(grades: Iterable[Grade]) -> Grade | None:
    """Return the grade that decides for a sum of changes, or None where there are none."""
    return min(grades, key=GRADES.index, default=None)


@frozen
class Change:
    """A change: what it is to users, where the document says so, and what Python calls the thing.

    `what` is text of ours in which names from documents are quoted: it may hold anything, and is for `text.code` and
    `one_line` to make harmless where it is printed.
    """

    grade: Grade
    what: str
    name: str = ""
    pointer: str = ""
    level: Level = "wire"


@frozen
class Place:
    """Where something stands in both senses: its Python name and its pointer, file included."""

    name: str
    pointer: str

    def inside(self, word: str) -> Place:
        """Return the place of an attribute."""
        return evolve(self, name=f"{self.name}.{word}")

    def argument(self, word: str) -> Place:
        """Return the place of a keyword of a method."""
        return evolve(self, name=f"{self.name}({word})")

    def at(self, pointer: str) -> Place:
        """Return the same name with a more exact pointer into the same file, where there is one."""
        return evolve(self, pointer=f"{self.pointer.partition('#')[0]}#{pointer}") if pointer else self


@define
class Changes:
    """Collects changes, each once, in the order in which they were met."""

    found: dict[Change, None] = field(factory=dict)

    def add(self, grade: Grade, place: Place, what: str) -> None:
        """Record a change on the wire."""
        self.found.setdefault(Change(grade, what, place.name, place.pointer))

    def __iter__(self) -> Iterator[Change]:
        return iter(self.found)
