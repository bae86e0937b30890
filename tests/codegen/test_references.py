"""References are followed across files, and no further than they may go."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from codegen.load import Source
from codegen.references import Library, Node, parse_pointer, pointer_text
from codegen.report import Refusal

Write = Callable[..., Source]


def library(source: Source, *, allow_outside: bool = False) -> Library:
    return Library(source, allow_outside)


def at(lib: Library, *keys: str) -> Node:
    node = lib.document.get(*keys)
    assert node is not None
    return node


def test_pointers_are_escaped_as_rfc_6901_says() -> None:
    assert pointer_text(("a/b", "c~d", "")) == "/a~1b/c~0d/"
    assert parse_pointer("/a~1b/c~0d/") == ("a/b", "c~d", "")
    assert parse_pointer("") == ()


def test_a_node_knows_its_place(write: Write) -> None:
    lib = library(write({"a": {"b/c": [{"d": 1}]}, "n": None}))
    node = next(at(lib, "a", "b/c").elements())
    assert node.where == "spec.yaml#/a/b~1c/0"
    assert [key for key, _ in node.items()] == ["d"]
    assert lib.document.get("n") is None
    assert lib.document.has("n")
    assert lib.document.get("a", "b/c", "d") is None
    assert list(node.each("nothing")) == []
    assert list(node.elements()) == []


@pytest.mark.parametrize(
    "reference",
    ["#/defs/a%20b~1c/items/0", "#/defs/a b~1c/items/0", "#named"],
)
def test_a_reference_inside_the_document(write: Write, reference: str) -> None:
    lib = library(
        write({"defs": {"a b/c": {"items": [{"$anchor": "named", "type": "string"}]}}, "x": {"$ref": reference}})
    )
    assert lib.follow(at(lib, "x")).value["type"] == "string"


def test_a_chain_is_followed_to_its_end(write: Write) -> None:
    lib = library(write({"a": {"$ref": "#/b"}, "b": {"$ref": "#/c"}, "c": {"type": "integer"}}))
    assert lib.follow(at(lib, "a")).place == ("spec.yaml", ("c",))
    assert lib.target(at(lib, "a")).place == ("spec.yaml", ("b",))
    assert lib.target(at(lib, "c")).place == ("spec.yaml", ("c",))


def test_a_reference_into_another_file_and_back(write: Write) -> None:
    lib = library(
        write(
            {"x": {"$ref": "parts/pets.yaml#/Pet"}, "Base": {"type": "object"}},
            parts__pets_yaml="Pet: {$ref: '../spec.yaml#/Base'}\n",
        )
    )
    assert lib.target(at(lib, "x")).where == "parts/pets.yaml#/Pet"
    assert lib.follow(at(lib, "x")).where == "spec.yaml#/Base"
    assert len(lib.files) == 2


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"x": {"$ref": "#/nowhere/at/all"}}, "leads nowhere: there is no 'nowhere' in spec.yaml#"),
        ({"x": {"$ref": "#/list/7"}, "list": [1]}, "leads nowhere"),
        ({"x": {"$ref": "#none"}, "y": {"$anchor": "some"}}, r"no \$anchor of this name"),
        ({"x": {"$ref": "#/y"}, "y": {"$ref": "#/x"}}, "leads in a circle and names nothing"),
        ({"x": {"$ref": "#/x"}}, "leads in a circle"),
        ({"x": {"$ref": "https://example.com/a.yaml#/b"}}, "is an address of the network"),
        ({"x": {"$ref": "//example.com/a.yaml"}}, "is an address of the network"),
        ({"x": {"$ref": "file:///etc/passwd"}}, "is an address of the network"),
        ({"x": {"$ref": "../outside.yaml"}}, "leaves the document's folder"),
        ({"x": {"$ref": "/etc/passwd"}}, "leaves the document's folder"),
        ({"x": {"$ref": "missing.yaml"}}, r"missing\.yaml: No such file"),
        ({"x": {"$ref": "a%00b.yaml"}}, "is no name of a file"),
        ({"x": {"$id": "http://[x", "$ref": "[y.yaml"}}, r"\[y\.yaml: No such file"),
    ],
)
def test_a_reference_that_cannot_be_followed_is_refused(write: Write, document: dict[str, Any], message: str) -> None:
    lib = library(write(document))
    with pytest.raises(Refusal, match=message):
        lib.follow(at(lib, "x"))


def test_a_symbolic_link_out_of_the_folder_is_outside(write: Write, tmp_path: Path) -> None:
    folder = tmp_path / "inner"
    folder.mkdir()
    (tmp_path / "secret.yaml").write_text("type: string")
    (folder / "link.yaml").symlink_to(tmp_path / "secret.yaml")
    lib = library(write({"x": {"$ref": "link.yaml"}}, "inner/spec.yaml"))
    with pytest.raises(Refusal, match="leaves the document's folder"):
        lib.follow(at(lib, "x"))


def test_a_file_outside_is_followed_when_it_is_allowed(write: Write, tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / "other.yaml").write_text("type: string")
    lib = library(write({"x": {"$ref": "../other.yaml"}}, "inner/spec.yaml"), allow_outside=True)
    assert lib.follow(at(lib, "x")).where == "other.yaml#"


def test_a_schema_with_an_id_is_a_document_of_its_own(write: Write) -> None:
    outer = {
        "$id": "https://example.com/schemas/outer",
        "$defs": {"inner": {"type": "integer"}, "near": {"$anchor": "near", "type": "string"}},
        "a": {"$ref": "#/$defs/inner"},
        "b": {"$ref": "#near"},
        "c": {"$ref": "#/far"},
        "d": {"$ref": "other"},
        "e": {"$ref": "#far"},
    }
    document = {
        "x": {"outer": outer, "other": {"$id": "https://example.com/schemas/other", "type": "array"}},
        "far": {"type": "boolean", "$anchor": "far"},
        "by": {"$ref": "https://example.com/schemas/outer#/$defs/inner"},
    }
    lib = library(write(document))
    found = {name: lib.follow(at(lib, "x", "outer", name)).value["type"] for name in "abcde"}
    assert found == {"a": "integer", "b": "string", "c": "boolean", "d": "array", "e": "boolean"}
    assert lib.follow(at(lib, "by")).value["type"] == "integer"


def test_dynamic_references_lead_where_they_do_in_a_schema_that_nothing_extends(write: Write) -> None:
    tree = {"$dynamicAnchor": "node", "items": {"$dynamicRef": "#node"}}
    old = {"$recursiveAnchor": True, "items": {"$recursiveRef": "#"}}
    lib = library(write({"schemas": {"tree": tree, "old": old, "other": {"$ref": "#/schemas/tree"}}}))
    assert lib.follow(at(lib, "schemas", "tree", "items")).pointer == ("schemas", "tree")
    assert lib.follow(at(lib, "schemas", "old", "items")).pointer == ("schemas", "old")


def test_a_file_that_is_not_there_is_refused_where_it_is_asked_for(write: Write) -> None:
    lib = library(write({"x": {"$ref": "gone.yaml#/a"}}))
    with pytest.raises(Refusal, match=r"spec\.yaml#/x: \$ref 'gone\.yaml#/a': gone\.yaml: No such file"):
        lib.follow(at(lib, "x"))
