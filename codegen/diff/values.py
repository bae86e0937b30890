"""Compares types of two revisions in the direction in which their values travel.

What is sent may widen: a caller who gave the old kind still may. What is received may narrow: a caller who expected the
old kind still gets it. Everything else breaks someone. Definitions are compared by what they hold, not by name, each
pair once for each direction, so a recursive model ends and a renamed one is no change of the wire.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

import attrs
from attrs import AttrsInstance, define, field, frozen

from codegen import ir
from codegen.diff.change import Changes, Direction, Grade, Place
from codegen.diff.text import code, words
from codegen.hints import hint


@frozen
class Side:
    """The definitions of one revision, by name."""

    definitions: Mapping[str, ir.Definition]

    def resolved(self, type_: ir.Type) -> ir.Type:
        """Return a type without the aliases that it begins with; null stays the outermost layer."""
        seen: set[str] = set()
        null = False
        while True:
            null = null or isinstance(type_, ir.Nullable)
            inner = ir.bare(type_)
            found = self.definitions.get(inner.name) if isinstance(inner, ir.Named) else None
            if not isinstance(found, ir.Alias) or found.name in seen:
                return ir.nullable(inner) if null else inner
            seen.add(found.name)
            type_ = found.type

    def definition(self, type_: ir.Type) -> ir.Definition | None:
        """Return the definition that a type names."""
        return self.definitions.get(type_.name) if isinstance(type_, ir.Named) else None

    def members(self, type_: ir.Type) -> tuple[ir.Type, ...]:
        """Return the members of a union, of a choice too; any other type is its own only member."""
        found = self.definition(type_)
        if isinstance(found, ir.Choice):
            return found.members
        return type_.members if isinstance(type_, ir.Either) else (type_,)


@define
class Values:
    """Compares the types of two documents; `places` says where the definitions of the new one are."""

    old: Side
    new: Side
    changes: Changes
    package: Place
    compared: set[tuple[str, str, Direction]] = field(factory=set)
    underway: set[str] = field(factory=set)

    # --- types -------------------------------------------------------------------------------------------------------

    def compare(self, old: ir.Type, new: ir.Type, direction: Direction, place: Place, label: str = "") -> None:
        """Record how values of a type changed on their way in one direction. `label` says which part of the place."""
        pair = f"{old} {new} {direction}"
        if pair in self.underway:  # an alias that contains itself
            return
        self.underway.add(pair)
        self._resolved(self.old.resolved(old), self.new.resolved(new), direction, place, label)
        self.underway.discard(pair)

    def _resolved(self, old: ir.Type, new: ir.Type, direction: Direction, place: Place, label: str) -> None:
        if not isinstance(old, ir.Anything) and not isinstance(new, ir.Anything):
            self._null(direction, place, label, old=isinstance(old, ir.Nullable), new=isinstance(new, ir.Nullable))
        self._bare(ir.bare(old), ir.bare(new), direction, place, label)

    def _null(self, direction: Direction, place: Place, label: str, *, old: bool, new: bool) -> None:
        if old == new:
            return
        grade: Grade
        if new:
            grade, what = (
                ("addition", "may be sent as null") if direction == "sent" else ("breaking", "may be null now")
            )
        else:
            grade, what = ("breaking", "may not be null any more") if direction == "sent" else ("fix", "is never null")
        self.changes.add(grade, place, f"{label}{what}")

    def _bare(self, old: ir.Type, new: ir.Type, direction: Direction, place: Place, label: str) -> None:
        match old, new:
            case (ir.Listing(one), ir.Listing(other)):
                self.compare(one, other, direction, place, f"{label}an element ")
            case (ir.Mapping(one), ir.Mapping(other)):
                self.compare(one, other, direction, place, f"{label}a value ")
            case (ir.Row(ones), ir.Row(others)) if len(ones) == len(others):
                for index, (one, other) in enumerate(zip(ones, others, strict=True), 1):
                    self.compare(one, other, direction, place, f"{label}element {index} ")
            case (ir.Fixed(ones), ir.Fixed(others)):
                self._listed(_values(ones), _values(others), direction, place, label)
            case _ if self._is_union(old, new):
                self._either(self.old.members(old), self.new.members(new), direction, place, label)
            case (ir.Named(one), ir.Named(other)) if one == other or other not in self.old.definitions:
                self.named(one, other, direction, place, label)
            case _:
                self._replaced(old, new, direction, place, label)

    def _is_union(self, old: ir.Type, new: ir.Type) -> bool:
        """Return whether two types are compared by their members; two choices have tags and are compared by those."""
        one, other = self.old.members(old), self.new.members(new)
        choices = [isinstance(self.old.definition(old), ir.Choice), isinstance(self.new.definition(new), ir.Choice)]
        return not all(choices) and (one != (old,) or other != (new,))

    def _replaced(self, old: ir.Type, new: ir.Type, direction: Direction, place: Place, label: str) -> None:
        if old == new:
            return
        grade: Grade = "addition" if direction == "sent" and self._takes(new, old) else "breaking"
        self.changes.add(grade, place, f"{label}is {code(hint(new))} instead of {code(hint(old))}")

    def _takes(self, wide: ir.Type, narrow: ir.Type) -> bool:
        """Return whether every argument of one type may be given for another."""
        if isinstance(wide, ir.Anything):
            return True
        if wide == ir.Scalar("float"):
            return narrow == ir.Scalar("int")
        found = self.old.definition(narrow)
        texts = (isinstance(found, ir.Enumeration) and found.base == "str") or (
            isinstance(narrow, ir.Fixed) and all(isinstance(value, str) for value in narrow.values)
        )
        return wide == ir.Scalar("str") and texts

    def _listed(
        self, old: dict[str, object], new: dict[str, object], direction: Direction, place: Place, label: str
    ) -> None:
        """Compare closed sets of constants."""
        gone, come = [key for key in old if key not in new], [key for key in new if key not in old]
        if gone:
            grade: Grade = "breaking" if direction == "sent" else "fix"
            verb = "may not be" if direction == "sent" else "is never"
            self.changes.add(grade, place, f"{label}{verb} {words(gone)} any more")
        if come:
            self.changes.add("addition" if direction == "sent" else "breaking", place, f"{label}may be {words(come)}")

    def _either(
        self, old: tuple[ir.Type, ...], new: tuple[ir.Type, ...], direction: Direction, place: Place, label: str
    ) -> None:
        """Compare unions by their members; the one that went and the one that came are compared, if they are alone."""
        pairs, gone, come = self._paired(old, new)
        for one, other in pairs:
            self.compare(one, other, direction, place, label)
        if direction == "sent":  # an `int` may still be given where a `float` is taken now
            gone = [type_ for type_ in gone if not any(self._takes(wide, type_) for wide in come)]
        if gone:
            self.changes.add(
                "breaking" if direction == "sent" else "fix",
                place,
                f"{label}is never {words([hint(type_) for type_ in gone])} any more",
            )
        if come:
            self.changes.add(
                "addition" if direction == "sent" else "breaking",
                place,
                f"{label}may be {words([hint(type_) for type_ in come])} too",
            )

    def _paired(
        self, old: tuple[ir.Type, ...], new: tuple[ir.Type, ...]
    ) -> tuple[list[tuple[ir.Type, ir.Type]], list[ir.Type], list[ir.Type]]:
        pairs: list[tuple[ir.Type, ir.Type]] = [(type_, type_) for type_ in old if type_ in new]
        gone, come = [type_ for type_ in old if type_ not in new], [type_ for type_ in new if type_ not in old]
        alike: list[type[ir.Type]] = [ir.Listing, ir.Mapping, ir.Row, ir.Fixed, ir.Named]
        for kind in alike:
            ones = [type_ for type_ in gone if isinstance(type_, kind)]
            others = [type_ for type_ in come if isinstance(type_, kind)]
            if len(ones) == len(others) == 1:
                pairs.append((ones[0], others[0]))
                gone.remove(ones[0])
                come.remove(others[0])
        return pairs, gone, come

    # --- definitions -------------------------------------------------------------------------------------------------

    def named(self, old: str, new: str, direction: Direction, place: Place, label: str = "") -> None:
        """Compare two definitions by what they hold, once for each direction."""
        one, other = self.old.definitions.get(old), self.new.definitions.get(new)
        if one is None or other is None or (old, new, direction) in self.compared:
            return
        self.compared.add((old, new, direction))
        here = self.package.inside(other.name).at(other.pointer)
        match one, other:
            case (ir.Model(), ir.Model()):
                self._models(one, other, direction, here)
            case (ir.Enumeration(), ir.Enumeration()):
                self._enumerations(one, other, direction, here)
            case (ir.Choice(), ir.Choice()):
                self._choices(one, other, direction, here)
            case _:
                self._replaced(ir.Named(old), ir.Named(new), direction, place, label)
                if old == new:
                    kinds = type(other).__name__.lower(), type(one).__name__.lower()
                    self.changes.add("breaking", here, f"is of another kind: {kinds[0]}, not {kinds[1]}")

    def _models(self, old: ir.Model, new: ir.Model, direction: Direction, place: Place) -> None:
        self.fields(
            _travelling(old.fields, direction), _travelling(new.fields, direction), direction, place, "property"
        )
        self.rest(old.rest, new.rest, direction, place)

    def rest(self, old: ir.Field | None, new: ir.Field | None, direction: Direction, place: Place) -> None:
        """Compare the types of the properties that a document does not name."""
        if old and new:
            self.compare(old.type, new.type, direction, place.at(new.pointer), "a property that is not named ")
        elif old:
            self.changes.add("breaking", place, "takes no properties beside the named ones any more")
        elif new:
            self.changes.add("addition", place.at(new.pointer), "takes properties beside the named ones")

    def _enumerations(self, old: ir.Enumeration, new: ir.Enumeration, direction: Direction, place: Place) -> None:
        if old.base != new.base:
            self.changes.add("breaking", place, f"is a set of {new.base}, not of {old.base}")
        if old.open != new.open:
            closed = "takes no other values than those listed any more"
            grade: Grade = "addition" if new.open and direction == "sent" else "breaking"
            self.changes.add(grade, place, "takes values that are not listed" if new.open else closed)
        before, after = _values(member.value for member in old.members), _values(member.value for member in new.members)
        gone, come = [key for key in before if key not in after], [key for key in after if key not in before]
        if gone:
            grade = "breaking" if direction == "sent" else "fix"
            self.changes.add(grade, place, f"has no {_values_named(gone)} any more")
        if come:
            grade = "addition" if direction == "sent" or new.open else "breaking"
            self.changes.add(grade, place, f"has the new {_values_named(come)}")

    def _choices(self, old: ir.Choice, new: ir.Choice, direction: Direction, place: Place) -> None:
        if old.tag != new.tag:
            told = code(new.tag) if new.tag is not None else "what they hold"
            self.changes.add("breaking", place, f"its members are told apart by {told}")
        tags, new_tags = (dict(old.tags), dict(new.tags)) if old.tag == new.tag else ({}, {})
        for tag, type_ in new_tags.items():
            if tag in tags:
                self.compare(tags[tag], type_, direction, place, f"with the tag {code(tag)} ")
        if old.otherwise != new.otherwise:
            told = code(hint(new.otherwise)) if new.otherwise is not None else "none of them"
            self.changes.add("breaking", place, f"is {told} where nothing tells which member it is")
        pairs, gone, come = self._paired(old.members, new.members)
        for one, other in pairs:
            self.compare(one, other, direction, place)
        gone_tags = [tag for tag in tags if tag not in new_tags]
        come_tags = [tag for tag in new_tags if tag not in tags]
        if gone or gone_tags:
            what = words(gone_tags or [hint(type_) for type_ in gone])
            self.changes.add("breaking" if direction == "sent" else "fix", place, f"is never {what} any more")
        if come or come_tags:
            what = words(come_tags or [hint(type_) for type_ in come])
            self.changes.add("addition", place, f"may be {what} too")  # an answer's was an `Unknown` until now

    # --- properties and keywords -------------------------------------------------------------------------------------

    def fields(
        self, old: Iterable[ir.Field], new: Iterable[ir.Field], direction: Direction, place: Place, noun: str
    ) -> None:
        """Compare the properties of an object, or the keywords that a body's properties became."""
        before, after = {part.wire: part for part in old}, {part.wire: part for part in new}
        names = {part.name: part for wire, part in before.items() if wire not in after}
        for wire, part in after.items():
            here = (place.argument if noun == "keyword" else place.inside)(part.name).at(part.pointer)
            if wire in before:
                self.field(before[wire], part, direction, here, noun)
            elif part.name in names:
                former = names.pop(part.name)
                self.changes.add("fix", here, f"is {code(wire)} on the wire, not {code(former.wire)}")
                self.field(former, part, direction, here, noun)
            elif direction == "sent" and part.required:
                self.changes.add("breaking", here, f"is a new {noun} that must be given")
            else:
                self.changes.add("addition", here, f"is a new {noun}")
        for part in names.values():
            here = (place.argument if noun == "keyword" else place.inside)(part.name).at(part.pointer)
            self.changes.add("breaking", here, f"is no {noun} any more")

    def field(self, old: ir.Field, new: ir.Field, direction: Direction, place: Place, noun: str) -> None:
        """Compare one property with what it was."""
        if old.name != new.name:
            self.changes.add("breaking", place, f"is the {noun} that was called {code(old.name)}")
        self.required(direction, place, old=old.required, new=new.required)
        self.compare(old.type, new.type, direction, place)
        self.marks(old, new, place)

    def required(self, direction: Direction, place: Place, *, old: bool, new: bool) -> None:
        """Record that something must, or need not, be there."""
        if old and not new:
            what = "need not be given" if direction == "sent" else "may be missing now"
            self.changes.add("addition" if direction == "sent" else "breaking", place, what)
        elif new and not old:
            what = "must be given now" if direction == "sent" else "is always there"
            self.changes.add("breaking" if direction == "sent" else "fix", place, what)

    def marks(self, old: ir.Field | ir.Parameter, new: ir.Field | ir.Parameter, place: Place) -> None:
        """Record what is said of something beside its type."""
        if old.secret != new.secret:
            if new.secret:
                self.changes.add("fix", place, "is a secret: it is printed no more")
            else:
                self.changes.add("breaking", place, "is no secret any more: it is printed")
        deprecation(self.changes, place, old=old.deprecated, new=new.deprecated)
        if old.doc != new.doc:
            self.changes.add("fix", place, "is described in other words")


def deprecation(changes: Changes, place: Place, *, old: bool, new: bool) -> None:
    """Record that something was deprecated, which is an addition, or is so no more."""
    if old != new:
        changes.add("addition" if new else "fix", place, "is deprecated" if new else "is not deprecated any more")


def unlike(old: AttrsInstance, new: AttrsInstance, known: Collection[str]) -> Iterator[str]:
    """Yield the attributes that are different between two of a kind, but for those that are compared by name."""
    for attribute in attrs.fields(type(old)):
        name: str = attribute.name
        if name not in known and getattr(old, name) != getattr(new, name, None):
            yield name.replace("_", " ")


def _travelling(parts: Iterable[ir.Field], direction: Direction) -> list[ir.Field]:
    """Return the properties that travel in a direction; one of the other direction is none of this one's."""
    other = "out" if direction == "sent" else "in"
    return [part for part in parts if part.direction != other]


def _values(values: Iterable[str | int | None]) -> dict[str, object]:
    """Return values by how they are written, so that 1 and "1" are two."""
    return {repr(value): value for value in values}


def _values_named(values: list[str]) -> str:
    return f"{'value' if len(values) == 1 else 'values'} {words(values)}"
