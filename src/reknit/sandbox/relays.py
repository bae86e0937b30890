"""Edgegap's distributed relays: sessions that become ready, and the users that they let in.

A session becomes ready at its second poll, unless told otherwise. See https://docs.edgegap.com/docs/api/relays.
"""

from __future__ import annotations

import ipaddress
from typing import Final, Literal, NoReturn

from attrs import define, field

from .callbacks import Delivery, Message
from .wire import Answer, Api, Call, Handler, Json, Refused, json_answer, no_content
from .world import World

__all__ = ["Relays", "Session", "User"]

#: How many sessions are kept; the oldest goes when one more comes.
_KEPT_SESSIONS: Final = 1_000
#: How many users a session takes.
_MOST_USERS: Final = 1_000


@define
class User:
    """Someone who is let into a session, known by address."""

    ip_address: str
    latitude: float
    longitude: float
    authorization_token: int = field(repr=False)

    def public(self) -> Json:
        """Return what the API says of the user."""
        return {
            "ip_address": self.ip_address,
            "latitude": self.latitude,
            "longitude": self.longitude,
            "authorization_token": self.authorization_token,
        }


@define
class Session:
    """A relay session.

    `relay` stays None until the session is ready; `polls` counts how often it was read before, and `webhook_due` says
    that the webhook has not gone yet.
    """

    session_id: str
    authorization_token: int = field(repr=False)
    users: list[User]
    webhook_url: str | None = field(repr=False)
    status: str = "INITIALIZING"
    ready: bool = False
    linked: bool = False
    error: str | None = None
    relay: Json | None = None
    polls: int = 0
    webhook_due: bool = False

    def public(self) -> Json:
        """Return what the API says of the session."""
        return {
            "session_id": self.session_id,
            "authorization_token": self.authorization_token,
            "status": self.status,
            "ready": self.ready,
            "linked": self.linked,
            "error": self.error,
            "session_users": [user.public() for user in self.users],
            "relay": self.relay,
            "webhook_url": self.webhook_url,
        }


class Relays(Api):
    """The relays API and its organisation's sessions.

    Attributes that may be set at any time: `polls_until_ready` (2: the second poll finds a session ready; None: it
    never becomes so by itself), `revoke_status` (the two answers to revoke-user that the vendor's pages know).
    """

    name = "relays"
    prefix = "/relays"

    def __init__(self, world: World) -> None:
        self.polls_until_ready: int | None = 2
        self.revoke_status: Literal[200, 204] = 200
        self._world = world
        self.sessions: dict[str, Session] = world.kept("session", Session)

    # What a test or a demo does to the relays

    def make_ready(self, session_id: str) -> Session:
        """Let a session become ready now, and its webhook fire."""
        session = self._existing(session_id)
        if not session.ready:
            self._become_ready(session)
        return session

    def fail(self, session_id: str, error: str = "no relay is available") -> Session:
        """Let a session end in an error; it never becomes ready."""
        session = self._existing(session_id)
        session.error, session.status = error, "ERROR"
        self._keep(session)
        self._world.note(self.name, "session.failed", session_id)
        return session

    def resume(self) -> None:
        """Call the webhooks that had not gone when the sandbox stopped."""
        for session in self.sessions.values():
            self._call_webhook(session)

    def _existing(self, session_id: str) -> Session:
        if session_id not in self.sessions:
            raise LookupError(f"there is no session {session_id!r}")
        return self.sessions[session_id]

    def _keep(self, session: Session) -> None:
        self._world.keep("session", session.session_id, session)

    def _forget(self, session_id: str) -> None:
        del self.sessions[session_id]
        self._world.keep("session", session_id, None)

    # The API

    def handlers(self) -> dict[str, Handler]:
        """Return what answers each operation."""
        return {
            "sessions.create": self._create,
            "sessions.list": self._list,
            "sessions.get": self._get,
            "sessions.delete": self._delete,
            "sessions.authorize_user": self._authorize,
            "sessions.revoke_user": self._revoke,
        }

    def admit(self, call: Call) -> None:
        """Check the token; the word `token` before it is part of the header's value."""
        word, _, key = call.headers.get("Authorization", "").partition(" ")
        if word != "token" or self._world.refuses(key):
            self._refuse(401, "the Authorization header must be `token` and a valid API token")

    def problem(self, status: int, message: str) -> Answer:
        """Return the API's error: a message."""
        return json_answer({"message": message}, status)

    def _create(self, call: Call) -> Answer:
        body = call.object
        wanted: list[Json] = body.get("users", [])
        if len(wanted) > _MOST_USERS:
            self._refuse(400, f"a session takes at most {_MOST_USERS} users")
        users = [self._user(user["ip"]) for user in wanted]
        while len(self.sessions) >= _KEPT_SESSIONS:
            self._forget(next(iter(self.sessions)))
        session = Session(
            session_id=self._world.new_id() + "-S",
            authorization_token=self._token(),
            users=users,
            webhook_url=body.get("webhook_url"),
        )
        self.sessions[session.session_id] = session
        self._keep(session)
        self._world.note(self.name, "session.created", session.session_id, users=len(users))
        if self.polls_until_ready == 0:
            self._become_ready(session)
        return json_answer(session.public())

    def _list(self, call: Call) -> Answer:  # noqa: ARG002  # nothing is asked of it: there are no paging parameters
        pagination: Json = {
            "number": 1,
            "next_page_number": None,
            "previous_page_number": None,
            "paginator": {"num_pages": 1},
            "has_next": False,
            "has_previous": False,
        }
        sessions = [session.public() for session in self.sessions.values()]
        return json_answer({"total_count": len(sessions), "sessions": sessions, "pagination": pagination})

    def _get(self, call: Call) -> Answer:
        session = self._session(call.parameters["session_id"], missing=404)
        if not session.ready and session.error is None:
            session.polls += 1
            self._keep(session)
            if self.polls_until_ready is not None and session.polls >= self.polls_until_ready:
                self._become_ready(session)
        return json_answer(session.public())

    def _delete(self, call: Call) -> Answer:
        session = self._session(call.parameters["session_id"], missing=404)
        self._forget(session.session_id)
        self._world.note(self.name, "session.deleted", session.session_id)
        return no_content()

    def _authorize(self, call: Call) -> Answer:
        body = call.object
        # No 404 is documented for this call; a session that is not there is a bad request.
        session = self._session(body["session_id"], missing=400)
        user = self._user(body["user_ip"])
        if any(known.ip_address == user.ip_address for known in session.users):
            self._refuse(409, f"{user.ip_address} is authorized already")
        if len(session.users) >= _MOST_USERS:
            self._refuse(409, f"the session has its {_MOST_USERS} users")
        session.users.append(user)
        self._keep(session)
        self._world.note(self.name, "user.authorized", session.session_id, ip=user.ip_address)
        return json_answer({**session.public(), "session_user": user.public()})

    def _revoke(self, call: Call) -> Answer:
        body = call.object
        session = self._session(body["session_id"], missing=404)
        user = next((user for user in session.users if user.authorization_token == body["authorization_token"]), None)
        if user is None:
            self._refuse(404, "no user of the session has this authorization token")
        session.users.remove(user)
        self._keep(session)
        self._world.note(self.name, "user.revoked", session.session_id, ip=user.ip_address)
        return json_answer(session.public()) if self.revoke_status == 200 else no_content()

    def _become_ready(self, session: Session) -> None:
        number = self._world.chance.randint(1, 250)
        server, client = self._world.chance.sample(range(30_000, 32_000), 2)
        host = f"relay-{number}.edgegap.example"
        session.relay = {
            "ip": f"198.51.100.{number}",  # RFC 5737: addresses for documentation, nobody's
            "host": host,
            "ports": {
                "server": {"port": server, "protocol": "UDP", "link": f"{host}:{server}"},
                "client": {"port": client, "protocol": "UDP", "link": f"{host}:{client}"},
            },
        }
        session.ready = session.linked = True
        session.status = "READY"
        session.webhook_due = session.webhook_url is not None
        self._keep(session)
        self._world.note(self.name, "session.ready", session.session_id)
        self._call_webhook(session)

    def _call_webhook(self, session: Session) -> None:
        if not session.webhook_due or session.webhook_url is None:
            return

        def went(_: Delivery, __: bool | None) -> None:  # noqa: FBT001  # as Delivery calls it
            session.webhook_due = False
            if session.session_id in self.sessions:
                self._keep(session)

        message = Message(self.name, "webhook", session.session_id, session.webhook_url, session.public())
        _ = self._world.outbox.start(Delivery(message, changed=went))

    def _session(self, session_id: str, *, missing: int) -> Session:
        if session_id not in self.sessions:
            self._refuse(missing, f"there is no session {session_id}")
        return self.sessions[session_id]

    def _user(self, address: str) -> User:
        try:
            ip = ipaddress.ip_address(address)
        except ValueError:
            self._refuse(400, f"{address} is no IP address")
        chance = self._world.chance
        return User(
            ip_address=str(ip),
            latitude=round(chance.uniform(-60, 70), 4),
            longitude=round(chance.uniform(-180, 180), 4),
            authorization_token=self._token(),
        )

    def _token(self) -> int:
        # The upper half of 32 bits: whoever reads it into a signed integer finds out here.
        return self._world.chance.randrange(2**31, 2**32)

    def _refuse(self, status: int, message: str) -> NoReturn:
        raise Refused(self.problem(status, message))
