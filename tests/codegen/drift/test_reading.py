"""A page is read in a process of its own, so what it does to its reader does nothing to us."""

from __future__ import annotations

import sys

import pytest

from codegen.drift.fetching import Body
from codegen.drift.reading import read, read_all

ADDRESS = "https://docs.example.org/x"


async def test_pages_are_read_in_their_order() -> None:
    pages = [(ADDRESS, Body(f"# GET /{number}".encode(), "text/markdown")) for number in range(3)]
    readings = await read_all([*pages, (ADDRESS, Body(b"%PDF", "application/pdf"))])
    assert [reading.facts[0].name for reading in readings[:3]] == ["GET /0", "GET /1", "GET /2"]
    assert readings[0] == read(b"# GET /0", "text/markdown", ADDRESS)
    assert readings[3].unreadable == "sends application/pdf, which holds no text to compare"
    assert not readings[3].digest


async def test_a_page_that_takes_for_ever_is_given_up() -> None:
    attributes = b"<p " + b"".join(b"a%d=1 " % number for number in range(400_000)) + b">x"
    [reading] = await read_all([(ADDRESS, Body(attributes, "text/html"))], seconds=1.5)
    assert reading.unreadable == "takes more than 1.5 seconds to read"


@pytest.mark.skipif(sys.platform == "win32", reason="memory is bounded where the system can")
async def test_a_reader_that_dies_leaves_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("codegen.drift.reading._CODE", "/")
    [reading] = await read_all([(ADDRESS, Body(b"x", "text/html"))])
    assert reading.unreadable == "cannot be read: its reader came to an end without an answer"
