"""Follows `$ref`, inside a document and into the files beside it.

A `Node` is a value together with the place where it stands; every later step works on nodes, so that each message
can name its JSON pointer and each inline schema can be named after where it stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urljoin

from attrs import Factory, define, field, frozen

from codegen.load import Source, load
from codegen.report import Refusal

Pointer = tuple[str, ...]

DYNAMIC = ("$dynamicRef", "$recursiveRef")
"""References that a schema which extends another may redirect: here they lead where they do without one."""


@frozen(eq=False)
class Node:
    """A value of a document, the file it stands in and the pointer that leads to it."""

    value: Any = field(repr=False)
    source: Source
    pointer: Pointer = ()

    @property
    def place(self) -> tuple[str, Pointer]:
        """What identifies the node: two nodes of one place are the same schema."""
        return self.source.name, self.pointer

    @property
    def where(self) -> str:
        """The place as text: the file's name and an RFC 6901 pointer."""
        return f"{self.source.name}#{pointer_text(self.pointer)}"

    def get(self, *keys: str) -> Node | None:
        """Return the node under a path of keys, or None where one is missing or null."""
        node = self
        for key in keys:
            if not isinstance(node.value, dict) or node.value.get(key) is None:
                return None
            node = Node(node.value[key], node.source, (*node.pointer, key))
        return node

    def items(self) -> Iterator[tuple[str, Node]]:
        """Yield the entries of an object; anything else has none."""
        if isinstance(self.value, dict):
            for key, value in self.value.items():
                yield key, Node(value, self.source, (*self.pointer, key))

    def elements(self) -> Iterator[Node]:
        """Yield the elements of an array; anything else has none."""
        if isinstance(self.value, list):
            for index, value in enumerate(self.value):
                yield Node(value, self.source, (*self.pointer, str(index)))

    def each(self, key: str) -> Iterator[Node]:
        """Yield the elements of the array under a key, if there is one."""
        child = self.get(key)
        return child.elements() if child else iter(())

    def entries(self, key: str) -> Iterator[tuple[str, Node]]:
        """Yield the entries of the object under a key, if there is one."""
        child = self.get(key)
        return child.items() if child else iter(())

    def text(self, key: str) -> str:
        """Return the text under a key, or the empty string where there is no text."""
        value = self.value.get(key) if isinstance(self.value, dict) else None
        return value if isinstance(value, str) else ""

    def flag(self, key: str) -> bool:
        """Return whether the value under a key is true."""
        return isinstance(self.value, dict) and self.value.get(key) is True

    def has(self, key: str) -> bool:
        """Return whether there is a value under a key, null included."""
        return isinstance(self.value, dict) and key in self.value

    @property
    def reference(self) -> str | None:
        """The text of `$ref`, or of `$dynamicRef` or `$recursiveRef` in its place, if the node has one."""
        if not isinstance(self.value, dict):
            return None
        value = self.value.get("$ref")
        if value is None:
            value = next((self.value[word] for word in DYNAMIC if word in self.value), None)
        return value if isinstance(value, str) else None


@define
class Library:
    """The files that one document is made of: each is read once, and none outside its folder unless allowed."""

    root: Source
    allow_outside: bool = False
    files: dict[Path, Source] = Factory(dict[Path, Source])
    identifiers: dict[str, dict[str, Node]] = Factory(dict[str, dict[str, Node]])

    def __attrs_post_init__(self) -> None:
        self.files[self.root.path.resolve()] = self.root

    @property
    def document(self) -> Node:
        """The document itself."""
        return Node(self.root.value, self.root)

    def target(self, node: Node) -> Node:
        """Return the node that a `$ref` names, one step on."""
        reference = node.reference
        if reference is None:
            return node
        address, _, fragment = reference.partition("#")
        if address and (identified := self._identified(node, address)):
            return self._inside(node, identified, fragment)
        if address:
            source = self._file(node, address)
            return self._inside(node, Node(source.value, source), fragment)
        return self._beside(node, fragment)

    def follow(self, node: Node) -> Node:
        """Return the node at the end of a chain of `$ref`s, or refuse a chain that has no end."""
        seen = {node.place}
        while node.reference is not None:
            following = self.target(node)
            if following.place in seen:
                raise Refusal(node.where, f"$ref {node.reference!r} leads in a circle and names nothing")
            seen.add(following.place)
            node = following
        return node

    def _beside(self, node: Node, fragment: str) -> Node:
        """Return what a fragment names in the node's own file.

        Inside a schema with an `$id` the root is that schema (JSON Schema, 8.2.1). Documents that do not know it begin
        at the file's root there too, and where both lead somewhere they mean that.
        """
        root = Node(node.source.value, node.source)
        if not fragment.startswith("/"):
            nearest = self._enclosing(node) or root
            known = not fragment or _anchor(nearest, unquote(fragment)) is not None
            return self._inside(node, nearest if known else root, fragment)
        try:
            return self._inside(node, root, fragment)
        except Refusal:
            around = self._enclosing(node)
            if around is None:
                raise
        return self._inside(node, around, fragment)

    def _inside(self, node: Node, root: Node, fragment: str) -> Node:
        fragment = unquote(fragment)
        if fragment and not fragment.startswith("/"):
            found = _anchor(root, fragment)
            if found is None:
                raise Refusal(node.where, f"$ref {node.reference!r}: no $anchor of this name")
            return found
        target = root
        for token in parse_pointer(fragment):
            value = target.value
            if isinstance(value, dict) and token in value:
                child = value[token]
            elif isinstance(value, list) and token.isdigit() and int(token) < len(value):
                child = value[int(token)]
            else:
                raise Refusal(
                    node.where, f"$ref {node.reference!r} leads nowhere: there is no {token!r} in {target.where}"
                )
            target = Node(child, root.source, (*target.pointer, token))
        return target

    def _enclosing(self, node: Node) -> Node | None:
        """Return the nearest schema around a node that is a document of its own, by its `$id`."""
        found = None
        around = Node(node.source.value, node.source)
        for token in node.pointer:
            value = around.value
            child = value[int(token)] if isinstance(value, list) else value.get(token)
            around = Node(child, node.source, (*around.pointer, token))
            if around.text("$id") or around.flag("$recursiveAnchor"):
                found = around
        return found

    def _identified(self, node: Node, address: str) -> Node | None:
        """Return the schema whose `$id` is an address, or ends in it as a relative one would."""
        for source in (node.source, *self.files.values()):
            if source.name not in self.identifiers:
                self.identifiers[source.name] = _identifiers(Node(source.value, source))
            known = self.identifiers[source.name]
            for text in (address, _joined(self._base(node), address)):
                if text in known:
                    return known[text]
        return None

    def _base(self, node: Node) -> str:
        enclosing = self._enclosing(node)
        return enclosing.text("$id") if enclosing else ""

    def _file(self, node: Node, address: str) -> Source:
        if re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", address) or address.startswith("//"):
            raise Refusal(
                node.where, f"$ref {node.reference!r} is an address of the network: save the file beside the document"
            )
        try:
            path = (node.source.path.parent / unquote(address)).resolve()
        except (ValueError, OSError):
            raise Refusal(node.where, f"$ref {node.reference!r} is no name of a file") from None
        folder = self.root.path.resolve().parent
        if not (self.allow_outside or path.is_relative_to(folder)):
            raise Refusal(
                node.where, f"$ref {node.reference!r} leaves the document's folder (allow it with --allow-outside)"
            )
        if path not in self.files:
            name = path.relative_to(folder).as_posix() if path.is_relative_to(folder) else path.name
            try:
                self.files[path] = load(path, name)
            except Refusal as refusal:
                raise Refusal(node.where, f"$ref {node.reference!r}: {refusal.where}: {refusal.why}") from None
        return self.files[path]


def _joined(base: str, address: str) -> str:
    try:
        return urljoin(base, address)
    except ValueError:
        return address  # not an address, such as `[x`: a name at most


def _anchor(root: Node, name: str) -> Node | None:
    anchors = ("$anchor", "$dynamicAnchor")
    return next((node for node in _everything(root) if any(node.text(word) == name for word in anchors)), None)


def _identifiers(root: Node) -> dict[str, Node]:
    """Return every schema that has an `$id`, by that and without its empty fragment."""
    return {text.removesuffix("#"): node for node in _everything(root) if (text := node.text("$id"))}


def _everything(root: Node) -> Iterator[Node]:
    stack = [root]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(child for _, child in node.items())
        stack.extend(node.elements())


def pointer_text(pointer: Pointer) -> str:
    """Return a pointer as RFC 6901 writes it."""
    return "".join(f"/{token.replace('~', '~0').replace('/', '~1')}" for token in pointer)


def parse_pointer(text: str) -> Pointer:
    """Return the tokens of an RFC 6901 pointer (percent-decoding is the caller's)."""
    return tuple(token.replace("~1", "/").replace("~0", "~") for token in text.split("/")[1:]) if text else ()
