"""A client of Streams.

Generated from streams.yaml (sha256 fd55a3a325ca2ed782a8b225164e2e7d2088b438a24535945927d8e44a68bd0c)
by `python -m codegen generate streams.yaml --package streams`. Do not edit.
"""

from __future__ import annotations

from typing import Final

from reknit.runtime import Api, ApiServer, Caller, DocumentClient

from ._generated.operations import Chat, Feed

SERVERS: Final = (ApiServer("https://streams.example/v1"),)

API = Api(name="streams", server=SERVERS[0])


class Client(DocumentClient):
    """Answers that come in as they are made, errors with a body of their own, headers with a type.

    It needs no key.

    See `DocumentClient` for the other arguments.
    """

    api = API
    chat: Chat
    feed: Feed

    def _assemble(self, caller: Caller) -> None:
        self.chat = Chat(caller)
        self.feed = Feed(caller)
