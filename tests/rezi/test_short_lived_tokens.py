"""`short_lived=True`: one token for all tasks, renewed ahead of its end and where the server calls it expired."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from attrs import define, field

from reknit import RequestOptions, Retry, errors, rezi
from tests import virtual_time
from tests.serving import Reply, Seen, Serve, reply, serving

OK = reply({"status": "success"})
EXPIRED = reply({"status": "error", "errorCode": "Jwt verification fails"}, 401)


@define
class Playing:
    """A Rezi that issues `token-1`, `token-2` …; `seen` has each request as `(path, credential)`."""

    #: The tokens that are accepted; None: the newest.
    accepted: set[str] | None = None
    issue: Callable[[int], Reply | Awaitable[Reply]] = lambda n: reply({"access_token": f"token-{n}", "expires": 1})
    refusal: Reply = EXPIRED
    seen: list[tuple[str, str]] = field(factory=list[tuple[str, str]])

    @property
    def issued(self) -> int:
        return sum(path == "/accessToken" for path, _ in self.seen)

    async def __call__(self, seen: Seen) -> Reply:
        credential = seen.headers["Authorization"].removeprefix("Bearer ")
        self.seen.append((seen.path, credential))
        if seen.path == "/accessToken":
            answer = self.issue(self.issued)
            return answer if isinstance(answer, Reply) else await answer
        accepted = {f"token-{self.issued}"} if self.accepted is None else self.accepted
        return OK if credential in accepted else self.refusal


def client_of(url: str, **arguments: Any) -> rezi.Client:
    return rezi.Client("secret-key", base_url=url, short_lived=True, retry=Retry(base=0.001), **arguments)


def played(playing: Playing, play: Callable[[rezi.Client], Awaitable[None]], **arguments: Any) -> None:
    """Run `play` with a client of a server, in virtual time."""

    async def run() -> None:
        async with serving(playing) as served, client_of(served.url, **arguments) as client:
            await play(client)

    virtual_time.run(run())


async def test_without_it_the_key_is_sent_and_no_token_fetched(serve: Serve) -> None:
    playing = Playing(accepted={"secret-key"})
    served = await serve(playing)
    async with rezi.Client("secret-key", base_url=served.url) as client:
        await client.users.list()
    assert playing.seen == [("/users", "secret-key")]


async def test_one_token_is_fetched_with_the_key_for_twenty_waiting_tasks(serve: Serve) -> None:
    async def issue(number: int) -> Reply:
        await asyncio.sleep(0.05)
        return reply({"access_token": f"token-{number}"})

    playing = Playing(issue=issue)
    served = await serve(playing)
    async with client_of(served.url) as client:
        await asyncio.gather(*(client.users.get(f"u_{number}") for number in range(20)))
    assert playing.seen[0] == ("/accessToken", "secret-key")
    assert [credential for _, credential in playing.seen[1:]] == ["token-1"] * 20


async def test_the_access_token_can_be_asked_for_with_the_key(serve: Serve) -> None:
    playing = Playing()
    served = await serve(playing)
    async with client_of(served.url) as client:
        await client.users.list()
        token = await client.tokens.create_access_token()
    assert token.access_token == "token-2"
    assert [credential for path, credential in playing.seen if path == "/accessToken"] == ["secret-key"] * 2


async def test_the_token_goes_into_both_headers_where_the_user_says_so(serve: Serve) -> None:
    served = await serve(Playing())
    async with client_of(served.url, send_authentication_header=True) as client:
        await client.users.list()
    sent = [(seen.headers["Authorization"], seen.headers["Authentication"]) for seen in served.requests]
    assert sent == [("Bearer secret-key", "Bearer secret-key"), ("Bearer token-1", "Bearer token-1")]


def test_a_token_is_renewed_a_minute_ahead_of_its_fifteen() -> None:
    playing = Playing()

    async def play(client: rezi.Client) -> None:
        await client.users.list()
        await asyncio.sleep(13 * 60 + 59)
        await client.users.list()
        assert playing.issued == 1
        await asyncio.sleep(2)
        await client.users.list()
        assert playing.issued == 2
        assert playing.seen[-1] == ("/users", "token-2")
        await asyncio.sleep(13 * 60)
        await client.users.list()
        assert playing.issued == 2

    played(playing, play)


def test_while_one_call_renews_a_token_ahead_of_its_end_the_others_use_it() -> None:
    async def issue(number: int) -> Reply:
        await asyncio.sleep(5 if number == 2 else 0)
        return reply({"access_token": f"token-{number}"})

    playing = Playing(issue=issue, accepted={"token-1", "token-2"})

    async def play(client: rezi.Client) -> None:
        await asyncio.gather(*(client.users.list() for _ in range(8)))  # so that the limiter has opened
        await asyncio.sleep(14 * 60 + 1)
        del playing.seen[1:]
        await asyncio.gather(*(client.users.list() for _ in range(3)))
        assert playing.seen[1:] == [
            ("/accessToken", "secret-key"),
            ("/users", "token-1"),
            ("/users", "token-1"),
            ("/users", "token-2"),
        ]

    played(playing, play)


def test_a_token_that_could_not_be_renewed_ahead_is_used_to_its_end() -> None:
    def issue(number: int) -> Reply:
        return reply({"access_token": "token-1"}) if number == 1 else reply({"message": "no"}, 403)

    playing = Playing(issue=issue, accepted={"token-1"})

    async def play(client: rezi.Client) -> None:
        await client.users.list()
        await asyncio.sleep(14 * 60 + 1)
        await client.users.list()
        await client.users.list()
        assert playing.issued == 2  # not tried again at once
        await asyncio.sleep(11)
        await client.users.list()
        assert playing.issued == 3
        await asyncio.sleep(60)
        with pytest.raises(errors.Forbidden) as caught:
            await client.users.list()
        assert caught.value.operation == "rezi.tokens.create_access_token"

    played(playing, play)


@pytest.mark.parametrize(
    "refusal",
    [
        EXPIRED,
        reply({"status": "error", "errorCode": "error code: auth-03, JWT Verification Fails!"}, 401),
        reply({"message": "Jwt verification fails"}, 401),
        reply({"error": {"text": "Jwt verification fails"}}, 401),
        reply("Jwt verification fails", 401),
        reply({"status": "error", "errorCode": "Jwt verification fails"}, 200),
    ],
    ids=["sentence", "in a sentence", "message", "somewhere", "text", "in a 200"],
)
@pytest.mark.parametrize("call", ["read", "upgrade"])
async def test_an_expired_token_is_renewed_and_the_call_resent_once_whatever_its_class(
    serve: Serve, refusal: Reply, call: str
) -> None:
    playing = Playing(accepted={"token-2"}, refusal=refusal)
    served = await serve(playing)
    async with client_of(served.url) as client:
        if call == "read":
            await client.users.list()
        else:
            await client.plans.upgrade(plan_id="p", email="e")
    path = "/users" if call == "read" else "/plan/upgrade"
    assert playing.seen == [
        ("/accessToken", "secret-key"),
        (path, "token-1"),
        ("/accessToken", "secret-key"),
        (path, "token-2"),
    ]


async def test_an_expired_token_is_renewed_once_for_all_waiting_tasks(serve: Serve) -> None:
    playing = Playing()
    served = await serve(playing)
    async with client_of(served.url) as client:
        await asyncio.gather(*(client.users.list() for _ in range(20)))
        playing.accepted = {"token-2"}  # from now on token-1 has expired
        await asyncio.gather(*(client.users.list() for _ in range(20)))
    assert playing.issued == 2
    assert sum(credential == "token-2" for _, credential in playing.seen) == 20


async def test_a_second_refusal_of_a_fresh_token_is_raised(serve: Serve) -> None:
    playing = Playing(accepted=set())
    served = await serve(playing)
    async with client_of(served.url) as client:
        with pytest.raises(errors.Unauthorized, match="Jwt verification fails") as caught:
            await client.plans.upgrade(plan_id="p", email="e")
    assert [path for path, _ in playing.seen] == ["/accessToken", "/plan/upgrade"] * 2
    assert [attempt.status for attempt in caught.value.attempts] == [401, 401]


@pytest.mark.parametrize("status", [400, 403, 500])
async def test_the_words_mean_nothing_with_another_status(serve: Serve, status: int) -> None:
    refusal = reply({"status": "error", "errorCode": "Jwt verification fails"}, status)
    playing = Playing(accepted=set(), refusal=refusal)
    served = await serve(playing)
    async with client_of(served.url) as client:
        with pytest.raises(errors.APIError):
            await client.plans.upgrade(plan_id="p", email="e")
    assert playing.issued == 1


async def test_another_401_is_raised_as_it_is(serve: Serve) -> None:
    playing = Playing(accepted=set(), refusal=reply({"status": "error", "errorCode": "private-token error"}, 401))
    served = await serve(playing)
    async with client_of(served.url) as client:
        with pytest.raises(errors.Unauthorized):
            await client.users.list()
    assert [path for path, _ in playing.seen] == ["/accessToken", "/users"]


async def test_a_key_that_is_refused_fails_every_waiting_task_with_one_fetch(serve: Serve) -> None:
    async def issue(_: int) -> Reply:
        await asyncio.sleep(0.05)
        return EXPIRED

    playing = Playing(issue=issue)
    served = await serve(playing)
    async with client_of(served.url) as client:
        results = await asyncio.gather(*(client.users.list() for _ in range(20)), return_exceptions=True)
        assert {type(result) for result in results} == {errors.Unauthorized}
        assert len({id(result) for result in results}) == 20
        assert playing.seen == [("/accessToken", "secret-key")]
        with pytest.raises(errors.Unauthorized):  # the next call tries again
            await client.users.list()
    assert playing.issued == 2


async def test_a_fetch_that_is_cancelled_with_its_task_is_taken_over_by_the_next(serve: Serve) -> None:
    fetching = asyncio.Event()

    async def issue(number: int) -> Reply:
        fetching.set()
        await asyncio.sleep(30 if number == 1 else 0)
        return reply({"access_token": f"token-{number}"})

    playing = Playing(issue=issue)
    served = await serve(playing)
    async with client_of(served.url) as client:
        first = asyncio.create_task(client.users.list())
        await asyncio.wait_for(fetching.wait(), 5)
        second = asyncio.create_task(client.users.list())
        await asyncio.sleep(0.01)
        first.cancel()
        await second
        assert first.cancelled()
    assert [path for path, _ in playing.seen] == ["/accessToken", "/accessToken", "/users"]


async def test_the_deadline_of_a_call_bounds_the_fetch_too(serve: Serve) -> None:
    async def issue(_: int) -> Reply:
        await asyncio.sleep(30)
        raise AssertionError

    served = await serve(Playing(issue=issue))
    async with client_of(served.url) as client:
        with pytest.raises(errors.DeadlineExceeded) as caught:
            await client.plans.upgrade(plan_id="p", email="e", options=RequestOptions(timeout=0.1))
    assert not caught.value.sent


@pytest.mark.parametrize("body", [{"status": "success"}, {"access_token": ""}, {"access_token": "line\nbreak"}])
async def test_an_answer_without_a_usable_token_is_a_decode_error(serve: Serve, body: dict[str, str]) -> None:
    served = await serve(Playing(issue=lambda _: reply(body)))
    async with client_of(served.url) as client:
        with pytest.raises(errors.DecodeError) as caught:
            await client.users.list()
    assert caught.value.path == "$.access_token"
    assert caught.value.operation == "rezi.tokens.create_access_token"


async def test_neither_key_nor_token_is_shown_where_the_server_echoes_them(serve: Serve) -> None:
    playing = Playing(accepted=set(), refusal=reply({"status": "error", "errorCode": "token-1 of secret-key"}, 400))
    served = await serve(playing)
    async with client_of(served.url) as client:
        with pytest.raises(errors.InvalidRequest) as caught:
            await client.users.list()
        assert caught.value.message == "*** of ***"
        playing.accepted, playing.refusal = {"token-2"}, EXPIRED
        await client.users.list()
        playing.accepted, playing.refusal = set(), reply({"status": "error", "errorCode": "after token-1"}, 400)
        with pytest.raises(errors.InvalidRequest) as caught:
            await client.users.list()
        assert caught.value.message == "after ***"
        assert "secret-key" not in repr(client)
        assert "token-1" not in repr(vars(client))
        assert "secret-key" not in repr(vars(client))
