"""Bodies that are not JSON arrive as an independent reader expects them: parts, forms, lines, text and files."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import aiohttp
import pytest
from aiohttp import web
from aiohttp.multipart import BodyPartReader
from attrs import define, field, frozen

from reknit.errors import InvalidArgument
from reknit.options import UNSET
from reknit.runtime import Api, BaseClient, Bearer, Operation, Style, with_headers
from reknit.runtime.bodies import Written
from reknit.runtime.requests import encode_body
from tests.serving import Serve, reply


class Client(BaseClient):
    api = Api(name="x", server="https://x.example", scheme=Bearer())


@define(kw_only=True)
class Pet:
    name: str = field(metadata={"wire": "Name"})
    age: int | None = field(default=None)


@frozen
class Sent:
    """A part as aiohttp's server reads it."""

    name: str | None
    filename: str | None
    media: str
    content: bytes
    headers: dict[str, str]


def operation(media: str, **more: Any) -> Operation[None]:
    return Operation(name="x.y", method="POST", path="/x", safety="unsafe", answers={"200": {}}, body=media, **more)


def content(media: str, body: Any, **more: Any) -> tuple[bytes, str]:
    """Return a body as it is sent and the media type that it has."""
    written = encode_body(operation(media, **more), body)
    assert written is not None
    return (written.content, written.media) if isinstance(written, Written) else (written, media)


async def parts(media: str, body: Any, **more: Any) -> tuple[str, list[Sent]]:
    """Send a multipart body to a server of aiohttp's and return its media type and what the server's reader found."""
    found: list[Sent] = []
    types: list[str] = []

    async def handle(request: web.Request) -> web.Response:
        types.append(request.headers["Content-Type"])
        reader = await request.multipart()
        async for part in reader:
            assert isinstance(part, BodyPartReader)
            extra = {name: value for name, value in part.headers.items() if not name.startswith("Content-")}
            data = bytes(await part.read())
            found.append(Sent(part.name, part.filename, part.headers["Content-Type"], data, extra))
        return web.Response()

    app = web.Application()
    app.router.add_post("/x", handle)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    try:
        async with Client("key", base_url=f"http://{host}:{port}") as client:
            await client._caller.call(operation(media, **more), body=body)
    finally:
        await runner.cleanup()
    return types[0], found


def media_of(found: list[Sent]) -> list[tuple[str | None, str]]:
    return [(part.name, part.media) for part in found]


FORM = "multipart/form-data"


class TestParts:
    async def test_each_kind_of_value_has_its_media_type(self) -> None:
        body = {"text": "é", "n": 1, "yes": True, "model": Pet(name="a"), "object": {"a": [1]}, "list": [{"b": 1}, {}],
                "file": b"\0", "row": (1, "a"), "null": None}  # fmt: skip
        sent, found = await parts(FORM, body)
        assert sent.startswith("multipart/form-data; boundary=")
        text, octets = "text/plain; charset=utf-8", "application/octet-stream"
        json = "application/json"
        assert media_of(found) == [
            ("text", text), ("n", text), ("yes", text), ("model", json), ("object", json), ("list", json),
            ("list", json), ("file", octets), ("row", json), ("null", text),
        ]  # fmt: skip
        assert [part.content for part in found] == [
            "é".encode(), b"1", b"true", b'{"Name":"a"}', b'{"a":[1]}', b'{"b":1}', b"{}", b"\0", b'[1,"a"]', b"",
        ]  # fmt: skip

    async def test_a_stated_media_type_is_that_of_the_part(self, tmp_path: Path) -> None:
        photo = tmp_path / "a.jpg"
        photo.write_bytes(b"jpeg")
        stated = {"csv": "text/csv", "xml": "application/xml", "json": "application/json", "list": "application/json",
                  "photo": "image/png, image/jpeg", "other": "image/png, image/jpeg", "any": "image/*",
                  "told": "image/*", "all": "*/*", "problem": "application/json"}  # fmt: skip
        body = {"csv": "a,é", "xml": "<a/>", "json": "text", "list": ["a", 1], "photo": photo, "other": b"?",
                "any": b"?", "told": ("a", b"", "image/gif"), "all": b"", "problem": ("a.json", b"{}")}  # fmt: skip
        _, found = await parts(FORM, body, parts=stated)
        assert media_of(found) == [
            ("csv", "text/csv; charset=utf-8"), ("xml", "application/xml"), ("json", "application/json"),
            ("list", "application/json"), ("list", "application/json"), ("photo", "image/jpeg"), ("other", "image/png"),
            ("any", "image/*"), ("told", "image/gif"), ("all", "application/octet-stream"),
            ("problem", "application/json"),
        ]  # fmt: skip
        assert [part.content for part in found[2:5]] == [b'"text"', b'"a"', b"1"]
        assert (found[-1].filename, found[-1].content) == ("a.json", b"{}")

    async def test_parts_have_headers_of_their_own(self) -> None:
        body = {
            "file": with_headers([b"1", b"2"], {"X-Rate": 3, "X-Tags": ["a", "b"]}),
            "plain": with_headers("t", {}),
            "map": with_headers("t", {"X-Map": {"a": 1}}),
        }
        styles = {"part:X-Map": Style("simple", explode=True)}
        _, found = await parts(FORM, body, styles=styles)
        both = {"X-Rate": "3", "X-Tags": "a,b"}
        assert [part.headers for part in found] == [both, both, {}, {"X-Map": "a=1"}]
        assert with_headers(None, {"X": 1}) is None
        assert with_headers(UNSET, {"X": 1}) is UNSET

    async def test_names_keep_their_letters(self) -> None:
        body = {'a"b\\é': ('c"d\\é;.txt', b"1"), "f": ("g.txt", "text", "text/x; a=b")}
        _, found = await parts(FORM, body)
        assert [(part.name, part.filename) for part in found] == [('a"b\\é', 'c"d\\é;.txt'), ("f", "g.txt")]
        assert (found[1].media, found[1].content) == ("text/x; a=b", b"text")

    async def test_a_form_without_parts_can_be_read(self) -> None:
        sent, found = await parts(FORM, {})
        assert found == []
        assert "boundary=" in sent

    async def test_a_file_that_is_null_is_not_there(self) -> None:
        _, found = await parts(FORM, {"a": None, "b": [b"1", None], "c": None}, files=("a", "b"))
        assert [(part.name, part.content) for part in found] == [("b", b"1"), ("c", b"")]

    async def test_what_may_be_a_file_or_text_is_either(self) -> None:
        _, found = await parts(FORM, {"a": "https://x", "b": b"x"})
        assert [(part.filename, part.content) for part in found] == [(None, b"https://x"), ("b", b"x")]

    async def test_the_parts_of_other_multipart_bodies_come_in_order(self) -> None:
        sent, found = await parts(
            "multipart/mixed; boundary=old; a=b", [b"1", ("x.txt", b"2", "text/x"), {"a": 1}, "t"]
        )
        assert sent.startswith("multipart/mixed; a=b; boundary=")
        assert sent.count("boundary") == 1
        assert [(part.name, part.filename, part.media, part.content) for part in found] == [
            (None, None, "application/octet-stream", b"1"), (None, "x.txt", "text/x", b"2"),
            (None, None, "application/json", b'{"a":1}'), (None, None, "text/plain; charset=utf-8", b"t"),
        ]  # fmt: skip

    async def test_related_parts_name_the_type_of_the_first(self) -> None:
        sent, found = await parts("multipart/related", {"meta": {"a": 1}, "media": b"1"})
        assert sent.endswith('; type="application/json"')
        assert [part.name for part in found] == ["meta", "media"]

    @pytest.mark.parametrize(
        "bad",
        [
            {"a\nb": b"1"},
            {"f": ("a\x00", b"1")},
            {"f": ("a", b"1", "no type/\r\n")},
            {"f": ("a", "\ud800", "text/plain")},
            {"\ud800": "a"},
            {"f": with_headers("a", {"X": "a\r\nb"})},
            {"f": with_headers("a", {"a b": "c"})},
            [b"1"],
        ],
    )
    def test_what_would_break_out_of_a_part_is_refused(self, bad: Any) -> None:
        with pytest.raises(InvalidArgument):
            encode_body(operation(FORM), bad)

    def test_a_boundary_is_not_known_before(self) -> None:
        assert content(FORM, {"a": "b"})[1] != content(FORM, {"a": "b"})[1]


class TestForms:
    MEDIA = "application/x-www-form-urlencoded"

    def pairs(self, body: Any, **more: Any) -> list[tuple[str, str]]:
        raw, media = content(self.MEDIA, body, **more)
        assert media == self.MEDIA
        return parse_qsl(raw.decode(), keep_blank_values=True)

    def test_null_is_an_empty_value(self) -> None:
        assert self.pairs({"a": None, "b": ["c", None]}) == [("a", ""), ("b", "c"), ("b", "")]

    def test_json_where_it_is_stated_and_for_objects(self) -> None:
        body = {"a": "text", "b": Pet(name="é"), "c": [Pet(name="x"), Pet(name="y")]}
        assert self.pairs(body, parts={"a": "application/json"}) == [
            ("a", '"text"'), ("b", '{"Name":"é"}'), ("c", '{"Name":"x"}'), ("c", '{"Name":"y"}'),
        ]  # fmt: skip

    def test_objects_in_objects_have_their_whole_path_as_a_name(self) -> None:
        body = {"card": {"owner": Pet(name="a&b"), "codes": [1, 2]}}
        assert self.pairs(body, styles={"body:card": Style("deepObject", explode=True)}) == [
            ("card[owner][Name]", "a&b"), ("card[codes][0]", "1"), ("card[codes][1]", "2"),
        ]  # fmt: skip


class TestLines:
    @pytest.mark.parametrize(("media", "mark"), [("application/x-ndjson", b""), ("application/json-seq", b"\x1e")])
    def test_a_list_is_a_line_for_each_item(self, media: str, mark: bytes) -> None:
        raw, _ = content(media, [Pet(name="a\nb"), {"b": 1}])
        assert raw == mark + b'{"Name":"a\\nb"}\n' + mark + b'{"b":1}\n'

    def test_lines_that_are_written_already_stay_as_they_are(self) -> None:
        assert content("application/stream+json", b"{}\n") == (b"{}\n", "application/stream+json")

    def test_what_is_not_json_is_refused_with_its_place(self) -> None:
        with pytest.raises(InvalidArgument, match=r"the body\[1\]"):
            encode_body(operation("application/jsonl"), [1, object()])


class TestFiles:
    @pytest.mark.parametrize("kind", ["bytes", "path", "open", "named", "bytearray"])
    def test_a_body_is_a_file_in_every_form(self, tmp_path: Path, kind: str) -> None:
        path = tmp_path / "a.bin"
        path.write_bytes(b"\0\xff")
        given: dict[str, Any] = {
            "bytes": b"\0\xff", "path": path, "open": io.BytesIO(b"\0\xff"), "named": ("x", path),
            "bytearray": bytearray(b"\0\xff"),
        }  # fmt: skip
        assert content("image/png", given[kind]) == (b"\0\xff", "image/png")

    @pytest.mark.parametrize(
        ("media", "others", "body", "sent"),
        [
            ("image/png", ("image/jpeg",), ("a.jpg", b""), "image/jpeg"),
            ("image/png", ("image/jpeg",), ("a.gif", b""), "image/png"),
            ("image/png", ("image/*",), ("a.gif", b""), "image/gif"),
            ("image/png", (), ("a.jpg", b"", "image/x"), "image/x"),
            ("image/*", (), b"", "image/*"),
            ("image/*", (), ("a.webp", b""), "image/webp"),
            ("application/octet-stream", ("*/*",), ("a.png", b""), "image/png"),
            ("application/json", (), ("a.txt", b"{}"), "application/json"),
        ],
    )
    def test_its_name_or_its_giver_says_what_it_is(
        self, media: str, others: tuple[str, ...], body: Any, sent: str
    ) -> None:
        assert content(media, body, others=others, files=("",))[1] == sent

    def test_json_that_is_bytes_is_sent_as_it_is(self) -> None:
        assert content("application/json", b'{"a": 1}', files=("",)) == (b'{"a": 1}', "application/json")

    @pytest.mark.parametrize("bad", [3, None, {"a": 1}, ["a"], ("a", "b")])
    def test_what_is_neither_text_nor_a_file_is_refused(self, bad: Any) -> None:
        with pytest.raises(InvalidArgument, match="body"):
            encode_body(operation("image/png"), bad)


class TestText:
    @pytest.mark.parametrize(
        ("media", "text", "raw", "sent"),
        [
            ("text/plain", "a", b"a", "text/plain"),
            ("text/plain", "é", "é".encode(), "text/plain; charset=utf-8"),
            ("text/plain; charset=ISO-8859-1", "é", b"\xe9", "text/plain; charset=ISO-8859-1"),
            ('text/csv; charset="utf-16-le"; a=b', "a", b"a\0", 'text/csv; charset="utf-16-le"; a=b'),
            ("application/xml", "<é/>", "<é/>".encode(), "application/xml"),
        ],
    )
    def test_text_is_in_the_charset_that_is_named(self, media: str, text: str, raw: bytes, sent: str) -> None:
        assert content(media, text) == (raw, sent)

    @pytest.mark.parametrize(
        "media", ["text/plain; charset=ascii", "a/b; charset=none-such", "a/b; charset=undefined", "a/b"]
    )
    def test_what_the_charset_cannot_carry_is_refused(self, media: str) -> None:
        with pytest.raises(InvalidArgument, match="the body"):
            encode_body(operation(media), "é\ud800")


@pytest.mark.parametrize("own", [True, False])
@pytest.mark.parametrize("media", ["application/json", "multipart/form-data", "text/plain"])
async def test_a_request_without_a_body_has_no_media_type(serve: Serve, media: str, own: bool) -> None:
    server = await serve(lambda seen: reply(b""))
    async with (
        aiohttp.ClientSession() as session,
        Client("key", base_url=server.url, session=None if own else session) as client,
    ):
        await client._caller.call(operation(media), body=UNSET)
        await client._caller.call(operation(media), body={} if media != "text/plain" else "")
    without, with_ = server.requests
    assert "Content-Type" not in without.headers
    assert without.body == b""
    assert with_.headers["Content-Type"].startswith(media)
