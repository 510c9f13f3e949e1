"""Stored calls to models for tests, and the report about them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from clickhouse_connect.driver.client import Client

from gatemeter.clickhouse.sink import ClickHouseSink
from gatemeter.reports.llm import LlmGroup, LlmParameters, LlmRow, llm_report
from gatemeter.schema import LLM_USAGE
from tests.support.stored_rows import table_rows

MARCH = datetime(2026, 3, 31, 23, tzinfo=UTC)


def llm(**values: Any) -> Mapping[str, Any]:
    """A row of llm_usage_hourly: one call to a provider, epoch 0 at version 1 of log `log-1`; money as text."""
    row = {"log": "log-1", "version": 1, "calls": 1, "outcome": "provider", **values}
    money = {column.name for column in LLM_USAGE.columns if column.type.startswith("Decimal")}
    return row | {name: Decimal(row[name]) for name in money & set(row)}


def store_calls(client: Client, *rows: Mapping[str, Any]) -> None:
    ClickHouseSink(client).write([table_rows(LLM_USAGE, *rows)])


def report(client: Client, *by: LlmGroup, **parameters: Any) -> list[LlmRow]:
    return list(llm_report(client, LlmParameters(by=by, **parameters)))


def total(client: Client) -> LlmRow:
    [row] = report(client)
    return row
