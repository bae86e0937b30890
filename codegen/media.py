"""Sorts media types into the few ways in which bodies are written and read."""

from __future__ import annotations

import re

from codegen import ir

_LINES = frozenset({
    "application/json-seq", "application/jsonl", "application/jsonlines", "application/ndjson",
    "application/stream+json", "application/x-jsonlines", "application/x-ndjson",
})  # fmt: skip
_TEXT = frozenset({
    "application/csv", "application/graphql", "application/javascript", "application/sql", "application/toml",
    "application/x-yaml", "application/xml", "application/yaml",
})  # fmt: skip
_PREFERENCE: tuple[ir.MediaKind, ...] = ("json", "multipart", "form", "text", "bytes", "lines", "events")

PATCH = "-patch+json"
"""How the media types end that say in which language a change is written: one is not sent for another."""

SENDABLE = re.compile(r"[!-~]+/[ -~]+")
"""What a Content-Type can be."""


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


def format_of(media: str) -> str:
    """Return what two media types share whose bodies are written alike: the name of a format.

    An image is sent like a video, so all that is neither text nor made of properties is one format.
    """
    name, kind = essence(media), kind_of(media)
    if kind == "bytes":
        return "bytes"
    if kind == "json":
        return name if name.endswith(PATCH) else "json"
    for family in ("xml", "yaml"):
        if kind == "text" and name.endswith(family):
            return family
    return name


def is_range(media: str) -> bool:
    """Return whether a media type stands for several."""
    return "*" in essence(media)


def concrete(media: str, kind: ir.MediaKind) -> str:
    """Return what a body of a media type is sent as: itself, or one of those that it stands for.

    Which kind of image bytes are, nobody here knows: `image/*` is what can be said of them.
    """
    if not is_range(media):
        return media
    name = essence(media)
    if kind == "bytes":
        return "application/octet-stream" if name.startswith(("*", "application/")) else name
    if kind == "text" and name.endswith(("+xml", "+yaml")):
        return f"application/{name.rpartition('+')[2]}"
    return {"json": "application/json", "multipart": "multipart/form-data", "text": "text/plain"}.get(kind, name)


def rank(kind: ir.MediaKind) -> int:
    """Return where a way of sending stands among those that would do: JSON before the rest."""
    return _PREFERENCE.index(kind)
