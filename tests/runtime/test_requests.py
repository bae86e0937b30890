"""From arguments to a request: what goes on the wire, and what is refused before it does."""

from __future__ import annotations

import io
import json
from email.message import Message
from email.parser import BytesParser
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote

import pytest
from attrs import define, field
from multidict import CIMultiDict

from reknit import Retry
from reknit.errors import InvalidArgument
from reknit.options import UNSET, RequestOptions
from reknit.runtime import Api, BaseClient, Bearer, IdempotencyKey, Json, OpenEnum, Operation, Style, Text, with_headers
from reknit.runtime.requests import (
    base_headers,
    encode_body,
    request_headers,
    request_url,
    secret_values,
    with_key,
)
from tests.serving import Serve, reply

PATIENT = Retry(base=0.0, cap=0.0)


@define(kw_only=True)
class Person:
    user_id: str = field(metadata={"wire": "userID"})
    token: str | None = field(default=None, repr=False)
    note: str | None = None


class Color(OpenEnum):
    BLUE = "blue"


class Client(BaseClient):
    api = Api(name="x", server="https://x.example", scheme=Bearer())


def operation(body: str | None = None, **more: Any) -> Operation[Any]:
    given = {"name": "x", "method": "POST", "path": "/x", "safety": "idempotent", "answers": {"200": {}}, **more}
    return Operation(body=body, **given)


FORM = operation("application/x-www-form-urlencoded")
MULTIPART = operation("multipart/form-data")


def form(body: Any) -> list[tuple[str, str]]:
    raw = encode_body(FORM, body)
    assert isinstance(raw, bytes)
    return parse_qsl(raw.decode(), keep_blank_values=True, strict_parsing=bool(raw))


async def sent_parts(serve: Serve, body: Any, statuses: tuple[int, ...] = (200,), **more: Any) -> list[list[Message]]:
    """Return the parts of each attempt of a multipart request, as they arrived."""
    answers = iter(statuses)
    served = await serve(lambda seen: reply(b"", next(answers)))
    async with Client("key", base_url=served.url, retry=PATIENT) as client:
        await client._caller.call(operation("multipart/form-data", **more), body=body)
    parsed = []
    for seen in served.requests:
        head = b"Content-Type: " + seen.headers["Content-Type"].encode() + b"\r\n\r\n"
        parts = BytesParser().parsebytes(head + seen.body).get_payload()
        assert isinstance(parts, list)
        parsed.append(parts)
    return parsed  # type: ignore[return-value]


def described(parts: list[Message]) -> list[tuple[Any, Any, Any]]:
    names = [part.get_param("name", header="Content-Disposition") for part in parts]
    return [(name, part.get_filename(), part.get_payload(decode=True)) for name, part in zip(names, parts, strict=True)]


class TestForms:
    def test_scalars_lists_and_objects(self) -> None:
        body = {"a": "é &=+", "n": 1, "t": True, "c": Color.BLUE, "l": ["x", "y"], "o": {"k": [1]}, "e": ""}
        assert form(body) == [
            ("a", "é &=+"),
            ("n", "1"),
            ("t", "true"),
            ("c", "blue"),
            ("l", "x"),
            ("l", "y"),
            ("o", '{"k":[1]}'),
            ("e", ""),
        ]

    def test_models_stand_for_their_properties(self) -> None:
        assert form(Person(user_id="a")) == [("userID", "a")]
        assert form({"who": Person(user_id="a")}) == [("who", '{"userID":"a"}')]

    @pytest.mark.parametrize("bad", ["\ud800", b"x", object(), {"a": {1}}])
    def test_what_has_no_text_is_refused(self, bad: Any) -> None:
        with pytest.raises(InvalidArgument):
            form({"a": bad})

    @pytest.mark.parametrize("bad", [[], "a=b", None, 3])
    def test_a_body_that_has_no_fields_is_refused(self, bad: Any) -> None:
        for each in (FORM, MULTIPART):
            with pytest.raises(InvalidArgument, match="mapping of fields"):
                encode_body(each, bad)


class TestMultipart:
    async def test_files_come_as_bytes_paths_files_and_named(self, serve: Serve, tmp_path: Path) -> None:
        path = tmp_path / "people.csv"
        path.write_bytes(b"a,b\r\n\0\xff")
        with path.open("rb") as opened:
            body = {
                "raw": b"\0\xff",
                "path": path,
                "open": opened,
                "memory": io.BytesIO(b"m"),
                "named": ("n.txt", b"n"),
                "renamed": ("other.csv", path),
                "text": "é",
                "number": 3,
                "object": {"a": 1},
                "many": [b"1", ("two.bin", io.BytesIO(b"2"))],
            }
            (parts,) = await sent_parts(serve, body)
        content = path.read_bytes()
        assert described(parts) == [
            ("raw", "raw", b"\0\xff"),
            ("path", path.name, content),
            ("open", path.name, content),
            ("memory", "memory", b"m"),
            ("named", "n.txt", b"n"),
            ("renamed", "other.csv", content),
            ("text", None, "é".encode()),
            ("number", None, b"3"),
            ("object", None, b'{"a":1}'),
            ("many", "many", b"1"),
            ("many", "two.bin", b"2"),
        ]

    async def test_a_resend_sends_the_same_bytes_again(self, serve: Serve, tmp_path: Path) -> None:
        path = tmp_path / "a.bin"
        path.write_bytes(b"content" * 1000)
        with path.open("rb") as opened:
            body = {"open": opened, "path": path, "memory": io.BytesIO(b"m"), "text": "t"}
            attempts = await sent_parts(serve, body, (503, 502, 200))
        assert len(attempts) == 3
        assert described(attempts[0]) == described(attempts[1]) == described(attempts[2])
        assert described(attempts[0])[0] == ("open", "a.bin", b"content" * 1000)

    def test_what_cannot_be_read_is_refused_before_anything_is_sent(self, tmp_path: Path) -> None:
        closed = io.BytesIO(b"x")
        closed.close()
        for bad in (
            tmp_path / "missing",
            tmp_path / "two\nlines",
            tmp_path / "a\0b",
            tmp_path,
            closed,
            io.StringIO("text"),
            ("a\r\nb", b"x"),
            ("name", "text"),
            "\ud800",
            object(),
        ):
            with pytest.raises(InvalidArgument, match="file1") as refused:
                encode_body(MULTIPART, {"file1": bad})
            assert "\n" not in str(refused.value)


class TestOtherBodies:
    def test_json_in_its_spellings(self) -> None:
        for media in ("application/json", "application/merge-patch+json"):
            assert encode_body(operation(media), {"a": Person(user_id="u")}) == b'{"a":{"userID":"u"}}'
        assert encode_body(operation("application/json"), None) == b"null"

    def test_none_given_is_none_sent(self) -> None:
        assert encode_body(operation("application/json"), UNSET) is None

    @pytest.mark.parametrize("given", ["e", b"e", bytearray(b"e"), memoryview(b"e"), io.BytesIO(b"e")])
    def test_text_and_bytes(self, given: Any) -> None:
        assert encode_body(operation("text/plain"), given) == b"e"

    @pytest.mark.parametrize("bad", [3, None, {"a": 1}, "\ud800"])
    def test_what_is_neither_is_refused(self, bad: Any) -> None:
        with pytest.raises(InvalidArgument, match="body"):
            encode_body(operation("text/plain"), bad)


class TestHeaders:
    BASE = CIMultiDict({"Host": "h", "Accept": "application/json"})

    def merge(self, options: dict[str, Any] | None = None, **given: Any) -> CIMultiDict[str]:
        chosen = None if options is None else RequestOptions(headers=options)
        return request_headers(self.BASE, operation(), given.get("headers"), given.get("cookies"), chosen)

    def test_nothing_more_costs_no_copy(self) -> None:
        assert self.merge() is self.BASE
        assert self.merge({}) is self.BASE

    def test_more_headers_do_not_change_what_others_share(self) -> None:
        merged = self.merge({"X-A": "1", "accept": "text/csv"}, headers={"X-B": [1, 2]})
        assert dict(merged) == {"Host": "h", "accept": "text/csv", "X-A": "1", "X-B": "1,2"}
        assert dict(self.BASE) == {"Host": "h", "Accept": "application/json"}

    def test_the_operations_own_header_goes_before_the_options(self) -> None:
        assert self.merge({"idempotency-key": "mine"}, headers={"Idempotency-Key": "k"}).getall("Idempotency-Key") == [
            "k"
        ]

    @pytest.mark.parametrize(
        "name",
        ["Authorization", "HOST", "content-length", "Transfer-Encoding", "Connection", "Content-Type", "Expect", "TE",
         "Upgrade", "Trailer", "Keep-Alive", "Proxy-Authorization", "Content-Encoding"],
    )  # fmt: skip
    def test_what_frames_or_authenticates_is_the_clients(self, name: str) -> None:
        with pytest.raises(InvalidArgument, match="belongs to the client"):
            self.merge({name: "x"})

    @pytest.mark.parametrize("bad", [{"X": "a\r\nb"}, {"X\n": "a"}, {"X": 3}, {3: "x"}, {"": "x"}, {"X": None}])
    def test_what_no_header_carries_is_refused(self, bad: dict[Any, Any]) -> None:
        with pytest.raises(InvalidArgument):
            self.merge(bad)

    def test_cookies(self) -> None:
        merged = self.merge(cookies={"a": "1", "flag": True, "c": Color.BLUE})
        assert merged["Cookie"] == "a=1; flag=true; c=blue"

    @pytest.mark.parametrize("text", ["a;b", "a b", 'a"b', "a,b", "a\\b", "a\nb", "é"])
    def test_what_no_cookie_may_hold_is_percent_encoded(self, text: str) -> None:
        name, _, written = self.merge(cookies={"sid": text})["Cookie"].partition("=")
        assert (name, unquote(written)) == ("sid", text)
        assert not set(written) & set(';, "\\\né')

    @pytest.mark.parametrize("bad", [b"x", None, "\ud800", [object()]])
    def test_what_no_cookie_carries_is_refused(self, bad: Any) -> None:
        with pytest.raises(InvalidArgument, match="sid"):
            self.merge(cookies={"sid": bad})

    def test_a_cookie_of_the_options_and_an_empty_one_stand_beside_the_others(self) -> None:
        assert self.merge({"cookie": "a=1; b=2"}, cookies={"c": [], "d": [3, 4]})["Cookie"] == "a=1; b=2; d=3; d=4"
        assert "Cookie" not in self.merge(cookies={"c": []})

    def test_base_headers_name_every_media_type_of_the_answers(self) -> None:
        answers = {"200": {"text/plain": Text(), "application/json": Json(lambda: Any)}, "2XX": {"text/plain": Text()}}
        headers = base_headers(operation("application/json", answers=answers), "https://h:8443/v1", {"X-Key": "k"})
        assert headers["Accept"] == "application/json, text/plain"
        assert headers["Content-Type"] == "application/json"
        assert (headers["Host"], headers["X-Key"]) == ("h:8443", "k")
        assert "Content-Type" not in base_headers(MULTIPART, "https://h", {})
        assert base_headers(operation(), "https://h", {})["Accept"] == "application/json"


@pytest.mark.parametrize("media", ["application/json; charset=utf-8", "text/json", "Application/JSON", "a/b+json; c=d"])
def test_the_parameters_of_a_media_type_do_not_change_how_a_body_is_written(media: str) -> None:
    assert encode_body(operation(media), {"a": 1}) == b'{"a":1}'
    assert base_headers(operation(media), "https://h", {})["Content-Type"] == media


def test_a_form_with_parameters_in_its_media_type_is_a_form() -> None:
    assert encode_body(operation("application/x-www-form-urlencoded; charset=utf-8"), {"a": "b c"}) == b"a=b+c"
    assert "Content-Type" not in base_headers(operation("multipart/form-data; x=y"), "https://h", {})


@pytest.mark.parametrize(
    ("style", "value", "written"),
    [
        (Style("form", explode=True), ["a,b", "c d"], "p=a%2Cb&p=c%20d"),
        (Style("form"), ["a,b", "c"], "p=a%2Cb,c"),
        (Style("spaceDelimited"), ["a", "b"], "p=a%20b"),
        (Style("pipeDelimited"), ["a", "b"], "p=a%7Cb"),
        (Style("deepObject", explode=True), {"x": 1, "y": "é"}, "p[x]=1&p[y]=%C3%A9"),
        (Style("deepObject", explode=True), Person(user_id="u"), "p[userID]=u"),
        (Style("json"), {"x": [1]}, "p=%7B%22x%22%3A%5B1%5D%7D"),
    ],
)
async def test_a_property_of_a_form_is_written_in_its_style(
    serve: Serve, style: Style, value: Any, written: str
) -> None:
    styles = {"body:p": style}
    body = {"first": "1 2", "p": value}
    raw = encode_body(operation("application/x-www-form-urlencoded", styles=styles), body)
    assert raw == f"first=1+2&{written}".encode()
    parts = await sent_parts(serve, body, styles=styles)
    named = [(part.get_param("name", header="content-disposition"), part.get_payload()) for part in parts[0]]
    assert named[1:] == [
        (unquote(name), unquote(text)) for name, text in (pair.split("=", 1) for pair in written.split("&"))
    ]


def test_a_query_continues_the_one_in_a_path() -> None:
    fixed = operation(path="/x?action=list")
    assert str(request_url("http://h", fixed, (), {"a": 1})) == "http://h/x?action=list&a=1"
    assert str(request_url("http://h", fixed, (), None)) == "http://h/x?action=list"


def test_a_url_is_encoded_once() -> None:
    revoke = operation(path="/sessions/{id}:revoke")
    url = request_url("http://h/v1", revoke, ("a b%20",), {"q": "x&y", "l": [1, 2], "empty": []})
    assert str(url) == "http://h/v1/sessions/a%20b%2520:revoke?q=x%26y&l=1&l=2"
    assert str(request_url("http://h", operation(), (), {"l": []})) == "http://h/x"
    assert str(request_url("http://h", operation(), (), None)) == "http://h/x"


class TestKeys:
    def test_the_callers_key_is_taken(self) -> None:
        assert with_key(IdempotencyKey("body", "k", generate=True), "mine", {}, lambda: "made") == "mine"

    def test_one_is_made_where_the_operation_wants_one(self) -> None:
        assert with_key(IdempotencyKey("body", "k", generate=True), None, {}, lambda: "made") == "made"
        assert with_key(IdempotencyKey("body", "k"), None, {}, lambda: "made") is None

    def test_none_is_made_while_the_excuse_is_true(self) -> None:
        place = IdempotencyKey("body", "k", generate=True, unless="dry_run")
        assert with_key(place, None, {"dry_run": True}, lambda: "made") is None
        for body in ({"dry_run": False}, {}, {"dry_run": None}, {"dry_run": "true"}, UNSET):
            assert with_key(place, None, body, lambda: "made") == "made"

    @pytest.mark.parametrize("bad", ["", " ", "\n", "a\nb", "a\x00", "\x7f", "\u2028", "\ud800", 3, b"k", True])
    def test_what_cannot_serve_as_one_is_refused(self, bad: Any) -> None:
        with pytest.raises(InvalidArgument, match="idempotency key") as caught:
            with_key(IdempotencyKey("body", "k"), bad, {}, lambda: "made")
        assert "\n" not in str(caught.value)

    @pytest.mark.parametrize("place", ["body", "header", "query"])
    async def test_the_key_is_the_same_in_every_attempt(self, serve: Serve, place: Any) -> None:
        statuses = iter((503, 503, 200))
        served = await serve(lambda seen: reply({}, next(statuses)))
        keyed = operation("application/json", safety="unsafe", key=IdempotencyKey(place, "Op-Key", generate=True))
        async with Client("key", base_url=served.url, retry=PATIENT) as client:
            answer = await client._caller.respond(keyed, body={"a": 1})

        def found(seen: Any) -> str:
            sources = {
                "body": seen.json.get("Op-Key"),
                "header": seen.headers.get("Op-Key"),
                "query": seen.query.get("Op-Key"),
            }
            assert [name for name, value in sources.items() if value] == [place]
            return str(sources[place])

        assert [found(seen) for seen in served.requests] == [answer.idempotency_key] * 3
        assert all(seen.json["a"] == 1 for seen in served.requests)

    async def test_a_key_that_no_header_carries_is_refused_before_anything_is_sent(self, serve: Serve) -> None:
        served = await serve(reply({}))
        keyed = operation("application/json", key=IdempotencyKey("header", "Op-Key"))
        async with Client("key", base_url=served.url) as client:
            with pytest.raises(InvalidArgument, match="Op-Key"):
                await client._caller.call(keyed, body={}, key="日本")
        assert not served.requests


def test_secrets_are_found_at_any_depth_in_any_shape() -> None:
    sources: tuple[Any, ...] = (
        {"uid": "u-1", "other": "visible"},
        {"users": [{"token": "t-1"}, ({"token": "t-2"},)]},
        {"who": Person(user_id="x", token="t-3", note="visible")},
        {"token": ["t-4", {"deep": "t-5"}, None, True, 12345]},
        {"token": Person(user_id="u-2")},
        {"token": with_headers("t-6", {"X": "visible"}), "part": with_headers(b"", {"uid": "u-3"})},
        None,
        UNSET,
    )
    found = secret_values(("uid", "token", "userID"), *sources)
    assert found == ["u-1", "t-1", "t-2", "x", "t-3", "t-4", "t-5", "12345", "u-2", "t-6", "u-3"]
    assert json.dumps(sorted(found))
