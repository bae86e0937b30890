"""Small documents, written where they are tested."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
import yaml
from attrs import frozen

from codegen import ir
from codegen.build import build
from codegen.load import Source, load
from codegen.report import Report

HEAD = {"openapi": "3.1.0", "info": {"title": "Test", "version": "1"}}


@frozen
class Built:
    """What a document came out as, and what there is to say about it."""

    document: ir.Document
    report: Report

    def definition(self, name: str) -> Any:
        return next(item for item in self.document.definitions if item.name == name)

    def operation(self, name: str) -> ir.Operation:
        return next(item for item in self.document.operations if item.name == name)

    @property
    def names(self) -> list[str]:
        return [item.name for item in self.document.definitions]


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Source]:
    """Write a document (YAML text, or what it would be) and the files beside it; return it as it is read."""

    def write_(text: str | dict[str, Any], name: str = "spec.yaml", **beside: str) -> Source:
        for other, content in beside.items():
            path = tmp_path / other.replace("__", "/").replace("_yaml", ".yaml")
            path.parent.mkdir(exist_ok=True)
            path.write_text(dedent(content), "utf-8")
        path = tmp_path / name
        path.write_text(text if isinstance(text, str) else yaml.safe_dump(text, sort_keys=False), "utf-8")
        return load(path)

    return write_


@pytest.fixture
def built(write: Callable[..., Source]) -> Callable[..., Built]:
    """Build a document from YAML text that leaves out `openapi` and `info`."""

    def built_(text: str, openapi: str = "3.1.0", *, allow_outside: bool = False, **beside: str) -> Built:
        head = yaml.safe_dump({**HEAD, "openapi": openapi}, sort_keys=False)
        report = Report()
        return Built(build(write(head + dedent(text), **beside), report, allow_outside=allow_outside), report)

    return built_


@pytest.fixture
def schemas(built: Callable[..., Built]) -> Callable[..., Built]:
    """Build a document that has nothing but components."""

    def schemas_(text: str, openapi: str = "3.1.0") -> Built:
        indented = "".join(f"    {line}\n" for line in dedent(text).strip("\n").split("\n"))
        return built(f"components:\n  schemas:\n{indented}", openapi)

    return schemas_
