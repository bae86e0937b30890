"""A client of Gates.

Generated from gates.yaml (sha256 628041ccaf09613a1ae348116dc519266b68fbe27f6fdf1e97f96c9185e07aca)
by `python -m codegen generate gates.yaml --package gates`. Do not edit.
"""

from __future__ import annotations

from typing import Final

from reknit.runtime import Api, ApiKey, ApiServer, Basic, Bearer, Caller, DocumentClient, ServerVariable

from ._generated.operations import Gates

SERVERS: Final = (
    ApiServer(
        "https://{region}.gates.example/{version}",
        {"region": ServerVariable("eu", ("eu", "us")), "version": ServerVariable("v1")},
        doc="Production.",
    ),
    ApiServer("https://sandbox.gates.example/v1", doc="For tests."),
)

API = Api(
    name="gates",
    server=SERVERS[0],
    schemes={
        "bearer": Bearer(),
        "key": ApiKey("X-Key"),
        "user": ApiKey("user id", place="query"),
        "session": ApiKey("session", place="cookie"),
        "theme": ApiKey("theme", place="cookie"),
        "basic": Basic(),
        "digest": ApiKey("Authorization", "Digest "),
        "hmac": ApiKey("Authorization", "gates-hmac "),
        "oauth": Bearer(),
        "openid": Bearer(),
        "certificate": None,
        "odd": ApiKey("Authorization"),
        "nobody": ApiKey("Authorization"),
    },
    security=(("bearer",), ("key", "user")),
    variables={"port": ServerVariable("8443"), "branch": ServerVariable("main")},
)


class Client(DocumentClient):
    """Gates.

    The key is `api_key` or `GATES_API_KEY`.

    Schemes, for `credentials`. The first is that of `api_key`.

    - `bearer`: a bearer token.
    - `key`: a key, sent as the header `X-Key`.
    - `user`: a key, sent as the query parameter `user id`.
    - `session`: a key, sent as the cookie `session`.
    - `theme`: a key, sent as the cookie `theme`.
    - `basic`: `(user, password)`, or `user:password`. User and password.
    - `digest`: what follows `Digest` in the header `Authorization`.
    - `hmac`: what follows `gates-hmac` in the header `Authorization`.
    - `oauth`: a bearer token. Scopes: `read` Look; `write` Change.
    - `openid`: a bearer token.
    - `certificate`: True, beside a `session` with the client certificate.
    - `odd`: all of the header `Authorization`.
    - `nobody`: all of the header `Authorization`.

    Servers, for `server`:

    - `SERVERS[0]`: https://{region}.gates.example/{version}, Production.
    - `SERVERS[1]`: https://sandbox.gates.example/v1, For tests.

    Variables of their URLs, for `variables`:

    - `region`: one of eu, us; eu unless it is given. Where the data is.
    - `version`: v1 unless it is given.
    - `port`: 8443 unless it is given.
    - `branch`: main unless it is given.

    See `DocumentClient` for the other arguments.
    """

    api = API
    gates: Gates

    def _assemble(self, caller: Caller) -> None:
        self.gates = Gates(caller)
