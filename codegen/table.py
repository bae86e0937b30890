"""The definitions of a document as they are found: their names, their order, and what kind of value each stands for."""

from __future__ import annotations

from attrs import Factory, define, evolve, frozen

from codegen import ir, naming

MODEL_NAMES = frozenset({
    "Annotated", "Any", "ClassVar", "Implied", "IntEnum", "Literal", "OpenEnum", "OpenIntEnum", "StrEnum", "Tagged",
    "TypeAlias", "TypeAliasType", "UNSET", "Union", "Unknown", "UnsetType", "None", "True", "False",
})  # fmt: skip
"""Names that models.py imports: no class may take them."""


@frozen
class Site:
    """Where a schema stands: the name that a definition for it would get, and what its docstring would say.

    `doc` is what is said of the place until the schema says something of itself. `define` says that the name is a
    component's own: whatever the schema comes out as is defined under it.
    """

    name: str
    doc: str = ""
    pointer: str = ""
    define: bool = False

    def inside(self, word: str, *, of: str = "") -> Site:
        """Return the site of a part: `Tool` and `risk level` make `ToolRiskLevel`."""
        return Site(self.name + naming.pascal(word, ""), f"{of or f'`{word}`'} of `{self.name}`.")

    def about(self, doc: str, pointer: str) -> Site:
        """Return the same site with what the schema says of itself and the pointer that leads to it."""
        return evolve(self, doc=doc or self.doc, pointer=pointer)


@define
class Table:
    """Every definition so far, by name."""

    definitions: dict[str, ir.Definition] = Factory(dict[str, ir.Definition])
    objects: set[str] = Factory(set[str])
    names: naming.Names = Factory(lambda: naming.Names.besides(MODEL_NAMES))
    order: dict[str, None] = Factory(dict[str, None])

    def new_name(self, wanted: str) -> str:
        """Take a class name, and its place in the order of definitions."""
        name = naming.pascal(wanted)
        name = self.names.take(name, f"{name}Model") if name in MODEL_NAMES else self.names.take(name)
        self.order[name] = None
        return name

    def claim(self, site: Site) -> str:
        """Return the name of the definition that is made for a site."""
        return site.name if site.define else self.new_name(site.name)

    def add(self, definition: ir.Definition) -> ir.Named:
        """Add a definition and return a reference to it."""
        self.definitions[definition.name] = definition
        self.order.setdefault(definition.name)
        return ir.Named(definition.name)

    def has(self, name: str) -> bool:
        """Return whether a name is defined, or will be once its fields are built."""
        return name in self.definitions or name in self.objects

    def finished(self) -> tuple[ir.Definition, ...]:
        """Return the definitions in the order in which they were named."""
        return tuple(self.definitions[name] for name in self.order if name in self.definitions)

    def resolved(self, type_: ir.Type) -> ir.Type:
        """Return what an alias stands for; any other type is returned as it is."""
        while isinstance(type_, ir.Named) and isinstance(found := self.definitions.get(type_.name), ir.Alias):
            type_ = found.type
        return type_

    def is_object(self, type_: ir.Type) -> bool:
        """Return whether values of a type are JSON objects (or a choice that may be one)."""
        if isinstance(type_, ir.Named):
            return type_.name in self.objects or isinstance(self.definitions.get(type_.name), ir.Choice)
        return isinstance(type_, ir.Mapping)

    def is_text(self, type_: ir.Type) -> bool:
        """Return whether values of a type are JSON strings."""
        if isinstance(type_, ir.Scalar):
            return type_.kind in ("str", "datetime", "date", "binary")
        return any(isinstance(member.value, str) for member in self.members(type_))

    def is_whole_number(self, type_: ir.Type) -> bool:
        """Return whether values of a type are JSON integers."""
        return type_ == ir.Scalar("int") or any(isinstance(member.value, int) for member in self.members(type_))

    def members(self, type_: ir.Type) -> tuple[ir.Member, ...]:
        """Return the members of an enumeration, or those that constants would be."""
        if isinstance(type_, ir.Named) and isinstance(found := self.definitions.get(type_.name), ir.Enumeration):
            return found.members
        if isinstance(type_, ir.Fixed):
            names = naming.Names()
            values = (value for value in type_.values if value is not None and not isinstance(value, bool))
            return tuple(ir.Member(member_name(value, None, names), value) for value in values)
        return ()

    def is_open(self, type_: ir.Type) -> bool:
        """Return whether a type is an enumeration that takes unknown values too."""
        found = self.definitions.get(type_.name) if isinstance(type_, ir.Named) else None
        return isinstance(found, ir.Enumeration) and found.open


def member_name(value: str | int, title: object, names: naming.Names) -> str:
    """Take the name of an enumeration's member: its title where it has one, else what its value spells."""
    if isinstance(title, str) and title.strip():
        return names.take(naming.constant(title))
    if isinstance(value, int):
        return names.take(f"VALUE_{value}" if value >= 0 else f"VALUE_MINUS_{-value}")
    return names.take(naming.constant(value) if value.strip() else "EMPTY")
