"""Periods in other time zones and ISO weeks, against answers computed by hand."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from clickhouse_connect.driver.client import Client

from gatemeter.clickhouse.sink import ClickHouseSink
from gatemeter.errors import SettingsError
from gatemeter.reports.billable import BillableParameters, billable_report
from gatemeter.reports.latency import LatencyGroup, LatencyParameters, latency_report
from gatemeter.reports.period import Period, TimeSpan, parse_zone
from tests.support.stored_rows import sketch, usage, usage_rows

pytestmark = pytest.mark.clickhouse

BERLIN = "Europe/Berlin"


def store(client: Client, *hours: datetime) -> None:
    """One request in each of `hours`."""
    ClickHouseSink(client).write([usage_rows(*(usage(hour=hour) for hour in hours))])


def periods(client: Client, period: Period, zone: str = BERLIN, span: TimeSpan | None = None) -> list[tuple[str, int]]:
    parameters = BillableParameters(period=period, span=span or TimeSpan(), time_zone=zone)
    return [(row.period, row.requests) for row in billable_report(client, parameters)]


def hours_of(month: int, day: int, first: int, last: int) -> Sequence[datetime]:
    return [datetime(2026, month, day, hour, tzinfo=UTC) for hour in range(first, last)]


def test_a_month_in_berlin_begins_an_hour_or_two_before_utc(clickhouse_client: Client) -> None:
    """23:00 UTC on 31 January is 00:00 on 1 February; 22:00 UTC on 31 March is 00:00 on 1 April in summer time."""
    store(
        clickhouse_client,
        datetime(2026, 1, 31, 22, tzinfo=UTC),
        datetime(2026, 1, 31, 23, tzinfo=UTC),
        datetime(2026, 3, 31, 21, tzinfo=UTC),
        datetime(2026, 3, 31, 22, tzinfo=UTC),
    )
    assert periods(clickhouse_client, Period.MONTH) == [
        ("2026-01", 1),
        ("2026-02", 1),
        ("2026-03", 1),
        ("2026-04", 1),
    ]
    assert periods(clickhouse_client, Period.MONTH, "UTC") == [("2026-01", 2), ("2026-03", 2)]


def test_the_day_when_clocks_go_forward_has_23_hours(clickhouse_client: Client) -> None:
    store(clickhouse_client, *hours_of(3, 28, 0, 24), *hours_of(3, 29, 0, 24), *hours_of(3, 30, 0, 24))
    assert periods(clickhouse_client, Period.DAY)[1:3] == [("2026-03-29", 23), ("2026-03-30", 24)]


def test_the_day_when_clocks_go_back_has_25_hours_in_order(clickhouse_client: Client) -> None:
    store(clickhouse_client, *hours_of(10, 24, 0, 24), *hours_of(10, 25, 0, 24), *hours_of(10, 26, 0, 24))
    assert periods(clickhouse_client, Period.DAY)[1:3] == [("2026-10-25", 25), ("2026-10-26", 24)]
    span = TimeSpan.parse("2026-10-25T01:00", "2026-10-25T04:00", parse_zone(BERLIN))
    assert periods(clickhouse_client, Period.HOUR, span=span) == [
        ("2026-10-25T01:00:00+02:00", 1),
        ("2026-10-25T02:00:00+02:00", 1),
        ("2026-10-25T02:00:00+01:00", 1),
        ("2026-10-25T03:00:00+01:00", 1),
    ]


def test_from_and_to_are_days_of_the_zone(clickhouse_client: Client) -> None:
    store(clickhouse_client, *hours_of(10, 24, 0, 24), *hours_of(10, 25, 0, 24), *hours_of(10, 26, 0, 24))
    span = TimeSpan.parse("2026-10-25", "2026-10-26", parse_zone(BERLIN))
    assert periods(clickhouse_client, Period.YEAR, span=span) == [("2026", 25)]


def test_an_iso_week_is_named_by_its_monday(clickhouse_client: Client) -> None:
    """1 January 2026 is a Thursday: its week began on 29 December. 4 January is a Sunday."""
    store(
        clickhouse_client,
        datetime(2026, 1, 1, 0, tzinfo=UTC),
        datetime(2026, 1, 4, 22, tzinfo=UTC),
        datetime(2026, 1, 4, 23, tzinfo=UTC),
    )
    assert periods(clickhouse_client, Period.WEEK, "UTC") == [("2025-12-29", 3)]
    assert periods(clickhouse_client, Period.WEEK) == [("2025-12-29", 2), ("2026-01-05", 1)]


@pytest.mark.parametrize("zone", ["Asia/Kolkata", "Asia/Kathmandu", "Australia/Adelaide"])
def test_a_zone_whose_days_begin_within_an_hour_is_refused(clickhouse_client: Client, zone: str) -> None:
    store(clickhouse_client, datetime(2026, 2, 3, 10, tzinfo=UTC))
    with pytest.raises(SettingsError, match=f"--tz: {zone} is not whole hours from UTC at 2026-02-03T10:00Z"):
        periods(clickhouse_client, Period.DAY, zone)


def test_a_zone_is_refused_only_while_hours_cannot_tell(clickhouse_client: Client) -> None:
    """Lord Howe is 10 h 30 min from UTC in winter and 11 h in summer."""
    store(clickhouse_client, datetime(2026, 1, 31, 13, tzinfo=UTC), datetime(2026, 7, 1, 0, tzinfo=UTC))
    summer = TimeSpan.parse("2026-01-01", "2026-03-01", parse_zone("Australia/Lord_Howe"))
    assert periods(clickhouse_client, Period.MONTH, "Australia/Lord_Howe", summer) == [("2026-02", 1)]
    with pytest.raises(SettingsError, match="is not whole hours from UTC at 2026-07-01T00:00Z"):
        periods(clickhouse_client, Period.MONTH, "Australia/Lord_Howe")


def test_latencies_have_periods_and_consumers_when_asked_for(clickhouse_client: Client) -> None:
    slow, fast = sketch("request", [8_000_000]), sketch("request", [2_000_000])
    ClickHouseSink(clickhouse_client).write(
        [
            usage_rows(
                usage(hour=datetime(2026, 1, 31, 23, tzinfo=UTC), consumer_id="c1", consumer_username="acme", **slow),
                usage(hour=datetime(2026, 1, 31, 22, tzinfo=UTC), consumer_id="c1", consumer_username="acme", **fast),
                usage(hour=datetime(2026, 1, 31, 22, tzinfo=UTC), consumer_id="c2", **slow),
            )
        ]
    )
    by = (LatencyGroup.CONSUMER,)
    monthly = LatencyParameters(period=Period.MONTH, consumers=["acme"], time_zone=BERLIN, by=by)
    rows = latency_report(clickhouse_client, monthly)
    assert [(row.period, row.consumer, row.count, row.max_ms) for row in rows] == [
        ("2026-01", "c1", 1, 2.0),
        ("2026-02", "c1", 1, 8.0),
    ]
    assert monthly.columns[:3] == ["period", "consumer", "latency"]
    whole = LatencyParameters(by=by)
    assert [(row.period, row.count) for row in latency_report(clickhouse_client, whole)] == [("", 2), ("", 1)]
    assert whole.columns[:2] == ["consumer", "latency"]
