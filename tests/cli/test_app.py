from __future__ import annotations

import contextlib
import io
import json
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

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
        (["sandbox", "--port", "x"], "--port: 'x' is no whole number"),
        (["sandbox", "--seed", "1.5"], "--seed: '1.5' is no whole number"),
        (["sandbox", "--host", ""], "--host: empty; 127.0.0.1 is this machine alone, 0.0.0.0 every address of it"),
        (["sandbox", "--state", ""], "--state: the name of a file is missing"),
        (["sandbox", "--state", "/"], "--state: / is a directory"),
        (["sandbox", "--state", "/no/such/state"], "--state: there is no directory /no/such"),
        (["call", "refonte", "tasks.list", "--limit", "0x10"], "--limit: '0x10' is no whole number"),
        (["call", "refonte", "tasks.list", "--retries", "1.9"], "--retries: '1.9' is no whole number"),
        (["sandbox", "--port", "65536"], "--port: 65536 is no port; there are 0 to 65535"),
        (["doctor", "--timeout", "0"], "--timeout: 0 is no number of seconds above 0"),
        (["listen", "--count", "0"], "--count: 0 is less than 1"),
        (["listen", "--forward", "ftp://a"], "--forward: ftp://a is no http address"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(words, line, capsys):
    assert main(words) == 2
    assert capsys.readouterr().err == f"reknit: {line}\n"


@pytest.mark.parametrize("words", [["call", "rezi"], ["call", "rezi", "users.get", "--json"]])
def test_bad_input_is_json_where_that_is_asked_for(words, capsys):
    assert main([*words, "--json"]) == 2
    facts = json.loads(capsys.readouterr().err)
    assert (facts["error"], facts["exit_code"]) == ("Refusal", 2)


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
        ("sqlalchemy", ["inbox", "stats"],
         "reknit inbox needs sqlalchemy, which is not installed: pip install 'reknit[inbox]'"),
    ],
)  # fmt: skip
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


@pytest.mark.parametrize("module", ["reknit", "reknit.cli"])
def test_it_runs_as_a_module(module):
    done = subprocess.run([sys.executable, "-m", module, "--version"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, f"reknit {reknit.__version__}\n")


def test_a_reader_that_goes_away_is_no_traceback():
    process = subprocess.Popen(
        [sys.executable, "-m", "reknit.cli", "completion", "bash"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    process.stdout.close()
    _, complaint = process.communicate(timeout=60)
    assert (process.returncode, complaint) == (141, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device that is full")
def test_an_answer_that_cannot_be_written_is_one_line():
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "reknit.cli", "--help"], check=False, stdout=full, stderr=subprocess.PIPE
        )
    assert (done.returncode, done.stderr) == (1, b"reknit: No space left on device\n")


@pytest.mark.parametrize(("closed", "code"), [("<&- >&-", 0), ("2>&-", 0)])
def test_streams_may_be_closed(closed, code):
    command = f'"{sys.executable}" -m reknit.cli --help {closed}'
    done = subprocess.run(["sh", "-c", command], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (code, b"")


def test_a_complaint_never_goes_to_stdout():
    done = subprocess.run(
        ["sh", "-c", f'"{sys.executable}" -m reknit.cli dance 2>&-'], capture_output=True, check=False
    )
    assert (done.returncode, done.stdout) == (2, b"")


@cache
def completion(shell):
    with contextlib.redirect_stdout(io.StringIO()) as out:
        assert main(["completion", shell]) == 0
    return out.getvalue()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_knows_operations_and_options(shell):
    script = completion(shell)
    assert "tools.execute" in script
    assert "connection-id" in script


def test_the_completion_of_bash_completes():
    script = completion("bash")
    words = "reknit call rezolve tools.e"
    ask = f"COMP_WORDS=({words}); COMP_CWORD=3; COMP_LINE='{words}'; _reknit; echo \"${{COMPREPLY[@]}}\""
    completed = subprocess.run(["bash", "-c", f"{script}\n{ask}"], capture_output=True, text=True, check=True)
    assert completed.stdout.split() == ["tools.execute"], completed.stderr


@pytest.mark.parametrize(("shell", "check"), [("bash", "-n"), ("zsh", "-n"), ("fish", "--no-execute")])
def test_the_completion_of_a_shell_that_is_there_can_be_read(shell, check, tmp_path):
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    (tmp_path / "script").write_text(completion(shell))
    read = subprocess.run([shell, check, tmp_path / "script"], capture_output=True, text=True, check=False)
    assert (read.returncode, read.stderr) == (0, "")


def test_the_completion_of_zsh_begins_whatever_its_file_is_called():
    """zsh runs a file of `fpath` as a function: what merely defines another one completes nothing."""
    script = completion("zsh")
    assert script.startswith("#compdef reknit\n")
    assert script.endswith('  _cyclopts_reknit "$@"\nelse\n  compdef _cyclopts_reknit reknit\nfi\n')
