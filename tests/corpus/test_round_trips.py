"""The whole way on small documents: what is right passes, and every break of a client is found."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from corpus.__main__ import documents, main
from corpus.documents import Settings, round_trips, run
from corpus.packaging import generated
from corpus.result import Result

SPECS = Path(__file__).parent.parent / "codegen" / "specs"
FEW = Settings(examples=2, package=False)
_numbers = itertools.count()


@pytest.mark.parametrize("name", ["pets", "places", "streams"])
def test_every_value_of_a_small_document_comes_back_as_it_went_out(name: str, tmp_path: Path) -> None:
    result = run(SPECS / f"{name}.yaml", tmp_path / f"{name}-whole", FEW)
    assert [*result.package, *result.failures] == []
    assert result.passed > 30


ODDITIES = """
openapi: 3.0.3
info: {title: Oddities, version: '1'}
servers: [{url: 'https://example.org'}]
components:
  securitySchemes: {key: {type: apiKey, in: query, name: key}}
security: [{key: []}]
paths:
  /one: {$ref: '#/paths/~1two'}
  /two:
    get: {responses: {'204': {description: none}}}
  /pages/{id}.json:
    parameters:
      - {name: id, in: path, required: true, schema: {type: integer, maximum: -1}}
      - {name: key, in: query, schema: {type: string}}
    get: {responses: {'204': {description: none}}}
  /forms:
    put:
      requestBody:
        required: true
        content:
          multipart/form-data:
            schema:
              type: object
              properties: {object: {type: object, properties: {a: {type: string}}, additionalProperties: false}}
            encoding: {object: {style: form}}
      responses: {'204': {description: none}}
  /odd-forms:
    put:
      requestBody:
        required: true
        content:
          multipart/x-www-form-urlencoded:
            schema: {type: object, required: [file], properties: {file: {type: string, format: binary}}}
      responses: {'204': {description: none}}
"""


def test_what_is_odd_in_a_document_is_read_as_openapi_says(tmp_path: Path) -> None:
    spec = tmp_path / "oddities.yaml"
    spec.write_text(ODDITIES, "utf-8")
    result = run(spec, tmp_path / "out", FEW)
    assert [*result.package, *result.failures, *result.listed] == []
    assert (result.operations, result.passed > 10) == (5, True)


def test_of_many_operations_those_are_taken_that_are_spread_over_the_document(tmp_path: Path) -> None:
    spec = tmp_path / "oddities.yaml"
    spec.write_text(ODDITIES, "utf-8")
    result = run(spec, tmp_path / "some", Settings(examples=2, operations=2, package=False))
    assert [*result.package, *result.failures] == []
    assert (result.operations, result.passed > 0) == (2, True)


def broken(name: str, folder: Path, old: str, new: str) -> Result:
    """Generate a package, break it, and make its round trips. Each has a name of its own: modules stay loaded."""
    spec, result = SPECS / f"{name}.yaml", Result(name)
    package = generated(spec, f"broken_{name}_{folder.name.replace('-', '_')}_{next(_numbers)}", folder, result)
    changed = 0
    for path in sorted(package.folder.rglob("*.py")):
        text = path.read_text("utf-8")
        changed += text.count(old)
        path.write_text(text.replace(old, new), "utf-8")
    assert changed, f"{old!r} is not in the package"
    round_trips(package, spec, FEW, result)
    return result


@pytest.mark.parametrize(
    ("name", "old", "new", "reason"),
    [
        ("pets", '"pipeDelimited"', '"form"', "ids"),  # a parameter in another style
        ("pets", '"filter": filter', '"filters": filter', "was not sent"),  # a parameter under another name
        ("pets", 'path="/login"', 'path="/logon"', "arrived as"),  # another address
        ("pets", '"wire": "petType"', '"wire": "pettype"', "pettype"),  # a property under another name
        ("pets", "lives: int | ", "lives: bool | ", "lives"),  # a property of another type
        ("places", '"X-Box": x_box', '"X-Bux": x_box', "was not sent"),  # a header under another name
        ("places", 'ApiKey("api key", place="query")', 'ApiKey("other key", place="query")', "security"),
        ("streams", "Events(lambda: models.Piece", "Events(lambda: models.Answer", "text"),  # items of another type
    ],
)
def test_what_a_client_does_wrong_is_found(name: str, old: str, new: str, reason: str, tmp_path: Path) -> None:
    result = broken(name, tmp_path, old, new)
    assert any(reason in failure.reason for failure in result.failures), result.failures[:3]


def test_an_encoder_that_loses_a_property_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from reknit.runtime import requests

    encode = requests.encode
    monkeypatch.setattr(requests, "encode", lambda body, *rest: encode(body, *rest).replace(b'"friends"', b'"fiends"'))
    result = run(SPECS / "pets.yaml", tmp_path / "lossy", FEW)
    assert any("friends" in failure.reason for failure in result.failures)


def test_a_decoder_that_forgets_what_it_does_not_know_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from reknit.runtime import caller

    monkeypatch.setattr(caller, "unknown_in", lambda *_: {})
    result = run(SPECS / "hub.yaml", tmp_path / "forgetful", Settings(examples=6, package=False))
    assert any("was lost" in failure.reason for failure in result.failures)


def test_two_runs_make_the_same_values(tmp_path: Path) -> None:
    first, second = (run(SPECS / "hub.yaml", tmp_path / name, FEW) for name in ("one", "two"))
    assert (first.passed, first.listed) == (second.passed, second.listed)


def test_the_table_has_a_line_for_each_document_and_its_totals(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "no-document.yaml").write_text("a: 1\n", "utf-8")
    (tmp_path / "swagger.yaml").write_text("openapi: 2.0.0\npaths: {}\n", "utf-8")
    code = main([str(tmp_path), str(SPECS / "hub.yaml"), "--quick", "--examples", "1", "--jobs", "1"])
    head, *lines = capfd.readouterr().out.splitlines()
    assert code == 1
    assert head.split()[:3] == ["document", "operations", "schemas"]
    assert [line.split()[0] for line in lines[:3]] == ["swagger.yaml", "hub.yaml", "2"]
    assert any(line.startswith("- swagger.yaml") for line in lines)


def test_a_folder_holds_the_documents_that_say_that_they_are_openapi(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("# a comment\nopenapi: 3.1.0\n", "utf-8")
    (tmp_path / "b.json").write_text('{"openapi": "3.0.0"}', "utf-8")
    (tmp_path / "c.yaml").write_text("swagger: 2.0\n", "utf-8")
    (tmp_path / "d.md").write_text("openapi: 3.1.0\n", "utf-8")
    assert [path.name for path in documents([tmp_path])] == ["a.yaml", "b.json"]
