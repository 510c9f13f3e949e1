"""Explains a consumer's number to an agent: whether the report has the same one, and what it was counted from."""

from typing import Any

from clickhouse_connect.driver.client import Client

from gatemeter.errors import ConflictError, SettingsError
from gatemeter.explain.metric import ExplainedMetric
from gatemeter.explain.number import ExplainedRange, NumberExplanation, explain_number, range_record, value_of
from gatemeter.mcp.arguments import ExplainArguments
from gatemeter.output.text import shortened
from gatemeter.pricing.book_files import price_table
from gatemeter.reports.currency import CostCurrency, cost_currency
from gatemeter.reports.meters import MetersParameters, require_one_sum
from gatemeter.reports.period import parse_period
from gatemeter.reports.usage_parameters import AllowedRows, UsageParameters

_MOST_RANGES = 20
_RESTRICTED = "where events stand in the logs is not told here: offsets count the events of everybody"


def explain(client: Client, arguments: ExplainArguments, allowed: AllowedRows) -> dict[str, Any]:
    """The number, what its report says, and the parts of the logs that it was counted from.

    Raises SettingsError for a number that there is not, and as `fetch` does.
    """
    usage = _usage(arguments, allowed)
    try:
        if isinstance(usage, MetersParameters):
            require_one_sum(client, usage)
        currency = _currency(client, arguments.metric, usage)
    except ConflictError as error:
        raise SettingsError(error.what, do=error.do) from error
    explanation = explain_number(client, arguments.metric, usage, samples=0)
    if not explanation.ranges:
        raise SettingsError(
            f"no {arguments.metric.value} were counted for {shortened(arguments.consumer)!r} in {arguments.period}",
            do="the tools billable and query tell the consumers and periods that there are",
        )
    return {
        "metric": arguments.metric.value,
        "consumer": arguments.consumer,
        "period": arguments.period,
        "currency": currency or None,
        **_numbers(explanation),
        "doubts": list(explanation.doubts),
        **_ranges(explanation, allowed),
    }


def _usage(arguments: ExplainArguments, allowed: AllowedRows) -> UsageParameters:
    period, span = parse_period(arguments.period)
    if (arguments.metric is ExplainedMetric.METER) != (arguments.meter is not None):
        raise SettingsError("the metric meter and the name of a meter belong together", where="meter")
    if arguments.meter is None:
        return UsageParameters(period, span, consumers=[arguments.consumer], allowed=allowed)
    meters = (arguments.meter,)
    return MetersParameters(period, span, consumers=[arguments.consumer], allowed=allowed, by=(), meters=meters)


def _currency(client: Client, metric: ExplainedMetric, usage: UsageParameters) -> str:
    """The currency of an amount; '' where it is not known, and for numbers that are not amounts.

    Raises ConflictError for two.
    """
    if not metric.is_amount:
        return ""
    found: CostCurrency = cost_currency(client, usage, [price_table(())])
    if metric is ExplainedMetric.LLM_COST_REPORTED:
        found.require_one_reported()
        return found.reported_name
    found.require_one()
    return found.name


def _numbers(explanation: NumberExplanation) -> dict[str, Any]:
    metric, reported = explanation.metric, explanation.reported
    return {
        "total": value_of(metric, explanation.total),
        "report": explanation.report,
        "reported": None if reported is None else value_of(metric, reported),
        "agrees": explanation.agrees and not explanation.contradicted,
    }


def _ranges(explanation: NumberExplanation, allowed: AllowedRows) -> dict[str, Any]:
    if not allowed.is_all:
        return {"ranges": [], "notes": [_RESTRICTED]}
    ranges = explanation.ranges
    left_out = len(ranges) - _MOST_RANGES
    notes = [f"{left_out:,} more parts of the logs are left out; gatemeter explain shows all"] if left_out > 0 else []
    return {"ranges": [_range(explanation.metric, each) for each in ranges[:_MOST_RANGES]], "notes": notes}


def _range(metric: ExplainedMetric, each: ExplainedRange) -> dict[str, Any]:
    return {
        **range_record(metric, each),
        "reason": each.reason or None,
    }
