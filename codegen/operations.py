"""Writes operations.py: one descriptor and one method per operation, one class per group and its typed twin.

The views here hold finished fragments of Python (a signature's keyword, an argument of a call); the template puts them
together. What a fragment says comes from the intermediate representation alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from attrs import frozen

from codegen import ir
from codegen.docstrings import clean, docstring, section, sentence
from codegen.hints import field_hint, hint, qualified
from codegen.models import default_of
from codegen.reach import types_of
from codegen.render import header, render

_ERRORS = {
    "400": "InvalidRequest",
    "401": "Unauthorized",
    "402": "PaymentRequired",
    "403": "Forbidden",
    "404": "NotFound",
    "409": "Conflict",
    "422": "InvalidRequest",
    "429": "RateLimited",
}

_READERS: dict[ir.MediaKind, str] = {"text": "Text()", "bytes": "Bytes()"}


def operations_module(document: ir.Document, command: str) -> str:
    """Return the text of operations.py, not yet formatted."""
    types = (type_ for operation in document.operations for type_ in types_of(operation))
    return render(
        "operations.py.jinja2",
        uses_models=any(isinstance(part, ir.Named) for type_ in types for part in ir.parts(type_)),
        header=header(f"Operations of {document.title}.", document, command),
        groups=[_GroupView(group) for group in document.groups],
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
        in_body = self.place in ("body", "whole")
        return in_body and not self.required and isinstance(self.type, ir.Nullable | ir.Anything)

    def declared(self, hidden: frozenset[str]) -> str:
        annotation = field_hint(hint(ir.bare(self.type), "models."), self.type, required=self.required)
        default = f" = {self.default}" if self.default is not None else ""
        return f"{self.name}: {qualified(annotation, hidden)}{default}"


@frozen
class _GroupView:
    group: ir.Group

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
        return [_CallView(operation, hidden, self.name) for operation in self.group.operations]


@frozen
class _CallView:
    operation: ir.Operation
    hidden: frozenset[str]
    class_name: str

    # --- the descriptor ---

    @property
    def constant(self) -> str:
        return self.operation.constant

    @property
    def result(self) -> str:
        """The annotation of what the call returns, as it reads outside of the class."""
        contents = [answer.contents for answer in _successes(self.operation)]
        results = dict.fromkeys(part for group in contents for content in group for part in _alternatives(content))
        if "Any" in results:
            return "Any"
        if not contents or not all(contents):
            results["None"] = None
        return " | ".join(sorted(results, key="None".__eq__))

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
            found["body"] = repr(operation.body.media)
            files = tuple(field.wire for field in operation.body.fields if _is_file(field.type))
            if files:
                found["files"] = repr(files)
        if operation.server:
            found["server"] = repr(operation.server)
        styles = _styles(operation)
        if styles:
            found["styles"] = f"{{{', '.join(styles)}}}"
        if operation.repeat_success:
            found["repeat_success"] = repr(operation.repeat_success)
        if operation.secrets:
            found["secrets"] = repr(operation.secrets)
        found["answers"] = _answers(operation)
        return [f"{name}={value}" for name, value in found.items()]

    # --- the methods ---

    @property
    def method(self) -> str:
        return self.operation.method

    @property
    def paged(self) -> bool:
        return self.operation.paging is not None

    def returns(self, *, twin: bool) -> str:
        if self.operation.paging and not twin:
            annotation = f"Pages[{hint(self.operation.paging.item, 'models.')}]"
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
            found += [_field(item) for item in fields]
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
            value = _mapping(item for item in self.keywords if item.place in ("body", "rest")) or "{}"
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
            "Deprecated." if operation.deprecated else "",
            f"Uncertain: {sentence(operation.uncertain)}" if clean(operation.uncertain) else "",
            section("Args", arguments, 8) if arguments else "",
            section("Raises", raised, 8) if (raised := _raised(operation)) else "",
            _see(operation.source),
        ]
        return docstring(_joined(*parts), 8)

    @property
    def twin_docstring(self) -> str:
        return docstring(f"Do as `{self.class_name}.{self.method}` does, and return the whole answer.", 8)


def _parameter(item: ir.Parameter) -> _Keyword:
    default = None if item.required else "None"
    doc = _marked(item)
    return _Keyword(item.name, item.wire, item.place, item.type, item.required, doc, default)


def _field(item: ir.Field) -> _Keyword:
    default = default_of(item)
    place = "body" if item.wire else "whole"
    return _Keyword(item.name, item.wire, place, item.type, item.required, _marked(item), default)


def _marked(item: ir.Field | ir.Parameter) -> str:
    return f"Deprecated. {item.doc}".strip() if item.deprecated else item.doc


def _mapping(keywords: Iterable[_Keyword]) -> str:
    """Return the expression that makes an object of keywords: what must be there, then what is there when given."""
    entries: dict[str, list[str]] = {"": [], "present": [], "given": []}
    rest = ""
    for item in keywords:
        if item.place == "rest":
            rest = f"**({item.name} or {{}})"
            continue
        wrapper = "" if item.required else "given" if item.tri_state else "present"
        entries[wrapper].append(f"{item.wire!r}: {item.name}")
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


def _successes(operation: ir.Operation) -> list[ir.Answer]:
    """Return the 2xx answers; where a document has none, `default` stands for them."""
    found = [answer for answer in operation.answers if answer.success]
    return found or [answer for answer in operation.answers if answer.status == "default"]


def _alternatives(content: ir.Content) -> Iterator[str]:
    """Yield the annotations of what one media type is read as."""
    inner = ir.bare(content.type)
    yield from (hint(type_, "models.") for type_ in (inner.members if isinstance(inner, ir.Either) else (inner,)))
    if isinstance(content.type, ir.Nullable):
        yield "None"


def _answers(operation: ir.Operation) -> str:
    answers = [f"{answer.status!r}: {{{', '.join(_contents(answer))}}}" for answer in _successes(operation)]
    return f"{{{', '.join(answers)}}}"


def _contents(answer: ir.Answer) -> Iterator[str]:
    for content in answer.contents:
        yield f"{content.media!r}: {_reader(content)}"


def _reader(content: ir.Content) -> str:
    if content.kind in _READERS:
        return _READERS[content.kind]
    unwrap = f", unwrap={content.unwrap!r}" if content.unwrap else ""
    return f"Json(lambda: {hint(content.type, 'models.')}{unwrap})"


def _key(key: ir.Key) -> str:
    unless = f", unless={key.unless!r}" if key.unless else ""
    return f"IdempotencyKey(place={key.place!r}, name={key.wire!r}, generate={key.generate}{unless})"


def _is_file(type_: ir.Type) -> bool:
    """Return whether a part of a form is a file, or several."""
    inner = ir.bare(type_)
    if isinstance(inner, ir.Listing):
        inner = ir.bare(inner.item)
    return inner == ir.Scalar("file")


def _styles(operation: ir.Operation) -> list[str]:
    styles = [(f"{item.place}:{item.wire}", item.style) for item in operation.parameters if item.style]
    styles += [(f"body:{wire}", style) for wire, style in (operation.body.styles if operation.body else ())]
    return [f"{place!r}: Style({name!r}, explode={explode})" for place, (name, explode) in styles]


def _raised(operation: ir.Operation) -> list[tuple[str, str]]:
    """Return the errors that the document names, as the classes of `reknit.errors` that they are raised as."""
    found: dict[str, list[str]] = {}
    successes = _successes(operation)
    for answer in operation.answers:
        if answer in successes or answer.status[:1] in "123":
            continue
        name = "ServerError" if answer.status.startswith("5") else _ERRORS.get(answer.status, "APIError")
        status = "" if answer.status == "default" else f"{answer.status}. "
        found.setdefault(name, []).append(f"{status}{sentence(answer.doc)}".strip())
    return [(name, " ".join(docs)) for name, docs in found.items()]


def _see(source: str) -> str:
    return f"See {clean(source)}." if clean(source) else ""


def _joined(*paragraphs: str) -> str:
    return "\n\n".join(paragraph.strip("\n") for paragraph in paragraphs if clean(paragraph))
