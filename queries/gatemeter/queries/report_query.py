"""Runs a report's SQL file with typed server-side parameters."""

from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from clickhouse_connect.driver.client import Client

from gatemeter.sinks.retry import classified, with_retry

TAG_VERSION = 1
"""Part of the log comment; raised when the SQL of the reports changes what it reads."""


def fetch(client: Client, report: str, parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The rows of `sql/REPORT.sql` as {column: value}.

    The query is tagged `gatemeter/report/REPORT/1` in the server's query log. Passing faults are tried again a few
    times; raises RetryableError or StopError after that.
    """
    tag = f"gatemeter/report/{report}/{TAG_VERSION}"

    def run() -> list[dict[str, Any]]:
        with classified(f"report {report}"):
            result = client.query(_sql(report), parameters=dict(parameters), settings={"log_comment": tag})
            names: Sequence[str] = result.column_names
            return [dict(zip(names, row, strict=True)) for row in result.result_rows]

    return with_retry(run)


@cache
def _sql(report: str) -> str:
    return files("gatemeter.queries").joinpath("sql", f"{report}.sql").read_text(encoding="utf-8")
