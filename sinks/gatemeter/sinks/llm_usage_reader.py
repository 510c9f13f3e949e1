"""Reads stored rows of LLM usage whole, as they would be written."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.query import QueryResult

from gatemeter.sinks.retry import classified, with_retry


def llm_usage_rows(client: Client, span: Mapping[str, str]) -> Iterator[Sequence[Sequence[Any]]]:
    """The rows of a span of hours, a day at a time: all columns of `LLM_USAGE`, hours as Unix seconds.

    `span` holds `from` and `to` as ClickHouse writes a DateTime, in UTC; the end is left out. Raises RetryableError or
    StopError as reports do.
    """
    for (day,) in _query(client, "llm_usage_days", span).result_rows:
        rows = _query(client, "llm_usage_of_day", {**span, "day": f"{day:%Y-%m-%d}"})
        if rows.row_count:
            yield rows.result_columns


def _query(client: Client, name: str, parameters: Mapping[str, str]) -> QueryResult:
    def run() -> QueryResult:
        with classified("llm_usage_hourly"):
            return client.query(_sql(name), parameters=dict(parameters), query_formats={"DateTime": "int"})

    return with_retry(run)


@cache
def _sql(name: str) -> str:
    return files("gatemeter.sinks").joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")
