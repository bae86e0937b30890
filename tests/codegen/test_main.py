"""The command line says in one line what is wrong, writes all or nothing, and ends with a code for scripts."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from codegen.__main__ import main

ROOT = Path(__file__).parent.parent.parent
SPEC = """openapi: 3.1.0
info: {title: A, version: '1'}
paths:
  /a:
    get:
      operationId: a
      responses: {'200': {description: ok}}
"""
BROKEN = SPEC.replace("operationId: a", "operationId: a\n      parameters:\n        - {name: p, in: body}")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    (tmp_path / "openapi").mkdir()
    (tmp_path / "openapi" / "one.yaml").write_text(SPEC)
    (tmp_path / "openapi" / "two.yaml").write_text(SPEC.replace("title: A", "title: B"))
    return tmp_path


def test_all_documents_are_generated_and_checked(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["generate"], checkout) == 0
    assert capsys.readouterr().out == "src/reknit/one/_generated: written\nsrc/reknit/two/_generated: written\n"
    assert main(["generate"], checkout) == 0
    assert capsys.readouterr().out == "src/reknit/one/_generated: unchanged\nsrc/reknit/two/_generated: unchanged\n"
    assert main(["check"], checkout) == 0
    text = (checkout / "src/reknit/one/_generated/operations.py").read_text()
    assert "Generated from openapi/one.yaml (sha256 " in text
    assert "\nby `python -m codegen generate`. Do not edit.\n" in text


def test_check_names_what_is_not_as_it_should_be(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["generate"], checkout)
    generated = checkout / "src/reknit/one/_generated"
    (generated / "models.py").write_text("edited")
    (generated / "extra.py").write_text("")
    (generated / "events.py").unlink()
    capsys.readouterr()
    assert main(["check"], checkout) == 1
    errors = capsys.readouterr().err
    assert [line.split()[0] for line in errors.splitlines()] == [
        f"src/reknit/one/_generated/{name}.py" for name in ("events", "extra", "models")
    ]
    assert "is not what openapi/one.yaml gives: run `python -m codegen generate`" in errors


def test_a_document_becomes_a_package(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec = tmp_path / "spec.yaml"
    spec.write_text(SPEC)
    assert main(["generate", str(spec), "--package", "thing", "--out", str(tmp_path / "out")]) == 0
    written = sorted(path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("*.*"))
    assert written == [
        "thing/__init__.py", "thing/_generated/__init__.py", "thing/_generated/events.py", "thing/_generated/models.py",
        "thing/_generated/operations.py", "thing/client.py", "thing/py.typed",
    ]  # fmt: skip
    assert "by `python -m codegen generate spec.yaml --package thing`" in (tmp_path / "out/thing/client.py").read_text()
    assert capsys.readouterr().out == f"{tmp_path}/out/thing: written\n"


def test_what_cannot_be_expressed_is_named_and_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = tmp_path / "spec.yaml"
    spec.write_text(BROKEN)
    command = ["generate", str(spec), "--package", "thing", "--out", str(tmp_path / "out")]
    assert main(command) == 1
    errors = capsys.readouterr().err
    assert "error: spec.yaml:8#/paths/~1a/get/parameters/0: a parameter cannot be in 'body'\n" in errors
    assert "nothing written; --allow-incomplete goes on" in errors
    assert not (tmp_path / "out").exists()
    assert main([*command, "--allow-incomplete"]) == 0
    assert (tmp_path / "out/thing/client.py").exists()


def test_one_incomplete_document_of_several_fails_the_run(checkout: Path) -> None:
    (checkout / "openapi" / "one.yaml").write_text(BROKEN)
    assert main(["generate"], checkout) == 1
    assert not (checkout / "src/reknit/one").exists()
    assert (checkout / "src/reknit/two").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["generate", "spec.yaml"], "generate: a document needs --package NAME and --out DIR"),
        (["generate", "--out", "x"], "generate: --package and --out go with a document"),
        (
            ["generate", "spec.yaml", "--package", "a-b", "--out", "x"],
            "--package: 'a-b' is not a name that Python can import",
        ),
        (["generate", "spec.yaml", "--package", "class", "--out", "x"], "is not a name that Python can import"),
        (["generate", "none.yaml", "--package", "a", "--out", "x"], "none.yaml: No such file or directory"),
        (["generate", "spec.yaml", "--package", "a", "--out", "spec.yaml/x"], "nothing written: Not a directory: "),
    ],
)
def test_bad_arguments_get_one_clear_line(
    arguments: list[str],
    message: str,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "spec.yaml").write_text(SPEC)
    assert main(arguments) == 2
    errors = capsys.readouterr().err
    assert message in errors
    assert errors.count("\n") == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("openapi: 3.1.0\npaths: {/a: {$ref: '#/gone'}}\n", "spec.yaml:2#/paths/~1a: $ref '#/gone' leads nowhere"),
        ("a: [", "spec.yaml:2: is not YAML"),
        (
            "openapi: 3.1.0\ncomponents:\n  schemas:\n"
            + "".join(f"    A{n}: {{items: {{$ref: '#/components/schemas/A{n + 1}'}}}}\n" for n in range(999))
            + "    A999: {}\n",
            "",
        ),
        ("openapi: 2.0.0", "spec.yaml:1#/openapi: version 2.0.0 is neither 3.0 nor 3.1"),
    ],
)
def test_bad_documents_get_one_clear_line(
    text: str, message: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    spec = tmp_path / "spec.yaml"
    spec.write_text(text)
    assert main(["generate", str(spec), "--package", "a", "--out", str(tmp_path / "out")]) == 2
    errors = capsys.readouterr().err
    assert errors.startswith(message)
    assert errors.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_help_names_the_commands_and_the_exit_codes() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "codegen", "--help"], capture_output=True, text=True, check=True,
        cwd=Path(__file__).parents[2],
    )  # fmt: skip
    for word in ("generate", "check", "Exit codes"):
        assert word in done.stdout
    with pytest.raises(SystemExit) as caught:
        main([])
    assert caught.value.code == 2


def test_the_sandbox_gets_a_copy_of_each_document_and_check_notices_an_old_one(
    checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    specs = checkout / "src" / "reknit" / "sandbox" / "specs"
    specs.mkdir(parents=True)
    assert main(["generate"], checkout) == 0
    assert sorted(path.name for path in specs.iterdir()) == ["one.json", "two.json"]
    assert main(["check"], checkout) == 0
    (specs / "one.json").write_text("{}")
    assert main(["check"], checkout) == 1
    assert "src/reknit/sandbox/specs/one.json is not what openapi/one.yaml gives" in capsys.readouterr().err
    assert main(["generate"], checkout) == 0
    assert main(["check"], checkout) == 0


def test_a_missing_package_is_named_and_so_is_the_session_that_installs_it() -> None:
    bare = [sys.executable, "-S", "-m", "codegen", "check"]  # -S: nothing but the standard library
    done = subprocess.run(
        bare, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False, env={"PATH": os.defpath}
    )
    assert done.returncode == 2
    assert "nox -s generate" in done.stderr
    assert "Traceback" not in done.stderr


def test_every_option_of_the_generator_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    page = (ROOT / "docs/generating.md").read_text(encoding="utf-8")
    with pytest.raises(SystemExit):
        main(["generate", "--help"])
    text = capsys.readouterr().out
    options = set(re.findall(r"--[a-z-]+", text)) - {"--help"}
    assert options
    assert {option for option in options if f"| `{option}" not in page} == set()
