"""Runs the SQL files by which stored rows are read back as they were written."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.query import QueryResult

from gatemeter.sinks.retry import classified, with_retry

TIMES_AS_NUMBERS = {"Date": "int", "DateTime": "int", "DateTime64": "int"}
"""Times as whole numbers since 1970, in the unit of their column."""


def stored(
    client: Client,
    name: str,
    parameters: Mapping[str, Any],
    *,
    table: str,
    types: Mapping[str, str] = TIMES_AS_NUMBERS,
    columns: Mapping[str, str] | None = None,
) -> QueryResult:
    """The answer to `sql/NAME.sql`, which asks `table`; `types` and `columns` name the forms of values.

    Passing faults are tried again a few times; raises RetryableError or StopError after that.
    """

    def run() -> QueryResult:
        with classified(table):
            return client.query(
                stored_sql(name),
                parameters=dict(parameters),
                query_formats=dict(types),
                column_formats=None if columns is None else dict(columns),
            )

    return with_retry(run)


@cache
def stored_sql(name: str) -> str:
    """The text of `sql/NAME.sql`."""
    return files("gatemeter.sinks").joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")
