"""Sorts media types into the few ways in which bodies are written and read."""

from __future__ import annotations

from codegen import ir

_LINES = frozenset({
    "application/json-seq", "application/jsonl", "application/jsonlines", "application/ndjson",
    "application/stream+json", "application/x-jsonlines", "application/x-ndjson",
})  # fmt: skip
_TEXT = frozenset({
    "application/graphql", "application/javascript", "application/x-yaml", "application/xml", "application/yaml",
})  # fmt: skip
_PREFERENCE: tuple[ir.MediaKind, ...] = ("json", "multipart", "form", "text", "bytes", "lines", "events")


def essence(media: str) -> str:
    """Return a media type without its parameters, in lower case."""
    return media.partition(";")[0].strip().lower()


def kind_of(media: str) -> ir.MediaKind:
    """Return how bodies of a media type are written and read."""
    name = essence(media)
    if name in _LINES:
        return "lines"
    if name == "text/event-stream":
        return "events"
    if name in {"application/json", "text/json", "*/*", "application/*"} or name.endswith("+json"):
        return "json"
    if name == "application/x-www-form-urlencoded":
        return "form"
    if name.startswith("multipart/"):
        return "multipart"
    if name.startswith("text/") or name in _TEXT or name.endswith(("+xml", "+yaml")):
        return "text"
    return "bytes"


def preferred(medias: list[str]) -> str:
    """Return the media type that a request is sent as when several would do: JSON before the rest."""
    return min(medias, key=lambda media: _PREFERENCE.index(kind_of(media)))
