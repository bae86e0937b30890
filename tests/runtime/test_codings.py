"""Content codings are undone, and never beyond the bound."""

from __future__ import annotations

import gzip
import tracemalloc
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reknit.runtime.codings import Piecewise, TooLarge, Undecodable, undone

BODY = b'{"greeting": "hello"}' * 50


def bare_deflate(data: bytes) -> bytes:
    stream = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return stream.compress(data) + stream.flush()


CODED = {
    "gzip": gzip.compress(BODY),
    "x-gzip": gzip.compress(BODY),
    "GZip": gzip.compress(BODY),
    "deflate": zlib.compress(BODY),
    " deflate ": bare_deflate(BODY),
    "identity": BODY,
    "": BODY,
    "identity, gzip": gzip.compress(BODY),
    "deflate, gzip": gzip.compress(zlib.compress(BODY)),
}


@pytest.mark.parametrize("coding", CODED)
def test_each_coding_is_undone(coding: str) -> None:
    assert undone(CODED[coding], coding, len(BODY)) == BODY


@given(st.lists(st.binary(max_size=200), min_size=1, max_size=4))
def test_all_members_of_a_gzip_body_are_read(parts: list[bytes]) -> None:
    raw = b"".join(gzip.compress(part) for part in parts)
    assert undone(raw, "gzip", 1000) == b"".join(parts)


def test_padding_behind_gzip_is_ignored() -> None:
    assert undone(gzip.compress(BODY) + b"\0" * 20, "gzip", 5000) == BODY


@pytest.mark.parametrize("coding", ["gzip", "deflate", " deflate ", "deflate, gzip"])
def test_the_bound_is_exact(coding: str) -> None:
    assert undone(CODED[coding], coding, len(BODY)) == BODY
    with pytest.raises(TooLarge):
        undone(CODED[coding], coding, len(BODY) - 1)


def test_the_bound_holds_over_all_members_together() -> None:
    with pytest.raises(TooLarge):
        undone(gzip.compress(BODY) * 3, "gzip", 2 * len(BODY))


def test_a_bomb_costs_no_more_memory_than_the_bound() -> None:
    bomb = gzip.compress(b"\0" * 2**26)
    tracemalloc.start()
    try:
        with pytest.raises(TooLarge):
            undone(bomb, "gzip", 2**20)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 4 * 2**20


@pytest.mark.parametrize("coding", ["gzip", "deflate", " deflate "])
def test_a_stream_cut_short_is_not_taken_for_the_whole(coding: str) -> None:
    with pytest.raises(Undecodable, match="ends too soon"):
        undone(CODED[coding][:-6], coding, 5000)


def test_what_is_not_in_its_coding_is_undecodable() -> None:
    with pytest.raises(Undecodable, match="not what its coding says"):
        undone(BODY, "gzip", 5000)


def test_a_coding_that_nobody_asked_for_is_named() -> None:
    with pytest.raises(Undecodable, match="'br'"):
        undone(b"x", "br", 5000)


def test_codings_cannot_be_piled_up() -> None:
    with pytest.raises(Undecodable, match="5 content codings"):
        undone(b"x", "gzip, gzip, gzip, gzip, gzip", 5000)


def piecewise(raw: bytes, coding: str, size: int) -> bytes:
    body = Piecewise(coding)
    parts = [piece for start in range(0, len(raw), size) for piece in body.feed(raw[start : start + size])]
    body.end()
    return b"".join(parts)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 10_000])
@pytest.mark.parametrize("coding", CODED)
def test_each_coding_is_undone_piece_by_piece(coding: str, size: int) -> None:
    assert piecewise(CODED[coding], coding, size) == BODY


@given(st.lists(st.binary(max_size=200), min_size=1, max_size=4), st.integers(1, 50))
def test_all_members_of_a_gzip_body_are_read_piece_by_piece(parts: list[bytes], size: int) -> None:
    raw = b"".join(gzip.compress(part) for part in parts) + b"\0" * 5
    assert piecewise(raw, "gzip", size) == b"".join(parts)


def test_what_was_flushed_is_there_before_the_body_ends() -> None:
    stream = zlib.compressobj(wbits=31)
    body = Piecewise("gzip")
    for part in (b"one", b"two"):
        assert b"".join(body.feed(stream.compress(part) + stream.flush(zlib.Z_SYNC_FLUSH))) == part


def test_a_bomb_is_unpacked_no_faster_than_it_is_read() -> None:
    body = Piecewise("gzip")
    bomb = gzip.compress(b"\0" * 2**26)
    tracemalloc.start()
    try:
        pieces = body.feed(bomb)
        assert len(next(pieces)) <= 2**16
        assert sum(map(len, pieces)) == 2**26 - 2**16
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 2**20


@pytest.mark.parametrize("size", [1, 50])
@pytest.mark.parametrize("coding", ["gzip", "deflate", " deflate ", "deflate, gzip"])
def test_a_body_cut_short_is_told_at_its_end(coding: str, size: int) -> None:
    for length in (1, len(CODED[coding]) - 6):
        with pytest.raises(Undecodable, match="ends too soon"):
            piecewise(CODED[coding][:length], coding, size)


def test_an_empty_body_is_whole_in_any_coding() -> None:
    assert piecewise(b"", "gzip", 1) == b""


def test_pieces_that_are_not_in_their_coding_are_undecodable() -> None:
    with pytest.raises(Undecodable, match="not what its coding says"):
        piecewise(BODY, "gzip", 10)
    with pytest.raises(Undecodable, match="'br'"):
        Piecewise("br")
