"""What a spec says of its calls, in the same facts as a page, so that the two can be laid side by side."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from attrs import field, frozen

from codegen.drift.facts import Facts
from codegen.drift.fragments import of_openapi
from codegen.load import load


@frozen
class Contract:
    """A spec: all that it says, the paths that its servers put before its own, and the pages that it names."""

    document: Any = field(repr=False)
    facts: Facts
    bases: tuple[str, ...]
    pages: frozenset[str]

    def vouched_by(self, address: str) -> Facts:
        """Return what the spec has from a page: neither guesses, nor what names another page as its source."""
        default = _text(self.document, "externalDocs", "url")
        return of_openapi(_without_others(self.document, address, default))


def read_contract(root: Path, spec: str) -> Contract:
    """Read a spec of a checkout."""
    document = load(root / "openapi" / f"{spec}.yaml", f"openapi/{spec}.yaml").value
    listed = document.get("servers") if isinstance(document, dict) else None
    servers = [str(server.get("url", "")) for server in listed or [] if isinstance(server, dict)]
    bases = {urlsplit(server).path.rstrip("/") for server in servers}
    return Contract(document, of_openapi(document), tuple(sorted(bases - {""})), frozenset(_pages(document)))


def _pages(value: Any) -> Iterator[str]:
    """Yield the pages that a document names: each `x-source`, and the address of each `externalDocs`."""
    pending = [value]
    while pending:
        part = pending.pop()
        if isinstance(part, dict):
            if isinstance(part.get("x-source"), str):
                yield part["x-source"]
            if address := _text(part, "externalDocs", "url"):
                yield address
            pending += part.values()
        elif isinstance(part, list):
            pending += part


def _without_others(value: Any, address: str, default: str) -> Any:
    """Copy a document without what is uncertain, and without what another page says."""
    if isinstance(value, list):
        return [_without_others(part, address, default) for part in value if not _is_other(part, address)]
    if not isinstance(value, dict):
        return value
    copy = {key: _without_others(part, address, default) for key, part in value.items() if not _is_other(part, address)}
    for method in ("get", "put", "post", "delete", "options", "head", "patch"):
        operation = copy.get(method)
        if isinstance(operation, dict) and "responses" in operation and operation.get("x-source", default) != address:
            del copy[method]
    return copy


def _is_other(part: Any, address: str) -> bool:
    return isinstance(part, dict) and ("x-uncertain" in part or part.get("x-source", address) != address)


def _text(value: Any, *keys: str) -> str:
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, str) else ""
