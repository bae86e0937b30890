"""Compares annotations as they are written: pure text, no type checker.

A union is a set, in any order and spelling. Arguments may widen and results may narrow; anything inside brackets has to
stay as it is, because a list is invariant.
"""

from __future__ import annotations

import ast
from collections.abc import Set as AbstractSet

from codegen.diff.change import Direction, Grade

_MODULES = {"models", "builtins", "dt", "attrs", "typing", "collections", "abc"}
_TRANSPARENT = {"Annotated", "Final", "ClassVar"}


def parts(annotation: str) -> tuple[str, ...]:
    """Return what a union is made of, as it is written; any other annotation is its own only part."""
    try:
        tree = _Plain().visit(ast.parse(annotation.strip(), mode="eval").body)
        return tuple(dict.fromkeys(ast.unparse(part) for part in _members(tree)))
    except (SyntaxError, ValueError, RecursionError):
        return (annotation,)


def graded(old: AbstractSet[str], new: AbstractSet[str], directions: AbstractSet[Direction]) -> Grade | None:
    """Return how much a change of an annotation matters to values that travel in some directions, None for not."""
    gone, come = old - new, new - old
    if not gone and not come:
        return None
    grades: list[Grade] = []
    if "sent" in directions:
        lost = {part for part in gone if not (part == "int" and "float" in new)}
        grades.append("breaking" if lost and "Any" not in new else "addition")
    if "received" in directions:
        grades.append("fix" if not come else "addition" if "Unknown" in old and not gone else "breaking")
    return "breaking" if "breaking" in grades or not grades else grades[0]


def _members(tree: ast.expr) -> list[ast.expr]:
    match tree:
        case ast.Constant(str() as quoted):
            return _members(ast.parse(quoted.strip(), mode="eval").body)
        case ast.BinOp(left, ast.BitOr(), right):
            return [*_members(left), *_members(right)]
        case ast.Subscript(ast.Name(name), inner) if name in _TRANSPARENT:
            first = inner.elts[0] if isinstance(inner, ast.Tuple) and inner.elts else inner
            return _members(first)
        case ast.Subscript(ast.Name("Optional"), inner):
            return [*_members(inner), ast.Constant(None)]
        case ast.Subscript(ast.Name("Union" | "Literal" as name), inner):
            given = inner.elts if isinstance(inner, ast.Tuple) else [inner]
            if name == "Union":
                return [member for part in given for member in _members(part)]
            return [ast.Subscript(ast.Name(name), part) for part in given]
        case _:
            return [tree]


class _Plain(ast.NodeTransformer):
    """Writes `builtins.list[models.Tool]` as `list[Tool]`: a module stands there only where a name is hidden."""

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        """Drop the module of a name."""
        self.generic_visit(node)
        return ast.Name(node.attr) if isinstance(node.value, ast.Name) and node.value.id in _MODULES else node
