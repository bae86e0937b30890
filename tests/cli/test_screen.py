from __future__ import annotations

import io

import pytest
from rich.console import Console

from reknit.cli.screen import Screen, Tally
from reknit.runtime.hooks import AttemptEnded, AttemptStarted, CallEnded, CallStarted, Waiting


def screen(*, encoding="utf-8", width=80, **options):
    raw = io.BytesIO()
    output = io.TextIOWrapper(raw, encoding=encoding, write_through=True)
    return Screen(Console(file=output, width=width, highlight=False, **options)), lambda: raw.getvalue().decode(
        encoding
    )


def events(key=None, call=1):
    return (
        CallStarted(call, "rezolve.tools.execute", key),
        AttemptStarted(call, "rezolve.tools.execute", 1),
        AttemptEnded(call, "rezolve.tools.execute", 1, 503, None, 0.0021),
        Waiting(call, "rezolve.tools.execute", 1.04, "retry_after"),
        AttemptStarted(call, "rezolve.tools.execute", 2),
        AttemptEnded(call, "rezolve.tools.execute", 2, None, "ConnectFailed", 0.9996),
        Waiting(call, "rezolve.tools.execute", None, "limiter"),
        AttemptEnded(call, "rezolve.tools.execute", 3, 200, None, 0.003),
        CallEnded(call, "rezolve.tools.execute", 3, 2.1, None),
    )


def test_each_attempt_and_each_wait_is_a_row():
    shown, text = screen()
    see = shown.hook("rezolve")
    for event in events(key="0123456789abcdef0123456789abcdef"):
        see(event)
    assert text() == (
        "  tools.execute                    503     2 ms  key 01234567…\n"
        "    waits                                 1.0 s  the server asked for it\n"
        "  tools.execute                           1.0 s  ConnectFailed, attempt 2, key\n" + " " * 49 + "01234567…\n"
        "    waits                                        for its turn\n"
        "  tools.execute                    200     3 ms  attempt 3, key 01234567…\n"
    )


@pytest.mark.parametrize(("key", "note"), [(None, ""), ("letter-1", "  key letter-1")])
def test_a_short_key_is_shown_whole_and_none_not_at_all(key, note):
    shown, text = screen()
    see = shown.hook("rezolve")
    see(CallStarted(7, "rezolve.tools.list", key))
    see(AttemptEnded(7, "rezolve.tools.list", 1, 200, None, 0.001))
    assert text() == f"  tools.list                       200     1 ms{note}\n"


def test_calls_that_are_made_together_are_one_row():
    shown, text = screen()
    see = shown.hook("rezolve")
    with shown.together("tools.execute", 2) as group:
        for call in (1, 2):
            for event in events(call=call):
                see(event)
    assert (group.answered, group.held_back) == (2, 4)
    assert text().startswith("  tools.execute × 2 ")
    assert " ".join(text().split()).endswith("2 × 200, 2 × 503, 2 × ConnectFailed")


def test_a_tally_counts_what_calls_came_to():
    tally = Tally()
    for event in (*events(), CallEnded(2, "x", 1, 0.1, "Conflict")):
        tally.count(event)
    assert (tally.calls, tally.attempts, tally.waits, dict(tally.errors)) == (2, 3, 2, {"Conflict": 1})


def test_a_long_result_stays_beside_its_mark():
    shown, text = screen(width=40)
    shown.result("a result that needs more than one line of forty columns")
    shown.happens("something")
    assert text() == ("    → a result that needs more than one\n      line of forty columns\n    • something\n")


def test_an_output_that_takes_ascii_only_gets_ascii_only():
    shown, text = screen(encoding="ascii")
    shown.title("reknit · demo", "…")
    shown.section("Rezolve", "tools")
    shown.result("done")
    shown.hook("rezolve")
    shown.summary(1.0)
    assert "    -> done\n" in text()
    assert "+ 1 APIs, 0 calls, 0 requests in 1.0 s" in text()


def test_on_a_terminal_there_are_colours_and_a_line_at_the_bottom():
    shown, text = screen(force_terminal=True)
    see = shown.hook("rezolve")
    with shown.live():
        with shown.together("tools.execute", 1):
            for event in events():
                see(event)
        for event in events()[:4]:
            see(event)
    assert "\x1b[" in text()
    assert "waits: the server asked for it" in text()


def test_a_wide_terminal_is_not_used_to_its_end():
    shown, text = screen(width=300)
    shown.result("word " * 100)
    assert max(map(len, text().splitlines())) <= 100
