# ruff: noqa: E501 - tables of texts, several a line

from __future__ import annotations

import pytest

from codegen.media import concrete, essence, format_of, kind_of, rank


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


def test_json_goes_before_the_rest() -> None:
    assert rank("json") < rank("multipart") < rank("form") < rank("text") < rank("bytes")
    assert essence("Text/Plain ; a=b") == "text/plain"


@pytest.mark.parametrize(
    ("media", "others"),
    [
        ("application/json", ["text/json", "application/vnd.a+json; v=1", "*/*", "application/*+json"]),
        ("application/xml", ["text/xml", "application/*+xml", "Application/XML; charset=utf-8"]),
        ("application/yaml", ["text/yaml", "application/x-yaml", "text/x-yaml"]),
        ("image/png", ["video/*", "application/pdf", "application/octet-stream"]),
        ("text/csv", ["text/csv; header=present"]),
    ],
)
def test_what_is_written_alike_is_one_format(media: str, others: list[str]) -> None:
    assert {format_of(other) for other in others} == {format_of(media)}


def test_formats_that_are_not_written_alike_are_told_apart() -> None:
    medias = ["application/json", "application/merge-patch+json", "application/json-patch+json", "text/csv",
              "text/plain", "text/xml", "text/yaml", "image/png", "multipart/mixed", "multipart/form-data",
              "application/x-www-form-urlencoded", "application/x-ndjson"]  # fmt: skip
    assert len({format_of(media) for media in medias}) == len(medias)


@pytest.mark.parametrize(
    ("media", "sent"),
    [
        ("*/*", "application/json"), ("text/*", "text/plain"), ("multipart/*", "multipart/form-data"),
        ("image/*", "image/*"), ("application/*+xml", "application/xml"), ("application/*+json", "application/json"),
        ("text/csv; a=*", "text/csv; a=*"),
    ],
)  # fmt: skip
def test_a_range_is_sent_as_one_of_what_it_stands_for(media: str, sent: str) -> None:
    assert concrete(media, kind_of(media)) == sent
    assert concrete("*/*", "bytes") == "application/octet-stream"
