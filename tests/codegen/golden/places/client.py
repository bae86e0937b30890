"""A client of Places.

Generated from places.yaml (sha256 f62b691f8e0fde10b5cff87396bec7fb515acbe69aaae56e1180cf22936ae2d2)
by `python -m codegen generate places.yaml --package places`. Do not edit.
"""

from __future__ import annotations

from reknit.runtime import Api, ApiKey, BaseClient, Caller

from ._generated.operations import Photos, Places

API = Api(name="places", server="https://places.example/v1", scheme=ApiKey("api key", place="query"))


class Client(BaseClient):
    """Knows what is where.

    The key is `api_key` or `PLACES_API_KEY`; see `BaseClient` for the other arguments.
    """

    api = API
    places: Places
    photos: Photos

    def _assemble(self, caller: Caller) -> None:
        self.places = Places(caller)
        self.photos = Photos(caller)
