"""From a document to the files of a package, in memory."""

from __future__ import annotations

from attrs import frozen

from codegen import ir
from codegen.build import build
from codegen.client import package_modules
from codegen.directions import directed
from codegen.events import events_module
from codegen.format import formatted
from codegen.load import Source
from codegen.models import models_module
from codegen.operations import operations_module
from codegen.render import header
from codegen.report import Report


@frozen
class Package:
    """The files of one generated package, by their path in it, and the document that they came from."""

    document: ir.Document
    files: dict[str, str]


def generated_package(source: Source, command: str, report: Report, *, allow_outside: bool = False) -> Package:
    """Return the `_generated` package of one document."""
    document = directed(build(source, report, allow_outside=allow_outside))
    return Package(document, formatted(_modules(document, command)))


def client_package(source: Source, name: str, command: str, report: Report, *, allow_outside: bool = False) -> Package:
    """Return a whole package: `_generated`, and a `Client` of its groups."""
    document = directed(build(source, report, allow_outside=allow_outside))
    inner = {f"_generated/{file}": text for file, text in _modules(document, command).items()}
    return Package(document, formatted({**package_modules(document, name, command), **inner}))


def _modules(document: ir.Document, command: str) -> dict[str, str]:
    title = f"What the document of {document.title} gives: models, operations, events."
    return {
        "__init__.py": f"{header(title, document, command)}\n",
        "models.py": models_module(document, command),
        "operations.py": operations_module(document, command),
        "events.py": events_module(document, command),
    }
