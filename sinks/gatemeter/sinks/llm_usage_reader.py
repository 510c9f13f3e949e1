"""Reads stored rows of LLM usage whole, as they would be written."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any

from clickhouse_connect.driver.client import Client

from gatemeter.sinks.retry import classified, with_retry


def llm_usage_rows(client: Client, start: datetime, end: datetime) -> Iterator[Sequence[Sequence[Any]]]:
    """The rows with hours in [start, end), a day at a time: all columns of `LLM_USAGE`, hours as Unix seconds.

    Raises RetryableError or StopError as reports do.
    """
    span = {"from": f"{start:%Y-%m-%d %H:%M:%S}", "to": f"{end:%Y-%m-%d %H:%M:%S}"}
    for (day,) in _rows(client, "llm_usage_days", span):
        columns = _columns(client, {**span, "day": f"{day:%Y-%m-%d}"})
        if columns:
            yield columns


def _rows(client: Client, name: str, parameters: dict[str, str]) -> Sequence[Sequence[Any]]:
    def run() -> Sequence[Sequence[Any]]:
        with classified("llm_usage_hourly"):
            return client.query(_sql(name), parameters=parameters).result_rows

    return with_retry(run)


def _columns(client: Client, parameters: dict[str, str]) -> Sequence[Sequence[Any]]:
    def run() -> Sequence[Sequence[Any]]:
        with classified("llm_usage_hourly"):
            result = client.query(_sql("llm_usage_of_day"), parameters=parameters, query_formats={"DateTime": "int"})
            return result.result_columns if result.row_count else []

    return with_retry(run)


@cache
def _sql(name: str) -> str:
    return files("gatemeter.sinks").joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")
