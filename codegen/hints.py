"""Writes types as annotations.

A method or a field whose name is also that of a type hides the type from the annotations of its class (`list` after
`async def list`), so annotations take the names to spell out: there, `list[str]` is `builtins.list[str]` and `date` is
`dt.date`.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Collection, Mapping
from functools import reduce

from codegen import ir

SCALARS: dict[ir.ScalarKind, str] = {
    "str": "str",
    "int": "int",
    "float": "float",
    "bool": "bool",
    "datetime": "datetime",
    "date": "date",
    "binary": "str",
    "bytes": "bytes",
    "content": "FileContent",
    "file": "FileInput",
}


_GUESSES: dict[ir.Guess, str] = {"object": "Implied(dict)", "array": "Implied(list)", "all": "Implied()"}


def hint(type_: ir.Type, prefix: str = "") -> str:
    """Return the annotation of a type, as a caller reads it; `prefix` stands before the names of definitions."""
    return decoded_hint(ir.stated(type_), prefix)


def decoded_hint(type_: ir.Type, prefix: str = "") -> str:
    """Return the annotation of a type, as a decoder reads it: with what tells guessed types from stated ones."""
    if (guess := ir.guess_of(type_)) and not isinstance(type_, ir.Nullable):
        return f"Annotated[{decoded_hint(ir.guessed(type_, ''), prefix)}, {_GUESSES[guess]}]"
    match type_:
        case ir.Scalar(kind):
            return SCALARS[kind]
        case ir.Anything():
            return "Any"
        case ir.NULL:
            return "None"
        case ir.Fixed(values):
            return f"Literal[{', '.join(repr(value) for value in values)}]"
        case ir.Listing(item):
            return f"list[{decoded_hint(item, prefix)}]"
        case ir.Row(items):
            return f"tuple[{', '.join(decoded_hint(item, prefix) for item in items)}]"
        case ir.Mapping(value):
            return f"dict[str, {decoded_hint(value, prefix)}]"
        case ir.Named(name):
            return f"{prefix}{name}"
        case ir.Either(members):
            return " | ".join(decoded_hint(member, prefix) for member in members)
        case ir.Nullable(inner):
            return f"{decoded_hint(inner, prefix)} | None"


def field_hint(annotation: str, type_: ir.Type, *, required: bool) -> str:
    """Return the annotation of a field or keyword, whose bare type's annotation is given.

    Optional is `T | None`; optional and nullable is `T | UnsetType | None`, so that null can be told from absent.
    """
    if isinstance(type_, ir.Anything):
        return annotation
    if type_ == ir.NULL:
        return "None" if required else "UnsetType | None"
    if isinstance(type_, ir.Nullable) and not required:
        return f"{annotation} | UnsetType | None"
    return annotation if required and not isinstance(type_, ir.Nullable) else f"{annotation} | None"


_MODULES = {"date": "dt", "datetime": "dt", "field": "attrs"}


def module_of(name: str) -> str | None:
    """Return the module that spells out a name used in annotations, or None for a name that nothing hides."""
    return _MODULES.get(name) or ("builtins" if hasattr(builtins, name) else None)


def qualified(annotation: str, hidden: Collection[str]) -> str:
    """Return an annotation in which the names that other names hide are spelled out."""
    names = {name: f"{module}.{name}" for name in hidden if name in annotation and (module := module_of(name))}
    return renamed(annotation, names) if names else annotation


def renamed(annotation: str, names: Mapping[str, str]) -> str:
    """Return an annotation in which some names are others."""
    return ast.unparse(_Renamer(names).visit(ast.parse(annotation, mode="eval")))


class _Renamer(ast.NodeTransformer):
    def __init__(self, names: Mapping[str, str]) -> None:
        self.names = names

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        """Take a name out of the quotes of a forward reference: annotations are not evaluated where they stand."""
        if not isinstance(node.value, str):
            return node
        unquoted: ast.expr = self.visit(ast.parse(node.value, mode="eval").body)
        return unquoted

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        """Leave the strings of `Literal` alone, they are values; write `Union[A, B]` as `A | B`."""
        name = node.value.id if isinstance(node.value, ast.Name) else ""
        if name == "Literal":
            return node
        self.generic_visit(node)
        if name == "Union" and isinstance(node.slice, ast.Tuple):
            return reduce(lambda left, right: ast.BinOp(left, ast.BitOr(), right), node.slice.elts)
        return node

    def visit_Name(self, node: ast.Name) -> ast.expr:
        """Exchange one name."""
        new = self.names.get(node.id)
        return node if new is None else ast.parse(new, mode="eval").body
