"""What the user typed, and which command that is.

Commands are imported when they are called, and `reknit --version` needs no more than the SDK: neither cyclopts nor rich
nor a client. What cannot begin is one line on stderr and exit code 2, whatever found it out.
"""

from __future__ import annotations

import contextlib
import difflib
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from .. import __version__
from .apis import APIS
from .terminals import is_plain

if TYPE_CHECKING:
    from cyclopts import App, CycloptsError

__all__ = ["build", "main"]

_ABOUT: Final = "One async SDK for four HTTP APIs: Rezi, Rezolve, Refonte.AI and Relays."
#: Each command of `commands`, with its line in `--help`.
_COMMANDS: Final = {
    "demo": "Call all four APIs, played by a sandbox on this machine.",
    "sandbox": "Serve the four APIs on this machine, with faults on demand.",
    "listen": "Receive callbacks on a port, verify and show them, and pass them on.",
    "doctor": "Look at keys, servers, clocks and versions.",
    "completion": "Print the completion script of a shell.",
}
_INBOX: Final = "Look after an inbox: what waits, what died, and running it again."
#: Each command of `inbox`, likewise.
_INBOX_COMMANDS: Final = {
    "list_": "List letters, dead ones with --state dead.",
    "show": "Show a letter with its body.",
    "replay": "Handle letters again.",
    "drop": "Give letters up.",
    "stats": "Count the letters in each state.",
    "work": "Handle letters until Ctrl-C.",
}
#: How wide help is that nobody looks at on a terminal: never wrapped.
_WIDTH: Final = 10_000
#: What comes with an extra: the top module → the extra.
_EXTRAS: Final = {
    "aiosqlite": "inbox",
    "cyclopts": "cli",
    "jsonschema_rs": "sandbox",
    "rich": "cli",
    "sqlalchemy": "inbox",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code; `docs/cli.md` lists them."""
    words = list(sys.argv[1:] if argv is None else argv)
    _open_what_is_closed()
    try:
        code = _run(words)
        sys.stdout.flush()  # a full disk is told here, and not by a traceback when the interpreter ends
        return code
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        _write_no_more()
        return 141
    except OSError as error:
        _write_no_more()
        return _refuse(f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}", words, code=1)
    except ImportError as error:
        top = _missing(error)
        if top not in _EXTRAS:
            raise
        command = " ".join(["reknit", *words[:1]])
        return _refuse(f"{command} needs {top}, which is not installed: pip install 'reknit[{_EXTRAS[top]}]'", words)


def _missing(error: ImportError) -> str:
    """Return the top module that is not there, or nothing; cyclopts raises an error of its own from Python's."""
    cause = error if isinstance(error, ModuleNotFoundError) else error.__cause__
    return (cause.name or "").partition(".")[0] if isinstance(cause, ModuleNotFoundError) else ""


def _open_what_is_closed() -> None:
    """Give a process that was started without stdin, stdout or stderr (`>&-`) the null device in their place.

    Without it, the first socket would get the number of stdout, and what is meant for stderr would go to stdout.
    """
    streams = (("stdin", "r"), ("stdout", "w"), ("stderr", "w"))
    for name, mode in streams:
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123, SIM115 - for good


def _write_no_more() -> None:
    """Let stdout lead nowhere: what is left in its buffer must not fail again when the interpreter ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _run(words: list[str]) -> int:
    if words == ["--version"]:
        print(f"reknit {__version__}")
        return 0
    from cyclopts import CycloptsError  # noqa: PLC0415 - not there for everyone, and --version does without

    from ..errors import ConfigurationError  # noqa: PLC0415
    from .exits import Refusal  # noqa: PLC0415

    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")  # an answer may hold what this terminal cannot write
    app = build()
    try:
        command, bound, _ = app.parse_args(words, exit_on_error=False, print_error=False)
    except CycloptsError as error:
        return _refuse(_explain(error), words)
    if getattr(command, "__func__", None) is type(app).help_print and not {"--help", "-h"} & set(words):
        # A command that needs more words: its help is the complaint.
        app.help_print(words, console=_stderr())
        return 2
    try:
        return int(command(*bound.args, **bound.kwargs) or 0)
    except (Refusal, ConfigurationError) as refusal:  # what is set wrongly in the environment is bad input too
        return _refuse(str(refusal), words)


def build() -> App:
    """Return the tree of commands; those of the APIs are imported when they are looked into."""
    from cyclopts import App  # noqa: PLC0415

    from .exits import Exit  # noqa: PLC0415

    options: dict[str, Any] = {"help_format": "plaintext"}
    if not sys.stdout.isatty():
        # A pipe gets no frames, and each option in a line of its own, however long: it is for grep, or for a pager.
        from rich.console import Console  # noqa: PLC0415

        options |= {"help_formatter": "plain", "console": Console(width=_WIDTH)}
    elif is_plain():
        from rich.console import Console  # noqa: PLC0415

        options["console"] = Console(color_system=None)  # rich itself keeps bold letters where colours are unwanted
    app = App(name="reknit", help=_ABOUT, version=__version__, **options)
    codes = "\n".join(f"{code.value:>3}  {code.meaning}" for code in Exit)
    call = App(name="call", help="Call an operation of an API.", version_flags=[], help_epilogue=f"Exit codes\n{codes}")
    for api, about in APIS.items():
        call.command(f"reknit.cli.calling:{api}", name=api, help=about)
    app.command(call)
    inbox = App(name="inbox", help=_INBOX, version_flags=[])
    for name, about in _INBOX_COMMANDS.items():
        inbox.command(f"reknit.cli.inbox:{name}", name=name.rstrip("_"), help=about, version_flags=[])
    app.command(inbox)
    for name, about in _COMMANDS.items():
        app.command(f"reknit.cli.commands:{name}", name=name, help=about, version_flags=[])
    return app


def _explain(error: CycloptsError) -> str:
    """Say in one line what is wrong with what was typed."""
    from cyclopts.exceptions import (  # noqa: PLC0415
        CoercionError,
        MissingArgumentError,
        UnknownCommandError,
        UnusedCliTokensError,
    )

    if isinstance(error, UnknownCommandError) and error.app is not None and error.unused_tokens:
        return _unknown(error.app, list(error.command_chain or ()), error.unused_tokens[0])
    more = " ".join(["reknit", *(error.command_chain or ()), "--help"])
    if type(error) is MissingArgumentError and error.argument is not None and not error.keyword:
        return f"{error.argument.name} is missing (`{more}` says what is needed)"
    if isinstance(error, CoercionError) and error.msg:
        return str(error.msg)
    if isinstance(error, UnusedCliTokensError) and error.unused_tokens:
        return f"{error.unused_tokens[0]!r} is one word too many (`{more}` says what is taken)"
    error.verbose = False
    return str(error)


def _unknown(app: App, chain: list[str], word: str) -> str:
    known = [name for name in app if not name.startswith("-")]
    what = {0: "command", 1: "API", 2: "operation"}.get(len(chain), "command")
    close = difflib.get_close_matches(word, known, n=1, cutoff=0.5)
    meant = f"; did you mean {close[0]}?" if close else ""
    return f"unknown {what} {word!r}{meant} (`{' '.join(['reknit', *chain, '--help'])}` lists them)"


def _refuse(text: str, words: list[str], *, code: int = 2) -> int:
    """Say in one line why there is no result, as JSON where that was asked for; return the exit code."""
    from .rendering import one_line, to_json  # noqa: PLC0415

    line = one_line(text)
    facts = {"error": "Refusal" if code == 2 else "OSError", "exit_code": code, "message": line}
    with contextlib.suppress(OSError):
        print(to_json(facts) if "--json" in words else f"reknit: {line}", file=sys.stderr)
    return code


def _stderr() -> Any:
    from rich.console import Console  # noqa: PLC0415

    return Console(stderr=True, color_system=None if is_plain() else "auto")
