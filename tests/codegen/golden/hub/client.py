"""A client of Hub.

Generated from hub.yaml (sha256 47d64549e5e67e0340ac3a6898fdf17731c107cf1f03a36e174e22b6ad4e25b8)
by `python -m codegen generate hub.yaml --package hub`. Do not edit.
"""

from __future__ import annotations

from reknit.runtime import Api, BaseClient, Bearer, Caller

from ._generated.operations import Runs, Tools

API = Api(name="hub", server="https://eu.hub.example/v1", scheme=Bearer())


class Client(BaseClient):
    """Runs tools and lists what they did.

    The key is `api_key` or `HUB_API_KEY`; see `BaseClient` for the other arguments.
    """

    api = API
    tools: Tools
    runs: Runs

    def _assemble(self, caller: Caller) -> None:
        self.tools = Tools(caller)
        self.runs = Runs(caller)
