"""Reports with many rows are read block by block."""

import tracemalloc

import pytest
from clickhouse_connect.driver.client import Client

from gatemeter.clickhouse.query import fetch_rows
from gatemeter.errors import ConflictError
from gatemeter.reports.billable import BillableParameters, billable_report

pytestmark = pytest.mark.clickhouse

CONSUMERS = 40_000


def test_a_report_of_many_consumers_is_read_in_bounded_memory(clickhouse_client: Client) -> None:
    clickhouse_client.command(
        "INSERT INTO api_usage_hourly (hour, consumer_id, status, log, version, requests) "
        "SELECT toDateTime('2026-02-03 10:00:00', 'UTC'), toString(number), 200, 'log', 1, number "
        f"FROM numbers({CONSUMERS})"
    )
    rows = billable_report(clickhouse_client, BillableParameters())
    tracemalloc.start()
    try:
        total = sum(row.requests for row in rows)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert total == CONSUMERS * (CONSUMERS - 1) // 2
    assert peak < 30_000_000  # 45 MB if all rows are in memory at once


def test_a_stream_that_nobody_reads_to_its_end_frees_the_client(clickhouse_client: Client) -> None:
    rows = fetch_rows(clickhouse_client, "license_report/months", {"exclude_gateway_answers": 0, "topics": []})
    assert list(rows) == []
    clickhouse_client.command("INSERT INTO api_usage_hourly (consumer_id, version, requests) VALUES ('a', 1, 1)")
    unread = billable_report(clickhouse_client, BillableParameters())
    next(unread)
    del unread
    assert clickhouse_client.command("SELECT 1") == 1


def test_a_stream_of_a_missing_table_says_to_migrate(empty_clickhouse: Client) -> None:
    with pytest.raises(ConflictError, match="a table is missing"):
        next(billable_report(empty_clickhouse, BillableParameters()))
