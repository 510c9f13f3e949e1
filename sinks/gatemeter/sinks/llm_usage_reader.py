"""Reads stored rows of LLM usage whole, as they would be written."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.query import QueryResult

from gatemeter.sinks.stored_query import stored


def llm_usage_rows(client: Client, span: Mapping[str, str]) -> Iterator[Sequence[Sequence[Any]]]:
    """The rows of a span of hours, a day at a time: all columns of `LLM_USAGE`, hours as Unix seconds.

    `span` holds `from` and `to` as ClickHouse writes a DateTime, in UTC; the end is left out. Raises RetryableError or
    StopError as reports do.
    """
    for (day,) in _stored(client, "llm_usage_days", span).result_rows:
        rows = _stored(client, "llm_usage_of_day", {**span, "day": f"{day:%Y-%m-%d}"})
        if rows.row_count:
            yield rows.result_columns


def _stored(client: Client, name: str, parameters: Mapping[str, str]) -> QueryResult:
    return stored(client, name, parameters, table="llm_usage_hourly", types={"DateTime": "int"})
