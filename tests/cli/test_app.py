from __future__ import annotations

import subprocess
import sys

import pytest

import reknit
from reknit.cli import main


def test_the_version_is_printed(capsys):
    with pytest.raises(SystemExit) as end:
        main(["--version"])
    assert end.value.code == 0
    assert capsys.readouterr().out == f"reknit {reknit.__version__}\n"


def test_help_names_every_command(capsys):
    with pytest.raises(SystemExit) as end:
        main(["--help"])
    assert end.value.code == 0
    assert "demo" in capsys.readouterr().out


def test_without_a_command_there_is_help_and_exit_code_2(capsys):
    assert main([]) == 2
    assert "demo" in capsys.readouterr().err


def test_an_unknown_command_is_exit_code_2(capsys):
    with pytest.raises(SystemExit) as end:
        main(["dance"])
    assert end.value.code == 2
    assert "dance" in capsys.readouterr().err


@pytest.fixture
def without_rich(monkeypatch):
    for name in [name for name in sys.modules if name.partition(".")[0] == "rich" or name.startswith("reknit.cli.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "rich", None)


def test_without_the_extra_it_says_what_to_install(without_rich, capsys):
    assert main(["demo"]) == 2
    assert capsys.readouterr().err == "reknit demo needs rich, which is not installed: pip install 'reknit[cli]'\n"


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


def test_the_version_needs_neither_rich_nor_a_client_nor_the_sandbox():
    program = (
        "import sys; from reknit.cli import main\n"
        "try: main(['--version'])\n"
        "except SystemExit: pass\n"
        "heavy = {'rich', 'aiohttp', 'reknit.sandbox', 'reknit.rezolve'}\n"
        "sys.exit(str(heavy & set(sys.modules)) if heavy & set(sys.modules) else 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_it_runs_as_a_module():
    done = subprocess.run(
        [sys.executable, "-m", "reknit.cli", "--version"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, f"reknit {reknit.__version__}\n")
