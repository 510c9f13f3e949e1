"""Known calls of agents in, answers computed by hand out, on the real engine."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client

from gatemeter.clickhouse.sink import ClickHouseSink
from gatemeter.reports.period import Period, TimeSpan
from gatemeter.reports.tools import DEFAULT_TOOLS_GROUPS, ToolsGroup, ToolsParameters, ToolsRow, tools_report
from gatemeter.reports.usage_parameters import Subject
from gatemeter.schema import AGENTIC_USAGE
from tests.support.databases import merges_stopped
from tests.support.smoke import smoke
from tests.support.stored_rows import FEBRUARY, sketch, table_rows

pytestmark = pytest.mark.clickhouse

MARCH = datetime(2026, 3, 31, 23, tzinfo=UTC)


def agentic(**values: Any) -> Mapping[str, Any]:
    """A row of agentic_usage_hourly: one call of an MCP tool, epoch 0 at version 1 of log `log-1`."""
    call = {"kind": "mcp", "method": "tools/call", "tool": "search", "calls": 1}
    return {"log": "log-1", "version": 1, **call, **values}


def store(client: Client, *rows: Mapping[str, Any]) -> None:
    ClickHouseSink(client).write([table_rows(AGENTIC_USAGE, *rows)])


def report(client: Client, *by: ToolsGroup, **parameters: Any) -> list[ToolsRow]:
    return list(tools_report(client, ToolsParameters(by=by, **parameters)))


def total(client: Client) -> ToolsRow:
    [row] = report(client)
    return row


def test_epochs_partitions_and_keys_are_added_up(clickhouse_client: Client) -> None:
    store(
        clickhouse_client,
        agentic(calls=3, errors=1, response_bytes=10**37, session_hashes=[1, 2, 2**64 - 1]),
        agentic(epoch_first_offset=1024, calls=4, errors=4, response_bytes=10**37, session_hashes=[2, 3]),
        agentic(partition=1, error="boom", errors=1, session_hashes=[]),
    )
    row = total(clickhouse_client)
    assert (row.calls, row.errors, row.response_bytes) == (8, 6, 2 * 10**37)
    # 1, 2, 3 and the greatest hash: a session that spans epochs is one session.
    assert row.sessions == 4


def test_replaced_values_are_gone_before_any_merge(clickhouse_client: Client) -> None:
    with merges_stopped(clickhouse_client, "agentic_usage_hourly"):
        for version, calls in ((3, 30), (9, 90), (6, 60)):
            store(clickhouse_client, agentic(version=version, calls=calls, session_hashes=[version]))
        assert (total(clickhouse_client).calls, total(clickhouse_client).sessions) == (90, 1)


def test_latencies_of_several_rows_are_merged(clickhouse_client: Client) -> None:
    values_ns = [number * 1_000_000 for number in range(1, 101)]
    store(
        clickhouse_client,
        agentic(**sketch("call", values_ns[::2])),
        agentic(tool="fetch", **sketch("call", values_ns[1::2])),
        agentic(tool="list"),
    )
    row = total(clickhouse_client)
    assert (row.calls, row.count, row.avg_ms, row.min_ms, row.max_ms) == (3, 100, 50.5, 1.0, 100.0)
    for value, exact in ((row.p50_ms, 50), (row.p90_ms, 90), (row.p95_ms, 95), (row.p99_ms, 99)):
        assert value == pytest.approx(exact, rel=0.01)


def test_nothing_measured_is_null_and_not_0(clickhouse_client: Client) -> None:
    store(clickhouse_client, agentic())
    row = total(clickhouse_client)
    assert row.count == 0
    latencies = (row.avg_ms, row.min_ms, row.p50_ms, row.p90_ms, row.p95_ms, row.p99_ms, row.max_ms)
    assert latencies == (None,) * 7


def test_calls_are_grouped_by_kind_method_tool_and_state(clickhouse_client: Client) -> None:
    task = {"kind": "a2a", "method": "message/send", "tool": ""}
    store(
        clickhouse_client,
        agentic(),
        agentic(service_name="other"),
        agentic(method="tools/list", tool=""),
        agentic(**task, task_state="failed", errors=1),
        agentic(**task, task_state="completed"),
    )
    rows = tools_report(clickhouse_client, ToolsParameters())
    assert [(row.period, *row.groups, row.calls, row.errors) for row in rows] == [
        ("2026-02", "a2a", "message/send", "", "completed", 1, 0),
        ("2026-02", "a2a", "message/send", "", "failed", 1, 1),
        ("2026-02", "mcp", "tools/call", "search", "", 2, 0),
        ("2026-02", "mcp", "tools/list", "", "", 1, 0),
    ]
    assert ToolsRow.columns(DEFAULT_TOOLS_GROUPS)[:6] == ["period", "kind", "method", "tool", "task_state", "calls"]


@pytest.mark.parametrize(
    ("by", "values"),
    smoke(
        [
            (ToolsGroup.TOOL, ["", "search"]),
            (ToolsGroup.CONSUMER_ID, ["anonymous", "c1"]),
            (ToolsGroup.KIND, ["a2a", "mcp"]),
            (ToolsGroup.METHOD, ["message/send", "tools/call"]),
            (ToolsGroup.TASK_STATE, ["", "failed"]),
            (ToolsGroup.SERVICE, ["", "s-1"]),
            (ToolsGroup.ROUTE, ["", "agents"]),
            (ToolsGroup.WORKSPACE, ["", "w"]),
            (ToolsGroup.ERROR, ["", "boom"]),
        ],
        2,
        reason="tools and consumers are told apart in `make test`",
    ),
)
def test_every_group_tells_its_values_apart(clickhouse_client: Client, by: ToolsGroup, values: list[str]) -> None:
    place = {"consumer_id": "c1", "service_id": "s-1", "route_id": "r", "route_name": "agents", "workspace": "w"}
    store(
        clickhouse_client,
        agentic(),
        agentic(kind="a2a", method="message/send", tool="", task_state="failed", error="boom", **place),
    )
    assert [(row.groups, row.calls) for row in report(clickhouse_client, by)] == [([each], 1) for each in values]


def test_period_span_consumer_and_subject_choose_what_counts(clickhouse_client: Client) -> None:
    acme = {"consumer_id": "c1", "consumer_username": "acme"}
    store(clickhouse_client, agentic(**acme), agentic(), agentic(**acme, hour=MARCH), agentic(**acme, tool="fetch"))
    rows = report(
        clickhouse_client,
        ToolsGroup.CONSUMER_ID,
        period=Period.DAY,
        span=TimeSpan.parse("2026-02", "2026-03"),
        consumers=("c1",),
        subject=Subject.USERNAME,
    )
    assert [(row.period, row.groups, row.calls) for row in rows] == [(f"{FEBRUARY:%Y-%m-%d}", ["acme"], 2)]


def test_nothing_stored_is_nothing_reported(clickhouse_client: Client) -> None:
    assert report(clickhouse_client) == []
