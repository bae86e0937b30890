"""A client of Pet Store.

Generated from pets.yaml (sha256 e6475545e37b2264a6639a7f8a346276569a1d5852cab39eaeb5a2820be3aac9)
by `python -m codegen generate pets.yaml --package pets`. Do not edit.
"""

from __future__ import annotations

from reknit.runtime import Api, ApiKey, BaseClient, Caller

from ._generated.operations import Default, Pets

API = Api(name="pets", server="https://pets.example/api", scheme=ApiKey("X-Api-Key"))


class Client(BaseClient):
    """Pet Store.

    The key is `api_key` or `PETS_API_KEY`; see `BaseClient` for the other arguments.
    """

    api = API
    pets: Pets
    default: Default

    def _assemble(self, caller: Caller) -> None:
        self.pets = Pets(caller)
        self.default = Default(caller)
