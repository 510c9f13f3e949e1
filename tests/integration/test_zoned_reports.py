"""Periods in other time zones and ISO weeks, against answers computed by hand."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest
from clickhouse_connect.driver.client import Client

from gatemeter.clickhouse.sink import ClickHouseSink
from gatemeter.errors import SettingsError
from gatemeter.reports.billable import BillableParameters, billable_report
from gatemeter.reports.latency import LatencyGroup, LatencyParameters, latency_report
from gatemeter.reports.period import Period, ReportPeriod, TimeSpan, WrittenSpan
from gatemeter.reports.zoned_span import span_in_zone
from tests.support.databases import DatabasePool
from tests.support.smoke import smoke
from tests.support.stored_rows import sketch, usage, usage_rows

pytestmark = pytest.mark.clickhouse

BERLIN = "Europe/Berlin"


def store(client: Client, *hours: datetime) -> None:
    """One request in each of `hours`."""
    ClickHouseSink(client).write([usage_rows(*(usage(hour=hour) for hour in hours))])


def periods(client: Client, period: Period, zone: str = BERLIN, span: TimeSpan | None = None) -> list[tuple[str, int]]:
    parameters = BillableParameters(period=period, span=span or TimeSpan(), time_zone=zone)
    return [(row.period, row.requests) for row in billable_report(client, parameters)]


def zoned(client: Client, start: str | None, end: str | None = None, zone: str = BERLIN) -> TimeSpan:
    return span_in_zone(client, WrittenSpan.parse(start, end), zone)


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
    span = zoned(clickhouse_client, "2026-10-25T01:00", "2026-10-25T04:00")
    assert periods(clickhouse_client, Period.HOUR, span=span) == [
        ("2026-10-25T01:00:00+02:00", 1),
        ("2026-10-25T02:00:00+02:00", 1),
        ("2026-10-25T02:00:00+01:00", 1),
        ("2026-10-25T03:00:00+01:00", 1),
    ]


def test_from_and_to_are_days_of_the_zone(clickhouse_client: Client) -> None:
    store(clickhouse_client, *hours_of(10, 24, 0, 24), *hours_of(10, 25, 0, 24), *hours_of(10, 26, 0, 24))
    span = zoned(clickhouse_client, "2026-10-25", "2026-10-26")
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


@pytest.mark.parametrize(
    "zone",
    smoke(["Asia/Kathmandu", "Asia/Kolkata", "Australia/Adelaide"], 1, reason="one such zone is in `make test`"),
)
def test_a_zone_whose_days_begin_within_an_hour_is_refused(clickhouse_client: Client, zone: str) -> None:
    store(clickhouse_client, datetime(2026, 2, 3, 10, tzinfo=UTC))
    with pytest.raises(SettingsError, match=f"--tz: {zone} is not whole hours from UTC at 2026-02-03T10:00Z"):
        periods(clickhouse_client, Period.DAY, zone)


def test_a_zone_is_refused_only_while_hours_cannot_tell(clickhouse_client: Client) -> None:
    """Lord Howe is 10 h 30 min from UTC in winter and 11 h in summer."""
    store(clickhouse_client, datetime(2026, 1, 31, 13, tzinfo=UTC), datetime(2026, 7, 1, 0, tzinfo=UTC))
    summer = zoned(clickhouse_client, "2026-01-01", "2026-03-01", "Australia/Lord_Howe")
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


@pytest.mark.parametrize(
    ("text", "zone", "moment"),
    [
        ("2026-02", "Europe/Berlin", datetime(2026, 1, 31, 23, tzinfo=UTC)),
        ("2026-07-01", "Europe/Berlin", datetime(2026, 6, 30, 22, tzinfo=UTC)),
        ("2026-10-25T02:00", "Europe/Berlin", datetime(2026, 10, 25, 0, tzinfo=UTC)),  # the first of two
        ("2026-10-25T02:00:00+01:00", "Europe/Berlin", datetime(2026, 10, 25, 1, tzinfo=UTC)),  # the second
        ("2026-03-29", "Asia/Beirut", datetime(2026, 3, 28, 22, tzinfo=UTC)),  # a day that begins at 01:00
        ("2011-12-30", "Pacific/Apia", datetime(2011, 12, 30, 10, tzinfo=UTC)),  # a day that was left out
        ("2026-02-01T10:00Z", "Europe/Berlin", datetime(2026, 2, 1, 10, tzinfo=UTC)),
        ("1970-01-01T09:00", "Asia/Tokyo", datetime(1970, 1, 1, tzinfo=UTC)),
        ("1969-12-31T19:00", "America/New_York", datetime(1970, 1, 1, tzinfo=UTC)),
    ],
)
def test_times_are_read_in_the_time_zone(module_client: Client, text: str, zone: str, moment: datetime) -> None:
    assert zoned(module_client, text, zone=zone).start == moment


@pytest.mark.parametrize(
    ("text", "zone", "said"),
    [
        ("2026-03-29T02:00", "Europe/Berlin", "--from: '2026-03-29T02:00' does not exist in Europe/Berlin"),
        ("2026-02-01", "Asia/Kolkata", "--tz: Asia/Kolkata is not whole hours from UTC at 2026-02-01"),
        ("1970-01-01", "Asia/Tokyo", "--from: '1970-01-01' is outside of 1970 to 2106-02-07"),
        ("2106-02-08", "America/New_York", "--from: '2106-02-08' is outside of 1970 to 2106-02-07"),
    ],
)
def test_a_time_that_hours_cannot_tell_is_refused(module_client: Client, text: str, zone: str, said: str) -> None:
    with pytest.raises(SettingsError) as caught:
        zoned(module_client, text, zone=zone)
    assert str(caught.value).startswith(said)


@pytest.mark.parametrize(
    "name", ["Berlin", "../etc/passwd", "", "Europe", "right/UTC", "Factory", "posixrules", "localtime", "x" * 5000]
)
def test_an_unknown_time_zone_is_refused_in_a_short_line(module_client: Client, name: str) -> None:
    with pytest.raises(
        SettingsError, match=r"^--tz: '.{0,83}' is not a time zone; (name one as|did you mean) .{3,70}$"
    ):
        zoned(module_client, None, zone=name)


@pytest.fixture(scope="module")
def every_hour(database_pool: DatabasePool) -> Iterator[Client]:
    """A client of a store with a request in every hour of 2026, and of some days before and after."""
    first = datetime(2025, 12, 25, tzinfo=UTC)
    with database_pool.store() as filled, filled.client() as client:
        store(client, *(first + timedelta(hours=hour) for hour in range(24 * 400)))
        yield client


@pytest.mark.parametrize(
    "zone",
    smoke(
        ["America/Vancouver", "Europe/Berlin", "Africa/Casablanca", "America/Havana"],
        1,
        reason="the zone that databases differ about is in `make test`",
    ),
)
def test_a_month_that_is_asked_for_comes_back_as_that_month(every_hour: Client, zone: str) -> None:
    """Whatever version of the time zone database Python has; they differ about Vancouver from November 2026 on."""
    months = dict(periods(every_hour, Period.MONTH, zone))
    for month in range(1, 12):
        span = zoned(every_hour, f"2026-{month:02}", f"2026-{month + 1:02}", zone)
        name = f"2026-{month:02}"
        assert periods(every_hour, Period.MONTH, zone, span) == [(name, months[name])]
    last = zoned(every_hour, "2026-12", "2027-01", zone)
    assert periods(every_hour, Period.MONTH, zone, last) == [("2026-12", months["2026-12"])]


@pytest.mark.parametrize(
    ("zone", "named"),
    smoke(
        [
            ("America/New_York", ["1969-12-31T19:00:00-05:00", "1969-12-31", "1969-12-29", "1969-12", "1969"]),
            ("Asia/Tokyo", ["1970-01-01T09:00:00+09:00", "1970-01-01", "1969-12-29", "1970-01", "1970"]),
            ("UTC", ["1970-01-01T00:00:00Z", "1970-01-01", "1969-12-29", "1970-01", "1970"]),
        ],
        1,
        reason="the zone in which that hour is before 1970 is in `make test`",
    ),
)
def test_the_first_hour_of_1970_is_in_the_zone_s_periods(
    clickhouse_client: Client, zone: str, named: Sequence[str]
) -> None:
    store(clickhouse_client, datetime(1970, 1, 1, tzinfo=UTC))
    assert [periods(clickhouse_client, period, zone)[0][0] for period in get_args(ReportPeriod)] == named
