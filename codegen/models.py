"""Writes models.py: attrs classes, enumerations and aliases.

datamodel-code-generator turns schemas into annotations and renders our templates. It is given documents made of
nothing but named components whose properties are all required and plainly typed, so that names, null, defaults and
order are decided in one place, the intermediate representation, and its part stays easy. Classes, fields and members
have neutral names there (`C0`, `f0`, `m0`): what the document calls them cannot upset it. Its classes are then put back
into the document's order.

Its part is also kept small, for its time and memory grow with every property and reference: a component names another
one as a type that exists already, so that a few hundred at a time are a document of their own; a class has one property
for each type in it; an enumeration has one member. What the templates ask for is all there in the views.
"""

from __future__ import annotations

import json
import re
import warnings
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from attrs import Factory, define, frozen

from codegen import ir
from codegen.docstrings import clean, docstring
from codegen.hints import decoded_hint, field_hint, hint, qualified
from codegen.reach import types_in
from codegen.recursion import recursive
from codegen.render import TEMPLATES, header

_IMPORTS = """
from __future__ import annotations

import builtins
import datetime as dt
from datetime import date, datetime
from typing import Annotated, Any, ClassVar, Final, Literal, TypeAlias, Union
from enum import IntEnum, StrEnum

import attrs
from attrs import define, field

from reknit.options import UNSET, UnsetType
from reknit.runtime import FileInput, Implied, OpenEnum, OpenIntEnum, Tagged, TypeAliasType, Unknown, blank
"""


def models_module(document: ir.Document, command: str) -> str:
    """Return the text of models.py, not yet formatted."""
    blocks = _generated(document.definitions)
    ordered = [blocks[definition.name] for definition in _in_order(document.definitions)]
    top = header(f"Models of {document.title}.", document, command)
    names = "".join(f"    {name!r},\n" for name in sorted(blocks))
    exported = f"__all__ = [\n{names}]" if names else "__all__: list[str] = []"  # a list of what, where it is empty
    return "\n\n\n".join([top, f"{_IMPORTS}\n{exported}\n", *ordered]) + "\n"


# --- the document that datamodel-code-generator is given -------------------------------------------------------------


@frozen
class Prepared:
    """The components that are given, and what the neutral names in them stand for."""

    components: dict[str, dict[str, Any]]
    names: dict[str, str]
    recursive: frozenset[str] = frozenset()

    def annotation(self, type_hint: str) -> str:
        """Return an annotation with the names of the document."""
        return _NEUTRAL.sub(lambda found: self.names[found[0]], type_hint)


_NEUTRAL = re.compile(r"\b[CK]\d+\b")


def prepared(definitions: tuple[ir.Definition, ...]) -> Prepared:
    """Return a JSON Schema for each definition (`C0` …); the constants in them are names too (`K0` …)."""
    names = {f"C{index}": definition.name for index, definition in enumerate(definitions)}
    writer = _Writer({name: neutral for neutral, name in names.items()})
    components = {writer.neutral[item.name]: writer.component(item) for item in definitions}
    names |= {neutral: annotation for annotation, neutral in writer.constants.items()}
    return Prepared(components, names, recursive(definitions))


def _fields(model: ir.Model) -> tuple[ir.Field, ...]:
    if model.rest is None:
        return model.fields
    rest = ir.Field(model.rest.name, "", ir.Mapping(model.rest.type), required=True, doc=model.rest.doc)
    return (*model.fields, rest)


_SCALARS: dict[ir.ScalarKind, dict[str, str]] = {
    "str": {"type": "string"},
    "int": {"type": "integer"},
    "float": {"type": "number"},
    "bool": {"type": "boolean"},
    "datetime": {"type": "string", "format": "date-time"},
    "date": {"type": "string", "format": "date"},
    "binary": {"type": "string"},
    "bytes": {"type": "string", "format": "binary"},
    "content": {"type": "string"},
    "file": {"type": "string"},
}


@define
class _Writer:
    """Writes types as schemas that leave nothing to decide.

    A constant is a name for its annotation: datamodel-code-generator makes an enumeration of constants in a union. So
    is a type that was guessed, since its annotation says so.
    """

    neutral: dict[str, str]
    constants: dict[str, str] = Factory(dict[str, str])

    def component(self, definition: ir.Definition) -> dict[str, Any]:
        match definition:
            case ir.Model():
                types = {_key(part): ir.bare(part.type) for part in _fields(definition)}
                properties = {f"f{index}": self.schema(type_) for index, type_ in enumerate(types.values())}
                return {"type": "object", "properties": properties, "required": list(properties)}
            case ir.Enumeration():
                return {"type": "string", "enum": ["m0"]}
            case ir.Choice(_, members):
                return self.schema(ir.Either(tuple(ir.guessed(member, "") for member in members)))
            case ir.Alias(_, type_):
                return self.schema(type_)

    def schema(self, type_: ir.Type) -> dict[str, Any]:
        if ir.guess_of(type_) and not isinstance(type_, ir.Nullable):
            return self._constant(type_)
        match type_:
            case ir.Scalar(kind):
                return dict(_SCALARS[kind])
            case ir.Anything():
                return {}
            case ir.Fixed():
                return self._constant(type_)
            case ir.Listing(item):
                return {"type": "array", "items": self.schema(item)}
            case ir.Row(items):
                prefix = [self.schema(item) for item in items]
                ends = {"items": False, "minItems": len(items), "maxItems": len(items)}
                return {"type": "array", "prefixItems": prefix, **ends}
            case ir.Mapping(value):
                return {"type": "object", "additionalProperties": self.schema(value)}
            case ir.Named(name):
                return self._reference(self.neutral[name])
            case ir.Either(members):
                return {"anyOf": [self.schema(member) for member in members]}
            case ir.Nullable(inner):
                return {"anyOf": [self.schema(inner), {"type": "null"}]}

    def _constant(self, type_: ir.Type) -> dict[str, Any]:
        return self._reference(self.constants.setdefault(decoded_hint(type_), f"K{len(self.constants)}"))

    def _reference(self, name: str) -> dict[str, Any]:
        return {"customTypePath": f"elsewhere.{name}"}  # of a module that nobody imports: its classes are put together


def _key(part: ir.Field) -> str:
    """Return what fields of one type have in common: their annotation (`1` and `True` are equal, as values)."""
    return decoded_hint(ir.bare(part.type))


_TOGETHER = 200
"""How many components are given at a time: more take more memory, fewer more calls."""


def _generated(definitions: tuple[ir.Definition, ...]) -> dict[str, str]:
    """Return the text of each class and alias, by name."""
    given = prepared(definitions)
    parts = list(zip(given.components.items(), definitions, strict=True))
    blocks: dict[str, str] = {}
    for start in range(0, len(parts), _TOGETHER):
        some = parts[start : start + _TOGETHER]
        views = {neutral: _view(definition, given) for (neutral, _), definition in some}
        blocks |= _blocks(_rendered(dict(component for component, _ in some), views))
    return blocks


def _rendered(components: dict[str, dict[str, Any]], views: dict[str, object]) -> str:
    """Return what datamodel-code-generator makes of some components: our templates, filled in."""
    # Slow to import, and not needed to read a document.
    from datamodel_code_generator import InputFileType, generate  # noqa: PLC0415
    from datamodel_code_generator.enums import DataModelType  # noqa: PLC0415
    from datamodel_code_generator.format import DatetimeClassType, PythonVersion  # noqa: PLC0415

    data = defaultdict[str, dict[str, Any]](dict, {neutral: {"model": view} for neutral, view in views.items()})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        text = generate(
            json.dumps({"$schema": "https://json-schema.org/draft/2020-12/schema", "$defs": components}),
            input_file_type=InputFileType.JsonSchema,
            output_model_type=DataModelType.DataclassesDataclass,
            target_python_version=PythonVersion.PY_311,
            output_datetime_class=DatetimeClassType.Datetime,
            custom_template_dir=TEMPLATES / "models",
            extra_template_data=data,
            use_union_operator=True,
            use_standard_collections=True,
            disable_timestamp=True,
            formatters=[],
        )
    assert isinstance(text, str)
    return text


def _blocks(text: str) -> dict[str, str]:
    """Return the text of each class and alias, by name: the templates put a mark and the name before each.

    The mark is a character that no text of a document keeps (see `codegen.docstrings.clean`).
    """
    blocks = (block.partition("\n") for block in text.split("\x1e")[1:])
    return {name: block.strip("\n") for name, _, block in blocks}


# --- what the templates ask for --------------------------------------------------------------------------------------


@frozen
class _FieldView:
    """One line of a class: the field, the names that its class hides, and the value it has when none is given."""

    field: ir.Field
    hidden: frozenset[str]
    default: str | None

    @property
    def name(self) -> str:
        return self.field.name

    def annotation(self, type_hint: str) -> str:
        return qualified(field_hint(type_hint, self.field.type, required=self.field.required), self.hidden)

    @property
    def assignment(self) -> str:
        arguments: dict[str, str] = {}
        if self.default is not None:
            arguments["default"] = self.default
        if self.field.secret:
            arguments["repr"] = "blank"
        if metadata := self.metadata:
            arguments["metadata"] = f"{{{metadata}}}"
        if list(arguments) == ["default"]:
            return f" = {self.default}"
        if not arguments:
            return ""
        call = qualified("field", self.hidden)
        return f" = {call}({', '.join(f'{name}={value}' for name, value in arguments.items())})"

    @property
    def metadata(self) -> str:
        """What the runtime has to know of the field: its wire name, and whether a null cannot be told from nothing."""
        entries = [f'"wire": {self.field.wire!r}'] if self.field.wire != self.field.name else []
        if self.default == "None" and ir.guess_of(self.field.type):
            entries.append('"implied": True')
        return ", ".join(entries)

    @property
    def docstring(self) -> str:
        text = f"{self.field.doc}\n\nDeprecated." if self.field.deprecated else self.field.doc
        return docstring(text, 4) if clean(text) else ""


@frozen
class _RestView(_FieldView):
    """The field that takes the properties that the document does not name."""

    @property
    def assignment(self) -> str:
        call, factory = qualified("field", self.hidden), qualified("dict[str, Any]", self.hidden)
        return f" = {call}(factory={factory}, metadata={{'rest': True}})"


@frozen
class _ModelView:
    name: str
    docstring: str
    fields: tuple[_FieldView, ...]
    given: Prepared
    closed: bool

    def lines(self, rendered: Iterable[Any]) -> Iterator[tuple[_FieldView, str]]:
        """Yield each field with its annotation; `rendered` are the properties that stand for the types."""
        keys = dict.fromkeys(_key(part.field) for part in self.fields)
        hints = dict(zip(keys, (self.given.annotation(item.type_hint) for item in rendered), strict=True))
        for part in self.fields:
            yield part, part.annotation(hints[_key(part.field)])


@frozen
class _MemberView:
    name: str
    literal: str
    docstring: str


@frozen
class _EnumerationView:
    name: str
    docstring: str
    base: str
    members: tuple[_MemberView, ...]


@frozen
class _AliasView:
    name: str
    docstring: str
    choice: ir.Choice | None
    given: Prepared

    def statement(self, type_hint: str) -> str:
        """Return what defines the alias; one that contains itself is read when it is needed, from a text."""
        annotation = self.given.annotation(type_hint)
        if self.choice is not None:
            annotation = f"{annotation} | Unknown"
        late = self.name in self.given.recursive
        if late:
            annotation = f'"{annotation.replace(chr(34), chr(39))}"'
        if self.choice is not None and self.choice.tag is not None:
            tags = ", ".join(f"{value!r}: {hint(type_)}" for value, type_ in self._tags(self.choice))
            otherwise = f", {hint(self.choice.otherwise)}" if self.choice.otherwise else ""
            annotation = f"Annotated[{annotation}, Tagged({self.choice.tag!r}, {{{tags}}}{otherwise})]"
        if late:
            return f"{self.name} = TypeAliasType({self.name!r}, {annotation})"
        return f"{self.name}: TypeAlias = {annotation}"

    def _tags(self, choice: ir.Choice) -> Iterator[tuple[str, ir.Type]]:
        """Yield the tags whose members are defined by then: of aliases that contain each other, one comes first."""
        for value, type_ in choice.tags:
            names = {part.name for part in ir.parts(type_) if isinstance(part, ir.Named)}
            if not (self.name in self.given.recursive and names & self.given.recursive):
                yield value, type_


def _view(definition: ir.Definition, given: Prepared) -> object:
    text = definition.doc if clean(definition.doc) else f"{definition.name}."
    match definition:
        case ir.Model():
            hidden = frozenset(part.name for part in _fields(definition))
            views = [_FieldView(part, hidden, default_of(part)) for part in definition.fields]
            if definition.rest is not None:
                views.append(_RestView(_fields(definition)[-1], hidden, None))
            return _ModelView(definition.name, docstring(text, 4), tuple(views), given, definition.closed)
        case ir.Enumeration():
            members = (
                _MemberView(member.name, repr(member.value), docstring(member.doc, 4) if clean(member.doc) else "")
                for member in definition.members
            )
            return _EnumerationView(
                definition.name, docstring(text, 4), _BASES[definition.base, definition.open], tuple(members)
            )
        case ir.Choice():
            return _AliasView(definition.name, docstring(text, 0), definition, given)
        case ir.Alias():
            return _AliasView(definition.name, docstring(text, 0), None, given)


_BASES = {
    ("str", True): "OpenEnum",
    ("int", True): "OpenIntEnum",
    ("str", False): "StrEnum",
    ("int", False): "IntEnum",
}


def default_of(part: ir.Field) -> str | None:
    """Return what a field is when it is not given, or None where it must be given.

    A required field that can have one value only has it: nobody should have to write `type="cat"` into a `Cat`.
    """
    if part.tri_state:
        return "UNSET"
    if not part.required:
        return "None"
    if isinstance(part.type, ir.Fixed) and len(part.type.values) == 1 and part.type != ir.NULL:
        return repr(part.type.values[0])
    return None


# --- order -----------------------------------------------------------------------------------------------------------


def _in_order(definitions: tuple[ir.Definition, ...]) -> list[ir.Definition]:
    """Return enumerations, classes, then aliases after those that they are made of: each as in the document.

    Annotations are read when they are needed, so that classes may come in any order; an alias is evaluated at once.
    """
    aliases = {item.name: item for item in definitions if isinstance(item, ir.Alias | ir.Choice)}
    ordered: dict[str, ir.Definition] = {}
    begun: set[str] = set()

    def add(alias: ir.Alias | ir.Choice) -> None:
        begun.add(alias.name)
        for name in _names_in(alias):
            if name in aliases and name not in begun:
                add(aliases[name])
        ordered[alias.name] = alias

    for alias in aliases.values():
        if alias.name not in ordered:
            add(alias)
    enumerations = [item for item in definitions if isinstance(item, ir.Enumeration)]
    return [*enumerations, *(item for item in definitions if isinstance(item, ir.Model)), *ordered.values()]


def _names_in(alias: ir.Alias | ir.Choice) -> Iterator[str]:
    for type_ in types_in(alias):
        yield from (part.name for part in ir.parts(type_) if isinstance(part, ir.Named))
