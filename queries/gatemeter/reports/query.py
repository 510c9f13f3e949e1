"""Runs a report's SQL file with typed server-side parameters.

What several reports share is a part: `${name}` in a file stands for the text of `sql/parts/name.sql`.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from clickhouse_connect.driver.client import Client

from gatemeter.clickhouse.errors import classified, with_retry

TAG_VERSION = 1
"""Part of the log comment; raised when the SQL of the reports changes what it reads."""

_PART = re.compile(r"\$\{(\w+)\}")


def fetch(client: Client, report: str, parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The rows of `sql/REPORT.sql` as {column: value}.

    The query is tagged `gatemeter/report/REPORT/1` in the server's query log. Passing faults are tried again a few
    times; raises RetryableError or StopError after that.
    """
    tag = f"gatemeter/report/{report}/{TAG_VERSION}"

    def run() -> list[dict[str, Any]]:
        with classified(f"report {report}"):
            result = client.query(report_sql(report), parameters=dict(parameters), settings={"log_comment": tag})
            names: Sequence[str] = result.column_names
            return [dict(zip(names, row, strict=True)) for row in result.result_rows]

    return with_retry(run)


@cache
def report_sql(report: str) -> str:
    """The text of `sql/REPORT.sql` with its parts filled in."""
    return _PART.sub(lambda part: _sql_file(f"parts/{part[1]}.sql").strip(), _sql_file(f"{report}.sql"))


def _sql_file(path: str) -> str:
    return files("gatemeter.reports").joinpath("sql", path).read_text(encoding="utf-8")
