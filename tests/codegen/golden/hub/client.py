"""A client of Hub.

Generated from hub.yaml (sha256 47d64549e5e67e0340ac3a6898fdf17731c107cf1f03a36e174e22b6ad4e25b8)
by `python -m codegen generate hub.yaml --package hub`. Do not edit.
"""

from __future__ import annotations

from typing import Final

from reknit.runtime import Api, ApiServer, Bearer, Caller, DocumentClient, ServerVariable

from ._generated.operations import Runs, Tools

SERVERS: Final = (ApiServer("https://{region}.hub.example/v1", {"region": ServerVariable("eu")}),)

API = Api(name="hub", server=SERVERS[0], schemes={"bearer": Bearer()}, security=(("bearer",),))


class Client(DocumentClient):
    """Runs tools and lists what they did.

    The key is `api_key` or `HUB_API_KEY`.

    Variables of their URLs, for `variables`:

    - `region`: eu unless it is given.

    See `DocumentClient` for the other arguments.
    """

    api = API
    tools: Tools
    runs: Runs

    def _assemble(self, caller: Caller) -> None:
        self.tools = Tools(caller)
        self.runs = Runs(caller)
