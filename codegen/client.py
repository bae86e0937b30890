"""Writes client.py and the package around `_generated` for a document that has no hand-written client."""

from __future__ import annotations

from codegen import ir
from codegen.docstrings import clean, docstring
from codegen.render import header, render
from codegen.report import Report


def package_modules(document: ir.Document, name: str, command: str) -> dict[str, str]:
    """Return the files that make `_generated` a package with a `Client`, not yet formatted."""
    top = header(f"A client of {document.title}.", document, command)
    server = document.servers[0].url if document.servers else "/"
    scheme = chosen_scheme(document)
    key = f"The key is `api_key` or `{name.upper()}_API_KEY`" if scheme else "It needs no key"
    key = f"{key}; see `BaseClient` for the other arguments."
    about = document.doc if clean(document.doc) else f"{document.title}."
    return {
        "__init__.py": render("package.py.jinja2", header=top),
        "client.py": render(
            "client.py.jinja2",
            header=top,
            groups=document.groups,
            name=repr(name),
            server=repr(server),
            scheme=_expression(scheme),
            docstring=docstring(f"{clean(about)}\n\n{key}", 4),
        ),
        "py.typed": "",
    }


def chosen_scheme(document: ir.Document) -> ir.SecurityScheme | None:
    """Return the scheme that most calls use: the first that stands alone, else the first of all."""
    schemes = {scheme.name: scheme for scheme in document.schemes}
    alone = [alternative[0] for alternative in document.security if len(alternative) == 1]
    known = [schemes[name] for name in [*alone, *schemes] if name in schemes and schemes[name].kind != "other"]
    return known[0] if known else None


def check_security(document: ir.Document, report: Report) -> None:
    """Report what a client that proves itself in one way cannot call."""
    chosen = chosen_scheme(document)
    sent = _expression(chosen)
    same = {scheme.name for scheme in document.schemes if scheme.kind != "other" and _expression(scheme) == sent}
    asked = [("", document.security), *((call.pointer, call.security or ()) for call in document.operations)]
    for pointer, alternatives in asked:
        if alternatives and not any(set(alternative) <= same for alternative in alternatives):
            names = " or ".join(" and ".join(alternative) for alternative in alternatives)
            sends = f"the client sends {chosen.name}" if chosen else "the client cannot send that"
            report.error(f"{document.spec}#{pointer}/security", f"asks for {names}; {sends}")


def _expression(scheme: ir.SecurityScheme | None) -> str:
    if scheme is None:
        return "None"
    if scheme.kind == "key":
        place = "" if scheme.place == "header" else f", place={scheme.place!r}"
        return f"ApiKey({scheme.wire!r}{place})"
    return {"bearer": "Bearer()", "basic": "Basic()"}[scheme.kind]
