"""Writes operations.py: one descriptor and one method per operation, one class per group and its typed twin.

The views here hold finished fragments of Python (a signature's keyword, an argument of a call); the template puts them
together. What a fragment says comes from the intermediate representation alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from attrs import evolve, frozen

from codegen import ir, media
from codegen.answering import Shared, answers_expression, headers_section, raised_section, result_of, stream_doc
from codegen.docstrings import clean, docstring, section, sentence
from codegen.hints import field_hint, hint, qualified
from codegen.models import default_of
from codegen.reach import types_of
from codegen.render import header, render
from codegen.servers import server_expression

_MOST_LISTED = 8
"""A docstring names so many media types."""


def operations_module(document: ir.Document, command: str) -> str:
    """Return the text of operations.py, not yet formatted."""
    types = (type_ for operation in document.operations for type_ in types_of(operation))
    shared = Shared.among(document.operations)
    return render(
        "operations.py.jinja2",
        constants=shared.constants,
        uses_models=any(isinstance(part, ir.Named) for type_ in types for part in ir.parts(type_)),
        header=header(f"Operations of {document.title}.", document, command),
        groups=[_GroupView(group, document.security, shared) for group in document.groups],
    )


@frozen
class _Keyword:
    """A parameter of a method: where its value goes, and whether it must be given."""

    name: str
    wire: str
    place: str
    type: ir.Type
    required: bool
    doc: str
    default: str | None

    @property
    def tri_state(self) -> bool:
        """Whether null can be told from absent, which no parameter can say."""
        if self.required or self.place not in ("body", "whole"):
            return False
        return isinstance(self.type, ir.Nullable | ir.Anything) or self.type == ir.NULL

    def declared(self, hidden: frozenset[str]) -> str:
        annotation = field_hint(hint(ir.bare(self.type), "models."), self.type, required=self.required)
        default = f" = {self.default}" if self.default is not None else ""
        return f"{self.name}: {qualified(annotation, hidden)}{default}"


@frozen
class _GroupView:
    group: ir.Group
    usual: tuple[tuple[str, ...], ...]
    shared: Shared

    @property
    def name(self) -> str:
        return self.group.class_name

    @property
    def twin(self) -> str:
        return self.group.twin_name

    @property
    def docstring(self) -> str:
        text = self.group.doc if clean(self.group.doc) else f"The operations of `{self.group.name}`."
        return docstring(_joined(text, _see(self.group.source)), 4)

    @property
    def twin_docstring(self) -> str:
        return docstring(f"The operations of `{self.name}`, each with the whole answer: status, headers, attempts.", 4)

    @property
    def calls(self) -> list[_CallView]:
        hidden = frozenset(operation.method for operation in self.group.operations)
        return [
            _CallView(operation, hidden, self.name, self.usual, self.shared, self._siblings(operation))
            for operation in self.group.operations
        ]

    def _siblings(self, operation: ir.Operation) -> tuple[ir.Operation, ...]:
        """Return what else the same operation of the document comes out as."""
        return tuple(
            other
            for other in self.group.operations
            if other.pointer == operation.pointer and other.method != operation.method
        )


@frozen
class _CallView:
    operation: ir.Operation
    hidden: frozenset[str]
    class_name: str
    usual: tuple[tuple[str, ...], ...]
    shared: Shared
    siblings: tuple[ir.Operation, ...] = ()

    # --- the descriptor ---

    @property
    def constant(self) -> str:
        return self.operation.constant

    @property
    def result(self) -> str:
        """The annotation of what the call returns, or streams, as it reads outside of the class."""
        return result_of(self.operation)

    @property
    def settings(self) -> list[str]:
        """The descriptor's arguments."""
        operation = self.operation
        found = {
            "name": repr(operation.name),
            "method": repr(operation.verb),
            "path": repr(operation.path),
            "safety": repr(operation.safety),
        }
        if operation.key:
            found["key"] = _key(operation.key)
        if operation.paging:
            kind = {"cursor": "CursorPages", "offset": "OffsetPages"}[operation.paging.kind]
            found["pages"] = f"{kind}({', '.join(f'{name}={value!r}' for name, value in operation.paging.settings)})"
        if operation.body:
            found |= _body(operation.body)
        if operation.servers:
            found["servers"] = f"({', '.join(map(server_expression, operation.servers))},)"
        if operation.security is not None and operation.security != self.usual:
            found["security"] = repr(operation.security)
        styles = _styles(operation)
        if styles:
            found["styles"] = f"{{{', '.join(styles)}}}"
        if operation.repeat_success:
            found["repeat_success"] = repr(operation.repeat_success)
        if operation.secrets:
            found["secrets"] = repr(operation.secrets)
        found["answers"] = answers_expression(operation)
        found |= self.shared.settings(operation)
        return [f"{name}={value}" for name, value in found.items()]

    # --- the methods ---

    @property
    def method(self) -> str:
        return self.operation.method

    @property
    def awaited(self) -> bool:
        return self.operation.paging is None and self.operation.stream is None

    @property
    def stream(self) -> str | None:
        return self.operation.stream

    @property
    def verb(self) -> str:
        """The method of the caller that makes the call."""
        return self.operation.stream or ("pages" if self.operation.paging else "call")

    def returns(self, *, twin: bool) -> str:
        if self.operation.paging and not twin:
            annotation = f"Pages[{hint(self.operation.paging.item, 'models.')}]"
        elif self.operation.stream:
            annotation = f"{'EventStream' if self.operation.stream == 'events' else 'LineStream'}[{self.result}]"
        else:
            annotation = f"Response[{self.result}]" if twin else self.result
        return qualified(annotation, self.hidden)

    @property
    def signature(self) -> str:
        """The parameters after `self`, one a line where one line does not hold them."""
        positional = [keyword.declared(self.hidden) for keyword in self.keywords if keyword.place == "path"]
        named = [keyword.declared(self.hidden) for keyword in self.keywords if keyword.place != "path"]
        parts = ["self", *positional, "*", *named, "options: RequestOptions | None = None"]
        text = ", ".join(parts)
        room = 120 - len(f"    async def {self.method}() -> {self.returns(twin=False)}:")
        return text if len(text) <= room else f"{text},"

    @property
    def keywords(self) -> list[_Keyword]:
        """Path parameters in the path's order, then what must be given, then what may be."""
        operation, found = self.operation, list[_Keyword]()
        path = [_parameter(item) for item in operation.parameters if item.place == "path"]
        if operation.body:
            fields = (*operation.body.fields, *([operation.body.whole] if operation.body.whole else []))
            found += [_asking(_field(item)) if operation.stream else _field(item) for item in fields]
            found += [_parameter(item, "part") for part in operation.body.parts for item in part.headers]
            if rest := operation.body.rest:
                found.append(_Keyword(rest.name, "", "rest", ir.Mapping(rest.type), rest.required, rest.doc, "None"))
        found += [_parameter(item) for item in operation.parameters if item.place != "path"]
        if key := operation.key:
            doc = key.doc or "The same in every attempt, so that the call happens once."
            found.append(_Keyword(key.name, key.wire, "key", ir.Scalar("str"), required=False, doc=doc, default="None"))
        required = [item for item in found if item.default is None]
        return [*path, *required, *(item for item in found if item.default is not None)]

    @property
    def arguments(self) -> list[str]:
        """What the method hands to the caller besides the descriptor."""
        operation = self.operation
        names = {item.wire: item.name for item in self.keywords if item.place == "path"}
        found: list[str] = []
        if names:
            order = [names[wire] for wire in _placeholders(operation.path) if wire in names]
            found.append(f"path=({order[0]},)" if len(order) == 1 else f"path=({', '.join(order)})")
        for place, argument in (("query", "query"), ("header", "headers"), ("cookie", "cookies")):
            if value := _mapping(item for item in self.keywords if item.place == place):
                found.append(f"{argument}={value}")
        if operation.body:
            whole = operation.body.whole
            parts = [part for part in operation.body.parts if part.headers]
            headers = {part.wire: _mapping(_parameter(item) for item in part.headers) for part in parts}
            value = _mapping((item for item in self.keywords if item.place in ("body", "rest")), headers) or "{}"
            if whole:
                plain = whole.required or whole.tri_state
                value = whole.name if plain else f"UNSET if {whole.name} is None else {whole.name}"
            found.append(f"body={value}")
        if operation.key:
            found.append(f"key={operation.key.name}")
        return [*found, "options=options"]

    @property
    def docstring(self) -> str:
        operation = self.operation
        summary = sentence(operation.summary) or sentence(operation.description.split("\n\n")[0])
        description = operation.description if clean(operation.summary) else ""
        arguments = [(item.name, item.doc) for item in self.keywords if clean(item.doc)]
        parts = [
            summary if len(summary) <= 110 and summary else f"Call `{operation.title}`.",
            summary if len(summary) > 110 else "",
            description,
            _sent_as(operation.body, self._other_bodies) if operation.body else "",
            stream_doc(operation, self._other_answers),
            "Deprecated." if operation.deprecated else "",
            f"Uncertain: {sentence(operation.uncertain)}" if clean(operation.uncertain) else "",
            _scopes(operation),
            section("Args", arguments, 8) if arguments else "",
            headers_section(operation),
            raised_section(operation),
            _see(operation.source),
        ]
        return docstring(_joined(*parts), 8)

    @property
    def _other_bodies(self) -> tuple[str, ...]:
        """The methods that make the same call with a body of another media type."""
        own = self.operation
        media = own.body.media if own.body else None
        others = [other for other in self.siblings if other.stream == own.stream and other.body]
        return tuple(other.method for other in others if other.body and other.body.media != media)

    @property
    def _other_answers(self) -> list[str]:
        """The methods that make the same call for another kind of answer."""
        own = self.operation
        return [other.method for other in self.siblings if other.stream != own.stream and other.body == own.body]

    @property
    def twin_docstring(self) -> str:
        return docstring(f"Do as `{self.class_name}.{self.method}` does, and return the whole answer.", 8)


def _parameter(item: ir.Parameter, place: str = "") -> _Keyword:
    default = None if item.required else "None"
    doc = _marked(item)
    return _Keyword(item.name, item.wire, place or item.place, item.type, item.required, doc, default)


def _field(item: ir.Field) -> _Keyword:
    default = default_of(item)
    place = "body" if item.wire else "whole"
    return _Keyword(item.name, item.wire, place, item.type, item.required, _marked(item), default)


def _asking(item: _Keyword) -> _Keyword:
    """Return a keyword that asks for the stream by default, where it is the one that APIs have for this."""
    if item.wire != "stream" or ir.bare(item.type) != ir.Scalar("bool"):
        return item
    return evolve(item, type=ir.Scalar("bool"), required=True, default="True")


def _marked(item: ir.Field | ir.Parameter) -> str:
    return f"Deprecated. {item.doc}".strip() if item.deprecated else item.doc


def _mapping(keywords: Iterable[_Keyword], headers: Mapping[str, str] = MappingProxyType({})) -> str:
    """Return the expression that makes an object of keywords: what must be there, then what is there when given.

    `headers` are the expressions of what goes into the headers of some of them, which are parts.
    """
    entries: dict[str, list[str]] = {"": [], "present": [], "given": []}
    rest = ""
    for item in keywords:
        if item.place == "rest":
            rest = f"**({item.name} or {{}})"
            continue
        wrapper = "" if item.required else "given" if item.tri_state else "present"
        value = f"with_headers({item.name}, {headers[item.wire]})" if item.wire in headers else item.name
        entries[wrapper].append(f"{item.wire!r}: {value}")
    parts = [rest] if rest else []
    plain = ", ".join(entries.pop(""))
    wrapped = [f"{wrapper}({{{', '.join(items)}}})" for wrapper, items in entries.items() if items]
    if not plain and not rest and len(wrapped) == 1:
        return wrapped[0]
    parts += [plain] if plain else []
    parts += [f"**{item}" for item in wrapped]
    return f"{{{', '.join(parts)}}}" if parts else ""


def _placeholders(path: str) -> list[str]:
    return [part.partition("}")[0] for part in path.split("{")[1:]]


def _key(key: ir.Key) -> str:
    unless = f", unless={key.unless!r}" if key.unless else ""
    return f"IdempotencyKey(place={key.place!r}, name={key.wire!r}, generate={key.generate}{unless})"


def _body(body: ir.Body) -> dict[str, str]:
    """Return the arguments of a descriptor that say how a body is written."""
    found = {"body": repr(body.media)}
    if body.kind == "bytes" and body.alternatives:
        found["others"] = repr(body.alternatives)
    if body.kind == "bytes" and media.kind_of(body.media) in ("json", "lines"):
        found["files"] = repr(("",))
    elif body.files:
        found["files"] = repr(body.files)
    if medias := {part.wire: ", ".join(part.media) for part in body.parts if part.media}:
        found["parts"] = repr(medias)
    return found


def _styles(operation: ir.Operation) -> list[str]:
    """Return the entries of a descriptor's styles: of what is not written as its place has it by default."""
    found: dict[str, str] = {}
    for item in operation.parameters:
        if item.style or item.reserved:
            found[f"{item.place}:{item.wire}"] = _style(item.style, reserved=item.reserved)
    for part in operation.body.parts if operation.body else ():
        if part.style or part.reserved:
            found[f"body:{part.wire}"] = _style(part.style, reserved=part.reserved)
        for item in part.headers:
            if item.style:
                found[f"part:{item.wire}"] = _style(item.style, reserved=False)
    return [f"{place!r}: {style}" for place, style in found.items()]


def _style(style: ir.Style | None, *, reserved: bool) -> str:
    name, explode = style or ("form", True)
    return f"Style({name!r}, explode={explode}{', reserved=True' if reserved else ''})"


def _sent_as(body: ir.Body, others: tuple[str, ...]) -> str:
    """Return which media type a method is for, where others are for others or a file may have another."""
    if body.kind == "bytes" and (body.alternatives or media.is_range(body.media)):
        listed = (body.media, *body.alternatives)
        more = " and others" if len(listed) > _MOST_LISTED else ""
        names = ", ".join(f"`{name}`" for name in listed[:_MOST_LISTED])
        text = f"Sends the body as what the file's name, or its own media type, says it is: {names}{more}."
    elif others:
        text = f"Sends the body as `{body.media}`."
    else:
        return ""
    return f"{text} For other media types: {', '.join(f'`{name}`' for name in others)}." if others else text


def _scopes(operation: ir.Operation) -> str:
    """Return what a token must be allowed to do: these scopes, or those."""
    ways = [", ".join(f"`{clean(scope)}`" for scope in scopes) for scopes in operation.scopes]
    return f"Scopes of the token: {'; or '.join(ways)}." if ways else ""


def _see(source: str) -> str:
    return f"See {clean(source)}." if clean(source) else ""


def _joined(*paragraphs: str) -> str:
    return "\n\n".join(paragraph.strip("\n") for paragraph in paragraphs if clean(paragraph))
