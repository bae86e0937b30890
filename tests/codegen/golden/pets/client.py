"""A client of Pet Store.

Generated from pets.yaml (sha256 59888a97d790eca6b2607624ae4435936143bbb23c256d2037bdb27eda3b7282)
by `python -m codegen generate pets.yaml --package pets`. Do not edit.
"""

from __future__ import annotations

from typing import Final

from reknit.runtime import Api, ApiKey, ApiServer, Caller, DocumentClient

from ._generated.operations import Default, Pets

SERVERS: Final = (ApiServer("https://pets.example/api"),)

API = Api(name="pets", server=SERVERS[0], schemes={"key": ApiKey("X-Api-Key")}, security=(("key",), ()))


class Client(DocumentClient):
    """Pet Store.

    The key is `api_key` or `PETS_API_KEY`.

    See `DocumentClient` for the other arguments.
    """

    api = API
    pets: Pets
    default: Default

    def _assemble(self, caller: Caller) -> None:
        self.pets = Pets(caller)
        self.default = Default(caller)
