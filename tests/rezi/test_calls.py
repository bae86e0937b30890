"""What goes to Rezi and what comes back: an envelope with errors inside a 200, and secrets that are shown nowhere."""

from __future__ import annotations

from typing import Any

import pytest

from reknit import Retry, errors, rezi
from reknit.rezi.client import judge
from reknit.runtime import Answer
from reknit.runtime.codec import Misfit
from tests.serving import Serve, reply, script

CONNECTED = {"status": "success", "userID": "u_1", "token": "user-token-1"}
SENTENCE = "error code: connect-01, please contact administrator"


def client_of(url: str, **arguments: Any) -> rezi.Client:
    return rezi.Client("rezi-key", base_url=url, retry=Retry(base=0.001), **arguments)


async def test_connecting_a_user_returns_the_token(serve: Serve) -> None:
    served = await serve(script(reply(CONNECTED), reply({"status": "success", "token": "t"})))
    async with client_of(served.url) as client:
        user = await client.users.connect(uid="the-uid", email="ada@example.org")
        bare = await client.users.connect(uid="the-uid", email="ada@example.org")
    assert (user.user_id, user.token) == ("u_1", "user-token-1")
    assert (bare.user_id, bare.token) == (None, "t")
    assert "user-token-1" not in repr(user)
    assert (served.requests[0].method, served.requests[0].target) == ("POST", "/user/token")
    assert served.requests[0].json == {"uid": "the-uid", "email": "ada@example.org"}


async def test_the_credentials_go_into_authorization_alone(serve: Serve) -> None:
    served = await serve(reply(CONNECTED))
    async with client_of(served.url) as client:
        await client.users.connect(uid="u", email="e")
    assert served.requests[0].headers["Authorization"] == "Bearer rezi-key"
    assert "Authentication" not in served.requests[0].headers


async def test_the_credentials_go_into_both_headers_where_the_user_says_so(serve: Serve) -> None:
    served = await serve(reply({"message": "rezi-key is no key"}, 401))
    async with client_of(served.url, send_authentication_header=True) as client:
        with pytest.raises(errors.Unauthorized) as caught:
            await client.users.connect(uid="u", email="e")
    headers = served.requests[0].headers
    assert headers["Authorization"] == headers["Authentication"] == "Bearer rezi-key"
    assert "rezi-key" not in f"{caught.value}{caught.value.message}"


@pytest.mark.parametrize("word", ["status", "type"])
@pytest.mark.parametrize("case", ["error", "ERROR", "Error"])
async def test_an_error_in_a_200_is_raised(serve: Serve, word: str, case: str) -> None:
    served = await serve(reply({word: case, "errorCode": SENTENCE}))
    async with client_of(served.url) as client:
        with pytest.raises(errors.APIError) as caught:
            await client.users.list()
    error = caught.value
    assert type(error) is errors.APIError
    assert (error.status, error.code, error.message) == (200, "connect-01", SENTENCE)
    assert str(error) == f"rezi.users.list: 200 connect-01: {SENTENCE}"
    assert len(served.requests) == 1


@pytest.mark.parametrize("word", ["status", "type"])
@pytest.mark.parametrize("case", ["success", "SUCCESS", "Success"])
async def test_a_success_is_one_in_any_case_and_keeps_what_it_holds(serve: Serve, word: str, case: str) -> None:
    served = await serve(reply({word: case, "users": [{"id": 1}]}))
    async with client_of(served.url) as client:
        assert await client.users.list() == {word: case, "users": [{"id": 1}]}


async def test_status_counts_before_type(serve: Serve) -> None:
    served = await serve(
        script(reply({"status": "success", "type": "error"}), reply({"status": "error", "type": "success"}))
    )
    async with client_of(served.url) as client:
        await client.users.list()
        with pytest.raises(errors.APIError):
            await client.users.list()


@pytest.mark.parametrize(
    "body",
    [{}, {"users": []}, {"status": "fine"}, {"status": None}, {"type": 1}, [], [{"status": "success"}], "success"],
)
async def test_a_body_with_neither_word_is_malformed_and_not_a_success(serve: Serve, body: Any) -> None:
    served = await serve(reply(body))
    async with client_of(served.url) as client:
        with pytest.raises(errors.DecodeError) as caught:
            await client.users.list()
    assert (caught.value.status, caught.value.path) == (200, "$")
    assert caught.value.raw
    assert len(served.requests) == 1


@pytest.mark.parametrize("raw", [b"", b"{", b'{"status": "\xff"}', b'{"status": ' + b"[" * 100_000, b"OK"])
async def test_a_200_that_is_not_json_is_malformed(serve: Serve, raw: bytes) -> None:
    served = await serve(reply(raw, Content_Type="application/json"))
    async with client_of(served.url) as client:
        with pytest.raises(errors.DecodeError):
            await client.users.list()
    assert len(served.requests) == 1


@pytest.mark.parametrize(
    ("said", "code", "message"),
    [
        (SENTENCE, "connect-01", SENTENCE),
        ("Error Code: plan_upgrade.7", "plan_upgrade.7", "Error Code: plan_upgrade.7"),
        ("error code: 7. Try later", "7", "error code: 7. Try later"),
        ("connect-01", "connect-01", "connect-01"),
        ("something else went wrong", None, "something else went wrong"),
    ],
)
async def test_the_short_code_is_taken_out_of_the_sentence(
    serve: Serve, said: str, code: str | None, message: str
) -> None:
    served = await serve(reply({"status": "error", "errorCode": said}))
    async with client_of(served.url) as client:
        with pytest.raises(errors.APIError) as caught:
            await client.users.list()
    assert (caught.value.code, caught.value.message) == (code, message)


async def test_an_error_that_says_no_more_is_still_one(serve: Serve) -> None:
    served = await serve(reply({"status": "error", "hint": 1}))
    async with client_of(served.url) as client:
        with pytest.raises(errors.APIError) as caught:
            await client.users.list()
    assert (caught.value.code, caught.value.status) == (None, 200)


async def test_what_stands_beside_the_sentence_is_in_the_details(serve: Serve) -> None:
    served = await serve(reply({"status": "error", "errorCode": SENTENCE, "field": "email"}))
    async with client_of(served.url) as client:
        with pytest.raises(errors.APIError) as caught:
            await client.users.list()
    assert caught.value.details == {"field": "email"}


@pytest.mark.parametrize(
    ("status", "expected"),
    [(400, errors.InvalidRequest), (401, errors.Unauthorized), (404, errors.NotFound), (418, errors.APIError)],
)
async def test_errors_with_their_own_status_occur_too(
    serve: Serve, status: int, expected: type[errors.APIError]
) -> None:
    served = await serve(script(reply({"status": "error", "errorCode": SENTENCE}, status), reply(b"no", status)))
    async with client_of(served.url) as client:
        with pytest.raises(expected) as caught:
            await client.users.list()
        assert (caught.value.code, caught.value.message) == ("connect-01", SENTENCE)
        with pytest.raises(expected) as caught:
            await client.users.list()
        assert (caught.value.code, caught.value.message) == (None, "no")


async def test_an_expired_key_in_a_200_is_unauthorized(serve: Serve) -> None:
    served = await serve(reply({"status": "error", "errorCode": "Jwt verification fails"}))
    async with client_of(served.url) as client:
        with pytest.raises(errors.Unauthorized) as caught:
            await client.users.list()
    assert caught.value.status == 200
    assert len(served.requests) == 1


async def test_a_500_is_resent_for_reads(serve: Serve) -> None:
    served = await serve(script(reply({"status": "error", "errorCode": SENTENCE}, 500), reply({"status": "success"})))
    async with client_of(served.url) as client:
        await client.users.get("u_1")
    assert len(served.requests) == 2


@pytest.mark.parametrize("status", [500, 503])
async def test_an_upgrade_bills_and_arrives_once(serve: Serve, status: int) -> None:
    served = await serve(reply({"status": "error", "errorCode": SENTENCE}, status))
    async with client_of(served.url) as client:
        with pytest.raises(errors.ServerError):
            await client.plans.upgrade(plan_id="p", email="ada@example.org")
    assert len(served.requests) == 1
    assert served.requests[0].json == {"planId": "p", "email": "ada@example.org"}


@pytest.mark.parametrize("call", ["connect", "create_resume"])
async def test_what_changes_something_is_not_resent_after_a_failure(serve: Serve, call: str) -> None:
    served = await serve(reply(b"", 503))
    async with client_of(served.url) as client:
        with pytest.raises(errors.ServerError):
            if call == "connect":
                await client.users.connect(uid="u", email="e")
            else:
                await client.users.create_resume("u_1", body={"name": "r"})
    assert len(served.requests) == 1


@pytest.mark.parametrize("body", [b"", {"status": "error", "errorCode": "error code: rate-01, slow down"}])
async def test_an_upgrade_that_was_refused_for_its_rate_is_resent(serve: Serve, body: Any) -> None:
    served = await serve(script(reply(body, 429, retry_after="0"), reply({"status": "success"})))
    async with client_of(served.url) as client:
        await client.plans.upgrade(plan_id="p", email="e")
    assert len(served.requests) == 2


async def test_the_plans_own_status_is_not_the_envelopes(serve: Serve) -> None:
    plan = {"plan_id": "p", "status": "error", "created": 1754035200, "current_period_end": 1756713600}
    served = await serve(reply({"status": "success", "data": plan}))
    async with client_of(served.url) as client:
        upgraded = await client.plans.upgrade(plan_id="p", email="e")
    assert upgraded.data
    assert (upgraded.data.status, upgraded.data.created) == ("error", 1754035200)


async def test_a_uid_that_the_servers_message_echoes_is_blanked(serve: Serve) -> None:
    uid = "correct horse/battery"
    said = f"error code: connect-02, {uid} is taken"
    served = await serve(reply({"status": "error", "errorCode": said, "given": {"uid": uid}}))
    async with client_of(served.url) as client:
        with pytest.raises(errors.APIError) as caught:
            await client.users.connect(uid=uid, email="ada@example.org")
    error = caught.value
    shown = f"{error} {error!r} {error.message} {error.details} {error.code} {error.args}"
    assert "battery" not in shown
    assert error.message == "error code: connect-02, *** is taken"


def test_no_repr_of_a_request_or_an_answer_shows_a_secret() -> None:
    assert "s3cret" not in repr(rezi.ConnectRequest(uid="s3cret", email="e"))
    assert "s3cret" not in repr(rezi.Connection(token="s3cret"))
    assert "s3cret" not in repr(rezi.AccessToken(access_token="s3cret"))


PDF = b"%PDF-1.7 \x00\xff"
RTF = rb"{\rtf1\ansi Ada}"


@pytest.mark.parametrize(
    ("content", "media"),
    [
        (PDF, "application/pdf"),
        (PDF, "application/octet-stream"),
        (RTF, "application/rtf"),
        (RTF, "text/rtf"),
        (b'{"resume": true}', "application/octet-stream"),
    ],
)
async def test_a_download_may_be_the_bytes_of_a_file(serve: Serve, content: bytes, media: str) -> None:
    served = await serve(reply(content, Content_Type=media))
    async with client_of(served.url) as client:
        assert await client.resumes.download("r") == content


async def test_a_download_may_be_json_and_an_error(serve: Serve) -> None:
    error = '{"status": "error", "errorCode": "resume-404"}'
    served = await serve(
        script(
            reply({"status": "success", "url": "https://example.org/r.pdf"}),
            reply(error, Content_Type="application/octet-stream"),
            reply(error, Content_Type="text/html"),
        )
    )
    async with client_of(served.url) as client:
        assert await client.resumes.download("r") == {"status": "success", "url": "https://example.org/r.pdf"}
        for _ in range(2):
            with pytest.raises(errors.APIError) as caught:
                await client.resumes.download("r")
            assert caught.value.code == "resume-404"


@pytest.mark.parametrize("content", [PDF, RTF, b""])
def test_without_a_media_type_only_an_envelope_is_judged(content: bytes) -> None:
    assert judge(Answer(200, {}, content)) is None
    failure = judge(Answer(200, {}, b'{"status": "error", "errorCode": "resume-404"}'))
    assert failure is not None
    assert failure.code == "resume-404"


@pytest.mark.parametrize("media", ["text/plain", "text/html; charset=utf-8"])
def test_json_under_a_wrong_name_needs_the_word_too(media: str) -> None:
    with pytest.raises(Misfit):
        judge(Answer(200, {"Content-Type": media}, b'{"users": []}'))


async def test_ids_are_one_path_segment(serve: Serve) -> None:
    served = await serve(reply({"status": "success"}))
    async with client_of(served.url) as client:
        await client.users.list_resumes("a/b c")
        await client.resumes.score("r?1")
    assert [seen.target for seen in served.requests] == ["/user/a%2Fb%20c/resumes", "/resume/r%3F1/score"]
