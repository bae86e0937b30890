"""The command line of `python -m codegen diff [REV]`.

What compares is loaded when it runs: `generate` and `check` do without griffe.
"""

from __future__ import annotations

import argparse
import sys

from codegen.report import Refusal

_EXIT_CODES = "Exit codes: 0 nothing that users notice; 1 changes; 2 the revision or a document cannot be used."


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `diff` to the commands of the generator."""
    parser = commands.add_parser(
        "diff",
        help="say what the documents' changes since a revision do to users",
        description="Say what the changes of openapi/ since a revision do to users, and which version they ask for.",
        epilog=_EXIT_CODES,
    )
    parser.add_argument(
        "rev", metavar="REV", nargs="?", help="a commit, tag or branch; default: the last release, else HEAD"
    )
    parser.add_argument("--format", choices=("markdown", "json"), default="markdown", help="default: markdown")
    parser.add_argument("--write-fragment", metavar="NAME", help="write changelog.d/+NAME.<kind>.md, for you to edit")
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    """Compare, print, write the fragment where asked to, and return the exit code."""
    try:
        from codegen.diff import comparison, fragment, rendering  # noqa: PLC0415  as said above
    except ModuleNotFoundError as missing:
        raise Refusal(
            "diff", f"needs the dependency group `codegen`, there is no {missing.name}: run `nox -s diff`"
        ) from None
    if options.write_fragment is not None:
        fragment.check_name(options.write_fragment)
    found = comparison.compared(options.root, options.rev)
    written = fragment.write(options.root, options.write_fragment, found.fragments) if options.write_fragment else []
    show = {"markdown": rendering.markdown, "json": rendering.as_json}[options.format]
    print(show(found), end="")
    for name in written:
        print(f"{name}: written, for you to edit", file=sys.stderr)
    return 1 if found.changes else 0
