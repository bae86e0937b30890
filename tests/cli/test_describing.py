"""The commands of every API are its generated methods, with nothing left out and nothing in the way."""

from __future__ import annotations

import inspect
import shlex
from pathlib import Path

import pytest
import yaml

from reknit.cli import main
from reknit.cli.apis import APIS
from reknit.cli.arguments import example_of, flag_of
from reknit.cli.calling import Settings, app_of
from reknit.cli.describing import client_class, operations_of, read_docstring, same

ROOT = Path(__file__).parents[2]
ALL = [described for api in APIS for described in operations_of(api).values()]


@pytest.mark.parametrize("api", APIS)
def test_every_operation_of_the_spec_is_a_command(api):
    document = yaml.safe_load((ROOT / "openapi" / f"{api}.yaml").read_text())
    described = [
        (method.upper(), path)
        for path, item in document["paths"].items()
        for method in item.keys() & {"get", "put", "post", "delete", "options", "head", "patch", "trace"}
    ]
    made = [one.operation for one in operations_of(api).values()]
    assert sorted((operation.method, operation.path) for operation in made) == sorted(described)
    assert {operation.name for operation in made} <= set(app_of(api))


@pytest.mark.parametrize("described", ALL, ids=lambda described: f"{described.api}-{described.name}")
def test_its_options_are_the_arguments_of_its_method(described):
    groups = inspect.get_annotations(client_class(described.api), eval_str=True)
    method = getattr(groups[described.group], described.method)
    arguments = set(inspect.signature(method).parameters) - {"self", "options"}
    assert {option.name for option in described.options} == arguments
    # `dry_run` is meant to be one: the setting asks the API where the API can be asked.
    assert not arguments & (set(inspect.signature(Settings).parameters) - {"dry_run"})


@pytest.mark.parametrize("described", ALL, ids=lambda described: f"{described.api}-{described.name}")
def test_its_help_says_what_the_spec_says(described, capsys):
    assert main(["call", described.api, described.name, "--help"]) == 0
    out = capsys.readouterr().out
    assert out.startswith(f"Usage: reknit call {described.api} {described.name} ")
    assert described.docstring.summary in out
    assert f"Example: {shlex.join(example_of(described))}\n" in out
    for option in described.options:
        assert flag_of(option.name) in out
        assert option.help in out


@pytest.mark.parametrize("described", ALL, ids=lambda described: f"{described.api}-{described.name}")
def test_its_example_can_be_typed(described, capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "FILE").write_bytes(b"1")
    monkeypatch.delenv(f"{described.api.upper()}_API_KEY", raising=False)
    words = example_of(described)[1:]
    if described.name == "tools.execute":  # the API itself has a dry run, for which it has to be asked
        words += ["--base-url", "http://127.0.0.1:9", "--retries", "0"]
        monkeypatch.setenv("REZOLVE_API_KEY", "test")
        assert main([*words, "--dry-run", "--json"]) == 9
    else:
        assert main([*words, "--dry-run", "--json"]) == 0, capsys.readouterr().err


def test_a_docstring_is_read_in_its_parts():
    read = read_docstring(
        "Do it.\n\nLong.\n\nArgs:\n    a: First,\n        and more.\n    b (int): Second.\n\n"
        "Raises:\n    X: never.\n\nSee there."
    )
    assert (read.summary, read.text) == ("Do it.", "Long.\n\nSee there.")
    assert read.arguments == {"a": "First, and more.", "b": "Second."}


@pytest.mark.parametrize(
    ("name", "wire", "is_same"),
    [("ai_token_id", "aiTokenId", True), ("user_id", "userID", True), ("user", "userID", False)],
)
def test_a_python_name_is_known_by_its_wire_name(name, wire, is_same):
    assert same(name, wire) is is_same
