"""Finds facts in the blocks of a page: in headings, tables, samples, and OpenAPI where a page shows it.

Pages are written for people, so this reads what their authors usually do: a heading `POST /users`, a table with a
column `Field` or `Code`, a curl command, a JSON body, a list whose items begin with a name. What it does not
understand still counts in the digest.
"""

from __future__ import annotations

import json
import re
from typing import Any

from attrs import Factory, define

from codegen.drift.facts import METHODS, Collector, Facts, operation_name, same_call
from codegen.drift.fragments import CODE_FIELDS, is_openapi, of_openapi
from codegen.drift.reducing import Block, Code, Content, Heading, Table, Text, Unreadable, parse_value

_METHOD = "|".join(METHODS)
_PATH = r"(?:https?://[\w.-]+(?::\d+)?)?/(?!(?:" + _METHOD + r")\b)[\w\-./{}:<>~%$@*+\[\]]*"
_CALL = re.compile(rf"\b({_METHOD})\b[\s:`]{{0,5}}({_PATH})", re.ASCII)
_STATUS = re.compile(r"(?:HTTP(?:/[\d.]+)? |[Ss]tatus(?: code)?:? )?([2-5]\d\d)(?:$|\s*[-–—:(]|\s+[A-Z][A-Za-z])")
_CODE = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+|[A-Z]{5,}|[a-z]+(?:-[a-z]+)*-\d{1,4}")
_NO_CODES = frozenset({*METHODS, "ASCII", "FALSE", "HTTPS", "OAUTH"})
_HEADER = re.compile(r"\bX-[A-Za-z0-9*]+(?:-[A-Za-z0-9*]+)*")
_HYPHENED = re.compile(r"[A-Za-z][\w.]*(?:-+[\w.*]+)+", re.ASCII)
_KNOWN_HEADERS = ("Authorization", "Authentication", "Retry-After", "Idempotency-Key")
_PLUMBING = frozenset(
    {"accept", "content-type", "content-length", "host", "user-agent", "connection", "date", "server"}
)
_FIELD = re.compile(r"[A-Za-z_$@][\w$@.\-\[\]]{0,79}", re.ASCII)
_TYPE = re.compile(
    r"\b(string|str|integer|int|number|float|double|boolean|bool|object|array|list|map|file|binary|uuid|url|uri|date"
    r"|date-?time|timestamp|enum|any|null)\b",
    re.IGNORECASE,
)
_SYNONYMS = {
    "str": "string",
    "int": "integer",
    "bool": "boolean",
    "list": "array",
    "float": "number",
    "double": "number",
}
_PLACES = (
    ("header", re.compile(r"\bheaders?\b")),
    ("error", re.compile(r"\berrors?\b")),
    ("response", re.compile(r"\b(responses?|returns?|answers?|output)\b")),
    ("query", re.compile(r"\bquery\b")),
    ("path", re.compile(r"\b(path|url) param")),
    ("request", re.compile(r"\b(requests?|body|payload|input|param(eter)?s?|arguments?)\b")),
)
_NAMES = frozenset(
    {"argument", "attribute", "field", "field name", "key", "name", "parameter", "parameter name", "param", "property"}
)
_CODE_COLUMNS = frozenset(
    {"code", "error", "error code", "errorcode", "http code", "http status", "status", "status code", "response code"}
)
_HEADER_COLUMNS = frozenset({"header", "header name", "http header"})
_TYPES = frozenset({"type", "data type", "datatype", "format"})
_NEEDS = frozenset({"required", "required?", "mandatory", "optional", "optional?", "presence"})
_CALL_COLUMNS = frozenset({"endpoint", "path", "route", "url", "uri", "request"})
_METHOD_COLUMNS = frozenset({"method", "verb", "http method"})


def extract(content: Content) -> Facts:
    """Return what a page says of an API."""
    reader = _Reader()
    for block in content.blocks:
        reader.read(block)
    return reader.collector.facts


@define
class _Reader:
    """Reads block after block, and remembers which call they are about."""

    collector: Collector = Factory(Collector)
    operation: str = ""
    level: int = 0
    heading: int = 0
    place: str = ""
    about_errors: bool = False
    method: str = ""

    def read(self, block: Block) -> None:
        match block:
            case Heading():
                self._heading(block)
            case Text():
                self._text(block)
            case Table():
                self._table(block)
            case Code():
                self._sample(block.text)

    # --- words ---

    def _heading(self, heading: Heading) -> None:
        calls = self._calls(heading.text)
        self.heading = heading.level
        if calls:
            self.operation, self.level = calls[0], heading.level
        else:
            label = _is_label(heading.text)
            self.place = self.place if label else ""
            if heading.level < self.level or (heading.level == self.level and not label):
                self.operation, self.level, self.place = "", 0, ""
        self._label(heading.text)
        self.about_errors = bool(re.search(r"\b(errors?|codes?|status)\b", heading.text[:200], re.IGNORECASE))
        self._mentions(heading.text, heading.codes)

    def _text(self, text: Text) -> None:
        if text.text in METHODS:
            self.method = text.text
            return
        if self.method and re.match(r"(https?://|/)\S+$", text.text):
            self._begin(operation_name(self.method, text.text))
        self.method = ""
        calls = self._calls(text.text)
        if calls and len(calls[0]) * 2 > len(text.text) - text.text.count("http") * 30:
            self._begin(calls[0])
        if len(text.text) <= 40:
            self._label(text.text)
        self._item(text)
        self._mentions(text.text, text.codes)

    def _begin(self, operation: str) -> None:
        self.collector.add(operation, "operation", operation)
        self.operation, self.level, self.place = operation, self.heading, ""

    def _calls(self, text: str) -> list[str]:
        calls = [operation_name(method, path.rstrip(".,;:*")) for method, path in _CALL.findall(text)]
        for call in calls:
            self.collector.add(call, "operation", call)
        return calls

    def _label(self, text: str) -> None:
        lower = text.lower()
        self.place = next((place for place, words in _PLACES if words.search(lower)), self.place)
        if found := _STATUS.match(text):
            self.collector.add(self.operation, "code", found[1])
            self.place = "response"

    def _mentions(self, text: str, codes: tuple[str, ...]) -> None:
        for name in _HEADER.findall(text):
            self.collector.add(self.operation, "header", name)
        for name in _KNOWN_HEADERS:
            if name in codes or any(code.startswith(f"{name}:") for code in codes):
                self.collector.add(self.operation, "header", name)
        near_error = self.about_errors or re.search(r"\b(errors?|codes?)\b", text, re.IGNORECASE) is not None
        near_header = "header" in text.lower()
        for code in codes:
            if _CODE.fullmatch(code) and code not in _NO_CODES and ("_" in code or near_error):
                self.collector.add(self.operation, "code", code)
            elif near_header and _HYPHENED.fullmatch(code) and code.lower() not in _PLUMBING:
                self.collector.add(self.operation, "header", code)

    def _item(self, text: Text) -> None:
        """Read `uid (string, required): who it is`."""
        if not text.codes or not text.text.startswith(text.codes[0]) or not _FIELD.fullmatch(text.codes[0]):
            return
        rest = text.text[len(text.codes[0]) :][:80]
        found = re.match(rf"\s*[:(\[–—-]*\s*(?:{_TYPE.pattern}|required|optional)", rest, re.IGNORECASE)
        if found:
            self._add_field(text.codes[0], _type_in(rest[: found.end() + 12]), _need_in(rest))

    def _add_field(self, name: str, type_: str = "", need: str = "") -> None:
        if self.place == "header":
            if name.lower() not in _PLUMBING:
                self.collector.add(self.operation, "header", name)
        else:
            self.collector.add(self.operation, "field", name, self.place, type_, need)

    # --- tables ---

    def _table(self, table: Table) -> None:
        if not table.rows:
            return
        head = [re.sub(r"\s+", " ", cell.lower()).strip(" *:") for cell in table.rows[0]]
        names, headers, codes = (_column(head, among) for among in (_NAMES, _HEADER_COLUMNS, _CODE_COLUMNS))
        calls, methods = _column(head, _CALL_COLUMNS), _column(head, _METHOD_COLUMNS)
        for row in table.rows[1:]:
            if calls is not None and methods is not None:
                self._row_of_calls(row, methods, calls)
            elif headers is not None:
                self.collector.add(self.operation, "header", _at(row, headers).split(":")[0])
            elif names is not None:
                self._row_of_fields(row, head, names)
            elif codes is not None:
                self._row_of_codes(row, codes)
            for cell in row:
                self._calls(cell)
        self._mentions(table.text, table.codes)

    def _row_of_calls(self, row: tuple[str, ...], methods: int, calls: int) -> None:
        method, path = _at(row, methods).upper(), _at(row, calls)
        if method in METHODS and re.match(r"https?://|/", path):
            name = operation_name(method, path.split()[0])
            self.collector.add(name, "operation", name)

    def _row_of_fields(self, row: tuple[str, ...], head: list[str], names: int) -> None:
        cell = _at(row, names)
        found = _FIELD.match(cell)
        if not found:
            return
        name, rest = found[0].rstrip(".-"), cell[found.end() :]
        types, needs = _column(head, _TYPES), _column(head, _NEEDS)
        type_ = _at(row, types) if types is not None else rest
        need = "required" if rest.lstrip().startswith("*") else _need_in(f"{rest} {type_}")
        if needs is not None:
            need = _need_of(_at(row, needs), head[needs]) or need
        type_ = _type_in(type_) if types is None else _plain_type(type_)
        self._add_field(name, type_, need or _need_in(row[-1][:40]))

    def _row_of_codes(self, row: tuple[str, ...], codes: int) -> None:
        cell = _at(row, codes)
        status = re.match(r"([1-5]\d\d|[45][xX]{2})\b", cell)
        word = _CODE.match(cell)
        if status:
            self.collector.add(self.operation, "code", status[1].upper())
        elif word:
            self.collector.add(self.operation, "code", word[0])

    # --- samples ---

    def _sample(self, sample: str) -> None:
        if "openapi" in sample or "swagger" in sample or "paths" in sample:
            value = _parsed(sample)
            if is_openapi(value):
                self.collector.merge(of_openapi(value))
                return
        if re.search(r"\bcurl\b", sample[:2000]):
            self._curl(sample)
        elif found := re.match(rf"\s*(?:({_METHOD})\s+(\S+)|HTTP/[\d.]+\s+(\d{{3}}))", sample):
            self._message(sample, found)
        elif sample.lstrip()[:1] in {"{", "["}:
            self._body(sample, self.place)
        else:
            self._headers(sample)

    def _curl(self, sample: str) -> None:
        command = re.sub(r"\\\s*\n", " ", sample)
        address = re.search(r"https?://[^\s'\"\\]+", command)
        method = re.search(rf"(?:-X|--request)[\s=]*['\"]?({_METHOD})\b", command)
        body = re.search(r"(?:-d|--data(?:-raw|-binary)?|--json)[\s=]+(?:'([^']*)'|\"((?:[^\"\\]|\\.)*)\")", command)
        if address:
            self._about(operation_name(method[1] if method else "POST" if body else "GET", address[0]))
        for name in re.findall(r"(?:-H|--header)[\s=]+['\"]\s*([A-Za-z][\w.-]*)\s*:", command):
            if name.lower() not in _PLUMBING:
                self.collector.add(self.operation, "header", name)
        if re.search(r"\s(-u|--user)\s", command):
            self.collector.add(self.operation, "header", "Authorization")
        if body:
            self._body(body[1] if body[1] is not None else body[2].replace('\\"', '"'), "request")

    def _message(self, sample: str, found: re.Match[str]) -> None:
        """Read an HTTP message as it goes over the wire."""
        if found[1]:
            self._about(operation_name(found[1], found[2]))
        else:
            self.collector.add(self.operation, "code", found[3])
        rest = sample[found.end() :]
        start = re.search(r"^[ \t]*[{\[]", rest, re.MULTILINE)
        head, body = (rest[: start.start()], rest[start.start() :]) if start else (rest, "")
        for name in re.findall(r"^([A-Za-z][\w.-]*):", head, re.MULTILINE):
            if name.lower() not in _PLUMBING:
                self.collector.add(self.operation, "header", name)
        for call in self._calls(head):
            self._about(call)
        if body:
            self._body(body, "request" if found[1] else "response")

    def _headers(self, sample: str) -> None:
        for name in _KNOWN_HEADERS:
            if re.search(rf"^\s*{name}:", sample, re.MULTILINE):
                self.collector.add(self.operation, "header", name)

    def _about(self, operation: str) -> None:
        """Go to the call that a sample shows; a sample of the present call, filled in, is that call."""
        if self.operation and same_call(self.operation, operation):
            return
        known = (name for _, kind, _, name in self.collector.found if kind == "operation")
        operation = next((name for name in known if same_call(name, operation)), operation)
        self.collector.add(operation, "operation", operation)
        self.operation, self.level = operation, self.heading

    def _body(self, text: str, place: str) -> None:
        place = "" if place == "header" else place
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            for name in re.findall(r"[\"']([A-Za-z_]\w{0,79})[\"']\s*:", text):
                self.collector.add(self.operation, "field", name, place)
            return
        pending: list[tuple[Any, str, int]] = [(value, "", 0)]
        while pending:
            part, prefix, depth = pending.pop()
            if isinstance(part, list) and depth < 8:
                inside = f"{prefix.removesuffix('.')}[]."
                pending += [(entry, inside, depth + 1) for entry in part[:20]]
            elif isinstance(part, dict) and depth < 8:
                for name, inner in list(part.items())[:500]:
                    self.collector.add(self.operation, "field", prefix + name, place, _json_type(inner))
                    self._code_in(name, inner)
                    pending.append((inner, f"{prefix}{name}.", depth + 1))

    def _code_in(self, name: str, value: Any) -> None:
        if name.lower() in CODE_FIELDS and isinstance(value, str):
            found = _CODE.search(value[:200])
            if found:
                self.collector.add(self.operation, "code", found[0])


def _is_label(title: str) -> bool:
    """Return whether a title names a part of a call (`Body`, `Error codes`), and not the next thing."""
    words = title.lower()
    return len(words.split()) <= 3 and (
        any(pattern.search(words) for _, pattern in _PLACES) or re.search(r"\b(example|sample)\b", words) is not None
    )


def _parsed(sample: str) -> Any:
    kind = "json" if sample.lstrip()[:1] == "{" else "yaml"
    try:
        return parse_value(sample, kind)
    except Unreadable:
        return None


def _column(head: list[str], among: frozenset[str]) -> int | None:
    return next((number for number, name in enumerate(head) if name in among), None)


def _at(row: tuple[str, ...], column: int) -> str:
    return row[column].strip() if column < len(row) else ""


def _json_type(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "boolean"
        case int():
            return "integer"
        case float():
            return "number"
        case str():
            return "string"
        case list():
            return "array"
        case _:
            return "object"


def _type_in(text: str) -> str:
    found = _TYPE.search(text)
    return _SYNONYMS.get(found[1].lower(), found[1].lower()) if found else ""


def _plain_type(cell: str) -> str:
    """Return the type that a cell names, in one spelling; what it says beside it stays."""
    text = re.sub(r"[*]|\b(required|optional)\b|[(),]\s*$", "", cell.lower(), flags=re.IGNORECASE).strip(" ,;()")
    return " ".join(_SYNONYMS.get(word, word) for word in text.split())[:60]


def _need_in(text: str) -> str:
    if re.search(r"\b(not required|optional)\b", text, re.IGNORECASE):
        return "optional"
    return "required" if re.search(r"\brequired\b", text, re.IGNORECASE) else ""


def _need_of(cell: str, column: str) -> str:
    word = cell.lower().strip(" .*") or ("*" if "*" in cell else "")
    yes = word in {"yes", "y", "true", "required", "✓", "✔", "✅", "x", "*", "mandatory", "always", "1"}
    no = word in {"no", "n", "false", "optional", "✗", "✘", "❌", "-", "–", "—", "", "0", "not required"}
    if not yes and not no:
        return _need_in(cell)
    if column.startswith("optional") and word not in {"required", "optional"}:
        yes = not yes
    return "required" if yes else "optional"
