"""What an answer says, from its status, its Content-Type and its body."""

from __future__ import annotations

import json
from typing import Any, ClassVar

import pytest
from attrs import define, field
from multidict import CIMultiDict

from reknit import errors
from reknit.runtime import (
    Answer,
    Bytes,
    Events,
    Json,
    Lines,
    Operation,
    Text,
    class_for_status,
    error_object,
    judge_by_status,
)
from reknit.runtime.answers import error_body, is_stream, request_id_in, value_of
from reknit.runtime.codec import Misfit


@define(kw_only=True)
class Tool:
    key: str
    risk: str | None = None


@define(kw_only=True)
class Renamed:
    user_id: str = field(metadata={"wire": "userID"})


JSON = {"application/json": Json(lambda: Tool)}


def operation(answers: Any, method: str = "GET") -> Operation[Any]:
    return Operation(name="x", method=method, path="/x", safety="idempotent", answers=answers)


def answer(raw: bytes | str, content_type: str | None = "application/json", status: int = 200) -> Answer:
    headers = CIMultiDict({} if content_type is None else {"Content-Type": content_type})
    return Answer(status, headers, raw.encode() if isinstance(raw, str) else raw)


def value(answers: Any, raw: bytes | str, content_type: str | None = "application/json", status: int = 200) -> Any:
    return value_of(operation(answers), answer(raw, content_type, status))


class TestMediaTypes:
    BOTH: ClassVar[Any] = {
        "200": {
            "application/json": Json(lambda: dict[str, int]),
            "text/plain": Text(),
            "application/octet-stream": Bytes(),
        }
    }

    @pytest.mark.parametrize(
        ("content_type", "expected"),
        [
            ("application/json", {"a": 1}),
            ("Application/JSON ; charset=utf-8", {"a": 1}),
            ("application/vnd.api+json", {"a": 1}),
            ("text/plain", '{"a":1}'),
            ("text/plain; charset=utf-8; format=flowed", '{"a":1}'),
            ("text/html", '{"a":1}'),
            ("application/octet-stream", b'{"a":1}'),
            ("application/x-unheard-of", {"a": 1}),
            (None, {"a": 1}),
            ("", {"a": 1}),
            (";;;", {"a": 1}),
        ],
    )
    def test_the_content_type_chooses(self, content_type: str | None, expected: Any) -> None:
        assert value(self.BOTH, '{"a":1}', content_type) == expected

    @pytest.mark.parametrize("content_type", ["application/json", "application/problem+json", None, "image/png"])
    def test_text_that_is_labelled_wrongly_is_text_where_the_spec_knows_text(self, content_type: str | None) -> None:
        assert value(self.BOTH, "OK", content_type) == "OK"

    def test_json_of_the_wrong_shape_is_a_misfit_even_beside_text(self) -> None:
        with pytest.raises(Misfit):
            value(self.BOTH, '{"a":"b"}')

    @pytest.mark.parametrize("content_type", ["text/html", "text/plain", None, "application/octet-stream"])
    def test_json_that_is_labelled_wrongly_is_json(self, content_type: str | None) -> None:
        assert value({"200": JSON}, '{"key":"a"}', content_type) == Tool(key="a")

    def test_a_range_of_types(self) -> None:
        ranges = {"200": {"image/*": Bytes(), "application/json": Json(lambda: Any)}}
        assert value(ranges, b"\x89PNG", "image/png") == b"\x89PNG"
        assert value(ranges, b"[]", "application/json") == []
        assert value({"200": {"*/*": Bytes()}}, b"x", "a/b") == b"x"

    @pytest.mark.parametrize(
        ("kind", "raw", "content_type", "expected"),
        [
            (Any, b'{"a":1}', "application/json", {"a": 1}),
            (Any, b'{"a":1}', "text/html", {"a": 1}),
            (Any, b'{"a":1}', None, {"a": 1}),
            (Any, b"\x89PNG", "image/png", b"\x89PNG"),
            (Any, b"1", "application/octet-stream", b"1"),
            (Any, b"\xff", None, b"\xff"),
            (Any, b"<p>\xe9", "text/html; charset=latin-1", "<p>é"),
            (str, b'"a"', "application/json", "a"),
            (str, b"a", "text/plain", "a"),
            (str | None, b"12", "text/plain", "12"),
            (str, b"", "text/plain", ""),
            (Tool, b'{"key":"a"}', "text/html", Tool(key="a")),
        ],
    )
    @pytest.mark.parametrize("pattern", ["*/*", "application/*"])
    def test_what_is_any_media_type_comes_as_it_is(
        self, pattern: str, kind: Any, raw: bytes, content_type: str | None, expected: Any
    ) -> None:
        assert value({"200": {pattern: Json(lambda: kind)}}, raw, content_type) == expected

    @pytest.mark.parametrize(("kind", "media"), [(Tool, "text/html"), (str, "application/json"), (Any, "a/b+json")])
    def test_what_is_any_media_type_must_fit_all_the_same(self, kind: Any, media: str) -> None:
        with pytest.raises(Misfit, match="is not JSON"):
            value({"200": {"*/*": Json(lambda: kind)}}, b"<p>", media)

    @pytest.mark.parametrize(
        ("parameters", "raw"),
        [
            ("", "é".encode()),
            ("; charset=utf-8", "é".encode()),
            ("; charset=ISO-8859-1", b"\xe9"),
            ('; Charset="latin-1"', b"\xe9"),
            ("; charset=utf-16; x=y", "é".encode("utf-16")),
            ("; charset=no-such", "é".encode()),
            ("; charset=undefined", "é".encode()),
            ("; charset=hex", "é".encode()),
            ("; charset=", "é".encode()),
        ],
    )
    def test_text_is_decoded_by_its_charset(self, parameters: str, raw: bytes) -> None:
        assert value({"200": {"text/plain": Text()}}, raw, "text/plain" + parameters) == "é"

    def test_text_that_is_not_what_it_says_loses_no_more_than_it_must(self) -> None:
        assert value({"200": {"text/plain": Text()}}, b"a\xffb", "text/plain") == "a\ufffdb"


class TestStatuses:
    def test_the_nearest_description_is_taken(self) -> None:
        answers = {
            "200": {"application/json": Json(lambda: int)},
            "2XX": {"application/json": Json(lambda: str)},
            "default": {"application/json": Json(lambda: bool)},
        }
        assert value(answers, "1", status=200) == 1
        assert value(answers, '"a"', status=201) == "a"
        assert value({"default": answers["default"]}, "true", status=201) is True

    def test_a_success_that_is_not_listed_is_read_like_those_that_are(self) -> None:
        assert value({"201": JSON}, '{"key":"a"}', status=200) == Tool(key="a")
        assert value({}, "whatever", status=200) is None

    @pytest.mark.parametrize("status", [204, 205])
    def test_no_content_is_none(self, status: int) -> None:
        assert value({"200": JSON}, "", None, status) is None
        assert value({"204": {}, "200": JSON}, "", None, status) is None

    def test_a_head_has_no_body_to_decode(self) -> None:
        assert value_of(operation({"200": JSON}, "HEAD"), answer("")) is None

    def test_an_empty_body_is_none_where_the_spec_knows_answers_without_one(self) -> None:
        assert value({"200": JSON, "204": {}}, "", None, 200) is None
        assert value({"200": {}}, "surprise") is None

    @pytest.mark.parametrize("raw", ["", " \r\n"])
    def test_an_empty_body_is_null_where_null_fits_and_a_misfit_elsewhere(self, raw: str) -> None:
        assert value({"200": {"application/json": Json(lambda: Any)}}, raw) is None
        assert value({"200": {"application/json": Json(lambda: Tool | None)}}, raw) is None
        for kind in (Tool, Renamed, list[Tool]):
            with pytest.raises(Misfit, match="the body is empty") as caught:
                value({"200": {"application/json": Json(lambda kind=kind: kind)}}, raw)
            assert caught.value.path == "$"
        assert value({"200": {"text/plain": Text()}}, "", "text/plain") == ""
        assert value({"200": {"a/b": Bytes()}}, "", "a/b") == b""


@pytest.mark.parametrize("name", ["data", "the data", "data-x"])
class TestEnvelopes:
    def read(self, name: str, body: Any, kind: Any = list[Tool]) -> Any:
        media = {"application/json": Json(lambda: kind, unwrap=name)}
        return value({"200": media}, body if isinstance(body, str) else json.dumps(body))

    def test_bare_and_enveloped_are_the_same(self, name: str) -> None:
        tools = [{"key": "a"}]
        assert self.read(name, tools) == self.read(name, {"success": True, name: tools}) == [Tool(key="a")]
        assert self.read(name, {"key": "a"}, Tool) == self.read(name, {name: {"key": "a"}}, Tool) == Tool(key="a")
        assert self.read(name, '\n {"x":1}', dict[str, int]) == {"x": 1}
        assert self.read(name, {name: {"userID": "u"}}, Renamed) == Renamed(user_id="u")

    def test_a_misfit_inside_has_its_whole_path(self, name: str) -> None:
        for kind, body, rest in (
            (list[Tool], [{"key": "a"}, {"key": 3}], "[1].key"),
            (Renamed, {"userID": 3}, ".userID"),
            (list[Tool], None, ""),
        ):
            with pytest.raises(Misfit) as caught:
                self.read(name, {name: body}, kind)
            assert caught.value.path.endswith(rest)
            assert name in caught.value.path
            if name == "data":
                assert caught.value.path == f"$.data{rest}"

    def test_a_blemish_is_passed_over_in_an_envelope_too(self, name: str) -> None:
        enveloped = json.dumps({name: [{"key": "a \ud83d"}]})
        for kind in (list[Tool], list[dict[str, Any]]):
            assert len(self.read(name, "\ufeff" + enveloped, kind)) == 1
        assert self.read(name, "\ufeff" + json.dumps({name: {"userID": "u"}}), Renamed) == Renamed(user_id="u")

    def test_what_is_no_json_is_a_misfit_of_the_whole(self, name: str) -> None:
        for raw in ("", "{", '{"a":}', "<html>", '{"a":' * 100_000):
            with pytest.raises(Misfit) as caught:
                self.read(name, raw)
            assert caught.value.path == "$"


def test_a_server_that_varies_its_content_type_does_not_grow_this_process() -> None:
    op = operation({"200": JSON})
    for number in range(1000):
        assert value_of(op, answer('{"key":"a"}', f"application/json; v={number}")) == Tool(key="a")
    assert len(op.memo) <= 64


class TestJudgeByStatus:
    @pytest.mark.parametrize(
        ("status", "kind"),
        [
            (100, errors.UnexpectedStatus), (301, errors.UnexpectedStatus), (304, errors.UnexpectedStatus),
            (400, errors.InvalidRequest), (401, errors.Unauthorized), (402,
            errors.PaymentRequired), (403, errors.Forbidden),
            (404, errors.NotFound), (405, errors.APIError), (408, errors.APIError), (409, errors.Conflict),
            (418, errors.APIError), (422, errors.InvalidRequest), (429, errors.RateLimited), (500, errors.ServerError),
            (503, errors.ServerError), (599, errors.ServerError),
        ],
    )  # fmt: skip
    def test_the_class_follows_the_status(self, status: int, kind: type[errors.APIError]) -> None:
        assert class_for_status(status) is kind
        failure = judge_by_status(answer("", None, status))
        assert failure is not None
        assert failure.kind is kind
        assert failure.limited is (status == 429)
        assert not failure.known
        assert failure.message == ""

    @pytest.mark.parametrize("status", [200, 201, 204, 226, 299])
    def test_every_2xx_is_a_success(self, status: int) -> None:
        assert judge_by_status(answer('{"error":"no"}', status=status)) is None

    @pytest.mark.parametrize(
        ("body", "message", "code"),
        [
            ({"message": "m", "error": "e"}, "m", None),
            ({"error": "e", "code": "c"}, "e", "c"),
            ({"detail": "d", "error_code": "c"}, "d", "c"),
            ({"error_description": "d"}, "d", None),
            ({"title": "t", "status": 400}, "t", None),
            ({"message": 3, "code": 7}, "", None),
            ({"message": "", "error": "e"}, "e", None),
            ({"error": {"message": "inner", "code": "c"}}, "inner", "c"),
            ({"error": {"code": "c"}, "message": "outer"}, "outer", "c"),
            ({}, "", None),
        ],
    )
    def test_message_and_code_are_found_where_apis_put_them(self, body: Any, message: str, code: str | None) -> None:
        failure = judge_by_status(answer(json.dumps(body), status=400))
        assert failure is not None
        assert (failure.message, failure.code) == (message, code)

    def test_details_and_request_id(self) -> None:
        failure = judge_by_status(answer('{"errors":[1],"request_id":"r"}', status=400))
        assert failure is not None
        assert (failure.details, failure.request_id) == ([1], "r")

    @pytest.mark.parametrize(
        ("raw", "message"),
        [
            ("<html><body>502 Bad Gateway</body></html>", ""),
            ("  \n<!DOCTYPE html>", ""),
            ("upstream\r\n\r\n  timed out ", "upstream timed out"),
            (b"\xff\xfe", "\ufffd\ufffd"),
            ("a" * 10_000, "a" * 200),
            ("[1, 2]", "[1, 2]"),
            ("[" * 100_000, "[" * 200),
            ("", ""),
        ],
    )
    def test_a_body_that_is_no_object_gives_its_beginning_on_one_line(self, raw: bytes | str, message: str) -> None:
        failure = judge_by_status(answer(raw, "text/html", 502))
        assert failure is not None
        assert failure.message == message


def test_error_object_is_an_object_or_nothing() -> None:
    assert error_object(answer('{"a":1}')) == {"a": 1}
    for raw in ("[]", "null", '"a"', "", "{", "<html>", b"\xff"):
        assert error_object(answer(raw)) is None


def test_request_id_is_read_from_either_header() -> None:
    assert request_id_in(CIMultiDict({"x-request-id": "a", "X-Correlation-Id": "b"})) == "a"
    assert request_id_in(CIMultiDict({"x-correlation-id": "b"})) == "b"
    assert request_id_in(CIMultiDict()) is None


@define(kw_only=True)
class Problem:
    """What an error says."""

    title: str


DESCRIBED: Operation[Any] = Operation(
    name="things.get",
    method="GET",
    path="/",
    safety="idempotent",
    answers={"200": {}},
    errors={
        "404": {"application/json": Json(lambda: Problem), "text/plain": Text()},
        "4XX": {"application/problem+json": Json(lambda: Problem)},
        "default": {"application/json": Json(lambda: list[int])},
        "500": {},
    },
)


@pytest.mark.parametrize(
    ("status", "media", "raw", "body"),
    [
        (404, "application/json; charset=utf-8", b'{"title": "x"}', Problem(title="x")),
        (404, "text/plain", b"x", "x"),
        (404, "application/json", b'{"name": "x"}', {"name": "x"}),
        (404, "application/json", b"", None),
        (404, "application/json", b"<html>", None),
        (409, "application/json", b'{"title": "x"}', Problem(title="x")),
        (503, "application/json", b"[1]", [1]),
        (503, "application/json", b'{"a": 1}', {"a": 1}),
        (302, "application/json", b"[1]", [1]),
        (500, "application/json", b"[1]", [1]),
        (500, "text/html", b"<html>", None),
    ],
)
def test_the_body_of_an_error_is_read_as_described(status: int, media: str, raw: bytes, body: Any) -> None:
    assert error_body(DESCRIBED, Answer(status, {"Content-Type": media}, raw)) == body


@pytest.mark.parametrize(
    ("status", "media", "found"),
    [
        (200, "text/event-stream; charset=utf-8", True),
        (200, "", True),
        (200, "text/plain", True),
        (200, "application/json", False),
        (200, "application/problem+json", False),
        (201, "text/event-stream", True),
        (204, "text/event-stream", False),
        (302, "text/event-stream", False),
        (404, "text/event-stream", False),
    ],
)
def test_a_success_is_a_stream_unless_it_is_certainly_something_else(status: int, media: str, found: bool) -> None:
    answers = {"200": {"text/event-stream": Events(lambda: int)}}
    described = Operation[Any](name="a.b", method="GET", path="/", safety="idempotent", answers=answers)
    assert is_stream(described, status, {"Content-Type": media}) is found


def test_json_lines_may_call_themselves_json_but_no_event_stream() -> None:
    answers = {"200": {"application/x-ndjson": Lines(lambda: int)}}
    described = Operation[Any](name="a.b", method="GET", path="/", safety="idempotent", answers=answers)
    assert is_stream(described, 200, {"Content-Type": "application/json"})
    assert not is_stream(described, 200, {"Content-Type": "text/event-stream"})
    assert not is_stream(DESCRIBED, 200, {"Content-Type": "text/event-stream"})
