"""The numbers that can be explained, and the reports that show them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from decimal import Context, Decimal
from enum import StrEnum
from typing import Any

from clickhouse_connect.driver.client import Client

from gatemeter.reports.billable import BillableParameters, billable_report
from gatemeter.reports.llm import LlmParameters, llm_report
from gatemeter.reports.meters import MetersParameters, meters_report
from gatemeter.reports.tools import ToolsParameters, tools_report
from gatemeter.reports.usage_parameters import UsageParameters

EXACT = Context(prec=80)
"""Adds amounts with 24 decimals without rounding; the default context rounds to 28 digits."""


class ExplainedMetric(StrEnum):
    """The metrics whose numbers can be explained."""

    REQUESTS = "requests"
    REQUEST_BYTES = "request_bytes"
    RESPONSE_BYTES = "response_bytes"
    LLM_CALLS = "llm_calls"
    LLM_TOKENS = "llm_tokens"
    LLM_COST_COMPUTED = "llm_cost_computed"
    LLM_COST_REPORTED = "llm_cost_reported"
    TOOL_CALLS = "tool_calls"
    METER = "meter"
    """The value of one custom meter: `usage` is a `MetersParameters` that chooses it."""

    @property
    def is_amount(self) -> bool:
        """Whether the number is an amount of money."""
        return self in (ExplainedMetric.LLM_COST_COMPUTED, ExplainedMetric.LLM_COST_REPORTED)

    @property
    def is_decimal(self) -> bool:
        """Whether the number may have a fraction; all others are whole numbers."""
        return self.is_amount or self is ExplainedMetric.METER


@dataclass(frozen=True, slots=True)
class MetricSource:
    """Where a metric comes from.

    `report` and `field` name the report that shows it and the field of its rows, `query` the query of its ranges, and
    `outcomes` the outcomes in the event ledger of the events that it is counted from.
    """

    report: str
    field: str
    query: str
    outcomes: Sequence[str]


_REQUEST_OUTCOMES = ("counted", "corrected")
_ALL_OUTCOMES = ("counted", "other_kind", "corrected")

METRIC_SOURCES = {
    ExplainedMetric.REQUESTS: MetricSource("billable", "requests", "explain/api_usage", _REQUEST_OUTCOMES),
    ExplainedMetric.REQUEST_BYTES: MetricSource("billable", "request_bytes", "explain/api_usage", _REQUEST_OUTCOMES),
    ExplainedMetric.RESPONSE_BYTES: MetricSource("billable", "response_bytes", "explain/api_usage", _REQUEST_OUTCOMES),
    ExplainedMetric.LLM_CALLS: MetricSource("llm", "calls", "explain/llm_usage", _ALL_OUTCOMES),
    ExplainedMetric.LLM_TOKENS: MetricSource("llm", "total_tokens", "explain/llm_usage", _ALL_OUTCOMES),
    ExplainedMetric.LLM_COST_COMPUTED: MetricSource("llm", "cost_computed", "explain/llm_usage", _ALL_OUTCOMES),
    ExplainedMetric.LLM_COST_REPORTED: MetricSource("llm", "cost_reported", "explain/llm_usage", _ALL_OUTCOMES),
    ExplainedMetric.TOOL_CALLS: MetricSource("tools", "calls", "explain/agentic_usage", _ALL_OUTCOMES),
    ExplainedMetric.METER: MetricSource("meters", "value", "explain/meter_usage", _ALL_OUTCOMES),
}


def reported_total(client: Client, metric: ExplainedMetric, usage: UsageParameters) -> Decimal | None:
    """The sum of the metric over all rows of its report; None if the report shows it as unknown in all of them.

    Raises as `fetch` does.
    """
    source = METRIC_SOURCES[metric]
    values = [getattr(row, source.field) for row in _rows(client, source.report, usage)]
    known = [Decimal(value) for value in values if value is not None]
    return None if values and not known else exact_sum(known)


def amount_doubts(client: Client, metric: ExplainedMetric, usage: UsageParameters) -> list[str]:
    """What an amount of money or bytes, or a meter, does not hold for certain, in sentences; none for other metrics.

    Raises as `fetch` does.
    """
    if metric in (ExplainedMetric.REQUEST_BYTES, ExplainedMetric.RESPONSE_BYTES):
        return _size_doubts(client, metric, usage)
    if isinstance(usage, MetersParameters):
        return _meter_doubts(client, usage)
    if not metric.is_amount:
        return []
    rows = list(llm_report(client, LlmParameters(**_same_rows(usage), by=())))
    calls = sum(row.calls for row in rows)
    if metric is ExplainedMetric.LLM_COST_REPORTED:
        unreported = sum(row.calls_without_reported_cost for row in rows)
        return [f"{unreported:,} of {calls:,} calls have no reported cost"] if unreported else []
    estimated, unpriced = (sum(getattr(row, name) for row in rows) for name in ("estimated_calls", "unpriced_calls"))
    amount = exact_sum(Decimal(row.cost_estimated) for row in rows)
    return [
        *([f"{amount.normalize(EXACT):f} of it is an estimate, of {estimated:,} calls"] if estimated else []),
        *([f"{unpriced:,} of {calls:,} calls are unpriced and not in it"] if unpriced else []),
    ]


def _meter_doubts(client: Client, usage: MetersParameters) -> list[str]:
    rows = list(meters_report(client, usage))
    events, without_value, refused = (
        sum(getattr(row, name) for row in rows) for name in ("events", "without_value", "refused")
    )
    return [
        *([f"{without_value:,} of {events:,} events have no value"] if without_value else []),
        *([f"{refused:,} of {events:,} events have a value that cannot be used"] if refused else []),
    ]


def _size_doubts(client: Client, metric: ExplainedMetric, usage: UsageParameters) -> list[str]:
    rows = list(billable_report(client, BillableParameters(**_same_rows(usage))))
    unknown = sum(getattr(row, f"requests_without_{metric.value}") for row in rows)
    kinds = {kind for row in rows for kind in getattr(row, f"{metric.value}_kind").split("+") if kind}
    requests = sum(row.requests for row in rows)
    return [
        *([f"{unknown:,} of {requests:,} requests tell no {metric.value}"] if unknown else []),
        *([f"it adds sizes of several kinds: {', '.join(sorted(kinds))}"] if len(kinds) > 1 else []),
    ]


def exact_sum(values: Iterable[Decimal]) -> Decimal:
    """The sum without rounding."""
    total = Decimal(0)
    for value in values:
        total = EXACT.add(total, value)
    return total


def _rows(client: Client, report: str, usage: UsageParameters) -> Iterable[object]:
    if isinstance(usage, MetersParameters):
        return meters_report(client, usage)
    if report == "llm":
        return llm_report(client, LlmParameters(**_same_rows(usage), by=()))
    if report == "tools":
        return tools_report(client, ToolsParameters(**_same_rows(usage), by=()))
    return billable_report(client, BillableParameters(**_same_rows(usage)))


def _same_rows(usage: UsageParameters) -> dict[str, Any]:
    """What chooses the rows of another report: all that `usage` says, and so whose rows may be seen."""
    return {each.name: getattr(usage, each.name) for each in fields(UsageParameters)}
