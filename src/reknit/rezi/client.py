"""What Rezi does its own way: errors inside a 200, and an optional token that lives for 15 minutes."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Mapping
from copy import copy
from typing import Any

import msgspec
from attrs import evolve

from ..errors import APIError, ConfigurationError, DecodeError, ReknitError, Unauthorized
from ..options import RateLimit, Retry
from ..runtime import (
    MAX_BODY,
    Answer,
    Api,
    BaseClient,
    Bearer,
    Caller,
    Failure,
    Hook,
    KeySource,
    Limiter,
    class_for_status,
    error_object,
    judge_by_status,
)
from ..runtime.answers import string_in
from ..runtime.codec import Misfit
from ..runtime.credentials import checked_key
from ..runtime.transport import Session
from ._generated import operations

__all__ = ["Client"]

#: A short-lived token is valid for 15 minutes; the property that would say so is not documented.
_LIFETIME = 15 * 60.0
_RENEWED_AHEAD = 60.0
#: How long a token that is still valid is used on after it could not be renewed.
_RENEWED_AGAIN_AFTER = 10.0
_EXPIRED = b"jwt verification fails"
_CODE_IN_SENTENCE = re.compile(r"error code:\s*([\w.-]*\w)", re.IGNORECASE | re.ASCII)
_BARE_CODE = re.compile(r"\s*([\w.-]+)\s*", re.ASCII)


class _Envelope(msgspec.Struct):
    status: Any = None
    type: Any = None
    access_token: Any = None


_envelope = msgspec.json.Decoder(_Envelope).decode


def judge(answer: Answer) -> Failure | None:
    """Judge by the envelope: `status`, where it is missing `type`, compared without case.

    Raises Misfit for a JSON body of a 2xx that says neither success nor error: that is malformed, not a success.
    """
    if not 200 <= answer.status < 300:
        return _refusal(answer)
    media = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    is_json = media.endswith("json")
    if answer.status == 204 or not (is_json or answer.raw.lstrip().startswith(b"{")):
        return None
    try:
        word = _word(_envelope(answer.raw))
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        if not is_json:
            return None  # a file that begins with a brace, as RTF does
        reason = "the body is not a JSON object" if isinstance(error, msgspec.ValidationError) else str(error)
        raise Misfit("$", f"there is no envelope: {reason}") from None
    if word == "error":
        return _refusal(answer)
    if word == "success" or not (is_json or media.startswith("text/")):
        return None
    raise Misfit("$", "neither `status` nor `type` says success or error")


def _word(body: _Envelope) -> str:
    word = body.status if isinstance(body.status, str) else body.type
    if isinstance(word, str):
        return word.strip().lower()
    # The page that describes `GET /accessToken` shows its answer without an envelope.
    return "success" if isinstance(body.access_token, str) else ""


def _refusal(answer: Answer) -> Failure:
    body = error_object(answer) or {}
    said = string_in(body, "errorCode")
    sentence = said or string_in(body, "message", "error")
    expired = _EXPIRED in answer.raw.lower()
    if 200 <= answer.status < 300:
        kind = Unauthorized if expired else APIError
    else:
        kind, expired = class_for_status(answer.status), expired and answer.status == 401
    if sentence is None:
        judged = judge_by_status(answer) or Failure(kind=kind, message="the API says error and not which")
        return evolve(judged, expired=expired)
    code = _CODE_IN_SENTENCE.search(said or "") or _BARE_CODE.fullmatch(said or "")
    return Failure(
        kind=kind,
        code=code[1] if code else None,
        message=sentence,
        details={name: value for name, value in body.items() if name not in ("status", "type", "errorCode")} or None,
        limited=answer.status == 429,
        expired=expired,
    )


def _bearer_twice(key: str) -> Mapping[str, str]:
    """Send `Authorization`, as the overview says, and `Authentication`, as the endpoint tables print it."""
    return {"Authorization": f"Bearer {key}", "Authentication": f"Bearer {key}"}


class ShortLivedToken:
    """A token from `GET /accessToken`: fetched with the secret key, renewed ahead of its end, once for all who wait."""

    fixed: Mapping[str, str] | None = None

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self._headers: Mapping[str, str] | None = None
        self._renew_at = self._ends_at = 0.0
        self._lock: asyncio.Lock | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._failure: ReknitError | None = None
        self._seen: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return "ShortLivedToken()"

    async def headers(self) -> Mapping[str, str]:
        now = asyncio.get_running_loop().time()
        valid = self._headers if now < self._ends_at else None
        # While one call renews a token that is still valid, the others use it.
        if valid is not None and (now < self._renew_at or self._lock_of_loop().locked()):
            return valid
        try:
            return await self._renewed(self._headers)
        except ReknitError:
            if valid is None:
                raise
            self._renew_at = now + _RENEWED_AGAIN_AFTER
            return valid

    async def renew(self, used: Mapping[str, str]) -> bool:
        await self._renewed(used)
        return True

    def secrets(self) -> tuple[str, ...]:
        return (*self._seen, *self._caller.credential.secrets())

    def _lock_of_loop(self) -> asyncio.Lock:
        """Return the lock of the running loop."""
        loop = asyncio.get_running_loop()
        if self._lock is None or self._loop is not loop:
            self._lock, self._loop = asyncio.Lock(), loop
        return self._lock

    async def _renewed(self, used: Mapping[str, str] | None) -> Mapping[str, str]:
        """Return other headers than `used`: those that another task has fetched meanwhile, else new ones.

        Who waited while another task's fetch failed gets that failure: it has been through all of its attempts.
        """
        failure_before = self._failure
        async with self._lock_of_loop():
            if self._headers is not None and self._headers is not used:
                return self._headers
            if self._failure is not None and self._failure is not failure_before:
                raise copy(self._failure)
            try:
                token = await self._fetch()
            except ReknitError as failure:
                self._failure = failure
                raise
            self._failure = None
            now = asyncio.get_running_loop().time()
            self._ends_at = now + _LIFETIME
            self._renew_at = self._ends_at - _RENEWED_AHEAD
            scheme = self._caller.api.scheme
            assert scheme is not None
            self._headers = scheme(token)
            self._seen = (token, *self._seen)[:4]
            return self._headers

    async def _fetch(self) -> str:
        operation = operations.TOKENS_CREATE_ACCESS_TOKEN
        token = (await self._caller.call(operation)).access_token
        try:
            return checked_key(token, "rezi")
        except ConfigurationError:
            name = f"rezi.{operation.name}"
            error = DecodeError(f"{name}: the answer has no access_token that a header can carry")
            raise error.with_context(operation=name, path="$.access_token") from None


API = Api(name="rezi", server="https://open-api.rezi.ai/v1", scheme=Bearer(), judge=judge)


class Client(BaseClient):
    """Rezi. The key is `api_key` or `REZI_API_KEY`; see `BaseClient` for the arguments that all clients have.

    With `short_lived` the key only fetches tokens of 15 minutes (`GET /accessToken`), which every other call then
    carries; one token serves all tasks and is renewed ahead of its end. With `send_authentication_header` the
    credentials also go into the header `Authentication`, as the vendor's endpoint tables print it.
    """

    api = API
    tokens: operations.Tokens
    users: operations.Users
    resumes: operations.Resumes
    plans: operations.Plans

    def __init__(
        self,
        api_key: KeySource | None = None,
        *,
        base_url: str | None = None,
        session: Session | None = None,
        timeout: float = 60.0,
        retry: Retry = Retry(),
        limiter: RateLimit | Limiter | None = None,
        hooks: Iterable[Hook] = (),
        allow_insecure: bool = False,
        max_body: int = MAX_BODY,
        short_lived: bool = False,
        send_authentication_header: bool = False,
    ) -> None:
        self._short_lived = short_lived
        self.api = evolve(API, scheme=_bearer_twice) if send_authentication_header else API
        super().__init__(
            api_key,
            base_url=base_url,
            session=session,
            timeout=timeout,
            retry=retry,
            limiter=limiter,
            hooks=hooks,
            allow_insecure=allow_insecure,
            max_body=max_body,
        )

    def _assemble(self, caller: Caller) -> None:
        self.tokens = operations.Tokens(caller)
        if self._short_lived:
            caller = caller.beside(ShortLivedToken(caller))
        self.users = operations.Users(caller)
        self.resumes = operations.Resumes(caller)
        self.plans = operations.Plans(caller)
