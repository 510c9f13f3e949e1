"""Requests per minute: answers are those of plain Python, minutes add up to hours, and what is not known is refused."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from clickhouse_connect.driver.client import Client

from gatemeter.clickhouse.retention import MINUTES, kept_minutes, minutes_kept_from, record_retention
from gatemeter.clock import SystemClock
from gatemeter.errors import ExitCode, SettingsError
from gatemeter.generator.plan import TrafficPlan
from gatemeter.generator.traffic import Traffic
from gatemeter.metrics.answer import answer
from gatemeter.metrics.filters import Filter, Operator
from gatemeter.metrics.metrics_query import MetricsQuery
from gatemeter.migrations.runner import Retention, keep
from gatemeter.reports.period import Period, TimeSpan
from gatemeter.reports.usage_parameters import AllowedRows
from gatemeter.verification.checks import run_checks
from gatemeter.verification.finding import Check, CheckResult
from tests.support.command_in_process import invoked, run
from tests.support.crash.comparison import differences_to
from tests.support.crash.oracle import Oracle
from tests.support.databases import DatabasePool, Store
from tests.support.kong_events import HOUR_S, request_line
from tests.support.metrics_oracle import MetricsOracle
from tests.support.smoke import smoke
from tests.support.verified_store import count_values

pytestmark = [pytest.mark.clickhouse, pytest.mark.usefixtures("nobody_writes")]

LINES = 1_500
FIRST = datetime(2026, 2, 10, tzinfo=UTC)
TWO_DAYS = TimeSpan(FIRST, FIRST + timedelta(days=2))
HOUR = datetime.fromtimestamp(HOUR_S, UTC)
AN_HOUR = TimeSpan(HOUR, HOUR + timedelta(hours=1))
BY_MINUTE = MetricsQuery(period=Period.MINUTE, span=AN_HOUR)

Counted = tuple[Store, MetricsOracle]


@pytest.fixture(scope="module")
def counted(database_pool: DatabasePool, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counted]:
    """A month in a store that keeps all minutes, and what plain Python counts of it; minutes are those of two days."""
    log = tmp_path_factory.mktemp("minutes") / "access.log"
    lines = list(Traffic(TrafficPlan(LINES, seed=8, duplicates=0.02, bad=0.01, streams=0.01, ai=0.1)).lines())
    log.write_bytes(b"".join(line + b"\n" for line in lines))
    oracle = Oracle(epoch_size=LINES * 2)
    for offset, line in enumerate(lines):
        oracle.add(0, offset, line, None)
    with database_pool.store() as store:
        run("meter", log, *store.flags)
        with store.client() as client:
            database = client.database or ""
            assert [each for each in differences_to(client, database, oracle) if each.startswith("minutes")] == []
        answers = MetricsOracle.of(oracle)
        begin, end = (int(each.timestamp()) for each in (TWO_DAYS.start, TWO_DAYS.end))
        answers.minutes = [row for row in answers.minutes if begin <= row.names["toUnixTimestamp(hour)"] < end]
        yield store, answers


@pytest.mark.parametrize(
    ("metrics", "by"),
    smoke(
        [
            (("request_count", "response_size_sum", "latency_gateway_p50"), ("route", "status_class")),
            (("error_rate", "latency_request_p99", "latency_upstream_avg"), ("service",)),
            (("request_count",), ()),
            (("request_count", "request_size_avg"), ("workspace", "source")),
        ],
        2,
        reason="counts, sums, rates, averages and percentiles are in `make test`",
    ),
)
def test_minutes_are_what_plain_python_counts(counted: Counted, metrics: tuple[str, ...], by: tuple[str, ...]) -> None:
    query = replace(BY_MINUTE, span=TWO_DAYS, metrics=metrics, by=by)
    with counted[0].client() as client:
        rows = answer(client, query).rows
    found = {(row["period"], tuple(row[name] for name in by)): row for row in rows}
    expected = counted[1].answer(query)
    assert len(expected) > 50
    assert found.keys() == expected.keys()
    for group, values in expected.items():
        assert {name: found[group][name] for name in metrics} == pytest.approx(
            {name: values[name] for name in metrics}, rel=0.0101
        )


def test_minutes_of_a_filter_limit_and_order_add_up_to_hours(counted: Counted) -> None:
    with counted[0].client() as client:
        query = replace(
            BY_MINUTE,
            span=TWO_DAYS,
            by=["route"],
            limit=2,
            filters=[Filter("status_class", Operator.NOT_IN, ("5xx",))],
        )
        totals: dict[str, int] = {}
        for row in answer(client, query).rows:
            totals[row["route"]] = totals.get(row["route"], 0) + row["request_count"]
        hours = {row["route"]: row["request_count"] for row in answer(client, replace(query, period=None)).rows}
    assert totals == hours


def test_a_zone_of_half_hours_has_minutes(counted: Counted) -> None:
    with counted[0].client() as client:
        rows = answer(client, replace(BY_MINUTE, span=TWO_DAYS, time_zone="Asia/Kolkata")).rows
        utc = answer(client, replace(BY_MINUTE, span=TWO_DAYS)).rows
    assert rows[0]["period"].endswith("+05:30")
    assert [datetime.fromisoformat(row["period"]) for row in rows] == [
        datetime.fromisoformat(row["period"]) for row in utc
    ]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--by", "consumer"), "consumer is not known by the minute"),
        (("--metrics", "llm_cost"), "llm_cost is not known by the minute"),
        (("--metrics", "request_size_p50"), "minutes have request_count"),
        (("--from", "2026-02-10", "--to", "2026-02-12T01:00"), "more than 2,880 minutes are asked for"),
        ((), "more than 2,880 minutes are asked for"),
    ],
)
def test_what_minutes_do_not_tell_is_refused(counted: Counted, arguments: tuple[str, ...], said: str) -> None:
    result = invoked("query", "--granularity", "minute", *arguments, *counted[0].flags)
    assert getattr(result.exception, "exit_code", result.exit_code) == ExitCode.USAGE
    assert said in str(result.exception)


def test_only_a_token_of_consumers_cannot_ask(counted: Counted) -> None:
    with pytest.raises(SettingsError, match="not known by consumer"):
        replace(BY_MINUTE, allowed=AllowedRows(consumers=["c-1"]))
    with counted[0].client() as client:
        [workspace, *_] = [row["workspace"] for row in answer(client, MetricsQuery(period=None, by=["workspace"])).rows]
        limited = replace(BY_MINUTE, span=TWO_DAYS, by=["workspace"], allowed=AllowedRows(workspaces=[workspace]))
        assert {row["workspace"] for row in answer(client, limited).rows} == {workspace}


def values(count: int = 8) -> list[bytes]:
    """Requests of two minutes."""
    return [request_line(f"r-{n}", started_at=(HOUR_S + n % 2 * 60) * 1000) for n in range(count)]


def checked(client: Client) -> CheckResult:
    [result] = run_checks(client, TimeSpan(), lambda _check: None, only=[Check.MINUTES])
    return result


def test_minutes_that_were_not_counted_are_not_known(clickhouse_client: Client) -> None:
    count_values(clickhouse_client, values())
    assert [row["request_count"] for row in answer(clickhouse_client, BY_MINUTE).rows] == [4, 4]
    # As an older version leaves them.
    clickhouse_client.command("ALTER TABLE epoch_ledger UPDATE minutes_from = NULL WHERE 1 SETTINGS mutations_sync = 1")
    clickhouse_client.command("TRUNCATE TABLE api_usage_minutely")
    with pytest.raises(SettingsError, match=r"minutes before 2026-02-03T11:00Z are not known"):
        answer(clickhouse_client, BY_MINUTE)
    later = TimeSpan(AN_HOUR.end, AN_HOUR.end + timedelta(hours=1))
    assert answer(clickhouse_client, replace(BY_MINUTE, span=later)).rows == []
    assert (checked(clickhouse_client).differences, checked(clickhouse_client).epochs) == (0, 0)


def test_minutes_that_expired_are_not_known_and_no_fault(clickhouse_client: Client) -> None:
    count_values(clickhouse_client, values())
    clickhouse_client.command("ALTER TABLE api_usage_minutely DROP PARTITION 20260203")
    result = checked(clickhouse_client)
    assert (result.differences, result.findings[0].detail) == (1, "the hour 2026-02-03T10Z: its minutes are missing")
    keep(clickhouse_client, Retention.MINUTES, 7)
    assert checked(clickhouse_client).differences == 0
    with pytest.raises(SettingsError, match=r"are not known \(they are kept for 7 days\)"):
        answer(clickhouse_client, BY_MINUTE)
    keep(clickhouse_client, Retention.MINUTES, 10_000)
    with pytest.raises(SettingsError, match="are not known"):  # what has expired does not come back
        answer(clickhouse_client, BY_MINUTE)


@pytest.mark.parametrize(
    ("change", "said"),
    smoke(
        [
            ("requests + 1 AS requests", "requests of its minutes is 9, of the hour 8"),
            ("latency_request_sum_ns + 1 AS latency_request_sum_ns", "latency_request_sum_ns of its minutes"),
            ("'other' AS route_name", "requests of its minutes is 12, of the hour 8"),
        ],
        1,
        reason="a changed number of requests is in `make test`",
    ),
)
def test_a_changed_minute_is_found(clickhouse_client: Client, change: str, said: str) -> None:
    count_values(clickhouse_client, values())
    assert (checked(clickhouse_client).differences, checked(clickhouse_client).epochs) == (0, 1)
    where = f"WHERE minute = fromUnixTimestamp({HOUR_S})"
    clickhouse_client.command(
        f"INSERT INTO api_usage_minutely SELECT * REPLACE ({change}) FROM api_usage_minutely FINAL {where}"
    )
    assert said in checked(clickhouse_client).findings[0].detail


@pytest.mark.long(reason="meters and verifies deeply")
def test_minutes_of_a_deep_verification_may_have_expired(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "access.log"
    path.write_bytes(b"\n".join(values()) + b"\n")
    run("meter", path, *store.flags)
    with store.client() as client:
        client.command(f"ALTER TABLE api_usage_minutely DELETE WHERE minute = {HOUR_S} SETTINGS mutations_sync = 1")
        deep = invoked("verify", "--deep", path, *store.flags)
        assert "api_usage_minutely" in deep.output
        keep(client, Retention.MINUTES, 7)
    run("verify", "--deep", path, *store.flags)


def test_a_store_keeps_minutes_for_a_week_at_first(clickhouse_client: Client) -> None:
    now = SystemClock().now()
    record_retention(clickhouse_client, MINUTES, 10_000, now)
    assert kept_minutes(clickhouse_client).days == 10_000, "tests keep all"
    count_values(clickhouse_client, values())
    record_retention(clickhouse_client, MINUTES, 10_000, now)
    kept_from = minutes_kept_from(clickhouse_client, now)
    assert kept_from - (now - timedelta(days=MINUTES.first_days)) <= timedelta(hours=2)
