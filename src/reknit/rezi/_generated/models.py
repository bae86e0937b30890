"""Models of Rezi.

Generated from openapi/rezi.yaml (sha256 4c08926a9d097acac5ac4e50ee273f402e1e591d9908013492eca81e53599cd8)
by `python -m codegen generate`. Do not edit.
"""

from __future__ import annotations

from attrs import define, field

from reknit.runtime import blank

__all__ = [
    "AccessToken",
    "ConnectRequest",
    "Connection",
    "Error",
    "Plan",
    "PlanUpgrade",
    "PlanUpgradeRequest",
]


@define(kw_only=True)
class Error:
    """The error envelope, with 400, 401 and 500 and inside a 200."""

    status: str | None = None
    """`error`, in any case."""

    type: str | None = None
    """Stands where `status` is missing."""

    error_code: str = field(metadata={"wire": "errorCode"})
    """A sentence around a short code: `error code: upgrade-07, please contact administrator`."""


@define(kw_only=True)
class AccessToken:
    """A short-lived token for the integrator's own calls. The name of its expiry is not documented."""

    status: str | None = None
    """`success`, in any case."""

    access_token: str | None = field(default=None, repr=blank)
    """Sent as the bearer token, valid for 15 minutes."""


@define(kw_only=True)
class ConnectRequest:
    """The schema `ConnectRequest`."""

    uid: str = field(repr=blank)
    """The integrator's own id of the user. It acts as the user's password."""

    email: str
    """The user's email address."""


@define(kw_only=True)
class Connection:
    """A user's token."""

    status: str | None = None
    """`success`, in any case."""

    user_id: str | None = field(default=None, metadata={"wire": "userID"})
    """The user's id. The overview shows the answer without it."""

    token: str = field(repr=blank)
    """The user's token, valid for less than an hour."""


@define(kw_only=True)
class PlanUpgradeRequest:
    """The schema `PlanUpgradeRequest`."""

    plan_id: str = field(metadata={"wire": "planId"})
    """The plan to change to."""

    email: str
    """The user's email address."""

    ai_token_id: str | None = field(default=None, repr=blank, metadata={"wire": "aiTokenId"})


@define(kw_only=True)
class PlanUpgrade:
    """The upgraded plan."""

    status: str | None = None
    """The envelope's `success`, in any case; not the state of the plan."""

    data: Plan | None = None


@define(kw_only=True)
class Plan:
    """A plan that a user has. Times are unix seconds."""

    plan_id: str | None = None
    status: str | None = None
    """The state of the plan."""

    created: int | None = None
    current_period_start: int | None = None
    current_period_end: int | None = None
