"""Builds the intermediate representation of a document: walks its operations, webhooks and callbacks.

What the document gets wrong without preventing a correct operation is a note; what cannot come out as a correct
operation is an error of the report, with the place. Nothing is dropped silently.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from typing import Literal

from attrs import Factory, define, evolve, field

from codegen import ir, media, naming
from codegen.answers import answers_of, paging_of, ways_of
from codegen.bodies import body_of, key_doc, offers_of
from codegen.load import Source
from codegen.parameters import KEYWORDS, Call, key_of, parameters_of
from codegen.reach import names_reached, types_of
from codegen.references import Library, Node, pointer_text
from codegen.report import Refusal, Report
from codegen.schemas import Schemas
from codegen.security import schemes_of, scopes_of, security_of, settled
from codegen.servers import own_servers, servers_of

VERBS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_IDEMPOTENT = frozenset({"GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE"})  # RFC 9110, section 9.2.2

GROUP_NAMES = frozenset({"self", "api", "close", "extend_user_agent"})
"""Names that a group may not take: the client needs them."""

METHOD_NAMES = frozenset({"self", "with_response", "models", "builtins", "dt"})
"""Names that a method may not take: its class, or an annotation in it, needs them."""

OPERATION_NAMES = frozenset({
    "AnswerHeader", "AnswerHeaders", "ErrorBody", "EventStream", "Events", "LineStream", "Lines",
    "Any", "Bytes", "Caller", "CursorPages", "FileContent", "FileInput", "Final", "IdempotencyKey", "Json", "Literal",
    "OffsetPages", "Operation", "Pages", "RequestOptions", "Response", "Style",
    "TYPE_CHECKING", "Text", "UNSET", "UnsetType", "None", "True", "False",
    "API", "Api", "ApiKey", "ApiServer", "BaseClient", "Basic", "Bearer", "Client", "DocumentClient", "SERVERS",
    "ServerVariable",
})  # fmt: skip
"""Names that operations.py and client.py import: no class and no constant may take them."""


def build(source: Source, report: Report, *, allow_outside: bool = False) -> ir.Document:
    """Return what a document says, or refuse a document that is not OpenAPI 3.0 or 3.1."""
    _check_version(source)
    library = Library(source, allow_outside)
    document = settled(_Builder(library, report).document(), report)
    for file in library.files.values():
        for pointer in file.repeated:
            report.note(Node(None, file, pointer).where, "stands there more than once: the last one counts")
    return evolve(document, digest=_digest(library))


def _check_version(source: Source) -> None:
    value = source.value
    if not isinstance(value, dict):
        raise Refusal(source.name, "is not an OpenAPI document: it is not an object")
    version = value.get("openapi")
    if version is None:
        hint = " (Swagger 2.0: convert it to OpenAPI 3)" if "swagger" in value else ""
        raise Refusal(source.name, f"is not an OpenAPI document: it has no `openapi`{hint}")
    if not re.match(r"3\.[01](\.|$)", str(version)):
        raise Refusal(f"{source.name}#/openapi", f"version {version} is neither 3.0 nor 3.1")


def _digest(library: Library) -> str:
    """Return the digest of the document, and of the files it refers to where there are any."""
    if len(library.files) == 1:
        return library.root.digest
    digests = sorted(f"{source.name} {source.digest}\n" for source in library.files.values())
    return hashlib.sha256("".join(digests).encode()).hexdigest()


@define
class _Builder:
    library: Library
    report: Report
    schemas: Schemas = field(init=False)
    names: naming.Names = field(init=False)
    servers: tuple[ir.Server, ...] = field(init=False)
    ids: dict[str, Node] = Factory(dict[str, Node])

    def __attrs_post_init__(self) -> None:
        self.schemas = Schemas(self.library, self.report)
        self.names = naming.Names.besides(OPERATION_NAMES)
        self.servers = servers_of(self.root, self.report)

    @property
    def root(self) -> Node:
        return self.library.document

    def document(self) -> ir.Document:
        self.schemas.components()
        groups = tuple(self._groups())
        events = tuple(self._events())
        info = self.root.get("info") or Node({}, self.root.source)
        return ir.Document(
            title=info.text("title") or "API",
            version=info.text("version"),
            doc=info.text("description") or info.text("summary"),
            spec=self.root.source.name,
            digest=self.root.source.digest,
            groups=groups,
            definitions=self._definitions(groups, events),
            events=events,
            servers=self.servers,
            schemes=tuple(schemes_of(self.library, self.report)),
            security=security_of(self.root) or (),
            source=_link(self.root),
        )

    def _definitions(self, groups: tuple[ir.Group, ...], events: tuple[ir.Event, ...]) -> tuple[ir.Definition, ...]:
        """Return every component, and what is reached from somewhere; an inline enumeration may have been merged."""
        found = {definition.name: definition for definition in self.schemas.finished()}
        components = self.schemas.component_names
        types = [type_ for group in groups for operation in group.operations for type_ in types_of(operation)]
        reached = names_reached([*types, *(event.type for event in events), *map(ir.Named, components)], found)
        return tuple(definition for name, definition in found.items() if name in reached)

    # --- operations --------------------------------------------------------------------------------------------------

    def _groups(self) -> Iterator[ir.Group]:
        """Yield the operations by their first tag, in the order of the document's tags, then of first use."""
        tags = {node.text("name"): node for node in self.root.each("tags")}
        calls: dict[str, list[Call]] = {tag: [] for tag in tags}
        for call in self._calls():
            first = next((node.value for node in call.node.each("tags") if isinstance(node.value, str)), "")
            calls.setdefault(first, []).append(call)
        attributes = naming.Names.besides(GROUP_NAMES)
        for tag, members in calls.items():
            if members:
                name = naming.snake(tag or "default", "group")
                yield self._group(tag, attributes.take(name, f"{name}_"), members, tags.get(tag))

    def _group(self, tag: str, name: str, calls: list[Call], node: Node | None) -> ir.Group:
        wanted = naming.pascal(tag or "default", "Group")
        class_name = self.names.take(wanted, f"{wanted}Group")
        twin_name = self.names.take(f"{class_name}WithResponse")
        methods = naming.Names.besides(METHOD_NAMES)
        source = (_link(node) if node else "") or _link(self.root)
        # What the document names goes first: what an operation comes out as besides must not take its name.
        named = [(call, self._method(call, tag, methods)) for call in calls]
        operations = tuple(
            operation for call, method in named for operation in self._operations(call, name, method, methods, source)
        )
        return ir.Group(name, class_name, twin_name, node.text("description") if node else "", source, operations)

    def _calls(self) -> Iterator[Call]:
        paths = self.root.get("paths")
        if paths and not isinstance(paths.value, dict):
            self.report.error(paths.where, "must be an object, of paths and what they can do")
        for path, entry in self.root.entries("paths"):
            if path.startswith("x-"):
                continue
            item = self.library.follow(entry)
            if not path.startswith("/"):
                self.report.note(entry.where, "a path begins with a slash: it is taken to have one")
                path = f"/{path}"  # noqa: PLW2901 - the loop's own
            if "#" in path:
                self.report.note(entry.where, "a fragment is not sent: the path ends before it")
            if not isinstance(item.value, dict | None):
                self.report.error(item.where, "is no path item: it must be an object")
            for key, node in item.items():
                if key in VERBS and isinstance(node.value, dict):
                    yield Call(key.upper(), path, node, item)
                elif key in VERBS and node.value is None:
                    self.report.note(node.where, "says nothing, and is left out")
                elif key in VERBS:
                    self.report.error(node.where, "is no operation: it must be an object")
                elif node.has("responses") and not key.startswith("x-"):
                    self.report.error(
                        node.where, f"{key!r} is no method of OpenAPI {str(self.root.value['openapi'])[:3]}"
                    )

    def _method(self, call: Call, tag: str, methods: naming.Names) -> str:
        """Take the name of the method that an operation comes out as."""
        node = call.node
        operation_id = node.text("operationId")
        if operation_id and self.ids.setdefault(operation_id, node) is not node:
            self.report.note(
                node.where, f"operationId {operation_id!r} was used before, at {self.ids[operation_id].where}"
            )
        wanted = naming.snake(_local_id(operation_id, tag) or f"{call.verb}_{call.path}", "call")
        return methods.take(wanted, f"{wanted}_")

    def _operations(
        self, call: Call, group: str, method: str, methods: naming.Names, source: str
    ) -> Iterator[ir.Operation]:
        """Yield a call once for each kind of body that it can be sent; the preferred one has the plain name."""
        stem = naming.pascal(call.node.text("operationId") or f"{call.verb}_{call.path}", "Call")
        names = naming.Names.besides(KEYWORDS)
        key = key_of(call, self.schemas)
        parameters = tuple(parameters_of(call, self.schemas, stem, names))
        bodies: list[tuple[str, ir.Body | None, naming.Names]] = []
        for offer in offers_of(call.node, self.schemas):
            own = naming.Names.besides(names.taken)
            bodies.append((offer.variant, body_of(offer, self.schemas, stem, own, key), own))
        answers = tuple(answers_of(call.node, self.schemas, stem, call.verb))
        common = self._common(call, group, answers, source)
        for variant, body, own in bodies or [("", None, names)]:
            kept, own_key = self._without_key(call, parameters, body, key, own)
            if not variant:
                self._check_paging(call, common.paging, kept, body, own_key)
            secret = [part.wire for part in kept if part.secret]
            secret += [part.wire for part in _given(body) if part.secret]
            for way in ways_of(answers):
                full = "_".join(filter(None, (variant, way.variant)))
                name = methods.take(f"{method.rstrip('_')}_{full}") if full else method
                yield evolve(
                    common,
                    name=f"{group}.{name}",
                    method=name,
                    constant=self.names.take(naming.constant(f"{group}_{name}", "CALL")),
                    variant=full,
                    answers=way.answers,
                    parameters=kept,
                    body=body,
                    key=own_key,
                    paging=None if way.variant else common.paging,
                    secrets=tuple(dict.fromkeys(secret)),
                )

    def _common(self, call: Call, group: str, answers: tuple[ir.Answer, ...], source: str) -> ir.Operation:
        """Return what all methods of one call have in common."""
        node = call.node
        return ir.Operation(
            name="",
            group=group,
            method="",
            constant="",
            verb=call.verb,
            path=call.wire_path,
            safety=_safety(call),
            summary=node.text("summary"),
            description=node.text("description"),
            answers=answers,
            paging=paging_of(node, self.schemas, answers),
            repeat_success=tuple(code.value for code in node.each("x-repeat-success") if isinstance(code.value, int)),
            servers=own_servers(node if node.has("servers") else call.item, self.servers, self.report),
            security=security_of(node),
            scopes=scopes_of(node if security_of(node) is not None else self.root),
            source=node.text("x-source") or _link(node) or source,
            uncertain=node.text("x-uncertain"),
            deprecated=node.flag("deprecated"),
            pointer=pointer_text(node.pointer),
        )

    def _check_paging(
        self,
        call: Call,
        paging: ir.Paging | None,
        parameters: tuple[ir.Parameter, ...],
        body: ir.Body | None,
        key: ir.Key | None,
    ) -> None:
        """Report pages that cannot be asked for: what changes from one to the next is a parameter of the query."""
        if paging is None:
            return
        where = f"{call.node.where}/x-pagination"
        wire = dict(paging.settings)["parameter"]
        if not any(item.place == "query" and item.wire == wire for item in parameters):
            self.report.error(where, f"{wire!r} is no parameter of the query")
        if body is not None or key is not None:
            self.report.error(where, "a list with a body or an idempotency key cannot continue on further pages")

    def _without_key(
        self,
        call: Call,
        parameters: tuple[ir.Parameter, ...],
        body: ir.Body | None,
        key: ir.Key | None,
        names: naming.Names,
    ) -> tuple[tuple[ir.Parameter, ...], ir.Key | None]:
        """Take the idempotency key out of the parameters, and give it its keyword."""
        if key is None:
            return parameters, None
        for same in parameters:
            if same.place == key.place and same.wire.lower() == key.wire.lower():
                kept = tuple(parameter for parameter in parameters if parameter is not same)
                return kept, evolve(key, name=same.name, doc=same.doc)
        if key.place == "body" and (body is None or body.whole is not None):
            where = f"{call.node.where}/x-idempotency-key"
            self.report.error(where, "the key goes into a body whose properties are not keywords")
            return parameters, None
        name = naming.snake(key.wire, "key")
        return parameters, evolve(key, name=names.take(name, f"{name}_key"), doc=key_doc(call.node, self.schemas, key))

    # --- events ------------------------------------------------------------------------------------------------------

    def _events(self) -> Iterator[ir.Event]:
        """Yield each request that the API sends. A callback that several operations share comes once."""
        names, constants = naming.Names(), naming.Names.besides({"EVENTS", "TYPE_CHECKING"})
        seen: set[object] = set()
        for name, entry in self._inbound():
            item = self.library.follow(entry)
            if item.place in seen:
                continue
            seen.add(item.place)
            for verb in VERBS:
                if node := item.get(verb):
                    yield self._event(name, node, names, constants)

    def _inbound(self) -> Iterator[tuple[str, Node]]:
        for keyword in ("webhooks", "x-webhooks"):
            yield from self.root.entries(keyword)
        for call in self._calls():
            for name, callback in call.node.entries("callbacks"):
                for expression, item in self.library.follow(callback).items():
                    if not expression.startswith("x-"):
                        yield name, item

    def _event(self, name: str, node: Node, names: naming.Names, constants: naming.Names) -> ir.Event:
        return ir.Event(
            name=names.take(name),
            constant=constants.take(naming.constant(name, "EVENT")),
            type=self._payload(node, naming.pascal(node.text("operationId") or name, "Event"), name),
            doc="\n\n".join(text.strip() for text in (node.text("summary"), node.text("description")) if text.strip()),
            source=node.text("x-source") or _link(node),
            uncertain=node.text("x-uncertain"),
            pointer=pointer_text(node.pointer),
        )

    def _payload(self, node: Node, stem: str, name: str) -> ir.Type:
        body = node.get("requestBody")
        contents = self.library.follow(body).entries("content") if body else ()
        kinds = {media.kind_of(media_name): content for media_name, content in reversed([*contents])}
        for kind in ("json", "form"):
            if kind in kinds and (schema := kinds[kind].get("schema")):
                return self.schemas.type_of(schema, f"{stem}Payload", f"What the event `{name}` carries.")
        return ir.Scalar("str") if kinds.keys() == {"text"} else ir.Anything()


def _given(body: ir.Body | None) -> Iterator[ir.Field | ir.Parameter]:
    """Yield what a body is given as keywords: its properties, and the headers of its parts."""
    if body is not None:
        yield from body.fields
        yield from (header for part in body.parts for header in part.headers)


def _safety(call: Call) -> Literal["idempotent", "unsafe"]:
    stated = call.node.text("x-safety") or ("idempotent" if call.verb in _IDEMPOTENT else "unsafe")
    return "idempotent" if stated == "idempotent" else "unsafe"


def _local_id(operation_id: str, tag: str) -> str:
    """Return an operationId without the tag that it begins with: `tools.execute` in `tools` is `execute`."""
    begins = bool(tag) and operation_id.lower().startswith(tag.lower())
    return (
        operation_id[len(tag) + 1 :]
        if begins and operation_id[len(tag) : len(tag) + 1] in set("./_-:")
        else operation_id
    )


def _link(node: Node) -> str:
    docs = node.get("externalDocs")
    return docs.text("url") if docs else ""
