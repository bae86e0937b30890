"""Uploads are multipart, and a resend sends the same bytes."""

from __future__ import annotations

import io
from email import message_from_bytes
from email.message import Message
from pathlib import Path
from typing import Any

import pytest

from reknit import errors
from reknit.runtime import FileInput
from tests.refonte.answers import Labels
from tests.serving import Seen, Serve, reply, script

CONTENT = b"\x89PNG\r\n\x1a\n--boundary\r\n\x00\xff"


def parts(seen: Seen) -> dict[str, tuple[str | None, bytes]]:
    """Return each field of a multipart body: its file name and its bytes."""
    head = f"Content-Type: {seen.headers['Content-Type']}\r\n\r\n".encode()
    message: Message[Any, Any] = message_from_bytes(head + seen.body)
    found: dict[str, tuple[str | None, bytes]] = {}
    for part in message.get_payload():
        assert isinstance(part, Message)
        name = part.get_param("name", header="Content-Disposition")
        content = part.get_payload(decode=True)
        assert isinstance(name, str)
        assert isinstance(content, bytes)
        found[name] = part.get_filename(), content
    return found


async def test_an_upload_sends_the_file_and_its_fields(serve: Serve, labels: Labels) -> None:
    served = await serve(reply({"id": "f_1"}))
    async with labels(served) as client:
        uploaded = await client.files.upload(
            file=("scene.png", CONTENT), project_name="street scenes", reference_id="r_1", metadata='{"a": 1}'
        )
    assert uploaded == {"id": "f_1"}
    (seen,) = served.requests
    assert (seen.method, seen.target) == ("POST", "/files/upload")
    assert seen.headers["Content-Type"].startswith("multipart/form-data; boundary=")
    assert parts(seen) == {
        "file": ("scene.png", CONTENT),
        "project_name": (None, b"street scenes"),
        "reference_id": (None, b"r_1"),
        "metadata": (None, b'{"a": 1}'),
    }


@pytest.mark.parametrize("kind", ["bytes", "path", "open file", "named path", "named open file"])
async def test_a_file_may_be_bytes_or_a_path_or_open_and_a_resend_sends_the_same(
    serve: Serve, labels: Labels, tmp_path: Path, kind: str
) -> None:
    path = tmp_path / "scene.png"
    path.write_bytes(CONTENT)
    files: dict[str, tuple[FileInput, str]] = {
        "bytes": (CONTENT, "file"),
        "path": (path, "scene.png"),
        "open file": (io.BytesIO(CONTENT), "file"),
        "named path": (("day.png", path), "day.png"),
        "named open file": (("day.png", io.BytesIO(CONTENT)), "day.png"),
    }
    file, name = files[kind]
    served = await serve(
        script(reply(b"", 429, retry_after="0"), reply(b"", 429, retry_after="0"), reply({"id": "f_1"}))
    )
    async with labels(served) as client:
        await client.files.upload(file=file)
    assert [parts(seen) for seen in served.requests] == [{"file": (name, CONTENT)}] * 3


async def test_an_upload_that_may_have_worked_is_not_resent(serve: Serve, labels: Labels) -> None:
    served = await serve(script(reply(b"", 503), reply({"id": "f_1"})))
    async with labels(served) as client:
        with pytest.raises(errors.ServerError):
            await client.files.upload(file=CONTENT, reference_id="r_1")
    assert len(served.requests) == 1


async def test_a_reference_that_is_taken_is_a_conflict(serve: Serve, labels: Labels) -> None:
    served = await serve(reply({"error": "reference_id is taken"}, 409))
    async with labels(served) as client:
        with pytest.raises(errors.Conflict):
            await client.files.upload(file=CONTENT, reference_id="r_1")
        with pytest.raises(errors.Conflict):
            await client.files.import_url(file_url="https://example.org/scene.png", reference_id="r_1")
    assert served.requests[1].json == {"file_url": "https://example.org/scene.png", "reference_id": "r_1"}


@pytest.mark.parametrize(
    "file",
    [
        "scene.png",
        7,
        ["scene.png"],
        Path("/nowhere/to/be/found"),
        io.StringIO("text"),
        ("a\r\nb", b""),
        ("name", 7),
        ("name", None),
    ],
)
async def test_what_is_no_file_is_refused_before_anything_is_sent(serve: Serve, labels: Labels, file: Any) -> None:
    served = await serve(reply({}))
    async with labels(served) as client:
        with pytest.raises(errors.InvalidArgument):
            await client.files.upload(file=file)
    assert served.requests == []
