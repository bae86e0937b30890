"""Compares what users import: the generated code and the hand-written client of two source trees.

griffe reads both trees without running them and finds what was removed, renamed or made required. It does not look at
annotations, nor at the constructors that attrs makes, so those are compared here. Only this module imports griffe.
"""

from __future__ import annotations

import ast
import logging
from collections.abc import Iterator, Mapping
from pathlib import Path

import griffe
from attrs import define, field, frozen

from codegen.diff.annotations import graded, parts
from codegen.diff.change import Change, Direction, Grade
from codegen.diff.text import code
from codegen.report import Refusal

PACKAGE = "reknit"
_SHARED = ("runtime", "sandbox")
"""Packages whose `__all__` is their public face; what is in their modules besides is internal."""
_BOTH: frozenset[Direction] = frozenset({"sent", "received"})


@frozen
class Names:
    """What users call the generated things of one API: its groups by class, and where its models travel."""

    api: str
    groups: Mapping[str, str]
    travels: Mapping[str, frozenset[Direction]]


def compare(old: Path, new: Path, apis: list[Names]) -> list[Change]:
    """Return what is different in Python for users of one source tree (a directory with `reknit` in it) and another."""
    before, after = _load(old), _load(new)
    found = _Found()
    faces = _face(before, apis), _face(after, apis)
    seen: set[tuple[str, str]] = set()
    for name, kept in faces[0].items():
        if name not in faces[1]:
            found.add("breaking", name, "is gone")
        elif (pair := (kept.canonical_path, faces[1][name].canonical_path)) not in seen:  # some have two names
            seen.add(pair)
            _Compared(found, _travels(name, apis)).objects(name, kept, faces[1][name])
    for name in faces[1]:
        if name not in faces[0]:
            found.add("addition", name, "is new")
    published: dict[str, str] = {}
    for face in faces:
        for name, kept in face.items():
            published.setdefault(kept.canonical_path, name)
    for breakage in _breakages(before, after, apis):
        _record(breakage, published, found)
    return found.without_twins()


@define
class _Found:
    changes: dict[Change, None] = field(factory=dict)

    def add(self, grade: Grade, name: str, what: str) -> None:
        self.changes.setdefault(Change(grade, what, name, level="python"))

    def without_twins(self) -> list[Change]:
        """Return the changes but for those of `with_response` that its plain sibling has too."""
        said = {(change.name, change.what, change.grade) for change in self.changes}
        plain = [(change.name.replace(".with_response", ""), change.what, change.grade) for change in self.changes]
        return [
            change
            for change, sibling in zip(self.changes, plain, strict=True)
            if sibling[0] == change.name or sibling not in said
        ]


# --- what is public --------------------------------------------------------------------------------------------------


def _load(tree: Path) -> griffe.Module:
    logging.getLogger("griffe").setLevel(logging.CRITICAL)  # aliases into packages that are not loaded stay open
    try:
        loaded = griffe.load(
            PACKAGE,
            search_paths=[tree],
            allow_inspection=False,
            resolve_aliases=True,
            resolve_external=False,
            try_relative_path=False,
        )
    except (griffe.GriffeError, ImportError, SyntaxError) as problem:
        raise Refusal(f"src/{PACKAGE}", f"cannot be read: {problem}") from None
    if not isinstance(loaded, griffe.Module):
        raise Refusal(f"src/{PACKAGE}", "is no package")
    return loaded


def _face(package: griffe.Module, apis: list[Names]) -> dict[str, griffe.Object]:
    """Return what users can name, by the name that they know it by."""
    face = dict(_exports(package, PACKAGE))
    for name in _SHARED:
        if shared := _module(package, name):
            face |= _exports(shared, f"{PACKAGE}.{name}")
    for name in ("errors", "options"):
        if module := _module(package, name):
            face |= {f"{PACKAGE}.{name}.{key}": item for key, item in _own(module)}
    for names in apis:
        if api := _module(package, names.api):
            face |= _api_face(api, names)
    return face


def _api_face(api: griffe.Module, names: Names) -> Iterator[tuple[str, griffe.Object]]:
    yield from _exports(api, names.api)
    for name in ("models", "events", "operations"):
        module = _module(api, "_generated", name)
        for key, item in _own(module) if module else ():
            if name == "models":
                yield f"{names.api}.{key}", item
            elif name == "events":
                yield f"{names.api}.events.{key}", item
            elif isinstance(item, griffe.Class):
                yield _group_name(names, key), item


def _group_name(names: Names, key: str) -> str:
    plain = key.removesuffix("WithResponse")
    if key in names.groups or plain not in names.groups:
        return f"{names.api}.Client.{names.groups.get(key, key)}"
    return f"{names.api}.Client.{names.groups[plain]}.with_response"


def _module(package: griffe.Module, *path: str) -> griffe.Module | None:
    found: griffe.Object | griffe.Alias = package
    for name in path:
        if name not in found.members:
            return None
        found = found.members[name]
    return found if isinstance(found, griffe.Module) else None


def _exports(module: griffe.Module, name: str) -> Iterator[tuple[str, griffe.Object]]:
    for export in module.exports or ():
        key = export if isinstance(export, str) else export.name
        item = module.members.get(key)
        target = _target(item) if item is not None else None
        if target is not None and not isinstance(target, griffe.Module):
            yield f"{name}.{key}", target


def _own(item: griffe.Object) -> Iterator[tuple[str, griffe.Object]]:
    """Yield the public members that are defined in a module or class; a constructor is public too."""
    for key, member in item.members.items():
        if isinstance(member, griffe.Object) and (key == "__init__" or not key.startswith("_")):
            yield key, member


def _target(item: griffe.Object | griffe.Alias) -> griffe.Object | None:
    if isinstance(item, griffe.Object):
        return item
    try:
        return item.final_target
    except griffe.GriffeError:
        return None


def _travels(name: str, apis: list[Names]) -> frozenset[Direction]:
    for names in apis:
        if name.startswith(f"{names.api}."):
            return names.travels.get(name.removeprefix(f"{names.api}."), _BOTH)
    return _BOTH


# --- our own comparison ----------------------------------------------------------------------------------------------


@frozen
class _Compared:
    """Compares two objects of one name; `travels` is where values of a class go: given, read, or both."""

    found: _Found
    travels: frozenset[Direction]

    def objects(self, name: str, old: griffe.Object, new: griffe.Object) -> None:
        match old, new:
            case (griffe.Function(), griffe.Function()):
                self._functions(name, old, new)
            case (griffe.Class(), griffe.Class()):
                self._classes(name, old, new)
            case (griffe.Attribute(), griffe.Attribute()):
                self._values(name, old, new)
            case _ if old.kind is not new.kind:
                self.found.add("breaking", name, f"is of another kind: {new.kind.value}, not {old.kind.value}")

    def _functions(self, name: str, old: griffe.Function, new: griffe.Function) -> None:
        shown = name.removesuffix(".__init__")
        before, after = ({part.name: part for part in call.parameters} for call in (old, new))
        for key, part in after.items():
            if key not in before:
                if not part.required:
                    self.found.add("addition", f"{shown}({key})", "is a new keyword")
                continue
            if before[key].required and not part.required:
                self.found.add("addition", f"{shown}({key})", "need not be given")
            grade = graded(_written(before[key].annotation), _written(part.annotation), {"sent"})
            if grade:
                self._retyped(grade, f"{shown}({key})", before[key].annotation, part.annotation)
        if ("async" in old.labels) != ("async" in new.labels):
            self.found.add("breaking", shown, "is awaited" if "async" in new.labels else "is not awaited any more")
        if grade := graded(_written(old.returns), _written(new.returns), {"received"}):
            self._retyped(grade, shown, old.returns, new.returns, "returns")

    def _retyped(self, grade: Grade, name: str, old: object, new: object, verb: str = "is") -> None:
        self.found.add(grade, name, f"{verb} {code(_shown(new))} instead of {code(_shown(old))}")

    def _classes(self, name: str, old: griffe.Class, new: griffe.Class) -> None:
        before, after = dict(_own(old)), dict(_own(new))
        constructed = _is_attrs(old) or _is_attrs(new)
        for key, item in after.items():
            where = f"{name}.{key}"
            if key not in before:
                must = constructed and isinstance(item, griffe.Attribute) and _required(item)
                self.found.add(
                    "breaking" if must else "addition", where, "must be given to the constructor" if must else "is new"
                )
                continue
            former = before[key]
            self.objects(where, former, item)
            if constructed and isinstance(former, griffe.Attribute) and isinstance(item, griffe.Attribute):
                if _required(item) and not _required(former):
                    self.found.add("breaking", where, "must be given to the constructor")
                elif _required(former) and not _required(item):
                    self.found.add("addition", where, "need not be given to the constructor")
        for key in before.keys() - after.keys():
            self.found.add("breaking", f"{name}.{key}", "is gone")

    def _values(self, name: str, old: griffe.Attribute, new: griffe.Attribute) -> None:
        before, after = _meaning(old), _meaning(new)
        grade = graded(_written(before), _written(after), self.travels)
        if grade:
            self._retyped(grade, name, before, after)
        if _is_enum(old.parent) and str(old.value) != str(new.value):
            self.found.add("breaking", name, f"has the value {code(new.value)} instead of {code(old.value)}")


def _meaning(item: griffe.Attribute) -> object:
    """Return the annotation of a value, or what an alias of a type stands for."""
    if "TypeAlias" in str(item.annotation):
        return item.value
    call = str(item.value)
    if call.startswith("TypeAliasType("):
        tree = ast.parse(call, mode="eval").body
        if isinstance(tree, ast.Call) and len(tree.args) == 2:
            meant = tree.args[1]
            return meant.value if isinstance(meant, ast.Constant) else ast.unparse(meant)
    return item.annotation


def _written(annotation: object) -> frozenset[str]:
    return frozenset() if annotation is None else frozenset(parts(str(annotation)))


def _shown(annotation: object) -> str:
    return "nothing" if annotation is None else " | ".join(parts(str(annotation)))


def _is_attrs(item: griffe.Class) -> bool:
    names = {str(decorator.value).partition("(")[0].rpartition(".")[2] for decorator in item.decorators}
    return bool(names & {"define", "frozen", "mutable"})


def _is_enum(item: object) -> bool:
    return isinstance(item, griffe.Class) and any(str(base).endswith("Enum") for base in item.bases)


def _required(item: griffe.Attribute) -> bool:
    """Return whether the constructor that attrs makes cannot do without a field."""
    if item.annotation is None or "ClassVar" in str(item.annotation) or "property" in item.labels:
        return False
    if item.value is None:
        return True
    value = ast.parse(str(item.value), mode="eval").body
    if not (isinstance(value, ast.Call) and str(item.value).startswith(("field(", "attrs.field("))):
        return False
    given = {keyword.arg: keyword.value for keyword in value.keywords}
    left_out = "init" in given and ast.unparse(given["init"]) == "False"
    return not (left_out or "default" in given or "factory" in given)


# --- griffe -----------------------------------------------------------------------------------------------------------


def _breakages(old: griffe.Module, new: griffe.Module, apis: list[Names]) -> Iterator[griffe.Breakage]:
    """Yield what griffe finds. It passes over `_generated`, whose name says that it is private, unless asked for."""
    yield from griffe.find_breaking_changes(old, new)
    for names in apis:
        for name in ("models", "operations", "events"):
            before, after = (_module(tree, names.api, "_generated", name) for tree in (old, new))
            if before and after:
                yield from griffe.find_breaking_changes(before, after)


_SAID = {
    griffe.BreakageKind.OBJECT_REMOVED: "is gone",
    griffe.BreakageKind.PARAMETER_REMOVED: "is no keyword any more",
    griffe.BreakageKind.PARAMETER_ADDED_REQUIRED: "is a new keyword that must be given",
    griffe.BreakageKind.PARAMETER_CHANGED_REQUIRED: "must be given now",
    griffe.BreakageKind.PARAMETER_MOVED: "stands in another position",
    griffe.BreakageKind.PARAMETER_CHANGED_KIND: "is given in another way",
    griffe.BreakageKind.PARAMETER_CHANGED_DEFAULT: "has another default",
    griffe.BreakageKind.CLASS_REMOVED_BASE: "has lost a base class",
}
"""Kinds that are missing here are of annotations and values: ours says more exactly which of those matter."""


def _record(breakage: griffe.Breakage, published: Mapping[str, str], found: _Found) -> None:
    what = _SAID.get(breakage.kind)
    name = _published(breakage.obj.canonical_path, published)
    if what is None or name is None:
        return
    for value in (breakage.old_value, breakage.new_value):
        if isinstance(value, griffe.Parameter):
            name = f"{name.removesuffix('.__init__')}({value.name})"
            break
    found.add("breaking", name, what)


def _published(path: str, published: Mapping[str, str]) -> str | None:
    """Return what users call an object, or None for what they cannot name."""
    head, tail = path, ""
    while head:
        if head in published:
            return published[head] + tail
        head, _, last = head.rpartition(".")
        if last.startswith("_") and last != "__init__":
            return None
        tail = f".{last}{tail}"
    return None
