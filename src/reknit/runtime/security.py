"""Which keys a call carries, where a document names several schemes: the first alternative that there are keys for.

A requirement of OpenAPI is a list of alternatives, each the schemes that go together. What cannot go together, because
two schemes write one header, is one place here: the first of them that has a key fills it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Literal, TypeAlias

from ..errors import ConfigurationError
from .credentials import COOKIE, QUERY, Credential, KeySource, NoKey, RotatingKey, Scheme, StaticKey, checked_key
from .narrowing import is_mapping, is_sequence
from .secrets import Secret

__all__ = ["Alternatives", "Keyring", "Proof", "credential_for", "keyring"]

Alternatives: TypeAlias = tuple[tuple[str, ...], ...]
#: What proves who calls: a key, its user and password, or True for a certificate that the session presents.
Proof: TypeAlias = "KeySource | tuple[str, str] | Literal[True]"

#: Stands for a key where only the place matters that a scheme puts it.
_ANY = "key"
_UNSENDABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


class Combined:
    """Several credentials that go together. Of two that write one header the first is sent; cookies are joined."""

    def __init__(self, parts: Sequence[Credential]) -> None:
        self._parts = parts
        fixed = [part.fixed for part in parts if part.fixed is not None]
        self.fixed: Mapping[str, str] | None = _together(fixed) if len(fixed) == len(parts) else None

    def __repr__(self) -> str:
        return "Combined()"

    async def headers(self) -> Mapping[str, str]:
        """Ask each, one after the other, and return all that they give."""
        return _together([await part.headers() for part in self._parts])

    async def renew(self, used: Mapping[str, str]) -> bool:  # noqa: ARG002 - keys as they are cannot be renewed
        """Return False."""
        return False

    def secrets(self) -> tuple[str, ...]:
        """Return those of each."""
        return tuple(secret for part in self._parts for secret in part.secrets())


def _together(parts: Iterable[Mapping[str, str]]) -> Mapping[str, str]:
    found: dict[str, str] = {}
    taken: set[str] = set()
    for part in parts:
        for name, value in part.items():
            if name in (QUERY, COOKIE) and name in found:
                found[name] += f"{'&' if name == QUERY else '; '}{value}"
            elif name.lower() not in taken:
                found[name] = value
                taken.add(name.lower())
    return found


class Keyring:
    """The keys that a user gave, by the scheme of each, and what each operation takes of them."""

    def __init__(
        self,
        api: str,
        schemes: Mapping[str, Scheme | None],
        usual: Alternatives,
        passed: Mapping[str, Credential],
        found: Mapping[str, Credential],
    ) -> None:
        self._api = api
        self._schemes = schemes
        self._usual = usual
        self._passed = passed
        self._all = {**found, **passed}
        self._written = {name: _written(scheme) for name, scheme in schemes.items() if scheme is not None}

    def __repr__(self) -> str:
        return "Keyring()"

    def of(self, operation: str, security: Alternatives | None) -> Credential:
        """Return what a call of an operation carries; `security` is its own requirement, None the document's.

        Of the alternatives that keys were passed for the first is taken; then one that the environment has keys for;
        then one that writes its key just as another scheme does for which there is one; then, where the document allows
        it, none at all. Raises ConfigurationError, which says what would do, where there is no way.
        """
        alternatives = self._usual if security is None else security
        if not alternatives:
            return NoKey()
        for find in (self._passed.get, self._all.get, self._like):
            for alternative in alternatives:
                if alternative and (parts := self._parts(alternative, find)):
                    return parts[0] if len(parts) == 1 else Combined(parts)
        if () in alternatives:
            return NoKey()
        ways = ", or ".join(" and ".join(map(self._way, alternative)) for alternative in alternatives)
        raise ConfigurationError(f"{operation} asks for credentials: pass {ways}")

    def secrets(self) -> tuple[str, ...]:
        """Return every string that must not be shown, of all keys."""
        return tuple(secret for credential in self._all.values() for secret in credential.secrets())

    def _parts(
        self, alternative: tuple[str, ...], find: Callable[[str], Credential | None]
    ) -> tuple[Credential, ...] | None:
        """Return one credential for each place that an alternative fills, or None where one stays empty."""
        places: dict[object, Credential | None] = {}
        for name in alternative:
            place = frozenset(where for where, _ in self._written.get(name, ((name, ""),)))
            places[place] = places.get(place) or find(name)
        found = tuple(credential for credential in places.values() if credential is not None)
        return found if len(found) == len(places) else None

    def _like(self, name: str) -> Credential | None:
        """Return the credential of a scheme, else that of one that would put the same key there in the same way."""
        if name in self._all or name not in self._written:
            return self._all.get(name)
        written = self._written[name]
        return next((self._all[other] for other in self._all if self._written.get(other) == written), None)

    def _way(self, name: str) -> str:
        """Return how a user gives what a scheme asks for."""
        if name in self._schemes and self._schemes[name] is None:
            return f"credentials={{{name!r}: True}} with a session= that has the client certificate"
        variable = _variable(self._api, self._schemes, name)
        own = "api_key=…" if name == _main(self._schemes) else f"credentials={{{name!r}: …}}"
        return f"{own} (or set {variable})" if variable else own


def credential_for(keys: Credential | Keyring, operation: str, security: Alternatives | None) -> Credential:
    """Return what a call of an operation carries, of keys or of the one credential that there is."""
    return keys.of(operation, security) if isinstance(keys, Keyring) else keys


def _written(scheme: Scheme) -> frozenset[tuple[str, str]]:
    """Return where a scheme puts a key, and what it writes there of a key that is always the same."""
    places: set[tuple[str, str]] = set()
    for name, value in scheme(_ANY).items():
        inner = f":{value.partition('=')[0]}" if name in (QUERY, COOKIE) else ""
        places.add((f"{name.lower()}{inner}", value))
    return frozenset(places)


def _main(schemes: Mapping[str, Scheme | None]) -> str | None:
    """Return the scheme of `api_key`: the first that takes a key."""
    return next((name for name, scheme in schemes.items() if scheme is not None), None)


def _variable(api: str, schemes: Mapping[str, Scheme | None], name: str) -> str | None:
    """Return the environment variable of a scheme's key, or None where it would be that of something else."""
    if name == _main(schemes):
        return f"{api.upper()}_API_KEY"
    if schemes.get(name) is None:
        return None
    endings = {other: re.sub(r"[^A-Z0-9]+", "_", other.upper()).strip("_") for other in schemes}
    own = endings.pop(name)
    return f"{api.upper()}_{own}" if own not in {"", "API_KEY", "BASE_URL", *endings.values()} else None


def keyring(
    api: str,
    schemes: Mapping[str, Scheme | None],
    usual: Alternatives,
    api_key: KeySource | None,
    credentials: Mapping[str, Proof],
) -> Keyring:
    """Return the keys of a client: `api_key` for the main scheme, `credentials` by name, then the environment."""
    if not is_mapping(credentials):
        raise ConfigurationError("credentials must be a mapping from the names of schemes to their keys")
    given: dict[str, Proof] = dict(credentials)
    for name in given:
        if name not in schemes:
            known = ", ".join(map(repr, schemes)) or "none"
            raise ConfigurationError(f"{api} has no scheme {name!r} for credentials=; its schemes: {known}")
    main = _main(schemes)
    if api_key is not None:
        if main is None:
            raise ConfigurationError(f"{api} takes no API key: its spec names no way to send one")
        if main in given:
            raise ConfigurationError(f"the key {main!r} of {api} is given twice: by api_key= and by credentials=")
        given[main] = api_key
    passed = {name: _credential(api, name, schemes[name], proof, main=name == main) for name, proof in given.items()}
    found: dict[str, Credential] = {}
    for name, scheme in schemes.items():
        variable = _variable(api, schemes, name)
        if name not in passed and scheme is not None and variable and (key := os.environ.get(variable)):
            found[name] = _credential(api, name, scheme, key, main=name == main)
    return Keyring(api, schemes, usual, passed, found)


def _credential(api: str, name: str, scheme: Scheme | None, proof: Proof, *, main: bool) -> Credential:
    if scheme is None:
        if proof is not True:
            raise ConfigurationError(
                f"credentials[{name!r}] of {api} must be True: its proof is the client certificate of the session="
            )
        return NoKey()
    label = "" if main else name
    if is_sequence(proof):
        return StaticKey(_pair(proof, api, name), _checked(scheme, api, name))
    if isinstance(proof, Secret):
        proof = proof.reveal()
    if callable(proof):
        return RotatingKey(proof, _checked(scheme, api, name), api, label)
    return StaticKey(checked_key(proof, api, label), _checked(scheme, api, name))


def _checked(scheme: Scheme, api: str, name: str) -> Scheme:
    """Return a scheme that refuses by name, without showing it, what its place cannot carry."""

    def checked(key: str) -> Mapping[str, str]:
        try:
            headers = scheme(key)
        except ConfigurationError as error:
            raise ConfigurationError(f"credentials[{name!r}] of {api}: {error}") from None
        if not all("\x20" <= letter <= "\x7e" for value in headers.values() for letter in value):
            raise ConfigurationError(f"credentials[{name!r}] of {api} holds a character that no header may carry")
        return headers

    return checked


def _pair(proof: Sequence[object], api: str, name: str) -> str:
    """Return user and password as RFC 7617 §2 joins them, which allows no colon in the first."""
    what = f"credentials[{name!r}] of {api}"
    if len(proof) != 2 or not all(isinstance(part, str) for part in proof):
        raise ConfigurationError(f"{what} must be a key, or (user, password)")
    user, password = map(str, proof)
    if ":" in user or _UNSENDABLE.search(user + password):
        raise ConfigurationError(f"{what} must have no colon in the user's name and no control characters")
    return f"{user}:{password}"
