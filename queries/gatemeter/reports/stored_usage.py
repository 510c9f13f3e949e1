"""Stored usage for a report: rows per hour, and in their place those of days and months where these answer."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from clickhouse_connect.driver.client import Client

from gatemeter.clickhouse.query import fetch, fetch_composed, fetch_rows_composed, part_sql, query_sql
from gatemeter.reports.rung_spans import settled_spans
from gatemeter.reports.usage_parameters import UsageParameters
from gatemeter.reports.zoned_span import UTC_ZONE, part_of_hour_refusal

_USAGE = "$usage"
"""What stands for the rows of usage in the SQL of reports."""


def fetch_usage(
    client: Client,
    report: str,
    parameters: UsageParameters,
    *,
    table: str,
    by: Sequence[str] | None = None,
    more: Mapping[str, Any] | None = None,
) -> Iterator[dict[str, Any]]:
    """The rows of a report of usage, which reads `table`, groups by `by` and takes `more` parameters; see `fetch_rows`.

    Raises SettingsError where an hour of the time zone does not begin with a stored hour, and as `fetch` does.
    """
    require_whole_hours(client, parameters, table)
    return fetch_rows_composed(client, report, *usage_statement(client, report, parameters, table, by=by, more=more))


def fetch_of_usage(client: Client, query: str, parameters: UsageParameters, *, table: str) -> list[dict[str, Any]]:
    """The rows of a query of the rows that a report of `table` adds up. Raises as `fetch` does."""
    return fetch_composed(client, query, *usage_statement(client, query, parameters, table))


def usage_statement(
    client: Client,
    query: str,
    parameters: UsageParameters,
    table: str,
    *,
    by: Sequence[str] | None = None,
    more: Mapping[str, Any] | None = None,
) -> tuple[str, dict[str, Any]]:
    """The SQL of a query of usage, and its parameters; see `fetch_usage`. Raises as `fetch` does."""
    spans = settled_spans(client, parameters, [table])
    grouped = {} if by is None else {"by": list(by)}
    values = {**grouped, **parameters.query_parameters, **spans.parameters, **(more or {})}
    return query_sql(query, _chosen_form(parameters)).replace(_USAGE, spans.sql(table)), values


def chosen_sql(parameters: UsageParameters) -> str:
    """SQL of the CTEs `named` and `chosen`, for statements that are put together of other texts than a query's file."""
    return f"{part_sql('named')},\n{part_sql('chosen', form=_chosen_form(parameters))}"


def _chosen_form(parameters: UsageParameters) -> str:
    """The form of the parts of a query, as `query_sql` takes it."""
    return "" if parameters.consumers else "every_consumer"


def require_whole_hours(client: Client, parameters: UsageParameters, table: str) -> None:
    """Raise SettingsError where an hour of the time zone does not begin with a stored hour of `table`."""
    if parameters.time_zone == UTC_ZONE:
        return
    zoned = {"time_zone": parameters.time_zone, "usage_table": table, **parameters.span.parameters}
    [row] = fetch(client, "part_of_hour_offset", {**zoned, **parameters.allowed.query_parameters})
    if row["hours"]:
        first = datetime.fromtimestamp(row["first_hour_s"], tz=parameters.span.start.tzinfo)
        raise part_of_hour_refusal(parameters.time_zone, f"{first:%Y-%m-%dT%H:%MZ}")
