"""Which minutes are known: they expire, and older versions counted none.

What reaches before those that are known is refused: in an answer they would look like minutes without requests.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from clickhouse_connect.driver.client import Client

from gatemeter.clickhouse.query import fetch, query_sql
from gatemeter.clickhouse.retention import MINUTES, kept_days, minutes_kept_from
from gatemeter.clock import SystemClock
from gatemeter.errors import SettingsError
from gatemeter.metrics.metrics_query import MetricsQuery
from gatemeter.reports.period import TimeSpan
from gatemeter.reports.usage_parameters import UsageParameters

MOST_MINUTES = 2 * 24 * 60
"""The longest time that is told by the minute."""

_WHERE = "--granularity"
_HOUR = timedelta(hours=1)


def require_known_minutes(client: Client, query: MetricsQuery) -> None:
    """Raise SettingsError for too many minutes, and for minutes that are not known. Raises as `fetch` does."""
    span = query.span
    if not span.is_closed or span.end - span.start > timedelta(minutes=MOST_MINUTES):
        raise SettingsError(
            f"more than {MOST_MINUTES:,} minutes are asked for",
            where=_WHERE,
            do=f"ask for {MOST_MINUTES // 60} hours or less, with --from and --to or --last, or ask by the hour",
        )
    kept_from = minutes_kept_from(client, SystemClock().now())
    known_from = max(kept_from, _counted_from(client, query))
    if span.start < known_from:
        days = kept_days(client, MINUTES)
        kept = f" (they are kept for {days} days)" if days and known_from == kept_from else ""
        raise SettingsError(
            f"minutes before {known_from:%Y-%m-%dT%H:%MZ} are not known{kept}",
            where=_WHERE,
            do=f"ask from {known_from:%Y-%m-%dT%H:%MZ} on, or by the hour",
        )


@dataclass(frozen=True, slots=True)
class MinuteRows:
    """`span` is read from minutes."""

    span: TimeSpan

    def sql(self, _table: str) -> str:
        """SQL of the rows, with the columns that a minute has of an hour; it takes the parameters of the span alone."""
        return query_sql("metrics/minute_rows")

    @property
    def parameters(self) -> dict[str, object]:
        """No further query parameters."""
        return {}


def _counted_from(client: Client, parameters: UsageParameters) -> datetime:
    """The end of the last hour of the span of which some epoch has requests, and no minutes."""
    allowed = parameters.allowed.query_parameters
    [row] = fetch(client, "metrics/hours_without_minutes", {**parameters.span.parameters, **allowed})
    return datetime.fromtimestamp(row["last_hour_s"], UTC) + _HOUR if row["hours"] else parameters.span.start
