"""A call that is made ready and not sent: what `--dry-run` shows.

It goes through the client's own preparation, so what is shown is what would be sent, and what would be refused before
sending is refused here too.
"""

from __future__ import annotations

from typing import Any, Final, NoReturn

from ..options import UNSET
from ..runtime import Caller, Limiter, Pages
from ..runtime.codec import Misfit, raw_value
from ..runtime.narrowing import is_object
from ..runtime.operations import Operation
from ..runtime.transport import Exchange, Transport

__all__ = ["Prepared", "preview_of", "shown"]

_HIDDEN: Final = frozenset({"authorization", "authentication", "cookie", "proxy-authorization"})
#: The headers that say nothing about this call.
_USUAL: Final = frozenset({"host", "user-agent", "accept", "accept-encoding"})


class Prepared(Exception):
    """The request that a call would send."""

    def __init__(self, exchange: Exchange, secrets: tuple[str, ...]) -> None:
        super().__init__()
        self.exchange = exchange
        self.secrets = secrets


class _Previewer(Caller):
    """Prepares calls as its client would, and raises Prepared in place of sending."""

    async def call(self, operation: Operation[Any], **arguments: Any) -> NoReturn:
        """Prepare the call and raise Prepared."""
        self._show(operation, **arguments)

    async def respond(self, operation: Operation[Any], **arguments: Any) -> NoReturn:
        """Prepare the call and raise Prepared."""
        self._show(operation, **arguments)

    def pages(self, operation: Operation[Any], **arguments: Any) -> Pages[Any]:
        """Prepare the call for the first page and raise Prepared."""
        self._show(operation, **arguments)

    def _show(self, operation: Operation[Any], **given: Any) -> NoReturn:
        call = self._prepare(
            operation,
            given.get("path", ()),
            given.get("query"),
            given.get("headers"),
            given.get("cookies"),
            given.get("body", UNSET),
            given.get("key"),
            given.get("options"),
        )
        raise Prepared(call.exchange, operation.secrets)


def preview_of(caller: Caller) -> Caller:
    """Return a caller that prepares calls as `caller` does and sends none."""
    return _Previewer(caller.api, caller.settings, caller.credential, Transport(None), Limiter())


def shown(prepared: Prepared) -> dict[str, Any]:
    """Return the request as JSON: credentials and what a spec calls secret are blanked."""
    exchange = prepared.exchange
    headers = {
        name: "***" if name.lower() in _HIDDEN else value
        for name, value in exchange.headers.items()
        if name.lower() not in _USUAL
    }
    request: dict[str, Any] = {"method": exchange.method, "url": str(exchange.url), "headers": headers}
    if exchange.body is not None:
        request["body"] = _body(exchange.body, frozenset(prepared.secrets))
    return request


def _body(body: bytes, secrets: frozenset[str]) -> Any:
    try:
        value = raw_value(body)
    except Misfit:
        return f"<{len(body)} bytes>"
    if is_object(value):
        return {name: "***" if name in secrets else item for name, item in value.items()}
    return value
