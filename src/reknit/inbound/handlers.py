"""Which handler an event goes to, and how it is called."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, Protocol, TypeAlias, TypeVar, overload

from attrs import define, field, frozen

from ..errors import ConfigurationError
from ..runtime import Event
from .events import UNKNOWN_KIND, Undecoded
from .reading import Found

__all__ = ["Handler", "Handlers", "Registration", "Route", "TransactionHandler"]

E = TypeVar("E")

Handler: TypeAlias = Callable[[E], Coroutine[Any, Any, None]]
#: A handler whose effects belong into the inbox's own transaction.
TransactionHandler: TypeAlias = Callable[[E, Any], Coroutine[Any, Any, None]]


class Registration(Protocol[E]):
    """What `receiver.on(…)` returns: a decorator that leaves the handler as it is."""

    @overload
    def __call__(self, handler: Handler[E], /) -> Handler[E]: ...
    @overload
    def __call__(self, handler: TransactionHandler[E], /) -> TransactionHandler[E]: ...


@frozen
class Route:
    """A handler, whether it takes the transaction too, and what its events are put in order by."""

    handler: Callable[..., Coroutine[Any, Any, None]]
    with_transaction: bool = False
    order_by: Callable[[Any], str | None] | None = None

    def call(self, event: Any, transaction: Any) -> Coroutine[Any, Any, None]:
        """Return the coroutine of the handler for an event."""
        return self.handler(event, transaction) if self.with_transaction else self.handler(event)

    def order_key(self, event: Any) -> str | None:
        """Return what an event is put in order by; None where that cannot be said, because it must be kept anyway."""
        if self.order_by is None:
            return None
        try:
            key = self.order_by(event)
        except Exception:  # noqa: BLE001 - it is the user's function, on an event that may hold anything
            return None
        return key if isinstance(key, str) else None


@define
class Handlers:
    """The handlers of a receiver: by the name of the event, for what does not fit, and for what is left."""

    events: tuple[Event[Any], ...]
    by_kind: dict[str, Route] = field(factory=dict[str, Route])
    undecoded: Route | None = None
    otherwise: Route | None = None

    def add(self, kind: object, route: Route) -> None:
        """Register a handler for a model, an event of the spec, or `Undecoded`."""
        if kind is Undecoded:
            _check_free("Undecoded", self.undecoded)
            self.undecoded = route
            return
        name = self._name_of(kind)
        _check_free(name, self.by_kind.get(name))
        self.by_kind[name] = route

    def add_otherwise(self, route: Route) -> None:
        """Register the handler for what no other is for."""
        _check_free("otherwise", self.otherwise)
        self.otherwise = route

    def find(self, found: Found) -> Route | None:
        """Return the handler for what a body turned out to be; None where nobody asked for it."""
        if found.misfit is None:
            return self.by_kind.get(found.kind) or self.otherwise
        if found.misfit == UNKNOWN_KIND:
            return self.otherwise or self.undecoded
        return self.undecoded or self.otherwise

    def _name_of(self, kind: object) -> str:
        for event in self.events:
            if kind is event or (isinstance(kind, type) and event.payload() is kind):
                return event.name
        known = ", ".join([*map(_shown, self.events), "Undecoded"])
        raise ConfigurationError(f"there is no such event: {_shown(kind)}; register a handler for one of: {known}")


def _shown(kind: object) -> str:
    if isinstance(kind, Event):
        payload = kind.payload()
        return payload.__name__ if isinstance(payload, type) else kind.name.upper()
    return kind.__name__ if isinstance(kind, type) else repr(kind)


def _check_free(what: str, route: Route | None) -> None:
    if route is not None:
        raise ConfigurationError(f"{what} has a handler already: call both from one")


def takes_transaction(handler: Callable[..., object]) -> bool:
    """Return whether a handler has a second parameter without a default.

    Raises ConfigurationError for what is no async function, and for one that can be called with neither the event alone
    nor the event and a transaction: every event would fail.
    """
    called = handler if inspect.iscoroutinefunction(handler) else getattr(handler, "__call__", None)  # noqa: B004
    if not inspect.iscoroutinefunction(called):
        raise ConfigurationError(
            f"a handler must be an async function, not {_called(handler)}; what blocks goes through asyncio.to_thread"
        )
    signature = inspect.signature(handler)
    for arguments in ((None,), (None, None)):
        with suppress(TypeError):
            signature.bind(*arguments)
            return len(arguments) > 1
    raise ConfigurationError(
        f"a handler takes the event, or the event and the inbox's transaction; {_called(handler)}{signature} does not"
    )


def _called(handler: Callable[..., object]) -> str:
    return str(getattr(handler, "__qualname__", repr(handler)))
