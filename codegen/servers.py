"""Where an API is, and how a caller proves who it is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urljoin, urlsplit

from codegen import ir
from codegen.references import Library, Node


def servers_of(owner: Node) -> tuple[ir.Server, ...]:
    """Return the servers of a document, a path item or an operation, their variables replaced by their defaults."""
    return tuple(ir.Server(_url(node), node.text("description")) for node in owner.each("servers"))


def _url(node: Node) -> str:
    url = node.text("url")
    for name, variable in node.entries("variables"):
        url = url.replace(f"{{{name}}}", variable.text("default"))
    return url


def base_url(common: str, own: str) -> str | None:
    """Return where requests go whose server has a URL of its own, relative to the document's, or None for nowhere.

    That is http or https, a host, and nothing but a path behind it.
    """
    try:
        url = urljoin(common, own)
        parts = urlsplit(url)
        beside = parts.username or parts.password or parts.query or parts.fragment or re.search(r"[{}\s]", url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0 and not beside
    except ValueError:
        return None
    return url if usable else None


def schemes_of(library: Library) -> Iterator[ir.SecurityScheme]:
    """Yield the ways to prove who calls. OAuth and OpenID Connect end in a bearer token, so they are that here."""
    components = library.document.get("components")
    for name, entry in components.entries("securitySchemes") if components else ():
        node = library.follow(entry)
        kind, scheme = node.text("type"), node.text("scheme").lower()
        doc = node.text("description")
        if kind == "apiKey" and node.text("in") in ("header", "query", "cookie") and node.text("name"):
            yield ir.SecurityScheme(name, "key", node.text("in"), node.text("name"), doc)
        elif kind == "http" and scheme == "basic":
            yield ir.SecurityScheme(name, "basic", doc=doc)
        elif kind in ("oauth2", "openIdConnect") or (kind == "http" and scheme == "bearer"):
            yield ir.SecurityScheme(name, "bearer", doc=doc)
        else:
            yield ir.SecurityScheme(name, "other", doc=doc)


def security_of(owner: Node) -> tuple[tuple[str, ...], ...] | None:
    """Return the alternatives of a `security` list, each the schemes that go together, or None where there is none."""
    if not owner.has("security"):
        return None
    return tuple(tuple(sorted(node.value)) for node in owner.each("security") if isinstance(node.value, dict))
