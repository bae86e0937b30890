"""The Rezolve Integration Hub: tools, connections, approvals, limits.

Nothing of the error statuses is documented, nor what a replay answers once an approver said no: the sandbox picks one
reading and says here which. See https://docs.rezolve.ai/docs/integration-hub/api-reference.
"""

from __future__ import annotations

import json
import math
from collections import OrderedDict
from collections.abc import Callable
from email.utils import formatdate
from typing import Any, Final, Literal, NoReturn, TypeAlias

import jsonschema_rs
from attrs import Factory, asdict, define, field, frozen

from .ledger import blanked
from .limits import FixedWindow, Limit, TokenBucket
from .specs import problems_of, validator
from .wire import Answer, Api, Call, Handler, Json, Refused, StateConflict, json_answer
from .world import World

__all__ = ["Approval", "Connection", "Rezolve", "Tool"]

Risk: TypeAlias = Literal["read", "write", "destructive", "admin"]

#: The HTTP status of each documented code; only that of RATE_LIMITED is documented.
_STATUS: Final = {
    "UNAUTHORIZED": 401,
    "FORBIDDEN": 403,
    "TOOL_NOT_FOUND": 404,
    "CONNECTION_NOT_FOUND": 404,
    "INVALID_INPUT": 400,
    "APPROVAL_REQUIRED": 403,
    "UPSTREAM_ERROR": 502,
    "RATE_LIMITED": 429,
}
#: What the Hub says where it has no code of its own for it: it does not document these, but a proxy would answer so.
_CODE_OF: Final = {
    400: "INVALID_INPUT",
    401: "UNAUTHORIZED",
    403: "FORBIDDEN",
    404: "NOT_FOUND",
    405: "METHOD_NOT_ALLOWED",
    413: "BODY_TOO_LARGE",
    429: "RATE_LIMITED",
}

#: Answers under idempotency keys that are kept; how long the Hub keeps one is not documented.
_KEPT_KEYS: Final = 10_000
_KEPT_APPROVALS: Final = 1_000
_KEPT_BUCKETS: Final = 1_000
_KEPT_TICKETS: Final = 10_000
_KEPT_CONTACTS: Final = 10_000
_FIRST_TICKETS: Final = 7
#: Whether and when an approval expires is not documented.
_APPROVAL_SECONDS: Final = 7 * 24 * 3600.0


@frozen
class Tool:
    """A vendor-neutral operation of the catalogue. `run` makes the output from a valid input."""

    key: str
    name: str
    risk_level: Risk
    input_schema: Json
    output_schema: Json
    connectors: tuple[str, ...]
    run: Callable[[Json], Json]
    check: jsonschema_rs.Validator = field(
        init=False, repr=False, eq=False, default=Factory(lambda self: validator(self.input_schema), takes_self=True)
    )

    @property
    def domain(self) -> str:
        """The kind of system that the tool is for: the key's first word."""
        return self.key.partition(".")[0]

    def public(self) -> Json:
        """Return what the catalogue says of the tool."""
        return {
            "key": self.key,
            "name": self.name,
            "domain": self.domain,
            "risk_level": self.risk_level,
            "input_schema": self.input_schema,
            "output_schema": self.output_schema,
            "connectors": list(self.connectors),
        }


@define
class Connection:
    """A vendor system that was connected. One that fails its health checks is left out of the routing."""

    connection_id: str
    domain: str
    connector: str
    healthy: bool = True


@define
class Approval:
    """A gated call that waits for an approver, or on which one has acted."""

    approval_id: str
    tool_key: str
    input: Json = field(repr=False)
    idempotency_key: str | None
    requested_at: float
    expires_at: float
    state: Literal["pending", "approved", "rejected", "expired"] = "pending"

    def public(self) -> Json:
        """Return what an approver gets to see."""
        return {
            "approval_id": self.approval_id,
            "tool_key": self.tool_key,
            "input": blanked(self.input),
            "idempotency_key": self.idempotency_key,
            "state": self.state,
            "requested_at": self.requested_at,
            "expires_at": self.expires_at,
        }


@define
class _Execution:
    """What is known of an idempotency key: the request that it belongs to, and its answer once it was executed."""

    request: str
    approval_id: str | None = None
    answer: Json | None = None


class Rezolve(Api):
    """The Hub's API and its one workspace.

    Attributes that may be set at any time: `enveloped_catalogue` (whether `GET /tools` answers with the envelope or
    bare: not documented), `errors_in_200` (whether errors come with HTTP 200), `gated` (the risk levels that need an
    approval), `approval_seconds` (how long one may take: after that the call is expired, which is as if rejected).
    """

    name = "rezolve"
    prefix = "/rezolve/api/v1"

    def __init__(self, world: World) -> None:
        self.enveloped_catalogue = True
        self.errors_in_200 = False
        self.gated: set[Risk] = {"destructive"}
        self.approval_seconds = _APPROVAL_SECONDS
        self._systems = _Systems(world)
        self.tools: dict[str, Tool] = {tool.key: tool for tool in _catalogue(self._systems)}
        self.connections: list[Connection] = [
            Connection("con_itsm_1", "itsm", "servicenow"),
            Connection("con_itsm_2", "itsm", "jira"),
            Connection("con_hris_1", "hris", "workday"),
            Connection("con_crm_1", "crm", "salesforce"),
            Connection("con_iam_1", "iam", "okta"),
        ]
        self._world = world
        self._approvals: dict[str, Approval] = world.kept("approval", Approval)
        self._executions: dict[str, _Execution] = world.kept("execution", _Execution)
        self._forbidden: set[str] = set()
        self._failures: dict[str, list[str]] = {}
        self._buckets: OrderedDict[str, Limit] = OrderedDict()
        self.limit()

    # What a test or a demo does to the Hub

    @property
    def approvals(self) -> list[Approval]:
        """The gated calls, oldest first; those that nobody acted on in time are expired by now."""
        for approval in self._approvals.values():
            self._expire(approval)
        return [*self._approvals.values()]

    def approve(self, key: str) -> Approval:
        """Let a pending call through: `key` is its idempotency key or the approval's id. Its next replay executes."""
        return self._decide(key, "approved")

    def reject(self, key: str) -> Approval:
        """Refuse a pending call: every replay answers FORBIDDEN."""
        return self._decide(key, "rejected")

    def forbid(self, tool_key: str) -> None:
        """Take away the permission for a tool: calling it answers FORBIDDEN."""
        self._forbidden.add(tool_key)

    def fail_upstream(self, tool_key: str, message: str = "the vendor's API failed", *, times: int = 1) -> None:
        """Let the vendor behind a tool fail the next `times` executions: they answer UPSTREAM_ERROR."""
        self._failures.setdefault(tool_key, []).extend([message] * times)

    def limit(
        self,
        rate: float = 10_000.0,
        burst: int = 10_000,
        *,
        window: float | None = None,
        headers: bool = True,
        reset: Literal["seconds", "epoch"] = "seconds",
        retry_after: bool = True,
    ) -> None:
        """Let every API key make `burst` calls at once and `rate` a second after that, or `burst` in each `window`.

        A window is so many seconds from an API key's first call in it, and `rate` then means nothing.
        `headers` says whether answers carry `X-RateLimit-*`, `reset` what X-RateLimit-Reset is in (when the bucket is
        full again), `retry_after` whether a 429 has Retry-After. Without arguments: the generous limit of the
        beginning.
        """
        if not rate > 0 or burst < 1:
            raise ValueError(f"a limit needs a rate above 0 and a burst of at least 1, not {rate!r} and {burst!r}")
        if window is not None and not window > 0:
            raise ValueError(f"a window lasts longer than 0 seconds, not {window!r}")
        self._limit = (rate, burst, window)
        self._limit_headers = headers
        self._limit_reset: Literal["seconds", "epoch"] = reset
        self._limit_retry_after = retry_after
        self._buckets.clear()

    # The API

    def handlers(self) -> dict[str, Handler]:
        """Return what answers each operation."""
        return {"tools.list": self._list, "tools.get": self._get, "tools.execute": self._execute}

    def admit(self, call: Call) -> None:
        """Check the key, then take a token of its bucket."""
        key = _key(call)
        if self._world.refuses(key):
            self._refuse("UNAUTHORIZED", "the API key is missing or not valid")
        now = self._world.clock.now()
        if self._bucket(key).take(now):
            return
        no = self._error("RATE_LIMITED", "too many requests for this API key")
        if self._limit_retry_after:
            no = no.with_headers({"Retry-After": str(max(1, math.ceil(self._bucket(key).next_in(now))))})
        raise Refused(no)

    def finish(self, call: Call, answer: Answer) -> Answer:
        """Say on every answer to a valid key what is left of its limit."""
        key = _key(call)
        if not self._limit_headers or self._world.refuses(key):
            return answer
        now, bucket = self._world.clock.now(), self._bucket(key)
        reset = bucket.full_in(now)
        if self._limit_reset == "epoch":  # a point in the sandbox's time, so the answer says what that is
            reset += now
            answer = answer.with_headers({"Date": formatdate(now, usegmt=True)})
        return answer.with_headers(
            {
                "X-RateLimit-Limit": str(bucket.burst),
                "X-RateLimit-Remaining": str(bucket.remaining(now)),
                "X-RateLimit-Reset": str(math.ceil(reset)),
            }
        )

    def problem(self, status: int, message: str) -> Answer:
        """Return the error envelope."""
        return self._error(_CODE_OF.get(status, "INTERNAL_ERROR"), message, status)

    def invalid(self, problems: list[str]) -> Answer:
        """Return INVALID_INPUT, in whatever status errors come."""
        status = 200 if self.errors_in_200 else None
        return self._error("INVALID_INPUT", problems[0], status, problems=problems)

    def _list(self, call: Call) -> Answer:
        domain = call.query.get("domain")
        return self._catalogue_answer([tool.public() for tool in self.tools.values() if domain in (None, tool.domain)])

    def _get(self, call: Call) -> Answer:
        return self._catalogue_answer(self._tool(call).public())

    def _execute(self, call: Call) -> Answer:
        tool = self._tool(call)
        body = call.object
        tool_input: Json = body["input"]
        if wrong := problems_of(tool.check, tool_input, "input"):
            self._refuse("INVALID_INPUT", wrong[0], problems=wrong)
        self._check_permission(tool, _key(call))
        connection = self._connection(tool, body.get("connection_id"))
        if body.get("dry_run", False):
            return json_answer(self._success({"valid": True, "dry_run": True}, connection))
        request = json.dumps([tool.key, body.get("connection_id"), tool_input], sort_keys=True)
        key: str | None = body.get("idempotency_key")
        execution = self._execution(key, request)
        if execution.answer is None:
            self._check_approval(tool, tool_input, key, execution)
            execution.answer = self._success(self._run(tool, tool_input), connection)
            if key is not None:
                self._world.keep("execution", key, execution)
            self._world.note(self.name, tool.key, connection.connection_id, key=key, input=tool_input)
        return json_answer(execution.answer)

    # Steps of an execution

    def _tool(self, call: Call) -> Tool:
        key = call.parameters["tool_key"]
        if key not in self.tools:
            self._refuse("TOOL_NOT_FOUND", f"there is no tool {key}")
        return self.tools[key]

    def _check_permission(self, tool: Tool, key: str) -> None:
        # What makes a key an administrator's is not documented: here, its first word.
        if tool.key in self._forbidden or (tool.risk_level == "admin" and not key.startswith("admin")):
            self._refuse("FORBIDDEN", f"the API key lacks permission for {tool.key}")

    def _connection(self, tool: Tool, connection_id: str | None) -> Connection:
        usable = (item for item in self.connections if item.healthy and item.domain == tool.domain)
        connection = next((item for item in usable if connection_id in (None, item.connection_id)), None)
        if connection is None:
            named = f"connection {connection_id}" if connection_id else "connection"
            self._refuse("CONNECTION_NOT_FOUND", f"there is no active {named} for the domain {tool.domain}")
        return connection

    def _execution(self, key: str | None, request: str) -> _Execution:
        if key is None:
            return _Execution(request)
        execution = self._executions.get(key)
        if execution is None:
            while len(self._executions) >= _KEPT_KEYS:
                oldest = next(iter(self._executions))
                del self._executions[oldest]
                self._world.keep("execution", oldest, None)
            execution = self._executions[key] = _Execution(request)
            self._world.keep("execution", key, execution)
        elif execution.request != request:
            self._refuse("INVALID_INPUT", "the idempotency key was used for another tool, connection or input", 409)
        return execution

    def _check_approval(self, tool: Tool, tool_input: Json, key: str | None, execution: _Execution) -> None:
        if tool.risk_level not in self.gated and execution.approval_id is None:
            return
        approval = self._approvals.get(execution.approval_id or "")
        if approval is None:
            approval = self._request_approval(tool, tool_input, key)
            execution.approval_id = approval.approval_id
            if key is not None:
                self._world.keep("execution", key, execution)
        self._expire(approval)
        if approval.state == "pending":
            self._refuse("APPROVAL_REQUIRED", f"{tool.key} waits for an approval", approval_id=approval.approval_id)
        if approval.state != "approved":
            reason = (
                f"an approver rejected {tool.key}" if approval.state == "rejected" else "nobody approved it in time"
            )
            self._refuse("FORBIDDEN", reason, approval_id=approval.approval_id)

    def _request_approval(self, tool: Tool, tool_input: Json, key: str | None) -> Approval:
        now = self._world.clock.now()
        while len(self._approvals) >= _KEPT_APPROVALS:
            oldest = next(iter(self._approvals))
            del self._approvals[oldest]
            self._world.keep("approval", oldest, None)
        approval = Approval(
            self._world.new_id("apr_"),
            tool.key,
            tool_input,
            key,
            requested_at=now,
            expires_at=now + self.approval_seconds,
        )
        self._approvals[approval.approval_id] = approval
        self._world.keep("approval", approval.approval_id, approval)
        self._world.note(self.name, "approval.requested", approval.approval_id, key=key, tool=tool.key)
        return approval

    def _expire(self, approval: Approval) -> None:
        if approval.state == "pending" and self._world.clock.now() >= approval.expires_at:
            self._decided(approval, "expired")

    def _decided(self, approval: Approval, state: Literal["approved", "rejected", "expired"]) -> None:
        approval.state = state
        self._world.keep("approval", approval.approval_id, approval)
        self._world.note(self.name, f"approval.{state}", approval.approval_id, key=approval.idempotency_key)

    def _run(self, tool: Tool, tool_input: Json) -> Json:
        if failures := self._failures.get(tool.key):
            self._refuse("UPSTREAM_ERROR", failures.pop(0), vendor=tool.connectors[0])
        try:
            return tool.run(tool_input)
        except LookupError as error:
            # The vendor did not fail, the call was wrong: a 5xx would tell a caller to come again.
            self._refuse("UPSTREAM_ERROR", str(error.args[0]), 404, vendor=tool.connectors[0], vendor_status=404)

    def _decide(self, key: str, state: Literal["approved", "rejected"]) -> Approval:
        found = [item for item in self.approvals if key in (item.idempotency_key, item.approval_id)]
        if not found:
            raise LookupError(f"no call waits for an approval under {key!r}")
        approval = found[-1]
        if approval.state != "pending":
            raise StateConflict(f"the call under {key!r} was {approval.state} already")
        self._decided(approval, state)
        return approval

    # Envelopes

    def _success(self, data: Json, connection: Connection) -> Json:
        return {
            "success": True,
            "data": data,
            "connection_id": connection.connection_id,
            "duration_ms": self._world.chance.randint(20, 180),
            "request_id": self._world.new_id("req_"),
        }

    def _catalogue_answer(self, data: object) -> Answer:
        if not self.enveloped_catalogue:
            return json_answer(data)
        return json_answer({"success": True, "data": data, "request_id": self._world.new_id("req_")})

    def _error(self, code: str, message: str, status: int | None = None, **details: object) -> Answer:
        error = {"code": code, "message": message, "details": details}
        envelope = {"success": False, "error": error, "request_id": self._world.new_id("req_")}
        return json_answer(envelope, status or _STATUS[code])

    def _refuse(self, code: str, message: str, status: int | None = None, **details: object) -> NoReturn:
        raise Refused(self._error(code, message, 200 if self.errors_in_200 else status, **details))

    def _bucket(self, key: str) -> Limit:
        if key not in self._buckets:
            rate, burst, window = self._limit
            self._buckets[key] = TokenBucket(rate, burst) if window is None else FixedWindow(burst, window)
            if len(self._buckets) > _KEPT_BUCKETS:
                self._buckets.popitem(last=False)
        return self._buckets[key]


def _key(call: Call) -> str:
    scheme, _, key = call.headers.get("Authorization", "").partition(" ")
    return key.strip() if scheme.lower() == "bearer" else ""


# The vendors behind the Hub


@define
class _Ticket:
    id: int
    title: str
    priority: str = "normal"
    state: str = "open"


class _Systems:
    """The vendors' systems, as far as the catalogue reaches into them."""

    def __init__(self, world: World) -> None:
        self._world = world
        titles = ("VPN drops", "new laptop", "printer jam", "mail quota", "badge lost", "slow wiki", "old printer")
        first = {number: _Ticket(number, title) for number, title in enumerate(titles, 1)}
        kept = {ticket.id: ticket for ticket in world.kept("ticket", _Ticket).values()}
        gone = {*world.kept("deleted ticket", int).values()}
        self.tickets = {number: ticket for number, ticket in {**first, **kept}.items() if number not in gone}
        self.employees = {"E-100": {"id": "E-100", "name": "Ada Byron", "department": "Research"}}
        self.contacts = {"C-1": {"id": "C-1", "name": "Grace H.", "email": "grace@example.com"}}
        self.contacts.update(world.kept("contact", dict[str, str]))
        self._last_ticket = world.kept("number", int).get("ticket", len(titles))

    def list_tickets(self, wanted: Json) -> Json:
        """Return the tickets in a state, all of them without one."""
        state = wanted.get("state")
        return {"tickets": [asdict(ticket) for ticket in self.tickets.values() if state in (None, ticket.state)]}

    def create_ticket(self, wanted: Json) -> Json:
        """Open a ticket."""
        self._last_ticket += 1
        ticket = _Ticket(self._last_ticket, wanted["title"], wanted.get("priority", "normal"))
        self.tickets[ticket.id] = ticket
        self._world.keep("ticket", str(ticket.id), ticket)
        self._world.keep("number", "ticket", ticket.id)
        while len(self.tickets) > _KEPT_TICKETS:
            self.delete_ticket({"id": next(iter(self.tickets))})
        return asdict(ticket)

    def delete_ticket(self, wanted: Json) -> Json:
        """Delete a ticket for good."""
        if self.tickets.pop(wanted["id"], None) is None:
            raise LookupError(f"the vendor has no ticket {wanted['id']}")
        self._world.keep("ticket", str(wanted["id"]), None)
        if wanted["id"] <= _FIRST_TICKETS:
            self._world.keep("deleted ticket", str(wanted["id"]), wanted["id"])
        return {"id": wanted["id"], "deleted": True}

    def get_employee(self, wanted: Json) -> Json:
        """Return an employee's record."""
        if wanted["id"] not in self.employees:
            raise LookupError(f"the vendor has no employee {wanted['id']}")
        return dict(self.employees[wanted["id"]])

    def update_contact(self, wanted: Json) -> Json:
        """Change a contact, or add it."""
        while len(self.contacts) >= _KEPT_CONTACTS and wanted["id"] not in self.contacts:
            oldest = next(iter(self.contacts))
            del self.contacts[oldest]
            self._world.keep("contact", oldest, None)
        contact = self.contacts.setdefault(wanted["id"], {"id": wanted["id"]})
        contact.update(wanted)
        self._world.keep("contact", wanted["id"], contact)
        return dict(contact)

    def search_contacts(self, wanted: Json) -> Json:
        """Return the contacts whose name holds the query."""
        query = wanted["query"].lower()
        return {"contacts": [item for item in self.contacts.values() if query in item.get("name", "").lower()]}

    def grant_role(self, wanted: Json) -> Json:
        """Give a user a role."""
        return {"user": wanted["user"], "role": wanted["role"], "granted": True}

    def list_invoices(self, wanted: Json) -> Json:  # noqa: ARG002  # every tool takes its input
        """Return no invoices; no system of this domain is connected."""
        return {"invoices": []}


def _catalogue(systems: _Systems) -> tuple[Tool, ...]:
    text: Json = {"type": "string", "minLength": 1}
    ticket = _object(id={"type": "integer"}, title=text, priority={"type": "string"}, state={"type": "string"})
    contact = _object(id=text, name={"type": "string"}, email={"type": "string"})
    itsm, crm = ("servicenow", "jira"), ("salesforce", "hubspot")
    return (
        Tool(
            "itsm.tickets.list",
            "List tickets",
            "read",
            _object(state={"type": "string", "enum": ["open", "closed"]}),
            _object(tickets={"type": "array", "items": ticket}),
            itsm,
            systems.list_tickets,
        ),
        Tool(
            "itsm.tickets.create",
            "Create a ticket",
            "write",
            _object("title", title=text, priority={"type": "string", "enum": ["low", "normal", "high"]}),
            ticket,
            itsm,
            systems.create_ticket,
        ),
        Tool(
            "itsm.tickets.delete",
            "Delete a ticket for good",
            "destructive",
            _object("id", id={"type": "integer", "minimum": 1}),
            _object(id={"type": "integer"}, deleted={"type": "boolean"}),
            itsm,
            systems.delete_ticket,
        ),
        Tool(
            "hris.employees.get",
            "Read an employee's record",
            "read",
            _object("id", id=text),
            _object(id=text, name=text, department=text),
            ("workday",),
            systems.get_employee,
        ),
        Tool(
            "crm.contacts.search",
            "Find contacts by name",
            "read",
            _object("query", query=text),
            _object(contacts={"type": "array", "items": contact}),
            crm,
            systems.search_contacts,
        ),
        Tool(
            "crm.contacts.update",
            "Change a contact",
            "write",
            _object("id", id=text, name=text, email=text),
            contact,
            crm,
            systems.update_contact,
        ),
        Tool(
            "iam.roles.grant",
            "Give a user a role",
            "admin",
            _object("user", "role", user=text, role=text),
            _object(user=text, role=text, granted={"type": "boolean"}),
            ("okta",),
            systems.grant_role,
        ),
        Tool(
            "finance.invoices.list",
            "List invoices",
            "read",
            _object(),
            _object(invoices={"type": "array", "items": {"type": "object"}}),
            ("netsuite",),
            systems.list_invoices,
        ),
    )


def _object(*required: str, **properties: dict[str, Any]) -> Json:
    schema: Json = {"type": "object", "properties": properties, "additionalProperties": False}
    return {**schema, "required": list(required)} if required else schema
