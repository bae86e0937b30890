"""Compares where calls go and how they prove who calls."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from attrs import evolve

from codegen import ir
from codegen.diff.change import Changes, Grade, Place
from codegen.diff.text import code, words

Security = tuple[tuple[str, ...], ...]
"""Alternatives; the schemes of each go together."""


def servers(changes: Changes, old: Sequence[ir.Server], new: Sequence[ir.Server], place: Place, otherwise: str) -> None:
    """Record where calls go: the first server is where they go unless told otherwise."""
    before, after = [_url(server) for server in old], [_url(server) for server in new]
    first, now = before[0] if before else "", after[0] if after else ""
    if first != now:
        told = [code(url) if url else otherwise for url in (now, first)]
        changes.add(_moved(first, now), place, f"goes to {told[0]} unless told otherwise, not to {told[1]}")
    for url in [url for url in before if url not in after and url != first]:
        changes.add("breaking", place, f"has no server {code(url)} any more")
    for url in [url for url in after if url not in before and url != now]:
        changes.add("addition", place, f"has the new server {code(url)}")
    for one, other in zip(old, new, strict=False):
        if one.url == other.url or _url(one) == _url(other):
            _variables(changes, one, other, place)


def _variables(changes: Changes, old: ir.Server, new: ir.Server, place: Place) -> None:
    before, after = ({variable.name: variable for variable in server.variables} for server in (old, new))
    for name in before | after:
        if name not in after:
            changes.add("breaking", place, f"has no variable {code(name)} in its server any more")
        elif name not in before:
            changes.add("addition", place, f"has the new variable {code(name)} in its server")
        else:
            _values(changes, before[name], after[name], place)


def _values(changes: Changes, old: ir.ServerVariable, new: ir.ServerVariable, place: Place) -> None:
    """Record what a variable may hold now; a default that is another one shows in the URL."""
    name = f"the variable {code(new.name)} of its server"
    if old.default is not None and new.default is None:
        changes.add("breaking", place, f"{name} must be given")
    elif new.default is not None and old.default is None:
        changes.add("addition", place, f"{name} need not be given")
    gone = [value for value in old.enum if value not in new.enum] if new.enum else []
    come = [value for value in new.enum if value not in old.enum] if old.enum else []
    if gone or (new.enum and not old.enum):
        changes.add("breaking", place, f"{name} may be {words(new.enum)} alone")
    elif come or (old.enum and not new.enum):
        changes.add("addition", place, f"{name} may be {words(come or ['anything'])} too")
    if old.secret != new.secret:
        changes.add("fix" if new.secret else "breaking", place, f"{name} is {'' if new.secret else 'no '}secret")


def _url(server: ir.Server) -> str:
    """Return the URL of a server, with the defaults of its variables."""
    url = server.url
    for variable in server.variables:
        if variable.default is not None:
            url = url.replace(f"{{{variable.name}}}", variable.default)
    return url


def security(changes: Changes, old: Security, new: Security, place: Place) -> None:
    """Record which ways to prove oneself came and went; the empty one is to say nothing, their order says nothing."""
    before, after = ([tuple(sorted(one)) for one in alternatives or ((),)] for alternatives in (old, new))
    free = () in after and () not in before
    for alternative in [one for one in before if one not in after]:
        if free:
            changes.add("fix", place, f"need not be called {_with(alternative)} any more")
        else:
            changes.add("breaking", place, f"may not be called {_with(alternative)} any more")
    for alternative in [one for one in after if one not in before]:
        changes.add("addition", place, f"may be called {_with(alternative)}")


def scopes(changes: Changes, old: Security, new: Security, place: Place) -> None:
    """Record what a token has to allow."""
    gone, come = (
        {scope for names in one for scope in names if not any(scope in found for found in other)}
        for one, other in ((old, new), (new, old))
    )
    if come:
        changes.add("breaking", place, f"needs the scopes {words(sorted(come))}")
    if gone:
        changes.add("fix", place, f"needs the scopes {words(sorted(gone))} no more")


def schemes(
    changes: Changes, old: Sequence[ir.SecurityScheme], new: Sequence[ir.SecurityScheme], document: Place
) -> None:
    """Record which kinds of credentials there are."""
    before, after = ({scheme.name: scheme for scheme in listed} for listed in (old, new))
    for name in before | after:
        place = document.at(f"/components/securitySchemes/{name.replace('~', '~0').replace('/', '~1')}")
        if name not in after:
            changes.add("breaking", place, f"the credential {code(name)} is gone")
        elif name not in before:
            changes.add("addition", place, f"the credential {code(name)} is new")
        elif evolve(before[name], doc="") != evolve(after[name], doc=""):
            changes.add("breaking", place, f"the credential {code(name)} is sent in another way")
        elif before[name].doc != after[name].doc:
            changes.add("fix", place, f"the credential {code(name)} is described in other words")


def _with(alternative: tuple[str, ...]) -> str:
    return f"with {' and '.join(map(code, alternative))}" if alternative else "without credentials"


def _moved(old: str, new: str) -> Grade:
    """Return the grade of another server: users allow hosts by name, paths they do not see."""
    try:
        one, other = urlsplit(old), urlsplit(new)
    except ValueError:
        return "breaking"
    return "fix" if (one.scheme, one.netloc) == (other.scheme, other.netloc) else "breaking"
