from __future__ import annotations

from codegen.report import Finding, Refusal, Report


def test_findings_come_once_in_their_order_and_errors_count() -> None:
    report = Report()
    report.note("a#/x", "is wide")
    report.note("a#/x", "is wide")
    assert not report.incomplete
    report.error("a#/y", "cannot be")
    assert report.incomplete
    assert [str(finding) for finding in report] == ["note: a#/x: is wide", "error: a#/y: cannot be"]
    assert report.of("error") == (Finding("a#/y", "cannot be", "error"),)


def test_messages_are_one_printable_line_of_bounded_length() -> None:
    refusal = Refusal("a#/\n\x1b[31m", "x" * 1000)
    assert "\n" not in str(refusal)
    assert "\x1b" not in str(refusal)
    assert len(str(refusal)) == 400
