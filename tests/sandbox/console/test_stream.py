"""How events are written down, and how the place in their series is read."""

from __future__ import annotations

import json

import pytest

from reknit.sandbox.console.stream import encoded, last_seen, summary
from reknit.sandbox.ledger import Change, Event


@pytest.mark.parametrize(
    ("header", "place"),
    [(None, 0), ("", 0), ("7", 7), ("-7", 0), ("x", 0), ("\u0667", 0), ("9" * 30, 0), ("7\r\n", 0)],
)
def test_a_last_event_id_that_is_none_of_ours_means_everything(header: str | None, place: int) -> None:
    assert last_seen(header) == place


@pytest.mark.parametrize("text", ["a\nb", "a\r\nid: 1", "\u2028", "event: x"])
def test_no_value_breaks_out_of_its_line(text: str) -> None:
    lines = encoded("effect", {"subject": text}, 3).split("\n")
    assert lines[:2] == ["id: 3", "event: effect"]
    assert json.loads(lines[2].removeprefix("data: ")) == {"subject": text}
    assert lines[3:] == ["", ""]


def test_what_is_no_request_is_told_whole() -> None:
    assert summary(Event(4, "change", Change("clock"))) == {"id": 4, "kind": "change", "entry": {"name": "clock"}}
