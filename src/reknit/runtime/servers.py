"""Where an API is, as its document says: base URLs with variables, and what a variable may hold.

A value takes the place of its variable and no more: whoever hands on a tenant's name from outside must not thereby hand
on the host that keys are sent to.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urljoin

from msgspec import Struct

from ..errors import ConfigurationError

__all__ = ["ApiServer", "ServerVariable", "is_absolute", "server_url", "within"]


class ServerVariable(Struct, frozen=True):
    """A variable of a server's URL. Without a default the user has to give it; `enum` is all that it may hold."""

    default: str | None = None
    enum: tuple[str, ...] = ()
    #: Never shown: a token that is a part of the URL.
    secret: bool = False


class ApiServer(Struct, frozen=True):
    """A base URL as a document has it, with `{variables}`; one that `variables` lacks has no default."""

    url: str
    variables: Mapping[str, ServerVariable] = {}
    doc: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of the variables, in the order of the URL."""
        return tuple(dict.fromkeys(_VARIABLE.findall(self.url)))


_VARIABLE = re.compile(r"\{([^{}]*)\}")
_NOTHING_SAID = ServerVariable()
_HOST = r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?"
_AUTHORITY = rf"(?:{_HOST}|\[[0-9A-Fa-f:.]+\])(?::[0-9]{{1,5}})?"
_STEP = r"[A-Za-z0-9._~!$&'()*+,;=:-]+"
_STEPS = rf"(?:/{_STEP})*/?"
#: What a value may be by its place, and how that is said; compiled when it is first asked for.
_PLACES = {
    "scheme": (r"https?", "http or https"),
    "start": (rf"https?://{_AUTHORITY}{_STEPS}|{_STEP}", "an http or https URL"),
    "authority": (_AUTHORITY, "the name of a host, with a port or without"),
    "host": (_HOST, "part of the name of a host: letters, digits, dots and hyphens"),
    "port": (r"[0-9]{1,5}", "the number of a port"),
    "tail": (rf"(?::[0-9]{{1,5}})?{_STEPS}", "a path that begins with a slash"),
    "steps": (_STEPS, "a path that begins with a slash"),
    "path": (rf"{_STEP}{_STEPS}", "a path that does not begin with a slash"),
    "step": (_STEP, "one step of a path, without a slash"),
}


def server_url(server: ApiServer, values: Mapping[str, str], owner: str) -> str:
    """Return the URL of a server with its variables replaced: by `values`, else by their defaults.

    Values of other names are not looked at. Raises ConfigurationError, which does not show the value, for one that is
    not allowed or missing; `owner` is whose server it is.
    """

    def value_of(match: re.Match[str]) -> str:
        name = match[1]
        variable = server.variables.get(name, _NOTHING_SAID)
        if name not in values:
            if variable.default is None:
                raise ConfigurationError(
                    f"the server of {owner} has the variable {name!r}: pass variables={{{name!r}: …}}, or base_url="
                )
            return variable.default
        return _allowed(name, values[name], variable, _place_of(server.url, match, variable), owner)

    url = _VARIABLE.sub(value_of, server.url)
    if {".", ".."} & set(url.split("/")) - set(server.url.split("/")):
        raise ConfigurationError(f"the variables of {owner} make a path that leads out of its place (`.` or `..`)")
    return url


def _allowed(name: str, value: object, variable: ServerVariable, place: str, owner: str) -> str:
    if not isinstance(value, str):
        raise ConfigurationError(f"variables[{name!r}] of {owner} must be a string, not {type(value).__name__}")
    if value == variable.default or value in variable.enum:
        return value
    if variable.enum:
        options = ", ".join(map(repr, variable.enum))
        raise ConfigurationError(f"variables[{name!r}] of {owner} must be one of {options}")
    pattern, meaning = _PLACES[place]
    if not re.fullmatch(pattern, value):
        raise ConfigurationError(f"variables[{name!r}] of {owner} must be {meaning}; for another place pass base_url=")
    return value


def _place_of(template: str, match: re.Match[str], variable: ServerVariable) -> str:
    """Return which part of the URL a variable stands for: that is all that its value may change."""
    before, after, default = template[: match.start()], template[match.end() :], variable.default or ""
    if not before and not default.startswith("/"):
        return "scheme" if after.startswith("://") else "start"
    _, slashes, authority = before.partition("//")
    if "/" in (authority if slashes else before):
        return "steps" if default.startswith("/") else "path" if "/" in default else "step"
    if not slashes:
        return "tail" if before else "steps"
    return _place_in_authority(authority, after, default)


def _place_in_authority(before: str, after: str, default: str) -> str:
    ends = after[:1] in ("", "/")
    if default[:1] in ("/", ":") or (ends and before[-1:].isalnum()):
        return "tail"  # behind a whole name of a host, of which it must not become a part
    if before.endswith(":"):
        return "port"
    return "authority" if ends and not before else "host"


def is_absolute(url: str) -> bool:
    """Return whether a URL names a host, not only a place on one."""
    return url.startswith("//") or re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", url) is not None


def within(base: str, url: str) -> str:
    """Return a URL, a relative one as it reads from `base` (RFC 3986 §5)."""
    return urljoin(base, url)
