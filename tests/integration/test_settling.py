"""Days and months that are settled add up to their hours, whatever happens to the settler; on the real engine."""

import random
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client

from gatemeter.clickhouse.sink import ClickHouseSink
from gatemeter.reports.period import TimeSpan
from gatemeter.schema import AGENTIC_USAGE, API_USAGE, LLM_USAGE, STREAM_SESSIONS, Table
from gatemeter.schema.meter_usage import METER_USAGE
from gatemeter.schema.rollups import ROLLUPS
from gatemeter.schema.rungs import RUNG_TABLES, Rung, RungTable
from gatemeter.settling.settler import settle
from gatemeter.settling.statements import sum_sql
from gatemeter.verification.settled_usage import check_rungs
from tests.support.stored_rows import sketch, table_rows

pytestmark = pytest.mark.clickhouse

NOW = timedelta()
FEBRUARY = datetime(2026, 2, 27, 22, tzinfo=UTC)
TABLES = tuple(rollup.table for rollup in ROLLUPS)
STEPS = tuple(f"{side} {rung} {what}" for rung in Rung for what in ("rows", "record") for side in ("before", "after"))


class KilledError(Exception):
    """The settler ends here."""


def settled(client: Client, **options: Any) -> dict[str, int]:
    """How many units were settled, by table."""
    return {each.target.name: each.units for each in settle(client, quiet=NOW, grace=NOW, **options) if each.units}


def killed_at(step: str) -> Any:
    def on_step(passed: str) -> None:
        if passed == step:
            raise KilledError(step)

    return on_step


def drawn_row(draw: random.Random, table: Table) -> Mapping[str, Any]:
    """A row of one of few keys, in some hour around the end of a month, of one of few epochs."""
    values = [draw.choice((0, 1_000, 7_000_000, 90_000_000)) for _ in range(draw.randint(1, 3))]
    row: dict[str, Any] = {
        "log": draw.choice(("log-1", "log-2")),
        "partition": draw.randint(0, 1),
        "epoch_first_offset": draw.choice((0, 1024)),
        "version": draw.randint(1, 9),
        "hour": FEBRUARY + timedelta(hours=draw.randint(0, 60)),
        "consumer_id": draw.choice(("a", "b")),
        "consumer_username": draw.choice(("anne", "bob")),
    }
    if table is API_USAGE:
        row |= {
            "requests": draw.randint(1, 9),
            "request_bytes": 2**70 + draw.randint(1, 9),
            **sketch("request", values),
        }
    elif table is LLM_USAGE:
        row |= {"calls": draw.randint(1, 9), "cost_computed": Decimal(draw.randint(1, 9)) / 10**24}
        row |= {"cost_currency": draw.choice(("EUR", "USD")), "price_version": draw.choice(("1", "2"))}
        row |= sketch("llm", values)
    elif table is AGENTIC_USAGE:
        row |= {
            "calls": draw.randint(1, 9),
            "session_hashes": sorted(draw.sample(range(9), 3)),
            **sketch("call", values),
        }
    elif table is STREAM_SESSIONS:
        row |= {"sessions": draw.randint(1, 9), **sketch("gateway", values)}
    elif table is METER_USAGE:
        row |= {
            "events": draw.randint(1, 9),
            "value_scaled": draw.randint(1, 9),
            "distinct_hashes": [draw.randint(1, 9)],
        }
    return corrected(row) if draw.random() < 0.2 else row


def corrected(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """The row that takes all of `row` back: counts and sums with the opposite sign, and no extremes."""

    def taken_back(name: str, value: Any) -> Any:
        if name in ("partition", "epoch_first_offset", "version") or isinstance(value, str | datetime):
            return value
        if name.endswith(("_hashes", "_buckets")):
            return value
        if name.endswith(("_min_ns", "_max_ns")):
            return 0
        return [-each for each in value] if isinstance(value, list) else -value

    return {**{name: taken_back(name, value) for name, value in row.items()}, "log": f"correction:{row['log']}"}


def store(client: Client, draw: random.Random, rows: int) -> None:
    sink = ClickHouseSink(client)
    for rollup in ROLLUPS:
        sink.write([table_rows(rollup.table, *(drawn_row(draw, rollup.table) for _ in range(rows)))])


def totals(client: Client, target: RungTable, view: str) -> list[Any]:
    """What a view of usage has, by key and day: the same for all views of a table."""
    keys = [column.name for column in target.keys[1:]]
    values = ", ".join(f"{sum_sql(column, 'usage')} AS {column.name}" for column in target.measures)
    month = "toStartOfMonth(usage.hour, 'UTC') AS month"
    names = ", ".join(f"usage.{name} AS {name}" for name in keys)
    query = f"SELECT {month}, {names}, max(usage.last_hour), {values} FROM {view} AS usage GROUP BY ALL ORDER BY ALL"
    return list(client.query(query).result_rows)


def assert_all_views_agree(client: Client, tables: Sequence[Table] = TABLES) -> None:
    for target in (each for each in RUNG_TABLES if each.rung is Rung.DAY and each.rollup.table in tables):
        hours = totals(client, target, f"{target.base_name}_by_hour")
        assert hours
        for view in (f"{target.base_name}_by_day", f"{target.base_name}_by_month"):
            assert totals(client, target, view) == hours, view


def test_rungs_are_declared_for_every_column_of_a_rollup(clickhouse_client: Client) -> None:
    """A column that is added to a rollup is added to its rungs and views, by a migration."""
    for target in RUNG_TABLES:
        names = {column.name for column in target.columns}
        assert {column.name for column in target.rollup.table.dimensions + target.rollup.table.measures} < names
        for view in ("by_hour", "by_day", "by_month"):
            columns = clickhouse_client.query(f"DESCRIBE {target.base_name}_{view}").result_rows
            assert [tuple(row[:2]) for row in columns] == [(each.name, each.type) for each in target.view_columns], view


@pytest.mark.parametrize(
    "seed",
    [
        pytest.param(each, marks=[] if each == 1 else [pytest.mark.long(reason="the same of other rows")])
        for each in range(1, 9)
    ],
)
def test_settled_usage_adds_up_to_the_hours_whatever_dies(clickhouse_client: Client, seed: int) -> None:
    draw = random.Random(seed)
    # At that step the settler has begun the first table and no other.
    steps, begun = (("before day record",), TABLES[:1]) if seed == 1 else (draw.sample(STEPS, len(STEPS)), TABLES)
    for step in steps:
        store(clickhouse_client, draw, rows=12)
        with pytest.raises(KilledError):
            settled(clickhouse_client, on_step=killed_at(step))
        assert_all_views_agree(clickhouse_client, begun)
    settled(clickhouse_client)
    assert settled(clickhouse_client) == {}
    assert_all_views_agree(clickhouse_client)
    result = check_rungs(clickhouse_client, TimeSpan())
    assert (result.differences, result.rows > 50) == (0, True)


def store_a_day(client: Client, **values: Any) -> None:
    row = {"log": "log-1", "version": 1, "hour": FEBRUARY, "requests": 5, "consumer_id": "a", **values}
    ClickHouseSink(client).write([table_rows(API_USAGE, row)])


def requests(client: Client, view: str = "api_usage_by_month") -> int:
    return int(client.query(f"SELECT sum(requests) FROM {view}").result_rows[0][0])


def test_usage_is_touched_before_its_rows_are_written(
    clickhouse_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A writer that dies before its first row has unsettled the day: what it wrote of it is never missed."""
    store_a_day(clickhouse_client)
    assert settled(clickhouse_client) == {"api_usage_daily": 1, "api_usage_monthly": 1}
    written: list[str] = []
    sink = ClickHouseSink(clickhouse_client)
    monkeypatch.setattr(sink, "_insert", lambda rows, _columns: written.append(rows.table.name))
    sink.write([table_rows(API_USAGE, {"log": "log-1", "version": 2})])
    assert written == ["usage_touches", "api_usage_hourly"]


def test_an_insert_of_anybody_unsettles_its_day_and_month(clickhouse_client: Client) -> None:
    store_a_day(clickhouse_client)
    settled(clickhouse_client)
    clickhouse_client.command(
        "INSERT INTO api_usage_hourly (hour, log, partition, version, consumer_id, requests) "
        "SELECT hour, log, partition, 2, consumer_id, 7 FROM api_usage_hourly"
    )
    assert [requests(clickhouse_client, f"api_usage_by_{each}") for each in ("hour", "day", "month")] == [7, 7, 7]
    assert settled(clickhouse_client) == {"api_usage_daily": 1, "api_usage_monthly": 1}
    assert requests(clickhouse_client) == 7


def test_a_day_that_is_written_to_while_it_is_read_is_not_settled(clickhouse_client: Client) -> None:
    store_a_day(clickhouse_client)
    found = list(settle(clickhouse_client, quiet=NOW, on_step=lambda step: written_meanwhile(clickhouse_client, step)))
    assert [(each.target.name, len(each.moved)) for each in found if each.moved] == [("api_usage_daily", 1)]
    assert requests(clickhouse_client) == 7


def written_meanwhile(client: Client, step: str) -> None:
    if step == "after day rows":
        store_a_day(client, version=2, requests=7)


def test_a_late_record_of_old_touches_settles_nothing(clickhouse_client: Client) -> None:
    """A settler stands still before its record until the day was written to, and settled by another one."""

    def overtaken(step: str) -> None:
        if step == "before day record":
            store_a_day(clickhouse_client, version=2, requests=7)
            settled(clickhouse_client)

    store_a_day(clickhouse_client)
    list(settle(clickhouse_client, quiet=NOW, grace=NOW, on_step=overtaken))
    assert requests(clickhouse_client) == 7
    assert check_rungs(clickhouse_client, TimeSpan()).differences == 0


@pytest.mark.long(reason="settles twice; a day that moved while it was settled is in `make test`")
def test_rows_of_a_statement_that_was_sent_twice_are_never_read(clickhouse_client: Client) -> None:
    def sent_twice(step: str) -> None:
        if step == "after day rows":
            clickhouse_client.command("INSERT INTO api_usage_daily SELECT * FROM api_usage_daily")

    store_a_day(clickhouse_client)
    found = list(settle(clickhouse_client, quiet=NOW, on_step=sent_twice))
    assert [(each.target.name, len(each.moved)) for each in found if each.moved] == [("api_usage_daily", 1)]
    assert requests(clickhouse_client) == 5
    assert settled(clickhouse_client) == {"api_usage_daily": 1, "api_usage_monthly": 1}
    assert requests(clickhouse_client) == 5


def test_statements_that_settle_have_ids_so_that_none_runs_twice_at_once(
    clickhouse_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, ids = clickhouse_client.command, []

    def command(sql: str, **options: Any) -> Any:
        if sql.startswith("INSERT"):
            ids.append(options["settings"]["query_id"])
        return run(sql, **options)

    monkeypatch.setattr(clickhouse_client, "command", command)
    store_a_day(clickhouse_client)
    assert settled(clickhouse_client) == {"api_usage_daily": 1, "api_usage_monthly": 1}
    assert len(set(ids)) == 2


def test_two_settlers_at_once_settle_each_unit_once(clickhouse_client: Client) -> None:
    def beside(step: str) -> None:
        if step in ("before day rows", "after month rows"):
            settled(clickhouse_client)

    store_a_day(clickhouse_client)
    list(settle(clickhouse_client, quiet=NOW, grace=NOW, on_step=beside))
    assert requests(clickhouse_client) == 5
    assert check_rungs(clickhouse_client, TimeSpan()).differences == 0


def test_rows_of_replaced_attempts_are_deleted(clickhouse_client: Client) -> None:
    for version in (1, 2):
        store_a_day(clickhouse_client, version=version)
        settled(clickhouse_client)
    assert clickhouse_client.query("SELECT count() FROM api_usage_daily").result_rows == [(1,)]


def test_a_day_that_was_just_written_to_waits(clickhouse_client: Client) -> None:
    store_a_day(clickhouse_client)
    store_a_day(clickhouse_client, hour=datetime.now(UTC).replace(minute=0, second=0, microsecond=0))
    found = [each for each in settle(clickhouse_client) if each.waiting]
    assert [(each.target.name, [unit.is_over for unit in each.waiting]) for each in found] == [
        ("api_usage_daily", [True, False]),
        ("api_usage_monthly", [False, False]),
    ]
    assert requests(clickhouse_client) == 10


def test_a_settled_month_is_answered_without_its_hours(clickhouse_client: Client) -> None:
    store_a_day(clickhouse_client)
    settled(clickhouse_client)
    plan = clickhouse_client.query("EXPLAIN indexes = 1 SELECT sum(requests) FROM api_usage_by_month").result_rows
    lines = [line.strip() for (line,) in plan]
    read = {"".join(lines[number : number + 30]) for number, line in enumerate(lines) if "api_usage_hourly" in line}
    assert len(read) == 1
    assert "Granules: 0/" in read.pop()


ALONE = pytest.mark.long(reason="settles and verifies for one row; two are found at once in `make test`")
TAMPERED = {
    "requests = requests + 1": "requests is 6, the rows below add up to 5",
    "latency_request_bucket_counts = [7]": "latency_request_bucket_counts",
    "request_size_max_bytes = 7, request_size_count = 1": "request_size_count is 1",
}


def test_verify_names_each_settled_row_that_was_changed_or_given_to_another(clickhouse_client: Client) -> None:
    other_day = FEBRUARY - timedelta(days=3)
    store_a_day(clickhouse_client)
    store_a_day(clickhouse_client, log="log-2", hour=other_day)
    settled(clickhouse_client)
    changed = f"UPDATE requests = requests + 1 WHERE hour > '{other_day:%F} 23:00:00' SETTINGS mutations_sync = 2"
    clickhouse_client.command(f"ALTER TABLE api_usage_daily {changed}")
    given = "SELECT * REPLACE ('b' AS consumer_id) FROM api_usage_daily WHERE log = 'log-2'"
    clickhouse_client.command(f"INSERT INTO api_usage_daily {given}")
    clickhouse_client.command("DELETE FROM api_usage_daily WHERE log = 'log-2' AND consumer_id = 'a'")
    found = [each.detail for each in check_rungs(clickhouse_client, TimeSpan()).findings]
    for said in ("requests is 6, the rows below add up to 5", "and are of other keys than the hours"):
        assert any(said in detail for detail in found), found


TAMPERED_TABLES = [(table, change) for change in TAMPERED for table in ("api_usage_daily", "api_usage_monthly")]


@ALONE
@pytest.mark.parametrize(
    ("table", "change"),
    TAMPERED_TABLES,
)
def test_verify_names_a_settled_row_that_was_changed(clickhouse_client: Client, table: str, change: str) -> None:
    store_a_day(
        clickhouse_client, latency_request_count=1, latency_request_buckets=[3], latency_request_bucket_counts=[1]
    )
    settled(clickhouse_client)
    clickhouse_client.command(f"ALTER TABLE {table} UPDATE {change} WHERE 1 SETTINGS mutations_sync = 2")
    result = check_rungs(clickhouse_client, TimeSpan())
    assert {finding.table for finding in result.findings} >= {table}
    assert TAMPERED[change] in next(finding.detail for finding in result.findings if finding.table == table)


@ALONE
def test_verify_names_settled_rows_of_another_consumer(clickhouse_client: Client) -> None:
    store_a_day(clickhouse_client)
    settled(clickhouse_client)
    clickhouse_client.command("INSERT INTO api_usage_daily SELECT * REPLACE ('b' AS consumer_id) FROM api_usage_daily")
    clickhouse_client.command("DELETE FROM api_usage_daily WHERE consumer_id = 'a'")
    finding = check_rungs(clickhouse_client, TimeSpan()).findings[0]
    assert finding.detail.endswith("its rows add up to the same, and are of other keys than the hours")


def test_verify_names_usage_that_no_total_has(clickhouse_client: Client) -> None:
    store_a_day(clickhouse_client)
    clickhouse_client.command("TRUNCATE TABLE usage_touches")
    [finding] = check_rungs(clickhouse_client, TimeSpan()).findings
    assert finding.detail == "partition 0 of log log-1: 2026-02-27T22Z: rows that no touch tells of: no total has them"
