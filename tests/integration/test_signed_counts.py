"""Counts keep their numbers when their columns become signed, and rows with negative counts cancel others."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client

from gatemeter.clickhouse.sink import ClickHouseSink
from gatemeter.license_report.buckets import LicenseParameters, monthly_buckets
from gatemeter.metering.log import Log, LogChunk, LogKind
from gatemeter.metering.partition import PartitionCounter
from gatemeter.metering.start_position import StartPosition
from gatemeter.migrations import runner
from gatemeter.migrations.migration_files import shipped_migrations
from gatemeter.migrations.runner import migrate
from gatemeter.reports.billable import BillableParameters, billable_report
from gatemeter.reports.event_accounting import EventAccount, event_account
from gatemeter.reports.latency import LatencyGroup, LatencyParameters, latency_report
from gatemeter.reports.llm import LlmGroup, LlmParameters, llm_report
from gatemeter.reports.tools import ToolsGroup, ToolsParameters, tools_report
from gatemeter.schema import EPOCH_LEDGER, TableRows
from tests.support.kong_events import event_text, recorded
from tests.support.logs import METERING
from tests.support.smoke import smoke

pytestmark = pytest.mark.clickhouse

_LAST_UNSIGNED = 14
_AN_HOUR = "'2026-02-03 10:00:00'"
OLD_ROWS = {
    "api_usage_hourly (hour, requests, latency_request_count, latency_request_bucket_counts)": (
        f"{_AN_HOUR}, 9000000000, 3, [1, 2]"
    ),
    "stream_sessions_hourly (hour, sessions)": f"{_AN_HOUR}, 4",
    "agentic_usage_hourly (hour, calls, session_hashes)": f"{_AN_HOUR}, 5, [18446744073709551615]",
    "llm_usage_hourly (hour, calls, unpriced_calls, outcome)": f"{_AN_HOUR}, 6, 2, 'provider'",
    "monthly_requests (month, requests)": "'2026-02-01', 7",
    "epoch_ledger (consumed, counted, duplicates, fields_left_out)": "3, 2, 1, 8",
}
OLD_NUMBERS = {
    "SELECT requests, latency_request_count, latency_request_bucket_counts FROM api_usage": (9_000_000_000, 3, [1, 2]),
    "SELECT requests FROM billable_monthly": (9_000_000_000,),
    "SELECT sessions FROM stream_sessions": (4,),
    "SELECT calls, session_hashes FROM agentic_usage": (5, [2**64 - 1]),
    "SELECT calls, unpriced_calls FROM llm_usage": (6, 2),
    "SELECT requests FROM monthly_requests": (7,),
    "SELECT consumed, counted, duplicates, holds FROM conservation": (3, 2, 1, True),
    "SELECT fields_left_out FROM epoch_ledger": (8,),
}


@pytest.fixture
def old_database(empty_clickhouse: Client, monkeypatch: pytest.MonkeyPatch) -> Client:
    """A database of the last version with unsigned counts, with a row in each table."""
    with monkeypatch.context() as earlier:
        earlier.setattr(runner, "shipped_migrations", lambda: shipped_migrations()[:_LAST_UNSIGNED])
        migrate(empty_clickhouse)
    for table, values in OLD_ROWS.items():
        empty_clickhouse.command(f"INSERT INTO {table} VALUES ({values})")
    return empty_clickhouse


@pytest.mark.long(reason="upgrades a store of an older version; what it becomes changes with a new migration at most")
def test_the_migration_to_signed_counts_keeps_all_numbers(old_database: Client) -> None:
    assert numbers_in(old_database) == OLD_NUMBERS
    migrate(old_database)
    assert numbers_in(old_database) == OLD_NUMBERS


def numbers_in(client: Client) -> dict[str, Any]:
    return {query: client.query(query).result_rows[0] for query in OLD_NUMBERS}


def request(event_id: str, ms: int, cost: str, tokens: int = 7) -> bytes:
    ai = (
        '"ai":{"proxy":{"meta":{"provider_name":"openai","request_model":"m","llm_latency":%d},'
        '"usage":{"prompt_tokens":%d,"cost":%s}},'
        '"mcp":{"mcp_session_id":"s","rpc":[{"method":"tools/call","tool_name":"t","latency":%d,"error":"no"}]}}'
    )
    return event_text(event_id=f'"{event_id}"', latencies=f'{{"request":{ms}}}', extra=ai % (ms, tokens, cost, ms))


ONCE = [request("a", 10, "0.25"), request("b", 30, "0.5"), recorded("stream_session")]
REPORTS: dict[str, Callable[[Client], Iterable[Any]]] = {
    "billable": lambda client: billable_report(client, BillableParameters()),
    "license": lambda client: monthly_buckets(client, LicenseParameters()),
    "latency": lambda client: latency_report(client, LatencyParameters(by=(LatencyGroup.SERVICE,))),
    "llm": lambda client: llm_report(client, LlmParameters(by=(LlmGroup.PROVIDER,))),
    "tools": lambda client: tools_report(client, ToolsParameters(by=(ToolsGroup.TOOL,))),
}
_QUANTILES = "quantilesExactWeighted(0., 0.5, 0.99, 1.)(latency_ms, weight)"
VIEWS = {
    "api_usage": "sum(requests), sum(latency_request_count)",
    "billable_monthly": "sum(requests), sum(status_2xx)",
    "stream_sessions": "sum(sessions), sum(received_bytes)",
    "agentic_usage": "sum(calls), sum(errors)",
    "llm_usage": "sum(calls), sum(prompt_tokens)",
    "llm_costs_computed": "sum(calls), sum(unpriced_calls), sum(cost)",
    "llm_costs_reported": "sum(calls), sum(cost)",
    "api_latency": f"sum(requests), {_QUANTILES}",
    "llm_latency": f"sum(calls), {_QUANTILES}",
    "agentic_latency": f"sum(calls), {_QUANTILES}",
    "api_latency_by_day": "sum(count), max(p99_ms), max(max_ms)",
    "api_latency_by_hour": "sum(count), max(p99_ms), max(max_ms)",
    "llm_latency_by_hour": "sum(count), max(p99_ms), max(max_ms)",
    "agentic_latency_by_hour": "sum(count), max(p99_ms), max(max_ms)",
}


def counted(log: str, events: Sequence[bytes]) -> Sequence[TableRows]:
    counter = PartitionCounter(Log(log, log, LogKind.KAFKA, 100), 0, StartPosition(0, 0), METERING)
    counter.add(LogChunk(0, len(events), range(len(events)), events, None, "kong-log"))
    return counter.take_flush().rows


def reversed_rows(rows: TableRows) -> TableRows:
    """The same usage with negative counts and sums, without minimum, maximum and sessions."""
    first = len(rows.table.columns) - len(rows.table.measures)
    columns = [list(values) for values in rows.columns]
    for index, column in enumerate(rows.table.measures, first):
        columns[index] = [_reversed(column.name, value) for value in columns[index]]
    columns[rows.table.column_names.index("log")] = ["correction:far"] * rows.row_count
    return TableRows(rows.table, columns)


def _reversed(name: str, value: Any) -> Any:
    if name.endswith("_buckets") or value is None or isinstance(value, str):
        return value
    if name.endswith(("_min_ns", "_max_ns")):
        return 0
    if isinstance(value, list):
        return [-each for each in value] if name.endswith("_counts") else []
    return -value


def answers(client: Client) -> dict[str, Any]:
    """The rows of every report and every view."""
    views = {name: client.query(f"SELECT {columns} FROM {name}").result_rows for name, columns in VIEWS.items()}
    return views | {name: list(report(client)) for name, report in REPORTS.items()}


@pytest.mark.parametrize(
    "again", smoke([ONCE, ONCE[1:]], 1, reason="reverses some of the events"), ids=["all", "the slowest"]
)
def test_usage_counted_twice_and_reversed_is_counted_once(clickhouse_client: Client, again: list[bytes]) -> None:
    sink = ClickHouseSink(clickhouse_client)
    sink.write(counted("first", ONCE))
    before = answers(clickhouse_client)
    sink.write(counted("far", again))
    assert all(answer != before[name] for name, answer in answers(clickhouse_client).items())
    sink.write([reversed_rows(rows) for rows in counted("far", again) if rows.table is not EPOCH_LEDGER])
    assert answers(clickhouse_client) == before


def test_usage_reversed_completely_leaves_no_latencies(clickhouse_client: Client) -> None:
    sink = ClickHouseSink(clickhouse_client)
    sink.write(counted("far", ONCE))
    sink.write([reversed_rows(rows) for rows in counted("far", ONCE)])
    assert list(REPORTS["latency"](clickhouse_client)) == []
    [row] = llm_report(clickhouse_client, LlmParameters())
    assert (row.calls, row.count, row.p50_ms, row.max_ms) == (0, 0, None, None)


def test_the_account_of_a_correction_balances(clickhouse_client: Client) -> None:
    ClickHouseSink(clickhouse_client).write(counted("far", ONCE))
    clickhouse_client.command(
        "INSERT INTO epoch_ledger SELECT * REPLACE ('correction:far' AS log, 0 AS consumed, -1 AS counted, "
        "1 AS duplicates, 0 AS other_kind) FROM epoch_ledger"
    )
    totals = event_account(clickhouse_client)
    assert totals == EventAccount(
        consumed=3, counted=1, duplicates=1, dead_letters=0, other_kind=1, holds=True, rows_agree=False
    )
