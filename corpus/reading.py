"""Reads a document as OpenAPI says, with no help from the generator: places, references, operations, answers.

Only the parsing of YAML is shared, because what a scalar is has been settled there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from attrs import Factory, define, field, frozen

from codegen.load import load

VERBS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")

Place = tuple[str, tuple[str, ...]]


class Lost(Exception):
    """A reference leads nowhere."""


@frozen(eq=False)
class Spot:
    """A value and where it stands."""

    value: Any = field(repr=False)
    file: Path
    pointer: tuple[str, ...] = ()

    @property
    def place(self) -> Place:
        """What identifies the value."""
        return str(self.file), self.pointer

    @property
    def where(self) -> str:
        """The JSON pointer."""
        return "".join(f"/{token.replace('~', '~0').replace('/', '~1')}" for token in self.pointer)

    def at(self, key: str, value: Any) -> Spot:
        """Return a part of the value."""
        return Spot(value, self.file, (*self.pointer, key))

    def get(self, key: str) -> Spot | None:
        """Return what stands under a key, or None where nothing or null does."""
        found = self.value.get(key) if isinstance(self.value, dict) else None
        return None if found is None else self.at(key, found)

    def items(self) -> Iterator[tuple[str, Spot]]:
        """Yield the entries of an object; nothing else has any."""
        if isinstance(self.value, dict):
            yield from ((key, self.at(key, value)) for key, value in self.value.items())

    def elements(self) -> Iterator[Spot]:
        """Yield the elements of an array; nothing else has any."""
        if isinstance(self.value, list):
            yield from (self.at(str(index), value) for index, value in enumerate(self.value))

    def entries(self, key: str) -> Iterator[tuple[str, Spot]]:
        """Yield the entries of the object under a key."""
        found = self.get(key)
        return found.items() if found else iter(())

    def text(self, key: str) -> str:
        """Return the text under a key, empty where there is none."""
        found = self.value.get(key) if isinstance(self.value, dict) else None
        return found if isinstance(found, str) else ""

    def flag(self, key: str) -> bool:
        """Return whether the value under a key is true."""
        return isinstance(self.value, dict) and self.value.get(key) is True


@define
class Files:
    """A document and the files that it refers to."""

    root: Path
    read: dict[Path, Any] = Factory(dict[Path, Any])

    @property
    def document(self) -> Spot:
        """The document itself."""
        return Spot(self._value(self.root), self.root)

    @property
    def version(self) -> str:
        """`3.0` or `3.1`."""
        return str(self.document.value.get("openapi", ""))[:3]

    def _value(self, path: Path) -> Any:
        if path not in self.read:
            self.read[path] = load(path).value
        return self.read[path]

    def target(self, spot: Spot, reference: str) -> Spot:
        """Return what a reference that stands at a spot names, one step on."""
        address, _, fragment = reference.partition("#")
        path = (spot.file.parent / unquote(address)).resolve() if address else spot.file
        found = Spot(self._value(path), path)
        fragment = unquote(fragment)
        if fragment and not fragment.startswith("/"):
            return _anchored(found, fragment)
        for token in fragment.split("/")[1:]:
            found = _step(found, token.replace("~1", "/").replace("~0", "~"))
        return found

    def follow(self, spot: Spot) -> Spot:
        """Return what stands at the end of a chain of references."""
        seen: set[Place] = set()
        while (reference := spot.text("$ref")) and spot.place not in seen:
            seen.add(spot.place)
            spot = self.target(spot, reference)
        return spot


def _step(spot: Spot, token: str) -> Spot:
    value = spot.value
    if isinstance(value, dict) and token in value:
        return spot.at(token, value[token])
    if isinstance(value, list) and token.isdigit() and int(token) < len(value):
        return spot.at(token, value[int(token)])
    raise Lost(f"{spot.where}/{token}")


def _anchored(spot: Spot, name: str) -> Spot:
    waiting = [spot]
    while waiting:
        spot = waiting.pop()
        if name in (spot.text("$anchor"), spot.text("$dynamicAnchor")):
            return spot
        waiting += [child for _, child in spot.items()]
        waiting += spot.elements()
    raise Lost(f"#{name}")


# --- operations ------------------------------------------------------------------------------------------------------

#: Headers that OpenAPI says to ignore as parameters, and those that say how a request is sent: a client's own business.
_NO_PARAMETERS = frozenset({
    "accept", "content-type", "authorization",
    "connection", "content-length", "expect", "host", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade",
})  # fmt: skip
_DEFAULT_STYLES = {"path": "simple", "query": "form", "header": "simple", "cookie": "form"}


@frozen
class Parameter:
    """A parameter: where it goes, how it is written, and its schema (None: text). `media` is that of its content."""

    name: str
    place: str
    required: bool
    style: str
    explode: bool
    schema: Spot | None
    media: str = ""
    where: str = ""


@frozen
class Answer:
    """One media type of one answer, or an answer without a body."""

    status: str
    media: str
    schema: Spot | None
    where: str


@frozen
class Content:
    """One media type of a request body."""

    media: str
    schema: Spot | None
    encoding: dict[str, Any]


@frozen
class Operation:
    """One operation of the document."""

    verb: str
    path: str
    where: str
    parameters: tuple[Parameter, ...]
    contents: tuple[Content, ...]
    body_required: bool
    answers: tuple[Answer, ...]
    security: tuple[tuple[str, ...], ...]
    #: What a server of its own may put before its path.
    prefixes: tuple[str, ...] = ("",)

    @property
    def title(self) -> str:
        """The operation as HTTP names it."""
        return f"{self.verb} {self.path}"


def operations_of(files: Files) -> Iterator[Operation]:
    """Yield the operations of a document."""
    document = files.document
    for path, entry in document.entries("paths"):
        if not path.startswith("/"):
            continue
        item = files.follow(entry)
        for verb, node in item.items():
            if verb in VERBS and isinstance(node.value, dict):
                yield _operation(files, verb.upper(), path.partition("#")[0], node, item)


def _operation(files: Files, verb: str, path: str, node: Spot, item: Spot) -> Operation:
    body = node.get("requestBody")
    body = files.follow(body) if body else None
    return Operation(
        verb=verb,
        path=path,
        where=node.where,
        parameters=tuple(_parameters(files, path, node, item)),
        contents=tuple(_content(files, media, found) for media, found in body.entries("content")) if body else (),
        body_required=bool(body and body.flag("required")),
        answers=tuple(_answers(files, node, verb)),
        security=_security(files.document) or () if node.get("security") is None else _security(node) or (),
        prefixes=("", *(urlsplit(url).path.rstrip("/") for owner in (node, item) for url in _relative_servers(owner))),
    )


def _relative_servers(owner: Spot) -> Iterator[str]:
    servers = owner.get("servers")
    for server in servers.elements() if servers else ():
        url = server.text("url")
        for name, variable in server.entries("variables"):
            url = url.replace(f"{{{name}}}", variable.text("default"))
        if "://" not in url:
            yield url


def _content(files: Files, media: str, node: Spot) -> Content:
    encoding: dict[str, Any] = {name: entry.value for name, entry in node.entries("encoding")}
    if files.version == "3.0" and kind_of(media) == "multipart":  # where these "SHALL be ignored"
        styles = ("style", "explode", "allowReserved")
        encoding = {
            name: {key: item for key, item in entry.items() if key not in styles}
            for name, entry in encoding.items()
            if isinstance(entry, dict)
        }
    return Content(media, node.get("schema"), encoding)


def _security(owner: Spot) -> tuple[tuple[str, ...], ...] | None:
    found = owner.get("security")
    return tuple(tuple(one.value) for one in found.elements() if isinstance(one.value, dict)) if found else None


def _parameters(files: Files, path: str, node: Spot, item: Spot) -> Iterator[Parameter]:
    found: dict[tuple[str, str], Spot] = {}
    for owner in (item, node):
        listed = owner.get("parameters")
        for entry in listed.elements() if listed else ():
            spot = files.follow(entry)
            found[spot.text("in"), spot.text("name")] = spot
    placeholders = re.findall(r"\{([^{}]+)\}", path)
    for name in dict.fromkeys(placeholders):
        if ("path", name) in found:
            yield _parameter(found.pop(("path", name)), "path")
        else:
            yield Parameter(name, "path", required=True, style="simple", explode=False, schema=None)
    for (place, name), spot in found.items():
        ignored = place == "header" and name.lower() in _NO_PARAMETERS
        if place in ("query", "header", "cookie") and not ignored:
            yield _parameter(spot, place)


def _parameter(spot: Spot, place: str) -> Parameter:
    style = spot.text("style") or _DEFAULT_STYLES[place]
    explode = spot.value.get("explode")
    content = next(spot.entries("content"), None)
    return Parameter(
        name=spot.text("name"),
        place=place,
        required=spot.flag("required") or place == "path",
        style=style,
        explode=explode if isinstance(explode, bool) else style in ("form", "deepObject"),
        schema=content[1].get("schema") if content else spot.get("schema"),
        media=content[0] if content else "",
        where=spot.where,
    )


def _answers(files: Files, node: Spot, verb: str) -> Iterator[Answer]:
    for code, entry in node.entries("responses"):
        if code.startswith("x-"):
            continue
        answer = files.follow(entry)
        status = "default" if code.lower() == "default" else code.upper()
        silent = verb == "HEAD" or status in ("204", "205", "304")
        contents = [] if silent else list(answer.entries("content"))
        for media, content in contents:
            yield Answer(status, media, content.get("schema"), entry.where)
        if not contents:
            yield Answer(status, "", None, entry.where)


@frozen
class Scheme:
    """A way to prove who calls: where on the wire, under which name, and how the value begins."""

    place: str
    name: str
    begins: str = ""


def schemes_of(files: Files) -> dict[str, Scheme | None]:
    """Return the security schemes by name; None where nothing is on the wire that could be looked at."""
    components = files.document.get("components")
    found: dict[str, Scheme | None] = {}
    for name, entry in components.entries("securitySchemes") if components else ():
        node = files.follow(entry)
        kind, scheme = node.text("type"), node.text("scheme")
        if kind == "apiKey":
            found[name] = Scheme(node.text("in"), node.text("name"))
        elif kind == "http":
            found[name] = Scheme("header", "Authorization", f"{scheme.lower()} " if scheme else "")
        elif kind in ("oauth2", "openIdConnect"):
            found[name] = Scheme("header", "Authorization", "bearer ")
        else:
            found[name] = None
    return found


# --- requests that the API sends -------------------------------------------------------------------------------------


@frozen
class Inbound:
    """The JSON body of a webhook or a callback."""

    where: str
    schema: Spot


def inbound_of(files: Files) -> Iterator[Inbound]:
    """Yield the JSON bodies of webhooks and callbacks."""
    document = files.document
    items = [item for keyword in ("webhooks", "x-webhooks") for _, item in document.entries(keyword)]
    for _, path in document.entries("paths"):
        for verb, node in files.follow(path).items():
            if verb in VERBS:
                found = [files.follow(callback) for _, callback in node.entries("callbacks")]
                items += [item for callback in found for name, item in callback.items() if not name.startswith("x-")]
    for item in map(files.follow, items):
        for verb in VERBS:
            call = item.get(verb)
            body = call.get("requestBody") if call else None
            if call and body:
                yield from _json_bodies(call, files.follow(body))


def _json_bodies(node: Spot, body: Spot) -> Iterator[Inbound]:
    for media, content in body.entries("content"):
        if kind_of(media) == "json" and (schema := content.get("schema")):
            yield Inbound(node.where, schema)
            return


# --- media types -----------------------------------------------------------------------------------------------------

_LINES = ("ndjson", "jsonl", "json-seq", "jsonlines", "stream+json")
_TEXT = ("application/graphql", "application/javascript", "application/xml", "application/yaml", "application/x-yaml")


def essence(media: str) -> str:
    """Return a media type without its parameters, in lower case."""
    return media.partition(";")[0].strip().lower()


def kind_of(media: str) -> str:
    """Return how a body of a media type is written: json, form, multipart, text, events, lines or bytes."""
    name = essence(media)
    main, _, sub = name.partition("/")
    if (sub in ("json", "*") and main in ("application", "text", "*")) or (sub.endswith("+json") and sub not in _LINES):
        return "text" if name == "text/*" else "json"
    if sub.removeprefix("x-") in _LINES:
        return "lines"
    if name == "text/event-stream":
        return "events"
    if main == "multipart":
        return "multipart"
    if sub == "x-www-form-urlencoded":
        return "form"
    return "text" if main == "text" or name in _TEXT or sub.endswith(("+xml", "+yaml")) else "bytes"
