from __future__ import annotations

from pathlib import Path

import pytest

from reknit import errors, relays, rezolve
from reknit.cli.exits import Exit, exit_of, facts_of

PAGE = Path(__file__).resolve().parents[2] / "docs" / "cli.md"


def test_the_page_lists_the_exit_codes():
    rows = "".join(f"| {code.value} | {code.meaning} |\n" for code in Exit)
    assert f"| code | what it says |\n|---|---|\n{rows}" in PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.ConfigurationError(), Exit.USAGE),
        (errors.InvalidArgument(), Exit.USAGE),
        (rezolve.ApprovalRequired(), Exit.APPROVAL),
        (errors.Unauthorized(), Exit.CREDENTIALS),
        (errors.Forbidden(), Exit.CREDENTIALS),
        (rezolve.ToolNotFound(), Exit.NOT_FOUND),
        (errors.Conflict(), Exit.CONFLICT),
        (errors.RateLimited(), Exit.LIMITED),
        (errors.ServerError(), Exit.SERVER),
        (errors.ConnectFailed(), Exit.UNSENT),
        (errors.ConnectFailed().with_context(sent=True), Exit.UNANSWERED),
        (errors.DeadlineExceeded(), Exit.UNANSWERED),
        (errors.DeadlineExceeded().with_context(sent=False), Exit.UNSENT),
        (errors.BodyTooLarge(), Exit.MISFIT),
        (errors.InvalidRequest(), Exit.FAILED),
        (rezolve.UpstreamError(), Exit.FAILED),
        (relays.SessionNotReady(), Exit.FAILED),
    ],
)
def test_each_error_has_a_code(error, code):
    assert exit_of(error) is code


def test_the_facts_of_an_error_are_those_that_are_known():
    error = errors.NotFound("a.b: 404 no").with_context(status=404, code="X", operation="a.b")
    assert facts_of(error) == {
        "error": "NotFound",
        "exit_code": 5,
        "operation": "a.b",
        "message": "a.b: 404 no",
        "status": 404,
        "code": "X",
    }
