"""`python -m codegen drift`: its arguments, and what it prints. What fetches and parses is loaded when it runs."""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from codegen.drift.sources import NAME, chosen, read_sources

if TYPE_CHECKING:
    from codegen.drift.fetching import Network

EXIT_CODES = (
    "Exit codes: 0 every page is as accepted, or was now accepted; 1 a page changed, is gone, or was never recorded; "
    "2 a page could not be looked at (the others are still reported), or the arguments or a file cannot be used."
)


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to those of `python -m codegen`."""
    drift = commands.add_parser(
        "drift",
        help="say what changed on the pages that the specs were written from",
        description=f"Fetch the pages of {NAME} and compare them with what was accepted of them.",
        epilog=EXIT_CODES,
    )
    drift.add_argument("pages", metavar="PAGE", nargs="*", help="the address of a page, or a spec's name; else all")
    drift.add_argument("--accept", action="store_true", help="record the pages as they are now: you have read them")
    drift.add_argument("--format", choices=["text", "markdown"], default="text", help="markdown: the body of an issue")
    drift.set_defaults(run=run)


def run(options: argparse.Namespace, network: Network | None = None, today: dt.date | None = None) -> int:
    """Look at the pages that the arguments name, print what there is to say, and return the exit code."""
    root: Path = options.root
    pages = chosen(read_sources(root), options.pages)

    from codegen.drift import looking, reporting  # noqa: PLC0415  loads aiohttp
    from codegen.drift.fetching import Network  # noqa: PLC0415

    looks = asyncio.run(looking.look_at(root, pages, network or Network()))
    render = reporting.as_markdown if options.format == "markdown" else reporting.as_text
    named = frozenset(page.address for page in pages) if options.pages else frozenset[str]()
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(render(looks, in_full=named).encode(encoding, "backslashreplace").decode(encoding))
    if not options.accept:
        return looking.exit_code(looks)
    for page in looking.accept(root, looks, today or dt.datetime.now(dt.UTC).date()):
        print(f"recorded {page.address}: {page.read}, {page.digest}")
    left = [look for look in looks if not look.can_be_accepted]
    for look in left:
        print(f"not recorded {look.page.address}: it {reporting.shown(look.reason)}", file=sys.stderr)
    return looking.exit_code(left)
