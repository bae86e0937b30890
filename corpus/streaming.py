"""Writes streams as a server does: server-sent events (WHATWG HTML, 9.2), JSON lines, sequences (RFC 7464)."""

from __future__ import annotations

import json
from typing import Any

from attrs import frozen

from corpus.pruning import Pruning
from corpus.reading import essence
from corpus.schemas import Bundle, Schema
from corpus.wire import Typing

_FIELDS = frozenset({"data", "event", "id", "retry"})


@frozen
class Items:
    """The items of a stream, in their order."""

    values: tuple[Any, ...]

    def __repr__(self) -> str:
        return f"the stream {self.values!r}"


@frozen
class Streams:
    """Writes the streams of one bundle."""

    bundle: Bundle

    def item(self, schema: Schema) -> Schema:
        """Return the schema of an item: an array describes the stream as a whole."""
        typing = Typing(self.bundle)
        return typing.item(schema) if typing.types(schema) == {"array"} else schema

    def written(self, media: str, schema: Schema, values: list[Any]) -> tuple[Items, bytes]:
        """Return the items that a stream can say, without what is not described, and the bytes that say them."""
        pruning = Pruning(self.bundle)
        values = [pruning.pruned(value, schema) for value in values]
        if essence(media) != "text/event-stream":
            begins, ends = ("\x1e", "\n") if essence(media).endswith("json-seq") else ("", "\n")
            return Items(tuple(values)), "".join(f"{begins}{json.dumps(value)}{ends}" for value in values).encode()
        whole = self._is_whole(schema)
        events = [value if whole else {"data": value} for value in values]
        said = [(value, event) for value, event in zip(values, events, strict=True) if self._can_be_said(event)]
        return Items(tuple(value for value, _ in said)), "".join(_event(event) for _, event in said).encode()

    def _is_whole(self, schema: Schema) -> bool:
        names = {name for part in Typing(self.bundle).every(schema) for name in part.get("properties", {})}
        return "data" in names and names <= _FIELDS

    def _can_be_said(self, event: dict[str, Any]) -> bool:
        data = event.get("data")
        texts = [data if isinstance(data, str) else json.dumps(data)]
        fields = [str(event[name]) for name in ("event", "id") if name in event]
        breaks = any(letter in text for text in texts for letter in "\r\0") or any(
            letter in text for text in fields for letter in "\r\n\0"
        )
        said = bool(texts[0].strip()) and texts[0].strip() != "[DONE]" and all(fields)
        return said and not breaks and isinstance(event.get("retry", 0), int) and event.get("retry", 0) >= 0


def _event(event: dict[str, Any]) -> str:
    data = event.get("data")
    lines = (data if isinstance(data, str) else json.dumps(data)).split("\n")
    fields = [f"{name}: {event[name]}\n" for name in ("event", "id", "retry") if name in event]
    return ": a comment\n" + "".join(fields) + "".join(f"data: {line}\n" for line in lines) + "\n"
