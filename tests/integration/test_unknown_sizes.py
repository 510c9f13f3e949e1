"""Sizes that no log tells are null in reports and views; sums say where they add bodies to bytes on the wire."""

from typing import Any

import pytest
from clickhouse_connect.driver.client import Client

from gatemeter.clickhouse.sink import ClickHouseSink
from gatemeter.explain.metric import ExplainedMetric, amount_doubts, reported_total
from gatemeter.reports.billable import BillableParameters, BillableRow, billable_report
from gatemeter.reports.tools import ToolsParameters, tools_report
from gatemeter.schema import AGENTIC_USAGE
from tests.support.stored_rows import table_rows, usage, usage_rows

WIRE = {"request_bytes_kind": "wire", "response_bytes_kind": "wire"}
COMBINED = {"request_bytes_kind": "unknown", "response_bytes_kind": "body"}
"""What an nginx log in the combined format tells."""


def store(client: Client, *rows: dict[str, Any]) -> None:
    ClickHouseSink(client).write([usage_rows(*(usage(**row) for row in rows))])


def total(client: Client) -> BillableRow:
    [row] = billable_report(client, BillableParameters())
    return row


def sizes(row: BillableRow) -> tuple[object, ...]:
    return (row.request_bytes, row.requests_without_request_bytes, row.request_bytes_kind)


def test_size_that_no_request_tells_is_null(clickhouse_client: Client) -> None:
    store(clickhouse_client, {**COMBINED, "requests": 5, "response_bytes": 700})
    row = total(clickhouse_client)
    assert sizes(row) == (None, 5, "")
    assert (row.response_bytes, row.requests_without_response_bytes, row.response_bytes_kind) == (700, 0, "body")


def test_requests_without_a_size_are_counted_beside_the_sum(clickhouse_client: Client) -> None:
    store(
        clickhouse_client,
        {**COMBINED, "requests": 5, "response_bytes": 700},
        {**WIRE, "requests": 3, "request_bytes": 930, "response_bytes": 1500},
    )
    row = total(clickhouse_client)
    assert sizes(row) == (930, 5, "wire")
    assert (row.response_bytes, row.requests_without_response_bytes, row.response_bytes_kind) == (2200, 0, "body+wire")


def test_rows_of_older_versions_have_the_sizes_that_they_had(clickhouse_client: Client) -> None:
    store(clickhouse_client, {"requests": 4, "request_bytes": 0, "response_bytes": 900})
    assert sizes(total(clickhouse_client)) == (0, 0, "as sent")


def test_what_a_correction_retracts_is_no_longer_counted_as_unknown(clickhouse_client: Client) -> None:
    correction = {"log": "correction:log-1", "requests": -2}
    store(clickhouse_client, {**COMBINED, "requests": 2}, {**COMBINED, **correction}, {**WIRE, "request_bytes": 310})
    assert sizes(total(clickhouse_client)) == (310, 0, "wire")


@pytest.mark.parametrize("view", ["api_usage", "billable_monthly"])
def test_views_show_null_for_sizes_that_are_unknown(clickhouse_client: Client, view: str) -> None:
    store(clickhouse_client, {**COMBINED, "requests": 5, "response_bytes": 700})
    rows = clickhouse_client.query(f"SELECT request_bytes, response_bytes FROM {view}").result_rows
    assert rows == [(None, 700)]


def test_explained_bytes_say_what_they_lack_and_mix(clickhouse_client: Client) -> None:
    store(
        clickhouse_client,
        {**COMBINED, "requests": 5, "response_bytes": 700},
        {**WIRE, "requests": 3, "request_bytes": 930, "response_bytes": 1500},
    )
    request, response = ExplainedMetric.REQUEST_BYTES, ExplainedMetric.RESPONSE_BYTES
    assert reported_total(clickhouse_client, request, BillableParameters()) == 930
    assert amount_doubts(clickhouse_client, request, BillableParameters()) == ["5 of 8 requests tell no request_bytes"]
    assert amount_doubts(clickhouse_client, response, BillableParameters()) == [
        "it adds sizes of several kinds: body, wire"
    ]


def test_calls_of_tools_without_a_size_are_null_and_counted(clickhouse_client: Client) -> None:
    call = {"log": "log-1", "version": 1, "kind": "mcp", "tool": "search", "calls": 2, "response_bytes_kind": "unknown"}
    ClickHouseSink(clickhouse_client).write([table_rows(AGENTIC_USAGE, call)])
    [row] = tools_report(clickhouse_client, ToolsParameters(by=()))
    assert (row.response_bytes, row.calls_without_response_bytes) == (None, 2)
    told = {**call, "tool": "fetch", "response_bytes_kind": "body", "response_bytes": 9}
    ClickHouseSink(clickhouse_client).write([table_rows(AGENTIC_USAGE, told)])
    [row] = tools_report(clickhouse_client, ToolsParameters(by=()))
    assert (row.calls, row.response_bytes, row.calls_without_response_bytes) == (4, 9, 2)
