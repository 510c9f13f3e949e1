"""What is read of the store for one frame."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from clickhouse_connect.driver.client import Client

from gatemeter.clickhouse.query import fetch
from gatemeter.metrics.answer import answer
from gatemeter.metrics.catalogue import table_of
from gatemeter.metrics.metrics_query import MetricsQuery
from gatemeter.metrics.span import last_span
from gatemeter.output.placeholders import EMPTY
from gatemeter.reports.period import Period, TimeSpan
from gatemeter.reports.usage_parameters import AllowedRows, Subject, consumer_parameters

MOST_GROUPS = 20
_HOURS_OF_LINE = 48
_HOUR = timedelta(hours=1)
_TRAFFIC = ("request_count", "error_rate", "latency_request_p50", "latency_request_p99")
_COSTS = {
    "computed": ("llm_cost_evidence_computed", "cost_currency"),
    "estimated": ("llm_cost_evidence_estimated", "cost_currency"),
    "reported": ("llm_cost_evidence_reported", "cost_reported_currency"),
}
"""Of each evidence the metric, and the dimension that has its currency."""

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Cost:
    """An amount of calls to models in the hours of a frame; `currency` is '' where logs do not name it."""

    evidence: str
    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class Reading:
    """The numbers of one frame; rates are those of the hours `span`, as far as they have passed.

    `is_older` says that there was no usage in the hours asked for, and that these are the last that have some.
    `consumed` are all events that were ever consumed, whose growth is how fast counting goes.
    """

    at: datetime
    span: TimeSpan
    is_older: bool
    traffic: Row
    costs: Sequence[Cost]
    unpriced_calls: int
    consumers: Sequence[Row]
    routes: Sequence[Row]
    requests_by_hour: Sequence[int | None]
    consumed: int
    dead_letters: int
    missing: dict[str, str] = field(default_factory=dict)
    """What is not known, and why."""

    @property
    def seconds(self) -> float:
        """The time that the rates are of."""
        return max(1.0, (min(self.at, self.span.end) - self.span.start).total_seconds())

    @property
    def requests_per_s(self) -> float:
        """Of the events' own time."""
        return float(self.traffic["request_count"] or 0) / self.seconds


def read(client: Client, last: str, now: datetime) -> Reading:
    """Read all but the lag, of the hours of `last` as `last_span` says. Raises SettingsError, and as `fetch` does."""
    asked = _span(client, last, now)
    span, is_older = asked
    query = MetricsQuery(period=None, span=span, subject=Subject.USERNAME)
    [traffic] = answer(client, replace(query, metrics=_TRAFFIC)).rows or [dict.fromkeys(_TRAFFIC)]
    account = consumed_events(client)
    return Reading(
        at=now,
        span=span,
        is_older=is_older,
        traffic=traffic,
        costs=costs(client, query),
        unpriced_calls=sum(row["unpriced_calls"] or 0 for row in _rows(client, query, "unpriced_calls", None)),
        consumers=_groups(client, query, "consumer"),
        routes=_groups(client, query, "route"),
        requests_by_hour=_by_hour(client, query),
        consumed=account["consumed"],
        dead_letters=account["dead_letters"],
    )


def consumed_events(client: Client) -> dict[str, int]:
    """What became of all events of logs: consumed, counted, duplicates, dead_letters, other_kind. Raises as `fetch`."""
    [row] = fetch(client, "top/consumed_events", {})
    return row


def _span(client: Client, last: str, now: datetime) -> tuple[TimeSpan, bool]:
    """The hours asked for, or as many that end with the last stored hour if that was before them."""
    span = last_span(last, now)
    everything = {**consumer_parameters(()), **AllowedRows().query_parameters}
    [extent] = fetch(client, "usage_extent", {"usage_table": table_of("api"), **everything})
    end = datetime.fromtimestamp(extent["last_hour"], UTC) + _HOUR if extent["row_count"] else span.end
    if end > span.start:
        return span, False
    return TimeSpan(end - (span.end - span.start), end), True


def _rows(client: Client, query: MetricsQuery, metric: str, by: str | None) -> Sequence[Row]:
    return answer(client, replace(query, metrics=[metric], by=[by] if by else [])).rows


def costs(client: Client, query: MetricsQuery) -> list[Cost]:
    """The amounts of the rows of `query` that are not 0, by evidence and currency. Raises as `fetch` does."""
    return [
        Cost(evidence, Decimal(row[metric]), "" if row[by] == EMPTY else row[by])
        for evidence, (metric, by) in _COSTS.items()
        for row in _rows(client, query, metric, by)
        if row[metric] is not None and Decimal(row[metric])
    ]


def _groups(client: Client, query: MetricsQuery, by: str) -> Sequence[Row]:
    return answer(client, replace(query, metrics=_TRAFFIC, by=[by], limit=MOST_GROUPS)).rows[:MOST_GROUPS]


def _by_hour(client: Client, query: MetricsQuery) -> list[int | None]:
    """The requests of each of the last hours up to the end of the frame's; None where an hour has no row."""
    end = query.span.end
    start = end - _HOURS_OF_LINE * _HOUR
    hours = replace(query, metrics=["request_count"], period=Period.HOUR, span=TimeSpan(start, end))
    counts = {row["period"]: row["request_count"] for row in answer(client, hours).rows}
    return [counts.get(f"{start + number * _HOUR:%Y-%m-%dT%H:00:00Z}") for number in range(_HOURS_OF_LINE)]
