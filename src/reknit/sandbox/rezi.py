"""Rezi: users of a resume product, their resumes and plans.

Errors come as Rezi documents them in different places: inside a 200, and with 400 or 401. Of the short codes only
`connect-01` is documented; the others are the sandbox's own. So is whatever stands beside the envelope's `status` where
Rezi documents a call by its title alone. See https://rezi-1.gitbook.io/rms-guide/rezi-api/overview.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal, NoReturn, TypeAlias

from attrs import define, field

from .keys import is_live
from .wire import Answer, Api, Call, Handler, Json, Refused, json_answer
from .world import World

__all__ = ["Resume", "Rezi", "User"]

ErrorStyle: TypeAlias = Literal["mixed", "in-200", "status"]

#: Short-lived tokens begin so. What begins so and is not known (any more) has expired.
_SHORT_LIVED: Final = "rezi-short-lived-"
_TOKEN_SECONDS: Final = 15 * 60
_EXPIRED: Final = (0.0, False)
_MONTH: Final = 30 * 24 * 3600

#: How many of each are kept; the oldest goes when one more comes. A user takes their resumes along.
_KEPT_USERS: Final = 10_000
_KEPT_RESUMES: Final = 10_000
_KEPT_TOKENS: Final = 10_000


@define
class User:
    """Someone who was connected. `uid` is the integrator's, and acts as the user's password."""

    user_id: str
    email: str
    uid: str = field(repr=False)
    created_at: str
    plan_id: str = "free"
    live: bool = False

    def public(self) -> Json:
        """Return what the API says of the user."""
        return {"userID": self.user_id, "email": self.email, "createdAt": self.created_at, "planId": self.plan_id}


@define
class Resume:
    """A resume. `content` is whatever it was created with, its title among it."""

    resume_id: str
    user_id: str
    created_at: str
    content: Json

    def public(self) -> Json:
        """Return what the API says of the resume."""
        identity = {"resumeID": self.resume_id, "userID": self.user_id, "createdAt": self.created_at}
        return {"title": "Untitled", **self.content, **identity}


class Rezi(Api):
    """The Rezi API and the users of one integrator.

    Attributes that may be set at any time: `errors` (`mixed`: missing information with 400 and the rest inside a 200;
    `in-200`: both inside a 200; `status`: both with 400), `spelling` (how `success` and `error` are spelled:
    `str.upper`), `property_name` (`status`, or `type`, as the overview has it once), `expiry_name` (the property of an
    access token's expiry in seconds: not documented).
    """

    name = "rezi"
    prefix = "/rezi/v1"

    def __init__(self, world: World) -> None:
        self.errors: ErrorStyle = "mixed"
        self.spelling: Callable[[str], str] = str.lower
        self.property_name: Literal["status", "type"] = "status"
        self.expiry_name = "expires_in"
        self._world = world
        self.users: dict[str, User] = world.kept("user", User)
        self.resumes: dict[str, Resume] = world.kept("resume", Resume)
        self._by_email = {(user.live, user.email.casefold()): user for user in self.users.values()}
        self._tokens: dict[str, tuple[float, bool]] = world.kept("token", tuple[float, bool])

    # The API

    def handlers(self) -> dict[str, Handler]:
        """Return what answers each operation."""
        return {
            "tokens.create_access_token": self._create_access_token,
            "users.connect": self._connect,
            "users.list": self._list_users,
            "users.get": self._get_user,
            "users.list_resumes": self._list_resumes,
            "users.create_resume": self._create_resume,
            "resumes.get": self._get_resume,
            "resumes.download": self._download,
            "resumes.score": self._score,
            "plans.upgrade": self._upgrade,
        }

    def admit(self, call: Call) -> None:
        """Check the key or the short-lived token."""
        credential = _credential(call)
        if credential.startswith(_SHORT_LIVED):
            if self._world.clock.now() >= self._tokens.get(credential, _EXPIRED)[0]:
                raise Refused(self._error("Jwt verification fails", 401, "the short-lived token has expired"))
        elif self._world.refuses(credential):
            raise Refused(self.problem(401, "private token authentication error"))

    def problem(self, status: int, message: str) -> Answer:
        """Return the error envelope.

        Its sentence holds a code and no reason, as Rezi's do; the reason stands in `hint`, which is the sandbox's own.
        """
        codes = {400: "request-01", 401: "auth-01", 404: "path-01", 405: "path-02", 413: "request-02"}
        return self._error(_sentence(codes.get(status, "server-01")), status, message)

    def invalid(self, problems: list[str]) -> Answer:
        """Return the error for missing information, in the status that it comes with."""
        status = 200 if self.errors == "in-200" else 400
        return self._error(_sentence("request-01"), status, "; ".join(problems))

    def _create_access_token(self, call: Call) -> Answer:
        if _credential(call).startswith(_SHORT_LIVED):
            raise Refused(self.problem(401, "private token authentication error"))
        now = self._world.clock.now()
        # All live equally long, so those that have expired are the oldest.
        while self._tokens and (self._oldest_token_ends() <= now or len(self._tokens) >= _KEPT_TOKENS):
            self._forget_token(next(iter(self._tokens)))
        token = self._world.new_id(_SHORT_LIVED, 24)
        self._tokens[token] = (now + _TOKEN_SECONDS, is_live(_credential(call)))
        self._world.keep("token", token, self._tokens[token])
        self._world.note(self.name, "token.created", "", seconds=_TOKEN_SECONDS)
        return self._success({"access_token": token, self.expiry_name: _TOKEN_SECONDS})

    def _connect(self, call: Call) -> Answer:
        body = call.object
        live = self._is_live(call)
        user = self._user_of(body["email"], live=live)
        if user is None:
            while len(self.users) >= _KEPT_USERS:
                self._forget_user(next(iter(self.users)))
            user_id = self._world.new_id("user-")
            user = User(user_id, body["email"], body["uid"], self._world.clock.iso(), live=live)
            self.users[user.user_id] = user
            self._by_email[live, user.email.casefold()] = user
            self._world.keep("user", user.user_id, user)
            self._world.note(self.name, "user.created", user.user_id)
        elif user.uid != body["uid"]:
            self._refuse("connect-01", "the email was connected with another uid")
        return self._success({"userID": user.user_id, "token": self._world.new_id("rezi-user-", 24)})

    def _list_users(self, call: Call) -> Answer:
        live = self._is_live(call)
        return self._success({"users": [user.public() for user in self.users.values() if user.live == live]})

    def _get_user(self, call: Call) -> Answer:
        return self._success({"user": self._user(call).public()})

    def _list_resumes(self, call: Call) -> Answer:
        user = self._user(call)
        owned = [resume.public() for resume in self.resumes.values() if resume.user_id == user.user_id]
        return self._success({"resumes": owned})

    def _create_resume(self, call: Call) -> Answer:
        user = self._user(call)
        while len(self.resumes) >= _KEPT_RESUMES:
            self._forget_resume(next(iter(self.resumes)))
        resume = Resume(self._world.new_id("resume-"), user.user_id, self._world.clock.iso(), call.object)
        self.resumes[resume.resume_id] = resume
        self._world.keep("resume", resume.resume_id, resume)
        self._world.note(self.name, "resume.created", resume.resume_id, user=user.user_id)
        return self._success({"resume": resume.public()})

    def _get_resume(self, call: Call) -> Answer:
        return self._success({"resume": self._resume(call).public()})

    def _download(self, call: Call) -> Answer:
        resume = self._resume(call)
        name = f'attachment; filename="{resume.resume_id}.pdf"'
        content = _pdf(str(resume.public()["title"]))
        return Answer(200, content, "application/pdf", {"Content-Disposition": name})

    def _score(self, call: Call) -> Answer:
        resume = self._resume(call)
        # A fuller resume scores higher; the same resume the same.
        return self._success({"resumeID": resume.resume_id, "score": min(100, 40 + 15 * len(resume.content))})

    def _upgrade(self, call: Call) -> Answer:
        body = call.object
        user = self._user_of(body["email"], live=self._is_live(call))
        if user is None:
            self._refuse("upgrade-01", "there is no user with this email")
        user.plan_id = body["planId"]
        self._world.keep("user", user.user_id, user)
        start = int(self._world.clock.now())
        self._world.note(self.name, "plan.upgraded", user.user_id, plan=user.plan_id)
        plan: Json = {
            "created": start,
            "current_period_start": start,
            "current_period_end": start + _MONTH,
            "status": "active",
            "plan_id": user.plan_id,
        }
        return self._success({"data": plan})

    # What the operations share

    def _user(self, call: Call) -> User:
        user = self.users.get(call.parameters["userID"])
        if user is None or user.live != self._is_live(call):
            self._refuse("user-01", "there is no such user")
        return user

    def _user_of(self, email: str, *, live: bool) -> User | None:
        return self._by_email.get((live, email.casefold()))

    def _oldest_token_ends(self) -> float:
        return next(iter(self._tokens.values()))[0]

    def _forget_token(self, token: str) -> None:
        del self._tokens[token]
        self._world.keep("token", token, None)

    def _forget_user(self, user_id: str) -> None:
        user = self.users.pop(user_id)
        del self._by_email[user.live, user.email.casefold()]
        self._world.keep("user", user_id, None)
        for resume_id in [name for name, resume in self.resumes.items() if resume.user_id == user_id]:
            self._forget_resume(resume_id)

    def _forget_resume(self, resume_id: str) -> None:
        del self.resumes[resume_id]
        self._world.keep("resume", resume_id, None)

    def _resume(self, call: Call) -> Resume:
        resume = self.resumes.get(call.parameters["resumeID"])
        if resume is None or self.users[resume.user_id].live != self._is_live(call):
            self._refuse("resume-01", "there is no such resume")
        return resume

    def _is_live(self, call: Call) -> bool:
        """Say which of the two worlds a call is in: that of its key, or of the key that its token was made with."""
        credential = _credential(call)
        return self._tokens[credential][1] if credential in self._tokens else is_live(credential)

    def _success(self, rest: Json) -> Answer:
        return json_answer({self.property_name: self.spelling("success"), **rest})

    def _error(self, sentence: str, status: int, hint: str) -> Answer:
        error = {self.property_name: self.spelling("error"), "errorCode": sentence, "hint": hint}
        return json_answer(error, status)

    def _refuse(self, code: str, hint: str) -> NoReturn:
        raise Refused(self._error(_sentence(code), 400 if self.errors == "status" else 200, hint))


def _credential(call: Call) -> str:
    """Return the bearer token, of either header.

    The overview says `Authorization`, the endpoint tables say `Authentication`.
    """
    header = call.headers.get("Authorization") or call.headers.get("Authentication", "")
    scheme, _, credential = header.partition(" ")
    return credential.strip() if scheme.lower() == "bearer" else ""


def _sentence(code: str) -> str:
    return f"error code: {code}, please contact administrator"


def _pdf(title: str) -> bytes:
    """Return a PDF of one page with a line of text: enough for any viewer to open."""
    line = "".join(char if char.isascii() and char.isprintable() else "?" for char in title)
    line = line.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
    drawing = f"BT /F1 24 Tf 72 720 Td ({line}) Tj ET"
    resources = "<< /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >>"
    objects = (
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources {resources} >>",
        f"<< /Length {len(drawing)} >>\nstream\n{drawing}\nendstream",
    )
    text, offsets = "%PDF-1.4\n", list[int]()
    for number, content in enumerate(objects, 1):
        offsets.append(len(text))
        text += f"{number} 0 obj\n{content}\nendobj\n"
    start = len(text)
    table = "".join(f"{offset:010} 00000 n \n" for offset in offsets)
    size = len(objects) + 1
    text += f"xref\n0 {size}\n0000000000 65535 f \n{table}trailer\n<< /Size {size} /Root 1 0 R >>\n"
    return f"{text}startxref\n{start}\n%%EOF\n".encode()
