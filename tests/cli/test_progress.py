from __future__ import annotations

import io
import threading

import pytest

from reknit.cli.progress import Progress, _cut, sentence
from reknit.runtime.hooks import AttemptEnded, AttemptStarted, CallEnded, CallStarted, Waiting

WAIT = Waiting(1, "rezolve.tools.list", 1.25, "retry_after")


@pytest.mark.parametrize(
    ("event", "said"),
    [
        (WAIT, "rezolve.tools.list waits 1.2 s: the server asked for it"),
        (Waiting(1, "a.b", None, "limiter"), "a.b waits: for its turn, as the rate limit has it"),
        (Waiting(1, "a.b", 2.0, "moon"), "a.b waits 2.0 s: moon"),
        (AttemptStarted(1, "a.b", 1), "a.b"),
        (AttemptStarted(1, "a.b", 2), "a.b, attempt 2"),
        (CallStarted(1, "a.b", None), ""),
        (AttemptEnded(1, "a.b", 1, 200, None, 0.1), ""),
        (CallEnded(1, "a.b", 1, 0.1, "Conflict"), ""),
    ],
)
def test_an_event_is_a_sentence(event, said):
    assert sentence(event) == said


def test_elsewhere_than_on_a_terminal_each_wait_is_a_line():
    output = io.StringIO()
    with Progress(output) as progress:
        for event in (
            AttemptStarted(1, "a.b", 1),
            WAIT,
            Waiting(1, "a.b", None, "limiter"),
            CallEnded(1, "a.b", 1, 1, "X"),
        ):
            progress(event)
    assert output.getvalue() == "reknit: rezolve.tools.list waits 1.2 s: the server asked for it\n"


class Terminal(io.StringIO):
    def __init__(self):
        super().__init__()
        self.drawn = threading.Event()

    def isatty(self):
        return True

    def flush(self):
        self.drawn.set()


def test_on_a_terminal_a_line_comes_and_goes():
    output = Terminal()
    with Progress(output) as progress:
        progress(WAIT)
        assert output.drawn.wait(30)
    assert "waits 1.2 s" in output.getvalue()
    assert output.getvalue().endswith("\r\x1b[2K")


@pytest.mark.parametrize("quiet", [True, False])
def test_a_short_call_shows_nothing(quiet):
    output = Terminal()
    with Progress(output, quiet=quiet) as progress:
        progress(AttemptStarted(1, "a.b", 1))
    assert output.getvalue() == ""


@pytest.mark.parametrize(("columns", "shown"), [(40, "x" * 36 + "..."), (80, "x" * 50), (3, "...")])
def test_a_line_leaves_the_last_column_free(columns, shown):
    assert _cut("x" * 50, columns) == shown
