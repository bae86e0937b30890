"""The pages that the facts of the contracts come from: `openapi/sources.toml`, read strictly and written in place.

An empty digest means that nobody has recorded the page yet. It is never filled in by hand: only what was fetched and
looked at has a digest.
"""

from __future__ import annotations

import hashlib
import os
import re
import tomllib
from collections.abc import Iterable, Mapping
from ipaddress import ip_address
from pathlib import Path
from tempfile import mkstemp
from typing import Any
from urllib.parse import urlsplit

from attrs import evolve, frozen

from codegen.report import Refusal

NAME = "openapi/sources.toml"

_SPEC = re.compile(r"[a-z][a-z0-9_]*", re.ASCII)
_HOST = re.compile(r"(?=.{1,253}\Z)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)
_ADDRESS = re.compile(r"[\w:/?#@!$&'()*+,;=%.~\[\]-]{1,300}", re.ASCII)
_DAY = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])", re.ASCII)
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}", re.ASCII)
_MAX_SLUG = 120


@frozen
class Page:
    """A page, and what was recorded of it when somebody last accepted it.

    `fetch` is where its content is got, if that is not the address that people read. `note` says which facts come from
    a page that no `x-source` names.
    """

    address: str
    spec: str
    fetch: str = ""
    note: str = ""
    read: str = ""
    digest: str = ""
    etag: str = ""
    modified: str = ""

    @property
    def target(self) -> str:
        """The address that is fetched."""
        return self.fetch or self.address

    @property
    def slug(self) -> str:
        """A name for the page's files, made of its address."""
        parts = urlsplit(self.address)
        text = f"{parts.hostname}{parts.path}{'?' if parts.query else ''}{parts.query}"
        slug = re.sub(r"[^a-z0-9.]+", "-", text.lower()).strip("-.")
        if len(slug) <= _MAX_SLUG:
            return slug
        return f"{slug[: _MAX_SLUG - 13]}-{hashlib.sha256(self.address.encode()).hexdigest()[:12]}"


def read_sources(root: Path) -> tuple[Page, ...]:
    """Read the pages of a checkout, or refuse the file with the line that is wrong."""
    text = _text(root)
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        line = re.search(r"at line (\d+)", str(problem))
        raise Refusal(f"{NAME}:{line[1] if line else len(text.splitlines())}", f"is not TOML: {problem}") from None
    lines = [number for number, line in enumerate(text.splitlines(), 1) if re.match(r"\s*\[\[\s*page\s*\]\]", line)]
    entries = data.get("page")
    if data.keys() != {"page"} or not isinstance(entries, list):
        raise Refusal(NAME, "holds [[page]] tables and nothing else")
    seen: dict[tuple[str, str], str] = {}
    pages: list[Page] = []
    for number, entry in enumerate(entries):
        where = f"{NAME}:{lines[number]}" if len(lines) == len(entries) else f"{NAME}: page {number + 1}"
        page = _page(entry, where, root)
        for key in (("address", page.address), (page.spec, page.slug)):
            if key in seen:
                raise Refusal(where, f"{page.address} is there already, or too much like {seen[key]}")
            seen[key] = page.address
        pages.append(page)
    return tuple(pages)


def chosen(pages: Iterable[Page], names: Iterable[str]) -> tuple[Page, ...]:
    """Return the pages of these addresses or specs, all for no name; refuse a name that is neither."""
    pages = tuple(pages)
    wanted = tuple(names)
    for name in wanted:
        if not any(name in {page.address, page.spec} for page in pages):
            raise Refusal(name, f"is neither a page nor a spec of {NAME}")
    return tuple(page for page in pages if not wanted or page.address in wanted or page.spec in wanted)


def write_sources(root: Path, recorded: Mapping[str, Page]) -> None:
    """Put what was recorded of pages, by address, into the file; the rest of it stays as it is, comments included."""
    import tomlkit  # noqa: PLC0415  only whoever accepts needs it

    document = tomlkit.parse(_text(root))
    for entry in document["page"]:
        page = recorded.get(str(entry["address"]))
        for key in ("read", "digest", "etag", "modified") if page else ():
            value = getattr(page, key)
            if value or key in {"read", "digest"}:
                entry[key] = value
            elif key in entry:
                del entry[key]
    write_text(root / NAME, tomlkit.dumps(document))


def record(page: Page, *, read: str, digest: str, etag: str, modified: str) -> Page:
    """Return a page as accepted on a day."""
    return evolve(page, read=read, digest=digest, etag=etag, modified=modified)


def write_text(path: Path, text: str) -> None:
    """Replace a file in one step: a failure leaves what was there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = mkstemp(prefix=f".{path.name}.", dir=path.parent)
    beside = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        beside.chmod(0o644)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def refuse_address(address: str) -> str | None:
    """Return why an address cannot be fetched, None where it can: https, a public name, nothing else in it."""
    if not _ADDRESS.fullmatch(address):
        return "is longer than 300 characters, or has others than an address may have"
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return "is no address"
    if parts.scheme != "https":
        return "does not begin with https://"
    if parts.username is not None or parts.password is not None or port not in {None, 443}:
        return "names a user or a port"
    if parts.fragment or address.endswith("#"):
        return "has a fragment: name the page"
    host = parts.hostname or ""
    if _is_ip(host) or not _HOST.fullmatch(host):
        return "names no host of the public DNS"
    return None


def _is_ip(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _text(root: Path) -> str:
    try:
        return (root / NAME).read_text("utf-8")
    except UnicodeDecodeError as problem:
        raise Refusal(NAME, f"is not UTF-8 at byte {problem.start}") from None
    except OSError as problem:
        raise Refusal(NAME, problem.strerror or "cannot be read") from None


def _page(entry: Any, where: str, root: Path) -> Page:
    keys = {"address", "spec", "fetch", "note", "read", "digest", "etag", "modified"}
    if not isinstance(entry, dict) or not {"address", "spec", "read", "digest"} <= entry.keys():
        raise Refusal(where, "a page has address, spec, read and digest")
    for key, value in entry.items():
        if key not in keys:
            raise Refusal(where, f"{key!r} is no key of a page: {', '.join(sorted(keys))}")
        if not isinstance(value, str):
            raise Refusal(where, f"{key} is not text")
    page = Page(**entry)
    for key, address in (("address", page.address), ("fetch", page.target)):
        if reason := refuse_address(address):
            raise Refusal(where, f"{key} {address!r} {reason}")
    if not _SPEC.fullmatch(page.spec) or not (root / "openapi" / f"{page.spec}.yaml").is_file():
        raise Refusal(where, f"there is no openapi/{page.spec}.yaml")
    if page.read and not _DAY.fullmatch(page.read):
        raise Refusal(where, f"read {page.read!r} is no day: YYYY-MM-DD, or empty")
    if page.digest and not _DIGEST.fullmatch(page.digest):
        raise Refusal(where, f"digest {page.digest!r} was not recorded by --accept: leave it empty")
    if page.digest and not page.read:
        raise Refusal(where, "a digest without the day on which the page was read")
    return page
