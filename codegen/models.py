"""Writes models.py: attrs classes, enumerations and aliases.

datamodel-code-generator turns schemas into annotations and renders our templates. It is given a document made of
nothing but named components whose properties are all required and plainly typed, so that names, null, defaults and
order are decided in one place, the intermediate representation, and its part stays easy. Classes, fields and members
have neutral names there (`C0`, `f0`, `m0`): what the document calls them cannot upset it. Its classes are then put back
into the document's order.
"""

from __future__ import annotations

import ast
import json
import warnings
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from attrs import Factory, define, frozen

from codegen import ir
from codegen.docstrings import clean, docstring
from codegen.hints import field_hint, hint, qualified, renamed
from codegen.reach import types_in
from codegen.render import TEMPLATES, header

_IMPORTS = """
from __future__ import annotations

import builtins
import datetime as dt
from datetime import date, datetime
from typing import Annotated, Any, Final, Literal, TypeAlias, Union
from enum import IntEnum, StrEnum

import attrs
from attrs import define, field

from reknit.options import UNSET, UnsetType
from reknit.runtime import FileInput, OpenEnum, OpenIntEnum, Tagged, Unknown, blank
"""


def models_module(document: ir.Document, command: str) -> str:
    """Return the text of models.py, not yet formatted."""
    blocks = _blocks(_generated(document.definitions)) if document.definitions else {}
    ordered = [blocks[definition.name] for definition in _in_order(document.definitions)]
    top = header(f"Models of {document.title}.", document, command)
    names = "".join(f"    {name!r},\n" for name in sorted(blocks))
    return "\n\n\n".join([top, _IMPORTS + f"\n__all__ = [\n{names}]\n", *ordered]) + "\n"


# --- the document that datamodel-code-generator is given -------------------------------------------------------------


@frozen
class Prepared:
    """The document that is given, and what the neutral names in it stand for."""

    schema: dict[str, Any]
    names: dict[str, str]


def prepared(definitions: tuple[ir.Definition, ...]) -> Prepared:
    """Return a JSON Schema whose components are the definitions (`C0` …) and the constants in them (`K0` …)."""
    names = {f"C{index}": definition.name for index, definition in enumerate(definitions)}
    writer = _Writer({name: neutral for neutral, name in names.items()})
    components = {writer.neutral[item.name]: writer.component(item) for item in definitions}
    constants = {neutral: {"type": "object"} for neutral in writer.constants.values()}
    names |= {neutral: annotation for annotation, neutral in writer.constants.items()}
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$defs": components | constants}
    return Prepared(schema, names)


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
    "file": {"type": "string"},
}


@define
class _Writer:
    """Writes types as schemas that leave nothing to decide.

    A constant is a component of its own: datamodel-code-generator makes an enumeration of constants in a union.
    """

    neutral: dict[str, str]
    constants: dict[str, str] = Factory(dict[str, str])

    def component(self, definition: ir.Definition) -> dict[str, Any]:
        match definition:
            case ir.Model():
                types = {f"f{index}": ir.bare(part.type) for index, part in enumerate(_fields(definition))}
                properties = {name: self.schema(type_) for name, type_ in types.items()}
                return {"type": "object", "properties": properties, "required": list(properties)}
            case ir.Enumeration(_, _, members):
                return {"type": "string", "enum": [f"m{index}" for index, _ in enumerate(members)]}
            case ir.Choice(_, members):
                return self.schema(ir.Either(members))
            case ir.Alias(_, type_):
                return self.schema(type_)

    def schema(self, type_: ir.Type) -> dict[str, Any]:
        match type_:
            case ir.Scalar(kind):
                return dict(_SCALARS[kind])
            case ir.Anything():
                return {}
            case ir.Fixed():
                return self._reference(self.constants.setdefault(hint(type_), f"K{len(self.constants)}"))
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

    def _reference(self, name: str) -> dict[str, Any]:
        return {"$ref": f"#/$defs/{name}"}


def _generated(definitions: tuple[ir.Definition, ...]) -> str:
    # Slow to import, and not needed to read a document.
    from datamodel_code_generator import InputFileType, generate  # noqa: PLC0415
    from datamodel_code_generator.enums import DataModelType  # noqa: PLC0415
    from datamodel_code_generator.format import DatetimeClassType, PythonVersion  # noqa: PLC0415

    given = prepared(definitions)
    views = defaultdict[str, dict[str, Any]](dict)
    for neutral, item in zip(given.names, definitions, strict=False):
        views[neutral]["model"] = _view(item, given.names)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        text = generate(
            json.dumps(given.schema),
            input_file_type=InputFileType.JsonSchema,
            output_model_type=DataModelType.DataclassesDataclass,
            target_python_version=PythonVersion.PY_311,
            output_datetime_class=DatetimeClassType.Datetime,
            custom_template_dir=TEMPLATES / "models",
            extra_template_data=views,
            use_union_operator=True,
            use_standard_collections=True,
            disable_timestamp=True,
            formatters=[],
        )
    assert isinstance(text, str)
    return text


# --- what the templates ask for --------------------------------------------------------------------------------------


@frozen
class _FieldView:
    """One line of a class: the field, the names that its class hides, and the value it has when none is given."""

    field: ir.Field
    hidden: frozenset[str]
    default: str | None
    names: dict[str, str]

    @property
    def name(self) -> str:
        return self.field.name

    def annotation(self, type_hint: str) -> str:
        annotation = renamed(type_hint, self.names)
        return qualified(field_hint(annotation, self.field.type, required=self.field.required), self.hidden)

    @property
    def assignment(self) -> str:
        arguments: dict[str, str] = {}
        if self.default is not None:
            arguments["default"] = self.default
        if self.field.secret:
            arguments["repr"] = "blank"
        if self.field.wire != self.field.name:
            arguments["metadata"] = f'{{"wire": {self.field.wire!r}}}'
        if list(arguments) == ["default"]:
            return f" = {self.default}"
        if not arguments:
            return ""
        call = qualified("field", self.hidden)
        return f" = {call}({', '.join(f'{name}={value}' for name, value in arguments.items())})"

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

    def field(self, neutral: str) -> _FieldView:
        return self.fields[int(neutral[1:])]


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
    names: dict[str, str]

    def annotation(self, type_hint: str) -> str:
        type_hint = renamed(type_hint, self.names)
        if self.choice is None:
            return type_hint
        union = f"{type_hint} | Unknown"
        if self.choice.tag is None:
            return union
        tags = ", ".join(f"{value!r}: {hint(type_)}" for value, type_ in self.choice.tags)
        return f"Annotated[{union}, Tagged({self.choice.tag!r}, {{{tags}}})]"


def _view(definition: ir.Definition, names: dict[str, str]) -> object:
    text = definition.doc if clean(definition.doc) else f"{definition.name}."
    match definition:
        case ir.Model():
            hidden = frozenset(part.name for part in _fields(definition))
            views = [_FieldView(part, hidden, default_of(part), names) for part in definition.fields]
            if definition.rest is not None:
                views.append(_RestView(_fields(definition)[-1], hidden, None, names))
            return _ModelView(definition.name, docstring(text, 4), tuple(views))
        case ir.Enumeration():
            members = (
                _MemberView(member.name, repr(member.value), docstring(member.doc, 4) if clean(member.doc) else "")
                for member in definition.members
            )
            return _EnumerationView(
                definition.name, docstring(text, 4), _BASES[definition.base, definition.open], tuple(members)
            )
        case ir.Choice():
            return _AliasView(definition.name, docstring(text, 0), definition, names)
        case ir.Alias():
            return _AliasView(definition.name, docstring(text, 0), None, names)


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
    if isinstance(part.type, ir.Fixed) and len(part.type.values) == 1:
        return repr(part.type.values[0])
    return None


# --- order -----------------------------------------------------------------------------------------------------------


def _in_order(definitions: tuple[ir.Definition, ...]) -> list[ir.Definition]:
    """Return enumerations, classes, then aliases after those that they are made of: each as in the document.

    Annotations are read when they are needed, so that classes may come in any order; an alias is evaluated at once.
    """
    aliases = {item.name: item for item in definitions if isinstance(item, ir.Alias | ir.Choice)}
    ordered: dict[str, ir.Definition] = {}

    def add(alias: ir.Alias | ir.Choice) -> None:
        for name in _names_in(alias):
            if name in aliases and name not in ordered and name != alias.name:
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


def _blocks(text: str) -> dict[str, str]:
    """Return the text of each class and alias of a module, by name."""
    lines = text.splitlines()
    blocks: dict[str, str] = {}
    last = ""
    for node in ast.parse(text).body:
        if isinstance(node, ast.ClassDef):
            last = node.name
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            blocks[last] = "\n".join(lines[first - 1 : node.end_lineno])
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            last = node.target.id
            blocks[last] = "\n".join(lines[node.lineno - 1 : node.end_lineno])
        elif isinstance(node, ast.Expr) and last:  # the docstring of an alias
            blocks[last] += "\n" + "\n".join(lines[node.lineno - 1 : node.end_lineno])
    return blocks
