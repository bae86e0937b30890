"""What the user typed, and which command that is.

Commands are imported when they are called: `reknit --version` needs neither rich nor a client.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from .. import __version__

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code.

    0: it went well; 1: it did not; 2: it could not begin; 130: it was interrupted.
    """
    parser = _parser()
    arguments = parser.parse_args(argv)
    if arguments.command is None:
        parser.print_help(sys.stderr)
        return 2
    try:
        return _demo()
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="reknit",
        description="One async SDK for four HTTP APIs: Rezi, Rezolve, Refonte.AI and Relays.",
    )
    parser.add_argument("--version", action="version", version=f"reknit {__version__}")
    commands = parser.add_subparsers(title="commands", dest="command", metavar="COMMAND")
    commands.add_parser(
        "demo",
        help="call all four APIs, played by a sandbox on this machine",
        description="Call all four APIs, played by a sandbox on this machine: about ten seconds, no key, no network.",
    )
    return parser


def _demo() -> int:
    try:
        from .demo import run  # noqa: PLC0415  # rich is not there for everyone
    except ModuleNotFoundError as missing:
        if missing.name is None or missing.name.partition(".")[0] != "rich":
            raise
        print("reknit demo needs rich, which is not installed: pip install 'reknit[cli]'", file=sys.stderr)
        return 2
    return run()
