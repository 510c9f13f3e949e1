"""Shows the ranges of the logs that a consumer's number was counted from."""

import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

import click
from clickhouse_connect.driver.client import Client

from gatemeter.cli.output import ResultForm, output, say_captions
from gatemeter.errors import ExitCode, InputError
from gatemeter.escaping import escaped
from gatemeter.explain.metric import METRIC_SOURCES, ExplainedMetric
from gatemeter.explain.number import (
    ExplainedRange,
    NumberExplanation,
    SampleEvent,
    explain_number,
    range_record,
    value_of,
)
from gatemeter.output.layout import TableLayout
from gatemeter.output.placeholders import subject_of_id
from gatemeter.output.records import Record, json_text
from gatemeter.reports.currency import CostCurrency
from gatemeter.reports.meters import MetersParameters
from gatemeter.reports.usage_parameters import UsageParameters
from gatemeter.verification.cross_epoch_duplicates import event_ledger_in_use

RANGE_COLUMNS = (
    "value",
    "log_kind",
    "topic",
    "partition",
    "first_offset",
    "next_offset",
    "events",
    "hours",
    "rows",
    "epochs",
    "rules",
    "reason",
    "log",
)
SAMPLE_COLUMNS = ("place", "time", "consumer_id", "outcome", "topic", "kept")


_SAMPLES = TableLayout(keys=("place",), first_left_out=("topic", "kept"), never_cut=("place",))


@dataclass(frozen=True, slots=True)
class NumberQuery:
    """The number of `metric` for `usage`; `period` is the period as written, `store` the options for the store.

    `currency` is what is known of the currency of the metric's costs; it is empty for metrics that are not amounts.
    """

    metric: ExplainedMetric
    usage: UsageParameters
    period: str
    samples: int
    store: str
    currency: CostCurrency = field(default_factory=CostCurrency)

    @property
    def name(self) -> str:
        """The metric for people: the meter, where it is one."""
        return self.usage.meters[0] if isinstance(self.usage, MetersParameters) else self.metric.value

    @property
    def currency_name(self) -> str:
        """The currency of the number; '' where it is not known, or where it is not an amount."""
        is_reported = self.metric is ExplainedMetric.LLM_COST_REPORTED
        return self.currency.reported_name if is_reported else self.currency.name


def show_number(client: Client, query: NumberQuery, form: ResultForm) -> ExitCode:
    """Output the ranges of the number. Raises InputError if nothing was counted."""
    usage, period = query.usage, query.period
    explanation = explain_number(client, query.metric, usage, samples=query.samples)
    if not explanation.ranges:
        raise InputError(
            f"no {query.name} were counted for {usage.consumers[0]!r} in {period}",
            do=f"see gatemeter report {METRIC_SOURCES[query.metric].report} for the consumers and periods there are",
        )
    has_events = event_ledger_in_use(client)
    if not form.is_table:
        click.echo(json_text(_document(explanation, query)), nl=False)
        say_captions(query.currency.captions)
    else:
        _output(explanation, query, form, has_events=has_events)
    return ExitCode.OK if explanation.agrees and not explanation.contradicted else ExitCode.DIFFERENCE


def number_sentence(
    explanation: NumberExplanation, consumer: str, period: str, currency: str = "", name: str = ""
) -> str:
    """The number, by the `name` of its metric if it has one of its own, and whether the report shows the same one."""
    metric, total = explanation.metric, f"{_shown(explanation.metric, explanation.total)} {currency}".rstrip()
    report = f"gatemeter report {explanation.report}"
    if explanation.reported is None:
        comparison = f"{report} says that nothing is known of it"
    elif explanation.agrees:
        comparison = f"{report} says the same"
    else:
        reported = _shown(metric, explanation.reported)
        comparison = f"{report} says {reported}: rows are being written, or it is wrong; run this again"
    return f"{escaped(name) or metric} of {escaped(consumer)} in {escaped(period)}: {total} ({comparison})"


def contradiction(each: ExplainedRange) -> str:
    """How the event ledger contradicts the rows of a range."""
    span = "" if each.first_offset is None else f" offsets {each.first_offset} to {each.next_offset}"
    return escaped(
        f"{each.topic}[{each.partition}]{span}: {int(each.value):,} requests are stored, and the event ledger, which "
        f"holds all events there, knows {each.events:,}: the rows or the events were changed; see gatemeter verify"
    )


def _output(explanation: NumberExplanation, query: NumberQuery, form: ResultForm, *, has_events: bool) -> None:
    click.echo(number_sentence(explanation, query.usage.consumers[0], query.period, query.currency_name, query.name))
    for doubt in explanation.doubts:
        click.echo(doubt)
    records = [{**_range_record(explanation.metric, each), "samples": _sampled(each)} for each in explanation.ranges]
    output(records, (*RANGE_COLUMNS, "samples"), form, _ranges_layout(query))
    for each in explanation.contradicted:
        click.echo(contradiction(each))
    sampled = [_sample_record(each, sample) for each in explanation.ranges for sample in each.samples]
    if sampled:
        click.echo("some of the events:")
        output(sampled, SAMPLE_COLUMNS, form, _SAMPLES)
        each = next(each for each in explanation.ranges if each.samples)
        click.echo(f"one of them: {_show_command(each, str(each.samples[0].location), query.store)}", err=True)
    elif query.samples and not has_events:
        click.echo("no events to show: the event ledger is empty; it is kept with --event-ledger", err=True)


def _ranges_layout(query: NumberQuery) -> TableLayout:
    return TableLayout(
        columns=("topic", "partition", "first_offset", "next_offset", "value"),
        keys=("topic", "partition", "first_offset", "next_offset"),
        most_important=("value",),
        first_left_out=("log", "rules", "epochs", "rows", "hours", "log_kind"),
        totals=() if query.currency.unknown_versions else ("value",),
        money={"value": query.currency_name} if query.metric.is_decimal else {},
        captions=query.currency.captions,
    )


def _sampled(each: ExplainedRange) -> str | None:
    return f"{len(each.samples):,} of {each.events:,}" if each.samples else None


def _document(explanation: NumberExplanation, query: NumberQuery) -> Record:
    metric, reported = explanation.metric, explanation.reported
    return {
        "metric": metric.value,
        "meter": query.name if metric is ExplainedMetric.METER else None,
        "consumer": query.usage.consumers[0],
        "period": query.period,
        "total": value_of(metric, explanation.total),
        "currency": query.currency_name or None,
        "report": explanation.report,
        "reported": None if reported is None else value_of(metric, reported),
        "agrees": explanation.agrees,
        "doubts": list(explanation.doubts),
        "contradictions": [contradiction(each) for each in explanation.contradicted],
        "ranges": [
            {**_range_record(metric, each), "samples": list(_sample_documents(each, query.store))}
            for each in explanation.ranges
        ],
    }


def _sample_documents(each: ExplainedRange, store: str) -> Iterator[Record]:
    for sample in each.samples:
        yield {
            **_sample_record(each, sample),
            "id_hash": sample.id_hash,
            "booked_at": sample.booked_at or None,
            "show": _show_command(each, str(sample.location), store),
        }


def _range_record(metric: ExplainedMetric, each: ExplainedRange) -> Record:
    return {
        **range_record(metric, each),
        "hours": each.hours,
        "rows": each.row_count,
        "epochs": each.epochs,
        "rules": each.rules,
        "reason": each.reason or None,
        "log": each.log,
    }


def _sample_record(each: ExplainedRange, sample: SampleEvent) -> Record:
    return {
        "place": str(sample.location),
        "time": sample.time,
        "consumer_id": subject_of_id(sample.consumer_id),
        "outcome": sample.outcome,
        "topic": each.topic,
        "kept": None if sample.canonical is None else str(sample.canonical),
    }


def _show_command(each: ExplainedRange, place: str, store: str) -> str:
    """A command that shows the event at `place`, with its text if the kind of its log is known."""
    command = f"gatemeter explain {store} --place {shlex.quote(place)}"
    if each.log_kind == "file":
        return escaped(f"{command} {shlex.quote(each.topic)}")
    if each.log_kind == "kafka":
        return escaped(f"{command} --kafka HOST:PORT --topic {shlex.quote(each.topic)}")
    return escaped(command)


def _shown(metric: ExplainedMetric, value: Decimal) -> str:
    known = value_of(metric, value)
    return f"{known:,}" if isinstance(known, int) else str(known)
