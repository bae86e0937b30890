"""Models of Relays.

Generated from openapi/relays.yaml (sha256 eaf94e862673a56ed12d64ec7d31c61bc5e2cc02381fbf2d48538c58e77d8f68)
by `python -m codegen generate`. Do not edit.
"""

from __future__ import annotations

from typing import Any

from attrs import define, field

from reknit.options import UNSET, UnsetType
from reknit.runtime import OpenEnum, blank

__all__ = [
    "AuthorizeUserRequest",
    "AuthorizedSession",
    "CreateSessionRequest",
    "Error",
    "Filter",
    "FilterType",
    "Pagination",
    "Paginator",
    "Port",
    "Ports",
    "Relay",
    "RevokeUserRequest",
    "Session",
    "SessionList",
    "SessionReady",
    "SessionUser",
    "User",
]


class FilterType(OpenEnum):
    """How the values of a filter are meant."""

    ANY = "any"
    ALL = "all"
    NOT = "not"


@define(kw_only=True)
class Error:
    """What went wrong. The body may also be no JSON at all."""

    message: str | None = None
    details: Any = UNSET


@define(kw_only=True)
class CreateSessionRequest:
    """The schema `CreateSessionRequest`."""

    users: list[User] | None = None
    """The users to admit from the start."""

    filters: list[Filter] | None = None
    """Where the relay may stand."""

    webhook_url: str | None = None
    """Called once when the session is ready."""


@define(kw_only=True)
class User:
    """A user to admit."""

    ip: str
    """The user's public IP address."""


@define(kw_only=True)
class Filter:
    """A condition on the relay's place."""

    field: str
    values: list[str]
    filter_type: FilterType


@define(kw_only=True)
class AuthorizeUserRequest:
    """The schema `AuthorizeUserRequest`."""

    session_id: str
    user_ip: str
    """The user's public IP address."""


@define(kw_only=True)
class RevokeUserRequest:
    """The schema `RevokeUserRequest`."""

    session_id: str
    authorization_token: int = field(repr=blank)
    """The user's token, not the session's."""


@define(kw_only=True)
class Session:
    """A relay session."""

    session_id: str
    authorization_token: int | None = field(default=None, repr=blank)
    """The session's token, which every player needs."""

    status: str
    """For people. Decide on `ready`, then on `error`."""

    ready: bool
    """Whether players may connect."""

    linked: bool
    """Whether a relay was found."""

    error: str | UnsetType | None = UNSET
    """Why the session failed. It may stand beside `ready`, which counts first."""

    webhook_url: str | UnsetType | None = UNSET
    session_users: list[SessionUser] | UnsetType | None = UNSET
    """The users who are admitted."""

    relay: Relay | UnsetType | None = UNSET
    """The relay; null until one is linked."""


@define(kw_only=True)
class AuthorizedSession:
    """A relay session with the user that was just admitted."""

    session_id: str
    authorization_token: int | None = field(default=None, repr=blank)
    """The session's token, which every player needs."""

    status: str
    """For people. Decide on `ready`, then on `error`."""

    ready: bool
    """Whether players may connect."""

    linked: bool
    """Whether a relay was found."""

    error: str | UnsetType | None = UNSET
    """Why the session failed. It may stand beside `ready`, which counts first."""

    webhook_url: str | UnsetType | None = UNSET
    session_users: list[SessionUser] | UnsetType | None = UNSET
    """The users who are admitted."""

    relay: Relay | UnsetType | None = UNSET
    """The relay; null until one is linked."""

    session_user: SessionUser | None = None


@define(kw_only=True)
class SessionUser:
    """An admitted user."""

    ip_address: str | None = None
    latitude: float | UnsetType | None = UNSET
    longitude: float | UnsetType | None = UNSET
    authorization_token: int | None = field(default=None, repr=blank)
    """The user's own token, needed beside the session's."""


@define(kw_only=True)
class Relay:
    """Where players connect."""

    ip: str | UnsetType | None = UNSET
    host: str | UnsetType | None = UNSET
    ports: Ports | None = None


@define(kw_only=True)
class Ports:
    """The two ports of a relay."""

    server: Port | None = None
    client: Port | None = None


@define(kw_only=True)
class Port:
    """A port of a relay; `server` is for the game's host, `client` for the other players."""

    port: int | None = None
    protocol: str | None = None
    link: str | None = None


@define(kw_only=True)
class SessionList:
    """The relay sessions."""

    total_count: int
    sessions: list[Session] | UnsetType | None = UNSET
    pagination: Pagination | UnsetType | None = UNSET


@define(kw_only=True)
class Pagination:
    """Which page this is, although none can be asked for."""

    number: int | None = None
    next_page_number: int | UnsetType | None = UNSET
    previous_page_number: int | UnsetType | None = UNSET
    paginator: Paginator | None = None
    has_next: bool | None = None
    has_previous: bool | None = None


@define(kw_only=True)
class Paginator:
    """The schema `Paginator`."""

    num_pages: int | None = None


@define(kw_only=True)
class SessionReady:
    """What a webhook says of a session. Read the session for the rest."""

    session_id: str | None = None
    authorization_token: int | None = field(default=None, repr=blank)
    status: str | None = None
    ready: bool | None = None
    linked: bool | None = None
    error: str | UnsetType | None = UNSET
