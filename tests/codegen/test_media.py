# ruff: noqa: E501 - tables of texts, several a line

from __future__ import annotations

import pytest

from codegen.media import essence, kind_of, preferred


@pytest.mark.parametrize(
    ("media", "kind"),
    [
        ("application/json", "json"), ("Application/JSON; charset=utf-8", "json"), ("application/problem+json", "json"),
        ("*/*", "json"), ("application/*", "json"), ("text/json", "json"), ("application/x-ndjson", "lines"),
        ("text/event-stream", "events"), ("application/x-www-form-urlencoded", "form"), ("multipart/related", "multipart"),
        ("text/csv", "text"), ("application/xml", "text"), ("application/atom+xml", "text"), ("image/png", "bytes"),
        ("application/octet-stream", "bytes"), ("", "bytes"),
    ],
)  # fmt: skip
def test_media_types_are_sorted_by_how_they_are_read(media: str, kind: str) -> None:
    assert kind_of(media) == kind


def test_json_is_preferred_and_the_first_of_equals() -> None:
    assert preferred(["text/plain", "multipart/form-data", "application/json"]) == "application/json"
    assert preferred(["application/a+json", "application/json"]) == "application/a+json"
    assert essence("Text/Plain ; a=b") == "text/plain"
