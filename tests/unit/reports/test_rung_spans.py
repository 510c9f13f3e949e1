"""Which hours of a span are read from months, days and hours."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatemeter.reports.period import Period, TimeSpan
from gatemeter.reports.rung_spans import RungSpans, rung_spans
from gatemeter.schema.rungs import Rung

ALL = tuple(Rung)


def span(start: str, end: str) -> TimeSpan:
    return TimeSpan.parse(start, end)


@pytest.mark.parametrize(
    ("asked", "period", "days", "months"),
    [
        (span("2026-02", "2026-03"), None, span("2026-02", "2026-03"), span("2026-02", "2026-03")),
        (span("2026-02", "2026-03"), Period.MONTH, span("2026-02", "2026-03"), span("2026-02", "2026-03")),
        (span("2026-02", "2026-03"), Period.DAY, span("2026-02", "2026-03"), None),
        (span("2026-02", "2026-03"), Period.WEEK, span("2026-02", "2026-03"), None),
        (span("2026-02", "2026-03"), Period.HOUR, None, None),
        (span("2026-01-31T23:00", "2026-03-02T01:00"), None, span("2026-02", "2026-03-02"), span("2026-02", "2026-03")),
        (span("2026-01-30T05:00", "2026-02-02"), Period.YEAR, span("2026-01-31", "2026-02-02"), None),
        (span("2026-02-03T01:00", "2026-02-04T23:00"), None, None, None),
    ],
)
def test_the_highest_rung_that_answers_is_read(
    asked: TimeSpan, period: Period | None, days: TimeSpan | None, months: TimeSpan | None
) -> None:
    assert rung_spans(asked, period, ALL) == RungSpans(asked, days, months, [] if days else ())


@pytest.mark.parametrize(
    ("rungs", "reads"), [((), "api_usage_hourly FINAL"), ((Rung.DAY,), "api_usage_by_day"), (ALL, "api_usage_by_month")]
)
def test_only_settled_rungs_are_read(rungs: Collection[Rung], reads: str) -> None:
    sql = rung_spans(span("2026-02", "2026-03"), None, rungs).sql("api_usage_hourly")
    assert f"FROM {reads}\n" in sql
    assert "UNION ALL" not in sql


@pytest.mark.parametrize("period", [Period.DAY, Period.HOUR])
def test_days_of_another_zone_are_read_by_the_hour(period: Period) -> None:
    asked = span("2026-02", "2026-03")
    assert rung_spans(asked, period, ALL, is_utc=False) == RungSpans(asked)


def test_a_day_of_two_local_months_is_read_by_the_hour() -> None:
    edge, outside = datetime(2026, 2, 28, tzinfo=UTC), datetime(2026, 4, 30, tzinfo=UTC)
    asked = span("2026-02", "2026-04")
    found = rung_spans(asked, Period.MONTH, ALL, is_utc=False, edge_days=[edge, outside])
    assert found == RungSpans(asked, asked, None, [edge])
    assert found.sql("api_usage_hourly").count("UNION ALL") == 1


def test_unknown_edge_days_are_no_edge_days() -> None:
    asked = span("2026-02", "2026-04")
    assert rung_spans(asked, Period.MONTH, ALL, is_utc=False, edge_days=None) == RungSpans(asked)


@given(
    st.integers(0, 24 * 365 * 136),
    st.integers(1, 24 * 800),
    st.sampled_from([None, *Period]),
    st.sampled_from([(), (Rung.DAY,), ALL]),
)
def test_spans_of_rungs_lie_within_each_other(
    start: int, hours: int, period: Period | None, rungs: Collection[Rung]
) -> None:
    first, latest = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(hours=start), TimeSpan().end
    found = rung_spans(TimeSpan(first, min(first + timedelta(hours=hours), latest)), period, rungs)
    inside = [each for each in (found.span, found.days, found.months) if each is not None]
    for outer, inner in pairwise(inside):
        assert outer.start <= inner.start < inner.end <= outer.end
    for each in (found.days, found.months):
        assert each is None or each.start.hour == each.end.hour == 0
    assert found.months is None or found.months.start.day == found.months.end.day == 1
