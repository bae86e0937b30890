"""A client of Loose.

Generated from loose.yaml (sha256 d371705fc18775ccee4aed9a4e5b20c3235c9e6c2133fd7d9ed69d764d03b6ed)
by `python -m codegen generate loose.yaml --package loose`. Do not edit.
"""

from __future__ import annotations

from typing import Final

from reknit.runtime import Api, ApiServer, Caller, DocumentClient

from ._generated.operations import Boxes

SERVERS: Final = (ApiServer("https://loose.example"),)

API = Api(name="loose", server=SERVERS[0])


class Client(DocumentClient):
    """Says less than it means.

    It needs no key.

    See `DocumentClient` for the other arguments.
    """

    api = API
    boxes: Boxes

    def _assemble(self, caller: Caller) -> None:
        self.boxes = Boxes(caller)
