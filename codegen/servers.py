"""Where an API is: the servers of a document, a path item or an operation, with their variables."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import urljoin, urlsplit

from codegen import ir, naming
from codegen.docstrings import sentence
from codegen.references import Node
from codegen.report import Report

_VARIABLE = re.compile(r"\{([^{}]*)\}")
_SECRET = frozenset({"token", "secret", "password", "apikey"})
"""Words in the name of a variable whose value is nothing to show: there are APIs with the key in the path."""


def servers_of(owner: Node, report: Report) -> tuple[ir.Server, ...]:
    """Return the servers of a document, a path item or an operation."""
    return tuple(_server(node, report) for node in owner.each("servers") if isinstance(node.value, dict))


def own_servers(owner: Node, common: tuple[ir.Server, ...], report: Report) -> tuple[ir.Server, ...]:
    """Return the servers of an operation, its default first, or none where they are those of the whole document.

    They are as well where they begin with the same and hold all of the others: whichever of the document's the user
    takes is one of them.
    """
    own = [ir.Server(server.url, "", server.variables) for server in servers_of(owner, report)]
    shared = [ir.Server(server.url, "", server.variables) for server in common]
    if own and shared and own[0] == shared[0] and all(server in own for server in shared):
        return ()
    return (own.pop(default_server(own)), *own) if own else ()


def default_server(servers: Sequence[ir.Server]) -> int:
    """Return which server is the default: the first; of one that is listed with http and with https, the latter."""
    first = servers[0].url
    secure = f"https{first[4:]}" if first.startswith("http://") else first
    return next((index for index, server in enumerate(servers) if server.url == secure), 0)


def other_variables(document: ir.Document) -> tuple[ir.ServerVariable, ...]:
    """Return the variables that only servers of operations have, each name once."""
    common = {variable.name for server in document.servers for variable in server.variables}
    found: dict[str, ir.ServerVariable] = {}
    for operation in document.operations:
        for server in operation.servers:
            for variable in server.variables:
                if variable.name not in common:
                    found.setdefault(variable.name, variable)
    return tuple(found.values())


def server_expression(server: ir.Server) -> str:
    """Return a server as an expression of Python."""
    variables = ", ".join(f"{item.name!r}: {variable_expression(item)}" for item in server.variables)
    parts = [repr(server.url)]
    parts += [f"{{{variables}}}"] if variables else []
    if doc := sentence(server.doc):
        parts.append(f"doc={doc!r}")
    return f"ApiServer({', '.join(parts)})"


def variable_expression(variable: ir.ServerVariable) -> str:
    """Return a variable as an expression of Python."""
    parts = [f"{variable.default!r}"] if variable.default is not None or variable.enum else []
    parts += [repr(variable.enum)] if variable.enum else []
    parts += ["secret=True"] if variable.secret else []
    return f"ServerVariable({', '.join(parts)})"


def _server(node: Node, report: Report) -> ir.Server:
    url = node.text("url").strip()
    described = {name: item for name, item in node.entries("variables") if isinstance(item.value, dict)}
    names = dict.fromkeys(_VARIABLE.findall(url))
    variables = tuple(_variable(name, described[name]) for name in names if name in described)
    variables += tuple(ir.ServerVariable(name, secret=_is_secret(name)) for name in names if name not in described)
    if not is_place(_example(url, variables)):
        report.note(
            f"{node.where}/url", f"{url!r} is no place that requests can be sent to: calls need base_url= to be passed"
        )
    return ir.Server(url, node.text("description"), variables)


def _variable(name: str, node: Node) -> ir.ServerVariable:
    value = node.value.get("default")
    enum = tuple(dict.fromkeys(_text(item.value) for item in node.each("enum") if _is_plain(item.value)))
    default = _text(value) if _is_plain(value) else enum[0] if enum else None
    secret = _is_secret(name) or node.flag("x-secret")
    # A default in braces names the variable once more; the one of a token is an example. Neither is a value.
    if default is not None and (secret or re.search(r"[{}<>]", default)):
        default = None
    if enum and default is not None and default not in enum:
        enum = (default, *enum)
    return ir.ServerVariable(name, default, enum, node.text("description"), secret)


def _is_secret(name: str) -> bool:
    words = [word.lower() for word in naming.words(name)]
    return bool(_SECRET & {*words, "".join(words)})


def _is_plain(value: object) -> bool:
    return isinstance(value, str | int | float)


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _example(url: str, variables: tuple[ir.ServerVariable, ...]) -> str:
    """Return what a URL may come out as: where a variable has no default, the plainest value of its place."""
    for variable in variables:
        place = f"{{{variable.name}}}"
        plain = "https" if url.startswith(f"{place}://") else "1" if f":{place}" in url else "x"
        url = url.replace(place, plain if variable.default is None else variable.default)
    return url


def is_place(url: str) -> bool:
    """Return whether requests can go to a URL: http or https, a host, and nothing but a path behind it.

    A relative one is taken as it reads from such a place.
    """
    try:
        whole = urljoin("https://host", url)
        parts = urlsplit(whole)
        beside = parts.username or parts.password or parts.query or parts.fragment or re.search(r"[{}\s]", whole)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0 and not beside
    except ValueError:
        return False
