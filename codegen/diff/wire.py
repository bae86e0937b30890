"""Compares two documents: what calls send, what they get back, and what is promised of them.

Everything is read from the intermediate representation that the generator of now makes of both, so a change of the
generator is none of the spec. An operation keeps its identity by its method and path, else by its Python name.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import TypeVar

from attrs import AttrsInstance, define

from codegen import ir
from codegen.diff import access
from codegen.diff.change import Change, Changes, Direction, Grade, Place
from codegen.diff.text import code, words
from codegen.diff.values import Side, Values, deprecation, unlike
from codegen.hints import hint
from codegen.reach import names_reached, types_received, types_sent

T = TypeVar("T")
_Result = tuple[str, ir.Type]
"""The kind of a stream, or nothing where there is none, and the type of a value."""

# What is compared below, by name. Whatever else the representation has or gains is reported all the same (`unlike`).
_OPERATION = {
    "name", "group", "method", "constant", "verb", "path", "safety", "summary", "description", "parameters", "body",
    "answers", "key", "paging", "repeat_success", "secrets", "servers", "scopes", "security", "source", "uncertain",
    "deprecated", "variant", "pointer",
}  # fmt: skip
_DOCUMENT = {
    "title", "version", "doc", "spec", "digest", "groups", "definitions", "events", "servers", "schemes", "security",
    "source",
}  # fmt: skip
_PARAMETER = {"name", "wire", "place", "type", "required", "doc", "secret", "deprecated", "pointer"}
_BODY = {"media", "whole", "fields", "rest", "alternatives", "pointer"}
_ANSWER = {"status", "doc", "contents", "headers"}
_HEADER = {"wire", "type", "doc"}
_CONTENT = {"media", "kind", "type", "unwrap"}
_EVENT = {"name", "constant", "type", "doc", "source", "uncertain", "pointer"}


def compare(old: ir.Document, new: ir.Document, package: str) -> list[Change]:
    """Return what is different for the users of `reknit.<package>` when one document takes the other's place."""
    changes = Changes()
    place = Place(package, new.spec)
    values = Values(Side(_definitions(old)), Side(_definitions(new)), changes, place)
    _Documents(values, changes, place).compare(old, new)
    return list(changes)


def directions(document: ir.Document) -> dict[str, set[Direction]]:
    """Return in which directions the definitions of a document travel, by their names."""
    found = _definitions(document)
    sent = names_reached((type_ for call in document.operations for type_ in types_sent(call)), found)
    answers = [type_ for call in document.operations for type_ in types_received(call)]
    received = names_reached([*answers, *(event.type for event in document.events)], found)
    result: dict[str, set[Direction]] = {name: {"received"} for name in received}
    for name in sent:
        result.setdefault(name, set()).add("sent")
    return result


def _definitions(document: ir.Document) -> dict[str, ir.Definition]:
    return {definition.name: definition for definition in document.definitions}


@define
class _Documents:
    values: Values
    changes: Changes
    package: Place

    def compare(self, old: ir.Document, new: ir.Document) -> None:
        root = self.package.at("/")
        _others(self.changes, old, new, _DOCUMENT, root)
        _words(self.changes, old, new, ("title", "version", "doc", "source"), self.package.at("/info"))
        access.servers(self.changes, old.servers, new.servers, self.package.at("/servers"), "`/`")
        access.schemes(self.changes, old.schemes, new.schemes, self.package)
        access.security(self.changes, old.security, new.security, self.package.at("/security"))
        pairs, gone, come = _paired(
            list(old.operations),
            list(new.operations),
            [
                lambda call: (call.verb, call.path, call.name),
                lambda call: (call.verb, call.path, call.variant),
                lambda call: call.name,
            ],
        )
        for one, other in pairs:
            _Operations(self.values, self.changes, self._call(other)).compare(one, other)
            if one.security is not None or other.security is not None:
                before = old.security if one.security is None else one.security
                after = new.security if other.security is None else other.security
                access.security(self.changes, before, after, self._call(other))
        for call in gone:
            self.changes.add("breaking", self._call(call), f"is gone: {code(call.title)}")
        for call in come:
            self.changes.add("addition", self._call(call), f"is new: {code(call.title)}")
        self._events(old.events, new.events)
        self._descriptions(old, new)

    def _descriptions(self, old: ir.Document, new: ir.Document) -> None:
        """Record new words about whole groups and definitions, whether or not they travel."""
        for one, other in _paired(old.groups, new.groups, [lambda group: group.name])[0]:
            _words(self.changes, one, other, ("doc", "source"), self.package.inside(f"Client.{other.name}"))
        for then, now in _paired(old.definitions, new.definitions, [lambda definition: definition.name])[0]:
            if (then.doc, _member_docs(then)) != (now.doc, _member_docs(now)):
                self.changes.add("fix", self.package.inside(now.name).at(now.pointer), "is described in other words")

    def _call(self, call: ir.Operation) -> Place:
        return self.package.inside(f"Client.{call.name}").at(call.pointer)

    def _events(self, old: Sequence[ir.Event], new: Sequence[ir.Event]) -> None:
        pairs, gone, come = _paired(old, new, [lambda event: event.name])
        for one, other in pairs:
            place = self._event(other)
            _others(self.changes, one, other, _EVENT, place)
            self.values.compare(one.type, other.type, "received", place, "its payload ")
            if one.constant != other.constant:
                self.changes.add("breaking", place, f"was called {code(one.constant)}")
            _words(self.changes, one, other, ("doc", "uncertain", "source"), place)
        for event in gone:
            self.changes.add("breaking", self._event(event), f"is gone: no event {code(event.name)} is sent any more")
        for event in come:
            self.changes.add("addition", self._event(event), f"is new: the event {code(event.name)}")

    def _event(self, event: ir.Event) -> Place:
        return self.package.inside(f"events.{event.constant}").at(event.pointer)


@define
class _Operations:
    values: Values
    changes: Changes
    place: Place

    def compare(self, old: ir.Operation, new: ir.Operation) -> None:
        _others(self.changes, old, new, _OPERATION, self.place)
        if old.name != new.name:
            self.changes.add("breaking", self.place, f"is the method that was called {code(old.name)}")
        if old.title != new.title:
            self.changes.add("fix", self.place, f"sends {code(new.title)}, not {code(old.title)}")
        self._parameters(old.parameters, new.parameters)
        self._body(old.body, new.body)
        _Answers(self.values, self.changes, self.place).compare(old.answers, new.answers)
        self._promises(old, new)
        if old.servers != new.servers:
            access.servers(self.changes, old.servers, new.servers, self.place, "the common server")
        if old.scopes != new.scopes:
            access.scopes(self.changes, old.scopes, new.scopes, self.place)
        deprecation(self.changes, self.place, old=old.deprecated, new=new.deprecated)
        _words(self.changes, old, new, ("summary", "description", "uncertain", "source"), self.place)

    # --- what is sent ------------------------------------------------------------------------------------------------

    def _parameters(self, old: Sequence[ir.Parameter], new: Sequence[ir.Parameter]) -> None:
        pairs, gone, come = _paired(old, new, [_spot, lambda part: part.name])
        for one, other in pairs:
            self._parameter(one, other)
        for part in gone:
            self.changes.add("breaking", self._argument(part), "is no keyword any more")
        for part in come:
            if part.required:
                self.changes.add("breaking", self._argument(part), "is a new keyword that must be given")
            else:
                self.changes.add("addition", self._argument(part), "is a new keyword")

    def _argument(self, part: ir.Parameter | ir.Field) -> Place:
        return self.place.argument(part.name).at(part.pointer)

    def _parameter(self, old: ir.Parameter, new: ir.Parameter) -> None:
        place = self._argument(new)
        if old.name != new.name:
            self.changes.add("breaking", place, f"is the keyword that was called {code(old.name)}")
        if _spot(old) != _spot(new):
            told = f"goes into the {new.place} as {code(new.wire)}, not into the {old.place} as {code(old.wire)}"
            self.changes.add("fix", place, told)
        if any(unlike(old, new, _PARAMETER)):
            self.changes.add("fix", place, "is written in another way on the wire")
        self.values.required("sent", place, old=old.required, new=new.required)
        self.values.compare(old.type, new.type, "sent", place)
        self.values.marks(old, new, place)

    def _body(self, old: ir.Body | None, new: ir.Body | None) -> None:
        if old is None or new is None:
            self._body_came_or_went(old, new)
            return
        place = self.place.at(new.pointer)
        if old.media != new.media:
            self.changes.add("fix", place, f"its body is sent as {code(new.media)}, not as {code(old.media)}")
        if any(unlike(old, new, _BODY | {"required"} if old.whole or new.whole else _BODY)):
            self.changes.add("fix", place, "its body is written in another way on the wire")
        if old.whole and new.whole:
            here = self._argument(new.whole).at(new.pointer)
            if old.whole.name != new.whole.name:
                self.changes.add("breaking", here, f"is the keyword that was called {code(old.whole.name)}")
            self.values.required("sent", here, old=old.whole.required, new=new.whole.required)
            self.values.compare(old.whole.type, new.whole.type, "sent", here)
        elif old.whole:
            self.changes.add("breaking", place, f"takes its body as keywords, not as {code(old.whole.name)}")
        elif new.whole:
            self.changes.add("breaking", place, f"takes its body as {code(new.whole.name)}, not as keywords")
        else:
            self.values.fields(old.fields, new.fields, "sent", self.place, "keyword")
            self.values.rest(old.rest, new.rest, "sent", place)

    def _body_came_or_went(self, old: ir.Body | None, new: ir.Body | None) -> None:
        if old:
            self.changes.add("breaking", self.place, "takes no body any more")
        if new:
            parts = [part for part in (*new.fields, new.whole) if part is not None]
            must = [part.name for part in parts if part.required]
            place = self.place.at(new.pointer)
            if must:
                self.changes.add("breaking", place, f"takes a body that must be given: {words(must)}")
            else:
                self.changes.add("addition", place, "takes a body")

    # --- what is promised --------------------------------------------------------------------------------------------

    def _promises(self, old: ir.Operation, new: ir.Operation) -> None:
        if old.safety != new.safety:
            if new.safety == "unsafe":
                self.changes.add(
                    "breaking", self.place, "is unsafe: not resent any more where it may have been carried out"
                )
            else:
                self.changes.add("fix", self.place, "is idempotent: resent even where it may have been carried out")
        self._key(old.key, new.key)
        self._paging(old.paging, new.paging)
        gone = [status for status in old.repeat_success if status not in new.repeat_success]
        come = [status for status in new.repeat_success if status not in old.repeat_success]
        if gone:
            self.changes.add("breaking", self.place, f"{words(gone)} after a resend is an error, not a success")
        if come:
            self.changes.add("fix", self.place, f"{words(come)} after a resend is a success, not an error")

    def _key(self, old: ir.Key | None, new: ir.Key | None) -> None:
        if old is None or new is None:
            if old:
                self.changes.add(
                    "breaking", self.place.argument(old.name), "is gone: calls have no idempotency key any more"
                )
            if new:
                self.changes.add("addition", self.place.argument(new.name), "is new: calls may have an idempotency key")
            return
        place = self.place.argument(new.name)
        if old.name != new.name:
            self.changes.add("breaking", place, f"is the keyword that was called {code(old.name)}")
        if (old.place, old.wire, old.unless) != (new.place, new.wire, new.unless):
            self.changes.add("fix", place, f"the idempotency key goes into the {new.place} as {code(new.wire)}")
        if old.generate and not new.generate:
            self.changes.add("breaking", place, "no idempotency key is made for calls without one: they are unsafe")
        elif new.generate and not old.generate:
            self.changes.add("fix", place, "an idempotency key is made for calls without one")
        if old.doc != new.doc:
            self.changes.add("fix", place, "is described in other words")

    def _paging(self, old: ir.Paging | None, new: ir.Paging | None) -> None:
        if old and new:
            self.values.compare(old.item, new.item, "received", self.place, "an item ")
            if (old.kind, old.settings) != (new.kind, new.settings):
                self.changes.add("fix", self.place, "asks for its pages in another way")
        elif old:
            self.changes.add("breaking", self.place, "is a list without pages: it is awaited, not iterated")
        elif new:
            self.changes.add("breaking", self.place, "is a list in pages: awaiting it gives one page, not the answer")


@define
class _Answers:
    values: Values
    changes: Changes
    place: Place

    def compare(self, old: Sequence[ir.Answer], new: Sequence[ir.Answer]) -> None:
        pairs, gone, come = _paired(old, new, [lambda answer: answer.status])
        for one, other in pairs:
            self._answer(one, other)
        before, after = ir.successes(tuple(old)), ir.successes(tuple(new))
        for answer in come:
            self._came(answer, _results(before), success=answer in after)
        for answer in gone:
            success = answer in before
            if stands_in := _standing_in(answer, after if success else new):
                self.changes.add("fix", self._at(answer), f"{_called(answer)} is one of {code(stands_in.status)} now")
                self._answer(answer, stands_in)
            else:
                self._went(answer, _results(after), success=success)

    def _went(self, answer: ir.Answer, left: list[_Result], *, success: bool) -> None:
        """Record that an answer is gone, which matters where it held what no other success does."""
        lost = any(result not in left for result in _results([answer])) if success else bool(answer.contents)
        self.changes.add("breaking" if lost else "fix", self._at(answer), f"{_called(answer)} is gone")

    def _came(self, answer: ir.Answer, known: list[_Result], *, success: bool) -> None:
        results = _results([answer])
        other = success and (any(result not in known for result in results) if results else bool(known))
        if other:
            returned = words([hint(type_) for _, type_ in results] or ["None"])
            self.changes.add("breaking", self._at(answer), f"{_called(answer)} is new: {returned} may be returned too")
        else:
            self.changes.add("addition", self._at(answer), f"{_called(answer)} is new")

    def _at(self, answer: ir.Answer) -> Place:
        here = self.place.pointer.partition("#")[2]
        return self.place.at(f"{here}/responses/{answer.status}")

    def _answer(self, old: ir.Answer, new: ir.Answer) -> None:
        place = self._at(new)
        _others(self.changes, old, new, _ANSWER, place)
        label = f"{_called(new)} "
        pairs, gone, come = _paired(
            old.contents, new.contents, [lambda content: content.media, lambda content: content.kind]
        )
        for one, other in pairs:
            _others(self.changes, one, other, _CONTENT, place)
            self.values.compare(one.type, other.type, "received", place, label)
            if one.media != other.media:
                self.changes.add("fix", place, f"{label}comes as {code(other.media)}, not as {code(one.media)}")
            if one.kind != other.kind:
                self.changes.add("breaking", place, f"{label}is read as {other.kind}, not as {one.kind}")
            if one.unwrap != other.unwrap:
                self.changes.add("fix", place, f"{label}is taken out of its envelope in another way")
        left, known = _results([new]), _results([old])
        for content in gone:
            grade: Grade = "fix" if _result(content) in left else "breaking"
            self.changes.add(grade, place, f"{label}never comes as {code(content.media)}")
        for content in come:
            grade = "addition" if _result(content) in known else "breaking"
            self.changes.add(grade, place, f"{label}may come as {code(content.media)}")
        self._headers(old.headers, new.headers, place, label)
        if old.doc != new.doc:
            self.changes.add("fix", place, f"{label}is described in other words")

    def _headers(
        self, old: Sequence[ir.AnswerHeader], new: Sequence[ir.AnswerHeader], place: Place, label: str
    ) -> None:
        pairs, gone, come = _paired(old, new, [lambda header: header.wire.lower()])
        for one, other in pairs:
            named = f"{label}has a header {code(other.wire)} that "
            self.values.compare(one.type, other.type, "received", place, named)
            if any(unlike(one, other, _HEADER)):
                self.changes.add("fix", place, f"{named}is written in another way on the wire")
            if one.doc != other.doc:
                self.changes.add("fix", place, f"{named}is described in other words")
        for header in gone:
            self.changes.add("breaking", place, f"{label}has no header {code(header.wire)} any more")
        for header in come:
            self.changes.add("addition", place, f"{label}has the new header {code(header.wire)}")


# --- what several need -----------------------------------------------------------------------------------------------


def _others(changes: Changes, old: AttrsInstance, new: AttrsInstance, known: Collection[str], place: Place) -> None:
    """Record as breaking what nothing here knows: it is for a person to judge, never passed over in silence."""
    for name in unlike(old, new, known):
        changes.add("breaking", place, f"its {name} changed")


def _words(changes: Changes, old: object, new: object, attributes: Sequence[str], place: Place) -> None:
    """Record, without repeating them, that words for readers changed."""
    if any(getattr(old, attribute) != getattr(new, attribute) for attribute in attributes):
        changes.add("fix", place, "is described in other words")


def _member_docs(definition: ir.Definition) -> dict[str | int, str]:
    members = definition.members if isinstance(definition, ir.Enumeration) else ()
    return {member.value: member.doc for member in members if member.doc}


def _spot(parameter: ir.Parameter) -> tuple[str, str]:
    """Return where a parameter goes: headers are the same in any case."""
    return parameter.place, parameter.wire.lower() if parameter.place == "header" else parameter.wire


def _result(content: ir.Content) -> _Result:
    """Return what a method returns for a content: a stream of something is not that thing."""
    return content.kind if content.kind in {"events", "lines"} else "", content.type


def _results(answers: Sequence[ir.Answer]) -> list[_Result]:
    return [_result(content) for answer in answers for content in answer.contents]


def _standing_in(answer: ir.Answer, among: Sequence[ir.Answer]) -> ir.Answer | None:
    """Return the answer that a status falls to when it has none of its own: its range, else any other status."""
    by_status = {other.status: other for other in among}
    if answer.status == "default":
        return None
    return by_status.get(f"{answer.status[0]}XX") or by_status.get("default")


def _called(answer: ir.Answer) -> str:
    return f"the answer {code(answer.status)}"


def _paired(
    old: Sequence[T], new: Sequence[T], keys: Sequence[Callable[[T], object]]
) -> tuple[list[tuple[T, T]], list[T], list[T]]:
    """Return what belongs together by the first key that says so, what went, and what came."""
    pairs: list[tuple[T, T]] = []
    gone, come = list(old), list(new)
    for key in keys:
        there: dict[object, list[T]] = {}
        for item in gone:
            there.setdefault(key(item), []).append(item)
        rest: list[T] = []
        for item in come:
            if same := there.get(key(item)):
                pairs.append((same.pop(0), item))
            else:
                rest.append(item)
        come, gone = rest, [item for items in there.values() for item in items]
    return pairs, gone, come
