"""Progress: a bar for a person watching, a line now and then for a log."""

import io
from datetime import UTC, datetime

from rich.console import Console

from gatemeter.clock import ManualClock
from gatemeter.progress import LINE_INTERVAL_S, report_progress


def lines_after(total: int | None, steps: list[tuple[float, int, int]]) -> list[str]:
    clock = ManualClock(datetime(2026, 2, 1, tzinfo=UTC))
    stream = io.StringIO()
    with report_progress("shipping", total, console=Console(file=stream, width=200), clock=clock) as progress:
        for seconds, done, events in steps:
            clock.advance(seconds)
            progress.update(done, events)
    return stream.getvalue().splitlines()


def test_a_short_run_is_silent() -> None:
    assert lines_after(100, [(LINE_INTERVAL_S - 1, 50, 10)]) == []


def test_a_long_run_tells_rate_and_time_left() -> None:
    lines = lines_after(1000, [(10, 250, 20_000), (1, 300, 21_000), (9, 500, 40_000)])
    assert lines == [
        "shipping: 20,000 events, 2,000/s, 25 %, about 30 s left",
        "shipping: 40,000 events, 2,000/s, 50 %, about 20 s left",
    ]


def test_without_a_total_there_is_no_time_left() -> None:
    assert lines_after(None, [(10, 250, 20_000)]) == ["shipping: 20,000 events, 2,000/s"]


def test_a_terminal_gets_a_bar() -> None:
    clock = ManualClock(datetime(2026, 2, 1, tzinfo=UTC))
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=True, width=120)
    with report_progress("shipping", 1000, console=console, clock=clock) as progress:
        clock.advance(2)
        progress.update(500, 3000)
    assert "3,000 events, 1,500/s" in stream.getvalue()
