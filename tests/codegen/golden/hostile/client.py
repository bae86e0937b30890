"""A client of Hostile\"\"\" import os; os.system('true') #.

Generated from hostile.yaml (sha256 415cef0f8a986339c767a90746e763e26e8fb8a9809fc10a744a4d9e5d3e38bb)
by `python -m codegen generate hostile.yaml --package hostile`. Do not edit.
"""

from __future__ import annotations

from reknit.runtime import Api, Bearer, Caller, DocumentClient

from ._generated.operations import AB, Class

API = Api(name="hostile", server="/", schemes={"'\"": Bearer()}, security=(("'\"",), ()))


class Client(DocumentClient):
    """\"\"\" raise SystemExit \"\"\" {{ 7 * 7 }} {% raw %} \\N{BULLET} \\

    The key is `api_key` or `HOSTILE_API_KEY`.

    See `DocumentClient` for the other arguments.
    """

    api = API
    a_b: AB
    class_: Class

    def _assemble(self, caller: Caller) -> None:
        self.a_b = AB(caller)
        self.class_ = Class(caller)
