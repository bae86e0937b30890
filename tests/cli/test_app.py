from __future__ import annotations

import subprocess
import sys

import pytest

import reknit
from reknit.cli import main

COMMANDS = ("call", "completion", "demo", "doctor", "inbox", "listen", "sandbox")


def test_the_version_is_printed(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"reknit {reknit.__version__}\n"


def test_help_names_every_command(capsys):
    assert main(["--help"]) == 0
    out = capsys.readouterr().out
    assert all(f"  {command}: " in out for command in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_that_is_plain_when_piped(command, capsys):
    assert main([command, "--help"]) == 0
    out = capsys.readouterr().out
    assert out.startswith(f"Usage: reknit {command}")
    assert not set(out) & set("\x1b│╭")


@pytest.mark.parametrize("words", [[], ["call"], ["call", "rezolve"]])
def test_without_a_command_there_is_help_on_stderr_and_exit_code_2(words, capsys):
    assert main(words) == 2
    out, err = capsys.readouterr()
    assert "Commands" in err
    assert out == ""


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["dance"], "unknown command 'dance' (`reknit --help` lists them)"),
        (["demp"], "unknown command 'demp'; did you mean demo? (`reknit --help` lists them)"),
        (["call", "rezo"], "unknown API 'rezo'; did you mean rezi? (`reknit call --help` lists them)"),
        (
            ["call", "rezolve", "tools.exec"],
            "unknown operation 'tools.exec'; did you mean tools.execute? (`reknit call rezolve --help` lists them)",
        ),
        (["demo", "now"], "'now' is one word too many (`reknit demo --help` says what is taken)"),
        (
            ["call", "rezi", "users.get"],
            "--user-id is missing (`reknit call rezi users.get --help` says what is needed)",
        ),
        (["call", "rezi", "users.get", "--user", "1"], "Unknown option: --user. Did you mean --user-id?"),
        (["sandbox", "--port", "x"], 'Invalid value for --port: unable to convert "x" into int.'),
        (["sandbox", "--port", "65536"], "--port: 65536 is no port; there are 0 to 65535"),
        (["doctor", "--timeout", "0"], "--timeout: 0 is no number of seconds above 0"),
        (["listen", "--count", "0"], "--count: 0 is less than 1"),
        (["listen", "--forward", "ftp://a"], "--forward: ftp://a is no http address"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(words, line, capsys):
    assert main(words) == 2
    assert capsys.readouterr().err == f"reknit: {line}\n"


@pytest.fixture
def without(monkeypatch):
    def hide(top):
        for name in [name for name in sys.modules if name.partition(".")[0] == top or name.startswith("reknit.cli.")]:
            monkeypatch.delitem(sys.modules, name)
        monkeypatch.setitem(sys.modules, top, None)

    return hide


@pytest.mark.parametrize(
    ("missing", "words", "line"),
    [
        ("cyclopts", ["call"], "reknit call needs cyclopts, which is not installed: pip install 'reknit[cli]'"),
        ("rich", ["demo"], "reknit demo needs rich, which is not installed: pip install 'reknit[cli]'"),
    ],
)
def test_without_an_extra_it_says_what_to_install(without, missing, words, line, capsys):
    without(missing)
    assert main(words) == 2
    assert capsys.readouterr().err == f"reknit: {line}\n"


def test_another_module_that_is_missing_is_not_explained_away(monkeypatch):
    monkeypatch.delitem(sys.modules, "reknit.cli.demo", raising=False)
    monkeypatch.delitem(sys.modules, "reknit.cli.story", raising=False)
    monkeypatch.setitem(sys.modules, "reknit.sandbox", None)
    with pytest.raises(ModuleNotFoundError, match=r"reknit\.sandbox"):
        main(["demo"])


def test_an_interrupt_is_exit_code_130(monkeypatch):
    def interrupt():
        raise KeyboardInterrupt

    monkeypatch.setattr("reknit.cli.demo.run", interrupt)
    assert main(["demo"]) == 130


def loaded_by(*words):
    program = (
        f"import sys; from reknit.cli import main; main({list(words)!r})\n"
        "print(*sorted(name for name in sys.modules if name.count('.') < 2), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(done.stderr.split())


def test_the_version_needs_neither_cyclopts_nor_rich_nor_a_client_nor_the_sandbox():
    assert not loaded_by("--version") & {"cyclopts", "rich", "aiohttp", "asyncio", "reknit.sandbox", "reknit.rezolve"}


@pytest.mark.parametrize("words", [["--help"], ["call", "--help"], ["sandbox", "--help"]])
def test_help_imports_no_client_and_no_server(words):
    assert not loaded_by(*words) & {"aiohttp", "asyncio", "reknit.runtime", "reknit.sandbox", "reknit.rezolve"}


def test_help_of_an_api_imports_that_api_alone():
    loaded = loaded_by("call", "rezolve", "--help")
    assert "reknit.rezolve" in loaded
    assert not loaded & {"reknit.sandbox", "reknit.rezi", "reknit.refonte", "reknit.relays"}


def test_it_runs_as_a_module():
    done = subprocess.run(
        [sys.executable, "-m", "reknit.cli", "--version"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, f"reknit {reknit.__version__}\n")


def test_a_reader_that_goes_away_is_no_traceback():
    process = subprocess.Popen(
        [sys.executable, "-m", "reknit.cli", "completion", "bash"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    process.stdout.close()
    _, complaint = process.communicate(timeout=60)
    assert (process.returncode, complaint) == (141, b"")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_knows_operations_and_options(shell, capsys):
    assert main(["completion", shell]) == 0
    script = capsys.readouterr().out
    assert "tools.execute" in script
    assert "connection-id" in script


def test_the_completion_of_bash_completes(capsys):
    main(["completion", "bash"])
    script = capsys.readouterr().out
    words = "reknit call rezolve tools.e"
    ask = f"COMP_WORDS=({words}); COMP_CWORD=3; COMP_LINE='{words}'; _reknit; echo \"${{COMPREPLY[@]}}\""
    completed = subprocess.run(["bash", "-c", f"{script}\n{ask}"], capture_output=True, text=True, check=True)
    assert completed.stdout.split() == ["tools.execute"], completed.stderr
