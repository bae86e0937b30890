"""Reads parameters and forms off the wire as OpenAPI says (3.1, "Style Values" and "Encoding Object"; RFC 6570).

What is read is a tree of texts, because the wire has no types: `texts_of` makes the same tree of a value, so that both
can be compared, and `typed` gives the texts the types of a schema, so that it can judge them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from email.message import Message
from typing import Any
from urllib.parse import unquote, unquote_to_bytes

from attrs import field, frozen

from corpus.comparing import instant, same_number
from corpus.reading import Parameter, kind_of
from corpus.schemas import Bundle, Schema

Pairs = list[tuple[str, str]]


class Unreadable(Exception):
    """What arrived is not what the document describes."""


class _Absent:
    """Nothing was sent."""

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT = _Absent()
_DELIMITERS = {"spaceDelimited": r"%20|\+| ", "pipeDelimited": r"%7[Cc]|\|"}
_COOKIE = re.compile(r"[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*")


# --- what can be written ---------------------------------------------------------------------------------------------


def no_form(parameter: Parameter, value: Any, path: str = "") -> str | None:
    """Return why OpenAPI, or HTTP, has no form for a value of a parameter; None where it has one."""
    if parameter.media and kind_of(parameter.media) == "json":
        return None
    if reason := _no_shape(value):
        return reason
    if parameter.style == "deepObject" and not isinstance(value, dict):
        return "OpenAPI has no form for anything but objects in the style deepObject"
    leaves = list(_leaves(texts_of(value)))
    if parameter.place == "header":
        return _no_header(value, leaves)
    if parameter.place == "cookie" and not all(map(_COOKIE.fullmatch, leaves)):
        return "a cookie cannot hold every character"
    if parameter.place == "path":
        return _no_segment(parameter, value, leaves, path)
    if parameter.place == "query" and not parameter.explode and isinstance(value, dict | list):
        return _no_delimited(parameter.style, leaves)
    return None


def no_name(parameter: Parameter) -> str | None:
    """Return why a parameter cannot be called as it is, or None where it can (RFC 9110 §5.6.2, RFC 6265 §4.1.1)."""
    token = re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", parameter.name)
    return None if token or parameter.place in ("path", "query") else f"no {parameter.place} can have such a name"


def _no_shape(value: Any) -> str | None:
    if value is None:
        return "null has no form in a parameter"
    if isinstance(value, dict | list) and not value:
        return "an empty array or object has no form in a parameter"
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    if any(isinstance(item, dict | list) for item in inner):
        return "OpenAPI does not say how nested values are written in a parameter"
    return "null has no form in a parameter" if any(item is None for item in inner) else None


def _leaves(tree: Any) -> Iterator[str]:
    if isinstance(tree, str):
        yield tree
    elif isinstance(tree, list):
        for item in tree:
            yield from _leaves(item)
    elif isinstance(tree, dict):
        for name, item in tree.items():
            yield name
            yield from _leaves(item)


def _no_header(value: Any, leaves: list[str]) -> str | None:
    if any(re.search(r"[^\t\x20-\x7e]", text) for text in leaves):
        return "what a header says beyond ASCII has no meaning in HTTP"
    if any(text != text.strip(" \t") for text in leaves):
        return "a header has no spaces at its ends"
    if isinstance(value, dict | list) and any("," in text or "=" in text or not text for text in leaves):
        return "a header's items cannot hold what parts them"
    return None


def _no_segment(parameter: Parameter, value: Any, leaves: list[str], path: str) -> str | None:
    if parameter.style == "simple" and not isinstance(value, dict) and leaves in ([""], ["."], [".."]):
        return "an empty or dotted segment of a path names another resource"
    if parameter.style == "label" and leaves in ([""], ["."]):
        return "an empty or dotted segment of a path names another resource"
    if parameter.style == "label" and parameter.explode and any("." in text for text in leaves):
        return "the items of a label cannot hold a dot"
    segment = next(part for part in path.split("/") if f"{{{parameter.name}}}" in part)
    if segment.count("{") > 1 and not all(re.fullmatch(r"\w+", text, re.ASCII) for text in leaves):
        return "parameters that share a segment of the path cannot hold every character"
    return None


def _no_delimited(style: str, leaves: list[str]) -> str | None:
    letter = {"spaceDelimited": " ", "pipeDelimited": "|"}.get(style)
    if letter and any(letter in text for text in leaves):
        return "an item cannot hold what parts the items"
    return None


# --- texts -----------------------------------------------------------------------------------------------------------


def texts_of(value: Any) -> Any:
    """Return a JSON value with texts for leaves."""
    if isinstance(value, dict):
        return {name: texts_of(item) for name, item in value.items()}
    if isinstance(value, list):
        return [texts_of(item) for item in value]
    return value if isinstance(value, str) else json.dumps(value)


def unlike(expected: Any, texts: Any) -> str | None:
    """Return how texts from the wire differ from the value that they should say, or None."""
    if isinstance(expected, dict) and isinstance(texts, dict) and expected.keys() == texts.keys():
        return next((found for name in expected if (found := unlike(expected[name], texts[name]))), None)
    if isinstance(expected, list) and isinstance(texts, list) and len(expected) == len(texts):
        pairs = zip(expected, texts, strict=True)
        return next((found for pair in pairs if (found := unlike(*pair))), None)
    same = isinstance(texts, str) and not isinstance(expected, dict | list) and _says(texts, expected)
    return None if same else f"{expected!r} arrived as {texts!r}"


def _says(text: str, value: Any) -> bool:
    if isinstance(value, str):
        moment, other = instant(text), instant(value)
        return text == value or (moment is not None and moment == other)
    if isinstance(value, bool) or value is None:
        return text == json.dumps(value)
    try:
        return same_number(json.loads(text), value)
    except (ValueError, TypeError):
        return False


@frozen
class Typing:
    """Gives texts the types that schemas have for them."""

    bundle: Bundle

    def kinds(self, schema: Schema) -> set[str]:
        """Return which of `scalar`, `array` and `object` a schema takes."""
        types = self.types(schema)
        found = {name for name in ("array", "object") if name in types}
        return found | ({"scalar"} if types - {"array", "object", "null"} else set())

    def types(self, schema: Schema, depth: int = 0) -> set[str]:
        """Return the JSON types that a schema takes, as far as `type`, constants and what it is made of say."""
        every = {"null", "boolean", "object", "array", "number", "integer", "string"}
        if isinstance(schema, bool) or depth > 20:
            return every
        given = schema.get("type")
        types = every if given is None else {given} if isinstance(given, str) else set(given)
        if isinstance(schema.get("enum"), list):
            types = types & {name for value in schema["enum"] for name in _type_of(value)}
        for part in self.parts(schema):
            types = types & self.types(part, depth + 1)
        for key in ("oneOf", "anyOf"):
            if schema.get(key):
                types = types & set().union(*(self.types(part, depth + 1) for part in schema[key]))
        return types | {"number"} if "integer" in types else types

    def parts(self, schema: dict[str, Any]) -> list[Schema]:
        """Return the schemas that hold as well: those of `allOf` and of a reference."""
        found: list[Schema] = list(schema.get("allOf", ()))
        if reference := schema.get("$ref"):
            found.append(self.bundle.components.get(reference.rpartition("/")[2], True))
        return found

    def every(self, schema: Schema, depth: int = 0) -> Iterator[dict[str, Any]]:
        """Yield a schema and all that a value of it may have to fit."""
        if isinstance(schema, bool) or depth > 20:
            return
        yield schema
        for part in (*self.parts(schema), *schema.get("oneOf", ()), *schema.get("anyOf", ())):
            yield from self.every(part, depth + 1)

    def property(self, schema: Schema, name: str) -> Schema:
        """Return the schema of a property: a choice where several have one."""
        found = [part["properties"][name] for part in self.every(schema) if name in part.get("properties", {})]
        rest = [part["additionalProperties"] for part in self.every(schema) if "additionalProperties" in part]
        return _any(found or rest)

    def item(self, schema: Schema) -> Schema:
        """Return the schema of an item of an array."""
        return _any([part["items"] for part in self.every(schema) if "items" in part])

    def typed(self, texts: Any, schema: Schema) -> Any:
        """Return texts as the values that a schema takes them for."""
        if isinstance(texts, dict):
            return {name: self.typed(item, self.property(schema, name)) for name, item in texts.items()}
        if isinstance(texts, list):
            return [self.typed(item, self.item(schema)) for item in texts]
        types = self.types(schema)
        found = [texts] if "string" in types else []
        if types & {"number", "boolean", "null"}:
            try:
                found += [value for value in [json.loads(texts)] if set(_type_of(value)) & types]
            except ValueError:
                pass
        valid = [value for value in found if self.bundle.complaint_of(schema, value) is None]
        return (valid or found or [texts])[0]


def _any(schemas: list[Schema]) -> Schema:
    return True if not schemas else schemas[0] if len(schemas) == 1 else {"anyOf": schemas}


def _type_of(value: Any) -> tuple[str, ...]:
    if isinstance(value, bool):
        return ("boolean",)
    if isinstance(value, int):
        return ("integer", "number")
    names = {str: "string", float: "number", dict: "object", list: "array", type(None): "null"}
    return (names[type(value)],)


# --- parameters ------------------------------------------------------------------------------------------------------


@frozen
class Arrived:
    """What a request carries beside its body, as raw as it came."""

    path: str
    query: str
    headers: Mapping[str, str]

    @property
    def pairs(self) -> Pairs:
        """The parts of the query."""
        return _pairs(self.query)

    @property
    def cookies(self) -> Pairs:
        """The cookies, in their order."""
        return [_pair(part) for part in self.headers.get("cookie", "").split("; ") if part]


def _pair(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    return name, value


def _pairs(query: str) -> Pairs:
    return [_pair(part) for part in query.split("&") if part]


def decoded(text: str) -> str:
    """Return percent-encoded text of a query as it was."""
    return unquote(text.replace("+", " "), errors="strict")


def segments(template: str, path: str) -> dict[str, str] | None:
    """Return the raw text of each placeholder of a path template, or None where the path is another."""
    parts = re.split(r"\{([^{}]+)\}", template)
    pattern = "".join("([^/]*?)" if index % 2 else _literal(part) for index, part in enumerate(parts))
    found = re.fullmatch(pattern, path)
    if found is None:
        return None
    texts: dict[str, str] = {}
    for name, text in zip(parts[1::2], found.groups(), strict=True):
        if texts.setdefault(name, text) != text:
            return None
    return texts


def _literal(text: str) -> str:
    """Return a pattern for fixed text of a path, in which any letter may be percent-encoded."""
    return "".join(f"(?:{re.escape(letter)}|{_percent(letter)})" for letter in text)


def _percent(letter: str) -> str:
    return "".join(f"%(?i:{byte:02X})" for byte in letter.encode())


def read(parameter: Parameter, kind: str, arrived: Arrived, template: str, known: set[str]) -> Any:
    """Return the texts of a parameter as a scalar, array or object; ABSENT where it was not sent.

    `known` are the names that an object which stands openly in the query, or in the cookies, may have.
    """
    if parameter.media:
        return _content(parameter, arrived, template)
    if parameter.place == "path":
        return _from_path(parameter, kind, (segments(template, arrived.path) or {})[parameter.name])
    if parameter.place == "header":
        text = arrived.headers.get(parameter.name.lower())
        return ABSENT if text is None else _simple(kind, text, explode=parameter.explode, decode=str)
    if parameter.place == "cookie":
        pairs = [(name, value) for name, value in arrived.cookies]
        return _form(parameter.name, kind, pairs, explode=parameter.explode, known=known, decode=str)
    return _from_pairs(parameter, kind, arrived.pairs, known)


def _content(parameter: Parameter, arrived: Arrived, template: str) -> Any:
    text = _content_text(parameter, arrived, template)
    if text is None:
        return ABSENT
    return Json(_json(text)) if kind_of(parameter.media) == "json" else text


def _content_text(parameter: Parameter, arrived: Arrived, template: str) -> str | None:
    name = parameter.name
    if parameter.place == "path":
        return unquote((segments(template, arrived.path) or {})[name])
    if parameter.place == "header":
        return arrived.headers.get(name.lower())
    pairs = arrived.pairs if parameter.place == "query" else arrived.cookies
    return next((decoded(value) for key, value in pairs if unquote(key) == name), None)


@frozen
class Json:
    """A value that came as JSON and so has its types."""

    value: Any


def _json(text: str | bytes) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        raise Unreadable(f"{text[:80]!r} is not JSON") from None


def _from_path(parameter: Parameter, kind: str, raw: str) -> Any:
    if parameter.style == "label":
        if not raw.startswith("."):
            raise Unreadable(f"a label begins with a dot, not as {raw!r}")
        return _simple(kind, raw[1:], explode=parameter.explode, joiner="." if parameter.explode else ",")
    if parameter.style == "matrix":
        return _matrix(parameter, kind, raw)
    return _simple(kind, raw, explode=parameter.explode)


def _matrix(parameter: Parameter, kind: str, raw: str) -> Any:
    if not raw.startswith(";"):
        raise Unreadable(f"a matrix begins with a semicolon, not as {raw!r}")
    pairs = [_pair(part) for part in raw[1:].split(";")]
    if kind == "object" and parameter.explode:
        return {unquote(name): unquote(value) for name, value in pairs}
    if any(unquote(name) != parameter.name for name, _ in pairs):
        raise Unreadable(f"a matrix names its parameter, not as {raw!r}")
    if kind == "array" and parameter.explode:
        return [unquote(value) for _, value in pairs]
    return _simple(kind, pairs[0][1], explode=False)


def _simple(kind: str, raw: str, *, explode: bool, joiner: str = ",", decode: Any = unquote) -> Any:
    if kind == "scalar":
        return decode(raw)
    parts = raw.split(joiner)
    if kind == "array":
        return [decode(part) for part in parts]
    if explode:
        return {decode(name): decode(value) for name, value in map(_pair, parts)}
    return _alternating(parts, decode)


def _alternating(parts: list[str], decode: Any) -> dict[str, str]:
    if len(parts) % 2:
        raise Unreadable(f"{parts!r} are not names and values by turns")
    return {decode(name): decode(value) for name, value in zip(parts[::2], parts[1::2], strict=True)}


def _from_pairs(parameter: Parameter, kind: str, pairs: Pairs, known: set[str]) -> Any:
    if parameter.style == "deepObject" and kind == "object":
        found: dict[str, str] = {}
        for key, value in pairs:
            name = decoded(key)
            if name.startswith(f"{parameter.name}[") and name.endswith("]"):
                found[name[len(parameter.name) + 1 : -1]] = decoded(value)
        return found or ABSENT
    if parameter.style in _DELIMITERS and not parameter.explode and kind != "scalar":
        raw = [value for key, value in pairs if decoded(key) == parameter.name]
        if not raw:
            return ABSENT
        parts = re.split(_DELIMITERS[parameter.style], raw[0])
        return [decoded(part) for part in parts] if kind == "array" else _alternating(parts, decoded)
    return _form(parameter.name, kind, pairs, explode=parameter.explode, known=known, decode=decoded)


def _form(name: str, kind: str, pairs: Pairs, *, explode: bool, known: set[str], decode: Any) -> Any:
    if kind == "object" and explode:
        found = {decode(key): decode(value) for key, value in pairs if decode(key) in known}
        return found or ABSENT
    values = [value for key, value in pairs if decode(key) == name]
    if not values:
        return ABSENT
    if kind == "array" and explode:
        return [decode(value) for value in values]
    if len(values) > 1:
        raise Unreadable(f"{name!r} came {len(values)} times")
    return _simple(kind, values[0], explode=False, decode=decode)


# --- forms -----------------------------------------------------------------------------------------------------------


@frozen
class Part:
    """One part of a multipart body."""

    name: str
    content: bytes = field(repr=False)
    media: str
    filename: str | None


def parts_of(body: bytes, content_type: str) -> list[Part]:
    """Return the parts of a multipart body (RFC 2046 §5.1, RFC 7578)."""
    head = Message()
    head["Content-Type"] = content_type
    boundary = head.get_param("boundary")
    if not isinstance(boundary, str):
        raise Unreadable("the multipart body has no boundary")
    marked = b"\r\n" + body
    pieces = marked.split(b"\r\n--" + boundary.encode())
    if len(pieces) < 2 or not pieces[-1].startswith(b"--"):
        raise Unreadable("the multipart body does not end")
    return [_part(piece) for piece in pieces[1:-1]]


def _part(piece: bytes) -> Part:
    top, _, content = piece.partition(b"\r\n\r\n")
    head = Message()
    for line in top.decode().split("\r\n"):
        name, _, value = line.partition(":")
        if value:
            head[name] = value.strip()
    named = re.search(r'(?:^|;)\s*name="((?:[^"\\]|\\.)*)"', head["Content-Disposition"] or "")
    filename = re.search(r'filename="((?:[^"\\]|\\.)*)"', head["Content-Disposition"] or "")
    if named is None:
        raise Unreadable("a part has no name")
    return Part(
        _field_name(named[1]), content, head["Content-Type"] or "", _field_name(filename[1]) if filename else None
    )


def _field_name(text: str) -> str:
    """Return a name as it was before it was escaped: by HTML's rule (`%22`), or by a backslash."""
    text = re.sub(r"\\(.)", r"\1", text)
    return re.sub(r"%(22|0A|0D)", lambda found: unquote_to_bytes(found[0]).decode(), text)


def form_pairs(body: bytes) -> Pairs:
    """Return the raw pairs of an urlencoded body."""
    return _pairs(body.decode("ascii"))
