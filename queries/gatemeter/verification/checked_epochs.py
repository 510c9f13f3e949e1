"""Asks a store about the epochs that are verified: all of them, or those with usage in a span of hours."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from clickhouse_connect.driver.client import Client

from gatemeter.clickhouse.query import fetch_composed, query_sql
from gatemeter.reports.period import TimeSpan

_SPAN_FORM = "span"
"""The form of the parts of a query that leaves epochs out. It reads all usage for that, so it is another one."""


def fetch_checked(
    client: Client, query: str, span: TimeSpan, parameters: Mapping[str, Any] = MappingProxyType({})
) -> list[dict[str, Any]]:
    """The rows of a query that has the part `checked_epochs`, about the epochs in `span`. Raises as `fetch` does."""
    is_spanned = span != TimeSpan()
    sql = query_sql(query, _SPAN_FORM if is_spanned else "")
    values = {"spanned": int(is_spanned), **span.parameters, **parameters}
    # Into a statement without a typed parameter the client would format values by itself, at every percent sign.
    return fetch_composed(client, query, sql, {name: value for name, value in values.items() if f"{{{name}:" in sql})
