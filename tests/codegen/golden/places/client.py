"""A client of Places.

Generated from places.yaml (sha256 8d05c17b1dd6e30f26f2a953fad66f30d04ebc1735f237ce5402446a82bb6199)
by `python -m codegen generate places.yaml --package places`. Do not edit.
"""

from __future__ import annotations

from typing import Final

from reknit.runtime import Api, ApiKey, ApiServer, Caller, DocumentClient

from ._generated.operations import Photos, Places

SERVERS: Final = (ApiServer("https://places.example/v1"),)

API = Api(
    name="places",
    server=SERVERS[0],
    schemes={"key": ApiKey("api key", place="query"), "cookie": ApiKey("session", place="cookie")},
    security=(("key",), ("cookie",)),
)


class Client(DocumentClient):
    """Knows what is where.

    The key is `api_key` or `PLACES_API_KEY`.

    Schemes, for `credentials`. The first is that of `api_key`.

    - `key`: a key, sent as the query parameter `api key`.
    - `cookie`: a key, sent as the cookie `session`.

    See `DocumentClient` for the other arguments.
    """

    api = API
    places: Places
    photos: Photos

    def _assemble(self, caller: Caller) -> None:
        self.places = Places(caller)
        self.photos = Photos(caller)
