"""Why a report of usage has no rows: nothing is stored, nobody has that name, or the span leaves it out."""

from datetime import UTC, datetime
from typing import Any

from clickhouse_connect.driver.client import Client

from gatemeter.clickhouse.query import fetch
from gatemeter.reports.period import TimeSpan
from gatemeter.reports.usage_parameters import AllowedRows, UsageParameters, consumer_parameters
from gatemeter.schema import AGENTIC_USAGE, API_USAGE, LLM_USAGE, METER_USAGE, STREAM_SESSIONS

_HOUR_S = 3_600
_KINDS = {
    API_USAGE.name: "requests",
    LLM_USAGE.name: "calls to language models",
    AGENTIC_USAGE.name: "calls of tools and agents",
    METER_USAGE.name: "values of custom meters",
    STREAM_SESSIONS.name: "streams",
}


def kind_of(table: str) -> str:
    """What a table holds, in words: notes are also read by customers, who know of no tables."""
    return _KINDS[table]


def why_no_rows(client: Client, parameters: UsageParameters, *, table: str) -> str:
    """The reason in words, for a report of `table` that had no row. Raises as `fetch` does."""
    consumers = parameters.consumers
    chosen = {**consumer_parameters(consumers), **parameters.allowed.query_parameters}
    [extent] = fetch(client, "usage_extent", {"usage_table": table, **chosen})
    named = " or ".join(map(repr, consumers))
    if not extent["row_count"]:
        return f"no {kind_of(table)} are stored"
    if consumers and not extent["known_count"]:
        return f"no consumer is called {named}; usage of others is stored"
    prefix = "known_" if consumers else ""
    whose = f"usage of {named}" if consumers else "usage"
    first_s, last_s = extent[f"{prefix}first_hour"], extent[f"{prefix}last_hour"]
    if parameters.span.start.timestamp() <= last_s and first_s < parameters.span.end.timestamp():
        return f"{whose} is stored, and none of it in these hours has what this report shows"
    return f"{whose} is stored from {_hours(extent, prefix)}, and --from and --to leave it out"


def first_stored_hour(client: Client, table: str, allowed: AllowedRows) -> datetime | None:
    """The first hour of which `table` holds allowed usage; None where it holds none. Raises as `fetch` does."""
    found = stored_hours(client, table, allowed)
    return None if found is None else found.start


def stored_hours(client: Client, table: str, allowed: AllowedRows) -> TimeSpan | None:
    """From the first to the last hour of which `table` holds allowed usage; None where it holds none.

    Raises as `fetch` does.
    """
    whose = {**consumer_parameters(()), **allowed.query_parameters}
    [extent] = fetch(client, "usage_extent", {"usage_table": table, **whose})
    if not extent["row_count"]:
        return None
    first, end = extent["first_hour"], extent["last_hour"] + _HOUR_S
    return TimeSpan(datetime.fromtimestamp(first, UTC), datetime.fromtimestamp(end, UTC))


def _hours(extent: dict[str, Any], prefix: str) -> str:
    return f"{_time(extent[f'{prefix}first_hour'])} to {_time(extent[f'{prefix}last_hour'] + _HOUR_S)}"


def _time(unix_s: int) -> str:
    return f"{datetime.fromtimestamp(unix_s, UTC):%Y-%m-%dT%H:%MZ}"
