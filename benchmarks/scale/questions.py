"""The questions that are asked of the store, each in the words of the command line and as a call in this process."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from clickhouse_connect.driver.client import Client

from gatemeter.metrics.answer import answer
from gatemeter.metrics.filters import Filter
from gatemeter.metrics.metrics_query import MetricsQuery
from gatemeter.reports.billable import BillableParameters, billable_report
from gatemeter.reports.period import Period, TimeSpan

PAIRS: Sequence[tuple[tuple[str, str], int | None]] = (
    (("consumer", "route"), 50),
    (("consumer", "status"), None),
    (("service", "status_class"), None),
    (("route", "method"), None),
    (("team", "service"), None),
)
"""Of two dimensions by day, and how many groups are told apart: the first pair has 60,000, and nobody reads as many."""


@dataclass(frozen=True, slots=True)
class Question:
    """`arguments` are those of `gatemeter`, but for the store; `ask` does the same. `goal_s` is for an answer."""

    name: str
    goal_s: float
    arguments: Sequence[str]
    ask: Callable[[Client], object]


def questions(month: datetime, consumer: str) -> list[Question]:
    """The questions about a month; `consumer` is the id of one."""
    span = TimeSpan(month, (month + timedelta(days=31)).replace(day=1))
    when = ("--from", f"{span.start:%Y-%m}", "--to", f"{span.end:%Y-%m}", "--json")
    billable = BillableParameters(span=span, period=Period.MONTH)
    p99 = MetricsQuery(span=span, metrics=("latency_request_p99",), by=("service",))
    days = MetricsQuery(span=span, period=Period.DAY, filters=(Filter.parse(f"consumer in {consumer}"),))
    return [
        Question(
            "billable month",
            0.5,
            ("report", "billable", *when),
            lambda client: list(billable_report(client, billable)),
        ),
        Question(
            "p99 by service",
            0.5,
            ("query", "--metrics", "latency_request_p99", "--by", "service", *when),
            lambda client: answer(client, p99),
        ),
        Question(
            "one consumer's days",
            0.2,
            ("query", "--filter", f"consumer in {consumer}", "--granularity", "day", *when),
            lambda client: answer(client, days),
        ),
        *(_pair(MetricsQuery(span=span, period=Period.DAY), *pair, when) for pair in PAIRS),
    ]


def _pair(query: MetricsQuery, by: tuple[str, str], limit: int | None, when: Sequence[str]) -> Question:
    query = replace(query, by=by, limit=limit)
    limited = ("--limit", str(limit)) if limit else ()
    arguments = ("query", "--by", ",".join(by), "--granularity", "day", *limited, *when)
    first = f", the first {limit} and all others" if limit else ""
    return Question(f"{by[0]} and {by[1]} by day{first}", 2.0, arguments, lambda client: answer(client, query))
