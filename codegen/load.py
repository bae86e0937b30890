"""Reads one YAML or JSON document from disk, the way JSON means it.

YAML here is the 1.2 core schema: `no` and `on` stay strings, dates stay strings, `0o17` is a number and `017` is
seventeen. Keys are always strings and are taken as they are written, so that an unquoted status code `200:` is
`"200"`. Aliases share one object in memory; what they would expand to is measured before anything walks it.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Hashable
from pathlib import Path
from typing import Any, ClassVar

import yaml
from attrs import field, frozen

from codegen.report import Refusal

MAX_BYTES = 64 * 2**20
"""A document larger than this is refused unread (the largest public one known is 13 MB)."""

MAX_NODES = 5_000_000
"""A document that expands to more values than this is refused: it is a bomb made of aliases."""

MAX_DEPTH = 300
"""A document that is nested deeper than this is refused (libyaml and Python both recurse; real ones reach 30)."""

_MERGE = "tag:yaml.org,2002:merge"
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@frozen
class Source:
    """One file as it was read: its name for people, its place, its digest, its value."""

    name: str
    path: Path = field(eq=False, repr=False)
    digest: str = field(eq=False)
    value: Any = field(eq=False, repr=False)
    repeated: tuple[tuple[str, ...], ...] = field(default=(), eq=False, repr=False)
    """Pointers of the keys that an object has more than once: the last one counts."""

    @property
    def is_3_0(self) -> bool:
        """Whether the file says that it is OpenAPI 3.0, where nothing beside a `$ref` counts."""
        return isinstance(self.value, dict) and str(self.value.get("openapi", "")).startswith("3.0")


def load(path: Path, name: str | None = None) -> Source:
    """Read a document, or refuse it with the reason and, where there is one, the line.

    `name` is how messages and file headers call the file; the default is its bare file name, so that neither says
    where on the machine it lies.
    """
    name = name or path.name
    try:
        if path.stat().st_size > MAX_BYTES:
            raise Refusal(name, f"larger than {MAX_BYTES // 2**20} MiB")
        data = path.read_bytes()
    except OSError as problem:
        raise Refusal(name, problem.strerror or "cannot be read") from None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise Refusal(name, f"is not UTF-8 at byte {problem.start}") from None
    repeats: _Repeats = []
    value = _read(text, name, repeats, as_json=text.lstrip()[:1] == "{" and path.suffix == ".json")
    return Source(name, path, hashlib.sha256(data).hexdigest(), value, _pointers(value, repeats))


def parse(text: str, name: str, *, as_json: bool) -> Any:
    """Read a value from text, or refuse it with the reason; `name` is how messages call it."""
    return _read(text, name, [], as_json=as_json)


_Repeats = list[tuple[dict[Any, Any], str]]
"""Objects with a key that was written in them more than once."""


def _read(text: str, name: str, repeats: _Repeats, *, as_json: bool) -> Any:
    value = _from_json(text, name, repeats) if as_json else _from_yaml(text, name, repeats)
    _measure(value, name)
    return value


def _pointers(value: Any, repeats: _Repeats) -> tuple[tuple[str, ...], ...]:
    """Return where the repeated keys stand, as far as they are in what counts."""
    wanted: dict[int, list[str]] = {}
    for owner, key in repeats:
        wanted.setdefault(id(owner), []).append(key)
    found: list[tuple[str, ...]] = []
    stack: list[tuple[Any, tuple[str, ...]]] = [(value, ())]
    while stack and wanted:
        part, pointer = stack.pop()
        found += [(*pointer, key) for key in wanted.pop(id(part), ())]
        children = part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ()
        stack += [(child, (*pointer, str(key))) for key, child in children if isinstance(child, dict | list)]
    return tuple(sorted(found))


def _from_json(text: str, name: str, repeats: _Repeats) -> Any:
    def whole(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        if len(made) != len(pairs):
            repeats.extend((made, key) for key in made if any(k == key and made[k] != value for k, value in pairs))
        return made

    try:
        return json.loads(text, object_pairs_hook=whole)
    except json.JSONDecodeError as problem:
        raise Refusal(f"{name}:{problem.lineno}", f"is not JSON: {problem.msg}") from None
    except (RecursionError, ValueError) as problem:
        raise Refusal(name, f"is not JSON that can be read: {problem}") from None


def _from_yaml(text: str, name: str, repeats: _Repeats) -> Any:
    try:
        _check_depth(text, name)
        loader = CoreLoader(text)
        try:
            loader.repeats = repeats
            return loader.get_single_data()
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as problem:
        mark = problem.problem_mark
        raise Refusal(f"{name}:{mark.line + 1}" if mark else name, f"is not YAML: {problem.problem}") from None
    except yaml.YAMLError as problem:
        raise Refusal(name, f"is not YAML: {problem}") from None


def _check_depth(text: str, name: str) -> None:
    """Refuse YAML that is nested so deeply that composing it would overflow the C stack: no exception survives that."""
    depth = 0
    for event in yaml.parse(text, CoreLoader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                line = event.start_mark.line + 1 if event.start_mark else 1
                raise Refusal(f"{name}:{line}", f"is nested more than {MAX_DEPTH} levels deep")
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


class CoreLoader(_Loader):  # type: ignore[misc]
    """PyYAML's safe loader with the scalars of YAML 1.2 and with keys as written."""

    yaml_implicit_resolvers: ClassVar[dict[str, list[tuple[str, re.Pattern[str]]]]] = {}
    merged = 0
    repeats: _Repeats

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:  # noqa: FBT001, FBT002
        """Build a mapping whose keys are the text of its key nodes; of a key that comes twice the last one counts."""
        if not isinstance(node, yaml.MappingNode):
            raise _no_yaml("a tag of mappings on what is none", node)
        self.flatten_mapping(node)
        mapping: dict[Hashable, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                raise _no_yaml("a key that is no scalar", key_node)
            mapping[key_node.value] = self.construct_object(value_node, deep=deep)
        return mapping

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        """Put what `<<` names before the mapping's own entries, or refuse where it grows to a bomb."""
        merges = [value for key, value in node.value if key.tag == _MERGE]
        if not merges:
            return
        node.value = [(key, value) for key, value in node.value if key.tag != _MERGE]
        entries: list[tuple[yaml.Node, yaml.Node]] = []
        for value in merges:
            for source in reversed(value.value) if isinstance(value, yaml.SequenceNode) else (value,):
                if not isinstance(source, yaml.MappingNode):
                    raise _no_yaml("`<<` can merge nothing but mappings", source)
                self.flatten_mapping(source)
                self.merged += len(source.value)
                if self.merged > MAX_NODES:
                    raise _no_yaml(f"`<<` merges more than {MAX_NODES} entries", source)
                entries += source.value
        node.value = entries + node.value


def _no_yaml(why: str, node: yaml.Node) -> yaml.YAMLError:
    error: yaml.YAMLError = yaml.constructor.ConstructorError(None, None, why, node.start_mark)
    return error


def _construct_integer(loader: Any, node: yaml.ScalarNode) -> int:
    text: str = loader.construct_scalar(node)
    base = {"0o": 8, "0x": 16}.get(text[:2], 10)
    try:
        return int(text if base == 10 else text[2:], base)
    except ValueError as problem:
        raise _no_yaml(str(problem), node) from None


def _construct_float(loader: Any, node: yaml.ScalarNode) -> float:
    text: str = loader.construct_scalar(node)
    try:
        return float(text.replace(".inf", "inf").replace(".nan", "nan").replace(".Inf", "inf").replace(".NaN", "nan"))
    except ValueError as problem:
        raise _no_yaml(str(problem), node) from None


def _construct_boolean(loader: Any, node: yaml.ScalarNode) -> bool:
    return str(loader.construct_scalar(node)).lower() == "true"


def _construct_map(loader: Any, node: yaml.MappingNode) -> Any:
    mapping: dict[Hashable, Any] = {}
    yield mapping
    written = list(node.value)
    mapping.update(loader.construct_mapping(node))
    own = [key.value for key, _ in written if key.tag != _MERGE]
    if len(set(own)) < len(own):
        loader.repeats += [(mapping, key) for key, count in Counter(own).items() if count > 1]


def _construct_text(loader: Any, node: yaml.ScalarNode) -> str:
    text: str = loader.construct_scalar(node)
    return text


def _refuse_tag(_: Any, node: yaml.Node) -> None:
    raise _no_yaml(f"JSON has nothing like {node.tag}", node)


# https://yaml.org/spec/1.2.2/#1032-tag-resolution, and `<<`, which real documents use although 1.2 dropped it.
for _tag, _pattern, _first in (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", "-+0123456789"),
    ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", "-+0123456789."),
    ("float", r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)", "-+."),
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("merge", r"<<", "<"),
):
    CoreLoader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(rf"^(?:{_pattern})$"), list(_first))
CoreLoader.add_constructor("tag:yaml.org,2002:int", _construct_integer)
CoreLoader.add_constructor("tag:yaml.org,2002:float", _construct_float)
CoreLoader.add_constructor("tag:yaml.org,2002:bool", _construct_boolean)
CoreLoader.add_constructor("tag:yaml.org,2002:map", _construct_map)
CoreLoader.add_constructor(_MERGE, CoreLoader.construct_scalar)
for _tag in ("binary", "timestamp"):
    CoreLoader.add_constructor(f"tag:yaml.org,2002:{_tag}", _construct_text)
for _tag in ("omap", "pairs", "set"):
    CoreLoader.add_constructor(f"tag:yaml.org,2002:{_tag}", _refuse_tag)


def _measure(value: Any, name: str) -> None:
    """Refuse a value that holds itself, is nested too deeply, or has too many parts when aliases are written out."""
    sizes: dict[int, int] = {}
    depths: dict[int, int] = {}
    pending: set[int] = set()
    stack: list[tuple[Any, bool]] = [(value, False)]
    met = 0
    while stack:
        part, closing = stack.pop()
        if not isinstance(part, dict | list) or id(part) in sizes:
            continue
        children = list(part.values()) if isinstance(part, dict) else part
        if closing:
            pending.discard(id(part))
            sizes[id(part)] = 1 + sum(sizes.get(id(child), 1) for child in children)
            depths[id(part)] = 1 + max((depths.get(id(child), 0) for child in children), default=0)
            if sizes[id(part)] > MAX_NODES:
                raise Refusal(name, f"expands to more than {MAX_NODES} values")
            if depths[id(part)] > MAX_DEPTH:
                raise Refusal(name, f"is nested more than {MAX_DEPTH} levels deep")
            continue
        if id(part) in pending:
            raise Refusal(name, "has an alias that contains itself")
        met += len(children)
        if met > MAX_NODES:  # said before they are kept to be looked at: that would take gigabytes
            raise Refusal(name, f"expands to more than {MAX_NODES} values")
        pending.add(id(part))
        stack.append((part, True))
        stack.extend((child, False) for child in children if isinstance(child, dict | list))


_TOO_LONG_TO_COUNT = 2 * 2**20


def line_of(path: Path, pointer: tuple[str, ...]) -> int | None:
    """Return the line where a pointer leads, counted from one; None where telling it fails or takes too long."""
    try:
        if path.stat().st_size > _TOO_LONG_TO_COUNT:
            return None
        node = yaml.compose(path.read_text("utf-8-sig"), CoreLoader)
    except (yaml.YAMLError, OSError):
        return None
    for token in pointer:
        child = _child(node, token)
        if child is None:
            break
        node = child
    return node.start_mark.line + 1 if node is not None else None


def _child(node: yaml.Node | None, token: str) -> yaml.Node | None:
    if isinstance(node, yaml.MappingNode):
        return next((value for key, value in node.value if getattr(key, "value", None) == token), None)
    if isinstance(node, yaml.SequenceNode) and token.isdigit() and int(token) < len(node.value):
        found: yaml.Node = node.value[int(token)]
        return found
    return None
