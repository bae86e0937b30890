"""An independent validator is heard, and refuses nothing."""

from __future__ import annotations

from codegen import validation
from codegen.__main__ import main
from codegen.report import Report
from codegen.validation import validate


def notes(source) -> list[str]:
    report = Report()
    validate(source, report)
    assert not report.incomplete
    return [str(finding) for finding in report]


def test_a_good_document_has_no_notes(write) -> None:
    assert notes(write("openapi: 3.1.0\ninfo: {title: T, version: '1'}\npaths: {}\n")) == []


def test_what_the_validator_finds_is_a_note_with_its_place(write) -> None:
    found = notes(write("openapi: 3.1.0\ninfo: {title: T}\npaths: {}\n"))
    assert found == ["note: spec.yaml#/info: openapi-spec-validator: 'version' is a required property"]


def test_documents_of_3_0_are_held_to_3_0(write) -> None:
    nullable = (
        "openapi: 3.0.3\ninfo: {title: T, version: '1'}\npaths: {}\ncomponents: {schemas: {A: {type: [string]}}}\n"
    )
    assert any("/components/schemas/A" in note for note in notes(write(nullable)))


def test_what_the_validator_cannot_walk_is_left_to_the_passes(write) -> None:
    dangling = "openapi: 3.1.0\ninfo: {title: T, version: '1'}\npaths: {/a: {$ref: 'other.yaml#/x'}}\n"
    assert any("openapi-spec-validator" in note for note in notes(write(dangling)))


def test_no_more_than_some_notes_are_given(write, monkeypatch) -> None:
    monkeypatch.setattr(validation, "_MOST", 1)
    found = notes(write("openapi: 3.1.0\ninfo: {}\npaths: {}\n"))
    assert len(found) == 2
    assert "more to say" in found[-1]


def test_documents_that_are_huge_or_no_openapi_are_passed_over(write, monkeypatch) -> None:
    assert notes(write("- a list\n")) == []
    monkeypatch.setattr(validation, "_LARGEST", 10)
    assert notes(write("openapi: 3.1.0\ninfo: {}\npaths: {}\n")) == []


def test_the_command_prints_the_notes_and_goes_on(write, tmp_path, capsys) -> None:
    source = write("openapi: 3.1.0\ninfo: {title: T}\npaths: {}\n")
    assert main(["generate", str(source.path), "--package", "made", "--out", str(tmp_path / "out")]) == 0
    assert "openapi-spec-validator: 'version' is a required property" in capsys.readouterr().err
