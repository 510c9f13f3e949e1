"""The time that a query is about, and the time before it."""

from datetime import UTC, datetime

import pytest

from gatemeter.errors import SettingsError
from gatemeter.metrics.span import last_span, span_before, written_span_before
from gatemeter.reports.period import TimeSpan, WrittenSpan

NOW = datetime(2026, 3, 4, 10, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("24h", datetime(2026, 3, 3, 11, tzinfo=UTC)),
        ("7d", datetime(2026, 2, 25, 11, tzinfo=UTC)),
        (" 2W ", datetime(2026, 2, 18, 11, tzinfo=UTC)),
        ("999999w", datetime(1970, 1, 1, tzinfo=UTC)),
    ],
)
def test_the_last_hours_end_with_the_present_one(text: str, start: datetime) -> None:
    assert last_span(text, NOW) == TimeSpan(start, datetime(2026, 3, 4, 11, tzinfo=UTC))


@pytest.mark.parametrize("text", ["", "7", "0d", "-1d", "1y", "1.5h", "9" * 50 + "d", "\u0667d"])
def test_what_is_no_length_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="--last"):
        last_span(text, NOW)


def test_the_span_before_is_as_long() -> None:
    span = TimeSpan(datetime(2026, 3, 4, 6, tzinfo=UTC), datetime(2026, 3, 4, 10, tzinfo=UTC))
    assert span_before(span) == TimeSpan(datetime(2026, 3, 4, 2, tzinfo=UTC), span.start)


@pytest.mark.parametrize(
    ("span", "before"),
    [
        (("2026-03", "2026-04"), ("2026-02", "2026-03")),
        (("2026-01", "2026-04"), ("2025-10", "2026-01")),
        (("2026-03-01", "2026-03-08"), ("2026-02-22", "2026-03-01")),
        (("2026-03-02", "2026-03-03"), ("2026-03-01", "2026-03-02")),
        (("2026-03-01T06:00", "2026-03-01T08:00"), ("2026-03-01T04:00", "2026-03-01T06:00")),
    ],
)
def test_before_whole_months_are_as_many_months(span: tuple[str, str], before: tuple[str, str]) -> None:
    assert written_span_before(WrittenSpan.parse(*span)).in_utc() == TimeSpan.parse(*before)


@pytest.mark.parametrize("span", [(None, None), ("2026-02", None), (None, "2026-03"), ("1970-01", "1970-02")])
def test_without_a_time_before_there_is_no_comparison(span: tuple[str | None, str | None]) -> None:
    with pytest.raises(SettingsError, match="before it to compare with"):
        written_span_before(WrittenSpan.parse(*span))


def test_hours_since_the_begin_of_all_time_have_none_before() -> None:
    with pytest.raises(SettingsError, match="no time before it to compare with; ask for a later begin, or for fewer"):
        span_before(last_span("4000w", NOW))
