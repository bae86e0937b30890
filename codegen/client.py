"""Writes client.py and the package around `_generated` for a document that has no hand-written client."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from codegen import ir
from codegen.docstrings import clean, docstring, sentence
from codegen.render import header, render
from codegen.security import ordered_schemes, scheme_expression, usual_security
from codegen.servers import default_server, other_variables, server_expression, variable_expression


def package_modules(document: ir.Document, name: str, command: str) -> dict[str, str]:
    """Return the files that make `_generated` a package with a `Client`, not yet formatted."""
    top = header(f"A client of {document.title}.", document, command)
    about = document.doc if clean(document.doc) else f"{document.title}."
    text = "\n\n".join([clean(about), *_keys(document, name), *_places(document)])
    return {
        "__init__.py": render("package.py.jinja2", header=top, servers=document.servers),
        "client.py": render(
            "client.py.jinja2",
            header=top,
            groups=document.groups,
            servers=[server_expression(server) for server in document.servers],
            settings=list(_settings(document, name)),
            docstring=docstring(f"{text}\n\nSee `DocumentClient` for the other arguments.", 4),
        ),
        "py.typed": "",
    }


def _settings(document: ir.Document, name: str) -> Iterator[str]:
    """Yield the arguments that describe the API."""
    yield f"name={name!r}"
    yield f"server=SERVERS[{default_server(document.servers)}]" if document.servers else "server='/'"
    if schemes := ordered_schemes(document):
        yield f"schemes={{{', '.join(f'{scheme.name!r}: {scheme_expression(scheme)}' for scheme in schemes)}}}"
        if usual := usual_security(document):
            yield f"security={usual!r}"
    if others := other_variables(document):
        yield f"variables={{{', '.join(f'{item.name!r}: {variable_expression(item)}' for item in others)}}}"


def _keys(document: ir.Document, name: str) -> Iterator[str]:
    """Yield what the docstring says of credentials."""
    schemes = ordered_schemes(document)
    if not schemes:
        yield "It needs no key."
        return
    takes_key = schemes[0].kind != "certificate"
    if takes_key:
        yield f"The key is `api_key` or `{name.upper()}_API_KEY`."
    if len(schemes) > 1 or not takes_key or schemes[0].scopes:
        first = " The first is that of `api_key`." if takes_key and len(schemes) > 1 else ""
        yield "\n".join([f"Schemes, for `credentials`.{first}", "", *map(_scheme_line, schemes)])


def _scheme_line(scheme: ir.SecurityScheme) -> str:
    """Return one line on a scheme: how it is given, what it is, what its scopes allow."""
    proof = {
        "bearer": "a bearer token",
        "basic": "`(user, password)`, or `user:password`",
        "key": f"a key, sent as the {'query parameter' if scheme.place == 'query' else scheme.place} `{scheme.wire}`",
        "http": f"what follows `{scheme.wire}` in the header `Authorization`",
        "whole": "all of the header `Authorization`",
        "certificate": "True, beside a `session` with the client certificate",
    }[scheme.kind]
    scopes = "; ".join(f"`{scope}` {text}".strip().rstrip(".") for scope, text in scheme.scopes)
    said = [f"{proof}.", sentence(scheme.doc), f"Scopes: {scopes}." if scopes else ""]
    return f"- `{_plain(scheme.name)}`: {_plain(' '.join(filter(None, said)))}"


def _places(document: ir.Document) -> Iterator[str]:
    """Yield what the docstring says of servers and their variables."""
    if len(document.servers) > 1:
        lines = [
            _plain(f"- `SERVERS[{index}]`: {server.url}{f', {text}' if (text := sentence(server.doc)) else '.'}")
            for index, server in enumerate(document.servers)
        ]
        yield "\n".join(["Servers, for `server`:", "", *lines])
    if lines := list(_variable_lines(document)):
        yield "\n".join(["Variables of their URLs, for `variables`:", "", *lines])


def _variable_lines(document: ir.Document) -> Iterator[str]:
    """Yield a line on each variable; where servers differ in what one may be, a line for each of them."""
    found: dict[tuple[str, str], list[str]] = {}
    for index, server in enumerate(document.servers):
        for variable in server.variables:
            found.setdefault((variable.name, _allowed(variable)), []).append(f"`SERVERS[{index}]`")
    for variable in other_variables(document):
        found[variable.name, _allowed(variable)] = []
    names = Counter(name for name, _ in found)
    for (name, text), servers in found.items():
        owners = f" of {', '.join(servers)}" if names[name] > 1 else ""
        yield f"- `{_plain(name)}`{owners}: {text}"


def _allowed(variable: ir.ServerVariable) -> str:
    """Return what a variable may be, and what it is unless it is given."""
    allowed = f"one of {', '.join(variable.enum)}" if variable.enum else ""
    default = f"{variable.default or 'nothing'} unless it is given" if variable.default is not None else ""
    said = "; ".join(filter(None, [allowed, default])) or "must be given"
    return _plain(f"{said}. {sentence(variable.doc)}")


def _plain(text: str) -> str:
    """Return text as one line."""
    return re.sub(r"\s+", " ", clean(text))
