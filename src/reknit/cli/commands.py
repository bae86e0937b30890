"""The commands and their options; what they do is imported when they are called.

`--help` of each, and the completion of all of them, so need neither a client nor a server.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

from cyclopts import Parameter

from .numbers import whole

__all__ = ["completion", "demo", "doctor", "listen", "sandbox"]

#: cyclopts defines a function and leaves it to the file's name to have it called; this calls it whatever the name, and
#: where the script is sourced instead, registers it.
_ZSH_BEGINS: Final = """\
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
  _cyclopts_reknit "$@"
else
  compdef _cyclopts_reknit reknit
fi"""


def _option(text: str, metavar: str | None = None) -> Parameter:
    return Parameter(help=text, metavar=metavar, negative=(), show_default=lambda value: value or None)


def _number(text: str, metavar: str = "NUMBER") -> Parameter:
    return Parameter(help=text, metavar=metavar, negative=(), show_default=lambda value: value or None, converter=whole)


def demo() -> int:
    """Call all four APIs, played by a sandbox on this machine.

    It takes about ten seconds and needs neither a key nor a network.
    """
    from .demo import run  # noqa: PLC0415

    return run()


def sandbox(
    *,
    host: Annotated[str, _option("The address to listen on.", "ADDRESS")] = "127.0.0.1",
    port: Annotated[int, _number("The port to listen on; 0 takes a free one.", "PORT")] = 8642,
    state: Annotated[str | None, _option("Keep the state in this SQLite file.", "FILE")] = None,
    seed: Annotated[int, _number("What ids and numbers are drawn from.")] = 0,
    fault: Annotated[
        list[str] | None,
        _option("What goes wrong, as [API[/OPERATION]]:KIND[,NAME=VALUE...]; may be given again.", "FAULT"),
    ] = None,
    callbacks_anywhere: Annotated[bool, _option("Send callbacks to addresses of other machines too.")] = False,
    allowed_host: Annotated[
        list[str] | None, _option("Another name under which it may be asked; may be given again.", "HOST")
    ] = None,
    quiet: Annotated[bool, _option("Say nothing of the requests that come.")] = False,
) -> int:
    """Serve the four APIs on this machine, with faults on demand.

    It prints the lines to export on stdout, then a line for each request on stderr, until Ctrl-C. Open its address in a
    browser to see it work. Callbacks of Refonte carry the first key of REFONTE_CALLBACK_KEY where it is set.
    """
    from .serving import Wanted, run  # noqa: PLC0415

    return run(
        Wanted(
            host=host,
            port=port,
            state=state,
            seed=seed,
            faults=tuple(fault or ()),
            callbacks_anywhere=callbacks_anywhere,
            allowed_hosts=tuple(allowed_host or ()),
            quiet=quiet,
        )
    )


def listen(
    *,
    host: Annotated[str, _option("The address to listen on.", "ADDRESS")] = "127.0.0.1",
    port: Annotated[int, _number("The port to listen on; 0 takes a free one.", "PORT")] = 8643,
    forward: Annotated[str | None, _option("Pass on what comes to this URL, and answer as it does.", "URL")] = None,
    count: Annotated[int | None, _number("Stop after so many callbacks.")] = None,
    timeout: Annotated[float | None, _option("Stop after so many seconds.", "SECONDS")] = None,
    json: Annotated[bool, _option("Print each callback as JSON in one line.")] = False,
) -> int:
    """Receive callbacks on a port, verify what can be verified, show them, and pass them on.

    Any path takes any API's callbacks; /rezi, /refonte and /relays say whose they are. Refonte's are held to the
    keys in REFONTE_CALLBACK_KEY, separated by commas, and a relay session is read again where RELAYS_API_KEY is set.
    Those that fail are answered 401 and not passed on.
    """
    from .listening import Wanted, run  # noqa: PLC0415

    return run(Wanted(host=host, port=port, forward=forward, count=count, timeout=timeout, json=json))


def doctor(
    *apis: Annotated[Literal["rezi", "rezolve", "refonte", "relays"], _option("Only these APIs.")],
    timeout: Annotated[float, _option("How long to wait for a server.", "SECONDS")] = 5.0,
    json: Annotated[bool, _option("Print what is found as JSON.")] = False,
) -> int:
    """Look at keys, servers, clocks and versions.

    It sends one request without a key to each server, and shows no key. The exit code is 1 where something is wrong
    with an API that is named or has a key.
    """
    from .doctor import run  # noqa: PLC0415

    return run(apis, timeout=timeout, as_json=json)


def completion(shell: Annotated[Literal["bash", "zsh", "fish"], _option("The shell that is to complete.")]) -> int:
    """Print the completion script of a shell.

    bash: write it to ~/.local/share/bash-completion/completions/reknit. zsh: to _reknit in a directory of your fpath,
    or source it after compinit. fish: to ~/.config/fish/completions/reknit.fish.
    """
    from .app import build  # noqa: PLC0415

    script = build().generate_completion(shell=shell).rstrip()
    print(f"{script}\n\n{_ZSH_BEGINS}" if shell == "zsh" else script)
    return 0
