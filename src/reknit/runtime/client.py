"""What the clients of all APIs have in common: what they are built from, and how they end."""

from __future__ import annotations

import inspect
import math
import os
import platform
import re
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Self

from msgspec import Struct

from ..errors import ConfigurationError
from ..options import RateLimit, Retry, check_number
from .caller import Api, Caller, Settings
from .credentials import Credential, KeySource, NoKey, RotatingKey, StaticKey, checked_key
from .hooks import Hook
from .limiter import Limiter
from .requests import checked_base_url
from .secrets import Secret
from .transport import AIOHTTP, Session, Transport

if TYPE_CHECKING:
    from .security import Keyring
    from .servers import ApiServer

__all__ = ["MAX_BODY", "BaseClient", "Place", "credential_of", "place_of", "place_on"]

#: The largest decoded body that is read: 64 MiB.
MAX_BODY = 64 * 2**20


class Place(Struct, frozen=True):
    """Where a client's calls go, and how that was said. It is not for a log: a URL may hold a token (`secrets`)."""

    base_url: str
    from_spec: bool = False
    server: ApiServer | None = None
    variables: Mapping[str, str] = {}
    secrets: tuple[str, ...] = ()


def place_of(api: Api, base_url: str | None, *, allow_insecure: bool) -> Place:
    """Return where an API is: at `base_url`, at `<API>_BASE_URL`, else where its spec says.

    Raises ConfigurationError where keys should not go there.
    """
    variable = f"{api.name.upper()}_BASE_URL"
    if base_url is not None:
        return Place(checked_base_url(base_url, "base_url", insecure=allow_insecure))
    if found := os.environ.get(variable):
        return Place(checked_base_url(found, variable, insecure=allow_insecure))
    if not isinstance(api.server, str):
        return place_on(api, api.server, {}, allow_insecure=allow_insecure)
    return Place(spec_url(api, api.server, allow_insecure=allow_insecure), from_spec=True)


def spec_url(api: Api, url: str, *, allow_insecure: bool) -> str:
    """Return the URL that a spec names without a closing slash, or say that it names none."""
    if url.startswith("//"):
        url = f"https:{url}"
    if ":" not in url.partition("/")[0]:
        way = f"pass base_url= or set {api.name.upper()}_BASE_URL"
        raise ConfigurationError(f"the spec does not say where {api.name} is: {way}")
    return checked_base_url(url, "the server of the spec", insecure=allow_insecure)


def place_on(api: Api, server: ApiServer, variables: Mapping[str, str], *, allow_insecure: bool) -> Place:
    """Return where a server of the spec is, with these values of its variables."""
    from .servers import server_url  # noqa: PLC0415 - for servers with variables alone

    known = {**api.variables, **server.variables}
    return Place(
        base_url=spec_url(api, server_url(server, variables, api.name), allow_insecure=allow_insecure),
        from_spec=True,
        server=server,
        variables=variables,
        secrets=tuple(value for name, value in variables.items() if name in known and known[name].secret),
    )


def credential_of(api: Api, key: KeySource | None) -> Credential:
    """Return the credential of a key, of a function that gives keys, or of `<API>_API_KEY`."""
    if api.scheme is None:
        if key is not None:
            raise ConfigurationError(f"{api.name} takes no API key: its spec names no way to send one")
        return NoKey()
    if key is None:
        key = os.environ.get(f"{api.name.upper()}_API_KEY")
        if not key:
            raise ConfigurationError(f"no API key for {api.name}: pass api_key= or set {api.name.upper()}_API_KEY")
    if isinstance(key, Secret):
        key = key.reveal()
    if callable(key):
        return RotatingKey(key, api.scheme, api.name)
    return StaticKey(checked_key(key, api.name), api.scheme)


def _settings(
    place: Place,
    *,
    timeout: float,
    retry: Retry,
    hooks: Iterable[Hook],
    max_body: int,
    allow_insecure: bool,
) -> Settings:
    check_number("timeout", timeout, above=0)
    check_number("max_body", max_body, above=0)
    if not isinstance(retry, Retry):  # pyright: ignore[reportUnnecessaryIsInstance] - callers without a checker
        raise ConfigurationError(f"retry must be a reknit.Retry, not {type(retry).__name__}")
    hooks = tuple(hooks)
    if not all(callable(hook) and not inspect.iscoroutinefunction(hook) for hook in hooks):
        raise ConfigurationError("hooks must be plain functions (not async) that take one event")
    return Settings(
        base_url=place.base_url,
        from_spec=place.from_spec,
        server=place.server,
        variables=place.variables,
        secrets=place.secrets,
        allow_insecure=allow_insecure,
        timeout=float(timeout),
        retry=retry,
        hooks=hooks,
        max_body=max_body if not math.isinf(max_body) else 2**63,
    )


def _limiter(given: RateLimit | Limiter | None) -> Limiter:
    if given is None or isinstance(given, RateLimit):
        return Limiter(given)
    if not isinstance(given, Limiter):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise ConfigurationError(f"limiter must be a RateLimit or a Limiter, not {type(given).__name__}")
    return given


def user_agent(api: str) -> str:
    """Return the User-Agent of an API's client."""
    from .. import __version__  # noqa: PLC0415 - the package is still loading when this module is

    return f"reknit/{__version__} ({api}; python/{platform.python_version()}; aiohttp/{AIOHTTP})"


class BaseClient:
    """A client of one API. Subclasses set `api` and make their groups of operations in `_assemble`.

    `api_key` is a string, or a function (sync or async) that returns one; without it `<API>_API_KEY` is read. An API
    without keys takes none. `base_url` falls back to `<API>_BASE_URL`, then to the spec's server (for an operation that
    has one of its own, to that). A `session` that is passed in is used and left open. `timeout` in seconds bounds every
    call as a whole. `limiter` is a `RateLimit` that is known, or a `Limiter` that clients share. `hooks` are called
    with the events of `reknit.runtime.hooks`. `max_body` bounds a decoded body in bytes.

    Nothing is opened before the first call. The client belongs to the event loop that first calls it; once that loop
    has closed, to the next. Raises ConfigurationError for what cannot work.
    """

    api: Api

    def __init__(
        self,
        api_key: KeySource | None = None,
        *,
        base_url: str | None = None,
        session: Session | None = None,
        timeout: float = 60.0,
        retry: Retry = Retry(),
        limiter: RateLimit | Limiter | None = None,
        hooks: Iterable[Hook] = (),
        allow_insecure: bool = False,
        max_body: int = MAX_BODY,
    ) -> None:
        place = place_of(self.api, base_url, allow_insecure=allow_insecure)
        self._build(
            place,
            lambda: self._credential(api_key),
            session=session,
            timeout=timeout,
            retry=retry,
            limiter=limiter,
            hooks=hooks,
            allow_insecure=allow_insecure,
            max_body=max_body,
        )

    def _build(
        self,
        place: Place,
        credential: Callable[[], Credential | Keyring],
        *,
        session: Session | None,
        timeout: float,
        retry: Retry,
        limiter: RateLimit | Limiter | None,
        hooks: Iterable[Hook],
        allow_insecure: bool,
        max_body: int,
    ) -> None:
        """Make the caller, after every argument has been looked at, and the groups."""
        if session is not None and not isinstance(session, Session):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise ConfigurationError(f"session must be an aiohttp.ClientSession, not {type(session).__name__}")
        settings = _settings(
            place, timeout=timeout, retry=retry, hooks=hooks, max_body=max_body, allow_insecure=allow_insecure
        )
        self._caller = Caller(self.api, settings, credential(), Transport(session), _limiter(limiter))
        self._caller.extend_user_agent(user_agent(self.api.name))
        self._assemble(self._caller)

    def _assemble(self, caller: Caller) -> None:
        """Make the groups of operations."""

    def _credential(self, api_key: KeySource | None) -> Credential:
        return credential_of(self.api, api_key)

    def __repr__(self) -> str:
        state = " closed" if self._caller.closed else ""
        place = self._caller.settings.base_url
        for secret in self._caller.settings.secrets:  # of any length, and a URL has hosts in small letters
            place = re.sub(re.escape(secret), "***", place, flags=re.IGNORECASE)
        return f"<reknit {self.api.name} client of {place}{state}>"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close what the client opened; calls under way end with ClientClosed. May be called twice."""
        await self._caller.close()

    def extend_user_agent(self, text: str) -> None:
        """Add `name/version` of a library that is built on this one to the User-Agent of every request."""
        self._caller.extend_user_agent(text)
