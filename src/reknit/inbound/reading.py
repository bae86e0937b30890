"""From the bytes of a body to an event: what may be read at all, and what it turns out to be."""

from __future__ import annotations

import json
from codecs import BOM_UTF8
from collections.abc import Callable
from functools import cached_property
from typing import Any, NoReturn

from attrs import frozen

from ..runtime import Event
from ..runtime.codec import Misfit, decoder, raw_value
from .answers import CODED, NO_JSON_TYPE, TOO_LARGE, Answer
from .events import UNKNOWN_KIND
from .verifying import Lookup

__all__ = ["Found", "Reader", "head_refusal"]

#: Senders that forget the header, or leave their library's default in it, are many; these cannot be JSON.
_NEVER_JSON = ("multipart/", "image/", "audio/", "video/", "font/", "model/")


def head_refusal(values: Lookup, max_body: int) -> Answer | None:
    """Return why a body is not to be read, by what its headers say of it; None where it is."""
    # Nobody documents compressed callbacks, and what a few bytes unpack to is not worth bounding for nobody.
    for coding in values("content-encoding"):
        if coding.strip().lower() not in ("", "identity"):
            return CODED
    for kind in values("content-type"):
        if kind.strip().lower().startswith(_NEVER_JSON):
            return NO_JSON_TYPE
    for length in values("content-length"):
        # What is no number is the server's to refuse; the body is counted as it is read in any case.
        if length.isascii() and length.isdigit() and (len(length) > 18 or int(length) > max_body):
            return TOO_LARGE
    return None


@frozen
class Found:
    """What a body turned out to be: the event's name ("" where it is unknown) and its payload, or what does not fit."""

    kind: str
    payload: Any = None
    misfit: str | None = None


@frozen(slots=False)
class Reader:
    """Decodes the events of an API.

    `recognise` is asked about JSON that fits none of `events`: which of them it was meant to be, None for an unknown
    kind.
    """

    events: tuple[Event[Any], ...]
    recognise: Callable[[Any], Event[Any] | None]

    @cached_property
    def _decoders(self) -> tuple[tuple[str, Callable[[bytes], Any]], ...]:
        return tuple((event.name, decoder(event.payload())) for event in self.events)

    def read(self, body: bytes) -> Found | None:
        """Return what a body is; None where it is not JSON."""
        why: dict[str, str] = {}
        for name, decode in self._decoders:
            try:
                return Found(name, decode(body))
            except Misfit as misfit:
                why[name] = f"{misfit.path}: {misfit.reason}"
        try:
            value = raw_value(body)
        except Misfit as misfit:
            # A number that no float holds, or what is nested so deeply that nobody can say whether it is valid.
            return Found("", misfit=f"{misfit.path}: {misfit.reason}") if _may_be_json(body) else None
        if not body.removeprefix(BOM_UTF8).strip():
            return None
        event = self.recognise(value)
        return Found("", misfit=UNKNOWN_KIND) if event is None else Found(event.name, misfit=why[event.name])


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


# Numbers are left as they are, however large.
_skim = json.JSONDecoder(parse_float=str, parse_int=str, parse_constant=_refuse).decode


def _may_be_json(body: bytes) -> bool:
    try:
        _skim(body.decode("utf-8-sig"))
    except RecursionError:
        return True
    except ValueError:
        return False
    return True
