"""The views for people who write SQL: what `DESCRIBE` tells of them, and one word for the same thing in all of them."""

import pytest
from clickhouse_connect.driver.client import Client

from gatemeter.clickhouse.sink import ClickHouseSink
from gatemeter.migrations.comments import about, column_comment, described
from gatemeter.migrations.runner import migrate, pending_sql
from gatemeter.output.placeholders import subject_of_id
from gatemeter.reports.latency import LatencyGroup, LatencyParameters, LatencyRow, latency_report
from gatemeter.schema import AGENTIC_USAGE, API_USAGE, LLM_USAGE, METER_USAGE, STREAM_SESSIONS, Table, TableRows
from tests.support.stored_rows import sketch, table_rows

pytestmark = pytest.mark.clickhouse

OF_TABLES = {
    API_USAGE: (
        "api_usage",
        "api_usage_days",
        "api_usage_months",
        "api_latency",
        "api_latency_by_day",
        "api_latency_by_hour",
        "billable_monthly",
    ),
    LLM_USAGE: (
        "llm_usage",
        "llm_usage_days",
        "llm_costs_computed",
        "llm_costs_computed_months",
        "llm_costs_reported",
        "llm_latency",
        "llm_latency_by_day",
        "llm_latency_by_hour",
    ),
    AGENTIC_USAGE: ("agentic_usage", "agentic_latency", "agentic_latency_by_day", "agentic_latency_by_hour"),
    STREAM_SESSIONS: ("stream_sessions",),
    METER_USAGE: ("meter_usage",),
}
TOLD = {"kind", "meter", "declaration", "aggregation", "period", "latency", "log"} | {
    *("outcome", "evidence", "cost_evidence"),
}
"""Texts that the row without a name has."""
MS = 1_000_000


def nameless_row(table: Table, consumer_id: str = "") -> TableRows:
    """A row without a name, whose bytes and status are not known and whose call has no price."""
    row = {
        "consumer_id": consumer_id,
        "log": "log-1",
        "version": 1,
        "requests": 1,
        "calls": 1,
        "sessions": 1,
        "events": 1,
        "without_value": 1,
        "status": -1,
        "client_status": -1,
        "provider_status": -1,
        "outcome": "unknown",
        "request_bytes_kind": "unknown",
        "response_bytes_kind": "unknown",
        "cost_evidence": "unpriced",
        "unpriced_calls": 1,
        "calls_without_reported_cost": 1,
        **{name: value for each in ("request", "llm", "call") for name, value in sketch(each, [3 * MS]).items()},
    }
    return table_rows(table, {name: value for name, value in row.items() if name in table.column_names})


def test_every_column_that_describe_shows_has_a_comment(module_client: Client) -> None:
    found = described(module_client)
    silent = [f"{each.name}.{column}" for each in found for column, comment in each.columns.items() if not comment]
    assert silent == [], "say in migrations/comments.toml what they mean"
    assert [each.name for each in found if not each.about] == []


def test_comments_that_were_lost_come_back_with_migrate(clickhouse_client: Client) -> None:
    clickhouse_client.command("ALTER TABLE api_usage COMMENT COLUMN requests '', MODIFY COMMENT 'mine'")
    clickhouse_client.command("CREATE OR REPLACE VIEW billable_monthly AS SELECT 'a' AS period, 1 AS requests")
    assert "COMMENT COLUMN `requests`" in pending_sql(clickhouse_client)
    assert migrate(clickhouse_client) == []
    found = {each.name: each for each in described(clickhouse_client)}
    assert found["api_usage"].columns["requests"] == column_comment("api_usage", "requests", is_view=True)
    assert found["api_usage"].about == about("api_usage")
    lost_and_found = found["billable_monthly"].columns["requests"]
    assert lost_and_found == column_comment("billable_monthly", "requests", is_view=True)
    assert pending_sql(clickhouse_client) == ""


@pytest.fixture(scope="module")
def nameless(module_client: Client) -> Client:
    """A store with a row without a name in each table."""
    ClickHouseSink(module_client).write([nameless_row(table) for table in OF_TABLES])
    return module_client


@pytest.mark.parametrize("table", OF_TABLES, ids=lambda table: table.name)
def test_what_is_not_known_is_null_and_nobody_is_anonymous(nameless: Client, table: Table) -> None:
    for view in OF_TABLES[table]:
        result = nameless.query(f"SELECT * FROM {view}")
        [row] = [dict(zip(result.column_names, values, strict=True)) for values in result.result_rows]
        assert row.pop("consumer_id") == "anonymous"
        assert {name for name, value in row.items() if isinstance(value, str)} <= TOLD, view
        not_known = {"status", "status_class", "request_bytes", "response_bytes", "cost", "value"} & set(row)
        assert {name: row[name] for name in not_known} == dict.fromkeys(not_known), view


def test_views_tell_nobody_and_a_consumer_called_so_apart(clickhouse_client: Client) -> None:
    names = ["", "anonymous", "anonymous (name)", "anonymous2"]
    ClickHouseSink(clickhouse_client).write([nameless_row(table, name) for table in OF_TABLES for name in names])
    views = [view for each in OF_TABLES.values() for view in each]
    query = " UNION ALL ".join(f"SELECT '{view}', arraySort(groupUniqArray(consumer_id)) FROM {view}" for view in views)
    expected = sorted(map(subject_of_id, names))
    found = clickhouse_client.query(query).result_rows
    assert sorted(map(tuple, found)) == [(view, expected) for view in sorted(views)]


@pytest.mark.parametrize("name", ["consumer_id", "service", "route", "status", "status_class", "outcome", "hour"])
def test_a_name_has_one_type_in_every_view(module_client: Client, name: str) -> None:
    query = (
        "SELECT DISTINCT type FROM system.columns WHERE database = currentDatabase() AND name = {name:String} "
        "AND has({views:Array(String)}, table)"
    )
    views = [view for each in OF_TABLES.values() for view in each]
    types = module_client.query(query, parameters={"name": name, "views": views}).result_rows
    assert len(types) == 1, types


def test_money_is_exact_and_never_beside_money_of_other_evidence(module_client: Client) -> None:
    query = (
        "SELECT table, groupArray(name), groupUniqArray(type) FROM system.columns "
        "WHERE database = currentDatabase() AND match(name, 'cost$|savings') AND name NOT LIKE 'calls_%' "
        "AND NOT match(table, '_(hourly|daily|monthly|by_hour|by_day|by_month)$') GROUP BY table ORDER BY table"
    )
    rows = module_client.query(query).result_rows
    assert [(view, sorted(names)) for view, names, _ in rows] == [
        (f"llm_costs_{evidence}{by}", ["cost", "savings"])
        for evidence in ("computed", "reported")
        for by in ("", "_days", "_months")
    ]
    assert {each for _, _, types in rows for each in types} == {"Nullable(Decimal(76, 24))", "Decimal(76, 24)"}


def percentiles_of(row: LatencyRow) -> tuple[float | None, ...]:
    return row.p50_ms, row.p90_ms, row.p95_ms, row.p99_ms


def test_percentiles_of_the_views_are_those_of_the_report(clickhouse_client: Client) -> None:
    rows = [
        {
            "log": "log-1",
            "version": 1,
            "partition": part,
            "service_name": "pay",
            "consumer_id": consumer,
            **sketch("request", [MS * (number * number % 997 + 1) for number in range(part * 40, part * 40 + 40)]),
        }
        for part, consumer in enumerate(("a", "b", "a", "b"))
    ]
    ClickHouseSink(clickhouse_client).write([table_rows(API_USAGE, *rows)])
    [told] = latency_report(clickhouse_client, LatencyParameters(by=(LatencyGroup.SERVICE,)))
    expected = percentiles_of(told)
    of_buckets = clickhouse_client.query(
        "SELECT quantilesExactWeighted(0.5, 0.9, 0.95, 0.99)(latency_ms, weight), sum(requests) FROM api_latency "
        "WHERE latency = 'request' AND service = 'pay'"
    ).result_rows
    assert of_buckets == [(pytest.approx(list(expected), rel=0.01), 160)]
    groups = [*latency_report(clickhouse_client, LatencyParameters(by=(LatencyGroup.CONSUMER,)))]
    for view in ("api_latency_by_day", "api_latency_by_hour"):
        told_by = f"SELECT consumer_id, count, p50_ms, p90_ms, p95_ms, p99_ms, min_ms, max_ms FROM {view} ORDER BY 1"
        assert clickhouse_client.query(told_by).result_rows == [
            (row.consumer, row.count, *map(pytest.approx, (*percentiles_of(row), row.min_ms, row.max_ms)))
            for row in groups
        ]
