"""Items are found in a stream however its bytes are cut, and none grows beyond its bound."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Iterable
from itertools import combinations, pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reknit.runtime.codings import TooLarge
from reknit.runtime.framing import EventParser, Frame, LineParser

Parser = EventParser | LineParser


def parse(parser: Parser, pieces: Iterable[bytes]) -> list[Any]:
    found: list[Any] = []
    for piece in pieces:
        found += parser.feed(piece)
    return [*found, *parser.end()]


def cut(raw: bytes, *places: int) -> list[bytes]:
    edges = [0, *places, len(raw)]
    return [raw[start:end] for start, end in pairwise(edges)]


def events(*pieces: bytes, limit: int = 1000) -> list[Frame]:
    return parse(EventParser(limit), pieces)


def texts(*pieces: bytes, limit: int = 1000) -> list[bytes]:
    return parse(LineParser(limit), pieces)


EVENTS = b"\xef\xbb\xbf: hi\r\nid: 1\rdata: \xc3\xa4\n\ndata:b\r\n\r\rdata: \xf0\x9f\x98\x80\r\ndata\r\n\r\n"
FOUND = [Frame("ä".encode(), id="1", last_id="1"), Frame(b"b", last_id="1"), Frame("😀\n".encode(), last_id="1")]
LINES = '\ufeff{"a": "ä"}\r\n\n[1,\t2]\n"😀"'.encode()
RECORDS = '\x1e{"a":\n "ä"}\n\x1e1\n\n\x1e"😀"\n\x1e\x1e{"cut\x1e[]'.encode()


@pytest.mark.parametrize("places", [(), *((place,) for place in range(len(EVENTS)))])
def test_events_are_the_same_wherever_the_stream_is_cut_once(places: tuple[int, ...]) -> None:
    assert events(*cut(EVENTS, *places)) == FOUND


def test_events_are_the_same_wherever_the_stream_is_cut_twice_and_everywhere() -> None:
    for places in combinations(range(len(EVENTS) + 1), 2):
        assert events(*cut(EVENTS, *places)) == FOUND
    assert events(*(bytes([byte]) for byte in EVENTS)) == FOUND


@pytest.mark.parametrize("raw", [LINES, RECORDS])
def test_lines_are_the_same_wherever_the_stream_is_cut(raw: bytes) -> None:
    expected = texts(raw)
    for places in combinations(range(len(raw) + 1), 2):
        assert texts(*cut(raw, *places)) == expected
    assert texts(*(bytes([byte]) for byte in raw)) == expected


def test_lines_are_split_at_line_feeds_and_blank_ones_passed_over() -> None:
    assert [json.loads(text.decode("utf-8-sig")) for text in texts(LINES)] == [{"a": "ä"}, [1, 2], "😀"]


def test_a_record_lasts_until_the_next_separator() -> None:
    found = [text.strip() for text in texts(RECORDS)]
    assert found == ['{"a":\n "ä"}'.encode(), b"1", '"😀"'.encode(), b'{"cut', b"[]"]


def test_a_record_that_is_whole_at_the_end_of_its_line_is_not_kept_waiting() -> None:
    parser = LineParser(100)
    assert list(parser.feed(b'\x1e{"a": 1}\n')) == [b'{"a": 1}']
    assert list(parser.feed(b"\x1e[1,\n")) == []
    assert list(parser.feed(b"2]\n")) == []
    assert list(parser.feed(b"\x1e")) == [b"[1,\n2]\n"]


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        (b"data: a\ndata: b\n\n", Frame(b"a\nb")),
        (b"data:  a\n\n", Frame(b" a")),
        (b"data\n\n", Frame(b"")),
        (b"data:\ndata:\n\n", Frame(b"\n")),
        (b"event: x\ndata: a:b\n\n", Frame(b"a:b", event="x")),
        (b"event: x\nevent: y\ndata: a\n\n", Frame(b"a", event="y")),
        (b"data: a\nid: 7\nretry: 30\nunknown: z\n\n", Frame(b"a", id="7", last_id="7", retry=30)),
        (b"data: a\nid: 1\0\nretry: x\nretry: 1.5\nretry: -1\n\n", Frame(b"a")),
        (b"data: a\nretry: " + b"9" * 5000 + b"\n\n", Frame(b"a")),
        (b"id: 1\n\ndata: a\n\n", Frame(b"a", last_id="1")),
        (b"id: 1\n\nid\ndata: a\n\n", Frame(b"a", id="", last_id="")),
        (b"data: a\n:data: b\n\n", Frame(b"a")),
        (b"event: \xff\ndata: a\n\n", Frame(b"a", event="\ufffd")),
        (b" data: a\ndata: b\n\n", Frame(b"b")),
    ],
)  # fmt: skip
def test_fields_are_read_as_the_standard_says(raw: bytes, found: Frame) -> None:
    assert events(raw, limit=10_000) == [found]


@pytest.mark.parametrize(
    "raw", [b"", b"\n\n\n", b"event: x\n\n", b": a\n\n", b"data: a", b"data: a\n", b"\xef\xbb\xbf\n"]
)
def test_what_is_not_ended_or_has_no_data_is_no_event(raw: bytes) -> None:
    assert events(raw) == []


def test_a_byte_order_mark_is_passed_over_at_the_beginning_alone() -> None:
    bom = b"\xef\xbb\xbf"
    assert events(bom + b"data: a\n\n" + bom + b"data: b\ndata: " + bom + b"\n\n") == [Frame(b"a"), Frame(bom)]


def test_an_event_is_there_as_soon_as_its_blank_line_is() -> None:
    parser = EventParser(100)
    assert list(parser.feed(b"data: a\r\n\r")) == [Frame(b"a")]
    assert list(parser.feed(b"\ndata: b\r")) == []
    assert list(parser.feed(b"\r")) == [Frame(b"b")]


@pytest.mark.parametrize(
    "pieces",
    [
        [b"data: " + b"a" * 101],
        [b"data: 1234567890\n"] * 10,
        [b"data:\n"] * 101,
        [b":" + b"a" * 60, b"a" * 60],
        [b"a"] * 101,
        [b"id: " + b"a" * 101 + b"\n"],
    ],
)
def test_an_event_does_not_grow_beyond_its_bound(pieces: list[bytes]) -> None:
    with pytest.raises(TooLarge):
        events(*pieces, limit=100)


def test_the_bound_is_for_one_event_and_not_for_the_stream() -> None:
    assert len(events(*[b": comment\ndata: 1234567890\n\n"] * 100, limit=40)) == 100
    assert events(*[b": a comment\n"] * 100, b"data: a\n\n", limit=40) == [Frame(b"a")]
    assert len(texts(*[b"[1234567890]\n"] * 100, limit=20)) == 100


@pytest.mark.parametrize("start", [b"", b"\x1e"])
def test_a_line_does_not_grow_beyond_its_bound(start: bytes) -> None:
    with pytest.raises(TooLarge):
        texts(start, *[b"1"] * 101, limit=100)
    with pytest.raises(TooLarge):
        texts(start + b"[" + b" \n1," * 40 if start else b" " * 101, limit=100)


def test_many_events_in_one_piece_are_found_one_by_one() -> None:
    piece = b"data: 0123456789012345678901234567890123456789\n\n" * 20_000
    parser = EventParser(1000)
    tracemalloc.start()
    count = sum(1 for _ in parser.feed(piece))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 20_000
    assert peak < 100_000


@given(st.lists(st.binary(max_size=8)))
def test_no_bytes_upset_a_parser(pieces: list[bytes]) -> None:
    whole = b"".join(pieces)
    assert events(*pieces) == events(whole)
    assert texts(*pieces) == texts(whole)


_text = st.text(st.characters(exclude_characters="\r\n\0", exclude_categories=["Cs"]), max_size=5)


@given(st.lists(st.tuples(st.lists(_text, min_size=1), _text)), st.sampled_from(["\n", "\r", "\r\n"]), st.data())
def test_what_is_written_is_read(items: list[tuple[list[str], str]], end: str, data: st.DataObject) -> None:
    lines = [[*(f"data: {text}" for text in texts), f"event: {name}", ""] for texts, name in items]
    raw = "".join(f"{line}{end}" for item in lines for line in item).encode()
    places = sorted(data.draw(st.lists(st.integers(0, len(raw)), max_size=4)))
    found = [(frame.data.decode(), frame.event) for frame in events(*cut(raw, *places))]
    assert found == [("\n".join(texts), name) for texts, name in items]
