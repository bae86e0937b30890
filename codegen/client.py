"""Writes client.py and the package around `_generated` for a document that has no hand-written client."""

from __future__ import annotations

from codegen import ir
from codegen.docstrings import clean, docstring
from codegen.render import header, render


def package_modules(document: ir.Document, name: str, command: str) -> dict[str, str]:
    """Return the files that make `_generated` a package with a `Client`, not yet formatted."""
    top = header(f"A client of {document.title}.", document, command)
    server = document.servers[0].url if document.servers else "/"
    key = f"The key is `api_key` or `{name.upper()}_API_KEY`; see `BaseClient` for the other arguments."
    about = document.doc if clean(document.doc) else f"{document.title}."
    return {
        "__init__.py": render("package.py.jinja2", header=top),
        "client.py": render(
            "client.py.jinja2",
            header=top,
            groups=document.groups,
            name=repr(name),
            server=repr(server),
            scheme=_scheme(document),
            docstring=docstring(f"{clean(about)}\n\n{key}", 4),
        ),
        "py.typed": "",
    }


def _scheme(document: ir.Document) -> str:
    """Return the expression of the scheme that most calls use: the first that stands alone, else the first of all."""
    schemes = {scheme.name: scheme for scheme in document.schemes}
    alone = [alternative[0] for alternative in document.security if len(alternative) == 1]
    known = [schemes[name] for name in [*alone, *schemes] if name in schemes and schemes[name].kind != "other"]
    if not known:
        return "None"
    scheme = known[0]
    if scheme.kind == "key":
        place = "" if scheme.place == "header" else f", place={scheme.place!r}"
        return f"ApiKey({scheme.wire!r}{place})"
    return {"bearer": "Bearer()", "basic": "Basic()"}[scheme.kind]
