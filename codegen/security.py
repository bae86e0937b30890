"""How a caller proves who it is: the schemes of a document, and what it asks for with them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Literal

from attrs import evolve

from codegen import ir
from codegen.references import Library, Node
from codegen.report import Report

Alternatives = tuple[tuple[str, ...], ...]

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, section 5.6.2
_FRAMING = frozenset({"host", "content-length", "content-type", "transfer-encoding", "connection", "te", "upgrade"})
_SPELLED = {"digest": "Digest", "hoba": "HOBA", "mutual": "Mutual", "negotiate": "Negotiate", "oauth": "OAuth"}
"""Names of schemes as IANA writes them; any other is sent as the document writes it."""


def schemes_of(library: Library, report: Report) -> Iterator[ir.SecurityScheme]:
    """Yield the schemes that a document describes. OAuth and OpenID Connect end in a bearer token.

    One whose kind or place is none that OpenAPI knows comes out as the whole `Authorization` header.
    """
    components = library.document.get("components")
    for name, entry in components.entries("securitySchemes") if components else ():
        scheme = _scheme(name, library.follow(entry))
        if scheme.kind == "whole":
            report.note(entry.where, "says no way to send a key: it goes as the whole Authorization header")
        yield scheme


def _scheme(name: str, node: Node) -> ir.SecurityScheme:
    kind, doc = node.text("type").lower(), node.text("description")
    if kind == "apikey":
        return _api_key(name, node, doc)
    if kind == "http":
        return _http(name, node.text("scheme").strip(), doc)
    if kind in ("oauth2", "openidconnect"):
        return ir.SecurityScheme(name, "bearer", doc=doc, scopes=_described_scopes(node))
    return ir.SecurityScheme(name, "certificate" if kind == "mutualtls" else "whole", doc=doc)


def _api_key(name: str, node: Node, doc: str) -> ir.SecurityScheme:
    place, wire = node.text("in").lower(), node.text("name").strip()
    if place == "query" and wire:
        return ir.SecurityScheme(name, "key", "query", wire, doc)
    if not _TOKEN.fullmatch(wire) or wire.lower() in _FRAMING:
        return ir.SecurityScheme(name, "whole", doc=doc)
    if place == "cookie":
        return ir.SecurityScheme(name, "key", "cookie", wire, doc)
    if place == "header":
        return ir.SecurityScheme(name, "key", "header", "Cookie" if wire.lower() == "cookie" else wire, doc)
    return ir.SecurityScheme(name, "whole", doc=doc)


def _http(name: str, scheme: str, doc: str) -> ir.SecurityScheme:
    kinds: dict[str, Literal["basic", "bearer"]] = {"basic": "basic", "bearer": "bearer"}
    if kind := kinds.get(scheme.lower()):
        return ir.SecurityScheme(name, kind, doc=doc)
    if not _TOKEN.fullmatch(scheme):
        return ir.SecurityScheme(name, "whole", doc=doc)
    return ir.SecurityScheme(name, "http", wire=_SPELLED.get(scheme.lower(), scheme), doc=doc)


def _described_scopes(node: Node) -> tuple[tuple[str, str], ...]:
    """Return the scopes of all flows of OAuth with what each allows."""
    found: dict[str, str] = {}
    for _, flow in node.entries("flows"):
        for scope, text in flow.entries("scopes"):
            found.setdefault(scope, text.value if isinstance(text.value, str) else "")
    return tuple(found.items())


def security_of(owner: Node) -> Alternatives | None:
    """Return the alternatives of a `security` list, each the schemes that go together, or None where there is none."""
    if owner.get("security") is None:
        return None
    return tuple(dict.fromkeys(tuple(node.value) for node in _requirements(owner)))


def scopes_of(owner: Node) -> Alternatives:
    """Return the scopes that a `security` list asks for, alternative by alternative, each combination once."""
    found: dict[tuple[str, ...], None] = {}
    for node in _requirements(owner):
        scopes = [scope.value for _, listed in node.items() for scope in listed.elements()]
        if names := tuple(dict.fromkeys(scope for scope in scopes if isinstance(scope, str))):
            found.setdefault(names)
    return tuple(found)


def _requirements(owner: Node) -> list[Node]:
    """Return the requirements of a `security` list; one that stands there without a list is the only one."""
    security = owner.get("security")
    if security is None:
        return []
    listed = [security] if isinstance(security.value, dict) else security.elements()
    return [node for node in listed if isinstance(node.value, dict)]


def settled(document: ir.Document, report: Report) -> ir.Document:
    """Return a document in which every scheme that something asks for is one; note what no request can say.

    A scheme that is not described goes as the whole `Authorization` header, as one that says no way to send a key.
    """
    schemes = {scheme.name: scheme for scheme in document.schemes}
    seen: set[tuple[str, ...]] = set()
    asked = [("", document.security), *((call.pointer, call.security or ()) for call in document.operations)]
    for pointer, alternatives in asked:
        where = f"{document.spec}#{pointer}/security"
        for alternative in alternatives:
            for name in alternative:
                if name not in schemes:
                    schemes[name] = ir.SecurityScheme(name, "whole")
                    report.note(where, f"{name!r} is not described: its key goes as the whole Authorization header")
            together = tuple(name for name in alternative if _header(schemes[name]))
            for clash in _clashes([schemes[name] for name in together]):
                if clash not in seen:
                    seen.add(clash)
                    names = " and ".join(clash)
                    report.note(where, f"{names} are one header: the first of them that there is a key for is sent")
    if schemes and not any(alternatives for _, alternatives in asked):
        report.note(f"{document.spec}#", "names ways to send a key and asks for none: a key that is given is sent")
    return evolve(document, schemes=tuple(schemes.values()))


def _clashes(schemes: list[ir.SecurityScheme]) -> Iterator[tuple[str, ...]]:
    """Yield the names of schemes that write the same header, which each request has once."""
    headers: dict[str, list[str]] = {}
    for scheme in schemes:
        headers.setdefault(_header(scheme), []).append(scheme.name)
    return (tuple(names) for names in headers.values() if len(names) > 1)


def _header(scheme: ir.SecurityScheme) -> str:
    """Return the header, query parameter or cookie that a scheme writes, or nothing for a certificate."""
    if scheme.kind == "certificate":
        return ""
    if scheme.kind == "key":
        return f"{scheme.place}:{scheme.wire.lower() if scheme.place == 'header' else scheme.wire}"
    return "header:authorization"


def ordered_schemes(document: ir.Document) -> tuple[ir.SecurityScheme, ...]:
    """Return the schemes, the main one first: that of most calls, whose key is `api_key`.

    It is the first that stands alone among the document's alternatives; without any, that which most operations name.
    """
    schemes = {scheme.name: scheme for scheme in document.schemes if scheme.kind != "certificate"}
    alone = [alternative[0] for alternative in document.security if len(alternative) == 1]
    every = [alternative for call in document.operations for alternative in call.security or ()]
    named = Counter(name for alternative in every for name in alternative if name in schemes)
    often = [name for name, _ in named.most_common()] if not document.security else []
    main = next((name for name in (*alone, *often, *schemes) if name in schemes), None)
    return tuple(sorted(document.schemes, key=lambda scheme: scheme.name != main))


def usual_security(document: ir.Document) -> Alternatives:
    """Return what holds for an operation that asks for nothing of its own.

    A document that asks for nothing anywhere, but describes schemes, means them: any key that there is, or none.
    """
    if document.security or any(call.security is not None for call in document.operations):
        return document.security
    schemes = [(scheme.name,) for scheme in ordered_schemes(document)]
    return (*schemes, ()) if schemes else ()


def scheme_expression(scheme: ir.SecurityScheme) -> str:
    """Return a scheme as an expression of Python."""
    match scheme.kind:
        case "bearer":
            return "Bearer()"
        case "basic":
            return "Basic()"
        case "key":
            place = "" if scheme.place == "header" else f", place={scheme.place!r}"
            return f"ApiKey({scheme.wire!r}{place})"
        case "http":
            return f"ApiKey('Authorization', {f'{scheme.wire} '!r})"
        case "whole":
            return "ApiKey('Authorization')"
        case "certificate":
            return "None"
