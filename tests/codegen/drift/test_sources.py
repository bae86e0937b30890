"""The list of pages is read strictly, written in place, and complete."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from codegen.drift.contracts import read_contract
from codegen.drift.facts import facts_name
from codegen.drift.sources import NAME, Page, read_sources, record, refuse_address, write_sources

from .conftest import PAGE, Checkout

ROOT = Path(__file__).parents[3]
ENTRY = f'[[page]]\naddress = "{PAGE}"\nspec = "demo"\nread = ""\ndigest = ""\n'
DIGEST = f"sha256:{'0' * 64}"


def test_every_page_that_a_spec_names_is_listed_and_the_other_way_round() -> None:
    pages = read_sources(ROOT)
    specs = sorted(path.stem for path in (ROOT / "openapi").glob("*.yaml"))
    named = {(address, spec) for spec in specs for address in read_contract(ROOT, spec).pages}
    assert {(page.address, page.spec) for page in pages if not page.note} == named
    assert not named & {(page.address, page.spec) for page in pages if page.note}


def test_every_facts_file_belongs_to_a_page_that_was_recorded() -> None:
    there = {path.relative_to(ROOT).as_posix() for path in (ROOT / "openapi/facts").rglob("*.json")}
    assert there == {facts_name(page) for page in read_sources(ROOT) if page.digest}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[[page]\n", ":1: is not TOML: "),
        (f"{ENTRY}\nx = [", ":7: is not TOML: "),
        ("pages = []\n", ": holds [[page]] tables and nothing else"),
        ("page = 1\n", ": holds [[page]] tables and nothing else"),
        (f"{ENTRY}\n[[page]]\nspec = 'demo'\n", ":7: a page has address, spec, read and digest"),
        (ENTRY + 'title = "x"\n', ":1: 'title' is no key of a page: address, digest, etag"),
        (ENTRY.replace('read = ""', "read = 2026-03-01"), ":1: read is not text"),
        (ENTRY.replace('read = ""', 'read = "yesterday"'), ":1: read 'yesterday' is no day"),
        (ENTRY.replace('digest = ""', 'digest = "sha256:abc"'), ":1: digest 'sha256:abc' was not recorded by --accept"),
        (ENTRY.replace('digest = ""', f'digest = "{DIGEST}"'), ":1: a digest without the day"),
        (ENTRY.replace("demo", "nothing"), ":1: there is no openapi/nothing.yaml"),
        (ENTRY.replace("demo", "../demo"), ":1: there is no openapi/../demo.yaml"),
        (
            ENTRY.replace("https", "http"),
            ":1: address 'http://docs.example.org/api/users' does not begin with https://",
        ),
        (ENTRY + 'fetch = "file:///etc/passwd"\n', ":1: fetch 'file:///etc/passwd' does not begin with https://"),
        (f"{ENTRY}\n{ENTRY}", ":7: https://docs.example.org/api/users is there already"),
        (
            f"{ENTRY}\n{ENTRY.replace('api/users', 'api-users')}",
            ":7: https://docs.example.org/api-users is there already",
        ),
    ],
)
def test_a_list_with_a_mistake_is_refused_with_its_line(text: str, message: str, refused: Callable[..., str]) -> None:
    assert refused(text).startswith(NAME + message)


def test_a_name_that_is_neither_page_nor_spec_is_refused(refused: Callable[..., str]) -> None:
    assert refused(ENTRY, "demo", "rezi") == "rezi: is neither a page nor a spec of openapi/sources.toml"


def test_a_list_that_is_missing_or_no_text_is_refused(checkout: Checkout) -> None:
    (checkout.root / NAME).write_bytes(b"\xff")
    assert main_message(checkout) == f"{NAME}: is not UTF-8 at byte 0"
    (checkout.root / NAME).unlink()
    assert main_message(checkout) == f"{NAME}: No such file or directory"


def main_message(checkout: Checkout) -> str:
    with pytest.raises(Exception) as caught:
        read_sources(checkout.root)
    return str(caught.value)


@pytest.mark.parametrize(
    "address",
    [
        "http://docs.example.org/", "ftp://docs.example.org/", "//docs.example.org/", "https://", "https:///etc/passwd",
        "https://localhost/", "https://127.0.0.1/", "https://[::1]/", "https://2130706433/", "https://0x7f.1/",
        "https://127.1/", "https://user@docs.example.org/", "https://docs.example.org:22/",
        "https://docs.example.org/#x",
        "https://docs.example.org/a b", "https://dócs.example.org/", "https://docs.example.org/\r\nX: y",
        "https://docs.example.org:99999/", "https://docs.example.org./", "https://[",
        f"https://docs.example.org/{'x' * 300}",
    ],
)  # fmt: skip
def test_only_plain_https_addresses_of_public_names_are_fetched(address: str) -> None:
    assert refuse_address(address)


def test_recording_keeps_what_people_wrote(checkout: Checkout) -> None:
    text = f'# about this file\n\n{ENTRY}etag = "old"  # theirs\n\n# and another\n{ENTRY.replace("users", "teams")}'
    (checkout.root / NAME).write_text(text, "utf-8")
    page, other = read_sources(checkout.root)
    write_sources(
        checkout.root, {page.address: record(page, read="2026-03-01", digest=DIGEST, etag="", modified="M\\n")}
    )
    written = (checkout.root / NAME).read_text("utf-8")
    assert "# about this file\n" in written
    assert "# and another\n" in written
    recorded, unchanged = read_sources(checkout.root)
    assert recorded == Page(PAGE, "demo", read="2026-03-01", digest=DIGEST, modified="M\\n")
    assert unchanged == other
    assert sorted(path.name for path in (checkout.root / "openapi").iterdir()) == ["demo.yaml", "sources.toml"]


def test_names_of_files_are_bounded_and_plain() -> None:
    assert Page("https://a.example/x/../Y?z=1", "demo").slug == "a.example-x-..-y-z-1"
    long = Page(f"https://a.example/{'x' * 250}", "demo").slug
    assert len(long) == 120
    assert long != Page(f"https://a.example/{'x' * 251}", "demo").slug
