"""A number, taken apart."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import click
from clickhouse_connect.driver.client import Client

from gatemeter.contracts.errors import ExitCode, InputError
from gatemeter.deploy.put_out import put_out
from gatemeter.queries.explain_number import ExplainedRange, NumberExplanation, SampleEvent, explain_number
from gatemeter.queries.explained_metric import ExplainedMetric
from gatemeter.queries.far_duplicates import event_ledger_in_use
from gatemeter.queries.output import OutputFormat, Record, harmless, json_text
from gatemeter.queries.usage_parameters import UsageParameters

_AMOUNTS = {ExplainedMetric.LLM_COST_COMPUTED, ExplainedMetric.LLM_COST_REPORTED}

RANGE_COLUMNS = (
    "value",
    "log_kind",
    "topic",
    "partition",
    "first_offset",
    "next_offset",
    "hours",
    "rows",
    "epochs",
    "rules",
    "reason",
    "log",
)
SAMPLE_COLUMNS = ("place", "time", "consumer_id", "outcome", "topic", "kept")


def explain_asked_number(
    client: Client, metric: ExplainedMetric, usage: UsageParameters, period: str, *, samples: int, json: bool
) -> ExitCode:
    """Put out what the number is made of. Raises InputError if nothing was counted."""
    explanation = explain_number(client, metric, usage, samples=samples)
    if not explanation.ranges:
        raise InputError(
            f"no {metric} were counted for {usage.consumers[0]!r} in {period}",
            do="see gatemeter report billable for the consumers and periods there are",
        )
    has_events = event_ledger_in_use(client)
    if json:
        click.echo(json_text(_document(explanation, usage, period)), nl=False)
    else:
        _put_out(explanation, usage, period, samples=samples, has_events=has_events)
    return ExitCode.OK if explanation.agrees else ExitCode.DIFFERENCE


def number_sentence(explanation: NumberExplanation, consumer: str, period: str) -> str:
    """The number, and whether the report says the same."""
    metric, total = explanation.metric, _shown(explanation.metric, explanation.total)
    report = f"gatemeter report {explanation.report}"
    if explanation.reported is None:
        told = f"{report} says that nothing is known of it"
    elif explanation.agrees:
        told = f"{report} says the same"
    else:
        reported = _shown(metric, explanation.reported)
        told = f"{report} says {reported}: rows are being written, or it is wrong; run this again"
    return f"{metric} of {harmless(consumer)} in {harmless(period)}: {total} ({told})"


def _put_out(
    explanation: NumberExplanation, usage: UsageParameters, period: str, *, samples: int, has_events: bool
) -> None:
    click.echo(number_sentence(explanation, usage.consumers[0], period))
    put_out([_range_record(explanation.metric, each) for each in explanation.ranges], RANGE_COLUMNS, OutputFormat.TABLE)
    sampled = [_sample_record(each, sample) for each in explanation.ranges for sample in each.samples]
    if sampled:
        click.echo("some of the events:")
        put_out(sampled, SAMPLE_COLUMNS, OutputFormat.TABLE)
        for how in dict.fromkeys(_show_command(each, "PLACE") for each in explanation.ranges if each.samples):
            click.echo(f"one of them: {how}", err=True)
    elif samples and not has_events:
        click.echo("no events to show: the event ledger is empty; it is kept with --event-ledger", err=True)


def _document(explanation: NumberExplanation, usage: UsageParameters, period: str) -> Record:
    metric, reported = explanation.metric, explanation.reported
    return {
        "metric": metric.value,
        "consumer": usage.consumers[0],
        "period": period,
        "total": _value(metric, explanation.total),
        "report": explanation.report,
        "reported": None if reported is None else _value(metric, reported),
        "agrees": explanation.agrees,
        "ranges": [
            {**_range_record(metric, each), "samples": list(_sample_documents(each))} for each in explanation.ranges
        ],
    }


def _sample_documents(each: ExplainedRange) -> Iterator[Record]:
    for sample in each.samples:
        yield {
            **_sample_record(each, sample),
            "id_hash": sample.id_hash,
            "booked_at": sample.booked_at or None,
            "show": _show_command(each, str(sample.place)),
        }


def _range_record(metric: ExplainedMetric, each: ExplainedRange) -> Record:
    return {
        "value": _value(metric, each.value),
        "log_kind": each.log_kind,
        "topic": each.topic,
        "partition": each.partition,
        "first_offset": each.first_offset,
        "next_offset": each.next_offset,
        "hours": each.hours,
        "rows": each.row_count,
        "epochs": each.epochs,
        "rules": each.rules,
        "reason": each.reason or None,
        "log": each.log,
    }


def _sample_record(each: ExplainedRange, sample: SampleEvent) -> Record:
    return {
        "place": str(sample.place),
        "time": sample.time,
        "consumer_id": sample.consumer_id or "anonymous",
        "outcome": sample.outcome,
        "topic": each.topic,
        "kept": None if sample.kept is None else str(sample.kept),
    }


def _show_command(each: ExplainedRange, place: str) -> str:
    """How to see the event at `place`, with its text where it is known what kind of log that is in."""
    if each.log_kind == "file":
        return f"gatemeter explain --place {place} {each.topic}"
    if each.log_kind == "kafka":
        return f"gatemeter explain --place {place} --kafka HOST:PORT --topic {each.topic}"
    return f"gatemeter explain --place {place}"


def _value(metric: ExplainedMetric, value: Decimal) -> Any:
    """A whole number as itself, money as exact text."""
    if metric not in _AMOUNTS:
        return int(value)
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _shown(metric: ExplainedMetric, value: Decimal) -> str:
    known = _value(metric, value)
    return f"{known:,}" if isinstance(known, int) else str(known)
