"""The client of a package that was generated as a whole: all that it is comes from a document.

It differs from a hand-written one in that a document may name several schemes, and several servers with variables.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..errors import ConfigurationError
from ..options import RateLimit, Retry
from .caller import Api
from .client import MAX_BODY, BaseClient, Place, place_of, place_on
from .credentials import Credential, KeySource, NoKey
from .hooks import Hook
from .limiter import Limiter
from .narrowing import is_mapping
from .security import Keyring, Proof, keyring
from .servers import ApiServer
from .transport import Session

__all__ = ["DocumentClient"]


class DocumentClient(BaseClient):
    """A client with the schemes and servers of its document; see `BaseClient` for the other arguments.

    `api_key` is the key of the main scheme, the first of `api.schemes`; `credentials` are keys by the names of schemes:
    a string, a function (sync or async) that returns one, `(user, password)`, or True for the client certificate that
    the `session` presents. What is given in neither way is read from `<API>_API_KEY` (the main scheme) and
    `<API>_<SCHEME>`. A call carries the first of the alternatives that its document names and that there are keys for;
    where there is none, and the document does not allow it, the call raises ConfigurationError before anything is sent.

    `server` is one of the document's servers, the default is the first; `variables` are values for the variables in
    URLs, of operations' own servers too. `base_url` stands in place of both.
    """

    def __init__(
        self,
        api_key: KeySource | None = None,
        *,
        credentials: Mapping[str, Proof] | None = None,
        base_url: str | None = None,
        server: ApiServer | None = None,
        variables: Mapping[str, str] | None = None,
        session: Session | None = None,
        timeout: float = 60.0,
        retry: Retry = Retry(),
        limiter: RateLimit | Limiter | None = None,
        hooks: Iterable[Hook] = (),
        allow_insecure: bool = False,
        max_body: int = MAX_BODY,
    ) -> None:
        api = self.api
        if server is None and variables is None:
            place = place_of(api, base_url, allow_insecure=allow_insecure)
        elif base_url is not None:
            raise ConfigurationError("base_url stands in place of server and variables: pass either")
        else:
            place = _chosen(api, server, {} if variables is None else variables, allow_insecure=allow_insecure)
        self._build(
            place,
            lambda: _keys(api, api_key, {} if credentials is None else credentials),
            session=session,
            timeout=timeout,
            retry=retry,
            limiter=limiter,
            hooks=hooks,
            allow_insecure=allow_insecure,
            max_body=max_body,
        )


def _keys(api: Api, api_key: KeySource | None, credentials: Mapping[str, Proof]) -> Credential | Keyring:
    keys = keyring(api.name, api.schemes, api.security, api_key, credentials)
    return keys if api.schemes else NoKey()


def _chosen(api: Api, server: ApiServer | None, variables: Mapping[str, str], *, allow_insecure: bool) -> Place:
    """Return where a server of the document is; refuse variables that neither it nor an operation has."""
    if server is None:
        server = ApiServer(api.server) if isinstance(api.server, str) else api.server
    if not isinstance(server, ApiServer):  # pyright: ignore[reportUnnecessaryIsInstance] - callers without a checker
        raise ConfigurationError(f"server must be one of SERVERS, not {type(server).__name__}")
    if not is_mapping(variables):
        raise ConfigurationError("variables must be a mapping from names to values")
    known = dict.fromkeys((*server.names, *api.variables))
    for name in variables:
        if name not in known:
            options = ", ".join(map(repr, known)) or "none"
            raise ConfigurationError(f"the server of {api.name} has no variable {name!r}; it has: {options}")
    return place_on(api, server, dict(variables), allow_insecure=allow_insecure)
