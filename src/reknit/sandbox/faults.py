"""Faults on demand: what can go wrong, and the plan of what will.

This module decides; `misbehaving.py` does it to a connection, `callbacks.py` to a callback. A fault is named by its
`kind` in JSON and on the command line.
"""

from __future__ import annotations

import json
import random
import re
import reprlib
from collections.abc import Callable, Mapping
from types import NoneType, UnionType
from typing import Any, ClassVar, Final, Literal, TypeAlias, get_args, get_origin, get_type_hints

import attrs
import msgspec
from attrs import define, field, frozen

from .wire import Json, StateConflict, is_object

__all__ = [
    "CALLBACKS",
    "Delay",
    "DuplicateCallback",
    "Fault",
    "Faults",
    "GzipBomb",
    "InvalidJson",
    "Limited",
    "Mix",
    "Planned",
    "Refuse",
    "ReorderCallbacks",
    "Reset",
    "Status",
    "Trickle",
    "Truncate",
    "Unknown",
    "UnknownFault",
    "WrongLength",
    "WrongSecret",
    "WrongShape",
    "fault_of",
    "parse_fault",
]

#: What an API sends by itself, by the name that a fault's `operation` takes.
CALLBACKS: Final[Mapping[str, str]] = {"refonte": "callback", "relays": "webhook"}

_HEADER: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_MOST_PLANNED: Final = 1_000  # each request looks through them, and they are kept until they came
_LONGEST_BODY: Final = 64 * 2**10
_LONGEST: Final = 3600.0  # no fault holds a connection or the port for longer: a typing mistake must not


class UnknownFault(ValueError):
    """There is no such fault, or it does not take such an option."""


def _seconds(_: object, attribute: attrs.Attribute[float], value: float) -> None:
    if not 0 <= value <= _LONGEST:
        raise UnknownFault(f"{attribute.name} must be from 0 to {_LONGEST:.0f}, not {value}")


def _not_zero(_: object, attribute: attrs.Attribute[int], value: int) -> None:
    if not value:
        raise UnknownFault(f"{attribute.name} must not be 0: then nothing would be wrong")


def _not_negative(_: object, attribute: attrs.Attribute[Any], value: float | None) -> None:
    if value is not None and not 0 <= value < 1e9:
        raise UnknownFault(f"{attribute.name} must be 0 or more seconds, not {value}")


def _share(_: object, attribute: attrs.Attribute[float], value: float) -> None:
    if not 0 <= value <= 1:
        raise UnknownFault(f"{attribute.name} must be from 0 to 1, not {value}")


def _between(least: int, most: int) -> Callable[[object, attrs.Attribute[int], int], None]:
    def check(_: object, attribute: attrs.Attribute[int], value: int) -> None:
        if not least <= value <= most:
            raise UnknownFault(f"{attribute.name} must be from {least} to {most}, not {value}")

    return check


def _one_of(*allowed: object) -> Callable[[object, attrs.Attribute[Any], object], None]:
    def check(_: object, attribute: attrs.Attribute[Any], value: object) -> None:
        if value not in allowed:
            raise UnknownFault(f"{attribute.name} must be one of {', '.join(map(str, allowed))}, not {value}")

    return check


def _one_line(_: object, attribute: attrs.Attribute[Any], value: dict[str, str] | str) -> None:
    names, texts = ([], [value]) if isinstance(value, str) else ([*value], [*value.values()])
    if not all(map(_HEADER.fullmatch, names)) or not all(text.isprintable() and text.isascii() for text in texts):
        raise UnknownFault(f"{attribute.name} must be printable ASCII, one line each, and names a header's")
    if sum(map(len, (*names, *texts))) > _LONGEST_BODY:
        raise UnknownFault(f"{attribute.name} must have at most {_LONGEST_BODY} bytes")


def _encodable(_: object, attribute: attrs.Attribute[Any], value: str | None) -> None:
    try:
        size = len((value or "").encode())
    except UnicodeEncodeError:
        raise UnknownFault(f"{attribute.name} must be text, not half of a surrogate pair") from None
    if size > _LONGEST_BODY:
        raise UnknownFault(f"{attribute.name} must have at most {_LONGEST_BODY} bytes, not {size}")


def _mixable(_: object, __: attrs.Attribute[Any], value: tuple[str, ...]) -> None:
    for kind in value:
        if kind not in _MIXED:
            raise UnknownFault(f"a mix cannot have {kind!r}; it draws from {', '.join(_MIXED)}")


@frozen(kw_only=True)
class Refuse:
    """Nothing listens on the port for so many seconds, and idle connections are dropped; it hits all four APIs."""

    kind: ClassVar = "refuse"
    seconds: float = field(default=1.0, validator=_seconds)


@frozen(kw_only=True)
class Reset:
    """The connection is reset: before anything was done, in the answer's headers or body, or after with no answer."""

    kind: ClassVar = "reset"
    when: Literal["before", "headers", "body", "after"] = field(
        default="before", validator=_one_of("before", "headers", "body", "after")
    )


@frozen(kw_only=True)
class Delay:
    """The work is done at once and the answer comes late, in seconds of the machine's clock."""

    kind: ClassVar = "delay"
    seconds: float = field(default=1.0, validator=_seconds)


@frozen(kw_only=True)
class Trickle:
    """The answer's body comes in small pieces that are spread over so many seconds."""

    kind: ClassVar = "trickle"
    seconds: float = field(default=1.0, validator=_seconds)
    pieces: int = field(default=10, validator=_between(1, 10_000))


@frozen(kw_only=True)
class Truncate:
    """The connection is closed in an orderly way after a share of the answer's body, before its last byte."""

    kind: ClassVar = "truncate"
    keep: float = field(default=0.5, validator=_share)


@frozen(kw_only=True)
class WrongLength:
    """Content-Length is wrong by so many bytes; with too large a one the connection stays open and nothing comes."""

    kind: ClassVar = "wrong-length"
    by: int = field(default=-3, validator=[_between(-(2**20), 2**20), _not_zero])


@frozen(kw_only=True)
class Limited:
    """429: with Retry-After unless that is None, with X-RateLimit-* unless `headers` is False. Nothing is done."""

    kind: ClassVar = "limited"
    retry_after: float | None = field(default=1.0, validator=_not_negative)
    headers: bool = True


@frozen
class Status:
    """An HTTP status instead of the answer: in the API's own shape, as HTML, or with `body`. Nothing is done."""

    kind: ClassVar = "status"
    status: int = field(default=500, validator=_between(200, 599))
    html: bool = field(default=False, kw_only=True)
    retry_after: float | None = field(default=None, kw_only=True, validator=_not_negative)
    headers: dict[str, str] = field(factory=dict[str, str], kw_only=True, validator=_one_line)
    body: str | None = field(default=None, kw_only=True, validator=_encodable)
    media_type: str = field(default="text/html", kw_only=True, validator=_one_line)


@frozen
class InvalidJson:
    """The body says that it is JSON and breaks off in the middle of a value. The work was done."""

    kind: ClassVar = "invalid-json"


@frozen
class WrongShape:
    """Every property of the answer has a value of another type than documented. The work was done."""

    kind: ClassVar = "wrong-shape"


@frozen
class Unknown:
    """Enums have values that nobody documented, and every object has one more property. The work was done."""

    kind: ClassVar = "unknown"


@frozen(kw_only=True)
class GzipBomb:
    """The answer is compressed from so many mebibytes of blanks with the body at their end. The work was done."""

    kind: ClassVar = "gzip-bomb"
    mebibytes: int = field(default=256, validator=_between(1, 1024))


@frozen(kw_only=True)
class DuplicateCallback:
    """A callback comes again at once, so many times more."""

    kind: ClassVar = "duplicate-callback"
    copies: int = field(default=1, validator=_between(1, 100))


@frozen
class ReorderCallbacks:
    """A callback is held back until the next one has gone."""

    kind: ClassVar = "reorder-callbacks"


@frozen
class WrongSecret:
    """A callback comes with another secret than the account's."""

    kind: ClassVar = "wrong-secret"


@frozen(kw_only=True)
class Mix:
    """A share of the requests meets a fault, drawn with a seed from `kinds` (none: all that answer soon)."""

    kind: ClassVar = "mix"
    rate: float = field(default=0.3, validator=_share)
    seed: int = 0
    kinds: tuple[str, ...] = field(default=(), validator=_mixable)


Fault: TypeAlias = (
    Refuse
    | Reset
    | Delay
    | Trickle
    | Truncate
    | WrongLength
    | Limited
    | Status
    | InvalidJson
    | WrongShape
    | Unknown
    | GzipBomb
    | DuplicateCallback
    | ReorderCallbacks
    | WrongSecret
    | Mix
)
CallbackFault: TypeAlias = DuplicateCallback | ReorderCallbacks | WrongSecret

KINDS: Final[Mapping[str, type[Fault]]] = {kind.kind: kind for kind in get_args(Fault)}
_OF_CALLBACKS: Final = (DuplicateCallback, ReorderCallbacks, WrongSecret)
_OF_REQUESTS: Final = (*(kind for kind in KINDS.values() if kind not in (*_OF_CALLBACKS, Refuse)),)
_MIXED: Final[Mapping[str, tuple[Fault, ...]]] = {
    "reset": (Reset(when="before"), Reset(when="headers"), Reset(when="body"), Reset(when="after")),
    "delay": (Delay(seconds=0.1),),
    "trickle": (Trickle(seconds=0.1),),
    "truncate": (Truncate(),),
    "wrong-length": (WrongLength(),),
    "limited": (Limited(), Limited(retry_after=None, headers=False)),
    "status": (Status(500), Status(502, html=True), Status(503, retry_after=1)),
    "invalid-json": (InvalidJson(),),
    "wrong-shape": (WrongShape(),),
    "unknown": (Unknown(),),
}


@define
class Planned:
    """A fault that is planned: for whom, how many times more (None: for ever), and how often it came."""

    id: str
    api: str | None
    operation: str | None
    fault: Fault
    times: int | None
    hits: int = 0
    enabled: bool = True
    _chance: random.Random = field(factory=random.Random, repr=False, eq=False, alias="chance")

    def public(self) -> Json:
        """Return the plan as JSON."""
        return {
            "id": self.id,
            "api": self.api,
            "operation": self.operation,
            "fault": described(self.fault),
            "times": self.times,
            "hits": self.hits,
            "enabled": self.enabled,
        }

    def fits(self, api: str, operation: str) -> bool:
        """Say whether the fault is meant for a request or callback."""
        return self.enabled and self.times != 0 and self.api in (None, api) and self.operation in (None, operation)

    def draw(self) -> Fault | None:
        """Return what comes now: the fault itself, and of a mix one of its faults or, for the most part, none."""
        if not isinstance(self.fault, Mix):
            return self.fault
        if self._chance.random() >= self.fault.rate:
            return None
        return self._chance.choice(_MIXED[self._chance.choice(self.fault.kinds or tuple(_MIXED))])


class Faults:
    """The faults that are still to come, in the order in which they were planned.

    `on_change` is called with a plan after it was added, switched, used up or removed.
    """

    def __init__(self, operations: Mapping[str, tuple[str, ...]]) -> None:
        self.operations = operations
        self.on_change: Callable[[Planned], None] | None = None
        self._planned: dict[str, Planned] = {}
        self._count = 0

    def add(
        self, *, fault: Fault, api: str | None = None, operation: str | None = None, times: int | None = 1
    ) -> Planned:
        """Plan a fault for the next `times` requests (None: for all) to an operation, an API, or any.

        Raises UnknownFault where there is no such API or operation, or where the fault cannot come there, and
        StateConflict where a thousand are planned already.
        """
        self._check(fault, api, operation, times)
        if len(self._planned) >= _MOST_PLANNED:
            raise StateConflict(f"{_MOST_PLANNED} faults are planned already: remove some, or give one more times")
        self._count += 1
        planned = Planned(f"fault-{self._count}", api, operation, fault, times)
        if isinstance(fault, Mix):
            planned = attrs.evolve(planned, chance=random.Random(fault.seed))
        self._planned[planned.id] = planned
        self._changed(planned)
        return planned

    def list(self) -> list[Planned]:
        """Return what is planned, oldest first."""
        return [*self._planned.values()]

    def get(self, fault_id: str) -> Planned:
        """Return a plan by its id. Raises LookupError."""
        if fault_id not in self._planned:
            raise LookupError(f"there is no fault {fault_id!r}")
        return self._planned[fault_id]

    def switch(self, fault_id: str, on: bool) -> Planned:  # noqa: FBT001  # a switch has no third position
        """Let a fault come again, or not for now."""
        planned = self.get(fault_id)
        planned.enabled = on
        self._changed(planned)
        return planned

    def remove(self, fault_id: str) -> Planned:
        """Forget a fault."""
        planned = self.get(fault_id)
        del self._planned[fault_id]
        planned.enabled = False
        self._changed(planned)
        return planned

    def clear(self) -> None:
        """Forget every fault."""
        for planned in self.list():
            self.remove(planned.id)

    def take(self, api: str, operation: str) -> Fault | None:
        """Use up the next fault that fits a request, if there is one."""
        if not self._planned:
            return None
        return self._take(api, operation, _OF_REQUESTS)

    def take_for_callback(self, api: str, event: str, kinds: tuple[type[CallbackFault], ...]) -> CallbackFault | None:
        """Use up the next fault of these kinds that fits a callback, if there is one."""
        fault = self._take(api, event, kinds)
        return fault if isinstance(fault, _OF_CALLBACKS) else None

    def _take(self, api: str, operation: str, kinds: tuple[type[Fault], ...]) -> Fault | None:
        for planned in self.list():
            if not isinstance(planned.fault, kinds):
                continue
            fault = planned.draw() if planned.fits(api, operation) else None
            if fault is not None:
                self._use(planned)
                return fault
        return None

    def _use(self, planned: Planned) -> None:
        planned.hits += 1
        if planned.times is not None:
            planned.times -= 1
            if not planned.times:
                self._planned.pop(planned.id, None)
        self._changed(planned)

    def _changed(self, planned: Planned) -> None:
        if self.on_change is not None:
            self.on_change(planned)

    def _check(self, fault: Fault, api: str | None, operation: str | None, times: int | None) -> None:
        if type(fault) not in KINDS.values():
            raise UnknownFault(f"{fault!r} is no fault; there are {', '.join(KINDS)}")
        if api is not None and api not in self.operations:
            raise UnknownFault(f"there is no API {api!r}; there are {', '.join(self.operations)}")
        _check_times(times)
        if isinstance(fault, Refuse):
            if times != 1:
                raise UnknownFault("refuse comes once: its seconds say for how long")
            if api is not None or operation is not None:
                raise UnknownFault("refuse closes the port that all four APIs share; it takes no API and no operation")
        elif isinstance(fault, _OF_CALLBACKS):
            _check_callback(api, operation)
            if isinstance(fault, WrongSecret):
                _check_secret(api)
        elif operation is not None:
            self._check_operation(api, operation)

    def _check_operation(self, api: str | None, operation: str) -> None:
        known = [name for one, names in self.operations.items() if api in (None, one) for name in names]
        if operation not in known:
            of = f"{api} has" if api else "there is"
            raise UnknownFault(f"{of} no operation {operation!r}; there are {', '.join(known)}")


def _check_times(times: object) -> None:
    if times is not None and (not isinstance(times, int) or times < 1):
        raise UnknownFault(f"times must be at least 1 and whole, or None for ever, not {times!r}")


def _check_secret(api: str | None) -> None:
    if api == "relays":
        raise UnknownFault("a webhook of relays has no secret that could be wrong")


def _check_callback(api: str | None, operation: str | None) -> None:
    if api is not None and api not in CALLBACKS:
        raise UnknownFault(f"{api} sends no callbacks; {' and '.join(CALLBACKS)} do")
    known = [event for one, event in CALLBACKS.items() if api in (None, one)]
    if operation is not None and operation not in known:
        raise UnknownFault(f"there is no callback {operation!r}; there is {' and '.join(known)}")


# From and to JSON and text


def described(fault: Fault) -> Json:
    """Return a fault as JSON: its kind and its options."""
    return {"kind": fault.kind, **attrs.asdict(fault)}


def kinds() -> list[Json]:
    """Return what kinds there are, each with a sentence about it and its options with their defaults."""
    return [{"kind": name, "summary": _sentence(kind), "options": attrs.asdict(kind())} for name, kind in KINDS.items()]


def _sentence(kind: type) -> str:
    return " ".join((kind.__doc__ or "").split())


def fault_of(value: object) -> Fault:
    """Make a fault of JSON: `{"kind": "reset", "when": "body"}`, or its kind alone. Raises UnknownFault."""
    options = dict(value) if is_object(value) else {"kind": value}
    name = options.pop("kind", None)
    if not isinstance(name, str) or name not in KINDS:
        raise UnknownFault(f"there is no fault {name!r}; there are {', '.join(KINDS)}")
    kind = KINDS[name]
    known = [attribute.name for attribute in attrs.fields(kind)]
    for option in options:
        if option not in known:
            raise UnknownFault(f"{name} takes no {option!r}; it takes {', '.join(known) or 'nothing'}")
    try:
        return msgspec.convert(options, kind)
    except msgspec.ValidationError as error:
        raise UnknownFault(f"{name}: {_misfit(kind, options) or error}") from None


def _misfit(kind: type, options: Json) -> str | None:
    """Return which option is of the wrong kind, and what it may be; None where each by itself is right."""
    hints = get_type_hints(kind)
    for option, value in options.items():
        try:
            msgspec.convert(value, hints[option])
        except msgspec.ValidationError:
            return f"{option} must be {_in_words(hints[option])}, not {reprlib.repr(value)}"
    return None


def _in_words(hint: Any) -> str:
    if get_origin(hint) is Literal:
        return f"one of {', '.join(get_args(hint))}"
    if get_origin(hint) is UnionType:
        return " or ".join(map(_in_words, get_args(hint)))
    words = {
        bool: "true or false",
        int: "a whole number",
        float: "a number",
        str: "a text",
        NoneType: "null",
        dict: "an object",
    }
    return words.get(get_origin(hint) or hint, f"a {hint}")


def parse_fault(text: str) -> tuple[str | None, str | None, Fault, int | None]:
    """Read a fault from one word: its API, its operation, the fault, and how many times it comes.

    The word is `API[/OPERATION]:KIND[,OPTION=VALUE…]`, as in `rezolve/tools.execute:reset,when=body,times=3`; without
    an API the fault hits any, `times=forever` is for ever, and kinds are joined with `+`. Raises UnknownFault.
    """
    where, colon, what = text.partition(":")
    if not colon:
        where, what = "", text
    api, _, operation = where.partition("/")
    kind, *pairs = what.split(",")
    options: Json = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals:
            raise UnknownFault(f"{pair!r} is no option; options are written NAME=VALUE")
        options[name] = value.split("+") if name == "kinds" else _value(value)
    times = options.pop("times", 1)
    if times == "forever":
        times = None
    elif not isinstance(times, int) or isinstance(times, bool):
        raise UnknownFault(f"times must be a number or `forever`, not {times}")
    return api or None, operation or None, fault_of({"kind": kind, **options}), times


def _value(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
