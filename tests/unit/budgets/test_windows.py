"""Which days and hours a window has."""

from datetime import UTC, date, datetime

import pytest

from gatemeter.budgets.window import SlidingWindow, Unit, calendar_days, parse_window


@pytest.mark.parametrize(
    ("unit", "anchor_day", "today", "first", "end"),
    [
        ("day", 1, (2026, 12, 31), (2026, 12, 31), (2027, 1, 1)),
        ("week", 1, (2026, 3, 1), (2026, 2, 23), (2026, 3, 2)),
        ("month", 1, (2026, 12, 5), (2026, 12, 1), (2027, 1, 1)),
        ("month", 15, (2026, 1, 14), (2025, 12, 15), (2026, 1, 15)),
        ("month", 31, (2026, 2, 28), (2026, 2, 28), (2026, 3, 31)),
        ("month", 31, (2026, 3, 30), (2026, 2, 28), (2026, 3, 31)),
    ],
)
def test_a_calendar_window_holds_its_day(
    unit: Unit, anchor_day: int, today: tuple[int, int, int], first: tuple[int, int, int], end: tuple[int, int, int]
) -> None:
    assert calendar_days(unit, anchor_day, date(*today)) == (date(*first), date(*end))


@pytest.mark.parametrize(("text", "begin"), [("2h", (9, 0)), ("15m", (9, 28))])
def test_a_sliding_window_ends_with_this_step(text: str, begin: tuple[int, int]) -> None:
    window = parse_window(text)
    assert isinstance(window, SlidingWindow)
    span = window.span(datetime(2026, 2, 3, 9 if text == "15m" else 10, 42, 7, tzinfo=UTC))
    assert span.start == datetime(2026, 2, 3, *begin, tzinfo=UTC)
    assert span.end - span.start == window.length
