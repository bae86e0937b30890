"""Writes what an operation answers: its result as an annotation, its decodings, its errors and headers.

Finished fragments of Python, for `operations` to put together.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from attrs import frozen

from codegen import ir
from codegen.docstrings import clean, section, sentence
from codegen.hints import decoded_hint, hint

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
_STREAMS = {"events": "server-sent events", "lines": "JSON lines"}


def result_of(operation: ir.Operation) -> str:
    """Return the annotation of what a call returns, or of an item of what it streams."""
    successes = ir.successes(operation.answers)
    contents = [answer.contents for answer in successes]
    results = dict.fromkeys(part for group in contents for content in group for part in _alternatives(content))
    if "Any" in results:
        return "Any"
    if not operation.stream and (not contents or not all(contents)):
        results["None"] = None
    return " | ".join(sorted(results, key="None".__eq__))


def _alternatives(content: ir.Content) -> Iterator[str]:
    """Yield the annotations of what one media type is read as."""
    inner = ir.bare(content.type)
    yield from (hint(type_, "models.") for type_ in (inner.members if isinstance(inner, ir.Either) else (inner,)))
    if isinstance(content.type, ir.Nullable):
        yield "None"


# --- expressions -----------------------------------------------------------------------------------------------------


def answers_expression(operation: ir.Operation) -> str:
    """Return how each success is decoded."""
    return _bodies(ir.successes(operation.answers))


def _bodies(answers: Iterable[ir.Answer]) -> str:
    return _mapping((answer.status, _mapping(_decodings(answer))) for answer in answers)


def _decodings(answer: ir.Answer) -> Iterator[tuple[str, str]]:
    return ((content.media, _reader(content)) for content in answer.contents)


def _mapping(entries: Iterable[tuple[str, str]]) -> str:
    return f"{{{', '.join(f'{key!r}: {value}' for key, value in entries)}}}"


def _reader(content: ir.Content) -> str:
    if content.kind in _READERS:
        return _READERS[content.kind]
    type_ = f"lambda: {decoded_hint(content.type, 'models.')}"
    if content.kind == "lines":
        return f"Lines({type_})"
    if content.kind == "events":
        data = f", data={content.data!r}" if content.data != "json" else ""
        return f"Events({type_}{data}{', whole=True' if content.whole else ''})"
    unwrap = f", unwrap={content.unwrap!r}" if content.unwrap else ""
    return f"Json({type_}{unwrap})"


_Described = dict[str, str]
"""Status → the expression of what is described for it."""


def _errors(operation: ir.Operation) -> _Described:
    """Return how the bodies of errors are decoded; a `default` that stands for successes is for errors, too."""
    successes = ir.successes(operation.answers)
    described = [answer for answer in operation.answers if answer.status == "default" or answer not in successes]
    if operation.stream:  # of an error no stream is read
        described = [answer for answer in described if answer not in successes]
    return _thinned({answer.status: _mapping(_decodings(answer)) for answer in described})


def _headers(operation: ir.Operation) -> _Described:
    described = {
        answer.status: _mapping((header.wire, _header(header)) for header in answer.headers)
        for answer in operation.answers
    }
    return _thinned(described)


def _header(header: ir.AnswerHeader) -> str:
    explode = ", explode=True" if header.explode and not header.json else ""
    return f"AnswerHeader(lambda: {hint(header.type, 'models.')}{explode}{', json=True' if header.json else ''})"


def _thinned(described: _Described) -> _Described:
    """Return what is described, without what is empty, save where a wider entry would step in."""
    wide = {status for status, text in described.items() if text != "{}" and not status.isdigit()}
    return {
        status: text
        for status, text in described.items()
        if text != "{}" or not wide.isdisjoint({"default", f"{status[0]}XX"})
    }


_SHARED = {"errors": (_errors, "_ERROR", "ErrorBody"), "headers": (_headers, "_HEADERS", "AnswerHeaders")}
"""What operations have in common: how it is found, what its constants are called, and their type."""


@frozen
class Shared:
    """What answers of several operations have in common is written once: the expression → its constant and type."""

    names: dict[str, tuple[str, str]]

    @classmethod
    def among(cls, operations: Iterable[ir.Operation]) -> Shared:
        """Return what these operations share."""
        names: dict[str, tuple[str, str]] = {}
        listed = list(operations)
        for described, stem, type_ in _SHARED.values():
            counted = Counter(text for operation in listed for text in described(operation).values() if text != "{}")
            common = [text for text, count in counted.items() if count > 1]
            names |= {
                text: (f"{stem}{f'_{number}' if number > 1 else ''}", type_) for number, text in enumerate(common, 1)
            }
        return cls(names)

    @property
    def constants(self) -> list[tuple[str, str, str]]:
        """The constants: name, type, expression."""
        return [(name, type_, text) for text, (name, type_) in self.names.items()]

    def settings(self, operation: ir.Operation) -> dict[str, str]:
        """Return the arguments of a descriptor that say how errors and headers are decoded."""
        found = {
            setting: _mapping(
                (status, self.names.get(text, (text, ""))[0]) for status, text in described(operation).items()
            )
            for setting, (described, _, _) in _SHARED.items()
        }
        return {setting: text for setting, text in found.items() if text != "{}"}


# --- prose -----------------------------------------------------------------------------------------------------------


def raised_section(operation: ir.Operation) -> str:
    """Return the errors that the document names, as the classes of `reknit.errors` that they are raised as."""
    docs: dict[str, list[str]] = {}
    bodies: dict[str, dict[str, None]] = {}
    successes = ir.successes(operation.answers)
    for answer in operation.answers:
        if answer not in successes and answer.status[:1] not in "12":
            name = _class_of(answer.status)
            status = "" if answer.status == "default" else f"{answer.status}."
            docs.setdefault(name, []).extend((status, sentence(answer.doc)))
            bodies.setdefault(name, {}).update(_models(answer))
    entries = [(name, " ".join(filter(None, (*said, _body_doc(bodies[name]))))) for name, said in docs.items()]
    return section("Raises", entries, 8) if entries else ""


def _class_of(status: str) -> str:
    if status[:1] in "35":
        return "ServerError" if status.startswith("5") else "UnexpectedStatus"
    return _ERRORS.get(status, "APIError")


def _models(answer: ir.Answer) -> dict[str, None]:
    """Return what the `body` of an error may be, where that is a type of the document's."""
    kinds = (kind for content in answer.contents if content.kind == "json" for kind in _alternatives(content))
    return dict.fromkeys(kind.removeprefix("models.") for kind in kinds if kind not in ("Any", "None"))


def _body_doc(models: Iterable[str]) -> str:
    names = " or ".join(f"`{name}`" for name in models)
    return f"`body`: {names}." if names else ""


def headers_section(operation: ir.Operation) -> str:
    """Return the documented headers of a success, with their types."""
    headers = {header.wire: header for answer in ir.successes(operation.answers) for header in answer.headers}
    entries = [(f"{clean(wire)} ({hint(header.type)})", header.doc) for wire, header in headers.items()]
    return section("Headers", entries, 8) if entries else ""


def stream_doc(operation: ir.Operation, others: Iterable[str]) -> str:
    """Return what is to be said of a stream, or of what could be streamed: `others` are the methods beside it."""
    names = ", ".join(f"`{name}`" for name in others)
    if operation.stream:
        text = f"Returns a stream of {_STREAMS[operation.stream]}; nothing is sent before it is entered or iterated."
        return f"{text} Otherwise: {names}." if names else text
    return f"As a stream: {names}." if names else ""
