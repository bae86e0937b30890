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

from attrs import frozen

from codegen import ir
from codegen.docstrings import clean, docstring
from codegen.hints import field_hint, hint, qualified, renamed
from codegen.reach import types_in
from codegen.render import TEMPLATES, header

_IMPORTS = """
from __future__ import annotations

import builtins
import datetime as datetimes
from datetime import date, datetime
from typing import Annotated, Any, Final, Literal, TypeAlias, Union
from enum import Enum, IntEnum

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


def prepared(definitions: tuple[ir.Definition, ...]) -> dict[str, Any]:
    """Return a JSON Schema whose components are the definitions, under neutral names."""
    neutral = {name: alias for alias, name in neutral_names(definitions).items()}
    components = {neutral[item.name]: _component(item, neutral) for item in definitions}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$defs": components}


def neutral_names(definitions: tuple[ir.Definition, ...]) -> dict[str, str]:
    """Return the names that stand for definitions in the prepared document, and those that they stand for."""
    return {f"C{index}": definition.name for index, definition in enumerate(definitions)}


def _component(definition: ir.Definition, neutral: dict[str, str]) -> dict[str, Any]:
    match definition:
        case ir.Model():
            properties = {
                f"f{index}": _schema(ir.bare(part.type), neutral) for index, part in enumerate(_fields(definition))
            }
            return {"type": "object", "properties": properties, "required": list(properties)}
        case ir.Enumeration(_, _, members):
            return {"type": "string", "enum": [f"m{index}" for index, _ in enumerate(members)]}
        case ir.Choice(_, members):
            return _schema(ir.Either(members), neutral)
        case ir.Alias(_, type_):
            return _schema(type_, neutral)


def _fields(model: ir.Model) -> tuple[ir.Field, ...]:
    if model.rest is None:
        return model.fields
    return (
        *model.fields,
        ir.Field(model.rest.name, "", ir.Mapping(model.rest.type), required=True, doc=model.rest.doc),
    )


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


def _schema(type_: ir.Type, neutral: dict[str, str]) -> dict[str, Any]:
    match type_:
        case ir.Scalar(kind):
            return dict(_SCALARS[kind])
        case ir.Anything():
            return {}
        case ir.Fixed(values):
            return {"anyOf": [{"const": value} for value in values]} if len(values) > 1 else {"const": values[0]}
        case ir.Listing(item):
            return {"type": "array", "items": _schema(item, neutral)}
        case ir.Row(items):
            length = len(items)
            prefix = [_schema(item, neutral) for item in items]
            return {"type": "array", "prefixItems": prefix, "items": False, "minItems": length, "maxItems": length}
        case ir.Mapping(value):
            return {"type": "object", "additionalProperties": _schema(value, neutral)}
        case ir.Named(name):
            return {"$ref": f"#/$defs/{neutral[name]}"}
        case ir.Either(members):
            return {"anyOf": [_schema(member, neutral) for member in members]}
        case ir.Nullable(inner):
            return {"anyOf": [_schema(inner, neutral), {"type": "null"}]}


def _generated(definitions: tuple[ir.Definition, ...]) -> str:
    # Slow to import, and not needed to read a document.
    from datamodel_code_generator import InputFileType, generate  # noqa: PLC0415
    from datamodel_code_generator.enums import DataModelType  # noqa: PLC0415
    from datamodel_code_generator.format import DatetimeClassType, PythonVersion  # noqa: PLC0415

    names = neutral_names(definitions)
    by_name = {item.name: item for item in definitions}
    views = defaultdict[str, dict[str, Any]](
        dict, {neutral: {"model": _view(by_name[name], names)} for neutral, name in names.items()}
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        text = generate(
            json.dumps(prepared(definitions)),
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
        call, factory = qualified("field", self.hidden), qualified("dict", self.hidden)
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
    ("str", False): "str, Enum",
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
