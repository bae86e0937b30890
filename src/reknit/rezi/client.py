"""What Rezi does its own way: errors inside a 200, and an optional token that lives for 15 minutes."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Mapping
from typing import Any

import aiohttp
import msgspec
from attrs import evolve

from ..errors import APIError, ConfigurationError, DecodeError
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
from ..runtime.codec import Misfit
from ..runtime.credentials import checked_key
from ._generated import operations

__all__ = ["Client"]

#: A short-lived token is valid for 15 minutes; the property that would say so is not documented.
_LIFETIME = 15 * 60.0
_RENEWED_AHEAD = 60.0
_EXPIRED = "jwt verification fails"
_SHORT_CODE = re.compile(r"error code:\s*([A-Za-z0-9_.-]+[A-Za-z0-9_])", re.IGNORECASE)


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
    if answer.status == 204 or not _is_json(answer):
        return None
    try:
        body = _envelope(answer.raw)
    except RecursionError:
        raise Misfit("$", "the JSON is nested too deeply") from None
    except msgspec.ValidationError:
        raise Misfit("$", "the body is not a JSON object") from None
    except msgspec.DecodeError as error:
        raise Misfit("$", f"the body is not JSON: {error}") from None
    word = body.status if isinstance(body.status, str) else body.type
    word = word.strip().lower() if isinstance(word, str) else ""
    if word == "success" or (not word and isinstance(body.access_token, str) and body.access_token):
        return None
    if word == "error":
        return _refusal(answer)
    raise Misfit("$", "neither `status` nor `type` says success or error")


def _is_json(answer: Answer) -> bool:
    media = answer.headers.get("Content-Type", "application/json").partition(";")[0].strip().lower()
    return media.endswith("json") or answer.raw.lstrip()[:1] == b"{"


def _refusal(answer: Answer) -> Failure:
    body = error_object(answer) or {}
    sentence = next((body[name] for name in ("errorCode", "message", "error") if isinstance(body.get(name), str)), None)
    if sentence is None:
        return judge_by_status(answer) or Failure(kind=APIError, message="the API says error and not which")
    code = _SHORT_CODE.search(sentence)
    return Failure(
        kind=APIError if 200 <= answer.status < 300 else class_for_status(answer.status),
        code=code[1] if code else None,
        message=sentence,
        details={name: value for name, value in body.items() if name not in ("status", "type", "errorCode")} or None,
        limited=answer.status == 429,
        expired=answer.status == 401 and _EXPIRED in sentence.lower(),
    )


def _bearer_twice(key: str) -> Mapping[str, str]:
    """Send the key in `Authorization`, as the overview says, and in `Authentication`, as the endpoint tables print it."""
    return {"Authorization": f"Bearer {key}", "Authentication": f"Bearer {key}"}


class ShortLivedToken:
    """A token from `GET /accessToken`, fetched with the secret key, renewed ahead of its end, and once for all who wait."""

    fixed: Mapping[str, str] | None = None

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self._headers: Mapping[str, str] | None = None
        self._renew_at = 0.0
        self._lock: asyncio.Lock | None = None
        self._lock_loop: asyncio.AbstractEventLoop | None = None
        self._seen: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return "ShortLivedToken()"

    async def headers(self) -> Mapping[str, str]:
        loop = asyncio.get_running_loop()
        if self._headers is None or loop.time() >= self._renew_at:
            await self._renew(self._headers)
        assert self._headers is not None
        return self._headers

    async def renew(self, used: Mapping[str, str]) -> bool:
        await self._renew(used)
        return True

    async def _renew(self, used: Mapping[str, str] | None) -> None:
        """Fetch a new token, unless another task has done so since `used` was handed out."""
        loop = asyncio.get_running_loop()
        if self._lock is None or self._lock_loop is not loop:
            self._lock, self._lock_loop = asyncio.Lock(), loop
        async with self._lock:
            if self._headers is not used and self._headers is not None:
                return
            token = await self._fetch()
            self._headers = self._caller.api.scheme(token)
            self._seen = (token, *self._seen)[:4]
            self._renew_at = loop.time() + _LIFETIME - _RENEWED_AHEAD

    async def _fetch(self) -> str:
        token = (await self._caller.call(operations.TOKENS_CREATE_ACCESS_TOKEN)).access_token
        if not isinstance(token, str) or not token:
            error = DecodeError("rezi.tokens.create_access_token: the answer holds no access_token")
            raise error.with_context(path="$.access_token")
        return checked_key(token, "rezi")

    def secrets(self) -> tuple[str, ...]:
        return (*self._seen, *self._caller.credential.secrets())


API = Api(name="rezi", server="https://open-api.rezi.ai/v1", scheme=Bearer(), judge=judge)


class Client(BaseClient):
    """Rezi. The key is `api_key` or `REZI_API_KEY`; see `BaseClient` for the arguments that all clients have.

    With `short_lived` the key only fetches tokens of 15 minutes (`GET /accessToken`), which every other call then carries.
    With `send_authentication_header` the credentials also go into the header `Authentication`, as the vendor's endpoint
    tables print it.
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
        session: aiohttp.ClientSession | None = None,
        timeout: float = 60.0,
        retry: Retry = Retry(),
        limiter: RateLimit | Limiter | None = None,
        hooks: Iterable[Hook] = (),
        allow_insecure: bool = False,
        max_body: int = MAX_BODY,
        short_lived: bool = False,
        send_authentication_header: bool = False,
    ) -> None:
        if not isinstance(short_lived, bool) or not isinstance(send_authentication_header, bool):
            raise ConfigurationError("short_lived and send_authentication_header are True or False")
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
